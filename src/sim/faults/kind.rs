//! What can go wrong. Conditions hold for a while; strikes hit one thing at a time.

use std::time::Duration;

use super::scope::Messages;
use crate::media::MediaDelta;
use crate::wire::EndReason;

/// One kind of fault, with what it needs to know.
#[derive(Clone, Debug, PartialEq)]
pub enum Kind {
    /// Condition: bytes take longer.
    Latency {
        /// By so much.
        delay: Duration,
        /// Which bytes.
        way: Way,
    },
    /// Condition: bytes take longer, each time by another amount. Order is kept: a connection is TCP.
    Jitter {
        /// Anything up to so much.
        spread: Duration,
        /// Which bytes.
        way: Way,
    },
    /// Condition: a connection carries no more than this.
    Bandwidth {
        /// Bits a second.
        rate: u64,
        /// Which bytes.
        way: Way,
    },
    /// Condition: no byte moves; the connection stays.
    Stall {
        /// Which bytes.
        way: Way,
    },
    /// Condition: the server's end of a connection closes late.
    SlowClose {
        /// By so much.
        delay: Duration,
    },
    /// Condition: new connections are dropped before a byte.
    Refused,
    /// Condition: new connections get a TLS that a client must refuse.
    Tls(BadCertificate),
    /// Condition: new worlds stand in line first.
    Queue {
        /// The place at which they begin.
        position: u32,
        /// How long they stand at each place.
        step: Duration,
    },
    /// Condition: new worlds take this much longer to warm up.
    WarmUp {
        /// So much.
        lasts: Duration,
    },
    /// Condition: the server has room for fewer worlds.
    Capacity {
        /// So many.
        worlds: usize,
    },
    /// Condition: in streams that open, the content of the sound is so much later than that of the picture of the same time stamps;
    /// earlier, where it is below zero.
    Skew {
        /// By so much.
        by: MediaDelta,
    },
    /// Strikes a connection: it is reset (TCP RST), with whatever was on its way.
    Reset,
    /// Strikes a connection: from now on no byte is read or written, and it is never closed.
    HalfOpen,
    /// Strikes a request: it is not handled, and answered with this.
    Status {
        /// 400 to 599.
        status: u16,
        /// When to come again.
        retry_after: Option<RetryAfter>,
    },
    /// Strikes a request: it is handled, and its answer never comes.
    LostReply {
        /// The connection stays open and silent, where otherwise it is reset.
        silent: bool,
    },
    /// Strikes an acknowledgement on the stream: it is not sent.
    LostAck,
    /// Strikes a media message of the stream: it is left out, and its unit's number is used up.
    Loss {
        /// Of which track.
        messages: Messages,
    },
    /// Strikes a message of the stream: it is sent twice.
    Duplicate {
        /// Which.
        messages: Messages,
    },
    /// Strikes a message of the stream: the next of its sort overtakes it.
    Reorder {
        /// Which.
        messages: Messages,
    },
    /// Strikes a message of the stream: before it goes one that means nothing.
    Garbage {
        /// Of what sort.
        form: Garbage,
        /// Which.
        messages: Messages,
    },
    /// Strikes a message of the stream: part of it is missing.
    Truncate {
        /// Which part.
        cut: Cut,
        /// Which.
        messages: Messages,
    },
    /// Strikes a message of the stream: before it goes one that breaks the protocol's bounds.
    Oversize {
        /// Its bytes.
        bytes: usize,
        /// Which.
        messages: Messages,
    },
    /// Strikes a world: it ends.
    End {
        /// Why, as it is told.
        reason: EndReason,
        /// So long after it was struck.
        after: Duration,
    },
}

/// Which bytes of a connection.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Way {
    /// From client to server.
    Up,
    /// From server to client.
    Down,
    /// All.
    #[default]
    Both,
}

/// What is wrong with TLS.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum BadCertificate {
    /// The server speaks no TLS.
    Handshake,
    /// The certificate has expired.
    Expired,
    /// The certificate names another host.
    WrongName,
}

/// What `Retry-After` says (RFC 9110, section 10.2.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RetryAfter {
    /// Seconds; what is below is rounded up.
    Seconds(Duration),
    /// The HTTP date so long from now.
    Date(Duration),
}

/// What a message that means nothing looks like.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Garbage {
    /// Text that is no JSON.
    #[default]
    Text,
    /// JSON of a known type without its members.
    Json,
    /// Bytes that are no envelope.
    Binary,
}

/// Which part of a message is missing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Cut {
    /// Its second half.
    #[default]
    Half,
    /// All of it, and it was one fragment of several.
    Fragment,
}

impl Kind {
    /// Its name in a script.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Latency { .. } => "latency",
            Self::Jitter { .. } => "jitter",
            Self::Bandwidth { .. } => "bandwidth",
            Self::Stall { .. } => "stall",
            Self::SlowClose { .. } => "slow_close",
            Self::Refused => "refused",
            Self::Tls(_) => "tls",
            Self::Queue { .. } => "queue",
            Self::WarmUp { .. } => "warm_up",
            Self::Capacity { .. } => "capacity",
            Self::Skew { .. } => "skew",
            Self::Reset => "reset",
            Self::HalfOpen => "half_open",
            Self::Status { .. } => "status",
            Self::LostReply { .. } => "lost_reply",
            Self::LostAck => "lost_ack",
            Self::Loss { .. } => "loss",
            Self::Duplicate { .. } => "duplicate",
            Self::Reorder { .. } => "reorder",
            Self::Garbage { .. } => "garbage",
            Self::Truncate { .. } => "truncate",
            Self::Oversize { .. } => "oversize",
            Self::End { .. } => "end",
        }
    }

    /// Whether it holds for a while, where otherwise it hits one thing at a time.
    #[must_use]
    pub const fn is_condition(&self) -> bool {
        matches!(
            self,
            Self::Latency { .. }
                | Self::Jitter { .. }
                | Self::Bandwidth { .. }
                | Self::Stall { .. }
                | Self::SlowClose { .. }
                | Self::Refused
                | Self::Tls(_)
                | Self::Queue { .. }
                | Self::WarmUp { .. }
                | Self::Capacity { .. }
                | Self::Skew { .. }
        )
    }
}

impl Way {
    pub(super) const fn is_up(self) -> bool {
        matches!(self, Self::Up | Self::Both)
    }

    pub(super) const fn is_down(self) -> bool {
        matches!(self, Self::Down | Self::Both)
    }
}
