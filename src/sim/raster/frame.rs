//! The frame under work: packed display colours and inverse depths, divided into bands of rows that threads may fill side by
//! side. Holds memory only; nothing here draws.

use glam::Vec3A;

use crate::media::Size;

/// Bands begin on multiples of this many rows, so that coarse sky and water cells and chroma rows never straddle two bands.
pub const BAND_ROWS: usize = 8;

/// Colours and inverse depths of one picture. Buffers keep their memory when the size changes back and forth.
#[derive(Debug, Default)]
pub struct Frame {
    width: usize,
    height: usize,
    color: Vec<u32>,
    depth: Vec<f32>,
}

/// Some consecutive rows of a frame.
#[derive(Debug)]
pub struct Band<'a> {
    /// Pixels in a row.
    pub width: usize,
    /// The first row in the picture.
    pub top: usize,
    /// Rows here.
    pub rows: usize,
    /// Colours as [`pack`] packs them.
    pub color: &'a mut [u32],
    /// Inverse depth in 1/m; 0 is infinitely far.
    pub depth: &'a mut [f32],
}

impl Frame {
    /// Takes a size and forgets what stood in the frame.
    pub fn begin(&mut self, size: Size) {
        (self.width, self.height) = (size.width as usize, size.height as usize);
        let pixels = self.width * self.height;
        self.color.resize(pixels, 0);
        self.depth.clear();
        self.depth.resize(pixels, 0.0);
    }

    /// Rows of the largest band when the frame is cut for `workers`.
    #[must_use]
    pub fn rows_for(&self, workers: usize) -> usize {
        self.height.div_ceil(workers.max(1)).next_multiple_of(BAND_ROWS).max(BAND_ROWS)
    }

    /// The frame in bands of `rows` rows, a multiple of [`BAND_ROWS`].
    pub fn bands(&mut self, rows: usize) -> impl Iterator<Item = Band<'_>> {
        let (width, size) = (self.width, (self.width * rows).max(1));
        self.color.chunks_mut(size).zip(self.depth.chunks_mut(size)).enumerate().map(move |(index, (color, depth))| Band {
            width,
            top: index * rows,
            rows: depth.len() / width,
            color,
            depth,
        })
    }
}

/// Packs a display colour, 0 to 255 a channel, as `0xRRGGBB`; clamps.
#[inline]
#[must_use]
pub fn pack(display: Vec3A) -> u32 {
    let v = display.clamp(Vec3A::ZERO, Vec3A::splat(255.0)) + Vec3A::splat(MAGIC);
    ((v.x.to_bits() & 0xff) << 16) | ((v.y.to_bits() & 0xff) << 8) | (v.z.to_bits() & 0xff)
}

/// The display colour of a packed one.
#[inline]
#[must_use]
pub fn unpack(packed: u32) -> Vec3A {
    Vec3A::new(((packed >> 16) & 0xff) as f32, ((packed >> 8) & 0xff) as f32, (packed & 0xff) as f32)
}

/// Adding 2^23 rounds a small positive float to an integer that then stands in its low bits: cheaper than a saturating cast,
/// and it vectorises.
pub(super) const MAGIC: f32 = 8_388_608.0;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packing_rounds_and_clamps() {
        assert_eq!(pack(Vec3A::new(-4.0, 127.6, 300.0)), 0x0000_80ff);
        assert_eq!(unpack(0x0012_34ff), Vec3A::new(18.0, 52.0, 255.0));
    }

    #[test]
    fn bands_cover_every_row_once_and_begin_on_band_rows() {
        let mut frame = Frame::default();
        frame.begin(Size { width: 10, height: 43 });
        let rows = frame.rows_for(3);
        let mut next = 0;
        for band in frame.bands(rows) {
            assert_eq!(band.top, next);
            assert_eq!(band.top % BAND_ROWS, 0);
            assert_eq!(band.color.len(), band.rows * band.width);
            next += band.rows;
        }
        assert_eq!(next, 43);
    }
}
