//! scrcpy (3 and 4, 2026), in its two modes: pictures on arrival, or held by `--video-buffer`; sound through its regulator.
//!
//! Facts modelled. By default the newest decoded picture is drawn. With a video buffer the first picture shows at once, and each
//! later one the buffer's length behind an estimate of its arrival: offset of arrival and presentation time, averaged over 32
//! pictures, with a limit of the buffer's length behind the moment at which the one before left. Both buffers are set to 50 ms,
//! which is the sound's default. Sound and picture are not compared.
//!
//! Simplified: a window that draws whatever is newest at the moment of choice.

use std::collections::VecDeque;

use super::super::conditions::Conditions;
use super::super::recorder::Heard;
use super::super::trace::Trace;
use super::super::unit::Unit;
use super::decoder::Decoder;
use super::model::{Chosen, Policy};
use super::regulator::Regulator;
use crate::media::Track;

const BUFFER_MS: usize = 50;
const CLOCK_RANGE: f64 = 32.0;

pub(super) fn make(_: &Trace, _: &Conditions) -> (Box<dyn Policy>, Decoder) {
    (Box::new(Scrcpy { regulator: Regulator::new(BUFFER_MS), buffer: None, pending: None }), Decoder::serial())
}

pub(super) fn make_buffered(_: &Trace, _: &Conditions) -> (Box<dyn Policy>, Decoder) {
    let buffer = Some(Buffer::new(BUFFER_MS as f64 * 1e3));
    (Box::new(Scrcpy { regulator: Regulator::new(BUFFER_MS), buffer, pending: None }), Decoder::serial())
}

struct Scrcpy {
    regulator: Regulator,
    buffer: Option<Buffer>,
    /// The newest picture, not yet drawn.
    pending: Option<Unit>,
}

impl Policy for Scrcpy {
    fn arrive(&mut self, _now: f64, unit: &Unit, decoder: &mut Decoder) {
        match unit.track {
            Track::Video => decoder.push(unit),
            Track::Audio => self.regulator.push(unit),
        }
    }

    fn decoded(&mut self, now: f64, unit: &Unit) {
        match &mut self.buffer {
            Some(buffer) => {
                if buffer.push(now, unit) {
                    self.pending = Some(*unit);
                }
            }
            None => self.pending = Some(*unit),
        }
    }

    fn sound(&mut self, _now: f64, frames: usize, out: &mut Vec<(usize, Heard)>) {
        self.regulator.pull(frames, out);
    }

    fn choose(&mut self, _now: f64, _visible_us: f64) -> Chosen {
        self.pending.take().map(|unit| (unit.pts_us, unit.duration_us))
    }

    fn wake(&self) -> Option<f64> {
        self.buffer.as_ref()?.due()
    }

    fn tick(&mut self, now: f64) {
        if let Some(buffer) = &mut self.buffer {
            while let Some(unit) = buffer.pop(now) {
                self.pending = Some(unit);
            }
        }
    }
}

/// The buffer of pictures. Holds as many as its length lets wait.
struct Buffer {
    length_us: f64,
    offset_us: f64,
    count: f64,
    queue: VecDeque<Unit>,
    /// When the first of the queue came to its head.
    head_us: f64,
}

impl Buffer {
    fn new(length_us: f64) -> Self {
        Self { length_us, offset_us: 0.0, count: 0.0, queue: VecDeque::new(), head_us: 0.0 }
    }

    /// Takes a picture in; true where it is the first and shows at once.
    fn push(&mut self, now: f64, unit: &Unit) -> bool {
        let first = self.count == 0.0;
        self.count = (self.count + 1.0).min(CLOCK_RANGE);
        let new = (CLOCK_RANGE - self.count + 1.0) / CLOCK_RANGE;
        self.offset_us += (now - unit.pts_us as f64 - self.offset_us) * new;
        if !first {
            if self.queue.is_empty() {
                self.head_us = now;
            }
            self.queue.push_back(*unit);
        }
        first
    }

    fn due(&self) -> Option<f64> {
        let head = self.queue.front()?;
        Some((head.pts_us as f64 + self.offset_us).min(self.head_us).max(self.head_us - self.length_us) + self.length_us)
    }

    fn pop(&mut self, now: f64) -> Option<Unit> {
        self.due().filter(|due| *due <= now)?;
        self.head_us = now;
        self.queue.pop_front()
    }
}
