//! A WebSocket that reads and writes at once: while it waits for a message, what is to be sent goes out. One task drives it and
//! neither direction ever waits for the other.

use std::collections::VecDeque;
use std::io;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use futures_util::{Sink, SinkExt, StreamExt};
use tokio::net::{TcpSocket, TcpStream, lookup_host};
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::error::{CapacityError, ProtocolError};
use tokio_tungstenite::tungstenite::http::HeaderValue;
use tokio_tungstenite::tungstenite::http::header::{DATE, RETRY_AFTER, SEC_WEBSOCKET_PROTOCOL, USER_AGENT};
use tokio_tungstenite::tungstenite::protocol::{CloseFrame, WebSocketConfig};
use tokio_tungstenite::tungstenite::{Error, Message, Utf8Bytes};
use tokio_tungstenite::{Connector, MaybeTlsStream, WebSocketStream, client_async_tls_with_config};
use url::Url;

use super::error::{CONNECTING, NetError, TlsFault};
use super::http::{Credential, retry_after};
use super::origin::host_of;
use super::tls::{self, Trust};

/// Most bytes of a refusal's body that are kept.
pub(super) const REFUSAL: usize = 4096;
/// Bytes that the system may hold of what has come and is not read: one round trip of 350 ms at the 6 Mbit/s of the highest tier, or
/// 70 ms at the 30 Mbit/s of its MJPEG. The system's own choice grows to megabytes, which are seconds of a stream: a reader that
/// does not keep up would be a long delay, where it should be a sender that notices.
const RECEIVE_BUFFER: u32 = 256 * 1024;
/// Bytes that are read at once, and that a socket keeps for its life. The library's own choice, 128 KiB, is most of a session's memory,
/// and what is free of it is filled with zeros before *every* read, which costs more than all that happens to a message of a few KiB
/// afterwards. The buffer grows to what messages need, here to twice their 16 KiB, and those are read in several steps: 12 Mbit/s of
/// them take 200 reads a second.
const READ_BUFFER: usize = 8 * 1024;
/// How long a farewell may take.
const FAREWELL: Duration = Duration::from_millis(500);

/// Where and how to open a stream.
#[derive(Clone, Debug)]
pub struct Target {
    /// An `http` or `https` URL.
    pub url: Url,
    /// Whom to trust, where it is `https`.
    pub trust: Trust,
    /// Who asks, and further headers that no log may show.
    pub credentials: Vec<Credential>,
    /// The sub-protocol that must be agreed.
    pub protocol: &'static str,
    /// Largest message in bytes; a larger one ends the stream.
    pub most: usize,
    /// Longest time until the stream stands.
    pub timeout: Duration,
}

/// What came of waiting.
#[derive(Debug, PartialEq, Eq)]
pub enum Incoming {
    /// A text message, sharing the socket's memory.
    Text(Utf8Bytes),
    /// A binary message, sharing the socket's memory.
    Binary(Bytes),
    /// Everything sent so far has been handed to the operating system.
    Flushed,
    /// The peer closed the stream. 1005 where it gave no code (RFC 6455, section 7.1.5).
    Closed {
        /// Its code.
        code: u16,
        /// Its words, as they came.
        reason: String,
    },
}

/// An open WebSocket.
#[derive(Debug)]
pub struct Socket {
    stream: WebSocketStream<MaybeTlsStream<TcpStream>>,
    /// Bounded by the callers: the session lets at most some hundred messages wait.
    out: VecDeque<Message>,
    unflushed: bool,
    writable: bool,
    most: usize,
}

impl Socket {
    /// Opens a stream.
    ///
    /// # Errors
    /// [`NetError`], with the server's status and body where it refuses.
    pub async fn connect(target: Target) -> Result<Self, NetError> {
        let after = target.timeout;
        let reached = AtomicBool::new(false);
        tokio::time::timeout(after, Self::open(target, &reached)).await.unwrap_or_else(|_| {
            // Who was reached and says nothing is another matter than who was not.
            let what = if reached.load(Ordering::Relaxed) { "opening the stream" } else { CONNECTING };
            Err(NetError::Timeout { what, after })
        })
    }

