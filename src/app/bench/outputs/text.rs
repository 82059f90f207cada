//! A run for a terminal of 100 columns: what a person wants to know first stands first. Plain characters, no colour.

use std::fmt::Write as _;

use super::moments;
use super::numbers::{self, UNKNOWN, cell, count, signed};
use super::sections::{self, SECTIONS, Section};
use super::words;
use crate::measure::{Metric, Outcome, Report, Summary, Verdict};
use crate::session;

/// Columns of the terminal.
const WIDTH: usize = 100;

/// Longest text of somebody else's, in characters.
const LONGEST: usize = 400;

/// Columns of a row's name.
const NAME: usize = 28;

/// The run in lines.
#[must_use]
pub fn report(report: &Report) -> String {
    let mut text = String::new();
    head(&mut text, report);
    for section in SECTIONS {
        figures(&mut text, section, report);
    }
    counted(&mut text, "Dropped, by cause", &report.drops);
    counted(&mut text, "Failures, by code", &report.errors);
    notes(&mut text, report);
    text
}

fn head(text: &mut String, report: &Report) {
    let outcome = words::outcome(report.outcome).to_uppercase();
    let room = WIDTH.saturating_sub(outcome.len() + 2);
    let name: String = clean(&report.name).chars().take(room).collect();
    // Writing into a String cannot fail.
    let _ = writeln!(text, "{name:<room$}  {outcome}");
    wrapped(text, "", &sections::configuration(report));
    wrapped(text, "", &format!("{} · run {}", clean(&moments::short(&report.started)), clean(&report.id)));
    wrapped(text, "", &sections::window(report));
    if !report.complete {
        let _ = writeln!(text, "INCOMPLETE: not everything that was planned was done");
    }
    if report.objectives.is_empty() {
        return;
    }
    let _ = writeln!(text, "\nOBJECTIVES");
    for verdict in &report.objectives {
        objective(text, verdict);
    }
}

fn objective(text: &mut String, verdict: &Verdict) {
    let mark = match verdict.outcome {
        Outcome::Pass => "pass",
        Outcome::Fail => "FAIL",
        Outcome::Insufficient | Outcome::None => "????",
    };
    let _ = write!(text, "{mark}  {:<38} {:>12}", clean(&verdict.objective), sections::measured(verdict));
    let judged_by = sections::judged_by(verdict);
    if !judged_by.is_empty() {
        let _ = write!(text, "  n {judged_by}");
    }
    text.push('\n');
    if verdict.outcome != Outcome::Pass && !verdict.why.is_empty() {
        wrapped(text, "      ", &clean(&verdict.why));
    }
}

fn figures(text: &mut String, section: &Section, report: &Report) {
    let rows: Vec<(Metric, &Summary)> = section
        .metrics
        .iter()
        .filter_map(|metric| Some((*metric, report.metric(*metric)?)))
        .filter(|(_, summary)| summary.n > 0)
        .collect();
    let title = section.title.to_uppercase();
    if rows.is_empty() {
        let _ = writeln!(text, "\n{title}");
    } else {
        let _ = write!(text, "\n{:<NAME$}", format!("{title} (ms)"));
        for column in ["n", "p50", "p90", "p95", "p99", "p99.9", "max"] {
            let _ = write!(text, "{column:>10}");
        }
        text.push('\n');
    }
    for (metric, summary) in rows {
        row(text, metric, summary);
    }
    let scalars: Vec<String> = section
        .scalars
        .iter()
        .map(|scalar| format!("{} {}", words::scalar_title(*scalar), numbers::scalar(*scalar, report.scalar(*scalar))))
        .collect();
    listed(text, &scalars);
}

fn row(text: &mut String, metric: Metric, summary: &Summary) {
    let name = words::title(metric);
    let indent = if name == "uncorrected" { "  " } else { "" };
    let _ = write!(text, "{:<NAME$}{:>10}", format!("{indent}{name}"), count(summary.n));
    let cells = match summary.magnitude {
        Some(far) => [
            signed(summary.p50),
            UNKNOWN.to_owned(),
            magnitude(far.p95),
            magnitude(far.p99),
            UNKNOWN.to_owned(),
            magnitude(far.max),
        ],
        None => [summary.p50, summary.p90, summary.p95, summary.p99, summary.p99_9, summary.max].map(cell),
    };
    for cell in cells {
        let _ = write!(text, "{cell:>10}");
    }
    text.push('\n');
    if summary.unanswered > 0 {
        let waited = format!("of them {} unanswered, counted with the time that they had waited", count(summary.unanswered));
        wrapped(text, "  ", &waited);
    }
    if let Some(bound) = summary.bound {
        wrapped(text, "  ", &format!("each within {} by the clocks' estimated offset", numbers::span(Some(bound))));
    }
}

