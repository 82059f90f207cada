//! The stream: upgrade, then one task that reads commands and writes what the world's outlet holds.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::ws::rejection::WebSocketUpgradeRejection;
use axum::extract::ws::{CloseFrame, Message, WebSocket, WebSocketUpgrade};
use axum::extract::{Path, Query, State};
use axum::http::HeaderMap;
use axum::response::Response;
use futures_util::stream::{SplitSink, SplitStream};
use futures_util::{SinkExt, StreamExt};
use serde::Deserialize;
use serde_json::json;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite;

use super::auth::{check_key, credential};
use super::house::{Hosted, House};
use super::refusal::{Refusal, brief};
use crate::clock::Clock;
use crate::sim::host::{Order, Outgoing, Outlet, Reply};
use crate::wire::{
    AckStatus, CloseCode, Down, ErrorBody, ErrorCode, MAX_MESSAGE_BYTES, MAX_TEXT_BYTES, PROTOCOL, Up, WireError,
};

/// A client that takes nothing for so long is gone.
const WRITE_TIMEOUT: Duration = Duration::from_secs(20);

/// What is read of one message at most. Twice the bound, so that a message somewhat above it is read whole and its sender told
/// why, instead of meeting a closed connection half-way through.
const READ_BYTES: usize = 2 * MAX_MESSAGE_BYTES;

/// Why a stream ends over a message that breaks the bound.
const TOO_LARGE: &str = "the message is above the bound of 1 MiB";

/// How long the farewell may take.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(2);

/// Messages that do not parse before the stream is closed.
const MAX_GARBAGE: u32 = 16;

#[derive(Default, Deserialize)]
pub(super) struct Asked {
    ticket: Option<String>,
}

