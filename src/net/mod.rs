//! Bytes to and from a server: an HTTP exchange, a WebSocket. Knows no worlds and imports nothing of the project.

mod error;

pub use error::NetError;
