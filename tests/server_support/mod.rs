//! A server on loopback and a small hand-made client, so that the server's tests lean on no client of ours.
#![allow(dead_code, clippy::unwrap_used, missing_docs, reason = "shared by test files that each use a part")]

use std::time::Duration;

use bytes::Bytes;
use futures_util::{SinkExt, StreamExt};
use seaglass::clock::Clock;
use seaglass::media::{AudioBlock, Packet, Picture, PicturePool};
use seaglass::sim::{Server, ServerConfig, ServerHandle};
use seaglass::wire::{AckStatus, Assembler, CloseCode, Down, Envelope, Hello, Kind, PROTOCOL, RESUME_HEADER, Up, WorldInfo};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

/// A bound that a stuck test runs into; nothing waits for it otherwise.
pub const STUCK: Duration = Duration::from_secs(30);

pub async fn server() -> ServerHandle {
    server_with(|_| {}).await
}

pub async fn server_with(change: impl FnOnce(&mut ServerConfig)) -> ServerHandle {
    drop(rustls::crypto::ring::default_provider().install_default());
    let mut config = ServerConfig::new("127.0.0.1:0".parse().unwrap());
    change(&mut config);
    Server::start(config).await.unwrap()
}

pub fn url(server: &ServerHandle, path: &str) -> String {
    format!("http://{}{path}", server.address())
}

pub async fn post(server: &ServerHandle, path: &str, body: Value) -> (u16, Value) {
    answer(reqwest::Client::new().post(url(server, path)).json(&body)).await
}

pub async fn get(server: &ServerHandle, path: &str) -> (u16, Value) {
    answer(reqwest::Client::new().get(url(server, path))).await
}

/// Asks for a path until the answer is what is awaited.
pub async fn get_until(server: &ServerHandle, path: &str, awaited: impl Fn(&Value) -> bool) -> Value {
    let asking = async {
        loop {
            let (_, body) = get(server, path).await;
            if awaited(&body) {
                return body;
            }
        }
    };
    match tokio::time::timeout(STUCK, asking).await {
        Ok(body) => body,
        Err(_) => panic!("{path} stays {:?}", get(server, path).await),
    }
}

pub async fn delete(server: &ServerHandle, path: &str) -> (u16, Value) {
    answer(reqwest::Client::new().delete(url(server, path))).await
}

pub async fn answer(request: reqwest::RequestBuilder) -> (u16, Value) {
    let response = request.timeout(STUCK).send().await.unwrap();
    let status = response.status().as_u16();
    let body = response.text().await.unwrap();
    (status, if body.is_empty() { Value::Null } else { serde_json::from_str(&body).unwrap() })
}

/// Creates a calibration world; `more` is merged into the request.
pub async fn create(server: &ServerHandle, more: Value) -> WorldInfo {
    let mut body = json!({ "world": "calibration", "tier": "draft" });
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    let (status, info) = post(server, "/v1/worlds", body).await;
    assert_eq!(status, 201, "{info}");
    serde_json::from_value(info).unwrap()
}

/// Status, message and state version of a command's acknowledgement.
pub async fn ack(stream: &mut Stream, name: &str) -> (AckStatus, String, u32) {
    stream
        .event(|event| match event {
            Down::Ack { id, status, message, state_version, .. } if id.as_str() == name => {
                Some((status, message, state_version))
            }
            _ => None,
        })
        .await
}

pub type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// One open stream.
pub struct Stream {
    pub socket: Socket,
    pub hello: Hello,
    assembler: Assembler,
    clock: Clock,
}

/// One thing from a stream.
#[derive(Debug)]
pub enum Seen {
    Event(Down),
    Unit(Envelope, Packet),
    Closed(CloseCode),
}

pub async fn connect(server: &ServerHandle, id: &str, protocol: Option<&str>) -> Result<Socket, Error> {
    let mut request = format!("ws://{}/v1/worlds/{id}/stream", server.address()).into_client_request().unwrap();
    if let Some(protocol) = protocol {
        request.headers_mut().insert("Sec-WebSocket-Protocol", protocol.parse().unwrap());
    }
    connect_async(request).await.map(|(socket, _)| socket)
}

