//! The report as Markdown: each goal with the figure reached and the best peer's, the regret of every trace, and every trace in a
//! line per preset. Delay and concealment stand always together.

use std::fmt::Write as _;

use serde_json::Value;

use super::course::Course;
use super::goals::{GOALS, Goal, Measure, REGRET};
use super::race::Row;

/// What may be concealed by a peer that is called the best of a trace, in per cent, if any of them stays below.
const BEST_CONCEALED: f64 = 1.0;
const PRESETS: [&str; 3] = ["latency", "balanced", "smooth"];

/// The report. `date`: the day on which it was made.
#[must_use]
pub fn markdown(courses: &[Course], rows: &[Row], seed: u64, date: &str) -> String {
    let all: Vec<&Value> = rows.iter().map(|row| &row.figures).collect();
    let mut text = format!(
        "Written by `seaglass bench sim -o markdown` (seaglass {}) on {date}. Layer L0: virtual clock; seed {seed}; the first 10 s of \
         each trace are not counted. Delays are in ms beyond the earliest possible arrival. A peer in *italics* is a policy model.\n",
        env!("CARGO_PKG_VERSION")
    );
    goals(&all, &mut text);
    regret(&all, &mut text);
    scenarios(courses, rows, &mut text);
    text
}

/// Runs of the real pipeline, and what stands beside them: a line each. `date` as above; `note`: what else is to be said.
#[cfg(all(feature = "player", feature = "server"))]
#[must_use]
pub fn lines(rows: &[&Value], date: &str, note: &str) -> String {
    let mut text =
        format!("Written by `seaglass bench sync -o markdown` (seaglass {}) on {date}.\n\n", env!("CARGO_PKG_VERSION"));
    text.push_str(
        "| layer | preset | audio delay p50 / p95 / p99, ms | concealed, % | video delay p50 / p95 / p99, ms | shown, % | ",
    );
    text.push_str("\\|A/V\\| p50 / p99 / max, ms | outside BT.1359, % |\n|---|---|---|---|---|---|---|---|\n");
    for row in rows {
        let several = |pointers: [&str; 3]| pointers.map(|pointer| number(row, pointer, 1)).join(" / ");
        let _ = writeln!(
            text,
            "| {} | {} | {} | {} | {} | {} | {} | {} |",
            word(row, "layer"),
            word(row, "preset"),
            several(["/audio/delay_ms/p50", "/audio/delay_ms/p95", "/audio/delay_ms/p99"]),
            number(row, "/audio/concealed_pct", 2),
            several(["/video/delay_ms/p50", "/video/delay_ms/p95", "/video/delay_ms/p99"]),
            number(row, "/video/shown_pct", 1),
            several(["/av_offset_ms/p50_abs", "/av_offset_ms/p99_abs", "/av_offset_ms/max_abs"]),
            number(row, "/av_offset_ms/outside_bt1359_pct", 2),
        );
    }
    let _ = writeln!(text, "\n{}", note.trim_end());
    text
}

fn goals(rows: &[&Value], text: &mut String) {
    text.push_str("\n### Goals\n\n| goal | trace | preset | reached | to reach | holds | best peer on the same trace |\n");
    text.push_str("|---|---|---|---|---|---|---|\n");
    for goal in GOALS {
        let limits: Vec<String> = goal.measures.iter().map(limit).collect();
        let mut told = goal.text;
        for trace in goal.traces {
            let wanted = |row: &&&Value| {
                let named = if goal.presets.is_empty() { &PRESETS[..] } else { goal.presets };
                named.iter().any(|preset| row["preset"] == **preset)
            };
            let best = best_peer_for(goal, rows, trace);
            let best = best.map_or_else(|| "–".into(), |peer| format!("{}: {}", called(peer), reached(goal, peer)));
            for row in ours(rows, trace).iter().filter(wanted) {
                let _ = writeln!(
                    text,
                    "| {} | {trace} | {} | {} | {} | {} | {best} |",
                    std::mem::take(&mut told),
                    word(row, "preset"),
                    reached(goal, row),
                    limits.join(", "),
                    if goal.measures.iter().all(|measure| holds(measure, row)) { "yes" } else { "**no**" },
                );
            }
        }
    }
}

