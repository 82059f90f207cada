//! `seaglass bench merge`: one run of the parts that several runners did at once.

use super::outputs::{Kind, Outputs};
use super::saved;
use crate::app::args::BenchMerge;
use crate::app::errors::{Exit, Failure};
use crate::measure::{MergeError, Recording, Report};

/// Runs the command; its exit status is the verdict on the whole.
pub fn merge(args: &BenchMerge) -> Result<Option<Exit>, Failure> {
    let outputs = Outputs::among(&Kind::saved(), &args.output)?;
    let parts: Vec<Recording> = args.traces.iter().map(|path| saved::recording(path)).collect::<Result<_, _>>()?;
    let whole = Recording::merge(parts).map_err(|error| unlike(&error))?;
    let objectives = saved::objectives(&whole.run.objectives)?;
    let report = Report::of(&whole, &objectives);
    outputs.write(&whole, &report)?;
    saved::judged(&report)
}

fn unlike(error: &MergeError) -> Failure {
    let fix = "merge the parts of one run: the same scenario and flags on every runner, each with its own --shard";
    Failure::new("unlike", Exit::Usage, "these runs are not parts of one", error, fix)
}
