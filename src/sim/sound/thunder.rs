//! Thunder: near it cracks, far it rumbles long and low, because air swallows the high and echoes stretch the rest.

use super::dsp::{Bus, FS, Filter, Noise, pan_gains};

/// Claps within one roll of thunder.
const CLAPS: usize = 7;

/// Thunder under way.
#[derive(Clone, Debug)]
pub(super) struct Thunder {
    noise: Noise,
    /// Two sources: thunder comes from a channel kilometres long, not from a point.
    filters: [Filter; 2],
    second: [Filter; 2],
    crack_filter: Filter,
    claps: [Clap; CLAPS],
    cutoff: f32,
    /// One-pole factor that rounds the claps' edges.
    rounding: f32,
    rounded: f32,
    crack: f32,
    makeup: f32,
    gain: f32,
    pan: (f32, f32),
    at: u32,
    length: u32,
}

/// One clap: when it starts, its strength, and how it decays per frame.
#[derive(Clone, Copy, Debug, Default)]
struct Clap {
    start: u32,
    level: f32,
    decay: f32,
}

impl Thunder {
    /// Thunder of lightning `distance_m` away; `seed` shapes its roll.
    pub(super) fn new(seed: u64, distance_m: f32, pan: f32) -> Self {
        let distance = if distance_m.is_nan() { 1000.0 } else { distance_m.clamp(30.0, 15_000.0) };
        let km = distance / 1000.0;
        let mut noise = Noise::new(seed, 101);
        let seconds = (3.0 + 1.1 * km).min(9.0);
        let mut claps = [Clap::default(); CLAPS];
        for (index, clap) in claps.iter_mut().enumerate() {
            let first = index == 0;
            let when = if first { 0.0 } else { seconds * 0.62 * noise.uniform() * noise.uniform() };
            *clap = Clap {
                start: (when * FS) as u32,
                level: if first { 1.0 } else { noise.between(0.25, 0.85) * (1.0 - 0.6 * when / seconds) },
                decay: super::dsp::decay60(noise.between(0.8, 1.6) * (1.0 + 0.5 * km.min(4.0))),
            };
        }
        let cutoff = 85.0 + 3200.0 / (1.0 + (km / 0.28).powf(1.5));
        let (l, r) = pan_gains(pan);
        // A far roll fills the sky.
        let focus = 1.0 / (1.0 + km);
        let spread = std::f32::consts::FRAC_1_SQRT_2 * (1.0 - focus);
        Self {
            filters: [Filter::new(cutoff, 0.6); 2],
            second: [Filter::new(cutoff * 1.6, 0.6); 2],
            crack_filter: Filter::new(1400.0, 0.7),
            claps,
            cutoff,
            rounding: 1.0 - (-1.0 / (FS * (0.002 + 0.12 * km.min(3.0)))).exp(),
            rounded: 0.0,
            crack: if km < 1.5 { 0.5 * (1.0 - km / 1.5).powi(2) } else { 0.0 },
            makeup: 1.732 * (FS / 2.0 / (cutoff * 1.1)).sqrt(),
            gain: 0.17 / (1.0 + 0.55 * km),
            pan: (l * focus + spread, r * focus + spread),
            noise,
            at: 0,
            length: (seconds * FS) as u32,
        }
    }

    /// Adds the thunder; false once it is over.
    pub(super) fn render(&mut self, bus: &mut Bus<'_>) -> bool {
        for frame in 0..bus.frames() {
            if self.at >= self.length {
                return false;
            }
            let mut envelope = 0.0;
            for clap in &mut self.claps {
                if self.at >= clap.start {
                    envelope += clap.level;
                    clap.level *= clap.decay;
                }
            }
            self.rounded += (envelope - self.rounded) * self.rounding;
            if self.at.is_multiple_of(480) {
                // The roll darkens while it lasts.
                let gone = self.at as f32 / self.length as f32;
                for channel in 0..2 {
                    let hertz = self.cutoff * (1.0 - 0.75 * gone);
                    self.filters[channel].tune(hertz, 0.6);
                    self.second[channel].tune(hertz * 1.6, 0.6);
                }
            }
            // Fades over the last half second.
            let end = ((self.length - self.at) as f32 * (2.0 / FS)).min(1.0);
            let level = self.rounded * self.gain * self.makeup * end;
            let white = [self.noise.white(), self.noise.white()];
            let crack = if self.crack > 1e-5 {
                self.crack *= 0.999_77;
                self.crack_filter.high(white[0]) * self.crack * self.rounded.min(1.0)
            } else {
                0.0
            };
            let left = self.second[0].low(self.filters[0].low(white[0])) * level + crack;
            let right = self.second[1].low(self.filters[1].low(white[1])) * level + crack;
            bus.left[frame] += left * self.pan.0;
            bus.right[frame] += right * self.pan.1;
            bus.send[frame] += 0.25 * (left + right);
            self.at += 1;
        }
        self.at < self.length
    }
}
