//! The way out of a world to one stream: a bounded queue in which events go first, sound second, and pictures last, fragment by
//! fragment. Whoever fills it never waits.
//!
//! What has left is noted for the policy (`adaptation`), which keeps pictures from queueing here by not making them. Behind it
//! stand the bounds: too many pictures are dropped up to the next keyframe (counted, and the keyframe carries a discontinuity),
//! the oldest second of sound gives way to the newest, and a client that does not even read events is closed.
//! Sequence numbers are given at the very end, so what is sent has none missing: a gap in a track is a loss, never a choice.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use tokio::sync::Notify;

use super::decision::Waiting;
use super::flight::Departed;
use super::unit::messages;
use crate::media::{Format, MediaDelta, MediaTime, Monotonic};
use crate::wire::{CloseCode, Down, Envelope, Kind};

/// Frames that wait at most: 200 ms at 30 fps. More would only be latency.
const MAX_VIDEO: usize = 6;

/// Packets of sound that wait at most: one second.
const MAX_AUDIO: usize = 50;

/// Events that wait at most.
const MAX_TEXTS: usize = 256;

/// Departures that are noted at most until the world takes them at its next frame; of more the oldest are forgotten.
const MAX_DEPARTED: usize = 256;

/// What goes onto the socket next.
#[derive(Debug, PartialEq)]
pub enum Outgoing {
    /// A control message.
    Text(String),
    /// A media envelope.
    Media(Bytes),
    /// The last thing.
    Close(CloseCode, String),
}

/// What the queue can take of pictures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum VideoRoom {
    /// Any frame.
    Any,
    /// A keyframe alone: frames before it were dropped.
    Keyframe,
    /// None now.
    Full,
}

/// The queue of one stream.
#[derive(Debug, Default)]
pub struct Outlet {
    queues: Mutex<Queues>,
    bell: Notify,
}

#[derive(Debug, Default)]
struct Queues {
    texts: VecDeque<String>,
    audio: VecDeque<Envelope>,
    video: VecDeque<Envelope>,
    /// Messages of the frame that has begun to leave, and what will be noted of it once it has.
    leaving: VecDeque<Bytes>,
    left: Option<(Departed, Monotonic)>,
    departed: VecDeque<Departed>,
    closing: Option<(CloseCode, String)>,
    closed: bool,
    wants_keyframe: bool,
    /// Nobody asks what has left.
    forgets: bool,
    audio_sequence: u64,
    video_sequence: u64,
    video_dropped: u64,
    video_skipped: u64,
    bytes: u64,
    garbage: u32,
}

impl Outlet {
    /// Queues an event.
    pub fn tell(&self, event: &Down) {
        let mut queues = self.queues();
        if queues.closing.is_some() {
            return;
        }
        if queues.texts.len() == MAX_TEXTS {
            queues.close(CloseCode::Policy, "events are not read");
        } else {
            queues.texts.push_back(event.print());
        }
        drop(queues);
        self.bell.notify_one();
    }

    /// Says farewell: what waits of media is dropped, what waits of events is still sent.
    pub fn close(&self, code: CloseCode, reason: &str) {
        self.queues().close(code, reason);
        self.bell.notify_one();
    }

    /// The socket is gone; nothing more will be read.
    pub fn abandon(&self) {
        let mut queues = self.queues();
        queues.close(CloseCode::Done, "");
        queues.closed = true;
    }

    /// Whether the socket is gone.
    pub fn is_closed(&self) -> bool {
        self.queues().closed
    }

    /// Counts a message of its client that cannot be read; how many there were.
    pub fn count_garbage(&self) -> u32 {
        let mut queues = self.queues();
        queues.garbage = queues.garbage.saturating_add(1);
        queues.garbage
    }

    /// Frames that were made, and dropped because the client was slow.
    pub fn video_dropped(&self) -> u64 {
        self.queues().video_dropped
    }

    /// Frames that were not made because the client was slow.
    pub fn video_skipped(&self) -> u64 {
        self.queues().video_skipped
    }

    /// Bytes of media handed to the socket.
    pub fn bytes(&self) -> u64 {
        self.queues().bytes
    }

    pub(super) fn audio(&self, packet: Envelope) {
        let mut queues = self.queues();
        if queues.closing.is_some() {
            return;
        }
        if queues.audio.len() == MAX_AUDIO {
            queues.audio.pop_front();
            if let Some(first) = queues.audio.front_mut() {
                first.discontinuity = true;
            }
        }
        queues.audio.push_back(packet);
        drop(queues);
        self.bell.notify_one();
    }

    /// Sound goes off or changes: what waits of the old format does not leave any more.
    pub(super) fn flush_audio(&self) {
        self.queues().audio.clear();
    }

    /// Pictures change their size or codec, or are too late: what waits does not leave any more, and a keyframe must come next.
    pub(super) fn flush_video(&self) {
        self.queues().flush_video();
    }

