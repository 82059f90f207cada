//! Faults of the messages of a stream and of the way that they take, on real sockets.
#![cfg(feature = "server")]
#![allow(clippy::unwrap_used, missing_docs, reason = "a test")]

mod server_support;

use std::time::Duration;

use futures_util::StreamExt;
use seaglass::clock::Clock;
use seaglass::sim::ServerHandle;
use seaglass::sim::faults::Script;
use seaglass::wire::{AckStatus, CommandId, Down, Envelope, Up, WorldInfo};
use serde_json::json;
use server_support::*;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::Message;

/// A time in which something would have come if it came at all.
const QUIET: Duration = Duration::from_millis(400);

fn set(server: &ServerHandle, text: &str) {
    server.faults().unwrap().set(Script::from_toml(text).unwrap());
}

/// A stream that runs, on a server without faults so far.
async fn running() -> (ServerHandle, WorldInfo, Stream) {
    let server = server_with(|config| config.faults = Some(Script::default())).await;
    let world = create(&server, json!({})).await;
    let mut stream = open(&server, &world).await;
    stream.unit(|envelope, _| is_video(&envelope).then_some(())).await;
    (server, world, stream)
}

fn pause(name: &str) -> Up {
    Up::Pause { id: CommandId::new(name).unwrap() }
}

/// The next acknowledgement.
async fn ack(stream: &mut Stream) -> (String, AckStatus) {
    stream
        .event(|event| match event {
            Down::Ack { id, status, .. } => Some((id.as_str().to_owned(), status)),
            _ => None,
        })
        .await
}

/// Every message of the stream until one of them fits, as it came.
async fn raw(stream: &mut Stream, mut fits: impl FnMut(&Message) -> bool) -> Message {
    loop {
        let message = timeout(STUCK, stream.socket.next()).await.expect("the awaited message never came").unwrap().unwrap();
        if fits(&message) {
            return message;
        }
    }
}

/// HO-28: the command is applied, and its sender does not know.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lost_acknowledgement_is_made_up_for_by_asking_again() {
    let (server, _, mut stream) = running().await;
    set(&server, r#"fault = [{ kind = "lost_ack" }]"#);
    stream.send(&pause("a")).await;
    stream.send(&pause("b")).await;
    assert_eq!(ack(&mut stream).await.0, "b", "the first one is lost");
    stream.send(&pause("a")).await;
    assert_eq!(ack(&mut stream).await, ("a".to_owned(), AckStatus::Duplicate));
}

/// HO-27, HO-29
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn events_come_twice_and_in_another_order() {
    let (server, _, mut stream) = running().await;
    set(&server, r#"fault = [{ kind = "duplicate", message = "ack" }]"#);
    stream.send(&pause("a")).await;
    let (first, second) = (ack(&mut stream).await, ack(&mut stream).await);
    assert_eq!((first.clone(), first.1), (second, AckStatus::Applied), "one answer, twice");
    set(&server, r#"fault = [{ kind = "reorder", message = "ack" }]"#);
    stream.send(&pause("b")).await;
    stream.send(&pause("c")).await;
    assert_eq!((ack(&mut stream).await.0, ack(&mut stream).await.0), ("c".to_owned(), "b".to_owned()));
}

/// HO-27
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn messages_are_cut_and_strange_ones_come_between() {
    let (server, _, mut stream) = running().await;
    set(&server, r#"fault = [{ kind = "garbage" }]"#);
    let text = raw(&mut stream, |message| message.to_text().is_ok_and(|text| Down::parse(text).is_err())).await;
    assert!(serde_json::from_str::<serde_json::Value>(text.to_text().unwrap()).is_err());
    set(&server, r#"fault = [{ kind = "garbage", form = "json" }]"#);
    let known = raw(&mut stream, |message| message.to_text().is_ok_and(|text| Down::parse(text).is_err())).await;
    assert!(serde_json::from_str::<serde_json::Value>(known.to_text().unwrap()).is_ok());
    let no_envelope = |message: &Message| message.is_binary() && Envelope::parse(message.clone().into_data()).is_err();
    set(&server, r#"fault = [{ kind = "garbage", form = "binary" }]"#);
    assert_eq!(raw(&mut stream, no_envelope).await.len(), 64);
    set(&server, r#"fault = [{ kind = "truncate", message = "audio" }]"#);
    raw(&mut stream, no_envelope).await;
    set(&server, r#"fault = [{ kind = "oversize", size = "3MiB" }]"#);
    assert_eq!(raw(&mut stream, |message| message.len() > 1024 * 1024).await.len(), 3 * 1024 * 1024);
}

/// Time from a request to the first byte of its answer.
async fn answer_time(server: &ServerHandle) -> Duration {
    let mut socket = TcpStream::connect(server.address()).await.unwrap();
    let clock = Clock::start();
    socket.write_all(b"GET /health HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
    assert!(timeout(STUCK, socket.read(&mut [0; 4096])).await.unwrap().unwrap() > 0);
    Duration::from_micros(clock.now().as_micros())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn latency_lengthens_the_way_in_both_directions() {
    let server = server_with(|config| config.faults = Some(Script::default())).await;
    set(&server, r#"fault = [{ kind = "latency", delay = "150ms" }, { kind = "jitter", spread = "20ms", way = "up" }]"#);
    assert!(answer_time(&server).await >= Duration::from_millis(300), "there and back");
    set(&server, r#"fault = [{ kind = "latency", delay = "200ms", way = "down", on = "create" }]"#);
    let clock = Clock::start();
    create(&server, json!({})).await;
    assert!(clock.now().as_micros() >= 200_000);
}

/// HO-16: a slow way is not made fast by buffers, and nothing gets lost on it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_limited_rate_lets_no_more_through() {
    let server = server_with(|config| config.faults = Some(Script::default())).await;
    set(&server, r#"fault = [{ kind = "bandwidth", rate = "400kbit/s", way = "up" }]"#);
    let mut socket = TcpStream::connect(server.address()).await.unwrap();
    let body = vec![b'x'; 40_000];
    let clock = Clock::start();
    let head = format!(
        "POST /v1/worlds HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    socket.write_all(head.as_bytes()).await.unwrap();
    socket.write_all(&body).await.unwrap();
    let mut answer = [0; 12];
    timeout(STUCK, socket.read_exact(&mut answer)).await.unwrap().unwrap();
    assert_eq!(&answer, b"HTTP/1.1 400", "all of it came, and it is no JSON");
    let took = clock.now().as_secs_f64();
    assert!(took >= 0.75, "320 kbit at 400 kbit/s in {took:.2} s");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_servers_end_closes_late() {
    let (server, _, mut stream) = running().await;
    set(&server, r#"fault = [{ kind = "slow_close", delay = "30s" }]"#);
    // A breach of the protocol: the server says why, closes, and its end of the connection stays.
    stream.socket.send_binary().await;
    raw(&mut stream, Message::is_close).await;
    let end = timeout(QUIET, stream.socket.next()).await;
    assert!(end.is_err(), "{end:?}");
}

/// What a client must not send.
trait Breach {
    async fn send_binary(&mut self);
}

impl Breach for Socket {
    async fn send_binary(&mut self) {
        use futures_util::SinkExt;
        self.send(Message::binary(vec![0])).await.unwrap();
    }
}
