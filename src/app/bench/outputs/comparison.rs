//! What became of a run against another: for people, for a pull request, for programs. Judges nothing.

use std::fmt::Write as _;

use super::markdown::plain;
use super::numbers::{UNKNOWN, cell, signed};
use crate::measure::{Change, Compared, Comparison};
use crate::session::clean;

/// Longest text of somebody else's, in characters.
const LONGEST: usize = 300;

/// A change in a word.
const fn word(change: Change) -> &'static str {
    match change {
        Change::Better => "better",
        Change::Worse => "worse",
        Change::Same => "same",
        Change::Undecided => "undecided",
    }
}

/// What a reader asks for first stands first.
const ORDER: [Change; 3] = [Change::Worse, Change::Better, Change::Same];

/// The figures that could be decided, in the order in which they are shown.
fn decided(comparison: &Comparison) -> impl Iterator<Item = &Compared> {
    ORDER.into_iter().flat_map(|change| comparison.figures.iter().filter(move |figure| figure.change == change))
}

/// The others.
fn undecided(comparison: &Comparison) -> Vec<&Compared> {
    comparison.figures.iter().filter(|figure| figure.change == Change::Undecided).collect()
}

fn interval(figure: &Compared) -> String {
    figure
        .interval
        .map_or_else(|| UNKNOWN.to_owned(), |(low, high)| format!("{} to {}", signed(Some(low)), signed(Some(high))))
}

fn name(figure: &Compared) -> String {
    format!("{}:{}", figure.metric, figure.stat)
}

/// For a terminal of 100 columns.
#[must_use]
pub fn text(comparison: &Comparison) -> String {
    let mut text = String::new();
    // Writing into a String cannot fail.
    let _ = writeln!(text, "{}", word(comparison.outcome).to_uppercase());
    for (what, (id, started)) in [("baseline", &comparison.baseline), ("current ", &comparison.current)] {
        let _ = writeln!(text, "{what}  {}  {}", clean(started, LONGEST), clean(id, LONGEST));
    }
    let share = format!("{} % interval", cell(Some(comparison.confidence * 100.0)).trim_end_matches(".0"));
    let _ = writeln!(text, "\n{:<38}{:>10}{:>10}{:>12}{:>20}  change", "", "baseline", "current", "difference", share);
    for figure in decided(comparison) {
        let name = match figure.unit.as_str() {
            "" => name(figure),
            unit => format!("{} ({unit})", name(figure)),
        };
        let change = if figure.change == Change::Worse { "WORSE" } else { word(figure.change) };
        let (baseline, current) = (cell(figure.baseline), cell(figure.current));
        let (difference, interval) = (signed(figure.difference), interval(figure));
        let _ = writeln!(text, "{name:<38}{baseline:>10}{current:>10}{difference:>12}{interval:>20}  {change}");
    }
    let undecided = undecided(comparison);
    if !undecided.is_empty() {
        let _ = writeln!(text, "\nUNDECIDED");
        for figure in undecided {
            let _ = writeln!(text, "{:<38}{}", name(figure), clean(&figure.why, LONGEST));
        }
    }
    if !comparison.notes.is_empty() {
        let _ = writeln!(text, "\nNOTES");
        for note in &comparison.notes {
            let _ = writeln!(text, "{}", clean(note, LONGEST));
        }
    }
    text
}

/// For a pull request.
#[must_use]
pub fn markdown(comparison: &Comparison) -> String {
    let sign = |change: Change| match change {
        Change::Better => "🟢",
        Change::Worse => "❌",
        Change::Same => "✅",
        Change::Undecided => "❔",
    };
    let mut text = String::new();
    let _ = writeln!(text, "### {} Against the baseline: {}\n", sign(comparison.outcome), word(comparison.outcome));
    let share = cell(Some(comparison.confidence * 100.0));
    let _ = writeln!(text, "| | figure | baseline | current | difference | {share} % interval |\n|:-:|---|--:|--:|--:|--:|");
    let row = |text: &mut String, figure: &Compared| {
        let unit = if figure.unit.is_empty() { String::new() } else { format!(" {}", plain(&figure.unit)) };
        let (baseline, current) = (cell(figure.baseline), cell(figure.current));
        let (difference, interval) = (signed(figure.difference), interval(figure));
        let _ = writeln!(
            text,
            "| {} {} | `{}` | {baseline}{unit} | {current}{unit} | {difference}{unit} | {interval} |",
            sign(figure.change),
            word(figure.change),
            name(figure)
        );
    };
    let moved = |figure: &&Compared| matches!(figure.change, Change::Worse | Change::Better);
    for figure in decided(comparison).filter(moved) {
        row(&mut text, figure);
    }
    let _ = writeln!(text, "\n<details><summary>What stayed the same, and what nobody can tell</summary>\n");
    let _ = writeln!(text, "| | figure | baseline | current | difference | {share} % interval |\n|:-:|---|--:|--:|--:|--:|");
    for figure in decided(comparison).filter(|figure| !moved(figure)).chain(undecided(comparison)) {
        row(&mut text, figure);
    }
    let _ = writeln!(text, "\n</details>");
    for note in &comparison.notes {
        let _ = writeln!(text, "\n{}", plain(note));
    }
    text
}

/// For programs.
#[must_use]
pub fn json(comparison: &Comparison) -> String {
    // Numbers, words and lists of them always have a JSON form.
    serde_json::to_string_pretty(comparison).unwrap_or_default() + "\n"
}
