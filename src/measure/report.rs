//! What a run says, ready to be shown: the one thing that every output renders.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::metric::{Metric, Scalar};

/// A report. Its JSON form is the published one (docs/bench-report.schema.json).
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// Always `seaglass-bench`.
    pub kind: String,
    /// The format's version.
    pub schema: u32,
    /// The recording's id.
    pub id: String,
    /// The scenario's name.
    pub name: String,
    /// When it began (RFC 3339).
    pub started: String,
    /// What two runs must share to be comparable.
    pub configuration: BTreeMap<String, Value>,
    /// What may differ.
    pub environment: BTreeMap<String, Value>,
    /// The measured window, in seconds since the start; what lies before is warm-up, what lies behind is cool-down.
    pub window_s: (f64, f64),
    /// How long the run took, in seconds.
    pub duration_s: f64,
    /// Whether everything that was planned was done.
    pub complete: bool,
    /// What a reader should know.
    pub notes: Vec<String>,
    /// Every metric and every scalar by name. A metric without samples has `n` 0 and no figures.
    pub metrics: BTreeMap<String, Figure>,
    /// Units that came and were not used, by cause.
    pub drops: BTreeMap<String, u64>,
    /// Failures of sessions, by code.
    pub errors: BTreeMap<String, u64>,
    /// What was wanted, and what came of it.
    pub objectives: Vec<Verdict>,
    /// `pass`, `fail`, `insufficient`, or `none` where nothing was wanted.
    pub outcome: Outcome,
}

/// One entry of [`Report::metrics`].
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Figure {
    /// Of many samples.
    Many(Summary),
    /// Of one number.
    One(Single),
}

/// A distribution in milliseconds. A percentile for which there are too few samples is `null`: p90 wants 10, p95 20, p99 1,000 and
/// p99.9 10,000 of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Summary {
    /// How many samples.
    pub n: u64,
    /// The least.
    pub min: Option<f64>,
    /// Their mean.
    pub mean: Option<f64>,
    /// The median.
    pub p50: Option<f64>,
    /// The 90th percentile.
    pub p90: Option<f64>,
    /// The 95th percentile.
    pub p95: Option<f64>,
    /// The 99th percentile.
    pub p99: Option<f64>,
    /// The 99.9th percentile.
    pub p99_9: Option<f64>,
    /// The most.
    pub max: Option<f64>,
    /// Of signed metrics: percentiles of the magnitude.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub magnitude: Option<Magnitude>,
    /// Samples among them that had not ended and count with the time that they had waited.
    #[serde(default, skip_serializing_if = "is_none")]
    pub unanswered: u64,
    /// The bound of the error of each sample, where an estimate is in it: half the shortest round trip.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bound: Option<f64>,
}

/// Percentiles of magnitudes, as in [`Summary`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Magnitude {
    /// The median.
    pub p50: Option<f64>,
    /// The 95th percentile.
    pub p95: Option<f64>,
    /// The 99th percentile.
    pub p99: Option<f64>,
    /// The most.
    pub max: Option<f64>,
}

/// One number.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Single {
    /// Where it counts things.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub count: Option<u64>,
    /// The number; `null`: unknown.
    pub value: Option<f64>,
}

/// What came of one objective.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Verdict {
    /// As it was written, as in `cmd_to_present:p99 < 100 ms`.
    pub objective: String,
    /// Its metric.
    pub metric: String,
    /// Its statistic.
    pub stat: String,
    /// What was measured.
    pub measured: Option<f64>,
    /// Samples.
    pub n: u64,
    /// What came of it.
    pub outcome: Outcome,
    /// Why, in words.
    pub why: String,
}

/// What came of objectives.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Nothing was wanted.
    #[default]
    None,
    /// Kept.
    Pass,
    /// Too few samples to say.
    Insufficient,
    /// Missed.
    Fail,
}

impl Report {
    /// A metric's figures.
    #[must_use]
    pub fn metric(&self, metric: Metric) -> Option<&Summary> {
        match self.metrics.get(metric.name()) {
            Some(Figure::Many(summary)) => Some(summary),
            _ => None,
        }
    }

    /// A scalar's value.
    #[must_use]
    pub fn scalar(&self, scalar: Scalar) -> Option<f64> {
        match self.metrics.get(scalar.name()) {
            Some(Figure::One(single)) => single.value,
            _ => None,
        }
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "as serde calls it")]
const fn is_none(count: &u64) -> bool {
    *count == 0
}
