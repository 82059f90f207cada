//! The last stage: the mood's tilt and level, a limiter, and a ceiling that nothing passes.

use super::dsp::{Bus, FS, Ramp, unit};
use super::scene::{MoodTint, SoundScene};

/// Above this the limiter turns everything down.
const THRESHOLD: f32 = 0.8;

/// Above this the ceiling bends; it never reaches more than 1.
const KNEE: f32 = 0.9;

/// Tilt, limiter, ceiling.
#[derive(Clone, Debug)]
pub(super) struct Master {
    low: [f32; 2],
    tilt: Ramp,
    level: Ramp,
    peak: f32,
    tilt_pole: f32,
    attack: f32,
    release: f32,
}

impl Master {
    /// At rest, neutral.
    pub(super) fn new() -> Self {
        let pole = |seconds: f32| 1.0 - (-1.0 / (seconds * FS)).exp();
        Self {
            low: [0.0; 2],
            tilt: Ramp::default(),
            level: Ramp::default(),
            peak: 0.0,
            // Splits at 2 kHz.
            tilt_pole: pole(1.0 / (std::f32::consts::TAU * 2000.0)),
            attack: pole(0.0008),
            release: pole(0.25),
        }
    }

    /// At every tick.
    pub(super) fn tick(&mut self, scene: &SoundScene) {
        let (tilt, level) = match scene.mood {
            MoodTint::Neutral => (0.0, 1.0),
            MoodTint::Calm => (-0.2, 0.75),
            MoodTint::Dramatic => (0.0, 1.15),
            MoodTint::Eerie => (-0.5, 0.9),
            MoodTint::Joyful => (0.4, 1.05),
        };
        // Fresh snow swallows the high.
        self.tilt.aim(tilt - 0.35 * unit(scene.snow), 0.3);
        self.level.aim(level - 1.0, 0.3);
    }

    /// Shapes the bus in place; |sample| ≤ 1 after it.
    pub(super) fn render(&mut self, bus: &mut Bus<'_>) {
        for frame in 0..bus.frames() {
            let (tilt, level) = (self.tilt.next(), 1.0 + self.level.next());
            let [left, right] = [bus.left[frame], bus.right[frame]];
            let mut shaped = [left, right];
            for (channel, sample) in shaped.iter_mut().enumerate() {
                let low = &mut self.low[channel];
                *low += (*sample - *low) * self.tilt_pole;
                if low.abs() < 1e-15 {
                    *low = 0.0;
                }
                *sample = (*sample + tilt * (*sample - *low)) * level;
            }
            let peak = shaped[0].abs().max(shaped[1].abs());
            let pole = if peak > self.peak { self.attack } else { self.release };
            self.peak += (peak - self.peak) * pole;
            if self.peak < 1e-9 {
                self.peak = 0.0;
            }
            let gain = if self.peak > THRESHOLD { THRESHOLD / self.peak } else { 1.0 };
            bus.left[frame] = ceiling(shaped[0] * gain);
            bus.right[frame] = ceiling(shaped[1] * gain);
        }
    }
}

/// Leaves samples below the knee as they are and bends what is above it towards 1.
pub(super) fn ceiling(sample: f32) -> f32 {
    let over = sample.abs() - KNEE;
    if over <= 0.0 {
        return sample;
    }
    let bend = over / (1.0 - KNEE);
    (KNEE + (1.0 - KNEE) * bend / (1.0 + bend)).copysign(sample)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ceiling_leaves_soft_samples_alone_and_never_passes_one() {
        for sample in [0.0, 0.3, -0.89] {
            assert_eq!(ceiling(sample), sample);
        }
        let mut before = 0.0;
        for step in 0..10_000 {
            let bent = ceiling(step as f32 * 0.01);
            assert!(bent >= before && bent <= 1.0);
            assert_eq!(ceiling(-(step as f32) * 0.01), -bent);
            before = bent;
        }
    }
}
