//! What was measured of late: percentiles over a window that moves with time, in fixed memory. Time is an argument. `percentiles`
//! is for a whole run; a live display shows the last second and the last half minute, since a mean over a session tells of
//! neither.

use std::collections::VecDeque;
use std::time::Duration;

use super::percentiles::Summary;
use crate::media::{MediaDelta, Monotonic};

/// Fewer samples than this have no percentiles.
const LEAST: usize = 5;

/// The newest samples of one quantity with their moments, exactly as they came. All memory is taken at the start; when it is
/// full the oldest sample goes, so that a window longer than what is held covers what is held.
#[derive(Clone, Debug)]
pub struct Rolling {
    samples: VecDeque<(Monotonic, i64)>,
    most: usize,
    sorted: Vec<i64>,
}

impl Rolling {
    /// Room for `most` samples, at least one: the length of the longest window times the highest rate.
    #[must_use]
    pub fn new(most: usize) -> Self {
        let most = most.max(1);
        Self { samples: VecDeque::with_capacity(most), most, sorted: Vec::with_capacity(most) }
    }

    /// Records a sample. One that comes with an earlier moment than the sample before counts as taken at that one's.
    pub fn record(&mut self, at: Monotonic, value: MediaDelta) {
        let at = self.samples.back().map_or(at, |(newest, _)| at.max(*newest));
        if self.samples.len() == self.most {
            self.samples.pop_front();
        }
        self.samples.push_back((at, value.as_micros()));
    }

    /// Percentiles (nearest rank) of the samples of the window that ends at `now`; `None` of fewer than five, since the
    /// percentile of next to nothing is noise.
    #[must_use]
    pub fn over(&mut self, now: Monotonic, window: Duration) -> Option<Summary> {
        self.summary(now, window, |micros| micros)
    }

    /// The same of the samples' magnitudes.
    #[must_use]
    pub fn magnitudes_over(&mut self, now: Monotonic, window: Duration) -> Option<Summary> {
        self.summary(now, window, i64::saturating_abs)
    }

    /// The largest sample of the window; `None` of an empty one.
    #[must_use]
    pub fn peak(&self, now: Monotonic, window: Duration) -> Option<MediaDelta> {
        recent(&self.samples, now, window).map(|(_, micros)| micros).max().map(MediaDelta::from_micros)
    }

    /// The mean of the window's samples; `None` of none.
    #[must_use]
    pub fn mean(&self, now: Monotonic, window: Duration) -> Option<MediaDelta> {
        let (mut sum, mut count) = (0_i64, 0_i64);
        for (_, micros) in recent(&self.samples, now, window) {
            (sum, count) = (sum.saturating_add(micros), count + 1);
        }
        (count > 0).then(|| MediaDelta::from_micros(sum / count))
    }

    /// The share (0..=1) of the window's samples that `counts` picks; `None` of fewer than five.
    #[must_use]
    pub fn share(&self, now: Monotonic, window: Duration, counts: impl Fn(MediaDelta) -> bool) -> Option<f64> {
        let (mut picked, mut all) = (0_usize, 0_usize);
        for (_, micros) in recent(&self.samples, now, window) {
            picked += usize::from(counts(MediaDelta::from_micros(micros)));
            all += 1;
        }
        (all >= LEAST).then(|| picked as f64 / all as f64)
    }

    /// The largest sample of each of the last `bins.len()` stretches of `width`, oldest first, in milliseconds; the last stretch
    /// ends at `now`. `None` where a stretch has no sample.
    pub fn peaks(&self, now: Monotonic, width: Duration, bins: &mut [Option<f32>]) {
        bins.fill(None);
        let width = width.max(Duration::from_nanos(1));
        let reach = width * u32::try_from(bins.len()).unwrap_or(u32::MAX);
        for (at, micros) in recent(&self.samples, now, reach) {
            let age = usize::try_from(now.since(at).as_nanos() / width.as_nanos()).unwrap_or(usize::MAX);
            let Some(place) = bins.len().checked_sub(age.saturating_add(1)) else { continue };
            let millis = micros as f32 / 1e3;
            bins[place] = Some(bins[place].map_or(millis, |before: f32| before.max(millis)));
        }
    }

    /// Forgets everything, keeping the memory.
    pub fn clear(&mut self) {
        self.samples.clear();
    }

    fn summary(&mut self, now: Monotonic, window: Duration, value: impl Fn(i64) -> i64) -> Option<Summary> {
        self.sorted.clear();
        self.sorted.extend(recent(&self.samples, now, window).map(|(_, micros)| value(micros)));
        let n = self.sorted.len();
        if n < LEAST {
            return None;
        }
        self.sorted.sort_unstable();
        let millis = |quantile: f64| {
            let rank = (quantile * n as f64).ceil() as usize;
            self.sorted[rank.clamp(1, n) - 1] as f64 / 1e3
        };
        Some(Summary { n: n as u64, p50: millis(0.5), p95: millis(0.95), p99: millis(0.99), max: millis(1.0) })
    }
}

