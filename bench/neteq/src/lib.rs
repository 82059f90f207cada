//! The `neteq` crate as a peer of seaglass's laboratory: the real program on the same arrivals, in virtual time. In a package of
//! its own, so that the product does not carry what it depends on.

mod peer;
mod shadow;
mod signal;

pub use peer::{Own, Peer, unfit};
