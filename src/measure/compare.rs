//! Whether one run is better or worse than another, as far as anybody can tell from the two. Refuses what is not comparable.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value;

use super::bootstrap::{Of, Random, Stretches};
use super::differences::differences;
use super::document::Document;
use super::metric::{Metric, Scalar};
use super::recording::Recording;
use super::report::Report;
use super::spread::{Spread, samples_needed};

/// Stretches, or sessions, with samples that an interval needs in either run.
const LEAST_STRETCHES: usize = 8;

/// One side of a comparison: what a report says, and the distributions behind it.
#[derive(Clone, Debug, Default)]
pub struct Subject {
    /// The report.
    pub report: Report,
    /// The distributions.
    pub spreads: BTreeMap<Metric, Spread>,
}

/// By what two runs are compared.
#[derive(Clone, Debug, PartialEq)]
pub struct CompareOptions {
    /// Confidence of the intervals, 0.5 to 0.999.
    pub confidence: f64,
    /// Differences within so many per cent of the baseline are noise.
    pub noise_pct: f64,
    /// The same for one metric.
    pub noise_pct_of: BTreeMap<Metric, f64>,
    /// Differences within so many milliseconds are noise, too.
    pub floor_ms: f64,
    /// Where the random draws begin: the same seed tells the same.
    pub seed: u64,
    /// How many draws.
    pub rounds: u32,
}

/// What became of one figure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Change {
    /// The whole interval lies beyond the noise, on the good side.
    Better,
    /// The whole interval lies beyond the noise, on the bad side.
    Worse,
    /// The whole interval lies within the noise.
    Same,
    /// The interval reaches from one into the other, or there are too few samples for any.
    Undecided,
}

/// One figure of both runs.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Compared {
    /// Its metric.
    pub metric: String,
    /// Its statistic.
    pub stat: String,
    /// Its unit; `""` of plain numbers.
    pub unit: String,
    /// In the baseline.
    pub baseline: Option<f64>,
    /// In the current run.
    pub current: Option<f64>,
    /// Current less baseline.
    pub difference: Option<f64>,
    /// The interval in which the difference lies with the confidence that was asked for.
    pub interval: Option<(f64, f64)>,
    /// What counts as noise, on either side of 0.
    pub noise: Option<f64>,
    /// What became of it.
    pub change: Change,
    /// Why, in words.
    pub why: String,
}

/// What became of a run against another.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Comparison {
    /// The baseline's id and beginning.
    pub baseline: (String, String),
    /// The current run's.
    pub current: (String, String),
    /// Confidence of the intervals.
    pub confidence: f64,
    /// Every figure that either run has.
    pub figures: Vec<Compared>,
    /// `worse` where any figure is; `undecided` where nothing could be decided.
    pub outcome: Change,
    /// What else differs and is worth knowing.
    pub notes: Vec<String>,
}

/// Why two runs cannot be compared.
#[derive(Debug, thiserror::Error)]
pub enum CompareError {
    /// They did not do the same.
    #[error("the two runs did not do the same, so their figures do not compare: {}; run both with the same scenario and flags", .0.join("; "))]
    Unlike(Vec<String>),
    /// The options make no sense.
    #[error("{0}")]
    Options(String),
}

impl Default for CompareOptions {
    fn default() -> Self {
        Self { confidence: 0.95, noise_pct: 5.0, noise_pct_of: BTreeMap::new(), floor_ms: 1.0, seed: 1, rounds: 2000 }
    }
}

impl Subject {
    /// Of a raw trace.
    #[must_use]
    pub fn of(recording: &Recording) -> Self {
        Self { report: Report::of(recording, &[]), spreads: recording.spreads.clone() }
    }

