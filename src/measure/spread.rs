//! The distribution of one metric: over the whole window with three digits, and by equal stretches of it with two, for
//! comparisons. Its memory is bounded by its range, not by the number of samples.

use hdrhistogram::Histogram;

use super::bins::{Bins, LONGEST_US};
use super::report::{Magnitude, Summary};

/// Most stretches of a window.
pub const MOST_STRETCHES: usize = 64;

/// Samples needed for a percentile: ten beyond the 99th and the 99.9th, one beyond the 90th and the 95th.
const NEEDED: [(f64, u64); 4] = [(0.9, 10), (0.95, 20), (0.99, 1_000), (0.999, 10_000)];

/// Samples of one metric in bounded memory, in microseconds; a magnitude beyond an hour counts as an hour.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Spread {
    /// Values from 0 up.
    pub(super) above: Option<Histogram<u64>>,
    /// Magnitudes of values below 0.
    pub(super) below: Option<Histogram<u64>>,
    pub(super) n: u64,
    pub(super) sum_us: i64,
    pub(super) min_us: i64,
    pub(super) max_us: i64,
    pub(super) unanswered: u64,
    pub(super) bound_us: Option<u64>,
    pub(super) stretches: Vec<Bins>,
}

impl Spread {
    /// Records a sample that began in a stretch of the window. One beyond the last stretch that there can be counts to that.
    pub fn record(&mut self, stretch: usize, value_us: i64) {
        let value_us = value_us.clamp(-LONGEST_US, LONGEST_US);
        let side = if value_us < 0 { &mut self.below } else { &mut self.above };
        // It resizes itself as far as an hour, so that no value is refused.
        let _ = side.get_or_insert_with(histogram).record(value_us.unsigned_abs());
        (self.min_us, self.max_us) = match self.n {
            0 => (value_us, value_us),
            _ => (self.min_us.min(value_us), self.max_us.max(value_us)),
        };
        self.n += 1;
        self.sum_us = self.sum_us.saturating_add(value_us);
        let stretch = stretch.min(MOST_STRETCHES - 1);
        if self.stretches.len() <= stretch {
            self.stretches.resize_with(stretch + 1, Bins::default);
        }
        self.stretches[stretch].record(value_us);
    }

    /// Records a sample that had not ended when nobody waited any longer, with the time that it had waited.
    pub fn record_unanswered(&mut self, stretch: usize, waited_us: i64) {
        self.record(stretch, waited_us);
        self.unanswered += 1;
    }

    /// Notes the bound of the error of an estimate in the samples; the widest one is kept.
    pub fn bounded_by(&mut self, bound_us: u64) {
        self.bound_us = Some(self.bound_us.map_or(bound_us, |before| before.max(bound_us)));
    }

    /// Adds what another one recorded, stretch by stretch.
    pub fn add(&mut self, other: &Self) {
        if other.n == 0 {
            return;
        }
        for (ours, theirs) in [(&mut self.above, &other.above), (&mut self.below, &other.below)] {
            if let Some(theirs) = theirs {
                // Both resize themselves and have the same digits, so that nothing is refused.
                let _ = ours.get_or_insert_with(histogram).add(theirs);
            }
        }
        (self.min_us, self.max_us) = match self.n {
            0 => (other.min_us, other.max_us),
            _ => (self.min_us.min(other.min_us), self.max_us.max(other.max_us)),
        };
        self.n = self.n.saturating_add(other.n);
        self.sum_us = self.sum_us.saturating_add(other.sum_us);
        self.unanswered = self.unanswered.saturating_add(other.unanswered);
        if let Some(bound) = other.bound_us {
            self.bounded_by(bound);
        }
        if self.stretches.len() < other.stretches.len() {
            self.stretches.resize_with(other.stretches.len(), Bins::default);
        }
        for (ours, theirs) in self.stretches.iter_mut().zip(&other.stretches) {
            ours.add(theirs);
        }
    }

    /// How many samples.
    #[must_use]
    pub const fn n(&self) -> u64 {
        self.n
    }

    /// How many of them had not ended.
    #[must_use]
    pub const fn unanswered(&self) -> u64 {
        self.unanswered
    }

    /// The bound of each sample's error in milliseconds, where an estimate is in it.
    #[must_use]
    pub fn bound(&self) -> Option<f64> {
        self.bound_us.map(|bound| bound as f64 / 1e3)
    }

    /// The least, in milliseconds.
    #[must_use]
    pub fn min(&self) -> Option<f64> {
        (self.n > 0).then(|| self.min_us as f64 / 1e3)
    }

    /// The most, in milliseconds.
    #[must_use]
    pub fn max(&self) -> Option<f64> {
        (self.n > 0).then(|| self.max_us as f64 / 1e3)
    }

