//! `seaglass bench`: measures playout, in virtual time and on the machine.

mod command;
mod contestant;
mod course;
mod output;
mod race;
mod sim;
mod table;

pub use command::bench;
