//! What a server's HTTP answers mean for worlds.

use serde::de::DeserializeOwned;

use super::error::ClientError;
use crate::net::{NetError, Response};
use crate::session::clean;
use crate::wire::ErrorEnvelope;

/// Longest foreign text in an error, in characters.
const MOST: usize = 300;

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
            message: short(&error.message),
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
