//! Opus (RFC 6716) by opus-pure: 48 kHz stereo, 20 ms packets, the low-delay mode of the codec (music and ambience are coded by
//! CELT either way, and 4 ms of delay are saved).

use opus_pure::{Application, OpusEncoder as Encoder, RateControl};

use super::encode::{AUDIO_CHANNELS, AUDIO_FRAMES, AudioEncode};
use super::error::CodecError;
use crate::media::AudioCodec;

const NAME: &str = AudioCodec::Opus.name();

/// Largest packet that RFC 6716 (section 3.2) allows for one frame.
const MAX_PACKET: usize = 1275;

/// Encodes one stream of sound.
pub struct OpusEncoder {
    encoder: Encoder,
}

impl OpusEncoder {
    /// Samples per channel by which decoded sound trails what was encoded: 2.5 ms, the overlap of one CELT window.
    pub const PRE_SKIP: u32 = 120;

    /// An encoder at rest, at about `bitrate` bits a second.
    ///
    /// # Errors
    /// [`CodecError::Setup`] where the library refuses.
    pub fn new(bitrate: u32) -> Result<Self, CodecError> {
        let mut encoder = Encoder::new(48_000, AUDIO_CHANNELS, Application::RestrictedLowDelay).map_err(setup)?;
        encoder.bitrate_bps = i32::try_from(bitrate).unwrap_or(i32::MAX);
        encoder.rate_control = RateControl::ConstrainedVbr;
        Ok(Self { encoder })
    }
}

impl AudioEncode for OpusEncoder {
    fn encode(&mut self, interleaved: &[f32], out: &mut Vec<u8>) -> Result<(), CodecError> {
        if interleaved.len() != AUDIO_FRAMES * AUDIO_CHANNELS {
            let what = format!("{} samples instead of {}", interleaved.len(), AUDIO_FRAMES * AUDIO_CHANNELS);
            return Err(CodecError::Unsupported { codec: NAME, what });
        }
        out.clear();
        out.resize(MAX_PACKET, 0);
        let bytes = self.encoder.encode(interleaved, AUDIO_FRAMES, out).map_err(setup)?;
        out.truncate(bytes);
        Ok(())
    }

    fn pre_skip(&self) -> u32 {
        self.encoder.lookahead() as u32
    }
}

fn setup(error: opus_pure::Error) -> CodecError {
    CodecError::Setup { codec: NAME, what: error.to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use opus_pure::OpusDecoder;

    /// HO-12: what is stamped `pre_skip` samples earlier than it was encoded sounds exactly when it should.
    #[test]
    fn decoded_sound_trails_the_encoded_by_pre_skip_to_the_sample() {
        let mut encoder = OpusEncoder::new(128_000).unwrap();
        let mut decoder = OpusDecoder::new(48_000, 2).unwrap();
        // A slow sweep: no two places of it look alike, and it lies where the codec keeps the wave.
        let signal: Vec<f32> = (0..AUDIO_FRAMES * 10)
            .map(|n| {
                let t = n as f32 / 48_000.0;
                (std::f32::consts::TAU * (200.0 * t + 2000.0 * t * t)).sin() * 0.5
            })
            .collect();
        let mut decoded = Vec::new();
        let (mut packet, mut block) = (Vec::new(), vec![0.0; AUDIO_FRAMES * 2]);
        for chunk in signal.chunks(AUDIO_FRAMES) {
            let stereo: Vec<f32> = chunk.iter().flat_map(|sample| [*sample, *sample]).collect();
            encoder.encode(&stereo, &mut packet).unwrap();
            let frames = decoder.decode(&packet, AUDIO_FRAMES, &mut block).unwrap();
            decoded.extend(block[..frames * 2].chunks(2).map(|frame| frame[0]));
        }
        let likeness = |lag: usize| -> f32 { (2000..8000).map(|n| signal[n] * decoded[n + lag]).sum() };
        let best = (0..1000).max_by(|a, b| likeness(*a).total_cmp(&likeness(*b))).unwrap();
        assert_eq!((best, encoder.pre_skip()), (OpusEncoder::PRE_SKIP as usize, OpusEncoder::PRE_SKIP));
    }

    #[test]
    fn a_block_of_another_length_is_refused() {
        let mut encoder = OpusEncoder::new(64_000).unwrap();
        assert!(matches!(encoder.encode(&[0.0; 100], &mut Vec::new()), Err(CodecError::Unsupported { .. })));
    }
}
