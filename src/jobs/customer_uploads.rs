//! Files of hh-customer: which types and sizes it takes, and how an upload is announced (HC-3 to HC-8). Reads no file.

use serde_json::{Map, Value, json};

use super::request::{LocalFile, MediaKind};
use super::text::quoted;
use super::violation::{Note, NoteKind, Violation};

/// What is taken of a kind of file.
struct Limits {
    types: &'static [&'static str],
    /// As the document writes it; whether of 10^6 or 2^20 bytes each it does not say.
    megabytes: u64,
    /// What keys of this kind begin with in the document's examples.
    prefix: &'static str,
}

const fn limits(kind: MediaKind) -> Limits {
    match kind {
        MediaKind::Image => {
            Limits { types: &["image/png", "image/jpeg", "image/webp"], megabytes: 10, prefix: "videos/inputs/" }
        }
        MediaKind::Video => Limits {
            types: &["video/mp4", "video/quicktime", "video/webm"],
            megabytes: 50,
            prefix: "videos/reference-video/",
        },
        MediaKind::Audio => Limits {
            types: &["audio/mpeg", "audio/mp3", "audio/wav", "audio/webm"],
            megabytes: 15,
            prefix: "videos/reference-audio/",
        },
    }
}

/// What keys of this kind begin with in the document's examples (HC-8).
pub(super) const fn prefix(kind: MediaKind) -> &'static str {
    limits(kind).prefix
}

/// Everything that is taken, in a sentence.
pub(super) fn accepted() -> String {
    let all = [MediaKind::Image, MediaKind::Video, MediaKind::Audio].map(|kind| limits(kind).types.join(", "));
    format!("accepted are {}", all.join(", "))
}

/// The body that announces an upload, with the file's exact size.
pub(super) fn presign(kind: MediaKind, file: &LocalFile) -> Map<String, Value> {
    let mut body = Map::new();
    body.insert("kind".to_owned(), json!(kind.name()));
    body.insert("contentType".to_owned(), json!(file.media_type));
    body.insert("sizeBytes".to_owned(), json!(file.bytes));
    body
}

/// Everything that speaks against this file. Sizes up to the smaller meaning of MB pass silently, those above the larger are refused,
/// and those between are tried with a warning (AM-16).
pub(super) fn check(field: &str, kind: MediaKind, file: &LocalFile) -> (Vec<Violation>, Vec<Note>) {
    let mut violations = Vec::new();
    let mut notes = Vec::new();
    let limits = limits(kind);
    let (name, list) = (kind.name(), limits.types.join(", "));
    if file.media_type.is_empty() {
        let what = format!("nobody can tell what {} is", file.path.display());
        violations.push(Violation::new(field, what, format!("give a file that is one of {list}")));
    } else if !limits.types.contains(&file.media_type.as_str()) {
        let fix = if kind == MediaKind::Audio && file.media_type == "audio/mp4" {
            "convert it first, as in `ffmpeg -i in.m4a out.mp3`".to_owned()
        } else {
            format!("convert it to one of {list}")
        };
        violations.push(Violation::new(field, format!("{} is not taken as {name}", quoted(&file.media_type)), fix));
    }
    let (decimal, binary) = (limits.megabytes * 1_000_000, limits.megabytes << 20);
    if file.bytes == 0 {
        violations.push(Violation::new(
            field,
            format!("{} is empty", file.path.display()),
            "give a file with something in it",
        ));
    } else if file.bytes > binary {
        let what = format!("{} bytes, and {} MB ({binary} bytes) are the most for {name}", file.bytes, limits.megabytes);
        violations.push(Violation::new(field, what, "make the file smaller"));
    } else if file.bytes > decimal {
        let what = format!(
            "{} bytes are above {} MB of 10^6 bytes and below those of 2^20: the document does not say which it means, so the service may \
             refuse",
            file.bytes, limits.megabytes
        );
        notes.push(Note { kind: NoteKind::Warning, field: field.to_owned(), what });
    }
    (violations, notes)
}
