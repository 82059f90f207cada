//! The thread that paces: takes orders, hands packets to the stage somewhat before they are due, and says how it stands. Owns the
//! file; decides nothing that [`super::transport`] can.

use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use super::clip::Clip;
use super::error::ReelError;
use super::feed::Feed;
use super::status::{Motion, Status};
use super::transport::{Act, Order, Transport};
use crate::clock::Clock;
use crate::codec::CodecError;
use crate::media::{Arrival, MediaDelta, MediaTime, Monotonic, Packet, Pushed, Stage, Track};

/// Packets are handed over so much before they are due: what a busy machine may keep this thread waiting.
const AHEAD: MediaDelta = MediaDelta::from_millis(500);
/// Coded pictures that may wait on the stage: half of what it holds.
const CODED: usize = 120;
/// From the start to its time zero: a sound device's period, and a refresh.
const LEAD: Duration = Duration::from_millis(60);
/// A sound device that takes longer to open is not waited for.
const PATIENCE: Duration = Duration::from_secs(2);
/// Orders that may wait; further ones are dropped, for they are those of a key that hangs.
const ORDERS: usize = 64;
/// Looks while a place is made ready, while it plays, and while it stands.
const LOOK_CUEING: Duration = Duration::from_millis(2);
const LOOK_PLAYING: Duration = Duration::from_millis(20);
const LOOK_STANDING: Duration = Duration::from_millis(250);

/// How a reel begins.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Begin {
    /// Where, on the clip's time.
    pub from: MediaDelta,
    /// Clip seconds per second.
    pub speed: f64,
    /// Begins anew at its end.
    pub round: bool,
    /// Moves as soon as it can.
    pub play: bool,
}

impl Default for Begin {
    fn default() -> Self {
        Self { from: MediaDelta::ZERO, speed: 1.0, round: false, play: true }
    }
}

/// A clip that plays. Dropping it ends its thread; what the stage holds then is up to the stage.
#[derive(Debug)]
pub struct Reel {
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Debug, Default)]
struct Shared {
    state: Mutex<State>,
    bell: Condvar,
}

#[derive(Debug, Default)]
struct State {
    orders: VecDeque<Order>,
    status: Status,
    stop: bool,
}

impl Reel {
    /// Plays a clip onto a stage.
    ///
    /// # Errors
    /// [`ReelError::Thread`] where its thread cannot be started.
    pub fn start(clip: Clip, stage: Box<dyn Stage>, clock: Clock, begin: Begin) -> Result<Self, ReelError> {
        let transport = Transport::new(clip.length(), clip.lap(), begin.from, begin.speed, begin.round, begin.play);
        let status = Status {
            moves: begin.play,
            position: begin.from,
            length: clip.length(),
            speed: transport.speed(),
            goes_round: begin.round,
            ..Status::default()
        };
        let shared = Arc::new(Shared { state: Mutex::new(State { status, ..State::default() }), bell: Condvar::new() });
        let own = Arc::clone(&shared);
        let mut work = Work {
            shared: own,
            clip,
            stage,
            clock,
            transport,
            feed: None,
            sequences: [0; 2],
            since: clock.now(),
            failed: None,
        };
        let thread = std::thread::Builder::new().name("reel".into()).spawn(move || work.run()).map_err(ReelError::Thread)?;
        Ok(Self { shared, thread: Some(thread) })
    }

    /// Gives an order; returns at once.
    pub fn order(&self, order: Order) {
        let mut state = self.shared.lock();
        if state.orders.len() < ORDERS {
            state.orders.push_back(order);
        }
        drop(state);
        self.shared.bell.notify_one();
    }

    /// How it stands.
    #[must_use]
    pub fn status(&self) -> Status {
        self.shared.lock().status.clone()
    }
}

