//! From JPEG's colours to the player's. JFIF (ITU-T T.871) prescribes BT.601 weights in full range; a [`crate::media::Picture`] is
//! BT.709 in limited range. Both derive from the same R'G'B', so one 3×3 matrix leads from one to the other, and gamma and
//! primaries stay as they are.

/// Fractional bits of the matrix.
const SHIFT: u32 = 14;

/// Luma weights of red and blue (BT.601 §2.5.1, BT.709 §3.2); green has the rest.
const KR_601: f64 = 0.299;
const KB_601: f64 = 0.114;
const KR_709: f64 = 0.2126;
const KB_709: f64 = 0.0722;

/// Full-range Cb and Cr of BT.601 to R'G'B' minus luma.
const R_CR: f64 = 2.0 * (1.0 - KR_601);
const B_CB: f64 = 2.0 * (1.0 - KB_601);
const G_CB: f64 = -KB_601 * B_CB / (1.0 - KR_601 - KB_601);
const G_CR: f64 = -KR_601 * R_CR / (1.0 - KR_601 - KB_601);

/// What Cb and Cr of BT.601 add to the luma of BT.709.
const Y_CB: f64 = (1.0 - KR_709 - KB_709) * G_CB + KB_709 * B_CB;
const Y_CR: f64 = KR_709 * R_CR + (1.0 - KR_709 - KB_709) * G_CR;

const LUMA: f64 = 219.0 / 255.0;
const CHROMA: f64 = 224.0 / 255.0;

const Y_FROM: [i32; 3] = [fixed(LUMA), fixed(LUMA * Y_CB), fixed(LUMA * Y_CR)];
const U_FROM: [i32; 2] = {
    let scale = CHROMA / (2.0 * (1.0 - KB_709));
    [fixed(scale * (B_CB - Y_CB)), fixed(scale * -Y_CR)]
};
const V_FROM: [i32; 2] = {
    let scale = CHROMA / (2.0 * (1.0 - KR_709));
    [fixed(scale * -Y_CB), fixed(scale * (R_CR - Y_CR))]
};

const fn fixed(value: f64) -> i32 {
    let scaled = value * (1 << SHIFT) as f64;
    if scaled < 0.0 { (scaled - 0.5) as i32 } else { (scaled + 0.5) as i32 }
}

/// Interleaved full-range BT.601 YCbCr of `width` samples a row → the planes of a picture of that width. Chroma is the mean of
/// the (up to four) samples of its cell, so it sits between them.
pub(super) fn from_jfif(interleaved: &[u8], width: usize, planes: [&mut [u8]; 3]) {
    let [y, u, v] = planes;
    if width == 0 {
        return;
    }
    let chroma_width = width.div_ceil(2);
    let rows = interleaved.chunks(3 * width * 2).zip(y.chunks_mut(width * 2));
    let chroma = u.chunks_mut(chroma_width).zip(v.chunks_mut(chroma_width));
    for ((source, luma), (u_row, v_row)) in rows.zip(chroma) {
        for (from, to) in source.chunks_exact(3).zip(luma.iter_mut()) {
            *to = luma_709(from);
        }
        let (upper, lower) = source.split_at(3 * width);
        // The last row of an odd height is its own lower neighbour.
        let lower = if lower.is_empty() { upper } else { lower };
        let cells = upper.chunks(6).zip(lower.chunks(6));
        for ((above, below), (u, v)) in cells.zip(u_row.iter_mut().zip(v_row.iter_mut())) {
            (*u, *v) = chroma_709(above, below);
        }
    }
}

fn luma_709(sample: &[u8]) -> u8 {
    let (cb, cr) = (i32::from(sample[1]) - 128, i32::from(sample[2]) - 128);
    let sum = Y_FROM[0] * i32::from(sample[0]) + Y_FROM[1] * cb + Y_FROM[2] * cr;
    (((sum + (1 << (SHIFT - 1))) >> SHIFT) + 16).clamp(0, 255) as u8
}

fn chroma_709(above: &[u8], below: &[u8]) -> (u8, u8) {
    // In a lone last column both samples of a row are the same one.
    let last = above.len() - 3;
    let sum = |at: usize| -> i32 {
        [above[at], above[last + at], below[at], below[last + at]].into_iter().map(|sample| i32::from(sample) - 128).sum()
    };
    let (cb, cr) = (sum(1), sum(2));
    // Four samples were added: two more bits.
    let round = |value: i32| (((value + (1 << (SHIFT + 1))) >> (SHIFT + 2)) + 128).clamp(0, 255) as u8;
    (round(U_FROM[0] * cb + U_FROM[1] * cr), round(V_FROM[0] * cb + V_FROM[1] * cr))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// R'G'B' in 0..=1 → full-range BT.601 and limited-range BT.709, straight from the standards' equations.
    fn both([r, g, b]: [f64; 3]) -> ([f64; 3], [f64; 3]) {
        let code = |kr: f64, kb: f64| {
            let y = kr * r + (1.0 - kr - kb) * g + kb * b;
            [y, (b - y) / (2.0 * (1.0 - kb)), (r - y) / (2.0 * (1.0 - kr))]
        };
        let [y, cb, cr] = code(0.299, 0.114);
        let full = [255.0 * y, 128.0 + 255.0 * cb, 128.0 + 255.0 * cr];
        let [y, cb, cr] = code(0.2126, 0.0722);
        (full, [16.0 + 219.0 * y, 128.0 + 224.0 * cb, 128.0 + 224.0 * cr])
    }

    #[test]
    fn a_jpeg_colour_comes_out_as_the_same_colour_in_bt709_limited() {
        for red in 0..5 {
            for green in 0..5 {
                for blue in 0..5 {
                    let rgb = [red, green, blue].map(|level| f64::from(level) / 4.0);
                    let (full, wanted) = both(rgb);
                    let pixel = full.map(|value| value.round().clamp(0.0, 255.0) as u8);
                    let (mut y, mut u, mut v) = ([0; 4], [0], [0]);
                    from_jfif(&[pixel; 4].concat(), 2, [&mut y, &mut u, &mut v]);
                    for (got, wanted) in [y[0], u[0], v[0]].into_iter().zip(wanted) {
                        // Half a step from the 8-bit input, scaled by at most 1.1, and half a step of the output.
                        assert!((f64::from(got) - wanted).abs() <= 1.5, "{rgb:?}: {got} for {wanted}");
                    }
                }
            }
        }
    }

    #[test]
    fn odd_sizes_fill_every_sample() {
        let (mut y, mut u, mut v) = ([0; 9], [0; 4], [0; 4]);
        from_jfif(&[[255, 128, 128]; 9].concat(), 3, [&mut y, &mut u, &mut v]);
        assert_eq!((y, u, v), ([235; 9], [128; 4], [128; 4]));
    }
}