/// A percentile of magnitudes, told apart from one with a sign.
fn magnitude(value: Option<f64>) -> String {
    value.map_or_else(|| UNKNOWN.to_owned(), |value| format!("|{}|", numbers::digits(value)))
}

fn counted(text: &mut String, title: &str, counts: &std::collections::BTreeMap<String, u64>) {
    let counts: Vec<String> = counts
        .iter()
        .filter(|(_, number)| **number > 0)
        .map(|(name, number)| format!("{} {}", clean(name), count(*number)))
        .collect();
    if !counts.is_empty() {
        let _ = writeln!(text, "\n{}", title.to_uppercase());
        listed(text, &counts);
    }
}

fn notes(text: &mut String, report: &Report) {
    let _ = writeln!(text, "\nNOTES");
    for note in &report.notes {
        wrapped(text, "", &clean(note));
    }
    let unmeasured = sections::unmeasured(report);
    if !unmeasured.is_empty() {
        wrapped(text, "", &format!("No sample (n 0): {}.", unmeasured.join(", ")));
    }
    wrapped(
        text,
        "",
        "N/A: not known, or too few samples: p90 wants 10, p95 20, p99 1,000 and p99.9 10,000 of them. |x|: of the magnitude. \
         Corrected latencies begin when a command was due, uncorrected ones when it left.",
    );
}

/// Short items one after another, none of them torn apart.
fn listed(text: &mut String, items: &[String]) {
    let mut columns = 0;
    for item in items {
        let wide = item.chars().count();
        if columns > 0 && columns + 3 + wide > WIDTH {
            text.push('\n');
            columns = 0;
        }
        if columns > 0 {
            text.push_str(" · ");
            columns += 3;
        }
        text.push_str(item);
        columns += wide;
    }
    if columns > 0 {
        text.push('\n');
    }
}

/// A text in lines of at most [`WIDTH`] columns, each after an indent.
fn wrapped(text: &mut String, indent: &str, long: &str) {
    let mut line = indent.to_owned();
    let mut columns = indent.len();
    let mut words = 0;
    for word in long.split_whitespace() {
        let wide = word.chars().count();
        if words > 0 && columns + 1 + wide > WIDTH {
            let _ = writeln!(text, "{line}");
            indent.clone_into(&mut line);
            columns = indent.len();
            words = 0;
        }
        if words > 0 {
            line.push(' ');
            columns += 1;
        }
        line.push_str(word);
        columns += wide;
        words += 1;
    }
    if words > 0 {
        let _ = writeln!(text, "{line}");
    }
}

/// A text that may have come from a server, without what a terminal would obey.
fn clean(text: &str) -> String {
    session::clean(text, LONGEST)
}

#[cfg(test)]
mod tests {
    use super::super::recordings::{Made, report as judged};
    use crate::measure::{Recording, Report};

    #[test]
    fn a_terminal_of_100_columns_shows_every_line_whole() {
        for name in ["canyon.toml".to_owned(), "x".repeat(300), "\u{1b}[2J\nspoofed 深い谷".repeat(20)] {
            let made = Made { name, ..Made::default() };
            let text = super::report(&judged(&made.recording()));
            let wide: Vec<&str> = text.lines().filter(|line| line.chars().count() > super::WIDTH).collect();
            // One word that is longer than a line cannot be torn.
            assert!(wide.iter().all(|line| line.split_whitespace().any(|word| word.chars().count() > 60)), "{wide:#?}");
            assert!(!text.contains('\u{1b}'), "a server's text drives the terminal");
        }
    }

    #[test]
    fn what_is_not_known_is_na_with_the_count_and_never_zero() {
        let text = super::report(&judged(&Made::default().recording()));
        let first = text.lines().find(|line| line.starts_with("first frame ")).expect("first frames");
        assert_eq!(first.split_whitespace().nth(2), Some("8"), "{first}");
        assert_eq!(first.matches("N/A").count(), 4, "p90 to p99.9 of 8 samples: {first}");
        assert!(text.contains("No sample (n 0): cmd_to_pixels"), "{text}");
    }

    #[test]
    fn a_run_of_nothing_is_shown_as_nothing() {
        let empty = super::report(&Report::of(&Recording::default(), &[]));
        assert!(empty.contains("NO OBJECTIVES") && empty.contains("INCOMPLETE"), "{empty}");
    }
}
