//! What can go wrong with the books.

use std::path::{Path, PathBuf};

/// The books cannot be read or written.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BooksError {
    /// A file or folder.
    #[error("{path:?} cannot be used for the books: {why}")]
    File {
        /// Which.
        path: PathBuf,
        /// The system's words.
        why: String,
    },
    /// The database.
    #[error("the books cannot be {doing}: {why}")]
    Database {
        /// What was tried.
        doing: &'static str,
        /// The database's words.
        why: String,
    },
    /// Another program wrote them.
    #[error(
        "the books in {path:?} have version {found}, and this program knows {known}: update seaglass, or name other books"
    )]
    Newer {
        /// Where.
        path: PathBuf,
        /// Their version.
        found: i64,
        /// Ours.
        known: i64,
    },
}

impl BooksError {
    pub(super) fn file(path: &Path, error: &std::io::Error) -> Self {
        Self::File { path: path.to_owned(), why: error.to_string() }
    }

    pub(super) fn database(doing: &'static str) -> impl Fn(rusqlite::Error) -> Self {
        move |error| Self::Database { doing, why: error.to_string() }
    }
}
