//! What a theme is: every choice that turns a bare geography into a recognisable place. Data only; `catalogue` holds the known
//! themes, `prompt` picks and bends one.

use super::kind::Kind;
use super::terrain::Shape;
use crate::sim::sound::{AmbienceKind, Surface, WaterKind};
use crate::wire::Weather;

/// A colour as on a display, `0xRRGGBB`.
pub type Hex = u32;

/// Everything that a theme decides.
#[derive(Clone, Debug, PartialEq)]
pub struct Theme {
    /// Its name, for messages.
    pub name: &'static str,
    /// How the land is shaped where this theme comes first.
    pub shape: Shape,
    /// Colours of the ground.
    pub ground: Ground,
    /// Colours of the sky.
    pub sky: SkyColors,
    /// The water at height 0.
    pub water: WaterLook,
    /// Distance in metres at which the air veils half of what is seen.
    pub haze: f32,
    /// Weather at the beginning, with its strength.
    pub weather: (Weather, f32),
    /// Hour at the beginning.
    pub hour: f32,
    /// What grows and stands here.
    pub scatter: Vec<Scatter>,
    /// Tufts in the grass near the eye: colour and how many of ten places bear one; 0 for none.
    pub tufts: (Hex, u32),
    /// The landmark.
    pub landmark: Kind,
    /// Leaves, or what takes their place.
    pub leaf: [Hex; 2],
    /// Bark, walls, pillars.
    pub wood: Hex,
    /// Blossoms, roofs, crystals, signs.
    pub accent: [Hex; 2],
    /// Colour of lamps and windows.
    pub lamp: Hex,
    /// What is heard.
    pub ambience: AmbienceKind,
    /// What feet meet.
    pub surface: Surface,
    /// How enclosed it sounds, 0 to 1.
    pub space: f32,
    /// Share of white that lies on level ground from the beginning, 0 to 1.
    pub snow: f32,
    /// Motes in the air: fireflies, embers, petals, spores; their colour and how many, 0 to 1.
    pub motes: (Hex, f32),
}

/// Colours of the ground.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Ground {
    /// Below water.
    pub bed: Hex,
    /// Just above water.
    pub shore: Hex,
    /// How high above water the shore reaches, metres.
    pub shore_to: f32,
    /// Two colours that level ground varies between.
    pub plain: [Hex; 2],
    /// Steep ground.
    pub rock: Hex,
    /// Heights.
    pub cap: Hex,
    /// Where heights begin, metres.
    pub cap_from: f32,
    /// Bands in rock, 0 to 1.
    pub strata: f32,
}

/// Colours of the sky by day, at dusk and at night.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SkyColors {
    /// Overhead by day.
    pub zenith: Hex,
    /// At the horizon by day.
    pub horizon: Hex,
    /// Overhead at dusk.
    pub dusk_zenith: Hex,
    /// At the horizon at dusk, on the sun's side.
    pub dusk_glow: Hex,
    /// Overhead at night.
    pub night_zenith: Hex,
    /// At the horizon at night.
    pub night_horizon: Hex,
    /// Sunlight by day.
    pub sun: Hex,
    /// How much cloud there is in clear weather, 0 to 1.
    pub clouds: f32,
}

/// The water.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct WaterLook {
    /// Over the bed near the shore.
    pub shallow: Hex,
    /// Where it is deep.
    pub deep: Hex,
    /// Light of its own, as lava has it; 0 for water.
    pub glow: f32,
    /// Height of the waves, 1 for a sea.
    pub waves: f32,
    /// How clear it is: metres that the eye looks through.
    pub clear: f32,
    /// What it sounds like.
    pub kind: WaterKind,
}

/// Something that grows or stands in numbers.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Scatter {
    /// What.
    pub kind: Kind,
    /// How many on a hectare where it stands thickest.
    pub per_hectare: f32,
    /// 0 spread evenly, 1 in groves with clearings between.
    pub groves: f32,
    /// Lowest height above water, metres; negative stands in water.
    pub from: f32,
    /// Greatest height above water, metres.
    pub to: f32,
    /// Steepest ground, as rise over run.
    pub slope: f32,
}

impl Scatter {
    /// Something that stands on dry, not too steep ground.
    #[must_use]
    pub const fn new(kind: Kind, per_hectare: f32, groves: f32) -> Self {
        Self { kind, per_hectare, groves, from: 0.8, to: 400.0, slope: 0.7 }
    }

    /// The same between two heights.
    #[must_use]
    pub const fn between(mut self, from: f32, to: f32) -> Self {
        self.from = from;
        self.to = to;
        self
    }

    /// The same on ground of another steepness.
    #[must_use]
    pub const fn slope(mut self, slope: f32) -> Self {
        self.slope = slope;
        self
    }
}
