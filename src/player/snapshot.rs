//! What a HUD and a report show of playback at one moment.

use super::recent::Recent;
use super::verdict::Verdict;
use crate::media::{AudioCodec, DropCounts, MediaDelta, MediaTime, Size, VideoCodec};
use crate::playout::Preset;

/// Playback at one moment. `None`: unknown so far.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Snapshot {
    /// Delay against smoothness.
    pub preset: Preset,
    /// The media time that is being shown and sounded.
    pub position: Option<MediaTime>,
    /// The delay between the fastest possible arrival and its playout, as it is.
    pub delay: Option<MediaDelta>,
    /// The delay that the controller aims at.
    pub target: MediaDelta,
    /// The delay that it promises never to pass for long: the preset's cap and the chunk span.
    pub cap: MediaDelta,
    /// The span of a generation chunk, inside `cap`.
    pub chunk_span: MediaDelta,
    /// How playback goes, and what stands against it.
    pub verdict: Verdict,
    /// Sound minus picture at the latest refresh, where both play; positive: the sound is early.
    pub av_offset: Option<MediaDelta>,
    /// Media in hand, ahead of the playout position.
    pub buffered: MediaDelta,
    /// Median time to decode one video frame.
    pub decode: Option<MediaDelta>,
    /// The server's clock against ours, in parts per million.
    pub skew_ppm: Option<f64>,
    /// Sound that was made up for want of the real one, since the start.
    pub concealed: MediaDelta,
    /// Sound that was played, real and made up, since the start.
    pub sounded: MediaDelta,
    /// Sound that was skipped to come back to the target, since the start.
    pub skipped: MediaDelta,
    /// Sound that changes of speed beyond 0.2 % added or left out, since the start.
    pub stretched: MediaDelta,
    /// Times at which the sound device ran dry.
    pub underruns: u64,
    /// Video packets received.
    pub received: u64,
    /// Video frames decoded.
    pub decoded: u64,
    /// Video frames handed to the screen.
    pub presented: u64,
    /// Drops of both tracks, by cause.
    pub drops: DropCounts,
    /// The video codec in use.
    pub video_codec: Option<VideoCodec>,
    /// The audio codec in use.
    pub audio_codec: Option<AudioCodec>,
    /// The picture's size.
    pub size: Option<Size>,
    /// Who is the master clock.
    pub audio: AudioState,
    /// The sound in words for people: the device's name, or why there is no sound.
    pub audio_text: String,
    /// The last second and the last 30 s.
    pub recent: Recent,
}

/// Whether sound leads playback.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum AudioState {
    /// No sound device, or none asked for: pictures run on the session clock.
    #[default]
    Silent,
    /// There is a device and nothing to sound yet, or no longer.
    Waiting,
    /// Sound plays and is the master clock.
    Playing,
}

/// Something that the user should hear of once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    /// What, why, and what to do.
    pub text: String,
}
