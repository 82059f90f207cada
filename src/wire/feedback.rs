//! How playback is doing, told to the server so that it can skip or lower the tier.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::bounds::MAX_LIST;
use super::violation::Violations;

/// A sample of playback health, about four a second; times in milliseconds.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Feedback {
    /// Newest presentation timestamp received, microseconds.
    pub last_pts_us: i64,
    /// Lateness of the newest packet against the fastest of the window.
    pub late_ms: f32,
    /// 95th percentile of lateness.
    pub late_p95_ms: f32,
    /// Media in hand.
    pub buffered_ms: f32,
    /// Median decode time of a frame.
    pub decode_ms: f32,
    /// Playout delay aimed at.
    pub target_ms: f32,
    /// Drops since the stream began, by cause.
    pub drops: Map<String, Value>,
}

impl Feedback {
    pub(super) fn check(&self, found: &mut Violations) {
        for (field, number) in [
            ("late_ms", self.late_ms),
            ("late_p95_ms", self.late_p95_ms),
            ("buffered_ms", self.buffered_ms),
            ("decode_ms", self.decode_ms),
            ("target_ms", self.target_ms),
        ] {
            found.finite(field, number.into());
        }
        if self.drops.len() > MAX_LIST {
            found.add("drops", format!("has {} entries; at most {MAX_LIST} are allowed", self.drops.len()));
        }
    }
}
