//! The picture of a clip as packets on a stage's time, in decoding order: from the keyframe before the place where playing begins, and
//! round again.

use bytes::Bytes;

use super::clip::Clip;
use super::timeline::Timeline;
use crate::codec::CodecError;
use crate::media::{Arrival, Chunk, Epoch, Format, MediaDelta, MediaTime, Packet, ServerStages, Track, VideoCodec};

/// Where the next packet comes from.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pictures {
    lap: u64,
    /// The next picture, by decoding order.
    next: usize,
    /// The picture that stands at the stage's zero, by decoding order, in the first lap.
    first: usize,
    /// It has been handed over.
    cued: bool,
}

impl Pictures {
    /// Begins at the timeline's start. Looks into the file for a picture that decoding can begin with.
    pub(super) fn cue(clip: &mut Clip, timeline: &Timeline) -> Result<Self, CodecError> {
        let number = clip.sheet.number_at(timeline.from().as_micros());
        let Some((_, first)) = clip.sheet.begins(number) else {
            return Ok(Self { lap: 0, next: 0, first: 0, cued: true });
        };
        Ok(Self { lap: 0, next: clip.decode_from(first)?, first, cued: false })
    }

    /// Whether the picture at the stage's zero, and all that it needs, has been handed over.
    pub(super) const fn is_cued(&self) -> bool {
        self.cued
    }

    /// The lap of the next packet.
    pub(super) const fn lap(&self) -> u64 {
        self.lap
    }

    /// The earliest time of all that is to come; `None`: nothing is.
    pub(super) fn earliest(&self, clip: &Clip, timeline: &Timeline) -> Option<MediaTime> {
        if clip.sheet.len() == 0 {
            return None;
        }
        if !self.cued {
            return Some(MediaTime::ZERO);
        }
        let ends = timeline.lap_ends(self.lap).as_micros();
        match clip.sheet.rest(self.next).filter(|time| *time < ends) {
            Some(time) => Some(timeline.stage(self.lap, MediaDelta::from_micros(time))),
            None if timeline.goes_on_after(self.lap) => Some(timeline.stage(self.lap + 1, MediaDelta::ZERO)),
            None => None,
        }
    }

    /// The next packet; `None` at the end.
    pub(super) fn next(&mut self, clip: &mut Clip, timeline: &Timeline) -> Result<Option<Packet>, CodecError> {
        if self.earliest(clip, timeline).is_none() {
            return Ok(None);
        }
        let ends = timeline.lap_ends(self.lap).as_micros();
        if self.cued && clip.sheet.rest(self.next).is_none_or(|time| time >= ends) {
            (self.lap, self.next) = (self.lap + 1, 0);
        }
        let mut payload = Vec::new();
        let (place, pts, lasts) = loop {
            let place = self.next;
            clip.file.read(Track::Video, place, &mut payload)?;
            let (pts, lasts) = self.time(clip, timeline, place);
            self.next += 1;
            // On the way to a place, what is neither shown nor needed is not decoded.
            if self.cued || lasts > MediaDelta::ZERO || crate::codec::helps_decoding(&payload) {
                break (place, pts, lasts);
            }
        };
        let keyframe = crate::codec::begins_decoding(&payload);
        self.cued |= place == self.first;
        Ok(Some(Packet {
            format: Format::Video(VideoCodec::H264),
            epoch: Epoch::default(),
            sequence: 0,
            pts,
            duration: lasts,
            keyframe,
            discontinuity: false,
            chunk: Chunk::default(),
            input: None,
            server: ServerStages::default(),
            arrival: Arrival::default(),
            payload: Bytes::from(payload),
        }))
    }

    /// When a picture of this lap is shown and how long: not at all where it only helps to decode.
    fn time(&self, clip: &Clip, timeline: &Timeline, place: usize) -> (MediaTime, MediaDelta) {
        let before = |time: MediaTime| (time - MediaDelta::from_micros(1), MediaDelta::ZERO);
        let ends = timeline.lap_ends(self.lap);
        let begins = timeline.stage(self.lap, MediaDelta::ZERO).max(MediaTime::ZERO);
        let Some((time, lasts)) = clip.sheet.presented(place) else { return before(begins) };
        if time >= ends.as_micros() {
            return before(begins);
        }
        let until = time.saturating_add(lasts).min(ends.as_micros());
        let stage = |time| timeline.stage(self.lap, MediaDelta::from_micros(time));
        let until = stage(until);
        if self.lap == 0 && place == self.first {
            return (MediaTime::ZERO, at_least_one(until - MediaTime::ZERO));
        }
        let pts = stage(time);
        if self.lap == 0 && pts <= MediaTime::ZERO {
            return before(MediaTime::ZERO);
        }
        (pts, at_least_one(until - pts))
    }
}

fn at_least_one(lasts: MediaDelta) -> MediaDelta {
    lasts.max(MediaDelta::from_micros(1))
}
