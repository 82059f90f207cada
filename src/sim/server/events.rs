//! The stream as Server-Sent Events (HO-9), for networks that let no WebSocket through: the same messages in the same order from the
//! same bounded outlet, one event each. What the client says comes by POST: `uplink`.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::http::{HeaderMap, HeaderName, header};
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use bytes::Bytes;
use futures_util::stream::unfold;
use serde_json::json;
use tokio::sync::OwnedRwLockReadGuard;
use tokio::time::timeout;

use super::drain::Drain;
use super::hosted::Hosted;
use super::house::House;
use crate::clock::Clock;
use crate::sim::faults::Tamper;
use crate::sim::host::{Opening, Outgoing, Outlet};

/// Nothing to say for so long: a comment keeps proxies from taking the stream for dead.
const COMMENT_AFTER: Duration = Duration::from_secs(15);

const TYPE: &str = "text/event-stream";

/// The body of one stream. Dropped by the HTTP server when the client goes; the world is told by that.
struct Speaker {
    outlet: Arc<Outlet>,
    world: Arc<Hosted>,
    tamper: Tamper,
    clock: Clock,
    /// A client that takes nothing for so long is gone.
    patience: Duration,
    drain: Option<Drain>,
    over: bool,
    _open: OwnedRwLockReadGuard<()>,
}

/// Why a body breaks off.
#[derive(Debug, thiserror::Error)]
#[error("the client takes nothing any more")]
struct Stuck;

/// Whether a request wants its stream as events.
pub(super) fn wanted(headers: &HeaderMap) -> bool {
    let lists = headers.get_all(header::ACCEPT).iter().filter_map(|value| value.to_str().ok());
    let mut types = lists.flat_map(|list| list.split(',')).filter_map(|range| range.split(';').next());
    types.any(|range| range.trim().eq_ignore_ascii_case(TYPE))
}

/// Opens the stream. `drain`: of its connection, where that carries this body alone.
pub(super) fn speak(
    house: &House,
    world: Arc<Hosted>,
    opening: Opening,
    drain: Option<Drain>,
    open: OwnedRwLockReadGuard<()>,
) -> Response {
    let outlet = Arc::new(Outlet::default());
    world.desk.attach(&outlet, opening);
    let (tamper, clock, patience) = (Tamper::new(house.faults.clone()), house.clock, house.config.write_timeout);
    let speaker = Speaker { outlet, world, tamper, clock, patience, drain, over: false, _open: open };
    let headers = [
        (header::CONTENT_TYPE, TYPE),
        (header::CACHE_CONTROL, "no-store"),
        // Known to common proxies: pass the body on as it comes.
        (HeaderName::from_static("x-accel-buffering"), "no"),
    ];
    (headers, Body::from_stream(unfold(speaker, Speaker::say))).into_response()
}

impl Speaker {
    /// The next event, once the one before has left.
    async fn say(mut self) -> Option<(Result<Bytes, Stuck>, Self)> {
        if self.over {
            return None;
        }
        if let Some(drain) = &self.drain
            && timeout(self.patience, drain.empty()).await.is_err()
        {
            self.over = true;
            return Some((Err(Stuck), self));
        }
        let next = self.tamper.next(&self.outlet, || self.clock.now().as_micros());
        let event = match timeout(COMMENT_AFTER, next).await {
            Ok(Some(next)) => {
                self.over = matches!(next, Outgoing::Close(..));
                print(&next)
            }
            Ok(None) => return None,
            Err(_) => ":\n\n".to_owned(),
        };
        if let Some(drain) = &self.drain {
            drain.fill();
        }
        Some((Ok(event.into()), self))
    }
}

impl Drop for Speaker {
    fn drop(&mut self) {
        self.world.desk.detach(&self.outlet);
    }
}

fn print(next: &Outgoing) -> String {
    match next {
        // A message that was made to break the protocol still is one line.
        Outgoing::Text(text) => format!("data: {}\n\n", text.replace(['\r', '\n'], " ")),
        Outgoing::Media(envelope) => {
            let mut event = String::with_capacity(24 + envelope.len().div_ceil(3) * 4);
            event.push_str("event: media\ndata: ");
            BASE64.encode_string(envelope, &mut event);
            event.push_str("\n\n");
            event
        }
        Outgoing::Close(code, reason) => {
            format!("event: close\ndata: {}\n\n", json!({ "code": code.number(), "reason": reason }))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::{CloseCode, Down};

    /// HO-9
    #[test]
    fn events_print_as_their_vector() {
        let vector = include_str!("../../../tests/golden/wire/events.txt").replace(": a comment\n\n", "");
        let envelope = include_str!("../../../tests/golden/wire/envelope/audio_opus.hex");
        let digits: String =
            envelope.lines().flat_map(|line| line.split('#').next()).flat_map(str::split_whitespace).collect();
        let bytes: Vec<u8> =
            (0..digits.len()).step_by(2).map(|at| u8::from_str_radix(&digits[at..at + 2], 16).unwrap()).collect();
        let said = [
            Outgoing::Text(Down::Pong { issued_us: 2_900_000, server_us: 9_100_000 }.print()),
            Outgoing::Media(bytes.into()),
            Outgoing::Close(CloseCode::Replaced, "a newer stream of this world took over".to_owned()),
        ];
        assert_eq!(said.iter().map(print).collect::<String>(), vector);
    }

    #[test]
    fn a_stream_of_events_is_asked_for_by_its_media_type() {
        let wants = |accept: &'static str| {
            let mut headers = HeaderMap::new();
            headers.append(header::ACCEPT, "application/json".parse().unwrap());
            headers.append(header::ACCEPT, accept.parse().unwrap());
            wanted(&headers)
        };
        for accept in ["text/event-stream", "text/html, Text/Event-Stream;q=0.9"] {
            assert!(wants(accept), "{accept}");
        }
        for accept in ["*/*", "text/*", "text/event-streams", ""] {
            assert!(!wants(accept), "{accept}");
        }
        assert!(!wanted(&HeaderMap::new()));
    }
}
