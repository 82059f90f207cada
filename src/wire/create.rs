//! What a world is asked to be: the body of `POST /v1/worlds`, checked before anything is sent.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::bounds::{MAX_IMAGE_TEXT, MAX_PROMPT_CHARS};
use super::life::Limits;
use super::sound::AudioRequest;
use super::tier_name::TierName;
use super::violation::Violations;

/// Longest idempotency key, in characters.
const MAX_IDEMPOTENCY_KEY: usize = 64;

/// How the user means to act: both are open in every world, the mode says with which it begins.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", expecting = "must be a name, as a string")]
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

/// Body of `POST /v1/worlds` (HO-1).
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct CreateWorld {
    /// What the world is to be, 1 to 2000 characters; may be left out where `world` names one.
    #[serde(default)]
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

impl CreateWorld {
    /// Checks every bound, so that nothing wrong is sent; a server checks the same.
    ///
    /// # Errors
    /// Everything that is wrong, with the path of each field.
    pub fn check(&self) -> Result<(), Violations> {
        let mut found = Violations::default();
        if self.world.is_none() || !self.prompt.is_empty() {
            found.prompt("prompt", &self.prompt, MAX_PROMPT_CHARS);
        }
        if let Mode::Other(name) = &self.mode {
            found.name("mode", name);
        }
        if let Some(name) = &self.world {
            found.name("world", name);
        }
        if let Some(tier) = &self.tier {
            found.name("tier", tier.as_str());
        }
        found.names("video_formats", &self.video_formats);
        if let Some(audio) = &self.audio {
            audio.check("audio", &mut found);
        }
        if let Some(image) = &self.first_frame {
            check_image("first_frame", image, &mut found);
        }
        if let Some(limits) = &self.limits {
            limits.check("limits", &mut found);
        }
        if self.idempotency_key.as_deref().is_some_and(|key| !is_idempotency_key(key)) {
            found.add("idempotency_key", format!("may hold 1 to {MAX_IDEMPOTENCY_KEY} characters of A-Z a-z 0-9 _ -"));
        }
        found.verdict()
    }
}

/// Whether a text can be an idempotency key: 1 to 64 characters of `A-Z a-z 0-9 _ -`.
#[must_use]
pub fn is_idempotency_key(text: &str) -> bool {
    let fits = |c: u8| c.is_ascii_alphanumeric() || c == b'_' || c == b'-';
    !text.is_empty() && text.len() <= MAX_IDEMPOTENCY_KEY && text.bytes().all(fits)
}

fn check_image(field: &str, text: &str, found: &mut Violations) {
    if text.len() > MAX_IMAGE_TEXT {
        let have = text.len();
        found.add(field, format!("has {have} bytes of base64; at most {MAX_IMAGE_TEXT} are allowed: scale the image down"));
        return;
    }
    let Ok(image) = BASE64.decode(text) else {
        found.add(field, "is no base64 (RFC 4648, section 4, padded, without line breaks or a data: prefix)");
        return;
    };
    if !image.starts_with(b"\x89PNG\r\n\x1a\n") && !image.starts_with(b"\xff\xd8\xff") {
        found.add(field, "is neither a PNG nor a JPEG file");
    }
}
