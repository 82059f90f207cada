//! Ends worlds: one thread for all of a server's, with a runtime of its own.
//!
//! That is what makes it work where an ordinary task would not: in `Drop`, while unwinding from a panic, and while the program's
//! runtime goes down and takes its tasks with it. It begins with the first world to be ended and goes when there has been none for a
//! second, so that a thousand worlds that end at once cost one thread, and worlds that come and go find it and its connections there.
//! Neighbour: `deletion` is the end of one world.

use std::collections::VecDeque;
use std::fmt;
use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures_util::stream::FuturesUnordered;
use futures_util::{FutureExt, StreamExt};
use tokio::sync::Notify;

use super::courier::Courier;
use super::errand::Errand;
use super::error::ClientError;
use crate::net::Http;
use crate::session::{LeaseInput, LeaseRecord};

/// How long the thread waits for another world to end.
const LINGER: Duration = Duration::from_secs(1);
/// Threads of its runtime for what blocks: the journal, and names that are looked up.
const BLOCKING: usize = 4;

/// Who ends worlds, and how long that may take.
#[derive(Debug)]
pub(super) struct Undertaker {
    courier: Courier,
    timeout: Duration,
    desk: Mutex<Desk>,
    fewer: Condvar,
    more: Notify,
}

#[derive(Debug, Default)]
struct Desk {
    /// Ends that are under way or wait for the thread, which takes them at once: as many as there are worlds.
    outstanding: usize,
    waiting: VecDeque<Job>,
    /// Whether the thread is there.
    at_work: bool,
}

/// What is told at the end: the errand, or why nothing could be done.
type Told = Box<dyn FnOnce(Result<Errand, String>) + Send>;

struct Job {
    errand: Errand,
    told: Told,
    ticket: Ticket,
}

/// One end under way; leaves the count when dropped, also by a panic.
struct Ticket(Arc<Undertaker>);

impl Undertaker {
    pub(super) fn new(courier: Courier, timeout: Duration) -> Self {
        Self { courier, timeout, desk: Mutex::default(), fewer: Condvar::new(), more: Notify::new() }
    }

    pub(super) const fn courier(&self) -> &Courier {
        &self.courier
    }

    /// How long the end of one world may take.
    pub(super) const fn timeout(&self) -> Duration {
        self.timeout
    }

    /// Ends what an errand has made, on the thread, and tells how that went. Returns at once.
    pub(super) fn begin(this: &Arc<Self>, errand: Errand, told: impl FnOnce(Result<Errand, String>) + Send + 'static) {
        let ticket = Ticket(Arc::clone(this));
        let starts = {
            let mut desk = this.desk();
            desk.outstanding += 1;
            desk.waiting.push_back(Job { errand, told: Box::new(told), ticket });
            !std::mem::replace(&mut desk.at_work, true)
        };
        if !starts {
            this.more.notify_one();
            return;
        }
        let worker = Arc::clone(this);
        if let Err(error) = std::thread::Builder::new().name("seaglass-delete".to_owned()).spawn(move || worker.work()) {
            while let Some(Job { errand, told, ticket }) = this.next_or_rest() {
                this.leave(&errand);
                told(Err(format!("no thread could be started: {error}")));
                drop(ticket);
            }
        }
    }

    /// Blocks until no end is under way, at most so long; whether none is.
    pub(super) fn settled(&self, patience: Duration) -> bool {
        let desk = self.desk();
        let (desk, _) = self
            .fewer
            .wait_timeout_while(desk, patience, |desk| desk.outstanding > 0)
            .unwrap_or_else(PoisonError::into_inner);
        desk.outstanding == 0
    }

    fn work(self: Arc<Self>) {
        let mut runtime = tokio::runtime::Builder::new_current_thread();
        let runtime = runtime.enable_all().max_blocking_threads(BLOCKING).build();
        let error: Option<ClientError> = match (runtime, Http::new(self.courier.trust.clone(), self.timeout, self.timeout)) {
            (Ok(runtime), Ok(http)) => {
                let served = std::panic::catch_unwind(AssertUnwindSafe(|| runtime.block_on(self.serve(&http))));
                // Not awaited: what a library left behind must not hold up the way out.
                runtime.shutdown_background();
                if served.is_ok() {
                    return;
                }
                None
            }
            (Err(error), _) => {
                tracing::error!("no runtime could be started to end a world: {error}");
                None
            }
            (_, Err(error)) => Some(error.into()),
        };
        while let Some(Job { mut errand, told, ticket }) = self.next_or_rest() {
            errand.error = error.clone().or(errand.error);
            self.leave(&errand);
            told(Ok(errand));
            drop(ticket);
        }
    }

    /// Ends whatever waits, side by side: each has its own time.
    async fn serve(self: &Arc<Self>, http: &Http) {
        let mut under_way = FuturesUnordered::new();
        loop {
            while let Some(job) = self.next() {
                under_way.push(self.end(job, http));
            }
            let idle = under_way.is_empty();
            tokio::select! {
                biased;
                Some(()) = under_way.next(), if !idle => {}
                () = self.more.notified() => {}
                () = tokio::time::sleep(LINGER), if idle => {
                    match self.next_or_rest() {
                        Some(job) => under_way.push(self.end(job, http)),
                        None => return,
                    }
                }
            }
        }
    }

    async fn end(self: &Arc<Self>, job: Job, http: &Http) {
        let Job { mut errand, told, ticket } = job;
        let run = async {
            let now = self.courier.clock.now();
            errand.lease.handle(now, LeaseInput::Interrupted);
            errand.lease.handle(now, LeaseInput::End);
            // The lease keeps to its time by itself; this is for a library that does not.
            let most = self.timeout + Duration::from_millis(500);
            let _ = tokio::time::timeout(most, errand.run(&self.courier, http)).await;
            if errand.lease.end().is_none() {
                let this = Arc::clone(self);
                let left = tokio::task::spawn_blocking(move || {
                    this.leave(&errand);
                    errand
                });
                return told(left.await.map_err(|error| error.to_string()));
            }
            told(Ok(errand));
        };
        // A panic ends this one's end alone.
        let _ = AssertUnwindSafe(run).catch_unwind().await;
        drop(ticket);
    }

    /// Leaves it to the journal. Blocks for a moment.
    fn leave(&self, errand: &Errand) {
        let id = errand.lease.id().map(|id| id.as_str());
        if let Some(account) = &self.courier.account
            && let Err(error) = account.write(errand.key.as_deref(), id, &LeaseRecord::Unresolved)
        {
            tracing::error!("the journal misses that a world may live on: {error}");
        }
    }

    fn next(&self) -> Option<Job> {
        self.desk().waiting.pop_front()
    }

    /// The next job; where there is none the thread counts as gone from this moment on.
    fn next_or_rest(&self) -> Option<Job> {
        let mut desk = self.desk();
        let job = desk.waiting.pop_front();
        desk.at_work = job.is_some();
        job
    }

    fn desk(&self) -> MutexGuard<'_, Desk> {
        self.desk.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Job {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Job").field("errand", &self.errand).finish_non_exhaustive()
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        self.0.desk().outstanding -= 1;
        self.0.fewer.notify_all();
    }
}