fn regret(rows: &[&Value], text: &mut String) {
    let (median, tail) = REGRET;
    let _ = writeln!(
        text,
        "\n### Regret\n\nHow far the delay lies above the best fixed delay that hindsight would choose at equal concealment, in per \
         cent: by the median (to reach: {median}) and by the 95th percentile (to reach: {tail}); what fails is in bold.\n\n\
         | trace | latency | balanced | smooth |\n|---|---|---|---|"
    );
    for trace in traces(rows) {
        let cell = |preset: &str| {
            let row = ours(rows, &trace).into_iter().find(|row| row["preset"] == preset)?;
            let mark =
                |value: f64, limit: f64| if value <= limit { format!("{value:.1}") } else { format!("**{value:.1}**") };
            let (p50, p95) = (figure(row, "/oracle/regret_pct")?, figure(row, "/oracle/regret_p95_pct")?);
            Some(format!("{} / {}", mark(p50, median), mark(p95, tail)))
        };
        let cells = PRESETS.map(|preset| cell(preset).unwrap_or_else(|| "–".into()));
        let _ = writeln!(text, "| {trace} | {} |", cells.join(" | "));
    }
}

fn scenarios(courses: &[Course], rows: &[Row], text: &mut String) {
    let _ = writeln!(
        text,
        "\n### Every trace\n\nThe best peer of a trace is the one with the least p99 of its sound's delay among those that conceal at \
         most {BEST_CONCEALED} %, or that which conceals least where none does.\n\n\
         | trace | algorithm | audio delay p50 / p95 / p99 | concealed, % | stretched, % | video delay p50 / p95 / p99 | shown, % | \
         \\|A/V\\| p50 / p99 / max | outside BT.1359, % |\n|---|---|---|---|---|---|---|---|---|"
    );
    for (index, course) in courses.iter().enumerate() {
        let rows: Vec<&Value> = rows.iter().filter(|row| row.course == index).map(|row| &row.figures).collect();
        let Some(trace) = rows.first().map(|row| word(row, "trace")) else { continue };
        let own_caps = ours(&rows, &trace).into_iter().filter(|row| PRESETS.iter().any(|preset| row["preset"] == **preset));
        let lines = own_caps.chain(best_peer(&rows));
        for (line, row) in lines.enumerate() {
            let several = |pointers: [&str; 3]| pointers.map(|pointer| number(row, pointer, 1)).join(" / ");
            let first = if line == 0 { format!("{trace} {}", course.title) } else { String::new() };
            let _ = writeln!(
                text,
                "| {first} | {} | {} | {} | {} | {} | {} | {} | {} |",
                if row["algorithm"] == "seaglass" { word(row, "preset") } else { called(row) },
                several(["/audio/delay_ms/p50", "/audio/delay_ms/p95", "/audio/delay_ms/p99"]),
                number(row, "/audio/concealed_pct", 2),
                number(row, "/audio/stretched_pct", 2),
                several(["/video/delay_ms/p50", "/video/delay_ms/p95", "/video/delay_ms/p99"]),
                number(row, "/video/shown_pct", 1),
                several(["/av_offset_ms/p50_abs", "/av_offset_ms/p99_abs", "/av_offset_ms/max_abs"]),
                number(row, "/av_offset_ms/outside_bt1359_pct", 2),
            );
        }
    }
}

fn ours<'a>(rows: &[&'a Value], trace: &str) -> Vec<&'a Value> {
    rows.iter().filter(|row| row["algorithm"] == "seaglass" && row["trace"] == trace).copied().collect()
}

