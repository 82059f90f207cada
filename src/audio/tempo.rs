//! Faster and slower without another pitch: takes out of the tape, or puts in again, whole pieces at whose ends the sound is like
//! itself: one or several periods of a pitch, anything of a silence.
//!
//! That is WSOLA's idea (Verhelst and Roelands, "An overlap-add technique based on waveform similarity for high quality time-scale
//! modification of speech", ICASSP 1993) applied only where it pays, as the accelerate and preemptive-expand operations of
//! WebRTC's NetEq do: between two joins the sound stays as it is, bit by bit. Where no join is good yet it waits, ever less
//! choosy: the caller is a closed loop and asks again.

use super::frames::CHANNELS;
use super::likeness::{power, search};
use super::tape::Tape;

/// Up to here the speed is a matter of resampling: 1 %, 17 cents, is not heard as a wrong pitch.
pub(super) const NEAR: f64 = 0.01;

/// The furthest that the speed may be from nominal.
pub(super) const MOST: f64 = 0.2;

/// Frames that are taken out or put in at once: 2.5 to 15 ms, one period of 400 to 67 Hz, or several of a higher pitch.
const SHORTEST: usize = 120;
const LONGEST: usize = 720;

/// Frames of a join: at least, and at most where enough lies ahead.
const FADE_LEAST: usize = 240;
const FADE_MOST: usize = 480;

/// Frames before a join that must be alike as well.
const CONTEXT: usize = 240;

/// Frames that must lie ahead to take out, and how many of them stay in hand between blocks of 5 ms.
pub(super) const LOOK: usize = LONGEST + FADE_LEAST;
pub(super) const HOLD: usize = LOOK - GRAIN * 2;

/// Frames between two places that are looked at.
pub(super) const GRAIN: usize = 120;

/// Likeness that is asked for at first (NetEq's bound is 0.9), and frames of waiting after which nothing is asked any more.
const GOOD: f32 = 0.92;
const EASE: f32 = 4800.0;

/// So much below the last join's likeness the next one may be at once: in noise nothing better comes.
const SLACK: f32 = 0.1;

/// Frames of waiting after which even an attack may be hit.
const DESPAIR: f32 = 7200.0;

/// What a longer piece is worth: fewer joins.
const LENGTH_BONUS: f32 = 0.03;

/// Power below which sound is a silence, absolutely (−70 dB of full scale) and beside the mean of the last half second (−30 dB).
const SILENT: f32 = 1e-7;
const QUIET: f32 = 1e-3;
const MEAN_OVER: f32 = 24_000.0;

/// An attack: within a block of 2.5 ms the power rises to so many times that of the loudest of the six before.
const ATTACK: f32 = 6.0;
const ATTACK_BLOCK: usize = 120;
const ATTACK_BLOCKS: usize = 6;

/// Share of the frames that pass at nominal speed by which an account is settled.
const SETTLE: f64 = 0.05;

#[derive(Debug)]
pub(super) struct Tempo {
    rate: f64,
    /// Frames that are to be taken out (above 0) or put in.
    debt: f64,
    /// Frames that a join has been waited for.
    wait: f32,
    /// Frames to go on before the next join.
    clear: usize,
    /// Mean power of the last half second.
    level: f32,
    pub(super) removed: u64,
    pub(super) inserted: u64,
}

impl Tempo {
    pub(super) fn new() -> Self {
        Self { rate: 1.0, debt: 0.0, wait: 0.0, clear: 0, level: 0.0, removed: 0, inserted: 0 }
    }

    /// Forgets the sound before; the speed and the totals stay.
    pub(super) fn reset(&mut self) {
        (self.debt, self.wait, self.clear, self.level) = (0.0, 0.0, 0, 0.0);
    }

    pub(super) fn ask(&mut self, rate: f64) {
        self.rate = rate.clamp(1.0 - MOST, 1.0 + MOST);
        if !self.is_fast() && !self.is_slow() {
            self.wait = 0.0;
        }
    }

    /// Input frames per output frame that the reading takes care of.
    pub(super) fn reading(&self) -> f64 {
        if self.is_fast() || self.is_slow() { 1.0 } else { self.rate }
    }

