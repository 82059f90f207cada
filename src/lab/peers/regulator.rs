//! scrcpy's audio regulator (scrcpy 3 and 4, 2026): holds the sound that waits for the device around a target by resampling.
//!
//! Facts modelled. Playing begins when the target (50 ms unless told otherwise) is there; before that at most 10 ms more wait, and
//! afterwards at most 1.1 times the target and 60 ms, the oldest goes. Nothing is dropped after an underrun. The level is averaged
//! over 128 packets, corrected at once by what the regulator itself added or dropped. Once per second of sound the difference from
//! the target becomes a resampling spread over 4 s, 2 % at most; begun beyond 4 ms, ended within 1 ms, and never faster while less
//! than the target waits. Presentation times that jump ahead by more than 100 ms reset it.
//!
//! Simplified: the resampler has no delay of its own, and decoding takes no time.

use super::super::recorder::Heard;
use super::super::unit::Unit;
use super::fifo::{Fifo, frames_in_ms, frames_of};

const AVERAGE_OVER: f64 = 128.0;
const SECOND: usize = frames_in_ms(1000);
const SPREAD: f64 = 4.0 * SECOND as f64;
const MOST_COMPENSATION: f64 = SPREAD / 50.0;

#[derive(Debug)]
pub(super) struct Regulator {
    target: usize,
    queue: Fifo,
    played: bool,
    received: bool,
    underflow: usize,
    average: f64,
    count: f64,
    since: usize,
    /// Frames added in [`SPREAD`], negative: left out.
    compensation: f64,
    fraction: f64,
    next_pts_us: Option<i64>,
}

impl Regulator {
    pub(super) fn new(target_ms: usize) -> Self {
        Self {
            target: frames_in_ms(target_ms),
            queue: Fifo::default(),
            played: false,
            received: false,
            underflow: 0,
            average: 0.0,
            count: 0.0,
            since: 0,
            compensation: 0.0,
            fraction: 0.0,
            next_pts_us: None,
        }
    }

    pub(super) fn pull(&mut self, frames: usize, out: &mut Vec<(usize, Heard)>) {
        if !self.played && self.queue.len() < self.target {
            return;
        }
        let taken = self.queue.take(frames, out);
        if self.received {
            self.underflow += frames - taken;
        }
        self.played = true;
    }

    pub(super) fn push(&mut self, unit: &Unit) {
        let frames = frames_of(unit);
        if self.next_pts_us.is_some_and(|next| unit.pts_us - next > 100_000) {
            let waiting = self.queue.len() + frames;
            self.queue.push(self.target.saturating_sub(waiting), Heard::MadeUp);
            (self.average, self.compensation, self.since, self.underflow) = (self.target as f64, 0.0, 0, 0);
        }
        self.next_pts_us = Some(unit.pts_us + unit.duration_us);
        let ratio = 1.0 + self.compensation / SPREAD;
        self.fraction += frames as f64 * ratio;
        let written = self.fraction as usize;
        self.fraction -= written as f64;
        self.queue.push(written, Heard::Media { pts_us: unit.pts_us as f64, speed: 1.0 / ratio });
        let most = if self.played { self.target * 11 / 10 + frames_in_ms(60) } else { self.target + frames_in_ms(10) };
        let skipped = self.queue.len().saturating_sub(most);
        self.queue.skip(skipped);
        self.received = true;
        if self.played {
            self.regulate(written as f64 - frames as f64 - skipped as f64, written);
        }
    }

    /// `added`: frames that the regulator itself just added, negative: took away.
    fn regulate(&mut self, added: f64, written: usize) {
        let inserted = std::mem::take(&mut self.underflow) as f64;
        let level = self.queue.len() as f64;
        self.average = (self.average + added + inserted).max(0.0);
        self.count = (self.count + 1.0).min(AVERAGE_OVER);
        self.average += (level - self.average) / self.count;
        self.since += written;
        if self.since < SECOND {
            return;
        }
        self.since = 0;
        let missing = self.target as f64 - self.average;
        let threshold = frames_in_ms(if self.compensation == 0.0 { 4 } else { 1 }) as f64;
        let too_fast = missing < 0.0 && self.queue.len() < self.target;
        self.compensation = match missing.abs() < threshold || too_fast {
            true => 0.0,
            false => missing.clamp(-MOST_COMPENSATION, MOST_COMPENSATION),
        };
    }
}
