//! Bytes to and from a server: an HTTP exchange, a WebSocket, Server-Sent Events. Knows no worlds and imports nothing of the project.

mod error;
mod event_lines;
mod events;
mod http;
mod origin;
mod plain;
mod raw;
mod socket;
mod tls;
mod transfer;

pub use error::{NetError, TlsFault};
pub use events::{Events, EventsTarget};
pub use http::{Body, Credential, Http, Method, Request, Response};
pub use origin::{Origin, shown};
pub use raw::{Headers, RawAnswer, RawFrame, RawMessage, RawRequest, RawSocket};
pub use socket::{Incoming, Socket, Target};
pub use tls::Trust;
pub use transfer::Fetched;
