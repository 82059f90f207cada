//! What is known of a frame beside its pixels, before it is encoded. Neighbours: `run` and `showing`, which know it, and `video_track`.

use std::time::Duration;

use crate::media::{MediaDelta, MediaTime, Monotonic};

/// What is known of a frame beside its pixels.
#[derive(Clone, Copy)]
pub(super) struct Frame {
    pub(super) epoch: u32,
    pub(super) pts: MediaTime,
    pub(super) duration: MediaDelta,
    pub(super) state_version: u32,
    pub(super) input: Option<(u32, u64)>,
    pub(super) generated: Monotonic,
    pub(super) render: Duration,
}
