//! Bodies of requests: read whole, bounded, of a media type that is asked for.

use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::http::{HeaderMap, StatusCode, header};

use super::refusal::Refusal;
use crate::wire::ErrorCode;

/// A body, or why there is none.
pub(super) type Posted = Result<Bytes, BytesRejection>;

/// The text of a body of this media type. Wanting the content type keeps web pages of other origins from posting without being asked first.
pub(super) fn text<'a>(headers: &HeaderMap, body: &'a Posted, kind: &str, most: usize) -> Result<&'a str, Refusal> {
    let stated = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if !stated.to_ascii_lowercase().starts_with(kind) {
        return Err(Refusal::new(ErrorCode::InvalidRequest, format!("the body must have Content-Type: {kind}")));
    }
    let too_large = || Refusal::new(ErrorCode::TooLarge, format!("the body is above {most} bytes"));
    let body = match body {
        Ok(body) if body.len() > most => return Err(too_large()),
        Ok(body) => body,
        Err(rejection) if rejection.status() == StatusCode::PAYLOAD_TOO_LARGE => return Err(too_large()),
        Err(_) => return Err(Refusal::new(ErrorCode::InvalidRequest, "the body broke off before its end")),
    };
    std::str::from_utf8(body).map_err(|_| Refusal::new(ErrorCode::InvalidRequest, "the body is not UTF-8"))
}
