//! Changes of speed, skips and concealment, driven by the playout controller: the face of [`super::tempo`], [`super::skip`] and
//! [`super::conceal`], which work on one [`super::tape`]. When to do what is not decided here.

use super::conceal::Conceal;
use super::fade::{SHORT, matched};
use super::frames::CHANNELS;
use super::likeness::{likeness, search};
use super::skip::Skip;
use super::tape::Tape;
use super::tempo::{GRAIN, Tempo};

/// Frames behind a gap that are compared with what stands in for the sound: with those around the reading point, what a first
/// block of 5 ms has.
const MEET: usize = 208;

/// By so many frames at most the sound behind a gap comes later so that it falls in with what stands in for it.
const LATER: usize = 480;

/// Likeness below which nothing falls in with anything.
const ALIKE: f32 = 0.5;

/// What the longest such delay costs in likeness.
const DELAY_COST: f32 = 0.1;

/// Changes of speed, cross-faded skips and concealment of interleaved stereo at 48 kHz.
///
/// Within 1 % of nominal speed sound is resampled: it passes with a delay of 16 frames (0.33 ms), at nominal speed bit by bit.
/// Beyond, up to 20 %, whole pitch periods are taken out or put in and the rest stays as it is. Taking out needs to look ahead:
/// up to 15 ms of input stay inside while a speed above 1.01 is asked for
/// (30 while a piece is being taken out), and come out at once when it is not: whoever computes a lateness from what was given must
/// take off what [`Stretch::position`] says is still inside. In all of this
/// [`Stretch::position`] says exactly which input stands behind the next output.
///
/// Memory is bounded by the blocks that are given and grows for none that is shorter than 120 ms.
#[derive(Debug)]
pub struct Stretch {
    tape: Tape,
    tempo: Tempo,
    skip: Skip,
    conceal: Conceal,
    /// Frames since sound came back after a gap; `None` while it is waited for.
    back: Option<usize>,
    /// How alike the sound behind a gap and what stood in for it are.
    alike: f32,
    /// What would go on sounding in a gap.
    going: Vec<f32>,
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
        Self {
            tape: Tape::new(),
            tempo: Tempo::new(),
            skip: Skip::default(),
            conceal: Conceal::new(),
            back: None,
            alike: 0.0,
            going: Vec::with_capacity((MEET + LATER) * CHANNELS),
        }
    }

    /// Input frames consumed per output frame from here on: above 1 catches up. Clamped to 0.8..=1.2; NaN is ignored.
    ///
    /// Up to 1 % from nominal the speed is exact at once. Beyond, it is the mean over pieces of up to 15 ms, of which the first
    /// comes at once if the sound allows; where it does not, at most 30 ms are owed.
    pub fn rate(&mut self, rate: f64) {
        if !rate.is_nan() {
            self.tempo.ask(rate);
        }
    }

    /// Drops the next `frames` of input, or up to 15 ms less where that joins better, cross-fading over 10 ms. Output pauses until
    /// that much input and 10 ms more have come. A skip during another adds to it.
    pub fn skip(&mut self, frames: usize) {
        self.skip.begin(frames, &self.tape, self.conceal.is_in_gap() && self.back.is_none());
    }

    /// Processes a block of interleaved input and appends what it yields to `out`, which allocates only while it grows.
    pub fn process(&mut self, input: &[f32], out: &mut Vec<f32>) {
        let input = &input[..input.len() / CHANNELS * CHANNELS];
        self.tempo.hear(input);
        self.skip.take(input, &mut self.tape);
        if self.skip.is_waiting() || self.conceal.is_in_gap() && self.back.is_none() && !self.come_back(out) {
            return;
        }
        let before = out.len();
        self.read(out);
        self.fade_in(&mut out[before..]);
        self.conceal.hear(&out[before..]);
        self.tape.forget();
    }

    /// Appends `frames` that stand in for sound that has not come: first what is held for looking ahead, then a repetition of the
    /// last pitch period, or of noise something like it, that fades from 40 ms after the gap's start on and is silent by 120 ms. The next [`Stretch::process`]
    /// cross-fades back over 5 ms, up to 10 ms later if its sound then falls in with what goes on here.
    pub fn conceal(&mut self, frames: usize, out: &mut Vec<f32>) {
        let before = out.len();
        if !self.conceal.is_in_gap() || self.back.is_some() {
            let end = self.skip.end_of_sound(&self.tape);
            for _ in 0..self.tape.readable_until(end).min(frames) {
                out.extend_from_slice(&self.tape.read(1.0));
            }
            self.fade_in(&mut out[before..]);
            self.conceal.hear(&out[before..]);
        }
        let missing = frames - (out.len() - before) / CHANNELS;
        if missing == 0 {
            return;
        }
        if !self.conceal.is_in_gap() || self.back.is_some() {
            let end = self.skip.interrupt(&mut self.tape);
            self.tape.read_from(end);
            self.tape.forget();
            // Also where the last gap is hardly over: what was heard since is what goes on.
            self.conceal.end();
            self.conceal.begin();
            self.back = None;
        }
        let before = out.len();
        for _ in 0..missing {
            let frame = self.conceal.next();
            out.extend_from_slice(&frame);
        }
        self.conceal.hear(&out[before..]);
    }

    /// Input frames behind the next output frame, with fraction: dropped frames count, concealment does not. The media time of
    /// output follows from it: what was appended between two calls carries the input between the two positions, evenly. It never
    /// goes back, also where a piece is put in.
    #[must_use]
    pub fn position(&self) -> f64 {
        self.tape.place()
    }

    /// Frames put in, since the start, to go slower than 0.99.
    #[must_use]
    pub fn inserted(&self) -> u64 {
        self.tempo.inserted
    }

    /// Frames taken out, since the start, to go faster than 1.01. Skips do not count.
    #[must_use]
    pub fn removed(&self) -> u64 {
        self.tempo.removed
    }

    /// Forgets the sound before and counts positions from 0 again: for a new epoch. The rate and the totals stay.
    pub fn reset(&mut self) {
        self.tape.reset();
        self.tempo.reset();
        self.skip.reset();
        self.conceal.reset();
        self.back = None;
    }

    fn read(&mut self, out: &mut Vec<f32>) {
        loop {
            self.tempo.join(&mut self.tape);
            let frames = self.tape.readable().saturating_sub(self.tempo.hold()).min(GRAIN);
            if frames == 0 {
                return;
            }
            for _ in 0..frames {
                if self.tape.readable() > 0 {
                    out.extend_from_slice(&self.tape.read(self.tempo.reading()));
                }
            }
            self.tempo.passed(frames);
        }
    }

    /// Finds where the sound behind a gap falls in with what stands in for it. `false`: more of it must come first.
    fn come_back(&mut self, out: &mut Vec<f32>) -> bool {
        if self.tape.readable() < MEET {
            return false;
        }
        self.back = Some(0);
        self.tempo.interrupted();
        self.alike = 1.0;
        if self.conceal.is_silent() {
            return true;
        }
        let most = LATER.min(self.conceal.period());
        self.going.clear();
        for ahead in 0..most + MEET {
            self.going.extend_from_slice(&self.conceal.peek(ahead));
        }
        let coming = &self.tape.ahead()[..MEET * CHANNELS];
        let going = |later: usize| &self.going[later * CHANNELS..][..MEET * CHANNELS];
        let best = search(coming, 0, most, going, |later| -DELAY_COST * later as f32 / LATER as f32);
        let (later, alike) = best.filter(|best| best.1 >= ALIKE).unwrap_or((0, likeness(coming, going(0))));
        self.alike = alike;
        let before = out.len();
        for _ in 0..later {
            let frame = self.conceal.next();
            out.extend_from_slice(&frame);
        }
        self.conceal.hear(&out[before..]);
        true
    }

    /// Leaves a gap: what would have gone on in it fades out under the sound that fades in.
    fn fade_in(&mut self, sound: &mut [f32]) {
        let Some(mut back) = self.back else { return };
        for frame in sound.chunks_exact_mut(CHANNELS).take(SHORT - back) {
            let (old, new) = matched(back, SHORT, self.alike);
            for (sample, repeated) in frame.iter_mut().zip(self.conceal.next()) {
                *sample = *sample * new + repeated * old;
            }
            back += 1;
        }
        self.back = Some(back);
        if back >= SHORT {
            self.conceal.end();
            self.back = None;
        }
    }
}
