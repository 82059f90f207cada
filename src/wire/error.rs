//! What can be wrong with bytes from a peer. Neighbours: every parser of this folder returns it; nothing here parses.

/// A message that does not fit the protocol: what is wrong and where.
///
/// Words of the peer that stand in it are untrusted; they are shortened, and control characters are replaced.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WireError {
    /// Fewer bytes than the structure needs.
    #[error("{what} is truncated: {have} bytes where {need} are needed")]
    Truncated {
        /// The structure.
        what: &'static str,
        /// Bytes there.
        have: usize,
        /// Bytes needed.
        need: usize,
    },
    /// The binary message does not begin with the envelope's magic.
    #[error("binary message is no media envelope: it begins with {found:#06x}")]
    Magic {
        /// The first two bytes, little endian.
        found: u16,
    },
    /// The peer speaks another version.
    #[error("protocol version {found} where this side speaks {}", super::bounds::VERSION)]
    Version {
        /// The peer's version.
        found: u8,
    },
    /// A value outside its range.
    #[error("{field} is {value}, outside {range}")]
    Range {
        /// The field.
        field: &'static str,
        /// Its value.
        value: i128,
        /// What it may be, in words.
        range: &'static str,
    },
    /// A bound on size or count is broken.
    #[error("{what} is {have}, more than the {most} allowed")]
    TooLarge {
        /// What is too large.
        what: &'static str,
        /// How large.
        have: usize,
        /// The bound.
        most: usize,
    },
    /// Text that is no JSON object.
    #[error("control message does not parse: {0}")]
    Json(String),
    /// A JSON object that does not say which message it is.
    #[error("{what} has no `{tag}`, which must be a string that names it")]
    Untagged {
        /// The kind of object.
        what: &'static str,
        /// The member that names it.
        tag: &'static str,
    },
    /// A message of a known type in which a field is missing, of the wrong type, or outside its bounds.
    #[error("{message}{}{field}: {problem}", if field.is_empty() { "" } else { "." })]
    Field {
        /// The message's type, or the direction's.
        message: String,
        /// Path of the field; empty where the fault is not in one field.
        field: String,
        /// What is wrong with it.
        problem: String,
    },
    /// An identifier with characters it may not have.
    #[error("{what} may hold 1 to {most} characters of {allowed}")]
    Identifier {
        /// Which identifier.
        what: &'static str,
        /// Longest length.
        most: usize,
        /// Allowed characters, in words.
        allowed: &'static str,
    },
}

/// The words of an error that may quote a peer: at most 200 characters, without control characters.
pub(super) fn quotable(error: &impl ToString) -> String {
    let words = error.to_string();
    let calm = |c: char| if c.is_control() { '\u{FFFD}' } else { c };
    let mut short: String = words.chars().take(200).map(calm).collect();
    if words.chars().nth(200).is_some() {
        short.push('…');
    }
    short
}
