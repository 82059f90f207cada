//! How late packets come, over the last minutes: by bins of the latest packet in each half second. Sees offsets (arrival less
//! presentation time) and the base that they are measured from; knows no packets.
//!
//! Offsets are kept as they are and the base is taken off on use: otherwise a path that becomes longer counts twice.

use super::window::Bins;
use crate::media::Monotonic;

const BIN_US: u64 = 500_000;
/// Four minutes.
const BINS: usize = 480;
/// Bins in which a habit shows: ten seconds.
const HABIT_BINS: usize = 20;
/// Fewer bins than this, as right after a stall, show none.
const HABIT_LEAST: usize = 4;
/// Age at which a bin counts half.
const HALF_LIFE_US: f64 = 120e6;
/// Bins after which a faster path is believed: two seconds.
const STEP_BINS: u64 = 4;
/// A record shorter than this (a minute) is judged as if nothing had been late before it: the first outage is no habit yet.
const LEAST_WEIGHT: f64 = 120.0;
/// What is later than so many caps is a stall: no delay that is allowed would have bridged it, and one says little about the next.
const CAPS: i64 = 2;

/// The record.
#[derive(Clone, Debug)]
pub struct Lateness {
    bins: Bins<BINS>,
    /// Lateness and weight, latest first, for `base_us`.
    sorted: Vec<(i64, f64)>,
    weight: f64,
    habit_us: i64,
    base_us: i64,
    stale: bool,
}

impl Default for Lateness {
    fn default() -> Self {
        Self { bins: Bins::new(BIN_US), sorted: Vec::with_capacity(BINS), weight: 0.0, habit_us: 0, base_us: 0, stale: true }
    }
}

impl Lateness {
    /// Forgets everything.
    pub fn clear(&mut self) {
        self.bins.clear();
        self.stale = true;
    }

    /// Takes in an offset in microseconds.
    pub fn add(&mut self, at: Monotonic, off_us: i64) {
        self.stale |= self.bins.is_new_bin(at);
        let stale = &mut self.stale;
        self.bins.add(at, off_us, |new, old| {
            *stale |= new > old;
            new > old
        });
    }

    /// Whether an offset of this moment opens a new bin.
    #[must_use]
    pub const fn opens_bin(&self, at: Monotonic) -> bool {
        self.bins.is_new_bin(at)
    }

    /// A path that became faster leaves bins behind that look late against the new base. Where even the latest packet of two
    /// seconds came before `fastest_before`, the fastest of the time before them, they belong to the path that was and go. Returns
    /// whether they did.
    pub fn forget_slower_path(&mut self, fastest_before: Option<i64>) -> bool {
        let recent = self.bins.iter().filter(|(age, _)| *age < STEP_BINS).map(|(_, off)| off).max();
        let faster = matches!((recent, fastest_before), (Some(recent), Some(before)) if recent < before);
        if faster {
            self.bins.keep(STEP_BINS);
            self.stale = true;
        }
        faster
    }

    /// How far [`Lateness::forget_slower_path`] looks back, in microseconds: the bin of the change itself is left out.
    #[must_use]
    pub const fn step_us() -> u64 {
        (STEP_BINS + 1) * BIN_US
    }

    /// Brings the record up to date with the base; to be called before asking.
    pub fn refresh(&mut self, base_us: i64) {
        if !self.stale && self.base_us == base_us {
            return;
        }
        (self.stale, self.base_us) = (false, base_us);
        self.sorted.clear();
        self.weight = 0.0;
        for (age, off) in self.bins.iter() {
            let weight = (-(age as f64) * BIN_US as f64 / HALF_LIFE_US).exp2();
            self.sorted.push((off.saturating_sub(base_us).max(0), weight));
            self.weight += weight;
        }
        let mut recent = [0; HABIT_BINS];
        let mut n = 0;
        for (to, (_, off)) in recent.iter_mut().zip(self.bins.iter().filter(|(age, _)| *age < HABIT_BINS as u64)) {
            *to = off.saturating_sub(base_us).max(0);
            n += 1;
        }
        recent[..n].sort_unstable();
        self.habit_us = if n >= HABIT_LEAST { recent[(n - 1) / 2] } else { 0 };
        self.sorted.sort_unstable_by_key(|bin| std::cmp::Reverse(bin.0));
    }

