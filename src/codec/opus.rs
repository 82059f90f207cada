//! Opus for symphonia, which has no decoder of its own: opus-pure behind symphonia's decoder trait, so that a registry finds it
//! like any other codec.

use opus_pure::{MAX_PACKET_SAMPLES, OpusDecoder};
use symphonia::core::audio::layouts::CHANNEL_LAYOUT_STEREO;
use symphonia::core::audio::{AsGenericAudioBufferRef, AudioBuffer, AudioMut, AudioSpec, GenericAudioBufferRef};
use symphonia::core::codecs::CodecInfo;
use symphonia::core::codecs::audio::well_known::CODEC_ID_OPUS;
use symphonia::core::codecs::audio::{AudioCodecParameters, AudioDecoder, AudioDecoderOptions, FinalizeResult};
use symphonia::core::codecs::registry::{RegisterableAudioDecoder, SupportedAudioCodec};
use symphonia::core::errors::{Error, Result};
use symphonia::core::packet::PacketRef;

const RATE: u32 = 48_000;

/// Concealment comes in steps of the shortest Opus frame, 2.5 ms.
const STEP: usize = 120;

/// Concealment per call of the library: one frame of the usual length.
const CONCEAL_AT_ONCE: usize = 960;

/// 48 kHz stereo from Opus packets of any kind. An empty packet stands for a lost one (RFC 6716 §4.4): its duration, in frames,
/// is concealed.
pub(super) struct Opus {
    params: AudioCodecParameters,
    decoder: OpusDecoder,
    interleaved: Vec<f32>,
    planes: AudioBuffer<f32>,
}

impl Opus {
    fn fill(&mut self, packet: &PacketRef<'_>) -> std::result::Result<usize, opus_pure::Error> {
        if !packet.data.is_empty() {
            return self.decoder.decode(packet.data, MAX_PACKET_SAMPLES, &mut self.interleaved);
        }
        let wanted = usize::try_from(packet.dur.get()).unwrap_or(usize::MAX).min(MAX_PACKET_SAMPLES);
        let mut done = 0;
        while done < wanted {
            let frames = (wanted - done).min(CONCEAL_AT_ONCE).next_multiple_of(STEP);
            done += self.decoder.decode(&[], frames, &mut self.interleaved[2 * done..2 * (done + frames)])?.max(1);
        }
        Ok(wanted)
    }
}

impl AudioDecoder for Opus {
    fn reset(&mut self) {
        // Resetting a state that was built with the same parameters cannot fail; were it to, the next packets decode after a
        // short transient.
        let _ = self.decoder.reset_state();
        self.planes.clear();
    }

    fn codec_info(&self) -> &CodecInfo {
        &SUPPORTED[0].info
    }

    fn codec_params(&self) -> &AudioCodecParameters {
        &self.params
    }

    fn decode_ref(&mut self, packet: &PacketRef<'_>) -> Result<GenericAudioBufferRef<'_>> {
        self.planes.clear();
        let frames = self.fill(packet).map_err(|error| match error {
            opus_pure::Error::InvalidPacket(what) | opus_pure::Error::Internal(what) => Error::DecodeError(what),
            _ => Error::DecodeError("opus: the packet cannot be decoded"),
        })?;
        self.planes.render_uninit(Some(frames));
        if let Some((left, right)) = self.planes.plane_pair_mut(0, 1) {
            for (frame, (left, right)) in self.interleaved.chunks_exact(2).zip(left.iter_mut().zip(right)) {
                (*left, *right) = (frame[0], frame[1]);
            }
        }
        Ok(self.planes.as_generic_audio_buffer_ref())
    }

    fn finalize(&mut self) -> FinalizeResult {
        FinalizeResult::default()
    }

    fn last_decoded(&self) -> GenericAudioBufferRef<'_> {
        self.planes.as_generic_audio_buffer_ref()
    }
}

const SUPPORTED: &[SupportedAudioCodec] = &[SupportedAudioCodec {
    id: CODEC_ID_OPUS,
    info: CodecInfo { short_name: "opus", long_name: "Opus (RFC 6716)", profiles: &[] },
}];

impl RegisterableAudioDecoder for Opus {
    fn try_registry_new(params: &AudioCodecParameters, _: &AudioDecoderOptions) -> Result<Box<dyn AudioDecoder>> {
        let decoder = OpusDecoder::new(RATE as i32, 2).map_err(|_| Error::Unsupported("opus: 48 kHz stereo"))?;
        let spec = AudioSpec::new(RATE, CHANNEL_LAYOUT_STEREO);
        Ok(Box::new(Self {
            params: params.clone(),
            decoder,
            // Room for the rounding up of a concealment.
            interleaved: vec![0.0; 2 * (MAX_PACKET_SAMPLES + STEP)],
            planes: AudioBuffer::new(spec, MAX_PACKET_SAMPLES),
        }))
    }

    fn supported_codecs() -> &'static [SupportedAudioCodec] {
        SUPPORTED
    }
}
