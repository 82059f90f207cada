//! Identifiers of the protocol, checked where they enter.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::bounds::MAX_IDENTIFIER;
use super::error::WireError;

/// A world's id: handed out by a server, opaque, safe to show and to put into a path.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct WorldId(String);

/// A client's id of one text command: 1 to 32 characters of `[A-Za-z0-9_-]`. A server applies a command once however often its
/// id comes, on whichever path (HO-28, AM-2).
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct CommandId(String);

impl WorldId {
    /// Checks an id: 1 to [`MAX_IDENTIFIER`] characters of `[A-Za-z0-9_-.~]` (RFC 3986 unreserved), and no dot segment.
    ///
    /// # Errors
    /// [`WireError::Identifier`] for anything else.
    pub fn new(id: impl Into<String>) -> Result<Self, WireError> {
        let id = id.into();
        let fits = |c: u8| c.is_ascii_alphanumeric() || b"_-.~".contains(&c);
        if id.is_empty() || id.len() > MAX_IDENTIFIER || !id.bytes().all(fits) || id.bytes().all(|c| c == b'.') {
            return Err(WireError::Identifier { what: "world id", most: MAX_IDENTIFIER, allowed: "A-Z a-z 0-9 _ - . ~" });
        }
        Ok(Self(id))
    }

    /// The id as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl CommandId {
    /// Longest id, in characters.
    pub const MAX: usize = 32;

    /// Checks an id.
    ///
    /// # Errors
    /// [`WireError::Identifier`] if it is empty, too long, or holds another character.
    pub fn new(id: impl Into<String>) -> Result<Self, WireError> {
        let id = id.into();
        let fits = |c: u8| c.is_ascii_alphanumeric() || c == b'_' || c == b'-';
        if id.is_empty() || id.len() > Self::MAX || !id.bytes().all(fits) {
            return Err(WireError::Identifier { what: "command id", most: Self::MAX, allowed: "A-Z a-z 0-9 _ -" });
        }
        Ok(Self(id))
    }

    /// The id as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

macro_rules! identifier_text {
    ($name:ty) => {
        impl TryFrom<String> for $name {
            type Error = WireError;
            fn try_from(id: String) -> Result<Self, WireError> {
                Self::new(id)
            }
        }
        impl From<$name> for String {
            fn from(id: $name) -> Self {
                id.0
            }
        }
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

identifier_text!(WorldId);
identifier_text!(CommandId);

#[cfg(test)]
mod tests {
    use super::*;

    /// an id goes into a path, so none may lead out of it.
    #[test]
    fn a_world_id_stays_one_segment_of_a_path() {
        for id in ["", ".", "..", "a/b", "a%2fb", "a?b", "a b", "ä", "a\n", &"x".repeat(MAX_IDENTIFIER + 1)] {
            assert!(WorldId::new(id).is_err(), "{id:?}");
        }
        for id in ["w_01h-x.y~z", "...a", &"x".repeat(MAX_IDENTIFIER)] {
            assert_eq!(WorldId::new(id).unwrap().as_str(), id);
        }
    }

    #[test]
    fn a_command_id_is_bounded_and_plain() {
        for id in ["", "a.b", "a b", "é", &"x".repeat(CommandId::MAX + 1)] {
            assert!(CommandId::new(id).is_err(), "{id:?}");
        }
        assert_eq!(CommandId::new("Ab_9-").unwrap().to_string(), "Ab_9-");
    }
}
