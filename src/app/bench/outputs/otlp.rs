//! A run as OpenTelemetry metrics, in the JSON mapping of OTLP 1.x (opentelemetry-proto, `metrics/v1/metrics.proto`, and the
//! specification's "JSON Protobuf Encoding": lowerCamelCase names, integers of 64 bits as strings, enumerations as numbers). Written by
//! hand, as one message is needed and the crate of all messages brings a gRPC stack's types with it.

use serde::Serialize;
use serde_json::{Value, json};

use super::exported::{base, configuration, labels, quantiles};
use super::moments;
use super::shares::{BUCKETS_MS, SIGNED_BUCKETS_MS, count_up_to};
use super::words;
use crate::measure::{Metric, Outcome, Recording, Report, Scalar, Spread, Summary};

/// `AGGREGATION_TEMPORALITY_DELTA`: a run says what came during it.
const DELTA: u8 = 1;

/// A distribution with buckets (`HistogramDataPoint`).
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Point {
    start_time_unix_nano: String,
    time_unix_nano: String,
    count: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    sum: Option<f64>,
    bucket_counts: Vec<String>,
    explicit_bounds: Vec<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    min: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    max: Option<f64>,
    attributes: Vec<Value>,
}

/// The request (`ExportMetricsServiceRequest`).
#[must_use]
pub fn report(recording: &Recording, report: &Report) -> String {
    let own: Vec<Value> = labels(report).iter().map(|(key, word)| attribute(key, word)).collect();
    let start = moments::nanos(&report.started).unwrap_or_default();
    let end = start.saturating_add((report.duration_s.max(0.0) * 1e9) as u64);
    let context = Context { own, start: start.to_string(), end: end.to_string() };
    let mut metrics: Vec<Value> = Vec::new();
    for metric in Metric::ALL {
        let (Some(spread), Some(summary)) = (recording.spreads.get(&metric), report.metric(metric)) else { continue };
        metrics.push(json!({
            "name": format!("seaglass.bench.{}", metric.name()),
            "description": words::meaning(metric),
            "unit": "s",
            "histogram": {
                "aggregationTemporality": DELTA,
                "dataPoints": [context.histogram(metric, spread, summary)],
            },
        }));
    }
    let quantiles = Metric::ALL.iter().flat_map(|metric| {
        let known = report.metric(*metric).map(quantiles).unwrap_or_default();
        known
            .into_iter()
            .map(|(quantile, value)| context.number(value / 1e3, &[("metric", metric.name()), ("quantile", quantile)]))
    });
    let about = "Percentiles for which there were enough samples.";
    metrics.push(gauge("seaglass.bench.quantile", about, "s", quantiles.collect()));
    for scalar in Scalar::ALL {
        if let Some(value) = report.scalar(scalar) {
            let (name, unit, times) = base(scalar);
            let name = format!("seaglass.bench.{name}");
            metrics.push(gauge(&name, words::scalar_meaning(scalar), unit, vec![context.number(value * times, &[])]));
        }
    }
    let objectives: Vec<Value> = report
        .objectives
        .iter()
        .map(|verdict| {
            let kept = match verdict.outcome {
                Outcome::Pass | Outcome::None => 1.0,
                Outcome::Fail => 0.0,
                Outcome::Insufficient => -1.0,
            };
            context.number(kept, &[("objective", &verdict.objective)])
        })
        .collect();
    if !objectives.is_empty() {
        metrics.push(gauge("seaglass.bench.objective", "1: kept, 0: missed, -1: too few samples to say.", "", objectives));
    }
    let mut resource = vec![
        attribute("service.name", "seaglass"),
        attribute("service.version", env!("CARGO_PKG_VERSION")),
        attribute("service.instance.id", &report.id),
    ];
    resource.extend(configuration(report).iter().map(|(key, word)| attribute(&format!("seaglass.bench.{key}"), word)));
    let request = json!({
        "resourceMetrics": [{
            "resource": { "attributes": resource },
            "scopeMetrics": [{
                "scope": { "name": "seaglass.bench", "version": env!("CARGO_PKG_VERSION") },
                "metrics": metrics,
            }],
        }],
    });
    format!("{request}\n")
}

/// What all points share.
struct Context {
    own: Vec<Value>,
    start: String,
    end: String,
}

