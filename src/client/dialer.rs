//! Opens the streams of one world: by WebSocket, or by Server-Sent Events where WebSockets do not come through (HO-9). Decides the
//! way; whether and when to open is the session's affair.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use super::error::ClientError;
use super::replies::stream_error;
use super::server::Server;
use super::transport::{Line, Transport};
use crate::net::{Credential, Events, EventsTarget, Http, NetError, Socket, Target};
use crate::session::{Opening, Refusal, RefusalCause};
use crate::wire::{MAX_MESSAGE_BYTES, PROTOCOL, RESUME_HEADER, WorldId};

/// Opens streams of one world. Holds what it needs of the server, and not the server: who drops that waits for deletions, and this
/// lives in the driver's task.
#[derive(Debug)]
pub(super) struct Dialer {
    url: url::Url,
    origin: String,
    http: Http,
    credential: Option<Credential>,
    timeout: Duration,
    transport: Transport,
    /// Whether WebSockets were found not to come through.
    fallen_back: AtomicBool,
    /// Whether one has come through.
    came_through: AtomicBool,
}

impl Dialer {
    pub(super) fn new(server: &Server, id: &WorldId) -> Self {
        Self {
            url: server.url(Some(id), Some("stream")),
            origin: server.origin.as_str().to_owned(),
            http: server.http.clone(),
            credential: server.credential.clone(),
            timeout: server.config.connect_timeout,
            transport: server.config.transport,
            fallen_back: AtomicBool::new(false),
            came_through: AtomicBool::new(false),
        }
    }

    /// Opens a stream.
    pub(super) async fn dial(&self, opening: &Opening) -> Result<Line, ClientError> {
        match self.transport {
            Transport::WebSocket => self.socket(opening).await,
            Transport::Events => self.events(opening).await,
            Transport::Auto if self.fallen_back.load(Ordering::Relaxed) => {
                let line = self.events(opening).await;
                self.turn_on_silence(&line);
                line
            }
            Transport::Auto => match self.socket(opening).await {
                Err(error) if is_of_the_way(&error) => match self.events(opening).await {
                    Ok(line) => {
                        tracing::info!(%error, "WebSockets do not come through: going on by Server-Sent Events");
                        self.fallen_back.store(true, Ordering::Relaxed);
                        Ok(line)
                    }
                    // The first error says more: this way was but an attempt.
                    Err(_) => Err(error),
                },
                line => {
                    self.came_through.fetch_or(line.is_ok(), Ordering::Relaxed);
                    self.turn_on_silence(&line);
                    line
                }
            },
        }
    }

    /// Where somebody was reached and did not answer, the next attempt goes the other way: something may swallow the request for an
    /// upgrade. Where a WebSocket has come through before, the silence is the network's.
    fn turn_on_silence(&self, line: &Result<Line, ClientError>) {
        let Err(ClientError::Net(error @ NetError::Timeout { .. })) = line else { return };
        if !error.is_unsent() && !self.came_through.load(Ordering::Relaxed) {
            self.fallen_back.fetch_xor(true, Ordering::Relaxed);
        }
    }

    /// A stream opened and brought nothing, not even a hello: the other way may be better.
    pub(super) fn brought_nothing(&self) {
        if self.transport == Transport::Auto {
            self.fallen_back.fetch_xor(true, Ordering::Relaxed);
        }
    }

    /// Where messages of a stream are posted to.
    pub(super) fn post_url(&self, stream: u32) -> url::Url {
        let mut url = self.url.clone();
        if let Ok(mut path) = url.path_segments_mut() {
            path.push(&stream.to_string());
        }
        url
    }

    async fn socket(&self, opening: &Opening) -> Result<Line, ClientError> {
        let target = Target {
            url: self.url.clone(),
            trust: self.http.trust().clone(),
            credentials: self.credentials(opening)?,
            protocol: PROTOCOL,
            most: MAX_MESSAGE_BYTES,
            timeout: self.timeout,
        };
        let socket = Socket::connect(target).await.map_err(|error| self.explain(error))?;
        Ok(Line::Socket(Box::new(socket)))
    }

    async fn events(&self, opening: &Opening) -> Result<Line, ClientError> {
        let target = EventsTarget {
            url: self.url.clone(),
            credentials: self.credentials(opening)?,
            most: MAX_MESSAGE_BYTES,
            timeout: self.timeout,
        };
        let events = Events::connect(&self.http, target).await.map_err(|error| self.explain(error))?;
        Ok(Line::Events(Box::new(events)))
    }

    fn credentials(&self, opening: &Opening) -> Result<Vec<Credential>, ClientError> {
        let resume = opening.resume.as_ref().map(|token| Credential::new(RESUME_HEADER, token.expose())).transpose()?;
        Ok(self.credential.iter().cloned().chain(resume).collect())
    }

    fn explain(&self, error: NetError) -> ClientError {
        stream_error(error, &self.origin)
    }
}

/// Whether an error may be the doing of something on the way that does not let WebSockets through, rather than the server's word.
const fn is_of_the_way(error: &ClientError) -> bool {
    match error {
        ClientError::Net(NetError::NotTheProtocol { .. } | NetError::Broken { .. } | NetError::Malformed { .. })
        | ClientError::NotAWorldServer { .. } => true,
        ClientError::Refused { status, code, .. } => {
            *status == 426 || (code.is_empty() && matches!(*status, 400 | 403 | 405 | 407 | 500..=502))
        }
        _ => false,
    }
}

/// What an error means to a session.
pub(super) fn refusal(error: &ClientError) -> Refusal {
    let mut retry_after = None;
    let cause = match error {
        ClientError::Refused { status, retry_after: asked, .. } => {
            retry_after = *asked;
            match status {
                401 | 403 => RefusalCause::Auth,
                404 => RefusalCause::NotFound,
                409 => RefusalCause::Replaced,
                410 => RefusalCause::Ended,
                426 => RefusalCause::Protocol,
                425 | 429 | 503 => RefusalCause::Busy,
                408 | 500..=599 => RefusalCause::Server,
                _ => RefusalCause::Wrong,
            }
        }
        ClientError::NotAWorldServer { .. } | ClientError::Net(NetError::NotTheProtocol { .. }) => RefusalCause::Protocol,
        ClientError::Net(
            NetError::Unreachable { .. } | NetError::Dns { .. } | NetError::Timeout { .. } | NetError::Broken { .. },
        ) => RefusalCause::Unreachable,
        // A handshake that was disturbed may pass the next time; a certificate stays what it is.
        ClientError::Net(NetError::Tls { fault, .. }) if fault.may_pass() => RefusalCause::Unreachable,
        ClientError::Net(NetError::Tls { .. }) => RefusalCause::Untrusted,
        _ => RefusalCause::Wrong,
    };
    Refusal { cause, retry_after, detail: error.to_string() }
}
