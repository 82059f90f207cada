//! Frames between choice and presentation, and the traces of those presented.

use std::collections::VecDeque;

use super::figures::Figures;
use crate::media::{Epoch, MediaDelta, Monotonic, VideoFrame};
use crate::stats::{FrameTrace, TraceStore};

/// Frames that may be on their way to the screen. One that nobody tells of is traced without the later stages.
const ON_THE_WAY: usize = 16;

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
    pub(super) store: TraceStore,
    pub(super) figures: Figures,
}

impl Shown {
    pub(super) fn new(keep: usize) -> Self {
        Self { waiting: VecDeque::with_capacity(ON_THE_WAY), store: TraceStore::new(keep), figures: Figures::default() }
    }

    /// A frame was chosen for a refresh.
    pub(super) fn chosen(&mut self, frame: &VideoFrame, at: Monotonic, av_offset: Option<MediaDelta>) {
        if self.waiting.len() == ON_THE_WAY
            && let Some(forgotten) = self.waiting.pop_front()
        {
            self.store.frame(forgotten);
        }
        self.figures.chosen(frame.duration);
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
        self.figures.presented(&trace);
        self.store.frame(trace);
    }
}
