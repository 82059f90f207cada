//! What a case comes to, and the small words with which cases say it. Knows no server.

use std::fmt::{Debug, Display};

/// Why a case did not pass.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Halt {
    /// The server did something else than the profile says.
    Failed {
        /// What the profile says.
        expected: String,
        /// What came. May quote the server: whoever prints it cleans it.
        found: String,
    },
    /// The case does not apply to this server.
    Skipped(String),
}

/// What a step of a case comes to.
pub type Verdict<T = ()> = Result<T, Halt>;

/// The server failed the case.
pub fn fail<T>(expected: impl Display, found: impl Display) -> Verdict<T> {
    Err(Halt::Failed { expected: expected.to_string(), found: found.to_string() })
}

/// The case does not apply.
pub fn skip<T>(why: impl Display) -> Verdict<T> {
    Err(Halt::Skipped(why.to_string()))
}

/// Fails unless it holds.
pub fn ensure(holds: bool, expected: impl Display, found: impl Display) -> Verdict {
    if holds { Ok(()) } else { fail(expected, found) }
}

/// Fails unless both are the same.
pub fn same<T: PartialEq + Debug>(what: &str, found: &T, expected: &T) -> Verdict {
    ensure(found == expected, format!("{what}: {expected:?}"), format!("{found:?}"))
}

/// What should be there.
pub fn there<T>(value: Option<T>, expected: impl Display, found: impl Display) -> Verdict<T> {
    value.map_or_else(|| fail(expected, found), Ok)
}
