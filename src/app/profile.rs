//! Profiles, budgets and limits as settings files say them: who pays, and how much at most.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use url::Url;

use super::args;
use super::errors::{Exit, Failure};
use crate::books::{Budget, Budgets, Limit};

/// The profile of whoever names none.
pub const DEFAULT: &str = "default";

/// `[profiles.NAME]`: a server, who asks there, and what that may cost.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Profile {
    /// World server.
    pub server: Option<Url>,
    /// File that holds the API key.
    pub api_key_file: Option<PathBuf>,
    /// Header that carries the key.
    pub auth_header: Option<String>,
    /// File with certificates (PEM) to trust for that server, instead of the settings' own.
    pub ca_file: Option<PathBuf>,
    /// What a second costs there: without it no credits can be set aside for a world.
    pub credits_per_second: Option<f64>,
    /// What may be spent under this profile.
    pub budget: Option<Allowance>,
}

/// `[budget]`: what may be spent; absent: no limit.
#[derive(Clone, Copy, Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Allowance {
    /// Seconds of media time per calendar day.
    pub day_seconds: Option<f64>,
    /// Credits per calendar day.
    pub day_credits: Option<f64>,
    /// Seconds of media time per calendar month.
    pub month_seconds: Option<f64>,
    /// Credits per calendar month.
    pub month_credits: Option<f64>,
}

/// `[limits]`: how long worlds may last where nobody says otherwise.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct LimitSettings {
    /// Longest session, as in `10m`.
    pub session: Option<String>,
    /// Longest time without a command.
    pub idle: Option<String>,
}

impl Allowance {
    const fn budget(self) -> Budget {
        Budget {
            day: Limit { seconds: self.day_seconds, credits: self.day_credits },
            month: Limit { seconds: self.month_seconds, credits: self.month_credits },
        }
    }

    /// What is wrong with it, with the place of it.
    pub fn check(&self, place: &str) -> Result<(), String> {
        let amounts = [
            ("day_seconds", self.day_seconds),
            ("day_credits", self.day_credits),
            ("month_seconds", self.month_seconds),
            ("month_credits", self.month_credits),
        ];
        amounts.into_iter().try_for_each(|(name, amount)| amount_fits(&format!("{place}.{name}"), amount))
    }
}

impl Profile {
    /// What is wrong with it.
    pub fn check(&self, name: &str) -> Result<(), String> {
        amount_fits(&format!("profiles.{name}.credits_per_second"), self.credits_per_second)?;
        self.budget.unwrap_or_default().check(&format!("profiles.{name}.budget"))
    }
}

impl LimitSettings {
    /// The longest session.
    pub fn session(&self) -> Result<Option<Duration>, String> {
        read("limits.session", self.session.as_deref())
    }

    /// The longest time without a command.
    pub fn idle(&self) -> Result<Option<Duration>, String> {
        read("limits.idle", self.idle.as_deref())
    }
}

/// The budgets in force for a profile.
#[must_use]
pub fn budgets(user: Option<Allowance>, profile: Option<&Profile>) -> Budgets {
    Budgets {
        user: user.unwrap_or_default().budget(),
        profile: profile.and_then(|profile| profile.budget).unwrap_or_default().budget(),
    }
}

/// The profile of a name. One that the settings do not have is an error: a slip of the pen would be a way around its budget.
pub fn named<'a>(profiles: &'a BTreeMap<String, Profile>, name: &str) -> Result<Option<&'a Profile>, Failure> {
    match profiles.get(name) {
        None if name != DEFAULT => {
            let known: Vec<&str> = profiles.keys().map(String::as_str).collect();
            let why = if known.is_empty() {
                "the settings have no [profiles.NAME]".to_owned()
            } else {
                format!("the settings have: {}", known.join(", "))
            };
            let fix = format!("add [profiles.{name}] to the settings, or name another by --profile");
            Err(Failure::new("usage", Exit::Usage, format!("there is no profile {name:?}"), why, fix))
        }
        found => Ok(found),
    }
}

fn read(place: &str, text: Option<&str>) -> Result<Option<Duration>, String> {
    match text.map(args::duration).transpose().map_err(|why| format!("{place}: {why}"))? {
        Some(Duration::ZERO) => Err(format!("{place}: leave it out for no limit")),
        duration => Ok(duration),
    }
}

fn amount_fits(place: &str, amount: Option<f64>) -> Result<(), String> {
    match amount {
        Some(amount) if !amount.is_finite() || amount < 0.0 => Err(format!("{place}: must be a number, 0 or above")),
        _ => Ok(()),
    }
}
