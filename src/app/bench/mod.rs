//! `seaglass bench`: measures playout, in virtual time and on the machine.

mod contestant;
mod course;
mod goals;
mod markdown;
mod output;
mod outside;
mod race;
mod recovery;
mod sim;
#[cfg(all(feature = "player", feature = "server"))]
mod sync;
mod table;

pub use sim::sim;
#[cfg(all(feature = "player", feature = "server"))]
pub use sync::sync;
