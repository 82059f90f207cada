//! The session itself: one world, from the opening of its first stream to its end, over as many streams as the network asks for.
//!
//! **Contract:** after each input or command, drain [`Session::poll_output`] until it returns [`Output::Timeout`]; then wait for
//! that deadline or the next input. It reads no clock: every call brings `now`, and a `now` before the last one reads as the
//! last one.
//!
//! This file is its face and its timers. Beside it: `reading` takes what a stream brings, `lost` is about streams that come and go,
//! `watches` about what should happen and does not.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use super::controls::Controls;
use super::error::{Loss, Refused};
use super::event::{Ending, Event};
use super::garbage::Garbage;
use super::intake::Intake;
use super::io::{Command, Hands, Input, Opening, Output, Transmit, feedback, message_of};
use super::keyframes::Keyframes;
use super::ledger::Ledger;
use super::link::{Link, Pings};
use super::options::Options;
use super::outage::Outage;
use super::own_limits::OwnLimits;
use super::stats::Stats;
use super::text::{LONGEST, clean};
use super::timers::{Timer, Timers};
use super::wishes::Wishes;
use crate::media::{Monotonic, Packet, PlaybackHealth, Track};
use crate::wire::{CloseCode, CommandId, Hello, LimitKind, Token, Up, WorldState};

/// Time between pings.
const PING: Duration = Duration::from_secs(2);
/// How long a command may go without acknowledgement before that is told and it is sent again.
const ACKNOWLEDGE: Duration = Duration::from_secs(5);
/// Time between two reports of playback health, on average.
const FEEDBACK: Duration = Duration::from_millis(250);
/// By how much a report may come before its time, because the one before was late: who reports sleeps on a busy machine.
const FEEDBACK_EARLY: Duration = Duration::from_millis(100);
/// Messages that may wait for the driver; when full, commands are refused and pings, reports and requests are skipped.
const MOST_OUT: usize = 512;
/// Events and packets that may wait for the driver. When full, the oldest goes; a driver that keeps the contract never gets there.
pub(super) const MOST_WAITING: usize = 256;

/// One world as its holder sees it. See the module's contract.
#[derive(Debug)]
pub struct Session {
    pub(super) now: Monotonic,
    pub(super) phase: Phase,
    pub(super) options: Options,
    /// The latest.
    pub(super) hello: Option<Arc<Hello>>,
    /// With what a lost stream is taken up again; never told.
    pub(super) resume: Option<Token>,
    pub(super) state: WorldState,
    pub(super) state_version: u32,
    pub(super) stream: Stream,
    pub(super) outage: Outage,
    pub(super) wishes: Wishes,
    pub(super) timers: Timers,
    pub(super) ledger: Ledger,
    pub(super) controls: Controls,
    pub(super) pings: Pings,
    pub(super) stats: Stats,
    /// When the user did something last, once the world has run.
    pub(super) active: Option<Monotonic>,
    id_prefix: String,
    commands: u32,
    inputs: u32,
    pub(super) open: Option<Opening>,
    pub(super) abandon: bool,
    pub(super) out: VecDeque<Transmit>,
    pub(super) packets: VecDeque<Packet>,
    events: VecDeque<Event>,
}

/// How far the session is.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Phase {
    /// A stream is being opened.
    Connecting,
    /// Open, not introduced.
    Introducing,
    /// Introduced: commands go out.
    Live,
    /// No stream; an attempt will be made.
    Waiting,
    /// Its end is known and the peer has yet to close; frames still pass.
    Closing(Ending),
    /// Over.
    Ended,
}

/// What belongs to one stream and goes with it.
#[derive(Debug)]
pub(super) struct Stream {
    pub(super) introduced: bool,
    pub(super) intake: Intake,
    pub(super) garbage: Garbage,
    pub(super) keyframes: Keyframes,
    pub(super) starved: [bool; 2],
    pub(super) last_packet: [Monotonic; 2],
    /// When the next report is due; none before the first packet.
    pub(super) feedback_due: Option<Monotonic>,
}

impl Stream {
    pub(super) fn new(now: Monotonic) -> Self {
        Self {
            introduced: false,
            intake: Intake::new(),
            garbage: Garbage::default(),
            keyframes: Keyframes::default(),
            starved: [false; 2],
            last_packet: [now; 2],
            feedback_due: None,
        }
    }
}

