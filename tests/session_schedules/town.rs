//! The town: a client's process, a network with faults, a server, a journal on a disk, in one virtual time.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use bytes::Bytes;
use seaglass::media::{Monotonic, Tier};
use seaglass::session::{
    Command, Ending, Event, Hands, Input, Lease, LeaseAnswer, LeaseEnd, LeaseFault, LeaseInput, LeaseOptions, LeaseOutput,
    LeasePatience, LeaseRecord, LeaseRequest, Loss, Options, Output, Refusal, RefusalCause, Session, Transmit,
};
use seaglass::wire::{AudioRequest, CloseCode, CommandId, Down, Key, TierName, Token, Up, WorldId};

use crate::schedule::{Mangled, Refused, Schedule, Step};
use crate::server::{NotOpened, Server};
use crate::session_lab::{audio, bytes_of, video};

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

    // The client's process.

    fn options(&mut self) -> LeaseOptions {
        let second = Duration::from_secs(1);
        LeaseOptions {
            seed: self.random,
            create: LeasePatience { attempts: 4, within: 60 * second, answer: 30 * second },
            end: LeasePatience { attempts: 3, within: 5 * second, answer: 2 * second },
            bill: true,
        }
    }

    fn begin_process(&mut self) {
        let options = self.options();
        let key = u64::from(self.processes);
        self.start(key, Lease::new(options));
    }

    fn start(&mut self, key: u64, lease: Lease) {
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

    fn drain(&mut self) {
        while self.drain_lease() || self.drain_session() {}
    }

    /// One thing more is done; false if the process is killed instead.
    fn does(&mut self) -> bool {
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

    fn drain_lease(&mut self) -> bool {
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

    fn send(&mut self, process: u32, attempt: u32, key: u64, request: LeaseRequest) {
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

    fn drain_session(&mut self) -> bool {
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

    fn event(&mut self, event: Event) {
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

    fn dial(&mut self, resume: Option<Token>) {
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
    fn abandon(&mut self) {
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

    fn kill(&mut self) {
        self.reached.killed += 1;
        self.abandon();
        self.process = None;
    }

    /// The user leaves: the stream is closed and the world ended.
    fn leave(&mut self) {
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
    fn reap(&mut self) -> Result<(), String> {
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

    fn open_in_journal(&self) -> Vec<u64> {
        let closed = |records: &Vec<LeaseRecord>| {
            records.iter().any(|record| matches!(record, LeaseRecord::Ended(_) | LeaseRecord::NotMade | LeaseRecord::Kept))
        };
        self.journal.iter().filter(|(_, records)| !closed(records)).map(|(key, _)| *key).collect()
    }

    // The network and the server.

    fn up(&mut self, message: Message) {
        let Some(number) = self.process.as_ref().and_then(|process| process.connection) else { return };
        let arrival = self.now + self.way();
        if let Some(connection) = self.connections.get_mut(&number) {
            let at = arrival.max(connection.arrivals.0);
            connection.arrivals.0 = at;
            self.plan(at, Happening::Arrives { connection: number, up: true, message });
        }
    }

    fn down(&mut self, number: u32, message: Message) {
        let arrival = self.now + self.way();
        if let Some(connection) = self.connections.get_mut(&number) {
            let at = arrival.max(connection.arrivals.1);
            connection.arrivals.1 = at;
            self.plan(at, Happening::Arrives { connection: number, up: false, message });
        }
    }

    fn say(&mut self, number: u32, messages: Vec<Down>) {
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

    fn cut(&mut self, number: u32, up: bool, down: bool) {
        let Some(connection) = self.connections.get_mut(&number) else { return };
        connection.lost = (connection.lost.0 | up, connection.lost.1 | down);
        let (there, here) = (connection.arrivals.0.max(self.now), connection.arrivals.1.max(self.now));
        let late = Duration::from_millis(self.random(400));
        self.plan(here, Happening::ClientNotices { connection: number });
        self.plan(there + late, Happening::ServerNotices { connection: number });
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

    fn dialed(&mut self, dial: u32, number: u32, resume: Option<&Token>) {
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

    fn arrives_up(&mut self, number: u32, message: Message) {
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

    fn arrives_down(&mut self, number: u32, message: Message) {
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

    fn frames(&mut self) {
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
    fn close_streams_of_ended(&mut self) {
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

    // Steps.

    fn step(&mut self, step: Step) {
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

    fn command(&mut self, command: Command, words: String) -> bool {
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

    fn asked(&mut self, note: impl FnOnce(&mut Asked)) {
        if let Some(process) = &mut self.process {
            note(&mut process.asked);
        }
    }

    /// From now on the network is well; refusals last as long as they were meant to.
    fn heal(&mut self) {
        self.slow = Duration::ZERO;
        (self.swallow, self.mangle, self.request) = (false, None, None);
        if let Some(process) = &mut self.process {
            process.killed_after = None;
        }
    }

    // What must hold.

    /// At every moment: what costs something stands in the journal, and a command is applied once and in its order.
    fn check_always(&self) -> Result<(), String> {
        let alive = self.server.alive().len();
        let open = self.open_in_journal().len();
        if alive > open {
            return Err(format!("{alive} worlds live and {open} are open in the journal: {:?}", self.journal));
        }
        Ok(())
    }

    fn check_applied(&self) -> Result<(), String> {
        for (id, world) in &self.server.worlds {
            let mut seen = BTreeSet::new();
            for (command, _) in &world.applied {
                if !seen.insert(command) {
                    return Err(format!("{command} was applied twice in {id}"));
                }
            }
            let number = |command: &CommandId| command.as_str().strip_prefix("p1-").and_then(|n| n.parse::<u32>().ok());
            let numbers: Vec<u32> = world.applied.iter().filter_map(|(command, _)| number(command)).collect();
            if numbers.windows(2).any(|pair| pair[0] > pair[1]) {
                return Err(format!("commands were applied out of order in {id}: {numbers:?}"));
            }
        }
        Ok(())
    }

    /// Two minutes after the network got well: a session that lives has everything applied and its state is the server's.
    fn check_settled(&mut self) -> Result<(), String> {
        self.check_applied()?;
        let Some(process) = &self.process else { return Ok(()) };
        let Some(session) = &process.session else { return Ok(()) };
        if session.is_ended() {
            return self.check_ended(process);
        }
        self.reached.settled += 1;
        let Some(world) = process.lease.id().and_then(|id| self.server.worlds.get(id)) else {
            return Err("a session lives without a world".to_owned());
        };
        let applied: BTreeSet<_> = world.applied.iter().map(|(id, _)| id.clone()).collect();
        for (id, words) in &process.issued {
            if !applied.contains(id) {
                return Err(format!("{id} ({words}) was taken and never applied; acknowledged: {:?}", process.acknowledged));
            }
            if !process.acknowledged.contains(id) {
                return Err(format!("{id} ({words}) was applied and never acknowledged"));
            }
        }
        self.reached.applied += process.issued.len() as u64;
        let asked = &process.asked;
        let tier = |draft: bool| TierName::Known(if draft { Tier::Draft } else { Tier::Standard });
        let same = [
            ("keys", asked.keys == world.keys),
            ("tier", asked.pin.is_none_or(|draft| world.pinned && world.tier == tier(draft))),
            ("sound", asked.sound.is_none_or(|on| world.sound == on)),
            ("pause", asked.paused.is_none_or(|paused| world.paused == paused)),
        ];
        match same.iter().find(|(_, same)| !same) {
            Some((what, _)) => Err(format!("{what} differ: the user asked for {asked:?}, the world has {world:?}")),
            None => Ok(()),
        }
    }

    /// A session that ended says why, and does not claim what it cannot know.
    fn check_ended(&self, process: &Process) -> Result<(), String> {
        let waiting = process.issued.len() - process.acknowledged.len();
        let told = process.session.as_ref().map_or(0, |session| session.stats().unacknowledged);
        if waiting != told {
            return Err(format!("{waiting} commands are in doubt and {told} are told"));
        }
        if let Some(Ending::Refused(refusal)) = &process.ended
            && refusal.cause == RefusalCause::Replaced
            && !self.taken_over
        {
            return Err("a stream was refused to its own holder".to_owned());
        }
        Ok(())
    }

    /// After the end: nothing costs anything any more, the journal is closed, and its bills are the server's.
    fn check_over(&self) -> Result<(), String> {
        self.check_applied()?;
        let alive = self.server.alive();
        if !alive.is_empty() {
            return Err(format!("{alive:?} still live; the journal says {:?}", self.journal));
        }
        let open = self.open_in_journal();
        if !open.is_empty() {
            let end = self.process.as_ref().and_then(|process| process.lease.end().cloned());
            return Err(format!("{open:?} are open in the journal: {:?}, the lease ended with {end:?}", self.journal));
        }
        for records in self.journal.values() {
            let id = records.iter().find_map(|record| match record {
                LeaseRecord::Held(id) => Some(id),
                _ => None,
            });
            for record in records {
                if let (LeaseRecord::Ended(Some(bill)), Some(id)) = (record, id)
                    && self.server.worlds[id].bill() != Some(*bill)
                {
                    return Err(format!("{id} cost {:?}, and the journal says {bill:?}", self.server.worlds[id].bill()));
                }
            }
        }
        if let Some(LeaseEnd::Kept) = self.process.as_ref().and_then(|process| process.lease.end()) {
            return Err("a world was kept that nobody asked to keep".to_owned());
        }
        Ok(())
    }
}
