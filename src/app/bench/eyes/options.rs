//! How a measured session is watched, and what watching it came to.

use super::screen::Display;
use crate::clock::Clock;
use crate::measure::Meter;
use crate::media::DropCounts;
use crate::playout::Preset;

/// How a session is watched.
#[derive(Clone)]
pub struct EyesOptions {
    /// The run's clock: the one that stamps arrivals and inputs.
    pub clock: Clock,
    /// Delay against smoothness.
    pub preset: Preset,
    /// Who is told.
    pub meter: Meter,
    /// Whether it is the calibration world, whose pixels and samples tell inputs, flashes and clicks.
    pub calibration: bool,
    /// Whether there is no sound, so that pictures run on the session clock.
    pub silent: bool,
    /// What takes the pictures.
    pub display: Display,
}

/// What watching a session came to.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Saw {
    /// What drew, in words.
    pub display: String,
    /// Units that the player did not use.
    pub drops: DropCounts,
    /// What the user of a player would have been told, each once.
    pub notices: Vec<String>,
}
