//! Words that several commands take.

use clap::ValueEnum;

/// How to print data.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum OutputFormat {
    /// For people.
    Text,
    /// For programs.
    Json,
    /// For programs, one line each.
    Jsonl,
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
