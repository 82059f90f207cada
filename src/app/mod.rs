//! The commands of the program: the one place where the wings meet. One file, or one folder, per command.

// First: what it lays over `println!` holds in the modules that come after it.
#[macro_use]
mod lines;

mod args;
mod auth;
mod backend;
mod bench;
mod check;
mod config;
#[cfg(feature = "player")]
mod display;
mod doctor;
mod errors;
mod explain;
mod job;
mod key;
mod keystore;
mod print;
mod profile;
mod program;
mod project;
#[cfg(all(feature = "player", feature = "server"))]
mod refresh;
mod remote;
mod scenario;
#[cfg(feature = "server")]
mod serve;
mod signals;
mod sound;
mod typed;
mod world;

#[cfg(all(feature = "player", feature = "server"))]
pub mod explore;
#[cfg(all(feature = "player", feature = "server"))]
mod play;

pub use errors::{Exit, Failure};
pub use program::main;
pub use signals::Stop;
