//! What a reel does at a moment, for whoever shows it. Data.

use crate::media::MediaDelta;

/// Whether a clip moves.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Motion {
    /// It is on its way to a place: decoding up to there.
    #[default]
    Cueing,
    /// It stands still.
    Paused,
    /// It plays.
    Playing,
    /// It has come to its end: the last picture stands.
    Ended,
}

/// A reel at one moment.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Status {
    /// Whether it moves.
    pub motion: Motion,
    /// It is to move, also while it is on its way to a place.
    pub moves: bool,
    /// What is seen and heard now, on the clip's time.
    pub position: MediaDelta,
    /// The clip's length.
    pub length: MediaDelta,
    /// Clip seconds per second.
    pub speed: f64,
    /// Begins anew at its end.
    pub goes_round: bool,
    /// How often it has come round since it was last told where to go.
    pub lap: u64,
    /// Packets of sound that could not be decoded.
    pub damaged: u64,
    /// Why it can go on no longer.
    pub failed: Option<String>,
}
