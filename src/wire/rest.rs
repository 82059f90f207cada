//! Bodies of the control plane (HTTP).

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::down::{EndReason, Limits, WorldState};
use super::ids::WorldId;
use super::up::TierName;

/// How the user means to act: both are open in every world, the mode says with which it begins.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// Direct the scene.
    Direct,
    /// Walk in it.
    #[default]
    Wander,
    /// A mode that this side does not know.
    #[serde(untagged)]
    Other(String),
}

/// What sound to send.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AudioRequest {
    /// Whether any sound is sent. Off means no audio bytes on the wire (HO-13).
    pub enabled: bool,
    /// Formats in order of preference: `opus`, `pcm_s16le`. Empty: the server's choice.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub formats: Vec<String>,
}

/// Body of `POST /v1/worlds` (HO-1).
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct CreateWorld {
    /// What the world is to be, 1 to 2000 characters.
    pub prompt: String,
    /// Which mode to begin with.
    #[serde(default)]
    pub mode: Mode,
    /// A world by name instead of a generated one: `calibration`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub world: Option<String>,
    /// Same prompt and seed, same world. Absent: the server chooses.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seed: Option<u64>,
    /// Quality tier to begin with (HO-24). Absent: the server's default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tier: Option<TierName>,
    /// Video codecs in order of preference: `h264`, `mjpeg`. Empty: the server's choice.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub video_formats: Vec<String>,
    /// Sound. Absent: on, in the server's choice of format.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub audio: Option<AudioRequest>,
    /// First-frame image as base64 of a PNG or JPEG, at most 1 MiB of it. A server that cannot use one says so in a warning.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first_frame: Option<String>,
    /// Limits the client asks for; the server may shorten them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limits: Option<Limits>,
    /// A create repeated with the same key returns the same world.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub idempotency_key: Option<String>,
    /// Fields that this side does not know.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

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
    /// Seconds it has lived.
    #[serde(default)]
    pub seconds_used: f64,
    /// Whether a stream is attached.
    #[serde(default)]
    pub attached: bool,
    /// Why it ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended: Option<EndReason>,
    /// A one-time ticket for opening the stream without the key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ticket: Option<String>,
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

/// Every HTTP error: a real status and this body.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ErrorEnvelope {
    /// The error.
    pub error: ErrorBody,
}

/// An error as the server tells it. Its text is untrusted.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ErrorBody {
    /// Stable code, such as `invalid_prompt`.
    pub code: String,
    /// For people.
    #[serde(default)]
    pub message: String,
    /// Whether the same request may succeed later.
    #[serde(default)]
    pub retryable: bool,
    /// How long to wait before, in milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_after_ms: Option<u64>,
    /// Fields that this side does not know.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}
