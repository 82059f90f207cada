//! Sound at another speed and the same pitch, for sound that is there beforehand: output frame `n` is input around `n × speed`, never
//! further off than a few milliseconds and never drifting. [`super::stretch`] is for small changes that a live stream asks for; this
//! is for those that a user asks for.
//!
//! WSOLA (Verhelst and Roelands, "An overlap-add technique based on waveform similarity for high quality time-scale modification of
//! speech", ICASSP 1993): each piece of the output is cross-faded into the place of the input, near where it ought to be, that is most
//! like what would have followed. Where a piece of input would be left out that holds an attack, the output goes there first: a click
//! that was left out, or faded, would be missed.

use super::fade::matched;
use super::frames::CHANNELS;
use super::likeness::{likeness, power, search};

/// Frames of output from one join to the next: 10 ms.
const HOP: usize = 480;
/// A join lies at most so far from where it ought to be: 8 ms finds the periods of any voice above 63 Hz.
const SEARCH: usize = 384;
/// What a join loses in likeness at that distance.
const DISTANCE_COST: f32 = 0.05;
/// An attack: within a block of 2.5 ms the power rises to so many times that of the loudest of the six before, and above −70 dB.
const ATTACK: f32 = 6.0;
const BLOCK: usize = 120;
const BLOCKS: usize = 6;
const SILENT: f32 = 1e-7;
/// Frames by which an attack may be heard before its time: 2.5 ms.
const EARLY: f64 = 120.0;
/// An attack is led up to by so much of a cross-fade, so that it is heard at its full power.
const LEAD: usize = HOP * 9 / 10;

/// A change of speed.
#[derive(Debug)]
pub struct Scale {
    speed: f64,
    /// Input, with silence before its start.
    tape: Vec<f32>,
    /// The number of the tape's first frame; the input's first is 0.
    first: i64,
    /// Joins so far.
    joins: u64,
    /// The input frame at which the last piece began.
    last: i64,
}

impl Scale {
    /// Input frames per output frame, clamped to 0.25..=4.
    #[must_use]
    pub fn new(speed: f64) -> Self {
        let speed = if speed.is_finite() { speed.clamp(0.25, 4.0) } else { 1.0 };
        let before = 4 * HOP + SEARCH + BLOCK * BLOCKS;
        Self { speed, tape: vec![0.0; before * CHANNELS], first: -(before as i64), joins: 0, last: -(HOP as i64) }
    }

    /// Processes interleaved stereo at 48 kHz and appends what it yields to `out`. At speed 1 it passes bit by bit; otherwise up to
    /// 40 ms of input, and 10 at each output frame's own time, wait for what follows.
    pub fn process(&mut self, input: &[f32], out: &mut Vec<f32>) {
        if (self.speed - 1.0).abs() < 1e-9 {
            return out.extend_from_slice(input);
        }
        self.tape.extend_from_slice(input);
        while self.join(out) {}
        // What lies behind both ends of the next join, and what its attacks are held against.
        let needed = self.last.min(self.wanted() - SEARCH as i64) - (BLOCK * BLOCKS + 3 * HOP) as i64;
        let done = (needed - self.first).clamp(0, (self.tape.len() / CHANNELS) as i64);
        self.tape.drain(..done as usize * CHANNELS);
        self.first += done;
    }

    /// Where the next piece ought to begin: it is alone one hop later.
    fn wanted(&self) -> i64 {
        ((self.joins + 1) as f64 * HOP as f64 * self.speed).round() as i64 - HOP as i64
    }

    fn join(&mut self, out: &mut Vec<f32>) -> bool {
        let hop = HOP as i64;
        let (wanted, going) = (self.wanted(), self.last + hop);
        let end = self.first + (self.tape.len() / CHANNELS) as i64;
        if end < (wanted + SEARCH as i64).max(going) + 2 * hop + BLOCK as i64 {
            return false;
        }
        let piece = |at: i64| &self.tape[(at - self.first) as usize * CHANNELS..][..HOP * CHANNELS];
        let (begins, alike) = match self.placed_by_attack(going, wanted) {
            Some(begins) => {
                let begins = begins.clamp(self.first, end - 2 * hop);
                (begins, likeness(piece(going), piece(begins)))
            }
            None => {
                let from = (wanted - SEARCH as i64).max(self.first);
                let there = |lag: usize| piece(from + lag as i64);
                let cost = |lag: usize| {
                    let off = (from + lag as i64 - wanted).unsigned_abs() as f32 / SEARCH as f32;
                    -DISTANCE_COST * off
                };
                let most = (wanted + SEARCH as i64 - from).max(0) as usize;
                let found = search(piece(going), 0, most, there, cost);
                found.map_or((wanted, 0.0), |(lag, alike)| (from + lag as i64, alike))
            }
        };
        // Two pieces that are one and the same sound add up, others by their powers.
        let alike = if begins == going { 1.0 } else { alike };
        for (index, (old, new)) in piece(going).chunks_exact(CHANNELS).zip(piece(begins).chunks_exact(CHANNELS)).enumerate()
        {
            let (leaving, coming) = matched(index, HOP, alike);
            out.extend(old.iter().zip(new).map(|(old, new)| old * leaving + new * coming));
        }
        self.last = begins;
        self.joins += 1;
        true
    }

