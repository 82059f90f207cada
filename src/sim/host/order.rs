//! Commands on their way from the server's tasks to the world's thread, and what stands on the desk for those who ask.

use std::sync::Arc;

use tokio::sync::oneshot;

use super::outlet::Outlet;
use crate::media::{MediaTime, Tier};
use crate::wire::{Down, EndReason, Feedback, Up, WorldState};

/// Commands that wait for the next frame at most.
pub(super) const MAX_ORDERS: usize = 64;

/// A command on its way to the world.
#[derive(Debug)]
pub struct Order {
    /// The command; it has an id.
    pub command: Up,
    /// Who is told what became of it.
    pub reply: Reply,
}

/// Where an acknowledgement goes: back on the path on which the command came.
#[derive(Debug)]
pub enum Reply {
    /// Onto a stream.
    Stream(Arc<Outlet>),
    /// To a waiting request.
    Once(oneshot::Sender<Down>),
}

impl Reply {
    /// Tells what became of the command. A request may have given up waiting; the command is done all the same.
    pub(super) fn give(self, ack: Down) {
        match self {
            Self::Stream(outlet) => outlet.tell(&ack),
            Self::Once(waiting) => drop(waiting.send(ack)),
        }
    }
}

/// Too many commands wait already.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{MAX_ORDERS} commands wait for the next frame already; send this one again in a moment")]
pub struct DeskFull;

/// What stands on the desk, for those who ask.
#[derive(Clone, Debug)]
pub struct Snapshot {
    /// The world's state.
    pub state: WorldState,
    /// Counts its changes.
    pub state_version: u32,
    /// Why it ended.
    pub ended: Option<EndReason>,
    /// Its tier.
    pub tier: Tier,
    /// Media time that it has lived.
    pub lived: MediaTime,
    /// Whether a stream is attached.
    pub attached: bool,
    /// The client's last word on its playback.
    pub feedback: Option<Feedback>,
    /// Frames of the attached stream that were made and dropped because its client is slow.
    pub video_dropped: u64,
    /// Frames that were not made for that reason.
    pub video_skipped: u64,
    /// Bytes of media handed to its socket.
    pub media_bytes: u64,
}
