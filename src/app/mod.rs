//! The commands of the program: the one place where the wings meet. One file, or one folder, per command.

mod args;
mod bench;
mod config;
mod doctor;
mod errors;
mod explain;
mod key;
mod program;
mod remote;
#[cfg(all(feature = "player", feature = "server"))]
mod scenario;
#[cfg(feature = "server")]
mod serve;
#[cfg(all(feature = "player", feature = "server"))]
mod signals;
mod world;

#[cfg(all(feature = "player", feature = "server"))]
pub mod explore;

pub use errors::{Exit, Failure};
pub use program::main;
#[cfg(all(feature = "player", feature = "server"))]
pub use signals::Stop;
