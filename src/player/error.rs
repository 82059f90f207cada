//! What can go wrong when a player starts; the one error of this folder. What goes wrong later is a notice, since playback goes on.

use std::io;

/// Why a player could not start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PlayerError {
    /// A worker thread could not be started.
    #[error("cannot start the {name} thread: {source}; the system is out of threads or memory, close other programs")]
    Thread {
        /// What the thread was to do.
        name: &'static str,
        /// What the system says.
        source: io::Error,
    },
}
