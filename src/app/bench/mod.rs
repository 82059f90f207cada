//! `seaglass bench`: measures a world server from its users' side, and playout in virtual time and on the machine.

mod compare;
mod contestant;
mod course;
#[cfg(all(feature = "player", feature = "server"))]
mod ear;
#[cfg(all(feature = "player", feature = "server"))]
mod eyes;
mod goals;
mod markdown;
mod merge;
mod output;
mod outputs;
mod outside;
mod race;
mod recovery;
mod report;
mod run;
mod saved;
mod sim;
#[cfg(all(feature = "player", feature = "server"))]
mod sync;
mod table;

pub use compare::compare;
pub use merge::merge;
pub use report::report;
pub use run::run;
pub use sim::sim;
#[cfg(all(feature = "player", feature = "server"))]
pub use sync::sync;
