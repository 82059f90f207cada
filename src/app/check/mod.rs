//! `seaglass check`: holds a world server to the profile, case by case, and leaves no world behind. `docs/conformance.md` lists the
//! cases. Its own client is thin on purpose: it must say what no client would.

mod auth;
mod carrier;
mod case;
mod cmd;
mod command;
mod create;
#[cfg(feature = "server")]
mod decoding;
#[cfg(feature = "server")]
mod embedded;
mod events;
mod facts;
mod flow;
mod junit;
mod life;
mod limit;
mod output;
mod probe;
mod quality;
mod reconn;
mod registry;
mod report;
mod robust;
mod run;
mod stream;
mod survey;
mod sync;
mod tape;
mod target;
mod text;
mod verdict;
mod worlds;

pub use command::check;
