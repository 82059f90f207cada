//! The world server: the control plane over HTTP and the stream over WebSocket or as Server-Sent Events, as `docs/protocol.md` has
//! them. It holds the worlds and knows nothing of how they look; each lives on a thread of its own in [`super::host`], or all in halls.

mod admin;
mod admission;
mod auth;
mod body;
mod config;
mod create;
mod doom;
mod drain;
mod events;
mod gate;
mod generated;
mod halls;
mod hearing;
mod hosted;
mod house;
mod refusal;
mod register;
mod rest;
mod start;
mod stream;
mod tls;
mod trouble;
mod uplink;
mod worlds;

pub use config::{ServeError, ServerConfig};
pub use start::{Server, ServerHandle};
pub use tls::{Tls, TlsError};
