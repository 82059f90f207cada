//! Figures as words and tables: the three that matter, the objectives, all of them, where they were measured, what they mean.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde_json::Value;

use super::markup::{mark, name, text, value};
use crate::app::bench::outputs::moments;
use crate::app::bench::outputs::numbers::{self, cell, count, seconds, signed, span, span_parts};
use crate::app::bench::outputs::sections::{self, SECTIONS, command_metrics};
use crate::app::bench::outputs::words;
use crate::measure::{Metric, Report, Scalar, Summary};

/// Title, outcome and the three figures that matter.
pub fn header(report: &Report) -> String {
    let (class, sign) = mark(report.outcome);
    let mut out = format!(
        "<header><div class=\"name\"><h1>{}</h1><span class=\"badge {class}\">{sign} {}</span>",
        text(&report.name),
        text(&capital(words::outcome(report.outcome)))
    );
    if !report.complete {
        out.push_str("<span class=\"badge insufficient\">incomplete</span>");
    }
    // Writing into a String cannot fail.
    let _ = write!(
        out,
        "</div><p class=\"lead\"><strong>{}</strong></p><p class=\"lead\">{}, {}.</p><div class=\"heads\">{}{}{}</div></header>",
        text(&sections::configuration(report)),
        text(&moments::short(&report.started)),
        text(&sections::window(report)),
        first_frame(report),
        commands(report),
        steadiness(report)
    );
    out
}

fn head(title: &str, (number, unit): (String, &str), lines: &[String]) -> String {
    let unit = if unit.is_empty() { String::new() } else { format!("<small>{unit}</small>") };
    let lines: String = lines.iter().map(|line| format!("<p class=\"sub\">{line}</p>")).collect();
    format!("<div class=\"card\"><h2>{title}</h2><p class=\"big\">{number}{unit}</p>{lines}</div>")
}

/// The percentile that a metric has samples for, the rarest first.
fn rare(summary: &Summary) -> String {
    let found =
        [("p99", summary.p99), ("p95", summary.p95), ("p90", summary.p90)].into_iter().find(|(_, value)| value.is_some());
    let (name, value) = found.unwrap_or(("max", summary.max));
    format!("{name} <b>{}</b>", span(value))
}

fn first_frame(report: &Report) -> String {
    let summary = report.metric(Metric::Ttff).copied().unwrap_or_default();
    let shown = report.metric(Metric::TtffPresented).filter(|summary| summary.n > 0);
    let mut lines = vec![format!("median · {} · n {}", rare(&summary), count(summary.n))];
    if let Some(shown) = shown {
        lines.push(format!("presented <b>{}</b>", span(shown.p50)));
    }
    head("First frame", span_parts(summary.p50), &lines)
}

fn commands(report: &Report) -> String {
    let (corrected, uncorrected) = command_metrics(report);
    let title = if corrected == Metric::CmdToPresent { "Command to picture shown" } else { "Command to frame received" };
    let of = |metric| report.metric(metric).copied().unwrap_or_default();
    let (summary, closed) = (of(corrected), of(uncorrected));
    let mut lines = vec![format!("median · {} · n {}", rare(&summary), count(summary.n))];
    lines.push(format!("uncorrected <b>{}</b> · {}", span(closed.p50), rare(&closed)));
    if summary.unanswered > 0 {
        lines.push(format!("<b>{}</b> never answered", count(summary.unanswered)));
    }
    head(title, span_parts(summary.p50), &lines)
}

fn steadiness(report: &Report) -> String {
    let number = |scalar| numbers::scalar(scalar, report.scalar(scalar));
    let fps = report.scalar(Scalar::Fps);
    let unit = if fps.is_some() { "frames/s" } else { "" };
    let lines = [
        format!("1 % low <b>{}</b> · stutters <b>{}</b>", cell(report.scalar(Scalar::FpsLow)), number(Scalar::Stutters)),
        format!("freezes <b>{}</b> · frozen <b>{}</b>", number(Scalar::Freezes), number(Scalar::FrozenPct)),
    ];
    head("Steadiness", (cell(fps), unit), &lines)
}

/// What was wanted, and what came of it.
pub fn objectives(report: &Report) -> String {
    if report.objectives.is_empty() {
        return String::new();
    }
    let mut out = String::from(
        "<section class=\"card\" aria-labelledby=\"objectives\"><h2 id=\"objectives\">Objectives</h2><div class=\"scroll\" \
         tabindex=\"0\" role=\"region\" aria-label=\"Objectives\"><table class=\"judged\"><thead><tr><th scope=\"col\">objective</th>\
         <th scope=\"col\" class=\"l\">outcome</th><th scope=\"col\">measured</th><th scope=\"col\">n</th>\
         <th scope=\"col\" class=\"l\">why</th></tr></thead><tbody>",
    );
    for verdict in &report.objectives {
        let (class, sign) = mark(verdict.outcome);
        let _ = write!(
            out,
            "<tr><th scope=\"row\">{}</th><td class=\"l mark {class}\">{sign} {}</td><td class=\"told\">{}</td><td class=\"told\">{}</td><td class=\"wrap\">{}</td></tr>",
            text(&verdict.objective),
            words::outcome(verdict.outcome),
            text(&sections::measured(verdict)),
            sections::judged_by(verdict),
            text(&verdict.why),
        );
    }
    out + "</tbody></table></div></section>"
}

