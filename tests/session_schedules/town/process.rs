//! What the client's process does, and is done to: its lease, its session, its end by kill.

use std::collections::BTreeSet;
use std::time::Duration;

use seaglass::session::{
    Ending, Event, Input, Lease, LeaseAnswer, LeaseFault, LeaseInput, LeaseOptions, LeaseOutput, LeasePatience, LeaseRecord,
    LeaseRequest, Options, Output, Refusal, RefusalCause, Session, Transmit,
};
use seaglass::wire::Token;

use super::{Asked, Happening, Message, Process, SETTLE, Town, WRITE_TIMEOUT};
use crate::schedule::{Refused, Step};

impl Town {
    pub(super) fn options(&mut self) -> LeaseOptions {
        let second = Duration::from_secs(1);
        LeaseOptions {
            seed: self.random,
            create: LeasePatience { attempts: 4, within: 60 * second, answer: 30 * second },
            end: LeasePatience { attempts: 3, within: 5 * second, answer: 2 * second },
            bill: true,
        }
    }

    pub(super) fn begin_process(&mut self) {
        let options = self.options();
        let key = u64::from(self.processes);
        self.start(key, Lease::new(options));
    }

    pub(super) fn start(&mut self, key: u64, lease: Lease) {
        self.processes += 1;
        self.process = Some(Process {
            key,
            lease,
            session: None,
            ended: None,
            connection: None,
            dial: None,
            issued: Vec::new(),
            acknowledged: BTreeSet::new(),
            introduced: false,
            asked: Asked::default(),
            killed_after: None,
        });
        self.drain();
    }

    pub(super) fn drain(&mut self) {
        while self.drain_lease() || self.drain_session() {}
    }

    /// One thing more is done; false if the process is killed instead.
    pub(super) fn does(&mut self) -> bool {
        let Some(process) = &mut self.process else { return false };
        match &mut process.killed_after {
            Some(0) => {
                self.kill();
                false
            }
            Some(left) => {
                *left -= 1;
                true
            }
            None => true,
        }
    }

    pub(super) fn drain_lease(&mut self) -> bool {
        let (now, number) = (self.now, self.processes);
        let mut any = false;
        loop {
            let Some(process) = &mut self.process else { return false };
            let key = process.key;
            match process.lease.poll_output() {
                LeaseOutput::Timeout(_) => break,
                LeaseOutput::Retrying { .. } => {}
                LeaseOutput::Write(record) => {
                    if !self.does() {
                        return false;
                    }
                    self.journal.entry(key).or_default().push(record);
                    if let Some(process) = &mut self.process {
                        process.lease.handle(now, LeaseInput::Written);
                    }
                }
                LeaseOutput::Send { attempt, request } => {
                    if !self.does() {
                        return false;
                    }
                    self.send(number, attempt, key, request);
                }
            }
            any = true;
        }
        let Some(process) = &mut self.process else { return false };
        if process.lease.is_held() && process.session.is_none() {
            let options =
                Options { seed: self.random, opening: Duration::from_secs(30), ..Options::new(format!("p{number}")) };
            process.session = Some(Session::new(now, options));
            any = true;
        }
        any
    }

    pub(super) fn send(&mut self, process: u32, attempt: u32, key: u64, request: LeaseRequest) {
        let there = self.now + self.way();
        let mut answered = true;
        match self.request.take() {
            Some(Step::LoseRequest) => return,
            Some(Step::Busy) => {
                let answer = LeaseAnswer::Failed(LeaseFault::Busy { after: Some(Duration::from_millis(300)) });
                return self.plan(there, Happening::Answer { process, attempt, answer });
            }
            Some(Step::LoseAnswer) => answered = false,
            Some(Step::LateAnswer(seconds)) => {
                let late = there + Duration::from_secs(seconds.into());
                return self.plan(late, Happening::Request { process, attempt, key, request, answered });
            }
            Some(Step::DoubleRequest) => {
                let (request, again) = (request.clone(), there + self.way());
                self.plan(again, Happening::Request { process, attempt, key, request, answered: false });
            }
            _ => {}
        }
        self.plan(there, Happening::Request { process, attempt, key, request, answered });
    }

