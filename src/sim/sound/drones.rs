//! Sustained tones that breathe: the drone of a desert, of a thin cold air, of a city, of an eerie mood, of another world.

use super::dsp::{Bus, Drift, FS, Noise, Ramp, pan_gains, sine};

/// Partials of one drone.
const PARTIALS: usize = 4;

/// How a drone sounds.
#[derive(Clone, Copy, Debug)]
pub(super) struct Timbre {
    /// Frequencies, in hertz; close pairs beat.
    pub(super) hertz: [f32; PARTIALS],
    /// Peak levels.
    pub(super) gains: [f32; PARTIALS],
    /// Levels of the second and third harmonic.
    pub(super) overtones: [f32; 2],
    /// How often a partial swells, in hertz.
    pub(super) swell: f32,
    /// How far partials glide from their frequency, as a ratio; 0 for none.
    pub(super) glide: f32,
}

struct Partial {
    phase: f32,
    drift: Drift,
    gain: Ramp,
    pace: f32,
    pan: (f32, f32),
}

/// A bank of partials.
pub(super) struct Drone {
    timbre: Timbre,
    partials: [Partial; PARTIALS],
    resting: bool,
}

impl Drone {
    /// A silent drone.
    pub(super) fn new(seed: u64, salt: u64, timbre: Timbre) -> Self {
        let mut noise = Noise::new(seed, salt);
        let mut index = 0;
        let partials = [-0.5, 0.4, -0.2, 0.6].map(|pan: f32| {
            index += 1;
            Partial {
                phase: noise.uniform(),
                drift: Drift::new(seed, salt * 8 + index),
                gain: Ramp::default(),
                pace: timbre.hertz[index as usize - 1] / FS,
                pan: pan_gains(pan),
            }
        });
        Self { timbre, partials, resting: true }
    }

    /// At every tick: how loud, 0 to 1.
    pub(super) fn tick(&mut self, level: f32) {
        if level == 0.0 && self.resting {
            return;
        }
        self.resting = level == 0.0 && self.partials.iter().all(|partial| partial.gain.is_silent());
        for (index, partial) in self.partials.iter_mut().enumerate() {
            let swell = partial.drift.tick(self.timbre.swell);
            partial.gain.aim(self.timbre.gains[index] * level * (0.25 + 0.75 * swell), 0.3);
            partial.pace = self.timbre.hertz[index] / FS * (1.0 + self.timbre.glide * (swell - 0.5));
        }
    }

    /// Adds the drone to the bus.
    pub(super) fn render(&mut self, bus: &mut Bus<'_>) {
        if self.resting {
            return;
        }
        let [second, third] = self.timbre.overtones;
        for partial in &mut self.partials {
            for frame in 0..bus.frames() {
                let phase = partial.phase;
                let sample = sine(phase) + second * sine(2.0 * phase) + third * sine(3.0 * phase);
                let sample = sample * partial.gain.next();
                partial.phase = if phase + partial.pace >= 1.0 { phase + partial.pace - 1.0 } else { phase + partial.pace };
                bus.left[frame] += sample * partial.pan.0;
                bus.right[frame] += sample * partial.pan.1;
            }
        }
    }
}
