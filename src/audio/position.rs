//! What of the written sound is heard, published by the callback and read by anyone.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use super::frames::RATE;
use super::history::Period;
use super::shared::Shared;
use super::status::{Status, Underruns};
use crate::media::Monotonic;

/// The published position; clones read the same device. Reading takes no lock and never waits.
#[derive(Clone, Debug)]
pub struct Position {
    shared: Arc<Shared>,
}

impl Position {
    pub(super) fn new(shared: Arc<Shared>) -> Self {
        Self { shared }
    }

    /// How many of the written frames have been heard at `now`, with fraction, output latency taken off. It stands still while
    /// the ring is dry. `None` until the device runs, and while it is away.
    #[must_use]
    pub fn sounding(&self, now: Monotonic) -> Option<f64> {
        if self.shared.status() != Status::Running {
            return None;
        }
        let count = self.shared.history.count();
        let newest = self.shared.history.at(count.checked_sub(1)?)?;
        let played = played(newest, now);
        let mut oldest = newest;
        for index in (0..count).rev() {
            let Some(period) = self.shared.history.at(index) else { break };
            if period.device_start as f64 <= played {
                return Some(heard(period, played));
            }
            oldest = period;
        }
        // Before all that is remembered: at the start, or with a latency beyond reason.
        Some((oldest.written_start as f64 - (oldest.device_start as f64 - played)).max(0.0))
    }

    /// Frames that the device takes at once; 0 before its first callback.
    #[must_use]
    pub fn period(&self) -> usize {
        self.shared.period.load(Ordering::Relaxed) as usize
    }

    /// When the device is expected to take its next frames: a period after its last callback. `None` before the first.
    #[must_use]
    pub fn next_callback(&self) -> Option<Monotonic> {
        let last = self.shared.callback.load(Ordering::Relaxed);
        let period = self.shared.period.load(Ordering::Relaxed) * 1_000_000_000 / u64::from(RATE);
        (last > 0 && period > 0).then(|| Monotonic::from_nanos(last + period))
    }

    /// Underruns since the start.
    #[must_use]
    pub fn underruns(&self) -> Underruns {
        Underruns {
            events: self.shared.underrun_events.load(Ordering::Relaxed),
            frames: self.shared.underrun_frames.load(Ordering::Relaxed),
            late_frames: self.shared.late_frames.load(Ordering::Relaxed),
        }
    }

    /// Whether the device sounds.
    #[must_use]
    pub fn status(&self) -> Status {
        self.shared.status()
    }

    /// Time between a frame's leaving the ring and its being heard, as the device tells.
    #[must_use]
    pub fn latency(&self) -> Duration {
        Duration::from_nanos(self.shared.latency.load(Ordering::Relaxed))
    }

    /// The device's stamps were of no use, so [`Position::latency`] is a guess of one period.
    #[must_use]
    pub fn latency_is_guessed(&self) -> bool {
        self.shared.guessed.load(Ordering::Relaxed)
    }

    /// How much faster than 48 kHz the device plays by the process clock, in parts per million. `None` in the first ten seconds.
    #[must_use]
    pub fn drift_ppm(&self) -> Option<f64> {
        Some(f64::from_bits(self.shared.drift.load(Ordering::Relaxed))).filter(|drift| drift.is_finite())
    }

    /// In words for people: the device's name, or why there is no sound.
    #[must_use]
    pub fn describe(&self) -> String {
        self.shared.description()
    }
}

/// Frames that the device has sounded at `now`, by the line of a period.
fn played(period: Period, now: Monotonic) -> f64 {
    (now.as_nanos() as i64 - period.origin) as f64 * f64::from(RATE) / 1e9
}

/// Written frames heard when the device has sounded `played`, which lies in or behind the period: silence counts for nothing.
fn heard(period: Period, played: f64) -> f64 {
    period.written_start as f64 + (played - period.device_start as f64).min(period.taken as f64)
}
