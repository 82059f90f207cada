//! Runs that were saved: reading raw traces and reports from files. Their text is untrusted; `measure` checks it.

use std::fs::File;
use std::io::{BufReader, Read, stdin};
use std::path::Path;

use crate::app::errors::{Exit, Failure};
use crate::measure::{Objective, Outcome, Recording, Report, Subject};

/// Largest report or trace that is read whole to be compared, in bytes.
const LARGEST: u64 = 4 << 30;

/// Reads a raw trace; `-` is the standard input.
pub fn recording(path: &Path) -> Result<Recording, Failure> {
    let read = if path == Path::new("-") {
        Recording::read(stdin().lock())
    } else {
        Recording::read(BufReader::with_capacity(1 << 20, File::open(path).map_err(|error| unreadable(path, &error))?))
    };
    read.map_err(|error| unreadable(path, &error))
}

/// Reads a JSON report or a raw trace; `-` is the standard input.
pub fn subject(path: &Path) -> Result<Subject, Failure> {
    let mut text = String::new();
    let read = if path == Path::new("-") {
        stdin().lock().take(LARGEST).read_to_string(&mut text)
    } else {
        File::open(path).and_then(|file| file.take(LARGEST).read_to_string(&mut text))
    };
    read.map_err(|error| unreadable(path, &error))?;
    Subject::read(&text).map_err(|why| unreadable(path, &why))
}

/// The objectives by which a run is judged.
pub fn objectives(wanted: &[String]) -> Result<Vec<Objective>, Failure> {
    let read = |text: &String| {
        Objective::parse(text).map_err(|why| {
            let fix = "write metric:stat op value, as in 'ttff:p95<2s'";
            Failure::new("usage", Exit::Usage, format!("{text:?} is no objective"), why, fix)
        })
    };
    wanted.iter().map(read).collect()
}

/// What a verdict tells the user, and the exit status.
pub fn judged(report: &Report) -> Result<Option<Exit>, Failure> {
    let of = |wanted: Outcome| {
        let such = report.objectives.iter().filter(|verdict| verdict.outcome == wanted);
        such.map(|verdict| format!("{}: {}", verdict.objective, verdict.why)).collect::<Vec<_>>().join("\n")
    };
    match report.outcome {
        Outcome::None | Outcome::Pass => Ok(None),
        Outcome::Fail => {
            let fix = "the report says where the time goes; an objective that is too strict is changed in the scenario";
            let missed = of(Outcome::Fail);
            Err(Failure::new("objective", Exit::ObjectiveFailed, "an objective was missed", missed, fix))
        }
        Outcome::Insufficient => {
            let what = "nobody can tell whether the objectives are kept";
            let fix = "measure for longer, or with more sessions";
            Err(Failure::new("insufficient", Exit::Insufficient, what, of(Outcome::Insufficient), fix))
        }
    }
}

fn unreadable(path: &Path, why: &dyn std::fmt::Display) -> Failure {
    let what = format!("{} cannot be used", path.display());
    let fix = "give the file that `seaglass bench run -o trace:FILE` wrote, or that of -o json:FILE to compare with";
    Failure::new("trace", Exit::Usage, what, why, fix)
}
