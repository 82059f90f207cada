//! Server-Sent Events as a stream in both directions, for where WebSockets are blocked (HO-9): messages come as events of one long
//! answer, and what is to be sent goes by POST, in order, one request at a time.
//!
//! It has the face of [`Socket`](super::Socket), so that whoever drives a stream need not know which one it is.

use std::collections::VecDeque;
use std::fmt;
use std::future::poll_fn;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use bytes::Bytes;
use futures_util::{FutureExt as _, Stream, StreamExt as _};
use tokio_tungstenite::tungstenite::Utf8Bytes;
use url::Url;

use super::error::NetError;
use super::event_lines::{EventLines, ServerEvent};
use super::http::{Body, Credential, Http, Method, Request, Response};
use super::socket::{Incoming, REFUSAL};

/// Bytes that one POST carries at most, and lines.
const BATCH: (usize, usize) = (256 * 1024, 256);
/// What an answer to a POST may say at most.
const ANSWER: usize = 16 * 1024;
/// How long a POST of messages may take: what stands on it is worth nothing later.
const POST: Duration = Duration::from_secs(10);

/// Where and how to open a stream of events.
#[derive(Clone, Debug)]
pub struct EventsTarget {
    /// An `http` or `https` URL.
    pub url: Url,
    /// Who asks, and further headers that no log may show.
    pub credentials: Vec<Credential>,
    /// Largest message in bytes; a larger one ends the stream.
    pub most: usize,
    /// Longest time until the stream stands.
    pub timeout: Duration,
}

/// An open stream of events.
pub struct Events {
    http: Http,
    credentials: Vec<Credential>,
    body: Pin<Box<dyn Stream<Item = Result<Bytes, NetError>> + Send + Sync>>,
    lines: EventLines,
    most: usize,
    incoming: VecDeque<Result<Incoming, NetError>>,
    /// Where messages are posted to; until it is known they wait.
    up: Option<Url>,
    /// Bounded by the callers: the session lets at most some hundred messages wait.
    out: VecDeque<String>,
    posting: Option<Posting>,
    closed: bool,
}

type Posting = Pin<Box<dyn Future<Output = Result<Response, NetError>> + Send + Sync>>;

impl fmt::Debug for Events {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Events").field("waiting", &self.out.len()).field("up", &self.up.is_some()).finish_non_exhaustive()
    }
}

impl Events {
    /// Opens a stream.
    ///
    /// # Errors
    /// [`NetError`], with the server's status and body where it refuses.
    pub async fn connect(http: &Http, target: EventsTarget) -> Result<Self, NetError> {
        let EventsTarget { url, credentials, most, timeout } = target;
        let late = NetError::Timeout { what: "opening the stream of events", after: timeout };
        let open = http.stream(url.clone(), &credentials, "text/event-stream");
        let (head, body) = tokio::time::timeout(timeout, open).await.unwrap_or(Err(late))?;
        let refused = !(200..300).contains(&head.status);
        let kind = head.content_type.to_ascii_lowercase();
        if refused || !kind.starts_with("text/event-stream") {
            if refused {
                let mut body = first_of(body, timeout).await;
                credentials.iter().for_each(|credential| credential.withhold(&mut body));
                return Err(NetError::Refused { status: head.status, body, retry_after: head.retry_after });
            }
            let why = format!("it answered HTTP {} with a body of another type", head.status);
            let host = super::origin::host_of(&url);
            return Err(NetError::NotTheProtocol { host, protocol: "Server-Sent Events".to_owned(), why });
        }
        // Base64 is a third longer than what it says, and a line has a name before it.
        let lines = EventLines::new(most / 3 * 4 + 1024);
        Ok(Self {
            http: http.clone(),
            credentials,
            body,
            lines,
            most,
            incoming: VecDeque::new(),
            up: None,
            out: VecDeque::new(),
            posting: None,
            closed: false,
        })
    }

    /// Says where messages are posted to; what waits goes out.
    pub fn post_to(&mut self, url: Url) {
        self.up = Some(url);
    }

    /// Notes a text message to send; [`Events::poll_next`] sends it.
    pub fn send(&mut self, text: String) {
        self.out.push_back(text);
    }

    /// Hangs up: there is nobody to answer a farewell, so the stream counts as closed with this code.
    pub fn close(&mut self, code: u16) {
        self.closed = true;
        self.incoming.push_back(Ok(Incoming::Closed { code, reason: String::new() }));
    }

