//! Sound in place of sound that has not come. What has a pitch goes on with its last period (the idea of ITU-T G.711 appendix I);
//! what has none goes on with pieces of its last 40 ms in no order, for noise that repeats itself buzzes. Either fades away from 40
//! to 120 ms after the gap's start, before it becomes a drone.

use super::fade::{SHORT, fall, matched, rise};
use super::frames::CHANNELS;
use super::likeness::search;

/// Frames of the past that are kept.
const PAST: usize = 1920;

/// Periods that are looked for: 2.5 to 20 ms (400 to 50 Hz), and several of a higher pitch.
const SHORTEST: usize = 120;
const LONGEST: usize = 960;

/// Frames over which two pieces must be alike.
const WINDOW: usize = 480;

/// Likeness (normalised correlation) below which there is no pitch.
const ALIKE: f32 = 0.5;

/// What a longer period is worth: it buzzes less.
const LENGTH_BONUS: f32 = 0.05;

/// Frames of a piece of noise; the next one sets in half-way.
const GRAIN: usize = 480;

/// Frames after which the slope at the gap's start has been let go, and in noise its step too: noise steps all the time, and what
/// lasts is heard as a thump.
const BEND: usize = 48;

/// How far a slope of 1 carries the stand-in before it is let go: the most that `BEND` frames make of it.
const CARRIED: f32 = 7.5;

/// What the slope may add to the stand-in, in shares of the loudest that was heard last. The slope of noise, and of a sound that
/// has only just begun, says nothing of what would have followed, and would be a click.
const SLOPE_SHARE: f32 = 0.25;

/// What is heard in a gap stays within this much of the loudest that was heard before.
const LOUDER: f32 = 1.25;

/// The stand-in is at full strength until here …
const FULL: usize = 1920;

/// … and gone here, in frames since the start of the gap.
const GONE: usize = 5760;

#[derive(Debug)]
pub(super) struct Conceal {
    /// The newest `PAST` frames of sound, oldest first.
    past: Vec<f32>,
    /// What the gap is filled from: one period whose end leads into its start, or all of the past as it was.
    source: Vec<f32>,
    frames: usize,
    /// Nothing in the past repeats.
    is_noise: bool,
    /// What the first frame of the stand-in lacks to the last heard one, and what the step between the two does to theirs.
    step: [f32; CHANNELS],
    slope: [f32; CHANNELS],
    /// The most that is heard of each channel.
    most: [f32; CHANNELS],
    /// Frames since the gap began; `None` outside one.
    gap: Option<usize>,
}

impl Conceal {
    pub(super) fn new() -> Self {
        Self {
            past: vec![0.0; PAST * CHANNELS],
            source: vec![0.0; PAST * CHANNELS],
            frames: LONGEST,
            is_noise: false,
            step: [0.0; CHANNELS],
            slope: [0.0; CHANNELS],
            most: [0.0; CHANNELS],
            gap: None,
        }
    }

    pub(super) fn reset(&mut self) {
        self.past.fill(0.0);
        self.gap = None;
    }

    /// Takes note of all that is heard, stand-ins as well: without them the past would have steps.
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
        if gain <= 0.0 {
            return [0.0; CHANNELS];
        }
        let stand_in = if self.is_noise { self.noise(at) } else { frame(&self.source, at % self.frames) };
        // The sound before leads into it without a step and without a kink.
        let (bend, left) = (fall(at, if self.is_noise { BEND } else { SHORT }), 1.0 - at.min(BEND) as f32 / BEND as f32);
        let run = (at + 1) as f32 * left * left;
        std::array::from_fn(|channel| {
            let sample = stand_in[channel] + self.step[channel] * bend + self.slope[channel] * run;
            sample.clamp(-self.most[channel], self.most[channel]) * gain
        })
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
        let window = |lag: usize| &self.past[(PAST - WINDOW - lag) * CHANNELS..][..WINDOW * CHANNELS];
        let bonus = |lag: usize| LENGTH_BONUS * lag as f32 / LONGEST as f32;
        let found = search(window(0), SHORTEST, LONGEST, window, bonus);
        // The edge of the search is no peak: all that is slow is like itself a little later.
        let pitch = found.filter(|(lag, alike)| *alike >= ALIKE && *lag > SHORTEST + 2).map(|(lag, _)| lag);
        self.frames = pitch.unwrap_or(LONGEST);
        self.is_noise = found.is_none_or(|(_, alike)| alike < ALIKE);
        if self.is_noise {
            self.source.copy_from_slice(&self.past);
        } else {
            self.loop_period();
        }
        let lead = PAST - self.frames;
        let lacks =
            |back: usize, channel: usize| frame(&self.past, PAST - back)[channel] - frame(&self.past, lead - back)[channel];
        for channel in 0..CHANNELS {
            let heard = self.past.iter().skip(channel).step_by(CHANNELS);
            let loudest = heard.fold(0.0, |most: f32, sample| most.max(sample.abs()));
            let limit = SLOPE_SHARE / CARRIED * loudest;
            let slopes = (lacks(1, channel) - lacks(2, channel), lacks(2, channel) - lacks(3, channel));
            self.step[channel] = lacks(1, channel);
            self.slope[channel] = lesser(slopes.0, slopes.1).clamp(-limit, limit);
            self.most[channel] = LOUDER * loudest;
        }
    }

    /// One period, the end of which leans towards what came before its start, so that it runs into itself without a step.
    fn loop_period(&mut self) {
        let (start, length) = ((PAST - self.frames) * CHANNELS, self.frames * CHANNELS);
        self.source[..length].copy_from_slice(&self.past[start..]);
        let seam = self.frames / 4;
        for index in 0..seam {
            let new = rise(index, seam);
            let at = (self.frames - seam + index) * CHANNELS;
            for channel in 0..CHANNELS {
                let before = self.past[start - seam * CHANNELS + index * CHANNELS + channel];
                let sample = &mut self.source[at + channel];
                *sample += (before - *sample) * new;
            }
        }
    }

    /// Pieces of the past in no order, each fading into the next; the first is what follows a period earlier.
    fn noise(&self, at: usize) -> [f32; CHANNELS] {
        let half = GRAIN / 2;
        let (number, within) = (at / half, at % half);
        let start = |number: usize| match number {
            0 => PAST - LONGEST - half,
            // Knuth's multiplicative hash: any order will do that is none.
            _ => ((number as u32).wrapping_mul(2_654_435_761) >> 16) as usize % (PAST - GRAIN),
        };
        let (old, new) = matched(within, half, 0.0);
        let (leaving, coming) =
            (frame(&self.source, start(number) + half + within), frame(&self.source, start(number + 1) + within));
        std::array::from_fn(|channel| leaving[channel] * old + coming[channel] * new)
    }
}

/// The lesser of two slopes where they agree in direction, else none ("minmod"; Roe, "Characteristic-based schemes for the Euler
/// equations", Annual Review of Fluid Mechanics 18, 1986).
fn lesser(one: f32, other: f32) -> f32 {
    if one * other <= 0.0 {
        0.0
    } else if one.abs() < other.abs() {
        one
    } else {
        other
    }
}

/// A frame of interleaved sound.
fn frame(sound: &[f32], at: usize) -> [f32; CHANNELS] {
    std::array::from_fn(|channel| sound[at * CHANNELS + channel])
}
