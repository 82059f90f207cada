//! Who may ask: keys of the three services, each with a plan and credits. Keys stand in no log, answer or record; accounts go by name.

use std::fmt;

use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Deserializer, Serialize};

/// One of the three services.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Service {
    /// happyhorselab.net.
    #[serde(rename = "hh-lab")]
    Lab,
    /// happyhorse.app.
    #[serde(rename = "hh-app")]
    App,
    /// The customer API.
    #[serde(rename = "hh-customer")]
    Customer,
}

impl Service {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Lab, Self::App, Self::Customer];

    /// As people and files name it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Lab => "hh-lab",
            Self::App => "hh-app",
            Self::Customer => "hh-customer",
        }
    }
}

impl fmt::Display for Service {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.name())
    }
}

/// An account of one service.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Account {
    /// What records call it. Unique.
    pub name: String,
    /// The service.
    pub service: Service,
    /// Its key.
    #[serde(deserialize_with = "secret")]
    pub key: SecretString,
    /// Its plan: `standard`, `pro` or `enterprise` at hh-lab, the names in [`super::CustomerRules::plans`] at hh-customer.
    #[serde(default)]
    pub plan: String,
    /// Credits at the beginning.
    pub credits: u64,
    /// Jobs at once, where the plan's limit is not wanted; 0: without limit.
    #[serde(default)]
    pub jobs_at_once: Option<u64>,
    /// Requests a minute, where the plan's limit is not wanted; 0: without limit.
    #[serde(default)]
    pub requests_a_minute: Option<u64>,
}

impl Account {
    /// An account.
    #[must_use]
    pub fn new(name: &str, service: Service, key: &str, plan: &str, credits: u64) -> Self {
        Self {
            name: name.to_owned(),
            service,
            key: SecretString::from(key),
            plan: plan.to_owned(),
            credits,
            jobs_at_once: None,
            requests_a_minute: None,
        }
    }

    /// The accounts that are there where nobody says otherwise.
    #[must_use]
    pub fn defaults() -> Vec<Self> {
        vec![
            Self::new("lab-pro", Service::Lab, "hh_seaglass0lab0pro0001", "pro", 10_000),
            Self::new("lab-standard", Service::Lab, "hh_seaglass0lab0std0001", "standard", 10_000),
            Self::new("app", Service::App, "seaglass-app-key-0001", "", 100_000),
            Self::new("customer-pro", Service::Customer, "hh_live_seaglass_pro_0001", "pro", 100_000),
            Self::new("customer-basic", Service::Customer, "hh_live_seaglass_basic_0001", "basic", 100_000),
        ]
    }

    /// The key, where it is one of [`Account::defaults`]: those are published and open nothing but a mock. Nobody else's is told.
    #[must_use]
    pub fn published_key(&self) -> Option<String> {
        let key = self.key.expose_secret();
        Self::defaults().iter().any(|account| account.key.expose_secret() == key).then(|| key.to_owned())
    }
}

fn secret<'de, D: Deserializer<'de>>(from: D) -> Result<SecretString, D::Error> {
    String::deserialize(from).map(SecretString::from)
}
