//! One footfall: heel, then toe, each a burst of filtered noise and a ring of what was hit. The table gives every surface its own.

use super::dsp::{Bus, FS, Filter, Noise, decay60, pan_gains, sine};
use super::scene::Surface;

/// How a surface answers a foot.
#[derive(Clone, Copy, Debug)]
struct Answer {
    /// Centre and width of the noise.
    hertz: f32,
    q: f32,
    /// Peak of the noise, and its seconds of decay by 60 dB.
    noise: f32,
    decay: f32,
    /// Seconds over which the noise swells: soft ground gives way slowly.
    attack: f32,
    /// How crumbly, 0..1: crunch is noise that breaks up.
    crunch: f32,
    /// The ring of the ground below: frequency, peak, seconds of decay.
    ring: (f32, f32, f32),
}

impl Answer {
    fn of(surface: Surface) -> Self {
        let answer = |hertz, q, noise, decay, attack, crunch, ring| Self { hertz, q, noise, decay, attack, crunch, ring };
        match surface {
            Surface::Grass => answer(2600.0, 0.7, 0.10, 0.16, 0.012, 0.35, (88.0, 0.10, 0.09)),
            Surface::Sand => answer(1700.0, 0.6, 0.13, 0.24, 0.025, 0.25, (70.0, 0.07, 0.10)),
            Surface::Snow => answer(1150.0, 0.9, 0.22, 0.26, 0.020, 0.80, (75.0, 0.05, 0.08)),
            Surface::Stone => answer(2300.0, 0.8, 0.17, 0.055, 0.001, 0.0, (640.0, 0.05, 0.05)),
            Surface::Wood => answer(900.0, 0.8, 0.10, 0.07, 0.001, 0.0, (165.0, 0.22, 0.20)),
            Surface::Water => answer(1300.0, 0.6, 0.24, 0.34, 0.015, 0.15, (210.0, 0.06, 0.12)),
        }
    }
}

/// A footfall under way.
#[derive(Clone, Debug)]
pub(super) struct Footstep {
    noise: Noise,
    filter: Filter,
    answer: Answer,
    /// Noise level, its decay; ring level, its decay, its phase.
    level: f32,
    decay: f32,
    ring: f32,
    ring_decay: f32,
    ring_phase: f32,
    /// Grain of the crunch: held for a few frames.
    grain: f32,
    /// Frames since the start; when the toe falls; when the attack ends.
    at: u32,
    since: u32,
    toe: u32,
    gain: f32,
    pan: (f32, f32),
}

impl Footstep {
    /// The `count`th step of a walk: even ones are left. `seed` varies them.
    pub(super) fn new(seed: u64, count: u32, surface: Surface, running: bool) -> Self {
        let mut noise = Noise::new(seed ^ u64::from(count).wrapping_mul(0x9e37_79b9), 111);
        let mut answer = Answer::of(surface);
        let bright = if running { 1.25 } else { 1.0 };
        answer.hertz *= bright * noise.between(0.88, 1.12);
        answer.ring.0 *= noise.between(0.93, 1.07);
        let side = if count.is_multiple_of(2) { -0.22 } else { 0.22 };
        let toe = if running { 0.045 } else { noise.between(0.075, 0.1) };
        Self {
            filter: Filter::new(answer.hertz, answer.q),
            answer,
            level: answer.noise,
            decay: decay60(answer.decay),
            ring: answer.ring.1,
            ring_decay: decay60(answer.ring.2),
            ring_phase: 0.0,
            grain: 1.0,
            at: 0,
            since: 0,
            toe: (toe * FS) as u32,
            gain: if running { 1.6 } else { 1.0 } * noise.between(0.85, 1.1),
            pan: pan_gains(side),
            noise,
        }
    }

    /// Adds the step; false once it is over.
    pub(super) fn render(&mut self, bus: &mut Bus<'_>) -> bool {
        for frame in 0..bus.frames() {
            if self.at == self.toe {
                // The toe is softer than the heel, and rings less.
                self.level += 0.6 * self.answer.noise;
                self.ring += 0.35 * self.answer.ring.1;
                self.since = 0;
            }
            if self.at > self.toe && self.level < 1e-4 && self.ring < 1e-4 {
                return false;
            }
            if self.at.is_multiple_of(53) {
                let crumble = self.noise.uniform();
                self.grain = 1.0 - self.answer.crunch + self.answer.crunch * 2.2 * crumble * crumble;
            }
            // The toe's attack starts from what the heel left, so nothing jumps.
            let attack = (self.since as f32 / (self.answer.attack * FS)).min(1.0);
            let swell = if self.at >= self.toe { 0.4 + 0.6 * attack } else { attack };
            let burst = self.filter.band(self.noise.white() * self.grain) * self.level * swell;
            let ring = sine(self.ring_phase) * self.ring;
            self.ring_phase = (self.ring_phase + self.answer.ring.0 / FS).fract();
            let sample = (burst + ring) * self.gain;
            bus.left[frame] += sample * self.pan.0;
            bus.right[frame] += sample * self.pan.1;
            bus.send[frame] += sample * 0.3;
            self.level *= self.decay;
            self.ring *= self.ring_decay;
            self.at += 1;
            self.since += 1;
        }
        true
    }
}
