//! The time without a stream: when to try again, and when to give up (HO-19).
//!
//! Patience is counted in time without a stream, not in attempts, and one good moment does not renew it: a server that says hello
//! and hangs up would be asked for ever. A stream has to stand for [`STABLE`] before what went before is forgotten.

use std::time::Duration;

use crate::media::Monotonic;
use crate::retry::Backoff;

/// Longest first wait. Short, as most cuts are over as soon as they are noticed.
const BASE: Duration = Duration::from_millis(100);
/// Longest wait.
const CAP: Duration = Duration::from_secs(5);
/// How long a stream must stand for the outages before it to be forgotten.
pub(super) const STABLE: Duration = Duration::from_secs(10);

/// What is known of the outage.
#[derive(Debug)]
pub(super) struct Outage {
    patience: Duration,
    backoff: Backoff,
    /// Since when there is no stream; none while there is one.
    since: Option<Monotonic>,
    /// How long the outages took that are not forgotten.
    spent: Duration,
    live_since: Option<Monotonic>,
    streams: u32,
}

impl Outage {
    /// There is no stream yet; `opening` is the patience for the first one.
    pub(super) const fn new(now: Monotonic, opening: Duration, seed: u64) -> Self {
        Self {
            patience: opening,
            backoff: Backoff::new(BASE, CAP, seed),
            since: Some(now),
            spent: Duration::ZERO,
            live_since: None,
            streams: 0,
        }
    }

    /// A stream has been introduced. `patience` holds from now on. Returns how long there was none.
    pub(super) fn over(&mut self, now: Monotonic, patience: Duration) -> Duration {
        self.patience = patience;
        self.streams += 1;
        self.live_since = Some(now);
        let outage = self.since.take().map_or(Duration::ZERO, |since| now.since(since));
        if self.streams > 1 {
            self.spent += outage;
        }
        outage
    }

    /// There is no stream, or an attempt at one failed: when to try again; `None` to give up. Waiting longer than patience lasts is
    /// giving up now.
    pub(super) fn again(&mut self, now: Monotonic, asked: Option<Duration>) -> Option<Monotonic> {
        if self.live_since.take().is_some_and(|since| now.since(since) >= STABLE) {
            self.backoff.reset();
            self.spent = Duration::ZERO;
        }
        self.since.get_or_insert(now);
        let at = now + self.backoff.next(asked);
        (at < self.deadline()).then_some(at)
    }

    /// When patience ends, if no stream comes.
    pub(super) fn deadline(&self) -> Monotonic {
        self.since.unwrap_or(Monotonic::ZERO) + self.patience.saturating_sub(self.spent)
    }

    /// How long there has been no stream, in this outage and in those that are not forgotten.
    pub(super) fn lasted(&self, now: Monotonic) -> Duration {
        self.spent + self.since.map_or(Duration::ZERO, |since| now.since(since))
    }

    /// Attempts since the last stream that stood.
    pub(super) const fn attempts(&self) -> u32 {
        self.backoff.failures()
    }

    /// Streams that have been introduced so far.
    pub(super) const fn streams(&self) -> u32 {
        self.streams
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PATIENCE: Duration = Duration::from_secs(30);

    fn at(millis: u64) -> Monotonic {
        Monotonic::from_millis(millis)
    }

    /// HO-19.
    #[test]
    fn patience_ends_exactly_when_it_does_and_a_wait_beyond_it_is_not_begun() {
        let mut outage = Outage::new(at(0), PATIENCE, 1);
        outage.over(at(50), PATIENCE);
        assert!(outage.again(at(20_000), None).is_some());
        assert_eq!(outage.deadline(), at(50_000));
        assert_eq!(outage.again(at(49_000), Some(Duration::from_secs(1))), None);
        assert!(outage.again(at(49_000), Some(Duration::from_millis(800))).is_some());
    }

    #[test]
    fn a_stream_that_stood_renews_patience_and_one_that_flapped_does_not() {
        let mut outage = Outage::new(at(0), PATIENCE, 1);
        outage.over(at(0), PATIENCE);
        outage.again(at(10_000), None);
        outage.over(at(30_000), PATIENCE);
        outage.again(at(39_999), None);
        assert_eq!(outage.deadline(), at(39_999 + 10_000), "twenty of thirty seconds are spent");
        outage.over(at(40_000), PATIENCE);
        outage.again(at(50_000), None);
        assert_eq!(outage.deadline(), at(80_000));
    }

    #[test]
    fn without_patience_there_is_no_second_attempt() {
        let mut outage = Outage::new(at(0), Duration::ZERO, 1);
        assert_eq!(outage.again(at(0), None), None);
    }
}
