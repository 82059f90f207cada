//! What the meters of a run share: shards, the house, room for rows, the run's own time.

use std::sync::{Mutex, MutexGuard, PoisonError};

use super::course::Course;
use super::house::House;
use super::rows::Budget;
use super::shard::Shard;
use super::window::{Origin, Window};
use crate::media::Monotonic;

/// Sessions share these: few, for each holds distributions of its own, and enough for the threads that read sockets.
const SHARDS: usize = 4;

/// What the meters of a run share. Locks are taken in this order: a session's state, its shard, the house.
#[derive(Debug)]
pub(super) struct Hub {
    origin: Origin,
    window: Window,
    shards: [Mutex<Shard>; SHARDS],
    house: Mutex<House>,
    budget: Budget,
}

impl Hub {
    /// An empty one.
    pub(super) fn new(origin: Origin, window: Window, length_us: u64, most_rows: usize) -> Self {
        let course = || Course::new(length_us);
        Self {
            origin,
            window,
            shards: std::array::from_fn(|_| Mutex::new(Shard::new(window, course()))),
            house: Mutex::new(House::new(window, course())),
            budget: Budget::new(most_rows),
        }
    }

    /// The shard of a session.
    pub(super) fn shard(&self, session: u32) -> MutexGuard<'_, Shard> {
        lock(&self.shards[session as usize % SHARDS])
    }

    /// All of them.
    pub(super) const fn shards(&self) -> &[Mutex<Shard>; SHARDS] {
        &self.shards
    }

    /// What concerns the run as a whole.
    pub(super) fn house(&self) -> MutexGuard<'_, House> {
        lock(&self.house)
    }

    /// Room for rows.
    pub(super) const fn budget(&self) -> &Budget {
        &self.budget
    }

    /// The measured window.
    pub(super) const fn window(&self) -> &Window {
        &self.window
    }

    /// The run's start.
    pub(super) const fn origin(&self) -> Origin {
        self.origin
    }

    /// A moment of the run.
    pub(super) fn micros(&self, at: Monotonic) -> u64 {
        self.origin.micros(at)
    }
}

/// A lock whose holder panicked holds counts all the same.
pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