/// The samples of the window that ends at `now`, newest first. Samples are in order of time, so the walk ends with the window.
fn recent(
    samples: &VecDeque<(Monotonic, i64)>,
    now: Monotonic,
    window: Duration,
) -> impl Iterator<Item = (Monotonic, i64)> + '_ {
    let inside = move |at: Monotonic| now.since(at) < window;
    samples.iter().rev().copied().skip_while(move |(at, _)| *at > now).take_while(move |(at, _)| inside(*at))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn at(millis: u64) -> Monotonic {
        Monotonic::from_millis(millis)
    }

    fn ms(millis: i64) -> MediaDelta {
        MediaDelta::from_millis(millis)
    }

    #[test]
    fn percentiles_are_of_the_window_and_not_of_the_run() {
        let mut rolling = Rolling::new(4096);
        (0..1000).for_each(|n| rolling.record(at(n * 10), ms(if n < 900 { 500 } else { 10 + (n as i64 % 10) })));
        let second = rolling.over(at(9_990), SECOND).expect("a hundred samples");
        assert_eq!((second.n, second.p50, second.p95, second.max), (100, 14.0, 19.0, 19.0));
        let half_minute = rolling.over(at(9_990), 30 * SECOND).expect("all samples");
        assert_eq!((half_minute.n, half_minute.p50), (1000, 500.0));
    }

    #[test]
    fn a_window_with_next_to_no_samples_has_no_percentiles() {
        let mut rolling = Rolling::new(16);
        (0..4).for_each(|n| rolling.record(at(n), ms(1)));
        assert_eq!(rolling.over(at(4), SECOND), None);
        assert_eq!(rolling.share(at(4), SECOND, |_| true), None);
        rolling.record(at(4), ms(1));
        assert!(rolling.over(at(4), SECOND).is_some());
        assert_eq!(rolling.over(at(5_000), SECOND), None, "what is over leaves the window without anything new");
        assert_eq!(rolling.peak(at(5_000), SECOND), None);
    }

    #[test]
    fn magnitudes_and_shares_see_both_signs() {
        let mut rolling = Rolling::new(64);
        (0..10).for_each(|n| rolling.record(at(n), ms(if n % 2 == 0 { 30 } else { -130 })));
        assert_eq!(rolling.magnitudes_over(at(10), SECOND).map(|summary| summary.p95), Some(130.0));
        assert_eq!(rolling.share(at(10), SECOND, |offset| offset < ms(-125)), Some(0.5));
    }

    #[test]
    fn peaks_stand_in_the_stretch_they_fell_into() {
        let mut rolling = Rolling::new(64);
        for (moment, value) in [(0, 99), (150, 5), (190, 7), (320, 2)] {
            rolling.record(at(moment), ms(value));
        }
        let mut bins = [Some(1.0); 3];
        rolling.peaks(at(399), Duration::from_millis(100), &mut bins);
        assert_eq!(bins, [Some(7.0), None, Some(2.0)]);
        let rolling = Rolling::new(1);
        rolling.peaks(at(399), Duration::ZERO, &mut bins);
        assert_eq!(bins, [None; 3]);
    }

    proptest! {
        /// Against the plain definition; whatever comes, memory stays what it was.
        #[test]
        fn nearest_ranks_hold_for_any_samples(
            steps in prop::collection::vec((0_u64..40, -5_000_i64..5_000), 1..300), room in 1_usize..200,
        ) {
            let mut rolling = Rolling::new(room);
            let memory = (rolling.samples.capacity(), rolling.sorted.capacity());
            let mut now = 0;
            let mut all = Vec::new();
            for (step, value) in steps {
                now += step;
                rolling.record(at(now), ms(value));
                all.push((now, value));
            }
            let kept = &all[all.len().saturating_sub(room)..];
            let mut window: Vec<i64> = kept.iter().filter(|(moment, _)| now - moment < 1000).map(|(_, value)| *value).collect();
            window.sort_unstable();
            match rolling.over(at(now), SECOND) {
                None => prop_assert!(window.len() < LEAST),
                Some(summary) => {
                    prop_assert_eq!(summary.n as usize, window.len());
                    let below = window.iter().filter(|value| **value as f64 <= summary.p95).count();
                    prop_assert!(below as f64 >= 0.95 * window.len() as f64);
                    prop_assert!(window.contains(&(summary.p50 as i64)) && summary.p50 <= summary.p95);
                    prop_assert_eq!(Some(summary.max as i64), window.last().copied());
                }
            }
            prop_assert_eq!((rolling.samples.capacity(), rolling.sorted.capacity()), memory);
        }
    }
}