/// Every distribution and every number.
pub fn all(report: &Report) -> String {
    let mut out = String::from(
        "<section class=\"card\" aria-labelledby=\"figures\"><h2 id=\"figures\">All figures</h2><p class=\"note\">Milliseconds. N/A: \
         not known, or too few samples (p90 wants 10, p95 20, p99 1,000 and p99.9 10,000). |x|: of the magnitude.</p>\
         <div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"All figures\"><table class=\"figures\"><thead><tr><th scope=\"col\">metric</th>",
    );
    for column in ["n", "min", "mean", "p50", "p90", "p95", "p99", "p99.9", "max"] {
        let _ = write!(out, "<th scope=\"col\">{column}</th>");
    }
    out.push_str("</tr></thead><tbody>");
    for section in SECTIONS {
        let known = section.metrics.iter().filter_map(|metric| Some((*metric, report.metric(*metric)?)));
        let rows: Vec<(Metric, &Summary)> = known.filter(|(_, summary)| summary.n > 0).collect();
        if !rows.is_empty() {
            let _ =
                write!(out, "<tr class=\"part\"><th scope=\"colgroup\" colspan=\"10\">{}</th></tr>", text(section.title));
        }
        for (metric, summary) in rows {
            row(&mut out, metric, summary);
        }
    }
    out.push_str("</tbody></table></div><p class=\"note narrow\">A wider screen shows min, mean, p90 and p99.9, too.</p>");
    let unmeasured = sections::unmeasured(report);
    if !unmeasured.is_empty() {
        let _ = write!(out, "<p class=\"note\">No sample: {}.</p>", text(&unmeasured.join(", ")));
    }
    out.push_str("<dl class=\"tiles\">");
    for scalar in Scalar::ALL {
        let _ = write!(
            out,
            "<div><dt>{}</dt><dd>{}</dd></div>",
            text(words::scalar_title(scalar)),
            text(&numbers::scalar(scalar, report.scalar(scalar)))
        );
    }
    for (title, counts) in [("dropped", &report.drops), ("failed", &report.errors)] {
        for (cause, number) in counts.iter().filter(|(_, number)| **number > 0) {
            let _ = write!(out, "<div><dt>{title}: {}</dt><dd>{}</dd></div>", text(cause), count(*number));
        }
    }
    out + "</dl></section>"
}

fn row(out: &mut String, metric: Metric, summary: &Summary) {
    let title = words::title(metric);
    let class = if title == "uncorrected" { " class=\"sub\"" } else { "" };
    let far = |value: Option<f64>| value.map_or_else(|| cell(None), |value| format!("|{}|", numbers::digits(value)));
    let cells = match summary.magnitude {
        Some(magnitude) => [
            signed(summary.min),
            signed(summary.mean),
            signed(summary.p50),
            cell(None),
            far(magnitude.p95),
            far(magnitude.p99),
            cell(None),
            far(magnitude.max),
        ],
        None => [
            cell(summary.min),
            cell(summary.mean),
            cell(summary.p50),
            cell(summary.p90),
            cell(summary.p95),
            cell(summary.p99),
            cell(summary.p99_9),
            cell(summary.max),
        ],
    };
    let bound = summary.bound.map(|bound| format!(" ± {}", span(Some(bound)))).unwrap_or_default();
    let _ = write!(out, "<tr{class}><th scope=\"row\">{}{bound}</th><td>{}</td>", text(title), count(summary.n));
    for cell in cells {
        let _ = write!(out, "<td>{cell}</td>");
    }
    out.push_str("</tr>");
}

/// Where and how it was measured.
pub fn environment(report: &Report) -> String {
    let mut out =
        String::from("<section class=\"card\" aria-labelledby=\"where\"><h2 id=\"where\">How it was measured</h2>");
    if !report.notes.is_empty() {
        out.push_str("<ul class=\"notes\">");
        for note in &report.notes {
            let _ = write!(out, "<li>{}</li>", text(note));
        }
        out.push_str("</ul>");
    }
    out.push_str("<div class=\"two\">");
    for (title, values) in [("Configuration", &report.configuration), ("Environment", &report.environment)] {
        let _ = write!(out, "<div><h3>{title}</h3>{}</div>", list(values));
    }
    let _ = write!(
        out,
        "</div><p class=\"note\">Run {} took {}.</p></section>",
        text(&report.id),
        text(&seconds(report.duration_s))
    );
    out
}

fn list(values: &BTreeMap<String, Value>) -> String {
    let mut out = String::from("<dl>");
    for (key, held) in values {
        let _ = write!(out, "<dt>{}</dt><dd>{}</dd>", name(key), value(held));
    }
    out + "</dl>"
}

/// What the words mean.
pub fn meanings() -> String {
    let mut out = String::from(
        "<details class=\"card long\"><summary>What the words mean</summary><p class=\"note\">Corrected latencies begin at the moment at \
         which a command was due, whether or not an earlier answer was late; what is unanswered at the end counts with the time that it \
         had waited. Uncorrected ones begin when it left, as a program that waits for each answer would see it: a stall hides in \
         them.</p><dl class=\"words\">",
    );
    for metric in Metric::ALL {
        let _ = write!(out, "<dt>{}</dt><dd>{}</dd>", metric.name(), text(words::meaning(metric)));
    }
    for scalar in Scalar::ALL {
        let _ = write!(out, "<dt>{}</dt><dd>{}</dd>", scalar.name(), text(words::scalar_meaning(scalar)));
    }
    out + "</dl></details>"
}

fn capital(words: &str) -> String {
    let mut letters = words.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}
