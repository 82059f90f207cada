//! What can be wrong with bytes from a peer.

/// A message that does not fit the protocol: what is wrong and where.
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
    #[error("protocol version {found} where this side speaks {}", super::VERSION)]
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
    /// Text that is no JSON of the expected shape.
    #[error("control message does not parse: {0}")]
    Json(String),
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
