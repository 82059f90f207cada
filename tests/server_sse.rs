//! The stream as Server-Sent Events (HO-9): what a WebSocket carries, for networks that let none through. A client made by hand.
#![cfg(feature = "server")]
#![allow(clippy::unwrap_used, missing_docs, reason = "a test")]

mod server_support;

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::pin::Pin;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use bytes::Bytes;
use futures_util::{Stream as Body, StreamExt};
use seaglass::clock::Clock;
use seaglass::media::{Packet, Track};
use seaglass::sim::ServerHandle;
use seaglass::wire::{
    AckStatus, Assembler, CloseCode, CommandId, Control, Down, EndReason, Envelope, Hello, PROTOCOL, RESUME_HEADER, Up,
    WorldInfo,
};
use serde_json::{Value, json};
use server_support::*;
use tokio::io::AsyncWriteExt;
use tokio::net::{TcpSocket, TcpStream};
use tokio_tungstenite::tungstenite::client::IntoClientRequest;

/// One event: its name, empty where it has none, and its data.
type Event = (String, String);

/// A stream of events.
struct Events {
    body: Pin<Box<dyn Body<Item = reqwest::Result<Bytes>> + Send>>,
    text: Vec<u8>,
    ready: VecDeque<Event>,
    hello: Hello,
    assembler: Assembler,
    clock: Clock,
    uplink: String,
}

