//! How full the sound output is to be kept: by the device's period, by how often it ran dry, and by what lies between writing and
//! hearing. Learns from what the device says; knows no media.

use super::frame_map::RATE;
use super::sound_step::Device;
use super::window::Bins;
use crate::media::{MediaDelta, Monotonic};

/// How long before the device takes its next period what is missing is made up: a worker's wake-up and a step.
const GUARD_US: i64 = 2_500;
/// The spare grows by 5 ms with each time that the device ran dry …
const GROW: usize = 240;
/// … up to 40 …
const SPARE_MOST: usize = 8 * GROW;
/// … and shrinks by 1 after each ten seconds without.
const SHRINK: usize = GROW / 5;
const CALM_US: u128 = 10_000_000;
/// The period of a device that has told none.
const USUAL_PERIOD: usize = 480;
/// The device's own latency goes up and down with its period; its peak over eight bins counts.
const LATENCY_BIN_US: u64 = 500_000;
/// That latency before a device has told anything: one period of 10 ms.
const LATENCY_FRAMES: i64 = 480;

/// The level.
#[derive(Debug)]
pub struct OutputLevel {
    period: usize,
    spare: usize,
    underruns: u64,
    calm_since: Monotonic,
    latency: Bins<8>,
}

impl Default for OutputLevel {
    fn default() -> Self {
        Self {
            period: USUAL_PERIOD,
            spare: 0,
            underruns: 0,
            calm_since: Monotonic::ZERO,
            latency: Bins::new(LATENCY_BIN_US),
        }
    }
}

impl OutputLevel {
    /// Takes in what the device says; `heard` is its frame count. Returns how often it ran dry since the last time. A worker that
    /// was late once may be late again: more is held until it has been calm for a while.
    pub fn note(&mut self, now: Monotonic, device: Device, heard: f64) -> u64 {
        if device.period > 0 {
            self.period = device.period.min(RATE as usize / 2);
        }
        let latency = (device.written as f64 - heard - device.queued as f64).clamp(0.0, RATE * 0.3);
        self.latency.add(now, latency as i64, |new, old| new > old);
        let dry = device.underruns.saturating_sub(self.underruns);
        self.underruns = device.underruns;
        if dry > 0 {
            self.spare = (self.spare + GROW).min(SPARE_MOST);
            self.calm_since = now;
        } else if now.since(self.calm_since).as_micros() > CALM_US {
            self.spare = self.spare.saturating_sub(SHRINK);
            self.calm_since = now;
        }
        dry
    }

    /// Frames that have to be written when the device takes its next period.
    #[must_use]
    pub const fn enough(&self) -> usize {
        self.period + self.spare
    }

    /// The last moment to make up what is missing before a callback; `None` while none is known.
    #[must_use]
    pub fn last_call(&self, callback: Option<Monotonic>) -> Option<Monotonic> {
        let guard = std::time::Duration::from_micros(GUARD_US.unsigned_abs());
        callback.map(|at| at - guard)
    }

    /// How long before it sounds a sample must be in hand: the device's own latency with the period that it has just taken, what
    /// is kept beyond the next, and the guard.
    #[must_use]
    pub fn lead(&self) -> MediaDelta {
        let latency = self.latency.iter().map(|(_, frames)| frames).max().unwrap_or(LATENCY_FRAMES);
        MediaDelta::from_micros(((latency as f64 + self.spare as f64) * 1e6 / RATE) as i64 + GUARD_US)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_device_that_ran_dry_gets_more_for_a_while() {
        let mut level = OutputLevel::default();
        let device = |underruns| Device { heard: Some(0.0), period: 480, underruns, ..Device::default() };
        assert_eq!(level.note(Monotonic::from_millis(0), device(0), 0.0), 0);
        assert_eq!(level.enough(), 480);
        assert_eq!(level.note(Monotonic::from_millis(10), device(2), 0.0), 2);
        assert_eq!(level.enough(), 480 + GROW);
        for second in 1..=60 {
            level.note(Monotonic::from_millis(second * 1_000), device(2), 0.0);
        }
        assert_eq!(level.enough(), 480);
    }

    #[test]
    fn a_sample_must_be_there_a_latency_and_a_guard_before_it_sounds() {
        let mut level = OutputLevel::default();
        let device = Device { heard: Some(100.0), written: 1_540, queued: 480, period: 480, ..Device::default() };
        level.note(Monotonic::from_millis(5), device, 100.0);
        assert_eq!(level.lead(), MediaDelta::from_micros(20_000 + GUARD_US));
    }
}
