//! What can go wrong on the way to a server: each with what, why and what to do.

use std::time::Duration;

/// A failed exchange or stream. Holds no header, so no key.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NetError {
    /// The URL cannot be used.
    #[error("{url:?} is no usable server URL: {why}")]
    Url {
        /// The URL, without credentials.
        url: String,
        /// Why not.
        why: String,
    },
    /// A key would travel readable for everybody on the way.
    #[error(
        "the key is not sent to {host} over an unencrypted connection: use https, a server on this machine, or allow it explicitly"
    )]
    InsecureKey {
        /// The host.
        host: String,
    },
    /// A header cannot be sent.
    #[error("header {name:?} cannot be sent: {why}")]
    Header {
        /// Its name; never its value.
        name: String,
        /// Why not.
        why: &'static str,
    },
    /// The name has no address.
    #[error("no address is known for host {host:?}: check the spelling and the network")]
    Dns {
        /// The host.
        host: String,
    },
    /// Nobody listens there, or no way leads there.
    #[error("cannot connect to {host}: {why}. Check that the server runs and that the address and port are right")]
    Unreachable {
        /// Host and port.
        host: String,
        /// The operating system's words.
        why: String,
    },
    /// The encrypted connection could not be made.
    #[error("no encrypted connection to {host}: {why}. {hint}")]
    Tls {
        /// Host and port.
        host: String,
        /// The library's words.
        why: String,
        /// What to do.
        hint: &'static str,
    },
    /// It took too long.
    #[error("{what} took longer than {} s", .after.as_secs_f32())]
    Timeout {
        /// What took too long.
        what: &'static str,
        /// The time allowed.
        after: Duration,
    },
    /// The server answers the request for a stream with an HTTP status.
    #[error("the server refused to open the stream with HTTP status {status}")]
    Refused {
        /// The status.
        status: u16,
        /// The start of its body.
        body: Vec<u8>,
        /// Seconds after which it may be tried again.
        retry_after: Option<Duration>,
    },
    /// The server answers, but not as a WebSocket of the protocol asked for.
    #[error("the server at {host} does not speak {protocol}: {why}")]
    NotTheProtocol {
        /// Host and port.
        host: String,
        /// The sub-protocol asked for.
        protocol: String,
        /// What it did instead.
        why: String,
    },
    /// A connection that stood broke.
    #[error("the connection broke: {why}")]
    Broken {
        /// The operating system's words.
        why: String,
    },
    /// More bytes than the bound.
    #[error("the server sent {what} larger than the {most} bytes allowed")]
    TooLarge {
        /// What.
        what: &'static str,
        /// The bound.
        most: usize,
    },
    /// The peer broke the rules of HTTP or WebSocket.
    #[error("the server broke the rules of the transport: {why}")]
    Malformed {
        /// How.
        why: String,
    },
}
