//! `seaglass job`: clips from the three services, from estimate to file.

mod account;
mod board;
mod command;
mod desk;
mod draft;
mod drive;
mod elements;
mod failure;
mod fetch;
mod file;
mod follow;
mod inputs;
mod look;
mod refused;
mod report;
mod request;
mod screen;
mod service;
mod settle;
mod sniff;
mod submit;
mod target;
mod text;
mod texts;
mod wait;

pub use command::job;
#[cfg(all(feature = "player", feature = "server"))]
pub use file::file_of;
pub use refused::{refused, settled};
