//! `seaglass-neteq`: plays the `neteq` crate on the laboratory's units and prints its figures as `seaglass bench sim` does, with
//! the crate's own counts beside them as `own_statistics`.
//!
//! With `--trace FILE --conditions JSON --seed N` one JSON object, which is how `seaglass bench sim --peers neteq` calls it; with
//! `--scenario` an array.

use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use clap::Parser;
use seaglass::lab::{Conditions, Scenario, Trace, play};
use seaglass_neteq::{Peer, unfit};
use serde_json::{Value, json};

#[derive(Debug, Parser)]
#[command(name = "seaglass-neteq", about = "The neteq crate as a peer of seaglass's laboratory")]
struct Args {
    /// Recorded arrivals (CSV).
    #[arg(long, value_name = "FILE", conflicts_with = "scenario")]
    trace: Option<PathBuf>,
    /// The trace's machine as JSON, by the names of the laboratory's conditions.
    #[arg(long, value_name = "JSON", requires = "trace")]
    conditions: Option<String>,
    /// Generated scenarios: S1,S6a or all.
    #[arg(long, value_delimiter = ',', value_name = "LIST")]
    scenario: Vec<String>,
    /// How long scenarios last, in seconds; each its own length unless told.
    #[arg(long, value_name = "N", requires = "scenario")]
    seconds: Option<u32>,
    /// The seed of trace and machine.
    #[arg(long, default_value_t = 1, value_name = "N")]
    seed: u64,
    /// The least delay in milliseconds; 0: the crate's own.
    #[arg(long, default_value_t = 0, value_name = "MS")]
    min_delay: u32,
    /// The most delay in milliseconds; 0: the crate's own.
    #[arg(long, default_value_t = 0, value_name = "MS")]
    max_delay: u32,
}

fn main() -> anyhow::Result<()> {
    let args = Args::parse();
    let peer = Peer { min_delay_ms: args.min_delay, max_delay_ms: args.max_delay, own: None };
    let report = match &args.trace {
        Some(path) => {
            let conditions = args.conditions.as_deref().map_or_else(|| Ok(Conditions::default()), serde_json::from_str);
            run(peer, &read(path)?, &conditions.context("--conditions does not hold")?, args.seed)?
        }
        None => scenarios(peer, &args)?,
    };
    println!("{report}");
    Ok(())
}

fn read(path: &Path) -> anyhow::Result<Trace> {
    let text = std::fs::read_to_string(path).with_context(|| format!("{} cannot be read", path.display()))?;
    let name = path.file_stem().unwrap_or_default().to_string_lossy();
    Trace::parse(&name, &text).with_context(|| format!("{} is no trace", path.display()))
}

fn scenarios(peer: Peer, args: &Args) -> anyhow::Result<Value> {
    if args.scenario.is_empty() {
        bail!("nothing to play: name a file with --trace, or scenarios with --scenario S1,S2 or all");
    }
    let mut figures = Vec::new();
    for name in &args.scenario {
        let named = if name == "all" { seaglass::lab::SCENARIOS.iter().collect() } else { Scenario::named(name) };
        if named.is_empty() {
            bail!("there is no scenario `{name}`: S1 to S16, or all");
        }
        for scenario in named {
            let (trace, conditions) = scenario.make(args.seconds.unwrap_or(scenario.seconds), args.seed);
            figures.push(run(peer, &trace, &conditions, args.seed)?);
        }
    }
    Ok(Value::Array(figures))
}

fn run(mut peer: Peer, trace: &Trace, conditions: &Conditions, seed: u64) -> anyhow::Result<Value> {
    if let Some(why) = unfit(trace) {
        bail!("{} does not fit: {why}", trace.name);
    }
    let (figures, _) = play(&mut peer, trace, conditions, seed);
    let mut report = serde_json::to_value(figures)?;
    if let (Some(report), Some(own)) = (report.as_object_mut(), peer.own) {
        let own = json!({
            "concealed_pct": round(own.concealed_pct, 4),
            "stretched_pct": round(own.stretched_pct, 4),
            "target_ms": own.target_ms,
        });
        report.insert("own_statistics".into(), own);
    }
    Ok(report)
}

fn round(value: f64, places: i32) -> f64 {
    let scale = 10_f64.powi(places);
    (value * scale).round() / scale
}
