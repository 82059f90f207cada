//! Failures of playing, in the words of the program.

use std::io::ErrorKind;

use crate::app::errors::{Exit, Failure};
use crate::codec::CodecError;
use crate::reel::ReelError;

/// A clip that cannot be opened or read.
pub(super) fn of_clip(error: &CodecError) -> Failure {
    let what = "the clip cannot be played";
    match error {
        CodecError::File { path, source } => {
            let fix = match source.kind() {
                ErrorKind::IsADirectory => "name an MP4 file in it",
                ErrorKind::NotSeekable => "name an MP4 file; what comes through a pipe is to be saved first",
                _ => "check the name, and that the file may be read",
            };
            Failure::new("file", Exit::Usage, format!("the clip {} cannot be read", path.display()), source, fix)
        }
        CodecError::Unsupported { what: missing, .. } => Failure::new(
            "clip",
            Exit::Unexpected,
            what,
            format!("{missing} cannot be decoded here"),
            "convert it: ffmpeg -i IN -c:v libx264 -pix_fmt yuv420p -c:a aac OUT.mp4",
        ),
        CodecError::BadFile { path, what: why } => Failure::new(
            "clip",
            Exit::Unexpected,
            what,
            format!("{} is no whole MP4 file: {why}", path.display()),
            "see that it is a whole MP4 file: `seaglass job download` fetches a job's clip again, and a file of another kind is \
             converted by ffmpeg -i IN -c:v libx264 -pix_fmt yuv420p -c:a aac OUT.mp4",
        ),
        other => Failure::new("clip", Exit::Unexpected, what, other, "see that it is a whole MP4 file"),
    }
}

/// A reel that cannot start.
pub(super) fn of_reel(error: &ReelError) -> Failure {
    match error {
        ReelError::File(error) => of_clip(error),
        other => Failure::new("player", Exit::Unexpected, "the clip cannot be played", other, "close other programs"),
    }
}

/// A clip of which no picture could be decoded.
pub(super) fn of_pictures(damaged: u64) -> Failure {
    let why = format!("{damaged} pictures are damaged, or depend on one that is, and none is left");
    Failure::new("clip", Exit::Unexpected, "the clip cannot be played", why, "download or record it again")
}

/// Tells the user that pictures are missing in what was shown.
pub(super) fn say_left_out(damaged: u64) {
    if damaged > 0 {
        eprintln!("seaglass: {damaged} pictures could not be decoded and are left out");
    }
}
