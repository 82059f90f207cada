//! What a server is told, and why it may not start.

use std::net::SocketAddr;
use std::time::Duration;

use secrecy::SecretString;

use crate::sim::host::AdaptationSettings;

/// How to serve.
#[derive(Clone, Debug)]
pub struct ServerConfig {
    /// Where to listen; port 0 lets the system choose.
    pub listen: SocketAddr,
    /// The key that every request must carry; none: anybody who reaches the address may use the server.
    pub key: Option<SecretString>,
    /// Most worlds alive at once. Each that is watched takes most of a core.
    pub max_worlds: usize,
    /// How long a world outlives its stream, where its creator does not say.
    pub grace: Duration,
    /// The longest such time that a creator may ask for.
    pub longest_grace: Duration,
    /// How worlds give way to slow networks.
    pub adaptation: AdaptationSettings,
}

impl ServerConfig {
    /// A server on this address without a key, for at most four worlds.
    #[must_use]
    pub fn new(listen: SocketAddr) -> Self {
        Self {
            listen,
            key: None,
            max_worlds: 4,
            grace: Duration::from_secs(30),
            longest_grace: Duration::from_secs(600),
            adaptation: AdaptationSettings::default(),
        }
    }
}

/// Why a server does not start.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// The address cannot be listened on.
    #[error("cannot listen on {address}: {source}; choose another address or port with --listen")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// What the system says.
        source: std::io::Error,
    },
}
