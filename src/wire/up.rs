//! Control messages from client to server: JSON text over the WebSocket, or the body of a POST.
//!
//! Neighbours: the larger bodies stand in files of their own (`control`, `feedback`, `direction`, `sound`).

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Map, Value};

use super::bounds::MAX_PROMPT_CHARS;
use super::control::Control;
use super::direction::Direction;
use super::error::WireError;
use super::feedback::Feedback;
use super::fields::{Fields, object, tag};
use super::ids::CommandId;
use super::sound::AudioRequest;
use super::tier_name::TierName;
use super::violation::Violations;

/// A message to the server.
///
/// `input` numbers the inputs that change what is seen (control, direct, wander), in one count from 1; frames echo the newest
/// one applied together with its `issued_us`, the client's own stamp, returned untouched.
#[derive(Clone, Debug, PartialEq, Serialize)]
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
    /// A message that this side does not know, kept whole (X-6).
    #[serde(untagged)]
    Other(Map<String, Value>),
}

impl<'de> Deserialize<'de> for Up {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::from_members(Map::deserialize(deserializer)?).map_err(D::Error::custom)
    }
}

impl Up {
    /// Parses one text message and checks its bounds.
    ///
    /// # Errors
    /// [`WireError`] for text too long, for what is no JSON object with a `type`, and for a message of a known type that does
    /// not fit or breaks a bound. A message of an unknown type is [`Up::Other`].
    pub fn parse(text: &str) -> Result<Self, WireError> {
        Self::from_members(object(text)?)?.checked()
    }

    /// Parses the body of a POST to a path that already says which message it is, such as `direct`. A `type` in the body may be
    /// left out; if it stands there it must be that one.
    ///
    /// # Errors
    /// As [`Up::parse`], and [`WireError::Field`] for another type.
    pub fn parse_body(kind: &str, text: &str) -> Result<Self, WireError> {
        let mut members = object(text)?;
        let stated = members.entry("type").or_insert_with(|| Value::from(kind));
        if stated != kind {
            let problem = format!("is another type of message than the path takes: {kind}");
            return Err(WireError::Field { message: kind.to_owned(), field: "type".to_owned(), problem });
        }
        Self::from_members(members)?.checked()
    }

    /// The command id in a text that does not parse as a message, so that the refusal can still be acknowledged.
    #[must_use]
    pub fn salvage_id(text: &str) -> Option<CommandId> {
        let members = object(text).ok()?;
        CommandId::new(members.get("id")?.as_str()?).ok()
    }

    /// Prints the message as one line of JSON. A number that is not finite prints as null: [`Up::check`] finds it before.
    #[must_use]
    pub fn print(&self) -> String {
        serde_json::to_string(self).unwrap_or_else(|_| unreachable!("control messages hold nothing JSON cannot say"))
    }

