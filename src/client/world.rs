//! A world that this client holds: its handle, its events, and its end.

use std::sync::Arc;
use std::time::Duration;

use super::deletion::Guard;
use super::dialer::Dialer;
use super::driver::Driver;
use super::error::ClientError;
use super::handle::WorldHandle;
use super::inbox::Inbox;
use super::server::Server;
use super::shared::{Shared, Standing};
use crate::media::{Monotonic, PacketSink};
use crate::session::{Ending, Event, Loss, Options, Session};
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
    /// When the server had answered the create.
    created: Monotonic,
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

    /// When the server had answered the create, and the stream began to be opened; of an attached world the latter alone.
    #[must_use]
    pub fn created(&self) -> Monotonic {
        self.created
    }

    /// Whether the world is deleted when this value goes: true for a created, false for an attached one.
    pub fn delete_on_drop(&mut self, delete: bool) {
        self.guard.0.want(delete);
    }

    /// The next event; `None` after [`Event::Ended`]. May be dropped and called again without loss.
    pub async fn next_event(&mut self) -> Option<Event> {
        self.next_event_stamped().await.map(|(_, event)| event)
    }

    /// The same with the moment at which the stream brought it, however late it is asked for.
    pub async fn next_event_stamped(&mut self) -> Option<(Monotonic, Event)> {
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

    /// Starts the driver and waits for the first stream, which may take so long to come.
    ///
    /// # Errors
    /// Why there is none; a world that was created is deleted then, or that is tried.
    pub(super) async fn open(
        server: Arc<Server>,
        guard: Guard,
        sink: Box<dyn PacketSink>,
        opening: Duration,
    ) -> Result<Self, ClientError> {
        let world = Self::start(server, guard, sink, opening);
        let ending = tokio::select! {
            biased;
            () = world.shared.opened() => return Ok(world),
            ending = world.inbox.ended() => ending,
        };
        if world.guard.0.is_wanted() {
            // Its own failure is logged; the reason why there is no stream is what the caller can act on.
            let _ = world.guard.0.complete().await;
        }
        Err(match (ending, world.shared.standing()) {
            (Ending::Refused(_), Standing::Refused(error)) => error,
            (ending, _) => ClientError::Ended { id: world.id().clone(), ending },
        })
    }

    fn start(server: Arc<Server>, guard: Guard, sink: Box<dyn PacketSink>, opening: Duration) -> Self {
        let clock = server.config.clock;
        let created = clock.now();
        // Time-ordered ids share their beginning; the end is the random part.
        let nonce = uuid::Uuid::now_v7();
        let name = nonce.simple().to_string();
        let mut limits = server.config.limits;
        // No longer than was set aside for it, whatever its server does.
        limits.session = limits.session.into_iter().chain(guard.0.granted()).min();
        let options = Options {
            seed: nonce.as_u64_pair().1,
            limits,
            opening,
            outage: server.config.outage,
            ..Options::new(&name[name.len() - 10..])
        };
        let session = Session::new(created, options);
        let shared = Arc::new(Shared::new(guard.0.id().clone(), clock, session));
        let inbox = Arc::new(Inbox::default());
        let dialer = Arc::new(Dialer::new(&server, guard.0.id()));
        let (deletion, sharing) = (guard.0.clone(), Arc::clone(&shared));
        let driver = Driver { shared: sharing, inbox: Arc::clone(&inbox), deletion, dialer };
        tokio::spawn(driver.run(sink));
        Self { shared, inbox, guard, created, _server: server }
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
