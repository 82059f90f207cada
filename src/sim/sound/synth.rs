//! The synthesiser.

use super::scene::{SoundEvent, SoundScene};
use crate::media::MediaTime;

/// Samples per second and channel.
pub const RATE: u32 = 48_000;

/// Renders scenes and events to samples. All state is carried sample by sample: the same scenes and events give the same samples
/// however they are cut into blocks. Allocates in [`Synth::new`] alone.
pub struct Synth {
    _seed: u64,
}

impl Synth {
    /// A synthesiser at rest. The same seed gives the same sound.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self { _seed: seed }
    }

    /// Renders the next `out.len() / 2` frames into `out` (interleaved left, right; overwritten; within −1..=1). `start` is the
    /// media time of the first frame and places `events`, which need no order. Events later than this block wait inside (at most
    /// 64, at most 30 s ahead; what exceeds that is dropped); events that are late by less than this block sound at once.
    pub fn render(&mut self, start: MediaTime, scene: &SoundScene, events: &[SoundEvent], out: &mut [f32]) {
        let _ = (start, scene, events);
        out.fill(0.0);
    }
}
