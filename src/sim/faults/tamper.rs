//! Faults of messages, between a stream's outlet and its socket: lost, doubled, swapped, cut, and company that nobody wants.

use std::collections::VecDeque;

use bytes::Bytes;
use serde::Deserialize;

use super::engine::Thing;
use super::handle::Faults;
use super::kind::{Cut, Garbage, Kind};
use super::random::Random;
use super::scope::MEDIA;
use crate::media::{Format, Track};
use crate::sim::host::{Outgoing, Outlet};
use crate::wire::{Envelope, Kind as Unit};

/// Bytes of garbage.
const GARBAGE: usize = 64;

/// The way from one outlet to one socket. Holds two messages back at most, and what it makes of one message.
#[derive(Debug, Default)]
pub struct Tamper {
    faults: Option<Faults>,
    /// Ready to leave.
    ready: VecDeque<Outgoing>,
    /// Waits to be overtaken by the next of its sort.
    held: Option<(Sort, Outgoing)>,
    made: u64,
}

/// Messages of one sort overtake each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Sort {
    Event,
    Media(Track),
}

impl Tamper {
    /// A way on which these faults lie; without any it changes nothing.
    #[must_use]
    pub fn new(faults: Option<Faults>) -> Self {
        Self { faults, ..Self::default() }
    }

    /// The next thing for the socket, as [`Outlet::next`] has it.
    pub async fn next(&mut self, outlet: &Outlet, now_us: impl Fn() -> u64) -> Option<Outgoing> {
        let Some(faults) = self.faults.clone() else { return outlet.next(now_us).await };
        while self.ready.is_empty() {
            let next = outlet.next(&now_us).await?;
            if faults.is_idle() && self.held.is_none() {
                return Some(next);
            }
            self.pass(next, &faults);
        }
        self.ready.pop_front()
    }

    fn pass(&mut self, message: Outgoing, faults: &Faults) {
        let Some((sort, name, fragmented)) = describe(&message) else {
            // The last message of all: nothing may stay behind.
            self.release();
            self.ready.push_back(message);
            return;
        };
        match faults.strike(Thing::Message { name: &name, fragmented }) {
            Some(Kind::LostAck | Kind::Loss { .. } | Kind::Truncate { cut: Cut::Fragment, .. }) => return,
            Some(Kind::Truncate { cut: Cut::Half, .. }) => self.ready.push_back(half(message)),
            Some(Kind::Duplicate { .. }) => {
                self.ready.push_back(copy(&message));
                self.ready.push_back(message);
            }
            Some(Kind::Garbage { form, .. }) => {
                self.made += 1;
                self.ready.push_back(garbage(form, Random::new(faults.seed(), 1 << 62 | self.made)));
                self.ready.push_back(message);
            }
            Some(Kind::Oversize { bytes, .. }) => {
                self.ready.push_back(Outgoing::Text("x".repeat(bytes)));
                self.ready.push_back(message);
            }
            Some(Kind::Reorder { .. }) if self.held.is_none() => {
                self.held = Some((sort, message));
                return;
            }
            _ => self.ready.push_back(message),
        }
        if self.held.as_ref().is_some_and(|(held, _)| *held == sort) {
            self.release();
        }
    }

    fn release(&mut self) {
        self.ready.extend(self.held.take().map(|(_, message)| message));
    }
}

/// The sort of a message, its type as scripts name it, and whether it is one fragment of several; `None` for the farewell.
fn describe(message: &Outgoing) -> Option<(Sort, String, bool)> {
    #[derive(Deserialize)]
    struct Typed {
        #[serde(rename = "type")]
        name: String,
    }
    match message {
        Outgoing::Text(text) => {
            let name = serde_json::from_str::<Typed>(text).map_or_else(|_| String::new(), |typed| typed.name);
            // Beside it stands the track of the same name.
            let name = if name == MEDIA[1] { "audio_state".to_owned() } else { name };
            Some((Sort::Event, name, false))
        }
        Outgoing::Media(bytes) => {
            let envelope = Envelope::parse(bytes.clone()).ok()?;
            let (track, name) = match envelope.kind {
                Unit::Media(Format::Audio(_)) => (Track::Audio, MEDIA[1]),
                _ => (Track::Video, MEDIA[0]),
            };
            Some((Sort::Media(track), name.to_owned(), envelope.fragments > 1))
        }
        Outgoing::Close(..) => None,
    }
}

fn copy(message: &Outgoing) -> Outgoing {
    match message {
        Outgoing::Text(text) => Outgoing::Text(text.clone()),
        Outgoing::Media(bytes) => Outgoing::Media(bytes.clone()),
        Outgoing::Close(code, reason) => Outgoing::Close(*code, reason.clone()),
    }
}

fn half(message: Outgoing) -> Outgoing {
    match message {
        Outgoing::Text(mut text) => {
            text.truncate(text.floor_char_boundary(text.len() / 2));
            Outgoing::Text(text)
        }
        Outgoing::Media(bytes) => Outgoing::Media(bytes.slice(..bytes.len() / 2)),
        close => close,
    }
}

fn garbage(form: Garbage, mut random: Random) -> Outgoing {
    let mut noise = (0..GARBAGE).map(|_| random.bits() as u8);
    match form {
        Garbage::Text => Outgoing::Text(noise.map(|byte| char::from(b' ' + byte % 95)).collect()),
        Garbage::Json => Outgoing::Text(format!("{{\"type\":\"ack\",\"id\":{}}}", noise.next().unwrap_or_default())),
        Garbage::Binary => Outgoing::Media(noise.collect::<Bytes>()),
    }
}