    /// The message's type on the wire.
    #[must_use]
    pub fn kind(&self) -> &str {
        match self {
            Self::Direct { .. } => "direct",
            Self::Wander { .. } => "wander",
            Self::Control(_) => "control",
            Self::Pause { .. } => "pause",
            Self::Resume { .. } => "resume",
            Self::Rewind { .. } => "rewind",
            Self::Quality { .. } => "quality",
            Self::Audio { .. } => "audio",
            Self::Keyframe {} => "keyframe",
            Self::Feedback(_) => "feedback",
            Self::Ping { .. } => "ping",
            Self::Other(members) => members.get("type").and_then(Value::as_str).unwrap_or_default(),
        }
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

    /// Checks every bound, so that a client can refuse a command before it sends it (X-1).
    ///
    /// # Errors
    /// Everything that is wrong, with the path of each field.
    pub fn check(&self) -> Result<(), Violations> {
        let mut found = Violations::default();
        match self {
            Self::Direct { text, action, .. } => {
                match text {
                    Some(text) => found.prompt("text", text, MAX_PROMPT_CHARS),
                    None if action.is_none() => found.add("text", "is missing, and so is action: one of them must be there"),
                    None => {}
                }
                if let Some(action) = action {
                    action.check("action", &mut found);
                }
            }
            Self::Wander { prompt, .. } => found.prompt("prompt", prompt, MAX_PROMPT_CHARS),
            Self::Control(control) => control.check(&mut found),
            Self::Quality { tier, .. } => found.name("tier", tier.as_str()),
            Self::Audio { audio, .. } => audio.check("audio", &mut found),
            Self::Feedback(feedback) => feedback.check(&mut found),
            Self::Pause { .. }
            | Self::Resume { .. }
            | Self::Rewind { .. }
            | Self::Keyframe {}
            | Self::Ping { .. }
            | Self::Other(_) => {}
        }
        found.verdict()
    }

    fn checked(self) -> Result<Self, WireError> {
        match self.check() {
            Ok(()) => Ok(self),
            Err(found) => Err(found.first_of(self.kind())),
        }
    }

    fn from_members(members: Map<String, Value>) -> Result<Self, WireError> {
        let name = tag(&members, "control message", "type")?;
        let fields = |members| Fields::new(name.clone(), "type", members);
        Ok(match name.as_str() {
            "direct" => {
                let mut of = fields(members);
                Self::Direct {
                    id: of.need("id")?,
                    text: of.maybe("text")?,
                    action: of.maybe("action")?,
                    input: of.or_default("input")?,
                    issued_us: of.or_default("issued_us")?,
                }
            }
            "wander" => {
                let mut of = fields(members);
                Self::Wander {
                    id: of.need("id")?,
                    prompt: of.need("prompt")?,
                    input: of.or_default("input")?,
                    issued_us: of.or_default("issued_us")?,
                }
            }
            "control" => Self::Control(fields(members).whole()?),
            "pause" => Self::Pause { id: fields(members).need("id")? },
            "resume" => Self::Resume { id: fields(members).need("id")? },
            "rewind" => {
                let mut of = fields(members);
                Self::Rewind { id: of.need("id")?, by_ms: of.need("by_ms")? }
            }
            "quality" => {
                let mut of = fields(members);
                Self::Quality { id: of.need("id")?, tier: of.need("tier")?, pinned: of.or_default("pinned")? }
            }
            "audio" => {
                let mut of = fields(members);
                Self::Audio { id: of.need("id")?, audio: of.need("audio")? }
            }
            "keyframe" => Self::Keyframe {},
            "feedback" => Self::Feedback(fields(members).whole()?),
            "ping" => Self::Ping { issued_us: fields(members).need("issued_us")? },
            _ => Self::Other(members),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Key, Weather};
    use super::*;

    fn refusal(text: &str) -> String {
        Up::parse(text).unwrap_err().to_string()
    }

    #[test]
    fn a_known_message_that_does_not_fit_is_an_error_that_names_the_field() {
        assert_eq!(
            refusal(r#"{"type":"direct","id":"no spaces","text":"rain"}"#),
            "direct.id: command id may hold 1 to 32 characters of A-Z a-z 0-9 _ -"
        );
        assert_eq!(refusal(r#"{"type":"direct","text":"rain"}"#), "direct.id: is missing");
        assert_eq!(
            refusal(r#"{"type":"ping","issued_us":-1}"#),
            "ping.issued_us: invalid value: integer `-1`, expected u64"
        );
        assert!(refusal(r#"{"type":"direct","id":"a"}"#).starts_with("direct.text: is missing"));
    }

    #[test]
    fn a_known_direction_that_does_not_fit_is_an_error_and_an_unknown_one_survives() {
        assert_eq!(
            refusal(r#"{"type":"direct","id":"a","action":{"do":"weather","kind":7}}"#),
            "direct.action: weather.kind: must be a name, as a string".replace("a string or map", "variant identifier")
        );
        let text = r#"{"type":"direct","id":"a","action":{"do":"dance","steps":[1,2]},"input":0,"issued_us":0}"#;
        let Up::Direct { action: Some(Direction::Other(members)), .. } = Up::parse(text).unwrap() else {
            panic!("no direction")
        };
        assert_eq!(members["steps"][1], 2);
    }

    #[test]
    fn an_unknown_type_survives_whole_and_no_type_is_an_error() {
        let text = r#"{"type":"teleport","to":{"x":1.5}}"#;
        assert_eq!(
            serde_json::from_str::<Value>(&Up::parse(text).unwrap().print()).unwrap(),
            serde_json::from_str::<Value>(text).unwrap()
        );
        assert_eq!(Up::parse(r#"{"to":1}"#), Err(WireError::Untagged { what: "control message", tag: "type" }));
    }

    #[test]
    fn unknown_names_survive_where_names_are_open() {
        let text = r#"{"type":"direct","id":"a","action":{"do":"weather","kind":"frogs"}}"#;
        let Up::Direct { action: Some(Direction::Weather { kind, .. }), .. } = Up::parse(text).unwrap() else { panic!() };
        assert_eq!(kind, Weather::Other("frogs".to_owned()));
        let text = r#"{"type":"control","input":1,"issued_us":2,"keys":["forward","moonwalk"]}"#;
        let Up::Control(control) = Up::parse(text).unwrap() else { panic!() };
        assert_eq!(control.keys, [Key::Forward, Key::Other("moonwalk".to_owned())]);
    }

    #[test]
    fn bounds_are_checked_in_unicode_scalars() {
        let text = |count| format!(r#"{{"type":"wander","id":"a","prompt":"{}"}}"#, "海".repeat(count));
        assert!(Up::parse(&text(MAX_PROMPT_CHARS)).is_ok());
        assert_eq!(refusal(&text(MAX_PROMPT_CHARS + 1)), "wander.prompt: has 2001 characters; at most 2000 are allowed");
    }

    #[test]
    fn a_number_too_large_for_its_type_is_not_read_as_infinite() {
        assert_eq!(
            refusal(r#"{"type":"control","input":1,"issued_us":2,"look":{"yaw":1e300}}"#),
            "control.look.yaw: is not a finite number"
        );
    }

    #[test]
    fn the_body_of_a_post_need_not_repeat_its_type_but_must_not_contradict_the_path() {
        assert!(Up::parse_body("wander", r#"{"id":"a","prompt":"coast"}"#).is_ok());
        assert!(Up::parse_body("wander", r#"{"type":"pause","id":"a"}"#).is_err());
    }

    #[test]
    fn the_id_of_a_refused_command_can_be_salvaged() {
        assert_eq!(Up::salvage_id(r#"{"type":"rewind","id":"c7"}"#), CommandId::new("c7").ok());
        assert_eq!(Up::salvage_id("garbage"), None);
    }

    #[test]
    fn errors_repeat_little_of_a_peers_words_and_no_control_characters() {
        let bell = format!(r#"{{"type":"quality","id":"a","tier":"high","pinned":"{}"}}"#, "\\u0007".repeat(4000));
        let words = refusal(&bell);
        assert!(words.chars().count() < 300 && !words.contains('\u{7}'), "{words}");
    }
}
