//! Layer L3: the real pipeline into a real sound server whose output is recorded, while the offscreen picture is read back. The
//! calibration world flashes and clicks at the same media time: how far a click in the recording lies from its flash is sync as
//! it left the machine's software, by nobody's bookkeeping. A sink that plays to nobody is no loudspeaker, and a picture that was read
//! back no light.

use serde_json::{Value, json};

use super::monitor::Monitor;
use crate::app::bench::output::{Form, Output};
use crate::app::bench::{markdown, table};
use crate::app::errors::{Exit, Failure};
use crate::app::explore::{Look, Plan, Watch, measured};
use crate::audio::DeviceChoice;
use crate::clock::Clock;
use crate::lab::WARM_UP_SECONDS;
use crate::player::PlayerOptions;

/// A flash is brighter than this on average, of 255; the frames around it stay near 128 (docs/calibration.md).
const BRIGHT: u64 = 190;
/// A click belongs to the flash that it is nearer to than this, in microseconds: half of what lies between two.
const REACH_US: f64 = 500e3;
/// ITU-R BT.1359-1, detectability: sound early, and late.
const EARLY_US: f64 = 45e3;
const LATE_US: f64 = -125e3;

/// Plays, records and reports. `date`: the day on which it does.
pub fn measure(plan: &Plan, outputs: &[Output], clock: Clock, date: &str) -> Result<Option<Exit>, Failure> {
    let monitor = Monitor::start(clock)?;
    let options = PlayerOptions { device: DeviceChoice::Default, ..PlayerOptions::new(clock) };
    let mut eye = Eye::default();
    let (seen, device) = measured(plan, options, |sink| sink, &mut eye)?;
    let recording = monitor.finish();
    let (clicks, bound_us) = recording.clicks().ok_or_else(|| failed("the recording is empty"))?;
    let first = eye.first_us.ok_or_else(|| failed("no picture was seen"))?;
    let last = eye.last_us;
    // As in virtual time: what is shorter than two warm-ups is measured from its middle on.
    let warm_up = (WARM_UP_SECONDS * 1e6).min((last - first) / 2.0);
    let flashes: Vec<f64> = eye.flashes.iter().copied().filter(|at| *at >= first + warm_up).collect();
    let offsets: Vec<f64> = flashes.iter().filter_map(|flash| nearest(*flash, &clicks)).collect();
    if offsets.is_empty() {
        let why = format!("{} flashes were seen and {} clicks heard, none together; {device}", flashes.len(), clicks.len());
        return Err(failed(&why));
    }
    let mut unsigned: Vec<f64> = offsets.iter().map(|offset| offset.abs()).collect();
    unsigned.sort_unstable_by(f64::total_cmp);
    let at = |share: f64| unsigned[((unsigned.len() - 1) as f64 * share).round() as usize];
    let outside = offsets.iter().filter(|offset| **offset > EARLY_US || **offset < LATE_US).count();
    let row = json!({
        "algorithm": "seaglass",
        "preset": plan.preset.name(),
        "trace": "calibration",
        "layer": "L3",
        "kind": "implementation",
        "seconds": round((last - first - warm_up) / 1e3) / 1e3,
        "warm_up_seconds": round(warm_up / 1e3) / 1e3,
        "av_offset_ms": {
            "p50_abs": round(at(0.50) / 1e3),
            "p99_abs": round(at(0.99) / 1e3),
            "max_abs": round(at(1.0) / 1e3),
            "outside_bt1359_pct": round(100.0 * outside as f64 / offsets.len() as f64),
            "mean": round(offsets.iter().sum::<f64>() / offsets.len() as f64 / 1e3),
        },
        "bound_ms": round(bound_us / 1e3),
        "flashes": flashes.len(),
        "pairs": offsets.len(),
        "offsets_ms": offsets.iter().map(|offset| round(offset / 1e3)).collect::<Vec<_>>(),
        "machine": { "adapter": seen.adapter, "sound": device },
    });
    for output in outputs {
        let text = match output.form {
            Form::Text => text(&row),
            Form::Json => table::json(&[&row]),
            Form::Csv => table::csv(&[&row]),
            Form::Markdown => markdown::lines(&[&row], date, &text(&row)),
        };
        output.write(&text, "bench sync L3")?;
    }
    Ok(seen.signal)
}

/// Sees flashes.
#[derive(Debug, Default)]
struct Eye {
    flashes: Vec<f64>,
    first_us: Option<f64>,
    last_us: f64,
}

impl Watch for Eye {
    fn wants_pictures(&self) -> bool {
        true
    }

    fn look(&mut self, look: &Look<'_>) {
        let at_us = look.visible.as_nanos() as f64 / 1e3;
        if let Some(rgba) = look.rgba {
            self.first_us.get_or_insert(at_us);
            if brightness(rgba) > BRIGHT {
                self.flashes.push(at_us);
            }
        }
        self.last_us = at_us;
    }
}

/// The mean of every 64th green sample.
fn brightness(rgba: &[u8]) -> u64 {
    let samples = rgba.iter().skip(1).step_by(4 * 64);
    let count = samples.clone().count().max(1) as u64;
    samples.map(|sample| u64::from(*sample)).sum::<u64>() / count
}

/// Positive: the click comes before the flash, the sound is early.
fn nearest(flash: f64, clicks: &[f64]) -> Option<f64> {
    clicks
        .iter()
        .map(|click| flash - click)
        .min_by(|a, b| a.abs().total_cmp(&b.abs()))
        .filter(|offset| offset.abs() < REACH_US)
}

fn text(row: &Value) -> String {
    let offset = |name: &str| row["av_offset_ms"][name].as_f64().unwrap_or_default();
    let words = |name: &str| row["machine"][name].as_str().unwrap_or_default().to_owned();
    format!(
        "Layer L3: {}, recorded through its monitor; picture by {}, read back, not light.\n\
         {} flashes with their clicks, after {} s of warm-up that are not counted; the recording's clock is known to within {} ms.\n\
         flash minus click, ms: mean {:+.1}, |.| p50 {:.1}, p99 {:.1}, max {:.1}; outside of BT.1359: {:.1} %\n",
        words("sound"),
        words("adapter"),
        row["pairs"],
        row["warm_up_seconds"],
        row["bound_ms"],
        offset("mean"),
        offset("p50_abs"),
        offset("p99_abs"),
        offset("max_abs"),
        offset("outside_bt1359_pct"),
    )
}

fn round(value: f64) -> f64 {
    (value * 100.0).round() / 100.0
}

fn failed(why: &str) -> Failure {
    Failure::new("player", Exit::Unexpected, "the run cannot be measured", why, "run it again on a quieter machine")
}