    /// Of a file: a JSON report or a raw trace.
    ///
    /// # Errors
    /// What is wrong, and what to do.
    pub fn read(text: &str) -> Result<Self, String> {
        let first = text.trim_start().lines().next().unwrap_or_default();
        let is_trace = serde_json::from_str::<Value>(first).is_ok_and(|line| line.get("type").is_some());
        if is_trace {
            return Recording::read(text.as_bytes())
                .map(|recording| Self::of(&recording))
                .map_err(|error| error.to_string());
        }
        let document = Document::read(text)?;
        let spreads = document.spreads()?;
        Ok(Self { report: document.report, spreads })
    }
}

impl CompareOptions {
    fn check(&self) -> Result<(), CompareError> {
        let wrong = |what: &str| Err(CompareError::Options(what.to_owned()));
        let percents = [self.noise_pct].into_iter().chain(self.noise_pct_of.values().copied());
        if !(0.5..=0.999).contains(&self.confidence) {
            return wrong("the confidence lies between 50 and 99.9 per cent: 95 is usual");
        }
        if !percents.into_iter().all(|pct| (0.0..=1000.0).contains(&pct)) || !(0.0..=1e6).contains(&self.floor_ms) {
            return wrong("a noise threshold is a number of per cent, or milliseconds, and not below 0");
        }
        if !(100..=1_000_000).contains(&self.rounds) {
            return wrong("an interval wants 100 to 1,000,000 rounds: 2,000 are usual");
        }
        Ok(())
    }

    fn noise(&self, metric: Metric, baseline: f64) -> f64 {
        let pct = self.noise_pct_of.get(&metric).unwrap_or(&self.noise_pct);
        (baseline.abs() * pct / 100.0).max(self.floor_ms)
    }
}

/// Compares a run with a baseline.
///
/// # Errors
/// Where they did not do the same: what differs.
pub fn compare(baseline: &Subject, current: &Subject, options: &CompareOptions) -> Result<Comparison, CompareError> {
    options.check()?;
    let unlike = differences(&baseline.report.configuration, &current.report.configuration);
    if !unlike.is_empty() {
        return Err(CompareError::Unlike(unlike));
    }
    let mut figures = Vec::new();
    for metric in Metric::ALL {
        let none = Spread::default();
        let of = |side: &'_ Subject| side.spreads.get(&metric).cloned().unwrap_or_default();
        let (before, after) = (of(baseline), of(current));
        if before != none || after != none {
            figures.extend(distributions(metric, &before, &after, options));
        }
    }
    figures.extend(Scalar::ALL.into_iter().filter_map(|scalar| single(scalar, &baseline.report, &current.report, options)));
    let outcome = overall(&figures);
    let notes = notes(&baseline.report, &current.report);
    let name = |report: &Report| (report.id.clone(), report.started.clone());
    Ok(Comparison {
        baseline: name(&baseline.report),
        current: name(&current.report),
        confidence: options.confidence,
        figures,
        outcome,
        notes,
    })
}

/// The statistics of a distribution that are compared: their names, and the samples that they want.
fn statistics(metric: Metric) -> Vec<(&'static str, Of, u64)> {
    let quantile = |name, quantile| (name, Of::Quantile(quantile), samples_needed(quantile));
    if metric.is_signed() {
        return vec![quantile("abs_p50", 0.5), quantile("abs_p95", 0.95), quantile("abs_p99", 0.99)];
    }
    let mut all = vec![
        quantile("p50", 0.5),
        quantile("p90", 0.9),
        quantile("p95", 0.95),
        quantile("p99", 0.99),
        ("mean", Of::Mean, 10),
    ];
    if matches!(metric, Metric::FrameInterval | Metric::PresentInterval) {
        all.push(("mean_of_slowest_1_pct", Of::MeanOfMost(0.01), samples_needed(0.99)));
    }
    all
}

