//! Decoded sound on its way to the device: pieces of media, first in, first out.

use std::collections::VecDeque;

use super::super::recorder::Heard;
use super::super::unit::Unit;

/// Frames per microsecond of media at 48 kHz.
const FRAMES_PER_US: f64 = 0.048;

/// Frames of sound, in order. Bounded by whoever fills it.
#[derive(Clone, Debug, Default)]
pub(super) struct Fifo {
    pieces: VecDeque<(usize, Heard)>,
    frames: usize,
}

/// The frames of a sound packet at 48 kHz.
pub(super) fn frames_of(unit: &Unit) -> usize {
    (unit.duration_us as f64 * FRAMES_PER_US).round() as usize
}

/// So many milliseconds in frames at 48 kHz.
pub(super) const fn frames_in_ms(ms: usize) -> usize {
    48 * ms
}

impl Fifo {
    pub(super) fn len(&self) -> usize {
        self.frames
    }

    /// A whole packet at its own speed.
    pub(super) fn push_unit(&mut self, unit: &Unit) {
        self.push(frames_of(unit), Heard::Media { pts_us: unit.pts_us as f64, speed: 1.0 });
    }

    pub(super) fn push(&mut self, frames: usize, heard: Heard) {
        if frames > 0 {
            self.pieces.push_back((frames, heard));
            self.frames += frames;
        }
    }

    /// Everything of another behind what is there.
    pub(super) fn append(&mut self, other: &mut Self) {
        self.pieces.append(&mut other.pieces);
        self.frames += std::mem::take(&mut other.frames);
    }

    /// Drops the oldest frames, as many as there are at most.
    pub(super) fn skip(&mut self, frames: usize) {
        self.each(frames, |_, _| ());
    }

    /// Takes the oldest frames, as many as there are at most; how many it took.
    pub(super) fn take(&mut self, frames: usize, out: &mut Vec<(usize, Heard)>) -> usize {
        self.each(frames, |frames, heard| out.push((frames, heard)))
    }

    fn each(&mut self, frames: usize, mut with: impl FnMut(usize, Heard)) -> usize {
        let mut wanted = frames;
        while wanted > 0
            && let Some((left, heard)) = self.pieces.front_mut()
        {
            let taken = wanted.min(*left);
            with(taken, *heard);
            (wanted, *left, self.frames) = (wanted - taken, *left - taken, self.frames - taken);
            if let Heard::Media { pts_us, speed } = heard {
                *pts_us += taken as f64 * *speed / FRAMES_PER_US;
            }
            if *left == 0 {
                self.pieces.pop_front();
            }
        }
        frames - wanted
    }
}
