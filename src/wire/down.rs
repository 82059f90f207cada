//! Control messages from server to client: JSON text over the WebSocket.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::bounds::MAX_TEXT_BYTES;
use super::error::WireError;
use super::ids::{CommandId, WorldId};
use super::up::TierName;

/// A message from the server. All of its text is untrusted.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Down {
    /// The first message of every stream.
    Hello(Box<Hello>),
    /// Warming up.
    Stage(Stage),
    /// Waiting for capacity.
    Queue {
        /// Place in the queue, from 1.
        position: u32,
        /// Its length.
        size: u32,
    },
    /// The world's state changed.
    State {
        /// The new state.
        state: WorldState,
        /// Counts state changes.
        state_version: u32,
    },
    /// A command was received and dealt with.
    Ack {
        /// The command's id.
        id: CommandId,
        /// What became of it.
        status: AckStatus,
        /// What was understood, or why not, in words.
        #[serde(default)]
        message: String,
        /// The world's state version after it.
        #[serde(default)]
        state_version: u32,
        /// The input number of the command, where it has one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        input: Option<u32>,
    },
    /// The picture's tier, size, rate or codec changes from a video sequence number on.
    Quality {
        /// What holds from now on.
        tier: TierInfo,
        /// Why, in words.
        #[serde(default)]
        reason: String,
        /// Whether the client pinned it.
        #[serde(default)]
        pinned: bool,
    },
    /// The sound's format changes, or it goes on or off.
    Audio(AudioState),
    /// What the world has used and has left.
    Tick {
        /// Seconds lived.
        seconds_used: f64,
        /// Seconds until the longest session is reached.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        seconds_left: Option<f64>,
        /// Credits used.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        credits: Option<f64>,
    },
    /// A limit comes near.
    Warning {
        /// Which limit.
        limit: LimitKind,
        /// Seconds until it is reached.
        seconds_left: f64,
        /// For people.
        #[serde(default)]
        message: String,
    },
    /// Something went wrong.
    Error(super::rest::ErrorBody),
    /// The world has ended; the server closes the stream next.
    Ended {
        /// Why.
        reason: EndReason,
    },
    /// The answer to a ping.
    Pong {
        /// The client's stamp, untouched.
        issued_us: u64,
        /// The server's monotonic clock, microseconds.
        server_us: u64,
    },
    /// A message that this side does not know, kept whole (X-6, HO-29).
    #[serde(untagged)]
    Other(Map<String, Value>),
}

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
    /// Token with which a broken stream is resumed within the grace time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resume: Option<String>,
    /// Limits in force.
    #[serde(default)]
    pub limits: Limits,
    /// The tier in force.
    pub tier: TierInfo,
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

/// A world's life.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
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

/// Progress of warming up.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Stage {
    /// What is being done, such as `terrain`.
    pub stage: String,
    /// How much of all warming up is done, 0 to 100.
    pub percent: f32,
}

/// What became of a command.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AckStatus {
    /// Done.
    Applied,
    /// Received before: not done again.
    Duplicate,
    /// The words were not understood; the world is unchanged.
    NotUnderstood,
    /// Refused: the message says why.
    Rejected,
    /// A status that this side does not know.
    #[serde(untagged)]
    Other(String),
}

/// Why a world ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
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
#[serde(rename_all = "snake_case")]
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
}

/// One tier as a server defines it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
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
}

/// The sound in force.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
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
}

impl Down {
    /// Parses one text message.
    ///
    /// # Errors
    /// [`WireError`] for text too long or JSON of another shape.
    pub fn parse(text: &str) -> Result<Self, WireError> {
        if text.len() > MAX_TEXT_BYTES {
            return Err(WireError::TooLarge { what: "control message", have: text.len(), most: MAX_TEXT_BYTES });
        }
        serde_json::from_str(text).map_err(|error| WireError::Json(error.to_string()))
    }

    /// Prints the message as one line of JSON.
    #[must_use]
    pub fn print(&self) -> String {
        serde_json::to_string(self).unwrap_or_else(|_| unreachable!("control messages hold nothing JSON cannot say"))
    }
}
