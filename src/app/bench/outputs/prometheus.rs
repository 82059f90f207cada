//! A run in Prometheus' text exposition format (0.0.4), for a textfile collector or a push gateway. Every distribution is a histogram,
//! which adds up over runners, and a gauge of its percentiles, which are exacter. What is unknown is left out: 0 is a number.

use std::fmt::Write as _;

use super::exported::{base, configuration, labels, quantiles};
use super::moments;
use super::shares::{BUCKETS_MS, SIGNED_BUCKETS_MS, count_up_to};
use super::words;
use crate::measure::{Metric, Outcome, Recording, Report, Scalar};

/// The exposition.
#[must_use]
pub fn report(recording: &Recording, report: &Report) -> String {
    let mut text = String::new();
    let own: Vec<String> = labels(report).iter().map(|(key, word)| pair(key, word)).collect();
    let own = own.join(",");
    let known: Vec<String> =
        labels(report).into_iter().take(1).chain(configuration(report)).map(|(key, word)| pair(&key, &word)).collect();
    gauge(&mut text, "seaglass_bench_run_info", "1, with the configuration of the run.", &known.join(","), 1.0);
    for metric in Metric::ALL {
        let (Some(spread), Some(summary)) = (recording.spreads.get(&metric), report.metric(metric)) else { continue };
        let name = format!("seaglass_bench_{}_seconds", metric.name());
        head(&mut text, &name, "histogram", words::meaning(metric));
        let buckets: &[f64] = if metric.is_signed() { &SIGNED_BUCKETS_MS } else { &BUCKETS_MS };
        for bucket in buckets {
            let count = count_up_to(spread, *bucket);
            // Writing into a String cannot fail.
            let _ = writeln!(text, "{name}_bucket{{{own},le=\"{}\"}} {count}", number(bucket / 1e3));
        }
        let _ = writeln!(text, "{name}_bucket{{{own},le=\"+Inf\"}} {}", summary.n);
        let sum = summary.mean.unwrap_or_default() * summary.n as f64 / 1e3;
        let _ = writeln!(text, "{name}_sum{{{own}}} {}", number(sum));
        let _ = writeln!(text, "{name}_count{{{own}}} {}", summary.n);
    }
    let name = "seaglass_bench_quantile_seconds";
    head(&mut text, name, "gauge", "Percentiles for which there were enough samples.");
    for metric in Metric::ALL {
        for (quantile, value) in report.metric(metric).map(quantiles).unwrap_or_default() {
            let metric = metric.name();
            let value = number(value / 1e3);
            let _ = writeln!(text, "{name}{{{own},metric=\"{metric}\",quantile=\"{quantile}\"}} {value}");
        }
    }
    let name = "seaglass_bench_max_seconds";
    head(&mut text, name, "gauge", "The longest sample; of metrics with a sign the one farthest from 0.");
    for metric in Metric::ALL {
        let most = report.metric(metric).and_then(|summary| summary.magnitude.map_or(summary.max, |far| far.max));
        if let Some(most) = most {
            let _ = writeln!(text, "{name}{{{own},metric=\"{}\"}} {}", metric.name(), number(most / 1e3));
        }
    }
    for scalar in Scalar::ALL {
        if let Some(value) = report.scalar(scalar) {
            let (name, _, times) = base(scalar);
            gauge(&mut text, &format!("seaglass_bench_{name}"), words::scalar_meaning(scalar), &own, value * times);
        }
    }
    by_cause(
        &mut text,
        "seaglass_bench_drops_by_cause",
        "Units that came and were not used, by cause.",
        "cause",
        &own,
        &report.drops,
    );
    by_cause(&mut text, "seaglass_bench_failures_by_code", "Failures of sessions, by code.", "code", &own, &report.errors);
    objectives(&mut text, &own, report);
    gauge(
        &mut text,
        "seaglass_bench_complete",
        "1 where everything that was planned was done.",
        &own,
        f64::from(u8::from(report.complete)),
    );
    if let Some(nanos) = moments::nanos(&report.started) {
        gauge(
            &mut text,
            "seaglass_bench_start_time_seconds",
            "When the run began, in Unix time.",
            &own,
            (nanos / 1_000_000) as f64 / 1e3,
        );
    }
    gauge(&mut text, "seaglass_bench_duration_seconds", "How long the run took.", &own, report.duration_s);
    text
}

