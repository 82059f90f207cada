//! A laboratory for sessions: virtual time, a hand-driven server and user, and a protocol of everything that happened.
#![allow(clippy::unwrap_used, reason = "a test stops at what it does not expect")]
#![allow(dead_code, reason = "every test file uses a part of it")]

use std::fmt::Write as _;
use std::path::PathBuf;

use bytes::{Bytes, BytesMut};
use seaglass::media::{AudioCodec, Format, Monotonic, Packet, VideoCodec};
use seaglass::session::{Event, Input, Opening, Options, Output, Session, Transmit};
use seaglass::wire::{Envelope, HEADER_BYTES, Kind};

/// A hello as a reference server would send it.
pub const HELLO: &str = r#"{"type":"hello","version":1,"world":"w_7","server":"lab 1","state":"warming","state_version":1,
    "tier":{"name":"standard","width":640,"height":360,"fps":30,"codec":"h264"},
    "audio":{"enabled":true,"format":"opus","rate":48000,"channels":2,"pre_skip":312}}"#;

/// The world runs.
pub const RUNNING: &str = r#"{"type":"state","state":"running","state_version":2}"#;

/// One session on the bench.
pub struct Lab {
    pub session: Session,
    pub now: Monotonic,
    pub protocol: String,
    pub events: Vec<Event>,
    pub sent: Vec<String>,
    pub packets: Vec<Packet>,
    pub deadline: Option<Monotonic>,
    /// The stream that the session asks for.
    pub opening: Option<Opening>,
}

impl Lab {
    /// A session that has just begun.
    pub fn new() -> Self {
        Self::with(Options::new("lab"))
    }

    /// The same with options of its own.
    pub fn with(options: Options) -> Self {
        let now = Monotonic::ZERO;
        let mut lab = Self {
            session: Session::new(now, options),
            now,
            protocol: String::new(),
            events: Vec::new(),
            sent: Vec::new(),
            packets: Vec::new(),
            deadline: None,
            opening: None,
        };
        lab.drain();
        lab
    }

    /// A session whose world runs, at 20 ms.
    pub fn running() -> Self {
        Self::running_with(Options::new("lab"))
    }

    /// The same with options of its own.
    pub fn running_with(options: Options) -> Self {
        let mut lab = Self::with(options);
        lab.opened();
        lab.wait_until(10);
        lab.says(HELLO);
        lab.wait_until(20);
        lab.says(RUNNING);
        lab
    }

    /// Lets time pass to a moment, waking the session at each of its deadlines.
    pub fn wait_until(&mut self, millis: u64) {
        self.wait_until_moment(Monotonic::from_millis(millis));
    }

    /// The same, to the nanosecond.
    pub fn wait_until_moment(&mut self, moment: Monotonic) {
        while let Some(deadline) = self.deadline.filter(|deadline| *deadline <= moment) {
            assert!(deadline >= self.now, "a deadline lies in the past");
            self.now = deadline;
            self.note("timer", "a deadline has come");
            self.session.handle_input(self.now, Input::Deadline);
            self.drain();
        }
        self.now = moment;
    }

    pub fn opened(&mut self) {
        self.note("socket", "open");
        assert!(self.opening.take().is_some(), "nobody asked for a stream");
        self.input(Input::Opened);
    }

    /// The server says something.
    pub fn says(&mut self, text: &str) {
        let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
        self.note("server", &line.chars().filter(|c| !c.is_control()).take(160).collect::<String>());
        self.input(Input::Text(text));
    }

    /// The server sends a unit.
    pub fn sends(&mut self, envelope: &Envelope) {
        let Envelope { kind, sequence, keyframe, epoch, fragment, fragments, .. } = envelope;
        let key = if *keyframe { ", keyframe" } else { "" };
        self.note("server", &format!("{kind:?} unit {sequence} of epoch {epoch}{key}, fragment {fragment} of {fragments}"));
        self.input(Input::Binary(bytes_of(envelope)));
    }

    /// The user does something.
    pub fn user<T>(&mut self, what: &str, act: impl FnOnce(&mut Session, Monotonic) -> T) -> T {
        self.note("user", what);
        let done = act(&mut self.session, self.now);
        self.drain();
        done
    }

    /// The server closes the stream.
    pub fn note_closed(&mut self, code: u16) {
        self.note("server", &format!("close {code}"));
        self.input(Input::Closed { code: code.into(), reason: "" });
    }

