//! Structured directions: what a director may say without words that need understanding.
//!
//! Neighbours: `up` carries them in `direct.action`; the reference server's director understands free text into them.

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Map, Value};

use super::bounds::MAX_SPAWN;
use super::error::WireError;
use super::fields::{Fields, tag};
use super::violation::Violations;

/// One structured direction. Free text goes beside it in `direct.text`; the reference server understands both into this shape.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "do", rename_all = "snake_case")]
pub enum Direction {
    /// Changes the weather.
    Weather {
        /// Which weather.
        kind: Weather,
        /// Strength, 0 to 1; the server's default where absent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        intensity: Option<f32>,
    },
    /// Changes the time of day.
    Time {
        /// To when.
        to: TimeOfDay,
        /// How long the change takes, in milliseconds; 0 or absent: the server's default.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        over_ms: Option<u32>,
    },
    /// Changes the light: a multiple of the scene's own.
    Light {
        /// 0.2 to 3; 1 is the scene's own.
        brightness: f32,
        /// Warmth, −1 (cold) to 1 (warm).
        #[serde(default, skip_serializing_if = "Option::is_none")]
        warmth: Option<f32>,
    },
    /// Changes the mood: the grade of colours and the character of the sound.
    Mood {
        /// Which mood.
        mood: Mood,
    },
    /// Moves the camera.
    Camera {
        /// Which move.
        #[serde(rename = "move")]
        kind: CameraMove,
        /// Degrees for pan (right positive), tilt (up positive) and orbit; metres for dolly (forward positive).
        #[serde(default, skip_serializing_if = "Option::is_none")]
        amount: Option<f32>,
        /// How long the move takes, in milliseconds.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        over_ms: Option<u32>,
        /// What to cut to or orbit around: the name of a thing in the world, such as `landmark`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        target: Option<String>,
    },
    /// Brings things into the world.
    Spawn {
        /// What, in the singular: `tree`, `house`, `rock`, `lantern` …
        what: String,
        /// How many, 1 to 64.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        count: Option<u32>,
        /// Where.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        at: Option<Place>,
    },
    /// Takes things out of the world.
    Remove {
        /// What, in the singular; `all` for everything that was spawned.
        what: String,
    },
    /// A direction that this side does not know, kept whole.
    #[serde(untagged)]
    Other(Map<String, Value>),
}

/// Weather by name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", expecting = "must be a name, as a string")]
pub enum Weather {
    /// Blue sky.
    Clear,
    /// Clouds.
    Cloudy,
    /// Fog.
    Fog,
    /// Rain.
    Rain,
    /// Rain, wind and lightning.
    Storm,
    /// Snow.
    Snow,
    /// Blowing sand or dust.
    Dust,
    /// A name that this side does not know.
    #[serde(untagged)]
    Other(String),
}

/// A time of day: a name or an hour.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged, expecting = "must be a name or an hour")]
pub enum TimeOfDay {
    /// Hours since midnight, 0 to 24.
    Hour(f32),
    /// `dawn`, `morning`, `noon`, `afternoon`, `dusk`, `night`, `midnight`, or a word that only the server knows.
    Name(String),
}

/// A mood by name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", expecting = "must be a name, as a string")]
pub enum Mood {
    /// The scene's own.
    Neutral,
    /// Soft and quiet.
    Calm,
    /// Strong contrast.
    Dramatic,
    /// Cold and dark.
    Eerie,
    /// Warm and bright.
    Joyful,
    /// A name that this side does not know.
    #[serde(untagged)]
    Other(String),
}

/// A camera move by name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", expecting = "must be a name, as a string")]
pub enum CameraMove {
    /// Turns left or right in place.
    Pan,
    /// Turns up or down in place.
    Tilt,
    /// Moves forward or back.
    Dolly,
    /// Circles a target.
    Orbit,
    /// Jumps to a target at once; the next frame carries a discontinuity.
    Cut,
    /// A name that this side does not know.
    #[serde(untagged)]
    Other(String),
}

/// A place relative to the viewer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", expecting = "must be a name, as a string")]
pub enum Place {
    /// In front.
    Ahead,
    /// To the left.
    Left,
    /// To the right.
    Right,
    /// Behind.
    Behind,
    /// Spread around.
    Around,
    /// A name that this side does not know.
    #[serde(untagged)]
    Other(String),
}

impl<'de> Deserialize<'de> for Direction {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::from_members(Map::deserialize(deserializer)?).map_err(D::Error::custom)
    }
}

impl Direction {
    fn from_members(members: Map<String, Value>) -> Result<Self, WireError> {
        let name = tag(&members, "direction", "do")?;
        let fields = |members| Fields::new(name.clone(), "do", members);
        Ok(match name.as_str() {
            "weather" => {
                let mut of = fields(members);
                Self::Weather { kind: of.need("kind")?, intensity: of.maybe("intensity")? }
            }
            "time" => {
                let mut of = fields(members);
                Self::Time { to: of.need("to")?, over_ms: of.maybe("over_ms")? }
            }
            "light" => {
                let mut of = fields(members);
                Self::Light { brightness: of.need("brightness")?, warmth: of.maybe("warmth")? }
            }
            "mood" => Self::Mood { mood: fields(members).need("mood")? },
            "camera" => {
                let mut of = fields(members);
                Self::Camera {
                    kind: of.need("move")?,
                    amount: of.maybe("amount")?,
                    over_ms: of.maybe("over_ms")?,
                    target: of.maybe("target")?,
                }
            }
            "spawn" => {
                let mut of = fields(members);
                Self::Spawn { what: of.need("what")?, count: of.maybe("count")?, at: of.maybe("at")? }
            }
            "remove" => Self::Remove { what: fields(members).need("what")? },
            _ => Self::Other(members),
        })
    }

    pub(super) fn check(&self, path: &str, found: &mut Violations) {
        let at = |field: &str| format!("{path}.{field}");
        match self {
            Self::Weather { kind, intensity } => {
                if let Weather::Other(name) = kind {
                    found.name(&at("kind"), name);
                }
                if let Some(intensity) = intensity {
                    found.within(&at("intensity"), (*intensity).into(), 0.0..=1.0);
                }
            }
            Self::Time { to: TimeOfDay::Hour(hour), .. } => found.within(&at("to"), (*hour).into(), 0.0..=24.0),
            Self::Time { to: TimeOfDay::Name(name), .. } => found.name(&at("to"), name),
            Self::Light { brightness, warmth } => {
                found.within(&at("brightness"), (*brightness).into(), 0.2..=3.0);
                if let Some(warmth) = warmth {
                    found.within(&at("warmth"), (*warmth).into(), -1.0..=1.0);
                }
            }
            Self::Mood { mood } => {
                if let Mood::Other(name) = mood {
                    found.name(&at("mood"), name);
                }
            }
            Self::Camera { kind, amount, target, .. } => {
                if let CameraMove::Other(name) = kind {
                    found.name(&at("move"), name);
                }
                if let Some(amount) = amount {
                    found.finite(&at("amount"), (*amount).into());
                }
                if let Some(target) = target {
                    found.name(&at("target"), target);
                }
            }
            Self::Spawn { what, count, at: place } => {
                found.name(&at("what"), what);
                if let Some(count) = count {
                    found.within(&at("count"), (*count).into(), 1.0..=f64::from(MAX_SPAWN));
                }
                if let Some(Place::Other(name)) = place {
                    found.name(&at("at"), name);
                }
            }
            Self::Remove { what } => found.name(&at("what"), what),
            Self::Other(_) => {}
        }
    }
}
