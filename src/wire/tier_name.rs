//! A quality tier by name. The tiers of this profile are [`Tier`]; a server may have others.

use serde::{Deserialize, Serialize};

use crate::media::Tier;

/// A tier's name; names that this side does not know survive.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub enum TierName {
    /// One of the three of this profile.
    Known(Tier),
    /// A server's own.
    Other(String),
}

impl TierName {
    /// The name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::Known(tier) => tier.name(),
            Self::Other(name) => name,
        }
    }
}

impl Default for TierName {
    fn default() -> Self {
        Self::Known(Tier::default())
    }
}

impl From<String> for TierName {
    fn from(name: String) -> Self {
        name.parse().map_or(Self::Other(name), Self::Known)
    }
}

impl From<TierName> for String {
    fn from(name: TierName) -> Self {
        name.as_str().to_owned()
    }
}

impl From<Tier> for TierName {
    fn from(tier: Tier) -> Self {
        Self::Known(tier)
    }
}
