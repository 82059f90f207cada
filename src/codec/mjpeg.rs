//! MJPEG by zune-jpeg: one baseline JPEG per packet, each a keyframe. The library has no planar output, so it writes interleaved
//! YCbCr into a buffer that is kept, and [`super::colour`] makes the planes of it.

use zune_core::bytestream::ZCursor;
use zune_core::colorspace::ColorSpace;
use zune_core::options::DecoderOptions;
use zune_jpeg::JpegDecoder;

use super::colour::from_jfif;
use super::error::CodecError;
use super::limits::{MAX_SIDE, check_size};
use super::video::VideoDecode;
use crate::media::{Format, Packet, Picture, PicturePool, Size, VideoCodec};

const NAME: &str = VideoCodec::Mjpeg.name();

#[derive(Default)]
pub(super) struct Mjpeg {
    interleaved: Vec<u8>,
}

impl VideoDecode for Mjpeg {
    fn decode(&mut self, packet: &Packet, pool: &PicturePool) -> Result<Option<Picture>, CodecError> {
        if packet.format != Format::Video(VideoCodec::Mjpeg) {
            return Err(CodecError::WrongFormat { codec: NAME });
        }
        let corrupt = |what: String| CodecError::Corrupt { codec: NAME, what };
        // Strict: half a JPEG is a loss to count, not a picture with a grey half to show.
        let options = DecoderOptions::default()
            .jpeg_set_out_colorspace(ColorSpace::YCbCr)
            .set_strict_mode(true)
            .set_max_width(MAX_SIDE as usize)
            .set_max_height(MAX_SIDE as usize);
        let mut decoder = JpegDecoder::new_with_options(ZCursor::new(&packet.payload[..]), options);
        decoder.decode_headers().map_err(|error| corrupt(format!("{error:?}")))?;
        let (width, height) = decoder.dimensions().ok_or_else(|| corrupt("no size".into()))?;
        let size = Size { width: width as u32, height: height as u32 };
        check_size(NAME, size)?;
        if decoder.input_colorspace() != Some(ColorSpace::YCbCr) {
            let what = format!("{:?} samples instead of YCbCr", decoder.input_colorspace());
            return Err(CodecError::Unsupported { codec: NAME, what });
        }
        self.interleaved.resize(3 * width * height, 0);
        decoder.decode_into(&mut self.interleaved).map_err(|error| corrupt(format!("{error:?}")))?;
        let mut picture = pool.take(size);
        from_jfif(&self.interleaved, width, picture.planes_mut());
        Ok(Some(picture))
    }

    fn reset(&mut self) {}
}
