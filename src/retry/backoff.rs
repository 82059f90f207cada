//! How long to wait before something is tried again: exponential, with full jitter, so that many clients that lost one server do
//! not come back in step. Clock-free, seeded: the same seed waits the same.
//!
//! Source: M. Brooker, "Exponential Backoff And Jitter" (AWS Architecture Blog, 2015), "full jitter".

use std::time::Duration;

/// Waits between attempts.
#[derive(Clone, Debug)]
pub struct Backoff {
    base: Duration,
    cap: Duration,
    failures: u32,
    state: u64,
}

impl Backoff {
    /// The first wait is below `base`, every further one below twice the bound of the one before, none above `cap`.
    #[must_use]
    pub const fn new(base: Duration, cap: Duration, seed: u64) -> Self {
        Self { base, cap, failures: 0, state: seed }
    }

    /// How long to wait after another failure. What the server asked for (`Retry-After`) is waited out in full, and a little
    /// scatter added, as everybody who was refused with us was told the same.
    pub fn next(&mut self, asked: Option<Duration>) -> Duration {
        let doubled = self.base.saturating_mul(1u32.checked_shl(self.failures).unwrap_or(u32::MAX));
        self.failures = self.failures.saturating_add(1);
        match asked {
            Some(asked) => asked.saturating_add(self.scatter(self.base)),
            None => self.scatter(doubled.min(self.cap)),
        }
    }

    /// Failures since the last success.
    #[must_use]
    pub const fn failures(&self) -> u32 {
        self.failures
    }

    /// Something succeeded: the next failure counts as the first.
    pub const fn reset(&mut self) {
        self.failures = 0;
    }

    /// Evenly between nothing and `most`.
    pub fn scatter(&mut self, most: Duration) -> Duration {
        // SplitMix64 (Steele, Lea, Flood, "Fast Splittable Pseudorandom Number Generators", 2014).
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^= mixed >> 31;
        most.mul_f64((mixed >> 11) as f64 / (1u64 << 53) as f64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_to_the_cap_and_are_scattered_over_the_whole_of_it() {
        let (base, cap) = (Duration::from_millis(200), Duration::from_secs(5));
        let mut longest = [Duration::ZERO; 12];
        for seed in 0..500 {
            let mut backoff = Backoff::new(base, cap, seed);
            for (failures, longest) in longest.iter_mut().enumerate() {
                let wait = backoff.next(None);
                assert!(wait < cap.min(base * (1 << failures)), "seed {seed}");
                *longest = wait.max(*longest);
            }
        }
        assert!(longest[0] > base.mul_f64(0.95) && longest[11] > cap.mul_f64(0.95), "{longest:?}");
    }

    /// the server's wish is honoured to the full.
    #[test]
    fn what_the_server_asks_for_is_never_cut_short() {
        let mut backoff = Backoff::new(Duration::from_millis(200), Duration::from_secs(5), 7);
        for _ in 0..50 {
            let wait = backoff.next(Some(Duration::from_secs(60)));
            assert!(wait >= Duration::from_secs(60) && wait < Duration::from_millis(60_200), "{wait:?}");
        }
    }

    #[test]
    fn no_number_of_failures_and_no_wish_overflows() {
        let mut backoff = Backoff::new(Duration::from_millis(200), Duration::from_secs(5), u64::MAX);
        for _ in 0..100 {
            assert!(backoff.next(None) <= Duration::from_secs(5));
        }
        assert_eq!(backoff.next(Some(Duration::MAX)), Duration::MAX);
    }
}
