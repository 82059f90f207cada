//! `seaglass bench`

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Subcommand, ValueEnum};

use super::choices::PresetChoice;
use super::reach::Reach;
use super::values::{duration, shard};

/// `seaglass bench`
#[derive(Clone, Debug, Subcommand)]
pub enum Bench {
    /// Measure a world server from its users' side: first frames, steadiness, latency of commands, load, faults.
    Run(Box<BenchRun>),
    /// Play traces in virtual time (layer L0), beside other algorithms on the same bytes.
    Sim(BenchSim),
    /// Measure the real pipeline on a world of an own server: with a stand-in device (L1), or through a sound server (L3).
    Sync(BenchSync),
    /// Show a run again, in any form, from its raw trace.
    Report(BenchReport),
    /// Make one run of the parts that several runners did at once.
    Merge(BenchMerge),
    /// Say whether a run is worse than its baseline.
    Compare(BenchCompare),
}

/// `seaglass bench report`
#[derive(Clone, Debug, Args)]
pub struct BenchReport {
    /// The raw trace, as `bench run -o trace:FILE` wrote it; `-` reads it from stdin.
    #[arg(value_name = "TRACE")]
    pub trace: PathBuf,
    /// How to report: text, json, csv, csv-commands, hgrm, junit, prometheus, otlp, markdown, html or trace, each to stdout or as in
    /// html:FILE (otlp also to a collector, as in otlp:http://localhost:4318); may be given several times.
    #[arg(short, long, value_name = "KIND[:FILE]", default_value = "text")]
    pub output: Vec<String>,
    /// What to judge by instead of the run's own objectives, as in 'ttff:p95<2s'; may be given several times.
    #[arg(long, value_name = "OBJECTIVE")]
    pub objective: Vec<String>,
}

/// `seaglass bench merge`
#[derive(Clone, Debug, Args)]
pub struct BenchMerge {
    /// Raw traces of the parts, one for each runner.
    #[arg(value_name = "TRACE", required = true)]
    pub traces: Vec<PathBuf>,
    /// How to report the whole: as `bench report` does; trace:FILE keeps it.
    #[arg(short, long, value_name = "KIND[:FILE]", default_value = "text")]
    pub output: Vec<String>,
}

/// `seaglass bench compare`
#[derive(Clone, Debug, Args)]
pub struct BenchCompare {
    /// What to compare with: a JSON report or a raw trace; `-` reads it from stdin.
    #[arg(value_name = "BASELINE")]
    pub baseline: PathBuf,
    /// What to judge: a JSON report or a raw trace.
    #[arg(value_name = "CURRENT")]
    pub current: PathBuf,
    /// How to report: text, json or markdown, each to stdout or as in markdown:FILE; may be given several times.
    #[arg(short, long, value_name = "KIND[:FILE]", default_value = "text")]
    pub output: Vec<String>,
    /// Confidence of the intervals, in per cent.
    #[arg(long, value_name = "PERCENT", default_value_t = 95.0)]
    pub confidence: f64,
    /// Differences within so many per cent of the baseline are noise.
    #[arg(long, value_name = "PERCENT", default_value_t = 5.0)]
    pub noise: f64,
    /// Differences of latencies within so many milliseconds are noise, too.
    #[arg(long, value_name = "MS", default_value_t = 1.0)]
    pub floor: f64,
}

/// `seaglass bench run`
#[derive(Clone, Debug, Args)]
pub struct BenchRun {
    /// What to do, with how many sessions, and what is wanted (docs/scenario.md). Without it one session of the calibration world, with
    /// a look around each 250 ms and a direction each 2 s, for 30 s.
    #[arg(value_name = "SCENARIO")]
    pub scenario: Option<PathBuf>,
    /// How to reach the server.
    #[command(flatten)]
    pub reach: Reach,
    /// How to report: text, json, jsonl (while it runs), csv (frames), csv-commands, hgrm, junit, prometheus, otlp, markdown, html or trace,
    /// each to stdout or as in json:FILE (otlp also to a collector, as in otlp:http://localhost:4318); may be given several times.
    #[arg(short, long, value_name = "KIND[:FILE]", default_value = "text")]
    pub output: Vec<String>,
    /// Sessions at once.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub sessions: Option<u32>,
    /// How long, as in `30s`; of a ramp: how long it rises.
    #[arg(long, value_name = "DURATION", value_parser = duration)]
    pub duration: Option<Duration>,
    /// What the figures leave out at the beginning.
    #[arg(long, value_name = "DURATION", value_parser = duration)]
    pub warmup: Option<Duration>,
    /// Course of the load: single, constant, ramp, sweep, soak, churn or storm.
    #[arg(long, value_name = "PROFILE")]
    pub load: Option<String>,
    /// Which sessions are decoded and presented, for input to photon and A/V offset: none, all, or the first so many.
    #[arg(long, value_name = "none|all|N")]
    pub decode: Option<String>,
    /// What is wanted, beside what the scenario wants, as in 'ttff:p95<2s'; may be given several times.
    #[arg(long, value_name = "OBJECTIVE")]
    pub objective: Vec<String>,
    /// End as soon as an objective cannot be kept any more.
    #[arg(long)]
    pub abort_on_fail: bool,
    /// JSON report or trace of an earlier run to compare with.
    #[arg(long, value_name = "FILE")]
    pub baseline: Option<PathBuf>,
    /// Say what would be done and what it costs, and stop.
    #[arg(long)]
    pub dry_run: bool,
    /// Measure first what this program itself adds, and refuse objectives below three times that.
    #[arg(long)]
    pub self_test: bool,
    /// Run one part of the whole, as in 0/4: the first of four runners.
    #[arg(long, value_name = "I/N", value_parser = shard)]
    pub shard: Option<(u32, u32)>,
    /// Same seed, same schedule.
    #[arg(long, value_name = "N")]
    pub seed: Option<u64>,
    /// Do not ask before worlds are made on somebody else's server.
    #[arg(short, long)]
    pub yes: bool,
}

