//! Decoded sound.

use super::time::MediaTime;

/// Interleaved samples in −1..=1, reused from packet to packet by its owner.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct AudioBlock {
    /// When the first sample is to sound, codec delay already taken off.
    pub pts: MediaTime,
    /// Samples per second and channel.
    pub rate: u32,
    /// Interleaved channels, 1 or 2.
    pub channels: u16,
    /// The samples, channels interleaved.
    pub samples: Vec<f32>,
}

impl AudioBlock {
    /// Samples per channel.
    #[must_use]
    pub fn frames(&self) -> usize {
        self.samples.len() / usize::from(self.channels.max(1))
    }
}
