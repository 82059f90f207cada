//! MJPEG by jpeg-encoder: one baseline JFIF image with 4:2:0 chroma for each picture. JFIF (ITU-T T.871) prescribes BT.601 in
//! full range and a [`Picture`] is BT.709 in limited range, so the samples are converted on the way; any viewer shows the result
//! in its right colours. Neighbour: the decoder's conversion back.

use jpeg_encoder::{Encoder, ImageBuffer, JpegColorType, SamplingFactor};

use super::encode::VideoEncode;
use super::error::CodecError;
use crate::media::{Picture, Plane, Size, VideoCodec};

const NAME: &str = VideoCodec::Mjpeg.name();

/// Encodes pictures of one size, each by itself.
pub struct MjpegEncoder {
    size: Size,
    fps: u32,
    quality: u8,
    target_bytes: usize,
}

/// Steepest quality steps per frame, down and up: a picture that is too large is mended at once, a small one slowly.
const STEP_DOWN: u8 = 4;
const STEP_UP: u8 = 1;
const QUALITY: std::ops::RangeInclusive<u8> = 30..=85;

/// JPEG needs about this many times the bits of H.264 for the same picture; the tiers' bit rates are given for H.264.
pub const BITS_OVER_H264: u32 = 5;

impl MjpegEncoder {
    /// An encoder that steers its quality towards `BITS_OVER_H264` times the bit rate.
    #[must_use]
    pub fn new(size: Size, fps: u32, bitrate: u32) -> Self {
        Self { size, fps, quality: 75, target_bytes: target_bytes(fps, bitrate) }
    }
}

fn target_bytes(fps: u32, bitrate: u32) -> usize {
    ((bitrate / 8).saturating_mul(BITS_OVER_H264) / fps.max(1)) as usize
}

impl VideoEncode for MjpegEncoder {
    fn encode(&mut self, picture: &Picture, _keyframe: bool, out: &mut Vec<u8>) -> Result<bool, CodecError> {
        out.clear();
        if picture.size() != self.size {
            let what = format!("a picture of {} in a stream of {}", picture.size(), self.size);
            return Err(CodecError::Unsupported { codec: NAME, what });
        }
        let mut encoder = Encoder::new(&mut *out, self.quality);
        encoder.set_sampling_factor(SamplingFactor::R_4_2_0);
        encoder
            .encode_image(Jfif { size: self.size, planes: picture.planes() })
            .map_err(|error| CodecError::Setup { codec: NAME, what: error.to_string() })?;
        let quality = if out.len() > self.target_bytes {
            self.quality.saturating_sub(STEP_DOWN)
        } else if out.len() * 5 < self.target_bytes * 4 {
            self.quality + STEP_UP
        } else {
            self.quality
        };
        self.quality = quality.clamp(*QUALITY.start(), *QUALITY.end());
        Ok(true)
    }

    fn set_bitrate(&mut self, bits_per_second: u32) -> Result<(), CodecError> {
        self.target_bytes = target_bytes(self.fps, bits_per_second);
        Ok(())
    }
}

/// A picture seen as rows of full-range BT.601 samples. Chroma samples are repeated to full size; the library's 4:2:0 takes
/// every second one of every second row, which gives them back as they were.
struct Jfif<'a> {
    size: Size,
    planes: [Plane<'a>; 3],
}

impl ImageBuffer for Jfif<'_> {
    fn get_jpeg_color_type(&self) -> JpegColorType {
        JpegColorType::Ycbcr
    }

    fn width(&self) -> u16 {
        self.size.width as u16
    }

    fn height(&self) -> u16 {
        self.size.height as u16
    }

    fn fill_buffers(&self, row: u16, buffers: &mut [Vec<u8>; 4]) {
        let row = usize::from(row);
        let [y, u, v] = &self.planes;
        let luma = &y.data[row * y.stride..][..y.width];
        let us = &u.data[row / 2 * u.stride..][..u.width];
        let vs = &v.data[row / 2 * v.stride..][..v.width];
        let [ys, cbs, crs, _] = buffers;
        for (pair, (&u, &v)) in luma.chunks(2).zip(us.iter().zip(vs)) {
            let (u, v) = (i32::from(u) - 128, i32::from(v) - 128);
            let tint = LUMA_U * u + LUMA_V * v;
            let (cb, cr) = (sample(CB_U * u + CB_V * v, 128), sample(CR_U * u + CR_V * v, 128));
            for &y in pair {
                ys.push(sample(LUMA * (i32::from(y) - 16) + tint, 0));
                cbs.push(cb);
                crs.push(cr);
            }
        }
    }
}

