//! The words between the pilot of sound and the worker that carries samples: what the output says, what to do next, what became
//! of it. Data.

use crate::media::{Monotonic, Packet};

/// What the output says of itself.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Device {
    /// Written frames that have been heard, with fraction; `None` while no device runs.
    pub heard: Option<f64>,
    /// Frames written since the start.
    pub written: u64,
    /// Written frames that the device has not taken yet.
    pub queued: usize,
    /// How often the device ran dry.
    pub underruns: u64,
    /// Frames that the device takes at once; 0 while unknown.
    pub period: usize,
    /// When it is expected to take the next; `None` while unknown.
    pub callback: Option<Monotonic>,
    /// Frames of media that were given to the worker and stand in its changer of speed, not written yet.
    pub held: f64,
}

/// What written frames carry, in frames of media.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Carried {
    /// By how many frames the first written one lies before the first that the step gave: what the changer of speed held.
    pub lag: f64,
    /// How many frames of media the written ones span; `None`: as many as the step's speed says.
    pub span: Option<f64>,
}

/// What the worker does next.
#[derive(Debug)]
pub enum SoundStep {
    /// Nothing for now: ask again then, or when a packet or a setting comes.
    Wait {
        /// Later than now.
        until: Monotonic,
    },
    /// Decode this, put its samples behind those in hand, and report [`super::Pilot::decoded`].
    Decode(Packet),
    /// Write `frames` of the samples in hand at a speed (above 1 catches up), and report [`super::Pilot::written`].
    Play {
        /// Frames of samples in hand to use.
        frames: usize,
        /// Input frames per output frame. Within 1 % of 1 pitch may change with it; beyond, it is kept.
        rate: f64,
    },
    /// Discard the first `frames` of the samples in hand.
    Skip {
        /// Frames to discard.
        frames: usize,
    },
    /// Write `frames` that stand in for sound that is not there, and report [`super::Pilot::written`].
    Conceal {
        /// Frames to make up.
        frames: usize,
    },
    /// Write `frames` that stand in for the sound that ends here, faded out to silence, and report [`super::Pilot::written`].
    FadeOut {
        /// Frames to fade over.
        frames: usize,
    },
    /// Write `frames` of silence, and report [`super::Pilot::written`].
    Silence {
        /// Frames of silence.
        frames: usize,
    },
    /// Forget the samples in hand and the decoder's state: another timeline, or the sound was turned off.
    Reset,
}

/// Totals since the start, in frames.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SoundTotals {
    /// Frames of media written.
    pub played: u64,
    /// Frames made up because a packet was lost (a later one was in hand).
    pub concealed_lost: u64,
    /// Frames made up because the network brought nothing in time.
    pub concealed_network: u64,
    /// Frames made up because the server generated the next packet late, by its own stamps.
    pub concealed_server: u64,
    /// Frames made up to join what a skip has parted.
    pub concealed_skip: u64,
    /// Frames of media skipped to come back to the target.
    pub skipped: u64,
    /// Frames of media that speeds further than 0.2 % from nominal added or left out: the inserted and removed samples of webrtc-stats.
    pub stretched: u64,
    /// Frames written at such a speed.
    pub off_speed: u64,
    /// How often sound ran out and concealment set in.
    pub dry: u64,
    /// How often the device ran dry because decoding held the worker up.
    pub dry_decoder: u64,
    /// How often the device ran dry because the worker came late for another reason.
    pub dry_worker: u64,
    /// Packets whose sound was used.
    pub packets: u64,
    /// Packets dropped unheard because the sound is off, paused or has no device.
    pub unsounded: u64,
}

impl SoundTotals {
    /// Frames made up, whatever the cause.
    #[must_use]
    pub const fn concealed(&self) -> u64 {
        self.concealed_lost + self.concealed_network + self.concealed_server + self.concealed_skip
    }
}

/// What the written frames carry: media microseconds of the first and media seconds per second; `None` carries no media time.
pub type Line = Option<(f64, f64)>;
