//! Secrets that a server hands out for one stream: tickets and resume tokens. They are printed on the wire and nowhere else.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::bounds::MAX_TOKEN_BYTES;
use super::error::WireError;

/// A ticket or a resume token: 1 to [`MAX_TOKEN_BYTES`] visible ASCII characters. `Debug` shows none of them.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Token(String);

impl Token {
    /// Checks a token.
    ///
    /// # Errors
    /// [`WireError::Identifier`] if it is empty, too long, or holds another character.
    pub fn new(token: impl Into<String>) -> Result<Self, WireError> {
        let token = token.into();
        if token.is_empty() || token.len() > MAX_TOKEN_BYTES || !token.bytes().all(|c| c.is_ascii_graphic()) {
            return Err(WireError::Identifier { what: "token", most: MAX_TOKEN_BYTES, allowed: "visible ASCII" });
        }
        Ok(Self(token))
    }

    /// The token itself, for the header that carries it. It must reach no log and no error.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for Token {
    type Error = WireError;
    fn try_from(token: String) -> Result<Self, WireError> {
        Self::new(token)
    }
}

impl From<Token> for String {
    fn from(token: Token) -> Self {
        token.0
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(…)")
    }
}
