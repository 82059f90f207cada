//! The choice of a frame for a refresh, among the few that are decoded.

use std::collections::VecDeque;

use crate::media::{DropCause, DropCounts, Epoch, MediaDelta, MediaTime, VideoFrame};

/// Decoded frames held; pictures are large, and what is decoded early only waits.
pub const DECODED: usize = 3;

/// Decoded frames in presentation order. Holds at most [`DECODED`] and the one that was in the decoder; the gate in front of
/// the decoder keeps it so.
#[derive(Debug)]
pub struct PresentQueue {
    frames: VecDeque<VideoFrame>,
    shown: Option<(Epoch, MediaTime)>,
}

impl Default for PresentQueue {
    fn default() -> Self {
        Self { frames: VecDeque::with_capacity(2 * DECODED), shown: None }
    }
}

impl PresentQueue {
    /// Takes a decoded frame. One that would run backwards within its epoch is dropped as late; from a full queue the oldest
    /// goes as superseded.
    pub fn push(&mut self, frame: VideoFrame, drops: &mut DropCounts) {
        let newest = self.frames.back().map(|held| (held.epoch, held.pts)).or(self.shown);
        if newest.is_some_and(|(epoch, pts)| epoch == frame.epoch && frame.pts <= pts) {
            drops.add(DropCause::Late, 1);
            return;
        }
        if self.frames.len() == 2 * DECODED {
            self.frames.pop_front();
            drops.add(DropCause::Superseded, 1);
        }
        self.frames.push_back(frame);
    }

    /// The frame for a refresh at which the position is `position`: the newest whose time has come, half a refresh early at
    /// most; those that it overtakes are dropped. The first frame of an epoch is never held back. `None`: hold what is shown.
    ///
    /// Where frames come at about the rate of the display, one that has just come due is shown although the next is due within
    /// the same half refresh: otherwise a beat of the two clocks drops one frame and doubles another.
    pub fn choose(
        &mut self,
        position: Option<MediaTime>,
        refresh: MediaDelta,
        drops: &mut DropCounts,
    ) -> Option<VideoFrame> {
        let first = self.frames.front()?;
        if self.shown.is_none_or(|(epoch, _)| epoch != first.epoch) {
            let due = position.map_or(0, |position| self.due(position, refresh));
            return self.show(due.max(1), drops);
        }
        let due = self.due(position?, refresh);
        self.show(due, drops)
    }

    /// Drops frames that a newer decoded one has overtaken, so that decoding goes on while nobody draws.
    pub fn expire(&mut self, position: Option<MediaTime>, refresh: MediaDelta, drops: &mut DropCounts) {
        let Some(position) = position else { return };
        // A refresh that is late itself still finds the frame it would have shown.
        let overtaken = self.due(position - refresh - refresh, refresh).saturating_sub(1);
        self.frames.drain(..overtaken);
        drops.add(DropCause::Superseded, overtaken as u64);
    }

    /// Whether the decoder may add another.
    #[must_use]
    pub fn has_room(&self) -> bool {
        self.frames.len() < DECODED
    }

    /// Frames held.
    #[must_use]
    pub fn len(&self) -> usize {
        self.frames.len()
    }

