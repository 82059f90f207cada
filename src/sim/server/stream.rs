//! The stream: over a WebSocket, unless events are asked for; upgrade, then one task that reads commands and writes what the world's outlet holds.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::rejection::QueryRejection;
use axum::extract::ws::rejection::WebSocketUpgradeRejection;
use axum::extract::ws::{CloseFrame, Message, WebSocket, WebSocketUpgrade};
use axum::extract::{ConnectInfo, Path, Query, State};
use axum::http::{HeaderMap, Version};
use axum::response::Response;
use futures_util::stream::{SplitSink, SplitStream};
use futures_util::{SinkExt, StreamExt};
use serde_json::json;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite;

use super::admission::{Asked, admit};
use super::events;
use super::gate::Caller;
use super::hearing::{complain, hear};
use super::hosted::Hosted;
use super::house::House;
use super::refusal::Refusal;
use crate::clock::Clock;
use crate::sim::faults::Tamper;
use crate::sim::host::{Opening, Outgoing, Outlet};
use crate::wire::{CloseCode, ErrorCode, MAX_MESSAGE_BYTES, PROTOCOL};

/// What is read of one message at most. Twice the bound, so that a message somewhat above it is read whole and its sender told
/// why, instead of meeting a closed connection half-way through.
const READ_BYTES: usize = 2 * MAX_MESSAGE_BYTES;

/// Bytes read from a client at once. Its messages are short, and the socket layer keeps, and clears before each read, as much.
const READ_AT_ONCE: usize = 4 * 1024;

/// Why a stream ends over a message that breaks the bound.
const TOO_LARGE: &str = "the message is above the bound of 1 MiB";

/// How long the farewell may take.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(2);

pub(super) async fn stream(
    State(house): State<Arc<House>>,
    Path(id): Path<String>,
    asked: Result<Query<Asked>, QueryRejection>,
    headers: HeaderMap,
    (version, ConnectInfo(caller)): (Version, ConnectInfo<Caller>),
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Result<Response, Refusal> {
    let Query(asked) = asked.map_err(|rejection| Refusal::new(ErrorCode::InvalidRequest, rejection.body_text()))?;
    let (world, opening) = admit(&house, &id, &asked, &headers)?;
    let open = Arc::clone(&house.streams).read_owned().await;
    if upgrade.is_err() && events::wanted(&headers) {
        // HTTP/2 shares a connection among bodies, and has windows of its own.
        let drain = (version <= Version::HTTP_11).then_some(caller.drain);
        return Ok(events::speak(&house, world, opening, drain, open));
    }
    let mismatch = |what: &str| {
        let message = format!(
            "{what}; this server speaks {PROTOCOL} over WebSocket, named in Sec-WebSocket-Protocol, \
                               or as text/event-stream"
        );
        Refusal::new(ErrorCode::UnsupportedProtocol, message).with("supported", json!([PROTOCOL]))
    };
    let upgrade =
        upgrade.map_err(|rejection| mismatch(&format!("no WebSocket upgrade: {rejection}")))?.protocols([PROTOCOL]);
    if upgrade.selected_protocol().is_none() {
        return Err(mismatch("the client offers no sub-protocol that this server speaks"));
    }
    let upgrade = upgrade.max_message_size(READ_BYTES).max_frame_size(READ_BYTES).read_buffer_size(READ_AT_ONCE);
    Ok(upgrade.on_upgrade(async move |socket| {
        converse(socket, &house, &world, opening).await;
        drop(open);
    }))
}

async fn converse(socket: WebSocket, house: &House, world: &Hosted, opening: Opening) {
    let mut tamper = Tamper::new(house.faults.clone());
    let (mut sink, mut source) = socket.split();
    let outlet = Arc::new(Outlet::default());
    world.desk.attach(&outlet, opening);
    tokio::select! {
        () = write(&mut sink, &outlet, house, &mut tamper) => {}
        () = read(&mut source, &outlet, world, house.clock) => {}
    }
    world.desk.detach(&outlet);
    // Lets the peer's answer to a farewell in, so that its end of the connection closes cleanly too.
    let farewell = async {
        drop(sink.close().await);
        while source.next().await.is_some_and(|message| message.is_ok()) {}
    };
    drop(timeout(CLOSE_TIMEOUT, farewell).await);
}

async fn write(sink: &mut SplitSink<WebSocket, Message>, outlet: &Outlet, house: &House, tamper: &mut Tamper) {
    while let Some(next) = tamper.next(outlet, || house.clock.now().as_micros()).await {
        let (message, last) = match next {
            Outgoing::Text(text) => (Message::Text(text.into()), false),
            Outgoing::Media(bytes) => (Message::Binary(bytes), false),
            Outgoing::Close(code, reason) => {
                (Message::Close(Some(CloseFrame { code: code.number(), reason: reason.into() })), true)
            }
        };
        let sent = timeout(house.config.write_timeout, sink.send(message)).await;
        if last || !matches!(sent, Ok(Ok(()))) {
            return;
        }
    }
}

/// Reads until the peer goes. After a breach of the protocol it reads no more, and the farewell ends the stream.
async fn read(source: &mut SplitStream<WebSocket>, outlet: &Arc<Outlet>, world: &Hosted, clock: Clock) {
    while let Some(message) = source.next().await {
        match message {
            Ok(Message::Text(text)) if text.len() > MAX_MESSAGE_BYTES => {
                complain(outlet, ErrorCode::TooLarge, TOO_LARGE);
                outlet.close(CloseCode::TooLarge, TOO_LARGE);
            }
            Ok(Message::Text(text)) => hear(text.as_str(), outlet, world, clock),
            Ok(Message::Binary(_)) => {
                complain(outlet, ErrorCode::InvalidRequest, "binary messages go from server to client alone");
                outlet.close(CloseCode::Protocol, "binary message from a client");
            }
            Ok(Message::Ping(_) | Message::Pong(_)) => {}
            Ok(Message::Close(_)) => return,
            Err(error) => {
                let Some((code, words)) = breach(error) else { return };
                let said = if code == CloseCode::TooLarge { ErrorCode::TooLarge } else { ErrorCode::InvalidRequest };
                complain(outlet, said, words);
                outlet.close(code, words);
                break;
            }
        }
    }
    if !outlet.is_closed() {
        std::future::pending::<()>().await;
    }
}

/// What a socket error is of the peer's making.
fn breach(error: axum::Error) -> Option<(CloseCode, &'static str)> {
    match error.into_inner().downcast_ref::<tungstenite::Error>()? {
        tungstenite::Error::Capacity(_) => Some((CloseCode::TooLarge, TOO_LARGE)),
        tungstenite::Error::Protocol(tungstenite::error::ProtocolError::ResetWithoutClosingHandshake) => None,
        tungstenite::Error::Protocol(_) => Some((CloseCode::Protocol, "the message breaks the WebSocket protocol")),
        tungstenite::Error::Utf8(_) => Some((CloseCode::Protocol, "the text message is not UTF-8")),
        _ => None,
    }
}
