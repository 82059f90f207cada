//! What does not fit about a request, and what is worth a word: found before anything is sent, all of it at once.

use std::fmt;

/// Something that the service would refuse. With one of these nothing is sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// The field, in the words of [`Request`](super::request::Request), as in `shots[2].prompt`.
    pub field: String,
    /// What is wrong, with the bound that it breaks.
    pub what: String,
    /// What to do.
    pub fix: String,
}

/// What a user should know about a request that is sent all the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// Of which kind.
    pub kind: NoteKind,
    /// The field, in the words of [`Request`](super::request::Request).
    pub field: String,
    /// What there is to know.
    pub what: String,
}

/// Of which kind a note is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoteKind {
    /// It is left out, or only approximated: the dialect has no word for it (AM-19).
    Loss,
    /// It may be refused, cost more, or not do what it seems to.
    Warning,
}

impl Violation {
    /// A violation with all of its parts.
    pub fn new(field: impl Into<String>, what: impl Into<String>, fix: impl Into<String>) -> Self {
        Self { field: field.into(), what: what.into(), fix: fix.into() }
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}; {}", self.field, self.what, self.fix)
    }
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.field, self.what)
    }
}
