//! The session manager: creates, attaches, lists and ends worlds.

use std::sync::Arc;

use secrecy::ExposeSecret;
use tokio::sync::oneshot;

use super::config::ClientConfig;
use super::deletion::{Deletion, Guard, Outstanding};
use super::error::ClientError;
use super::replies::{body_of, settled_delete, stream_error};
use super::world::World;
use crate::media::PacketSink;
use crate::net::{Credential, Http, Method, NetError, Origin, Request, Response, Socket, Target};
use crate::session::{Refused, clean};
use crate::wire::{
    CreateWorld, MAX_BODY_BYTES, MAX_MESSAGE_BYTES, MAX_PROMPT_CHARS, PROTOCOL, WorldId, WorldInfo, WorldList,
};

/// The way to one world server. Cheap to clone.
///
/// The last of the managers and worlds of one [`SessionManager::new`] to be dropped blocks until the deletions that are under
/// way are done, at most the delete time-out. In an async program call [`SessionManager::settled`] before, and nothing blocks.
#[derive(Clone, Debug)]
pub struct SessionManager {
    server: Arc<Server>,
}

/// What managers and worlds of one server share.
#[derive(Debug)]
pub(super) struct Server {
    pub(super) config: ClientConfig,
    origin: Origin,
    credential: Option<Credential>,
    http: Http,
    outstanding: Arc<Outstanding>,
}

impl SessionManager {
    /// Checks the configuration; opens no connection.
    ///
    /// # Errors
    /// [`ClientError::Net`] for a URL that cannot be used or a key that may not be sent there.
    pub fn new(config: ClientConfig) -> Result<Self, ClientError> {
        let origin = Origin::parse(&config.base_url)?;
        let credential = match config.auth.pair() {
            Some(_) if !config.allow_insecure_key && !origin.is_private() => {
                return Err(NetError::InsecureKey { host: origin.host() }.into());
            }
            Some((name, key)) => Some(Credential::new(name, key.expose_secret())?),
            None => None,
        };
        let http = Http::new(config.connect_timeout, config.request_timeout)?;
        Ok(Self { server: Arc::new(Server { config, origin, credential, http, outstanding: Arc::default() }) })
    }

    /// Creates a world (HO-1) and opens its stream; media goes to `sink`. Needs a tokio runtime.
    ///
    /// If this future is dropped half way, a world that comes of it is deleted.
    ///
    /// # Errors
    /// [`ClientError`]; a world that was created on the way is deleted, or its deletion tried, before this returns.
    pub async fn create(&self, mut request: CreateWorld, sink: Box<dyn PacketSink>) -> Result<World, ClientError> {
        request.check().map_err(Refused::Invalid)?;
        // With a key of its own, a request that the network repeats makes no second world.
        request.idempotency_key.get_or_insert_with(|| uuid::Uuid::now_v7().simple().to_string());
        let (sender, receiver) = oneshot::channel();
        let server = Arc::clone(&self.server);
        // A task of its own: it learns the world's id even when the caller has gone, and the guard in the answer deletes it.
        tokio::spawn(async move {
            let _ = sender.send(server.create(&request).await);
        });
        let guard = receiver.await.unwrap_or_else(|_| {
            Err(NetError::Broken { why: "the request was cut off with its runtime".to_owned() }.into())
        })?;
        self.open(guard, sink).await
    }

    /// Opens the stream of a world that exists; media goes to `sink`. The world is not deleted when the [`World`] goes, unless
    /// [`World::delete_on_drop`] says so.
    ///
    /// # Errors
    /// [`ClientError`]
    pub async fn attach(&self, id: &WorldId, sink: Box<dyn PacketSink>) -> Result<World, ClientError> {
        self.open(self.server.guard(id.clone(), false), sink).await
    }

    /// The worlds of this account, newest first.
    ///
    /// # Errors
    /// [`ClientError`]
    pub async fn list(&self) -> Result<Vec<WorldInfo>, ClientError> {
        let answer = self.server.exchange(Method::Get, None, None).await?;
        let list: WorldList = body_of(&answer, "list the worlds", self.server.origin.as_str())?;
        Ok(list.worlds.into_iter().map(cleaned).collect())
    }

    /// One world.
    ///
    /// # Errors
    /// [`ClientError`]
    pub async fn show(&self, id: &WorldId) -> Result<WorldInfo, ClientError> {
        let answer = self.server.exchange(Method::Get, Some(id), None).await?;
        body_of(&answer, "show the world", self.server.origin.as_str()).map(cleaned)
    }

    /// Deletes a world (HO-5); one that does not exist any more counts as deleted.
    ///
    /// # Errors
    /// [`ClientError`]
    pub async fn end(&self, id: &WorldId) -> Result<(), ClientError> {
        settled_delete(&self.server.exchange(Method::Delete, Some(id), None).await?)
    }

    /// Waits until no deletion is under way, at most the delete time-out; whether none is. For the end of a program.
    pub async fn settled(&self) -> bool {
        let (outstanding, patience) = (Arc::clone(&self.server.outstanding), self.server.config.delete_timeout);
        tokio::task::spawn_blocking(move || outstanding.wait(patience)).await.unwrap_or(false)
    }

    async fn open(&self, guard: Guard, sink: Box<dyn PacketSink>) -> Result<World, ClientError> {
        let server = &self.server;
        let target = Target {
            url: server.url(Some(guard.0.id()), Some("stream")),
            credential: server.credential.clone(),
            protocol: PROTOCOL,
            most: MAX_MESSAGE_BYTES,
            timeout: server.config.connect_timeout,
        };
        match Socket::connect(target).await {
            Ok(socket) => Ok(World::start(Arc::clone(server), guard, socket, sink)),
            Err(error) => {
                if guard.0.is_wanted() {
                    // Its own failure is logged; the reason why there is no stream is what the caller can act on.
                    let _ = guard.0.complete().await;
                }
                Err(stream_error(error, server.origin.as_str()))
            }
        }
    }
}

impl Server {
    /// Creates a world and returns the guard that deletes it.
    async fn create(self: &Arc<Self>, request: &CreateWorld) -> Result<Guard, ClientError> {
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

    fn guard(&self, id: WorldId, delete: bool) -> Guard {
        let request = self.request(Method::Delete, Some(&id), None);
        let deletion = Deletion::new(id, request, self.config.delete_timeout, Arc::clone(&self.outstanding));
        deletion.want(delete);
        Guard(deletion)
    }

    async fn exchange(&self, method: Method, id: Option<&WorldId>, json: Option<String>) -> Result<Response, ClientError> {
        Ok(self.http.exchange(self.request(method, id, json), MAX_BODY_BYTES).await?)
    }

    fn request(&self, method: Method, id: Option<&WorldId>, json: Option<String>) -> Request {
        Request { method, url: self.url(id, None), credential: self.credential.clone(), json }
    }

    fn url(&self, id: Option<&WorldId>, part: Option<&str>) -> url::Url {
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

/// A world's description with its texts cleaned.
fn cleaned(mut info: WorldInfo) -> WorldInfo {
    info.prompt = clean(&info.prompt, MAX_PROMPT_CHARS);
    info
}
