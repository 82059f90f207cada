//! What the providers are told, in code or as TOML.

use std::net::{Ipv4Addr, SocketAddr};

use serde::Deserialize;

use super::account::Account;
use super::fault::FaultScript;
use super::rules::{AppRules, CustomerRules, LabRules};

/// Accounts at most.
const MOST_ACCOUNTS: usize = 1000;

/// How to be the providers.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ProvidersConfig {
    /// Where the APIs listen where nobody else listens for them; port 0 lets the system choose.
    #[serde(skip)]
    pub listen: SocketAddr,
    /// Where storage and CDN listen: another origin.
    #[serde(skip)]
    pub files_listen: SocketAddr,
    /// The origin under which clients reach storage and CDN, where it is not the address that they listen on.
    pub files_origin: Option<String>,
    /// Whether time moves only by `POST /admin/providers/clock`.
    pub virtual_clock: bool,
    /// Whether clips have the full size of the resolution that was asked for, instead of a small one of its shape.
    pub full_size: bool,
    /// Who may ask.
    pub accounts: Vec<Account>,
    /// hh-lab.
    pub lab: LabRules,
    /// hh-app.
    pub app: AppRules,
    /// hh-customer.
    pub customer: CustomerRules,
    /// What goes wrong on purpose.
    pub faults: FaultScript,
}

/// Why a configuration is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct ConfigError(pub String);

impl Default for ProvidersConfig {
    fn default() -> Self {
        let anywhere = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        Self {
            listen: anywhere,
            files_listen: anywhere,
            files_origin: None,
            virtual_clock: false,
            full_size: false,
            accounts: Account::defaults(),
            lab: LabRules::default(),
            app: AppRules::default(),
            customer: CustomerRules::default(),
            faults: FaultScript::default(),
        }
    }
}

impl ProvidersConfig {
    /// Reads TOML, over the defaults.
    ///
    /// # Errors
    /// What is wrong, with its place.
    pub fn from_toml(text: &str) -> Result<Self, ConfigError> {
        let config: Self = toml::from_str(text).map_err(|error| ConfigError(error.to_string().trim_end().to_owned()))?;
        config.check()?;
        Ok(config)
    }

    /// Whether it can be acted on.
    ///
    /// # Errors
    /// What is wrong.
    pub fn check(&self) -> Result<(), ConfigError> {
        let wrong = |what: String| Err(ConfigError(what));
        if self.accounts.len() > MOST_ACCOUNTS {
            return wrong(format!("accounts: {} are more than the {MOST_ACCOUNTS} allowed", self.accounts.len()));
        }
        for (index, account) in self.accounts.iter().enumerate() {
            if self.accounts[..index].iter().any(|other| other.name == account.name) {
                return wrong(format!("accounts: there are two named {}: give each a name of its own", account.name));
            }
        }
        let seconds = [
            ("lab.render_s", self.lab.render_s),
            ("lab.link_expires_s", self.lab.link_expires_s),
            ("app.render_s", self.app.render_s),
            ("app.link_expires_s", self.app.link_expires_s.unwrap_or_default()),
            ("customer.render_s", self.customer.render_s),
            ("customer.link_expires_s", self.customer.link_expires_s.unwrap_or_default()),
            ("customer.upload_expires_s", self.customer.upload_expires_s),
        ];
        if let Some((name, value)) = seconds.into_iter().find(|(_, value)| !(0.0..=1e9).contains(value)) {
            return wrong(format!("{name}: {value} is no number of seconds from 0 to 1e9"));
        }
        self.faults.check().map_err(ConfigError)
    }
}