/// Other programs on a trace, and their models; an oracle is none.
fn peers<'a>(rows: &'a [&Value], trace: &'a str) -> impl Iterator<Item = &'a Value> {
    rows.iter()
        .filter(move |row| row["trace"] == trace && row["algorithm"] != "seaglass" && row["kind"] != "oracle")
        .copied()
}

/// The peer whose worst figure is least bad, measured by the goal's limits.
fn best_peer_for<'a>(goal: &Goal, rows: &'a [&Value], trace: &'a str) -> Option<&'a Value> {
    let badness = |row: &Value| {
        goal.measures.iter().try_fold(0.0_f64, |worst, measure| {
            let value = figure(row, measure.pointer)?;
            let bad = if measure.at_least { measure.limit / value.max(1e-3) } else { value / measure.limit.max(0.1) };
            Some(worst.max(bad))
        })
    };
    let known = peers(rows, trace).filter_map(|row| Some((badness(row)?, row)));
    known.min_by(|a, b| a.0.total_cmp(&b.0)).map(|(_, row)| row)
}

fn best_peer<'a>(rows: &[&'a Value]) -> Option<&'a Value> {
    let others = rows.iter().filter(|row| row["algorithm"] != "seaglass" && row["kind"] != "oracle");
    let known = others.filter_map(|row| {
        let (concealed, delay) = (figure(row, "/audio/concealed_pct")?, figure(row, "/audio/delay_ms/p99")?);
        let rank = if concealed <= BEST_CONCEALED { (0.0, delay) } else { (concealed, delay) };
        Some((rank, *row))
    });
    known.min_by(|(a, _), (b, _)| a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1))).map(|(_, row)| row)
}

fn traces(rows: &[&Value]) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for row in rows {
        let name = word(row, "trace");
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names
}

fn limit(measure: &Measure) -> String {
    let sign = if measure.at_least { '≥' } else { '≤' };
    format!("{} {sign} {}", measure.name, with_unit(&measure.limit.to_string(), measure.unit))
}

fn holds(measure: &Measure, row: &Value) -> bool {
    let within = |value: f64| if measure.at_least { value >= measure.limit } else { value <= measure.limit };
    figure(row, measure.pointer).is_some_and(within)
}

/// The goal's figures, and delay or concealment where they are not among them.
fn reached(goal: &Goal, row: &Value) -> String {
    let told = |measure: &Measure| format!("{} {}", measure.name, with_unit(&exact(row, measure.pointer), measure.unit));
    let mut parts: Vec<String> = goal.measures.iter().map(told).collect();
    for (name, pointer) in [("mean delay", "/audio/delay_ms/mean"), ("concealed", "/audio/concealed_pct")] {
        let told = goal.measures.iter().any(|measure| measure.pointer.starts_with(pointer));
        if !told && let Some(value) = figure(row, pointer) {
            let unit = if name == "concealed" { " %" } else { " ms" };
            parts.push(format!("({name} {value:.2}{unit})"));
        }
    }
    parts.join(", ")
}

fn called(row: &Value) -> String {
    let name = word(row, "algorithm");
    if row["kind"] == "policy model" { format!("*{name}*") } else { name }
}

fn word(row: &Value, name: &str) -> String {
    row[name].as_str().unwrap_or("–").replace('|', "\\|")
}

fn with_unit(number: &str, unit: &str) -> String {
    if unit.is_empty() { number.to_owned() } else { format!("{number} {unit}") }
}

/// As many decimals as it takes to see that a figure is not zero.
fn exact(row: &Value, pointer: &str) -> String {
    let small = figure(row, pointer).is_some_and(|value| value > 0.0 && value < 0.01);
    number(row, pointer, if small { 4 } else { 2 })
}

fn figure(row: &Value, pointer: &str) -> Option<f64> {
    row.pointer(pointer).and_then(Value::as_f64)
}

fn number(row: &Value, pointer: &str, places: usize) -> String {
    figure(row, pointer).map_or_else(|| "–".into(), |value| format!("{value:.places$}"))
}
