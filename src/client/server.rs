//! What managers and worlds of one server share: where it is, who asks, and the deletions under way. Neighbours: `manager` is its
//! face to callers; a `world` keeps it alive until its own deletion is done.

use std::sync::Arc;
use std::time::Duration;

use secrecy::ExposeSecret;

use super::account::{Account, Meter};
use super::config::ClientConfig;
use super::courier::Courier;
use super::deletion::{Creating, Deletion, Guard};
use super::errand::{Body, Errand};
use super::error::ClientError;
use super::retry;
use super::undertaker::Undertaker;
use crate::net::{Credential, Http, Method, NetError, Origin, Response};
use crate::session::{Lease, LeaseEnd, LeaseOptions, LeasePatience};
use crate::wire::{CreateWorld, MAX_BODY_BYTES, WorldId, WorldInfo};

/// Most attempts to create a world: a create that gets no answer is voided then.
const CREATE_ATTEMPTS: u32 = 4;
/// Most attempts to end one; its time is over before.
const END_ATTEMPTS: u32 = 1000;

/// What managers and worlds of one server share.
#[derive(Debug)]
pub(super) struct Server {
    pub(super) config: ClientConfig,
    pub(super) origin: Origin,
    pub(super) credential: Option<Credential>,
    pub(super) courier: Courier,
    pub(super) http: Http,
    pub(super) undertaker: Arc<Undertaker>,
}

impl Server {
    pub(super) fn new(config: ClientConfig) -> Result<Self, ClientError> {
        let origin = Origin::parse(&config.base_url)?;
        let credential = match config.auth.pair() {
            Some(_) if !config.allow_insecure_key && !origin.is_private() => {
                return Err(NetError::InsecureKey { host: origin.host() }.into());
            }
            Some((name, key)) => Some(Credential::new(name, key.expose_secret())?),
            None => None,
        };
        let http = Http::new(config.trust.clone(), config.connect_timeout, config.request_timeout)?;
        let account = config.books.clone().map(|keeping| Account {
            keeping,
            server: origin.as_str().to_owned(),
            meter: Meter::default(),
        });
        let courier = Courier {
            origin: origin.clone(),
            worlds_path: config.worlds_path.clone(),
            trust: config.trust.clone(),
            credential: credential.clone(),
            clock: config.clock,
            account,
        };
        let undertaker = Arc::new(Undertaker::new(courier.clone(), config.delete_timeout));
        Ok(Self { config, origin, credential, courier, http, undertaker })
    }

    /// Creates a world and returns the guard that deletes it, and the world as the server describes it. The request must have a
    /// key.
    pub(super) async fn create(&self, request: CreateWorld) -> Result<(Guard, WorldInfo), ClientError> {
        let key = request.idempotency_key.clone().unwrap_or_default();
        let lease = Lease::new(self.lease_options(self.config.delete_timeout));
        let errand = Errand::new(lease, Some(key.clone()), Body::Request(Box::new(request)));
        let mut creating = Creating::new(errand, Arc::clone(&self.undertaker));
        creating.run(&self.http).await;
        let unknown = |why| Err(ClientError::OutcomeUnknown { key, why });
        let Some(mut errand) = creating.finish() else { return unknown("it was cut off".to_owned()) };
        let (error, info) = (errand.error.take(), errand.info.take());
        match (errand.lease.id().cloned(), errand.lease.end().cloned()) {
            (Some(id), None) => {
                let guard = Guard(Deletion::new(id, errand, Arc::clone(&self.undertaker)));
                guard.0.want(true);
                match (info, error) {
                    (Some(info), _) => Ok((guard, info)),
                    // What does not fit is told; the guard goes, and the world with it.
                    (None, Some(error)) => Err(error),
                    (None, None) => unknown("its description was lost".to_owned()),
                }
            }
            (_, Some(LeaseEnd::Unresolved(_)) | None) => {
                unknown(error.map_or_else(|| "no answer came in time".to_owned(), |error| error.to_string()))
            }
            (_, Some(_)) => {
                let late = || NetError::Timeout { what: "the server's answer", after: self.config.request_timeout }.into();
                Err(error.unwrap_or_else(late))
            }
        }
    }

    /// The guard of a world that exists.
    pub(super) fn guard(&self, id: WorldId, delete: bool) -> Guard {
        let lease = Lease::held(id.clone(), self.lease_options(self.config.delete_timeout));
        let deletion = Deletion::new(id, Errand::new(lease, None, Body::None), Arc::clone(&self.undertaker));
        deletion.want(delete);
        Guard(deletion)
    }

    /// One exchange; a read is repeated where that may help.
    pub(super) async fn exchange(
        &self,
        method: Method,
        id: Option<&WorldId>,
        json: Option<String>,
    ) -> Result<Response, ClientError> {
        let request = self.courier.request(method, id.map(WorldId::as_str), json);
        if method == Method::Get {
            return Ok(retry::exchange(&self.http, request, seed()).await?);
        }
        Ok(self.http.exchange(request, MAX_BODY_BYTES).await?)
    }

    pub(super) fn url(&self, id: Option<&WorldId>, part: Option<&str>) -> url::Url {
        self.courier.url(id.map(WorldId::as_str).into_iter().chain(part))
    }

    /// How leases of this server behave, if ending may take so long.
    pub(super) fn lease_options(&self, end: Duration) -> LeaseOptions {
        let answer = self.config.request_timeout;
        LeaseOptions {
            seed: seed(),
            create: LeasePatience { attempts: CREATE_ATTEMPTS, within: answer * 2, answer },
            // Half of its time, so that a lost answer leaves room for another attempt.
            end: LeasePatience { attempts: END_ATTEMPTS, within: end, answer: end / 2 },
            bill: self.courier.account.is_some(),
        }
    }
}

/// Scatters waits; nothing secret.
pub(super) fn seed() -> u64 {
    // The end of a time-ordered id is its random part.
    uuid::Uuid::now_v7().as_u64_pair().1
}

impl Drop for Server {
    fn drop(&mut self) {
        if !self.undertaker.settled(self.config.delete_timeout + Duration::from_millis(500)) {
            tracing::error!("a world may still be alive: its deletion did not come to an end in time");
        }
    }
}
