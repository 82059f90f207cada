//! The command line, as clap reads it. What the words mean is decided elsewhere.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Parser, Subcommand, ValueEnum};
use url::Url;

use crate::media::Tier;

/// Explore live, generated worlds.
#[derive(Debug, Parser)]
#[command(name = "seaglass", version, about, disable_help_subcommand = true, after_help = AFTER_HELP)]
pub struct Arguments {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
    /// Settings file to read instead of the user's own.
    #[arg(long, global = true, value_name = "FILE", env = "SEAGLASS_CONFIG")]
    pub config: Option<PathBuf>,
    /// More on stderr; twice for everything.
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    pub verbose: u8,
}

const AFTER_HELP: &str = "Data goes to stdout, notes to stderr. `seaglass explain CODE` expands the code of any error.";

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Open a world and walk in it: in a window, or headless.
    Explore(Box<Explore>),
    /// Create, list, show and end worlds from scripts.
    #[command(subcommand)]
    World(World),
    /// Run the reference world server.
    Serve(Serve),
    /// Check what this machine has, and say what to do about what it lacks.
    Doctor(Doctor),
    /// Measure playout: in virtual time beside other algorithms, or through real sockets, decoders and devices.
    #[command(subcommand)]
    Bench(Bench),
    /// Show the settings in force.
    #[command(subcommand)]
    Config(Config),
    /// Expand the code of an error.
    Explain {
        /// The code, as in `error[no-adapter]`; none lists them all.
        code: Option<String>,
    },
}

/// How to reach a world server.
#[derive(Clone, Debug, Default, Args)]
pub struct Reach {
    /// World server to use. Without it `explore` starts one of its own on loopback.
    #[arg(long, value_name = "URL", env = "SEAGLASS_SERVER")]
    pub server: Option<Url>,
    /// File that holds the API key; `-` reads it from stdin. Else SEAGLASS_API_KEY.
    #[arg(long, value_name = "FILE")]
    pub api_key_file: Option<PathBuf>,
    /// Header that carries the key, where it is not `Authorization: Bearer`.
    #[arg(long, value_name = "NAME")]
    pub auth_header: Option<String>,
    /// Send the key over plain http or ws to a host that is not this machine.
    #[arg(long)]
    pub allow_plaintext_key: bool,
}

/// `seaglass explore`
#[derive(Clone, Debug, Args)]
pub struct Explore {
    /// What the world is to be.
    pub prompt: Option<String>,
    /// How to reach the server.
    #[command(flatten)]
    pub reach: Reach,
    /// A world by name instead of a generated one: `calibration`.
    #[arg(long, value_name = "NAME")]
    pub world: Option<String>,
    /// Join a world that exists; it is not ended on the way out.
    #[arg(long, value_name = "ID", conflicts_with_all = ["prompt", "world", "seed"])]
    pub attach: Option<String>,
    /// Same prompt and seed, same world.
    #[arg(long)]
    pub seed: Option<u64>,
    /// Quality tier: draft, standard or high.
    #[arg(long, value_name = "TIER")]
    pub tier: Option<Tier>,
    /// Sound: opus, pcm, or off.
    #[arg(long)]
    pub audio: Option<AudioChoice>,
    /// Video codec to ask for first.
    #[arg(long)]
    pub video: Option<VideoChoice>,
    /// How much delay to trade for smoothness.
    #[arg(long)]
    pub preset: Option<PresetChoice>,
    /// Sound device: `default`, `none`, or a name that `seaglass doctor` lists.
    #[arg(long, value_name = "DEVICE")]
    pub sound: Option<String>,
    /// No window: the same pipeline onto an offscreen picture and a paced stand-in sound device.
    #[arg(long)]
    pub headless: bool,
    /// End after so long, as in `10s` or `2m`.
    #[arg(long = "for", value_name = "DURATION", value_parser = duration)]
    pub duration: Option<Duration>,
    /// Steps to act out, from a scenario file.
    #[arg(long, value_name = "FILE")]
    pub script: Option<PathBuf>,
    /// Record what is presented and sounded, as MP4 (headless).
    #[arg(long, value_name = "FILE")]
    pub record: Option<PathBuf>,
    /// Save the last picture, as PNG.
    #[arg(long, value_name = "FILE")]
    pub screenshot: Option<PathBuf>,
    /// Write timings by stage, as JSON; `-` is stdout.
    #[arg(long, value_name = "FILE")]
    pub report: Option<PathBuf>,
    /// Begin in full screen.
    #[arg(long)]
    pub fullscreen: bool,
    /// Window, or offscreen picture, as WIDTHxHEIGHT.
    #[arg(long, value_name = "SIZE", value_parser = size)]
    pub size: Option<crate::media::Size>,
}

/// `seaglass world`
#[derive(Clone, Debug, Subcommand)]
pub enum World {
    /// Worlds of this key, newest first.
    List {
        /// How to reach the server.
        #[command(flatten)]
        reach: Reach,
        /// How to print.
        #[arg(short, long, default_value = "text")]
        output: OutputFormat,
    },
    /// One world.
    Show {
        /// Its id.
        id: String,
        /// How to reach the server.
        #[command(flatten)]
        reach: Reach,
        /// How to print.
        #[arg(short, long, default_value = "text")]
        output: OutputFormat,
    },
    /// End a world.
    End {
        /// Its id.
        id: String,
        /// How to reach the server.
        #[command(flatten)]
        reach: Reach,
    },
}

