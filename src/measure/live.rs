//! How a run goes, for progress and for whoever watches.

use std::collections::BTreeMap;

use serde::Serialize;

use super::report::Summary;
use crate::media::Monotonic;

/// How a run goes. Figures are of the measured window so far, those of a session's beginning of the whole run; counts are of the
/// whole run.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Live {
    /// Seconds since the start.
    pub at_s: f64,
    /// Sessions that were begun.
    pub begun: u64,
    /// Sessions that stream now.
    pub streaming: u32,
    /// Sessions that ended as planned.
    pub completed: u64,
    /// Sessions that failed.
    pub failed: u64,
    /// Frames received.
    pub frames: u64,
    /// Media bytes received.
    pub bytes: u64,
    /// Frames a second of each session that streams, on average since the last look; `None` at the first, and where none streams.
    pub fps: Option<f64>,
    /// Frames a second of all sessions together.
    pub frames_s: Option<f64>,
    /// Media since the last look, in Mbit/s.
    pub mbit_s: Option<f64>,
    /// Command to frame, corrected.
    pub cmd_to_frame: Summary,
    /// Time to first frame.
    pub ttff: Summary,
    /// Freezes.
    pub freezes: u64,
    /// Failures of sessions, by code.
    pub errors: BTreeMap<String, u64>,
}

/// What the last look saw.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Paced {
    last: Option<(Monotonic, u64, u64)>,
}

impl Paced {
    /// Fills in the rates since the last look.
    pub(super) fn pace(&mut self, now: Monotonic, live: &mut Live) {
        if let Some((before, frames, bytes)) = self.last.replace((now, live.frames, live.bytes)) {
            let seconds = now.since(before).as_secs_f64();
            if seconds > 0.0 {
                let rate = live.frames.saturating_sub(frames) as f64 / seconds;
                live.frames_s = Some(rate);
                live.fps = (live.streaming > 0).then(|| rate / f64::from(live.streaming));
                live.mbit_s = Some(live.bytes.saturating_sub(bytes) as f64 * 8.0 / 1e6 / seconds);
            }
        }
    }
}
