//! The session itself: one stream of one world, from its opening to its end.
//!
//! **Contract:** after each input or command, drain [`Session::poll_output`] until it returns [`Output::Timeout`]; then wait for
//! that deadline or the next input. It reads no clock: every call brings `now`, and a `now` before the last one reads as the
//! last one.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;

use super::cleaning::{clean_audio, clean_hello, clean_limit, clean_reason, clean_status, clean_tier, clean_unknown};
use super::controls::Controls;
use super::error::{Failure, Loss, Refused};
use super::event::{Ending, Event};
use super::garbage::{Garbage, Verdict};
use super::intake::Intake;
use super::io::{Command, Hands, Input, Output, Transmit, feedback, message_of};
use super::ledger::Ledger;
use super::link::{Link, Pings};
use super::stats::Stats;
use super::text::{LONGEST, clean};
use super::timers::{Timer, Timers};
use crate::media::{Monotonic, Packet, PlaybackHealth, Track};
use crate::wire::{CloseCode, CommandId, Down, EndReason, ErrorBody, Hello, Token, Up, WireError, WorldState};

/// How long a server may take to introduce itself.
const HELLO: Duration = Duration::from_secs(10);
/// Time between pings.
const PING: Duration = Duration::from_secs(2);
/// How long nothing at all may be heard: five pings unanswered.
const SILENCE: Duration = Duration::from_secs(10);
/// How long a command may go without acknowledgement before that is told.
const ACKNOWLEDGE: Duration = Duration::from_secs(5);
/// How long a track of a running world may be without a playable packet before that is told.
const STARVED: Duration = Duration::from_secs(3);
/// How long a keyframe that was asked for may take to be made and to come, before it is asked for again.
const KEYFRAME: Duration = Duration::from_millis(500);
/// Shortest time between two requests where the first was answered: a new loss is a new reason to ask.
const KEYFRAME_ANEW: Duration = Duration::from_millis(100);
/// Time between two reports of playback health, on average.
const FEEDBACK: Duration = Duration::from_millis(250);
/// By how much a report may come before its time, because the one before was late: who reports sleeps on a busy machine.
const FEEDBACK_EARLY: Duration = Duration::from_millis(100);
/// How long a peer may take to close the stream once its end was announced; frames that the announcement overtook still pass.
const CLOSE: Duration = Duration::from_secs(2);
/// Messages that may wait for the driver; when full, commands are refused and pings, reports and requests are skipped.
const MOST_OUT: usize = 512;
/// Events and packets that may wait for the driver. When full, the oldest goes; a driver that keeps the contract never gets there.
const MOST_WAITING: usize = 256;

/// One stream of one world. See the module's contract.
#[derive(Debug)]
pub struct Session {
    now: Monotonic,
    phase: Phase,
    hello: Option<Arc<Hello>>,
    /// For the later resume; never told.
    resume: Option<Token>,
    state: WorldState,
    state_version: u32,
    starved: [bool; 2],
    last_packet: [Monotonic; 2],
    last_keyframe_request: Option<Monotonic>,
    keyframe_came: bool,
    /// When the next report is due; none before the first packet.
    feedback_due: Option<Monotonic>,
    garbage: Garbage,
    id_prefix: String,
    commands: u32,
    inputs: u32,
    timers: Timers,
    ledger: Ledger,
    controls: Controls,
    pings: Pings,
    intake: Intake,
    stats: Stats,
    out: VecDeque<Transmit>,
    packets: VecDeque<Packet>,
    events: VecDeque<Event>,
}

/// How far the stream is.
#[derive(Clone, Debug, PartialEq)]
enum Phase {
    /// Not open yet.
    Connecting,
    /// Open, not introduced.
    Introducing,
    /// Introduced: commands go out.
    Live,
    /// Its end is known and the peer has yet to close; frames still pass.
    Closing(Ending),
    /// Over.
    Ended,
}

