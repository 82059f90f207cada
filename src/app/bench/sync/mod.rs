//! `seaglass bench sync`: measures the real pipeline, on the layers above virtual time.

mod agreement;
mod command;
mod layer1;
mod layer3;
mod monitor;
mod observed;
mod taps;

pub use command::sync;