fn objectives(text: &mut String, own: &str, report: &Report) {
    if report.objectives.is_empty() {
        return;
    }
    let name = "seaglass_bench_objective";
    head(text, name, "gauge", "1: kept, 0: missed, -1: too few samples to say.");
    for verdict in &report.objectives {
        let value = match verdict.outcome {
            Outcome::Pass | Outcome::None => 1,
            Outcome::Fail => 0,
            Outcome::Insufficient => -1,
        };
        let _ = writeln!(text, "{name}{{{own},{}}} {value}", pair("objective", &verdict.objective));
    }
}

fn by_cause(
    text: &mut String,
    name: &str,
    help: &str,
    label: &str,
    own: &str,
    counts: &std::collections::BTreeMap<String, u64>,
) {
    if counts.is_empty() {
        return;
    }
    head(text, name, "gauge", help);
    for (cause, count) in counts {
        let _ = writeln!(text, "{name}{{{own},{}}} {count}", pair(label, cause));
    }
}

fn gauge(text: &mut String, name: &str, help: &str, own: &str, value: f64) {
    head(text, name, "gauge", help);
    let _ = writeln!(text, "{name}{{{own}}} {}", number(value));
}

fn head(text: &mut String, name: &str, kind: &str, help: &str) {
    let help = help.replace('\\', "\\\\").replace('\n', "\\n");
    let _ = writeln!(text, "# HELP {name} {help}\n# TYPE {name} {kind}");
}

