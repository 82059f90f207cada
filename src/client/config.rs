//! Where the server is, who asks, and how long things may take.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};

use super::transport::Transport;
use crate::books::{Books, Budgets};
use crate::clock::Clock;
use crate::net::Trust;
use crate::session::OwnLimits;

/// How to reach a world server.
#[derive(Clone, Debug)]
pub struct ClientConfig {
    /// Scheme, host, port and, where the server hides behind one, a path prefix. There is no default server (HO-7).
    pub base_url: String,
    /// The collection of worlds below it; the projected API says `v1/worlds`, unconfirmed (HO-6).
    pub worlds_path: String,
    /// Who asks.
    pub auth: Auth,
    /// Whether the key may travel unencrypted to another machine. To this machine it always may.
    pub allow_insecure_key: bool,
    /// Whom to trust over `https` and `wss`: the web's authorities, and whoever is added.
    pub trust: Trust,
    /// The clock that stamps everything; share the player's.
    pub clock: Clock,
    /// Longest time for a connection to stand.
    pub connect_timeout: Duration,
    /// Longest time for an HTTP answer.
    pub request_timeout: Duration,
    /// Which way streams take.
    pub transport: Transport,
    /// Limits that this side keeps (HO-21, HO-22).
    pub limits: OwnLimits,
    /// How long a world may be without a stream before it is given up (HO-19); zero: a lost stream ends it.
    pub outage: Duration,
    /// Longest time for a DELETE on the way out (HO-20); independent of every other deadline.
    pub delete_timeout: Duration,
    /// Where worlds are journaled and paid from; `None`: nowhere, and a crash of this process forgets its worlds.
    pub books: Option<Bookkeeping>,
}

/// Where worlds are journaled (HO-25) and paid from (HO-23).
#[derive(Clone, Debug)]
pub struct Bookkeeping {
    /// The books.
    pub books: Arc<Books>,
    /// The profile that pays.
    pub profile: String,
    /// What may be spent.
    pub budgets: Budgets,
    /// Longest session that is paid for where a create asks for none and something is limited; it becomes the world's own limit.
    pub longest: Duration,
    /// Price of a second, where it is known beforehand: without it no credits can be set aside.
    pub credits_per_second: Option<f64>,
}

/// Who asks: a key in a header (HO-30). `Debug` never shows it.
#[derive(Clone, Default)]
pub struct Auth {
    header: Option<Arc<(String, SecretString)>>,
}

impl ClientConfig {
    /// Defaults for a server.
    #[must_use]
    pub fn new(base_url: impl Into<String>, auth: Auth, clock: Clock) -> Self {
        Self {
            base_url: base_url.into(),
            worlds_path: "v1/worlds".to_owned(),
            auth,
            allow_insecure_key: false,
            trust: Trust::web(),
            clock,
            connect_timeout: Duration::from_secs(10),
            request_timeout: Duration::from_secs(30),
            transport: Transport::default(),
            limits: OwnLimits::default(),
            outage: Duration::from_secs(30),
            delete_timeout: Duration::from_secs(5),
            books: None,
        }
    }
}

impl Bookkeeping {
    /// Books without a budget, under the profile `default`.
    #[must_use]
    pub fn new(books: Arc<Books>) -> Self {
        Self {
            books,
            profile: "default".to_owned(),
            budgets: Budgets::default(),
            longest: Duration::from_hours(1),
            credits_per_second: None,
        }
    }
}

impl Auth {
    /// Nobody in particular: no header.
    #[must_use]
    pub fn none() -> Self {
        Self::default()
    }

    /// `Authorization: Bearer KEY`.
    #[must_use]
    pub fn bearer(key: SecretString) -> Self {
        let value = SecretString::from(format!("Bearer {}", key.expose_secret()));
        Self { header: Some(Arc::new(("authorization".to_owned(), value))) }
    }

    /// The key as the whole value of a header of another name.
    #[must_use]
    pub fn header(name: impl Into<String>, key: SecretString) -> Self {
        Self { header: Some(Arc::new((name.into(), key))) }
    }

    /// Whether there is a key.
    #[must_use]
    pub const fn is_some(&self) -> bool {
        self.header.is_some()
    }

    /// Name and value of the header, for the request alone.
    pub(super) fn pair(&self) -> Option<(&str, &SecretString)> {
        self.header.as_deref().map(|(name, value)| (name.as_str(), value))
    }
}

impl fmt::Debug for Auth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.pair() {
            Some((name, _)) => write!(f, "Auth({name}: redacted)"),
            None => f.write_str("Auth(none)"),
        }
    }
}
