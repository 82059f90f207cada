//! Which device sounds.

use std::fmt;

use crate::media::Monotonic;

/// Receives a period that a stand-in device consumed, interleaved stereo, the moment at which its first frame sounds, and how many
/// frames of it came from the ring; the others are silence behind them.
pub type Tap = Box<dyn FnMut(&[f32], Monotonic, usize) + Send>;

/// Which device sounds.
#[derive(Debug, Default)]
pub enum DeviceChoice {
    /// The system's default output.
    #[default]
    Default,
    /// The output whose name this is.
    Named(String),
    /// No device: a thread that consumes at a device's pace.
    StandIn(StandIn),
    /// No sound at all: the writer takes nothing and there is no position.
    None,
}

/// A device that is none: it consumes periods at a steady pace, for headless runs and tests.
pub struct StandIn {
    /// Frames per period; clamped to 1..=4800.
    pub period_frames: usize,
    /// How much faster than nominal it consumes, in parts per million; clamped to ±10 000.
    pub ppm: f64,
    /// Receives what it consumes, on its thread.
    pub tap: Option<Tap>,
}

impl Default for StandIn {
    /// Periods of 10 ms at the nominal rate, nobody listening.
    fn default() -> Self {
        Self { period_frames: 480, ppm: 0.0, tap: None }
    }
}

impl fmt::Debug for StandIn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StandIn")
            .field("period_frames", &self.period_frames)
            .field("ppm", &self.ppm)
            .field("tap", &self.tap.is_some())
            .finish()
    }
}
