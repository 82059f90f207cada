//! What playback did of late, for a display and a report: the last second and the last 30 s, never means over a session. Plain
//! data; `figures` fills it in.

use std::time::Duration;

use crate::media::{DropCounts, MediaDelta};
use crate::stats::Summary;

/// The short window of every figure.
pub const SECOND: Duration = Duration::from_secs(1);
/// The long one.
pub const HALF_MINUTE: Duration = Duration::from_secs(30);

/// Sound before its picture that is noticed (ITU-R BT.1359-1, threshold of detectability).
pub const SOUND_EARLY: MediaDelta = MediaDelta::from_millis(45);
/// Sound behind its picture that is noticed (the same).
pub const SOUND_LATE: MediaDelta = MediaDelta::from_millis(-125);

/// Stretches of [`Trace`].
pub const TRACE: usize = 120;

/// A figure over both windows, in milliseconds. `None`: fewer than five samples.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Spread {
    /// Over the last second.
    pub second: Option<Summary>,
    /// Over the last 30 s.
    pub half_minute: Option<Summary>,
}

/// A share of what was sounded over both windows, in percent. `None`: nothing was.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Shares {
    /// Over the last second.
    pub second: Option<f64>,
    /// Over the last 30 s.
    pub half_minute: Option<f64>,
}

/// The delay over the last 30 s, in 120 stretches of 250 ms, oldest first: its highest in each, in milliseconds. `None` where
/// nothing played.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Trace {
    /// The delay as it was.
    pub delay: Vec<Option<f32>>,
    /// The delay that was aimed at.
    pub target: Vec<Option<f32>>,
}

/// What playback did of late.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Recent {
    /// Frames presented per second, over the last second; `None` before the second one.
    pub fps: Option<f64>,
    /// The playout delay at each refresh.
    pub delay: Spread,
    /// Its course.
    pub trace: Trace,
    /// The magnitude of the A/V offset at each refresh at which both played.
    pub av_magnitude: Spread,
    /// How many of those refreshes of the last 30 s lay outside what ITU-R BT.1359-1 calls undetectable, in percent.
    pub av_outside_pct: Option<f64>,
    /// From one presented frame to the next.
    pub interval: Spread,
    /// How much later than the fastest of the last 15 s each packet came.
    pub lateness: Spread,
    /// What the server took to generate and encode a frame, where it says so.
    pub server: Spread,
    /// In the decoder.
    pub decode: Spread,
    /// From the choice of a frame for a refresh to its being presented.
    pub draw: Spread,
    /// From an input to the presentation of the first frame that reflects it.
    pub input_to_photon: Spread,
    /// Sound that was made up for want of the real one.
    pub concealed_pct: Shares,
    /// Sound that changes of speed beyond 0.2 % added or left out.
    pub stretched_pct: Shares,
    /// Drops of both tracks in the last 30 s.
    pub drops: DropCounts,
    /// Media received in the last second, in thousands of bits.
    pub received_kbit_s: Option<f64>,
}
