//! A live world as its viewers see it, in a window or headless: events in, commands out, and the player between. Exists before
//! the world does, so that a window can show how creating it goes.

use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use super::report::Milestones;
use crate::app::errors::Failure;
use crate::app::signals::Stop;
use crate::client::{WorldEvent, WorldHandle};
use crate::clock::Clock;
use crate::media::Monotonic;
use crate::player::Player;

/// Events that may wait for the viewer. When as many wait, further ones are dropped: a viewer that far behind shows states,
/// not history.
const WAITING: usize = 1024;

/// What happened to the world.
#[derive(Clone, Debug)]
pub enum LiveEvent {
    /// The create was sent; the server has not answered.
    Creating,
    /// The session tells.
    World(WorldEvent),
    /// It is over with an error, which the program also ends with.
    Failed(Failure),
}

/// The viewer's end.
pub struct Live {
    /// Plays what comes.
    pub player: Arc<Player>,
    /// The clock of this run.
    pub clock: Clock,
    /// Tells when a signal asks for the end.
    pub stop: Stop,
    events: Receiver<LiveEvent>,
    shared: Arc<Shared>,
}

/// The end that drives the world.
#[derive(Clone)]
pub struct Feed {
    clock: Clock,
    events: SyncSender<LiveEvent>,
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    handle: OnceLock<WorldHandle>,
    created: OnceLock<Monotonic>,
    hello: OnceLock<Monotonic>,
    running: OnceLock<Monotonic>,
    wake: Mutex<Option<Box<dyn Fn() + Send>>>,
}

/// Both ends of a live world that does not exist yet.
#[must_use]
pub fn live(player: Arc<Player>, clock: Clock, stop: Stop) -> (Live, Feed) {
    let (give, take) = sync_channel(WAITING);
    let shared = Arc::new(Shared::default());
    let feed = Feed { clock, events: give, shared: Arc::clone(&shared) };
    (Live { player, clock, stop, events: take, shared }, feed)
}

impl Live {
    /// Acts on the world; `None` until it exists.
    #[must_use]
    pub fn handle(&self) -> Option<&WorldHandle> {
        self.shared.handle.get()
    }

    /// When the world was created, said hello and began to run, as far as it did: stamped where it happened, not where a busy
    /// viewer came to look.
    #[must_use]
    pub fn milestones(&self) -> Milestones {
        let of = |moment: &OnceLock<Monotonic>| moment.get().copied();
        let Shared { created, hello, running, .. } = &*self.shared;
        Milestones { created: of(created), hello: of(hello), running: of(running), ..Milestones::default() }
    }

    /// The next event, if one waits.
    pub fn next_event(&self) -> Option<LiveEvent> {
        self.events.try_recv().ok()
    }

    /// Calls this, from another thread, whenever an event waits.
    pub fn wake_by(&self, wake: Box<dyn Fn() + Send>) {
        *self.shared.wake.lock().unwrap_or_else(PoisonError::into_inner) = Some(wake);
    }
}

impl Feed {
    /// The world exists.
    pub fn created(&self, handle: WorldHandle) {
        let _ = self.shared.created.set(self.clock.now());
        // A second handle cannot come: one feed drives one world.
        let _ = self.shared.handle.set(handle);
    }

    /// Something happened.
    pub fn tell(&self, event: LiveEvent) {
        // The first of each kind counts; a world runs anew after every pause.
        let _ = match &event {
            LiveEvent::World(WorldEvent::Connected(_)) => self.shared.hello.set(self.clock.now()),
            LiveEvent::World(WorldEvent::Running(_)) => self.shared.running.set(self.clock.now()),
            _ => Ok(()),
        };
        if let Err(TrySendError::Full(event)) = self.events.try_send(event) {
            tracing::warn!(?event, "the viewer is too far behind for this event");
        }
        if let Some(wake) = &*self.shared.wake.lock().unwrap_or_else(PoisonError::into_inner) {
            wake();
        }
    }
}

impl std::fmt::Debug for Live {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Live").field("world", &self.handle().map(WorldHandle::id)).finish_non_exhaustive()
    }
}
