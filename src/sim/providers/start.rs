//! Starts the providers: on two ports of their own, or on a server's port with a second one for files.

use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::{ConnectInfo, Request};
use axum::middleware::{self, Next};
use axum::response::Response;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::account::Account;
use super::admin::Peer;
use super::config::ProvidersConfig;
use super::fault::{Book, FaultScript};
use super::record::Log;
use super::routes;
use super::shop::{Shop, in_millis};

/// Running providers. Dropping them stops what they listen on themselves.
#[derive(Debug)]
pub struct Providers {
    shop: Arc<Shop>,
    address: SocketAddr,
    files_address: SocketAddr,
    closing: CancellationToken,
    serving: Vec<JoinHandle<()>>,
}

impl Providers {
    /// Listens on two ports of its own and serves on the current tokio runtime until it is dropped.
    ///
    /// # Errors
    /// What the configuration or the system says.
    pub async fn start(config: ProvidersConfig) -> std::io::Result<Self> {
        let listener = TcpListener::bind(config.listen).await?;
        let files = TcpListener::bind(config.files_listen).await?;
        let (address, files_address) = (listener.local_addr()?, files.local_addr()?);
        let origin = format!("http://{files_address}");
        let mut providers = Self::prepare(config, address, files_address, origin)?;
        let known = || middleware::from_fn(know);
        let none = || async { super::exchange::respond(404, "text/plain", "no such path here\n") };
        providers.serve(listener, routes::apis(&providers.shop).fallback(none).layer(known()));
        providers.serve(files, routes::files(&providers.shop));
        Ok(providers)
    }

    /// The providers for a server that serves [`Providers::apis`] and [`Providers::files`] itself.
    pub(crate) fn prepare(
        config: ProvidersConfig,
        address: SocketAddr,
        files_address: SocketAddr,
        files_origin: String,
    ) -> std::io::Result<Self> {
        config.check().map_err(|error| std::io::Error::new(std::io::ErrorKind::InvalidInput, error))?;
        let origin = config.files_origin.clone().unwrap_or(files_origin);
        let shop = Arc::new(Shop::new(config, origin.trim_end_matches('/').to_owned()));
        Ok(Self { shop, address, files_address, closing: CancellationToken::new(), serving: Vec::new() })
    }

    /// The paths of the three APIs; requests must carry a [`Peer`] for the admin paths to answer.
    pub(crate) fn apis(&self) -> Router {
        routes::apis(&self.shop)
    }

    /// Storage and CDN.
    pub(crate) fn files(&self) -> Router {
        routes::files(&self.shop)
    }

    /// Where the APIs listen.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Where storage and CDN listen.
    #[must_use]
    pub fn files_address(&self) -> SocketAddr {
        self.files_address
    }

    /// The origin of every link to a file.
    #[must_use]
    pub fn files_origin(&self) -> &str {
        &self.shop.links.origin
    }

    /// Who may ask.
    #[must_use]
    pub fn accounts(&self) -> &[Account] {
        &self.shop.config.accounts
    }

    /// What was seen so far.
    #[must_use]
    pub fn log(&self) -> Log {
        drop(self.shop.desk());
        self.shop.log().clone()
    }

    /// Credits of an account, by its name; `None` where there is none of that name.
    #[must_use]
    pub fn credits(&self, account: &str) -> Option<u64> {
        let index = self.shop.config.accounts.iter().position(|known| known.name == account)?;
        Some(self.shop.desk().holders[index].credits)
    }

    /// Replaces the faults; they count from now.
    ///
    /// # Errors
    /// What is wrong with the script; the old one stays then.
    pub fn set_faults(&self, script: FaultScript) -> Result<(), String> {
        script.check()?;
        *self.shop.book() = Book::new(script);
        Ok(())
    }

    /// Moves virtual time on; whether it is virtual.
    pub fn advance(&self, by: Duration) -> bool {
        self.shop.time.advance(in_millis(by.as_secs_f64()))
    }

    fn serve(&mut self, listener: TcpListener, router: Router) {
        let closing = self.closing.clone();
        let router = router.into_make_service_with_connect_info::<SocketAddr>();
        self.serving.push(tokio::spawn(until(closing, async move {
            if let Err(error) = axum::serve(listener, router).await {
                tracing::error!(%error, "the providers stopped accepting");
            }
        })));
    }
}

impl Drop for Providers {
    fn drop(&mut self) {
        self.closing.cancel();
    }
}

async fn until(closing: CancellationToken, work: impl Future<Output = ()>) {
    tokio::select! {
        () = closing.cancelled() => {}
        () = work => {}
    }
}

/// Says who calls.
async fn know(ConnectInfo(peer): ConnectInfo<SocketAddr>, mut request: Request, next: Next) -> Response {
    request.extensions_mut().insert(Peer(peer));
    next.run(request).await
}