    /// Where the next piece begins if an attack has a say in it. One that lies in what would be left out or faded comes first. One
    /// that the next piece would bring before its time waits, and one that was heard is not heard again.
    fn placed_by_attack(&self, going: i64, wanted: i64) -> Option<i64> {
        let hop = HOP as i64;
        if self.speed > 1.0 {
            return Some(self.attack(going + hop / 2, wanted + hop / 2)? - LEAD as i64);
        }
        // A piece is two hops long, and the output that it begins at is known.
        let begins_at = (self.joins as f64) * HOP as f64;
        let due = |attack: i64| attack as f64 / self.speed;
        let heard_until = going + hop;
        if let Some(attack) = self.attack(wanted - SEARCH as i64, heard_until.min(wanted + 2 * hop)) {
            // It is over: go on behind it, though that runs ahead for a moment.
            return Some((attack + 2 * BLOCK as i64).max(wanted));
        }
        let attack = self.attack(heard_until.max(wanted - SEARCH as i64), wanted + SEARCH as i64 + 2 * hop)?;
        let early = due(attack) - EARLY - begins_at;
        let latest = attack - early as i64;
        (wanted + SEARCH as i64 > latest).then_some(latest.min(wanted))
    }

    /// The first frame, between two, at which the sound sets in anew.
    fn attack(&self, from: i64, to: i64) -> Option<i64> {
        let block = |at: i64| {
            let start = usize::try_from(at - self.first).ok()?;
            self.tape.get(start * CHANNELS..(start + BLOCK) * CHANNELS)
        };
        let mut at = from;
        while at < to {
            let here = power(block(at)?);
            let loudest =
                (1..=BLOCKS as i64).filter_map(|back| block(at - back * BLOCK as i64)).map(power).fold(0.0, f32::max);
            if here > SILENT && here > ATTACK * loudest {
                return Some(at);
            }
            at += BLOCK as i64;
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use std::f64::consts::TAU;

    use super::*;

    const SPEEDS: [f64; 6] = [0.25, 0.5, 0.75, 1.5, 2.0, 4.0];

    fn run(speed: f64, input: &[f32]) -> Vec<f32> {
        let (mut scale, mut out) = (Scale::new(speed), Vec::new());
        for piece in input.chunks(2 * 777) {
            scale.process(piece, &mut out);
        }
        out
    }

    #[test]
    fn a_tone_keeps_its_pitch_and_its_power_at_every_speed() {
        for speed in SPEEDS {
            for hertz in [110.0, 440.0, 3_000.0] {
                let input: Vec<f32> = (0..192_000)
                    .flat_map(|frame| [(0.5 * (TAU * hertz * frame as f64 / 48_000.0).sin()) as f32; 2])
                    .collect();
                let out = run(speed, &input);
                let left: Vec<f32> = out.iter().step_by(2).copied().skip(4_800).collect();
                let crossings = left.windows(2).filter(|pair| pair[0] < 0.0 && pair[1] >= 0.0).count();
                let heard = crossings as f64 * 48_000.0 / left.len() as f64;
                assert!((heard / hertz - 1.0).abs() < 0.01, "{hertz} Hz at {speed}: {heard:.1}");
                let level = (left.iter().map(|sample| f64::from(sample * sample)).sum::<f64>() / left.len() as f64).sqrt();
                assert!((level / 0.353_6 - 1.0).abs() < 0.05, "{hertz} Hz at {speed}: level {level:.4}");
            }
        }
    }

    #[test]
    fn the_output_is_as_long_as_the_speed_says() {
        for speed in SPEEDS {
            let out = run(speed, &vec![0.1; 2 * 480_000]);
            let (frames, wanted) = (out.len() as f64 / 2.0, 480_000.0 / speed);
            let missing = wanted - frames;
            assert!((0.0..=3_000.0 / speed + 1_500.0).contains(&missing), "{speed}: {missing} frames behind");
        }
    }

    /// what flashes clicks, at every speed.
    #[test]
    fn every_click_is_heard_within_15_ms_of_its_time() {
        for speed in SPEEDS {
            let clicks: Vec<usize> = (1..30).map(|number| number * 17_000 + number * number * 37).collect();
            let mut input = vec![0.0; 2 * 600_000];
            for click in &clicks {
                for frame in 0..480 {
                    let sample = 0.8 * (TAU * frame as f64 / 48.0).sin() as f32;
                    input[2 * (click + frame)..][..2].fill(sample);
                }
            }
            let out = run(speed, &input);
            for click in clicks {
                let wanted = click as f64 / speed;
                let around = (wanted - 2_400.0) as usize..(wanted + 2_400.0) as usize;
                let Some(window) = out.get(2 * around.start..2 * around.end) else { break };
                let heard = window.iter().position(|sample| sample.abs() > 0.3);
                let off = heard.map(|at| around.start as f64 + (at / 2) as f64 - wanted);
                assert!(off.is_some_and(|off| off.abs() < 720.0), "speed {speed}, click at {click}: {off:?}");
            }
        }
    }

    #[test]
    fn at_its_own_speed_sound_passes_bit_by_bit() {
        let input: Vec<f32> = (0..9_600).map(|sample| (sample % 977) as f32 / 977.0).collect();
        assert_eq!(run(1.0, &input), input);
    }
}
