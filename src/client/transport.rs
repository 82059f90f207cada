//! Which way a stream takes, and one face for both ways.

use std::fmt;
use std::task::{Context, Poll};

use url::Url;

use crate::net::{Events, Incoming, NetError, Socket};

/// How streams are opened.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Transport {
    /// By WebSocket; by Server-Sent Events where something on the way does not let WebSockets through (HO-9).
    #[default]
    Auto,
    /// By WebSocket alone.
    WebSocket,
    /// By Server-Sent Events, with what goes up by POST.
    Events,
}

impl fmt::Display for Transport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Auto => "auto",
            Self::WebSocket => "websocket",
            Self::Events => "events",
        })
    }
}

/// An open stream.
#[derive(Debug)]
pub(super) enum Line {
    Socket(Box<Socket>),
    Events(Box<Events>),
}

impl Line {
    pub(super) const fn transport(&self) -> Transport {
        match self {
            Self::Socket(_) => Transport::WebSocket,
            Self::Events(_) => Transport::Events,
        }
    }

    pub(super) fn send(&mut self, text: String) {
        match self {
            Self::Socket(socket) => socket.send(text),
            Self::Events(events) => events.send(text),
        }
    }

    pub(super) fn close(&mut self, code: u16) {
        match self {
            Self::Socket(socket) => socket.close(code),
            Self::Events(events) => events.close(code),
        }
    }

    /// Says where messages of this stream are posted to, where they are.
    pub(super) fn post_to(&mut self, url: impl FnOnce() -> Url) {
        if let Self::Events(events) = self {
            events.post_to(url());
        }
    }

    /// Sends what is to be sent and takes what comes.
    pub(super) fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Result<Incoming, NetError>> {
        match self {
            Self::Socket(socket) => socket.poll_next(cx),
            Self::Events(events) => events.poll_next(cx),
        }
    }

    pub(super) async fn finish(self) {
        match self {
            Self::Socket(socket) => socket.finish().await,
            Self::Events(events) => events.finish().await,
        }
    }
}
