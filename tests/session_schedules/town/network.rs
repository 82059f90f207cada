//! The way between the process and its server, in both directions, and what the server says.

use std::time::Duration;

use seaglass::session::{Input, Refusal, RefusalCause};
use seaglass::wire::{CloseCode, Down, Token, Up};

use super::{Connection, Happening, Message, Town};
use crate::schedule::Mangled;
use crate::server::NotOpened;
use crate::session_lab::{audio, bytes_of, video};

impl Town {
    pub(super) fn up(&mut self, message: Message) {
        let Some(number) = self.process.as_ref().and_then(|process| process.connection) else { return };
        let arrival = self.now + self.way();
        if let Some(connection) = self.connections.get_mut(&number) {
            let at = arrival.max(connection.arrivals.0);
            connection.arrivals.0 = at;
            self.plan(at, Happening::Arrives { connection: number, up: true, message });
        }
    }

    pub(super) fn down(&mut self, number: u32, message: Message) {
        let arrival = self.now + self.way();
        if let Some(connection) = self.connections.get_mut(&number) {
            let at = arrival.max(connection.arrivals.1);
            connection.arrivals.1 = at;
            self.plan(at, Happening::Arrives { connection: number, up: false, message });
        }
    }

    pub(super) fn say(&mut self, number: u32, messages: Vec<Down>) {
        for message in messages {
            let text = message.print();
            let mangled = if matches!(message, Down::Ack { .. }) { self.mangle.take() } else { None };
            match mangled {
                Some(Mangled::Lost) => {}
                Some(Mangled::Late) => {
                    if let Some(connection) = self.connections.get_mut(&number) {
                        connection.late = Some(text);
                    }
                }
                Some(Mangled::Twice) => {
                    self.down(number, Message::Text(text.clone()));
                    self.down(number, Message::Text(text));
                }
                None => {
                    self.down(number, Message::Text(text));
                    let late = self.connections.get_mut(&number).and_then(|connection| connection.late.take());
                    if let Some(late) = late {
                        self.down(number, Message::Text(late));
                    }
                }
            }
        }
    }

    pub(super) fn cut(&mut self, number: u32, up: bool, down: bool) {
        let Some(connection) = self.connections.get_mut(&number) else { return };
        connection.lost = (connection.lost.0 | up, connection.lost.1 | down);
        let (there, here) = (connection.arrivals.0.max(self.now), connection.arrivals.1.max(self.now));
        let late = Duration::from_millis(self.random(400));
        self.plan(here, Happening::ClientNotices { connection: number });
        self.plan(there + late, Happening::ServerNotices { connection: number });
    }

    pub(super) fn dialed(&mut self, dial: u32, number: u32, resume: Option<&Token>) {
        let back = self.now + self.way();
        let Some(id) = self.process.as_ref().and_then(|process| process.lease.id().cloned()) else { return };
        match self.server.open(&id, number, resume) {
            Ok((hello, replaced)) => {
                if let Some(replaced) = replaced {
                    self.down(replaced, Message::Close(CloseCode::Replaced.number()));
                }
                let connection = Connection {
                    world: id,
                    lost: (false, false),
                    units: 0,
                    epoch: hello.epoch,
                    arrivals: (self.now, back),
                    late: None,
                };
                self.connections.insert(number, connection);
                let hello = Down::Hello(Box::new(hello)).print();
                let swallowed = std::mem::take(&mut self.swallow);
                self.plan(back, Happening::Opened { dial, connection: number, hello, swallowed });
            }
            Err(why) => {
                let cause = match why {
                    NotOpened::NoWorld => RefusalCause::NotFound,
                    NotOpened::Ended => RefusalCause::Ended,
                    NotOpened::Replaced => RefusalCause::Replaced,
                };
                let refusal = Refusal { cause, retry_after: None, detail: format!("{why:?}") };
                self.plan(back, Happening::NotOpened { dial, refusal });
            }
        }
    }

    pub(super) fn arrives_up(&mut self, number: u32, message: Message) {
        let Some(connection) = self.connections.get(&number).filter(|connection| !connection.lost.0) else { return };
        let id = connection.world.clone();
        let Some(world) = self.server.worlds.get_mut(&id).filter(|world| world.connection == Some(number)) else { return };
        match message {
            Message::Text(text) => {
                let up = Up::parse(&text).expect("the client keeps to the protocol");
                let said = world.take(self.now, &up);
                self.say(number, said);
            }
            Message::Close(code) => {
                self.down(number, Message::Close(code));
                self.server.closed(self.now, &id, number);
            }
            Message::Unit(_) => panic!("a client sends no media"),
        }
    }

    pub(super) fn arrives_down(&mut self, number: u32, message: Message) {
        if self.connections.get(&number).is_none_or(|connection| connection.lost.1) {
            return;
        }
        let Some(process) = self.process.as_mut().filter(|process| process.connection == Some(number)) else { return };
        let Some(session) = &mut process.session else { return };
        match message {
            Message::Text(text) => session.handle_input(self.now, Input::Text(&text)),
            Message::Unit(unit) => session.handle_input(self.now, Input::Binary(unit)),
            Message::Close(code) => {
                process.connection = None;
                session.handle_input(self.now, Input::Closed { code: code.into(), reason: "" });
            }
        }
    }

    pub(super) fn frames(&mut self) {
        let numbers: Vec<u32> = self.connections.keys().copied().collect();
        for number in numbers {
            let Some(connection) = self.connections.get_mut(&number) else { continue };
            let Some(world) = self.server.worlds.get(&connection.world) else { continue };
            if world.connection != Some(number) || world.paused || world.ended.is_some() {
                continue;
            }
            let (sequence, epoch, sound) = (connection.units, connection.epoch, world.sound);
            connection.units += 1;
            let of = |mut envelope: seaglass::wire::Envelope| {
                envelope.epoch = epoch;
                bytes_of(&envelope)
            };
            self.down(number, Message::Unit(of(video(sequence, true))));
            if sound {
                self.down(number, Message::Unit(of(audio(sequence))));
            }
        }
    }

    /// Worlds that have ended say so and close their streams.
    pub(super) fn close_streams_of_ended(&mut self) {
        for world in self.server.worlds.values_mut() {
            let Some(reason) = world.ended.clone() else { continue };
            let Some(number) = world.connection.take() else { continue };
            let text = Down::Ended { reason }.print();
            for message in [Message::Text(text), Message::Close(1000)] {
                let at = self.now + Duration::from_millis(10);
                if let Some(connection) = self.connections.get_mut(&number) {
                    connection.arrivals.1 = connection.arrivals.1.max(at);
                    let at = connection.arrivals.1;
                    self.number += 1;
                    self.happenings.insert((at, self.number), Happening::Arrives { connection: number, up: false, message });
                }
            }
        }
    }
}
