//! How a server says that something went wrong: one body for every HTTP error and for `error` on the stream.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::bounds::{MAX_EXPLANATION_CHARS, MAX_NAME_CHARS};
use super::violation::Violations;

/// Every HTTP error: a real status and this body.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ErrorEnvelope {
    /// The error.
    pub error: ErrorBody,
}

/// An error as the server tells it. Its text is untrusted.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ErrorBody {
    /// Stable code: a name of [`ErrorCode`], or a server's own.
    pub code: String,
    /// For people.
    #[serde(default)]
    pub message: String,
    /// Whether the same request may succeed later.
    #[serde(default)]
    pub retryable: bool,
    /// How long to wait before, in milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_after_ms: Option<u64>,
    /// Fields that this side does not know.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

/// The error codes of this profile. A client branches on codes, never on words, and treats one that it does not know by its HTTP
/// status.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ErrorCode {
    /// A body or message that breaks the profile; `violations` lists what.
    InvalidRequest,
    /// No credential, or one that is wrong or expired.
    Unauthorized,
    /// The credential does not allow this.
    Forbidden,
    /// No such path, or no such world of this caller.
    NotFound,
    /// The method does not fit the path.
    MethodNotAllowed,
    /// The world is not in a state that allows this.
    Conflict,
    /// The world has ended.
    WorldEnded,
    /// A message or body above its bound.
    TooLarge,
    /// The client offered no sub-protocol that the server speaks; `supported` lists the server's.
    UnsupportedProtocol,
    /// None of the asked formats can be sent.
    UnsupportedFormat,
    /// The server's capabilities do not include this.
    NotSupported,
    /// Too many requests.
    RateLimited,
    /// No capacity for another world now.
    Busy,
    /// The server failed.
    Internal,
    /// The server is going down.
    ShuttingDown,
}

impl ErrorCode {
    /// Every code, in the order of `docs/protocol.md`.
    pub const ALL: [Self; 15] = [
        Self::InvalidRequest,
        Self::Unauthorized,
        Self::Forbidden,
        Self::NotFound,
        Self::MethodNotAllowed,
        Self::Conflict,
        Self::WorldEnded,
        Self::TooLarge,
        Self::UnsupportedProtocol,
        Self::UnsupportedFormat,
        Self::NotSupported,
        Self::RateLimited,
        Self::Busy,
        Self::Internal,
        Self::ShuttingDown,
    ];

    /// The code on the wire.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::InvalidRequest => "invalid_request",
            Self::Unauthorized => "unauthorized",
            Self::Forbidden => "forbidden",
            Self::NotFound => "not_found",
            Self::MethodNotAllowed => "method_not_allowed",
            Self::Conflict => "conflict",
            Self::WorldEnded => "world_ended",
            Self::TooLarge => "too_large",
            Self::UnsupportedProtocol => "unsupported_protocol",
            Self::UnsupportedFormat => "unsupported_format",
            Self::NotSupported => "not_supported",
            Self::RateLimited => "rate_limited",
            Self::Busy => "busy",
            Self::Internal => "internal",
            Self::ShuttingDown => "shutting_down",
        }
    }

    /// The HTTP status that goes with it.
    #[must_use]
    pub const fn status(self) -> u16 {
        match self {
            Self::InvalidRequest => 400,
            Self::Unauthorized => 401,
            Self::Forbidden => 403,
            Self::NotFound => 404,
            Self::MethodNotAllowed => 405,
            Self::Conflict => 409,
            Self::WorldEnded => 410,
            Self::TooLarge => 413,
            Self::UnsupportedProtocol => 426,
            Self::UnsupportedFormat | Self::NotSupported => 422,
            Self::RateLimited => 429,
            Self::Busy | Self::ShuttingDown => 503,
            Self::Internal => 500,
        }
    }

    /// Whether the same request may succeed later.
    #[must_use]
    pub const fn retryable(self) -> bool {
        matches!(self, Self::RateLimited | Self::Busy | Self::Internal | Self::ShuttingDown)
    }

    /// The code of a name, where this profile has it.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|code| code.name() == name)
    }
}

impl ErrorBody {
    /// An error of this profile in the server's own words, cut to [`MAX_EXPLANATION_CHARS`].
    #[must_use]
    pub fn new(code: ErrorCode, message: impl Into<String>) -> Self {
        let mut message = message.into();
        if let Some((end, _)) = message.char_indices().nth(MAX_EXPLANATION_CHARS) {
            message.truncate(end);
        }
        Self { code: code.name().to_owned(), message, retryable: code.retryable(), ..Self::default() }
    }

    /// The error that lists everything wrong with a request, as `violations: [{field, problem}]`.
    #[must_use]
    pub fn of_violations(violations: &Violations) -> Self {
        let list = violations.iter().map(|one| serde_json::json!({ "field": one.field, "problem": one.problem })).collect();
        let mut body = Self::new(ErrorCode::InvalidRequest, violations.to_string());
        body.extra.insert("violations".to_owned(), Value::Array(list));
        body
    }

    pub(super) fn check(&self, found: &mut Violations) {
        found.text("code", &self.code, MAX_NAME_CHARS);
        found.text("message", &self.message, MAX_EXPLANATION_CHARS);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_told_apart_by_name_and_found_by_it() {
        for code in ErrorCode::ALL {
            assert_eq!(ErrorCode::from_name(code.name()), Some(code));
        }
        assert_eq!(ErrorCode::from_name("of_another_server"), None);
    }

    #[test]
    fn an_error_never_says_more_than_its_reader_takes() {
        let mut found = Violations::default();
        ErrorBody::new(ErrorCode::Internal, "é".repeat(MAX_EXPLANATION_CHARS + 7)).check(&mut found);
        assert!(found.is_empty(), "{found}");
    }
}
