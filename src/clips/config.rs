//! How an agency is set up.

use std::sync::Arc;
use std::time::Duration;

use secrecy::SecretString;

use crate::books::{Books, Budgets};
use crate::clock::Clock;
use crate::jobs::{Backend, FieldNames, Pace, Prices, Rates};
use crate::net::Trust;

/// How an agency is set up.
#[derive(Clone, Debug)]
pub struct AgencyConfig {
    /// Which service's words are spoken.
    pub backend: Backend,
    /// Its base URL.
    pub base: String,
    /// The key, sent as `Authorization: Bearer` to that base's origin alone.
    pub key: Option<SecretString>,
    /// Send the key over plain http to a host that is not this machine.
    pub allow_plaintext_key: bool,
    /// Whom to trust over https.
    pub trust: Trust,
    /// The run's clock.
    pub clock: Clock,
    /// The journal; nothing is submitted without it.
    pub books: Option<Arc<Books>>,
    /// Who pays.
    pub profile: String,
    /// What may be spent.
    pub budgets: Budgets,
    /// Names of fields that the documents lost.
    pub names: FieldNames,
    /// Prices that the user knows.
    pub prices: Prices,
    /// Another pace than the document's.
    pub pace: Option<Pace>,
    /// Other rates than the document's.
    pub rates: Option<Rates>,
    /// Scatters waits.
    pub seed: u64,
}

/// How long and how a job is waited for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Waiting {
    /// For how long; `None`: as the document says.
    pub deadline: Option<Duration>,
}
