//! A decoder of pictures with a queue before it.

use std::collections::VecDeque;

use super::super::stage::Stage;
use super::super::unit::Unit;

/// Decodes in order of arrival. Memory grows with what waits, at most the trace's pictures.
#[derive(Debug)]
pub(super) struct Decoder {
    waiting: VecDeque<Unit>,
    busy: Vec<(f64, Unit)>,
    /// How many are decoded at once.
    lanes: usize,
    /// More waiting than this: all are dropped, and those to come up to a keyframe.
    most: usize,
    wants_keyframe: bool,
}

impl Decoder {
    /// One after the other, however many wait.
    pub(super) fn serial() -> Self {
        Self { waiting: VecDeque::new(), busy: Vec::new(), lanes: 1, most: usize::MAX, wants_keyframe: false }
    }

    /// One after the other. Where more wait than `most` they are dropped, and a keyframe begins anew.
    pub(super) fn bounded(most: usize) -> Self {
        Self { most, ..Self::serial() }
    }

    /// All at once, for pictures that need no other.
    pub(super) fn parallel() -> Self {
        Self { lanes: usize::MAX, ..Self::serial() }
    }

    pub(super) fn push(&mut self, unit: &Unit) {
        if self.waiting.len() >= self.most {
            self.waiting.clear();
            self.wants_keyframe = true;
        }
        self.wants_keyframe &= !unit.keyframe;
        if !self.wants_keyframe {
            self.waiting.push_back(*unit);
        }
    }

    pub(super) fn wake(&self) -> Option<f64> {
        self.busy.iter().map(|(done, _)| *done).reduce(f64::min)
    }

    /// Hands out what is decoded by now, and begins what can begin.
    pub(super) fn advance(&mut self, now: f64, stage: &mut Stage<'_>, mut decoded: impl FnMut(&Unit)) {
        self.busy.retain(|(done, unit)| {
            if *done <= now {
                decoded(unit);
            }
            *done > now
        });
        while self.busy.len() < self.lanes
            && let Some(unit) = self.waiting.pop_front()
        {
            self.busy.push((now + stage.decode_us(unit.duration_us), unit));
        }
    }
}
