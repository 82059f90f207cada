//! A server on loopback that misbehaves as it is told to, on a thread and a runtime of its own, so that it outlives whatever the
//! test does to its own. It counts what it is asked.
#![allow(clippy::unwrap_used, reason = "a test stops at what it does not expect")]
#![allow(dead_code, reason = "every test file uses a part of it")]

use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::sync_channel;
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

use bytes::Bytes;
use futures_util::{SinkExt, StreamExt};
use seaglass::client::{Auth, ClientConfig, SessionManager, World};
use seaglass::clock::Clock;
use seaglass::media::{Packet, PacketSink, Pushed};
use seaglass::session::{Ending, Event};
use seaglass::wire::{CreateWorld, Envelope, PROTOCOL};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;
use tokio_tungstenite::tungstenite::protocol::{CloseFrame, Role};
use tokio_tungstenite::tungstenite::{Message, Utf8Bytes};

/// A bound that only a stuck test runs into.
pub const STUCK: Duration = Duration::from_secs(30);

pub const HELLO: &str = r#"{"type":"hello","version":1,"world":"w_1","server":"fake","state":"running","state_version":1,
    "tier":{"name":"standard","width":640,"height":360,"fps":30,"codec":"h264"},"audio":{"enabled":false}}"#;

pub const CREATED: &str = r#"{"id":"w_1","state":"running","state_version":1}"#;

/// How the server behaves.
#[derive(Clone)]
pub struct Manners {
    /// The whole answer to POST.
    pub create: String,
    /// The whole answer to DELETE; empty: never one.
    pub delete: String,
    /// What becomes of a stream.
    pub stream: Stream,
}

#[derive(Clone)]
pub enum Stream {
    /// This answer instead of an upgrade.
    Answer(String),
    /// An upgrade without the sub-protocol.
    WithoutProtocol,
    /// An upgrade, these messages, and this.
    Says(Vec<Message>, Then),
}

#[derive(Clone)]
pub enum Then {
    /// Listens until the client goes.
    Listen,
    /// Closes with this code.
    Close(u16),
    /// Writes these bytes past WebSocket, and drops the connection.
    Raw(Vec<u8>),
    /// Sends this message over and over until the client has said something that holds these words; then acknowledges it.
    Flood(Message, &'static str),
}

pub struct Fake {
    pub address: SocketAddr,
    seen: Arc<Seen>,
}

#[derive(Default)]
struct Seen {
    deletes: Mutex<usize>,
    creates: AtomicUsize,
    changed: Condvar,
    heard: Mutex<Vec<String>>,
    requests: Mutex<Vec<String>>,
}

pub fn answer(status: &str, kind: &str, body: &str) -> String {
    format!("HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}", body.len())
}

pub fn json(status: &str, body: &str) -> String {
    answer(status, "application/json", body)
}

impl Default for Manners {
    fn default() -> Self {
        Self {
            create: json("201 Created", CREATED),
            delete: "HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n".to_owned(),
            stream: Stream::Says(vec![Message::text(HELLO)], Then::Listen),
        }
    }
}

impl Manners {
    /// A server that says hello, and then this.
    pub fn saying(messages: impl IntoIterator<Item = Message>, then: Then) -> Self {
        let messages = std::iter::once(Message::text(HELLO)).chain(messages).collect();
        Self { stream: Stream::Says(messages, then), ..Self::default() }
    }
}

impl Fake {
    /// Starts one.
    pub fn start(manners: Manners) -> Self {
        let seen = Arc::<Seen>::default();
        let (sender, receiver) = sync_channel(1);
        let shared = Arc::clone(&seen);
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async move {
                let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
                sender.send(listener.local_addr().unwrap()).unwrap();
                while let Ok((socket, _)) = listener.accept().await {
                    tokio::spawn(serve(socket, manners.clone(), Arc::clone(&shared)));
                }
            });
        });
        Self { address: receiver.recv().unwrap(), seen }
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    pub fn manager(&self) -> SessionManager {
        manager(&self.url())
    }

    /// DELETEs so far.
    pub fn deletes(&self) -> usize {
        *self.seen.deletes.lock().unwrap()
    }

    /// Creates so far.
    pub fn creates(&self) -> usize {
        self.seen.creates.load(Ordering::SeqCst)
    }

    /// Waits for the first DELETE.
    pub fn wait_for_delete(&self) {
        let deletes = self.seen.deletes.lock().unwrap();
        let (deletes, late) = self.seen.changed.wait_timeout_while(deletes, STUCK, |deletes| *deletes == 0).unwrap();
        assert!(!late.timed_out(), "no DELETE came ({deletes})");
    }

    /// What the client said on streams.
    pub fn heard(&self) -> Vec<String> {
        self.seen.heard.lock().unwrap().clone()
    }

    /// Heads of all requests.
    pub fn requests(&self) -> Vec<String> {
        self.seen.requests.lock().unwrap().clone()
    }
}

/// A client for which a lost stream is the end.
pub fn manager(url: &str) -> SessionManager {
    let mut config = ClientConfig::new(url, Auth::none(), Clock::start());
    config.outage = Duration::ZERO;
    SessionManager::new(config).unwrap()
}

pub fn prompt() -> CreateWorld {
    CreateWorld { prompt: "mossy canyon".to_owned(), ..CreateWorld::default() }
}