impl Session {
    /// A session whose stream is being opened.
    ///
    /// `id_prefix` makes command ids unique among all who act on the same world; up to 20 characters of `[A-Za-z0-9_-]` are used.
    #[must_use]
    pub fn new(now: Monotonic, id_prefix: &str) -> Self {
        let fits = |c: &char| c.is_ascii_alphanumeric() || *c == '_' || *c == '-';
        Self {
            now,
            phase: Phase::Connecting,
            hello: None,
            resume: None,
            state: WorldState::Queued,
            state_version: 0,
            starved: [false; 2],
            last_packet: [now; 2],
            last_keyframe_request: None,
            keyframe_came: false,
            feedback_due: None,
            garbage: Garbage::default(),
            id_prefix: id_prefix.chars().filter(fits).take(20).collect(),
            commands: 0,
            inputs: 0,
            timers: Timers::default(),
            ledger: Ledger::default(),
            controls: Controls::default(),
            pings: Pings::default(),
            intake: Intake::new(),
            stats: Stats::default(),
            out: VecDeque::new(),
            packets: VecDeque::with_capacity(4),
            events: VecDeque::from([Event::Connecting]),
        }
    }

    /// Takes something from outside.
    pub fn handle_input(&mut self, now: Monotonic, input: Input<'_>) {
        if self.phase == Phase::Ended {
            return;
        }
        self.advance(now);
        match input {
            Input::Opened => self.opened(),
            Input::Text(text) => {
                self.heard();
                self.read(text);
            }
            Input::Binary(message) => {
                self.heard();
                self.take(message);
            }
            Input::Flushed => {
                self.ledger.flushed(self.now);
                self.watch_acknowledgements();
            }
            Input::SinkFull(track) => {
                self.stats.sink_full += 1;
                if track == Track::Video {
                    self.want_keyframe();
                }
            }
            Input::Closed { code, reason } => self.closed(code, reason),
            Input::Lost { loss, detail } => {
                let lost = Ending::Lost { loss, detail: clean(detail, LONGEST) };
                self.end(lost);
            }
            Input::Deadline => {}
        }
        while let Some(timer) = self.timers.take_expired(self.now) {
            self.fire(timer);
        }
    }

    /// Takes a command of the user. It goes out at once, or as soon as the server has introduced itself.
    ///
    /// # Errors
    /// [`Refused`]; nothing is sent then.
    pub fn command(&mut self, now: Monotonic, command: Command) -> Result<CommandId, Refused> {
        self.advance(now);
        if matches!(self.phase, Phase::Closing(_) | Phase::Ended) {
            return Err(Refused::Ended);
        }
        if self.ledger.is_full() || self.out.len() >= MOST_OUT {
            return Err(Refused::Backlog { waiting: self.ledger.len() });
        }
        let id = CommandId::new(format!("{}-{}", self.id_prefix, self.commands + 1))
            .unwrap_or_else(|_| unreachable!("a checked prefix of 20, a dash and a number of 10 digits fit an id"));
        let numbered = matches!(command, Command::Direct { .. } | Command::Wander { .. });
        let number = self.inputs.saturating_add(1);
        let message = message_of(command, id.clone(), number, self.now);
        message.check().map_err(Refused::Invalid)?;
        self.commands += 1;
        if numbered {
            // Control that was held back has the smaller number and must reach the server first.
            self.flush_control();
            self.inputs = number;
        }
        let input = numbered.then_some(number);
        self.ledger.note(id.clone(), message, input, self.now);
        self.release();
        Ok(id)
    }

    /// Takes the state of the user's hands. Returns the input number under which it travels; `None` where it changes nothing or
    /// nothing can be sent yet or any more.
    pub fn control(&mut self, now: Monotonic, hands: Hands) -> Option<u32> {
        self.advance(now);
        if matches!(self.phase, Phase::Closing(_) | Phase::Ended) {
            return None;
        }
        self.controls.absorb(self.now, hands);
        self.number_control()
    }

    /// Asks for a keyframe: at once, or as soon as the last request has had its time.
    pub fn request_keyframe(&mut self, now: Monotonic) {
        self.advance(now);
        self.want_keyframe();
    }

