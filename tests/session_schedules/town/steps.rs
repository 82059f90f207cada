//! The steps of a schedule: what the user does, and which faults come.

use std::time::Duration;

use bytes::Bytes;
use seaglass::media::Tier;
use seaglass::session::{Command, Hands};
use seaglass::wire::{AudioRequest, CloseCode, Key, TierName};

use super::{Asked, Connection, Happening, Message, Town, WRITE_TIMEOUT};
use crate::schedule::Step;

impl Town {
    pub(super) fn step(&mut self, step: Step) {
        let now = self.now;
        match step {
            Step::Say => {
                self.words += 1;
                let text = format!("words {}", self.words);
                self.command(Command::Direct { text: Some(text.clone()), action: None }, text);
            }
            Step::Hold(bits) => {
                let all = [Key::Forward, Key::Back, Key::Left, Key::Right];
                let keys: Vec<Key> =
                    all.into_iter().enumerate().filter(|(bit, _)| bits & (1 << bit) != 0).map(|(_, key)| key).collect();
                if let Some(process) = &mut self.process
                    && let Some(session) = &mut process.session
                {
                    process.asked.keys.clone_from(&keys);
                    session.control(now, Hands { keys, ..Hands::turning(0.01, 0.0) });
                }
            }
            Step::Pin(draft) => {
                let tier = TierName::Known(if draft { Tier::Draft } else { Tier::Standard });
                if self.command(Command::Quality { tier, pinned: true }, "quality".to_owned()) {
                    self.asked(|asked| asked.pin = Some(draft));
                }
            }
            Step::Sound(on) => {
                if self.command(Command::Audio(AudioRequest { enabled: on, formats: Vec::new() }), "audio".to_owned()) {
                    self.asked(|asked| asked.sound = Some(on));
                }
            }
            Step::Pause(on) => {
                let (command, kind) = if on { (Command::Pause, "pause") } else { (Command::Resume, "resume") };
                if self.command(command, kind.to_owned()) {
                    self.asked(|asked| asked.paused = Some(on));
                }
            }
            Step::Visit => {
                self.words += 1;
                let (text, number, at) = (format!("visit {}", self.words), self.words, now + self.way());
                self.plan(at, Happening::Visited { text: text.clone(), number });
                // Over HTTP a repetition is as likely as anywhere.
                if self.random(2) == 0 {
                    let again = at + self.way();
                    self.plan(again, Happening::Visited { text, number });
                }
            }
            Step::Cut { up, down } => {
                if let Some(number) = self.process.as_ref().and_then(|process| process.connection) {
                    self.cut(number, up, down);
                }
            }
            Step::HalfOpen => {
                if let Some(number) = self.process.as_ref().and_then(|process| process.connection)
                    && let Some(connection) = self.connections.get_mut(&number)
                {
                    connection.lost = (true, true);
                    self.plan(now + WRITE_TIMEOUT, Happening::ServerNotices { connection: number });
                }
            }
            Step::Refuse(how, time) => self.refused = Some((how, now + Duration::from_millis(u64::from(time) * 200))),
            Step::SwallowHello => self.swallow = true,
            Step::Slow(by) => self.slow = Duration::from_millis(u64::from(by) * 10),
            Step::Acknowledgement(how) => self.mangle = Some(how),
            Step::Garbage => {
                if let Some(number) = self.process.as_ref().and_then(|process| process.connection) {
                    self.down(number, Message::Text("{\"type\":\"ack\",\"id\":".to_owned()));
                    self.down(number, Message::Unit(Bytes::from_static(b"SG but no more")));
                }
            }
            Step::LoseRequest | Step::LoseAnswer | Step::LateAnswer(_) | Step::DoubleRequest | Step::Busy => {
                self.request = Some(step);
            }
            Step::Deaf(seconds) => self.deaf_until = now + Duration::from_secs(seconds.into()),
            Step::End => {
                for world in self.server.worlds.values_mut().filter(|world| world.ended.is_none()) {
                    world.end(now, seaglass::wire::EndReason::Limit);
                }
                self.close_streams_of_ended();
            }
            Step::TakeOver => {
                let alive = self.server.alive().first().map(|id| (*id).clone());
                if let Some(id) = alive {
                    self.taken_over = true;
                    self.dials += 1;
                    if let Ok((_, Some(replaced))) = self.server.open(&id, self.dials, None) {
                        self.down(replaced, Message::Close(CloseCode::Replaced.number()));
                    }
                    self.plan(now + Duration::from_secs(5), Happening::ServerNotices { connection: self.dials });
                    let connection =
                        Connection { world: id, lost: (false, true), units: 0, epoch: 0, arrivals: (now, now), late: None };
                    self.connections.insert(self.dials, connection);
                }
            }
            Step::Kill(after) => {
                if let Some(process) = &mut self.process {
                    process.killed_after = Some(after);
                }
            }
        }
    }

    pub(super) fn command(&mut self, command: Command, words: String) -> bool {
        let now = self.now;
        let Some(process) = &mut self.process else { return false };
        let Some(session) = &mut process.session else { return false };
        match session.command(now, command) {
            Ok(id) => {
                process.issued.push((id, words));
                true
            }
            Err(_) => false,
        }
    }

    pub(super) fn asked(&mut self, note: impl FnOnce(&mut Asked)) {
        if let Some(process) = &mut self.process {
            note(&mut process.asked);
        }
    }

    /// From now on the network is well; refusals last as long as they were meant to.
    pub(super) fn heal(&mut self) {
        self.slow = Duration::ZERO;
        (self.swallow, self.mangle, self.request) = (false, None, None);
        if let Some(process) = &mut self.process {
            process.killed_after = None;
        }
    }
}
