//! What sound is asked for and what sound is sent (HO-13).

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::bounds::MAX_NAME_CHARS;
use super::violation::Violations;

/// What sound to send.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AudioRequest {
    /// Whether any sound is sent. Off means no audio bytes on the wire (HO-13).
    pub enabled: bool,
    /// Formats in order of preference: `opus`, `pcm_s16le`. Empty: the server's choice.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub formats: Vec<String>,
}

/// The sound in force.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct AudioState {
    /// Whether sound is sent.
    pub enabled: bool,
    /// Its codec's name.
    #[serde(default)]
    pub format: String,
    /// Samples per second and channel.
    #[serde(default)]
    pub rate: u32,
    /// Channels.
    #[serde(default)]
    pub channels: u16,
    /// Samples of codec delay at the start of the stream, already taken off the timestamps.
    #[serde(default)]
    pub pre_skip: u32,
    /// Fields that this side does not know.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

impl AudioRequest {
    pub(super) fn check(&self, path: &str, found: &mut Violations) {
        found.names(&format!("{path}.formats"), &self.formats);
    }
}

impl AudioState {
    /// `path` is empty where the state is a message of its own.
    pub(super) fn check(&self, path: &str, found: &mut Violations) {
        let at = |field: &str| if path.is_empty() { field.to_owned() } else { format!("{path}.{field}") };
        if self.enabled {
            found.name(&at("format"), &self.format);
            found.within(&at("rate"), self.rate.into(), 8000.0..=192_000.0);
            found.within(&at("channels"), self.channels.into(), 1.0..=8.0);
        } else {
            found.text(&at("format"), &self.format, MAX_NAME_CHARS);
        }
    }
}
