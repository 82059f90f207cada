//! What a stream brings: control messages and media, each checked and typed before anything acts on it.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;

use super::cleaning::{clean_audio, clean_hello, clean_limit, clean_reason, clean_status, clean_tier, clean_unknown};
use super::error::Failure;
use super::event::{Ending, Event};
use super::garbage::Verdict;
use super::session::{MOST_WAITING, Phase, Session};
use super::text::{LONGEST, clean};
use super::timers::Timer;
use crate::media::{DropCause, Track};
use crate::wire::{AckStatus, CommandId, Down, EndReason, ErrorBody, Hello, LimitKind, WireError, WorldState};

impl Session {
    /// Takes one text message.
    pub(super) fn read(&mut self, text: &str) {
        let message = match Down::parse(text) {
            Ok(message) => message,
            Err(WireError::Version { found }) => return self.fail(Failure::Version { theirs: found }),
            Err(error) => return self.malformed(&error.to_string()),
        };
        match message {
            Down::Hello(hello) => self.introduce(*hello),
            Down::Stage(stage) => {
                self.tell(Event::Warming { stage: clean(&stage.stage, LONGEST), percent: stage.percent });
            }
            Down::Queue { position, size } => self.tell(Event::Queued { position, size }),
            Down::State { state, state_version } => self.enter(state, state_version),
            Down::Ack { id, mut status, message, state_version, input: _ } => {
                clean_status(&mut status);
                self.state_version = self.state_version.max(state_version);
                self.acknowledged(id, status, clean(&message, LONGEST));
            }
            Down::Quality { mut tier, reason, pinned } => {
                clean_tier(&mut tier);
                self.tell(Event::Quality { tier, reason: clean(&reason, LONGEST), pinned });
            }
            Down::Audio(mut audio) => {
                clean_audio(&mut audio);
                if let Some(hello) = &mut self.hello {
                    Arc::make_mut(hello).audio = audio.clone();
                }
                self.watch_flow(Track::Audio);
                self.tell(Event::Audio(audio));
            }
            Down::Tick { seconds_used, seconds_left, credits } => {
                self.tell(Event::Tick { seconds_used, seconds_left, credits });
            }
            // Who holds a key tells nothing new by it, so the server hears nothing and thinks that nobody is there.
            Down::Warning { limit: LimitKind::Idle, .. } if self.controls.hold_something() => self.stay_on(),
            Down::Warning { mut limit, seconds_left, message } => {
                clean_limit(&mut limit);
                self.tell(Event::Warning { limit, seconds_left, message: clean(&message, LONGEST), own: false });
            }
            Down::Error(ErrorBody { code, message, retryable, retry_after_ms, .. }) => self.tell(Event::Error {
                code: clean(&code, LONGEST),
                message: clean(&message, LONGEST),
                retryable,
                retry_after: retry_after_ms.map(Duration::from_millis),
            }),
            Down::Ended { mut reason } => {
                clean_reason(&mut reason);
                match &mut self.phase {
                    // The state message that came before has said that it ended, this one says why.
                    Phase::Closing(Ending::World(known)) => *known = reason,
                    _ => self.closing(Ending::World(reason)),
                }
            }
            Down::Pong { issued_us, server_us } => {
                if let Some(link) = self.pings.answered(self.now, issued_us, server_us) {
                    self.tell(Event::Link(link));
                }
            }
            Down::Other(members) => {
                let (kind, raw) = clean_unknown(members);
                self.tell(Event::Unknown { kind, raw });
            }
        }
    }

    fn introduce(&mut self, mut hello: Hello) {
        if self.stream.introduced {
            return self.malformed("a second hello came");
        }
        self.stream.introduced = true;
        clean_hello(&mut hello);
        self.resume = hello.resume.take();
        let (state, version) = (hello.state.clone(), hello.state_version);
        let patience = match hello.limits.grace_s.map(Duration::try_from_secs_f64) {
            Some(Ok(grace)) => self.options.outage.min(grace),
            _ => self.options.outage,
        };
        let hello = Arc::new(hello);
        self.hello = Some(Arc::clone(&hello));
        self.timers.stop(Timer::Hello);
        self.timers.stop(Timer::GiveUp);
        if self.phase == Phase::Introducing {
            self.phase = Phase::Live;
        }
        let again = self.outage.streams() > 0;
        let outage = self.outage.over(self.now, patience);
        if again {
            self.tell(Event::Resumed { hello: Arc::clone(&hello), outage, repeated: self.ledger.len() });
        } else {
            self.tell(Event::Connected(Arc::clone(&hello)));
        }
        // A state message may have overtaken the hello; the higher version is the newer.
        if version >= self.state_version {
            self.state_version = version;
            self.settle(state);
        } else {
            self.settle(self.state.clone());
        }
        self.release();
        if again {
            self.recover(&hello);
            self.controls.renew(self.now);
        }
        self.number_control();
    }

