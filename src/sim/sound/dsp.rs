//! The synthesiser's small parts: noise, a state variable filter, ramps, slow random motion, panning, a cheap sine. Every one
//! carries its state sample by sample, so results never depend on how time is cut into blocks. No allocation, no clock.

use std::f32::consts::PI;

/// Samples per second and channel.
pub const RATE: u32 = 48_000;

/// The same, as the filters need it.
pub(super) const FS: f32 = RATE as f32;

/// Frames between two control ticks: 1 ms. Parameters are read at ticks and ramped in between.
pub(super) const TICK: usize = 48;

/// Seconds between two control ticks.
pub(super) const TICK_SECONDS: f32 = TICK as f32 / FS;

/// One chunk of sound under way, at most a tick long: stereo, and a mono send to the reverberation. All three have one length.
pub(super) struct Bus<'a> {
    /// Left.
    pub(super) left: &'a mut [f32],
    /// Right.
    pub(super) right: &'a mut [f32],
    /// What the space answers to.
    pub(super) send: &'a mut [f32],
}

impl Bus<'_> {
    /// Frames in the chunk.
    pub(super) fn frames(&self) -> usize {
        self.left.len()
    }
}

/// A level from outside made safe: NaN reads as 0, the rest is clamped to 0..=1.
pub(super) fn unit(value: f32) -> f32 {
    if value.is_nan() { 0.0 } else { value.clamp(0.0, 1.0) }
}

/// Gains (left, right) of an equal-power pan. `pan` is clamped to ±0.85: no ear is ever left without the sound, so an onset can be
/// measured on either channel. NaN reads as the middle.
pub(super) fn pan_gains(pan: f32) -> (f32, f32) {
    let pan = if pan.is_nan() { 0.0 } else { pan.clamp(-0.85, 0.85) };
    let angle = (pan + 1.0) * PI / 4.0;
    (angle.cos(), angle.sin())
}

/// The per-sample factor of an exponential decay by 60 dB over `seconds`.
pub(super) fn decay60(seconds: f32) -> f32 {
    (-6.907_755 / (seconds.max(1e-4) * FS)).exp()
}

/// sin(2π·phase) for a phase in cycles: a parabola with one refinement, within 0.0011 of the true sine. Far cheaper than
/// `f32::sin`, and the same on every platform.
pub(super) fn sine(phase: f32) -> f32 {
    let x = phase - phase.floor() - 0.5;
    let y = -16.0 * x * (0.5 - x.abs());
    y * (0.775 + 0.225 * y.abs())
}

/// A small random generator (xorshift32, Marsaglia 2003): noise needs speed and a long enough period, not secrecy.
#[derive(Clone, Debug)]
pub(super) struct Noise(u32);

impl Noise {
    /// A generator for one part of the synthesiser: `salt` keeps parts of one seed apart (splitmix64 finaliser).
    pub(super) fn new(seed: u64, salt: u64) -> Self {
        let mut z = seed.wrapping_add(salt.wrapping_mul(0x9e37_79b9_7f4a_7c15)).wrapping_add(0x9e37_79b9_7f4a_7c15);
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        // Zero is xorshift's fixed point.
        Self(((z ^ (z >> 31)) >> 16) as u32 | 1)
    }

    /// The next 32 bits.
    pub(super) fn bits(&mut self) -> u32 {
        let mut x = self.0;
        x ^= x << 13;
        x ^= x >> 17;
        x ^= x << 5;
        self.0 = x;
        x
    }

    /// White noise in −1..1 (rms 0.577).
    pub(super) fn white(&mut self) -> f32 {
        self.bits() as i32 as f32 * (1.0 / 2_147_483_648.0)
    }

    /// Uniform in 0..1.
    pub(super) fn uniform(&mut self) -> f32 {
        (self.bits() >> 8) as f32 * (1.0 / 16_777_216.0)
    }

    /// Uniform between two values.
    pub(super) fn between(&mut self, low: f32, high: f32) -> f32 {
        low + (high - low) * self.uniform()
    }
}

/// A state variable filter in trapezoidal form (A. Simper, "Linear trapezoidal integrated SVF", 2013): stays stable while its
/// cutoff moves.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Filter {
    k: f32,
    a1: f32,
    a2: f32,
    a3: f32,
    ic1: f32,
    ic2: f32,
}

impl Filter {
    /// A filter at rest.
    pub(super) fn new(hertz: f32, q: f32) -> Self {
        let mut filter = Self::default();
        filter.tune(hertz, q);
        filter
    }

