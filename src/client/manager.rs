//! The session manager: creates, attaches, lists and ends worlds.

use super::config::ClientConfig;
use super::error::ClientError;
use super::world::World;
use crate::media::PacketSink;
use crate::wire::{CreateWorld, WorldId, WorldInfo};

/// The way to one world server. Cheap to clone.
#[derive(Clone, Debug)]
pub struct SessionManager {
    config: ClientConfig,
}

impl SessionManager {
    /// Checks the configuration; opens no connection.
    ///
    /// # Errors
    /// [`ClientError::Net`] for a URL that cannot be used or a key that may not be sent there.
    pub fn new(config: ClientConfig) -> Result<Self, ClientError> {
        Ok(Self { config })
    }

    /// Creates a world (HO-1) and opens its stream; media goes to `sink`.
    ///
    /// # Errors
    /// [`ClientError`]; a world that was created on the way is deleted before it is returned.
    pub async fn create(&self, request: CreateWorld, sink: Box<dyn PacketSink>) -> Result<World, ClientError> {
        let _ = (&self.config, request, sink);
        std::future::pending().await
    }

    /// Opens the stream of a world that exists. It is not deleted when the [`World`] goes, unless
    /// `World::delete_on_drop` says so.
    ///
    /// # Errors
    /// [`ClientError`]
    pub async fn attach(&self, id: &WorldId, sink: Box<dyn PacketSink>) -> Result<World, ClientError> {
        let _ = (id, sink);
        std::future::pending().await
    }

    /// The worlds of this account, newest first.
    ///
    /// # Errors
    /// [`ClientError`]
    pub async fn list(&self) -> Result<Vec<WorldInfo>, ClientError> {
        std::future::pending().await
    }

    /// One world.
    ///
    /// # Errors
    /// [`ClientError`]
    pub async fn show(&self, id: &WorldId) -> Result<WorldInfo, ClientError> {
        let _ = id;
        std::future::pending().await
    }

    /// Deletes a world (HO-5); one that does not exist any more counts as deleted.
    ///
    /// # Errors
    /// [`ClientError`]
    pub async fn end(&self, id: &WorldId) -> Result<(), ClientError> {
        let _ = id;
        std::future::pending().await
    }
}
