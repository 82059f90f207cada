//! `seaglass explore`

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;

use super::choices::{AudioChoice, PresetChoice, VideoChoice};
use super::reach::{Reach, Streaming};
use super::values::{duration, size};
use crate::media::Tier;

/// `seaglass explore`
#[derive(Clone, Debug, Args)]
pub struct Explore {
    /// What the world is to be.
    pub prompt: Option<String>,
    /// How to reach the server.
    #[command(flatten)]
    pub reach: Reach,
    /// How the stream behaves.
    #[command(flatten)]
    pub streaming: Streaming,
    /// Keep to the tier: the server skips frames rather than leave it.
    #[arg(long)]
    pub pin_tier: bool,
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
    /// Leave what an earlier run left behind.
    #[arg(long)]
    pub no_reap: bool,
    /// Window, or offscreen picture, as WIDTHxHEIGHT.
    #[arg(long, value_name = "SIZE", value_parser = size)]
    pub size: Option<crate::media::Size>,
}
