//! The DELETE of a world: sent once, on whatever way out (HO-5, HO-18, HO-20).
//!
//! It runs on a small thread of its own with a runtime of its own. That is what makes it work where an ordinary task would not:
//! in `Drop`, while unwinding from a panic, and while the program's runtime goes down and takes its tasks with it. The last of
//! the [`SessionManager`](super::SessionManager)s and worlds to go waits for the threads that are still at it, so that returning
//! from `main` does not cut them off.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::watch;

use super::error::ClientError;
use super::replies::settled_delete;
use crate::net::{Http, NetError, Request};
use crate::wire::{MAX_BODY_BYTES, WorldId};

/// The one DELETE of one world. Copies share it.
#[derive(Clone, Debug)]
pub(super) struct Deletion {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    id: WorldId,
    request: Request,
    timeout: Duration,
    /// Whether the world is to be deleted with its stream and its holder.
    wanted: AtomicBool,
    started: AtomicBool,
    outcome: watch::Sender<Option<Result<(), ClientError>>>,
    outstanding: Arc<Outstanding>,
}

/// Deletes a world when it goes, if that is wanted.
#[derive(Debug)]
pub(super) struct Guard(pub(super) Deletion);

/// Counts the deletions that are under way.
#[derive(Debug, Default)]
pub(super) struct Outstanding {
    count: Mutex<usize>,
    fewer: Condvar,
}

impl Deletion {
    pub(super) fn new(id: WorldId, request: Request, timeout: Duration, outstanding: Arc<Outstanding>) -> Self {
        let (outcome, _) = watch::channel(None);
        let (wanted, started) = (AtomicBool::new(false), AtomicBool::new(false));
        Self { inner: Arc::new(Inner { id, request, timeout, wanted, started, outcome, outstanding }) }
    }

    /// Whether the world is to be deleted with its stream and its holder.
    pub(super) fn is_wanted(&self) -> bool {
        self.inner.wanted.load(Ordering::Acquire)
    }

    /// Says whether it is.
    pub(super) fn want(&self, wanted: bool) {
        self.inner.wanted.store(wanted, Ordering::Release);
    }

    /// The world it deletes.
    pub(super) fn id(&self) -> &WorldId {
        &self.inner.id
    }

    /// Sends it, unless that was done before. Returns at once.
    pub(super) fn start(&self) {
        if self.inner.started.swap(true, Ordering::AcqRel) {
            return;
        }
        let ticket = Outstanding::enter(&self.inner.outstanding);
        let this = self.clone();
        let work = move || {
            let outcome = this.run();
            if let Err(error) = &outcome {
                tracing::error!("{error}");
            }
            this.inner.outcome.send_replace(Some(outcome));
            drop(ticket);
        };
        if let Err(error) = std::thread::Builder::new().name("seaglass-delete".to_owned()).spawn(work) {
            let failed = self.failed(format!("no thread could be started: {error}"));
            tracing::error!("{failed}");
            self.inner.outcome.send_replace(Some(Err(failed)));
        }
    }

    /// Sends it, unless that was done before, and waits for what comes of it: at most its time-out.
    pub(super) async fn complete(&self) -> Result<(), ClientError> {
        self.start();
        let mut outcome = self.inner.outcome.subscribe();
        // A second more than the thread allows itself, for the case that it dies.
        let patience = self.inner.timeout + Duration::from_secs(1);
        let settled = tokio::time::timeout(patience, outcome.wait_for(Option::is_some)).await;
        match settled {
            Ok(Ok(outcome)) => outcome.clone().unwrap_or(Ok(())),
            Ok(Err(_)) | Err(_) => Err(self.failed("it did not come to an end".to_owned())),
        }
    }

    fn run(&self) -> Result<(), ClientError> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(|error| self.failed(format!("no runtime could be started: {error}")))?;
        let Inner { request, timeout, .. } = &*self.inner;
        let send = async {
            let http = Http::new(*timeout, *timeout)?;
            http.exchange(request.clone(), MAX_BODY_BYTES).await
        };
        let answer = runtime.block_on(async {
            let late = NetError::Timeout { what: "deleting the world", after: *timeout };
            tokio::time::timeout(*timeout, send).await.unwrap_or(Err(late))
        });
        // Not awaited: what a library left behind must not hold up the way out.
        runtime.shutdown_background();
        match answer {
            Ok(answer) => settled_delete(&answer).map_err(|error| self.failed(error.to_string())),
            Err(error) => Err(self.failed(error.to_string())),
        }
    }

    fn failed(&self, why: String) -> ClientError {
        ClientError::NotDeleted { id: self.inner.id.clone(), why }
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        if self.0.is_wanted() {
            self.0.start();
        }
    }
}

/// One deletion under way; leaves the count when dropped, also by a panic.
struct Ticket(Arc<Outstanding>);

impl Outstanding {
    fn enter(this: &Arc<Self>) -> Ticket {
        *this.count.lock().unwrap_or_else(PoisonError::into_inner) += 1;
        Ticket(Arc::clone(this))
    }

    /// Blocks until no deletion is under way, at most so long; whether none is.
    pub(super) fn wait(&self, patience: Duration) -> bool {
        let count = self.count.lock().unwrap_or_else(PoisonError::into_inner);
        let (count, _) =
            self.fewer.wait_timeout_while(count, patience, |count| *count > 0).unwrap_or_else(PoisonError::into_inner);
        *count == 0
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        *self.0.count.lock().unwrap_or_else(PoisonError::into_inner) -= 1;
        self.0.fewer.notify_all();
    }
}
