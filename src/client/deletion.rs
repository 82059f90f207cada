//! The end of a world: on whatever way out (HO-5, HO-18, HO-20), driven by its lease, which repeats what fails within its time.
//!
//! `undertaker` does it, on a thread beside the program's runtime. The last of the [`SessionManager`](super::SessionManager)s and
//! worlds to go waits for the ends that are still under way, so that returning from `main` does not cut them off.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::watch;

use super::errand::Errand;
use super::error::ClientError;
use super::undertaker::Undertaker;
use crate::books::Amount;
use crate::net::Http;
use crate::session::{LeaseDoubt, LeaseEnd, LeaseInput};
use crate::wire::WorldId;

/// The one end of one world. Copies share it.
#[derive(Clone, Debug)]
pub(super) struct Deletion {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    id: WorldId,
    key: Option<String>,
    granted: Option<Duration>,
    /// Until the end begins, or the world is kept.
    errand: Mutex<Option<Errand>>,
    undertaker: Arc<Undertaker>,
    /// Whether the world is to be deleted with its stream and its holder.
    wanted: AtomicBool,
    started: AtomicBool,
    outcome: watch::Sender<Option<Result<(), ClientError>>>,
}

/// Deletes a world when it goes, if that is wanted.
#[derive(Debug)]
pub(super) struct Guard(pub(super) Deletion);

/// A world that is being created. Whatever becomes of it is ended when this goes before it is [taken out](Self::finish).
#[derive(Debug)]
pub(super) struct Creating {
    errand: Option<Errand>,
    undertaker: Arc<Undertaker>,
}

impl Deletion {
    pub(super) fn new(id: WorldId, errand: Errand, undertaker: Arc<Undertaker>) -> Self {
        let (outcome, _) = watch::channel(None);
        let (wanted, started) = (AtomicBool::new(false), AtomicBool::new(false));
        let granted = errand.granted().filter(|_| undertaker.courier().account.is_some());
        let (key, errand) = (errand.key.clone(), Mutex::new(Some(errand)));
        Self { inner: Arc::new(Inner { id, key, granted, errand, undertaker, wanted, started, outcome }) }
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

    /// How long the world may last, where the books have set aside time for it.
    pub(super) fn granted(&self) -> Option<Duration> {
        self.inner.granted
    }

    /// Writes down what the world has used by now. Never blocks; without books it does nothing.
    pub(super) fn used(&self, seconds: f64, credits: f64) {
        let Inner { id, key, undertaker, .. } = &*self.inner;
        if let Some(account) = &undertaker.courier().account {
            account.tell(key.as_deref(), id.as_str(), Amount { seconds, credits });
        }
    }

    /// Begins it, unless that was done before. Returns at once.
    pub(super) fn start(&self) {
        if self.inner.started.swap(true, Ordering::AcqRel) {
            return;
        }
        let Some(errand) = self.take() else { return };
        let this = self.clone();
        Undertaker::begin(&self.inner.undertaker, errand, move |errand| {
            let outcome = errand.as_ref().map_or_else(|why| Err(this.failed(why.clone())), |errand| this.outcome_of(errand));
            if let Err(error) = &outcome {
                tracing::error!("{error}");
            }
            this.inner.outcome.send_replace(Some(outcome));
        });
    }

    /// Begins it, unless that was done before, and waits for what comes of it: at most its time-out.
    pub(super) async fn complete(&self) -> Result<(), ClientError> {
        self.start();
        let mut outcome = self.inner.outcome.subscribe();
        // A second more than the thread allows itself, for the case that it dies.
        let patience = self.inner.undertaker.timeout() + Duration::from_secs(1);
        let settled = tokio::time::timeout(patience, outcome.wait_for(Option::is_some)).await;
        match settled {
            Ok(Ok(outcome)) => outcome.clone().unwrap_or(Ok(())),
            Ok(Err(_)) | Err(_) => Err(self.failed("it did not come to an end".to_owned())),
        }
    }

    /// Lets the world live on, and tells the journal that this is on purpose. Blocks for a moment.
    fn keep(&self) {
        if let Some(mut errand) = self.take().filter(|errand| errand.key.is_some()) {
            errand.lease.handle(self.inner.undertaker.courier().clock.now(), LeaseInput::Keep);
            errand.write_here(self.inner.undertaker.courier().account.as_ref());
        }
    }

    fn take(&self) -> Option<Errand> {
        unload(&self.inner.errand)
    }

    fn outcome_of(&self, errand: &Errand) -> Result<(), ClientError> {
        let words = || errand.error.as_ref().map(ToString::to_string);
        match errand.lease.end() {
            Some(LeaseEnd::Unresolved(LeaseDoubt::Refused)) => {
                Err(self.failed(words().unwrap_or_else(|| "the server refuses it".to_owned())))
            }
            Some(LeaseEnd::Unresolved(LeaseDoubt::OutOfTime)) | None => {
                let took = format!("it was not confirmed within {} s", self.inner.undertaker.timeout().as_secs_f32());
                Err(self.failed(words().map_or_else(|| took.clone(), |words| format!("{took}: {words}"))))
            }
            Some(_) => Ok(()),
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
        } else if !self.0.inner.started.load(Ordering::Acquire) {
            self.0.keep();
        }
    }
}

impl Creating {
    pub(super) const fn new(errand: Errand, undertaker: Arc<Undertaker>) -> Self {
        Self { errand: Some(errand), undertaker }
    }

    /// Runs the errand until there is a world, or none can come any more.
    pub(super) async fn run(&mut self, http: &Http) {
        if let Some(errand) = &mut self.errand {
            errand.run(self.undertaker.courier(), http).await;
        }
    }

    /// The errand, for whoever sees to it from now on.
    pub(super) fn finish(mut self) -> Option<Errand> {
        self.errand.take()
    }
}

impl Drop for Creating {
    fn drop(&mut self) {
        if let Some(errand) = self.errand.take().filter(|errand| errand.lease.end().is_none()) {
            Undertaker::begin(&self.undertaker, errand, |_| {});
        }
    }
}

fn unload<T>(load: &Mutex<Option<T>>) -> Option<T> {
    load.lock().unwrap_or_else(PoisonError::into_inner).take()
}