/// Opens a stream with these headers beside those that every stream has.
pub async fn open_with(server: &ServerHandle, world: &WorldInfo, headers: &[(&'static str, &str)]) -> Result<Stream, Error> {
    let address = format!("ws://{}/v1/worlds/{}/stream", server.address(), world.id);
    let mut request = address.into_client_request().unwrap();
    for (name, value) in headers.iter().chain(&[("Sec-WebSocket-Protocol", PROTOCOL)]) {
        request.headers_mut().insert(*name, value.parse().unwrap());
    }
    Ok(Stream::over(connect_async(request).await?.0).await)
}

/// Goes on where a stream of this token broke.
pub async fn resume(server: &ServerHandle, world: &WorldInfo, token: &str) -> Result<Stream, Error> {
    open_with(server, world, &[(RESUME_HEADER, token)]).await
}

pub async fn open(server: &ServerHandle, world: &WorldInfo) -> Stream {
    Stream::over(connect(server, world.id.as_str(), Some(PROTOCOL)).await.unwrap()).await
}

impl Stream {
    pub async fn over(mut socket: Socket) -> Self {
        let first = tokio::time::timeout(STUCK, socket.next()).await.unwrap().unwrap().unwrap();
        let Down::Hello(hello) = Down::parse(first.to_text().unwrap()).unwrap() else { panic!("no hello first: {first}") };
        hello_is_sound(&hello);
        Self { socket, hello: *hello, assembler: Assembler::new(), clock: Clock::start() }
    }

    pub async fn send(&mut self, message: &Up) {
        self.socket.send(Message::text(message.print())).await.unwrap();
    }

    pub async fn send_text(&mut self, text: impl Into<String>) {
        self.socket.send(Message::text(text.into())).await.unwrap();
    }

    /// The next event or whole unit.
    pub async fn next(&mut self) -> Seen {
        loop {
            let message = tokio::time::timeout(STUCK, self.socket.next()).await.expect("the stream is stuck");
            match message {
                Some(Ok(Message::Text(text))) => return Seen::Event(Down::parse(&text).unwrap()),
                Some(Ok(Message::Binary(bytes))) => {
                    if let Some((envelope, packet)) = self.join(bytes) {
                        return Seen::Unit(envelope, packet);
                    }
                }
                Some(Ok(Message::Close(frame))) => return Seen::Closed(u16::from(frame.unwrap().code).into()),
                Some(Ok(_)) => {}
                other => panic!("the stream broke: {other:?}"),
            }
        }
    }

    fn join(&mut self, bytes: Bytes) -> Option<(Envelope, Packet)> {
        let joined = self.assembler.push(Envelope::parse(bytes).unwrap(), self.clock.now());
        assert_eq!(joined.fault, None);
        let unit = joined.unit?;
        Some((unit.envelope.clone(), unit.into_packet().unwrap()))
    }

    /// The first event that `pick` wants; media and other events before it are passed over.
    pub async fn event<T>(&mut self, pick: impl FnMut(Down) -> Option<T>) -> T {
        tokio::time::timeout(STUCK, self.find_event(pick)).await.expect("the awaited event never came")
    }

    async fn find_event<T>(&mut self, mut pick: impl FnMut(Down) -> Option<T>) -> T {
        loop {
            match self.next().await {
                Seen::Event(event) => {
                    if let Some(found) = pick(event) {
                        return found;
                    }
                }
                Seen::Unit(..) => {}
                Seen::Closed(code) => panic!("closed with {code:?} while an event was awaited"),
            }
        }
    }

    /// The first unit that `pick` wants.
    pub async fn unit<T>(&mut self, pick: impl FnMut(Envelope, Packet) -> Option<T>) -> T {
        tokio::time::timeout(STUCK, self.find_unit(pick)).await.expect("the awaited unit never came")
    }

    async fn find_unit<T>(&mut self, mut pick: impl FnMut(Envelope, Packet) -> Option<T>) -> T {
        loop {
            match self.next().await {
                Seen::Unit(envelope, packet) => {
                    if let Some(found) = pick(envelope, packet) {
                        return found;
                    }
                }
                Seen::Event(_) => {}
                Seen::Closed(code) => panic!("closed with {code:?} while media were awaited"),
            }
        }
    }

    /// The close code at the end of the stream, and the events before it.
    pub async fn read_to_the_end(&mut self) -> (Vec<Down>, CloseCode) {
        let mut events = Vec::new();
        loop {
            match self.next().await {
                Seen::Event(event) => events.push(event),
                Seen::Unit(..) => {}
                Seen::Closed(code) => return (events, code),
            }
        }
    }
}

fn hello_is_sound(hello: &Hello) {
    Down::Hello(Box::new(hello.clone())).check().unwrap();
}

pub fn is_video(envelope: &Envelope) -> bool {
    matches!(envelope.kind, Kind::Media(format) if format.track() == seaglass::media::Track::Video)
}

pub struct Decoders {
    pub video: Box<dyn seaglass::codec::VideoDecode + Send>,
    pub audio: Box<dyn seaglass::codec::AudioDecode + Send>,
    pub pool: PicturePool,
    pub block: AudioBlock,
}

impl Decoders {
    pub fn new(video: seaglass::media::VideoCodec, audio: seaglass::media::AudioCodec) -> Self {
        Self {
            video: seaglass::codec::video_decoder(video).unwrap(),
            audio: seaglass::codec::audio_decoder(audio).unwrap(),
            pool: PicturePool::new(2),
            block: AudioBlock::default(),
        }
    }

    pub fn picture(&mut self, packet: &Packet) -> Picture {
        self.video.decode(packet, &self.pool).unwrap().expect("a picture in every unit")
    }
}

/// Times of so many flashes and clicks of the calibration world, in microseconds of media time; `seen` is shown every picture.
pub async fn flashes_and_clicks(
    stream: &mut Stream,
    decoders: &mut Decoders,
    most: usize,
    mut seen: impl FnMut(&Envelope, &Picture),
) -> (Vec<i64>, Vec<i64>) {
    let (mut flashes, mut clicks) = (Vec::new(), Vec::<i64>::new());
    while flashes.len() < most || clicks.len() < most {
        let (envelope, packet) = stream.unit(|envelope, packet| Some((envelope, packet))).await;
        if is_video(&envelope) {
            let picture = decoders.picture(&packet);
            seen(&envelope, &picture);
            if seaglass::sim::flash(&picture) {
                flashes.push(packet.pts.as_micros());
            }
            continue;
        }
        decoders.audio.decode(&packet, &mut decoders.block).unwrap();
        for (index, frame) in decoders.block.samples.chunks_exact(2).enumerate() {
            let at = decoders.block.pts.as_micros() + index as i64 * 1_000_000 / 48_000;
            // A tenth of the click's level: crossed within a tenth of a millisecond of its start.
            if frame[0].abs() > 0.08 && clicks.last().is_none_or(|last| at - last > 100_000) {
                clicks.push(at);
            }
        }
    }
    (flashes, clicks)
}
