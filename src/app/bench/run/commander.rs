//! The one thread that acts in all worlds: it keeps the moments at which commands are due, waits for the next, and says it to the
//! session's handle, which never blocks. It never waits for an answer: what a server does not answer in time does not delay what is
//! due next (no coordinated omission). A thread of its own and not the runtime's timers, which are a millisecond wide.

use std::cmp::Ordering;
use std::collections::{BinaryHeap, VecDeque};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;

use crate::app::errors::{Exit, Failure};
use crate::app::scenario::{Action, Schedule};
use crate::app::sound::audio_request;
use crate::client::{Hands, Refused, WorldHandle};
use crate::clock::Clock;
use crate::measure::Meter;
use crate::media::Monotonic;
use crate::wire::{Axes, CommandId, Key, Look};

/// Hands of one session that may wait for a stream. What comes beyond counts as rejected by this side.
const MOST_WAITING: usize = 4096;

/// A turn too small to be seen (a millionth of a radian): it makes hands that the session has already taken travel under a number that
/// is known here.
const NUDGE: f32 = 1e-6;

/// The thread, and what it has before it.
#[derive(Debug)]
pub struct Commander {
    inner: Arc<Inner>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Debug)]
struct Inner {
    clock: Clock,
    queue: Mutex<Queue>,
    bell: Condvar,
}

#[derive(Debug, Default)]
struct Queue {
    due: BinaryHeap<Due>,
    over: bool,
}

/// One session's next moment.
#[derive(Debug)]
struct Due {
    at: Monotonic,
    session: u32,
    hand: Hand,
}

/// One session, as the commander and the session's task share it.
#[derive(Clone, Debug)]
pub struct Hand(Arc<Mutex<Performer>>);

#[derive(Debug)]
struct Performer {
    handle: WorldHandle,
    meter: Meter,
    schedule: Schedule,
    /// From where the schedule counts.
    origin: Monotonic,
    keys: Vec<Key>,
    /// Turned since the hands were last told.
    turned: [f32; 2],
    /// Hands that no stream could take: when they were due, and when they were taken up.
    waiting: VecDeque<(Monotonic, Monotonic)>,
    online: bool,
    over: bool,
}

impl Commander {
    /// Starts the thread.
    pub fn start(clock: Clock) -> Result<Self, Failure> {
        let inner = Arc::new(Inner { clock, queue: Mutex::default(), bell: Condvar::new() });
        let shared = Arc::clone(&inner);
        let thread = std::thread::Builder::new().name("seaglass-hands".to_owned()).spawn(move || shared.run());
        let thread = thread.map_err(|error| {
            Failure::new("unexpected", Exit::Unexpected, "no thread can be started", error, "close other programs")
        })?;
        Ok(Self { inner, thread: Some(thread) })
    }

    /// Acts in a world whose first frame has come; the schedule counts from `origin`. The stream stands.
    pub fn begin(&self, session: u32, handle: WorldHandle, meter: Meter, schedule: Schedule, origin: Monotonic) -> Hand {
        let first = schedule.next_due();
        let hand = Hand(Arc::new(Mutex::new(Performer {
            handle,
            meter,
            schedule,
            origin,
            keys: Vec::new(),
            turned: [0.0; 2],
            waiting: VecDeque::new(),
            online: true,
            over: false,
        })));
        if let Some(first) = first {
            self.inner.queue().due.push(Due { at: origin + first, session, hand: hand.clone() });
            self.inner.bell.notify_one();
        }
        hand
    }
}

