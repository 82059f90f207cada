//! Leaves out a stretch of sound behind a cross-fade of 10 ms, at a place where what comes is like what was going on. A stage of
//! [`super::stretch`]: works on its tape, and holds of what is left out no more than the search needs.

use super::frames::CHANNELS;
use super::likeness::search;
use super::sinc::HALF;
use super::tape::Tape;

/// Frames of the cross-fade.
const FADE: usize = 480;

/// A skip may be this much shorter than asked for if that makes a better join: one period of 67 Hz.
const SEARCH: usize = 720;

/// Frames before the join that must be alike as well.
const CONTEXT: usize = 240;

/// What the whole of the search costs in likeness: of equal joins the one nearest to what was asked for.
const SHORTFALL: f32 = 0.15;

#[derive(Debug, Default)]
pub(super) struct Skip {
    /// Frames of input still to leave out.
    left: usize,
    /// Where on the tape the skip begins; `None` while nothing waits to be joined.
    cut: Option<usize>,
    /// Where on the tape the sound behind it begins, once `left` is 0.
    resume: usize,
}

impl Skip {
    pub(super) fn reset(&mut self) {
        *self = Self::default();
    }

    /// Whether a join is waited for: nothing may be read until then.
    pub(super) fn is_waiting(&self) -> bool {
        self.cut.is_some()
    }

    /// Leaves out the next `frames` of input; adds to a skip that is not joined yet. `plain`: the sound is interrupted anyway, so
    /// no join is wanted.
    pub(super) fn begin(&mut self, frames: usize, tape: &Tape, plain: bool) {
        if frames == 0 {
            return;
        }
        if self.cut.is_some() && self.left == 0 {
            // What has come since counts as the first of the new frames.
            let known = (tape.len() - self.resume).min(frames);
            self.resume += known;
            self.left = frames - known;
        } else {
            self.left += frames;
            if self.cut.is_none() && !plain {
                self.cut = Some(tape.len());
            }
        }
    }

    /// Takes input on to the tape, and joins what has been waiting.
    pub(super) fn take(&mut self, input: &[f32], tape: &mut Tape) {
        let frames = (input.len() / CHANNELS).min(self.left);
        let (out, on) = input.split_at(frames * CHANNELS);
        self.left -= frames;
        if let Some(cut) = self.cut {
            tape.push(out);
            // Of a long skip only its edges are needed.
            let (head, tail) = (FADE + HALF, SEARCH + CONTEXT);
            let middle = if frames > 0 { (tape.len() - cut).saturating_sub(head + tail) } else { 0 };
            if middle > 0 {
                tape.cut(cut + head, middle);
            }
            if frames > 0 {
                self.resume = tape.len();
            }
        } else {
            tape.pass(frames);
        }
        tape.push(on);
        self.join(tape);
    }

    /// The sound is interrupted: no join any more. Takes what was left out so far off the tape, and returns where on it the sound
    /// before ends and that behind begins.
    pub(super) fn interrupt(&mut self, tape: &mut Tape) -> usize {
        let Some(cut) = self.cut.take() else { return tape.len() };
        let to = if self.left == 0 { self.resume } else { tape.len() };
        tape.cut(cut, to - cut);
        cut
    }

    /// Where on the tape the sound before a skip ends.
    pub(super) fn end_of_sound(&self, tape: &Tape) -> usize {
        self.cut.unwrap_or(tape.len())
    }

    fn join(&mut self, tape: &mut Tape) {
        let Some(cut) = self.cut.filter(|_| self.left == 0 && tape.len() >= self.resume + FADE) else { return };
        self.cut = None;
        let window = |from: usize| &tape.from(from - CONTEXT)[..(CONTEXT + FADE) * CHANNELS];
        let asked = self.resume - cut;
        let best = search(
            window(cut),
            asked.saturating_sub(SEARCH),
            asked,
            |lag| window(cut + lag),
            |lag| -SHORTFALL * (asked - lag) as f32 / SEARCH as f32,
        );
        let (frames, alike) = best.unwrap_or((asked, 0.0));
        tape.take_out(cut, frames, FADE, alike);
    }
}
