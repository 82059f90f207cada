//! A run for a pull request: what came of it in a short table, the rest folded away. Text that a server may have made is no markup.

use std::fmt::Write as _;

use super::moments;
use super::numbers::{self, UNKNOWN, cell, count, signed, span};
use super::sections::{self, SECTIONS, command_metrics, judged_by, measured};
use super::words;
use crate::measure::{Metric, Outcome, Report, Scalar, Summary};
use crate::session::clean;

/// Longest text of somebody else's, in characters.
const LONGEST: usize = 300;

/// The run in GitHub's Markdown.
#[must_use]
pub fn report(report: &Report) -> String {
    let mut text = String::new();
    let outcome = words::outcome(report.outcome);
    // Writing into a String cannot fail.
    let _ = writeln!(text, "### {} {}: {outcome}\n", sign(report.outcome), plain(&report.name));
    let _ = writeln!(text, "{} · {}", plain(&sections::configuration(report)), plain(&sections::window(report)));
    if !report.complete {
        let _ = writeln!(text, "\n**Incomplete**: not everything that was planned was done.");
    }
    leading(&mut text, report);
    if !report.objectives.is_empty() {
        let _ = writeln!(text, "\n| | objective | measured | n | |\n|:-:|---|--:|--:|---|");
        for verdict in &report.objectives {
            let why = if verdict.outcome == Outcome::Pass { String::new() } else { plain(&verdict.why) };
            let (objective, measured, n) = (code(&verdict.objective), measured(verdict), judged_by(verdict));
            let _ = writeln!(text, "| {} | {objective} | {measured} | {n} | {why} |", sign(verdict.outcome));
        }
    }
    details(&mut text, "All figures (ms)", |text| figures(text, report));
    details(&mut text, "How it was measured", |text| {
        for note in &report.notes {
            let _ = writeln!(text, "- {}", plain(note));
        }
        let _ = writeln!(text, "\n| | |\n|---|---|");
        for (key, value) in report.configuration.iter().chain(&report.environment) {
            let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            let _ = writeln!(text, "| {} | {} |", plain(key), plain(&value));
        }
        let _ = writeln!(text, "| started | {} |\n| run | {} |", plain(&moments::short(&report.started)), plain(&report.id));
    });
    text
}

/// The figures that matter.
fn leading(text: &mut String, report: &Report) {
    let (corrected, uncorrected) = command_metrics(report);
    let _ = writeln!(text, "\n| | median | p95 | p99 | n |\n|---|--:|--:|--:|--:|");
    for (metric, name) in [
        (Metric::Ttff, words::title(Metric::Ttff).to_owned()),
        (corrected, words::title(corrected).to_owned()),
        (uncorrected, format!("{}, uncorrected", words::title(corrected))),
        (Metric::FrameInterval, words::title(Metric::FrameInterval).to_owned()),
    ] {
        let summary = report.metric(metric).copied().unwrap_or_default();
        let [p50, p95, p99] = [summary.p50, summary.p95, summary.p99].map(span);
        let _ = writeln!(text, "| {name} | {p50} | {p95} | {p99} | {} |", count(summary.n));
    }
    let scalars =
        [Scalar::Fps, Scalar::FpsLow, Scalar::Freezes, Scalar::FrozenPct, Scalar::SessionsFailed, Scalar::LeakedSessions];
    let each =
        scalars.map(|scalar| format!("{} {}", words::scalar_title(scalar), numbers::scalar(scalar, report.scalar(scalar))));
    let _ = writeln!(text, "\n{}", each.join(" · "));
}

