//! The town: a client's process, a network with faults, a server, a journal on a disk, in one virtual time.

mod checks;
mod network;
mod process;
mod steps;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use bytes::Bytes;
use seaglass::media::Monotonic;
use seaglass::session::{
    Ending, Input, Lease, LeaseAnswer, LeaseInput, LeaseOutput, LeaseRecord, LeaseRequest, Loss, Output, Refusal, Session,
};
use seaglass::wire::{CommandId, Key, Token, Up, WorldId};

use crate::schedule::{Mangled, Refused, Schedule, Step};
use crate::server::Server;

/// Everything that happens on its own does so within this time once the network is well again: patience, grace, time-outs.
const SETTLE: Duration = Duration::from_secs(120);
/// When a server notices that nobody reads any more.
const WRITE_TIMEOUT: Duration = Duration::from_secs(20);

/// A process of the client: the life of one world.
struct Process {
    key: u64,
    lease: Lease,
    session: Option<Session>,
    ended: Option<Ending>,
    connection: Option<u32>,
    dial: Option<u32>,
    issued: Vec<(CommandId, String)>,
    acknowledged: BTreeSet<CommandId>,
    /// Whether it has a token to take a lost stream up with.
    introduced: bool,
    asked: Asked,
    /// Things that it may still do before it is killed.
    killed_after: Option<u8>,
}

/// What the user asked for last.
#[derive(Clone, Debug, Default)]
struct Asked {
    keys: Vec<Key>,
    pin: Option<bool>,
    sound: Option<bool>,
    paused: Option<bool>,
}

struct Connection {
    world: WorldId,
    /// Nothing arrives any more on the way up, and down.
    lost: (bool, bool),
    units: u64,
    epoch: u32,
    /// Latest arrival in each direction: what is sent later arrives later.
    arrivals: (Monotonic, Monotonic),
    /// An acknowledgement that waits for what follows it.
    late: Option<String>,
}

enum Happening {
    Step(Step),
    Arrives { connection: u32, up: bool, message: Message },
    Dialed { dial: u32, connection: u32, resume: Option<Token> },
    Opened { dial: u32, connection: u32, hello: String, swallowed: bool },
    NotOpened { dial: u32, refusal: Refusal },
    Request { process: u32, attempt: u32, key: u64, request: LeaseRequest, answered: bool },
    Answer { process: u32, attempt: u32, answer: LeaseAnswer },
    ClientNotices { connection: u32 },
    ServerNotices { connection: u32 },
    Visited { text: String, number: u32 },
    Frames,
}

enum Message {
    Text(String),
    Unit(Bytes),
    Close(u16),
}

/// The town and what is known of it.
pub struct Town {
    now: Monotonic,
    random: u64,
    happenings: BTreeMap<(Monotonic, u64), Happening>,
    number: u64,
    process: Option<Process>,
    processes: u32,
    connections: BTreeMap<u32, Connection>,
    dials: u32,
    server: Server,
    journal: BTreeMap<u64, Vec<LeaseRecord>>,
    words: u32,
    // Faults in force.
    slow: Duration,
    refused: Option<(Refused, Monotonic)>,
    swallow: bool,
    mangle: Option<Mangled>,
    request: Option<Step>,
    deaf_until: Monotonic,
    taken_over: bool,
    /// For the curious: what the schedule reached.
    pub reached: Reached,
}

/// How much a schedule reached.
#[derive(Clone, Copy, Debug, Default)]
pub struct Reached {
    pub resumed: u64,
    pub repeated: u64,
    pub applied: u64,
    pub gave_up: u64,
    pub killed: u64,
    pub reaped: u64,
    pub settled: u64,
}

impl Reached {
    /// Adds what another one reached.
    pub fn add(&mut self, other: &Self) {
        self.resumed += other.resumed;
        self.repeated += other.repeated;
        self.applied += other.applied;
        self.gave_up += other.gave_up;
        self.killed += other.killed;
        self.reaped += other.reaped;
        self.settled += other.settled;
    }
}

impl Town {
    /// Lives a whole schedule and checks what must hold.
    pub fn live(schedule: &Schedule) -> Result<Reached, String> {
        let mut town = Self::new(schedule.seed);
        town.begin_process();
        let mut at = town.now;
        for (gap, step) in &schedule.steps {
            at += Duration::from_millis((*gap).into());
            town.plan(at, Happening::Step(*step));
        }
        town.run_until(at)?;
        town.heal();
        town.run_until(at + SETTLE)?;
        town.check_settled()?;
        town.leave();
        town.run_until(town.now + SETTLE)?;
        town.reap()?;
        town.check_over()?;
        Ok(town.reached)
    }

    fn new(seed: u64) -> Self {
        let mut town = Self {
            now: Monotonic::from_millis(1000),
            random: seed,
            happenings: BTreeMap::new(),
            number: 0,
            process: None,
            processes: 0,
            connections: BTreeMap::new(),
            dials: 0,
            // A short grace time hides what a client forgets: every second server has a long one.
            server: Server::new(if seed.is_multiple_of(2) { 30 } else { 600 }),
            journal: BTreeMap::new(),
            words: 0,
            slow: Duration::ZERO,
            refused: None,
            swallow: false,
            mangle: None,
            request: None,
            deaf_until: Monotonic::ZERO,
            taken_over: false,
            reached: Reached::default(),
        };
        town.plan(town.now, Happening::Frames);
        town
    }