    /// A stream of a shared world begins a timeline: nothing comes before a keyframe, and what leaves is noted for nobody.
    pub(super) fn begin_shared(&self) {
        let mut queues = self.queues();
        queues.wants_keyframe = true;
        queues.forgets = true;
    }

    /// A number that no picture will have: a defect on purpose, as it means a loss.
    pub(super) fn lose_number(&self) {
        self.queues().video_sequence += 1;
    }

    /// A frame is not made because the client is slow.
    pub(super) fn skip_video(&self) {
        self.queues().video_skipped += 1;
    }

    /// The pictures that wait at `now`.
    pub(super) fn waiting(&self, now: Monotonic) -> Waiting {
        let queues = self.queues();
        let queued = queues.video.front().and_then(|frame| frame.generated_us).map(Monotonic::from_micros);
        let oldest = queues.left.map(|(_, made)| made).or(queued);
        Waiting {
            frames: queues.video.len(),
            oldest: oldest.map_or(MediaDelta::ZERO, |made| MediaDelta::from_duration(now.since(made))),
        }
    }

    /// Takes what has left since the last call.
    pub(super) fn take_departed(&self, mut take: impl FnMut(Departed)) {
        self.queues().departed.drain(..).for_each(&mut take);
    }

    pub(super) fn video_room(&self) -> VideoRoom {
        let mut queues = self.queues();
        if queues.video.len() >= MAX_VIDEO {
            // None of those that wait can be shown in time any more.
            queues.flush_video();
        }
        match queues.wants_keyframe {
            // A client that has not even taken the frame before gets no new one.
            true if !queues.leaving.is_empty() => {
                queues.video_dropped += 1;
                VideoRoom::Full
            }
            true => VideoRoom::Keyframe,
            false => VideoRoom::Any,
        }
    }

    pub(super) fn video(&self, mut frame: Envelope) {
        let mut queues = self.queues();
        if queues.closing.is_some() {
            return;
        }
        if queues.wants_keyframe {
            if !frame.keyframe {
                queues.video_dropped += 1;
                return;
            }
            frame.discontinuity = true;
            queues.wants_keyframe = false;
        }
        queues.video.push_back(frame);
        drop(queues);
        self.bell.notify_one();
    }

    /// The next thing for the socket, as soon as there is one; `None` after the farewell. `now_us` stamps media as they leave.
    pub async fn next(&self, now_us: impl Fn() -> u64) -> Option<Outgoing> {
        loop {
            {
                let mut queues = self.queues();
                if queues.closed {
                    return None;
                }
                if let Some(next) = queues.pop(&now_us) {
                    return Some(next);
                }
            }
            self.bell.notified().await;
        }
    }

