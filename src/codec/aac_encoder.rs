//! AAC-LC (ISO/IEC 14496-3) by syom: 48 kHz stereo, access units of 1024 frames without a header, as MP4 keeps them.

use syom::{EncodeOptions, Encoder};

use super::encode::AUDIO_CHANNELS;
use super::error::CodecError;

const NAME: &str = "aac";

/// Encodes one piece of sound from its beginning to its end.
pub struct AacEncoder {
    encoder: Encoder,
    planes: [Vec<f32>; AUDIO_CHANNELS],
}

impl AacEncoder {
    /// Frames of one access unit.
    pub const FRAMES: u32 = 1024;

    /// Frames by which decoded sound trails what was encoded: one window's overlap.
    pub const PRIMING: u32 = 1024;

    /// An encoder at rest, at about `bitrate` bits a second.
    ///
    /// # Errors
    /// [`CodecError::Setup`] where the library refuses.
    pub fn new(bitrate: u32) -> Result<Self, CodecError> {
        let options = EncodeOptions::raw().with_bitrate_bps(bitrate);
        let encoder = Encoder::new(48_000, AUDIO_CHANNELS, &options).map_err(setup)?;
        Ok(Self { encoder, planes: Default::default() })
    }

    /// The `AudioSpecificConfig` that a decoder needs.
    #[must_use]
    pub fn config(&self) -> &[u8] {
        self.encoder.asc()
    }

    /// Encodes interleaved frames, any number of them, and adds the access units that are whole by now. Samples beyond −1..=1 are
    /// clipped, what is no number is silence.
    ///
    /// # Errors
    /// [`CodecError::Setup`] where the library refuses.
    pub fn feed(&mut self, interleaved: &[f32], units: &mut Vec<Vec<u8>>) -> Result<(), CodecError> {
        for (channel, plane) in self.planes.iter_mut().enumerate() {
            let safe = |sample: &f32| if sample.is_nan() { 0.0 } else { sample.clamp(-1.0, 1.0) };
            plane.clear();
            plane.extend(interleaved.chunks_exact(AUDIO_CHANNELS).map(|frame| safe(&frame[channel])));
        }
        let [left, right] = &self.planes;
        let take = |frame: syom::EncodedFrame<'_>| {
            units.push(frame.payload.to_vec());
            Ok(())
        };
        self.encoder.feed(&[left, right], take).map(drop).map_err(setup)
    }

    /// Adds the access units of what is left, silence filling the last.
    ///
    /// # Errors
    /// [`CodecError::Setup`] where the library refuses.
    pub fn finish(mut self, units: &mut Vec<Vec<u8>>) -> Result<(), CodecError> {
        let take = |frame: syom::EncodedFrame<'_>| {
            units.push(frame.payload.to_vec());
            Ok(())
        };
        self.encoder.finish(take).map(drop).map_err(setup)
    }
}

fn setup(error: syom::AacError) -> CodecError {
    CodecError::Setup { codec: NAME, what: error.to_string() }
}
