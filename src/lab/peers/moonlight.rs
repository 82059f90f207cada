//! Moonlight (moonlight-qt with moonlight-common-c, 2026), frame pacing on: pictures on arrival, sound through a queue that is
//! drained by nothing but the device. No sync of the two.
//!
//! Facts modelled. Pictures: at most 15 wait for the decoder, else all go and a keyframe is asked for; at most 3 decoded ones wait
//! for the pacer, the oldest goes first; at a vsync all but one are dropped (3 may wait where the stream is as fast as the display
//! and within the last 500 ms the queue was down to one), and an empty queue is waited for until 3 ms before the next vsync. Sound:
//! the first 500 ms are dropped; at most 30 packets wait for the decoder, else all go; a packet is dropped while more than 30 ms
//! wait behind it; decoding stops while more than 50 ms, in whole packets, stand in the device's queue; silence where that is empty.
//!
//! Simplified: decoding a sound packet takes 0.2 ms; a keyframe comes when the trace has one, however early it is asked for; the
//! device's own buffer is the machine's and not the one of three packets that it asks for, which flatters its delay and leaves it less to
//! conceal with; no loss, so no error correction.

use std::collections::VecDeque;

use super::super::conditions::Conditions;
use super::super::recorder::Heard;
use super::super::trace::Trace;
use super::super::unit::Unit;
use super::decoder::Decoder;
use super::fifo::{Fifo, frames_in_ms, frames_of};
use super::model::{Chosen, Policy};
use crate::media::Track;

const MOST_WAITING_PICTURES: usize = 15;
const MOST_DECODED_PICTURES: usize = 3;
const SLACK_US: f64 = 3_000.0;
const RESYNC_US: i64 = 500_000;
const MOST_WAITING_PACKETS: usize = 30;
const PENDING_US: i64 = 30_000;
const QUEUED_FRAMES: usize = frames_in_ms(50);
/// A guess at Opus on a desktop.
const DECODE_SOUND_US: f64 = 200.0;

pub(super) fn make(trace: &Trace, conditions: &Conditions) -> (Box<dyn Policy>, Decoder) {
    let shortest = trace.units.iter().filter(|unit| unit.track == Track::Video).map(|unit| unit.duration_us).min();
    let policy = Moonlight {
        fast_stream: shortest.is_some_and(|frame| frame as f64 <= conditions.refresh_us() * 1.01),
        refresh_us: conditions.refresh_us(),
        history_len: (conditions.refresh_hz / 2.0) as usize,
        history: VecDeque::new(),
        pacing: VecDeque::new(),
        vsync_us: 0.0,
        rendering: None,
        resync_us: RESYNC_US,
        packets: VecDeque::new(),
        decoding: None,
        held: None,
        queue: Fifo::default(),
    };
    (Box::new(policy), Decoder::bounded(MOST_WAITING_PICTURES))
}

struct Moonlight {
    fast_stream: bool,
    refresh_us: f64,
    history_len: usize,
    history: VecDeque<usize>,
    pacing: VecDeque<Unit>,
    /// The next vsync at which the pacer picks.
    vsync_us: f64,
    rendering: Option<Unit>,
    resync_us: i64,
    packets: VecDeque<Unit>,
    decoding: Option<(f64, Unit)>,
    /// Decoded, and the device's queue is full.
    held: Option<Unit>,
    queue: Fifo,
}

impl Moonlight {
    fn vsync(&mut self) {
        let mut target = 1;
        if self.fast_stream {
            if self.history.iter().any(|queued| *queued <= 1) {
                target = 3;
            }
            if self.history.len() == self.history_len {
                self.history.pop_front();
            }
            self.history.push_back(self.pacing.len());
        }
        while self.pacing.len() > target {
            self.pacing.pop_front();
        }
        self.rendering = self.pacing.pop_front();
    }

    fn full(&self, unit: &Unit) -> bool {
        let packet = frames_of(unit).max(1);
        self.queue.len() / packet * packet > QUEUED_FRAMES
    }

    fn sound_decoder(&mut self, now: f64) {
        if let Some(unit) = self.held.take() {
            if self.full(&unit) {
                self.held = Some(unit);
                return;
            }
            self.queue.push_unit(&unit);
        }
        if let Some((_, unit)) = self.decoding.take_if(|(done, _)| *done <= now) {
            let pending: i64 = self.packets.iter().map(|unit| unit.duration_us).sum();
            match (pending > PENDING_US, self.full(&unit)) {
                (true, _) => {}
                (false, true) => {
                    self.held = Some(unit);
                    return;
                }
                (false, false) => self.queue.push_unit(&unit),
            }
        }
        if self.decoding.is_none() {
            self.decoding = self.packets.pop_front().map(|unit| (now + DECODE_SOUND_US, unit));
        }
    }
}

impl Policy for Moonlight {
    fn arrive(&mut self, _now: f64, unit: &Unit, decoder: &mut Decoder) {
        match unit.track {
            Track::Video => decoder.push(unit),
            Track::Audio if self.resync_us > 0 => self.resync_us -= unit.duration_us,
            Track::Audio => {
                if self.packets.len() == MOST_WAITING_PACKETS {
                    self.packets.clear();
                }
                self.packets.push_back(*unit);
            }
        }
    }

    fn decoded(&mut self, now: f64, unit: &Unit) {
        if self.rendering.is_none() && self.pacing.is_empty() && now <= self.vsync_us - SLACK_US {
            self.rendering = Some(*unit);
            return;
        }
        if self.pacing.len() == MOST_DECODED_PICTURES {
            self.pacing.pop_front();
        }
        self.pacing.push_back(*unit);
    }

    fn sound(&mut self, _now: f64, frames: usize, out: &mut Vec<(usize, Heard)>) {
        self.queue.take(frames, out);
    }

    fn choose(&mut self, _now: f64, visible_us: f64) -> Chosen {
        // The next pick happens as this refresh lights up.
        self.vsync_us = visible_us;
        self.rendering.take().map(|unit| (unit.pts_us, unit.duration_us))
    }

    fn wake(&self) -> Option<f64> {
        let sound = self.decoding.filter(|_| self.held.is_none()).map_or(f64::INFINITY, |(done, _)| done);
        Some(sound.min(self.vsync_us))
    }

    fn tick(&mut self, now: f64) {
        if now >= self.vsync_us {
            self.vsync();
            self.vsync_us = now + self.refresh_us;
        }
        self.sound_decoder(now);
    }
}
