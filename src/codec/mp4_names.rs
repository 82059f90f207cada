//! What the codecs of a file are called, and files of other kinds, for people who are told that they cannot be played.

use shiguredo_mp4::boxes::SampleEntry;
use shiguredo_mp4::{BaseBox as _, BoxType};

/// What a description is called, for people.
pub(super) fn name_of(entry: &SampleEntry) -> String {
    match entry {
        SampleEntry::Hev1(_) | SampleEntry::Hvc1(_) => "H.265 (HEVC)".to_owned(),
        SampleEntry::Vp08(_) => "VP8".to_owned(),
        SampleEntry::Vp09(_) => "VP9".to_owned(),
        SampleEntry::Av01(_) => "AV1".to_owned(),
        other => match other.box_type() {
            BoxType::Normal(name) => {
                name.iter().map(|byte| if byte.is_ascii_graphic() { char::from(*byte) } else { ' ' }).collect()
            }
            BoxType::Uuid(_) => "something unnamed".to_owned(),
        },
    }
}

/// What a file that is no MP4 file begins like, by the bytes that its kind always begins with.
pub(super) fn kind_of(start: &[u8]) -> Option<&'static str> {
    let kinds: [(&[u8], &str); 9] = [
        (b"\x1aE\xdf\xa3", "Matroska or WebM"),
        (b"RIFF", "AVI or WAV"),
        (b"OggS", "Ogg"),
        (b"fLaC", "FLAC"),
        (b"ID3", "MP3"),
        (b"FLV", "Flash video"),
        (b"GIF8", "a GIF"),
        (b"\x89PNG", "a PNG"),
        (b"\xff\xd8\xff", "a JPEG"),
    ];
    let known = kinds.iter().find(|(first, _)| start.starts_with(first)).map(|(_, kind)| *kind);
    let is_text = |byte: &u8| byte.is_ascii_graphic() || byte.is_ascii_whitespace();
    known.or_else(|| (!start.is_empty() && start.iter().all(is_text)).then_some("text"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_of_other_kinds_are_called_by_their_names() {
        for (start, kind) in [
            (&b"\x1aE\xdf\xa3\x01\0\0\0"[..], Some("Matroska or WebM")),
            (b"ID3\x04\0\0\0\0", Some("MP3")),
            (b"<html>404 not fo", Some("text")),
            (b"\0\0\0\0\0\0\0\0", None),
            (b"", None),
        ] {
            assert_eq!(kind_of(start), kind);
        }
    }
}
