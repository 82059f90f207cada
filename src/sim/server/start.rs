//! Starts and stops a server.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::serve::ListenerExt;
use tokio::net::{TcpListener, TcpSocket};
use tokio::task::{JoinHandle, spawn_blocking};
use tokio::time::timeout;

use super::config::{ServeError, ServerConfig};
use super::house::House;
use super::rest::router;
use crate::wire::EndReason;

/// How long each part of going down may take: farewells, requests in flight, threads.
const FAREWELL: Duration = Duration::from_secs(3);

/// Bytes that the system may hold for one socket. Small, so that a slow client is seen by the outlet, which can drop a frame,
/// and not hidden in a kernel buffer, which cannot: sound would wait behind all of it. Twice the round trip of 100 ms at 5 Mbit/s.
const SEND_BUFFER: u32 = 128 * 1024;

/// Starts servers.
#[derive(Debug)]
pub struct Server;

/// A running server. Dropping it stops the server without farewells; [`ServerHandle::shutdown`] is the orderly way.
pub struct ServerHandle {
    address: SocketAddr,
    house: Arc<House>,
    accepting: JoinHandle<()>,
}

impl Server {
    /// Listens and serves on the current tokio runtime until the handle says otherwise.
    ///
    /// # Errors
    /// [`ServeError::Listen`] if the address cannot be had.
    pub async fn start(config: ServerConfig) -> Result<ServerHandle, ServeError> {
        let address = config.listen;
        let (listener, address) = listen(address).map_err(|source| ServeError::Listen { address, source })?;
        let house = Arc::new(House::new(config));
        let router = router(Arc::clone(&house));
        let closing = house.closing.clone();
        // A small control message must not wait for company (Nagle's algorithm).
        let listener = listener.tap_io(|socket| drop(socket.set_nodelay(true)));
        let accepting = tokio::spawn(async move {
            let serving = axum::serve(listener, router).with_graceful_shutdown(closing.cancelled_owned());
            if let Err(error) = serving.await {
                tracing::error!(%error, "the server stopped accepting");
            }
        });
        Ok(ServerHandle { address, house, accepting })
    }
}

fn listen(address: SocketAddr) -> io::Result<(TcpListener, SocketAddr)> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
    #[cfg(unix)]
    socket.set_reuseaddr(true)?;
    // Accepted sockets inherit it.
    socket.set_send_buffer_size(SEND_BUFFER)?;
    socket.bind(address)?;
    let listener = socket.listen(1024)?;
    let address = listener.local_addr()?;
    Ok((listener, address))
}

impl ServerHandle {
    /// Where it listens, with the port that the system chose.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Goes down in order: takes no more requests, ends every world with a word to its client, waits (bounded) for all of it.
    pub async fn shutdown(mut self) {
        self.house.closing.cancel();
        let threads = self.house.end_all(&EndReason::Shutdown);
        drop(timeout(FAREWELL, self.house.streams.write()).await);
        drop(timeout(FAREWELL, &mut self.accepting).await);
        let join = spawn_blocking(move || threads.into_iter().for_each(|thread| drop(thread.join())));
        drop(timeout(FAREWELL, join).await);
    }
}

impl Drop for ServerHandle {
    fn drop(&mut self) {
        self.house.closing.cancel();
        drop(self.house.end_all(&EndReason::Shutdown));
        self.accepting.abort();
    }
}
