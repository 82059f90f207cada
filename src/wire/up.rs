//! Control messages from client to server: JSON text over the WebSocket, or the body of a POST.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::bounds::{MAX_HELD_KEYS, MAX_PROMPT_CHARS, MAX_TEXT_BYTES};
use super::direction::Direction;
use super::error::WireError;
use super::ids::CommandId;
use super::rest::AudioRequest;
use crate::media::Tier;

/// A message to the server.
///
/// `input` numbers the inputs that change what is seen (control, direct, wander), in one count from 1; frames echo the newest
/// one applied together with its `issued_us`, the client's own stamp, returned untouched.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Up {
    /// Directs the world (HO-2): free text, a structured action, or both (the action wins where understood).
    Direct {
        /// The client's id of this command.
        id: CommandId,
        /// What to do, in words, at most [`MAX_PROMPT_CHARS`].
        #[serde(default, skip_serializing_if = "Option::is_none")]
        text: Option<String>,
        /// What to do, structured.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        action: Option<Direction>,
        /// Input number.
        #[serde(default)]
        input: u32,
        /// Client stamp, microseconds.
        #[serde(default)]
        issued_us: u64,
    },
    /// Enters wandering with a prompt (HO-4); in a running world it changes the theme and keeps the geography.
    Wander {
        /// The client's id of this command.
        id: CommandId,
        /// The prompt, 1 to [`MAX_PROMPT_CHARS`] characters.
        prompt: String,
        /// Input number.
        #[serde(default)]
        input: u32,
        /// Client stamp, microseconds.
        #[serde(default)]
        issued_us: u64,
    },
    /// The state of the user's hands: the latest wins, none is acknowledged.
    Control(Control),
    /// Stops the world's time; frames cease.
    Pause {
        /// The client's id of this command.
        id: CommandId,
    },
    /// Lets the world's time run again.
    Resume {
        /// The client's id of this command.
        id: CommandId,
    },
    /// Takes the world back.
    Rewind {
        /// The client's id of this command.
        id: CommandId,
        /// How far, in milliseconds.
        by_ms: u32,
    },
    /// Changes the quality tier.
    Quality {
        /// The client's id of this command.
        id: CommandId,
        /// The tier.
        tier: TierName,
        /// Whether the server must keep to it (HO-16); otherwise it may adapt.
        #[serde(default)]
        pinned: bool,
    },
    /// Turns sound on or off, or changes its format (HO-13).
    Audio {
        /// The client's id of this command.
        id: CommandId,
        /// What to send from now on.
        audio: AudioRequest,
    },
    /// Asks for a keyframe, after a loss (HO-27).
    Keyframe {},
    /// How playback is doing.
    Feedback(Feedback),
    /// Asks for a pong, and measures the round trip.
    Ping {
        /// Returned untouched.
        issued_us: u64,
    },
    /// A message that this side does not know, kept whole.
    #[serde(untagged)]
    Other(Map<String, Value>),
}

/// The state of keys, axes and look.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Control {
    /// Input number.
    pub input: u32,
    /// Client stamp, microseconds.
    pub issued_us: u64,
    /// Keys held, at most [`MAX_HELD_KEYS`].
    #[serde(default)]
    pub keys: Vec<Key>,
    /// Analog movement.
    #[serde(default)]
    pub axes: Axes,
    /// Rotation of the view.
    #[serde(default)]
    pub look: Look,
}

/// A key by meaning, not by position on a keyboard.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Key {
    /// Walk forward.
    Forward,
    /// Walk back.
    Back,
    /// Step left.
    Left,
    /// Step right.
    Right,
    /// Jump, or rise where there is no ground.
    Up,
    /// Crouch, or sink.
    Down,
    /// Run.
    Run,
    /// A key that this side does not know.
    #[serde(untagged)]
    Other(String),
}

/// Analog movement, each −1 to 1; added to the keys and clamped.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Axes {
    /// Right positive.
    pub strafe: f32,
    /// Forward positive.
    pub walk: f32,
}