    /// Frames to hold back, so that the next join has enough ahead.
    pub(super) fn hold(&self) -> usize {
        if self.is_fast() { HOLD } else { 0 }
    }

    /// Notes that input has come.
    pub(super) fn hear(&mut self, input: &[f32]) {
        let frames = (input.len() / CHANNELS) as f64;
        self.level += (power(input) - self.level) * (frames as f32 / MEAN_OVER).min(1.0);
        if self.is_fast() || self.is_slow() {
            let most = LONGEST as f64;
            self.debt = (self.debt + frames * (1.0 - 1.0 / self.rate)).clamp(-most, most);
        } else {
            self.debt -= self.debt.clamp(-SETTLE * frames, SETTLE * frames);
        }
    }

    /// Notes that what comes now does not follow what went before: no join looks back across that.
    pub(super) fn interrupted(&mut self) {
        self.clear = LONGEST + CONTEXT;
    }

    /// Notes that so many frames were read.
    pub(super) fn passed(&mut self, frames: usize) {
        self.clear = self.clear.saturating_sub(frames);
        if self.is_due() {
            self.wait += frames as f32;
        }
    }

    /// Makes a join just ahead of the reading point, if one is due and a good one is there.
    pub(super) fn join(&mut self, tape: &mut Tape) {
        let at = tape.free();
        let ahead = tape.len() - at;
        if !self.is_due() || ahead < if self.is_fast() { LOOK } else { FADE_LEAST } {
            return;
        }
        let window = |from: usize| &tape.from(from - CONTEXT)[..(CONTEXT + FADE_LEAST) * CHANNELS];
        let (here, fast) = (window(at), self.is_fast());
        let other = |lag: usize| window(if fast { at + lag } else { at - lag });
        let longest = if fast { LONGEST } else { LONGEST.min(at - CONTEXT) };
        let best = search(here, SHORTEST, longest, other, |lag| LENGTH_BONUS * lag as f32 / LONGEST as f32);
        let Some((frames, alike)) = best else { return };
        let (from, to) = if fast { (at, at + frames + FADE_LEAST) } else { (at - frames, at + FADE_LEAST) };
        let quiet = power(&tape.from(from)[..(to - from) * CHANNELS]) < (QUIET * self.level).max(SILENT);
        if !quiet && (alike < GOOD - self.wait / EASE || (self.wait < DESPAIR && has_attack(tape, from, to))) {
            return;
        }
        if fast {
            let fade = (ahead - frames).min(FADE_MOST);
            tape.take_out(at, frames, fade, alike);
            (self.debt, self.clear) = (self.debt - frames as f64, fade + CONTEXT);
            self.removed += frames as u64;
        } else {
            tape.put_in(at, frames, FADE_LEAST, alike);
            (self.debt, self.clear) = (self.debt + frames as f64, frames + FADE_LEAST + CONTEXT);
            self.inserted += frames as u64;
        }
        self.wait = if quiet { 0.0 } else { ((GOOD - SLACK - alike) * EASE).clamp(0.0, EASE) };
    }

    fn is_fast(&self) -> bool {
        self.rate > 1.0 + NEAR + 1e-9
    }

    fn is_slow(&self) -> bool {
        self.rate < 1.0 - NEAR - 1e-9
    }

    fn is_due(&self) -> bool {
        self.clear == 0 && (self.is_fast() && self.debt >= 0.0 || self.is_slow() && self.debt <= 0.0)
    }
}

/// Whether the sound sets in anew between two frames of the tape: such a place must be heard once, not twice and not never.
fn has_attack(tape: &Tape, from: usize, to: usize) -> bool {
    let start = from.saturating_sub(ATTACK_BLOCK * ATTACK_BLOCKS);
    let mut before = [f32::INFINITY; ATTACK_BLOCKS];
    let blocks = tape.from(start)[..(to - start) * CHANNELS].chunks_exact(ATTACK_BLOCK * CHANNELS);
    for (number, block) in blocks.enumerate() {
        let here = power(block);
        if here > SILENT && here > ATTACK * before.iter().copied().fold(0.0, f32::max) {
            return true;
        }
        before[number % ATTACK_BLOCKS] = here;
    }
    false
}
