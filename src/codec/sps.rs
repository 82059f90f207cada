//! What a sequence parameter set says about fields (ITU-T H.264 §7.3.2.1.1): whether pictures are coded line by line in turns. Reads
//! so far and no further.

/// Profiles whose sets tell of chroma and scaling lists.
const HIGH: [u32; 13] = [100, 110, 122, 244, 44, 83, 86, 118, 128, 138, 139, 134, 135];

/// Whether the pictures of a set, a whole unit with its header, may be coded as fields; `None` for one that ends too early.
pub(super) fn is_interlaced(unit: &[u8]) -> Option<bool> {
    // A zero byte pair is kept from looking like a start code by a 3 behind it, which is no data (§7.4.1).
    let mut data = Vec::with_capacity(unit.len());
    for (place, byte) in unit.iter().enumerate().skip(1) {
        if *byte != 3 || !unit[..place].ends_with(&[0, 0]) {
            data.push(*byte);
        }
    }
    let mut bits = Bits { data: &data, at: 0 };
    let profile = bits.read(8)?;
    bits.read(16)?;
    bits.unsigned()?;
    if HIGH.contains(&profile) {
        let chroma = bits.unsigned()?;
        if chroma == 3 {
            bits.read(1)?;
        }
        bits.unsigned()?;
        bits.unsigned()?;
        bits.read(1)?;
        if bits.read(1)? == 1 {
            for list in 0..if chroma == 3 { 12 } else { 8 } {
                if bits.read(1)? == 1 {
                    skip_list(&mut bits, if list < 6 { 16 } else { 64 })?;
                }
            }
        }
    }
    bits.unsigned()?;
    match bits.unsigned()? {
        0 => {
            bits.unsigned()?;
        }
        1 => {
            bits.read(1)?;
            bits.unsigned()?;
            bits.unsigned()?;
            for _ in 0..bits.unsigned()?.min(255) {
                bits.unsigned()?;
            }
        }
        _ => {}
    }
    bits.unsigned()?;
    bits.read(1)?;
    bits.unsigned()?;
    bits.unsigned()?;
    Some(bits.read(1)? == 0)
}

fn skip_list(bits: &mut Bits<'_>, size: usize) -> Option<()> {
    let (mut last, mut next) = (8_i64, 8_i64);
    for _ in 0..size {
        if next != 0 {
            let code = i64::from(bits.unsigned()?);
            let delta = if code % 2 == 1 { (code + 1) / 2 } else { -(code / 2) };
            next = (last + delta + 256).rem_euclid(256);
        }
        if next != 0 {
            last = next;
        }
    }
    Some(())
}

struct Bits<'a> {
    data: &'a [u8],
    at: usize,
}

impl Bits<'_> {
    fn read(&mut self, count: usize) -> Option<u32> {
        (0..count).try_fold(0, |value, _| {
            let bit = self.data.get(self.at / 8)? >> (7 - self.at % 8) & 1;
            self.at += 1;
            Some(value << 1 | u32::from(bit))
        })
    }

    /// An Exp-Golomb code (§9.1), also for a signed one, whose sign is in the last bit.
    fn unsigned(&mut self) -> Option<u32> {
        let mut zeros = 0;
        while self.read(1)? == 0 {
            zeros += 1;
            if zeros > 31 {
                return None;
            }
        }
        Some(((1_u64 << zeros) as u32 - 1).wrapping_add(self.read(zeros)?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// High profile, 320x240, as x264 writes it.
    const PROGRESSIVE: [u8; 25] = [
        0x67, 0x64, 0x00, 0x0d, 0xac, 0xd9, 0x41, 0x41, 0xfb, 0x01, 0x10, 0x00, 0x00, 0x03, 0x00, 0x10, 0x00, 0x00, 0x03,
        0x03, 0x20, 0xf1, 0x42, 0x99, 0x60,
    ];
    /// The same with fields.
    const INTERLACED: [u8; 26] = [
        0x67, 0x64, 0x00, 0x15, 0xac, 0xd9, 0x41, 0x41, 0x0f, 0xcb, 0x80, 0x88, 0x00, 0x00, 0x03, 0x00, 0x08, 0x00, 0x00,
        0x03, 0x01, 0x90, 0xf8, 0xa1, 0x4c, 0xb0,
    ];

    #[test]
    fn sets_of_progressive_and_of_interlaced_pictures_are_told_apart_and_half_a_set_tells_nothing() {
        assert_eq!(is_interlaced(&PROGRESSIVE), Some(false));
        assert_eq!(is_interlaced(&INTERLACED), Some(true));
        for length in 0..8 {
            assert_eq!(is_interlaced(&PROGRESSIVE[..length]), None, "{length} bytes");
        }
    }
}
