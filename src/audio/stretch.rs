//! Small changes of speed, skips and concealment, driven by the playout controller. Time stretching that keeps the pitch (WSOLA)
//! belongs here too and is not built yet; up to 1 % nobody hears the pitch.

use super::conceal::Conceal;
use super::fade::{SHORT, fall, rise};
use super::frames::CHANNELS;
use super::sinc::{HALF, Sinc};
use super::skip::{Passed, Skip};

/// The furthest that the speed may be from nominal.
const MOST: f64 = 0.01;

/// Frames of a block that need no more memory than is there from the start.
const USUAL_BLOCK: usize = 5760;

/// Micro-resampling (±1 %), cross-faded skips and concealment of interleaved stereo at 48 kHz.
///
/// Input passes with a delay of 16 frames (0.33 ms), which [`Stretch::position`] counts. At nominal speed it passes bit by bit.
#[derive(Debug)]
pub struct Stretch {
    sinc: Sinc,
    skip: Skip,
    conceal: Conceal,
    rate: f64,
    /// A skip that waits for the end of the one before.
    waiting: usize,
    /// Frames that stand around the point to read, and behind it.
    pending: Vec<f32>,
    /// Input frame that `pending` begins with.
    start: f64,
    /// Where to read next, in frames of `pending` after its first `HALF - 1`.
    at: f64,
    /// A place in `pending` behind which the input goes on so many frames later.
    jump: Option<(usize, usize)>,
    /// Frames since sound came back after a gap.
    back: usize,
}

impl Default for Stretch {
    fn default() -> Self {
        Self::new()
    }
}

impl Stretch {
    /// At nominal speed, with nothing in hand.
    #[must_use]
    pub fn new() -> Self {
        let mut pending = Vec::with_capacity((USUAL_BLOCK + 4 * HALF) * CHANNELS);
        pending.resize((HALF - 1) * CHANNELS, 0.0);
        Self {
            sinc: Sinc::new(1.0),
            skip: Skip::new(),
            conceal: Conceal::new(),
            rate: 1.0,
            waiting: 0,
            pending,
            start: 1.0 - HALF as f64,
            at: 0.0,
            jump: None,
            back: SHORT,
        }
    }

    /// Input frames consumed per output frame from here on: above 1 catches up. Clamped to 0.99..=1.01; NaN is ignored.
    pub fn rate(&mut self, rate: f64) {
        if !rate.is_nan() {
            self.rate = rate.clamp(1.0 - MOST, 1.0 + MOST);
        }
    }

    /// Drops the next `frames` of input, cross-fading over 10 ms. Output pauses until that much input has come. A skip during
    /// another adds to it.
    pub fn skip(&mut self, frames: usize) {
        self.waiting += frames;
    }

    /// Processes a block of interleaved input and appends what it yields to `out`, which allocates only while it grows.
    pub fn process(&mut self, input: &[f32], out: &mut Vec<f32>) {
        for frame in input.chunks_exact(CHANNELS) {
            if self.waiting > 0 && self.skip.begin(self.waiting) {
                self.note_jump(self.waiting);
                self.waiting = 0;
            }
            if let Passed::On(frame) = self.skip.pass([frame[0], frame[1]]) {
                self.pending.extend_from_slice(&frame);
            }
        }
        let before = out.len();
        self.read(out);
        self.fade_in(&mut out[before..]);
        self.conceal.hear(&out[before..]);
        self.forget();
    }

    /// Appends `frames` that stand in for sound that has not come: a repetition of the last pitch period that fades from 40 ms
    /// after the gap's start on and is silent by 120 ms. The next [`Stretch::process`] cross-fades back over 5 ms.
    pub fn conceal(&mut self, frames: usize, out: &mut Vec<f32>) {
        for _ in 0..frames {
            let frame = self.conceal.next();
            out.extend_from_slice(&frame);
        }
        if frames > 0 {
            self.back = 0;
        }
    }

    /// Input frames behind the next output frame, with fraction: dropped frames count, concealment does not. The media time of
    /// output follows from it.
    #[must_use]
    pub fn position(&self) -> f64 {
        let jumped = self.jump.filter(|(place, _)| self.at + (HALF - 1) as f64 >= *place as f64).map_or(0, |(_, by)| by);
        self.start + (HALF - 1) as f64 + self.at + jumped as f64
    }

    /// Forgets the sound before and counts from 0 again: for a new epoch. The rate stays.
    pub fn reset(&mut self) {
        self.pending.clear();
        self.pending.resize((HALF - 1) * CHANNELS, 0.0);
        (self.start, self.at, self.jump, self.waiting, self.back) = (1.0 - HALF as f64, 0.0, None, 0, SHORT);
        self.skip.reset();
        self.conceal.reset();
    }

    fn note_jump(&mut self, by: usize) {
        let here = self.pending.len() / CHANNELS;
        // A second skip within the first one's frames adds to it; none can come while an older jump is still unread, for a
        // cross-fade is longer than the kernel.
        match &mut self.jump {
            Some((place, length)) if *place == here => *length += by,
            jump => *jump = Some((here, by)),
        }
    }

    fn read(&mut self, out: &mut Vec<f32>) {
        let frames = self.pending.len() / CHANNELS;
        while self.at as usize + 2 * HALF <= frames {
            let (whole, fraction) = (self.at as usize, self.at.fract());
            let frame = self.sinc.read(&self.pending[whole * CHANNELS..][..2 * HALF * CHANNELS], fraction);
            out.extend_from_slice(&frame);
            self.at += self.rate;
        }
    }

    /// Leaves a gap: what would have gone on in it fades out under the sound that fades in.
    fn fade_in(&mut self, sound: &mut [f32]) {
        if !self.conceal.is_in_gap() {
            return;
        }
        for frame in sound.chunks_exact_mut(CHANNELS).take(SHORT - self.back) {
            let (new, old) = (rise(self.back, SHORT), fall(self.back, SHORT));
            for (sample, repeated) in frame.iter_mut().zip(self.conceal.next()) {
                *sample = *sample * new + repeated * old;
            }
            self.back += 1;
        }
        if self.back >= SHORT {
            self.conceal.end();
        }
    }

    fn forget(&mut self) {
        let done = (self.at as usize).min(self.pending.len() / CHANNELS);
        self.pending.drain(..done * CHANNELS);
        self.at -= done as f64;
        self.start += done as f64;
        if let Some((place, by)) = self.jump {
            self.jump = match place.checked_sub(done) {
                Some(place) if place > HALF - 1 => Some((place, by)),
                _ => {
                    self.start += by as f64;
                    None
                }
            };
        }
    }
}
