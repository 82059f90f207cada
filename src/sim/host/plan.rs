//! What a world was asked to be. Fixed for its life; neighbour: `desk`, where it stands for all to read.

use super::decision::AdaptationSettings;
use crate::media::{AudioCodec, Tier, VideoCodec};
use crate::sim::defect::Defects;
use crate::wire::{CameraModel, Limits, WorldId};

/// What a world was asked to be, after negotiation.
#[derive(Clone, Debug)]
pub struct Plan {
    /// Its id.
    pub id: WorldId,
    /// Its prompt.
    pub prompt: String,
    /// Its seed.
    pub seed: u64,
    /// The tier to begin with.
    pub tier: Tier,
    /// The video codec, for its whole life.
    pub video: VideoCodec,
    /// The sound to begin with: on or off, and its codec.
    pub audio: (bool, AudioCodec),
    /// Limits in force.
    pub limits: Limits,
    /// Its camera.
    pub camera: CameraModel,
    /// How it gives way to a slow network.
    pub adaptation: AdaptationSettings,
    /// What a second of its media time costs; 0: nothing is priced.
    pub credits_per_second: f64,
    /// What is done wrong on purpose.
    pub defects: Defects,
    /// Whether it is one of many that watch one scene, in a [`super::Hall`].
    pub shared: bool,
}

impl Plan {
    pub(super) fn is_priced(&self) -> bool {
        self.credits(1.0) > 0.0
    }

    /// What so many seconds of media time cost.
    #[must_use]
    pub fn credits(&self, seconds: f64) -> f64 {
        if self.credits_per_second.is_finite() { self.credits_per_second.max(0.0) * seconds } else { 0.0 }
    }
}