    pub fn input(&mut self, input: Input<'_>) {
        self.session.handle_input(self.now, input);
        self.drain();
    }

    /// What was sent since the last call.
    pub fn take_sent(&mut self) -> Vec<String> {
        std::mem::take(&mut self.sent)
    }

    /// The events since the last call.
    pub fn take_events(&mut self) -> Vec<Event> {
        std::mem::take(&mut self.events)
    }

    /// Compares the protocol with the one on file. `SEAGLASS_BLESS=1` writes it instead.
    pub fn compare(&self, name: &str) {
        let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/golden/session").join(format!("{name}.txt"));
        if std::env::var_os("SEAGLASS_BLESS").is_some() {
            std::fs::write(&path, &self.protocol).unwrap();
        }
        let golden = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(self.protocol == golden, "{} differs; it should now read:\n{}", path.display(), self.protocol);
    }

    fn drain(&mut self) {
        let mut flushed = false;
        loop {
            match self.session.poll_output() {
                Output::Open(opening) => {
                    let resume =
                        opening.resume.as_ref().map_or_else(String::new, |token| format!(", resume {}", token.expose()));
                    self.note("client", &format!("open a stream, attempt {}{resume}", opening.attempt));
                    self.opening = Some(opening);
                }
                Output::Abandon => {
                    self.note("client", "drop the stream");
                    self.opening = None;
                }
                Output::Transmit(Transmit::Text(text)) => {
                    self.note("client", &text);
                    self.sent.push(text);
                    flushed = true;
                }
                Output::Transmit(Transmit::Close(code)) => {
                    self.note("client", &format!("close {}", code.number()));
                    self.sent.push(format!("close {}", code.number()));
                }
                Output::Event(event) => {
                    let words = match &event {
                        Event::Connected(hello) => format!("Connected to world {}", hello.world),
                        Event::Running(hello) => format!("Running world {}", hello.world),
                        Event::Resumed { hello, outage, repeated } => {
                            format!(
                                "Resumed world {} after {:.3} s, {repeated} commands again",
                                hello.world,
                                outage.as_secs_f64()
                            )
                        }
                        Event::Acknowledged { id, status, message, input, issued, sent, acknowledged } => format!(
                            "Acknowledged {id} {status:?} {message:?}, input {input:?}, issued {:.3}, sent {:.3}, acknowledged {:.3}",
                            issued.as_secs_f64(),
                            sent.as_secs_f64(),
                            acknowledged.as_secs_f64()
                        ),
                        other => format!("{other:?}"),
                    };
                    self.note("event", &words);
                    self.events.push(event);
                }
                Output::Media(packet) => {
                    self.note("media", &format!("{} packet {}", packet.track(), packet.sequence));
                    self.packets.push(packet);
                }
                Output::Timeout(deadline) => {
                    self.deadline = deadline;
                    break;
                }
            }
        }
        if flushed {
            self.input(Input::Flushed);
        }
    }

    pub fn note(&mut self, who: &str, what: &str) {
        writeln!(self.protocol, "{:>8.3} s  {who:<6}  {what}", self.now.as_secs_f64()).unwrap();
    }
}

/// A whole video unit.
pub fn video(sequence: u64, keyframe: bool) -> Envelope {
    unit(Kind::Media(Format::Video(VideoCodec::H264)), sequence, keyframe)
}

/// A whole audio unit.
pub fn audio(sequence: u64) -> Envelope {
    unit(Kind::Media(Format::Audio(AudioCodec::Opus)), sequence, false)
}

/// A whole unit of 64 bytes.
pub fn unit(kind: Kind, sequence: u64, keyframe: bool) -> Envelope {
    Envelope {
        kind,
        keyframe,
        discontinuity: false,
        epoch: 1,
        sequence,
        pts_us: i64::try_from(sequence).unwrap_or(0).saturating_mul(33_333),
        duration_us: 33_333,
        fragment: 0,
        fragments: 1,
        unit_bytes: 64,
        chunk_index: 0,
        chunk_len: 1,
        state_version: 2,
        input: None,
        generated_us: None,
        sent_us: None,
        render_us: 0,
        encode_us: 0,
        payload: Bytes::from_static(&[7; 64]),
    }
}

/// An envelope as a binary message.
pub fn bytes_of(envelope: &Envelope) -> Bytes {
    let mut out = BytesMut::with_capacity(HEADER_BYTES + envelope.payload.len());
    envelope.print(&mut out);
    out.freeze()
}
