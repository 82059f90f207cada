//! The session manager: creates, attaches, lists and ends worlds.

use std::sync::Arc;

use tokio::sync::oneshot;

use super::config::ClientConfig;
use super::deletion::Guard;
use super::error::ClientError;
use super::replies::{body_of, settled_delete, stream_error};
use super::server::Server;
use super::world::World;
use crate::media::PacketSink;
use crate::net::{Method, NetError, Socket, Target};
use crate::session::{Refused, clean};
use crate::wire::{CreateWorld, MAX_MESSAGE_BYTES, MAX_PROMPT_CHARS, PROTOCOL, WorldId, WorldInfo, WorldList};

/// The way to one world server. Cheap to clone.
///
/// The last of the managers and worlds of one [`SessionManager::new`] to be dropped blocks until the deletions that are under
/// way are done, at most the delete time-out. In an async program call [`SessionManager::settled`] before, and nothing blocks.
#[derive(Clone, Debug)]
pub struct SessionManager {
    server: Arc<Server>,
}

impl SessionManager {
    /// Checks the configuration; opens no connection.
    ///
    /// # Errors
    /// [`ClientError::Net`] for a URL that cannot be used or a key that may not be sent there.
    pub fn new(config: ClientConfig) -> Result<Self, ClientError> {
        Ok(Self { server: Arc::new(Server::new(config)?) })
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

/// A world's description with its texts cleaned.
fn cleaned(mut info: WorldInfo) -> WorldInfo {
    info.prompt = clean(&info.prompt, MAX_PROMPT_CHARS);
    info
}
