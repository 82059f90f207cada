//! What a stream has carried and dropped.

use crate::media::DropCounts;

/// Counts since the session began, over all of its streams.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stats {
    /// Video packets handed over.
    pub video_packets: u64,
    /// Audio packets handed over.
    pub audio_packets: u64,
    /// Bytes of binary messages read.
    pub media_bytes: u64,
    /// Units that a gap in the sequence numbers shows as lost before they came here.
    pub lost: u64,
    /// Units that came here and were not handed over, by cause.
    pub drops: DropCounts,
    /// Keyframes asked for.
    pub keyframe_requests: u64,
    /// Times that the player's queue was full.
    pub sink_full: u64,
    /// Messages that did not fit the protocol.
    pub malformed: u64,
    /// Streams that were introduced: one, and one more for each time that the session came back.
    pub streams: u32,
    /// Commands without acknowledgement so far.
    pub unacknowledged: usize,
}
