//! The table that names a decoder for each codec.

use super::audio::AudioDecode;
use super::error::CodecError;
use super::video::VideoDecode;
use crate::media::{AudioCodec, VideoCodec};

/// A decoder for the codec.
///
/// # Errors
/// [`CodecError::Setup`] where the codec library cannot start.
pub fn video_decoder(codec: VideoCodec) -> Result<Box<dyn VideoDecode + Send>, CodecError> {
    Err(CodecError::Setup { codec: codec.name(), what: "not built yet".into() })
}

/// A decoder for the codec.
///
/// # Errors
/// [`CodecError::Setup`] where the codec library cannot start.
pub fn audio_decoder(codec: AudioCodec) -> Result<Box<dyn AudioDecode + Send>, CodecError> {
    Err(CodecError::Setup { codec: codec.name(), what: "not built yet".into() })
}
