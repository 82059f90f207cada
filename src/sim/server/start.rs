//! Starts and stops a server.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::serve::ListenerExt;
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::task::{JoinHandle, spawn_blocking};
use tokio::time::timeout;

use super::config::{ServeError, ServerConfig};
use super::house::House;
use super::rest::router;
use crate::wire::EndReason;

/// How long each part of going down may take: farewells, requests in flight, threads.
const FAREWELL: Duration = Duration::from_secs(3);

/// Bytes that the system may hold for one socket, on the way and not yet on it: what a path of 100 ms carries at 10 Mbit/s, of
/// which the highest tier asks six. More would let a path of that length run faster, and a slow client hide longer.
const SEND_BUFFER: u32 = 128 * 1024;

/// Bytes of that which may wait for the path: one fragment, 22 ms of the highest tier. What waits in the system can be neither
/// overtaken by sound nor dropped; what waits in the outlet can.
#[cfg(any(target_os = "linux", target_os = "android"))]
const UNSENT: u32 = 16 * 1024;

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
        let listener = listener.tap_io(|socket| tune(socket));
        let accepting = tokio::spawn(async move {
            let serving = axum::serve(listener, router).with_graceful_shutdown(closing.cancelled_owned());
            if let Err(error) = serving.await {
                tracing::error!(%error, "the server stopped accepting");
            }
        });
        Ok(ServerHandle { address, house, accepting })
    }
}

/// Where the system refuses an option, the stream is slower to feel its client, and works.
fn tune(socket: &TcpStream) {
    // A small control message must not wait for company (Nagle's algorithm).
    drop(socket.set_nodelay(true));
    #[cfg(any(target_os = "linux", target_os = "android"))]
    drop(socket2::SockRef::from(socket).set_tcp_notsent_lowat(UNSENT));
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
