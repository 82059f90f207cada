//! A call as the services see it, and what they answer: each in the format that its document shows.

use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::Response;
use serde_json::{Map, Value, json};

use super::account::Service;
use super::fault::Fault;
use super::rules::ErrorStyle;

/// A call.
pub(super) struct Call {
    pub(super) headers: HeaderMap,
    /// The id in its path or query; empty where there is none.
    pub(super) id: String,
    /// Its body; none where it was too large or broke off.
    pub(super) body: Option<Bytes>,
    /// What goes wrong with it.
    pub(super) strike: Fault,
}

/// A good answer.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) body: Value,
}

impl Answer {
    pub(super) fn new(status: u16, body: Value) -> Self {
        Self { status, body }
    }
}

/// A refusal.
#[derive(Clone, Debug)]
pub(super) struct Refusal {
    pub(super) status: u16,
    pub(super) code: String,
    pub(super) message: String,
    /// Further fields beside code and message.
    pub(super) extra: Map<String, Value>,
    /// Seconds.
    pub(super) retry_after: Option<u64>,
}

impl Refusal {
    pub(super) fn new(status: u16, code: &str, message: impl Into<String>) -> Self {
        Self { status, code: code.to_owned(), message: message.into(), extra: Map::new(), retry_after: None }
    }

    pub(super) fn with(mut self, field: &str, value: impl Into<Value>) -> Self {
        self.extra.insert(field.to_owned(), value.into());
        self
    }

    pub(super) fn after(mut self, seconds: u64) -> Self {
        self.retry_after = Some(seconds);
        self
    }

    /// A service's refusal for a status, with its document's code and words where it has any.
    pub(super) fn of(service: Option<Service>, status: u16) -> Self {
        let (code, message) = match service {
            Some(Service::App) => match status {
                400 => ("INVALID_REQUEST", "The request is invalid"),
                401 => ("INVALID_API_KEY", "API key is missing or invalid"),
                402 => ("INSUFFICIENT_CREDITS", "Not enough credits for this operation"),
                404 => ("NOT_FOUND", "There is no such task"),
                429 => ("RATE_LIMITED", "Too many requests, please slow down"),
                _ => ("INTERNAL_ERROR", "Server error, please try again later"),
            },
            Some(Service::Customer) => match status {
                400 => ("invalid_input", "Request body is invalid."),
                401 => ("invalid_api_key", "The API key is invalid."),
                402 => ("insufficient_credits", "Your account does not have enough credits."),
                403 => ("plan_gate_exceeded", "Your plan does not allow this video setting."),
                404 => ("not_found", "Video not found."),
                413 => ("upload_file_too_large", "The file is too large."),
                429 => ("rate_limited", "Too many requests."),
                _ => ("internal_error", "HappyHorse could not complete the request."),
            },
            Some(Service::Lab) => match status {
                400 => ("invalid_request", "the request is invalid"),
                401 => ("invalid_api_key", "the API key is missing or invalid"),
                402 => ("insufficient_credits", "there are not enough credits"),
                404 => ("not_found", "there is no such job"),
                429 => ("rate_limited", "too many requests"),
                _ => ("internal_error", "the server failed; try again later"),
            },
            None => match status {
                403 => ("AccessDenied", "Access Denied"),
                404 => ("NoSuchKey", "The specified key does not exist."),
                429 | 503 => ("SlowDown", "Please reduce your request rate."),
                _ => ("InternalError", "We encountered an internal error. Please try again."),
            },
        };
        Self::new(status, code, message)
    }

    /// The answer in the format of a service; without one, in the storage's.
    pub(super) fn response(self, service: Option<Service>, style: ErrorStyle, date: Option<String>) -> Response {
        let Self { mut status, code, message, extra, retry_after } = self;
        let kind = if service.is_some() { "application/json" } else { "application/xml" };
        let body = match service {
            Some(Service::App) => {
                let word = Value::from(code);
                let mut body = match style {
                    ErrorStyle::Word => json!({ "code": word, "message": message, "data": null }),
                    ErrorStyle::Number | ErrorStyle::In200 => {
                        json!({ "code": status, "error": word, "message": message, "data": null })
                    }
                };
                if let Value::Object(fields) = &mut body {
                    fields.extend(extra);
                }
                if style == ErrorStyle::In200 {
                    status = 200;
                }
                body.to_string()
            }
            Some(_) => {
                let mut error = Map::from_iter([("code".to_owned(), code.into()), ("message".to_owned(), message.into())]);
                error.extend(extra);
                json!({ "error": error }).to_string()
            }
            None => format!(
                "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>{}</Code><Message>{}</Message></Error>",
                plain(&code),
                plain(&message)
            ),
        };
        let mut response = respond(status, kind, body);
        let when = date.or_else(|| retry_after.map(|seconds| seconds.to_string()));
        if let Some(when) = when.and_then(|when| HeaderValue::try_from(when).ok()) {
            response.headers_mut().insert(header::RETRY_AFTER, when);
        }
        response
    }
}

/// Text without what XML takes for its own.
fn plain(text: &str) -> String {
    text.replace(['<', '>', '&'], " ")
}

/// A response with a body of a type.
pub(super) fn respond(status: u16, kind: &'static str, body: impl Into<Body>) -> Response {
    let mut response = Response::new(body.into());
    *response.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    response
}

/// An answer that never comes: its body fails before its head is sent, and the connection is closed.
pub(super) fn lost() -> Response {
    let failed = || async { Err::<Bytes, _>(std::io::Error::other("lost on purpose")) };
    Response::new(Body::from_stream(futures_util::stream::once(failed())))
}
