//! Where a stream delivers its packets: the seam that lets a player be fed without knowing by whom.

use super::packet::Packet;

/// What became of a pushed packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pushed {
    /// Taken.
    Accepted,
    /// The bounded queue was full. The sink drops packets of that track until its next keyframe, and counts them.
    Full,
    /// Nobody plays any more.
    Closed,
}

/// Takes packets from a stream. Never blocks: the caller is the task that reads the socket.
pub trait PacketSink: Send {
    /// Hands over one packet.
    fn push(&mut self, packet: Packet) -> Pushed;
}
