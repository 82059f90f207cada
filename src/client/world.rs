//! A world that this client holds: its handle, its events, and its end.

use std::sync::Arc;
use std::time::Duration;

use super::deletion::Guard;
use super::driver::Driver;
use super::error::ClientError;
use super::handle::WorldHandle;
use super::inbox::Inbox;
use super::server::Server;
use super::shared::Shared;
use crate::media::PacketSink;
use crate::net::Socket;
use crate::session::{Ending, Event, Loss, Session};
use crate::wire::WorldId;

/// How long the stream's farewell may take: the session's own limit and a little.
const FAREWELL: Duration = Duration::from_secs(3);

/// A live world.
///
/// One that was created here is deleted when this value goes, on whatever way: [`World::close`] waits for it and tells what came
/// of it; dropping the value, also while unwinding from a panic, starts it in the background; and when the stream ends for
/// another reason it is started at once. The DELETE is sent once.
#[derive(Debug)]
pub struct World {
    shared: Arc<Shared>,
    inbox: Arc<Inbox>,
    guard: Guard,
    /// Keeps the server's deletions awaited; goes last.
    _server: Arc<Server>,
}

impl World {
    /// The world's id.
    #[must_use]
    pub fn id(&self) -> &WorldId {
        &self.shared.id
    }

    /// A handle to act on the world; as many as needed, from any thread.
    #[must_use]
    pub fn handle(&self) -> WorldHandle {
        WorldHandle { shared: Arc::clone(&self.shared) }
    }

    /// Whether the world is deleted when this value goes: true for a created, false for an attached one.
    pub fn delete_on_drop(&mut self, delete: bool) {
        self.guard.0.want(delete);
    }

    /// The next event; `None` after [`Event::Ended`]. May be dropped and called again without loss.
    pub async fn next_event(&mut self) -> Option<Event> {
        self.inbox.next().await
    }

    /// Ends the stream and, unless the world was only attached, deletes it and waits for that, at most the delete time-out.
    /// Returns how the stream ended.
    ///
    /// # Errors
    /// [`ClientError::NotDeleted`] if the world may live on.
    pub async fn close(self) -> Result<Ending, ClientError> {
        let deletion = &self.guard.0;
        if deletion.is_wanted() {
            deletion.start();
        }
        self.hang_up();
        let farewell = async { while self.inbox.next().await.is_some() {} };
        let _ = tokio::time::timeout(FAREWELL, farewell).await;
        if deletion.is_wanted() {
            deletion.complete().await?;
        }
        Ok(self.inbox.ending().unwrap_or(Ending::Lost { loss: Loss::Driver, detail: String::new() }))
    }

    /// Takes the stream over and starts its driver.
    pub(super) fn start(server: Arc<Server>, guard: Guard, socket: Socket, sink: Box<dyn PacketSink>) -> Self {
        let clock = server.config.clock;
        // Time-ordered ids share their beginning; the end is the random part.
        let nonce = uuid::Uuid::now_v7().simple().to_string();
        let session = Session::new(clock.now(), &nonce[nonce.len() - 10..]);
        let shared = Arc::new(Shared::new(guard.0.id().clone(), clock, session));
        let inbox = Arc::new(Inbox::default());
        let driver = Driver { shared: Arc::clone(&shared), inbox: Arc::clone(&inbox), deletion: guard.0.clone() };
        tokio::spawn(driver.run(socket, sink));
        Self { shared, inbox, guard, _server: server }
    }

    fn hang_up(&self) {
        self.shared.session().close(self.shared.clock.now());
        self.shared.wake.notify_one();
    }
}

impl Drop for World {
    fn drop(&mut self) {
        self.hang_up();
    }
}