    /// Reports playback health. Four reports a second are sent, evenly, however often this is called; the others are dropped, and
    /// so are those before the first packet: nothing is played yet.
    pub fn feedback(&mut self, now: Monotonic, health: &PlaybackHealth) {
        self.advance(now);
        let Some(due) = self.feedback_due else { return };
        if self.phase != Phase::Live || self.now + FEEDBACK_EARLY < due {
            return;
        }
        // A report that comes late does not put off the next one, and reports that did not come are not made up for.
        self.feedback_due = Some(if self.now.since(due) < FEEDBACK { due + FEEDBACK } else { self.now + FEEDBACK });
        let all = PlaybackHealth { drops: health.drops.plus(self.stats.drops), ..*health };
        self.transmit(&Up::Feedback(feedback(&all)));
    }

    /// Ends the stream from this side. The session is over when the peer has closed it, or soon after in any case.
    pub fn close(&mut self, now: Monotonic) {
        self.advance(now);
        match self.phase {
            Phase::Connecting => self.end(Ending::Local),
            Phase::Introducing | Phase::Live => {
                self.out.push_back(Transmit::Close(CloseCode::Done));
                self.closing(Ending::Local);
            }
            Phase::Closing(_) | Phase::Ended => {}
        }
    }

    /// What to do next. Text goes before media, media before events: nothing that the user asked for waits for a frame.
    pub fn poll_output(&mut self) -> Output {
        if let Some(transmit) = self.out.pop_front() {
            return Output::Transmit(transmit);
        }
        if let Some(packet) = self.packets.pop_front() {
            return Output::Media(packet);
        }
        if let Some(event) = self.events.pop_front() {
            return Output::Event(event);
        }
        Output::Timeout(self.timers.next())
    }

    /// Whether the stream is over.
    #[must_use]
    pub fn is_ended(&self) -> bool {
        self.phase == Phase::Ended
    }

    /// Round trip and clock offset; `None` before the first answer.
    #[must_use]
    pub const fn link(&self) -> Option<Link> {
        self.pings.link()
    }

    /// What the stream has carried and dropped so far.
    #[must_use]
    pub fn stats(&self) -> Stats {
        Stats { unacknowledged: self.ledger.len(), ..self.stats }
    }

    fn advance(&mut self, now: Monotonic) {
        self.now = self.now.max(now);
    }

    fn opened(&mut self) {
        if self.phase == Phase::Connecting {
            self.phase = Phase::Introducing;
            self.timers.set(Timer::Hello, self.now + HELLO);
            self.heard();
            // At once: some servers say nothing before they hear something.
            self.ping();
        }
    }

    fn heard(&mut self) {
        self.timers.set(Timer::Silence, self.now + SILENCE);
    }

    fn fire(&mut self, timer: Timer) {
        match timer {
            Timer::Hello => self.fail(Failure::NoHello { after: HELLO }),
            Timer::Control => self.pace_control(),
            Timer::Ping => self.ping(),
            Timer::Silence => {
                let detail = format!("nothing was heard for {} s", SILENCE.as_secs());
                self.end(Ending::Lost { loss: Loss::Silent, detail });
            }
            Timer::Keyframe if self.intake.needs_keyframe() => self.want_keyframe(),
            Timer::Keyframe => {}
            Timer::Acknowledge => {
                while let Some((id, waited)) = self.ledger.overdue(self.now, ACKNOWLEDGE) {
                    self.tell(Event::Unacknowledged { id, waited });
                }
                self.watch_acknowledgements();
            }
            Timer::VideoStarved => self.starve(Track::Video),
            Timer::AudioStarved => self.starve(Track::Audio),
            Timer::Malformed => self.tell_malformed(),
            Timer::Close => {
                if let Phase::Closing(ending) = self.phase.clone() {
                    self.end(ending);
                }
            }
        }
    }

    fn closed(&mut self, code: CloseCode, reason: &str) {
        self.end(Ending::Closed { code, reason: clean(reason, LONGEST) });
    }

