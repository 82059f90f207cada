//! Control messages from server to client: JSON text over the WebSocket.
//!
//! Neighbours: the larger bodies stand in files of their own (`hello`, `life`, `sound`, `problem`).

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Map, Value};

use super::bounds::{MAX_EXPLANATION_CHARS, VERSION};
use super::error::WireError;
use super::fields::{Fields, object, tag};
use super::hello::{Hello, TierInfo};
use super::ids::CommandId;
use super::life::{EndReason, LimitKind, WorldState};
use super::problem::ErrorBody;
use super::sound::AudioState;
use super::violation::Violations;

/// A message from the server. All of its text is untrusted.
#[derive(Clone, Debug, PartialEq, Serialize)]
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
    Error(ErrorBody),
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
#[serde(rename_all = "snake_case", expecting = "must be a name, as a string")]
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

impl<'de> Deserialize<'de> for Down {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::from_members(Map::deserialize(deserializer)?).map_err(D::Error::custom)
    }
}

impl Down {
    /// Parses one text message and checks its bounds.
    ///
    /// # Errors
    /// [`WireError`] for text too long, for what is no JSON object with a `type`, and for a message of a known type that does
    /// not fit or breaks a bound; [`WireError::Version`] for the hello of another version. A message of an unknown type is
    /// [`Down::Other`].
    pub fn parse(text: &str) -> Result<Self, WireError> {
        let message = Self::from_members(object(text)?)?;
        match message.check() {
            Ok(()) => Ok(message),
            Err(found) => Err(found.first_of(message.kind())),
        }
    }

    /// Prints the message as one line of JSON. A number that is not finite prints as null: [`Down::check`] finds it before.
    #[must_use]
    pub fn print(&self) -> String {
        serde_json::to_string(self).unwrap_or_else(|_| unreachable!("control messages hold nothing JSON cannot say"))
    }

    /// The message's type on the wire.
    #[must_use]
    pub fn kind(&self) -> &str {
        match self {
            Self::Hello(_) => "hello",
            Self::Stage(_) => "stage",
            Self::Queue { .. } => "queue",
            Self::State { .. } => "state",
            Self::Ack { .. } => "ack",
            Self::Quality { .. } => "quality",
            Self::Audio(_) => "audio",
            Self::Tick { .. } => "tick",
            Self::Warning { .. } => "warning",
            Self::Error(_) => "error",
            Self::Ended { .. } => "ended",
            Self::Pong { .. } => "pong",
            Self::Other(members) => members.get("type").and_then(Value::as_str).unwrap_or_default(),
        }
    }

    /// Checks every bound.
    ///
    /// # Errors
    /// Everything that is wrong, with the path of each field.
    pub fn check(&self) -> Result<(), Violations> {
        let mut found = Violations::default();
        match self {
            Self::Hello(hello) => hello.check(&mut found),
            Self::Stage(stage) => {
                found.name("stage", &stage.stage);
                found.within("percent", stage.percent.into(), 0.0..=100.0);
            }
            Self::State { state: WorldState::Other(name), .. } => found.name("state", name),
            Self::Ack { message, status, .. } => {
                if let AckStatus::Other(name) = status {
                    found.name("status", name);
                }
                found.text("message", message, MAX_EXPLANATION_CHARS);
            }
            Self::Quality { tier, reason, .. } => {
                tier.check("tier", &mut found);
                found.text("reason", reason, MAX_EXPLANATION_CHARS);
            }
            Self::Audio(audio) => audio.check("", &mut found),
            Self::Tick { seconds_used, seconds_left, credits } => {
                found.seconds("seconds_used", *seconds_used);
                if let Some(left) = seconds_left {
                    found.seconds("seconds_left", *left);
                }
                if let Some(credits) = credits {
                    found.finite("credits", *credits);
                }
            }
            Self::Warning { limit, seconds_left, message } => {
                if let LimitKind::Other(name) = limit {
                    found.name("limit", name);
                }
                found.seconds("seconds_left", *seconds_left);
                found.text("message", message, MAX_EXPLANATION_CHARS);
            }
            Self::Error(error) => error.check(&mut found),
            Self::Ended { reason: EndReason::Other(name) } => found.name("reason", name),
            Self::Queue { .. } | Self::State { .. } | Self::Ended { .. } | Self::Pong { .. } | Self::Other(_) => {}
        }
        found.verdict()
    }

    fn from_members(members: Map<String, Value>) -> Result<Self, WireError> {
        let name = tag(&members, "control message", "type")?;
        let fields = |members| Fields::new(name.clone(), "type", members);
        Ok(match name.as_str() {
            "hello" => Self::hello(members, fields)?,
            "stage" => Self::Stage(fields(members).whole()?),
            "queue" => {
                let mut of = fields(members);
                Self::Queue { position: of.need("position")?, size: of.need("size")? }
            }
            "state" => {
                let mut of = fields(members);
                Self::State { state: of.need("state")?, state_version: of.need("state_version")? }
            }
            "ack" => {
                let mut of = fields(members);
                Self::Ack {
                    id: of.need("id")?,
                    status: of.need("status")?,
                    message: of.or_default("message")?,
                    state_version: of.or_default("state_version")?,
                    input: of.maybe("input")?,
                }
            }
            "quality" => {
                let mut of = fields(members);
                Self::Quality { tier: of.need("tier")?, reason: of.or_default("reason")?, pinned: of.or_default("pinned")? }
            }
            "audio" => Self::Audio(fields(members).whole()?),
            "tick" => {
                let mut of = fields(members);
                Self::Tick {
                    seconds_used: of.need("seconds_used")?,
                    seconds_left: of.maybe("seconds_left")?,
                    credits: of.maybe("credits")?,
                }
            }
            "warning" => {
                let mut of = fields(members);
                Self::Warning {
                    limit: of.need("limit")?,
                    seconds_left: of.need("seconds_left")?,
                    message: of.or_default("message")?,
                }
            }
            "error" => Self::Error(fields(members).whole()?),
            "ended" => Self::Ended { reason: fields(members).need("reason")? },
            "pong" => {
                let mut of = fields(members);
                Self::Pong { issued_us: of.need("issued_us")?, server_us: of.need("server_us")? }
            }
            _ => Self::Other(members),
        })
    }

    /// The version is read before the rest: the hello of another version may have another shape.
    fn hello(members: Map<String, Value>, fields: impl FnOnce(Map<String, Value>) -> Fields) -> Result<Self, WireError> {
        if let Some(found) = members.get("version").and_then(Value::as_u64).and_then(|version| u8::try_from(version).ok())
            && found != VERSION
        {
            return Err(WireError::Version { found });
        }
        Ok(Self::Hello(Box::new(fields(members).whole()?)))
    }
}
