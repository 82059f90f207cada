//! The server under test: where it is, with which key, how patient to be. It sends requests and knows nothing of cases.

use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};

use crate::clock::Clock;
use crate::net::{Http, NetError, Origin, Trust};

/// Connecting may take so long.
const CONNECT: Duration = Duration::from_secs(5);

/// How the key travels.
#[derive(Clone, Debug)]
pub struct Key {
    /// A header of its own, where it is not `Authorization: Bearer`.
    pub header: Option<String>,
    /// The key.
    pub value: SecretString,
}

/// The server under test.
#[derive(Clone, Debug)]
pub struct Target {
    /// Exchanges.
    pub http: Http,
    /// Where.
    pub origin: Origin,
    /// Who asks.
    pub key: Option<Key>,
    /// Now.
    pub clock: Clock,
    /// Stands in the prompt of every world of this run, so that none can be lost sight of.
    pub marker: String,
    /// How long a single awaited thing may take.
    pub patience: Duration,
    /// Repeats the run.
    pub seed: u64,
}

impl Target {
    /// A server. Sends nothing.
    ///
    /// # Errors
    /// [`NetError::InsecureKey`] where the key would travel in the open, unless that is allowed.
    pub fn new(
        origin: Origin,
        trust: Trust,
        key: Option<Key>,
        allow_plaintext_key: bool,
        clock: Clock,
        timeout: Duration,
        seed: u64,
    ) -> Result<Self, NetError> {
        if key.is_some() && !allow_plaintext_key && !origin.is_private() {
            return Err(NetError::InsecureKey { host: origin.host() });
        }
        let http = Http::new(trust, CONNECT, timeout)?;
        let marker = format!("seaglass check {seed:016x}");
        Ok(Self { http, origin, key, clock, marker, patience: timeout.mul_f64(0.6), seed })
    }

    /// The header that carries the key.
    pub fn credential(&self) -> Option<(String, String)> {
        let key = self.key.as_ref()?;
        let value = key.value.expose_secret();
        Some(match &key.header {
            Some(name) => (name.clone(), value.to_owned()),
            None => ("Authorization".to_owned(), format!("Bearer {value}")),
        })
    }

    /// Whether the server is on this machine.
    pub fn is_local(&self) -> bool {
        self.origin.as_str().starts_with("http://") && self.origin.is_private()
    }
}