    fn random(&mut self, below: u64) -> u64 {
        self.random = self.random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.random >> 33) % below
    }

    fn plan(&mut self, at: Monotonic, happening: Happening) {
        self.number += 1;
        self.happenings.insert((at, self.number), happening);
    }

    fn way(&mut self) -> Duration {
        Duration::from_millis(1 + self.random(40)) + self.slow
    }

    // Time.

    fn run_until(&mut self, end: Monotonic) -> Result<(), String> {
        loop {
            let next = self.happenings.first_key_value().map(|((at, _), _)| *at);
            let deadline = self.deadline();
            let at = match (next, deadline) {
                (Some(next), Some(deadline)) => next.min(deadline),
                (Some(at), None) | (None, Some(at)) => at,
                (None, None) => break,
            };
            if at > end {
                break;
            }
            self.now = self.now.max(at);
            self.server.tick(self.now);
            if deadline.is_some_and(|deadline| deadline <= at) {
                self.wake();
            } else if let Some((_, happening)) = self.happenings.pop_first() {
                self.happen(happening);
            }
            self.check_always()?;
        }
        self.now = self.now.max(end);
        Ok(())
    }

    fn deadline(&mut self) -> Option<Monotonic> {
        let process = self.process.as_mut()?;
        let of_session = process.session.as_mut().and_then(|session| match session.poll_output() {
            Output::Timeout(deadline) => deadline,
            output => panic!("not drained: {output:?}"),
        });
        let of_lease = match process.lease.poll_output() {
            LeaseOutput::Timeout(deadline) => deadline,
            output => panic!("not drained: {output:?}"),
        };
        [of_session, of_lease].into_iter().flatten().min()
    }

    fn wake(&mut self) {
        let now = self.now;
        if let Some(process) = &mut self.process {
            if let Some(session) = &mut process.session {
                session.handle_input(now, Input::Deadline);
            }
            process.lease.handle(now, LeaseInput::Deadline);
        }
        self.drain();
    }

    fn happen(&mut self, happening: Happening) {
        let now = self.now;
        match happening {
            Happening::Step(step) => self.step(step),
            Happening::Arrives { connection, up: true, message } => self.arrives_up(connection, message),
            Happening::Arrives { connection, up: false, message } => self.arrives_down(connection, message),
            Happening::Dialed { dial, connection, resume } => self.dialed(dial, connection, resume.as_ref()),
            Happening::Opened { dial, connection, hello, swallowed } => {
                if let Some(process) = self.process.as_mut().filter(|process| process.dial == Some(dial)) {
                    (process.dial, process.connection) = (None, Some(connection));
                    if let Some(session) = &mut process.session {
                        session.handle_input(now, Input::Opened);
                    }
                    if swallowed {
                        self.cut(connection, false, true);
                    } else {
                        self.down(connection, Message::Text(hello));
                    }
                } else {
                    self.plan(now, Happening::ServerNotices { connection });
                }
            }
            Happening::NotOpened { dial, refusal } => {
                if let Some(process) = self.process.as_mut().filter(|process| process.dial == Some(dial)) {
                    process.dial = None;
                    if let Some(session) = &mut process.session {
                        session.handle_input(now, Input::Refused(refusal));
                    }
                }
            }
            Happening::Request { process, attempt, key, request, answered } => {
                let before = self.server.alive().len();
                let answer = self.server.request(now, key, &request);
                if self.server.alive().len() < before {
                    self.close_streams_of_ended();
                }
                let back = now + self.way();
                if answered {
                    self.plan(back, Happening::Answer { process, attempt, answer });
                }
            }
            Happening::Answer { .. } if now < self.deaf_until => {}
            Happening::Answer { process, attempt, answer } => {
                if let Some(of) = self.process.as_mut().filter(|_| process == self.processes) {
                    of.lease.handle(now, LeaseInput::Answer { attempt, answer });
                }
            }
            Happening::ClientNotices { connection } => {
                if let Some(process) = self.process.as_mut().filter(|process| process.connection == Some(connection)) {
                    process.connection = None;
                    if let Some(session) = &mut process.session {
                        session.handle_input(now, Input::Lost { loss: Loss::Broken, detail: "cut" });
                    }
                }
            }
            Happening::ServerNotices { connection } => {
                if let Some(of) = self.connections.remove(&connection) {
                    self.server.closed(now, &of.world, connection);
                }
            }
            Happening::Visited { text, number } => {
                let id = CommandId::new(format!("visitor-{number}")).unwrap();
                let message = Up::Direct { id, text: Some(text), action: None, input: 0, issued_us: 0 };
                for world in self.server.worlds.values_mut() {
                    world.take(now, &message);
                }
            }
            Happening::Frames => {
                self.frames();
                self.plan(now + Duration::from_millis(800), Happening::Frames);
            }
        }
        self.drain();
    }
}
