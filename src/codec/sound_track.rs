//! The sound of a file to stereo samples at its own rate, through symphonia. Mono goes to both sides, more channels are mixed down;
//! rates are changed elsewhere. Knows no time.

use symphonia::core::codecs::audio::well_known::{CODEC_ID_AAC, CODEC_ID_FLAC, CODEC_ID_MP3, CODEC_ID_OPUS};
use symphonia::core::codecs::audio::{AudioCodecParameters, AudioDecoder, AudioDecoderOptions};
use symphonia::core::packet::PacketRef;
use symphonia::core::units::{Duration, Timestamp};

use super::error::CodecError;
use super::samples::registry;
use super::sound_format::{Kind, SoundFormat};

/// Frames of one packet, at most: FLAC has the longest.
const MOST_FRAMES: usize = 65_536;

/// A decoder for the sound of a file.
pub struct SoundDecoder {
    name: &'static str,
    rate: u32,
    gain: f32,
    decoder: Box<dyn AudioDecoder>,
    raw: Vec<f32>,
}

impl SoundDecoder {
    /// A decoder that has heard nothing.
    ///
    /// # Errors
    /// [`CodecError::Setup`] where the codec library does not take the format.
    pub fn new(format: &SoundFormat) -> Result<Self, CodecError> {
        let mut params = AudioCodecParameters::new();
        let (codec, extra) = match &format.kind {
            Kind::Aac(config) => (CODEC_ID_AAC, Some(config)),
            Kind::Mp3 => (CODEC_ID_MP3, None),
            Kind::Flac(info) => (CODEC_ID_FLAC, Some(info)),
            Kind::Opus(_) => (CODEC_ID_OPUS, None),
        };
        params.for_codec(codec).with_sample_rate(format.rate);
        if let Some(extra) = extra {
            params.with_extra_data(extra.clone().into_boxed_slice());
        }
        let decoder = registry()
            .make_audio_decoder(&params, &AudioDecoderOptions::default())
            .map_err(|error| CodecError::Setup { codec: format.name, what: error.to_string() })?;
        let gain = match format.kind {
            Kind::Opus(gain) => 10_f32.powf(f32::from(gain) / (20.0 * 256.0)),
            _ => 1.0,
        };
        Ok(Self { name: format.name, rate: format.rate, gain, decoder, raw: Vec::new() })
    }

    /// Decodes a packet and appends what it yields to `out`, interleaved stereo. Returns how many frames that is.
    ///
    /// # Errors
    /// [`CodecError::Corrupt`], and [`CodecError::Unsupported`] where the rate changes within the file; the next packet may be
    /// decoded all the same.
    pub fn decode(&mut self, data: &[u8], out: &mut Vec<f32>) -> Result<usize, CodecError> {
        let codec = self.name;
        if data.is_empty() {
            return Err(CodecError::Corrupt { codec, what: "an empty packet".into() });
        }
        let packet = PacketRef::new(0, Timestamp::ZERO, Duration::from(0_u64), data);
        let decoded =
            self.decoder.decode_ref(&packet).map_err(|error| CodecError::Corrupt { codec, what: error.to_string() })?;
        let (rate, channels, frames) = (decoded.spec().rate(), decoded.num_planes(), decoded.frames());
        if rate != self.rate || channels == 0 || frames > MOST_FRAMES {
            return Err(CodecError::Unsupported {
                codec,
                what: format!("{channels} channels at {rate} Hz, {frames} at once"),
            });
        }
        decoded.copy_to_vec_interleaved(&mut self.raw);
        let gain = self.gain;
        // One sample that is not a number would silence every filter behind it for good.
        let sane = |sample: f32| if sample.is_finite() { sample * gain } else { 0.0 };
        out.reserve(2 * frames);
        for frame in self.raw.chunks_exact(channels) {
            let (left, right) = stereo(frame);
            out.extend_from_slice(&[sane(left), sane(right)]);
        }
        Ok(frames)
    }

    /// Forgets the sound before: for a jump.
    pub fn reset(&mut self) {
        self.decoder.reset();
    }
}

impl std::fmt::Debug for SoundDecoder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SoundDecoder").field("name", &self.name).field("rate", &self.rate).finish_non_exhaustive()
    }
}

/// A frame's channels as two: centre and surrounds at −3 dB, the low-frequency channel left out, scaled so that nothing clips
/// (ITU-R BS.775-4, annex 4). Channels stand in the order front left and right, centre, low frequency, then the surrounds.
fn stereo(frame: &[f32]) -> (f32, f32) {
    const HALF_POWER: f32 = std::f32::consts::FRAC_1_SQRT_2;
    match *frame {
        [mono] => (mono, mono),
        [left, right] => (left, right),
        [left, right, centre] => {
            let scale = 1.0 / (1.0 + HALF_POWER);
            ((left + HALF_POWER * centre) * scale, (right + HALF_POWER * centre) * scale)
        }
        [left, right, back_left, back_right] => {
            let scale = 1.0 / (1.0 + HALF_POWER);
            ((left + HALF_POWER * back_left) * scale, (right + HALF_POWER * back_right) * scale)
        }
        [left, right, centre, ref rest @ ..] => {
            // Five channels have none for low frequencies.
            let surrounds = if rest.len() % 2 == 0 { rest } else { &rest[1..] };
            let side = |first: usize| surrounds.iter().skip(first).step_by(2).sum::<f32>() * HALF_POWER;
            let scale = 1.0 / (1.0 + HALF_POWER * (1.0 + surrounds.len() as f32 / 2.0));
            ((left + HALF_POWER * centre + side(0)) * scale, (right + HALF_POWER * centre + side(1)) * scale)
        }
        [] => (0.0, 0.0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn however_many_channels_are_mixed_nothing_clips_and_the_sides_stay_sides() {
        for channels in 1..=8 {
            let (left, right) = stereo(&vec![1.0; channels]);
            assert!(left <= 1.0 + 1e-6 && (left - right).abs() < 1e-6, "{channels}: {left}");
        }
        let (left, right) = stereo(&[1.0, 0.0, 0.0, 1.0, 0.0, 0.0]);
        assert!(left > 0.3 && right == 0.0, "the low frequencies are left out: {left} {right}");
    }
}
