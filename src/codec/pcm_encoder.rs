//! Sound as it is: interleaved signed 16-bit little-endian samples, 48 kHz stereo, no delay.

use super::encode::{AUDIO_CHANNELS, AUDIO_FRAMES, AudioEncode};
use super::error::CodecError;
use crate::media::AudioCodec;

/// Writes samples.
pub struct PcmEncoder;

impl AudioEncode for PcmEncoder {
    fn encode(&mut self, interleaved: &[f32], out: &mut Vec<u8>) -> Result<(), CodecError> {
        if interleaved.len() != AUDIO_FRAMES * AUDIO_CHANNELS {
            let what = format!("{} samples instead of {}", interleaved.len(), AUDIO_FRAMES * AUDIO_CHANNELS);
            return Err(CodecError::Unsupported { codec: AudioCodec::PcmS16le.name(), what });
        }
        out.clear();
        out.extend(
            interleaved.iter().flat_map(|sample| ((sample.clamp(-1.0, 1.0) * 32_767.0).round() as i16).to_le_bytes()),
        );
        Ok(())
    }

    fn pre_skip(&self) -> u32 {
        0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn samples_beyond_full_scale_clip_instead_of_wrapping() {
        let mut samples = [0.0; AUDIO_FRAMES * AUDIO_CHANNELS];
        samples[..3].copy_from_slice(&[1.5, -1.5, 0.5]);
        let mut out = Vec::new();
        PcmEncoder.encode(&samples, &mut out).unwrap();
        let words: Vec<i16> = out.chunks_exact(2).map(|bytes| i16::from_le_bytes([bytes[0], bytes[1]])).collect();
        assert_eq!((words.len(), words[0], words[1], words[2]), (1920, 32_767, -32_767, 16_384));
    }
}
