//! The room around the listener: a feedback delay network (Jot and Chaigne, 1991) of four lines with a Householder matrix.

use super::dsp::{Bus, Ramp, unit};

/// Lengths of the lines in frames: 23 to 61 ms, mutually prime.
const LENGTHS: [usize; 4] = [1117, 1559, 2129, 2953];

/// The reverberation.
pub(super) struct Space {
    lines: [Vec<f32>; 4],
    heads: [usize; 4],
    dull: [f32; 4],
    feedback: [Ramp; 4],
    wet: Ramp,
    damping: Ramp,
}

impl Space {
    /// A silent space.
    pub(super) fn new() -> Self {
        Self {
            lines: LENGTHS.map(|length| vec![0.0; length]),
            heads: [0; 4],
            dull: [0.0; 4],
            feedback: [Ramp::default(); 4],
            wet: Ramp::default(),
            damping: Ramp::default(),
        }
    }

    /// At every tick: 0 is an open field, 1 a cave.
    pub(super) fn tick(&mut self, space: f32) {
        let space = unit(space);
        // Half a second in the open (trees, hills), four in a cave.
        let seconds = 0.5 + 3.5 * space;
        for (ramp, length) in self.feedback.iter_mut().zip(LENGTHS) {
            ramp.aim(super::dsp::decay60(seconds).powi(length as i32), 0.2);
        }
        self.wet.aim(0.1 + 0.55 * space, 0.2);
        self.damping.aim(0.42 - 0.2 * space, 0.2);
    }

    /// Adds the answer to what was sent to the bus.
    pub(super) fn render(&mut self, bus: &mut Bus<'_>) {
        for frame in 0..bus.frames() {
            let damping = self.damping.next();
            let wet = self.wet.next();
            let mut out = [0.0; 4];
            for (line, out) in out.iter_mut().enumerate() {
                let dull = &mut self.dull[line];
                let sample = self.lines[line][self.heads[line]];
                *dull += (sample - *dull) * (1.0 - damping);
                if dull.abs() < 1e-15 {
                    // Keeps the tail from dying in denormals, which are slow.
                    *dull = 0.0;
                }
                *out = *dull * self.feedback[line].next();
            }
            let half = 0.5 * (out[0] + out[1] + out[2] + out[3]);
            for (line, out) in out.into_iter().enumerate() {
                self.lines[line][self.heads[line]] = bus.send[frame] + out - half;
                self.heads[line] += 1;
                if self.heads[line] == LENGTHS[line] {
                    self.heads[line] = 0;
                }
            }
            bus.left[frame] += wet * (out[0] + out[2]);
            bus.right[frame] += wet * (out[1] + out[3]);
        }
    }
}
