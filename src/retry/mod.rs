//! When something is tried again. Clock-free, and imports nothing: worlds and clips wait alike.

mod backoff;

pub use backoff::Backoff;
