//! A real run as the laboratory sees one: the same figures from what really sounded and lit up, by the same arithmetic as in virtual
//! time. Plays nothing; says what was played.

use crate::lab::{Algorithm, Conditions, Earliest, Heard, Recorder, Trace, Unit};
use crate::player::Written;

/// Where the first arrival is put, in microseconds: a run's own clock began long before.
const START_US: f64 = 1e6;
/// A device that leaves more out between two periods than this was silent meanwhile, in microseconds.
const GAP_US: f64 = 50.0;

/// What the pipeline did. Moments in microseconds of the run's clock.
#[derive(Clone, Debug, Default)]
pub struct Observed {
    /// What arrived, in order.
    pub units: Vec<Unit>,
    /// What was written to the output, in order.
    pub written: Vec<Written>,
    /// What the device took, in order.
    pub periods: Vec<Period>,
    /// Every refresh, in order.
    pub refreshes: Vec<Refresh>,
    /// The preset that played.
    pub preset: String,
}

/// A period of the device.
#[derive(Clone, Copy, Debug)]
pub struct Period {
    /// When the device asked for it.
    pub asked_us: f64,
    /// When its first frame sounds.
    pub sounds_us: f64,
    /// Its frames.
    pub frames: usize,
    /// Those that the ring had; silence follows them.
    pub taken: usize,
}

/// A refresh of the display.
#[derive(Clone, Copy, Debug)]
pub struct Refresh {
    /// When its frame was chosen.
    pub chosen_us: f64,
    /// When it lights up.
    pub visible_us: f64,
    /// Presentation time and duration of a new frame.
    pub picture: Option<(i64, i64)>,
    /// How long that frame took to decode.
    pub decode_us: Option<f64>,
}

impl Observed {
    /// Moves every moment so that the first arrival stands where traces begin; nothing where nothing arrived.
    pub fn settle(&mut self) {
        let Some(first) = self.units.first() else { return };
        let shift = START_US - first.arrival_us as f64;
        let mut before = i64::MIN;
        for unit in &mut self.units {
            unit.arrival_us = (unit.arrival_us + shift as i64).max(before);
            before = unit.arrival_us;
        }
        for period in &mut self.periods {
            period.asked_us += shift;
            period.sounds_us += shift;
        }
        for refresh in &mut self.refreshes {
            refresh.chosen_us += shift;
            refresh.visible_us += shift;
        }
    }

    /// The arrivals as a trace.
    #[must_use]
    pub fn trace(&self, name: &str) -> Trace {
        Trace { name: name.into(), units: self.units.clone(), earliest: Earliest::estimate(&self.units) }
    }

    /// The machine as it was measured: medians of what it took from choice to light, to decode, and from callback to sound;
    /// and where in their periods callbacks and refreshes lay.
    #[must_use]
    pub fn conditions(&self, period_frames: usize, device_ppm: f64) -> Conditions {
        let reference = Conditions::default();
        let draw = self.refreshes.iter().map(|refresh| refresh.visible_us - refresh.chosen_us);
        let decode = self.refreshes.iter().filter_map(|refresh| refresh.decode_us);
        let latency = self.periods.iter().map(|period| period.sounds_us - period.asked_us);
        let latency_us = median(latency).unwrap_or(reference.latency_us).max(0.0);
        let phases_us = self.periods.first().zip(self.refreshes.first());
        Conditions {
            phases_us: phases_us.map(|(period, refresh)| (period.sounds_us - latency_us, refresh.visible_us)),
            draw_us: median(draw).unwrap_or(reference.draw_us),
            decode_us: median(decode).unwrap_or(reference.decode_us),
            latency_us,
            period_frames,
            device_ppm,
            ..reference
        }
    }

