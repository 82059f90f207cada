//! What can go wrong between bytes and media; the one error of this folder.

use std::io;
use std::path::PathBuf;

use crate::media::MediaDelta;

/// Why a codec or a media file refused.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CodecError {
    /// The payload does not follow its format. Video: nothing decodes until the next keyframe.
    #[error("damaged {codec} data: {what}; it is dropped{}", if *.codec == "h264" { ", ask for a keyframe" } else { "" })]
    Corrupt {
        /// The codec's wire name.
        codec: &'static str,
        /// What the decoder says.
        what: String,
    },
    /// The packet depends on one that was lost or refused; a keyframe ends this state.
    #[error("this {codec} packet depends on one that was lost or damaged; ask for a keyframe")]
    NoReference {
        /// The codec's wire name.
        codec: &'static str,
    },
    /// The packet's format is not this decoder's.
    #[error("a {codec} decoder was given a packet of another format; open a decoder for that one")]
    WrongFormat {
        /// The decoder's codec.
        codec: &'static str,
    },
    /// The format is valid and outside what is built here.
    #[error("{codec} with {what} is not supported; ask the server for another format")]
    Unsupported {
        /// The codec's wire name.
        codec: &'static str,
        /// The feature that is missing.
        what: String,
    },
    /// A sample for a file whose time is not behind the last one's.
    #[error("{codec} at {at} does not lie behind what is recorded already; it is left out")]
    OutOfOrder {
        /// The codec's wire name.
        codec: &'static str,
        /// The time that was given.
        at: MediaDelta,
    },
    /// A codec could not be set up.
    #[error("the {codec} codec cannot be set up: {what}")]
    Setup {
        /// The codec's wire name.
        codec: &'static str,
        /// What it says.
        what: String,
    },
    /// A media file could not be read or written.
    #[error("{path}: {source}; check that the folder exists, is writable and has room")]
    File {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// A media file is not what it should be.
    #[error("{path}: not a readable MP4 file: {what}")]
    BadFile {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        what: String,
    },
}
