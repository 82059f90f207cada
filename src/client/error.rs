//! The composed error of the client: what went wrong with a world, why, and what to do about it.

use std::time::Duration;

use crate::books::{BooksError, Denied};
use crate::net::NetError;
use crate::session::{Ending, Failure, Loss, RefusalCause, Refused};
use crate::wire::{CloseCode, EndReason, WorldId};

/// An operation on worlds that failed. Its `Display` says what and why, [`ClientError::advice`] what to do.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum ClientError {
    /// The way to the server.
    #[error(transparent)]
    Net(#[from] NetError),
    /// The server refused the request.
    #[error("the server refused to {doing} (HTTP {status}{}): {message}{}", code_note(.code), after_note(*.retry_after))]
    Refused {
        /// What was asked.
        doing: &'static str,
        /// HTTP status.
        status: u16,
        /// Stable code, empty where the server gives none.
        code: String,
        /// The server's words, cleaned.
        message: String,
        /// Whether the same request may succeed later.
        retryable: bool,
        /// How long to wait before.
        retry_after: Option<Duration>,
    },
    /// The server answered, but not as a world server does.
    #[error("the server at {url} is no world server: asked to {doing}, it answered {found}")]
    NotAWorldServer {
        /// What was asked.
        doing: &'static str,
        /// Where.
        url: String,
        /// What came instead.
        found: String,
    },
    /// A command was refused on this side.
    #[error(transparent)]
    Command(#[from] Refused),
    /// The stream of a world ended early.
    #[error("the stream of world {id} is over: {ending}")]
    Ended {
        /// The world.
        id: WorldId,
        /// Why.
        ending: Ending,
    },
    /// A budget does not allow it. Nothing was sent.
    #[error("no world was created, as a budget does not allow it: {0}")]
    Budget(#[from] Denied),
    /// The books cannot be read or written. Nothing was sent.
    #[error(transparent)]
    Books(#[from] BooksError),
    /// The answer to a create was lost, and what became of it could not be found out either.
    #[error("nobody knows whether a world was created: {why}")]
    OutcomeUnknown {
        /// The key under which the journal remembers it, where there is one.
        key: String,
        /// What went wrong last.
        why: String,
    },
    /// The world could not be deleted and may live on and cost money.
    #[error("world {id} may still be alive: deleting it failed because {why}")]
    NotDeleted {
        /// The world.
        id: WorldId,
        /// Why.
        why: String,
    },
}

/// Classes of failure; the program maps each to one documented exit code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Category {
    /// A mistake in what was asked, found before or by the server.
    Usage,
    /// No key, a wrong key, or a key that may not be sent.
    Auth,
    /// No money or the wrong plan.
    Payment,
    /// No such world.
    NotFound,
    /// The session failed on the server, or its peer is no world server.
    Session,
    /// The network.
    Network,
    /// Too many requests or sessions.
    RateLimit,
    /// A limit ended the session.
    Limit,
    /// A budget does not allow it, and nothing was spent.
    Budget,
    /// Nobody knows what became of it, and it may cost money.
    OutcomeUnknown,
    /// None of these.
    Unknown,
}

impl ClientError {
    /// The class of failure.
    #[must_use]
    pub fn category(&self) -> Category {
        match self {
            Self::Net(NetError::Refused { status, .. }) | Self::Refused { status, .. } => by_status(*status),
            Self::Net(NetError::Url { .. } | NetError::Header { .. } | NetError::Roots { .. }) | Self::Command(_) => {
                Category::Usage
            }
            Self::Books(_) => Category::Usage,
            Self::Budget(_) => Category::Budget,
            Self::OutcomeUnknown { .. } => Category::OutcomeUnknown,
            Self::Net(NetError::InsecureKey { .. }) => Category::Auth,
            Self::Net(NetError::NotTheProtocol { .. }) | Self::NotAWorldServer { .. } => Category::Session,
            Self::Net(_) | Self::NotDeleted { .. } => Category::Network,
            Self::Ended { ending, .. } => Category::of(ending),
        }
    }

    /// What to do, in one sentence.
    #[must_use]
    pub fn advice(&self) -> &'static str {
        match self {
            Self::Net(NetError::NotTheProtocol { .. }) | Self::NotAWorldServer { .. } => {
                "Check the server URL: it must lead to a server of this protocol (docs/protocol.md)."
            }
            Self::Net(NetError::Tls { fault, .. }) => fault.advice(),
            Self::Net(NetError::Roots { .. }) => "Name a file with certificates in PEM.",
            Self::Net(NetError::InsecureKey { .. }) => {
                "Use https://. --allow-plaintext-key (from code ClientConfig::allow_insecure_key) sends the key all the same, for everybody \
                 on the way to read."
            }
            Self::NotDeleted { .. } => "End it by its id as soon as the server can be reached again.",
            Self::Books(_) => "Name other books, or mend the folder.",
            Self::Ended { ending: Ending::Failed(Failure::Version { .. }), .. } => "Update the older side.",
            Self::Ended { ending: Ending::Closed { code: CloseCode::Replaced, .. }, .. } => {
                "A world has one stream at a time: attach to it again to take it back."
            }
            _ => match self.category() {
                Category::Usage => "Correct the request.",
                Category::Auth => "Set the key of this server, and only of this server.",
                Category::Payment => "Check the plan and the balance of the account.",
                Category::NotFound => "List the worlds: this one may have ended.",
                Category::Session => "Try again; if it persists, tell whoever runs the server.",
                Category::Network => "Check that the server runs and can be reached, then try again.",
                Category::RateLimit => "Wait, or end other worlds, then try again.",
                Category::Limit => "Create a new world, or ask for longer limits.",
                Category::Budget => "Wait for the next day or month, end open worlds, or raise the budget.",
                Category::OutcomeUnknown => "Reap as soon as the server can be reached again: that ends it if it is there.",
                Category::Unknown => "Try again with logging on and report what it says.",
            },
        }
    }

    /// Whether the same request may succeed later.
    #[must_use]
    pub const fn is_retryable(&self) -> bool {
        match self {
            Self::Refused { retryable, .. } => *retryable,
            Self::Net(net) => matches!(
                net,
                NetError::Unreachable { .. } | NetError::Timeout { .. } | NetError::Broken { .. } | NetError::Dns { .. }
            ),
            Self::NotDeleted { .. } => true,
            Self::NotAWorldServer { .. }
            | Self::Command(_)
            | Self::Ended { .. }
            | Self::Budget(_)
            | Self::Books(_)
            | Self::OutcomeUnknown { .. } => false,
        }
    }
}

impl Category {
    /// The class of an ending; a clean one is [`Category::Unknown`], as it is no failure.
    #[must_use]
    pub const fn of(ending: &Ending) -> Self {
        match ending {
            Ending::World(EndReason::Limit | EndReason::Idle)
            | Ending::Closed { code: CloseCode::Limit | CloseCode::Idle, .. } => Self::Limit,
            Ending::Closed { code: CloseCode::Auth, .. } => Self::Auth,
            Ending::Closed { code: CloseCode::Unknown, .. } => Self::NotFound,
            Ending::Closed { code: CloseCode::Policy | CloseCode::TryLater, .. } => Self::RateLimit,
            Ending::Limit { .. } => Self::Limit,
            Ending::Lost { loss: Loss::Broken | Loss::Silent | Loss::Starved, .. } | Ending::GaveUp { .. } => Self::Network,
            Ending::Refused(refusal) => match refusal.cause {
                RefusalCause::Auth => Self::Auth,
                RefusalCause::NotFound | RefusalCause::Ended => Self::NotFound,
                RefusalCause::Wrong => Self::Usage,
                RefusalCause::Busy => Self::RateLimit,
                RefusalCause::Unreachable | RefusalCause::Untrusted => Self::Network,
                RefusalCause::Replaced | RefusalCause::Protocol | RefusalCause::Server => Self::Session,
            },
            Ending::World(EndReason::Deleted) | Ending::Local | Ending::Closed { code: CloseCode::Done, .. } => {
                Self::Unknown
            }
            Ending::World(_) | Ending::Closed { .. } | Ending::Lost { .. } | Ending::Failed(_) => Self::Session,
        }
    }
}

const fn by_status(status: u16) -> Category {
    match status {
        400 | 405 | 409 | 413 | 415 | 422 => Category::Usage,
        401 | 403 => Category::Auth,
        402 => Category::Payment,
        404 | 410 => Category::NotFound,
        429 => Category::RateLimit,
        408 | 502 | 504 => Category::Network,
        426 | 500 | 501 | 503 | 505..=599 => Category::Session,
        _ => Category::Unknown,
    }
}

/// When the server wants to be asked again, where that is a while.
fn after_note(after: Option<Duration>) -> String {
    let seconds = after.unwrap_or_default().as_secs();
    if seconds == 0 { String::new() } else { format!(" (again after {seconds} s)") }
}

fn code_note(code: &str) -> String {
    if code.is_empty() { String::new() } else { format!(", {code}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_is_sent_to_whoever_runs_the_server_because_of_their_own_other_stream() {
        let ending = Ending::Closed { code: CloseCode::Replaced, reason: String::new() };
        let error = ClientError::Ended { id: WorldId::new("w_1").expect("an id"), ending };
        assert_eq!(error.category(), Category::Session);
        assert!(error.advice().contains("attach to it again"), "{}", error.advice());
    }
}
