//! How a player is set up.

use std::fmt;

use super::decoders::Decoders;
use crate::audio::DeviceChoice;
use crate::clock::Clock;
use crate::playout::Preset;

/// Receives what the sound worker writes to the output, piece by piece, on its thread: to be quick about, and never to wait.
pub type WrittenTap = Box<dyn FnMut(Written) + Send>;

/// Sound that was written to the output.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Written {
    /// The number of its first frame, counted from the first that was ever written.
    pub from: u64,
    /// How many frames.
    pub frames: usize,
    /// What they are: media from a presentation time in microseconds on, at a speed (above 1: faster); `None` where the sound is
    /// made up, or silence.
    pub media: Option<(f64, f64)>,
}

/// How a player is set up.
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
    /// Receives what is written to the output, for measurements.
    pub written: Option<WrittenTap>,
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
            written: None,
        }
    }
}

impl fmt::Debug for PlayerOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PlayerOptions")
            .field("preset", &self.preset)
            .field("device", &self.device)
            .field("refresh_hz", &self.refresh_hz)
            .finish_non_exhaustive()
    }
}
