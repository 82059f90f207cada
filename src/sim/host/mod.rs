//! One world's life: a thread that steps its scene by the media clock, renders, encodes, and hands coded units to the stream that is
//! attached. Time stands still, and no CPU is used, while nobody is attached or the world is paused.
//!
//! The desk is where the two sides meet: the server's tasks lay orders on it and never wait; the thread takes them at the next
//! frame boundary. The outlet is the way back, bounded and with sound before pictures. What it takes, and what the client tells of
//! its playback, decides how many pictures are made and how fine they are: the adaptation, clock-free, of use without a world.
//!
//! A hall is another way to live, for load tests: one thread and one pair of encoders for thousands of worlds that all show the same.

mod adaptation;
mod audio_track;
mod bell;
mod commands;
mod decision;
mod desk;
mod flight;
mod frame;
mod guest;
mod hall;
mod ladder;
mod ledger;
mod limits;
mod order;
mod outlet;
mod pace;
mod plan;
mod run;
mod seat;
mod secret;
mod showing;
mod skew;
mod unit;
mod video_track;
mod words;

pub use adaptation::Adaptation;
pub use decision::{AdaptationSettings, Cause, Change, Decision, Report, Waiting};
pub use desk::Desk;
pub use flight::Departed;
pub use hall::{Hall, Show};
pub use order::{DeskFull, Order, Reply, Snapshot};
pub use outlet::{Outgoing, Outlet};
pub use plan::Plan;
pub use run::spawn;
pub use seat::Opening;
pub use secret::same;
pub use showing::open_hall;
