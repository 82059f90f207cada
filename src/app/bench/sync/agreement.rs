//! How far what was measured lies from what virtual time says of the same arrivals.

use std::fmt::Write as _;

use serde_json::{Value, json};

/// What they may differ by, in milliseconds.
pub const GOAL_MS: f64 = 5.0;

/// The percentiles that are compared.
const COMPARED: [(&str, &str); 8] = [
    ("audio delay p50", "/audio/delay_ms/p50"),
    ("audio delay p95", "/audio/delay_ms/p95"),
    ("audio delay p99", "/audio/delay_ms/p99"),
    ("video delay p50", "/video/delay_ms/p50"),
    ("video delay p95", "/video/delay_ms/p95"),
    ("video delay p99", "/video/delay_ms/p99"),
    ("|A/V| p50", "/av_offset_ms/p50_abs"),
    ("|A/V| p99", "/av_offset_ms/p99_abs"),
];

/// Differences by name, measured minus predicted, in milliseconds; a figure that one of them lacks is missing.
#[derive(Clone, Debug, PartialEq)]
pub struct Agreement(Vec<(&'static str, Option<f64>)>);

impl Agreement {
    /// Of two runs' figures.
    #[must_use]
    pub fn of(measured: &Value, predicted: &Value) -> Self {
        let figure = |figures: &Value, pointer| figures.pointer(pointer).and_then(Value::as_f64);
        let apart = |pointer| Some(figure(measured, pointer)? - figure(predicted, pointer)?);
        Self(COMPARED.iter().map(|(name, pointer)| (*name, apart(pointer))).collect())
    }

    /// The most that they differ by; `None` where a figure is missing.
    #[must_use]
    pub fn worst(&self) -> Option<f64> {
        self.0.iter().try_fold(0.0, |worst: f64, (_, apart)| Some(worst.max((*apart)?.abs())))
    }

    /// For programs.
    #[must_use]
    pub fn json(&self) -> Value {
        let apart: serde_json::Map<_, _> = self
            .0
            .iter()
            .map(|(name, apart)| ((*name).to_owned(), apart.map_or(Value::Null, |apart| round(apart).into())))
            .collect();
        json!({ "layer": "L0", "apart_ms": apart, "worst_ms": self.worst().map(round), "goal_ms": GOAL_MS })
    }

    /// For people.
    #[must_use]
    pub fn text(&self) -> String {
        let mut text = String::from("L1 minus L0, ms: ");
        for (name, apart) in &self.0 {
            let apart = apart.map_or_else(|| "-".into(), |apart| format!("{apart:+.1}"));
            let _ = write!(text, "{name} {apart}, ");
        }
        let verdict = match self.worst() {
            None => "not everything was measured".into(),
            Some(worst) => format!("worst {worst:.1} of {GOAL_MS:.0}"),
        };
        text + &verdict + "\n"
    }
}

fn round(ms: f64) -> f64 {
    (ms * 100.0).round() / 100.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_figure_is_no_agreement() {
        let whole = json!({
            "audio": { "delay_ms": { "p50": 20.0, "p95": 21.0, "p99": 22.0 } },
            "video": { "delay_ms": { "p50": 20.0, "p95": 21.0, "p99": 22.0 } },
            "av_offset_ms": { "p50_abs": 1.0, "p99_abs": 2.0 },
        });
        assert_eq!(Agreement::of(&whole, &whole).worst(), Some(0.0));
        let mut other = whole.clone();
        other["video"]["delay_ms"]["p99"] = json!(26.5);
        assert_eq!(Agreement::of(&whole, &other).worst(), Some(4.5));
        other["video"] = Value::Null;
        assert_eq!(Agreement::of(&whole, &other).worst(), None);
    }
}
