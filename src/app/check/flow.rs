//! One stream as a case sees it: every message in order, every rule of the envelope held against every unit, nothing mended.

use std::time::Duration;

use bytes::Bytes;
use tokio::time::timeout;

use super::carrier::Carrier;
use super::tape::Tape;
use super::verdict::{Verdict, ensure, fail, there};
use crate::clock::Clock;
use crate::media::{Arrival, Track};
use crate::net::{NetError, RawFrame, RawMessage};
use crate::wire::{AckStatus, Assembler, CloseCode, CommandId, Down, Envelope, Hello, Up};

/// An open stream.
#[derive(Debug)]
pub struct Flow {
    /// The first message.
    pub hello: Hello,
    carrier: Carrier,
    number: u32,
    tape: Tape,
    clock: Clock,
    patience: Duration,
    assembler: Assembler,
    /// Sequence numbers that are due, video and audio.
    due: [Option<u64>; 2],
    closed: bool,
}

/// A whole unit.
#[derive(Clone, Debug)]
pub struct Unit {
    /// Its header and its payload.
    pub envelope: Envelope,
    /// In how many fragments it travelled.
    pub fragments: u16,
    /// When it came.
    pub arrival: Arrival,
}

/// One thing from a stream.
#[derive(Clone, Debug)]
pub enum Seen {
    /// A control message.
    Event(Down),
    /// A unit.
    Unit(Box<Unit>),
    /// The answer to a ping of the transport.
    Pong,
    /// The close frame.
    Closed(CloseCode),
    /// The end of the connection, without a close frame.
    Broken(String),
}

/// What became of a command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ack {
    /// What became of it.
    pub status: AckStatus,
    /// In words.
    pub message: String,
    /// The world's state version after it.
    pub state_version: u32,
    /// The command's input number.
    pub input: Option<u32>,
}

impl Unit {
    /// Its track.
    pub fn is_video(&self) -> bool {
        self.envelope.track() == Track::Video
    }
}

impl Flow {
    /// Takes the hello, which must come before anything else.
    pub async fn begin(mut carrier: Carrier, number: u32, tape: Tape, clock: Clock, patience: Duration) -> Verdict<Self> {
        let Ok(first) = timeout(patience, carrier.next()).await else {
            return fail("hello comes first on a stream, within 10 s", format!("nothing came for {patience:?}"));
        };
        let text = match first {
            Ok(Some(RawMessage::Text(text))) => text,
            Ok(Some(RawMessage::Close { code, .. })) => {
                return fail("hello comes first on a stream", format!("close {code}"));
            }
            other => {
                return fail("hello comes first on a stream", format!("{other:?}").chars().take(200).collect::<String>());
            }
        };
        let event = read(&tape, number, text.as_str())?;
        let Down::Hello(hello) = event else {
            return fail("hello is the first message of a stream", format!("the message {:?}", event.kind()));
        };
        let assembler = Assembler::new();
        if let Carrier::Events(events) = &mut carrier {
            events.stream = hello.stream;
        }
        Ok(Self { hello: *hello, carrier, number, tape, clock, patience, assembler, due: [None; 2], closed: false })
    }

    /// Sends a message.
    pub async fn send(&mut self, message: &Up) -> Verdict {
        self.say(&message.print()).await
    }

    /// Sends a text.
    pub async fn say(&mut self, text: &str) -> Verdict {
        self.frame(RawFrame::Text { bytes: text.as_bytes().to_vec(), last: true }).await
    }

