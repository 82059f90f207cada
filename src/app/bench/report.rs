//! `seaglass bench report`: every output of a run again, from its raw trace.

use super::outputs::{Kind, Outputs};
use super::saved;
use crate::app::args::BenchReport;
use crate::app::errors::{Exit, Failure};
use crate::measure::Report;

/// Runs the command. A verdict is told by the exit status where objectives were given: those of the run were told when it ended.
pub fn report(args: &BenchReport) -> Result<Option<Exit>, Failure> {
    let outputs = Outputs::among(&Kind::saved(), &args.output)?;
    let given = saved::objectives(&args.objective)?;
    let mut recording = saved::recording(&args.trace)?;
    if !given.is_empty() {
        recording.run.objectives.clone_from(&args.objective);
    }
    let objectives = saved::objectives(&recording.run.objectives)?;
    let report = Report::of(&recording, &objectives);
    outputs.write(&recording, &report)?;
    if given.is_empty() { Ok(None) } else { saved::judged(&report) }
}
