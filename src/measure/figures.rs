//! From the raw trace of a run to what it says.

use super::document::KIND;
use super::metric::{Metric, Scalar};
use super::objective::Objective;
use super::recording::{Recording, SCHEMA};
use super::report::{Figure, Outcome, Report, Single};

impl Report {
    /// What a recording says, and what came of the objectives.
    #[must_use]
    pub fn of(recording: &Recording, objectives: &[Objective]) -> Self {
        let run = &recording.run;
        let seconds = |micros: u64| micros as f64 / 1e6;
        let many = |metric: Metric| {
            let summary =
                recording.spreads.get(&metric).map(|spread| spread.summary(metric.is_signed())).unwrap_or_default();
            (metric.name().to_owned(), Figure::Many(summary))
        };
        let one = |scalar: Scalar| {
            let value = recording.scalars.get(&scalar).copied();
            let count = value.filter(|_| scalar.is_count()).map(|value| value as u64);
            (scalar.name().to_owned(), Figure::One(Single { count, value }))
        };
        let mut report = Self {
            kind: KIND.to_owned(),
            schema: SCHEMA,
            id: run.id.clone(),
            name: run.name.clone(),
            started: run.started.clone(),
            configuration: run.configuration.clone(),
            environment: run.environment.clone(),
            window_s: (seconds(run.window_us.0), seconds(run.window_us.1)),
            duration_s: seconds(recording.end.at_us),
            complete: recording.end.complete,
            notes: recording.end.notes.clone(),
            metrics: Metric::ALL.into_iter().map(many).chain(Scalar::ALL.into_iter().map(one)).collect(),
            drops: recording.drops.clone(),
            errors: recording.errors.clone(),
            objectives: Vec::new(),
            outcome: Outcome::None,
        };
        report.notes.extend(watched(recording));
        report.objectives = objectives.iter().map(|objective| objective.verdict(&report)).collect();
        report.outcome = worst(report.objectives.iter().map(|verdict| verdict.outcome));
        report
    }
}

/// What freezes and stutters are of.
fn watched(recording: &Recording) -> Option<String> {
    let (decoded, all) = (recording.sums.decoded, recording.sums.sessions);
    match decoded {
        _ if all == 0 => None,
        0 => Some("freezes and stutters are of received frames: nothing was decoded".to_owned()),
        _ if decoded == all => Some("freezes and stutters are of presented frames".to_owned()),
        _ => Some(format!(
            "freezes and stutters are of presented frames in the {decoded} decoded sessions, of received ones in the other {}",
            all - decoded.min(all)
        )),
    }
}

/// The worst of some outcomes: a miss, then a want of samples.
fn worst(outcomes: impl Iterator<Item = Outcome>) -> Outcome {
    outcomes.fold(Outcome::None, |worst, outcome| match (worst, outcome) {
        (Outcome::Fail, _) | (_, Outcome::Fail) => Outcome::Fail,
        (Outcome::Insufficient, _) | (_, Outcome::Insufficient) => Outcome::Insufficient,
        (Outcome::Pass, _) | (_, Outcome::Pass) => Outcome::Pass,
        (Outcome::None, Outcome::None) => Outcome::None,
    })
}
