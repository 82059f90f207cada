//! Leaves out a stretch of sound behind a cross-fade of 10 ms. A stage of [`super::stretch`]; holds at most those 10 ms.

use super::fade::{fall, rise};
use super::frames::CHANNELS;

/// Frames of the cross-fade.
pub(super) const FADE: usize = 480;

#[derive(Debug)]
pub(super) struct Skip {
    /// The first frames of what is left out, to fade out of.
    tail: Vec<f32>,
    /// Frames to leave out …
    length: usize,
    /// … and how many frames have come since the start of that; at `length + FADE` it is over.
    come: usize,
}

/// What becomes of an input frame.
pub(super) enum Passed {
    /// It goes on, perhaps mixed.
    On([f32; CHANNELS]),
    /// It is left out.
    Out,
}

impl Skip {
    pub(super) fn new() -> Self {
        Self { tail: vec![0.0; FADE * CHANNELS], length: 0, come: FADE }
    }

    /// Leaves out the next `frames`; adds to a stretch that is being left out already. During the cross-fade that ends one, it
    /// begins when that has ended.
    pub(super) fn begin(&mut self, frames: usize) -> bool {
        if frames == 0 {
            return true;
        }
        if self.is_idle() {
            (self.length, self.come) = (frames, 0);
        } else if self.come < self.length {
            self.length += frames;
        } else {
            return false;
        }
        true
    }

    pub(super) fn is_idle(&self) -> bool {
        self.come >= self.length + FADE
    }

    pub(super) fn reset(&mut self) {
        (self.length, self.come) = (0, FADE);
    }

    /// Takes one input frame.
    pub(super) fn pass(&mut self, frame: [f32; CHANNELS]) -> Passed {
        if self.is_idle() {
            return Passed::On(frame);
        }
        let come = self.come;
        self.come += 1;
        if let Some(kept) = self.tail.chunks_exact_mut(CHANNELS).nth(come) {
            kept.copy_from_slice(&frame);
        }
        let Some(at) = come.checked_sub(self.length) else { return Passed::Out };
        let (old, new) = (fall(at, FADE), rise(at, FADE));
        Passed::On(std::array::from_fn(|channel| self.tail[at * CHANNELS + channel] * old + frame[channel] * new))
    }
}
