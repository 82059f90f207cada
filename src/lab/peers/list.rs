//! Every peer by its name.

use super::super::algorithm::Algorithm;
use super::hindsight::Hindsight;
use super::model::Model;
use super::{alvr, biome, moonlight, moq, scrcpy};

/// The names that [`by_name`] knows, in the order of a report.
pub const NAMES: [&str; 7] = ["moonlight", "scrcpy", "scrcpy-buffer", "alvr", "moq", "biome", "oracle"];

/// All peers, in the order of [`NAMES`].
#[must_use]
pub fn all() -> Vec<Box<dyn Algorithm>> {
    NAMES.iter().filter_map(|name| by_name(name)).collect()
}

/// The peer of a name, whatever its case.
#[must_use]
pub fn by_name(name: &str) -> Option<Box<dyn Algorithm>> {
    let model = |name, preset, make| -> Option<Box<dyn Algorithm>> { Some(Box::new(Model { name, preset, make })) };
    match name.trim().to_ascii_lowercase().as_str() {
        "moonlight" => model("moonlight", "frame pacing", moonlight::make),
        "scrcpy" => model("scrcpy", "default", scrcpy::make),
        "scrcpy-buffer" => model("scrcpy-buffer", "--video-buffer=50 --audio-buffer=50", scrcpy::make_buffered),
        "alvr" => model("alvr", "default", alvr::make),
        "moq" => model("moq", "real-time, round trip unknown", moq::make),
        "biome" => model("biome", "default", biome::make),
        "oracle" => Some(Box::new(Hindsight::default())),
        _ => None,
    }
}
