//! From a report to the exit status: what was wanted, what came of it, what it is compared with, and what was left behind.

use std::path::{Path, PathBuf};

use super::runner::Ran;
use crate::app::errors::{Exit, Failure};
use crate::app::remote;
use crate::measure::{Change, CompareOptions, Outcome, Report, Run, Subject, compare};

/// A baseline is no longer than this: traces of long runs are large.
const MOST_BYTES: u64 = 1 << 30;

/// An earlier run, to compare with.
#[derive(Debug)]
pub struct Baseline {
    path: PathBuf,
    subject: Subject,
}

impl Baseline {
    /// Reads a JSON report or a raw trace.
    pub fn read(path: &Path) -> Result<Self, Failure> {
        let failure = |why: &dyn std::fmt::Display| {
            let what = format!("the baseline {} cannot be used", path.display());
            Failure::new(
                "baseline",
                Exit::Usage,
                what,
                why,
                "name a report that `seaglass bench run -o json:FILE` wrote, or a trace",
            )
        };
        let length = std::fs::metadata(path).map_err(|error| failure(&error))?.len();
        if length > MOST_BYTES {
            return Err(failure(&format!("it has more than {MOST_BYTES} bytes")));
        }
        let text = std::fs::read_to_string(path).map_err(|error| failure(&error))?;
        let subject = Subject::read(&text).map_err(|why| failure(&why))?;
        Ok(Self { path: path.to_path_buf(), subject })
    }

    /// Refuses, before anything is created, what could not be compared afterwards.
    pub fn suits(&self, run: &Run) -> Result<(), Failure> {
        let (theirs, ours) = (&self.subject.report.configuration, &run.configuration);
        let mut keys: Vec<&String> =
            theirs.keys().chain(ours.keys()).filter(|key| theirs.get(*key) != ours.get(*key)).collect();
        keys.sort();
        keys.dedup();
        if keys.is_empty() {
            return Ok(());
        }
        let told = |value: Option<&serde_json::Value>| value.map_or_else(|| "nothing".to_owned(), ToString::to_string);
        let lines: Vec<String> = keys
            .into_iter()
            .map(|key| format!("{key}: {} in the baseline, {} here", told(theirs.get(key)), told(ours.get(key))))
            .collect();
        Err(self.unlike(&crate::session::clean(&lines.join("; "), 2000)))
    }

    /// Whether the run is worse.
    fn compare(&self, ran: &Ran) -> Result<(), Failure> {
        let current = Subject::of(&ran.recording);
        let comparison =
            compare(&self.subject, &current, &CompareOptions::default()).map_err(|error| self.unlike(&error))?;
        comparison.notes.iter().for_each(|note| eprintln!("note: {note}"));
        let worse: Vec<String> = comparison
            .figures
            .iter()
            .filter(|figure| figure.change == Change::Worse)
            .map(|figure| format!("{}:{}: {}", figure.metric, figure.stat, figure.why))
            .collect();
        match comparison.outcome {
            Change::Worse => {
                let what = format!("the run is worse than its baseline {}", self.path.display());
                let fix =
                    "`seaglass bench compare` shows every figure with its interval; a wanted change wants a new baseline";
                Err(Failure::new("regression", Exit::Regression, what, worse.join("\n"), fix))
            }
            Change::Undecided => {
                let what = format!("nothing can be said against the baseline {}", self.path.display());
                let why = "no figure has enough samples in both runs";
                Err(Failure::new(
                    "insufficient",
                    Exit::Insufficient,
                    what,
                    why,
                    "measure both for longer, or with more sessions",
                ))
            }
            Change::Better | Change::Same => Ok(()),
        }
    }

    fn unlike(&self, why: &dyn std::fmt::Display) -> Failure {
        let what = format!("the baseline {} is of another configuration", self.path.display());
        Failure::new("unlike", Exit::Usage, what, why, "run both with the same scenario and flags, or make a new baseline")
    }
}

/// The exit status, gravest first: what was interrupted, what may still cost money, objectives, baseline, limits, failures.
pub fn verdict(ran: &Ran, report: &Report, baseline: Option<&Baseline>) -> Result<Option<Exit>, Failure> {
    if ran.leaked > 0 {
        let what = format!("{} worlds may still be alive", ran.leaked);
        let (why, fix) = match &ran.undead {
            None => (
                "the server did not confirm that they have ended",
                "end them as soon as the server can be reached: seaglass world reap".to_owned(),
            ),
            Some(world) => (
                "the server had confirmed that they have ended, and says now that they have not",
                format!(
                    "the report names them: end each, as by seaglass world end {world}, and tell whoever runs the server"
                ),
            ),
        };
        let failure = Failure::new("outcome-unknown", Exit::OutcomeUnknown, what, why, fix);
        if ran.signal.is_none() {
            return Err(failure);
        }
        // The status says who ended the run; what may still cost money is said all the same.
        eprintln!("{failure}");
    }
    if ran.signal.is_some() {
        return Ok(ran.signal);
    }
    let of = |wanted: Outcome| {
        let such = report.objectives.iter().filter(|verdict| verdict.outcome == wanted);
        such.map(|verdict| format!("{}: {}", verdict.objective, verdict.why)).collect::<Vec<_>>().join("\n")
    };
    if report.outcome == Outcome::Fail {
        let fix = "the report says where the time goes; an objective that is too strict is changed in the scenario";
        let missed = of(Outcome::Fail);
        return Err(Failure::new("objective", Exit::ObjectiveFailed, "an objective was missed", missed, fix));
    }
    if let Some((code, why)) = ran.failed.as_ref().filter(|_| ran.completed == 0) {
        let what = "no session came to its planned end";
        let (named, exit) = match remote::class(code) {
            _ if ran.limited > 0 => ("limit", Exit::Limit),
            // Whether worlds were left is said above, by the server's own word.
            None | Some((_, Exit::OutcomeUnknown | Exit::Unexpected)) => ("session", Exit::Session),
            Some(class) => class,
        };
        let fix = format!("`seaglass explain {named}` says more of the first failure");
        return Err(Failure::new(named, exit, what, format!("{code}: {why}"), fix));
    }
    if let Some(baseline) = baseline {
        baseline.compare(ran)?;
    }
    if report.outcome == Outcome::Insufficient {
        let fix = "measure for longer or with more sessions, or want a lower percentile";
        let what = "too little was measured to say whether an objective was kept";
        return Err(Failure::new("insufficient", Exit::Insufficient, what, of(Outcome::Insufficient), fix));
    }
    if ran.limited > 0 {
        let what = format!("{} sessions were ended by a limit before their time", ran.limited);
        let fix = "plan shorter sessions, or ask for longer limits";
        return Err(Failure::new("limit", Exit::Limit, what, "the report tells of each", fix));
    }
    Ok(None)
}
