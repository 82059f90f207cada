//! Layer L1: real sockets, the real server, real decoders, a software picture and a paced stand-in device; and beside it L0 on the very
//! arrivals that it had, on a machine as that one was measured.

use serde_json::{Value, json};

use super::agreement::Agreement;
use super::taps::Taps;
use crate::app::args::BenchSync;
use crate::app::bench::output::{Form, Output, save_trace};
use crate::app::bench::{markdown, table};
use crate::app::errors::{Exit, Failure};
use crate::app::explore::{Plan, measured};
use crate::audio::{DeviceChoice, RATE, StandIn};
use crate::clock::Clock;
use crate::lab::{self, Figures, Seaglass};
use crate::player::PlayerOptions;

/// Plays, measures, predicts and reports. `date`: the day on which it does.
pub fn measure(
    args: &BenchSync,
    plan: &Plan,
    outputs: &[Output],
    clock: Clock,
    date: &str,
) -> Result<Option<Exit>, Failure> {
    let period_frames = ((args.period.as_secs_f64() * f64::from(RATE)).round() as usize).clamp(1, 4800);
    let mut taps = Taps::new(clock);
    let stand_in = StandIn { period_frames, ppm: args.ppm, tap: Some(taps.device()) };
    let options = PlayerOptions {
        device: DeviceChoice::StandIn(stand_in),
        written: Some(taps.written()),
        ..PlayerOptions::new(clock)
    };
    let arrivals = taps.arrivals();
    let (seen, device) = measured(plan, options, arrivals, &mut taps)?;
    let (mut observed, lost) = taps.finish();
    if lost > 0 {
        let why = format!("{lost} events came faster than they could be taken down");
        return Err(failed(&why));
    }
    if observed.units.is_empty() {
        return Err(failed("nothing arrived"));
    }
    observed.settle();
    observed.preset = plan.preset.to_string();
    let trace = observed.trace(&args.world);
    let conditions = observed.conditions(period_frames, args.ppm);
    let disturbed_us = observed.disturbed_us(&conditions);
    let (real, _) = lab::play(&mut observed, &trace, &conditions, conditions.seed);
    let (virtually, _) = lab::play(&mut Seaglass { preset: plan.preset, cap: None }, &trace, &conditions, conditions.seed);
    let mut real = value(&Figures { layer: "L1", ..real });
    let virtually = value(&virtually);
    let agreement = Agreement::of(&real, &virtually);
    real["agreement"] = agreement.json();
    real["machine"] = json!({
        "adapter": seen.adapter,
        "sound": device,
        "period_ms": conditions.period_us() / 1e3,
        "ppm": args.ppm,
        "latency_ms": millis(conditions.latency_us),
        "draw_ms": millis(conditions.draw_us),
        "decode_ms": millis(conditions.decode_us),
        "disturbed_ms": millis(disturbed_us),
    });
    if let Some(path) = &args.save_trace {
        save_trace(path, &trace)?;
    }
    for output in outputs {
        let rows = [&real, &virtually];
        let text = match output.form {
            Form::Text => format!("{}\n{}{}", head(&real), table::block(&rows, "layer"), agreement.text()),
            Form::Json => table::json(&rows),
            Form::Csv => table::csv(&rows),
            Form::Markdown => markdown::lines(&rows, date, &(head(&real) + &agreement.text())),
        };
        output.write(&text, "bench sync L1")?;
    }
    Ok(seen.signal)
}

/// What was measured, on what.
fn head(real: &Value) -> String {
    let machine = |name: &str| real["machine"][name].as_f64().unwrap_or_default();
    let words = |name: &str| real["machine"][name].as_str().unwrap_or_default().to_owned();
    format!(
        "Layer L1: real sockets, server and decoders; picture by {}, not light; {}.\n\
         Beside it L0: virtual time on the same arrivals, on a machine that draws in {:.1} ms, decodes in {:.1} ms and sounds {:.1} ms after its callback.\n\
         Other work held it up by {:.1} ms: late callbacks, missed refreshes, a dry ring.\n\
         Delays are beyond the earliest possible arrival.\n",
        words("adapter"),
        words("sound"),
        machine("draw_ms"),
        machine("decode_ms"),
        machine("latency_ms"),
        machine("disturbed_ms"),
    )
}

fn value(figures: &Figures) -> Value {
    serde_json::to_value(figures).unwrap_or_else(|_| unreachable!("figures hold nothing that JSON cannot say"))
}

fn millis(us: f64) -> f64 {
    (us / 10.0).round() / 100.0
}

fn failed(why: &str) -> Failure {
    Failure::new("player", Exit::Unexpected, "the run cannot be measured", why, "run it again on a quieter machine")
}
