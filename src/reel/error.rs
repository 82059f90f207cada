//! What can go wrong with a reel; the one error of this folder.

use std::io;

use crate::codec::CodecError;

/// Why a reel could not start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReelError {
    /// The file cannot be played.
    #[error(transparent)]
    File(#[from] CodecError),
    /// Its thread could not be started.
    #[error(
        "cannot start the thread that reads the clip: {0}; the system is out of threads or memory, close other programs"
    )]
    Thread(io::Error),
}
