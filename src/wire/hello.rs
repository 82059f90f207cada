//! The hello: what a stream is, said before anything else on it.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::bounds::{MAX_EXPLANATION_CHARS, MAX_FPS, MAX_LIST, MAX_PICTURE_SIDE, VERSION};
use super::ids::WorldId;
use super::life::{Limits, WorldState};
use super::sound::AudioState;
use super::tier_name::TierName;
use super::token::Token;
use super::violation::Violations;

/// What a stream is: the first message on it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Hello {
    /// Protocol version.
    pub version: u8,
    /// The world.
    pub world: WorldId,
    /// Who serves, for reports.
    #[serde(default)]
    pub server: String,
    /// The world's state.
    pub state: WorldState,
    /// Counts state changes (HO-8).
    #[serde(default)]
    pub state_version: u32,
    /// Timeline of the first media.
    #[serde(default)]
    pub epoch: u32,
    /// Number of this stream among all that the world has had, from 1; 0 where the server does not count them.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub stream: u32,
    /// Whether this stream goes on where an earlier one of the same holder broke.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub resumed: bool,
    /// Token with which a broken stream is resumed within the grace time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resume: Option<Token>,
    /// Limits in force.
    #[serde(default)]
    pub limits: Limits,
    /// The tier in force.
    pub tier: TierInfo,
    /// Whether a client pinned that tier.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub pinned: bool,
    /// Every tier offered.
    #[serde(default)]
    pub tiers: Vec<TierInfo>,
    /// The sound in force.
    pub audio: AudioState,
    /// The camera, where known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub camera: Option<CameraModel>,
    /// What this server can do; a client greys out the rest.
    #[serde(default)]
    pub capabilities: Capabilities,
    /// The server's monotonic clock when it wrote this, microseconds.
    #[serde(default)]
    pub server_us: u64,
    /// Fields that this side does not know.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

/// One tier as a server defines it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct TierInfo {
    /// Its name.
    pub name: TierName,
    /// Picture width in pixels.
    pub width: u32,
    /// Picture height in pixels.
    pub height: u32,
    /// Frames per second.
    pub fps: f32,
    /// Video codec's name.
    pub codec: String,
    /// Video bit rate, bits per second; 0 unknown.
    #[serde(default)]
    pub bitrate: u32,
    /// Fields that this side does not know.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

/// The server's camera, for prediction on the client.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct CameraModel {
    /// Vertical field of view, degrees.
    pub fov_y_deg: f32,
    /// Radians that the view turns for a look of 1.
    pub look_unit_rad: f32,
}

/// What a server can do; all false and empty where it does not say.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Capabilities {
    /// Sends sound.
    pub audio: bool,
    /// Takes look input.
    pub mouse: bool,
    /// Takes prompts while running.
    pub mid_prompt: bool,
    /// Takes structured directions.
    pub structured: bool,
    /// Can pause and resume.
    pub pause: bool,
    /// Can rewind.
    pub rewind: bool,
    /// Honours a seed.
    pub seed: bool,
    /// Can resume a broken stream.
    pub resume: bool,
    /// Frames per generation chunk.
    pub chunk_frames: u16,
    /// Video and audio codecs.
    pub codecs: Vec<String>,
    /// Capabilities that this side does not know.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks with a reference")]
const fn is_zero(number: &u32) -> bool {
    *number == 0
}

impl Hello {
    pub(super) fn check(&self, found: &mut Violations) {
        if self.version != VERSION {
            found.add("version", format!("is {}; this side speaks {VERSION}", self.version));
        }
        found.text("server", &self.server, MAX_EXPLANATION_CHARS);
        self.limits.check("limits", found);
        self.tier.check("tier", found);
        if self.tiers.len() > MAX_LIST {
            found.add("tiers", format!("has more than {MAX_LIST} entries"));
        }
        for (index, tier) in self.tiers.iter().take(MAX_LIST).enumerate() {
            tier.check(&format!("tiers[{index}]"), found);
        }
        self.audio.check("audio", found);
        if let Some(camera) = self.camera {
            found.within("camera.fov_y_deg", camera.fov_y_deg.into(), 1.0..=179.0);
            found.finite("camera.look_unit_rad", camera.look_unit_rad.into());
        }
        found.names("capabilities.codecs", &self.capabilities.codecs);
    }
}

impl TierInfo {
    pub(super) fn check(&self, path: &str, found: &mut Violations) {
        let side = 1.0..=f64::from(MAX_PICTURE_SIDE);
        found.name(&format!("{path}.name"), self.name.as_str());
        found.within(&format!("{path}.width"), self.width.into(), side.clone());
        found.within(&format!("{path}.height"), self.height.into(), side);
        if !(self.fps > 0.0 && self.fps <= MAX_FPS) {
            found.add(format!("{path}.fps"), format!("is {}; it may be above 0 and up to {MAX_FPS}", self.fps));
        }
        found.name(&format!("{path}.codec"), &self.codec);
    }
}