/// `seaglass bench sync`
#[derive(Clone, Debug, Args)]
pub struct BenchSync {
    /// L1: sockets, decoders and an offscreen picture, a stand-in for the sound device, and virtual time beside it. L3: a sound
    /// server whose output is recorded.
    #[arg(long, value_name = "LAYER", ignore_case = true)]
    pub layer: LayerChoice,
    /// How long to play, as in `30s`.
    #[arg(long = "for", value_name = "DURATION", value_parser = duration, default_value = "30s")]
    pub duration: Duration,
    /// World to play. L3 needs the calibration world.
    #[arg(long, value_name = "NAME", default_value = "calibration")]
    pub world: String,
    /// How much delay to trade for smoothness.
    #[arg(long, default_value = "balanced")]
    pub preset: PresetChoice,
    /// How much faster than nominal the stand-in device plays, in parts per million.
    #[arg(long, value_name = "PPM", default_value_t = 0.0, allow_negative_numbers = true)]
    pub ppm: f64,
    /// What the stand-in device takes at once, as in `10ms`.
    #[arg(long, value_name = "DURATION", value_parser = duration, default_value = "10ms")]
    pub period: Duration,
    /// How to report: text, json, csv or markdown, each to stdout or as in json:FILE; may be given several times.
    #[arg(short, long, value_name = "FORMAT[:FILE]", default_value = "text")]
    pub output: Vec<String>,
    /// Write the arrivals, as a trace that `bench sim --trace` plays (CSV).
    #[arg(long, value_name = "FILE")]
    pub save_trace: Option<PathBuf>,
}

/// A layer of measurement that plays on the machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum LayerChoice {
    /// Real sockets and decoders, software picture, paced stand-in device.
    #[value(name = "L1")]
    L1,
    /// A sound server with its output recorded.
    #[value(name = "L3")]
    L3,
}

/// `seaglass bench sim`
#[derive(Clone, Debug, Args)]
pub struct BenchSim {
    /// Scenarios: S1 to S16, `all`, or several with commas between. `all` where neither this nor --trace is given.
    #[arg(long, value_name = "LIST", value_delimiter = ',')]
    pub scenario: Vec<String>,
    /// A recorded trace to play (CSV); may be given several times.
    #[arg(long, value_name = "FILE")]
    pub trace: Vec<PathBuf>,
    /// Presets of ours: latency, balanced, smooth, `all`, or several with commas between.
    #[arg(long, value_name = "LIST", value_delimiter = ',', default_value = "balanced")]
    pub preset: Vec<String>,
    /// The most delay that jitter may cost, in milliseconds, instead of the preset's own; `own,250` plays both.
    #[arg(long, value_name = "LIST", value_delimiter = ',')]
    pub cap: Vec<String>,
    /// Whom to play beside us: `all`, `none`, or names with commas between.
    #[arg(long, value_name = "LIST", value_delimiter = ',', default_value = "all")]
    pub peers: Vec<String>,
    /// Same seed, same report to the byte.
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// Length of each scenario in seconds, instead of its own.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(5..=86_400))]
    pub seconds: Option<u32>,
    /// Capacity of the link of S5, in Mahimahi's format, instead of the made-up one.
    #[arg(long, value_name = "FILE")]
    pub capacity: Option<PathBuf>,
    /// How to report: text, json, csv or markdown (between the marks of a document that has them), each to stdout or as in json:FILE; may be given several times.
    #[arg(short, long, value_name = "FORMAT[:FILE]", default_value = "text")]
    pub output: Vec<String>,
    /// Write the traces that are played, as CSV: a file for one trace, a folder for several.
    #[arg(long, value_name = "PATH")]
    pub save_trace: Option<PathBuf>,
}
