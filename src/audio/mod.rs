//! Sound out: a wait-free ring into a device callback, the published position of what is heard, and the small changes of speed
//! that keep it on time. Decides nothing about when: `playout` does.

mod choice;
mod output;
mod position;
mod stretch;

pub use choice::{DeviceChoice, StandIn, Tap};
pub use output::{CHANNELS, Output, RATE, Writer, open};
pub use position::{Position, Status, Underruns};
pub use stretch::Stretch;
