//! A hall: one scene, rendered and encoded once on one thread, for any number of worlds. To its client each of them is a world of
//! its own, with a desk of its own; `guest` is what the hall's thread keeps of it, `showing` is that thread.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::bell::Bell;
use super::desk::Desk;
use crate::media::{AudioCodec, Tier, VideoCodec};
use crate::wire::EndReason;

/// What all in a hall see and hear.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Show {
    /// Size and rate of the pictures.
    pub tier: Tier,
    /// Their codec.
    pub video: VideoCodec,
    /// That of the sound.
    pub audio: AudioCodec,
}

/// One scene for many worlds.
#[derive(Debug)]
pub struct Hall {
    pub(super) show: Show,
    pub(super) bell: Arc<Bell>,
    door: Mutex<Door>,
}

/// Where worlds come in. Bounded by who lets them in: no more than the server has room for.
#[derive(Debug, Default)]
struct Door {
    waiting: Vec<Arc<Desk>>,
    closed: bool,
}

impl Hall {
    /// A hall without a thread, which lets worlds in.
    pub(super) fn new(show: Show) -> Self {
        Self { show, bell: Arc::default(), door: Mutex::default() }
    }

    /// The scene is so far in being built.
    pub(super) fn stage(&self, stage: &str, percent: f32) {
        self.door().waiting.iter().for_each(|desk| desk.stage(stage, percent));
    }

    /// Gives a world a place. It begins at the next frame, unless it is held. False: the hall is closed.
    #[must_use]
    pub fn join(&self, desk: &Arc<Desk>) -> bool {
        let mut door = self.door();
        if !door.closed {
            desk.seat_in(&self.bell);
            door.waiting.push(Arc::clone(desk));
        }
        let joined = !door.closed;
        drop(door);
        self.bell.ring();
        joined
    }

    /// Lets nobody in any more, ends who waits at the door for this reason, and lets the thread go.
    pub fn close(&self, reason: &EndReason) {
        let waiting = {
            let mut door = self.door();
            door.closed = true;
            std::mem::take(&mut door.waiting)
        };
        waiting.iter().for_each(|desk| desk.end(reason.clone()));
        self.bell.ring();
    }

    /// Whether nobody is let in any more.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.door().closed
    }

    /// Closes the hall if nobody stands at the door.
    pub(super) fn close_if_empty(&self) {
        let mut door = self.door();
        door.closed = door.closed || door.waiting.is_empty();
    }

    /// Takes in who may begin; those who are held stay at the door.
    pub(super) fn admit(&self, mut take: impl FnMut(Arc<Desk>)) {
        let mut door = self.door();
        if !door.waiting.is_empty() {
            door.waiting.retain(|desk| {
                let stays = desk.is_held() && !desk.ended();
                if !stays {
                    take(Arc::clone(desk));
                }
                stays
            });
        }
    }

    fn door(&self) -> MutexGuard<'_, Door> {
        self.door.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
