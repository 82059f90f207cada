//! A world's life: its states, its limits, and why it ends.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::violation::Violations;

/// A world's life.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", expecting = "must be a name, as a string")]
pub enum WorldState {
    /// Waiting for capacity.
    Queued,
    /// Being built.
    Warming,
    /// Running.
    Running,
    /// Its time stands still.
    Paused,
    /// Over.
    Ended,
    /// A state that this side does not know.
    #[serde(untagged)]
    Other(String),
}

/// Why a world ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", expecting = "must be a name, as a string")]
pub enum EndReason {
    /// The user ended it.
    Deleted,
    /// No user command for too long.
    Idle,
    /// The longest session was reached.
    Limit,
    /// The grace time after a lost stream passed.
    Abandoned,
    /// The server failed.
    Failed,
    /// The server is going down.
    Shutdown,
    /// A reason that this side does not know.
    #[serde(untagged)]
    Other(String),
}

/// Which limit a warning is of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", expecting = "must be a name, as a string")]
pub enum LimitKind {
    /// Longest session.
    Session,
    /// Idle time.
    Idle,
    /// Credits.
    Budget,
    /// A limit that this side does not know.
    #[serde(untagged)]
    Other(String),
}

/// Limits of a world, in seconds; absent: none, or not said.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Limits {
    /// Longest session.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub session_s: Option<f64>,
    /// Longest time without a user command.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub idle_s: Option<f64>,
    /// How long a world outlives its stream.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub grace_s: Option<f64>,
    /// Fields that this side does not know.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

impl Limits {
    pub(super) fn check(&self, path: &str, found: &mut Violations) {
        for (name, limit) in [("session_s", self.session_s), ("idle_s", self.idle_s), ("grace_s", self.grace_s)] {
            if limit.is_some_and(|seconds| !seconds.is_finite() || seconds <= 0.0) {
                found.add(format!("{path}.{name}"), "must be a finite number of seconds above 0; leave it out for none");
            }
        }
    }
}