    /// The mean, in milliseconds.
    #[must_use]
    pub fn mean(&self) -> Option<f64> {
        (self.n > 0).then(|| self.sum_us as f64 / self.n as f64 / 1e3)
    }

    /// The value below or at which the share `quantile` (0..=1) lies, in milliseconds (nearest rank); `None` of nothing. Whether there are
    /// enough samples for it to mean something is the caller's question: [`Self::summary`] asks it.
    #[must_use]
    pub fn quantile(&self, quantile: f64) -> Option<f64> {
        let rank = rank(quantile, self.n)?;
        let below = self.below.as_ref().map_or(0, Histogram::len);
        let micros = if rank <= below {
            // The lowest values have the largest magnitudes.
            -(at_rank(self.below.as_ref()?, below - rank + 1) as f64)
        } else {
            at_rank(self.above.as_ref()?, rank - below) as f64
        };
        Some(micros.clamp(self.min_us as f64, self.max_us as f64) / 1e3)
    }

    /// The same of the samples' magnitudes.
    #[must_use]
    pub fn magnitude_quantile(&self, quantile: f64) -> Option<f64> {
        let Some(below) = &self.below else { return self.quantile(quantile) };
        let mut both = histogram();
        let _ = both.add(below);
        if let Some(above) = &self.above {
            let _ = both.add(above);
        }
        let most = self.max_us.unsigned_abs().max(self.min_us.unsigned_abs());
        Some(at_rank(&both, rank(quantile, self.n)?).min(most) as f64 / 1e3)
    }

    /// Mean of the slowest share (0..=1) of the samples, in milliseconds; `None` of less than one sample.
    #[must_use]
    pub fn mean_of_slowest(&self, share: f64) -> Option<f64> {
        let wanted = (self.n as f64 * share).floor() as u64;
        let above = self.above.as_ref()?;
        let (mut left, mut sum) = (wanted.min(above.len()), 0.0);
        let counted = left;
        let bars: Vec<(u64, u64)> =
            above.iter_recorded().map(|step| (step.value_iterated_to(), step.count_at_value())).collect();
        for (value, count) in bars.into_iter().rev() {
            let taken = count.min(left);
            sum += above.median_equivalent(value) as f64 * taken as f64;
            left -= taken;
        }
        (counted > 0).then(|| sum / counted as f64 / 1e3)
    }

    /// Its figures; percentiles for which there are too few samples are unknown. `signed` metrics have magnitudes, too.
    #[must_use]
    pub fn summary(&self, signed: bool) -> Summary {
        let enough = |quantile: f64| NEEDED.iter().all(|(of, needed)| quantile < *of || self.n >= *needed);
        let at = |quantile: f64| enough(quantile).then(|| self.quantile(quantile)).flatten();
        let magnitude = |quantile: f64| enough(quantile).then(|| self.magnitude_quantile(quantile)).flatten();
        Summary {
            n: self.n,
            min: self.min(),
            mean: self.mean(),
            p50: at(0.5),
            p90: at(0.9),
            p95: at(0.95),
            p99: at(0.99),
            p99_9: at(0.999),
            max: self.max(),
            magnitude: (signed && self.n > 0).then(|| Magnitude {
                p50: magnitude(0.5),
                p95: magnitude(0.95),
                p99: magnitude(0.99),
                max: Some(self.max_us.unsigned_abs().max(self.min_us.unsigned_abs()) as f64 / 1e3),
            }),
            unanswered: self.unanswered,
            bound: self.bound(),
        }
    }

    /// The histogram of the values from 0 up, in microseconds.
    #[must_use]
    pub const fn above(&self) -> Option<&Histogram<u64>> {
        self.above.as_ref()
    }

    /// The histogram of the magnitudes of the values below 0, in microseconds.
    #[must_use]
    pub const fn below(&self) -> Option<&Histogram<u64>> {
        self.below.as_ref()
    }
}

/// Samples that a percentile (0..=1) needs to be told: 10 the 90th, 20 the 95th, 1,000 the 99th, 10,000 the 99.9th.
#[must_use]
pub fn samples_needed(quantile: f64) -> u64 {
    NEEDED.iter().filter(|(of, _)| quantile >= *of).map(|(_, needed)| *needed).max().unwrap_or(1)
}

/// One that grows with its values, in microseconds, three digits.
pub(super) fn histogram() -> Histogram<u64> {
    let mut histogram = Histogram::new_with_bounds(1, 1 << 15, 3).expect("the bounds are constant and valid");
    histogram.auto(true);
    histogram
}

fn rank(quantile: f64, n: u64) -> Option<u64> {
    (n > 0).then(|| ((quantile * n as f64).ceil() as u64).clamp(1, n))
}

fn at_rank(histogram: &Histogram<u64>, rank: u64) -> u64 {
    // The half keeps the division's rounding from reaching the next rank.
    histogram.value_at_quantile((rank as f64 - 0.5) / histogram.len().max(1) as f64)
}
