//! Which decoders a player uses: those of `codec` by default, or an embedder's own.

use std::fmt;

use crate::codec::{AudioDecode, CodecError, VideoDecode, audio_decoder, video_decoder};
use crate::media::{AudioCodec, VideoCodec};

/// Makes a picture decoder for a codec.
pub type MakeVideo = fn(VideoCodec) -> Result<Box<dyn VideoDecode + Send>, CodecError>;
/// Makes a sound decoder for a codec.
pub type MakeAudio = fn(AudioCodec) -> Result<Box<dyn AudioDecode + Send>, CodecError>;

/// The decoders to use. They run on the player's own threads.
#[derive(Clone, Copy)]
pub struct Decoders {
    /// For pictures.
    pub video: MakeVideo,
    /// For sound.
    pub audio: MakeAudio,
}

impl Default for Decoders {
    fn default() -> Self {
        Self { video: video_decoder, audio: audio_decoder }
    }
}

impl fmt::Debug for Decoders {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Decoders")
    }
}
