//! Starts and stops a server.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::{ConnectInfo, Request};
use axum::middleware::{self, Next};
use axum::response::Response;
use tokio::net::{TcpListener, TcpSocket};
use tokio::task::{JoinHandle, spawn_blocking};
use tokio::time::timeout;

use super::config::{ServeError, ServerConfig};
use super::gate::{Caller, Gate};
use super::house::House;
use super::rest::router;
use super::trouble::{fits, keep_time};
use crate::sim::faults::Faults;
use crate::sim::providers::{Peer, Providers, ProvidersConfig};
use crate::wire::EndReason;

/// How long each part of going down may take: farewells, requests in flight, threads.
const FAREWELL: Duration = Duration::from_secs(3);

/// Bytes that the system may hold for one socket, on the way and not yet on it: what a path of 100 ms carries at 10 Mbit/s, of
/// which the highest tier asks six. More would let a path of that length run faster, and a slow client hide longer.
const SEND_BUFFER: u32 = 128 * 1024;

/// Starts servers.
#[derive(Debug)]
pub struct Server;

/// A running server. Dropping it stops the server without farewells; [`ServerHandle::shutdown`] is the orderly way.
pub struct ServerHandle {
    address: SocketAddr,
    house: Arc<House>,
    accepting: JoinHandle<()>,
    providers: Option<Providers>,
    serving_files: Option<JoinHandle<()>>,
}

impl Server {
    /// Listens and serves on the current tokio runtime until the handle says otherwise.
    ///
    /// # Errors
    /// [`ServeError::Listen`] if the address cannot be had, [`ServeError::Faults`] if the script cannot be acted out.
    pub async fn start(mut config: ServerConfig) -> Result<ServerHandle, ServeError> {
        if let Some(script) = &config.faults {
            fits(script, &config).map_err(ServeError::Faults)?;
        }
        let address = config.listen;
        let (listener, address) = listen(address).map_err(|source| ServeError::Listen { address, source })?;
        let secure = config.tls.is_some();
        let opened = config.providers.take().map(|wanted| open(wanted, address, secure)).transpose()?;
        let house = Arc::new(House::new(config));
        let mut router = router(Arc::clone(&house));
        let (mut providers, mut serving_files) = (None, None);
        if let Some((opened, files)) = opened {
            router = router.merge(opened.apis().layer(middleware::from_fn(know)));
            serving_files = Some(serve(Gate::new(files, &house), opened.files(), &house));
            providers = Some(opened);
        }
        let gate = Gate::new(listener, &house);
        if let Some(faults) = house.faults.clone() {
            drop(tokio::spawn(keep_time(Arc::clone(&house), faults)));
        }
        let accepting = serve(gate, router, &house);
        Ok(ServerHandle { address, house, accepting, providers, serving_files })
    }
}

/// Serves what comes through a gate, until the house closes.
fn serve(gate: Gate, router: Router, house: &House) -> JoinHandle<()> {
    let closing = house.closing.clone();
    let router = router.into_make_service_with_connect_info::<Caller>();
    tokio::spawn(async move {
        let serving = axum::serve(gate, router).with_graceful_shutdown(closing.cancelled_owned());
        if let Err(error) = serving.await {
            tracing::error!(%error, "the server stopped accepting");
        }
    })
}

/// The providers, and where their files are asked for.
fn open(wanted: ProvidersConfig, address: SocketAddr, secure: bool) -> Result<(Providers, TcpListener), ServeError> {
    let asked = wanted.files_listen;
    let (files, files_address) = listen(asked).map_err(|source| ServeError::Listen { address: asked, source })?;
    // Nobody can call an unspecified address.
    let host = match files_address.ip() {
        ip if !ip.is_unspecified() => ip,
        IpAddr::V4(_) => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(_) => Ipv6Addr::LOCALHOST.into(),
    };
    let scheme = if secure { "https" } else { "http" };
    let origin = format!("{scheme}://{}", SocketAddr::new(host, files_address.port()));
    let providers = Providers::prepare(wanted, address, files_address, origin);
    let providers = providers.map_err(|error| ServeError::Providers(error.to_string()))?;
    Ok((providers, files))
}

/// Tells the providers who calls.
async fn know(ConnectInfo(caller): ConnectInfo<Caller>, mut request: Request, next: Next) -> Response {
    request.extensions_mut().insert(Peer(caller.peer));
    next.run(request).await
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

    /// What goes wrong on purpose, to be changed while the server runs; `None` where its configuration has neither
    /// [`ServerConfig::faults`] nor [`ServerConfig::admin`].
    #[must_use]
    pub fn faults(&self) -> Option<&Faults> {
        self.house.faults.as_ref()
    }

    /// The mocks of services, where [`ServerConfig::providers`] asks for them.
    #[must_use]
    pub fn providers(&self) -> Option<&Providers> {
        self.providers.as_ref()
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
        if let Some(serving) = &self.serving_files {
            serving.abort();
        }
    }
}
