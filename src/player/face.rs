//! The player's face: starts the workers, hands frames to whoever draws, and tells how it goes.

use super::error::PlayerError;
use super::options::PlayerOptions;
use super::snapshot::{Notice, Snapshot};
use crate::media::{Epoch, Monotonic, Packet, PacketSink, PlaybackHealth, Pushed, VideoFrame};
use crate::playout::Preset;
use crate::stats::TraceStore;

/// Plays packets. All methods take `&self`, lock briefly and never wait for a worker, so the thread that draws may call them,
/// and so may any other. Dropping it stops the workers and closes the sound device.
#[derive(Debug)]
pub struct Player {}

/// What the one who draws stamped of a frame. `None` where there is no such moment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Presented {
    /// The frame's timeline.
    pub epoch: Epoch,
    /// The frame's sequence number.
    pub sequence: u64,
    /// Its samples were handed to the GPU.
    pub uploaded: Option<Monotonic>,
    /// The draw was submitted.
    pub submitted: Option<Monotonic>,
    /// Present returned, or the GPU was done where nothing is presented.
    pub presented: Option<Monotonic>,
}

/// The sink of a player that is not built yet: closed.
struct Nobody;

impl PacketSink for Nobody {
    fn push(&mut self, _packet: Packet) -> Pushed {
        Pushed::Closed
    }
}

impl Player {
    /// Starts the workers and opens the sound device; returns at once. The sink takes the packets of both tracks, never blocks,
    /// and says [`crate::media::Pushed::Closed`] once the player is gone.
    ///
    /// # Errors
    /// [`PlayerError::Thread`] where a worker cannot be started.
    pub fn start(_options: PlayerOptions) -> Result<(Self, Box<dyn PacketSink>), PlayerError> {
        Ok((Self {}, Box::new(Nobody)))
    }

    /// The frame to show at the refresh that lights up at `visible_at`: a new one to upload, or `None` to hold the last. Call
    /// it once per refresh, as late as the refresh allows.
    pub fn frame_for(&self, _now: Monotonic, _visible_at: Monotonic) -> Option<VideoFrame> {
        None
    }

    /// Tells when a frame of [`Player::frame_for`] was uploaded, drawn and presented; completes its trace.
    pub fn presented(&self, _presented: Presented) {}

    /// Playback at this moment.
    #[must_use]
    pub fn snapshot(&self) -> Snapshot {
        Snapshot::default()
    }

    /// Playback health, for the feedback to the server.
    #[must_use]
    pub fn health(&self) -> PlaybackHealth {
        PlaybackHealth::default()
    }

    /// Whether the server should be asked for a keyframe now. Paced: says so at most twice a second until one comes.
    #[must_use]
    pub fn wants_keyframe(&self) -> bool {
        false
    }

    /// What the user should hear of since the last call; at most 16, further ones are counted into the last.
    #[must_use]
    pub fn notices(&self) -> Vec<Notice> {
        Vec::new()
    }

    /// Changes delay against smoothness.
    pub fn set_preset(&self, _preset: Preset) {}

    /// Tells the display's refresh rate.
    pub fn set_refresh(&self, _hertz: f64) {}

    /// Turns the sound off (pictures go on, on the session clock) or on again.
    pub fn set_sound(&self, _on: bool) {}

    /// Freezes picture and sound where they are, or goes on.
    pub fn set_paused(&self, _paused: bool) {}

    /// Looks at the traces, or adds to them. Keep it short: `presented` waits meanwhile.
    pub fn traces<T>(&self, look: impl FnOnce(&mut TraceStore) -> T) -> T {
        look(&mut TraceStore::new(0))
    }
}
