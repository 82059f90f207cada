//! Quality tiers (HO-24) and picture sizes.

use std::fmt;
use std::str::FromStr;

/// Width and height in luma samples.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Size {
    /// Samples in a row.
    pub width: u32,
    /// Rows.
    pub height: u32,
}

/// A named quality tier: lower for prototyping, higher for production.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Tier {
    /// Cheapest: for trying things and for bad networks.
    Draft,
    /// The default.
    #[default]
    Standard,
    /// The best picture.
    High,
}

/// What a tier means on the reference profile.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TierSpec {
    /// Picture size.
    pub size: Size,
    /// Frames per second.
    pub fps: u32,
    /// Video bit rate in bits per second.
    pub video_bitrate: u32,
    /// Audio bit rate in bits per second (Opus).
    pub audio_bitrate: u32,
}

impl Tier {
    /// Every tier, lowest first.
    pub const ALL: [Self; 3] = [Self::Draft, Self::Standard, Self::High];

    /// The tier's name on the wire and on the command line.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Standard => "standard",
            Self::High => "high",
        }
    }

    /// Size, rate and bit rates of the tier on the reference profile; another server states its own in its hello.
    #[must_use]
    pub const fn spec(self) -> TierSpec {
        match self {
            Self::Draft => {
                TierSpec { size: Size { width: 384, height: 216 }, fps: 24, video_bitrate: 700_000, audio_bitrate: 48_000 }
            }
            Self::Standard => {
                TierSpec { size: Size { width: 640, height: 360 }, fps: 30, video_bitrate: 2_500_000, audio_bitrate: 96_000 }
            }
            Self::High => TierSpec {
                size: Size { width: 1280, height: 720 },
                fps: 30,
                video_bitrate: 6_000_000,
                audio_bitrate: 128_000,
            },
        }
    }
}

impl fmt::Display for Tier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Tier {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|tier| tier.name() == text)
            .ok_or_else(|| format!("no tier is called {text:?}: the tiers are draft, standard and high"))
    }
}

impl fmt::Display for Size {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}x{}", self.width, self.height)
    }
}
