//! The gate: accepts connections, sets their sockets' options, speaks TLS where the server has a certificate, and where faults are set
//! lets their bytes be carried by a relay.
//! What is asked on a connection is none of its business.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::extract::connect_info::Connected;
use axum::serve::{IncomingStream, Listener};
use rustls::ServerConfig;
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt, ReadBuf, duplex};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;

use super::drain::Drain;
use super::house::House;
use super::tls::Tls;
use crate::clock::Clock;
use crate::sim::faults::{Faults, Line, relay};

/// Bytes of a socket's buffer which may wait for the path: one fragment, 22 ms of the highest tier. What waits in the system can be
/// neither overtaken by sound nor dropped; what waits in the outlet can.
const UNSENT: u32 = 16 * 1024;

/// How long a client may take for its part of a TLS handshake.
const HANDSHAKE: Duration = Duration::from_secs(10);

/// Handshakes under way at most; who comes when there are so many waits in the system's queue.
const MOST_HANDSHAKES: usize = 256;

/// Accepts.
pub(super) struct Gate {
    listener: TcpListener,
    tls: Option<Tls>,
    /// Connections whose handshake is under way, so that a slow client keeps no other one waiting. Dropped with the gate.
    handshakes: JoinSet<Option<(Connection, SocketAddr)>>,
    clock: Clock,
    closing: CancellationToken,
    faults: Option<Faults>,
}

/// One accepted connection.
pub(super) struct Connection {
    bytes: Bytes,
    line: Option<Arc<Line>>,
    drain: Drain,
}

impl Connection {
    fn new(bytes: Bytes, line: Option<Arc<Line>>) -> Self {
        Self { bytes, line, drain: Drain::default() }
    }
}

enum Bytes {
    /// The socket itself.
    Socket(TcpStream),
    /// Through whatever stands between.
    Through(Box<dyn Both>),
}

trait Both: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Both for T {}

/// Who asks: known to every request of a connection.
#[derive(Clone)]
pub(super) struct Caller {
    /// The other end's address.
    pub(super) peer: SocketAddr,
    /// The connection as faults see it, where there are any.
    pub(super) line: Option<Arc<Line>>,
    /// What the connection holds back.
    pub(super) drain: Drain,
}

impl Gate {
    pub(super) fn new(listener: TcpListener, house: &House) -> Self {
        Self {
            listener,
            tls: house.config.tls.clone(),
            handshakes: JoinSet::new(),
            clock: house.clock,
            closing: house.closing.clone(),
            faults: house.faults.clone(),
        }
    }

    /// The connection of a socket; `None` where it is refused.
    fn admit(&self, socket: TcpStream) -> Option<Connection> {
        tune(&socket);
        let Some(faults) = &self.faults else { return Some(Connection::new(Bytes::Socket(socket), None)) };
        let Some(line) = faults.arrive() else {
            drop(socket.set_zero_linger());
            return None;
        };
        let (near, far) = duplex(UNSENT as usize);
        let (carried, clock, closing) = (Arc::clone(&line), self.clock, self.closing.clone());
        drop(tokio::spawn(async move { relay(socket, far, &carried, clock, closing).await }));
        Some(Connection::new(Bytes::Through(Box::new(near)), Some(line)))
    }
}

/// The connection through TLS; `None` where its client will not have that.
async fn secure(mut connection: Connection, shown: Option<Arc<ServerConfig>>) -> Option<Connection> {
    let Some(shown) = shown else {
        // A fault on purpose: whatever this is, it is no TLS.
        drop(connection.write_all(b"this server speaks no TLS\r\n").await);
        drop(connection.shutdown().await);
        return None;
    };
    let line = connection.line.clone();
    let stream = TlsAcceptor::from(shown).accept(connection).await.ok()?;
    Some(Connection::new(Bytes::Through(Box::new(stream)), line))
}

/// Where the system refuses an option, the stream is slower to feel its client, and works.
fn tune(socket: &TcpStream) {
    // A small control message must not wait for company (Nagle's algorithm).
    drop(socket.set_nodelay(true));
    #[cfg(any(target_os = "linux", target_os = "android"))]
    drop(socket2::SockRef::from(socket).set_tcp_notsent_lowat(UNSENT));
}

impl Listener for Gate {
    type Io = Connection;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Connection, SocketAddr) {
        loop {
            let (socket, peer) = tokio::select! {
                Some(secured) = self.handshakes.join_next(), if !self.handshakes.is_empty() => {
                    match secured {
                        Ok(Some(secured)) => return secured,
                        _ => continue,
                    }
                }
                // axum's own, which waits where the system has no more sockets to give.
                accepted = Listener::accept(&mut self.listener), if self.handshakes.len() < MOST_HANDSHAKES => accepted,
            };
            let Some(connection) = self.admit(socket) else { continue };
            let Some(tls) = &self.tls else { return (connection, peer) };
            let shown = tls.shown(self.faults.as_ref().and_then(Faults::certificate));
            self.handshakes.spawn(async move {
                let secured = timeout(HANDSHAKE, secure(connection, shown)).await.ok().flatten()?;
                Some((secured, peer))
            });
        }
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }
}

impl Connected<IncomingStream<'_, Gate>> for Caller {
    fn connect_info(stream: IncomingStream<'_, Gate>) -> Self {
        Self { peer: *stream.remote_addr(), line: stream.io().line.clone(), drain: stream.io().drain.clone() }
    }
}

impl Bytes {
    fn pin(&mut self) -> Pin<&mut dyn Both> {
        match self {
            Self::Socket(socket) => Pin::new(socket),
            Self::Through(way) => Pin::new(&mut **way),
        }
    }
}

impl AsyncRead for Connection {
    fn poll_read(mut self: Pin<&mut Self>, context: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        self.bytes.pin().poll_read(context, buffer)
    }
}

impl AsyncWrite for Connection {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.bytes.pin().poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let flushed = self.bytes.pin().poll_flush(context);
        if matches!(flushed, Poll::Ready(Ok(()))) {
            self.drain.flushed();
        }
        flushed
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.bytes.pin().poll_shutdown(context)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        parts: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.bytes.pin().poll_write_vectored(context, parts)
    }

    fn is_write_vectored(&self) -> bool {
        match &self.bytes {
            Bytes::Socket(socket) => socket.is_write_vectored(),
            Bytes::Through(way) => way.is_write_vectored(),
        }
    }
}
