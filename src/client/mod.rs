//! The tokio face: [`SessionManager`] creates, lists, attaches and ends worlds; a [`World`] is a live one, its [`WorldHandle`]
//! acts on it, and its [`WorldEvent`]s tell what happens. Knows no pixels: packets go to a [`crate::media::PacketSink`].

mod config;
mod deletion;
mod driver;
mod error;
mod handle;
mod inbox;
mod manager;
mod replies;
mod server;
mod shared;
mod world;

pub use crate::session::Event as WorldEvent;
pub use crate::session::{Ending, Failure, Hands, Link, Loss, Refused, ServerOffset, Stats};
pub use config::{Auth, ClientConfig};
pub use error::{Category, ClientError};
pub use handle::WorldHandle;
pub use manager::SessionManager;
pub use world::World;