pub(super) async fn stream(
    State(house): State<Arc<House>>,
    Path(id): Path<String>,
    Query(asked): Query<Asked>,
    headers: HeaderMap,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Result<Response, Refusal> {
    let world = admit(&house, &id, &asked, &headers)?;
    if world.desk.snapshot().ended.is_some() {
        return Err(Refusal::new(ErrorCode::WorldEnded, "the world has ended"));
    }
    let mismatch = |what: &str| {
        let message = format!("{what}; this server speaks {PROTOCOL} over WebSocket, named in Sec-WebSocket-Protocol");
        Refusal::new(ErrorCode::UnsupportedProtocol, message).with("supported", json!([PROTOCOL]))
    };
    let upgrade =
        upgrade.map_err(|rejection| mismatch(&format!("no WebSocket upgrade: {rejection}")))?.protocols([PROTOCOL]);
    if upgrade.selected_protocol().is_none() {
        return Err(mismatch("the client offers no sub-protocol that this server speaks"));
    }
    let open = Arc::clone(&house.streams).read_owned().await;
    let clock = house.clock;
    Ok(upgrade.max_message_size(READ_BYTES).max_frame_size(READ_BYTES).on_upgrade(async move |socket| {
        converse(socket, &world, clock).await;
        drop(open);
    }))
}

/// The world, if the request may open its stream: with the key, or with the world's ticket.
fn admit(house: &House, id: &str, asked: &Asked, headers: &HeaderMap) -> Result<Arc<Hosted>, Refusal> {
    if let Some(ticket) = asked.ticket.as_deref().or_else(|| credential(headers, "Ticket")) {
        return match house.world(id) {
            Ok(world) if world.take_ticket(ticket) => Ok(world),
            // Without the key nobody learns which worlds there are.
            _ => Err(Refusal::new(ErrorCode::Unauthorized, "this ticket is wrong or used: create a world to get one")),
        };
    }
    check_key(house.config.key.as_ref(), headers)?;
    house.world(id)
}

async fn converse(socket: WebSocket, world: &Hosted, clock: Clock) {
    let (mut sink, mut source) = socket.split();
    let outlet = Arc::new(Outlet::default());
    world.desk.attach(&outlet);
    tokio::select! {
        () = write(&mut sink, &outlet, clock) => {}
        () = read(&mut source, &outlet, world, clock) => {}
    }
    world.desk.detach(&outlet);
    // Lets the peer's answer to a farewell in, so that its end of the connection closes cleanly too.
    let farewell = async {
        drop(sink.close().await);
        while source.next().await.is_some_and(|message| message.is_ok()) {}
    };
    drop(timeout(CLOSE_TIMEOUT, farewell).await);
}

async fn write(sink: &mut SplitSink<WebSocket, Message>, outlet: &Outlet, clock: Clock) {
    while let Some(next) = outlet.next(|| clock.now().as_micros()).await {
        let (message, last) = match next {
            Outgoing::Text(text) => (Message::Text(text.into()), false),
            Outgoing::Media(bytes) => (Message::Binary(bytes), false),
            Outgoing::Close(code, reason) => {
                (Message::Close(Some(CloseFrame { code: code.number(), reason: reason.into() })), true)
            }
        };
        let sent = timeout(WRITE_TIMEOUT, sink.send(message)).await;
        if last || !matches!(sent, Ok(Ok(()))) {
            return;
        }
    }
}

/// Reads until the peer goes. After a breach of the protocol it reads no more, and the farewell ends the stream.
async fn read(source: &mut SplitStream<WebSocket>, outlet: &Arc<Outlet>, world: &Hosted, clock: Clock) {
    let mut garbage = 0;
    while let Some(message) = source.next().await {
        let verdict = match message {
            Ok(Message::Text(text)) if text.len() > MAX_MESSAGE_BYTES => {
                complain(outlet, ErrorCode::TooLarge, TOO_LARGE);
                outlet.close(CloseCode::TooLarge, TOO_LARGE);
                Ok(())
            }
            Ok(Message::Text(text)) => obey(text.as_str(), outlet, world, clock),
            Ok(Message::Binary(_)) => {
                complain(outlet, ErrorCode::InvalidRequest, "binary messages go from server to client alone");
                outlet.close(CloseCode::Protocol, "binary message from a client");
                Ok(())
            }
            Ok(Message::Ping(_) | Message::Pong(_)) => Ok(()),
            Ok(Message::Close(_)) => return,
            Err(error) => {
                let Some((code, words)) = breach(error) else { return };
                complain(
                    outlet,
                    if code == CloseCode::TooLarge { ErrorCode::TooLarge } else { ErrorCode::InvalidRequest },
                    words,
                );
                outlet.close(code, words);
                break;
            }
        };
        if let Err(error) = verdict {
            let code =
                if matches!(error, WireError::TooLarge { .. }) { ErrorCode::TooLarge } else { ErrorCode::InvalidRequest };
            complain(outlet, code, &error.to_string());
            garbage += 1;
            if garbage == MAX_GARBAGE {
                outlet.close(CloseCode::Protocol, "too many messages that do not parse");
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

fn obey(text: &str, outlet: &Arc<Outlet>, world: &Hosted, clock: Clock) -> Result<(), WireError> {
    if text.len() > MAX_TEXT_BYTES {
        return Err(WireError::TooLarge { what: "control message", have: text.len(), most: MAX_TEXT_BYTES });
    }
    let message = match Up::parse(text) {
        Ok(message) => message,
        Err(error) => {
            // A command that cannot be read is acknowledged all the same, or its sender would wait for ever.
            let Some(id) = Up::salvage_id(text) else { return Err(error) };
            outlet.tell(&refused(id, error.to_string()));
            return Ok(());
        }
    };
    match message {
        Up::Control(hands) => world.desk.hands(outlet, hands),
        Up::Keyframe {} => world.desk.keyframe(),
        Up::Feedback(feedback) => world.desk.feedback(outlet, feedback),
        Up::Ping { issued_us } => outlet.tell(&Down::Pong { issued_us, server_us: clock.now().as_micros() }),
        Up::Other(_) => {
            let message = format!("a message of type {:?} is not part of {PROTOCOL}; it is ignored", message.kind());
            complain(outlet, ErrorCode::NotSupported, &message);
        }
        command => {
            let Some(id) = command.id().cloned() else { return Ok(()) };
            let order = Order { command, reply: Reply::Stream(Arc::clone(outlet)) };
            if let Err(full) = world.desk.order(order) {
                outlet.tell(&refused(id, full.to_string()));
            }
        }
    }
    Ok(())
}

fn refused(id: crate::wire::CommandId, message: String) -> Down {
    Down::Ack { id, status: AckStatus::Rejected, message, state_version: 0, input: None }
}

fn complain(outlet: &Outlet, code: ErrorCode, message: &str) {
    outlet.tell(&Down::Error(ErrorBody::new(code, brief(message.to_owned()))));
}
