//! Sound on its way through a [`super::stretch`]: frames around the point that is read, each with the input frame that it stands
//! for. It is cut and joined in place, ahead of the reading point, and the places tell ever after what became of media time.
//! Decides nothing: [`super::tempo`] and [`super::skip`] do.

use super::fade::matched;
use super::frames::CHANNELS;
use super::sinc::{HALF, Sinc};

/// Frames behind the reading point that are kept: the longest piece that is played twice, and what goes before it.
pub(super) const BEHIND: usize = 960;

/// Frames of a block that need no more memory than is there from the start.
const USUAL_BLOCK: usize = 5760;

/// Frames that may be held ahead of the reading point, or be put in, on top of a block.
const HELD: usize = 4800;

/// The longest piece that a join rewrites.
const LONGEST_JOIN: usize = 1440;

pub(super) struct Tape {
    sinc: Sinc,
    /// Interleaved.
    frames: Vec<f32>,
    /// The input frame that each frame stands for.
    places: Vec<f64>,
    /// The input frame that comes next.
    next: f64,
    /// Where to read next, in frames of the tape, with fraction.
    at: f64,
    /// A piece that is being copied.
    copy: Vec<f32>,
}

impl std::fmt::Debug for Tape {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Tape").field("frames", &self.len()).field("at", &self.at).field("next", &self.next).finish()
    }
}

impl Tape {
    pub(super) fn new() -> Self {
        let most = BEHIND + HELD + USUAL_BLOCK;
        let mut tape = Self {
            sinc: Sinc::new(1.0),
            frames: Vec::with_capacity(most * CHANNELS),
            places: Vec::with_capacity(most),
            next: 0.0,
            at: 0.0,
            copy: Vec::with_capacity(LONGEST_JOIN * CHANNELS),
        };
        tape.reset();
        tape
    }

    /// Silence behind, nothing ahead, and frame 0 comes next.
    pub(super) fn reset(&mut self) {
        self.frames.clear();
        self.frames.resize(BEHIND * CHANNELS, 0.0);
        self.places.clear();
        self.places.extend((0..BEHIND).map(|frame| frame as f64 - BEHIND as f64));
        (self.next, self.at) = (0.0, BEHIND as f64);
    }

    /// Puts interleaved input behind what is there.
    pub(super) fn push(&mut self, input: &[f32]) {
        let frames = input.len() / CHANNELS;
        self.frames.extend_from_slice(&input[..frames * CHANNELS]);
        for _ in 0..frames {
            self.places.push(self.next);
            self.next += 1.0;
        }
    }

    /// Lets `frames` of input go by without taking them in.
    pub(super) fn pass(&mut self, frames: usize) {
        self.next += frames as f64;
    }

    /// Frames on the tape.
    pub(super) fn len(&self) -> usize {
        self.places.len()
    }

    /// The first frame that the reading point does not touch yet: from here on the tape may be cut.
    pub(super) fn free(&self) -> usize {
        (self.at as usize + HALF).min(self.len())
    }

    /// Frames that can be read at nominal speed.
    pub(super) fn readable(&self) -> usize {
        self.len().saturating_sub(self.at as usize + HALF)
    }

    /// Interleaved frames from `from` on.
    pub(super) fn from(&self, from: usize) -> &[f32] {
        &self.frames[(from * CHANNELS).min(self.frames.len())..]
    }

    /// Interleaved frames from the one on that is read next.
    pub(super) fn ahead(&self) -> &[f32] {
        self.from(self.at as usize)
    }

    /// Reads a frame and goes on by `rate` frames. Only where [`Tape::readable`] says so.
    pub(super) fn read(&mut self, rate: f64) -> [f32; CHANNELS] {
        let (whole, fraction) = (self.at as usize, self.at.fract());
        let around = &self.frames[(whole + 1 - HALF) * CHANNELS..][..2 * HALF * CHANNELS];
        let frame = self.sinc.read(around, fraction);
        self.at += rate;
        frame
    }

