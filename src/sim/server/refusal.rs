//! How the server says no: always a real status and the one error envelope.

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

use crate::wire::{ErrorBody, ErrorCode, ErrorEnvelope, Violations, WireError};

/// A refused request.
#[derive(Clone, Debug)]
pub(super) struct Refusal {
    status: u16,
    body: ErrorBody,
}

impl Refusal {
    pub(super) fn new(code: ErrorCode, message: impl Into<String>) -> Self {
        Self { status: code.status(), body: ErrorBody::new(code, brief(message.into())) }
    }

    /// With a status that its code need not have.
    pub(super) fn with_status(status: u16, message: impl Into<String>) -> Self {
        let same = |code: &ErrorCode| code.status() == status;
        let other = if status < 500 { ErrorCode::InvalidRequest } else { ErrorCode::Internal };
        Self { status, ..Self::new(ErrorCode::ALL.into_iter().find(same).unwrap_or(other), message) }
    }

    pub(super) fn with(mut self, field: &str, value: serde_json::Value) -> Self {
        self.body.extra.insert(field.to_owned(), value);
        self
    }

    pub(super) fn retry_after_ms(mut self, millis: u64) -> Self {
        self.body.retry_after_ms = Some(millis);
        self
    }

    pub(super) fn unknown_world() -> Self {
        Self::new(ErrorCode::NotFound, "no such world here: it was never created, or it has been deleted")
    }
}

/// A message cut to what people read: parts of it may be quoted from a request of megabytes.
pub(super) fn brief(mut message: String) -> String {
    const LONGEST: usize = 1000;
    if let Some((end, _)) = message.char_indices().nth(LONGEST) {
        message.truncate(end);
        message.push('…');
    }
    message
}

impl From<&Violations> for Refusal {
    fn from(violations: &Violations) -> Self {
        Self { status: ErrorCode::InvalidRequest.status(), body: ErrorBody::of_violations(violations) }
    }
}

impl From<WireError> for Refusal {
    fn from(error: WireError) -> Self {
        let code = match error {
            WireError::TooLarge { .. } => ErrorCode::TooLarge,
            _ => ErrorCode::InvalidRequest,
        };
        Self::new(code, error.to_string())
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let retry = self.body.retry_after_ms.map(|millis| millis.div_ceil(1000));
        let mut response = (status, Json(ErrorEnvelope { error: self.body })).into_response();
        if let Some(seconds) = retry {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        if status == StatusCode::UNAUTHORIZED {
            response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_message_is_cut_between_characters() {
        assert_eq!(brief("ö".repeat(5000)).chars().count(), 1001);
        assert_eq!(brief("short".to_owned()), "short");
    }
}
