//! moq's player for browsers (moq-dev/moq, `@moq/watch`, 2026): one clock for both tracks, made of the earliest arrival ever, and a
//! fixed buffer above it; the sound's ring drains by itself.
//!
//! Facts modelled. The buffer is the longer of the tracks' own cadences (a picture's duration, or the chunk that its publisher
//! announces; a sound packet and 3 ms) and 100 ms, the figure where no round trip is known; with one it would be 1.25 round trips,
//! 20 ms at least. The clock's reference only ever falls. Pictures wait until their time, those due within 5 ms go at once, late
//! ones too; the very first shows at once. Sound begins when the buffer is full and then drains with the device; an underrun is
//! silence, and what comes late is played late, but no more waits than the buffer holds: the oldest goes.
//!
//! Simplified: the transport's skipping of whole groups is left to the ring and the newest picture, which do the same here; the
//! sound device takes the machine's period and not the browser's 128 frames.

use super::super::conditions::Conditions;
use super::super::recorder::Heard;
use super::super::trace::Trace;
use super::super::unit::Unit;
use super::decoder::Decoder;
use super::fifo::Fifo;
use super::model::{Chosen, Policy};
use crate::media::Track;

const JITTER_US: i64 = 100_000;
/// A quantum of 128 frames, in whole milliseconds.
const QUANTUM_US: i64 = 3_000;
/// Shorter waits are not waited: a browser's timers are no finer.
const TIMER_US: f64 = 5_000.0;

pub(super) fn make(trace: &Trace, _: &Conditions) -> (Box<dyn Policy>, Decoder) {
    let cadence = |track, more: i64| {
        let units = trace.units.iter().filter(|unit| unit.track == track);
        units.map(|unit| unit.duration_us * i64::from(unit.chunk.1) + more).max().unwrap_or(0)
    };
    let buffer_us = cadence(Track::Video, 0).max(cadence(Track::Audio, QUANTUM_US)) + JITTER_US;
    let moq = Moq {
        buffer_us: buffer_us as f64,
        most: (buffer_us * 48 / 1000) as usize,
        reference_us: f64::INFINITY,
        stalled: true,
        ring: Fifo::default(),
        waiting: Vec::new(),
        last_pts_us: None,
        pending: None,
    };
    (Box::new(moq), Decoder::serial())
}

struct Moq {
    buffer_us: f64,
    /// Frames that the ring holds.
    most: usize,
    reference_us: f64,
    stalled: bool,
    ring: Fifo,
    /// Decoded pictures that wait for their time. Bounded by what arrives within the buffer's length.
    waiting: Vec<Unit>,
    last_pts_us: Option<i64>,
    pending: Option<Unit>,
}

impl Moq {
    fn due(&self, unit: &Unit) -> f64 {
        unit.pts_us as f64 + self.reference_us + self.buffer_us
    }

    fn present(&mut self, unit: Unit) {
        if self.last_pts_us.is_none_or(|last| unit.pts_us >= last) {
            self.last_pts_us = Some(unit.pts_us);
            self.pending = Some(unit);
        }
    }
}

impl Policy for Moq {
    fn arrive(&mut self, now: f64, unit: &Unit, decoder: &mut Decoder) {
        self.reference_us = self.reference_us.min(now - unit.pts_us as f64);
        if unit.track == Track::Video {
            decoder.push(unit);
            return;
        }
        self.ring.push_unit(unit);
        if self.ring.len() >= self.most {
            self.stalled = false;
            self.ring.skip(self.ring.len() - self.most);
        }
    }

    fn decoded(&mut self, now: f64, unit: &Unit) {
        if self.last_pts_us.is_none() && self.pending.is_none() && self.waiting.is_empty() {
            self.pending = Some(*unit);
        }
        if self.due(unit) - now < TIMER_US { self.present(*unit) } else { self.waiting.push(*unit) }
    }

    fn sound(&mut self, _now: f64, frames: usize, out: &mut Vec<(usize, Heard)>) {
        if !self.stalled {
            self.ring.take(frames, out);
        }
    }

    fn choose(&mut self, _now: f64, _visible_us: f64) -> Chosen {
        self.pending.take().map(|unit| (unit.pts_us, unit.duration_us))
    }

    fn wake(&self) -> Option<f64> {
        self.waiting.iter().map(|unit| self.due(unit)).reduce(f64::min)
    }

    fn tick(&mut self, now: f64) {
        // In order of time, and those whose time the reference has moved to go with them.
        while self.waiting.first().is_some_and(|unit| self.due(unit) <= now) {
            let unit = self.waiting.remove(0);
            self.present(unit);
        }
    }
}
