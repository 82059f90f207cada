//! The choice of a frame for a refresh, among the few that are decoded. Frames may come in decoding order: one waits while a packet
//! that is presented before it is still coded.

use std::collections::VecDeque;

use crate::media::{DropCause, DropCounts, Epoch, MediaDelta, MediaTime, VideoFrame};

/// Decoded frames held; pictures are large, and what is decoded early only waits.
pub const DECODED: usize = 3;

/// Frames that may wait for others that are presented before them: as many as H.264 keeps (ITU-T H.264 §A.3.1, item h).
const REORDERED: usize = 16;

/// Decoded frames in presentation order. Holds at most [`DECODED`] that may be shown, 16 that wait for earlier ones, and the one
/// that was in the decoder; the gate in front of the decoder keeps it so.
#[derive(Debug)]
pub struct PresentQueue {
    frames: VecDeque<VideoFrame>,
    shown: Option<(Epoch, MediaTime)>,
}

impl Default for PresentQueue {
    fn default() -> Self {
        Self { frames: VecDeque::with_capacity(2 * DECODED + REORDERED), shown: None }
    }
}

impl PresentQueue {
    /// Takes a decoded frame, in its place. One that would run backwards within its epoch is dropped as late, as is one of a time
    /// that another has; from a full queue the oldest goes as superseded.
    pub fn push(&mut self, frame: VideoFrame, drops: &mut DropCounts) {
        let place = self.frames.partition_point(|held| held.pts < frame.pts);
        let backwards = self.shown.is_some_and(|(epoch, pts)| epoch == frame.epoch && frame.pts <= pts);
        if backwards || self.frames.get(place).is_some_and(|held| held.pts == frame.pts) {
            drops.add(DropCause::Late, 1);
            return;
        }
        self.frames.insert(place, frame);
        if self.frames.len() > 2 * DECODED + REORDERED {
            self.frames.pop_front();
            drops.add(DropCause::Superseded, 1);
        }
    }

    /// The frame for a refresh at which the position is `position`: the newest whose time has come, half a refresh early at
    /// most; those that it overtakes are dropped. The first frame of an epoch is never held back. `None`: hold what is shown.
    /// Frames from `coded` on wait: a packet of that time is not decoded yet.
    ///
    /// Where frames come at about the rate of the display, one that has just come due is shown although the next is due within
    /// the same half refresh: otherwise a beat of the two clocks drops one frame and doubles another.
    pub fn choose(
        &mut self,
        position: Option<MediaTime>,
        coded: Option<MediaTime>,
        refresh: MediaDelta,
        drops: &mut DropCounts,
    ) -> Option<VideoFrame> {
        let first = self.frames.front()?;
        let settled = self.settled(coded);
        if self.shown.is_none_or(|(epoch, _)| epoch != first.epoch) {
            let due = position.map_or(0, |position| self.due(position, refresh));
            return self.show(due.max(1).min(settled), drops);
        }
        let due = self.due(position?, refresh);
        self.show(due.min(settled), drops)
    }

    /// How many of the frames held are presented before a packet that is still coded.
    #[must_use]
    pub fn settled(&self, coded: Option<MediaTime>) -> usize {
        coded.map_or(self.frames.len(), |coded| self.frames.partition_point(|frame| frame.pts < coded))
    }

    /// The frame that was shown last.
    #[must_use]
    pub const fn shown(&self) -> Option<(Epoch, MediaTime)> {
        self.shown
    }

    /// Drops frames that a newer decoded one has overtaken, so that decoding goes on while nobody draws.
    pub fn expire(&mut self, position: Option<MediaTime>, refresh: MediaDelta, drops: &mut DropCounts) {
        let Some(position) = position else { return };
        // A refresh that is late itself still finds the frame it would have shown.
        let overtaken = self.due(position - refresh - refresh, refresh).saturating_sub(1);
        self.frames.drain(..overtaken);
        drops.add(DropCause::Superseded, overtaken as u64);
    }

    /// Whether the decoder may add another. Frames that wait for earlier ones count only where there are too many of them.
    #[must_use]
    pub fn has_room(&self, coded: Option<MediaTime>) -> bool {
        self.settled(coded) < DECODED && self.frames.len() < DECODED + REORDERED
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
        assert_eq!(queue.choose(None, None, REFRESH, &mut drops).expect("shown").pts, at(1000));
    }

    #[test]
    fn a_frame_is_shown_at_the_refresh_nearest_to_its_time() {
        let (mut queue, mut drops) = queue(&[0, 33]);
        queue.choose(Some(at(0)), None, REFRESH, &mut drops);
        assert!(queue.choose(Some(at(24)), None, REFRESH, &mut drops).is_none(), "9 ms early is another refresh");
        assert_eq!(queue.choose(Some(at(25)), None, REFRESH, &mut drops).expect("due").pts, at(33));
        assert!(queue.choose(Some(at(100)), None, REFRESH, &mut drops).is_none(), "held");
        assert_eq!(drops.total(), 0);
    }

    #[test]
    fn overtaken_frames_are_dropped_and_counted() {
        let (mut queue, mut drops) = queue(&[0, 33, 67]);
        queue.choose(Some(at(0)), None, REFRESH, &mut drops);
        assert_eq!(queue.choose(Some(at(70)), None, REFRESH, &mut drops).expect("due").pts, at(67));
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
                shown += i32::from(queue.choose(Some(position - refresh), None, refresh, &mut drops).is_some());
            }
            assert!(shown >= 297 && drops.total() <= 1, "phase {phase}: {shown} shown, {drops:?}");
        }
    }

    #[test]
    fn presentation_never_runs_backwards_within_an_epoch() {
        let (mut queue, mut drops) = queue(&[100]);
        queue.choose(None, None, REFRESH, &mut drops);
        queue.push(frame(67), &mut drops);
        assert_eq!((queue.len(), drops.of(DropCause::Late)), (0, 1));
    }

    #[test]
    fn a_frame_waits_while_one_that_is_presented_before_it_is_still_coded() {
        // I P B B in decoding order, as B pictures make it.
        let (mut queue, mut drops) = queue(&[0, 100]);
        assert_eq!(queue.choose(Some(at(0)), Some(at(33)), REFRESH, &mut drops).expect("shown").pts, at(0));
        assert!(queue.choose(Some(at(120)), Some(at(33)), REFRESH, &mut drops).is_none(), "33 is not decoded yet");
        queue.push(frame(67), &mut drops);
        queue.push(frame(33), &mut drops);
        let shown = |queue: &mut PresentQueue, drops: &mut DropCounts, ms| {
            queue.choose(Some(at(ms)), None, REFRESH, drops).map(|frame| frame.pts)
        };
        let order = [33, 67, 100].map(|ms| shown(&mut queue, &mut drops, ms));
        assert_eq!(order, [33, 67, 100].map(|ms| Some(at(ms))));
        assert_eq!(drops.total(), 0);
    }

    #[test]
    fn frames_that_wait_for_each_other_never_stop_the_decoder_for_good() {
        let (mut queue, mut drops) = queue(&[500, 600, 700, 800]);
        assert!(queue.has_room(Some(at(0))), "none may be shown before the one that is coded");
        assert!(!queue.has_room(None));
        for pts in 0..60 {
            queue.push(frame(10_000 - pts), &mut drops);
        }
        assert!(queue.len() <= 2 * DECODED + REORDERED && !queue.has_room(Some(at(0))));
    }
}
