//! Carries calls to one service and their answers back: which URL, whose key, and not more at once than the service takes. Decides
//! nothing about what a failure means for a job; `jobs` does. Neighbours: `errand` and `agency` ask, `account` keeps the journal.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use secrecy::{ExposeSecret as _, SecretString};
use serde_json::{Map, Value};
use tokio::sync::Notify;

use super::config::AgencyConfig;
use super::error::ClipError;
use crate::clock::Clock;
use crate::jobs::{
    Accepted, Call, Dialect, JobFault, Limiter, LocalFile, MediaKind, Permit, Presigned, Problem, Rates, Reply, Status,
};
use crate::net::{Body, Credential, Http, Method, NetError, Origin, Request, Response, Trust};
use crate::retry::Backoff;

/// Longest time for a connection to stand.
const CONNECT: Duration = Duration::from_secs(10);
/// Longest time for the answer to a submit: the longer, the fewer whose outcome nobody knows.
const SUBMIT: Duration = Duration::from_secs(60);
/// Longest time for any other answer.
const ANSWER: Duration = Duration::from_secs(30);
/// Largest answer that is read, in bytes.
const MOST_ANSWER: usize = 4 * 1024 * 1024;
/// Requests that are on their way to one service at once.
const AT_ONCE: u32 = 8;
/// Most attempts with what may be repeated.
const ATTEMPTS: u32 = 4;
/// Bounds of the waits between them.
const BACKOFF: (Duration, Duration) = (Duration::from_millis(300), Duration::from_secs(5));
/// A service that wants to be left alone for longer than this is left alone: its answer goes to the caller.
const LONGEST_WISH: Duration = Duration::from_secs(30);

/// The way to one service. Clones of an agency share it.
#[derive(Debug)]
pub(super) struct Courier {
    pub(super) dialect: &'static dyn Dialect,
    pub(super) clock: Clock,
    pub(super) rates: Rates,
    origin: Origin,
    trust: Trust,
    credential: Option<Credential>,
    http: Http,
    limiter: Mutex<Limiter>,
    done: Notify,
}

/// A call that did not bring what it was to bring.
#[derive(Clone, Debug)]
pub(super) struct Failure {
    /// What it may have left at the service.
    pub(super) fault: JobFault,
    /// The same for people.
    pub(super) error: Box<ClipError>,
}

/// The right to have one request on its way; given back when it goes.
#[derive(Debug)]
pub(super) struct Turn(Arc<Courier>);

impl Courier {
    pub(super) fn new(config: &AgencyConfig, dialect: &'static dyn Dialect) -> Result<Self, ClipError> {
        let origin = Origin::parse(&config.base)?;
        let credential = match &config.key {
            Some(_) if !config.allow_plaintext_key && !origin.is_private() => {
                return Err(NetError::InsecureKey { host: origin.host() }.into());
            }
            Some(key) => Some(bearer(key)?),
            None => None,
        };
        let rates = config.rates.unwrap_or_else(|| dialect.rates());
        Ok(Self {
            dialect,
            clock: config.clock,
            rates,
            origin,
            trust: config.trust.clone(),
            credential,
            http: Http::new(config.trust.clone(), CONNECT, ANSWER)?,
            limiter: Mutex::new(Limiter::new(rates.per_minute, AT_ONCE)),
            done: Notify::new(),
        })
    }

    /// The service's base URL, as the journal has it.
    pub(super) fn base(&self) -> &str {
        self.origin.as_str()
    }

    /// Waits until a request may leave.
    pub(super) async fn turn(self: Arc<Self>) -> Turn {
        loop {
            {
                // Listened for before it is asked, so that no end of another is missed.
                let done = self.done.notified();
                let permit = self.limiter().take(self.clock.now());
                match permit {
                    Permit::Go => {}
                    Permit::At(moment) => {
                        tokio::time::sleep_until(self.clock.instant(moment).into()).await;
                        continue;
                    }
                    Permit::WhenOneIsDone => {
                        done.await;
                        continue;
                    }
                }
            }
            return Turn(self);
        }
    }

    /// Submits a job: once. It has a connection of its own, as one that has stood idle may die under a request, and then nobody can
    /// tell whether it arrived.
    pub(super) async fn submit(&self, body: String) -> Result<Accepted, Failure> {
        let http = Http::new(self.trust.clone(), CONNECT, SUBMIT).map_err(failure)?;
        let response = self.send(&http, Method::Post, &self.dialect.submit(), Some(body)).await?;
        self.dialect.read_accepted(&reply(&response)).map_err(refusal)
    }

    /// Asks once how a job stands.
    pub(super) async fn status(&self, id: &str) -> Result<Status, Failure> {
        let response = self.send(&self.http, Method::Get, &self.dialect.status(id), None).await?;
        self.dialect.read_status(&reply(&response)).map_err(refusal)
    }

    /// Asks how a job stands until an answer comes, a few times at most.
    pub(super) async fn status_soon(self: &Arc<Self>, id: &str, seed: u64) -> Result<Status, ClipError> {
        let mut backoff = Backoff::new(BACKOFF.0, BACKOFF.1, seed);
        loop {
            let turn = Arc::clone(self).turn().await;
            match self.status(id).await {
                Ok(status) => return Ok(status),
                Err(failure) => self.pause(turn, &mut backoff, failure, JobFault::passes).await?,
            }
        }
    }

