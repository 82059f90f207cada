//! How many samples of a distribution are at most so large: what histograms with fixed buckets are made of.

use crate::measure::Spread;

/// Upper ends of the buckets that exporters use, in milliseconds: from a tenth to a minute, finest where frames and inputs lie.
pub const BUCKETS_MS: [f64; 24] = [
    0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 16.0, 25.0, 33.0, 42.0, 50.0, 75.0, 100.0, 150.0, 250.0, 500.0, 750.0, 1e3, 2.5e3,
    5e3, 10e3, 30e3, 60e3,
];

/// The same for metrics with a sign: those of ITU-R BT.1359 are among them.
pub const SIGNED_BUCKETS_MS: [f64; 21] = [
    -500.0, -250.0, -185.0, -125.0, -100.0, -75.0, -50.0, -40.0, -20.0, -10.0, 0.0, 10.0, 20.0, 40.0, 45.0, 60.0, 75.0,
    90.0, 125.0, 250.0, 500.0,
];

/// How many samples are at most so many milliseconds, as exactly as the histogram holds them (three digits).
#[must_use]
pub fn count_up_to(spread: &Spread, ms: f64) -> u64 {
    let micros = (ms * 1e3).round();
    let negative = spread.below().map_or(0, hdrhistogram::Histogram::len);
    if micros >= 0.0 {
        return negative + spread.above().map_or(0, |above| above.count_between(0, micros as u64));
    }
    // Those nearer to zero are above it.
    let nearer = spread.below().map_or(0, |below| below.count_between(0, (-micros) as u64 - 1));
    negative.saturating_sub(nearer)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn samples_are_counted_on_both_sides_of_zero() {
        let mut spread = Spread::default();
        for value in [-130_000, -126_000, -50_000, 0, 10_000, 44_000, 46_000] {
            spread.record(0, value);
        }
        let counts = [-500.0, -125.0, -1.0, 0.0, 45.0, 500.0].map(|ms| count_up_to(&spread, ms));
        assert_eq!(counts, [0, 2, 3, 4, 6, 7]);
        assert_eq!(count_up_to(&Spread::default(), 1.0), 0);
    }
}