impl Events {
    async fn open(server: &ServerHandle, world: &WorldInfo, headers: &[(&'static str, &str)]) -> Self {
        Self::at(server, world, "", headers).await
    }

    async fn at(server: &ServerHandle, world: &WorldInfo, query: &str, headers: &[(&'static str, &str)]) -> Self {
        let path = format!("/v1/worlds/{}/stream", world.id);
        let mut request =
            reqwest::Client::new().get(url(server, &format!("{path}{query}"))).header("accept", "text/event-stream");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let response = request.send().await.unwrap();
        assert_eq!(response.status().as_u16(), 200);
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        let mut ready = VecDeque::new();
        let (mut body, mut text) = (Box::pin(response.bytes_stream()), Vec::new());
        while ready.is_empty() {
            text.extend(body.next().await.unwrap().unwrap());
            split(&mut text, &mut ready);
        }
        let (name, data) = ready.pop_front().unwrap();
        let Down::Hello(hello) = Down::parse(&data).unwrap() else { panic!("no hello first: {name} {data}") };
        let uplink = url(server, &format!("{path}/{}", hello.stream));
        Self { body, text, ready, hello: *hello, assembler: Assembler::new(), clock: Clock::start(), uplink }
    }

    /// The next event; `None` at the end of the body.
    async fn event(&mut self) -> Option<Event> {
        while self.ready.is_empty() {
            let bytes = tokio::time::timeout(STUCK, self.body.next()).await.expect("the stream is stuck")?;
            self.text.extend(bytes.unwrap());
            split(&mut self.text, &mut self.ready);
        }
        self.ready.pop_front()
    }

    async fn next(&mut self) -> Seen {
        loop {
            let (name, data) = self.event().await.expect("the body ended without a farewell");
            match name.as_str() {
                "" => return Seen::Event(Down::parse(&data).unwrap()),
                "media" => {
                    let envelope = Envelope::parse(BASE64.decode(data).unwrap().into()).unwrap();
                    let joined = self.assembler.push(envelope, self.clock.now());
                    assert_eq!(joined.fault, None);
                    if let Some(unit) = joined.unit {
                        return Seen::Unit(unit.envelope.clone(), unit.into_packet().unwrap());
                    }
                }
                "close" => {
                    let close: Value = serde_json::from_str(&data).unwrap();
                    assert!(close["reason"].is_string());
                    return Seen::Closed(u16::try_from(close["code"].as_u64().unwrap()).unwrap().into());
                }
                _ => panic!("an event that nobody knows: {name}"),
            }
        }
    }

    async fn find<T>(&mut self, mut pick: impl FnMut(Seen) -> Option<T>) -> T {
        loop {
            if let Some(found) = pick(self.next().await) {
                return found;
            }
        }
    }

    async fn unit<T>(&mut self, mut pick: impl FnMut(Envelope, Packet) -> Option<T>) -> T {
        self.find(|seen| if let Seen::Unit(envelope, packet) = seen { pick(envelope, packet) } else { None }).await
    }

    async fn ack(&mut self, name: &str) -> AckStatus {
        self.find(|seen| match seen {
            Seen::Event(Down::Ack { id, status, .. }) if id.as_str() == name => Some(status),
            _ => None,
        })
        .await
    }

    /// Says messages in one POST.
    async fn say(&self, messages: &[Up]) {
        let lines: String = messages.iter().map(|message| message.print() + "\n").collect();
        assert_eq!(self.post(lines).await, (204, Value::Null));
    }

    async fn post(&self, body: String) -> (u16, Value) {
        post_lines(&self.uplink, body).await
    }

    /// The close code at the end of the stream, and the events before it; nothing comes after it.
    async fn read_to_the_end(&mut self) -> (Vec<Down>, CloseCode) {
        let mut events = Vec::new();
        let code = self
            .find(|seen| match seen {
                Seen::Closed(code) => Some(code),
                Seen::Event(event) => {
                    events.push(event);
                    None
                }
                Seen::Unit(..) => None,
            })
            .await;
        assert_eq!(self.event().await, None);
        (events, code)
    }
}

/// Takes whole events off a text. Holds them to what the profile promises: one line of data, known fields, no carriage returns.
fn split(text: &mut Vec<u8>, events: &mut VecDeque<Event>) {
    while let Some(end) = text.windows(2).position(|pair| pair == b"\n\n") {
        let block: Vec<u8> = text.drain(..end + 2).collect();
        let block = String::from_utf8(block).unwrap();
        let lines: Vec<&str> = block.lines().filter(|line| !line.is_empty() && !line.starts_with(':')).collect();
        let (name, data) = match lines.as_slice() {
            [] => continue,
            [data] => ("", *data),
            [name, data] => (name.strip_prefix("event: ").unwrap(), *data),
            more => panic!("an event of more lines: {more:?}"),
        };
        events.push_back((name.to_owned(), data.strip_prefix("data: ").unwrap().to_owned()));
    }
}

async fn post_lines(address: &str, body: String) -> (u16, Value) {
    answer(reqwest::Client::new().post(address).header("content-type", "application/x-ndjson").body(body)).await
}

fn direct(name: &str, input: u32) -> Up {
    let id = CommandId::new(name).unwrap();
    Up::Direct { id, text: Some("let it rain".into()), action: None, input, issued_us: 77 }
}

/// HO-9, HO-10, HO-11
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stream_of_events_carries_what_a_websocket_carries() {
    let server = server().await;
    let world = create(&server, json!({})).await;
    let mut events = Events::open(&server, &world, &[]).await;
    assert_eq!((&events.hello.world, events.hello.stream, events.hello.resumed), (&world.id, 1, false));
    let (mut expected, mut began) = ([0, 0], [false, false]);
    while expected.iter().any(|count| *count < 30) {
        let (envelope, packet) = events.unit(|envelope, packet| Some((envelope, packet))).await;
        let track = usize::from(packet.track() == Track::Audio);
        assert_eq!(envelope.sequence, expected[track]);
        expected[track] += 1;
        if !std::mem::replace(&mut began[track], true) {
            assert!(envelope.keyframe && envelope.discontinuity && envelope.epoch == events.hello.epoch);
        }
    }
    let hands = Up::Control(Control { input: 1, issued_us: 1234, ..Control::default() });
    events.say(&[hands, direct("d", 2), Up::Ping { issued_us: 42 }]).await;
    assert_eq!(events.ack("d").await, AckStatus::Applied);
    let echo = events.unit(|envelope, _| envelope.input.filter(|(input, _)| *input == 2)).await;
    assert_eq!(echo, (2, 77));
    events.say(&[direct("d", 2)]).await;
    assert_eq!(events.ack("d").await, AckStatus::Duplicate);

    assert_eq!(delete(&server, &format!("/v1/worlds/{}", world.id)).await.0, 200);
    let (seen, close) = events.read_to_the_end().await;
    assert_eq!((seen.last(), close), (Some(&Down::Ended { reason: EndReason::Deleted }), CloseCode::Done));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn messages_by_post_are_bounded_and_answered_on_the_stream() {
    let server = server().await;
    let world = create(&server, json!({})).await;
    let mut events = Events::open(&server, &world, &[]).await;
    let path = format!("/v1/worlds/{}/stream", world.id);
    let at = |path: String| url(&server, &path);
    let ping = || Up::Ping { issued_us: 1 }.print();
    let code = |(status, body): (u16, Value)| (status, body["error"]["code"].as_str().unwrap_or_default().to_owned());
    let refused = |status: u16, code: &str| (status, code.to_owned());
    for number in ["2", "0", "one"] {
        assert_eq!(code(post_lines(&at(format!("{path}/{number}")), ping()).await), refused(409, "conflict"));
    }
    assert_eq!(code(post_lines(&at("/v1/worlds/w_none/stream/1".into()), ping()).await), refused(404, "not_found"));
    assert_eq!(code(post(&server, &format!("{path}/1"), json!({})).await), refused(400, "invalid_request"));
    assert_eq!(code(events.post(format!("{}\n", ping()).repeat(257)).await), refused(413, "too_large"));
    assert_eq!(code(events.post(" ".repeat(256 * 1024 + 1)).await), refused(413, "too_large"));
    assert_eq!(events.post(format!("\n{}\r\n\n", ping())).await.0, 204, "empty lines say nothing");
    let pong = |seen| matches!(seen, Seen::Event(Down::Pong { .. })).then_some(());
    events.find(pong).await;
    // What cannot be read is answered like on a WebSocket, and the rest is heard.
    let long = format!("{{\"type\": \"ping\", \"pad\": \"{}\"}}", "a".repeat(70_000));
    assert_eq!(events.post(format!("{{\n{long}\n{}", ping())).await.0, 204);
    let error = |seen| if let Seen::Event(Down::Error(body)) = seen { Some(body.code) } else { None };
    assert_eq!(events.find(error).await, "invalid_request");
    assert_eq!(events.find(error).await, "too_large");
    events.find(pong).await;
    assert_eq!(events.post("?\n".repeat(20)).await.0, 204);
    assert_eq!(events.read_to_the_end().await.1, CloseCode::Protocol);
    assert_eq!(code(events.post(ping()).await), refused(409, "conflict"), "its stream is gone");
    let brief = create(&server, json!({ "limits": { "grace_s": 0.01 } })).await;
    get_until(&server, &format!("/v1/worlds/{}", brief.id), |world| !world["ended"].is_null()).await;
    let over = at(format!("/v1/worlds/{}/stream/1", brief.id));
    assert_eq!(code(post_lines(&over, ping()).await), refused(410, "world_ended"));
}

/// HO-9, HO-19, HO-28: one place at a world, whatever the transport.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn streams_of_either_kind_replace_and_resume_each_other() {
    let server = server().await;
    let world = create(&server, json!({})).await;
    let mut socket = open(&server, &world).await;
    let token = socket.hello.resume.clone().unwrap();
    let mut events = Events::open(&server, &world, &[(RESUME_HEADER, token.expose())]).await;
    assert!(events.hello.resumed && events.hello.stream == 2);
    assert_eq!(socket.read_to_the_end().await.1, CloseCode::Replaced);
    let socket = resume(&server, &world, token.expose()).await.unwrap();
    assert!(socket.hello.resumed && socket.hello.stream == 3);
    assert_eq!(events.read_to_the_end().await.1, CloseCode::Replaced);
    assert_eq!(events.post(direct("late", 1).print()).await.0, 409);
    let path = format!("/v1/worlds/{}/stream", world.id);
    drop(open(&server, &world).await);
    let request = reqwest::Client::new().get(url(&server, &path)).header("accept", "text/event-stream");
    assert_eq!(answer(request.header(RESUME_HEADER, token.expose())).await.0, 409, "another holder took over");
}

/// HO-26: a client that goes is missed, and its world waits for it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_of_events_that_goes_is_detached() {
    let server = server().await;
    let world = create(&server, json!({})).await;
    let path = format!("/v1/worlds/{}", world.id);
    for pause in [false, true] {
        let mut events = Events::open(&server, &world, &[]).await;
        assert_eq!(get(&server, &path).await.1["attached"], json!(true));
        if pause {
            // Then nothing is written, and only reading tells that nobody is there.
            events.say(&[Up::Pause { id: CommandId::new("p").unwrap() }]).await;
            assert_eq!(events.ack("p").await, AckStatus::Applied);
        }
        drop(events);
        get_until(&server, &path, |world| world["attached"] == json!(false)).await;
    }
}

/// HO-30: a browser sets no header on its stream and has no key; the ticket opens, and the hello's token lets it speak.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_ticket_opens_a_stream_of_events_and_its_token_speaks_on_it() {
    let server = server_with(|config| config.key = Some("right".to_owned().into())).await;
    let body = json!({ "world": "calibration", "tier": "draft" });
    let create = reqwest::Client::new().post(url(&server, "/v1/worlds")).bearer_auth("right").json(&body);
    let world: WorldInfo = serde_json::from_value(answer(create).await.1).unwrap();
    let ticket = world.ticket.clone().unwrap();
    let mut events = Events::at(&server, &world, &format!("?ticket={}", ticket.expose()), &[]).await;
    assert_eq!(events.post(direct("d", 1).print()).await.0, 401);
    let say = |token: &str| {
        let request = reqwest::Client::new().post(&events.uplink).header("content-type", "application/x-ndjson");
        answer(request.header(RESUME_HEADER, token).body(direct("d", 1).print()))
    };
    assert_eq!(say("wrong").await.0, 401);
    assert_eq!(say(events.hello.resume.as_ref().unwrap().expose()).await.0, 204);
    assert_eq!(events.ack("d").await, AckStatus::Applied);
}

/// HO-20
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_goes_down_says_so_on_a_stream_of_events() {
    let server = server().await;
    let world = create(&server, json!({})).await;
    let mut events = Events::open(&server, &world, &[]).await;
    events.unit(|_, _| Some(())).await;
    let (farewell, ()) = tokio::join!(events.read_to_the_end(), server.shutdown());
    assert_eq!((farewell.0.last(), farewell.1), (Some(&Down::Ended { reason: EndReason::Shutdown }), CloseCode::TryLater));
}

/// A connection that takes in little at a time.
async fn narrow(address: SocketAddr) -> TcpStream {
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_recv_buffer_size(8 * 1024).unwrap();
    socket.connect(address).await.unwrap()
}

/// Bytes of media that left for a client which reads nothing, by the time that the server makes no more pictures for it.
async fn swallowed(server: &ServerHandle, world: &WorldInfo) -> u64 {
    loop {
        let (_, info) = get(server, &format!("/v1/worlds/{}", world.id)).await;
        let missing = info["video_dropped"].as_u64().unwrap() + info["video_skipped"].as_u64().unwrap();
        if missing >= 20 {
            return info["media_bytes"].as_u64().unwrap();
        }
    }
}

/// HO-16: nothing between the outlet and the socket hides a slow client, or the adaptation would be blind.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_slow_client_of_events_is_felt_as_soon_as_a_slow_websocket() {
    let server = server().await;
    let large = json!({ "tier": "high", "video_formats": ["mjpeg"] });
    let world = create(&server, large.clone()).await;
    let mut request = format!("ws://{}/v1/worlds/{}/stream", server.address(), world.id).into_client_request().unwrap();
    request.headers_mut().insert("Sec-WebSocket-Protocol", PROTOCOL.parse().unwrap());
    let socket = tokio_tungstenite::client_async(request, narrow(server.address()).await).await.unwrap();
    let by_socket = swallowed(&server, &world).await;
    drop(socket);

    let world = create(&server, large).await;
    let mut connection = narrow(server.address()).await;
    let head = format!("GET /v1/worlds/{}/stream HTTP/1.1\r\nHost: here\r\nAccept: text/event-stream\r\n\r\n", world.id);
    connection.write_all(head.as_bytes()).await.unwrap();
    let by_events = swallowed(&server, &world).await;
    println!("swallowed {by_socket} bytes by WebSocket, {by_events} by events");
    assert!(by_events < by_socket + 64 * 1024, "{by_events} bytes by events, {by_socket} by WebSocket");
}

/// HO-9: a seat of a shared world is a world like any other on this carrier, too.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_shared_world_streams_as_events_beside_a_web_socket() {
    let server = server_with(|config| config.shared_world = true).await;
    let (one, two) = (create(&server, json!({})).await, create(&server, json!({})).await);
    let (mut events, mut socket) = (Events::open(&server, &one, &[]).await, open(&server, &two).await);
    let first = events.unit(|unit, _| Some(unit)).await;
    assert!(is_video(&first) && first.keyframe && first.sequence == 0);
    // Both see pictures before the one that is compared.
    socket.unit(|unit, _| is_video(&unit).then_some(())).await;
    events.say(&[direct("rain", 9)]).await;
    assert_eq!(events.ack("rain").await, AckStatus::Applied);
    let echoed = events.unit(|unit, _| (unit.input == Some((9, 77))).then_some(unit)).await;
    let same = socket.unit(|unit, _| (unit.pts_us == echoed.pts_us && is_video(&unit)).then_some(unit)).await;
    assert_eq!((same.payload, same.input), (echoed.payload, None));
    delete(&server, &format!("/v1/worlds/{}", one.id)).await;
    assert_eq!(events.read_to_the_end().await.1, CloseCode::Done);
    socket.unit(|unit, _| is_video(&unit).then_some(())).await;
}
