//! The oracle as an algorithm: sound and picture at exactly one delay behind the earliest possible arrival, the smallest that
//! conceals no more than a share, chosen with the whole trace in hand. What a live algorithm can at best come near to.

use super::super::algorithm::Algorithm;
use super::super::bench::measured;
use super::super::conditions::{Action, Conditions};
use super::super::oracle::Oracle;
use super::super::recorder::{Heard, Recorder};
use super::super::stage::{Event, Stage};
use super::super::trace::Trace;
use super::super::unit::Unit;
use super::decoder::Decoder;
use super::model::sounds;
use crate::media::Track;

/// The best fixed delay of a trace.
#[derive(Clone, Copy, Debug)]
pub struct Hindsight {
    /// The share of the sound that it may conceal, in per cent.
    pub concealed_pct: f64,
}

impl Default for Hindsight {
    /// 0.45 %: what the concealment of a good live algorithm is held against.
    fn default() -> Self {
        Self { concealed_pct: 0.45 }
    }
}

impl Algorithm for Hindsight {
    fn name(&self) -> String {
        "oracle".into()
    }

    fn preset(&self) -> String {
        format!("at most {} % concealed", self.concealed_pct)
    }

    fn kind(&self) -> &'static str {
        "oracle"
    }

    fn play(&mut self, trace: &Trace, conditions: &Conditions, recorder: &mut Recorder<'_>) {
        let (from, until) = measured(trace);
        // Without sound there is nothing to conceal: pictures show as early as can be.
        let delay = Oracle::new(trace, conditions, from, until).delay_us(self.concealed_pct).unwrap_or(0.0);
        let mut run = Run { trace, delay, packets: packets_of(trace), decoded: Vec::new() };
        let mut stage = Stage::new(trace, conditions);
        let mut decoder = Decoder::serial();
        let (mut sound_on, mut paused, mut epoch) = (true, false, None);
        loop {
            let (now, event) = stage.next(decoder.wake());
            match event {
                Event::End => break,
                Event::Arrive(index) => {
                    let unit = &trace.units[index];
                    if epoch.replace(unit.epoch).is_some_and(|before| before != unit.epoch) {
                        recorder.cut();
                    }
                    if unit.track == Track::Video {
                        decoder.push(unit);
                    }
                }
                Event::Act(Action::Sound(on)) => sound_on = on,
                Event::Act(Action::Paused(on)) => paused = on,
                Event::Callback { silent_us } => {
                    let pieces = run.period(now, conditions);
                    sounds(now, silent_us, &pieces, !sound_on || paused, conditions, recorder);
                }
                Event::Choose { visible_us } => {
                    let chosen = run.choose(visible_us, conditions);
                    recorder.refresh(visible_us, chosen.filter(|_| !paused));
                }
                Event::Wake => {}
            }
            decoder.advance(now, &mut stage, |unit| run.decoded.push(*unit));
        }
    }
}

/// The sound packets by presentation time.
fn packets_of(trace: &Trace) -> Vec<Unit> {
    let mut packets: Vec<Unit> = trace.units.iter().filter(|unit| unit.track == Track::Audio).copied().collect();
    packets.sort_by_key(|unit| unit.pts_us);
    packets
}

struct Run<'a> {
    trace: &'a Trace,
    delay: f64,
    packets: Vec<Unit>,
    /// Decoded pictures whose time has not come, in order.
    decoded: Vec<Unit>,
}

impl Run<'_> {
    /// The media time that is due at a moment.
    fn due(&self, at: f64) -> f64 {
        at - self.trace.earliest.offset(at) - self.delay
    }

    /// One period of the device, in hand one period before it sounds.
    fn period(&self, now: f64, conditions: &Conditions) -> Vec<(usize, Heard)> {
        let ready = now - conditions.period_us();
        let (mut pieces, mut rest) = (Vec::new(), conditions.period_frames);
        let mut pts = self.due(now + conditions.latency_us);
        while rest > 0 {
            let place = self.packets.partition_point(|unit| unit.pts_us as f64 <= pts);
            let here = place.checked_sub(1).map(|place| self.packets[place]);
            let inside = here.filter(|unit| pts < (unit.pts_us + unit.duration_us) as f64);
            let until = match inside {
                Some(unit) => (unit.pts_us + unit.duration_us) as f64,
                None => self.packets.get(place).map_or(f64::INFINITY, |unit| unit.pts_us as f64),
            };
            let frames = (((until - pts) / conditions.frame_us()).ceil().max(1.0)).min(rest as f64) as usize;
            let there = inside.is_some_and(|unit| unit.arrival_us as f64 <= ready);
            pieces.push((frames, if there { Heard::Media { pts_us: pts, speed: 1.0 } } else { Heard::MadeUp }));
            pts += frames as f64 * conditions.frame_us();
            rest -= frames;
        }
        pieces
    }

    /// The newest decoded picture whose time comes nearest to the refresh: half a refresh early at most.
    fn choose(&mut self, visible_us: f64, conditions: &Conditions) -> Option<(i64, i64)> {
        let due = self.due(visible_us) + conditions.refresh_us() / 2.0;
        let count = self.decoded.iter().take_while(|unit| unit.pts_us as f64 <= due).count();
        self.decoded.drain(..count).next_back().map(|unit| (unit.pts_us, unit.duration_us))
    }
}
