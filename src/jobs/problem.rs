//! An answer that is a refusal, or none at all, typed: what is to be done about it does not depend on the dialect.

use std::fmt;
use std::time::Duration;

/// What went wrong, as far as the service says.
#[derive(Clone, Debug, PartialEq)]
pub struct Problem {
    /// Of which kind.
    pub kind: ProblemKind,
    /// HTTP status. It may be 200: hh-app also refuses inside of a success. So `kind` says what happened, never this.
    pub status: u16,
    /// The service's own code, as a text also where it is a number.
    pub code: Option<String>,
    /// The service's own words, made harmless to print and of bounded length.
    pub message: String,
    /// What to do, where more is known than the kind says, as in `--ref-audio needs plan pro, you have basic`.
    pub hint: Option<String>,
    /// After which time to ask again.
    pub retry_after: Option<Duration>,
}

/// Kinds of problems; each has one exit status.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProblemKind {
    /// The key is missing or wrong.
    Auth,
    /// Too few credits.
    Credits,
    /// The plan does not allow it.
    Plan,
    /// No such job, or somebody else's.
    NotFound,
    /// Too much at once.
    RateLimited,
    /// The request does not fit.
    Invalid,
    /// A file is too large.
    TooLarge,
    /// A file is of a type that is not taken.
    TypeNotSupported,
    /// The service failed, or is away.
    Server,
    /// The answer cannot be read.
    Garbled,
}

impl ProblemKind {
    /// Whether a GET that met it is worth repeating.
    #[must_use]
    pub const fn passes(self) -> bool {
        matches!(self, Self::RateLimited | Self::Server)
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "HTTP {}", self.status)?;
        if let Some(code) = &self.code {
            write!(f, " {code}")?;
        }
        write!(f, ": {}", self.message)
    }
}

impl std::error::Error for Problem {}
