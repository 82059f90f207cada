//! How frames follow one another in one session: intervals, freezes, stutters, jitter, lateness. Fixed memory; moments are
//! microseconds since the run's start. Knows nothing of windows: its neighbour `seat` decides what counts.

/// Frames over which an interval is compared with the average (W3C webrtc-stats, `freezeCount`).
const AVERAGED: usize = 30;
/// Fewer intervals than this have no average to speak of; libwebrtc asks for as many.
const LEAST: u8 = 5;
/// What a frozen interval exceeds the average by, at least (W3C webrtc-stats, `freezeCount`).
const FREEZE_US: u64 = 150_000;

/// What a viewer makes of the time since the frame before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Gap {
    /// Nothing.
    Smooth,
    /// A frame is missed: it is no freeze, and at least 1.75 times the average of the last 30, which is two places of the frame
    /// grid less what the grid of a display and rounding take off.
    Stutter,
    /// At least max(3 δ, δ + 150 ms), δ being the average of the last 30: W3C webrtc-stats, `freezeCount`.
    Freeze,
}

/// The moments of frames as a viewer sees them. A timeline's end does not hide a picture that stands still; a pause that the user
/// asked for does.
#[derive(Clone, Debug, Default)]
pub(super) struct Gaps {
    last: Option<u64>,
    recent: [u32; AVERAGED],
    sum: u64,
    filled: u8,
    next: u8,
}

impl Gaps {
    /// Takes the moment of a frame: how long the one before stood, and what a viewer makes of it.
    pub(super) fn frame(&mut self, at_us: u64) -> Option<(u64, Gap)> {
        let gap = at_us.saturating_sub(self.last.replace(at_us)?);
        let judged = self.judge(gap);
        self.remember(gap);
        Some((gap, judged))
    }

    /// How long the newest frame has stood by now, and what a viewer makes of it, where no more will come.
    pub(super) fn standing(&self, now_us: u64) -> Option<(u64, Gap)> {
        let gap = now_us.saturating_sub(self.last?);
        Some((gap, self.judge(gap)))
    }

    /// When the newest frame came.
    pub(super) const fn last(&self) -> Option<u64> {
        self.last
    }

    /// The next frame follows none.
    pub(super) fn pause(&mut self) {
        self.last = None;
    }

    fn judge(&self, gap: u64) -> Gap {
        if self.filled < LEAST {
            return Gap::Smooth;
        }
        // Compared in multiples of the count, so that nothing is rounded.
        let n = u64::from(self.filled);
        let scaled = gap.saturating_mul(n);
        if scaled >= (3 * self.sum).max(self.sum + n * FREEZE_US) {
            Gap::Freeze
        } else if scaled.saturating_mul(4) >= 7 * self.sum {
            Gap::Stutter
        } else {
            Gap::Smooth
        }
    }

    fn remember(&mut self, gap: u64) {
        let gap = u32::try_from(gap).unwrap_or(u32::MAX);
        let place = &mut self.recent[usize::from(self.next)];
        self.sum = self.sum - u64::from(*place) + u64::from(gap);
        *place = gap;
        self.next = (self.next + 1) % AVERAGED as u8;
        self.filled = (self.filled + 1).min(AVERAGED as u8);
    }
}

/// What arrivals say of the way, within one timeline: interarrival jitter (RFC 3550, section 6.4.1) and lateness against the
/// fastest frame so far. Clocks that drift apart show as lateness: 50 millionths are 180 ms in an hour.
#[derive(Clone, Debug, Default)]
pub(super) struct Transit {
    epoch: Option<u32>,
    transit_us: i64,
    fastest_us: i64,
    jitter_us: f64,
}

/// What one arrival says.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Arrived {
    /// Whether the frame before belongs to the same timeline.
    pub(super) follows: bool,
    /// Jitter by now, where it follows one.
    pub(super) jitter_us: Option<f64>,
    /// How much later than the fastest of its timeline.
    pub(super) lateness_us: i64,
}

impl Transit {
    /// The next frame follows none.
    pub(super) const fn pause(&mut self) {
        self.epoch = None;
    }

