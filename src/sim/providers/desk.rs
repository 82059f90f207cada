//! Everything that changes, under one lock: credits, calls of the last minute, jobs, uploaded files. Reads no clock.

use std::collections::{HashMap, VecDeque};

use bytes::Bytes;

use super::account::Service;
use super::config::ProvidersConfig;
use super::job::Job;
use super::record::{Charge, Log};
use super::time::{self, Moment};

/// Jobs that are remembered; more, and the oldest are forgotten.
const MOST_JOBS: usize = 10_000;

/// Bytes of their bodies.
const MOST_ASKED: usize = 32 << 20;

/// Places for uploads that are remembered; more, and the oldest are forgotten.
const MOST_OBJECTS: usize = 10_000;

/// Bytes of uploads that are kept; more, and the oldest lose their bytes.
const MOST_UPLOADED: usize = 256 << 20;

/// What changes.
#[derive(Debug, Default)]
pub(super) struct Desk {
    pub(super) holders: Vec<Holder>,
    jobs: HashMap<String, Job>,
    order: VecDeque<String>,
    /// Bytes of the jobs' bodies.
    asked: usize,
    /// Jobs whose end has not been booked.
    open: Vec<String>,
    /// The job of each file's path.
    paths: HashMap<String, String>,
    objects: HashMap<String, Object>,
    object_order: VecDeque<String>,
    uploaded: usize,
}

/// What an account has.
#[derive(Debug, Default)]
pub(super) struct Holder {
    pub(super) credits: u64,
    /// Calls of the last minute; at most as many as the limit allows.
    calls: VecDeque<Moment>,
}

/// A place for an upload.
#[derive(Clone, Debug)]
pub(super) struct Object {
    pub(super) account: usize,
    pub(super) kind: &'static str,
    pub(super) content_type: String,
    pub(super) size: u64,
    pub(super) stored: bool,
    pub(super) bytes: Bytes,
}

impl Desk {
    pub(super) fn new(config: &ProvidersConfig) -> Self {
        let holder = |credits| Holder { credits, calls: VecDeque::new() };
        Self { holders: config.accounts.iter().map(|account| holder(account.credits)).collect(), ..Self::default() }
    }

    /// Counts a call against a limit a minute; the seconds to wait where it is above.
    pub(super) fn count_call(&mut self, account: usize, limit: u64, now: Moment) -> Result<(), u64> {
        const MINUTE: i64 = 60_000;
        if limit == 0 {
            return Ok(());
        }
        let calls = &mut self.holders[account].calls;
        while calls.front().is_some_and(|at| now - at >= MINUTE) {
            calls.pop_front();
        }
        if calls.len() as u64 >= limit {
            let first = calls.front().copied().unwrap_or(now);
            return Err(((first + MINUTE - now).max(1) as u64).div_ceil(1000));
        }
        calls.push_back(now);
        Ok(())
    }

    /// Books the end of every job that has ended by now, in the order of their ends.
    pub(super) fn settle(&mut self, now: Moment, config: &ProvidersConfig, log: &mut Log) {
        let jobs = &self.jobs;
        let mut due: Vec<String> = Vec::new();
        self.open.retain(|id| match jobs.get(id) {
            Some(job) if job.ends() > now => true,
            Some(_) => {
                due.push(id.clone());
                false
            }
            None => false,
        });
        due.sort_by_key(|id| jobs.get(id).map_or(0, Job::ends));
        for id in due {
            let Some(job) = self.jobs.get(&id) else { continue };
            let failed = job.fails.is_some();
            let credits = match job.service {
                // "Credits are deducted only on successful generation."
                Service::Lab | Service::App if !failed => job.cost as i64,
                Service::Customer if failed && config.customer.refunds_failed => -(job.cost as i64),
                _ => 0,
            };
            let (account, at, service) = (job.account, job.ends(), job.service);
            self.charge(account, &id, service, credits, at, config, log);
        }
    }

    /// Adds a job; what hh-customer charges "immediately" is charged.
    pub(super) fn add(&mut self, job: Job, config: &ProvidersConfig, log: &mut Log) {
        if job.service == Service::Customer {
            let (account, at, cost) = (job.account, job.submitted, job.cost as i64);
            self.charge(account, &job.id, Service::Customer, cost, at, config, log);
        }
        self.open.push(job.id.clone());
        self.order.push_back(job.id.clone());
        self.paths.insert(job.path.clone(), job.id.clone());
        self.asked += job.bytes;
        self.jobs.insert(job.id.clone(), job);
        while self.order.len() > MOST_JOBS || self.asked > MOST_ASKED {
            let Some(oldest) = self.order.pop_front() else { break };
            if let Some(job) = self.jobs.remove(&oldest) {
                self.paths.remove(&job.path);
                self.asked -= job.bytes;
            }
        }
    }

    /// A job of this account; others' are nobody's business.
    pub(super) fn job(&self, service: Service, account: usize, id: &str) -> Option<&Job> {
        self.jobs.get(id).filter(|job| job.service == service && job.account == account)
    }

    pub(super) fn job_at(&self, path: &str) -> Option<&Job> {
        self.jobs.get(self.paths.get(path)?)
    }

    /// Jobs of an account that have not ended.
    pub(super) fn running(&self, account: usize) -> u64 {
        self.open.iter().filter(|id| self.jobs.get(*id).is_some_and(|job| job.account == account)).count() as u64
    }

    /// Credits that an account may still spend: what runs, and is charged at its end, is set aside.
    pub(super) fn free_credits(&self, account: usize) -> u64 {
        let jobs = self.open.iter().filter_map(|id| self.jobs.get(id)).filter(|job| job.account == account);
        let set_aside: u64 = jobs.filter(|job| job.service != Service::Customer).map(|job| job.cost).sum();
        self.holders[account].credits.saturating_sub(set_aside)
    }

    /// Makes a place for an upload.
    pub(super) fn place(&mut self, key: String, object: Object) {
        self.object_order.push_back(key.clone());
        self.objects.insert(key, object);
        while self.object_order.len() > MOST_OBJECTS {
            if let Some(object) = self.object_order.pop_front().and_then(|key| self.objects.remove(&key)) {
                self.uploaded -= object.bytes.len();
            }
        }
    }

    pub(super) fn object(&self, key: &str) -> Option<&Object> {
        self.objects.get(key)
    }

    /// Keeps the bytes of an upload.
    pub(super) fn store(&mut self, key: &str, bytes: Bytes) {
        let Some(object) = self.objects.get_mut(key) else { return };
        self.uploaded = self.uploaded - object.bytes.len() + bytes.len();
        object.stored = true;
        object.bytes = bytes;
        for oldest in &self.object_order {
            if self.uploaded <= MOST_UPLOADED {
                break;
            }
            if let Some(object) = self.objects.get_mut(oldest).filter(|_| oldest != key) {
                self.uploaded -= object.bytes.len();
                object.bytes = Bytes::new();
            }
        }
    }

    #[expect(clippy::too_many_arguments, reason = "one line of a bill has so many columns")]
    fn charge(
        &mut self,
        account: usize,
        id: &str,
        service: Service,
        credits: i64,
        at: Moment,
        config: &ProvidersConfig,
        log: &mut Log,
    ) {
        if credits == 0 {
            return;
        }
        let holder = &mut self.holders[account];
        holder.credits = holder.credits.saturating_add_signed(-credits);
        log.charge(Charge {
            at: time::millis(at),
            service: service.name(),
            account: config.accounts[account].name.clone(),
            id: id.to_owned(),
            credits,
        });
    }
}
