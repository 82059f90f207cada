//! `seaglass world`: the worlds of a server, from scripts.

mod budget;
mod command;
mod create;
mod print;
mod reap;
mod script;

#[cfg(all(feature = "player", feature = "server"))]
pub use command::checked;
pub use command::world;
pub use reap::at_start;
