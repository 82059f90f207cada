//! The picture of one stream: renders into one kept picture, encodes, decides when a frame must be a keyframe.

use std::time::Duration;

use bytes::Bytes;

use super::frame::Frame;
use super::skew::LatePictures;
use crate::codec::{CodecError, VideoEncode, video_encoder};
use crate::media::{Format, MediaDelta, Monotonic, Picture, Tier, VideoCodec};
use crate::wire::{Envelope, Kind};

/// Keyframes that clients ask for come no closer than this: each costs several frames' worth of bits.
const KEYFRAME_SPACING: Duration = Duration::from_millis(250);

pub(super) struct VideoTrack {
    codec: VideoCodec,
    tier: Tier,
    encoder: Box<dyn VideoEncode + Send>,
    pub(super) picture: Picture,
    wants_keyframe: bool,
    newest_keyframe: Option<Monotonic>,
    discontinuity: bool,
    coded: Vec<u8>,
    /// A fault on purpose.
    late: Option<LatePictures>,
}

impl VideoTrack {
    /// A track of a tier's size and frame rate at `bitrate` bits a second.
    pub(super) fn new(codec: VideoCodec, tier: Tier, bitrate: u32) -> Result<Self, CodecError> {
        let spec = tier.spec();
        Ok(Self {
            codec,
            tier,
            encoder: video_encoder(codec, spec.size, spec.fps, bitrate)?,
            picture: Picture::black(spec.size),
            wants_keyframe: true,
            newest_keyframe: None,
            discontinuity: true,
            coded: Vec::new(),
            late: None,
        })
    }

    pub(super) fn codec(&self) -> VideoCodec {
        self.codec
    }

    pub(super) fn tier(&self) -> Tier {
        self.tier
    }

    /// Changes the bit rate from the next picture on; it stays a reference to what comes.
    pub(super) fn set_bitrate(&mut self, bitrate: u32) -> Result<(), CodecError> {
        self.encoder.set_bitrate(bitrate)
    }

    /// Whether a keyframe was asked for and has not been made.
    pub(super) fn wants_keyframe(&self) -> bool {
        self.wants_keyframe
    }

    /// The next frame must decode by itself.
    pub(super) fn ask_keyframe(&mut self) {
        self.wants_keyframe = true;
    }

    /// The next frame does not continue the one before and must decode by itself, at once.
    pub(super) fn break_off(&mut self) {
        self.wants_keyframe = true;
        self.discontinuity = true;
        self.newest_keyframe = None;
    }

    /// What is seen is so much earlier than its time stamp says, from the next frame on.
    pub(super) fn be_late(&mut self, by: MediaDelta) {
        self.late = LatePictures::new(by);
    }

    /// The picture jumps, and still continues the stream.
    pub(super) fn cut(&mut self) {
        self.discontinuity = true;
    }

    /// Whether a keyframe may be made now.
    pub(super) fn may_keyframe(&self, now: Monotonic) -> bool {
        self.codec == VideoCodec::Mjpeg || self.newest_keyframe.is_none_or(|newest| now.since(newest) >= KEYFRAME_SPACING)
    }

    /// Encodes the kept picture.
    pub(super) fn encode(&mut self, now: impl Fn() -> Monotonic, frame: &Frame) -> Result<Envelope, CodecError> {
        let before = now();
        let ask = self.wants_keyframe && self.may_keyframe(before);
        let (picture, frame) = match &mut self.late {
            Some(late) => late.pass(frame, &mut self.picture),
            None => (&self.picture, *frame),
        };
        let keyframe = self.encoder.encode(picture, ask, &mut self.coded)?;
        if keyframe {
            self.newest_keyframe = Some(before);
            self.wants_keyframe = false;
        }
        let encode = now().since(before);
        Ok(Envelope {
            kind: Kind::Media(Format::Video(self.codec)),
            keyframe,
            discontinuity: std::mem::take(&mut self.discontinuity),
            epoch: frame.epoch,
            sequence: 0,
            pts_us: frame.pts.as_micros(),
            duration_us: u32::try_from(frame.duration.as_micros()).unwrap_or(0),
            fragment: 0,
            fragments: 1,
            unit_bytes: self.coded.len() as u32,
            chunk_index: 0,
            chunk_len: 1,
            state_version: frame.state_version,
            input: frame.input,
            generated_us: Some(frame.generated.as_micros()),
            sent_us: None,
            render_us: u32::try_from(frame.render.as_micros()).unwrap_or(u32::MAX),
            encode_us: u32::try_from(encode.as_micros()).unwrap_or(u32::MAX),
            payload: Bytes::copy_from_slice(&self.coded),
        })
    }
}