    /// `reached` tells that a connection to somebody stands.
    async fn open(target: Target, reached: &AtomicBool) -> Result<Self, NetError> {
        let Target { mut url, trust, credentials, protocol, most, .. } = target;
        let host = host_of(&url);
        let scheme = if url.scheme() == "https" { "wss" } else { "ws" };
        url.set_scheme(scheme).map_err(|()| NetError::Url { url: url.to_string(), why: "its scheme is no http".into() })?;
        let tcp = dial(&url, &host).await?;
        reached.store(true, Ordering::Relaxed);

        let refuse = |error: Error| NetError::Url { url: url.to_string(), why: error.to_string() };
        let mut request = url.as_str().into_client_request().map_err(refuse)?;
        let headers = request.headers_mut();
        headers.insert(SEC_WEBSOCKET_PROTOCOL, HeaderValue::from_static(protocol));
        headers.insert(USER_AGENT, HeaderValue::from_static(concat!("seaglass/", env!("CARGO_PKG_VERSION"))));
        for Credential { name, value } in &credentials {
            headers.insert(name, value.clone());
        }
        let config =
            WebSocketConfig::default().read_buffer_size(READ_BUFFER).max_message_size(Some(most)).max_frame_size(Some(most));
        let connector = if scheme == "wss" { Connector::Rustls(trust.config()) } else { Connector::Plain };
        let (stream, _) = client_async_tls_with_config(request, tcp, Some(config), Some(connector))
            .await
            .map_err(|error| withheld(explain_opening(error, host, protocol), &credentials))?;
        Ok(Self { stream, out: VecDeque::new(), unflushed: false, writable: true, most })
    }

    /// Notes a text message to send; [`Socket::poll_next`] sends it.
    pub fn send(&mut self, text: String) {
        self.out.push_back(Message::text(text));
    }

    /// Notes a close frame to send.
    pub fn close(&mut self, code: u16) {
        self.out.push_back(Message::Close(Some(CloseFrame { code: code.into(), reason: Utf8Bytes::default() })));
    }

    /// Sends what is to be sent and takes what comes; wakes the task where there is nothing yet.
    ///
    /// # Errors
    /// [`NetError`] where the connection is of no more use.
    pub fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Result<Incoming, NetError>> {
        if self.writable && self.write(cx) {
            return Poll::Ready(Ok(Incoming::Flushed));
        }
        loop {
            let message = match ready!(self.stream.poll_next_unpin(cx)) {
                Some(Ok(message)) => message,
                Some(Err(error)) => return Poll::Ready(Err(explain(error, self.most))),
                None => return Poll::Ready(Err(NetError::Broken { why: "it ended without a farewell".to_owned() })),
            };
            return Poll::Ready(Ok(match message {
                Message::Text(text) => Incoming::Text(text),
                Message::Binary(bytes) => Incoming::Binary(bytes),
                Message::Close(Some(frame)) => {
                    Incoming::Closed { code: frame.code.into(), reason: frame.reason.to_string() }
                }
                Message::Close(None) => Incoming::Closed { code: 1005, reason: String::new() },
                Message::Ping(_) | Message::Pong(_) | Message::Frame(_) => continue,
            }));
        }
    }

    /// Sends what is left, says goodbye, and drops the connection, within half a second.
    pub async fn finish(mut self) {
        let farewell = async {
            while let Some(message) = self.out.pop_front() {
                self.stream.feed(message).await?;
            }
            self.stream.close(None).await?;
            // The peer's answer; without reading it the operating system may reset the connection and lose our last words.
            while let Some(Ok(_)) = self.stream.next().await {}
            Ok::<(), Error>(())
        };
        let _ = tokio::time::timeout(FAREWELL, farewell).await;
    }

    /// Writes as much as the operating system takes. True when that emptied what was unflushed.
    ///
    /// A failed write ends writing, not reading: what the peer said before it went (its close frame) may still be read, and the
    /// reading side fails too when the connection is really gone.
    fn write(&mut self, cx: &mut Context<'_>) -> bool {
        let mut stream = std::pin::Pin::new(&mut self.stream);
        while !self.out.is_empty() {
            match stream.as_mut().poll_ready(cx) {
                Poll::Ready(Ok(())) => {}
                Poll::Ready(Err(_)) => return self.stop_writing(),
                Poll::Pending => return false,
            }
            let Some(message) = self.out.pop_front() else { break };
            self.unflushed = true;
            if stream.as_mut().start_send(message).is_err() {
                return self.stop_writing();
            }
        }
        if !self.unflushed {
            return false;
        }
        match stream.as_mut().poll_flush(cx) {
            Poll::Ready(Ok(())) => {
                self.unflushed = false;
                true
            }
            Poll::Ready(Err(_)) => self.stop_writing(),
            Poll::Pending => false,
        }
    }

