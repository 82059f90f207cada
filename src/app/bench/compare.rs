//! `seaglass bench compare`: whether a run is worse than its baseline, as far as anybody can tell from the two.

use super::outputs::{Kind, Outputs, comparison_json, comparison_markdown, comparison_text};
use super::saved;
use crate::app::args::BenchCompare;
use crate::app::errors::{Exit, Failure};
use crate::measure::{Change, CompareError, CompareOptions, Comparison, Subject, compare as compared};

/// Runs the command; its exit status is the verdict.
pub fn compare(args: &BenchCompare) -> Result<Option<Exit>, Failure> {
    let outputs = Outputs::among(&[Kind::Text, Kind::Json, Kind::Markdown], &args.output)?;
    let options = CompareOptions {
        confidence: args.confidence / 100.0,
        noise_pct: args.noise,
        floor_ms: args.floor,
        ..CompareOptions::default()
    };
    let (baseline, current) = (saved::subject(&args.baseline)?, saved::subject(&args.current)?);
    let comparison = against(&baseline, &current, &options)?;
    outputs.write_as(|kind| {
        Ok(match kind {
            Kind::Json => comparison_json(&comparison),
            Kind::Markdown => comparison_markdown(&comparison),
            _ => comparison_text(&comparison),
        })
    })?;
    judged(&comparison)
}

/// Compares, and says what keeps two runs from it.
pub fn against(baseline: &Subject, current: &Subject, options: &CompareOptions) -> Result<Comparison, Failure> {
    compared(baseline, current, options).map_err(|error| match error {
        CompareError::Unlike(differences) => {
            let fix = "run both with the same scenario and flags, or record a new baseline";
            Failure::new("unlike", Exit::Usage, "these runs did not do the same", differences.join("\n"), fix)
        }
        CompareError::Options(why) => {
            Failure::usage("the comparison is impossible as it was asked for", &why, "change that flag")
        }
    })
}

/// What a comparison tells the user, and the exit status.
fn judged(comparison: &Comparison) -> Result<Option<Exit>, Failure> {
    match comparison.outcome {
        Change::Better | Change::Same => Ok(None),
        Change::Worse => {
            let worse = comparison.figures.iter().filter(|figure| figure.change == Change::Worse);
            let worse: Vec<String> =
                worse.map(|figure| format!("{}:{}: {}", figure.metric, figure.stat, figure.why)).collect();
            let fix = "look at both reports; a wanted change wants a new baseline";
            let what = "the run is worse than its baseline";
            Err(Failure::new("regression", Exit::Regression, what, worse.join("\n"), fix))
        }
        Change::Undecided => {
            let what = "nothing can be said against the baseline";
            let why = "no figure has enough samples in both runs";
            let fix = "measure both for longer, or with more sessions";
            Err(Failure::new("insufficient", Exit::Insufficient, what, why, fix))
        }
    }
}
