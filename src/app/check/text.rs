//! A run for people: a line per case, and all that is known of those that failed.

use std::fmt::Write as _;

use super::case::Case;
use super::report::{Counts, Report};
use super::run::{Done, Outcome};

/// Lines of a transcript that are shown; `--transcripts` keeps all.
const LAST_LINES: usize = 14;
/// And so many characters of each.
const LONGEST_LINE: usize = 200;

/// One case in a line.
pub fn line(done: &Done) -> String {
    let Done { case, outcome, took } = done;
    let word = match outcome {
        Outcome::Passed => "pass",
        Outcome::Skipped(_) => "skip",
        Outcome::Failed { .. } => "FAIL",
    };
    format!("{word}  {:<12} {:<6} {:>6.2} s  {}", case.id, case.level.name(), took.as_secs_f64(), case.says)
}

/// The whole run.
pub fn report(report: &Report) -> String {
    let mut text = String::new();
    // Writing into a String cannot fail.
    let _ = writeln!(text, "{} ({}), seed {}", report.target, report.server, report.seed);
    if let Some(why) = &report.survey {
        let _ = writeln!(text, "the survey could not see everything: {why}");
    }
    for done in &report.done {
        let _ = writeln!(text, "{}", line(done));
        match &done.outcome {
            Outcome::Passed => {}
            Outcome::Skipped(why) => {
                let _ = writeln!(text, "      {why}");
            }
            Outcome::Failed { expected, found, transcript } => {
                let _ = writeln!(text, "      rows {}, section {}", done.case.rows, done.case.section);
                let _ = writeln!(text, "      expected: {expected}\n      found:    {found}");
                let from = transcript.len().saturating_sub(LAST_LINES);
                for line in &transcript[from..] {
                    let cut: String = line.chars().take(LONGEST_LINE).collect();
                    let more = if cut.len() < line.len() { "…" } else { "" };
                    let _ = writeln!(text, "      | {cut}{more}");
                }
            }
        }
    }
    let Counts { passed, must, should, skipped } = report.counts();
    let _ = writeln!(
        text,
        "{passed} passed, {must} MUST failed, {should} SHOULD failed, {skipped} skipped in {:.1} s",
        report.took.as_secs_f64()
    );
    let left = report.left_open();
    let _ = writeln!(
        text,
        "{} worlds made, {} gone, {} left open; {:.1} s of world time",
        report.worlds.len(),
        report.worlds.len() - left.len(),
        left.len(),
        report.seconds()
    );
    for world in left {
        let _ = writeln!(text, "LEFT OPEN  {}  made by {}", world.id, world.case);
    }
    text
}

/// The cases, for who wants to know what is checked.
pub fn list(cases: &[&Case]) -> String {
    let line = |case: &&Case| {
        format!("{:<12} {:<6} {:<14} {:<10} {}\n", case.id, case.level.name(), case.rows, case.section, case.says)
    };
    cases.iter().map(line).collect()
}