    /// Whether nothing is held.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.frames.is_empty()
    }

    /// Drops everything held; the shown frame stays on the screen. Returns how many frames that were.
    pub fn clear(&mut self) -> usize {
        let held = self.frames.len();
        self.frames.clear();
        held
    }

    /// How many of the held frames are due, the last of them to be shown.
    fn due(&self, position: MediaTime, refresh: MediaDelta) -> usize {
        let half = MediaDelta::from_micros(refresh.as_micros() / 2);
        let limit = position + half;
        let mut due = self.frames.iter().take_while(|frame| frame.pts <= limit).count();
        let patience = MediaDelta::from_micros(refresh.as_micros() * 3 / 4);
        if due >= 2 {
            let before = &self.frames[due - 2];
            let keeps_pace = before.duration.as_micros() >= refresh.as_micros() * 3 / 4;
            if keeps_pace && before.pts >= position - patience {
                due -= 1;
            }
        }
        due
    }

    fn show(&mut self, due: usize, drops: &mut DropCounts) -> Option<VideoFrame> {
        for _ in 1..due {
            self.frames.pop_front();
            drops.add(DropCause::Superseded, 1);
        }
        if due == 0 {
            return None;
        }
        let frame = self.frames.pop_front()?;
        self.shown = Some((frame.epoch, frame.pts));
        Some(frame)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::media::{Arrival, Chunk, Monotonic, Picture, ServerStages, Size};

    const REFRESH: MediaDelta = MediaDelta::from_micros(16_667);

    fn frame(pts_ms: i64) -> VideoFrame {
        VideoFrame {
            picture: Picture::black(Size::default()),
            epoch: Epoch(0),
            sequence: pts_ms as u64,
            pts: at(pts_ms),
            duration: MediaDelta::from_millis(33),
            chunk: Chunk::default(),
            input: None,
            server: ServerStages::default(),
            arrival: Arrival::default(),
            unbuffered: Monotonic::ZERO,
            decoded: Monotonic::ZERO,
        }
    }

    fn at(ms: i64) -> MediaTime {
        MediaTime::from_micros(ms * 1000)
    }

    fn queue(frames: &[i64]) -> (PresentQueue, DropCounts) {
        let (mut queue, mut drops) = (PresentQueue::default(), DropCounts::default());
        for pts in frames {
            queue.push(frame(*pts), &mut drops);
        }
        (queue, drops)
    }

    #[test]
    fn the_first_frame_is_never_held_back() {
        let (mut queue, mut drops) = queue(&[1000]);
        assert_eq!(queue.choose(None, REFRESH, &mut drops).expect("shown").pts, at(1000));
    }

    #[test]
    fn a_frame_is_shown_at_the_refresh_nearest_to_its_time() {
        let (mut queue, mut drops) = queue(&[0, 33]);
        queue.choose(Some(at(0)), REFRESH, &mut drops);
        assert!(queue.choose(Some(at(24)), REFRESH, &mut drops).is_none(), "9 ms early is another refresh");
        assert_eq!(queue.choose(Some(at(25)), REFRESH, &mut drops).expect("due").pts, at(33));
        assert!(queue.choose(Some(at(100)), REFRESH, &mut drops).is_none(), "held");
        assert_eq!(drops.total(), 0);
    }

    #[test]
    fn overtaken_frames_are_dropped_and_counted() {
        let (mut queue, mut drops) = queue(&[0, 33, 67]);
        queue.choose(Some(at(0)), REFRESH, &mut drops);
        assert_eq!(queue.choose(Some(at(70)), REFRESH, &mut drops).expect("due").pts, at(67));
        assert_eq!(drops.of(DropCause::Superseded), 1);
    }

    #[test]
    fn frames_at_the_displays_own_rate_are_all_shown_whatever_the_phase() {
        let refresh = MediaDelta::from_micros(33_333);
        for phase in 0..34 {
            let (mut queue, mut drops) = queue(&[]);
            let mut shown = 0;
            for tick in 0..300_i64 {
                queue.push(frame(tick * 100 / 3), &mut drops);
                // The position wobbles by 2 ms around the boundary between two refreshes.
                let wobble = if tick % 2 == 0 { 2 } else { -2 };
                let position = MediaTime::from_micros((tick * 33_333) + phase * 1000 + wobble * 1000);
                shown += i32::from(queue.choose(Some(position - refresh), refresh, &mut drops).is_some());
            }
            assert!(shown >= 297 && drops.total() <= 1, "phase {phase}: {shown} shown, {drops:?}");
        }
    }

    #[test]
    fn presentation_never_runs_backwards_within_an_epoch() {
        let (mut queue, mut drops) = queue(&[100]);
        queue.choose(None, REFRESH, &mut drops);
        queue.push(frame(67), &mut drops);
        assert_eq!((queue.len(), drops.of(DropCause::Late)), (0, 1));
    }
}
