//! What can go wrong on the way to a server: each with what, why and what to do.

use std::time::Duration;

/// What takes too long when no connection comes about.
pub(super) const CONNECTING: &str = "connecting to the server";

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
    #[error("no encrypted connection to {host}: {why}")]
    Tls {
        /// Host and port.
        host: String,
        /// The kind of it, which knows what to do.
        fault: TlsFault,
        /// What is wrong, with dates and names.
        why: String,
    },
    /// Certificates that were to be trusted cannot be.
    #[error("the certificates to be trusted cannot be used: {why}")]
    Roots {
        /// Why not.
        why: String,
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

/// Kinds of failure of an encrypted connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum TlsFault {
    /// The certificate has expired.
    Expired,
    /// The certificate is not valid yet.
    NotYetValid,
    /// The certificate is for other names.
    WrongName,
    /// No authority that is trusted has signed the certificate.
    UnknownIssuer,
    /// The certificate has been revoked.
    Revoked,
    /// The certificate cannot be read, or may not be used so.
    BadCertificate,
    /// What answers speaks no TLS.
    NoTls,
    /// What answers speaks TLS, and was asked without.
    Unasked,
    /// No version or method of TLS that both sides know.
    Mismatch,
    /// Anything else on the way to an encrypted connection.
    Handshake,
}

impl TlsFault {
    /// What to do, in one sentence.
    #[must_use]
    pub const fn advice(self) -> &'static str {
        match self {
            Self::Expired => {
                "Check this machine's date; if it is right, whoever runs the server must renew the certificate."
            }
            Self::NotYetValid => "Check this machine's date: it is probably behind.",
            Self::WrongName => {
                "Name the server as its certificate does; if it is that name already, beware: another server answers."
            }
            Self::UnknownIssuer => {
                "If the server is yours, trust its authority, or its own self-signed certificate: --ca-file FILE (PEM; from code \
                 ClientConfig::trust). Otherwise beware: another server may be answering."
            }
            Self::Revoked => "Do not use this server until whoever runs it has a new certificate.",
            Self::BadCertificate => "Whoever runs the server must give it a certificate for servers, of X.509 version 3.",
            Self::NoTls => "Check the port; use http:// only if the server is on this machine or its way is private.",
            Self::Unasked => "Say https:// in the server's URL.",
            Self::Mismatch => "The server must offer TLS 1.2 or 1.3 with methods of today.",
            Self::Handshake => "Check that the port is the server's https port, and that nothing on the way cuts in.",
        }
    }

    /// Whether another try may go better: the certificate of a server stays what it is.
    #[must_use]
    pub const fn may_pass(self) -> bool {
        matches!(self, Self::NoTls | Self::Handshake)
    }
}

impl NetError {
    /// Whether nothing of the request has left this machine, and it may do so on another try.
    #[must_use]
    pub fn is_unsent(&self) -> bool {
        match self {
            Self::Unreachable { .. } | Self::Dns { .. } => true,
            Self::Timeout { what, .. } => *what == CONNECTING,
            _ => false,
        }
    }
}
