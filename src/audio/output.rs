//! Opening a device and writing to it.

use super::choice::DeviceChoice;
use super::position::Position;
use crate::clock::Clock;

/// Frames per second of everything in this folder.
pub const RATE: u32 = 48_000;

/// Interleaved channels of everything in this folder.
pub const CHANNELS: usize = 2;

/// An open output: the half that is written and the half that tells what is heard.
#[derive(Debug)]
pub struct Output {
    /// For the thread that produces sound. Dropping it closes the device.
    pub writer: Writer,
    /// For anyone.
    pub position: Position,
}

/// The producer half of a wait-free ring of half a second.
#[derive(Debug)]
pub struct Writer {}

/// Opens the device on a thread of its own and returns at once; [`Position::status`] tells how it went.
#[must_use]
pub fn open(_choice: DeviceChoice, _clock: Clock) -> Output {
    Output { writer: Writer {}, position: Position {} }
}

impl Writer {
    /// Hands over interleaved stereo samples and returns the number of frames taken: fewer than given when the ring is full.
    pub fn write(&mut self, samples: &[f32]) -> usize {
        let _ = samples;
        0
    }

    /// Frames that a write would take now.
    #[must_use]
    pub fn free(&self) -> usize {
        0
    }

    /// Frames written that the device has not yet taken.
    #[must_use]
    pub fn queued(&self) -> usize {
        0
    }
}
