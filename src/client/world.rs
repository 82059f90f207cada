//! A world that this client holds: its handle, its events, and its end.

use super::error::ClientError;
use super::handle::WorldHandle;
use crate::session::{Ending, Event};
use crate::wire::WorldId;

/// A live world. One that was created here is deleted when this value goes, on whatever way; [`World::close`] is the way that
/// waits for it and tells what came of it.
#[derive(Debug)]
pub struct World {
    handle: WorldHandle,
}

impl World {
    /// The world's id.
    #[must_use]
    pub fn id(&self) -> &WorldId {
        self.handle.id()
    }

    /// A handle to act on the world; as many as needed, from any thread.
    #[must_use]
    pub fn handle(&self) -> WorldHandle {
        self.handle.clone()
    }

    /// The next event; `None` after [`Event::Ended`]. Safe to cancel.
    pub async fn next_event(&mut self) -> Option<Event> {
        std::future::pending().await
    }

    /// Ends the stream and, if the world was created here, deletes it and waits for that, at most the delete time-out.
    ///
    /// # Errors
    /// [`ClientError::NotDeleted`] if the world may live on.
    pub async fn close(self) -> Result<Ending, ClientError> {
        std::future::pending().await
    }
}