/// `seaglass serve`
#[derive(Clone, Debug, Args)]
pub struct Serve {
    /// Address to listen on.
    #[arg(long, default_value = "127.0.0.1:8787", value_name = "ADDRESS")]
    pub listen: std::net::SocketAddr,
    /// File with the key that clients must send; `-` reads it from stdin. Else SEAGLASS_SERVE_KEY; else no key is asked.
    #[arg(long, value_name = "FILE")]
    pub key_file: Option<PathBuf>,
    /// Most worlds at once.
    #[arg(long, default_value_t = 4, value_name = "N")]
    pub max_worlds: usize,
}

/// `seaglass doctor`
#[derive(Clone, Debug, Args)]
pub struct Doctor {
    /// How to reach the server that is to be checked.
    #[command(flatten)]
    pub reach: Reach,
    /// How to print.
    #[arg(short, long, default_value = "text")]
    pub output: OutputFormat,
}

/// `seaglass bench`
#[derive(Clone, Debug, Subcommand)]
pub enum Bench {
    /// Play traces in virtual time (layer L0), beside other algorithms on the same bytes.
    Sim(BenchSim),
    /// Measure the real pipeline on a world of an own server: with a stand-in device (L1), or through a sound server (L3).
    Sync(BenchSync),
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

/// `seaglass config`
#[derive(Clone, Copy, Debug, Subcommand)]
pub enum Config {
    /// Every setting, its value and where it comes from.
    Show,
    /// The files that are read, and whether they are there.
    Path,
    /// Reads the files and reports what is wrong with them.
    Check,
}

/// How to print data.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum OutputFormat {
    /// For people.
    Text,
    /// For programs.
    Json,
}

/// Sound, as the user asks for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum, serde::Deserialize, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum AudioChoice {
    /// Opus.
    Opus,
    /// Uncompressed.
    Pcm,
    /// No sound at all: none is sent.
    Off,
}

/// Video codec, as the user asks for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum, serde::Deserialize, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum VideoChoice {
    /// H.264.
    H264,
    /// Motion JPEG.
    Mjpeg,
}

/// Playout preset, as the user asks for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum, serde::Deserialize, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum PresetChoice {
    /// Least delay.
    Latency,
    /// In between.
    Balanced,
    /// Fewest interruptions.
    Smooth,
}

/// Reads `250ms`, `10s`, `2m`, `1.5s`; a bare number is seconds.
pub fn duration(text: &str) -> Result<Duration, String> {
    let split = text.find(|c: char| c.is_ascii_alphabetic()).unwrap_or(text.len());
    let (number, unit) = text.split_at(split);
    let scale = match unit {
        "ms" => 1e-3,
        "" | "s" => 1.0,
        "m" | "min" => 60.0,
        "h" => 3600.0,
        _ => return Err(format!("{unit:?} is no unit of time: write ms, s, m or h, as in 250ms or 10s")),
    };
    let number: f64 =
        number.trim().parse().map_err(|_| format!("{text:?} is no duration: write a number and a unit, as in 10s"))?;
    let seconds = number * scale;
    if !(0.0..=86_400.0 * 7.0).contains(&seconds) {
        return Err(format!("{text:?} is outside 0 to 7 days"));
    }
    Ok(Duration::from_secs_f64(seconds))
}

/// Reads `1280x720`.
pub fn size(text: &str) -> Result<crate::media::Size, String> {
    let wrong = || format!("{text:?} is no size: write WIDTHxHEIGHT, 64x64 to 7680x4320, as in 1280x720");
    let (width, height) = text.split_once('x').ok_or_else(wrong)?;
    let (width, height) = (width.parse().map_err(|_| wrong())?, height.parse().map_err(|_| wrong())?);
    if !(64..=7680).contains(&width) || !(64..=4320).contains(&height) {
        return Err(wrong());
    }
    Ok(crate::media::Size { width, height })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_take_the_usual_units() {
        assert_eq!(duration("250ms"), Ok(Duration::from_millis(250)));
        assert_eq!(duration("1.5s"), Ok(Duration::from_millis(1500)));
        assert_eq!(duration("20"), Ok(Duration::from_secs(20)));
        assert_eq!(duration("2m"), Ok(Duration::from_secs(120)));
        for wrong in ["", "s", "-1s", "10 parsecs", "1e99h", "NaNs"] {
            assert!(duration(wrong).is_err(), "{wrong:?} should not read as a duration");
        }
    }

    #[test]
    fn sizes_have_bounds() {
        assert_eq!(size("640x360"), Ok(crate::media::Size { width: 640, height: 360 }));
        for wrong in ["640", "640x", "x360", "0x0", "99999x10", "640X360x2"] {
            assert!(size(wrong).is_err(), "{wrong:?} should not read as a size");
        }
    }

    #[test]
    fn the_command_line_is_consistent() {
        use clap::CommandFactory as _;
        Arguments::command().debug_assert();
    }
}
