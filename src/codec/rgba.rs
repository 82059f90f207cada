//! From RGBA, as a graphics adapter gives it back, to the planes that encoders take. The other direction is the renderer's.

use crate::media::{Picture, Size};

/// Fills the picture with RGBA samples of the same size, top row first, rows without padding: BT.709, limited range (ITU-R
/// BT.709-6, table 3, scaled to 16..=235 and 16..=240), chroma averaged over each 2×2 block. Missing samples leave the rest of the
/// picture as it is.
pub fn fill_from_rgba(rgba: &[u8], picture: &mut Picture) {
    let Size { width, height } = picture.size();
    let (width, height) = (width as usize, height as usize);
    let chroma_width = width.div_ceil(2);
    let [luma, blue, red] = picture.planes_mut();
    for (rows, pair) in rgba.chunks(width * 4 * 2).take(height.div_ceil(2)).enumerate() {
        let upper = &pair[..pair.len().min(width * 4)];
        let lower = if pair.len() >= width * 8 { &pair[width * 4..] } else { upper };
        for column in 0..chroma_width {
            let mut sum = [0i32; 3];
            for (row, line) in [upper, lower].into_iter().enumerate() {
                for offset in 0..2 {
                    // The last column and row of an odd size stand in for the missing ones.
                    let x = (column * 2 + offset).min(width - 1);
                    let Some(&[r, g, b, _]) = line.get(x * 4..).and_then(<[u8]>::first_chunk::<4>) else { return };
                    let (r, g, b) = (i32::from(r), i32::from(g), i32::from(b));
                    let y = rows * 2 + row;
                    if y < height {
                        luma[y * width + x] = (16 + ((11_966 * r + 40_254 * g + 4_064 * b + 32_768) >> 16)) as u8;
                    }
                    sum = [sum[0] + r, sum[1] + g, sum[2] + b];
                }
            }
            let [r, g, b] = sum;
            let at = rows * chroma_width + column;
            blue[at] = (128 + ((-6_596 * r - 22_189 * g + 28_785 * b + 131_072) >> 18)) as u8;
            red[at] = (128 + ((28_785 * r - 26_145 * g - 2_640 * b + 131_072) >> 18)) as u8;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn planes_of(colour: [u8; 3]) -> [u8; 3] {
        let mut picture = Picture::black(Size { width: 3, height: 3 });
        let pixel = [colour[0], colour[1], colour[2], 255];
        fill_from_rgba(&pixel.repeat(9), &mut picture);
        let planes = picture.planes();
        for plane in planes {
            assert!(plane.data.iter().all(|sample| *sample == plane.data[0]), "a flat colour stays flat, odd edges too");
        }
        [planes[0].data[0], planes[1].data[0], planes[2].data[0]]
    }

    #[test]
    fn colours_come_out_as_the_standard_has_them() {
        assert_eq!(planes_of([0, 0, 0]), [16, 128, 128]);
        assert_eq!(planes_of([255, 255, 255]), [235, 128, 128]);
        // 100 % colour bars of BT.709.
        for (colour, expected) in
            [([255, 0, 0], [63, 102, 240]), ([0, 255, 0], [173, 42, 26]), ([0, 0, 255], [32, 240, 118])]
        {
            let found = planes_of(colour);
            for (found, expected) in found.into_iter().zip(expected) {
                assert!(found.abs_diff(expected) <= 1, "{colour:?}: {found} for {expected}");
            }
        }
    }

    #[test]
    fn too_few_samples_do_no_harm() {
        let mut picture = Picture::black(Size { width: 4, height: 4 });
        fill_from_rgba(&[255; 10], &mut picture);
        fill_from_rgba(&[], &mut picture);
    }
}
