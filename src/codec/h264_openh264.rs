//! H.264 by openh264 (built from source): the second opinion that tests hold the default against.

use openh264::OpenH264API;
use openh264::decoder::{Decoder, DecoderConfig};
use openh264::formats::YUVSource;

use super::h264::{Backend, copy_plane};
use crate::media::{Picture, PicturePool, Size};

pub(super) struct OpenH264(Decoder);

impl Backend for OpenH264 {
    fn fresh() -> Result<Self, String> {
        Decoder::with_api_config(OpenH264API::from_source(), DecoderConfig::new())
            .map(Self)
            .map_err(|error| error.to_string())
    }

    fn decode(&mut self, unit: &[u8], pool: &PicturePool) -> Result<Option<Picture>, String> {
        let Some(frame) = self.0.decode(unit).map_err(|error| error.to_string())? else { return Ok(None) };
        let (width, height) = frame.dimensions();
        let mut picture = pool.take(Size { width: width as u32, height: height as u32 });
        let (luma_stride, chroma_stride, _) = frame.strides();
        let [y, u, v] = picture.planes_mut();
        let chroma_width = width.div_ceil(2);
        let whole = copy_plane(frame.y(), luma_stride, width, y)
            && copy_plane(frame.u(), chroma_stride, chroma_width, u)
            && copy_plane(frame.v(), chroma_stride, chroma_width, v);
        if whole { Ok(Some(picture)) } else { Err("planes shorter than the picture".into()) }
    }
}
