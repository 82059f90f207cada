//! A packet: one encoded access unit of one track with everything a player and a benchmark need to know of it.

use std::time::Duration;

use bytes::Bytes;

use super::format::{Format, Track};
use super::time::{Epoch, MediaDelta, MediaTime, Monotonic};

/// One whole encoded unit, after its fragments are joined.
#[derive(Clone, Debug)]
pub struct Packet {
    /// How the payload is coded; implies the track.
    pub format: Format,
    /// The timeline this packet belongs to.
    pub epoch: Epoch,
    /// Position in its track, counted without gaps from one packet to the next, across epochs; a gap is a loss.
    pub sequence: u64,
    /// When to present it, on the server's media clock.
    pub pts: MediaTime,
    /// How long it lasts.
    pub duration: MediaDelta,
    /// Decodable without any earlier packet.
    pub keyframe: bool,
    /// The picture or sound does not continue the packet before (camera cut, resume, skipped frames).
    pub discontinuity: bool,
    /// Place in its generation chunk.
    pub chunk: Chunk,
    /// The newest user input that this packet reflects.
    pub input: Option<InputEcho>,
    /// What the server says of its own work.
    pub server: ServerStages,
    /// When its bytes came in.
    pub arrival: Arrival,
    /// The coded bytes.
    pub payload: Bytes,
}

impl Packet {
    /// The track that carries this packet.
    #[must_use]
    pub const fn track(&self) -> Track {
        self.format.track()
    }
}

/// Place in the group of frames that the model generated in one pass; `len` 1 where frames come one by one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Chunk {
    /// Index in the chunk, from 0.
    pub index: u16,
    /// Number of frames in the chunk, at least 1.
    pub len: u16,
}

impl Default for Chunk {
    fn default() -> Self {
        Self { index: 0, len: 1 }
    }
}

/// The newest input that a frame reflects, as the server echoes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InputEcho {
    /// The input's number, counted by the client from 1.
    pub id: u32,
    /// The client's own stamp of that input, returned untouched: microseconds on the clock that issued it.
    pub issued_us: u64,
}

/// The server's stamps of one unit; `None` where the server does not say.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ServerStages {
    /// When generation of the unit was complete, in microseconds on the server's monotonic clock.
    pub generated_us: Option<u64>,
    /// When the unit was handed to the socket, same clock.
    pub sent_us: Option<u64>,
    /// Time spent generating (simulating and rendering).
    pub render: Option<Duration>,
    /// Time spent encoding.
    pub encode: Option<Duration>,
}

/// When the bytes of one unit were read from the socket, stamped before anything else looks at them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Arrival {
    /// The first fragment.
    pub first_byte: Monotonic,
    /// The last fragment.
    pub last_byte: Monotonic,
}