    /// The stream is over; an ending that is known already wins over the way the connection goes down.
    fn end(&mut self, ending: Ending) {
        let ending = match std::mem::replace(&mut self.phase, Phase::Ended) {
            Phase::Closing(known) => known,
            _ => ending,
        };
        self.timers.stop_all();
        self.tell(Event::Ended { ending });
    }

    fn fail(&mut self, failure: Failure) {
        self.out.push_back(Transmit::Close(CloseCode::Protocol));
        self.end(Ending::Failed(failure));
    }

    fn closing(&mut self, ending: Ending) {
        if !matches!(self.phase, Phase::Closing(_) | Phase::Ended) {
            self.phase = Phase::Closing(ending);
            let heard = self.now + SILENCE;
            self.timers.stop_all();
            self.timers.set(Timer::Silence, heard);
            self.timers.set(Timer::Close, self.now + CLOSE);
        }
    }

    fn ping(&mut self) {
        self.timers.set(Timer::Ping, self.now + PING);
        let issued_us = self.now.as_micros();
        self.pings.sent(issued_us);
        self.transmit(&Up::Ping { issued_us });
    }

    /// Gives changed hands an input number, once the stream can carry them, and sends them as soon as their pace allows.
    fn number_control(&mut self) -> Option<u32> {
        if self.phase != Phase::Live {
            return None;
        }
        let inputs = &mut self.inputs;
        let input = self.controls.number(|| {
            *inputs = inputs.saturating_add(1);
            *inputs
        });
        self.pace_control();
        input
    }

    fn pace_control(&mut self) {
        match self.controls.due() {
            Some(due) if self.phase == Phase::Live && due <= self.now => self.flush_control(),
            Some(due) if self.phase == Phase::Live => self.timers.set(Timer::Control, due),
            _ => {}
        }
    }

    fn flush_control(&mut self) {
        if self.phase == Phase::Live
            && self.out.len() < MOST_OUT
            && let Some(control) = self.controls.take(self.now)
        {
            self.timers.stop(Timer::Control);
            self.transmit(&Up::Control(control));
        }
    }

    /// Sends the commands that wait for the stream.
    fn release(&mut self) {
        if self.phase == Phase::Live {
            let out = &mut self.out;
            self.ledger.release(|message| out.push_back(Transmit::Text(message.print())));
        }
    }

    fn watch_acknowledgements(&mut self) {
        match self.ledger.next_due(ACKNOWLEDGE) {
            Some(due) => self.timers.set(Timer::Acknowledge, due),
            None => self.timers.stop(Timer::Acknowledge),
        }
    }

    fn want_keyframe(&mut self) {
        if self.phase != Phase::Live {
            return;
        }
        let pause = if self.keyframe_came { KEYFRAME_ANEW } else { KEYFRAME };
        match self.last_keyframe_request.map(|last| last + pause) {
            Some(allowed) if allowed > self.now => self.timers.set(Timer::Keyframe, allowed),
            _ => {
                self.last_keyframe_request = Some(self.now);
                self.keyframe_came = false;
                self.timers.stop(Timer::Keyframe);
                self.stats.keyframe_requests += 1;
                self.transmit(&Up::Keyframe {});
            }
        }
    }

    fn transmit(&mut self, message: &Up) {
        if self.out.len() < MOST_OUT {
            self.out.push_back(Transmit::Text(message.print()));
        }
    }

    fn tell(&mut self, event: Event) {
        if self.events.len() >= MOST_WAITING {
            self.events.pop_front();
        }
        self.events.push_back(event);
    }

