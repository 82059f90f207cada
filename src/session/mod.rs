//! The clock-free session of one world: lifecycle, command ledger, packet gate, control, pings. Reads no clock, opens no
//! socket, spawns nothing; `client` drives it with tokio, and anybody may drive it with anything (`examples/sans_io.rs`).

mod error;
mod event;
mod io;
mod link;
mod stats;
mod text;

pub use error::{Failure, Loss, Refused};
pub use event::{Ending, Event};
pub use io::{Command, Hands, Input, Output, Transmit};
pub use link::{Link, ServerOffset};
pub use stats::Stats;
pub use text::clean;
