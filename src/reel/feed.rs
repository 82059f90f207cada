//! All that a clip has to say from a place on, as packets in the order in which a stage wants them. Reads the file; keeps no time.

use super::clip::Clip;
use super::pictures::Pictures;
use super::sound::{Sounds, stage_frames};
use super::timeline::Timeline;
use crate::codec::CodecError;
use crate::media::{Epoch, MediaTime, Packet, Track};

/// The packets of one timeline.
#[derive(Debug)]
pub struct Feed {
    timeline: Timeline,
    epoch: Epoch,
    pictures: Pictures,
    sounds: Option<Sounds>,
}

impl Feed {
    /// Begins at the timeline's start, on the stage's timeline `epoch`.
    ///
    /// # Errors
    /// [`CodecError`] where the file cannot be read.
    pub fn cue(clip: &mut Clip, timeline: Timeline, epoch: Epoch) -> Result<Self, CodecError> {
        let pictures = Pictures::cue(clip, &timeline)?;
        let sounds = Sounds::cue(clip, &timeline)?;
        Ok(Self { timeline, epoch, pictures, sounds })
    }

    /// The timeline.
    #[must_use]
    pub const fn timeline(&self) -> &Timeline {
        &self.timeline
    }

    /// The stage's timeline.
    #[must_use]
    pub const fn epoch(&self) -> Epoch {
        self.epoch
    }

    /// Whether the picture at the start, and all that it needs, has been handed over.
    #[must_use]
    pub const fn is_cued(&self) -> bool {
        self.pictures.is_cued()
    }

    /// Goes round for good from here on, or ends with the lap that it has come to.
    pub fn go_round(&mut self, round: bool) {
        let heard = self.sounds.as_ref().map_or(0, Sounds::lap);
        let last = (!round).then(|| heard.max(self.pictures.lap()));
        self.timeline.go_round(last);
        if let Some(sounds) = &mut self.sounds {
            sounds.follow(&self.timeline);
        }
    }

    /// The earliest time of what is to come of a track; `None`: nothing is.
    #[must_use]
    pub fn earliest(&self, clip: &Clip, track: Track) -> Option<MediaTime> {
        match track {
            Track::Video => self.pictures.earliest(clip, &self.timeline),
            Track::Audio => self.sounds.as_ref()?.earliest(),
        }
    }

    /// The next packet of a track, in decoding order; `None` at its end. Its sequence number and its arrival are left to the caller.
    ///
    /// # Errors
    /// [`CodecError`] where the file cannot be read.
    pub fn next(&mut self, clip: &mut Clip, track: Track) -> Result<Option<Packet>, CodecError> {
        let packet = match (track, &mut self.sounds) {
            (Track::Video, _) => self.pictures.next(clip, &self.timeline)?,
            (Track::Audio, Some(sounds)) => sounds.next(clip, &self.timeline)?,
            (Track::Audio, None) => None,
        };
        Ok(packet.map(|packet| Packet { epoch: self.epoch, ..packet }))
    }

    /// Packets of sound that could not be decoded and are silent, so far.
    #[must_use]
    pub fn damaged(&self) -> u64 {
        self.sounds.as_ref().map_or(0, Sounds::damaged)
    }

    /// Frames of sound up to a time of the stage.
    #[must_use]
    pub fn frames_until(time: MediaTime) -> u64 {
        stage_frames(time)
    }
}