    /// Takes one text message.
    fn read(&mut self, text: &str) {
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
            Down::Warning { mut limit, seconds_left, message } => {
                clean_limit(&mut limit);
                self.tell(Event::Warning { limit, seconds_left, message: clean(&message, LONGEST) });
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
        if self.hello.is_some() {
            return self.malformed("a second hello came");
        }
        clean_hello(&mut hello);
        self.resume = hello.resume.take();
        let (state, version) = (hello.state.clone(), hello.state_version);
        let hello = Arc::new(hello);
        self.hello = Some(Arc::clone(&hello));
        self.timers.stop(Timer::Hello);
        if self.phase == Phase::Introducing {
            self.phase = Phase::Live;
        }
        self.tell(Event::Connected(hello));
        // A state message may have overtaken the hello; the higher version is the newer.
        if version >= self.state_version {
            self.state_version = version;
            self.settle(state);
        } else {
            self.settle(self.state.clone());
        }
        self.release();
        self.number_control();
    }

    /// A state change, unless a newer one is known.
    fn enter(&mut self, state: WorldState, version: u32) {
        if version < self.state_version {
            return;
        }
        self.state_version = version;
        if self.hello.is_none() {
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
                self.tell(Event::Running(hello));
            }
            (WorldState::Paused, _) => self.tell(Event::Paused),
            (WorldState::Ended, _) => self.closing(Ending::World(EndReason::Other("ended".to_owned()))),
            (WorldState::Other(name), _) => {
                let raw = clean(name, LONGEST);
                self.tell(Event::Unknown { kind: "state".to_owned(), raw });
            }
            _ => {}
        }
    }

    fn acknowledged(&mut self, id: CommandId, status: crate::wire::AckStatus, message: String) {
        let Some((entry, sent)) = self.ledger.acknowledge(self.now, &id) else {
            return self.tell(Event::Unknown { kind: "ack".to_owned(), raw: format!("{id}: {message}") });
        };
        self.watch_acknowledgements();
        let acknowledged = self.now;
        let (input, issued) = (entry.input, entry.issued);
        self.tell(Event::Acknowledged { id, status, message, input, issued, sent, acknowledged });
    }

    /// Takes one binary message.
    fn take(&mut self, message: Bytes) {
        let taken = match self.intake.take(self.now, message, &mut self.stats) {
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
            self.feedback_due.get_or_insert(self.now);
            self.keyframe_came |= packet.track() == Track::Video && packet.keyframe;
            if self.packets.len() >= MOST_WAITING {
                self.packets.pop_front();
                self.stats.drops.add(crate::media::DropCause::QueueFull, 1);
            }
            self.packets.push_back(packet);
        }
    }

    fn flows(&mut self, track: Track) {
        self.last_packet[track as usize] = self.now;
        let timer = starvation(track);
        if self.timers.is_set(timer) {
            self.timers.set(timer, self.now + STARVED);
        }
        if std::mem::take(&mut self.starved[track as usize]) {
            self.watch_flow(track);
            self.tell(Event::Flowing { track });
        }
    }

    fn starve(&mut self, track: Track) {
        self.starved[track as usize] = true;
        let silent = self.now.since(self.last_packet[track as usize]);
        self.tell(Event::Starved { track, silent });
    }

    /// Watches a track that should flow, from now on.
    fn watch_flow(&mut self, track: Track) {
        let expected = self.state == WorldState::Running
            && self.phase == Phase::Live
            && (track == Track::Video || self.hello.as_ref().is_some_and(|hello| hello.audio.enabled));
        if expected {
            self.last_packet[track as usize] = self.now;
            self.timers.set(starvation(track), self.now + STARVED);
        } else {
            self.timers.stop(starvation(track));
            self.starved[track as usize] = false;
        }
    }

    fn malformed(&mut self, detail: &str) {
        let detail = clean(detail, LONGEST);
        self.stats.malformed += 1;
        match self.garbage.note(self.now, detail.clone()) {
            Verdict::Tell => self.tell_malformed(),
            Verdict::TellAt(moment) => self.timers.set(Timer::Malformed, moment),
            Verdict::TooMany => self.fail(Failure::Garbage { count: self.stats.malformed, detail }),
        }
    }

    fn tell_malformed(&mut self) {
        if let Some(detail) = self.garbage.take(self.now) {
            self.tell(Event::Malformed { detail, total: self.stats.malformed });
        }
    }
}

/// Which timer watches a track.
const fn starvation(track: Track) -> Timer {
    match track {
        Track::Video => Timer::VideoStarved,
        Track::Audio => Timer::AudioStarved,
    }
}
