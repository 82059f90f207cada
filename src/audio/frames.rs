//! The one format of sound in this folder: interleaved stereo at 48 kHz.

/// Frames per second of everything in this folder.
pub const RATE: u32 = 48_000;

/// Interleaved channels of everything in this folder.
pub const CHANNELS: usize = 2;
