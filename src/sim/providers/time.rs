//! The providers' time, in milliseconds since 1970: the machine's, or a virtual one that moves only when it is told to.

use std::sync::atomic::{AtomicI64, Ordering};

use crate::clock::{Clock, wall_clock};

/// A moment, in milliseconds since 1970.
pub(super) type Moment = i64;

/// Tells the time.
#[derive(Debug)]
pub(super) struct Time {
    clock: Clock,
    begin: Moment,
    /// Milliseconds since the beginning, where time is virtual.
    told: Option<AtomicI64>,
}

impl Time {
    /// Begins at the wall clock's present; from then on a change of the wall clock changes nothing.
    pub(super) fn start(is_virtual: bool) -> Self {
        let begin = wall_clock().as_millisecond();
        Self { clock: Clock::start(), begin, told: is_virtual.then(|| AtomicI64::new(0)) }
    }

    pub(super) fn now(&self) -> Moment {
        let since = match &self.told {
            Some(told) => told.load(Ordering::SeqCst),
            None => (self.clock.now().as_nanos() / 1_000_000) as i64,
        };
        self.begin.saturating_add(since)
    }

    pub(super) fn is_virtual(&self) -> bool {
        self.told.is_some()
    }

    /// Moves virtual time on, by at most ten years at once; whether it is virtual.
    pub(super) fn advance(&self, millis: i64) -> bool {
        const TEN_YEARS: i64 = 10 * 366 * 86_400 * 1000;
        if let Some(told) = &self.told {
            told.fetch_add(millis.clamp(0, TEN_YEARS), Ordering::SeqCst);
        }
        self.told.is_some()
    }
}

/// As `2025-06-01T14:22:10Z`.
pub(super) fn seconds(at: Moment) -> String {
    written(at, "%Y-%m-%dT%H:%M:%SZ")
}

/// As `2026-04-26T12:30:00.000Z`.
pub(super) fn millis(at: Moment) -> String {
    written(at, "%Y-%m-%dT%H:%M:%S%.3fZ")
}

fn written(at: Moment, form: &str) -> String {
    let at = jiff::Timestamp::from_millisecond(at).unwrap_or_default();
    jiff::fmt::strtime::format(form, at).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_written_as_the_documents_write_them() {
        assert_eq!(seconds(1_748_787_730_000), "2025-06-01T14:22:10Z");
        assert_eq!(millis(1_777_206_600_000), "2026-04-26T12:30:00.000Z");
    }

    #[test]
    fn virtual_time_stands_still_until_it_is_moved() {
        let time = Time::start(true);
        let before = time.now();
        assert_eq!(time.now(), before);
        assert!(time.advance(61_000));
        assert_eq!(time.now(), before + 61_000);
        assert!(!Time::start(false).advance(1));
    }
}
