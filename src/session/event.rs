//! What a session tells its holder. Every text in here came from a server, so it is cleaned (see [`super::text`]) and bounded
//! before it reaches an event.

use std::sync::Arc;
use std::time::Duration;

use super::error::{Failure, Loss, Refusal};
use super::link::Link;
use crate::media::{Monotonic, Track};
use crate::wire::{AckStatus, AudioState, CloseCode, CommandId, EndReason, Hello, LimitKind, TierInfo};

/// Something happened. New variants may come: match with a default arm.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Event {
    /// The stream is being opened.
    Connecting,
    /// The server introduced itself; commands go out from now on.
    Connected(Arc<Hello>),
    /// The stream was lost, or an attempt at one failed; the next attempt is due soon (HO-19). Commands are kept meanwhile.
    Reconnecting {
        /// Counts the attempts in this outage, from 1.
        attempt: u32,
        /// How long until the attempt.
        after: Duration,
        /// How long patience lasts from now on.
        left: Duration,
        /// What happened: how the session would have ended without another attempt.
        because: Box<Ending>,
    },
    /// A new stream stands after a loss: the world goes on, with what it was told before (HO-19).
    Resumed {
        /// The hello of the new stream.
        hello: Arc<Hello>,
        /// How long there was none.
        outage: Duration,
        /// Commands that are sent again, as nobody knows whether they arrived; the server applies each once.
        repeated: usize,
    },
    /// The world waits for capacity.
    Queued {
        /// Place in the queue, from 1.
        position: u32,
        /// Its length.
        size: u32,
    },
    /// The world is being built.
    Warming {
        /// What is being done.
        stage: String,
        /// How much of all warming up is done, 0 to 100.
        percent: f32,
    },
    /// The world runs: once after warming up, and again after every pause.
    Running(Arc<Hello>),
    /// The world's time stands still.
    Paused,
    /// The server dealt with a command.
    Acknowledged {
        /// The command.
        id: CommandId,
        /// What became of it.
        status: AckStatus,
        /// What was understood, or why not.
        message: String,
        /// The input number of the command; the first frame whose echo reaches it shows the command's effect.
        input: Option<u32>,
        /// When the user issued it.
        issued: Monotonic,
        /// When its bytes were handed to the operating system.
        sent: Monotonic,
        /// When the acknowledgement was read.
        acknowledged: Monotonic,
    },
    /// A command was sent and no acknowledgement came in time. It is sent again, a few times; a late acknowledgement still counts.
    Unacknowledged {
        /// The command.
        id: CommandId,
        /// How long it has waited since it was sent.
        waited: Duration,
    },
    /// The picture's tier, size, rate or codec changes.
    Quality {
        /// What holds from now on.
        tier: TierInfo,
        /// Why.
        reason: String,
        /// Whether this client pinned it.
        pinned: bool,
    },
    /// The sound goes on or off, or changes its format.
    Audio(AudioState),
    /// What the world has used and has left.
    Tick {
        /// Seconds lived.
        seconds_used: f64,
        /// Seconds until the longest session is reached.
        seconds_left: Option<f64>,
        /// Credits used.
        credits: Option<f64>,
    },
    /// A limit comes near.
    Warning {
        /// Which limit.
        limit: LimitKind,
        /// Seconds until it is reached.
        seconds_left: f64,
        /// For people.
        message: String,
        /// Whether it is this side's own limit, and not the server's.
        own: bool,
    },
    /// The server reports an error; the stream goes on unless [`Event::Ended`] follows.
    Error {
        /// Stable code.
        code: String,
        /// For people.
        message: String,
        /// Whether the same request may succeed later.
        retryable: bool,
        /// How long to wait before.
        retry_after: Option<Duration>,
    },
    /// A track is sent in a codec that this side does not know; told once per codec, its packets are dropped and counted.
    UnknownCodec {
        /// The track.
        track: Track,
        /// The codec's number on the wire.
        codec: u8,
    },
    /// A message did not fit the protocol and was skipped; told at most once a second.
    Malformed {
        /// What was wrong with the latest one.
        detail: String,
        /// Such messages since the stream opened.
        total: u64,
    },
    /// The world runs and a track that should flow has been silent.
    Starved {
        /// The track.
        track: Track,
        /// For how long.
        silent: Duration,
    },
    /// A starved track flows again.
    Flowing {
        /// The track.
        track: Track,
    },
    /// A ping was answered.
    Link(Link),
    /// The stream is over; nothing follows.
    Ended {
        /// Why.
        ending: Ending,
    },
    /// A message that this side does not know (HO-29), as cleaned and bounded JSON.
    Unknown {
        /// Its type.
        kind: String,
        /// The message.
        raw: String,
    },
}

