//! The table that names a decoder for each codec.

use super::audio::AudioDecode;
use super::error::CodecError;
use super::h264::H264;
use super::h264_openh264::OpenH264;
use super::h264_rusty::Rusty;
use super::mjpeg::Mjpeg;
use super::samples::Samples;
use super::video::VideoDecode;
use crate::media::{AudioCodec, VideoCodec};

/// Which library decodes H.264.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum H264Backend {
    /// rusty_h264: pure Rust, faster on the streams of the protocol.
    #[default]
    Rusty,
    /// openh264, built from source.
    OpenH264,
}

/// A decoder for the codec, by the default library.
///
/// # Errors
/// [`CodecError::Setup`] where the codec library cannot start.
pub fn video_decoder(codec: VideoCodec) -> Result<Box<dyn VideoDecode + Send>, CodecError> {
    match codec {
        VideoCodec::H264 => h264_decoder(H264Backend::default()),
        VideoCodec::Mjpeg => Ok(Box::new(Mjpeg::default())),
    }
}

/// An H.264 decoder by the library of your choice.
///
/// # Errors
/// [`CodecError::Setup`] where that library cannot start.
pub fn h264_decoder(backend: H264Backend) -> Result<Box<dyn VideoDecode + Send>, CodecError> {
    Ok(match backend {
        H264Backend::Rusty => Box::new(H264::<Rusty>::new()?),
        H264Backend::OpenH264 => Box::new(H264::<OpenH264>::new()?),
    })
}

/// A decoder for the codec.
///
/// # Errors
/// [`CodecError::Setup`] where the codec library cannot start.
pub fn audio_decoder(codec: AudioCodec) -> Result<Box<dyn AudioDecode + Send>, CodecError> {
    Ok(Box::new(Samples::new(codec)?))
}
