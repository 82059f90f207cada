//! The tokio face: [`SessionManager`] creates, lists, attaches and ends worlds; a [`World`] is a live one, its [`WorldHandle`]
//! acts on it, and its [`WorldEvent`]s tell what happens. Knows no pixels: packets go to a [`crate::media::PacketSink`].

mod account;
mod alarm;
mod config;
mod courier;
mod deletion;
mod dialer;
mod driver;
mod errand;
mod error;
mod handle;
mod inbox;
mod manager;
mod reaping;
mod replies;
mod retry;
mod server;
mod shared;
mod transport;
mod undertaker;
mod verdicts;
mod world;

pub use crate::net::Trust;
pub use crate::session::Event as WorldEvent;
pub use crate::session::{
    Bill, Ending, Failure, Hands, Link, Loss, OwnLimits, Refusal, RefusalCause, Refused, ServerOffset, Stats,
};
pub use config::{Auth, Bookkeeping, ClientConfig};
pub use error::{Category, ClientError};
pub use handle::WorldHandle;
pub use manager::{Acknowledgement, SessionManager};
pub use reaping::{Reap, ReapOutcome, Reaped};
pub use transport::Transport;
pub use world::World;
