//! The session manager: creates, attaches, lists and ends worlds.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::oneshot;

use super::config::ClientConfig;
use super::deletion::Guard;
use super::error::ClientError;
use super::reaping::{Reap, Reaped};
use super::replies::body_of;
use super::retry;
use super::server::{Server, seed};
use super::world::World;
use crate::media::PacketSink;
use crate::net::{Method, NetError};
use crate::session::{Bill, Refused, clean};
use crate::wire::{
    AckStatus, CommandId, CreateWorld, Down, MAX_EXPLANATION_CHARS, MAX_PROMPT_CHARS, Up, Usage, WorldId, WorldInfo,
    WorldList,
};

/// The way to one world server. Cheap to clone.
///
/// The last of the managers and worlds of one [`SessionManager::new`] to be dropped blocks until the deletions that are under
/// way are done, at most the delete time-out. In an async program call [`SessionManager::settled`] before, and nothing blocks.
#[derive(Clone, Debug)]
pub struct SessionManager {
    server: Arc<Server>,
}

/// What a server made of a command.
#[derive(Clone, Debug, PartialEq)]
pub struct Acknowledgement {
    /// The command.
    pub id: CommandId,
    /// What became of it.
    pub status: AckStatus,
    /// What was understood, or why not; cleaned.
    pub message: String,
    /// The world's state version after it.
    pub state_version: u32,
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
    pub async fn create(&self, request: CreateWorld, sink: Box<dyn PacketSink>) -> Result<World, ClientError> {
        let (guard, _) = self.make(request).await?;
        World::open(Arc::clone(&self.server), guard, sink, self.server.config.outage).await
    }

    /// Creates a world and leaves it alive, without a stream: until somebody ends it, or its limits do. The journal knows that
    /// this is on purpose.
    ///
    /// # Errors
    /// [`ClientError`]
    pub async fn create_detached(&self, request: CreateWorld) -> Result<WorldInfo, ClientError> {
        let (guard, info) = self.make(request).await?;
        guard.0.want(false);
        // Its drop writes into the journal, which blocks for a moment.
        let _ = tokio::task::spawn_blocking(move || drop(guard)).await;
        Ok(cleaned(info))
    }

    /// Creates a world: its guard, and the world as its server describes it.
    async fn make(&self, mut request: CreateWorld) -> Result<(Guard, WorldInfo), ClientError> {
        request.check().map_err(Refused::Invalid)?;
        // With a key of its own, a request that the network repeats makes no second world.
        request.idempotency_key.get_or_insert_with(|| uuid::Uuid::now_v7().simple().to_string());
        let (sender, receiver) = oneshot::channel();
        let server = Arc::clone(&self.server);
        // A task of its own: it learns the world's id even when the caller has gone, and the guard in the answer deletes it.
        tokio::spawn(async move {
            let _ = sender.send(server.create(request).await);
        });
        receiver
            .await
            .unwrap_or_else(|_| Err(NetError::Broken { why: "the request was cut off with its runtime".to_owned() }.into()))
    }

    /// Opens the stream of a world that exists; media goes to `sink`. The world is not deleted when the [`World`] goes, unless
    /// [`World::delete_on_drop`] says so.
    ///
    /// # Errors
    /// [`ClientError`]
    pub async fn attach(&self, id: &WorldId, sink: Box<dyn PacketSink>) -> Result<World, ClientError> {
        // Tried once: an address that is wrong is to be told at once.
        World::open(Arc::clone(&self.server), self.server.guard(id.clone(), false), sink, Duration::ZERO).await
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

    /// What this account's worlds have used, and which of them have ended: newest first, as far back as the server tells.
    ///
    /// # Errors
    /// [`ClientError`]
    pub async fn usage(&self) -> Result<Usage, ClientError> {
        let answer = retry::exchange(&self.server.http, self.server.courier.usage(None, None), seed()).await?;
        body_of(&answer, "tell what was used", self.server.origin.as_str())
    }

    /// Deletes a world (HO-5), trying again where that may help; one that does not exist any more counts as deleted. What it has
    /// cost, where the server says so.
    ///
    /// # Errors
    /// [`ClientError`]
    pub async fn end(&self, id: &WorldId) -> Result<Option<Bill>, ClientError> {
        self.server.end(id).await
    }

    /// Directs a world in words by POST, without a stream (HO-2). A server applies an id once, so it is sent again where that may
    /// help, and may be by the caller, too.
    ///
    /// # Errors
    /// [`ClientError`]
    pub async fn direct(&self, world: &WorldId, id: CommandId, text: &str) -> Result<Acknowledgement, ClientError> {
        let command = Up::Direct { id, text: Some(text.to_owned()), action: None, input: 0, issued_us: 0 };
        self.post(world, &command).await
    }

    /// Wanders on in a world with a prompt, by POST (HO-4); as [`SessionManager::direct`].
    ///
    /// # Errors
    /// [`ClientError`]
    pub async fn wander(&self, world: &WorldId, id: CommandId, prompt: &str) -> Result<Acknowledgement, ClientError> {
        self.post(world, &Up::Wander { id, prompt: prompt.to_owned(), input: 0, issued_us: 0 }).await
    }

    async fn post(&self, world: &WorldId, command: &Up) -> Result<Acknowledgement, ClientError> {
        const DOING: &str = "take a command";
        command.check().map_err(Refused::Invalid)?;
        let request = self.server.courier.request(Method::Post, [world.as_str(), command.kind()], Some(command.print()));
        let answer = retry::exchange(&self.server.http, request, seed()).await?;
        match body_of(&answer, DOING, self.server.origin.as_str())? {
            Down::Ack { id, status, message, state_version, .. } => {
                Ok(Acknowledgement { id, status, message: clean(&message, MAX_EXPLANATION_CHARS), state_version })
            }
            _ => Err(ClientError::NotAWorldServer {
                doing: DOING,
                url: self.server.origin.as_str().to_owned(),
                found: "a message that is no acknowledgement".to_owned(),
            }),
        }
    }

    /// Finds in the journal the worlds of this server that nobody sees to any more, and ends them (HO-25). Without books there
    /// are none.
    ///
    /// # Errors
    /// [`ClientError::Books`]. A world that cannot be ended is in the report.
    pub async fn reap(&self, which: Reap) -> Result<Vec<Reaped>, ClientError> {
        self.server.reap(which).await
    }

    /// Waits until no deletion is under way, at most the delete time-out; whether none is. For the end of a program.
    pub async fn settled(&self) -> bool {
        let (undertaker, patience) = (Arc::clone(&self.server.undertaker), self.server.config.delete_timeout);
        tokio::task::spawn_blocking(move || undertaker.settled(patience)).await.unwrap_or(false)
    }
}

/// A world's description with its texts cleaned.
fn cleaned(mut info: WorldInfo) -> WorldInfo {
    info.prompt = clean(&info.prompt, MAX_PROMPT_CHARS);
    info
}
