//! What somebody wants, in nobody's dialect. A field that is `None` or empty was not asked for, and is not sent.

use std::collections::BTreeMap;
use std::path::PathBuf;

/// A clip that is wanted.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Request {
    /// What is to be seen.
    pub prompt: Option<String>,
    /// Shots of a clip of several, in order.
    pub shots: Vec<Shot>,
    /// Length, in whole seconds.
    pub duration: Option<u32>,
    /// Quality.
    pub mode: Option<Mode>,
    /// Resolution, as the services write it: `720p`, `1080p`, `4K`.
    pub resolution: Option<String>,
    /// Aspect ratio, as in `16:9`.
    pub aspect_ratio: Option<String>,
    /// Frames per second.
    pub fps: Option<u32>,
    /// Seed, for the same clip again.
    pub seed: Option<u64>,
    /// How much moves.
    pub motion: Option<Motion>,
    /// How closely the prompt is followed, 0 to 1.
    pub adherence: Option<f64>,
    /// A style in a few words.
    pub style: Option<String>,
    /// How the camera moves, as in `pan-left`.
    pub camera: Option<String>,
    /// Whether there is native sound.
    pub sound: Option<bool>,
    /// First frame, or what the picture is to be like.
    pub image: Option<Input>,
    /// Last frame.
    pub last_frame: Option<Input>,
    /// A video to go by.
    pub ref_video: Option<Input>,
    /// Sound to go by.
    pub ref_audio: Option<Input>,
    /// Things and characters that prompts name by `@name`.
    pub elements: Vec<Element>,
    /// Fields of the service that this project has no word for; they are sent as they are, and win over what was lowered.
    pub extra: BTreeMap<String, serde_json::Value>,
}

/// One shot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shot {
    /// What is to be seen.
    pub prompt: String,
    /// Length, in whole seconds.
    pub duration: u32,
}

/// Something that prompts name.
#[derive(Clone, Debug, PartialEq)]
pub struct Element {
    /// Its name, without the `@`.
    pub name: String,
    /// What it is.
    pub description: String,
    /// Pictures of it.
    pub images: Vec<Input>,
}

/// Quality, where a service has two.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Standard.
    Std,
    /// The better one.
    Pro,
}

/// How much moves.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Motion {
    /// 0 to 1.
    Strength(f64),
    /// A whole number from 1 to 5.
    Level(u32),
}

/// A picture, a video or sound that goes into a clip.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Input {
    /// A file of this machine.
    File(LocalFile),
    /// Something on the web, http or https.
    Url(String),
    /// What an upload was answered with.
    Key(String),
}

/// A file as it was found: whoever reads the disk says what it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LocalFile {
    /// Where.
    pub path: PathBuf,
    /// Its media type, by its first bytes and its name; empty where nobody can tell.
    pub media_type: String,
    /// Its length in bytes.
    pub bytes: u64,
}

/// What an input is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum MediaKind {
    /// A picture.
    Image,
    /// A video.
    Video,
    /// Sound.
    Audio,
}

impl MediaKind {
    /// Its name, as services write it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Image => "image",
            Self::Video => "video",
            Self::Audio => "audio",
        }
    }
}

impl Mode {
    /// Its name, as services write it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Std => "std",
            Self::Pro => "pro",
        }
    }
}
