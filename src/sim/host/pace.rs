//! When which frame is due: frame times on the media clock, bound to the machine's monotonic clock. Pure arithmetic.

use std::time::Duration;

use crate::media::{MediaDelta, MediaTime, Monotonic};

/// Behind by more than this, the clock is bound anew instead of chased: the machine slept, or is far too slow.
const HOPELESS: Duration = Duration::from_secs(1);

/// The schedule of one unbroken stretch of frames at one rate.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Pace {
    start: Monotonic,
    base: MediaTime,
    fps: u32,
    next: u64,
}

/// What to do now.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Due {
    /// Nothing before this moment.
    At(Monotonic),
    /// Live through `skip` frames without showing them, then show the one after.
    Frames {
        /// Frames whose time has passed.
        skip: u32,
    },
    /// Too far behind to catch up: bind the clock anew.
    Lost,
}

impl Pace {
    /// Frames at `fps`, the first one of media time `base` at the moment `start`.
    pub(super) fn new(start: Monotonic, base: MediaTime, fps: u32) -> Self {
        Self { start, base, fps: fps.max(1), next: 0 }
    }

    /// What is due at `now`.
    pub(super) fn due(&self, now: Monotonic) -> Due {
        let at = self.moment(self.pts());
        if now < at {
            return Due::At(at);
        }
        let late = now.since(at);
        if late > HOPELESS {
            return Due::Lost;
        }
        // A frame whose successor is due as well has had its time.
        let skip = late.as_nanos() * u128::from(self.fps) / 1_000_000_000;
        Due::Frames { skip: u32::try_from(skip).unwrap_or(u32::MAX) }
    }

    /// Presentation time of the next frame.
    pub(super) fn pts(&self) -> MediaTime {
        self.base + self.offset(self.next)
    }

    /// Presentation time of the frame after the next.
    pub(super) fn pts_after(&self) -> MediaTime {
        self.base + self.offset(self.next + 1)
    }

    /// Goes on to the frame after.
    pub(super) fn advance(&mut self) {
        self.next += 1;
    }

    /// The moment at which a media time is due.
    pub(super) fn moment(&self, at: MediaTime) -> Monotonic {
        let since = at - self.base;
        if since < MediaDelta::ZERO { self.start - (-since).as_duration() } else { self.start + since.as_duration() }
    }

    /// The same clock with another frame rate from the next frame on.
    pub(super) fn at_rate(&self, fps: u32) -> Self {
        Self::new(self.moment(self.pts()), self.pts(), fps)
    }

    fn offset(&self, index: u64) -> MediaDelta {
        let micros = (u128::from(index) * 1_000_000 + u128::from(self.fps) / 2) / u128::from(self.fps);
        MediaDelta::from_micros(i64::try_from(micros).unwrap_or(i64::MAX))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(micros: u64) -> Monotonic {
        Monotonic::from_micros(1_000_000 + micros)
    }

    #[test]
    fn media_time_has_no_drift_against_the_machine() {
        let mut pace = Pace::new(at(0), MediaTime::ZERO, 30);
        (0..30 * 3600).for_each(|_| pace.advance());
        assert_eq!(pace.pts(), MediaTime::from_micros(3600 * 1_000_000));
        assert_eq!(pace.due(at(3_599_999_999)), Due::At(at(3_600_000_000)));
    }

    #[test]
    fn a_frame_is_skipped_once_its_successor_is_due() {
        let pace = Pace::new(at(0), MediaTime::ZERO, 25);
        assert_eq!(pace.due(at(39_999)), Due::Frames { skip: 0 });
        assert_eq!(pace.due(at(40_000)), Due::Frames { skip: 1 });
        assert_eq!(pace.due(at(125_000)), Due::Frames { skip: 3 });
        assert_eq!(pace.due(at(1_000_001)), Due::Lost);
    }

    #[test]
    fn another_rate_continues_the_same_clock() {
        let mut pace = Pace::new(at(0), MediaTime::ZERO, 30);
        (0..7).for_each(|_| pace.advance());
        let slower = pace.at_rate(24);
        assert_eq!(slower.pts(), pace.pts());
        assert_eq!(slower.pts_after() - slower.pts(), MediaDelta::from_micros(41_667));
        assert_eq!(slower.moment(slower.pts()), pace.moment(pace.pts()));
    }
}