    /// Reads what a path has, until an answer comes, a few times at most.
    pub(super) async fn any(self: &Arc<Self>, call: &Call, seed: u64) -> Result<Value, ClipError> {
        let mut backoff = Backoff::new(BACKOFF.0, BACKOFF.1, seed);
        loop {
            let turn = Arc::clone(self).turn().await;
            let answer = self.send(&self.http, Method::Get, call, None).await;
            match answer.and_then(|response| self.dialect.read_any(&reply(&response)).map_err(refusal)) {
                Ok(value) => return Ok(value),
                Err(failure) => self.pause(turn, &mut backoff, failure, JobFault::passes).await?,
            }
        }
    }

    /// Asks for a link to upload a file by, and returns it with the whole answer; `None`: the service takes no files. Asked again only
    /// where the service took nothing, like everything that is a POST.
    pub(super) async fn presign(
        self: &Arc<Self>,
        kind: MediaKind,
        file: &LocalFile,
        seed: u64,
    ) -> Result<Option<(Presigned, Value)>, ClipError> {
        let Some((call, body)) = self.dialect.presign(kind, file) else { return Ok(None) };
        let body = text_of(&body);
        let mut backoff = Backoff::new(BACKOFF.0, BACKOFF.1, seed);
        loop {
            let turn = Arc::clone(self).turn().await;
            let answer = self.send(&self.http, Method::Post, &call, Some(body.clone())).await;
            let read = answer.and_then(|response| {
                let presigned = self.dialect.read_presigned(&reply(&response)).map_err(refusal)?;
                Ok((presigned, serde_json::from_slice(&response.body).unwrap_or_default()))
            });
            match read {
                Ok(answer) => return Ok(Some(answer)),
                Err(failure) => self.pause(turn, &mut backoff, failure, JobFault::left_nothing).await?,
            }
        }
    }

    /// Waits before a request is repeated, where that may be done.
    async fn pause(
        &self,
        turn: Turn,
        backoff: &mut Backoff,
        Failure { fault, error }: Failure,
        may: fn(&JobFault) -> bool,
    ) -> Result<(), ClipError> {
        drop(turn);
        let wish = fault.retry_after();
        let after = backoff.next(wish);
        if !may(&fault) || wish.is_some_and(|wish| wish > LONGEST_WISH) || backoff.failures() >= ATTEMPTS {
            return Err(*error);
        }
        tracing::info!("asking {} again in {} ms: {error}", self.origin.host(), after.as_millis());
        tokio::time::sleep(after).await;
        Ok(())
    }

    async fn send(&self, http: &Http, method: Method, call: &Call, body: Option<String>) -> Result<Response, Failure> {
        let mut url = self.origin.join(call.path.iter().map(String::as_str));
        if !call.query.is_empty() {
            url.query_pairs_mut().extend_pairs(&call.query);
            // As the documents' own samples escape it, and every server reads it; a plus of the value's is escaped already.
            let query = url.query().unwrap_or_default().replace('+', "%20");
            url.set_query(Some(&query));
        }
        let body = body.map(|text| Body { kind: "application/json", text });
        let request = Request { method, url, credentials: self.credential.iter().cloned().collect(), body };
        let mut answer = http.exchange(request, MOST_ANSWER).await.map_err(failure)?;
        // Services refuse within a success, too (AM-12), and what they answer is shown and journaled as it came.
        self.credential.iter().for_each(|credential| credential.withhold(&mut answer.body));
        Ok(answer)
    }

    fn limiter(&self) -> MutexGuard<'_, Limiter> {
        self.limiter.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        self.0.limiter().done();
        self.0.done.notify_waiters();
    }
}

/// A body as it is sent.
pub(super) fn text_of(body: &Map<String, Value>) -> String {
    serde_json::to_string(body).unwrap_or_else(|_| unreachable!("a map of JSON values holds nothing JSON cannot say"))
}

fn bearer(key: &SecretString) -> Result<Credential, NetError> {
    let value = SecretString::from(format!("Bearer {}", key.expose_secret()));
    Credential::new("authorization", value.expose_secret())
}

fn reply(response: &Response) -> Reply<'_> {
    Reply { status: response.status, retry_after: response.retry_after, body: &response.body }
}

fn refusal(problem: Problem) -> Failure {
    Failure { fault: JobFault::Problem(problem.clone()), error: Box::new(problem.into()) }
}

fn failure(error: NetError) -> Failure {
    let fault = match &error {
        error if error.is_unsent() => JobFault::Unsent { again: true },
        NetError::Tls { fault, .. } => JobFault::Unsent { again: fault.may_pass() },
        // Found on this side.
        NetError::Url { .. } | NetError::Header { .. } | NetError::InsecureKey { .. } | NetError::Roots { .. } => {
            JobFault::Unsent { again: false }
        }
        _ => JobFault::Lost,
    };
    Failure { fault, error: Box::new(error.into()) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::net::TlsFault;

    #[test]
    fn x_5_only_what_never_left_this_machine_counts_as_unsent() {
        let words = String::new;
        let unsent = |again| JobFault::Unsent { again };
        for (error, fault) in [
            (NetError::Dns { host: words() }, unsent(true)),
            (NetError::Unreachable { host: words(), why: words() }, unsent(true)),
            (NetError::Tls { host: words(), fault: TlsFault::Handshake, why: words() }, unsent(true)),
            (NetError::Tls { host: words(), fault: TlsFault::Expired, why: words() }, unsent(false)),
            (NetError::InsecureKey { host: words() }, unsent(false)),
            (NetError::Timeout { what: "the server's answer", after: ANSWER }, JobFault::Lost),
            (NetError::Broken { why: words() }, JobFault::Lost),
            (NetError::TooLarge { what: "an answer", most: 1 }, JobFault::Lost),
            (NetError::Malformed { why: words() }, JobFault::Lost),
        ] {
            assert_eq!(failure(error.clone()).fault, fault, "{error:?}");
        }
    }
}