    /// Sends any frame.
    pub async fn frame(&mut self, frame: RawFrame) -> Verdict {
        let what = match &frame {
            RawFrame::Text { bytes, last } => {
                let short = String::from_utf8_lossy(&bytes[..bytes.len().min(600)]);
                format!("{short}{}", if *last { "" } else { "  (and the message goes on)" })
            }
            RawFrame::Binary(bytes) => format!("binary, {} bytes", bytes.len()),
            RawFrame::Ping(_) => "ping".to_owned(),
            RawFrame::Close(code) => format!("close {code}"),
        };
        self.tape.note(&format!("{}> {what}", self.number));
        match timeout(self.patience, self.carrier.send(frame)).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(error)) => fail("the stream is open for what a client says", error),
            Err(_) => fail("the server reads its stream", format!("nothing was taken for {:?}", self.patience)),
        }
    }

    /// The next thing. Every envelope that comes is held against section 8: bounds, fragments, order, sequence.
    async fn next_whole(&mut self) -> Verdict<Seen> {
        loop {
            let seen = match self.carrier.next().await {
                Ok(Some(RawMessage::Text(text))) => Seen::Event(read(&self.tape, self.number, text.as_str())?),
                Ok(Some(RawMessage::Binary(bytes))) => match self.join(bytes)? {
                    Some(unit) => Seen::Unit(Box::new(unit)),
                    None => continue,
                },
                Ok(Some(RawMessage::Pong(_))) => Seen::Pong,
                Ok(Some(RawMessage::Close { code, reason })) => {
                    self.tape.note(&format!("{}< close {code} {reason}", self.number));
                    self.closed = true;
                    Seen::Closed(code.into())
                }
                Ok(None) => Seen::Broken("the connection ended without a close frame".to_owned()),
                Err(NetError::TooLarge { what, most }) => {
                    return fail("messages of at most 1 MiB", format!("{what} of more than {most} bytes"));
                }
                Err(error) => Seen::Broken(error.to_string()),
            };
            if let Seen::Broken(why) = &seen {
                self.tape.note(&format!("{}! {why}", self.number));
            }
            return Ok(seen);
        }
    }

    fn join(&mut self, bytes: Bytes) -> Verdict<Option<Unit>> {
        let length = bytes.len();
        let envelope = match Envelope::parse(bytes) {
            Ok(envelope) => envelope,
            Err(error) => {
                self.tape.note(&format!("{}< binary, {length} bytes: {error}", self.number));
                return fail("media envelopes as section 8 has them", error);
            }
        };
        let fragments = envelope.fragments;
        self.tape.note(&format!("{}< {}", self.number, line(&envelope, length)));
        let joined = self.assembler.push(envelope, self.clock.now());
        if let Some(fault) = joined.fault {
            return fail("fragments of a track come in order, whole, and with the same header", fault);
        }
        let Some(unit) = joined.unit else { return Ok(None) };
        let sequence = unit.envelope.sequence;
        let due = &mut self.due[unit.envelope.track() as usize];
        let expected = due.unwrap_or(0);
        *due = Some(sequence + 1);
        let track = unit.envelope.track();
        ensure(
            sequence == expected,
            format!("{track} units are numbered from 0 on each stream, without a gap: {expected} is due"),
            format!("{track} unit {sequence}"),
        )?;
        Ok(Some(Unit { envelope: unit.envelope, fragments, arrival: unit.arrival }))
    }

    /// The first event that `pick` wants; what comes before is passed over.
    pub async fn event<T>(&mut self, what: &str, mut pick: impl FnMut(Down) -> Option<T>) -> Verdict<T> {
        self.find(what, |seen| match seen {
            Seen::Event(event) => Ok(pick(event)),
            _ => Ok(None),
        })
        .await
    }

    /// The first unit that `pick` wants; what comes before is passed over.
    pub async fn unit<T>(&mut self, what: &str, mut pick: impl FnMut(&Unit) -> Option<T>) -> Verdict<T> {
        self.find(what, |seen| match seen {
            Seen::Unit(unit) => Ok(pick(&unit)),
            _ => Ok(None),
        })
        .await
    }

    /// The first thing that `pick` makes something of, in order and within the patience.
    pub async fn find<T>(&mut self, what: &str, mut pick: impl FnMut(Seen) -> Verdict<Option<T>>) -> Verdict<T> {
        let patience = self.patience;
        let search = async {
            loop {
                let seen = self.next_whole().await?;
                let end = match &seen {
                    Seen::Closed(code) => Some(format!("the stream was closed with {}", code.number())),
                    Seen::Broken(why) => Some(why.clone()),
                    _ => None,
                };
                if let Some(found) = pick(seen)? {
                    return Ok(found);
                }
                if let Some(end) = end {
                    return fail(what, end);
                }
            }
        };
        match timeout(patience, search).await {
            Ok(found) => found,
            Err(_) => fail(what, format!("it did not come within {patience:?}")),
        }
    }

    /// The next picture.
    pub async fn video(&mut self) -> Verdict<Unit> {
        self.unit("a video unit", |unit| unit.is_video().then(|| unit.clone())).await
    }

    /// The acknowledgement of a command.
    pub async fn ack(&mut self, name: &str) -> Verdict<Ack> {
        self.event(&format!("command {name:?} is acknowledged"), |event| match event {
            Down::Ack { id, status, message, state_version, input } if id.as_str() == name => {
                Some(Ack { status, message, state_version, input })
            }
            _ => None,
        })
        .await
    }

    /// Sends a direction in words, with a fresh name.
    pub async fn direct(&mut self, name: &str, input: u32) -> Verdict<Ack> {
        self.send(&direct(name, input)?).await?;
        self.ack(name).await
    }

    /// Waits for the pong of a ping that is sent now: whatever the server had said before has been read then.
    pub async fn settle(&mut self, issued_us: u64) -> Verdict {
        self.send(&Up::Ping { issued_us }).await?;
        self.event("a ping is answered by a pong with its stamp", |event| match event {
            Down::Pong { issued_us: found, .. } if found == issued_us => Some(()),
            _ => None,
        })
        .await
    }

    /// The events up to the close, and its code. A connection that just ends is none.
    pub async fn until_the_end(&mut self, what: &str) -> Verdict<(Vec<Down>, CloseCode)> {
        let mut events = Vec::new();
        let code = self
            .find(what, |seen| match seen {
                Seen::Event(event) => {
                    events.push(event);
                    Ok(None)
                }
                Seen::Closed(code) => Ok(Some(code)),
                _ => Ok(None),
            })
            .await?;
        Ok((events, code))
    }

    /// Everything that comes in so much time.
    pub async fn watch(&mut self, time: Duration) -> Verdict<Vec<Seen>> {
        let until = tokio::time::sleep(time);
        tokio::pin!(until);
        let mut seen = Vec::new();
        loop {
            tokio::select! {
                () = &mut until => return Ok(seen),
                next = self.next_whole() => {
                    let next = next?;
                    if let Seen::Closed(code) = &next {
                        return fail("the stream stays open", format!("it was closed with {}", code.number()));
                    }
                    if let Seen::Broken(why) = &next {
                        return fail("the stream stays open", why);
                    }
                    seen.push(next);
                }
            }
        }
    }

    /// Leaves as a client does: close 1000, and waits for the answer.
    pub async fn leave(mut self) -> Verdict {
        self.frame(RawFrame::Close(1000)).await?;
        if !self.closed {
            self.find("a close is answered", |seen| match seen {
                Seen::Closed(_) | Seen::Broken(_) => Ok(Some(())),
                _ => Ok(None),
            })
            .await?;
        }
        Ok(())
    }

    /// Nothing comes after the close.
    pub async fn ends(&mut self) -> Verdict {
        match timeout(self.patience, self.carrier.next()).await {
            Ok(Ok(None)) => Ok(()),
            Ok(other) => {
                fail("the connection ends after its close", format!("{other:?}").chars().take(200).collect::<String>())
            }
            Err(_) => fail("the connection ends after its close", "it stays open"),
        }
    }

    /// Goes without a word.
    pub fn break_off(self) {
        self.tape.note(&format!("{}> (the connection is dropped)", self.number));
        self.carrier.break_off();
    }
}

