//! Requests and streams exactly as the caller words them: any method, header and body, any frame, every answer with its headers.
//! For tests of servers, which must also send what no client would. Adds no credential, follows no redirect, repeats nothing.
//!
//! Neighbours: `http` and `socket` are what clients use.

use std::time::Duration;

use bytes::Bytes;
use futures_util::{SinkExt, StreamExt};
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::protocol::frame::Frame;
use tokio_tungstenite::tungstenite::protocol::frame::coding::{Data, OpCode};
use tokio_tungstenite::tungstenite::protocol::{CloseFrame, WebSocketConfig};
use tokio_tungstenite::tungstenite::{Error, Message, Utf8Bytes};
use tokio_tungstenite::{Connector, MaybeTlsStream, WebSocketStream, client_async_tls_with_config};
use url::Url;

use super::error::NetError;
use super::http::Http;
use super::origin::host_of;
use super::socket::{dial, explain, explain_opening};
use super::tls::Trust;

/// Names and values of headers, in order.
pub type Headers = Vec<(String, String)>;

/// A request, word for word.
#[derive(Clone, Debug)]
pub struct RawRequest {
    /// The method, such as `PUT`.
    pub method: &'static str,
    /// The address.
    pub url: Url,
    /// Every header beside those of the transport itself. They may hold secrets: whoever prints this redacts.
    pub headers: Headers,
    /// The body.
    pub body: Option<Vec<u8>>,
    /// Longest time until the body of the answer is complete.
    pub timeout: Duration,
}

/// The beginning of an answer; its body has not been read.
#[derive(Debug)]
pub struct RawAnswer {
    /// Status.
    pub status: u16,
    /// Its headers; a value that is no text is left out.
    pub headers: Headers,
    response: reqwest::Response,
    host: String,
    http: Http,
}

/// What comes out of a raw stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RawMessage {
    /// A text message.
    Text(Utf8Bytes),
    /// A binary message.
    Binary(Bytes),
    /// The answer to a ping of the transport.
    Pong(Bytes),
    /// A close frame. 1005 where it gave no code (RFC 6455, section 7.1.5).
    Close {
        /// Its code.
        code: u16,
        /// Its words.
        reason: String,
    },
}

/// One frame to be sent as it stands, whole message or not.
#[derive(Clone, Debug)]
pub enum RawFrame {
    /// Text, UTF-8 or not; `last` false leaves the message open.
    Text {
        /// The bytes.
        bytes: Vec<u8>,
        /// Whether the message ends here.
        last: bool,
    },
    /// Bytes.
    Binary(Vec<u8>),
    /// A ping of the transport.
    Ping(Vec<u8>),
    /// A close frame with this code.
    Close(u16),
}

/// A WebSocket without manners of its own. Pings of the peer are answered, as the transport demands; nothing else happens unasked.
#[derive(Debug)]
pub struct RawSocket {
    stream: WebSocketStream<MaybeTlsStream<TcpStream>>,
    most: usize,
}

impl Http {
    /// Sends a request word for word.
    ///
    /// # Errors
    /// [`NetError`]; an answer of any status is none.
    pub async fn raw(&self, request: RawRequest) -> Result<RawAnswer, NetError> {
        let RawRequest { method, url, headers, body, timeout } = request;
        let host = host_of(&url);
        let method = reqwest::Method::from_bytes(method.as_bytes())
            .map_err(|_| NetError::Malformed { why: format!("{method} is no method") })?;
        let mut builder = self.client.request(method, url).timeout(timeout).headers(header_map(&headers)?);
        if let Some(body) = body {
            builder = builder.body(body);
        }
        // Its time is its own, and an error says that one.
        let mut http = self.clone();
        http.timeout = timeout;
        let response = builder.send().await.map_err(|error| http.explain(&error, &host))?;
        let text = |(name, value): (&HeaderName, &HeaderValue)| Some((name.to_string(), value.to_str().ok()?.to_owned()));
        let headers = response.headers().iter().filter_map(text).collect();
        Ok(RawAnswer { status: response.status().as_u16(), headers, response, host, http })
    }
}

impl RawAnswer {
    /// The next piece of the body; `None` at its end.
    ///
    /// # Errors
    /// [`NetError`] where it breaks off.
    pub async fn chunk(&mut self) -> Result<Option<Bytes>, NetError> {
        self.response.chunk().await.map_err(|error| self.http.explain(&error, &self.host))
    }

    /// The rest of the body.
    ///
    /// # Errors
    /// [`NetError`] where it breaks off, or is larger than `most` bytes.
    pub async fn body(mut self, most: usize) -> Result<Vec<u8>, NetError> {
        let mut body = Vec::new();
        while let Some(chunk) = self.chunk().await? {
            if body.len() + chunk.len() > most {
                return Err(NetError::TooLarge { what: "an answer", most });
            }
            body.extend_from_slice(&chunk);
        }
        Ok(body)
    }
}