fn distributions(metric: Metric, before: &Spread, after: &Spread, options: &CompareOptions) -> Vec<Compared> {
    let stats = statistics(metric);
    let filled = |spread: &Spread| spread.stretches.iter().filter(|bins| bins.len() > 0).count();
    let stretches = filled(before).min(filled(after));
    let intervals = if stretches >= LEAST_STRETCHES { intervals(metric, before, after, &stats, options) } else { None };
    let figure = |(place, (name, of, needed)): (usize, &(&'static str, Of, u64))| {
        let (baseline, current) = (told(before, *of), told(after, *of));
        let samples = before.n().min(after.n());
        let noise = baseline.map(|baseline| options.noise(metric, baseline));
        let interval = intervals.as_ref().and_then(|intervals| intervals.get(place).copied()).filter(|_| samples >= *needed);
        // Stretches keep two digits where the whole keeps three: what the whole says is in the interval all the same.
        let interval = interval.zip(baseline.zip(current)).map(|((low, high), (baseline, current))| {
            let difference = current - baseline;
            (low.min(difference), high.max(difference))
        });
        let (change, why) = match (interval, noise) {
            (Some(interval), Some(noise)) => judge(interval, noise, false, "ms"),
            _ if samples < *needed => {
                (Change::Undecided, format!("{samples} samples in the smaller run, and {name} wants {needed}"))
            }
            _ => {
                let what = if metric.is_once() { "sessions" } else { "stretches of the window" };
                (Change::Undecided, format!("samples in {stretches} {what}, and an interval wants {LEAST_STRETCHES}"))
            }
        };
        let enough = |value: Option<f64>, spread: &Spread| value.filter(|_| spread.n() >= *needed);
        let (baseline, current) = (enough(baseline, before), enough(current, after));
        Compared {
            metric: metric.name().to_owned(),
            stat: (*name).to_owned(),
            unit: "ms".to_owned(),
            difference: baseline.zip(current).map(|(baseline, current)| current - baseline),
            baseline,
            current,
            interval,
            noise,
            change,
            why,
        }
    };
    stats.iter().enumerate().map(figure).collect()
}

/// A statistic as the whole distribution has it, in milliseconds.
fn told(spread: &Spread, of: Of) -> Option<f64> {
    match of {
        Of::Quantile(quantile) => spread.magnitude_quantile(quantile),
        Of::Mean => spread.mean(),
        Of::MeanOfMost(share) => spread.mean_of_slowest(share),
    }
}

/// The intervals of the differences, by drawing both runs anew many times. Each metric has draws of its own, so that what is compared
/// beside it changes nothing.
fn intervals(
    metric: Metric,
    before: &Spread,
    after: &Spread,
    stats: &[(&'static str, Of, u64)],
    options: &CompareOptions,
) -> Option<Vec<(f64, f64)>> {
    let ordered = !metric.is_once();
    let (before, after) = (Stretches::new(&before.stretches, ordered), Stretches::new(&after.stretches, ordered));
    let of: Vec<Of> = stats.iter().map(|(_, of, _)| *of).collect();
    let mut random = Random::new(options.seed ^ (metric as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15));
    let mut scratch = Vec::new();
    let (mut one, mut other) = (vec![0.0; of.len()], vec![0.0; of.len()]);
    let mut differences = vec![Vec::with_capacity(options.rounds as usize); of.len()];
    for _ in 0..options.rounds {
        let drawn = before.draw(&mut random, &mut scratch, &of, &mut one);
        if drawn && after.draw(&mut random, &mut scratch, &of, &mut other) {
            for (place, differences) in differences.iter_mut().enumerate() {
                differences.push(other[place] - one[place]);
            }
        }
    }
    let tail = (1.0 - options.confidence) / 2.0;
    let interval = |mut drawn: Vec<f64>| {
        drawn.sort_unstable_by(f64::total_cmp);
        let at = |quantile: f64| {
            drawn.get(((drawn.len() as f64 * quantile) as usize).min(drawn.len().saturating_sub(1))).copied()
        };
        at(tail).zip(at(1.0 - tail))
    };
    differences.into_iter().map(interval).collect()
}

fn judge(interval: (f64, f64), noise: f64, up_is_good: bool, unit: &str) -> (Change, String) {
    let (low, high) = interval;
    let told = |value: f64| format!("{value:+.3} {unit}").trim_end().to_owned();
    let range = format!("the difference lies between {} and {}", told(low), told(high));
    let (change, why) = if low > noise {
        (if up_is_good { Change::Better } else { Change::Worse }, "all of it beyond the noise of")
    } else if high < -noise {
        (if up_is_good { Change::Worse } else { Change::Better }, "all of it beyond the noise of")
    } else if low >= -noise && high <= noise {
        (Change::Same, "all of it within the noise of")
    } else {
        (Change::Undecided, "partly within the noise of")
    };
    (change, format!("{range}, {why} ±{}", told(noise).trim_start_matches('+')))
}

/// A number of which a run has one. Counts scatter as rare events do (Poisson); rates of frames as the frames that they count; of
/// others one run says nothing about the scatter.
fn single(scalar: Scalar, before: &Report, after: &Report, options: &CompareOptions) -> Option<Compared> {
    let (baseline, current) = (before.scalar(scalar), after.scalar(scalar));
    if baseline.is_none() && current.is_none() {
        return None;
    }
    let frames =
        before.scalar(Scalar::Frames).zip(after.scalar(Scalar::Frames)).filter(|(one, other)| *one > 0.0 && *other > 0.0);
    let deviation = |baseline: f64, current: f64| match scalar {
        _ if scalar.is_bad() => Some((baseline + current).sqrt()),
        Scalar::Fps | Scalar::Goodput => {
            frames.map(|(one, other)| (baseline * baseline / one + current * current / other).sqrt())
        }
        _ => None,
    };
    let times = normal(options.confidence);
    let scatter = baseline.zip(current).and_then(|(baseline, current)| deviation(baseline, current));
    let difference = baseline.zip(current).map(|(baseline, current)| current - baseline);
    let interval = difference.zip(scatter).map(|(difference, one)| (difference - times * one, difference + times * one));
    let noise = baseline.map(|baseline| baseline.abs() * options.noise_pct / 100.0);
    let (change, why) = match (scalar, interval, noise) {
        (Scalar::LeakedSessions, _, _) if current.unwrap_or(0.0) > baseline.unwrap_or(0.0) => {
            (Change::Worse, "more worlds were left behind".to_owned())
        }
        (_, Some(_), _) if difference == Some(0.0) => (Change::Same, "it is the same number".to_owned()),
        (_, Some(interval), Some(noise)) => judge(interval, noise, !scalar.is_bad(), scalar.unit()),
        (_, None, _) if baseline.is_none() || current.is_none() => {
            (Change::Undecided, "one of the runs does not know it".to_owned())
        }
        _ => (Change::Undecided, "a run has one of it, which says nothing of how it scatters".to_owned()),
    };
    Some(Compared {
        metric: scalar.name().to_owned(),
        stat: if scalar.is_count() { "count" } else { "value" }.to_owned(),
        unit: scalar.unit().to_owned(),
        baseline,
        current,
        difference,
        interval,
        noise,
        change,
        why,
    })
}

/// How many standard deviations the middle share of a normal distribution reaches: Abramowitz and Stegun, 26.2.23, off by less than
/// 4.5e-4.
fn normal(confidence: f64) -> f64 {
    let t = (-2.0 * ((1.0 - confidence) / 2.0).ln()).sqrt();
    let above = 2.515_517 + t * (0.802_853 + t * 0.010_328);
    let below = 1.0 + t * (1.432_788 + t * (0.189_269 + t * 0.001_308));
    t - above / below
}

fn overall(figures: &[Compared]) -> Change {
    let any = |change: Change| figures.iter().any(|figure| figure.change == change);
    [Change::Worse, Change::Better, Change::Same].into_iter().find(|change| any(*change)).unwrap_or(Change::Undecided)
}

fn notes(before: &Report, after: &Report) -> Vec<String> {
    let mut notes = differences(&before.environment, &after.environment);
    for (name, report) in [("baseline", before), ("current run", after)] {
        if !report.complete {
            notes.push(format!("the {name} was broken off: what it did not come to is missing in its figures"));
        }
    }
    notes
}
