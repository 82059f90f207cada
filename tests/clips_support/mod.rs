//! The providers' mocks and an agency for them, as quick as tests may be. Shared: each test binary uses its part.
#![allow(dead_code, reason = "every test binary uses its part")]
#![allow(clippy::unwrap_used, reason = "a test stops at what it does not expect")]

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use seaglass::books::{Books, Budgets};
use seaglass::clips::AgencyConfig;
use seaglass::clock::Clock;
use seaglass::jobs::{Backend, FieldNames, Pace, Prices};
use seaglass::net::Trust;
use seaglass::sim::providers::{Fault, FaultScript};
use seaglass::sim::{Providers, ProvidersConfig};

/// Everything at once, as quickly as a test may be.
pub async fn providers(faults: Vec<Fault>) -> Providers {
    let mut config = ProvidersConfig { faults: FaultScript::new(faults), ..ProvidersConfig::default() };
    (config.lab.render_s, config.app.render_s, config.customer.render_s) = (0.1, 0.1, 0.1);
    Providers::start(config).await.unwrap()
}

/// An agency of that service in those providers, with its journal in that folder.
pub fn config(backend: Backend, providers: &Providers, folder: &Path) -> AgencyConfig {
    let base = format!("http://{}", providers.address());
    let (base, key) = match backend {
        Backend::HhLab => (format!("{base}/v1"), "hh_seaglass0lab0pro0001"),
        Backend::HhApp => (base, "seaglass-app-key-0001"),
        Backend::HhCustomer => (base, "hh_live_seaglass_pro_0001"),
    };
    let often = Duration::from_millis(20);
    let pace = Pace {
        first: (often, often),
        interval: often,
        step: Duration::ZERO,
        longest: often,
        longest_limited: often,
        jitter: 0.0,
        deadline: Duration::from_secs(60),
    };
    AgencyConfig {
        backend,
        base,
        key: Some(key.to_owned().into()),
        allow_plaintext_key: false,
        trust: Trust::web(),
        clock: Clock::start(),
        books: Some(Arc::new(Books::open(&folder.join("books.sqlite")).unwrap())),
        profile: "default".to_owned(),
        budgets: Budgets::default(),
        names: FieldNames::default(),
        prices: Prices::default(),
        pace: Some(pace),
        rates: None,
        seed: 1,
    }
}