/// A direction in words.
pub fn direct(name: &str, input: u32) -> Verdict<Up> {
    let id = command(name)?;
    Ok(Up::Direct { id, text: Some("let it rain".to_owned()), action: None, input, issued_us: u64::from(input) * 1000 + 7 })
}

/// A command id.
pub fn command(name: &str) -> Verdict<CommandId> {
    there(CommandId::new(name).ok(), "a name of this check's own that is a command id", name)
}

fn read(tape: &Tape, number: u32, text: &str) -> Verdict<Down> {
    if let Ok(value) = serde_json::from_str(text) {
        tape.secrets_of(&value);
    }
    tape.note(&format!("{number}< {text}"));
    Down::parse(text).or_else(|error| fail("control messages as section 7 has them", error))
}

fn line(envelope: &Envelope, length: usize) -> String {
    let Envelope { keyframe, discontinuity, epoch, sequence, pts_us, fragment, fragments, state_version, .. } = envelope;
    let marks =
        format!("{}{}", if *keyframe { " keyframe" } else { "" }, if *discontinuity { " discontinuity" } else { "" });
    let input = envelope.input.map_or_else(String::new, |(number, _)| format!(" input {number}"));
    format!(
        "{} epoch {epoch} sequence {sequence} pts {:.3} version {state_version}{marks}{input} fragment {}/{fragments} {length} bytes",
        envelope.track(),
        *pts_us as f64 / 1e6,
        fragment + 1,
    )
}

/// A thing in a few words.
pub fn brief(seen: &Seen) -> String {
    match seen {
        Seen::Event(event) => format!("the message {:?}", event.kind()),
        Seen::Unit(unit) => format!("{} unit {}", unit.envelope.track(), unit.envelope.sequence),
        Seen::Pong => "a pong".to_owned(),
        Seen::Closed(code) => format!("close {}", code.number()),
        Seen::Broken(why) => why.clone(),
    }
}