/// Fractional bits of the conversion's coefficients.
const BITS: i32 = 14;

// The matrix from BT.709 limited to BT.601 full range, by way of R'G'B' (ITU-R BT.709-6 section 3, BT.601-7 section 2.5).
// With Kr = .2126, Kb = .0722: R' − Y = 1.5748 Cr, B' − Y = 1.8556 Cb, G' − Y = −.187324 Cb − .468124 Cr.
const fn fixed(coefficient: f64) -> i32 {
    let scaled = coefficient * (1 << BITS) as f64;
    (if scaled < 0.0 { scaled - 0.5 } else { scaled + 0.5 }) as i32
}
const LUMA_RANGE: f64 = 255.0 / 219.0;
const CHROMA_RANGE: f64 = 255.0 / 224.0;
const B_U: f64 = 1.8556;
const R_V: f64 = 1.5748;
const G_U: f64 = -0.187_324;
const G_V: f64 = -0.468_124;
/// What a unit of Cb and Cr of BT.709 adds to the luma of BT.601.
const TINT_U: f64 = 0.587 * G_U + 0.114 * B_U;
const TINT_V: f64 = 0.299 * R_V + 0.587 * G_V;

const LUMA: i32 = fixed(LUMA_RANGE);
const LUMA_U: i32 = fixed(CHROMA_RANGE * TINT_U);
const LUMA_V: i32 = fixed(CHROMA_RANGE * TINT_V);
const CB_U: i32 = fixed(CHROMA_RANGE * (B_U - TINT_U) / 1.772);
const CB_V: i32 = fixed(CHROMA_RANGE * -TINT_V / 1.772);
const CR_U: i32 = fixed(CHROMA_RANGE * -TINT_U / 1.402);
const CR_V: i32 = fixed(CHROMA_RANGE * (R_V - TINT_V) / 1.402);

fn sample(scaled: i32, offset: i32) -> u8 {
    (((scaled + (1 << (BITS - 1))) >> BITS) + offset).clamp(0, 255) as u8
}

#[cfg(test)]
mod tests {
    use super::*;

    /// R'G'B' in 0..=1 to BT.709 limited samples and to BT.601 full-range samples, straight from the recommendations.
    fn both_codes([r, g, b]: [f64; 3]) -> ([u8; 3], [f64; 3]) {
        let y = 0.2126 * r + 0.7152 * g + 0.0722 * b;
        let limited = [16.0 + 219.0 * y, 128.0 + 224.0 * (b - y) / 1.8556, 128.0 + 224.0 * (r - y) / 1.5748];
        let y = 0.299 * r + 0.587 * g + 0.114 * b;
        let full = [255.0 * y, 128.0 + 255.0 * (b - y) / 1.772, 128.0 + 255.0 * (r - y) / 1.402];
        (limited.map(|sample| sample.round() as u8), full)
    }

    #[test]
    fn samples_become_what_jfif_prescribes() {
        let colours = [[0.0, 0.0, 0.0], [1.0, 1.0, 1.0], [0.5, 0.5, 0.5], [0.9, 0.3, 0.2], [0.1, 0.7, 0.3], [0.2, 0.3, 0.9]];
        for colour in colours {
            let (limited, full) = both_codes(colour);
            let mut picture = Picture::black(Size { width: 2, height: 2 });
            for (plane, value) in picture.planes_mut().into_iter().zip(limited) {
                plane.fill(value);
            }
            let mut buffers = [const { Vec::new() }; 4];
            Jfif { size: picture.size(), planes: picture.planes() }.fill_buffers(1, &mut buffers);
            for (got, want) in buffers.iter().zip(full) {
                assert_eq!(got.len(), 2);
                // Limited range has the coarser steps: half of one is 0.6, and three of them add up.
                assert!((f64::from(got[0]) - want).abs() <= 1.8, "{colour:?}: {} for {want}", got[0]);
            }
        }
    }

    #[test]
    fn quality_falls_while_pictures_are_too_large() {
        let size = Size { width: 64, height: 64 };
        let mut picture = Picture::black(size);
        let mut state = 1_u32;
        picture.planes_mut()[0].fill_with(|| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 24) as u8
        });
        let mut encoder = MjpegEncoder::new(size, 30, 50_000);
        let (mut first, mut last) = (Vec::new(), Vec::new());
        encoder.encode(&picture, false, &mut first).unwrap();
        for _ in 0..20 {
            assert!(encoder.encode(&picture, false, &mut last).unwrap(), "every JPEG is a keyframe");
        }
        assert!(last.len() < first.len());
    }
}
