//! The table that names an encoder for each codec.

use super::encode::{AudioEncode, VideoEncode};
use super::error::CodecError;
use super::h264_encoder::H264Encoder;
use super::mjpeg_encoder::MjpegEncoder;
use super::opus_encoder::OpusEncoder;
use super::pcm_encoder::PcmEncoder;
use crate::media::{AudioCodec, Size, VideoCodec};

/// An encoder for pictures of one size, at `fps` frames and about `bitrate` bits a second. MJPEG chooses its quality from them.
///
/// # Errors
/// [`CodecError::Setup`] where the codec library cannot start, [`CodecError::Unsupported`] for an odd or empty size.
pub fn video_encoder(
    codec: VideoCodec,
    size: Size,
    fps: u32,
    bitrate: u32,
) -> Result<Box<dyn VideoEncode + Send>, CodecError> {
    let odd = |side: u32| side == 0 || side % 2 == 1 || side > 3840;
    if odd(size.width) || odd(size.height) {
        return Err(CodecError::Unsupported {
            codec: codec.name(),
            what: format!("pictures of {size} (even sides to 3840)"),
        });
    }
    Ok(match codec {
        VideoCodec::H264 => Box::new(H264Encoder::new(size, fps, bitrate)?),
        VideoCodec::Mjpeg => Box::new(MjpegEncoder::new(size, fps, bitrate)),
    })
}

/// An encoder of 48 kHz stereo at about `bitrate` bits a second, where the codec has a choice.
///
/// # Errors
/// [`CodecError::Setup`] where the codec library cannot start.
pub fn audio_encoder(codec: AudioCodec, bitrate: u32) -> Result<Box<dyn AudioEncode + Send>, CodecError> {
    Ok(match codec {
        AudioCodec::Opus => Box::new(OpusEncoder::new(bitrate)?),
        AudioCodec::PcmS16le => Box::new(PcmEncoder),
    })
}
