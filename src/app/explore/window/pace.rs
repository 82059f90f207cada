//! When to look for a new frame: once per refresh of the display, never in between. Time is an argument.

use std::time::Duration;

use crate::media::Monotonic;

/// Rates a display may plausibly have; others are taken for a mistake of its driver.
const PLAUSIBLE_HZ: std::ops::RangeInclusive<f64> = 24.0..=500.0;

/// The rate assumed for a display that tells none.
const USUAL_HZ: f64 = 60.0;

/// The beat of the display, as far as a window knows it: its rate. Where in the refresh we are, nobody tells a window, so the
/// moment a frame becomes visible is known to half a refresh.
#[derive(Debug)]
pub(crate) struct Pace {
    interval: Duration,
    next: Monotonic,
    /// From choosing a frame to its hand-over to the display, smoothed.
    work: Duration,
}

impl Pace {
    /// A beat that begins now.
    pub(crate) fn new(now: Monotonic) -> Self {
        Self { interval: Duration::from_secs_f64(1.0 / USUAL_HZ), next: now, work: Duration::ZERO }
    }

    /// Tells the display's rate, in millihertz, where it tells one. Returns the rate in force.
    pub(crate) fn display(&mut self, millihertz: Option<u32>) -> f64 {
        let told = millihertz.map(|rate| f64::from(rate) / 1000.0).filter(|hertz| PLAUSIBLE_HZ.contains(hertz));
        let hertz = told.unwrap_or(USUAL_HZ);
        self.interval = Duration::from_secs_f64(1.0 / hertz);
        hertz
    }

    /// Whether a refresh is due; if so the next one is set. Refreshes that were missed are not made up for.
    pub(crate) fn due(&mut self, now: Monotonic) -> bool {
        if now < self.next {
            return false;
        }
        self.next += self.interval;
        if self.next <= now {
            self.next = now + self.interval;
        }
        true
    }

    /// When the next refresh is due.
    pub(crate) const fn next(&self) -> Monotonic {
        self.next
    }

    /// When a frame chosen now lights up: after the work it takes and, on average, half a refresh of waiting.
    pub(crate) fn visible_at(&self, now: Monotonic) -> Monotonic {
        now + self.work + self.interval / 2
    }

    /// Tells how long a frame took from being chosen to being handed over.
    pub(crate) fn worked(&mut self, spent: Duration) {
        // One part in eight, as in the smoothed round trip of TCP (RFC 6298); capped, so that one hang is soon forgotten.
        let spent = spent.min(self.interval * 4);
        self.work = self.work * 7 / 8 + spent / 8;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refresh_is_due_once_per_interval_and_not_twice() {
        let mut pace = Pace::new(Monotonic::ZERO);
        pace.display(Some(100_000));
        let due = (0..1000).filter(|milli| pace.due(Monotonic::from_millis(*milli))).count();
        assert_eq!(due, 100);
    }

    #[test]
    fn refreshes_missed_in_a_hang_are_not_made_up_for() {
        let mut pace = Pace::new(Monotonic::ZERO);
        assert!(pace.due(Monotonic::ZERO));
        let later = Monotonic::from_millis(5000);
        assert!(pace.due(later));
        assert!(!pace.due(later));
        assert!(pace.next() > later);
    }

    #[test]
    fn an_implausible_rate_reads_as_the_usual_one() {
        let mut pace = Pace::new(Monotonic::ZERO);
        for rate in [None, Some(0), Some(1), Some(4_000_000_000)] {
            assert!((pace.display(rate) - USUAL_HZ).abs() < f64::EPSILON, "{rate:?}");
        }
        assert!((pace.display(Some(143_856)) - 143.856).abs() < 1e-9);
    }

    #[test]
    fn a_frame_lights_up_after_the_work_it_takes_and_half_a_refresh() {
        let mut pace = Pace::new(Monotonic::ZERO);
        pace.display(Some(50_000));
        for _ in 0..200 {
            pace.worked(Duration::from_millis(6));
        }
        let visible = pace.visible_at(Monotonic::from_millis(100)).as_micros();
        assert!((115_900..=116_000).contains(&visible), "{visible}");
    }
}
