//! What a world's handles and its driver share: the session, behind a lock that is held for one call at a time.

use std::sync::atomic::AtomicBool;
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::{Notify, watch};

use super::error::ClientError;
use super::transport::Transport;
use crate::clock::Clock;
use crate::session::Session;
use crate::wire::WorldId;

/// The session and the bell that wakes its driver.
#[derive(Debug)]
pub(super) struct Shared {
    pub(super) id: WorldId,
    pub(super) clock: Clock,
    pub(super) wake: Notify,
    /// Whether the stream is to be dropped as a broken network would, at the next wake-up.
    pub(super) cut: AtomicBool,
    session: Mutex<Session>,
    standing: watch::Sender<Standing>,
}

/// How the latest stream stands.
#[derive(Clone, Debug)]
pub(super) enum Standing {
    /// None has been opened yet.
    Opening,
    /// Open, and this way.
    Open(Transport),
    /// The latest attempt failed.
    Refused(ClientError),
}

impl Shared {
    pub(super) fn new(id: WorldId, clock: Clock, session: Session) -> Self {
        let (standing, _) = watch::channel(Standing::Opening);
        Self { id, clock, wake: Notify::new(), cut: AtomicBool::new(false), session: Mutex::new(session), standing }
    }

    /// The session. Nothing is awaited and nothing waits while the lock is held.
    pub(super) fn session(&self) -> MutexGuard<'_, Session> {
        self.session.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes how the stream stands.
    pub(super) fn stands(&self, standing: Standing) {
        self.standing.send_replace(standing);
    }

    /// How the stream stands.
    pub(super) fn standing(&self) -> Standing {
        self.standing.borrow().clone()
    }

    /// Waits until a stream stands.
    pub(super) async fn opened(&self) {
        let mut standing = self.standing.subscribe();
        // It lives as long as this value, so waiting cannot fail.
        let _ = standing.wait_for(|standing| matches!(standing, Standing::Open(_))).await;
    }
}
