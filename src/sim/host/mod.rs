//! One world's life: a thread that steps its scene by the media clock, renders, encodes, and hands coded units to the stream that is
//! attached. Time stands still, and no CPU is used, while nobody is attached or the world is paused.
//!
//! The desk is where the two sides meet: the server's tasks lay orders on it and never wait; the thread takes them at the next
//! frame boundary. The outlet is the way back, bounded and with sound before pictures. What it takes, and what the client tells of
//! its playback, decides how many pictures are made and how fine they are: the adaptation, clock-free, of use without a world.

mod adaptation;
mod audio_track;
mod commands;
mod decision;
mod desk;
mod flight;
mod ladder;
mod ledger;
mod outlet;
mod pace;
mod run;
mod unit;
mod video_track;

pub use adaptation::Adaptation;
pub use decision::{AdaptationSettings, Cause, Change, Decision, Report, Waiting};
pub use desk::{Desk, DeskFull, Order, Plan, Reply, Snapshot};
pub use flight::Departed;
pub use outlet::{Outgoing, Outlet};
pub use run::spawn;
