//! What a world's handles and its driver share: the session, behind a lock that is held for one call at a time.

use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

use crate::clock::Clock;
use crate::session::Session;
use crate::wire::WorldId;

/// The session and the bell that wakes its driver.
#[derive(Debug)]
pub(super) struct Shared {
    pub(super) id: WorldId,
    pub(super) clock: Clock,
    pub(super) wake: Notify,
    session: Mutex<Session>,
}

impl Shared {
    pub(super) fn new(id: WorldId, clock: Clock, session: Session) -> Self {
        Self { id, clock, wake: Notify::new(), session: Mutex::new(session) }
    }

    /// The session. Nothing is awaited and nothing waits while the lock is held.
    pub(super) fn session(&self) -> MutexGuard<'_, Session> {
        self.session.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
