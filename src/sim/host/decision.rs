//! The words between a stream and its adaptation: what it is told, what it decides, and why. Neighbour: `adaptation`, the policy.

use std::fmt;
use std::time::Duration;

use crate::media::{MediaDelta, MediaTime, PlaybackHealth, Tier};
use crate::wire::Feedback;

/// Longest time in a report that is believed.
const LONGEST_MS: f32 = 60_000.0;

/// Thresholds and patience. The defaults are those of the playout design.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AdaptationSettings {
    /// A queue of this length: every second picture is skipped; pictures that wait for the socket so long: none is made.
    pub skip_at: MediaDelta,
    /// A queue of this length: no picture is made until it has drained.
    pub hold_at: MediaDelta,
    /// A queue of this length: pictures that wait for the socket are dropped, and the next one is a keyframe.
    pub flush_at: MediaDelta,
    /// Strained, or decoding too slowly, for so long: less is sent.
    pub down_after: Duration,
    /// Without strain for so long: the next tier is tried; a third of it for more bits in the same tier.
    pub up_after: Duration,
    /// A raised rate is on trial for so long; one that fails doubles the patience until the next.
    pub trial: Duration,
    /// The patience never grows beyond this.
    pub longest_wait: Duration,
}

/// What the client tells four times a second, as far as it counts here.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// End of the newest media that it has.
    pub last: MediaTime,
    /// How much later than the fastest of its window the newest came.
    pub late: MediaDelta,
    /// Median time to decode a frame.
    pub decode: MediaDelta,
}

/// Pictures that wait for the socket.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Waiting {
    /// Whole pictures that have not begun to leave.
    pub frames: usize,
    /// Age of the oldest picture that has not left whole; zero where none waits.
    pub oldest: MediaDelta,
}

/// What to do with the picture that is due.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decision {
    /// Make it and send it.
    Send,
    /// Let its time pass without rendering or encoding it.
    Skip(Cause),
    /// Drop the pictures that wait, skip this one, and make the next one that is sent a keyframe.
    Flush(Cause),
    /// First change the rate, then make it and send it.
    Change(Change),
}

/// Why a picture is not sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    /// Pictures wait for the socket for so long.
    Socket(MediaDelta),
    /// What is on the way comes so late.
    Late(MediaDelta),
    /// So many bits a second have been seen to arrive, and this picture would be more.
    Rate(u32),
    /// Whether the delay is a queue is tried out by letting it drain.
    Test,
}

/// Another rate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// The tier.
    pub tier: Tier,
    /// Bits a second of its pictures.
    pub bitrate: u32,
    /// Why, for people.
    pub reason: String,
}

impl Default for AdaptationSettings {
    fn default() -> Self {
        Self {
            skip_at: MediaDelta::from_millis(60),
            hold_at: MediaDelta::from_millis(150),
            flush_at: MediaDelta::from_millis(400),
            down_after: Duration::from_secs(2),
            up_after: Duration::from_secs(15),
            trial: Duration::from_secs(5),
            longest_wait: Duration::from_secs(120),
        }
    }
}

impl From<&Feedback> for Report {
    fn from(feedback: &Feedback) -> Self {
        let delta = |ms: f32| {
            let ms = if ms.is_finite() { ms.clamp(0.0, LONGEST_MS) } else { 0.0 };
            MediaDelta::from_secs_f64(f64::from(ms) / 1000.0)
        };
        Self {
            last: MediaTime::from_micros(feedback.last_pts_us),
            late: delta(feedback.late_ms),
            decode: delta(feedback.decode_ms),
        }
    }
}

impl From<&PlaybackHealth> for Report {
    fn from(health: &PlaybackHealth) -> Self {
        Self { last: health.last_pts, late: health.lateness.max(MediaDelta::ZERO), decode: health.decode }
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Socket(age) => write!(f, "pictures wait for the socket for {:.0} ms", age.as_millis_f64()),
            Self::Late(queue) => write!(f, "{:.0} ms behind", queue.as_millis_f64()),
            Self::Rate(rate) => write!(f, "pictures pass at {:.1} Mbit/s", f64::from(*rate) / 1e6),
            Self::Test => f.write_str("trying out whether the delay drains"),
        }
    }
}
