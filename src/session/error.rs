//! What can go wrong in a session: commands that are refused before they are sent, and reasons to give a stream up.

use std::fmt;
use std::time::Duration;

use crate::wire::{VERSION, Violations};

/// A command that was not taken. Nothing was sent.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// Something in it breaks a bound of the protocol.
    #[error("not sent, because it cannot be right: {0}")]
    Invalid(Violations),
    /// Too many commands wait for their acknowledgement.
    #[error("{waiting} commands wait for the server's acknowledgement: wait for some of them")]
    Backlog {
        /// How many.
        waiting: usize,
    },
    /// The stream is over.
    #[error("the session has ended: no command can reach the world any more")]
    Ended,
}

/// Why this side gave a stream up.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// The server speaks another version.
    #[error(
        "the server speaks version {theirs} of the world protocol, this client version {VERSION}: update the older of the two"
    )]
    Version {
        /// The server's version.
        theirs: u8,
    },
    /// The stream opened and no hello came.
    #[error("the server opened a stream and did not introduce itself within {} s: it may be no world server", .after.as_secs())]
    NoHello {
        /// How long this side waited.
        after: Duration,
    },
    /// Message after message does not fit the protocol.
    #[error(
        "{count} messages did not fit the protocol, the last one because {detail}: the server is broken or no world server"
    )]
    Garbage {
        /// How many.
        count: u64,
        /// What was wrong with the last one.
        detail: String,
    },
}

/// Why a stream could not be opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The kind of reason, by which the session decides whether to try again.
    pub cause: RefusalCause,
    /// How long the server asks to wait.
    pub retry_after: Option<Duration>,
    /// In words, already cleaned.
    pub detail: String,
}

/// Kinds of reasons why a stream is not opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RefusalCause {
    /// The key or ticket is missing, wrong or expired.
    Auth,
    /// There is no such world.
    NotFound,
    /// The world has ended.
    Ended,
    /// Another holder has taken the world's stream.
    Replaced,
    /// What answers does not speak the protocol, or no common version of it.
    Protocol,
    /// The request cannot be right: an address that cannot be used, a key that may not travel there.
    Wrong,
    /// The server's certificate is not to be trusted, or no TLS suits both sides.
    Untrusted,
    /// The server has too much to do.
    Busy,
    /// The server failed.
    Server,
    /// Nobody could be reached, or nothing came in time.
    Unreachable,
}

impl RefusalCause {
    /// Whether it is of no use to ask again.
    #[must_use]
    pub const fn is_final(self) -> bool {
        !matches!(self, Self::Busy | Self::Server | Self::Unreachable)
    }
}

impl Loss {
    /// Whether a new stream may help. A peer that breaks the rules of the transport would break them again.
    #[must_use]
    pub const fn is_final(self) -> bool {
        matches!(self, Self::TooLarge | Self::Malformed | Self::Driver)
    }
}

/// How a connection broke.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Loss {
    /// It was closed or reset without a farewell.
    Broken,
    /// It is open, but nothing answers (HO-26).
    Silent,
    /// It answers, but no picture comes although the world runs (HO-26).
    Starved,
    /// A message was larger than the protocol allows.
    TooLarge,
    /// The peer broke the rules of the transport.
    Malformed,
    /// The program's own driver stopped.
    Driver,
}

impl fmt::Display for Loss {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Broken => "the connection broke",
            Self::Silent => "the server stopped answering",
            Self::Starved => "no picture came any more",
            Self::TooLarge => "the server sent a message larger than the protocol allows",
            Self::Malformed => "the server broke the rules of WebSocket",
            Self::Driver => "the session's driver stopped",
        })
    }
}