fn figures(text: &mut String, report: &Report) {
    let _ = writeln!(text, "| metric | n | p50 | p90 | p95 | p99 | p99.9 | max |\n|---|--:|--:|--:|--:|--:|--:|--:|");
    for metric in SECTIONS.iter().flat_map(|section| section.metrics) {
        if let Some(summary) = report.metric(*metric).filter(|summary| summary.n > 0) {
            let cells = cells(summary).join(" | ");
            let _ = writeln!(text, "| {} | {} | {cells} |", metric.name(), count(summary.n));
        }
    }
    let unmeasured = sections::unmeasured(report);
    if !unmeasured.is_empty() {
        let _ = writeln!(text, "\nNo sample: {}.", unmeasured.join(", "));
    }
    let _ = writeln!(text, "\n| | |\n|---|--:|");
    for scalar in SECTIONS.iter().flat_map(|section| section.scalars) {
        let _ =
            writeln!(text, "| {} | {} |", words::scalar_title(*scalar), numbers::scalar(*scalar, report.scalar(*scalar)));
    }
}

fn cells(summary: &Summary) -> [String; 6] {
    let far = |value: Option<f64>| value.map_or_else(|| UNKNOWN.to_owned(), |value| format!("±{}", numbers::digits(value)));
    match summary.magnitude {
        Some(magnitude) => [
            signed(summary.p50),
            UNKNOWN.to_owned(),
            far(magnitude.p95),
            far(magnitude.p99),
            UNKNOWN.to_owned(),
            far(magnitude.max),
        ],
        None => [summary.p50, summary.p90, summary.p95, summary.p99, summary.p99_9, summary.max].map(cell),
    }
}

/// What is folded away. The empty lines let Markdown begin again inside.
fn details(text: &mut String, title: &str, inside: impl FnOnce(&mut String)) {
    let _ = writeln!(text, "\n<details><summary>{title}</summary>\n");
    inside(text);
    let _ = writeln!(text, "\n</details>");
}

/// A sign for an outcome.
#[must_use]
pub const fn sign(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::None => "▫️",
        Outcome::Pass => "✅",
        Outcome::Insufficient => "❔",
        Outcome::Fail => "❌",
    }
}

/// A text of which nothing is markup, nor HTML, nor a mention.
#[must_use]
pub fn plain(raw: &str) -> String {
    let mut out = String::new();
    let safe = clean(raw, LONGEST).replace('&', "&amp;");
    for c in safe.chars() {
        match c {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            // Numbered, as a backslash does not keep everyone from linking names, issues and addresses.
            '@' => out.push_str("&#64;"),
            '#' => out.push_str("&#35;"),
            '\\' | '`' | '*' | '_' | '{' | '}' | '[' | ']' | '!' | '|' | '~' => {
                out.push('\\');
                out.push(c);
            }
            c => out.push(c),
        }
    }
    // What looks like an address would become a link.
    out.replace("://", "&#58;//").replace("www.", "www&#46;")
}

/// A text as code in a table's cell.
fn code(raw: &str) -> String {
    format!("`{}`", clean(raw, LONGEST).replace('`', "'").replace('|', "\\|"))
}

#[cfg(test)]
mod tests {
    use super::super::recordings::{Made, report as judged};

    #[test]
    fn text_of_a_server_is_no_markup_in_a_pull_request() {
        let name = "</details><img src=x onerror=alert(1)> @team #12 [a](https://evil.example) `b` | c".to_owned();
        let text = super::report(&judged(&Made { name, ..Made::default() }.recording()));
        for markup in ["<img", "@team", "#12", " [a", "https://evil"] {
            assert!(!text.contains(markup), "{markup} in {text}");
        }
        assert_eq!(text.matches("</details>").count(), text.matches("<details>").count());
    }

    #[test]
    fn every_row_of_a_table_has_as_many_cells_as_its_head() {
        let made = Made { name: "a | b | c".into(), ..Made::default() };
        let text = super::report(&judged(&made.recording()));
        let mut columns = None;
        for line in text.lines() {
            let cells = line.starts_with('|').then(|| line.replace("\\|", "").matches('|').count());
            if let (Some(cells), Some(columns)) = (cells, columns) {
                assert_eq!(cells, columns, "{line}");
            }
            columns = cells;
        }
        assert!(text.contains("| ❌ | `cmd_to_present:p95 < 120ms` |"), "{text}");
    }
}