impl Session {
    /// A session that asks for its first stream.
    #[must_use]
    pub fn new(now: Monotonic, options: Options) -> Self {
        let fits = |c: &char| c.is_ascii_alphanumeric() || *c == '_' || *c == '-';
        let mut session = Self {
            now,
            phase: Phase::Connecting,
            id_prefix: options.id_prefix.chars().filter(fits).take(20).collect(),
            outage: Outage::new(now, options.opening, options.seed),
            options,
            hello: None,
            resume: None,
            state: WorldState::Queued,
            state_version: 0,
            stream: Stream::new(now),
            wishes: Wishes::default(),
            timers: Timers::default(),
            ledger: Ledger::default(),
            controls: Controls::default(),
            pings: Pings::default(),
            stats: Stats::default(),
            active: None,
            commands: 0,
            inputs: 0,
            open: Some(Opening { attempt: 0, resume: None }),
            abandon: false,
            out: VecDeque::new(),
            packets: VecDeque::with_capacity(4),
            events: VecDeque::from([Event::Connecting]),
        };
        session.watch_session();
        session
    }

    /// Takes something from outside.
    pub fn handle_input(&mut self, now: Monotonic, input: Input<'_>) {
        if self.phase == Phase::Ended {
            return;
        }
        self.advance(now);
        match input {
            Input::Opened => self.opened(),
            Input::Refused(refusal) => self.refused(refusal),
            Input::Lost { loss: Loss::Driver, detail } => self.lost(Loss::Driver, clean(detail, LONGEST)),
            // What a stream brings that was given up meanwhile is nobody's any more.
            _ if matches!(self.phase, Phase::Connecting | Phase::Waiting) && !matches!(input, Input::Deadline) => {}
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
            Input::Lost { loss, detail } => self.lost(loss, clean(detail, LONGEST)),
            Input::Deadline => {}
        }
        while let Some(timer) = self.timers.take_expired(self.now) {
            self.fire(timer);
        }
    }

    /// Takes a command of the user. It goes out at once, or as soon as a stream stands.
    ///
    /// # Errors
    /// [`Refused`]; nothing is sent then.
    pub fn command(&mut self, now: Monotonic, command: Command) -> Result<CommandId, Refused> {
        self.advance(now);
        let id = self.issue(command)?;
        self.active_now();
        Ok(id)
    }

    /// Takes the state of the user's hands. Returns the input number under which it travels; `None` where it changes nothing or
    /// nothing can be sent yet or any more.
    pub fn control(&mut self, now: Monotonic, hands: Hands) -> Option<u32> {
        self.advance(now);
        if self.is_over() {
            return None;
        }
        if self.controls.absorb(self.now, hands) {
            self.active_now();
        }
        self.number_control()
    }

    /// The user is there, though there is nothing to tell: idle time begins anew, on this side and on the server's (HO-22).
    pub fn stay(&mut self, now: Monotonic) {
        self.advance(now);
        self.stay_on();
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
        let Some(due) = self.stream.feedback_due else { return };
        if self.phase != Phase::Live || self.now + FEEDBACK_EARLY < due {
            return;
        }
        // A report that comes late does not put off the next one, and reports that did not come are not made up for.
        self.stream.feedback_due = Some(if self.now.since(due) < FEEDBACK { due + FEEDBACK } else { self.now + FEEDBACK });
        let all = PlaybackHealth { drops: health.drops.plus(self.stats.drops), ..*health };
        self.transmit(&Up::Feedback(feedback(&all)));
    }

    /// Ends the session from this side. It is over when the peer has closed the stream, or soon after in any case.
    pub fn close(&mut self, now: Monotonic) {
        self.advance(now);
        self.leave(Ending::Local);
    }

