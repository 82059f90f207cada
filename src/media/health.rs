//! How playback is doing: the noun that travels from the player back to the session, and on to the server as feedback.

use super::time::{MediaDelta, MediaTime};

/// Why a packet or a frame was not presented.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum DropCause {
    /// A bounded queue between socket and decoder was full.
    QueueFull,
    /// It came, or was decoded, after a newer one was already due.
    Late,
    /// A newer frame was due at the same refresh.
    Superseded,
    /// It depends on a packet that was lost or skipped.
    NoReference,
    /// It was received before.
    Duplicate,
    /// The decoder refused it.
    Corrupt,
    /// No decoder for its codec.
    UnknownCodec,
    /// It belongs to a timeline that has ended.
    OldEpoch,
}

/// Drops by cause, counted since the stream began.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DropCounts([u64; DropCause::ALL.len()]);

/// A sample of playback health, sent about four times a second (playout design, back-pressure).
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct PlaybackHealth {
    /// Presentation timestamp of the newest packet received.
    pub last_pts: MediaTime,
    /// How much later than the fastest packet of the window the newest came.
    pub lateness: MediaDelta,
    /// 95th percentile of that lateness over the window.
    pub lateness_p95: MediaDelta,
    /// Media in hand, ahead of the playout position.
    pub buffered: MediaDelta,
    /// Median time to decode one video frame.
    pub decode: MediaDelta,
    /// The delay that the controller aims at.
    pub target: MediaDelta,
    /// The delay that it has.
    pub delay: MediaDelta,
    /// Sound minus picture at the latest refresh; positive: the sound is early.
    pub av_offset: Option<MediaDelta>,
    /// Drops since the stream began.
    pub drops: DropCounts,
}

impl DropCause {
    /// Every cause, in the order of reports.
    pub const ALL: [Self; 8] = [
        Self::QueueFull,
        Self::Late,
        Self::Superseded,
        Self::NoReference,
        Self::Duplicate,
        Self::Corrupt,
        Self::UnknownCodec,
        Self::OldEpoch,
    ];

    /// The cause's name in reports and on the wire.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::QueueFull => "queue_full",
            Self::Late => "late",
            Self::Superseded => "superseded",
            Self::NoReference => "no_reference",
            Self::Duplicate => "duplicate",
            Self::Corrupt => "corrupt",
            Self::UnknownCodec => "unknown_codec",
            Self::OldEpoch => "old_epoch",
        }
    }

    const fn index(self) -> usize {
        self as usize
    }
}

impl DropCounts {
    /// Counts `n` more drops of a cause.
    pub fn add(&mut self, cause: DropCause, n: u64) {
        self.0[cause.index()] = self.0[cause.index()].saturating_add(n);
    }

    /// Drops of one cause.
    #[must_use]
    pub fn of(&self, cause: DropCause) -> u64 {
        self.0[cause.index()]
    }

    /// Drops of every cause.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.0.iter().sum()
    }

    /// The sum of two counts.
    #[must_use]
    pub fn plus(mut self, other: Self) -> Self {
        for cause in DropCause::ALL {
            self.add(cause, other.of(cause));
        }
        self
    }

    /// Causes with their counts, zero counts left out.
    pub fn iter(&self) -> impl Iterator<Item = (DropCause, u64)> + '_ {
        DropCause::ALL.into_iter().map(|cause| (cause, self.of(cause))).filter(|(_, count)| *count > 0)
    }
}