impl Drop for Reel {
    fn drop(&mut self) {
        self.shared.lock().stop = true;
        self.shared.bell.notify_one();
        if let Some(thread) = self.thread.take() {
            // One that panicked has said so on its way out.
            let _ = thread.join();
        }
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

struct Work {
    shared: Arc<Shared>,
    clip: Clip,
    stage: Box<dyn Stage>,
    clock: Clock,
    transport: Transport,
    feed: Option<Feed>,
    sequences: [u64; 2],
    /// When the sound device was first waited for.
    since: Monotonic,
    failed: Option<CodecError>,
}

impl Work {
    fn run(&mut self) {
        while !self.take_orders() {
            if let Err(error) = self.turn() {
                // What was read plays on; there is no more to come.
                self.feed = None;
                self.failed.get_or_insert(error);
            }
            self.tell();
            self.wait();
        }
    }

    /// Takes what was ordered; whether it is over.
    fn take_orders(&mut self) -> bool {
        let mut state = self.shared.lock();
        let (orders, stop) = (std::mem::take(&mut state.orders), state.stop);
        drop(state);
        for order in orders {
            let place = self.stage.place();
            match order {
                Order::Step(by) => {
                    let number = self.clip.frame_at(self.transport.position(&place)).saturating_add_signed(by as isize);
                    let number = number.min(self.clip.frames().saturating_sub(1));
                    let to = self.clip.frame_begins(number).unwrap_or_default();
                    self.transport.stand_at(to);
                }
                order => self.transport.order(order, &place),
            }
        }
        stop
    }

    fn turn(&mut self) -> Result<(), CodecError> {
        loop {
            self.hand_over()?;
            let place = self.stage.place();
            let fed = self.feed.as_ref().is_some_and(Feed::is_cued);
            let ready = place.sound_is_ready || self.clock.now().since(self.since) > PATIENCE;
            match self.transport.poll(&place, fed, ready) {
                None => return Ok(()),
                Some(Act::Cue(timeline, epoch)) => {
                    if self.failed.is_none() {
                        self.feed = Some(Feed::cue(&mut self.clip, timeline, epoch)?);
                    }
                }
                Some(Act::Start) => self.stage.start(self.clock.now() + LEAD),
                Some(Act::Round(round)) => {
                    if let Some(feed) = &mut self.feed {
                        feed.go_round(round);
                        self.transport.took(*feed.timeline());
                    }
                }
            }
        }
    }

    /// Hands over what is due soon, the tracks in step.
    fn hand_over(&mut self) -> Result<(), CodecError> {
        let Some(feed) = &mut self.feed else { return Ok(()) };
        let place = self.stage.place();
        let now = place.position.filter(|_| place.epoch == Some(feed.epoch())).unwrap_or(MediaTime::ZERO);
        let mut coded = place.coded;
        loop {
            let next = |track| feed.earliest(&self.clip, track).filter(|due: &MediaTime| *due <= now + AHEAD);
            // Sound first: it is cheap, and a stage that waits for pictures must not wait for it.
            let track = match (next(Track::Audio), next(Track::Video).filter(|_| coded < CODED)) {
                (Some(sound), Some(picture)) if picture < sound => Track::Video,
                (Some(_), _) => Track::Audio,
                (None, Some(_)) => Track::Video,
                (None, None) => return Ok(()),
            };
            let Some(packet) = feed.next(&mut self.clip, track)? else { return Ok(()) };
            coded += usize::from(track == Track::Video);
            let sequence = &mut self.sequences[usize::from(track == Track::Audio)];
            let at = self.clock.now();
            let packet = Packet { sequence: *sequence, arrival: Arrival { first_byte: at, last_byte: at }, ..packet };
            *sequence += 1;
            if self.stage.push(packet) == Pushed::Closed {
                self.feed = None;
                return Ok(());
            }
        }
    }

    fn tell(&self) {
        let place = self.stage.place();
        let mut state = self.shared.lock();
        let damaged = self.feed.as_ref().map_or(state.status.damaged, Feed::damaged);
        state.status = Status {
            motion: if self.failed.is_some() { Motion::Ended } else { self.transport.motion() },
            moves: self.transport.moves() && self.failed.is_none(),
            position: self.transport.position(&place),
            length: self.clip.length(),
            speed: self.transport.speed(),
            goes_round: self.transport.goes_round(),
            lap: self.transport.laps(&place),
            damaged,
            failed: self.failed.as_ref().map(ToString::to_string),
        };
    }

    fn wait(&self) {
        let state = self.shared.lock();
        if !state.orders.is_empty() || state.stop {
            return;
        }
        let patience = match state.status.motion {
            Motion::Cueing => LOOK_CUEING,
            Motion::Playing => LOOK_PLAYING,
            Motion::Paused | Motion::Ended => LOOK_STANDING,
        };
        // Woken early or late: the next look finds what there is.
        drop(self.shared.bell.wait_timeout(state, patience));
    }
}
