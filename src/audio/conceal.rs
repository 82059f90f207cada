//! Sound in place of sound that has not come: the last pitch period again and again, which fades away before it becomes a buzz
//! (the idea of ITU-T G.711 appendix I, with a fade over 40 to 120 ms after the gap's start).

use super::fade::{SHORT, fall};
use super::frames::CHANNELS;
use super::likeness::{likeness, search};

/// Frames of the past that are kept: twice the longest period and some.
const PAST: usize = 1920;

/// Pitch periods that are looked for: 2.5 to 15 ms (400 to 66 Hz).
const SHORTEST: usize = 120;
const LONGEST: usize = 720;

/// Frames over which two pieces must be alike.
const WINDOW: usize = 480;

/// Likeness (normalised correlation) below which there is no pitch; the longest period then buzzes least.
const ALIKE: f32 = 0.5;

/// The repetition is at full strength until here …
const FULL: usize = 1920;

/// … and gone here, in frames since the start of the gap.
const GONE: usize = 5760;

#[derive(Debug)]
pub(super) struct Conceal {
    /// The newest `PAST` frames of sound, oldest first.
    past: Vec<f32>,
    /// One period of it, whose end leads into its start.
    period: Vec<f32>,
    frames: usize,
    /// What the first repeated frame lacks to the last heard one.
    step: [f32; CHANNELS],
    /// Frames since the gap began; `None` outside one.
    gap: Option<usize>,
}

impl Conceal {
    pub(super) fn new() -> Self {
        let (past, period) = (vec![0.0; PAST * CHANNELS], vec![0.0; LONGEST * CHANNELS]);
        Self { past, period, frames: LONGEST, step: [0.0; CHANNELS], gap: None }
    }

    pub(super) fn reset(&mut self) {
        self.past.fill(0.0);
        self.gap = None;
    }

    /// Takes note of sound that is heard.
    pub(super) fn hear(&mut self, sound: &[f32]) {
        let sound = &sound[sound.len().saturating_sub(self.past.len())..];
        let keep = self.past.len() - sound.len();
        self.past.copy_within(sound.len().., 0);
        self.past[keep..].copy_from_slice(sound);
    }

    pub(super) fn is_in_gap(&self) -> bool {
        self.gap.is_some()
    }

    /// Ends the gap. The fade back into sound has asked for what it needed.
    pub(super) fn end(&mut self) {
        self.gap = None;
    }

    /// Begins a gap, if none is there.
    pub(super) fn begin(&mut self) {
        if self.gap.is_none() {
            self.build();
            self.gap = Some(0);
        }
    }

    /// The next frame of the gap.
    pub(super) fn next(&mut self) -> [f32; CHANNELS] {
        let frame = self.peek(0);
        self.gap = self.gap.map(|at| at + 1);
        frame
    }

    /// The frame of the gap that follows `ahead` frames later.
    pub(super) fn peek(&self, ahead: usize) -> [f32; CHANNELS] {
        let at = self.gap.unwrap_or(0) + ahead;
        let gain = fall(at.saturating_sub(FULL), GONE - FULL);
        let bend = fall(at, SHORT);
        let repeated = &self.period[at % self.frames * CHANNELS..];
        std::array::from_fn(|channel| (repeated[channel] + self.step[channel] * bend) * gain)
    }

    /// Frames of one period.
    pub(super) fn period(&self) -> usize {
        self.frames
    }

    /// Whether the gap has lasted so long that nothing sounds any more.
    pub(super) fn is_silent(&self) -> bool {
        self.gap.is_some_and(|at| at >= GONE)
    }

    fn build(&mut self) {
        self.frames = self.pitch();
        let (start, length) = ((PAST - self.frames) * CHANNELS, self.frames * CHANNELS);
        self.period[..length].copy_from_slice(&self.past[start..]);
        // The end of the period leans towards what came before its start, so that it runs into itself without a step.
        let seam = self.frames / 4;
        for index in 0..seam {
            let new = (index + 1) as f32 / (seam + 1) as f32;
            let at = (self.frames - seam + index) * CHANNELS;
            for channel in 0..CHANNELS {
                let before = self.past[start - seam * CHANNELS + index * CHANNELS + channel];
                let sample = &mut self.period[at + channel];
                *sample += (before - *sample) * new;
            }
        }
        let last = &self.past[(PAST - 1) * CHANNELS..];
        let before = &self.past[start - CHANNELS..];
        self.step = std::array::from_fn(|channel| last[channel] - before[channel]);
    }

    /// The lag at which the newest sound is most like itself.
    fn pitch(&self) -> usize {
        let window = |lag: usize| &self.past[(PAST - WINDOW - lag) * CHANNELS..][..WINDOW * CHANNELS];
        match search(SHORTEST, LONGEST, |lag, step| likeness(window(0), window(lag), step), |_| 0.0) {
            Some((lag, alike)) if alike >= ALIKE => lag,
            _ => LONGEST,
        }
    }
}