    /// Moves cutoff and resonance; the state stays.
    pub(super) fn tune(&mut self, hertz: f32, q: f32) {
        let g = (PI * hertz.clamp(10.0, 20_000.0) / FS).tan();
        self.k = 1.0 / q;
        self.a1 = 1.0 / (1.0 + g * (g + self.k));
        self.a2 = g * self.a1;
        self.a3 = g * self.a2;
    }

    /// One sample in; low-pass, band-pass (0 dB at its centre) and high-pass out.
    #[inline]
    fn step(&mut self, input: f32) -> (f32, f32, f32) {
        let v3 = input - self.ic2;
        let v1 = self.a1 * self.ic1 + self.a2 * v3;
        let v2 = self.ic2 + self.a2 * self.ic1 + self.a3 * v3;
        self.ic1 = 2.0 * v1 - self.ic1;
        self.ic2 = 2.0 * v2 - self.ic2;
        (v2, v1 * self.k, input - self.k * v1 - v2)
    }

    /// Low-passed.
    #[inline]
    pub(super) fn low(&mut self, input: f32) -> f32 {
        self.step(input).0
    }

    /// Band-passed.
    #[inline]
    pub(super) fn band(&mut self, input: f32) -> f32 {
        self.step(input).1
    }

    /// High-passed.
    #[inline]
    pub(super) fn high(&mut self, input: f32) -> f32 {
        self.step(input).2
    }
}

/// A value that glides towards its aim: exponentially from tick to tick, linearly in between, so it never jumps.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Ramp {
    value: f32,
    step: f32,
}

impl Ramp {
    /// At every tick: how far to go until the next. `seconds` is the glide's time constant.
    pub(super) fn aim(&mut self, target: f32, seconds: f32) {
        let next = self.value + (target - self.value) * (TICK_SECONDS / seconds).min(1.0);
        if target == 0.0 && self.value.abs() < 1e-5 {
            *self = Self::default();
        } else {
            self.step = (next - self.value) / TICK as f32;
        }
    }

    /// The value for the next sample.
    #[inline]
    pub(super) fn next(&mut self) -> f32 {
        self.value += self.step;
        self.value
    }

    /// The value now.
    #[cfg(test)]
    pub(super) fn value(&self) -> f32 {
        self.value
    }

    /// Whether it rests at zero: its layer then need not run.
    pub(super) fn is_silent(&self) -> bool {
        self.value == 0.0 && self.step == 0.0
    }
}

/// Slow random motion between 0 and 1: smoothed steps between random values, advanced once a tick. Gusts and swells.
#[derive(Clone, Debug)]
pub(super) struct Drift {
    noise: Noise,
    from: f32,
    to: f32,
    phase: f32,
}

impl Drift {
    /// A motion of its own.
    pub(super) fn new(seed: u64, salt: u64) -> Self {
        let mut noise = Noise::new(seed, salt);
        let (from, to, phase) = (noise.uniform(), noise.uniform(), noise.uniform());
        Self { noise, from, to, phase }
    }

    /// The value after one more tick, at `hertz` new values a second.
    pub(super) fn tick(&mut self, hertz: f32) -> f32 {
        self.phase += hertz * TICK_SECONDS;
        if self.phase >= 1.0 {
            self.phase -= 1.0;
            self.from = self.to;
            self.to = self.noise.uniform();
        }
        let smooth = self.phase * self.phase * (3.0 - 2.0 * self.phase);
        self.from + (self.to - self.from) * smooth
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cheap_sine_stays_within_a_thousandth_of_the_true_one() {
        for step in -1000..2000 {
            let phase = step as f32 / 1000.0;
            let error = (sine(phase) - (phase * 2.0 * PI).sin()).abs();
            assert!(error < 1.2e-3, "at phase {phase}: off by {error}");
        }
    }

    #[test]
    fn a_ramp_arrives_and_comes_to_rest_at_zero() {
        let mut ramp = Ramp::default();
        let run = |target: f32, ramp: &mut Ramp| {
            for _ in 0..2000 {
                ramp.aim(target, 0.1);
                for _ in 0..TICK {
                    let before = ramp.value();
                    assert!((ramp.next() - before).abs() < 1e-3);
                }
            }
        };
        run(1.0, &mut ramp);
        assert!((ramp.value() - 1.0).abs() < 1e-3);
        run(0.0, &mut ramp);
        assert!(ramp.is_silent());
    }

    #[test]
    fn parts_of_one_seed_get_different_noise_and_equal_salts_get_equal_noise() {
        let draw = |seed, salt| {
            let mut noise = Noise::new(seed, salt);
            [noise.bits(), noise.bits(), noise.bits()]
        };
        assert_eq!(draw(7, 1), draw(7, 1));
        assert_ne!(draw(7, 1), draw(7, 2));
        assert_ne!(draw(7, 1), draw(8, 1));
    }
}
