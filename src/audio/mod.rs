//! Sound out: a wait-free ring into a device callback, the published position of what is heard, and the small changes of speed
//! that keep it on time. Decides nothing about when: `playout` does.
//!
//! Everything here is interleaved stereo at 48 kHz. [`Feed`] is the body of every callback, that of a sound card and that of
//! the paced stand-in alike; it never allocates, frees, locks or logs.

mod adapt;
mod choice;
mod conceal;
mod device;
mod fade;
mod feed;
mod frames;
mod history;
mod likeness;
mod line;
mod output;
mod pace;
mod position;
mod resample;
mod ring;
mod scale;
mod shared;
mod sinc;
mod skip;
mod stand_in;
mod status;
mod stretch;
mod tape;
mod tempo;

pub use choice::{DeviceChoice, StandIn, Tap};
pub use device::outputs;
pub use feed::Feed;
pub use frames::{CHANNELS, RATE};
pub use output::{Output, open};
pub use pace::{Pace, Wake};
pub use position::Position;
pub use resample::Resample;
pub use ring::{Writer, connect};
pub use scale::Scale;
pub use status::{Status, Underruns};
pub use stretch::Stretch;
