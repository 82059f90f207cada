//! Biome (Overworld's desktop client for world models, 2026): pictures only, a whole chunk at a time, spread over the time until
//! the next one is expected. It has no sound, so no figure of sound and none of sync.
//!
//! Facts modelled. Nothing is buffered: picture i of a chunk of T is due at the chunk's arrival plus i steps, a step being the
//! running average (weight of the newest 0.2) of the time between two chunks over T. A gap longer than 500 ms or five averages
//! starts the average anew. A chunk that comes before the last one is through replaces it. Each refresh draws the newest picture
//! that is due and decoded. A chunk is one message, and its pictures are decoded side by side.
//!
//! Simplified: where the average starts anew, Biome takes the server's generation time, and this the chunk's span; the moment of
//! choice is the stage's, later than a browser's animation frame.

use super::super::conditions::Conditions;
use super::super::recorder::Heard;
use super::super::trace::Trace;
use super::super::unit::Unit;
use super::decoder::Decoder;
use super::model::{Chosen, Policy};
use crate::media::Track;

const WEIGHT_OF_NEWEST: f64 = 0.2;
const GAP_US: f64 = 500_000.0;
const GAP_AVERAGES: f64 = 5.0;
const MOST_INTERVAL_US: f64 = 1_000_000.0;

pub(super) fn make(_: &Trace, _: &Conditions) -> (Box<dyn Policy>, Decoder) {
    (Box::new(Biome::default()), Decoder::parallel())
}

#[derive(Default)]
struct Biome {
    /// The chunk that is arriving.
    message: Vec<Unit>,
    average_us: Option<f64>,
    before_us: f64,
    /// The chunk on show: when each picture is due, and whether it is decoded.
    current: Vec<(f64, Unit, bool)>,
    next: usize,
}

impl Biome {
    fn chunk(&mut self, now: f64, decoder: &mut Decoder) {
        let Some(first) = self.message.first() else { return };
        let count = self.message.len() as f64;
        let gap = now - self.before_us;
        let average = match self.average_us {
            Some(average) if gap <= GAP_US && gap <= GAP_AVERAGES * average => average + (gap - average) * WEIGHT_OF_NEWEST,
            _ => (first.duration_us as f64 * count).min(MOST_INTERVAL_US),
        };
        (self.average_us, self.before_us, self.next) = (Some(average), now, 0);
        let step = average / count;
        self.message.iter().for_each(|unit| decoder.push(unit));
        let due = |(index, unit)| (now + step * index as f64, unit, false);
        self.current = self.message.drain(..).enumerate().map(due).collect();
    }
}

impl Policy for Biome {
    fn arrive(&mut self, now: f64, unit: &Unit, decoder: &mut Decoder) {
        if unit.track == Track::Audio {
            return;
        }
        // A chunk that a stretch's end cut short ends where the next begins.
        if unit.chunk.0 == 0 {
            self.chunk(now, decoder);
        }
        self.message.push(*unit);
        if unit.chunk.0 + 1 == unit.chunk.1 {
            self.chunk(now, decoder);
        }
    }

    fn decoded(&mut self, _now: f64, unit: &Unit) {
        if let Some((.., decoded)) = self.current.iter_mut().find(|(_, other, _)| other.sequence == unit.sequence) {
            *decoded = true;
        }
    }

    fn sound(&mut self, _now: f64, _frames: usize, _out: &mut Vec<(usize, Heard)>) {}

    fn choose(&mut self, now: f64, _visible_us: f64) -> Chosen {
        let due = self.current.iter().enumerate().skip(self.next).take_while(|(_, (due, ..))| *due <= now);
        let (index, (_, unit, _)) = due.filter(|(_, (.., decoded))| *decoded).last()?;
        self.next = index + 1;
        Some((unit.pts_us, unit.duration_us))
    }
}
