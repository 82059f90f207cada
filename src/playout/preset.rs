//! How much delay a user trades for how much smoothness.

use std::fmt;
use std::str::FromStr;

use crate::media::MediaDelta;

/// A promise about delay. The cap bounds the share of the delay that answers the network's jitter; the span of a generation
/// chunk comes on top, since no client can show a frame before its chunk is there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Preset {
    /// Shortest delay; the picture may run ahead of the sound by an amount that nobody notices (ITU-R BT.1359).
    Latency,
    /// The default: sound and picture together, rare concealment.
    #[default]
    Balanced,
    /// Fewest interruptions.
    Smooth,
}

impl Preset {
    /// Every preset, shortest delay first.
    pub const ALL: [Self; 3] = [Self::Latency, Self::Balanced, Self::Smooth];

    /// The preset's name on the command line and in reports.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Latency => "latency",
            Self::Balanced => "balanced",
            Self::Smooth => "smooth",
        }
    }

    /// The share of the sound that may be missed for a shorter delay, before what stretching saves of it.
    #[must_use]
    pub const fn missed(self) -> f64 {
        match self {
            Self::Latency => 0.02,
            Self::Balanced => 0.0055,
            Self::Smooth => 0.002,
        }
    }

    /// The most delay that jitter may cost.
    #[must_use]
    pub const fn cap(self) -> MediaDelta {
        MediaDelta::from_millis(match self {
            Self::Latency => 100,
            Self::Balanced => 150,
            Self::Smooth => 400,
        })
    }

    /// How far the sound may trail the picture. A standing trail shows in every frame as A/V offset, so only the preset that
    /// buys latency with it has one; 60 ms lies inside the detectability thresholds of ITU-R BT.1359 (125 ms for late sound).
    #[must_use]
    pub const fn trail(self) -> MediaDelta {
        MediaDelta::from_millis(match self {
            Self::Latency => 60,
            Self::Balanced | Self::Smooth => 0,
        })
    }
}

impl fmt::Display for Preset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Preset {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|preset| preset.name() == text)
            .ok_or_else(|| format!("no preset is called {text:?}: the presets are latency, balanced and smooth"))
    }
}