impl RawSocket {
    /// Opens a stream with these headers, `Sec-WebSocket-Protocol` among them where one is to be offered; messages above `most`
    /// bytes end it.
    ///
    /// # Errors
    /// [`NetError`], with the server's status and body where it refuses.
    pub async fn connect(
        trust: &Trust,
        url: Url,
        headers: &Headers,
        most: usize,
        timeout: Duration,
    ) -> Result<Self, NetError> {
        let opening = Self::open(trust, url, headers, most);
        let late = NetError::Timeout { what: "opening the stream", after: timeout };
        tokio::time::timeout(timeout, opening).await.unwrap_or(Err(late))
    }

    async fn open(trust: &Trust, mut url: Url, headers: &Headers, most: usize) -> Result<Self, NetError> {
        let host = host_of(&url);
        let scheme = if url.scheme() == "https" { "wss" } else { "ws" };
        url.set_scheme(scheme).map_err(|()| NetError::Url { url: url.to_string(), why: "its scheme is no http".into() })?;
        let tcp = dial(&url, &host).await?;
        let refuse = |error: Error| NetError::Url { url: host.clone(), why: error.to_string() };
        let mut request = url.as_str().into_client_request().map_err(refuse)?;
        request.headers_mut().extend(header_map(headers)?);
        let config = WebSocketConfig::default().max_message_size(Some(most)).max_frame_size(Some(most));
        let connector = if scheme == "wss" { Connector::Rustls(trust.config()) } else { Connector::Plain };
        let (stream, _) = client_async_tls_with_config(request, tcp, Some(config), Some(connector))
            .await
            .map_err(|error| explain_opening(error, host, "the sub-protocol that was offered"))?;
        Ok(Self { stream, most })
    }

    /// Sends a frame, and waits until the system has taken it.
    ///
    /// # Errors
    /// [`NetError`] where the connection is gone.
    pub async fn send(&mut self, frame: RawFrame) -> Result<(), NetError> {
        let message = match frame {
            RawFrame::Text { bytes, last } => Message::Frame(Frame::message(bytes, OpCode::Data(Data::Text), last)),
            RawFrame::Binary(bytes) => Message::binary(bytes),
            RawFrame::Ping(bytes) => Message::Ping(bytes.into()),
            RawFrame::Close(code) => Message::Close(Some(CloseFrame { code: code.into(), reason: Utf8Bytes::default() })),
        };
        self.stream.send(message).await.map_err(|error| explain(error, self.most))
    }

    /// The next message; `None` once the connection has ended. May be dropped and called again without loss.
    ///
    /// # Errors
    /// [`NetError`] where it broke, or the peer broke the rules of the transport.
    pub async fn next(&mut self) -> Result<Option<RawMessage>, NetError> {
        loop {
            return Ok(Some(match self.stream.next().await {
                None => return Ok(None),
                Some(Err(error)) => return Err(explain(error, self.most)),
                Some(Ok(Message::Text(text))) => RawMessage::Text(text),
                Some(Ok(Message::Binary(bytes))) => RawMessage::Binary(bytes),
                Some(Ok(Message::Pong(bytes))) => RawMessage::Pong(bytes),
                Some(Ok(Message::Close(Some(frame)))) => {
                    RawMessage::Close { code: frame.code.into(), reason: frame.reason.to_string() }
                }
                Some(Ok(Message::Close(None))) => RawMessage::Close { code: 1005, reason: String::new() },
                Some(Ok(Message::Ping(_) | Message::Frame(_))) => continue,
            }));
        }
    }

    /// Ends the connection without a word, by a reset where the system allows it.
    pub fn break_off(self) {
        if let MaybeTlsStream::Plain(tcp) = self.stream.get_ref() {
            // Where the system refuses, the connection ends by its ordinary close, which is as abrupt to a WebSocket.
            let _ = tcp.set_zero_linger();
        }
    }
}

fn header_map(headers: &Headers) -> Result<HeaderMap, NetError> {
    let mut map = HeaderMap::with_capacity(headers.len());
    for (name, value) in headers {
        let refuse = |why| NetError::Header { name: name.clone(), why };
        let mut value = HeaderValue::from_str(value).map_err(|_| refuse("its value holds characters no header may hold"))?;
        // Any of them may be a credential.
        value.set_sensitive(true);
        map.append(HeaderName::from_bytes(name.as_bytes()).map_err(|_| refuse("that is no header name"))?, value);
    }
    Ok(map)
}
