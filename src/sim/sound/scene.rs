//! What a world asks to hear: a scene that lasts and events that happen at one media time. Plain values, cheap to copy from the
//! simulation to the synthesiser. Never holds a sample; neighbours: `synth` renders it.

use crate::media::MediaTime;
use crate::wire::Mood;

/// The lasting sound around the listener. Levels run from 0 (silent) to 1 (as strong as it gets); values outside are clamped and
/// NaN reads as 0. The synthesiser glides to a new scene, so a scene may change from one block to the next without a click.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct SoundScene {
    /// Wind: 0.1 is a breeze, 0.5 a fresh wind, 1 a gale.
    pub wind: f32,
    /// Rain: 0.3 is light, 1 a downpour.
    pub rain: f32,
    /// Falling snow: a hush with muffled wind, and everything else a little duller.
    pub snow: f32,
    /// Blowing sand or dust.
    pub dust: f32,
    /// The nearest water.
    pub water: Water,
    /// What lives or hums around.
    pub ambience: Ambience,
    /// How enclosed the place is: 0 an open field, 0.4 a canyon or a street, 1 a cave. Sets the reverberation.
    pub space: f32,
    /// The mood's tint.
    pub mood: MoodTint,
}

/// Water within hearing.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Water {
    /// Which water.
    pub kind: WaterKind,
    /// 0: out of hearing, 1: the listener stands at its edge.
    pub nearness: f32,
    /// Where it lies: −1 left, 0 ahead or all around, 1 right.
    pub pan: f32,
}

/// Kinds of water.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum WaterKind {
    /// No water.
    #[default]
    None,
    /// Breaking waves.
    Sea,
    /// Running water.
    River,
    /// Lapping at a shore.
    Lake,
}

/// The voices of a place.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Ambience {
    /// Which voices.
    pub kind: AmbienceKind,
    /// How loud, 0 to 1.
    pub level: f32,
    /// 0 night, 1 full day: birds sing by day, insects at night.
    pub daylight: f32,
}

/// Kinds of ambience, named after places.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum AmbienceKind {
    /// Nothing.
    #[default]
    None,
    /// Songbirds by day, crickets at night.
    Meadow,
    /// More birds, further away; crickets at night.
    Forest,
    /// Dense birds, insects day and night, frogs after dark.
    Jungle,
    /// Gulls.
    Coast,
    /// A low airy drone, lone crickets at night.
    Desert,
    /// A cold, thin drone.
    Tundra,
    /// The hum of a city and distant horns.
    City,
    /// Drips and a dark rumble; belongs with a high [`SoundScene::space`].
    Cave,
    /// Slow, shifting tones.
    Alien,
}

/// The character that a mood gives to the sound.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum MoodTint {
    /// As it is.
    #[default]
    Neutral,
    /// Softer.
    Calm,
    /// A deep swell below, everything a little louder.
    Dramatic,
    /// Duller, over a low, beating drone.
    Eerie,
    /// Brighter.
    Joyful,
}

impl From<&Mood> for MoodTint {
    /// A mood that this side does not know sounds neutral.
    fn from(mood: &Mood) -> Self {
        match mood {
            Mood::Neutral | Mood::Other(_) => Self::Neutral,
            Mood::Calm => Self::Calm,
            Mood::Dramatic => Self::Dramatic,
            Mood::Eerie => Self::Eerie,
            Mood::Joyful => Self::Joyful,
        }
    }
}

/// What a foot meets.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Surface {
    /// Grass or soft earth.
    #[default]
    Grass,
    /// Sand.
    Sand,
    /// Snow.
    Snow,
    /// Stone, asphalt, bare rock.
    Stone,
    /// Planks.
    Wood,
    /// Shallow water.
    Water,
}

/// A sound that starts at one media time. `at` is when it is *heard*, to the sample (media time rounded to the nearest of 48 000
/// samples a second): nothing here delays by distance, so thunder's `at` is the flash plus the way of its sound, and a bell whose
/// lamp flashes at the same media time has the same `at`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum SoundEvent {
    /// One foot falls; left and right alternate by themselves.
    Step {
        /// When it is heard.
        at: MediaTime,
        /// On what.
        surface: Surface,
        /// Louder and brighter.
        running: bool,
    },
    /// Thunder.
    Thunder {
        /// When its sound arrives.
        at: MediaTime,
        /// How far the lightning struck, in metres: near cracks, far rumbles long and low.
        distance_m: f32,
        /// −1 left to 1 right.
        pan: f32,
    },
    /// A stroke of the landmark's bell. Its very first sample is loud: the onset marks `at` exactly.
    Bell {
        /// When it is heard.
        at: MediaTime,
        /// How far the bell hangs, in metres: makes it softer and rounder, never late.
        distance_m: f32,
        /// −1 left to 1 right.
        pan: f32,
    },
    /// Something falls into water.
    Splash {
        /// When it is heard.
        at: MediaTime,
        /// 0 a pebble, 1 a body.
        size: f32,
        /// −1 left to 1 right.
        pan: f32,
    },
    /// Something came into the world.
    Chime {
        /// When it is heard.
        at: MediaTime,
        /// −1 left to 1 right.
        pan: f32,
    },
    /// The calibration click: 10 ms of a 1 kHz sine at 0.8 of full scale on both channels, untouched by space, mood or limiter.
    Click {
        /// When it starts.
        at: MediaTime,
    },
}

impl SoundEvent {
    /// When it is heard.
    #[must_use]
    pub fn at(&self) -> MediaTime {
        match *self {
            Self::Step { at, .. }
            | Self::Thunder { at, .. }
            | Self::Bell { at, .. }
            | Self::Splash { at, .. }
            | Self::Chime { at, .. }
            | Self::Click { at } => at,
        }
    }
}