    /// The input frame that the next frame to read stands for, with fraction.
    pub(super) fn place(&self) -> f64 {
        let (whole, fraction) = (self.at as usize, self.at.fract());
        let here = self.place_of(whole);
        here + (self.place_of(whole + 1) - here) * fraction
    }

    /// Goes on reading at a frame.
    pub(super) fn read_from(&mut self, frame: usize) {
        self.at = frame as f64;
    }

    /// Frames that can be read before `end`.
    pub(super) fn readable_until(&self, end: usize) -> usize {
        self.readable().min(end.saturating_sub(self.at as usize))
    }

    /// Drops `frames` from `from` on without a join.
    pub(super) fn cut(&mut self, from: usize, frames: usize) {
        let to = (from + frames).min(self.len());
        self.frames.drain(from * CHANNELS..to * CHANNELS);
        self.places.drain(from..to);
    }

    /// Takes out `frames`: from `at` on the sound fades, over `fade` frames, into what lies so many frames later.
    pub(super) fn take_out(&mut self, at: usize, frames: usize, fade: usize, alike: f32) {
        debug_assert!(at + frames + fade <= self.len());
        let (first, last) = (self.place_of(at), self.place_of(at + frames + fade));
        for index in 0..fade {
            let (old, new) = matched(index, fade, alike);
            for channel in 0..CHANNELS {
                let from = self.frames[(at + frames + index) * CHANNELS + channel];
                let sample = &mut self.frames[(at + index) * CHANNELS + channel];
                *sample = *sample * old + from * new;
            }
        }
        self.cut(at + fade, frames);
        self.lay(at, fade, first, last);
    }

    /// Puts in `frames`: from `at` on the sound fades, over `fade` frames, into what lies so many frames earlier, and goes on there.
    pub(super) fn put_in(&mut self, at: usize, frames: usize, fade: usize, alike: f32) {
        debug_assert!(frames <= at && at + fade <= self.len() && frames + fade <= LONGEST_JOIN);
        let (first, last) = (self.place_of(at), self.place_of(at + fade));
        self.copy.clear();
        self.copy.extend_from_slice(&self.frames[(at - frames) * CHANNELS..(at + fade) * CHANNELS]);
        let end = self.len();
        self.frames.resize((end + frames) * CHANNELS, 0.0);
        self.places.resize(end + frames, 0.0);
        self.frames.copy_within(at * CHANNELS..end * CHANNELS, (at + frames) * CHANNELS);
        self.places.copy_within(at..end, at + frames);
        let joined = &mut self.frames[at * CHANNELS..(at + frames + fade) * CHANNELS];
        joined.copy_from_slice(&self.copy);
        for index in 0..fade {
            let (old, new) = matched(index, fade, alike);
            for channel in 0..CHANNELS {
                let leaving = self.copy[(frames + index) * CHANNELS + channel];
                let sample = &mut joined[index * CHANNELS + channel];
                *sample = leaving * old + *sample * new;
            }
        }
        self.lay(at, frames + fade, first, last);
    }

    /// Forgets what lies further behind than is ever needed again.
    pub(super) fn forget(&mut self) {
        let done = (self.at as usize).min(self.len()).saturating_sub(BEHIND);
        self.cut(0, done);
        self.at -= done as f64;
    }

    fn place_of(&self, frame: usize) -> f64 {
        self.places.get(frame).copied().unwrap_or(self.next + frame.saturating_sub(self.len()) as f64)
    }

    /// Spreads the places between `first` and `last` over `frames`, so that media time neither jumps nor goes back.
    fn lay(&mut self, at: usize, frames: usize, first: f64, last: f64) {
        for (index, place) in self.places[at..at + frames].iter_mut().enumerate() {
            *place = first + (last - first) * index as f64 / frames as f64;
        }
    }
}
