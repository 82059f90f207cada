//! What a clip is to be: everything that decides its bytes. Data only.

use crate::media::Size;

/// One clip. Equal ones are the same file.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ClipSpec {
    /// What is shown, one after the other; the clip lasts as long as all of them.
    pub shots: Vec<Shot>,
    /// Width and height of the picture, both even.
    pub size: Size,
    /// Frames a second: 24 or 30.
    pub fps: u32,
    /// Whether there is a sound track.
    pub sound: bool,
    /// Bends what the prompt leaves open.
    pub seed: u64,
    /// How the camera moves.
    pub camera: CameraMove,
    /// How much moves, in thousandths.
    pub motion: u32,
    /// A line about what was asked, shown small.
    pub note: String,
}

/// One shot of a clip.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Shot {
    /// What it shows.
    pub prompt: String,
    /// How long, in seconds.
    pub seconds: u32,
}

/// How the camera moves.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum CameraMove {
    /// Not at all.
    #[default]
    Still,
    /// Turns left.
    PanLeft,
    /// Turns right.
    PanRight,
    /// Turns up.
    TiltUp,
    /// Turns down.
    TiltDown,
    /// Goes nearer.
    ZoomIn,
    /// Goes away.
    ZoomOut,
    /// Goes around.
    Orbit,
}

impl ClipSpec {
    /// Length in seconds.
    #[must_use]
    pub fn seconds(&self) -> u32 {
        self.shots.iter().map(|shot| shot.seconds).sum()
    }
}