/// Rotation of the view in radians, **accumulated since this stream was opened**, so that a message lost or merged loses no
/// movement. The server applies the difference to the last one it saw.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Look {
    /// Right positive.
    pub yaw: f32,
    /// Up positive.
    pub pitch: f32,
}

/// A sample of playback health, about four a second; times in milliseconds.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Feedback {
    /// Newest presentation timestamp received, microseconds.
    pub last_pts_us: i64,
    /// Lateness of the newest packet against the fastest of the window.
    pub late_ms: f32,
    /// 95th percentile of lateness.
    pub late_p95_ms: f32,
    /// Media in hand.
    pub buffered_ms: f32,
    /// Median decode time of a frame.
    pub decode_ms: f32,
    /// Playout delay aimed at.
    pub target_ms: f32,
    /// Drops since the stream began, by cause.
    pub drops: Map<String, Value>,
}

/// A tier's name; names that this side does not know survive.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub enum TierName {
    /// One of the three of this profile.
    Known(Tier),
    /// A server's own.
    Other(String),
}

impl From<String> for TierName {
    fn from(name: String) -> Self {
        name.parse().map_or(Self::Other(name), Self::Known)
    }
}

impl From<TierName> for String {
    fn from(name: TierName) -> Self {
        match name {
            TierName::Known(tier) => tier.name().to_owned(),
            TierName::Other(name) => name,
        }
    }
}

impl From<Tier> for TierName {
    fn from(tier: Tier) -> Self {
        Self::Known(tier)
    }
}

impl Up {
    /// Parses one text message and checks its bounds.
    ///
    /// # Errors
    /// [`WireError`] for text too long, JSON of another shape, or a bound broken.
    pub fn parse(text: &str) -> Result<Self, WireError> {
        if text.len() > MAX_TEXT_BYTES {
            return Err(WireError::TooLarge { what: "control message", have: text.len(), most: MAX_TEXT_BYTES });
        }
        let message: Self = serde_json::from_str(text).map_err(|error| WireError::Json(error.to_string()))?;
        message.check()?;
        Ok(message)
    }

    /// Prints the message as one line of JSON.
    #[must_use]
    pub fn print(&self) -> String {
        serde_json::to_string(self).unwrap_or_else(|_| unreachable!("control messages hold nothing JSON cannot say"))
    }

    /// The id of a command that is acknowledged.
    #[must_use]
    pub const fn id(&self) -> Option<&CommandId> {
        match self {
            Self::Direct { id, .. }
            | Self::Wander { id, .. }
            | Self::Pause { id }
            | Self::Resume { id }
            | Self::Rewind { id, .. }
            | Self::Quality { id, .. }
            | Self::Audio { id, .. } => Some(id),
            Self::Control(_) | Self::Keyframe {} | Self::Feedback(_) | Self::Ping { .. } | Self::Other(_) => None,
        }
    }

    fn check(&self) -> Result<(), WireError> {
        let long = |what, text: &str| {
            let have = text.chars().count();
            if have > MAX_PROMPT_CHARS { Err(WireError::TooLarge { what, have, most: MAX_PROMPT_CHARS }) } else { Ok(()) }
        };
        match self {
            Self::Direct { text: Some(text), .. } => long("direction", text),
            Self::Wander { prompt, .. } => long("prompt", prompt),
            Self::Control(control) => control.check(),
            _ => Ok(()),
        }
    }
}

impl Control {
    fn check(&self) -> Result<(), WireError> {
        if self.keys.len() > MAX_HELD_KEYS {
            return Err(WireError::TooLarge { what: "held keys", have: self.keys.len(), most: MAX_HELD_KEYS });
        }
        let numbers = [self.axes.strafe, self.axes.walk, self.look.yaw, self.look.pitch];
        if numbers.iter().any(|number| !number.is_finite()) {
            return Err(WireError::Range { field: "control axis", value: 0, range: "finite numbers" });
        }
        Ok(())
    }
}
