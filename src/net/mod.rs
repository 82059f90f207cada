//! Bytes to and from a server: an HTTP exchange, a WebSocket. Knows no worlds and imports nothing of the project.

mod error;
mod http;
mod origin;
mod socket;
mod tls;

pub use error::NetError;
pub use http::{Credential, Http, Method, Request, Response};
pub use origin::Origin;
pub use socket::{Incoming, Socket, Target};
