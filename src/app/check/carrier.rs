//! What a stream travels on: a WebSocket, or Server-Sent Events with messages up by POST (section 12). Reads the same messages
//! from both, and holds the events to their own few rules.

use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use bytes::{Buf as _, BytesMut};
use serde_json::Value;

use super::target::Target;
use crate::net::{NetError, RawAnswer, RawFrame, RawMessage, RawRequest, RawSocket};
use crate::wire::{MAX_MESSAGE_BYTES, MAX_TEXT_BYTES};

/// Longest event: 1.5 MiB of media, its name, and what lines need around it.
const LONGEST_EVENT: usize = MAX_MESSAGE_BYTES * 3 / 2 + 64;

/// What a stream travels on.
#[derive(Debug)]
pub enum Carrier {
    /// A WebSocket.
    Socket(Box<RawSocket>),
    /// Events.
    Events(Box<Events>),
}

/// A body of events, and where what is said goes.
#[derive(Debug)]
pub struct Events {
    answer: RawAnswer,
    buffer: BytesMut,
    over: bool,
    target: Arc<Target>,
    world: String,
    /// `hello.stream`.
    pub stream: u32,
}

impl Events {
    /// Reads the body of an answer.
    pub fn new(answer: RawAnswer, target: Arc<Target>, world: String) -> Self {
        Self { answer, buffer: BytesMut::new(), over: false, target, world, stream: 0 }
    }

    /// May be dropped and called again without loss: what has come stands in the buffer.
    async fn next(&mut self) -> Result<Option<RawMessage>, NetError> {
        loop {
            if let Some(event) = take_event(&mut self.buffer)? {
                if let Some(message) = read_event(&event)? {
                    self.over = matches!(message, RawMessage::Close { .. });
                    return Ok(Some(message));
                }
                continue;
            }
            match self.answer.chunk().await? {
                Some(bytes) if self.over && !bytes.is_empty() => {
                    return Err(broken("the body goes on after its close event"));
                }
                Some(bytes) => self.buffer.extend_from_slice(&bytes),
                None => return Ok(None),
            }
        }
    }

    async fn send(&mut self, frame: RawFrame) -> Result<(), NetError> {
        let RawFrame::Text { bytes, .. } = frame else {
            return Err(broken("only text goes up beside a stream of events"));
        };
        let url = self.target.origin.join(["v1", "worlds", &self.world, "stream", &self.stream.to_string()]);
        let mut headers: Vec<(String, String)> = self.target.credential().into_iter().collect();
        headers.push(("Content-Type".to_owned(), "application/x-ndjson".to_owned()));
        let timeout: Duration = self.target.patience;
        let answer = self.target.http.raw(RawRequest { method: "POST", url, headers, body: Some(bytes), timeout }).await?;
        match answer.status {
            204 => Ok(()),
            status => Err(NetError::Refused { status, body: answer.body(4096).await?, retry_after: None }),
        }
    }
}

impl Carrier {
    /// The next message; `None` once the connection has ended.
    pub async fn next(&mut self) -> Result<Option<RawMessage>, NetError> {
        match self {
            Self::Socket(socket) => socket.next().await,
            Self::Events(events) => events.next().await,
        }
    }

    /// Sends a frame.
    pub async fn send(&mut self, frame: RawFrame) -> Result<(), NetError> {
        match self {
            Self::Socket(socket) => socket.send(frame).await,
            Self::Events(events) => events.send(frame).await,
        }
    }

    /// Ends the connection without a word.
    pub fn break_off(self) {
        if let Self::Socket(socket) = self {
            socket.break_off();
        }
    }
}

fn broken(why: &str) -> NetError {
    NetError::Malformed { why: why.to_owned() }
}

/// Cuts one event, up to its empty line, from what has come.
fn take_event(buffer: &mut BytesMut) -> Result<Option<Vec<u8>>, NetError> {
    match buffer.windows(2).position(|two| two == b"\n\n") {
        Some(end) => {
            let event = buffer[..end].to_vec();
            buffer.advance(end + 2);
            Ok(Some(event))
        }
        None if buffer.len() > LONGEST_EVENT => Err(NetError::TooLarge { what: "an event", most: LONGEST_EVENT }),
        None => Ok(None),
    }
}

/// One event; `None` for a comment.
fn read_event(event: &[u8]) -> Result<Option<RawMessage>, NetError> {
    let event = std::str::from_utf8(event).map_err(|_| broken("an event that is not UTF-8"))?;
    let (mut name, mut data) = ("", None);
    for line in event.lines() {
        match line.split_once(':') {
            Some(("", _)) => {}
            Some(("event", value)) => name = value.trim_start(),
            Some(("data", _)) if data.is_some() => return Err(broken("an event with two data lines")),
            Some(("data", value)) => data = Some(value.strip_prefix(' ').unwrap_or(value)),
            _ => return Err(broken("a line that is neither event, data nor comment")),
        }
    }
    let Some(data) = data else { return Ok(None) };
    Ok(Some(match name {
        "" if data.len() > MAX_TEXT_BYTES => return Err(broken("a control message above 64 KiB")),
        "" => RawMessage::Text(data.to_owned().into()),
        "media" => RawMessage::Binary(BASE64.decode(data).map_err(|_| broken("media that are no padded base64"))?.into()),
        "close" => {
            let value: Value = serde_json::from_str(data).map_err(|_| broken("a close event that is no JSON"))?;
            let code = value["code"].as_u64().and_then(|code| u16::try_from(code).ok());
            let code = code.ok_or_else(|| broken("a close event without a code"))?;
            RawMessage::Close { code, reason: value["reason"].as_str().unwrap_or_default().to_owned() }
        }
        // Names may be added (section 2).
        _ => return Ok(None),
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_are_cut_at_empty_lines_and_read_by_name() {
        let mut buffer = BytesMut::from(
            &b"data: {\"a\":1}\n\n: hush\n\nevent: media\ndata: AQI=\n\nevent: close\ndata: {\"code\":4009}\n\ndata: half"[..],
        );
        let mut read = Vec::new();
        while let Some(event) = take_event(&mut buffer).unwrap() {
            read.push(read_event(&event).unwrap());
        }
        assert_eq!(
            read,
            [
                Some(RawMessage::Text("{\"a\":1}".to_owned().into())),
                None,
                Some(RawMessage::Binary(vec![1, 2].into())),
                Some(RawMessage::Close { code: 4009, reason: String::new() }),
            ]
        );
        assert_eq!(&buffer[..], b"data: half");
    }

    #[test]
    fn what_breaks_the_rules_of_events_is_refused() {
        for event in ["data: 1\ndata: 2", "event: media\ndata: AQ", "event: close\ndata: {}", "nonsense", "id: 7\ndata: 1"] {
            assert!(read_event(event.as_bytes()).is_err(), "{event:?}");
        }
    }
}
