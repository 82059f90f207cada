//! What the bytes of a file say of it: whether it is a film at all, and whether it was cut off. Reads headers alone, decodes nothing, and
//! knows no network; its neighbour is `download`.

use std::io::{Read, Result, Seek, SeekFrom};

/// Bytes by which a film is told from a page.
pub(super) const HEAD: usize = 12;

/// Boxes that are looked at; a file of more is taken as it is.
const MOST_BOXES: u32 = 65_536;

/// Types of boxes that a file of the MP4 family begins with (ISO/IEC 14496-12, section 6.2.3, and `QuickTime`'s older habits).
const FIRST_BOXES: [&[u8]; 8] = [b"ftyp", b"styp", b"moov", b"moof", b"mdat", b"free", b"skip", b"wide"];

/// The first bytes of Matroska and `WebM` (RFC 8794, section 11.2).
const EBML: &[u8] = &[0x1a, 0x45, 0xdf, 0xa3];

/// The first bytes of gzip (RFC 1952, section 2.3.1).
const GZIP: &[u8] = &[0x1f, 0x8b];

/// Whether a file that begins so is a film, whatever its host calls it.
pub(super) fn is_film(head: &[u8]) -> bool {
    is_mp4(head) || head.starts_with(EBML)
}

/// Whether it is compressed as a whole, as no film is.
pub(super) fn is_packed(head: &[u8]) -> bool {
    head.starts_with(GZIP)
}

/// Whether an MP4 of this length ends within one of its boxes. Each tells its length, so that a file says of itself what a transport
/// without one cannot: that there was more of it (ISO/IEC 14496-12, section 4.2).
pub(super) fn is_cut_off(file: &mut (impl Read + Seek), length: u64) -> Result<bool> {
    let mut at = 0;
    for number in 0..MOST_BOXES {
        if at >= length {
            return Ok(at > length);
        }
        let mut head = Vec::with_capacity(16);
        file.seek(SeekFrom::Start(at))?;
        file.by_ref().take(16).read_to_end(&mut head)?;
        if number == 0 && !is_mp4(&head) {
            return Ok(false);
        }
        let Some(&[a, b, c, d]) = head.first_chunk() else { return Ok(true) };
        let size = match u32::from_be_bytes([a, b, c, d]) {
            // To the end of the file, wherever that is.
            0 => return Ok(false),
            1 => match head.get(8..).and_then(|rest| rest.first_chunk()) {
                Some(&size) => u64::from_be_bytes(size),
                None => return Ok(true),
            },
            size => u64::from(size),
        };
        // No box is shorter than its head: what stands here is none, and not for this to judge.
        if size < 8 {
            return Ok(false);
        }
        at = at.saturating_add(size);
    }
    Ok(false)
}

fn is_mp4(head: &[u8]) -> bool {
    head.get(4..8).is_some_and(|kind| FIRST_BOXES.contains(&kind))
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;

    fn boxed(kind: &[u8], body: usize) -> Vec<u8> {
        let mut bytes = u32::try_from(body + 8).unwrap().to_be_bytes().to_vec();
        bytes.extend_from_slice(kind);
        bytes.resize(body + 8, 7);
        bytes
    }

    fn cut(bytes: &[u8]) -> bool {
        is_cut_off(&mut Cursor::new(bytes), bytes.len() as u64).unwrap()
    }

    #[test]
    fn a_film_is_known_by_its_first_bytes() {
        assert!(is_film(&boxed(b"ftyp", 16)) && is_film(&boxed(b"moov", 16)) && is_film(b"\x1a\x45\xdf\xa3\x93\x42\x82"));
        for other in [&b"<!DOCTYPE html>"[..], b"{\"error\":1}", b"Not found", b"", b"\0\0\0", b"\x1f\x8b\x08\0\0\0\0\0"] {
            assert!(!is_film(other), "{other:?}");
        }
        assert!(is_packed(b"\x1f\x8b\x08\0") && !is_packed(&boxed(b"ftyp", 16)));
    }

    ///
    #[test]
    fn an_mp4_says_of_itself_that_it_was_cut_off() {
        let mut whole = [boxed(b"ftyp", 16), boxed(b"moov", 500), boxed(b"mdat", 3000)].concat();
        assert!(!cut(&whole));
        for length in 1..whole.len() {
            let between = [24, 24 + 508].contains(&length);
            // What is shorter than a type is no MP4 to anybody, and where a box ends exactly nobody can tell.
            assert_eq!(cut(&whole[..length]), !between && length >= 8, "{length}");
        }
        // A length of 64 bits, and one that reaches to the end.
        whole.extend([&[0, 0, 0, 1][..], b"mdat", &32u64.to_be_bytes(), &[0; 16]].concat());
        assert!(!cut(&whole) && cut(&whole[..whole.len() - 1]));
        whole.extend([&[0, 0, 0, 0][..], b"mdat", &[0; 5]].concat());
        assert!(!cut(&whole) && !cut(&whole[..whole.len() - 3]));
        assert!(!cut(b"<html>no film, however short</html>"));
        assert!(!cut(&[&boxed(b"ftyp", 8)[..], &[0, 0, 0, 3, 1, 2, 3, 4, 5]].concat()), "no box at all");
    }
}
