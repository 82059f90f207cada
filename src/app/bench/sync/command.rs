//! `seaglass bench sync`: which layer.

use std::time::Duration;

use super::{layer1, layer3};
use crate::app::args::{AudioChoice, BenchSync, LayerChoice, PresetChoice};
use crate::app::bench::output::{self, Output};
use crate::app::errors::{Exit, Failure};
use crate::app::explore::Plan;
use crate::clock::{Clock, wall_clock};
use crate::playout::Preset;

/// The shortest run of which anything is left behind the warm-up, and the longest whose events are kept.
const RUNS: std::ops::RangeInclusive<Duration> = Duration::from_secs(5)..=Duration::from_secs(1800);

/// Measures on a layer. The exit status of a signal that ended it, if one did.
pub fn sync(args: &BenchSync, clock: Clock) -> Result<Option<Exit>, Failure> {
    let outputs = Output::parse(&args.output)?;
    if !RUNS.contains(&args.duration) {
        let why = format!("--for was given as {} s", args.duration.as_secs_f64());
        return Err(usage("a measurement takes 5 s to 30 min", &why, "choose another --for, as in --for 30s"));
    }
    if let Some(path) = &args.save_trace {
        output::check_place(path, 1)?;
    }
    let date = wall_clock().strftime("%Y-%m-%d").to_string();
    match args.layer {
        LayerChoice::L1 => {
            let plan = Plan::measuring(&args.world, preset(args.preset), AudioChoice::Opus, args.duration);
            layer1::measure(args, &plan, &outputs, clock, &date)
        }
        LayerChoice::L3 if args.world != "calibration" => {
            let why = format!("the world {:?} neither flashes nor clicks", args.world);
            Err(usage("L3 cannot be measured on that world", &why, "leave --world out, or name calibration"))
        }
        LayerChoice::L3 => {
            // Uncompressed: its first sample is the click's start, where Opus knows it to its shortest window.
            let plan = Plan::measuring(&args.world, preset(args.preset), AudioChoice::Pcm, args.duration);
            layer3::measure(&plan, &outputs, clock, &date)
        }
    }
}

fn preset(choice: PresetChoice) -> Preset {
    match choice {
        PresetChoice::Latency => Preset::Latency,
        PresetChoice::Balanced => Preset::Balanced,
        PresetChoice::Smooth => Preset::Smooth,
    }
}

fn usage(what: &str, why: &str, fix: &str) -> Failure {
    Failure::new("usage", Exit::Usage, what, why, fix)
}