    /// Takes the arrival of a frame with its timeline and presentation time.
    pub(super) fn frame(&mut self, epoch: u32, at_us: u64, pts_us: i64) -> Arrived {
        let transit = i64::try_from(at_us).unwrap_or(i64::MAX).saturating_sub(pts_us);
        let follows = self.epoch.replace(epoch) == Some(epoch);
        let before = std::mem::replace(&mut self.transit_us, transit);
        if !follows {
            self.fastest_us = transit;
            return Arrived { follows, jitter_us: None, lateness_us: 0 };
        }
        self.fastest_us = self.fastest_us.min(transit);
        let difference = transit.saturating_sub(before).saturating_abs() as f64;
        self.jitter_us += (difference - self.jitter_us) / 16.0;
        Arrived { follows, jitter_us: Some(self.jitter_us), lateness_us: transit.saturating_sub(self.fastest_us) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn steady(n: u64, interval: u64) -> Gaps {
        let mut gaps = Gaps::default();
        (0..=n).for_each(|index| {
            gaps.frame(index * interval);
        });
        gaps
    }

    #[test]
    fn a_freeze_is_what_webrtc_calls_one() {
        // At 40 ms the average and 150 ms is more than three times it: 190 ms. At 100 ms it is the other way about: 300 ms.
        for (interval, least) in [(40_000, 190_000), (100_000, 300_000)] {
            let gaps = steady(30, interval);
            assert_eq!(gaps.standing(30 * interval + least), Some((least, Gap::Freeze)));
            assert_eq!(gaps.standing(30 * interval + least - 1), Some((least - 1, Gap::Stutter)));
        }
    }

    #[test]
    fn a_missed_frame_is_a_stutter_and_the_cadence_of_a_display_is_none() {
        let mut gaps = steady(30, 41_667);
        let last = gaps.last().unwrap();
        assert_eq!(gaps.frame(last + 50_000), Some((50_000, Gap::Smooth)), "24 frames a second on 60 refreshes");
        assert_eq!(gaps.frame(last + 50_000 + 83_333), Some((83_333, Gap::Stutter)));
    }

    #[test]
    fn the_average_is_of_the_last_thirty_and_nothing_is_judged_by_next_to_none() {
        let mut gaps = steady(3, 10_000);
        assert_eq!(gaps.frame(5_000_000).map(|gap| gap.1), Some(Gap::Smooth));
        let mut gaps = steady(30, 10_000);
        (1..=30).for_each(|n| {
            gaps.frame(300_000 + n * 100_000);
        });
        assert_eq!(gaps.standing(3_300_000 + 299_999).map(|gap| gap.1), Some(Gap::Stutter), "the ten are forgotten");
    }

    #[test]
    fn a_pause_is_no_gap() {
        let mut gaps = steady(30, 40_000);
        gaps.pause();
        assert_eq!(gaps.frame(9_000_000), None);
        assert_eq!(gaps.frame(9_040_000), Some((40_000, Gap::Smooth)));
    }

    /// RFC 3550, section 6.4.1: J += (|D| - J) / 16.
    #[test]
    fn jitter_is_that_of_rfc_3550() {
        let mut transit = Transit::default();
        assert_eq!(transit.frame(1, 100_000, 0).jitter_us, None);
        assert_eq!(transit.frame(1, 156_000, 40_000).jitter_us, Some(1_000.0), "16 ms off, a sixteenth of it");
        let third = transit.frame(1, 196_000, 80_000);
        assert_eq!(third.jitter_us, Some(1_000.0 - 1_000.0 / 16.0));
        assert_eq!(third.lateness_us, 16_000);
    }

    #[test]
    fn nothing_compares_across_timelines() {
        let mut transit = Transit::default();
        transit.frame(1, 100_000, 0);
        let first = transit.frame(2, 9_000_000, 40_000);
        assert_eq!(first, Arrived { follows: false, jitter_us: None, lateness_us: 0 });
        assert_eq!(transit.frame(2, 9_040_000, 80_000).lateness_us, 0);
    }
}
