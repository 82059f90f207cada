//! Something falls into water (a burst and its bubbles), and the chime of something that comes into the world.

use super::chirps::{Chirp, Chirps};
use super::dsp::{Bus, FS, Filter, Noise, decay60, pan_gains, unit};

/// The burst of a splash under way.
#[derive(Clone, Debug)]
pub(super) struct Splash {
    noise: Noise,
    filter: Filter,
    level: f32,
    decay: f32,
    attack: f32,
    hertz: f32,
    at: u32,
    pan: (f32, f32),
}

impl Splash {
    /// A splash; its bubbles go to `chirps`.
    pub(super) fn new(seed: u64, size: f32, pan: f32, chirps: &mut Chirps) -> Self {
        let size = unit(size);
        let mut noise = Noise::new(seed, 121);
        for bubble in 0..(3 + (size * 7.0) as usize) {
            let hertz = noise.between(380.0, 1100.0) * (1.4 - 0.7 * size);
            chirps.start(&Chirp {
                hertz: [hertz, hertz * noise.between(1.2, 1.7)],
                seconds: noise.between(0.03, 0.1),
                attack: 0.08,
                gain: 0.07 * (0.4 + 0.6 * size) * noise.between(0.3, 1.0),
                pan: pan + noise.between(-0.2, 0.2),
                delay: 0.05 + 0.045 * bubble as f32 * noise.between(0.6, 1.4),
                ..Chirp::default()
            });
        }
        let hertz = 2600.0 - 1500.0 * size;
        Self {
            filter: Filter::new(hertz, 0.5),
            noise,
            level: 0.16 + 0.4 * size,
            decay: decay60(0.25 + 0.75 * size),
            attack: 1.0 / (FS * (0.004 + 0.012 * size)),
            hertz,
            at: 0,
            pan: pan_gains(pan),
        }
    }

    /// Adds the burst; false once it is over.
    pub(super) fn render(&mut self, bus: &mut Bus<'_>) -> bool {
        for frame in 0..bus.frames() {
            if self.level < 1e-4 {
                return false;
            }
            if self.at.is_multiple_of(240) {
                // Spray falls back finer than it rose.
                self.filter.tune(self.hertz * (1.0 + self.at as f32 / FS), 0.5);
            }
            let swell = (self.at as f32 * self.attack).min(1.0);
            let sample = self.filter.band(self.noise.white()) * self.level * swell;
            bus.left[frame] += sample * self.pan.0;
            bus.right[frame] += sample * self.pan.1;
            bus.send[frame] += sample * 0.3;
            self.level *= self.decay;
            self.at += 1;
        }
        true
    }
}

/// Three rising glassy notes (a fifth and an octave).
pub(super) fn chime(pan: f32, chirps: &mut Chirps) {
    for (index, hertz) in [784.0, 1174.7, 1568.0].into_iter().enumerate() {
        chirps.start(&Chirp {
            hertz: [hertz; 2],
            seconds: 0.9,
            attack: 0.008,
            gain: 0.07,
            overtones: [0.0, 0.18],
            pan,
            send: 0.5,
            delay: 0.085 * index as f32,
            ..Chirp::default()
        });
    }
}
