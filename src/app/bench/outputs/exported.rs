//! What monitoring systems get: their base units (seconds, bytes, ratios), and the words by which a run is found again.

use serde_json::Value;

use crate::measure::{Report, Scalar};

/// Longest word of a label, in characters: a prompt is no label.
const LONGEST: usize = 120;

/// A scalar's name there, its unit, and what its number is to be multiplied with. `""`: a plain number.
#[must_use]
pub const fn base(scalar: Scalar) -> (&'static str, &'static str, f64) {
    match scalar {
        Scalar::FrozenPct => ("frozen_ratio", "1", 0.01),
        Scalar::ConcealedPct => ("concealed_ratio", "1", 0.01),
        Scalar::Fps => ("frames_per_second", "", 1.0),
        Scalar::FpsLow => ("frames_per_second_low", "", 1.0),
        // Mbit/s to bytes a second.
        Scalar::Goodput => ("goodput_bytes_per_second", "By/s", 125_000.0),
        Scalar::CpuCores => ("cpu_cores", "", 1.0),
        Scalar::CpuPerSession => ("cpu_cores_per_session", "", 0.001),
        Scalar::Memory => ("memory_bytes", "By", 1_048_576.0),
        Scalar::MemoryPerSession => ("memory_bytes_per_session", "By", 1024.0),
        Scalar::WorldSeconds => ("world_seconds", "s", 1.0),
        scalar => (scalar.name(), "", 1.0),
    }
}

/// The words by which the figures of one kind of run are told from those of another. Every series carries them, so they are few: all
/// that is known of a run stands once beside them ([`configuration`]).
const TOLD_APART_BY: [&str; 5] = ["profile", "sessions", "decode", "tier", "world"];

/// The words of each series: the run's scenario, and what else tells it apart.
#[must_use]
pub fn labels(report: &Report) -> Vec<(String, String)> {
    let scenario = ("scenario".to_owned(), crate::session::clean(&report.name, LONGEST));
    let known = configuration(report);
    let told = TOLD_APART_BY.iter().filter_map(|key| known.iter().find(|(known, _)| known == key).cloned());
    std::iter::once(scenario).chain(told).collect()
}

/// A run's configuration, in the order of its names.
#[must_use]
pub fn configuration(report: &Report) -> Vec<(String, String)> {
    let mut words: Vec<(String, String)> = Vec::new();
    for (key, value) in &report.configuration {
        let word = match value {
            Value::Null => continue,
            Value::String(word) => word.clone(),
            other => other.to_string(),
        };
        let key: String = key.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect();
        let usable = !key.is_empty() && !key.starts_with(|c: char| c.is_ascii_digit()) && key != "scenario";
        if usable && !words.iter().any(|(taken, _)| *taken == key) {
            words.push((key, crate::session::clean(&word, LONGEST)));
        }
    }
    words
}

/// The percentiles of a summary that are known, in milliseconds.
#[must_use]
pub fn quantiles(summary: &crate::measure::Summary) -> Vec<(&'static str, f64)> {
    [("0.5", summary.p50), ("0.9", summary.p90), ("0.95", summary.p95), ("0.99", summary.p99), ("0.999", summary.p99_9)]
        .into_iter()
        .filter_map(|(quantile, value)| Some((quantile, value?)))
        .collect()
}
