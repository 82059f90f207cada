//! What managers and worlds of one server share: where it is, who asks, and the deletions under way. Neighbours: `manager` is its
//! face to callers; a `world` keeps it alive until its own deletion is done.

use std::sync::Arc;

use secrecy::ExposeSecret;

use super::config::ClientConfig;
use super::deletion::{Deletion, Guard, Outstanding};
use super::error::ClientError;
use super::replies::body_of;
use crate::net::{Credential, Http, Method, NetError, Origin, Request, Response};
use crate::wire::{CreateWorld, MAX_BODY_BYTES, WorldId, WorldInfo};

/// What managers and worlds of one server share.
#[derive(Debug)]
pub(super) struct Server {
    pub(super) config: ClientConfig,
    pub(super) origin: Origin,
    pub(super) credential: Option<Credential>,
    http: Http,
    pub(super) outstanding: Arc<Outstanding>,
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
        let http = Http::new(config.connect_timeout, config.request_timeout)?;
        Ok(Self { config, origin, credential, http, outstanding: Arc::default() })
    }

    /// Creates a world and returns the guard that deletes it.
    pub(super) async fn create(self: &Arc<Self>, request: &CreateWorld) -> Result<Guard, ClientError> {
        const DOING: &str = "create a world";
        let json = serde_json::to_string(request)
            .map_err(|error| NetError::Malformed { why: format!("the request cannot be written as JSON: {error}") })?;
        let answer = self.exchange(Method::Post, None, Some(json)).await?;
        match body_of::<WorldInfo>(&answer, DOING, self.origin.as_str()) {
            Ok(info) => Ok(self.guard(info.id, true)),
            Err(error) => {
                // A body that does not fit may still name a world that now exists.
                if (200..300).contains(&answer.status)
                    && let Ok(body) = serde_json::from_slice::<serde_json::Value>(&answer.body)
                    && let Some(Ok(id)) = body.get("id").and_then(|id| id.as_str()).map(WorldId::new)
                {
                    drop(self.guard(id, true));
                }
                Err(error)
            }
        }
    }

    pub(super) fn guard(&self, id: WorldId, delete: bool) -> Guard {
        let request = self.request(Method::Delete, Some(&id), None);
        let deletion = Deletion::new(id, request, self.config.delete_timeout, Arc::clone(&self.outstanding));
        deletion.want(delete);
        Guard(deletion)
    }

    pub(super) async fn exchange(
        &self,
        method: Method,
        id: Option<&WorldId>,
        json: Option<String>,
    ) -> Result<Response, ClientError> {
        Ok(self.http.exchange(self.request(method, id, json), MAX_BODY_BYTES).await?)
    }

    fn request(&self, method: Method, id: Option<&WorldId>, json: Option<String>) -> Request {
        Request { method, url: self.url(id, None), credential: self.credential.clone(), json }
    }

    pub(super) fn url(&self, id: Option<&WorldId>, part: Option<&str>) -> url::Url {
        let collection = self.config.worlds_path.split('/').filter(|segment| !segment.is_empty());
        self.origin.join(collection.chain(id.map(WorldId::as_str)).chain(part))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if !self.outstanding.wait(self.config.delete_timeout) {
            tracing::error!("a world may still be alive: its deletion did not come to an end in time");
        }
    }
}
