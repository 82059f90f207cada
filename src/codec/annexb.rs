//! Reads H.264 Annex B byte streams: where the units lie, of what type they are, and how large the pictures will be. Decodes
//! nothing and copies nothing. (ITU-T H.264 §7.3.1, annex B.)

use shiguredo_mp4::bitstream::h264::parse_sps;

use super::error::CodecError;
use super::limits::check_size;
use super::sps::is_interlaced;
use crate::media::{Size, VideoCodec};

pub(super) const IDR: u8 = 5;
pub(super) const SPS: u8 = 7;
pub(super) const PPS: u8 = 8;

/// The network abstraction units of a byte stream, start codes and padding zeros taken off.
#[derive(Clone, Debug)]
pub(super) struct Units<'a> {
    rest: Option<&'a [u8]>,
}

/// What an access unit holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Contents {
    /// A slice of an IDR picture.
    pub(super) idr: bool,
    /// A slice of any picture.
    pub(super) picture: bool,
}

/// The units of `stream`; bytes before the first start code are skipped.
pub(super) fn units(stream: &[u8]) -> Units<'_> {
    Units { rest: find_start_code(stream, 0).map(|(_, body)| &stream[body..]) }
}

/// The unit's `nal_unit_type`; 0, which H.264 leaves unspecified, for an empty unit.
pub(super) fn unit_type(unit: &[u8]) -> u8 {
    unit.first().map_or(0, |header| header & 0x1f)
}

/// Looks through an access unit and refuses pictures that are larger or coded otherwise than a player takes.
pub(super) fn inspect(stream: &[u8]) -> Result<Contents, CodecError> {
    let codec = VideoCodec::H264.name();
    let mut contents = Contents::default();
    for unit in units(stream) {
        match unit_type(unit) {
            IDR => contents = Contents { idr: true, picture: true },
            1..=4 => contents.picture = true,
            SPS => {
                let sps = parse_sps(unit)
                    .map_err(|error| CodecError::Corrupt { codec, what: format!("sequence parameters: {error}") })?;
                check_size(codec, Size { width: sps.width.into(), height: sps.height.into() })?;
                if sps.chroma_format_idc != 1 || sps.bit_depth_luma_minus8 != 0 || sps.bit_depth_chroma_minus8 != 0 {
                    return Err(CodecError::Unsupported { codec, what: "other samples than 8-bit 4:2:0".into() });
                }
                if is_interlaced(unit) == Some(true) {
                    return Err(CodecError::Unsupported { codec, what: "interlaced pictures".into() });
                }
            }
            _ => {}
        }
    }
    Ok(contents)
}

/// Whether a decoder that has seen nothing can begin with an access unit.
#[must_use]
pub fn begins_decoding(unit: &[u8]) -> bool {
    units(unit).any(|unit| unit_type(unit) == IDR)
}

/// Whether other pictures may be decoded from that of an access unit (ITU-T H.264 §7.4.1, `nal_ref_idc`).
#[must_use]
pub fn helps_decoding(unit: &[u8]) -> bool {
    let is_slice = |unit: &&[u8]| matches!(unit_type(unit), 1..=5);
    let mut slices = units(unit).filter(is_slice).peekable();
    slices.peek().is_none() || slices.any(|slice| slice[0] & 0x60 != 0)
}

impl<'a> Iterator for Units<'a> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<&'a [u8]> {
        loop {
            let rest = self.rest.take()?;
            let unit = match find_start_code(rest, 0) {
                Some((code, body)) => {
                    self.rest = Some(&rest[body..]);
                    &rest[..code]
                }
                None => rest,
            };
            // Zeros after a unit are padding or the long form of the next start code: a unit itself never ends in one.
            let end = unit.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1);
            if end > 0 {
                return Some(&unit[..end]);
            }
        }
    }
}

/// The next `00 00 01` at or after `from`: where it begins and where its unit begins.
fn find_start_code(bytes: &[u8], from: usize) -> Option<(usize, usize)> {
    let mut at = from + 2;
    while let Some(&third) = bytes.get(at) {
        match third {
            // Neither this nor the two before can be the 1 of a start code that includes this byte.
            2.. => at += 3,
            1 if bytes[at - 1] == 0 && bytes[at - 2] == 0 => return Some((at - 2, at + 1)),
            1 => at += 3,
            _ => at += 1,
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_are_found_behind_short_and_long_start_codes() {
        let stream = [9, 0, 0, 1, 0x67, 1, 0, 0, 0, 1, 0x68, 2, 3, 0, 0, 1, 0x65, 0, 1];
        let found: Vec<&[u8]> = units(&stream).collect();
        assert_eq!(found, [&[0x67, 1][..], &[0x68, 2, 3], &[0x65, 0, 1]]);
        assert_eq!(found.iter().map(|unit| unit_type(unit)).collect::<Vec<_>>(), [SPS, PPS, IDR]);
    }

    #[test]
    fn empty_units_and_streams_without_start_codes_yield_nothing() {
        assert_eq!(units(&[]).count(), 0);
        assert_eq!(units(&[1, 2, 3, 4, 5]).count(), 0);
        assert_eq!(units(&[0, 0, 1, 0, 0, 1, 0, 0, 0, 1]).count(), 0);
    }

    proptest::proptest! {
        #[test]
        fn the_search_agrees_with_looking_at_every_byte(bytes in proptest::collection::vec(0_u8..4, 0..80)) {
            let slow = bytes.windows(3).position(|window| window == [0, 0, 1]);
            proptest::prop_assert_eq!(find_start_code(&bytes, 0).map(|(code, _)| code), slow);
        }
    }
}
