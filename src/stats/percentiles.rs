//! Percentiles of durations in fixed memory: an HDR histogram (<http://hdrhistogram.org>) of microseconds, three digits.

use std::time::Duration;

use hdrhistogram::Histogram;

/// Durations up to an hour; longer ones count as an hour. Memory is taken once, recording takes none.
#[derive(Clone, Debug)]
pub struct Percentiles {
    micros: Histogram<u64>,
}

/// What the durations were, in milliseconds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Summary {
    /// How many.
    pub n: u64,
    /// The median.
    pub p50: f64,
    /// The 95th percentile.
    pub p95: f64,
    /// The 99th percentile.
    pub p99: f64,
    /// The longest.
    pub max: f64,
}

const LONGEST_US: u64 = 3_600_000_000;

impl Default for Percentiles {
    fn default() -> Self {
        let micros = Histogram::new_with_bounds(1, LONGEST_US, 3).expect("the bounds are constant and valid");
        Self { micros }
    }
}

impl Percentiles {
    /// Records one duration.
    pub fn record(&mut self, duration: Duration) {
        self.micros.saturating_record(u64::try_from(duration.as_micros()).unwrap_or(LONGEST_US));
    }

    /// How many were recorded.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.micros.len()
    }

    /// The duration below which the share `quantile` (0..=1) lies; `None` of nothing.
    #[must_use]
    pub fn quantile(&self, quantile: f64) -> Option<Duration> {
        (self.count() > 0).then(|| Duration::from_micros(self.micros.value_at_quantile(quantile)))
    }

    /// The summary; `None` of nothing, since no sample is not zero.
    #[must_use]
    pub fn summary(&self) -> Option<Summary> {
        let millis = |quantile| Some(self.quantile(quantile)?.as_secs_f64() * 1e3);
        Some(Summary {
            n: self.count(),
            p50: millis(0.5)?,
            p95: millis(0.95)?,
            p99: millis(0.99)?,
            max: self.micros.max() as f64 / 1e3,
        })
    }

    /// Forgets everything, keeping the memory.
    pub fn clear(&mut self) {
        self.micros.reset();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_keep_three_digits() {
        let mut percentiles = Percentiles::default();
        for millis in 1..=1000 {
            percentiles.record(Duration::from_millis(millis));
        }
        let summary = percentiles.summary().expect("recorded");
        assert_eq!(summary.n, 1000);
        for (found, expected) in [(summary.p50, 500.0), (summary.p95, 950.0), (summary.p99, 990.0), (summary.max, 1000.0)] {
            assert!((found / expected - 1.0_f64).abs() < 2e-3, "{found} for {expected}");
        }
    }

    #[test]
    fn nothing_recorded_has_no_summary() {
        assert_eq!(Percentiles::default().summary(), None);
    }

    #[test]
    fn an_absurd_duration_counts_as_the_longest() {
        let mut percentiles = Percentiles::default();
        percentiles.record(Duration::MAX);
        assert_eq!(percentiles.count(), 1);
    }
}
