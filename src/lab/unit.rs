//! One media unit of a trace: stamps and sizes, no bytes.

use crate::media::Track;

/// One media unit. Times in microseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unit {
    /// Sound or picture.
    pub track: Track,
    /// Place in its track, without gaps.
    pub sequence: u64,
    /// Presentation time on the server's media clock.
    pub pts_us: i64,
    /// How long it lasts.
    pub duration_us: i64,
    /// Its size.
    pub bytes: u32,
    /// Decodable by itself.
    pub keyframe: bool,
    /// When its last byte came, on the client's clock; falls nowhere in a trace.
    pub arrival_us: i64,
    /// When its generation was complete, on the server's clock; `None` where unknown.
    pub generated_us: Option<i64>,
    /// Its timeline.
    pub epoch: u32,
    /// Its place in its generation chunk, and the chunk's length (at least 1).
    pub chunk: (u16, u16),
}
