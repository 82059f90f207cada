//! What a server's HTTP answers mean for worlds.

use std::fmt::Write as _;

use serde::de::DeserializeOwned;
use serde_json::Value;

use super::error::ClientError;
use crate::net::{NetError, Response};
use crate::session::clean;
use crate::wire::{ErrorBody, ErrorEnvelope};

/// Longest foreign text in an error, in characters.
const MOST: usize = 300;
/// Most violations of a refusal that are told.
const LISTED: usize = 32;

/// The body of a successful answer.
pub(super) fn body_of<T: DeserializeOwned>(answer: &Response, doing: &'static str, url: &str) -> Result<T, ClientError> {
    check(answer, doing, url)?;
    serde_json::from_slice(&answer.body).map_err(|error| {
        let kind = kind_of(answer);
        let found =
            format!("HTTP {} with {kind} that is no answer of this protocol ({})", answer.status, short(&error.to_string()));
        ClientError::NotAWorldServer { doing, url: url.to_owned(), found }
    })
}

/// Whether an answer is a successful one.
pub(super) fn check(answer: &Response, doing: &'static str, url: &str) -> Result<(), ClientError> {
    if (200..300).contains(&answer.status) {
        return Ok(());
    }
    if let Ok(ErrorEnvelope { error }) = serde_json::from_slice(&answer.body) {
        return Err(ClientError::Refused {
            doing,
            status: answer.status,
            code: short(&error.code),
            message: reason_of(&error),
            retryable: error.retryable,
            retry_after: error.retry_after_ms.map(std::time::Duration::from_millis).or(answer.retry_after),
        });
    }
    let found = match answer.status {
        300..400 => format!("a redirect (HTTP {}), which is not followed: a key goes to its own origin only", answer.status),
        404 | 405 => format!("HTTP {} with {}", answer.status, kind_of(answer)),
        status => {
            return Err(ClientError::Refused {
                doing,
                status,
                code: String::new(),
                message: format!("it gave no reason, only {}", kind_of(answer)),
                retryable: matches!(status, 408 | 429 | 502..=504),
                retry_after: answer.retry_after,
            });
        }
    };
    Err(ClientError::NotAWorldServer { doing, url: url.to_owned(), found })
}

/// The server's words, and what it lists as wrong where the words do not say so (X-1).
fn reason_of(error: &ErrorBody) -> String {
    let mut reason = short(&error.message);
    let listed = error.extra.get("violations").and_then(Value::as_array).into_iter().flatten();
    for violation in listed.take(LISTED) {
        let [Some(field), Some(problem)] = ["field", "problem"].map(|member| violation.get(member).and_then(Value::as_str))
        else {
            continue;
        };
        if !error.message.contains(problem) {
            let _ = write!(reason, "; {}: {}", clean(field, 80), clean(problem, 200));
        }
    }
    reason
}

/// The refusal of a stream, with the reason that the server's body gives.
pub(super) fn stream_error(error: NetError, url: &str) -> ClientError {
    match error {
        NetError::Refused { status, body, retry_after } => {
            let answer = Response { status, content_type: String::new(), retry_after, body };
            match check(&answer, "open the stream", url) {
                Err(error) => error,
                Ok(()) => ClientError::Net(NetError::Refused { status, body: answer.body, retry_after }),
            }
        }
        other => ClientError::Net(other),
    }
}

fn kind_of(answer: &Response) -> String {
    match answer.content_type.split(';').next().map(str::trim) {
        _ if answer.body.is_empty() => "no body".to_owned(),
        None | Some("") => "a body of no stated type".to_owned(),
        Some(kind) => format!("a body of type {}", clean(kind, 60)),
    }
}

fn short(text: &str) -> String {
    clean(text, MOST)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(body: &str) -> String {
        let answer = Response {
            status: 422,
            content_type: "application/json".to_owned(),
            retry_after: Some(std::time::Duration::from_secs(90)),
            body: body.as_bytes().to_vec(),
        };
        check(&answer, "create a world", "http://server/").unwrap_err().to_string()
    }

    /// X-1: what the server lists as wrong is told, once.
    #[test]
    fn a_refusal_lists_what_is_wrong_and_when_to_come_again() {
        let body = r#"{"error": {"code": "not_supported", "message": "no", "violations": [
            {"field": "tier", "problem": "is not\u001b[31m offered"}, 7, {"field": "audio.formats[0]", "problem": "is unknown"}]}}"#;
        assert_eq!(
            refused(body),
            "the server refused to create a world (HTTP 422, not_supported): no; tier: is not[31m offered; audio.formats[0]: is \
             unknown (again after 90 s)"
        );
        let told = r#"{"error": {"code": "x", "message": "tier: is wrong", "violations": [{"field": "tier", "problem": "is wrong"}]}}"#;
        assert_eq!(refused(told), "the server refused to create a world (HTTP 422, x): tier: is wrong (again after 90 s)");
    }
}
