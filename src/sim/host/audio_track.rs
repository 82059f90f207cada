//! The sound of one stream: packets of 20 ms on the media clock, timestamps with the codec's delay taken off.

use bytes::Bytes;

use super::skew::LateSound;
use crate::codec::{AUDIO_CHANNELS, AUDIO_FRAMES, AudioEncode, CodecError, OpusEncoder, audio_encoder};
use crate::media::{AudioCodec, Format, MediaDelta, MediaTime, Tier};
use crate::sim::scene::Scene;
use crate::wire::{AudioState, Envelope, Kind};

/// Samples per second and channel.
const RATE: u32 = 48_000;

/// How long one packet lasts.
pub(super) const PACKET: MediaDelta = MediaDelta::from_millis(20);

/// What the wire says of a sound format.
pub(super) fn state(enabled: bool, codec: AudioCodec) -> AudioState {
    let pre_skip = match codec {
        AudioCodec::Opus => OpusEncoder::PRE_SKIP,
        AudioCodec::PcmS16le => 0,
    };
    AudioState {
        enabled,
        format: codec.name().to_owned(),
        rate: RATE,
        channels: AUDIO_CHANNELS as u16,
        pre_skip,
        ..AudioState::default()
    }
}

pub(super) struct AudioTrack {
    codec: AudioCodec,
    /// None: off, and then nothing is synthesised either (HO-13).
    encoder: Option<Box<dyn AudioEncode + Send>>,
    delay: MediaDelta,
    next: MediaTime,
    fresh: bool,
    block: Vec<f32>,
    coded: Vec<u8>,
    /// A fault on purpose: by how much, and what is on its way to be so late.
    lateness: MediaDelta,
    late: Option<LateSound>,
}

impl AudioTrack {
    pub(super) fn new(codec: AudioCodec) -> Self {
        Self {
            codec,
            encoder: None,
            delay: MediaDelta::ZERO,
            next: MediaTime::ZERO,
            fresh: true,
            block: vec![0.0; AUDIO_FRAMES * AUDIO_CHANNELS],
            coded: Vec::new(),
            lateness: MediaDelta::ZERO,
            late: None,
        }
    }

    pub(super) fn codec(&self) -> AudioCodec {
        self.codec
    }

    /// Begins anew, not before `from`: sound that was made already is not made again.
    pub(super) fn open(&mut self, codec: AudioCodec, tier: Tier, from: MediaTime) -> Result<(), CodecError> {
        let encoder = audio_encoder(codec, tier.spec().audio_bitrate)?;
        let delay = i64::from(encoder.pre_skip()) * 1_000_000 / i64::from(RATE);
        self.delay = MediaDelta::from_micros(delay);
        self.codec = codec;
        self.encoder = Some(encoder);
        self.next = self.next.max(from);
        self.fresh = true;
        self.late = LateSound::new(self.lateness);
        Ok(())
    }

    /// What is heard is so much earlier than its time stamp says, from when it is opened next.
    pub(super) fn be_late(&mut self, by: MediaDelta) {
        self.lateness = by;
    }

    pub(super) fn shut(&mut self) {
        self.encoder = None;
    }

    /// Media time of the first sample that is not made yet.
    pub(super) fn next(&self) -> Option<MediaTime> {
        self.encoder.as_ref().map(|_| self.next)
    }

    /// Makes the next packet.
    pub(super) fn packet(&mut self, scene: &mut dyn Scene, epoch: u32) -> Result<Option<Envelope>, CodecError> {
        let Some(encoder) = &mut self.encoder else { return Ok(None) };
        scene.sound(self.next, &mut self.block);
        if let Some(late) = &mut self.late {
            late.pass(&mut self.block);
        }
        encoder.encode(&self.block, &mut self.coded)?;
        let pts = self.next - self.delay;
        self.next += PACKET;
        Ok(Some(Envelope {
            kind: Kind::Media(Format::Audio(self.codec)),
            keyframe: true,
            discontinuity: std::mem::take(&mut self.fresh),
            epoch,
            sequence: 0,
            pts_us: pts.as_micros(),
            duration_us: PACKET.as_micros() as u32,
            fragment: 0,
            fragments: 1,
            unit_bytes: self.coded.len() as u32,
            chunk_index: 0,
            chunk_len: 1,
            state_version: 0,
            input: None,
            generated_us: None,
            sent_us: None,
            render_us: 0,
            encode_us: 0,
            payload: Bytes::copy_from_slice(&self.coded),
        }))
    }
}