/// Keeps what it gets.
#[derive(Clone, Default)]
pub struct Keep(pub Arc<Mutex<Vec<Packet>>>);

impl PacketSink for Keep {
    fn push(&mut self, packet: Packet) -> Pushed {
        self.0.lock().unwrap().push(packet);
        Pushed::Accepted
    }
}

/// The events of a world until one that fits.
pub async fn until(world: &mut World, fits: impl Fn(&Event) -> bool) -> Vec<Event> {
    let mut events = Vec::new();
    let wait = async {
        while let Some(event) = world.next_event().await {
            events.push(event);
            if fits(&events[events.len() - 1]) {
                return true;
            }
        }
        false
    };
    let found = tokio::time::timeout(STUCK, wait).await;
    assert_eq!(found, Ok(true), "the event did not come: {events:?}");
    events
}

/// How the stream of a world ends.
pub async fn ending(world: &mut World) -> Ending {
    match until(world, |event| matches!(event, Event::Ended { .. })).await.pop() {
        Some(Event::Ended { ending }) => ending,
        other => panic!("{other:?}"),
    }
}

/// An envelope as a message.
pub fn binary(envelope: &Envelope) -> Message {
    let mut out = bytes::BytesMut::new();
    envelope.print(&mut out);
    Message::Binary(out.freeze())
}

async fn serve(mut socket: TcpStream, manners: Manners, seen: Arc<Seen>) {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        match socket.read_u8().await {
            Ok(byte) if head.is_empty() && !byte.is_ascii_uppercase() => {
                // Not HTTP; a plain server says so, in HTTP.
                let _ = socket.write_all(answer("400 Bad Request", "text/plain", "what?").as_bytes()).await;
                return;
            }
            Ok(byte) => head.push(byte),
            Err(_) => return,
        }
    }
    let head = String::from_utf8_lossy(&head).into_owned();
    seen.requests.lock().unwrap().push(head.clone());
    let header = |name: &str| {
        head.lines().find_map(|line| {
            let (key, value) = line.split_once(": ")?;
            key.eq_ignore_ascii_case(name).then(|| value.to_owned())
        })
    };
    let reply = if head.starts_with("POST") {
        let mut body = vec![0; header("content-length").and_then(|length| length.parse().ok()).unwrap_or(0)];
        let _ = socket.read_exact(&mut body).await;
        seen.creates.fetch_add(1, Ordering::SeqCst);
        manners.create
    } else if head.starts_with("DELETE") {
        *seen.deletes.lock().unwrap() += 1;
        seen.changed.notify_all();
        if manners.delete.is_empty() {
            return std::future::pending().await;
        }
        manners.delete
    } else {
        let key = header("sec-websocket-key").unwrap_or_default();
        match manners.stream {
            Stream::Answer(answer) => answer,
            Stream::WithoutProtocol => upgrade(&key, ""),
            Stream::Says(messages, then) => {
                let agreed = format!("Sec-WebSocket-Protocol: {PROTOCOL}\r\n");
                socket.write_all(upgrade(&key, &agreed).as_bytes()).await.unwrap();
                return talk(socket, messages, then, &seen).await;
            }
        }
    };
    let _ = socket.write_all(reply.as_bytes()).await;
    let _ = socket.shutdown().await;
    // What the client still says is read, so that the operating system does not answer it with a reset.
    while socket.read(&mut [0; 1024]).await.is_ok_and(|read| read > 0) {}
}

fn upgrade(key: &str, protocol: &str) -> String {
    let accept = derive_accept_key(key.as_bytes());
    format!(
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: {accept}\r\n{protocol}\r\n"
    )
}

async fn talk(socket: TcpStream, messages: Vec<Message>, then: Then, seen: &Seen) {
    let mut stream = WebSocketStream::from_raw_socket(socket, Role::Server, None).await;
    for message in messages {
        if stream.send(message).await.is_err() {
            return;
        }
    }
    match then {
        Then::Listen => {}
        Then::Close(code) => {
            let _ = stream.close(Some(CloseFrame { code: code.into(), reason: Utf8Bytes::from_static("as told") })).await;
        }
        Then::Raw(bytes) => {
            let _ = stream.get_mut().write_all(&bytes).await;
            let _ = stream.get_mut().shutdown().await;
            return;
        }
        Then::Flood(message, words) => {
            let (mut sink, mut source) = stream.split();
            let flood = async { while sink.send(message.clone()).await.is_ok() {} };
            let hear = async {
                while let Some(Ok(Message::Text(text))) = source.next().await {
                    seen.heard.lock().unwrap().push(text.to_string());
                    if text.contains(words) {
                        break;
                    }
                }
            };
            tokio::select! { () = flood => {}, () = hear => {} }
            let _ = sink.send(Message::text(r#"{"type":"aurora","heard":true}"#)).await;
            stream = match sink.reunite(source) {
                Ok(stream) => stream,
                Err(_) => return,
            };
        }
    }
    while let Some(Ok(message)) = stream.next().await {
        if let Message::Text(text) = message {
            seen.heard.lock().unwrap().push(text.to_string());
        }
    }
}

/// A message too small to be an envelope.
pub fn junk() -> Message {
    Message::Binary(Bytes::from_static(b"this is no envelope"))
}