    /// How far the machine was from one that does nothing else, in microseconds: by how much callbacks came later than their
    /// schedule (p99), pictures missed the refresh that they were drawn for, and the ring was dry, both counted from one in 200 on.
    #[must_use]
    pub fn disturbed_us(&self, conditions: &Conditions) -> f64 {
        let callbacks =
            self.periods.iter().map(|period| (conditions.latency_us - (period.sounds_us - period.asked_us)).abs());
        let pictures = self.refreshes.iter().filter(|refresh| refresh.picture.is_some());
        // A picture is chosen less than a refresh before the one that it is meant for.
        let missed = pictures.map(|refresh| (refresh.visible_us - refresh.chosen_us - conditions.refresh_us()).max(0.0));
        let sounding = self.periods.iter().skip_while(|period| period.taken == 0);
        let dry = sounding.map(|period| (period.frames - period.taken) as f64 * conditions.frame_us());
        at(callbacks, 0.99).max(at(missed, 0.995)).max(at(dry, 0.995))
    }

    /// Tells what a period sounded, piece by piece. `place`: where in what was written the last one ended.
    fn hear(&self, period: &Period, first_frame: u64, place: &mut usize, frame_us: f64, recorder: &mut Recorder<'_>) {
        let (mut done, taken) = (0, period.taken as u64);
        while done < taken {
            let at = first_frame + done;
            while self.written.get(*place).is_some_and(|piece| piece.from + piece.frames as u64 <= at) {
                *place += 1;
            }
            let Some(piece) = self.written.get(*place) else { break };
            let frames = (piece.from + piece.frames as u64 - at).min(taken - done);
            let heard = piece.media.map_or(Heard::MadeUp, |(pts_us, speed)| Heard::Media {
                pts_us: pts_us + (at - piece.from) as f64 * speed * 1e6 / 48_000.0,
                speed,
            });
            recorder.hear(period.sounds_us + done as f64 * frame_us, frames as f64, heard);
            done += frames;
        }
        let silent = period.frames as u64 - done;
        if silent > 0 {
            recorder.hear(period.sounds_us + done as f64 * frame_us, silent as f64, Heard::MadeUp);
        }
    }
}

impl Algorithm for Observed {
    fn name(&self) -> String {
        "seaglass".into()
    }

    fn preset(&self) -> String {
        self.preset.clone()
    }

    fn kind(&self) -> &'static str {
        "implementation"
    }

    fn play(&mut self, _trace: &Trace, conditions: &Conditions, recorder: &mut Recorder<'_>) {
        let frame_us = conditions.frame_us();
        let (mut place, mut frame, mut ended) = (0, 0, None);
        let mut refreshes = self.refreshes.iter().peekable();
        for period in &self.periods {
            while let Some(refresh) = refreshes.next_if(|refresh| refresh.visible_us < period.sounds_us) {
                recorder.refresh(refresh.visible_us, refresh.picture);
            }
            recorder.period();
            if let Some(gap) = ended.map(|ended: f64| period.sounds_us - ended).filter(|gap| *gap > GAP_US) {
                recorder.hear(period.sounds_us - gap, gap / frame_us, Heard::MadeUp);
            }
            self.hear(period, frame, &mut place, frame_us, recorder);
            frame += period.taken as u64;
            ended = Some(period.sounds_us + period.frames as f64 * frame_us);
        }
        for refresh in refreshes {
            recorder.refresh(refresh.visible_us, refresh.picture);
        }
    }
}

fn median(values: impl Iterator<Item = f64>) -> Option<f64> {
    let values = sorted(values);
    values.get(values.len() / 2).copied()
}

/// A quantile, by the nearest rank below; 0 where there is nothing.
fn at(values: impl Iterator<Item = f64>, q: f64) -> f64 {
    let values = sorted(values);
    values.get((values.len().saturating_sub(1) as f64 * q) as usize).copied().unwrap_or_default()
}

fn sorted(values: impl Iterator<Item = f64>) -> Vec<f64> {
    let mut values: Vec<f64> = values.collect();
    values.sort_unstable_by(f64::total_cmp);
    values
}