/// Why a stream is over.
#[derive(Clone, Debug, PartialEq)]
pub enum Ending {
    /// The server said that the world has ended.
    World(EndReason),
    /// This side ended it.
    Local,
    /// The server closed the stream without saying that the world has ended.
    Closed {
        /// Its close code.
        code: CloseCode,
        /// Its words.
        reason: String,
    },
    /// The connection broke.
    Lost {
        /// How.
        loss: Loss,
        /// The transport's words.
        detail: String,
    },
    /// This side gave the stream up, because the peer does not keep to the protocol.
    Failed(Failure),
    /// The stream could not be opened, and asking again is of no use.
    Refused(Refusal),
    /// Without a stream for too long.
    GaveUp {
        /// For how long.
        outage: Duration,
        /// Attempts that failed.
        attempts: u32,
        /// What happened last, in words.
        because: String,
    },
    /// This side's own limit was reached (HO-21, HO-22).
    Limit {
        /// Which.
        limit: LimitKind,
        /// Its length.
        after: Duration,
    },
}

impl Ending {
    /// Whether the stream ended as one wants it to end: by this side, or by a world that was deleted.
    #[must_use]
    pub const fn is_clean(&self) -> bool {
        matches!(self, Self::Local | Self::World(EndReason::Deleted) | Self::Closed { code: CloseCode::Done, .. })
    }
}

impl std::fmt::Display for Ending {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Local => f.write_str("ended by this side"),
            Self::World(EndReason::Deleted) => f.write_str("the world was deleted"),
            Self::World(EndReason::Idle) => f.write_str("the world ended: no command came for too long"),
            Self::World(EndReason::Limit) => f.write_str("the world ended: the longest session was reached"),
            Self::World(EndReason::Abandoned) => f.write_str("the world ended: it was without a stream for too long"),
            Self::World(EndReason::Failed) => f.write_str("the world ended: the server failed"),
            Self::World(EndReason::Shutdown) => f.write_str("the world ended: the server is going down"),
            Self::World(EndReason::Other(reason)) => write!(f, "the world ended: {reason}"),
            Self::Closed { code, reason } if reason.is_empty() => {
                write!(f, "the server closed the stream ({})", code.number())
            }
            Self::Closed { code, reason } => write!(f, "the server closed the stream ({}: {reason})", code.number()),
            Self::Lost { loss, detail } if detail.is_empty() => write!(f, "{loss}"),
            Self::Lost { loss, detail } => write!(f, "{loss}: {detail}"),
            Self::Failed(failure) => write!(f, "{failure}"),
            Self::Refused(refusal) => f.write_str(&refusal.detail),
            Self::GaveUp { outage, attempts, because } => {
                write!(f, "no stream for {:.0} s, given up after {attempts} attempts: {because}", outage.as_secs_f64())
            }
            Self::Limit { limit: LimitKind::Idle, after } => {
                write!(f, "the session ended: nothing was done in it for {} s", after.as_secs_f64())
            }
            Self::Limit { after, .. } => {
                write!(f, "the session ended: its longest time of {} s was reached", after.as_secs_f64())
            }
        }
    }
}
