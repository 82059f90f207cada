//! Two textures that most natural sounds are made of: a band of noise, and grains (sparse impulses ringing in resonators).

use super::dsp::{Bus, FS, Filter, Noise, Ramp, TICK_SECONDS};

/// What a band of noise lets through.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Pass {
    /// Everything below the cutoff.
    Low,
    /// Around the centre.
    Band,
    /// Everything above the cutoff.
    High,
}

/// Filtered noise, one source per channel, whose loudness stays put while its band moves.
#[derive(Clone, Debug)]
pub(super) struct Band {
    pass: Pass,
    noise: [Noise; 2],
    filters: [Filter; 2],
    gains: [Ramp; 2],
}

impl Band {
    /// A silent band.
    pub(super) fn new(seed: u64, salt: u64, pass: Pass) -> Self {
        Self {
            pass,
            noise: [Noise::new(seed, salt * 2), Noise::new(seed, salt * 2 + 1)],
            filters: [Filter::new(500.0, 0.7); 2],
            gains: [Ramp::default(); 2],
        }
    }

    /// At every tick: the band, and the loudness (rms of full scale) of each channel, reached over `glide` seconds.
    pub(super) fn tick(&mut self, hertz: f32, q: f32, rms: [f32; 2], glide: f32) {
        if rms == [0.0; 2] && self.is_silent() {
            return;
        }
        // White noise spreads its power evenly: what a filter leaves of it goes with the root of its noise bandwidth.
        let width = match self.pass {
            Pass::Low => hertz * 1.3,
            Pass::Band => hertz * 1.57 / q,
            Pass::High => FS / 2.0 - hertz,
        };
        let makeup = 1.732 * (FS / 2.0 / width.clamp(20.0, FS / 2.0)).sqrt();
        for (channel, rms) in rms.into_iter().enumerate() {
            self.filters[channel].tune(hertz, q);
            self.gains[channel].aim(rms * makeup, glide);
        }
    }

    fn is_silent(&self) -> bool {
        self.gains.iter().all(Ramp::is_silent)
    }

    /// Adds the band to the bus.
    pub(super) fn render(&mut self, bus: &mut Bus<'_>) {
        if self.is_silent() {
            return;
        }
        for (channel, out) in [&mut *bus.left, &mut *bus.right].into_iter().enumerate() {
            let (noise, filter, gain) = (&mut self.noise[channel], &mut self.filters[channel], &mut self.gains[channel]);
            match self.pass {
                Pass::Low => out.iter_mut().for_each(|out| *out += filter.low(noise.white()) * gain.next()),
                Pass::Band => out.iter_mut().for_each(|out| *out += filter.band(noise.white()) * gain.next()),
                Pass::High => out.iter_mut().for_each(|out| *out += filter.high(noise.white()) * gain.next()),
            }
        }
    }
}

/// Resonators per channel.
const RINGS: usize = 3;

/// Random impulses that ring: raindrops, grains of sand.
#[derive(Clone, Debug)]
pub(super) struct Grains {
    noise: [Noise; 2],
    rings: [[Filter; RINGS]; 2],
    /// An impulse strikes where 32 random bits fall below this.
    threshold: u32,
    gain: Ramp,
}

impl Grains {
    /// Silent grains that ring at the given frequencies; the right channel a little higher than the left.
    pub(super) fn new(seed: u64, salt: u64, hertz: [f32; RINGS], q: f32) -> Self {
        Self {
            noise: [Noise::new(seed, salt * 2), Noise::new(seed, salt * 2 + 1)],
            rings: [hertz.map(|hertz| Filter::new(hertz, q)), hertz.map(|hertz| Filter::new(hertz * 1.07, q))],
            threshold: 0,
            gain: Ramp::default(),
        }
    }

    /// At every tick: strikes a second on each channel, and how loud they are.
    pub(super) fn tick(&mut self, per_second: f32, gain: f32, glide: f32) {
        self.threshold = (per_second.clamp(0.0, FS) / FS * u32::MAX as f32) as u32;
        self.gain.aim(gain, glide);
    }

    /// Adds the grains to the bus.
    pub(super) fn render(&mut self, bus: &mut Bus<'_>) {
        if self.gain.is_silent() {
            return;
        }
        for frame in 0..bus.frames() {
            let gain = self.gain.next();
            let out = [0, 1].map(|channel: usize| {
                let bits = self.noise[channel].bits();
                let (mut strike, mut struck) = (0.0, RINGS);
                if bits < self.threshold {
                    // Most drops are small: the cube leaves a few that stand out.
                    let size = self.noise[channel].uniform();
                    strike = 0.15 + size * size * size;
                    struck = bits as usize % RINGS;
                }
                let mut sum = 0.0;
                for (index, ring) in self.rings[channel].iter_mut().enumerate() {
                    sum += ring.band(if index == struck { strike } else { 0.0 });
                }
                sum
            });
            bus.left[frame] += out[0] * gain;
            bus.right[frame] += out[1] * gain;
        }
    }
}

/// Seconds until the next of randomly spaced things, counted in ticks: at least half and at most one and a half times the mean.
#[derive(Clone, Debug)]
pub(super) struct Timer {
    left: f32,
}

impl Timer {
    /// First due after `seconds`.
    pub(super) fn new(seconds: f32) -> Self {
        Self { left: seconds }
    }

    /// At every tick: whether it is due; if so it is set again to `next()` seconds.
    pub(super) fn due(&mut self, next: impl FnOnce() -> f32) -> bool {
        self.left -= TICK_SECONDS;
        if self.left > 0.0 {
            return false;
        }
        self.left = next();
        true
    }
}