    /// Sends what is to be sent and takes what comes; wakes the task where there is nothing yet.
    ///
    /// # Errors
    /// [`NetError`] where the stream is of no more use.
    pub fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Result<Incoming, NetError>> {
        loop {
            if let Some(incoming) = self.incoming.pop_front() {
                return Poll::Ready(incoming);
            }
            if let Poll::Ready(posted) = self.post(cx) {
                return Poll::Ready(posted.map(|()| Incoming::Flushed));
            }
            match self.body.poll_next_unpin(cx) {
                Poll::Ready(Some(Ok(bytes))) => self.read(&bytes),
                Poll::Ready(Some(Err(error))) => return Poll::Ready(Err(error)),
                Poll::Ready(None) => {
                    return Poll::Ready(Err(NetError::Broken { why: "it ended without a farewell".to_owned() }));
                }
                Poll::Pending => return Poll::Pending,
            }
        }
    }

    /// Sends what is left, within half a second.
    pub async fn finish(mut self) {
        let rest = async {
            while self.posting.is_some() || (self.up.is_some() && !self.out.is_empty()) {
                if poll_fn(|cx| self.post(cx)).await.is_err() {
                    return;
                }
            }
        };
        let _ = tokio::time::timeout(Duration::from_millis(500), rest).await;
    }

    /// Ready when everything noted has been taken by the server.
    fn post(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), NetError>> {
        loop {
            if let Some(posting) = &mut self.posting {
                let answer = std::task::ready!(posting.poll_unpin(cx));
                self.posting = None;
                check(&answer?)?;
                if self.out.is_empty() {
                    return Poll::Ready(Ok(()));
                }
            }
            match self.batch() {
                Some(posting) => self.posting = Some(posting),
                None => return Poll::Pending,
            }
        }
    }

    fn batch(&mut self) -> Option<Posting> {
        let url = self.up.clone().filter(|_| !self.out.is_empty() && !self.closed)?;
        let mut text = String::new();
        for _ in 0..BATCH.1 {
            match self.out.pop_front_if(|next| text.is_empty() || text.len() + next.len() < BATCH.0) {
                Some(line) => {
                    text.push_str(&line);
                    text.push('\n');
                }
                None => break,
            }
        }
        let body = Some(Body { kind: "application/x-ndjson", text });
        let request = Request { method: Method::Post, url, credentials: self.credentials.clone(), body };
        let http = self.http.clone();
        Some(Box::pin(async move {
            let late = NetError::Timeout { what: "posting messages", after: POST };
            tokio::time::timeout(POST, http.exchange(request, ANSWER)).await.unwrap_or(Err(late))
        }))
    }

    fn read(&mut self, bytes: &[u8]) {
        let (incoming, most) = (&mut self.incoming, self.most);
        if self.lines.push(bytes, |event| incoming.extend(incoming_of(event, most))).is_err() {
            incoming.push_back(Err(NetError::TooLarge { what: "an event", most }));
        }
    }
}

/// What an event says; none for names that are not known.
fn incoming_of(event: ServerEvent, most: usize) -> Option<Result<Incoming, NetError>> {
    let malformed = |why: &str| Some(Err(NetError::Malformed { why: why.to_owned() }));
    match event.name.as_str() {
        "" | "message" => match String::from_utf8(event.data) {
            Ok(text) => Some(Ok(Incoming::Text(Utf8Bytes::from(text)))),
            Err(_) => malformed("an event is not UTF-8"),
        },
        "media" => match BASE64.decode(&event.data) {
            Ok(bytes) if bytes.len() > most => Some(Err(NetError::TooLarge { what: "an event", most })),
            Ok(bytes) => Some(Ok(Incoming::Binary(bytes.into()))),
            Err(_) => malformed("an event of media is no base64"),
        },
        "close" => {
            let said: serde_json::Value = serde_json::from_slice(&event.data).unwrap_or_default();
            let code = said["code"].as_u64().and_then(|code| u16::try_from(code).ok()).unwrap_or(1005);
            let reason = said["reason"].as_str().unwrap_or_default().to_owned();
            Some(Ok(Incoming::Closed { code, reason }))
        }
        _ => None,
    }
}

/// Whether the server took what was posted. What it has to say about single messages comes on the stream.
fn check(answer: &Response) -> Result<(), NetError> {
    if (200..300).contains(&answer.status) {
        return Ok(());
    }
    Err(NetError::Broken { why: format!("the server does not take messages for this stream (HTTP {})", answer.status) })
}

async fn first_of(mut body: impl Stream<Item = Result<Bytes, NetError>> + Unpin, patience: Duration) -> Vec<u8> {
    let mut first = Vec::new();
    let read = async {
        while let Some(Ok(bytes)) = body.next().await {
            first.extend_from_slice(&bytes);
            if first.len() >= REFUSAL {
                break;
            }
        }
    };
    let _ = tokio::time::timeout(patience, read).await;
    first.truncate(REFUSAL);
    first
}
