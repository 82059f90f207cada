//! Audio packets to samples through symphonia: one registry holds its own decoders (PCM, and AAC-LC, FLAC, Vorbis and MP3 for
//! clips) and our Opus.

use std::sync::OnceLock;

use symphonia::core::audio::layouts::CHANNEL_LAYOUT_STEREO;
use symphonia::core::codecs::audio::well_known::{CODEC_ID_OPUS, CODEC_ID_PCM_S16LE};
use symphonia::core::codecs::audio::{AudioCodecParameters, AudioDecoder, AudioDecoderOptions};
use symphonia::core::codecs::registry::CodecRegistry;
use symphonia::core::errors::Error;
use symphonia::core::packet::PacketRef;
use symphonia::core::units::{Duration, Timestamp};

use super::audio::AudioDecode;
use super::error::CodecError;
use super::opus::Opus;
use crate::media::{AudioBlock, AudioCodec, Format, Packet};

const RATE: u32 = 48_000;
const CHANNELS: u16 = 2;

/// The longest packet that is taken, in frames: 120 ms, the longest that Opus allows, for PCM too.
const MAX_FRAMES: usize = 5760;

/// A symphonia decoder of one of the protocol's codecs.
pub(super) struct Samples {
    codec: AudioCodec,
    decoder: Box<dyn AudioDecoder>,
}

impl Samples {
    pub(super) fn new(codec: AudioCodec) -> Result<Self, CodecError> {
        let mut params = AudioCodecParameters::new();
        params
            .for_codec(match codec {
                AudioCodec::Opus => CODEC_ID_OPUS,
                AudioCodec::PcmS16le => CODEC_ID_PCM_S16LE,
            })
            .with_sample_rate(RATE)
            .with_channels(CHANNEL_LAYOUT_STEREO)
            .with_max_frames_per_packet(MAX_FRAMES as u64);
        let decoder = registry()
            .make_audio_decoder(&params, &AudioDecoderOptions::default())
            .map_err(|error| CodecError::Setup { codec: codec.name(), what: error.to_string() })?;
        Ok(Self { codec, decoder })
    }

    fn check(&self, packet: &Packet) -> Result<(), CodecError> {
        let codec = self.codec.name();
        if packet.format != Format::Audio(self.codec) {
            return Err(CodecError::WrongFormat { codec });
        }
        let what = match (self.codec, packet.payload.len()) {
            // To the Opus decoder an empty packet would be a lost one.
            (_, 0) => "an empty packet".to_owned(),
            (AudioCodec::PcmS16le, length) if length % 4 != 0 => format!("{length} bytes are no whole number of frames"),
            (AudioCodec::PcmS16le, length) if length > 4 * MAX_FRAMES => {
                format!("{length} bytes are more than the {} of 120 ms", 4 * MAX_FRAMES)
            }
            _ => return Ok(()),
        };
        Err(CodecError::Corrupt { codec, what })
    }

    fn decode_into(&mut self, frames: u64, data: &[u8], out: &mut AudioBlock) -> Result<(), CodecError> {
        let codec = self.codec.name();
        let packet = PacketRef::new(0, Timestamp::ZERO, Duration::from(frames), data);
        let decoded = self.decoder.decode_ref(&packet).map_err(|error| match error {
            Error::Unsupported(what) => CodecError::Unsupported { codec, what: what.into() },
            other => CodecError::Corrupt { codec, what: other.to_string() },
        })?;
        decoded.copy_to_vec_interleaved(&mut out.samples);
        // One sample that is not a number would silence every filter behind it for good.
        for sample in &mut out.samples {
            if !sample.is_finite() {
                *sample = 0.0;
            }
        }
        Ok(())
    }
}

impl AudioDecode for Samples {
    fn decode(&mut self, packet: &Packet, out: &mut AudioBlock) -> Result<(), CodecError> {
        (out.pts, out.rate, out.channels) = (packet.pts, RATE, CHANNELS);
        out.samples.clear();
        self.check(packet)?;
        self.decode_into(0, &packet.payload, out)
    }

    fn conceal(&mut self, frames: usize, out: &mut AudioBlock) -> Result<(), CodecError> {
        (out.rate, out.channels) = (RATE, CHANNELS);
        out.samples.clear();
        match self.codec {
            AudioCodec::Opus => self.decode_into(frames.min(MAX_FRAMES) as u64, &[], out)?,
            AudioCodec::PcmS16le => out.samples.resize(frames.min(MAX_FRAMES) * usize::from(CHANNELS), 0.0),
        }
        Ok(())
    }

    fn reset(&mut self) {
        self.decoder.reset();
    }
}

pub(super) fn registry() -> &'static CodecRegistry {
    static REGISTRY: OnceLock<CodecRegistry> = OnceLock::new();
    REGISTRY.get_or_init(|| {
        let mut registry = CodecRegistry::new();
        symphonia::default::register_enabled_codecs(&mut registry);
        registry.register_audio_decoder::<Opus>();
        registry
    })
}
