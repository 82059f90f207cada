//! A decoded video frame: a picture and what its packet said of it.

use super::packet::{Arrival, Chunk, InputEcho, Packet, ServerStages};
use super::picture::Picture;
use super::time::{Epoch, MediaDelta, MediaTime, Monotonic};

/// One decoded frame on its way to the screen.
#[derive(Debug)]
pub struct VideoFrame {
    /// The picture.
    pub picture: Picture,
    /// The timeline it belongs to.
    pub epoch: Epoch,
    /// Its packet's sequence number.
    pub sequence: u64,
    /// When to present it.
    pub pts: MediaTime,
    /// How long it lasts.
    pub duration: MediaDelta,
    /// Its packet's place in a generation chunk.
    pub chunk: Chunk,
    /// The newest input that it reflects.
    pub input: Option<InputEcho>,
    /// What the server said of its own work.
    pub server: ServerStages,
    /// When its bytes came in.
    pub arrival: Arrival,
    /// When its packet left the jitter buffer.
    pub unbuffered: Monotonic,
    /// When it was decoded.
    pub decoded: Monotonic,
}

impl VideoFrame {
    /// The picture of a packet, which left the jitter buffer at one moment and was decoded at another.
    #[must_use]
    pub const fn new(packet: &Packet, picture: Picture, unbuffered: Monotonic, decoded: Monotonic) -> Self {
        Self {
            picture,
            epoch: packet.epoch,
            sequence: packet.sequence,
            pts: packet.pts,
            duration: packet.duration,
            chunk: packet.chunk,
            input: packet.input,
            server: packet.server,
            arrival: packet.arrival,
            unbuffered,
            decoded,
        }
    }
}
