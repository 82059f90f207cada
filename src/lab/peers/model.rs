//! What every policy model has around it: decoder, sound device, display and user of the stage. A model itself says only what it
//! does with units, with a period of the device, and at a refresh.

use super::super::algorithm::Algorithm;
use super::super::conditions::{Action, Conditions};
use super::super::recorder::{Heard, Recorder};
use super::super::stage::{Event, Stage};
use super::super::trace::Trace;
use super::super::unit::Unit;
use super::decoder::Decoder;

/// A picture chosen to be shown: its presentation time and duration in microseconds.
pub(super) type Chosen = Option<(i64, i64)>;

/// One program's policy. Moments in microseconds; calls come in order of time.
pub(super) trait Policy {
    /// A unit arrived. Sound is the policy's own matter; pictures go to the decoder when it says so.
    fn arrive(&mut self, now: f64, unit: &Unit, decoder: &mut Decoder);

    /// A picture is decoded.
    fn decoded(&mut self, now: f64, unit: &Unit);

    /// The sound device takes so many frames: appends what they are. What is not said is silence where sound should be.
    fn sound(&mut self, now: f64, frames: usize, out: &mut Vec<(usize, Heard)>);

    /// The picture for the refresh that lights up at `visible_us`; `None` keeps the one before.
    fn choose(&mut self, now: f64, visible_us: f64) -> Chosen;

    /// The next moment at which time alone changes something.
    fn wake(&self) -> Option<f64> {
        None
    }

    /// Does what has become due. Called after every event.
    fn tick(&mut self, _now: f64) {}
}

/// Makes a policy for a trace and a machine, and the decoder that it has.
pub(super) type Make = fn(&Trace, &Conditions) -> (Box<dyn Policy>, Decoder);

/// A policy model on the stage.
///
/// The user's pause and sound switch are the laboratory's, not the programs': what a model plays meanwhile is silent and unseen. A
/// new timeline is a new session, which begins with nothing in hand.
#[derive(Clone, Copy, Debug)]
pub struct Model {
    pub(super) name: &'static str,
    pub(super) preset: &'static str,
    pub(super) make: Make,
}

impl Algorithm for Model {
    fn name(&self) -> String {
        self.name.into()
    }

    fn preset(&self) -> String {
        self.preset.into()
    }

    fn kind(&self) -> &'static str {
        "policy model"
    }

    fn play(&mut self, trace: &Trace, conditions: &Conditions, recorder: &mut Recorder<'_>) {
        let (mut policy, mut decoder) = (self.make)(trace, conditions);
        let mut stage = Stage::new(trace, conditions);
        let (mut sound_on, mut paused, mut epoch) = (true, false, None);
        let mut pieces = Vec::new();
        loop {
            let next = [policy.wake(), decoder.wake()].into_iter().flatten().reduce(f64::min);
            let (now, event) = stage.next(next);
            match event {
                Event::End => break,
                Event::Arrive(index) => {
                    let unit = &trace.units[index];
                    if epoch.replace(unit.epoch).is_some_and(|before| before != unit.epoch) {
                        recorder.cut();
                        (policy, decoder) = (self.make)(trace, conditions);
                    }
                    policy.arrive(now, unit, &mut decoder);
                }
                Event::Act(Action::Sound(on)) => sound_on = on,
                Event::Act(Action::Paused(on)) => paused = on,
                Event::Callback { silent_us } => {
                    pieces.clear();
                    policy.sound(now, conditions.period_frames, &mut pieces);
                    let off = !sound_on || paused;
                    sounds(now, silent_us, &pieces, off, conditions, recorder);
                }
                Event::Choose { visible_us } => {
                    let chosen = policy.choose(now, visible_us);
                    recorder.refresh(visible_us, chosen.filter(|_| !paused));
                }
                Event::Wake => {}
            }
            decoder.advance(now, &mut stage, |unit| policy.decoded(now, unit));
            policy.tick(now);
        }
    }
}

/// Tells the recorder one period of the device, and the silence before it. What the pieces leave of the period is silence where
/// sound should be; `off`: the user wants silence.
pub fn sounds(
    now: f64,
    silent_us: f64,
    pieces: &[(usize, Heard)],
    off: bool,
    conditions: &Conditions,
    recorder: &mut Recorder<'_>,
) {
    recorder.period();
    let silence = if off { Heard::Off } else { Heard::MadeUp };
    let mut at = now + conditions.latency_us;
    if silent_us > 0.0 {
        recorder.hear(at - silent_us, silent_us / conditions.frame_us(), silence);
    }
    let mut rest = conditions.period_frames;
    let ends = [(rest, Heard::MadeUp)];
    for (frames, heard) in pieces.iter().chain(&ends) {
        let frames = (*frames).min(rest);
        if frames > 0 {
            let heard = if off || *heard == Heard::MadeUp { silence } else { *heard };
            recorder.hear(at, frames as f64, heard);
            at += frames as f64 * conditions.frame_us();
            rest -= frames;
        }
    }
}
