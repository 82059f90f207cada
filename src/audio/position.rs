//! What of the written sound is heard, published by the callback and read by anyone.

use crate::media::Monotonic;

/// Whether the device sounds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// The device is being opened.
    Opening,
    /// It consumes.
    Running,
    /// It went away, and is opened again with growing pauses.
    Lost,
    /// There is no sound device: play on another clock, and say so.
    NoDevice,
    /// No device was asked for.
    Off,
}

/// Times at which the ring ran dry while sounding.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Underruns {
    /// How often.
    pub events: u64,
    /// How many frames of silence were played for want of sound.
    pub frames: u64,
}

/// The published position; clones read the same device.
#[derive(Clone, Debug)]
pub struct Position {}

impl Position {
    /// How many of the written frames have been heard at `now`, with fraction, output latency taken off. It stands still while
    /// the ring is dry. `None` until the device runs, and while it is away.
    #[must_use]
    pub fn sounding(&self, _now: Monotonic) -> Option<f64> {
        None
    }

    /// Underruns since the start.
    #[must_use]
    pub fn underruns(&self) -> Underruns {
        Underruns::default()
    }

    /// Whether the device sounds.
    #[must_use]
    pub fn status(&self) -> Status {
        Status::Off
    }

    /// In words for people: the device's name, or why there is no sound.
    #[must_use]
    pub fn describe(&self) -> String {
        "no sound device was asked for".into()
    }
}