    fn stop_writing(&mut self) -> bool {
        self.writable = false;
        self.out.clear();
        false
    }
}

/// A connection without Nagle's algorithm: a command must not wait for the acknowledgement of the one before.
pub(super) async fn dial(url: &Url, host: &str) -> Result<TcpStream, NetError> {
    let port = url.port_or_known_default().unwrap_or(80);
    let name = url.host_str().unwrap_or_default().trim_start_matches('[').trim_end_matches(']').to_owned();
    let addresses = lookup_host((name, port)).await.map_err(|_| NetError::Dns { host: host.to_owned() })?;
    let mut last = None;
    for address in addresses {
        match connect(address).await {
            Ok(tcp) => {
                let _ = tcp.set_nodelay(true);
                return Ok(tcp);
            }
            Err(error) => last = Some(error),
        }
    }
    Err(last.map_or_else(
        || NetError::Dns { host: host.to_owned() },
        |error| NetError::Unreachable { host: host.to_owned(), why: error.to_string() },
    ))
}

async fn connect(address: SocketAddr) -> io::Result<TcpStream> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
    // Before connecting: the scale of the window is agreed with the first packet.
    let _ = socket.set_recv_buffer_size(RECEIVE_BUFFER);
    socket.connect(address).await
}

pub(super) fn explain_opening(error: Error, host: String, protocol: &str) -> NetError {
    let other = |why: String| NetError::NotTheProtocol { host: host.clone(), protocol: protocol.to_owned(), why };
    match error {
        Error::Http(answer) if answer.status().is_success() => {
            other(format!("it answered HTTP {} instead of opening a stream", answer.status().as_u16()))
        }
        Error::Http(answer) => {
            let header = |name| answer.headers().get(name).and_then(|value| value.to_str().ok());
            let retry_after = header(RETRY_AFTER).and_then(|value| retry_after(value, header(DATE)));
            let status = answer.status().as_u16();
            let mut body = answer.into_body().unwrap_or_default();
            body.truncate(REFUSAL);
            NetError::Refused { status, body, retry_after }
        }
        Error::Protocol(ProtocolError::SecWebSocketSubProtocolError(_)) => {
            other("it opens WebSockets, but does not agree to this sub-protocol".to_owned())
        }
        Error::Protocol(error) => other(error.to_string()),
        Error::Io(error) => match tls::inside(&error) {
            Some(tls) => tls::explain(tls, &host),
            None => broken(&error),
        },
        Error::Tls(error) => NetError::Tls { host, fault: TlsFault::Handshake, why: error.to_string() },
        error => other(error.to_string()),
    }
}

fn withheld(mut error: NetError, credentials: &[Credential]) -> NetError {
    if let NetError::Refused { body, .. } = &mut error {
        credentials.iter().for_each(|credential| credential.withhold(body));
    }
    error
}

pub(super) fn explain(error: Error, most: usize) -> NetError {
    match error {
        Error::Capacity(CapacityError::MessageTooLong { .. }) => NetError::TooLarge { what: "a message", most },
        Error::Io(error) => broken(&error),
        Error::ConnectionClosed | Error::AlreadyClosed => NetError::Broken { why: "it is closed".to_owned() },
        Error::Protocol(ProtocolError::ResetWithoutClosingHandshake) => {
            NetError::Broken { why: "it ended without a farewell".to_owned() }
        }
        error => NetError::Malformed { why: error.to_string() },
    }
}

fn broken(error: &io::Error) -> NetError {
    NetError::Broken { why: error.to_string() }
}

#[cfg(test)]
mod tests {
    use tokio_tungstenite::tungstenite::http::Response;

    use super::*;

    /// the refusal of a stream says when to come again as any other answer does, by seconds or by a date.
    #[test]
    fn a_refusal_of_a_stream_may_name_a_date() {
        let answer = Response::builder()
            .status(503)
            .header(DATE, "Sun, 06 Nov 1994 08:49:37 GMT")
            .header(RETRY_AFTER, "Sun, 06 Nov 1994 08:50:07 GMT")
            .body(Some(b"busy".to_vec()))
            .unwrap();
        let refused = NetError::Refused { status: 503, body: b"busy".to_vec(), retry_after: Some(Duration::from_secs(30)) };
        assert_eq!(explain_opening(Error::Http(answer.into()), String::new(), ""), refused);
    }
}