    /// Asks again for what the user had asked for and the new stream lacks.
    fn recover(&mut self, hello: &Hello) {
        let ledger = &self.ledger;
        for command in self.wishes.missing(hello, |id| ledger.holds(id)) {
            // Refused only where too much waits already: then the user has more to say than this.
            let _ = self.issue(command);
        }
    }

    /// A state change, unless a newer one is known.
    fn enter(&mut self, state: WorldState, version: u32) {
        if version < self.state_version {
            return;
        }
        self.state_version = version;
        if !self.stream.introduced {
            self.state = state;
        } else if state != self.state {
            self.settle(state);
        }
    }

    fn settle(&mut self, state: WorldState) {
        self.state = state;
        self.watch_flow(Track::Video);
        self.watch_flow(Track::Audio);
        match (&self.state, &self.hello) {
            (WorldState::Running, Some(hello)) => {
                let hello = Arc::clone(hello);
                self.begin_idling();
                self.tell(Event::Running(hello));
            }
            (WorldState::Paused, _) => {
                self.begin_idling();
                self.tell(Event::Paused);
            }
            (WorldState::Ended, _) => self.closing(Ending::World(EndReason::Other("ended".to_owned()))),
            (WorldState::Other(name), _) => {
                let raw = clean(name, LONGEST);
                self.tell(Event::Unknown { kind: "state".to_owned(), raw });
            }
            _ => {}
        }
    }

    fn acknowledged(&mut self, id: CommandId, status: AckStatus, message: String) {
        let Some((entry, sent)) = self.ledger.acknowledge(self.now, &id) else {
            return self.tell(Event::Unknown { kind: "ack".to_owned(), raw: format!("{id}: {message}") });
        };
        self.watch_acknowledgements();
        self.wishes.answered(&id, &status);
        let acknowledged = self.now;
        let (input, issued) = (entry.input, entry.issued);
        self.tell(Event::Acknowledged { id, status, message, input, issued, sent, acknowledged });
    }

    /// Takes one binary message.
    pub(super) fn take(&mut self, message: Bytes) {
        let taken = match self.stream.intake.take(self.now, message, &mut self.stats) {
            Ok(taken) => taken,
            Err(error) => return self.malformed(&error.to_string()),
        };
        if let Some(fault) = taken.fault {
            self.malformed(&fault.to_string());
        }
        if taken.wants_keyframe {
            self.want_keyframe();
        }
        if let Some((track, codec)) = taken.unknown {
            self.tell(Event::UnknownCodec { track, codec });
        }
        if let Some(packet) = taken.packet {
            self.flows(packet.track());
            self.stream.feedback_due.get_or_insert(self.now);
            if packet.track() == Track::Video && packet.keyframe {
                self.stream.keyframes.came();
            }
            if self.packets.len() >= MOST_WAITING {
                self.packets.pop_front();
                self.stats.drops.add(DropCause::QueueFull, 1);
            }
            self.packets.push_back(packet);
        }
    }

    fn malformed(&mut self, detail: &str) {
        let detail = clean(detail, LONGEST);
        self.stats.malformed += 1;
        match self.stream.garbage.note(self.now, detail.clone()) {
            Verdict::Tell => self.tell_malformed(),
            Verdict::TellAt(moment) => self.timers.set(Timer::Malformed, moment),
            Verdict::TooMany => self.fail(Failure::Garbage { count: self.stats.malformed, detail }),
        }
    }

    pub(super) fn tell_malformed(&mut self) {
        if let Some(detail) = self.stream.garbage.take(self.now) {
            self.tell(Event::Malformed { detail, total: self.stats.malformed });
        }
    }
}
