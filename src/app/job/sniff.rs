//! What a file is, by its first bytes; by its name where those say nothing. A service is told the media type that a file has, not
//! the one that its name hopes for. Arithmetic on bytes: opens no file.

use crate::jobs::MediaKind;

/// How many of the first bytes are looked at.
pub const LOOKED_AT: usize = 512;

/// The media type (IANA's registry); empty where nobody can tell. Containers hold both pictures and sound, so what the file is for
/// decides between their types.
pub fn media_type(head: &[u8], extension: &str, wanted: Option<MediaKind>) -> &'static str {
    let extension = extension.to_ascii_lowercase();
    let of_bytes = by_bytes(head, &extension, wanted);
    if of_bytes.is_empty() { by_name(&extension, wanted) } else { of_bytes }
}

/// What a file counts as where nobody says: by its media type.
pub fn kind(media_type: &str) -> Option<MediaKind> {
    match media_type.split_once('/')?.0 {
        "image" => Some(MediaKind::Image),
        "video" => Some(MediaKind::Video),
        "audio" => Some(MediaKind::Audio),
        _ => None,
    }
}

fn by_bytes(head: &[u8], extension: &str, wanted: Option<MediaKind>) -> &'static str {
    let sound = wanted == Some(MediaKind::Audio);
    match head {
        // PNG (ISO/IEC 15948), section 5.2.
        [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1a, b'\n', ..] => "image/png",
        // JPEG: SOI, and the marker after it (ITU-T T.81, B.1.1.3).
        [0xff, 0xd8, 0xff, ..] => "image/jpeg",
        [b'G', b'I', b'F', b'8', ..] => "image/gif",
        [b'B', b'M', ..] if extension == "bmp" => "image/bmp",
        [b'I', b'I', 0x2a, 0, ..] | [b'M', b'M', 0, 0x2a, ..] => "image/tiff",
        // RIFF: what it holds stands after its length.
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => "image/webp",
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'A', b'V', b'E', ..] => "audio/wav",
        [b'R', b'I', b'F', b'F', _, _, _, _, b'A', b'V', b'I', b' ', ..] => "video/x-msvideo",
        // ISO base media (ISO/IEC 14496-12, 4.3): the major brand.
        [_, _, _, _, b'f', b't', b'y', b'p', brand @ ..] => iso(brand.get(..4).unwrap_or_default(), extension, sound),
        // QuickTime files from before brands begin with the boxes themselves.
        [_, _, _, _, b'm', b'o', b'o', b'v', ..] | [_, _, _, _, b'm', b'd', b'a', b't', ..] => "video/quicktime",
        // EBML (RFC 8794): the document's type is a text soon after.
        [0x1a, 0x45, 0xdf, 0xa3, rest @ ..] => match holds(rest, b"webm") {
            true if sound => "audio/webm",
            true => "video/webm",
            false => "video/x-matroska",
        },
        [b'O', b'g', b'g', b'S', ..] => {
            if sound || extension != "ogv" {
                "audio/ogg"
            } else {
                "video/ogg"
            }
        }
        [b'f', b'L', b'a', b'C', ..] => "audio/flac",
        [b'F', b'O', b'R', b'M', _, _, _, _, b'A', b'I', b'F', ..] => "audio/aiff",
        [b'I', b'D', b'3', ..] => "audio/mpeg",
        // A frame of MPEG audio: eleven bits set, then version and layer (ISO/IEC 11172-3, 2.4.1.3); layer 0 is AAC's ADTS.
        [0xff, second, ..] if second & 0xf6 == 0xf0 => "audio/aac",
        // Layers II and III: what claims to be layer I is rather a text in UTF-16.
        [0xff, second, ..] if second & 0xe0 == 0xe0 && matches!(second & 0x06, 2 | 4) && second & 0x18 != 0x08 => {
            "audio/mpeg"
        }
        _ => "",
    }
}

fn iso(brand: &[u8], extension: &str, sound: bool) -> &'static str {
    match brand {
        b"qt  " => "video/quicktime",
        b"M4A " | b"M4B " | b"M4P " => "audio/mp4",
        b"avif" | b"avis" => "image/avif",
        b"heic" | b"heix" | b"mif1" | b"msf1" => "image/heic",
        _ if sound || extension == "m4a" => "audio/mp4",
        _ => "video/mp4",
    }
}

fn holds(bytes: &[u8], word: &[u8]) -> bool {
    bytes.get(..bytes.len().min(64)).unwrap_or_default().windows(word.len()).any(|part| part == word)
}

fn by_name(extension: &str, wanted: Option<MediaKind>) -> &'static str {
    match extension {
        "png" => "image/png",
        "jpg" | "jpeg" => "image/jpeg",
        "webp" => "image/webp",
        "gif" => "image/gif",
        "mp4" | "m4v" => "video/mp4",
        "mov" => "video/quicktime",
        "webm" if wanted == Some(MediaKind::Audio) => "audio/webm",
        "webm" => "video/webm",
        "mp3" => "audio/mpeg",
        "wav" => "audio/wav",
        "m4a" => "audio/mp4",
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// HC-4, HC-5, HC-6
    #[test]
    fn the_first_bytes_say_what_a_file_is() {
        let webm = [&[0x1a, 0x45, 0xdf, 0xa3, 0x9f, 0x42, 0x86, 0x81, 1, 0x42, 0x82, 0x84][..], b"webm"].concat();
        let mkv = [&[0x1a, 0x45, 0xdf, 0xa3, 0xa3, 0x42, 0x82, 0x88][..], b"matroska"].concat();
        for (head, wanted, expected) in [
            (&b"\x89PNG\r\n\x1a\n\0\0"[..], None, "image/png"),
            (b"\xff\xd8\xff\xe0\0\x10JFIF", None, "image/jpeg"),
            (b"RIFF\x10\0\0\0WEBPVP8 ", None, "image/webp"),
            (b"RIFF\x10\0\0\0WAVEfmt ", None, "audio/wav"),
            (b"\0\0\0\x18ftypisom\0\0\0\0", None, "video/mp4"),
            (b"\0\0\0\x18ftypisom\0\0\0\0", Some(MediaKind::Audio), "audio/mp4"),
            (b"\0\0\0\x18ftypM4A \0\0\0\0", None, "audio/mp4"),
            (b"\0\0\0\x14ftypqt  ", None, "video/quicktime"),
            (b"ID3\x04\0", None, "audio/mpeg"),
            (b"\xff\xfb\x90\x64", None, "audio/mpeg"),
            (b"\xff\xf1\x50\x80", None, "audio/aac"),
            (&webm, None, "video/webm"),
            (&webm, Some(MediaKind::Audio), "audio/webm"),
            (&mkv, None, "video/x-matroska"),
            (b"plain words", None, ""),
            (b"", None, ""),
        ] {
            assert_eq!(media_type(head, "", wanted), expected, "{head:?} as {wanted:?}");
        }
    }

    #[test]
    fn a_name_speaks_only_where_the_bytes_say_nothing() {
        assert_eq!(media_type(b"\xff\xd8\xff\xe0", "png", None), "image/jpeg");
        assert_eq!(media_type(b"????", "MP3", None), "audio/mpeg");
        assert_eq!(media_type(b"????", "webm", Some(MediaKind::Audio)), "audio/webm");
        assert_eq!(media_type(b"????", "txt", None), "");
    }

    #[test]
    fn a_media_type_says_what_a_file_counts_as() {
        assert_eq!(kind("image/png"), Some(MediaKind::Image));
        assert_eq!(kind("audio/mpeg"), Some(MediaKind::Audio));
        assert_eq!(kind(""), None);
    }
}
