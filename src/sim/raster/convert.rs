//! From packed display colours to planar YUV 4:2:0, BT.709 limited range, band by band.

use super::frame::Band;

/// The part of a picture's planes that belongs to one band.
#[derive(Debug)]
pub struct BandPlanes<'a> {
    /// Luma rows.
    pub y: &'a mut [u8],
    /// Blue difference rows, half as many.
    pub u: &'a mut [u8],
    /// Red difference rows, half as many.
    pub v: &'a mut [u8],
}

/// Writes a band into its planes. Chroma is the mean of two by two pixels; odd edges repeat.
///
/// Constants: ITU-R BT.709-6, item 3 (Kr = 0.2126, Kb = 0.0722), scaled to 219 and 224 levels, in 16.16 fixed point.
pub fn write_band(band: &Band<'_>, planes: &mut BandPlanes<'_>) {
    let width = band.width;
    for (pixels, luma) in band.color.chunks_exact(width).zip(planes.y.chunks_exact_mut(width)) {
        for (&pixel, luma) in pixels.iter().zip(luma) {
            let (r, g, b) = ((pixel >> 16) & 0xff, (pixel >> 8) & 0xff, pixel & 0xff);
            let sum = r.wrapping_mul(11_966).wrapping_add(g.wrapping_mul(40_254)).wrapping_add(b.wrapping_mul(4_064));
            *luma = (sum.wrapping_add((16 << 16) + (1 << 15)) >> 16) as u8;
        }
    }
    let chroma_width = width.div_ceil(2);
    let rows = band.color.chunks(width * 2);
    let chroma = planes.u.chunks_exact_mut(chroma_width).zip(planes.v.chunks_exact_mut(chroma_width));
    for (pair, (u_row, v_row)) in rows.zip(chroma) {
        let (upper, lower) = pair.split_at(width);
        let lower = if lower.is_empty() { upper } else { lower };
        for ((two, below), (u, v)) in upper.chunks(2).zip(lower.chunks(2)).zip(u_row.iter_mut().zip(v_row)) {
            let four = [two[0], two[two.len() - 1], below[0], below[below.len() - 1]];
            // Two channels ride in one word: sums of four bytes stay below 2^16.
            let rb = four.iter().fold(0_u32, |sum, pixel| sum.wrapping_add(pixel & 0x00ff_00ff));
            let g = four.iter().fold(0_u32, |sum, pixel| sum.wrapping_add((pixel >> 8) & 0xff)) as i32;
            let (r, b) = ((rb >> 16) as i32, (rb & 0xffff) as i32);
            let blue = b.wrapping_mul(28_784).wrapping_sub(r.wrapping_mul(6_596)).wrapping_sub(g.wrapping_mul(22_188));
            let red = r.wrapping_mul(28_784).wrapping_sub(g.wrapping_mul(26_145)).wrapping_sub(b.wrapping_mul(2_639));
            *u = (blue.wrapping_add((128 << 18) + (1 << 17)) >> 18) as u8;
            *v = (red.wrapping_add((128 << 18) + (1 << 17)) >> 18) as u8;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::frame::Frame;
    use super::*;
    use crate::media::{Picture, Size};

    fn converted(color: u32, size: Size) -> (u8, u8, u8) {
        let mut frame = Frame::default();
        frame.begin(size);
        let mut picture = Picture::black(size);
        let [y, u, v] = picture.planes_mut();
        for band in frame.bands(64) {
            band.color.fill(color);
            write_band(&band, &mut BandPlanes { y: &mut *y, u: &mut *u, v: &mut *v });
        }
        (y[y.len() - 1], u[u.len() - 1], v[v.len() - 1])
    }

    #[test]
    fn black_white_and_the_primaries_land_where_bt709_puts_them() {
        let size = Size { width: 7, height: 5 };
        assert_eq!(converted(0x0000_0000, size), (16, 128, 128));
        assert_eq!(converted(0x00ff_ffff, size), (235, 128, 128));
        assert_eq!(converted(0x00ff_0000, size), (63, 102, 240));
        assert_eq!(converted(0x0000_ff00, size), (173, 42, 26));
        assert_eq!(converted(0x0000_00ff, size), (32, 240, 118));
    }
}
