//! What a server is told, and why it may not start.

use std::net::SocketAddr;
use std::time::Duration;

use secrecy::SecretString;

use super::tls::Tls;
use crate::sim::defect::Defects;
use crate::sim::faults::Script;
use crate::sim::host::AdaptationSettings;
use crate::sim::providers::ProvidersConfig;

/// How to serve.
#[derive(Clone, Debug)]
pub struct ServerConfig {
    /// Where to listen; port 0 lets the system choose.
    pub listen: SocketAddr,
    /// The key that every request must carry; none: anybody who reaches the address may use the server.
    pub key: Option<SecretString>,
    /// Most worlds alive at once. Each that is watched takes most of a core, unless they are shared.
    pub max_worlds: usize,
    /// Whether worlds that are asked for alike are shown as one: rendered and encoded once for all their streams. For load tests;
    /// commands change nothing in such a world. A world costs some kilobytes then, so `max_worlds` may be in the thousands.
    pub shared_world: bool,
    /// How long a world outlives its stream, where its creator does not say.
    pub grace: Duration,
    /// The longest such time that a creator may ask for.
    pub longest_grace: Duration,
    /// The longest that a world may run, watched or not, whatever its creator asks for; none: without end.
    pub longest_session: Option<Duration>,
    /// The longest that nobody may want anything of a world, whatever its creator asks for; none: without end.
    pub longest_idle: Option<Duration>,
    /// What a second of a world's media time costs; 0: nothing is priced. A negative or endless price counts as 0.
    pub credits_per_second: f64,
    /// A client that takes nothing off its stream for so long is gone.
    pub write_timeout: Duration,
    /// How worlds give way to slow networks.
    pub adaptation: AdaptationSettings,
    /// The certificate with which it speaks TLS; none: plain HTTP.
    pub tls: Option<Tls>,
    /// What goes wrong on purpose; its times count from the server's start. None: nothing, and nothing asks.
    pub faults: Option<Script>,
    /// Whether callers on this machine may change the faults while the server runs, at `/admin/faults`.
    pub admin: bool,
    /// The mocks of three services that make clips, on the same port and with a second one for their files; where they listen for
    /// their APIs is not theirs to say then. None: they are not there.
    pub providers: Option<ProvidersConfig>,
    /// What the server does wrong on purpose, for tests of tests.
    pub defects: Defects,
}

impl ServerConfig {
    /// A server on this address without a key, for at most four worlds.
    #[must_use]
    pub fn new(listen: SocketAddr) -> Self {
        Self {
            listen,
            key: None,
            max_worlds: 4,
            shared_world: false,
            grace: Duration::from_secs(30),
            longest_grace: Duration::from_secs(600),
            longest_session: None,
            longest_idle: None,
            credits_per_second: 0.0,
            write_timeout: Duration::from_secs(20),
            adaptation: AdaptationSettings::default(),
            tls: None,
            faults: None,
            admin: false,
            providers: None,
            defects: Defects::default(),
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
    /// The fault script asks for something that this server cannot do.
    #[error("the fault script does not fit this server: {0}")]
    Faults(String),
    /// The mocks of services cannot start.
    #[error("the providers cannot start: {0}")]
    Providers(String),
}