impl Context {
    fn histogram(&self, metric: Metric, spread: &Spread, summary: &Summary) -> Point {
        let bounds: &[f64] = if metric.is_signed() { &SIGNED_BUCKETS_MS } else { &BUCKETS_MS };
        // Of each bucket alone, where Prometheus wants those below it, too; the last one has no upper bound.
        let mut below = 0;
        let mut counts: Vec<String> = Vec::with_capacity(bounds.len() + 1);
        for bound in bounds {
            let up_to = count_up_to(spread, *bound).clamp(below, summary.n);
            counts.push((up_to - below).to_string());
            below = up_to;
        }
        counts.push((summary.n - below).to_string());
        // The proto wants no sum of what may be negative.
        let sum = summary.mean.filter(|_| !metric.is_signed()).map(|mean| mean * summary.n as f64 / 1e3);
        Point {
            start_time_unix_nano: self.start.clone(),
            time_unix_nano: self.end.clone(),
            count: summary.n.to_string(),
            sum,
            bucket_counts: counts,
            explicit_bounds: bounds.iter().map(|bound| bound / 1e3).collect(),
            min: summary.min.map(|least| least / 1e3),
            max: summary.max.map(|most| most / 1e3),
            attributes: self.own.clone(),
        }
    }

    fn number(&self, value: f64, more: &[(&str, &str)]) -> Value {
        let more = more.iter().map(|(key, word)| attribute(key, word));
        let attributes: Vec<Value> = self.own.iter().cloned().chain(more).collect();
        json!({
            "startTimeUnixNano": self.start,
            "timeUnixNano": self.end,
            "asDouble": value,
            "attributes": attributes,
        })
    }
}

fn gauge(name: &str, description: &str, unit: &str, points: Vec<Value>) -> Value {
    json!({ "name": name, "description": description, "unit": unit, "gauge": { "dataPoints": points } })
}

fn attribute(key: &str, word: &str) -> Value {
    json!({ "key": key, "value": { "stringValue": word } })
}

#[cfg(test)]
mod tests {
    use super::super::recordings::{Made, report as judged};
    use super::*;

    /// 64-bit integers are strings of digits (protobuf's JSON mapping).
    fn integer(value: &Value) -> u64 {
        value
            .as_str()
            .unwrap_or_else(|| panic!("{value} is no string"))
            .parse()
            .unwrap_or_else(|_| panic!("{value} is no integer"))
    }

    fn attributes(list: &Value) {
        let list = list.as_array().expect("attributes");
        let mut keys: Vec<&str> = list.iter().map(|one| one["key"].as_str().expect("a key")).collect();
        assert!(
            list.iter()
                .all(|one| one["value"]["stringValue"].is_string() && one.as_object().map(|one| one.len()) == Some(2))
        );
        keys.sort_unstable();
        let all = keys.len();
        keys.dedup();
        assert_eq!(keys.len(), all, "an attribute is there twice: {keys:?}");
    }

    #[test]
    fn the_message_is_otlp_json() {
        let recording = Made::default().recording();
        let request: Value = serde_json::from_str(&report(&recording, &judged(&recording))).expect("JSON");
        let resource = &request["resourceMetrics"][0];
        attributes(&resource["resource"]["attributes"]);
        let metrics = resource["scopeMetrics"][0]["metrics"].as_array().expect("metrics");
        let mut histograms = 0;
        for metric in metrics {
            let name = metric["name"].as_str().expect("a name");
            // OpenTelemetry's syntax of instrument names.
            assert!(name.len() < 256 && name.chars().all(|c| c.is_ascii_alphanumeric() || "._-/".contains(c)), "{name}");
            let points = metric["histogram"]["dataPoints"].as_array().or_else(|| metric["gauge"]["dataPoints"].as_array());
            for point in points.expect("points") {
                attributes(&point["attributes"]);
                assert!(integer(&point["startTimeUnixNano"]) < integer(&point["timeUnixNano"]));
                let Some(bounds) = point["explicitBounds"].as_array() else {
                    assert!(point["asDouble"].is_f64(), "{name}: {point}");
                    continue;
                };
                histograms += 1;
                assert_eq!(metric["histogram"]["aggregationTemporality"], 1, "an enumeration is a number");
                let counts: Vec<u64> = point["bucketCounts"].as_array().expect("counts").iter().map(integer).collect();
                assert_eq!(counts.len(), bounds.len() + 1, "{name}");
                assert_eq!(counts.iter().sum::<u64>(), integer(&point["count"]), "{name}");
                assert!(bounds.windows(2).all(|pair| pair[0].as_f64() < pair[1].as_f64()), "{name}");
            }
        }
        assert_eq!(histograms, recording.spreads.len());
        let names: std::collections::BTreeSet<&str> = metrics.iter().filter_map(|metric| metric["name"].as_str()).collect();
        assert_eq!(names.len(), metrics.len(), "a name is there twice");
    }
}
