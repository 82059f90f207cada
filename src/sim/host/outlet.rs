//! The way out of a world to one stream: a bounded queue in which events go first, sound second, and pictures last, fragment by
//! fragment. Whoever fills it never waits.
//!
//! When the client reads too slowly: pictures are dropped up to the next keyframe (counted, and the keyframe carries a
//! discontinuity), the oldest second of sound gives way to the newest, and a client that does not even read events is closed.
//! Sequence numbers are given at the very end, so what is sent has none missing: a gap in a track is a loss, never a choice.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use tokio::sync::Notify;

use super::unit::messages;
use crate::wire::{CloseCode, Down, Envelope};

/// Frames that wait at most: 200 ms at 30 fps. More would only be latency.
const MAX_VIDEO: usize = 6;

/// Packets of sound that wait at most: one second.
const MAX_AUDIO: usize = 50;

/// Events that wait at most.
const MAX_TEXTS: usize = 256;

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
    /// Messages of the frame that has begun to leave.
    leaving: VecDeque<Bytes>,
    closing: Option<(CloseCode, String)>,
    closed: bool,
    wants_keyframe: bool,
    audio_cut: bool,
    audio_sequence: u64,
    video_sequence: u64,
    video_dropped: u64,
    audio_dropped: u64,
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

    /// Frames dropped because the client was slow.
    pub fn video_dropped(&self) -> u64 {
        self.queues().video_dropped
    }

    pub(super) fn audio(&self, mut packet: Envelope) {
        let mut queues = self.queues();
        if queues.closing.is_some() {
            return;
        }
        if queues.audio.len() == MAX_AUDIO {
            queues.audio.pop_front();
            queues.audio_dropped += 1;
            queues.audio_cut = true;
            if let Some(first) = queues.audio.front_mut() {
                first.discontinuity = true;
            }
        }
        packet.discontinuity |= queues.audio.is_empty() && std::mem::take(&mut queues.audio_cut);
        queues.audio.push_back(packet);
        drop(queues);
        self.bell.notify_one();
    }

    /// Sound goes off or changes: what waits of the old format does not leave any more.
    pub(super) fn flush_audio(&self) {
        self.queues().audio.clear();
    }

    /// Pictures change their size or codec: what waits of the old does not leave any more, and a keyframe must come next.
    pub(super) fn flush_video(&self) {
        let mut queues = self.queues();
        queues.video.clear();
        queues.wants_keyframe = true;
    }

    pub(super) fn video_room(&self) -> VideoRoom {
        let mut queues = self.queues();
        if queues.video.len() >= MAX_VIDEO {
            // None of those that wait can be shown in time any more.
            queues.video_dropped += queues.video.len() as u64;
            queues.video.clear();
            queues.wants_keyframe = true;
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
        }
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
            packet.sent_us = Some(now_us());
            // A packet of sound fits one message.
            return messages(&packet).pop().map(Outgoing::Media);
        }
        if self.leaving.is_empty()
            && let Some(mut frame) = self.video.pop_front()
        {
            frame.sequence = self.video_sequence;
            self.video_sequence += 1;
            frame.sent_us = Some(now_us());
            self.leaving.extend(messages(&frame));
        }
        self.leaving.pop_front().map(Outgoing::Media)
    }
}