    /// What to do next. Text goes before media, media before events: nothing that the user asked for waits for a frame.
    pub fn poll_output(&mut self) -> Output {
        if std::mem::take(&mut self.abandon) {
            return Output::Abandon;
        }
        if let Some(opening) = self.open.take() {
            return Output::Open(opening);
        }
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

    /// Whether the session is over.
    #[must_use]
    pub fn is_ended(&self) -> bool {
        self.phase == Phase::Ended
    }

    /// Round trip and clock offset; `None` before the first answer.
    #[must_use]
    pub const fn link(&self) -> Option<Link> {
        self.pings.link()
    }

    /// What the streams have carried and dropped so far.
    #[must_use]
    pub fn stats(&self) -> Stats {
        Stats { unacknowledged: self.ledger.len(), streams: self.outage.streams(), ..self.stats }
    }

    /// The limits that this side keeps.
    #[must_use]
    pub const fn limits(&self) -> OwnLimits {
        self.options.limits
    }

    pub(super) fn stay_on(&mut self) {
        if !self.is_over() {
            self.active_now();
            self.controls.repeat(self.now);
            self.number_control();
        }
    }

    fn advance(&mut self, now: Monotonic) {
        self.now = self.now.max(now);
    }

    fn is_over(&self) -> bool {
        matches!(self.phase, Phase::Closing(_) | Phase::Ended)
    }

    fn fire(&mut self, timer: Timer) {
        match timer {
            Timer::Hello => self.never_introduced(),
            Timer::Control => self.pace_control(),
            Timer::Ping => self.ping(),
            Timer::Silence => self.silent(),
            Timer::Keyframe if self.stream.intake.needs_keyframe() => self.want_keyframe(),
            Timer::Keyframe => {}
            Timer::Acknowledge => {
                while let Some(overdue) = self.ledger.overdue(self.now, ACKNOWLEDGE) {
                    if let Some((id, waited)) = overdue {
                        self.tell(Event::Unacknowledged { id, waited });
                    }
                }
                self.release();
                self.watch_acknowledgements();
            }
            Timer::VideoStarved => self.starve(Track::Video),
            Timer::AudioStarved => self.starve(Track::Audio),
            Timer::Malformed => self.tell_malformed(),
            Timer::Close => {
                if let Phase::Closing(ending) = self.phase.clone() {
                    self.abandon = true;
                    self.end(ending);
                }
            }
            Timer::Reconnect => self.reconnect(),
            Timer::GiveUp => self.give_up(),
            Timer::SessionWarning | Timer::SessionLastWarning => self.warn(LimitKind::Session),
            Timer::IdleWarning if self.controls.hold_something() => self.active_now(),
            Timer::IdleWarning => self.warn(LimitKind::Idle),
            Timer::SessionLimit => self.limit_reached(LimitKind::Session),
            Timer::IdleLimit => self.limit_reached(LimitKind::Idle),
        }
    }

    /// Gives a command its id and sends it, or keeps it until it can be sent.
    pub(super) fn issue(&mut self, command: Command) -> Result<CommandId, Refused> {
        if self.is_over() {
            return Err(Refused::Ended);
        }
        if self.ledger.is_full() || self.out.len() >= MOST_OUT {
            return Err(Refused::Backlog { waiting: self.ledger.len() });
        }
        let id = CommandId::new(format!("{}-{}", self.id_prefix, self.commands + 1))
            .unwrap_or_else(|_| unreachable!("a checked prefix of 20, a dash and a number of 10 digits fit an id"));
        let numbered = matches!(command, Command::Direct { .. } | Command::Wander { .. });
        let number = self.inputs.saturating_add(1);
        let message = message_of(command.clone(), id.clone(), number, self.now);
        message.check().map_err(Refused::Invalid)?;
        self.wishes.note(&id, &command);
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

    pub(super) fn ping(&mut self) {
        self.timers.set(Timer::Ping, self.now + PING);
        let issued_us = self.now.as_micros();
        self.pings.sent(issued_us);
        self.transmit(&Up::Ping { issued_us });
    }

    /// Gives changed hands an input number, once the stream can carry them, and sends them as soon as their pace allows.
    pub(super) fn number_control(&mut self) -> Option<u32> {
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
    pub(super) fn release(&mut self) {
        if self.phase == Phase::Live {
            let out = &mut self.out;
            self.ledger.release(|message| out.push_back(Transmit::Text(message.print())));
        }
    }

    pub(super) fn watch_acknowledgements(&mut self) {
        match self.ledger.next_due(ACKNOWLEDGE) {
            Some(due) => self.timers.set(Timer::Acknowledge, due),
            None => self.timers.stop(Timer::Acknowledge),
        }
    }

    pub(super) fn want_keyframe(&mut self) {
        if self.phase != Phase::Live {
            return;
        }
        match self.stream.keyframes.ask(self.now) {
            Ok(()) => {
                self.timers.stop(Timer::Keyframe);
                self.stats.keyframe_requests += 1;
                self.transmit(&Up::Keyframe {});
            }
            Err(allowed) => self.timers.set(Timer::Keyframe, allowed),
        }
    }

    pub(super) fn transmit(&mut self, message: &Up) {
        if self.out.len() < MOST_OUT {
            self.out.push_back(Transmit::Text(message.print()));
        }
    }

    /// A close frame goes out even where the rest is full: it is the last.
    pub(super) fn hang_up(&mut self, code: CloseCode) {
        self.out.push_back(Transmit::Close(code));
    }

    pub(super) fn tell(&mut self, event: Event) {
        if self.events.len() >= MOST_WAITING {
            self.events.pop_front();
        }
        self.events.push_back(event);
    }
}
