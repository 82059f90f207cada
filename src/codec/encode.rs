//! The faces of the encoders. They know no codec; the backends stand beside them, the table that chooses is `choose_encoder`.

use super::error::CodecError;
use crate::media::Picture;

/// Turns pictures of one size, in order, into access units. No frame is delayed or reordered.
pub trait VideoEncode {
    /// Encodes one picture and replaces what `out` held by its access unit. `keyframe` asks for one that decodes without any
    /// earlier unit; says whether it became one, which an encoder may also decide by itself.
    ///
    /// # Errors
    /// [`CodecError::Unsupported`] for a picture of another size than the encoder was opened for, [`CodecError::Setup`] where
    /// the library refuses.
    fn encode(&mut self, picture: &Picture, keyframe: bool, out: &mut Vec<u8>) -> Result<bool, CodecError>;

    /// Aims at another bit rate from the next picture on. Neither a keyframe nor new parameter sets follow from it.
    ///
    /// # Errors
    /// [`CodecError::Setup`] where the library refuses; the old rate holds then.
    fn set_bitrate(&mut self, bits_per_second: u32) -> Result<(), CodecError>;
}

/// Turns 48 kHz stereo samples, in order, into packets of 20 ms.
pub trait AudioEncode {
    /// Encodes [`AUDIO_FRAMES`] interleaved stereo frames and replaces what `out` held by the packet.
    ///
    /// The packet, decoded, begins [`AudioEncode::pre_skip`] samples *before* the first sample given: whoever stamps packets
    /// takes that off, so that timestamps mean the sound and not the codec.
    ///
    /// # Errors
    /// [`CodecError::Unsupported`] for another number of samples, [`CodecError::Setup`] where the library refuses.
    fn encode(&mut self, interleaved: &[f32], out: &mut Vec<u8>) -> Result<(), CodecError>;

    /// Samples per channel by which decoded sound trails what was encoded.
    fn pre_skip(&self) -> u32;
}

/// Stereo frames of one audio packet: 20 ms at 48 kHz.
pub const AUDIO_FRAMES: usize = 960;

/// Channels of every audio packet.
pub const AUDIO_CHANNELS: usize = 2;
