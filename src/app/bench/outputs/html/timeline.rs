//! The course of the run: one lane for each figure over the same time, with warm-up, faults and phases behind and what happened above.

use std::fmt::Write as _;

use super::markup::{legend, text};
use super::plot::{Plot, round_up, ticks};
use super::thin;
use crate::app::bench::outputs::numbers::{count, digits, seconds, span, tick};
use crate::measure::{MarkRow, Recording, Report, StepRow};

/// Most marks that are drawn, and most that are listed; the trace has them all.
const DRAWN: usize = 120;

const LISTED: usize = 200;

/// Rows of words above what happened, and the letters of the longest.
const ROWS: usize = 2;

const LONGEST_WORDS: usize = 22;

/// What every lane shares.
struct Course<'a> {
    steps: Vec<StepRow>,
    end: f64,
    window: (f64, f64),
    marks: Vec<&'a MarkRow>,
}

/// The value of a step, where it is known.
type Value<'a> = &'a dyn Fn(&StepRow) -> Option<f64>;

/// A line over the steps: its class and its value in a step.
type Curve<'a> = (&'static str, Value<'a>);

/// The section; empty where nothing was recorded.
pub fn section(recording: &Recording, report: &Report) -> String {
    let steps = thin::course(&recording.course);
    let Some(last) = steps.last() else { return String::new() };
    let planned = last.at_us.saturating_add(last.span_us);
    let end_us = if recording.end.at_us > last.at_us { recording.end.at_us.min(planned) } else { planned };
    let end = at(end_us).max(0.001);
    let course = Course { end, window: report.window_s, marks: drawn(&recording.marks), steps };
    let each = course.steps.first().map_or(0.0, |step| at(step.span_us));
    let mut out = format!(
        "<section class=\"card\" aria-labelledby=\"course\" data-group><div class=\"title\"><h2 id=\"course\">The course of the run</h2>\
         <p class=\"read\">Each point is {}</p></div>",
        text(&seconds(each))
    );
    out.push_str(&legend(&[
        ("line s1", "median or rate"),
        ("area", "up to the longest"),
        ("idle", "warm-up and cool-down, not measured"),
        ("faulty", "a fault was on"),
        ("froze", "freezes, cuts"),
    ]));
    events(&mut out, &course);
    let fps = |step: &StepRow| {
        Some(step.frames as f64 / f64::from(step.sessions) / lasted(step, end_us)?).filter(|_| step.sessions > 0)
    };
    lane(&mut out, &course, "fps", "Frames a second for each session", &[("line s1", &fps)], None, &|step| step.freezes);
    lane(
        &mut out,
        &course,
        "interval",
        "Between frames, ms",
        &[("line s1", &|step| step.interval_p50)],
        Some(&|step| step.interval_max),
        &|step| step.freezes,
    );
    lane(
        &mut out,
        &course,
        "commands",
        "Command to frame, ms",
        &[("line s1", &|step| step.cmd_p50)],
        Some(&|step| step.cmd_max),
        &|_| 0,
    );
    let sessions = |step: &StepRow| Some(f64::from(step.sessions));
    lane(&mut out, &course, "sessions", "Sessions streaming", &[("line s1", &sessions)], None, &|step| step.cuts);
    let rate = |step: &StepRow| Some(step.bytes as f64 * 8.0 / 1e6 / lasted(step, end_us)?);
    lane(&mut out, &course, "goodput", "Media received, Mbit/s", &[("line s1", &rate)], None, &|_| 0);
    lane(&mut out, &course, "cpu", "CPU of this side, cores", &[("line s1", &|step| step.cpu_cores)], None, &|_| 0);
    lane(&mut out, &course, "memory", "Memory of this side, MiB", &[("line s1", &|step| step.memory_mib)], None, &|_| 0);
    list(&mut out, &recording.marks);
    out + "</section>"
}

/// How long a step lasted, in seconds; `None` of one that the run's end cut short so much that a rate over it says nothing.
fn lasted(step: &StepRow, end_us: u64) -> Option<f64> {
    let span = end_us.saturating_sub(step.at_us).min(step.span_us);
    (span > 0 && span >= step.span_us / 2).then(|| at(span))
}

fn at(us: u64) -> f64 {
    us as f64 / 1e6
}

