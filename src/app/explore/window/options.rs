//! What a window is told and what it gives back. No behaviour.

use std::path::PathBuf;
use std::time::Duration;

use crate::app::errors::Exit;
use crate::app::explore::report::Milestones;
use crate::app::scenario::Scenario;
use crate::media::Size;
use crate::render::GpuError;
use crate::wire::AudioRequest;

/// How much of the figures is shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Hud {
    /// Nothing.
    Off,
    /// The verdict and the few figures that tell most, in one line.
    #[default]
    Line,
    /// Instruments and percentiles.
    Panel,
}

impl Hud {
    /// What the key for the figures shows next: line, panel, nothing, and from the beginning.
    #[must_use]
    pub const fn next(self) -> Self {
        match self {
            Self::Line => Self::Panel,
            Self::Panel => Self::Off,
            Self::Off => Self::Line,
        }
    }
}

/// How the window behaves.
#[derive(Clone, Debug)]
pub struct WindowOptions {
    /// In the window's title, beside the program's name; such as the world's prompt.
    pub title: String,
    /// Size of the drawing area in physical pixels.
    pub size: Size,
    /// Begin in full screen.
    pub fullscreen: bool,
    /// How much of the figures is shown to begin with.
    pub hud: Hud,
    /// Sound was asked for.
    pub sound: bool,
    /// What to ask for when sound is turned on.
    pub audio: AudioRequest,
    /// Where screenshots go.
    pub screenshots: PathBuf,
    /// What to act out, from the first picture on.
    pub scenario: Option<Scenario>,
    /// Leave by itself so long after the first picture; a run with this set also leaves when its world ends or fails.
    pub run_for: Option<Duration>,
    /// Bring the last picture back in [`Outcome::picture`].
    pub keep_picture: bool,
}

impl WindowOptions {
    /// A window of 1280 by 720 with a line of figures, sound as the server chooses, and screenshots in the working folder.
    #[must_use]
    pub fn titled(title: impl Into<String>) -> Self {
        Self {
            title: title.into(),
            size: Size { width: 1280, height: 720 },
            fullscreen: false,
            hud: Hud::default(),
            sound: true,
            audio: AudioRequest { enabled: true, formats: Vec::new() },
            screenshots: PathBuf::from("."),
            scenario: None,
            run_for: None,
            keep_picture: false,
        }
    }
}

/// What became of a window.
#[derive(Debug, Default)]
pub struct Outcome {
    /// Milestones of the run.
    pub milestones: Milestones,
    /// From the first picture to the end.
    pub presented_for: Duration,
    /// Refreshes without a new frame, and all of them, since the first picture.
    pub refreshes: (u64, u64),
    /// The adapter, in words.
    pub adapter: String,
    /// The server, in its own words.
    pub server: String,
    /// The signal that ended it.
    pub signal: Option<Exit>,
    /// The time was up, and nobody closed it.
    pub time_up: bool,
    /// The last picture at its own size, RGBA, without the overlay; `None` where none was asked for or none came.
    pub picture: Option<(Vec<u8>, Size)>,
}

/// Why there is no window, or no longer one.
#[derive(Debug, thiserror::Error)]
pub enum WindowError {
    /// No display to open a window on.
    #[error("no display to open a window on ({reason}): start it on a desktop, or use --headless")]
    NoDisplay {
        /// What the window system said.
        reason: String,
    },
    /// The window could not be opened.
    #[error("the display opens no window ({reason}): try another display, or use --headless")]
    Refused {
        /// What the window system said.
        reason: String,
    },
    /// Drawing is not possible, or no longer.
    #[error(transparent)]
    Gpu(#[from] GpuError),
    /// The window system went away.
    #[error("the window system went away ({reason})")]
    Gone {
        /// What it said.
        reason: String,
    },
}