    /// The least delay, in microseconds, at which no more than `share` of the time would have been missed: what outages and jitter
    /// exceed it by, summed, against the time that they happened in. At most `cap_us`; stalls, beyond twice that, do not count.
    ///
    /// A quantile of the peaks would use of each outage only whether it was longer; the sum uses by how much, and wanders little
    /// more than half as far for the same memory (with outages of 60 to 200 ms at 0.2 per second: 141 against 242 ms, each divided by
    /// the root of the seconds remembered).
    #[must_use]
    pub fn affordable(&self, share: f64, cap_us: i64) -> i64 {
        let budget = self.weight.max(LEAST_WEIGHT) * share * BIN_US as f64;
        let stall = cap_us.saturating_mul(CAPS);
        // Down from the latest: between two bins the excess grows by the weight above.
        let (mut excess, mut above) = (0.0, 0.0);
        let mut outages = self.sorted.iter().skip_while(|bin| bin.0 > stall).peekable();
        let mut level = outages.peek().map_or(0, |bin| bin.0);
        for &(late, weight) in outages {
            let step = above * (level - late) as f64;
            if excess + step > budget {
                break;
            }
            excess += step;
            level = late;
            above += weight;
        }
        let below = if above > 0.0 { ((budget - excess) / above) as i64 } else { 0 };
        (level - below).clamp(0, cap_us.max(0))
    }

    /// The median of the latest packets of each of the last twenty half seconds, in microseconds: what is late by habit, as chunks
    /// and large frames are, and not by chance.
    #[must_use]
    pub const fn habit(&self) -> i64 {
        self.habit_us
    }

    /// The weighted quantile of the latest packets of each half second, in microseconds.
    #[must_use]
    pub fn quantile(&self, q: f64) -> i64 {
        let mut above = 0.0;
        for (late, weight) in &self.sorted {
            above += weight;
            if above > (1.0 - q) * self.weight {
                return *late;
            }
        }
        self.sorted.last().map_or(0, |bin| bin.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(bins: &[i64]) -> Lateness {
        let mut record = Lateness::default();
        for (index, late) in bins.iter().enumerate() {
            record.add(Monotonic::from_millis(index as u64 * 500), 7_000_000 + late * 1000);
        }
        record.refresh(7_000_000);
        record
    }

    #[test]
    fn the_excess_over_the_affordable_delay_is_the_budget() {
        // One outage of 100 ms in five seconds, which count as a minute.
        let mut bins = [0; 10];
        bins[5] = 100;
        let record = record(&bins);
        // At 0.1 % of a minute 60 ms of the 100 may be missed.
        assert!((record.affordable(0.001, 150_000) - 40_000).abs() < 2_000, "{}", record.affordable(0.001, 150_000));
        assert!(record.affordable(0.0, 150_000) > 99_000);
        assert_eq!(record.affordable(0.002, 150_000), 0);
    }

    #[test]
    fn a_long_stall_asks_for_no_delay() {
        let mut bins = [0; 480];
        bins[400] = 10_000;
        assert_eq!(record(&bins).affordable(0.005, 150_000), 0);
    }

    #[test]
    fn quantiles_are_those_of_the_bins() {
        let bins: Vec<i64> = (1..=100).collect();
        let median = record(&bins).quantile(0.5);
        assert!((50_000..=62_000).contains(&median), "newer bins weigh more: {median}");
        assert_eq!(record(&bins).quantile(1.0), 100_000);
    }

    #[test]
    fn bins_of_a_slower_path_are_forgotten_when_two_seconds_were_faster() {
        let mut bins = vec![80; 40];
        bins.extend([0; 6]);
        let mut record = record(&bins);
        assert!(record.forget_slower_path(Some(7_080_000)));
        record.refresh(7_000_000);
        assert_eq!(record.quantile(1.0), 0);
    }
}