fn lane(
    out: &mut String,
    course: &Course<'_>,
    id: &str,
    title: &str,
    curves: &[Curve<'_>],
    longest: Option<Value<'_>>,
    bad: &dyn Fn(&StepRow) -> u64,
) {
    let values = |of: Value<'_>| -> Vec<f64> { course.steps.iter().filter_map(of).collect() };
    let all: Vec<f64> =
        curves.iter().flat_map(|(_, of)| values(of)).chain(longest.map(values).unwrap_or_default()).collect();
    if all.is_empty() {
        return;
    }
    let high = all.iter().copied().fold(0.0, f64::max);
    let low = all.iter().copied().fold(f64::INFINITY, f64::min);
    let top = round_up(high * 1.08);
    let says = format!("{title} over {}: from {} to {}", seconds(course.end), digits(low), digits(high));
    let mut plot = Plot::new(&format!("course-{id}"), title, &says, 116.0, (0.0, course.end), (0.0, top));
    behind(&mut plot, course);
    plot.rows(&ticks(0.0, top, 2).into_iter().map(|value| (value, tick(value))).collect::<Vec<_>>());
    plot.columns(&ticks(0.0, course.end, 5).into_iter().map(|value| (value, seconds(value))).collect::<Vec<_>>());
    let middle = |step: &StepRow| at(step.at_us) + at(step.span_us) / 2.0;
    if let (Some(longest), Some((_, of))) = (longest, curves.first()) {
        let between: Vec<_> = course.steps.iter().map(|step| (middle(step), of(step).zip(longest(step)))).collect();
        plot.area(&between, "area");
        plot.line(course.steps.iter().map(|step| (middle(step), longest(step))), "thin s1");
    }
    for (class, of) in curves {
        // The machine is asked about once a step: where it was asked just before and after one, nothing is missing.
        let sampled = matches!(id, "cpu" | "memory");
        plot.line(course.steps.iter().map(|step| (middle(step), of(step))).filter(|(_, y)| !sampled || y.is_some()), class);
    }
    for step in course.steps.iter().filter(|step| bad(step) > 0) {
        plot.mark(middle(step), "froze");
    }
    plot.hover(course.steps.iter().map(|step| {
        let from = at(step.at_us);
        let value = |of: Value<'_>| of(step).map_or_else(|| "N/A".to_owned(), digits);
        let mut says =
            format!("{} {title}: {}", seconds(from), curves.iter().map(|(_, of)| value(of)).collect::<Vec<_>>().join(", "));
        if let Some(longest) = longest {
            let _ = write!(says, ", longest {}", value(longest));
        }
        if bad(step) > 0 {
            let _ = write!(says, ", {} {}", bad(step), if id == "sessions" { "cut" } else { "frozen" });
        }
        (from, from + at(step.span_us), says)
    }));
    let _ = write!(out, "<div class=\"lane\"><h3>{}</h3>{}</div>", text(title), plot.finish());
}

/// What lies behind the curves of every lane.
fn behind(plot: &mut Plot, course: &Course<'_>) {
    let (from, to) = course.window;
    if from > 0.0 {
        plot.stretch(0.0, from.min(course.end), "idle");
    }
    if to > from && to < course.end {
        plot.stretch(to, course.end, "idle");
    }
    for mark in &course.marks {
        match (mark.kind.as_str(), mark.until_us) {
            ("fault", until) => plot.stretch(at(mark.at_us), at(until.unwrap_or(mark.at_us)), "faulty"),
            (kind, _) => plot.flag(at(mark.at_us), flag(kind).0),
        }
    }
}

/// How a mark of a kind is drawn: the class of its line, and its sign. The sign tells it without the colour.
fn flag(kind: &str) -> (&'static str, &'static str) {
    match kind {
        "tier" => ("flag tier", "◆"),
        "reconnect" => ("flag reconnect", "↻"),
        "warning" => ("flag warning", "!"),
        "error" => ("flag error", "✗"),
        _ => ("flag", ""),
    }
}

/// The lane of what happened: words for faults and phases, signs for the rest.
fn events(out: &mut String, course: &Course<'_>) {
    if course.marks.is_empty() {
        return;
    }
    let says = format!("{} are listed below", count(course.marks.len() as u64));
    let mut plot = Plot::new("course-events", "What happened", &says, 66.0, (0.0, course.end), (0.0, 1.0)).bare(ROWS);
    behind(&mut plot, course);
    words(&mut plot, course);
    for mark in &course.marks {
        let (class, sign) = flag(&mark.kind);
        if !sign.is_empty() {
            plot.glyph(at(mark.at_us), class.trim_start_matches("flag "), sign);
        }
    }
    let near = |mark: &&&MarkRow, from: f64, to: f64| {
        (from..to).contains(&at(mark.at_us)) || at(mark.at_us) < to && mark.until_us.is_some_and(|until| at(until) > from)
    };
    plot.hover(course.steps.iter().map(|step| {
        let (from, to) = (at(step.at_us), at(step.at_us) + at(step.span_us));
        let here = course.marks.iter().filter(|mark| near(mark, from, to)).take(3);
        let says: Vec<String> = here.map(|mark| format!("{}: {}", mark.kind, mark.text)).collect();
        (from, to, says.join(", "))
    }));
    let _ = write!(
        out,
        "<div class=\"lane\"><h3>What happened</h3>{}<p class=\"note\">◆ tier · ↻ reconnect · ! warning · ✗ error</p></div>",
        plot.finish()
    );
}

/// Words of faults and phases, as far as there is room for them in [`ROWS`].
fn words(plot: &mut Plot, course: &Course<'_>) {
    let mut free = [0.0; ROWS];
    for mark in course.marks.iter().filter(|mark| matches!(mark.kind.as_str(), "fault" | "phase")) {
        let from = at(mark.at_us);
        let short = shortened(&mark.text);
        // A phone shows some 45 letters in a row, and words that would reach over the right edge end where they belong.
        let wide = course.end * (short.chars().count() as f64 + 1.5) / 45.0;
        let ends_there = from + wide > course.end;
        let begins = if ends_there { from - wide } else { from };
        if let Some(row) = free.iter().position(|free| begins >= *free) {
            plot.words(from, row, ends_there, &short);
            free[row] = begins + wide;
        }
    }
}

/// A mark's words, as far as they fit.
fn shortened(words: &str) -> String {
    if words.chars().count() <= LONGEST_WORDS {
        return words.to_owned();
    }
    let kept: String = words.chars().take(LONGEST_WORDS - 1).collect();
    format!("{}…", kept.trim_end())
}

/// The marks that are drawn: those of the run as a whole first, then spread over those of sessions.
fn drawn(marks: &[MarkRow]) -> Vec<&MarkRow> {
    let (whole, single): (Vec<&MarkRow>, Vec<&MarkRow>) = marks.iter().partition(|mark| mark.session.is_none());
    let room = DRAWN.saturating_sub(whole.len().min(DRAWN));
    let each = single.len().div_ceil(room.max(1)).max(1);
    let mut drawn: Vec<&MarkRow> = whole.into_iter().take(DRAWN).collect();
    if room > 0 {
        drawn.extend(single.into_iter().step_by(each));
    }
    drawn.sort_by_key(|mark| mark.at_us);
    drawn
}

fn list(out: &mut String, marks: &[MarkRow]) {
    if marks.is_empty() {
        return;
    }
    let _ = write!(
        out,
        "<details class=\"long\"><summary>What happened ({})</summary><div class=\"scroll\" tabindex=\"0\" role=\"region\" \
         aria-label=\"What happened\"><table><thead><tr><th scope=\"col\">at</th><th scope=\"col\" class=\"l\">kind</th>\
         <th scope=\"col\">session</th><th scope=\"col\" class=\"l\">what</th></tr></thead><tbody>",
        count(marks.len() as u64)
    );
    for mark in marks.iter().take(LISTED) {
        let lasted =
            mark.until_us.and_then(|until| until.checked_sub(mark.at_us)).map(|us| format!(" for {}", seconds(at(us))));
        let _ = write!(
            out,
            "<tr><td>{}{}</td><td class=\"l\">{}</td><td>{}</td><td class=\"wrap\">{}</td></tr>",
            seconds(at(mark.at_us)),
            lasted.unwrap_or_default(),
            text(&mark.kind),
            mark.session.map_or_else(|| "all".to_owned(), |session| session.to_string()),
            text(&mark.text),
        );
    }
    out.push_str("</tbody></table></div>");
    if marks.len() > LISTED {
        let _ = write!(out, "<p class=\"note\">And {} more in the raw trace.</p>", count((marks.len() - LISTED) as u64));
    }
    out.push_str("</details>");
}

/// A span of the run in milliseconds, between two moments of which one may be unknown.
#[must_use]
pub fn took(from: u64, to: Option<u64>) -> String {
    span(to.and_then(|to| to.checked_sub(from)).map(|us| us as f64 / 1e3))
}
