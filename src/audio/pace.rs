//! When a device that is none takes its periods. Clock-free: the thread around it sleeps and asks.

use std::time::Duration;

use super::frames::RATE;
use crate::media::Monotonic;

/// The schedule of a steady device with two periods of buffer: it asks for a period one period before that sounds.
#[derive(Clone, Copy, Debug)]
pub struct Pace {
    start: Monotonic,
    period_frames: usize,
    nanos_per_frame: f64,
    next: u64,
}

/// What is to be done at a moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wake {
    /// Nothing until then.
    SleepUntil(Monotonic),
    /// Take a period; before it the device played `missed` whole periods by itself, for nobody came in time.
    Take {
        /// When the period's first frame sounds.
        sounds_at: Monotonic,
        /// Periods lost before it.
        missed: u64,
    },
}

impl Pace {
    /// A device that asks for its first period at `start` and runs `ppm` parts per million fast. `period_frames` is clamped to
    /// 1..=4800, `ppm` to ±10 000.
    #[must_use]
    pub fn new(start: Monotonic, period_frames: usize, ppm: f64) -> Self {
        let ppm = if ppm.is_finite() { ppm.clamp(-10_000.0, 10_000.0) } else { 0.0 };
        let nanos_per_frame = 1e9 / (f64::from(RATE) * (1.0 + ppm * 1e-6));
        Self { start, period_frames: period_frames.clamp(1, 4800), nanos_per_frame, next: 0 }
    }

    /// Frames of a period.
    #[must_use]
    pub fn period_frames(&self) -> usize {
        self.period_frames
    }

    /// What to do at `now`. To be asked again at once after a period was taken.
    pub fn wake(&mut self, now: Monotonic) -> Wake {
        let due = self.deadline(self.next);
        if now < due {
            return Wake::SleepUntil(due);
        }
        // A period may still be handed over while the one before it sounds; after that the device has gone on without it.
        let mut missed = 0;
        if now > self.deadline(self.next + 1) {
            let behind = now.since(due).as_nanos() as f64 / (self.nanos_per_frame * self.period_frames as f64);
            missed = behind as u64;
            self.next += missed;
        }
        self.next += 1;
        Wake::Take { sounds_at: self.deadline(self.next), missed }
    }

    fn deadline(&self, period: u64) -> Monotonic {
        let frames = period as f64 * self.period_frames as f64;
        self.start + Duration::from_nanos((frames * self.nanos_per_frame).round() as u64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn periods_are_taken_in_time_and_sound_one_period_later() {
        let mut pace = Pace::new(Monotonic::from_millis(100), 480, 0.0);
        assert_eq!(pace.wake(Monotonic::from_millis(40)), Wake::SleepUntil(Monotonic::from_millis(100)));
        for period in 0..5 {
            let now = Monotonic::from_millis(100 + 10 * period);
            assert_eq!(pace.wake(now), Wake::Take { sounds_at: now + Duration::from_millis(10), missed: 0 });
            assert_eq!(pace.wake(now), Wake::SleepUntil(now + Duration::from_millis(10)));
        }
    }

    #[test]
    fn a_late_callback_is_forgiven_for_one_period() {
        let mut pace = Pace::new(Monotonic::ZERO, 480, 0.0);
        assert!(matches!(pace.wake(Monotonic::ZERO), Wake::Take { .. }));
        let late = Wake::Take { sounds_at: Monotonic::from_millis(20), missed: 0 };
        assert_eq!(pace.wake(Monotonic::from_millis(19)), late);
        // The next one was due at 20 ms: the schedule has not moved.
        assert!(matches!(pace.wake(Monotonic::from_millis(20)), Wake::Take { missed: 0, .. }));
    }

    #[test]
    fn what_comes_later_than_that_is_played_as_silence_by_the_device_itself() {
        let mut pace = Pace::new(Monotonic::ZERO, 480, 0.0);
        assert!(matches!(pace.wake(Monotonic::ZERO), Wake::Take { .. }));
        // Due at 10 ms; at 57 ms the periods of 10 … 40 ms are gone and that of 50 ms is just in time to sound at 60 ms.
        let expected = Wake::Take { sounds_at: Monotonic::from_millis(60), missed: 4 };
        assert_eq!(pace.wake(Monotonic::from_millis(57)), expected);
        assert_eq!(pace.wake(Monotonic::from_millis(57)), Wake::SleepUntil(Monotonic::from_millis(60)));
    }

    #[test]
    fn a_fast_device_takes_more_in_an_hour_to_the_frame() {
        let mut pace = Pace::new(Monotonic::ZERO, 480, 300.0);
        let (mut frames, mut now) = (0_u64, Monotonic::ZERO);
        while now < Monotonic::from_millis(3_600_000) {
            match pace.wake(now) {
                Wake::SleepUntil(then) => now = then,
                Wake::Take { missed, .. } => {
                    assert_eq!(missed, 0);
                    frames += 480;
                }
            }
        }
        let expected = 3600.0 * 48_000.0 * 1.0003;
        assert!((frames as f64 - expected).abs() <= 480.0, "{frames} for {expected}");
    }
}
