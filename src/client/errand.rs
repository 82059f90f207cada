//! The driver of one lease: does what it says, by HTTP and in the books, and tells it what came. Decides nothing.

use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use super::account::Account;
use super::courier::{Asked, Courier};
use super::error::ClientError;
use super::verdicts::Verdict;
use crate::clock::Clock;
use crate::media::Monotonic;
use crate::net::Http;
use crate::session::{Lease, LeaseInput, LeaseOutput, LeaseRecord, LeaseRequest};
use crate::wire::{CreateWorld, WorldInfo};

/// A lease under way.
#[derive(Debug)]
pub(super) struct Errand {
    pub(super) lease: Lease,
    /// Its idempotency key; `None` where only the world's id is known.
    pub(super) key: Option<String>,
    pub(super) body: Body,
    /// The world as its server described it when it was created.
    pub(super) info: Option<WorldInfo>,
    /// What failed last.
    pub(super) error: Option<ClientError>,
}

/// What to send to create the world.
#[derive(Debug)]
pub(super) enum Body {
    /// Nothing is ever created.
    None,
    /// This; the books may still limit it.
    Request(Box<CreateWorld>),
    /// What a journal has of it.
    Text(String),
}

type Flight = (u32, Pin<Box<dyn Future<Output = Verdict> + Send>>);

impl Errand {
    pub(super) const fn new(lease: Lease, key: Option<String>, body: Body) -> Self {
        Self { lease, key, body, info: None, error: None }
    }

    /// Whether nothing is to be done for the lease, now or ever.
    fn rests(&self) -> bool {
        self.lease.is_held() || self.lease.end().is_some()
    }

    /// How long the world may last, where the books have set aside time for it.
    pub(super) fn granted(&self) -> Option<Duration> {
        let Body::Request(request) = &self.body else { return None };
        let seconds = request.limits.as_ref()?.session_s?;
        Duration::try_from_secs_f64(seconds).ok()
    }

    /// Does what the lease says until the world is held or it is over. Dropped half way, it leaves the lease as one that was
    /// interrupted.
    pub(super) async fn run(&mut self, courier: &Courier, http: &Http) {
        let mut flight: Option<Flight> = None;
        loop {
            match self.lease.poll_output() {
                LeaseOutput::Write(record) => {
                    let input = self.write(courier.account.as_ref(), record).await;
                    self.lease.handle(courier.clock.now(), input);
                }
                LeaseOutput::Send { attempt, request } => {
                    let asked = self.asked(request);
                    flight = Some((attempt, Box::pin(courier.clone().carry(http.clone(), asked))));
                }
                LeaseOutput::Retrying { request, after } => self.say_again(&request, after.as_secs_f64()),
                LeaseOutput::Timeout(deadline) => {
                    if self.rests() {
                        return;
                    }
                    let input = tokio::select! {
                        biased;
                        (attempt, verdict) = answered(&mut flight) => {
                            flight = None;
                            self.learn(attempt, verdict)
                        }
                        () = moment(courier.clock, deadline) => LeaseInput::Deadline,
                    };
                    self.lease.handle(courier.clock.now(), input);
                }
            }
        }
    }

    /// Writes what is left to write, where no task can.
    pub(super) fn write_here(&mut self, account: Option<&Account>) {
        loop {
            match self.lease.poll_output() {
                LeaseOutput::Write(record) => {
                    write(account, self.key.as_deref(), self.lease.id().map(|id| id.as_str()), &record)
                }
                LeaseOutput::Timeout(_) => return,
                LeaseOutput::Send { .. } | LeaseOutput::Retrying { .. } => {}
            }
        }
    }

    async fn write(&mut self, account: Option<&Account>, record: LeaseRecord) -> LeaseInput {
        let Some(account) = account.cloned() else { return LeaseInput::Written };
        let key = self.key.clone();
        if record != LeaseRecord::Intent {
            let id = self.lease.id().cloned();
            let work = move || write(Some(&account), key.as_deref(), id.as_ref().map(|id| id.as_str()), &record);
            let _ = tokio::task::spawn_blocking(work).await;
            return LeaseInput::Written;
        }
        let Body::Request(request) = std::mem::replace(&mut self.body, Body::None) else { return LeaseInput::Unwritten };
        let work = move || {
            let mut request = request;
            let opened = account.open(key.as_deref().unwrap_or_default(), &mut request);
            opened.map(|()| request)
        };
        match tokio::task::spawn_blocking(work).await {
            Ok(Ok(request)) => {
                self.body = Body::Request(request);
                LeaseInput::Written
            }
            Ok(Err(error)) => {
                self.error = Some(error);
                LeaseInput::Unwritten
            }
            Err(_) => LeaseInput::Unwritten,
        }
    }

    fn asked(&self, request: LeaseRequest) -> Asked {
        let creates = matches!(request, LeaseRequest::Create | LeaseRequest::Recall);
        let json = match &self.body {
            Body::Request(request) if creates => Some(
                serde_json::to_string(request).unwrap_or_else(|_| unreachable!("requests hold nothing JSON cannot say")),
            ),
            Body::Text(text) if creates => Some(text.clone()),
            _ => None,
        };
        Asked { request, key: self.key.clone(), id: self.lease.id().cloned(), json }
    }

    fn learn(&mut self, attempt: u32, verdict: Verdict) -> LeaseInput {
        let Verdict { answer, info, error } = verdict;
        self.info = info.or(self.info.take());
        self.error = error.or(self.error.take());
        LeaseInput::Answer { attempt, answer }
    }

    /// For people who wait: what is tried again, and why.
    fn say_again(&self, request: &LeaseRequest, after: f64) {
        let doing = match request {
            LeaseRequest::Create => "creating the world",
            LeaseRequest::Recall | LeaseRequest::List => "looking for the world",
            LeaseRequest::Delete(_) | LeaseRequest::Void => "ending the world",
            LeaseRequest::Usage => "asking what the world cost",
        };
        match &self.error {
            Some(error) => tracing::warn!("{doing} is tried again in {after:.1} s: {error}"),
            None => tracing::warn!("{doing} is tried again in {after:.1} s: no answer came in time"),
        }
    }
}

fn write(account: Option<&Account>, key: Option<&str>, id: Option<&str>, record: &LeaseRecord) {
    if let Some(account) = account
        && let Err(error) = account.write(key, id, record)
    {
        // The world matters more than what is written about it.
        tracing::error!("the journal misses what became of a world: {error}");
    }
}

async fn answered(flight: &mut Option<Flight>) -> (u32, Verdict) {
    match flight {
        Some((attempt, answer)) => (*attempt, answer.as_mut().await),
        None => std::future::pending().await,
    }
}

async fn moment(clock: Clock, deadline: Option<Monotonic>) {
    match deadline {
        Some(deadline) => tokio::time::sleep_until(clock.instant(deadline).into()).await,
        None => std::future::pending().await,
    }
}