/// A label. Its value may hold anything; three characters of it are escaped.
fn pair(key: &str, word: &str) -> String {
    format!("{key}=\"{}\"", word.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n"))
}

/// A number as Go reads it, without the noise of binary fractions.
fn number(value: f64) -> String {
    let value = (value * 1e9).round() / 1e9;
    format!("{value}")
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use super::super::recordings::{Made, report as judged};

    /// A sample: its name, its labels, its value.
    type Sample = (String, BTreeMap<String, String>, f64);

    fn is_name(name: &str) -> bool {
        !name.is_empty()
            && !name.starts_with(|c: char| c.is_ascii_digit())
            && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
    }

    /// Reads the format as its grammar has it, and nothing that only looks like it.
    fn sample(line: &str) -> Sample {
        let end = line.find(['{', ' ']).unwrap_or_else(|| panic!("no value: {line}"));
        let (name, mut rest) = line.split_at(end);
        assert!(is_name(name), "{line}");
        let mut labels = BTreeMap::new();
        if let Some(inside) = rest.strip_prefix('{') {
            rest = inside;
            while !rest.starts_with('}') {
                let (key, behind) = rest.split_once("=\"").unwrap_or_else(|| panic!("no label: {line}"));
                assert!(is_name(key), "{key} in {line}");
                let mut value = String::new();
                let mut letters = behind.char_indices();
                let close = loop {
                    match letters.next() {
                        Some((at, '"')) => break at,
                        Some((_, '\\')) => match letters.next() {
                            Some((_, '\\')) => value.push('\\'),
                            Some((_, '"')) => value.push('"'),
                            Some((_, 'n')) => value.push('\n'),
                            other => panic!("{other:?} is escaped in {line}"),
                        },
                        Some((_, letter)) => value.push(letter),
                        None => panic!("a label without an end: {line}"),
                    }
                };
                rest = &behind[close + 1..];
                rest = rest.strip_prefix(',').unwrap_or(rest);
                assert!(labels.insert(key.to_owned(), value).is_none(), "{key} twice in {line}");
            }
            rest = &rest[1..];
        }
        let value = rest.strip_prefix(' ').unwrap_or_else(|| panic!("no value: {line}"));
        (name.to_owned(), labels, value.parse().unwrap_or_else(|_| panic!("{value} is no number")))
    }

    /// Families in their order, each with its type and its samples.
    fn read(text: &str) -> Vec<(String, String, Vec<Sample>)> {
        assert!(text.ends_with('\n'));
        let mut families: Vec<(String, String, Vec<Sample>)> = Vec::new();
        let mut lines = text.lines();
        while let Some(line) = lines.next() {
            if let Some(help) = line.strip_prefix("# HELP ") {
                let name = help.split(' ').next().expect("a name").to_owned();
                let kind = lines.next().and_then(|line| line.strip_prefix(&format!("# TYPE {name} "))).expect("its type");
                assert!(matches!(kind, "gauge" | "histogram"), "{kind}");
                assert!(!families.iter().any(|(taken, _, _)| *taken == name), "{name} is there twice");
                families.push((name, kind.to_owned(), Vec::new()));
                continue;
            }
            let sample = sample(line);
            let (family, kind, samples) = families.last_mut().expect("a family before its samples");
            let of_it = match kind.as_str() {
                "histogram" => ["_bucket", "_sum", "_count"].iter().any(|end| sample.0 == format!("{family}{end}")),
                _ => sample.0 == *family,
            };
            assert!(of_it, "{line} stands in {family}");
            samples.push(sample);
        }
        families
    }

    #[test]
    fn the_exposition_follows_its_grammar() {
        let made = Made { name: "a \"quoted\\ name\nof two lines".into(), ..Made::default() };
        let recording = made.recording();
        let report = judged(&recording);
        let families = read(&super::report(&recording, &report));
        let mut series = BTreeSet::new();
        for (name, kind, samples) in &families {
            assert!(!samples.is_empty(), "{name} has no sample");
            for (name, labels, _) in samples {
                assert!(series.insert((name.clone(), labels.clone())), "{name} {labels:?} is there twice");
                assert_eq!(labels["scenario"], "a \"quoted\\ name of two lines");
                // Every label of a series is stored and looked up with each of its samples.
                assert!(labels.len() <= 9 || name == "seaglass_bench_run_info", "{name}: {labels:?}");
            }
            if kind == "histogram" {
                let buckets: Vec<(f64, f64)> = samples
                    .iter()
                    .filter(|sample| sample.0.ends_with("_bucket"))
                    .map(|(_, labels, count)| (labels["le"].replace("+Inf", "inf").parse().expect("a bound"), *count))
                    .collect();
                assert!(
                    buckets.windows(2).all(|pair| pair[0].0 < pair[1].0 && pair[0].1 <= pair[1].1),
                    "{name}: {buckets:?}"
                );
                let count = samples.iter().find(|sample| sample.0.ends_with("_count")).expect("a count").2;
                assert_eq!(buckets.last(), Some(&(f64::INFINITY, count)), "{name}");
            }
        }
        let info = families.iter().find(|family| family.0 == "seaglass_bench_run_info").expect("what was run");
        for key in report.configuration.iter().filter(|(_, value)| !value.is_null()).map(|(key, _)| key) {
            assert!(info.2[0].1.contains_key(key), "{key}: what a run was is told once, and whole");
        }
        let seconds = families.iter().find(|family| family.0 == "seaglass_bench_quantile_seconds").expect("quantiles");
        let p50 = seconds.2.iter().find(|(_, labels, _)| labels["metric"] == "ttff" && labels["quantile"] == "0.5");
        let told = report.metric(crate::measure::Metric::Ttff).and_then(|ttff| ttff.p50).expect("a median");
        assert!((p50.expect("ttff").2 - told / 1e3).abs() < 1e-6, "seconds are the base unit");
        assert!(
            !seconds.2.iter().any(|(_, labels, _)| labels["metric"] == "ttff" && labels["quantile"] == "0.99"),
            "8 samples"
        );
    }
}
