//! What all calls share: the configuration, the time, what changes, the record. Says who may ask.

use std::sync::{Mutex, MutexGuard, PoisonError};

use axum::http::{HeaderMap, header};
use secrecy::ExposeSecret;
use serde_json::{Map, Value};

use super::account::{Account, Service};
use super::clip::Shelf;
use super::config::ProvidersConfig;
use super::desk::Desk;
use super::endpoint::Endpoint;
use super::exchange::{Call, Refusal};
use super::fault::Book;
use super::job::Job;
use super::links::Links;
use super::record::{Log, Submit, Violation};
use super::time::{self, Moment, Time};
use crate::sim::host::same;

/// What all calls share. Where several locks are held, they are taken in the order of the fields.
#[derive(Debug)]
pub(super) struct Shop {
    pub(super) config: ProvidersConfig,
    pub(super) time: Time,
    pub(super) links: Links,
    pub(super) shelf: Shelf,
    desk: Mutex<Desk>,
    book: Mutex<Book>,
    log: Mutex<Log>,
}

impl Shop {
    pub(super) fn new(config: ProvidersConfig, files_origin: String) -> Self {
        Self {
            time: Time::start(config.virtual_clock),
            links: Links::new(files_origin),
            shelf: Shelf::default(),
            desk: Mutex::new(Desk::new(&config)),
            book: Mutex::new(Book::new(config.faults.clone())),
            log: Mutex::default(),
            config,
        }
    }

    /// What changes, with every job that has ended by now booked.
    pub(super) fn desk(&self) -> MutexGuard<'_, Desk> {
        let mut desk = self.desk.lock().unwrap_or_else(PoisonError::into_inner);
        desk.settle(self.time.now(), &self.config, &mut self.log());
        desk
    }

    pub(super) fn book(&self) -> MutexGuard<'_, Book> {
        self.book.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn log(&self) -> MutexGuard<'_, Log> {
        self.log.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whose key a call has, counted against the limit of requests.
    pub(super) fn admit(&self, service: Service, call: &Call) -> Result<usize, Refusal> {
        let account = self.account(service, &call.headers)?;
        let owner = &self.config.accounts[account];
        let general = match service {
            Service::Lab if owner.plan == "enterprise" => 0,
            Service::Lab => self.config.lab.requests_a_minute,
            Service::App => self.config.app.requests_a_minute,
            Service::Customer => self.config.customer.requests_a_minute,
        };
        let limit = owner.requests_a_minute.unwrap_or(general);
        let counted = self.desk().count_call(account, limit, self.time.now());
        counted.map(|()| account).map_err(|seconds| Refusal::of(Some(service), 429).after(seconds))
    }

    fn account(&self, service: Service, headers: &HeaderMap) -> Result<usize, Refusal> {
        let Some(given) = headers.get(header::AUTHORIZATION) else {
            return Err(match service {
                Service::Customer => Refusal::new(401, "missing_api_key", "A Bearer token is required."),
                _ => Refusal::of(Some(service), 401),
            });
        };
        let given = given.to_str().ok().and_then(|value| value.split_once(' '));
        let key = given.filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer")).map_or("", |(_, key)| key.trim());
        let fits =
            |account: &Account| account.service == service && same(account.key.expose_secret().as_bytes(), key.as_bytes());
        self.config.accounts.iter().position(fits).ok_or_else(|| Refusal::of(Some(service), 401))
    }

    /// Whether another job may begin, and can be paid.
    pub(super) fn affords(&self, desk: &Desk, service: Service, account: usize, cost: u64) -> Result<(), Refusal> {
        let owner = &self.config.accounts[account];
        let general = match service {
            Service::Lab if owner.plan == "enterprise" => 0,
            Service::Lab => self.config.lab.jobs_at_once,
            Service::App => self.config.app.jobs_at_once,
            Service::Customer => self.config.customer.jobs_at_once,
        };
        let limit = owner.jobs_at_once.unwrap_or(general);
        if limit > 0 && desk.running(account) >= limit {
            let mut refusal = Refusal::of(Some(service), 429).after(5);
            refusal.message = format!("{limit} jobs are running already");
            return Err(refusal);
        }
        if desk.free_credits(account) < cost {
            return Err(Refusal::of(Some(service), 402));
        }
        Ok(())
    }

    /// Takes a job in, and writes down what was sent for it.
    pub(super) fn take(&self, desk: &mut Desk, job: Job, sent: Value) {
        let mut log = self.log();
        log.submit(Submit {
            at: time::millis(job.submitted),
            service: job.service.name(),
            account: self.config.accounts[job.account].name.clone(),
            id: job.id.clone(),
            bytes: job.bytes,
            body: sent,
            credits: job.cost,
        });
        desk.add(job, &self.config, &mut log);
    }

    /// Writes down what no client should do.
    pub(super) fn violation(&self, endpoint: Endpoint, what: impl Into<String>) {
        let at = time::millis(self.time.now());
        self.log().violation(Violation { at, endpoint: endpoint.name(), what: what.into() });
    }

    /// A link to a job's file: valid for the service's time, or a fault's, from when the job ended.
    pub(super) fn link(&self, job: &Job, lasts_s: Option<f64>) -> String {
        self.links.read(&job.path, self.link_until(job, lasts_s))
    }

    /// Whether a service's links expire by themselves.
    pub(super) fn expires(&self, service: Service) -> bool {
        match service {
            Service::Lab => true,
            Service::App => self.config.app.link_expires_s.is_some(),
            Service::Customer => self.config.customer.link_expires_s.is_some(),
        }
    }

    /// Until when such a link is valid.
    fn link_until(&self, job: &Job, lasts_s: Option<f64>) -> Option<Moment> {
        let lasts = job.link_expires.or(lasts_s.map(in_millis))?;
        Some(job.ends().saturating_add(lasts))
    }
}

/// Seconds as milliseconds.
pub(super) fn in_millis(seconds: f64) -> i64 {
    (seconds * 1000.0) as i64
}

/// The JSON object of a body that says that it is JSON, or why there is none.
pub(super) fn object(call: &Call) -> Result<Map<String, Value>, String> {
    let kind = call.headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if !kind.to_ascii_lowercase().starts_with("application/json") {
        return Err("the body must have Content-Type: application/json".to_owned());
    }
    let Some(body) = &call.body else { return Err("the body is too large, or broke off".to_owned()) };
    match serde_json::from_slice(body) {
        Ok(Value::Object(fields)) => Ok(fields),
        Ok(_) => Err("the body must be a JSON object".to_owned()),
        Err(error) => Err(format!("the body is no JSON: {error}")),
    }
}