    pub(super) fn drain_session(&mut self) -> bool {
        let now = self.now;
        let (mut any, mut sent) = (false, false);
        loop {
            let Some(session) = self.process.as_mut().and_then(|process| process.session.as_mut()) else { return false };
            let output = session.poll_output();
            if !matches!(output, Output::Timeout(_)) {
                any = true;
                if matches!(output, Output::Open(_) | Output::Transmit(_)) && !self.does() {
                    return false;
                }
            }
            match output {
                Output::Open(opening) => self.dial(opening.resume),
                Output::Abandon => self.abandon(),
                Output::Transmit(Transmit::Text(text)) => {
                    sent = true;
                    self.up(Message::Text(text));
                }
                Output::Transmit(Transmit::Close(code)) => self.up(Message::Close(code.number())),
                Output::Media(_) => {}
                Output::Event(event) => self.event(event),
                Output::Timeout(_) if std::mem::take(&mut sent) => {
                    if let Some(session) = self.process.as_mut().and_then(|process| process.session.as_mut()) {
                        session.handle_input(now, Input::Flushed);
                    }
                }
                Output::Timeout(_) => return any,
            }
        }
    }

    pub(super) fn event(&mut self, event: Event) {
        let Some(process) = &mut self.process else { return };
        match event {
            Event::Acknowledged { id, .. } => {
                process.acknowledged.insert(id);
            }
            Event::Connected(_) => process.introduced = true,
            Event::Resumed { repeated, .. } => {
                self.reached.resumed += 1;
                self.reached.repeated += repeated as u64;
            }
            Event::Ended { ending } => {
                self.reached.gave_up += u64::from(matches!(ending, Ending::GaveUp { .. }));
                process.ended = Some(ending);
                process.lease.handle(self.now, LeaseInput::End);
            }
            _ => {}
        }
    }

    pub(super) fn dial(&mut self, resume: Option<Token>) {
        self.abandon();
        self.dials += 1;
        let (dial, there) = (self.dials, self.now + self.way());
        if let Some(process) = &mut self.process {
            process.dial = Some(dial);
            // Opened anew, it would take the stream from whoever has it now.
            assert!(resume.is_some() || !process.introduced, "a lost stream is opened anew");
        }
        match self.refused {
            Some((how, until)) if self.now < until => {
                let (cause, retry_after) = match how {
                    Refused::Unreachable => (RefusalCause::Unreachable, None),
                    Refused::Busy => (RefusalCause::Busy, Some(Duration::from_millis(700))),
                    Refused::Failed => (RefusalCause::Server, None),
                };
                let refusal = Refusal { cause, retry_after, detail: "refused".to_owned() };
                self.plan(there, Happening::NotOpened { dial, refusal });
            }
            _ => self.plan(there, Happening::Dialed { dial, connection: dial, resume }),
        }
    }

    /// The client lets go of its connection, or of the attempt at one.
    pub(super) fn abandon(&mut self) {
        let (connection, at) = match &mut self.process {
            Some(process) => {
                process.dial = None;
                (process.connection.take(), self.now + Duration::from_millis(20))
            }
            None => return,
        };
        if let Some(number) = connection
            && let Some(connection) = self.connections.get_mut(&number)
        {
            let told = !connection.lost.0;
            connection.lost.1 = true;
            let at = if told { at.max(connection.arrivals.0) } else { self.now + WRITE_TIMEOUT };
            self.plan(at, Happening::ServerNotices { connection: number });
        }
    }

    pub(super) fn kill(&mut self) {
        self.reached.killed += 1;
        self.abandon();
        self.process = None;
    }

    /// The user leaves: the stream is closed and the world ended.
    pub(super) fn leave(&mut self) {
        let now = self.now;
        if let Some(process) = &mut self.process {
            if let Some(session) = &mut process.session {
                session.close(now);
            }
            process.lease.handle(now, LeaseInput::End);
        }
        self.drain();
    }

    /// What a start of the program does: everything that the journal has open is ended.
    pub(super) fn reap(&mut self) -> Result<(), String> {
        for key in self.open_in_journal() {
            self.reached.reaped += 1;
            let id = self.journal[&key].iter().find_map(|record| match record {
                LeaseRecord::Held(id) => Some(id.clone()),
                _ => None,
            });
            let options = self.options();
            let lease = Lease::recover(self.now, id, options);
            self.start(key, lease);
            self.run_until(self.now + SETTLE)?;
        }
        Ok(())
    }

    pub(super) fn open_in_journal(&self) -> Vec<u64> {
        let closed = |records: &Vec<LeaseRecord>| {
            records.iter().any(|record| matches!(record, LeaseRecord::Ended(_) | LeaseRecord::NotMade | LeaseRecord::Kept))
        };
        self.journal.iter().filter(|(_, records)| !closed(records)).map(|(key, _)| *key).collect()
    }
}