impl Drop for Commander {
    fn drop(&mut self) {
        self.inner.queue().over = true;
        self.inner.bell.notify_one();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

impl Inner {
    fn run(&self) {
        let mut queue = self.queue();
        while !queue.over {
            let now = self.clock.now();
            queue = match queue.due.peek() {
                None => self.bell.wait(queue).unwrap_or_else(PoisonError::into_inner),
                Some(first) if first.at > now => {
                    let wait = first.at.since(now);
                    self.bell.wait_timeout(queue, wait).unwrap_or_else(PoisonError::into_inner).0
                }
                Some(_) => {
                    let due = queue.due.pop();
                    drop(queue);
                    let next = due.and_then(|due| {
                        let at = due.hand.performer().act(now)?;
                        Some(Due { at, ..due })
                    });
                    let mut queue = self.queue();
                    queue.due.extend(next);
                    queue
                }
            };
        }
    }

    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Hand {
    /// The stream is gone: hands wait until there is another. Other commands are kept by the session itself.
    pub fn offline(&self) {
        self.performer().online = false;
    }

    /// There is a stream again: what waited goes out, each with the moment at which it was due.
    pub fn online(&self, now: Monotonic) {
        let mut performer = self.performer();
        performer.online = true;
        performer.catch_up(now);
    }

    /// The session ends. What is due by now is done before, and what never went out is told.
    pub fn end(&self, now: Monotonic) {
        let mut performer = self.performer();
        performer.act(now);
        performer.over = true;
        for (due, taken) in std::mem::take(&mut performer.waiting) {
            performer.meter.commanded_late(None, due, taken, now);
        }
    }

    fn performer(&self) -> MutexGuard<'_, Performer> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Performer {
    /// Does everything that is due; when something is due next.
    fn act(&mut self, now: Monotonic) -> Option<Monotonic> {
        while !self.over {
            let next = self.origin + self.schedule.next_due()?;
            if next > now {
                return Some(next);
            }
            let (_, action) = self.schedule.take()?;
            let action = action.clone();
            self.perform(action, next, now);
        }
        None
    }

    fn perform(&mut self, action: Action, due: Monotonic, now: Monotonic) {
        let (kind, done) = match action {
            Action::Hands { keys, look } => return self.move_hands(keys, look, due, now),
            Action::Direct(text) => ("direct", self.handle.direct(&text)),
            Action::Wander(prompt) => ("wander", self.handle.wander(&prompt)),
            Action::Tier(tier) => ("quality", self.handle.quality(tier, true)),
            Action::Audio(choice) => ("audio", self.handle.audio(audio_request(choice))),
            Action::Pause(true) => ("pause", self.handle.pause()),
            Action::Pause(false) => ("resume", self.handle.resume()),
        };
        self.tell(kind, &done, due, now);
    }

    fn tell(&self, kind: &'static str, done: &Result<CommandId, Refused>, due: Monotonic, now: Monotonic) {
        match done {
            Ok(id) => self.meter.commanded(kind, Some(id.as_str()), None, due, now),
            Err(_) => self.meter.rejected(kind, due, now),
        }
    }

    fn move_hands(&mut self, keys: Option<Vec<Key>>, [yaw, pitch]: [f32; 2], due: Monotonic, now: Monotonic) {
        let still = keys.as_ref().is_none_or(|keys| *keys == self.keys) && [yaw, pitch] == [0.0; 2];
        if still {
            // Nothing is asked, so nothing can answer.
            return;
        }
        self.keys = keys.unwrap_or_else(|| std::mem::take(&mut self.keys));
        self.turned = [self.turned[0] + yaw, self.turned[1] + pitch];
        if self.waiting.len() == MOST_WAITING {
            self.meter.rejected("hands", due, now);
            return;
        }
        self.waiting.push_back((due, now));
        if self.online {
            self.put_forward(now);
        }
    }

    /// Tells the session the hands as they are; whatever waited is in them.
    fn put_forward(&mut self, now: Monotonic) {
        let [yaw, pitch] = std::mem::take(&mut self.turned);
        let hands = Hands { keys: self.keys.clone(), axes: Axes::default(), turned: Look { yaw, pitch } };
        match self.handle.control(hands) {
            Some(input) => {
                for (due, taken) in self.waiting.drain(..) {
                    self.meter.commanded_late(Some(input), due, taken, now);
                }
            }
            // The stream was lost, and the news of it is on its way here. The session has the hands and sends them when it can.
            None => self.online = false,
        }
    }

    fn catch_up(&mut self, now: Monotonic) {
        if self.waiting.is_empty() {
            return;
        }
        if self.turned == [0.0; 2] {
            self.turned[0] = NUDGE;
        }
        self.put_forward(now);
    }
}

impl Ord for Due {
    /// The earliest is the greatest: a heap gives its greatest first.
    fn cmp(&self, other: &Self) -> Ordering {
        (other.at, other.session).cmp(&(self.at, self.session))
    }
}

impl PartialOrd for Due {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Due {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Due {}
