//! How a player is set up.

use super::decoders::Decoders;
use crate::audio::DeviceChoice;
use crate::clock::Clock;
use crate::playout::Preset;

/// How a player is set up.
#[derive(Debug)]
pub struct PlayerOptions {
    /// The run's clock: the one that stamps arrivals and inputs.
    pub clock: Clock,
    /// Delay against smoothness.
    pub preset: Preset,
    /// Where the sound goes.
    pub device: DeviceChoice,
    /// The display's refresh rate where it is known; 60 Hz is assumed otherwise.
    pub refresh_hz: Option<f64>,
    /// How many presented frames keep their full trace.
    pub keep_traces: usize,
    /// What decodes.
    pub decoders: Decoders,
}

impl PlayerOptions {
    /// The balanced preset on the default device, for a display of unknown rate.
    #[must_use]
    pub fn new(clock: Clock) -> Self {
        Self {
            clock,
            preset: Preset::default(),
            device: DeviceChoice::default(),
            refresh_hz: None,
            keep_traces: 4096,
            decoders: Decoders::default(),
        }
    }
}
