//! What the control plane (HTTP) answers: worlds as a server describes them.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::ids::WorldId;
use super::life::{EndReason, WorldState};
use super::tier_name::TierName;
use super::token::Token;

/// A world as `POST /v1/worlds` and `GET /v1/worlds/{id}` describe it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct WorldInfo {
    /// The world's id.
    pub id: WorldId,
    /// Its state.
    pub state: WorldState,
    /// Counts its state changes (HO-8).
    #[serde(default)]
    pub state_version: u32,
    /// The prompt it was made from.
    #[serde(default)]
    pub prompt: String,
    /// Its seed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seed: Option<u64>,
    /// Its tier.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tier: Option<TierName>,
    /// Seconds of media time that it has lived; final once it has ended.
    #[serde(default)]
    pub seconds_used: f64,
    /// Credits it has cost; 0 where nothing is priced.
    #[serde(default)]
    pub credits_used: f64,
    /// Whether a stream is attached.
    #[serde(default)]
    pub attached: bool,
    /// Why it ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended: Option<EndReason>,
    /// The key with which it was created; told to the creator's account alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub idempotency_key: Option<String>,
    /// A one-time ticket for opening the stream without the key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ticket: Option<Token>,
    /// Fields that this side does not know.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

/// Body of `GET /v1/worlds`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct WorldList {
    /// The caller's worlds, newest first.
    pub worlds: Vec<WorldInfo>,
}

/// Body of `GET /v1/usage`: what the caller's worlds have used, those that have ended too.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Usage {
    /// Seconds used by all of them.
    pub seconds_used: f64,
    /// Credits that all of them have cost.
    pub credits_used: f64,
    /// World by world, newest first.
    pub worlds: Vec<WorldUsage>,
    /// Fields that this side does not know.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

/// What one world has used.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct WorldUsage {
    /// The world.
    pub id: WorldId,
    /// The key with which it was created.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub idempotency_key: Option<String>,
    /// Seconds of media time that it has lived.
    #[serde(default)]
    pub seconds_used: f64,
    /// Credits it has cost.
    #[serde(default)]
    pub credits_used: f64,
    /// Why it ended; absent while it lives, and its figures rise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended: Option<EndReason>,
    /// Fields that this side does not know.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}
