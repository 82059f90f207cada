//! The world server: the control plane over HTTP and the stream over WebSocket, as `docs/protocol.md` has them. It holds the
//! worlds and knows nothing of how they look; each lives on a thread of its own in [`super::host`].

mod auth;
mod config;
mod create;
mod generated;
mod house;
mod refusal;
mod rest;
mod start;
mod stream;
mod worlds;

pub use config::{ServeError, ServerConfig};
pub use start::{Server, ServerHandle};
