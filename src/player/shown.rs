//! Frames between choice and presentation, and the traces of those presented.

use std::collections::VecDeque;
use std::time::Duration;

use crate::media::{Epoch, MediaDelta, Monotonic, VideoFrame};
use crate::stats::{FrameTrace, TraceStore};

/// Frames that may be on their way to the screen. One that nobody tells of is traced without the later stages.
const ON_THE_WAY: usize = 16;
/// The rate of presentation is counted over this.
const WINDOW: Duration = Duration::from_secs(2);
/// More presentations than a display makes in the window.
const COUNTED: usize = 1024;

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

/// Traces of frames, on their way and done.
#[derive(Debug)]
pub(super) struct Shown {
    waiting: VecDeque<FrameTrace>,
    times: VecDeque<Monotonic>,
    pub(super) store: TraceStore,
}

impl Shown {
    pub(super) fn new(keep: usize) -> Self {
        Self {
            waiting: VecDeque::with_capacity(ON_THE_WAY),
            times: VecDeque::with_capacity(COUNTED),
            store: TraceStore::new(keep),
        }
    }

    /// A frame was chosen for a refresh.
    pub(super) fn chosen(&mut self, frame: &VideoFrame, at: Monotonic, av_offset: Option<MediaDelta>) {
        if self.waiting.len() == ON_THE_WAY
            && let Some(forgotten) = self.waiting.pop_front()
        {
            self.store.frame(forgotten);
        }
        // The caller may have looked at the clock before this frame was decoded.
        let chosen = Some(at.max(frame.decoded));
        self.waiting.push_back(FrameTrace { chosen, av_offset, ..FrameTrace::of(frame) });
    }

    /// A frame was presented.
    pub(super) fn presented(&mut self, presented: Presented) {
        let own = |trace: &FrameTrace| (trace.epoch, trace.sequence) == (presented.epoch, presented.sequence);
        let Some(place) = self.waiting.iter().position(own) else { return };
        let Some(trace) = self.waiting.remove(place) else { return };
        let trace = FrameTrace {
            uploaded: presented.uploaded,
            submitted: presented.submitted,
            presented: presented.presented,
            ..trace
        };
        self.store.frame(trace);
        if let Some(at) = presented.presented {
            if self.times.len() == COUNTED {
                self.times.pop_front();
            }
            self.times.push_back(at);
        }
    }

    /// Frames presented per second over the last two seconds; `None` before there was one.
    pub(super) fn rate(&self, now: Monotonic) -> Option<f64> {
        let first = self.times.front()?;
        let since = now - WINDOW;
        let recent = self.times.iter().rev().take_while(|at| **at > since && **at <= now).count();
        let window = now.since((*first).max(since)).as_secs_f64();
        (window > 0.1).then(|| recent as f64 / window)
    }
}