    fn queues(&self) -> MutexGuard<'_, Queues> {
        self.queues.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Queues {
    fn close(&mut self, code: CloseCode, reason: &str) {
        if self.closing.is_none() {
            self.closing = Some((code, reason.to_owned()));
            self.audio.clear();
            self.video.clear();
            self.leaving.clear();
            self.left = None;
        }
    }

    fn flush_video(&mut self) {
        self.video_dropped += self.video.len() as u64;
        self.video.clear();
        self.wants_keyframe = true;
    }

    fn note(&mut self, unit: Departed) {
        if self.forgets {
            return;
        }
        if self.departed.len() == MAX_DEPARTED {
            self.departed.pop_front();
        }
        self.departed.push_back(unit);
    }

    fn pop(&mut self, now_us: impl Fn() -> u64) -> Option<Outgoing> {
        if let Some(text) = self.texts.pop_front() {
            return Some(Outgoing::Text(text));
        }
        if let Some((code, reason)) = &self.closing {
            self.closed = true;
            return Some(Outgoing::Close(*code, reason.clone()));
        }
        if let Some(mut packet) = self.audio.pop_front() {
            packet.sequence = self.audio_sequence;
            self.audio_sequence += 1;
            let now = now_us();
            packet.sent_us = Some(now);
            // A packet of sound fits one message.
            let message = messages(&packet).pop()?;
            self.bytes += message.len() as u64;
            self.note(departed(&packet, now, message.len()));
            return Some(Outgoing::Media(message));
        }
        if self.leaving.is_empty()
            && let Some(mut frame) = self.video.pop_front()
        {
            frame.sequence = self.video_sequence;
            self.video_sequence += 1;
            let now = now_us();
            frame.sent_us = Some(now);
            self.leaving.extend(messages(&frame));
            let made = Monotonic::from_micros(frame.generated_us.unwrap_or(now));
            self.left = Some((departed(&frame, now, self.leaving.iter().map(Bytes::len).sum()), made));
        }
        let message = self.leaving.pop_front()?;
        self.bytes += message.len() as u64;
        if self.leaving.is_empty()
            && let Some((unit, _)) = self.left.take()
        {
            self.note(Departed { at: Monotonic::from_micros(now_us()), ..unit });
        }
        Some(Outgoing::Media(message))
    }
}

fn departed(unit: &Envelope, now_us: u64, bytes: usize) -> Departed {
    Departed {
        at: Monotonic::from_micros(now_us),
        pts: MediaTime::from_micros(unit.pts_us),
        duration: MediaDelta::from_micros(i64::from(unit.duration_us)),
        bytes: u32::try_from(bytes).unwrap_or(u32::MAX),
        video: matches!(unit.kind, Kind::Media(Format::Video(_))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::media::{AudioCodec, VideoCodec};
    use crate::wire::FRAGMENT_BYTES;

    fn unit(format: Format, keyframe: bool, bytes: usize) -> Envelope {
        Envelope {
            kind: Kind::Media(format),
            keyframe,
            discontinuity: false,
            epoch: 1,
            sequence: 0,
            pts_us: 0,
            duration_us: 20_000,
            fragment: 0,
            fragments: 1,
            unit_bytes: bytes as u32,
            chunk_index: 0,
            chunk_len: 1,
            state_version: 0,
            input: None,
            generated_us: None,
            sent_us: None,
            render_us: 0,
            encode_us: 0,
            payload: Bytes::from(vec![0; bytes]),
        }
    }

    fn frame(keyframe: bool) -> Envelope {
        unit(Format::Video(VideoCodec::H264), keyframe, 3 * FRAGMENT_BYTES)
    }

    fn packet() -> Envelope {
        unit(Format::Audio(AudioCodec::Opus), true, 200)
    }

    /// What leaves next, in short: `e` an event, `a` sound, `v` a fragment of a picture, `x` the farewell.
    fn leave(outlet: &Outlet) -> Option<(char, Option<Envelope>)> {
        Some(match outlet.queues().pop(|| 9)? {
            Outgoing::Text(_) => ('e', None),
            Outgoing::Close(..) => ('x', None),
            Outgoing::Media(bytes) => {
                let envelope = Envelope::parse(bytes).unwrap();
                let video = matches!(envelope.kind, Kind::Media(Format::Video(_)));
                (if video { 'v' } else { 'a' }, Some(envelope))
            }
        })
    }

    /// HO-10, HO-11: neither sound nor events wait behind a keyframe that has begun to leave.
    #[test]
    fn events_and_sound_overtake_the_fragments_of_a_picture() {
        let outlet = Outlet::default();
        outlet.video(frame(true));
        let mut order = vec![leave(&outlet).unwrap().0];
        outlet.audio(packet());
        outlet.tell(&Down::Pong { issued_us: 1, server_us: 2 });
        while let Some((kind, _)) = leave(&outlet) {
            order.push(kind);
        }
        assert_eq!(order, ['v', 'e', 'a', 'v', 'v']);
    }

    #[test]
    fn a_client_that_reads_no_pictures_loses_them_up_to_a_keyframe_and_no_sequence_number_is_missing() {
        let outlet = Outlet::default();
        outlet.video(frame(true));
        assert_eq!(leave(&outlet).unwrap().1.unwrap().sequence, 0);
        for _ in 0..MAX_VIDEO {
            assert_eq!(outlet.video_room(), VideoRoom::Any);
            outlet.video(frame(false));
        }
        assert_eq!(outlet.video_room(), VideoRoom::Full, "the first frame has not left yet");
        assert!(outlet.video_dropped() >= MAX_VIDEO as u64);
        while leave(&outlet).is_some() {}
        assert_eq!(outlet.video_room(), VideoRoom::Keyframe);
        outlet.video(frame(false));
        assert!(leave(&outlet).is_none(), "nothing decodes without its keyframe");
        outlet.video(frame(true));
        let next = leave(&outlet).unwrap().1.unwrap();
        assert_eq!((next.sequence, next.discontinuity, next.sent_us), (1, true, Some(9)));
    }

    #[test]
    fn the_newest_second_of_sound_is_kept_and_its_cut_is_marked() {
        let outlet = Outlet::default();
        for index in 0..MAX_AUDIO + 3 {
            outlet.audio(Envelope { pts_us: index as i64, ..packet() });
        }
        let first = leave(&outlet).unwrap().1.unwrap();
        assert_eq!((first.pts_us, first.sequence, first.discontinuity), (3, 0, true));
        assert!(!leave(&outlet).unwrap().1.unwrap().discontinuity);
    }

    #[test]
    fn a_client_that_reads_no_events_is_closed() {
        let outlet = Outlet::default();
        (0..=MAX_TEXTS).for_each(|_| outlet.tell(&Down::Pong { issued_us: 1, server_us: 2 }));
        outlet.audio(packet());
        let mut order = String::new();
        while let Some((kind, _)) = leave(&outlet) {
            order.push(kind);
            if kind == 'x' {
                break;
            }
        }
        assert_eq!(order, "e".repeat(MAX_TEXTS) + "x");
    }
}
