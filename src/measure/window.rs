//! A run's own time: its start, its measured window and the stretches of that. Moments are microseconds since the start.

use super::spread::MOST_STRETCHES;
use crate::media::Monotonic;

/// Shortest stretch, in microseconds: some frames at any rate.
const SHORTEST_US: u64 = 500_000;

/// A run's start, from which its moments are counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Origin(pub(super) Monotonic);

impl Origin {
    /// A moment; one before the start is the start.
    pub(super) fn micros(self, at: Monotonic) -> u64 {
        u64::try_from(at.since(self.0).as_micros()).unwrap_or(u64::MAX)
    }

    /// A stamp in microseconds on the clock of the start.
    pub(super) fn stamp(self, stamp_us: u64) -> u64 {
        self.micros(Monotonic::from_micros(stamp_us))
    }
}

/// The measured window: from its first microsecond to the one before its end, in equal stretches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Window {
    pub(super) from_us: u64,
    pub(super) to_us: u64,
    /// How long a stretch is; the last one may be shorter by their number of microseconds at most.
    stretch_us: u64,
}

impl Window {
    /// The window between two moments; an end before the beginning is the beginning.
    pub(super) fn new(from_us: u64, to_us: u64) -> Self {
        let to_us = to_us.max(from_us);
        let stretches = ((to_us - from_us) / SHORTEST_US).clamp(1, MOST_STRETCHES as u64);
        Self { from_us, to_us, stretch_us: (to_us - from_us).div_ceil(stretches).max(1) }
    }

    /// The stretch in which a moment lies; `None` outside of the window.
    pub(super) fn stretch(&self, at_us: u64) -> Option<usize> {
        if at_us < self.from_us || at_us >= self.to_us {
            return None;
        }
        usize::try_from((at_us - self.from_us) / self.stretch_us).ok()
    }

    /// How much of a span lies in the window, in microseconds.
    pub(super) fn overlap(&self, from_us: u64, to_us: u64) -> u64 {
        to_us.min(self.to_us).saturating_sub(from_us.max(self.from_us))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_has_equal_stretches_and_ends_before_its_end() {
        let window = Window::new(5_000_000, 69_000_000);
        assert_eq!(window.stretch(4_999_999), None);
        assert_eq!(
            (window.stretch(5_000_000), window.stretch(5_999_999), window.stretch(6_000_000)),
            (Some(0), Some(0), Some(1))
        );
        assert_eq!((window.stretch(68_999_999), window.stretch(69_000_000)), (Some(63), None));
        assert_eq!(Window::new(0, 3_000_000).stretch(2_999_999), Some(5), "none is shorter than half a second");
        assert_eq!(Window::new(7, 3).stretch(7), None);
        assert_eq!(Window::new(10, 20).overlap(0, 15), 5);
        assert_eq!(Window::new(10, 20).overlap(30, 35), 0);
    }
}
