//! The row of black and white cells along the bottom edge of a calibration frame: draws it and reads it back, at any size and
//! after any codec that keeps a cell's middle on its side of grey. Pure functions of a picture; neighbour: `world` draws the rest.

use crate::media::{Picture, Plane};

/// What a calibration frame says of itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cells {
    /// Counts rendered frames of the world, from 0.
    pub frame: u32,
    /// Number of the newest input that the frame reflects; 0 for none.
    pub input: u32,
}

/// Cells in the row: guard, frame, input, check, guard.
const CELLS: usize = 80;

/// White and black in turn, so that a reader finds its threshold and a picture without cells is not read as one.
const HEAD: u128 = 0b1010;
const TAIL: u128 = 0b0101;

/// White cells of the guards, and black ones.
const WHITE_GUARDS: [usize; 4] = [0, 2, CELLS - 3, CELLS - 1];
const BLACK_GUARDS: [usize; 4] = [1, 3, CELLS - 4, CELLS - 2];

/// The row is this part of the picture's height.
const HEIGHT_PART: usize = 18;

/// Luma of a white and of a black cell.
const WHITE: u8 = 235;
const BLACK: u8 = 16;

/// Least difference between white and black guards for a row to count as one.
const LEAST_CONTRAST: f32 = 60.0;

/// Draws the row into the bottom of a picture, over whatever stands there.
pub fn draw_cells(picture: &mut Picture, cells: Cells) {
    let bits = encode(cells);
    let (width, height) = (picture.size().width as usize, picture.size().height as usize);
    let [y, u, v] = picture.planes_mut();
    let top = height - row_height(height);
    for line in y[top * width..].chunks_exact_mut(width) {
        for (index, white) in bits.iter().enumerate() {
            line[edge(index, width)..edge(index + 1, width)].fill(if *white { WHITE } else { BLACK });
        }
    }
    let chroma_width = width.div_ceil(2);
    for plane in [u, v] {
        plane[top / 2 * chroma_width..].fill(128);
    }
}

/// Reads the row of a picture; `None` where there is none, or where it is damaged.
#[must_use]
pub fn read_cells(picture: &Picture) -> Option<Cells> {
    let [luma, ..] = picture.planes();
    let rows = row_height(luma.height);
    if luma.width < 2 * CELLS || rows < 4 {
        return None;
    }
    let levels: [f32; CELLS] = std::array::from_fn(|index| middle(&luma, index, rows));
    let mean = |guards: [usize; 4]| guards.map(|index| levels[index]).iter().sum::<f32>() / 4.0;
    let (white, black) = (mean(WHITE_GUARDS), mean(BLACK_GUARDS));
    if white - black < LEAST_CONTRAST {
        return None;
    }
    decode(&levels.map(|level| level > (white + black) / 2.0))
}

fn row_height(height: usize) -> usize {
    height / HEIGHT_PART
}

fn edge(index: usize, width: usize) -> usize {
    index * width / CELLS
}

/// Mean luma of the middle of a cell, away from its neighbours and from the picture above.
fn middle(luma: &Plane<'_>, index: usize, rows: usize) -> f32 {
    let (from, to) = (edge(index, luma.width), edge(index + 1, luma.width));
    let side = (to - from) / 4;
    let (mut sum, mut count) = (0_u32, 0_u32);
    for row in luma.height - rows * 3 / 4..luma.height - rows / 4 {
        for sample in &luma.data[row * luma.stride..][from + side..to - side] {
            sum += u32::from(*sample);
            count += 1;
        }
    }
    sum as f32 / count.max(1) as f32
}

fn encode(cells: Cells) -> [bool; CELLS] {
    let payload = u64::from(cells.frame) << 32 | u64::from(cells.input);
    let row = HEAD << 76 | u128::from(payload) << 12 | u128::from(check(payload)) << 4 | TAIL;
    std::array::from_fn(|index| row >> (CELLS - 1 - index) & 1 == 1)
}

fn decode(bits: &[bool; CELLS]) -> Option<Cells> {
    let row = bits.iter().fold(0_u128, |row, bit| row << 1 | u128::from(*bit));
    let payload = (row >> 12) as u64;
    let fits = row >> 76 == HEAD && row & 0xf == TAIL && (row >> 4) as u8 == check(payload);
    fits.then_some(Cells { frame: (payload >> 32) as u32, input: payload as u32 })
}

/// CRC-8 with the polynomial x⁸ + x² + x + 1 (0x07), started at 0xff so that an all-black row does not check.
fn check(payload: u64) -> u8 {
    payload
        .to_be_bytes()
        .into_iter()
        .fold(0xff, |crc, byte| (0..8).fold(crc ^ byte, |crc, _| if crc & 0x80 == 0 { crc << 1 } else { crc << 1 ^ 0x07 }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::media::{Size, Tier};
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn every_number_reads_back_at_every_tier(frame: u32, input: u32, tier in 0..3_usize) {
            let mut picture = Picture::black(Tier::ALL[tier].spec().size);
            let cells = Cells { frame, input };
            draw_cells(&mut picture, cells);
            prop_assert_eq!(read_cells(&picture), Some(cells));
        }

        #[test]
        fn one_flipped_cell_is_noticed(frame: u32, input: u32, cell in 0..CELLS) {
            let mut bits = encode(Cells { frame, input });
            bits[cell] = !bits[cell];
            prop_assert_eq!(decode(&bits), None);
        }
    }

    #[test]
    fn pictures_without_cells_read_as_none() {
        let mut picture = Picture::black(Tier::Draft.spec().size);
        assert_eq!(read_cells(&picture), None);
        picture.planes_mut()[0].fill(235);
        assert_eq!(read_cells(&picture), None);
        assert_eq!(read_cells(&Picture::black(Size { width: 3, height: 3 })), None);
    }

    /// The row of frame 1, input 2, as `docs/calibration.md` prints it: 80 cells as 20 hexadecimal digits, white is 1.
    #[test]
    fn the_row_is_the_published_one() {
        let row = encode(Cells { frame: 1, input: 2 }).iter().fold(0_u128, |row, bit| row << 1 | u128::from(*bit));
        assert_eq!(format!("{row:020x}"), "a0000000100000002b75");
    }
}
