//! ALVR (client of 2026): pictures from a short queue, one per refresh; sound in batches from a buffer that is filled anew after
//! every underrun. No sync of the two.
//!
//! Facts modelled. Pictures: at most 5 decoded ones wait, the oldest goes; each refresh takes the oldest, and drops one more while
//! the running average of the queue's length (weight of the past 0.90) lies above 2. Sound: batches of 10 ms, a buffer of 50 ms.
//! Playing begins when more than 60 ms are there; with less than a batch left it is silent until that is so again; beyond 110 ms
//! the oldest go down to 50 ms. Fades and cross-fades last a batch.
//!
//! Simplified: a batch that fades counts as sound in full. No loss and no reordering: its own transport has both, the stage's has
//! not.

use std::collections::VecDeque;

use super::super::conditions::Conditions;
use super::super::recorder::Heard;
use super::super::trace::Trace;
use super::super::unit::Unit;
use super::decoder::Decoder;
use super::fifo::{Fifo, frames_in_ms};
use super::model::{Chosen, Policy};
use crate::media::Track;

const MOST_PICTURES: usize = 5;
const MOST_AVERAGE: f64 = 2.0;
const WEIGHT_OF_PAST: f64 = 0.90;
const BATCH: usize = frames_in_ms(10);
const BUFFER: usize = frames_in_ms(50);

pub(super) fn make(_: &Trace, _: &Conditions) -> (Box<dyn Policy>, Decoder) {
    (Box::new(Alvr::default()), Decoder::serial())
}

#[derive(Default)]
struct Alvr {
    pictures: VecDeque<Unit>,
    average: f64,
    buffer: Fifo,
    /// Fills up before it plays.
    recovery: Fifo,
    /// What a device with another period than a batch has not taken yet.
    batch: Fifo,
}

impl Policy for Alvr {
    fn arrive(&mut self, _now: f64, unit: &Unit, decoder: &mut Decoder) {
        if unit.track == Track::Video {
            decoder.push(unit);
            return;
        }
        if self.buffer.len() < BATCH {
            self.recovery.append(&mut self.buffer);
        }
        if self.buffer.len() == 0 {
            self.recovery.push_unit(unit);
            if self.recovery.len() > BUFFER + BATCH {
                self.buffer.append(&mut self.recovery);
            }
        } else {
            self.buffer.push_unit(unit);
        }
        if self.buffer.len() > 2 * BUFFER + BATCH {
            self.buffer.skip(self.buffer.len() - BUFFER);
        }
    }

    fn decoded(&mut self, _now: f64, unit: &Unit) {
        if self.pictures.len() == MOST_PICTURES {
            self.pictures.pop_front();
        }
        self.pictures.push_back(*unit);
    }

    fn sound(&mut self, _now: f64, frames: usize, out: &mut Vec<(usize, Heard)>) {
        let mut wanted = frames;
        while wanted > 0 {
            if self.batch.len() == 0 {
                let mut pieces = Vec::new();
                if self.buffer.len() >= BATCH {
                    self.buffer.take(BATCH, &mut pieces);
                } else {
                    pieces.push((BATCH, Heard::MadeUp));
                }
                pieces.into_iter().for_each(|(frames, heard)| self.batch.push(frames, heard));
            }
            wanted -= self.batch.take(wanted, out);
        }
    }

    fn choose(&mut self, _now: f64, _visible_us: f64) -> Chosen {
        self.average = self.average * WEIGHT_OF_PAST + self.pictures.len() as f64 * (1.0 - WEIGHT_OF_PAST);
        if self.average > MOST_AVERAGE {
            self.pictures.pop_front();
        }
        self.pictures.pop_front().map(|unit| (unit.pts_us, unit.duration_us))
    }
}
