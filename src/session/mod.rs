//! The clock-free session of one world: lifecycle, command ledger, packet gate, control, pings. Reads no clock, opens no
//! socket, spawns nothing; `client` drives it with tokio, and anybody may drive it with anything (`examples/sans_io.rs`).

mod cleaning;
mod controls;
mod error;
mod event;
mod garbage;
mod gate;
mod intake;
mod io;
mod ledger;
mod link;
#[expect(clippy::module_inception, reason = "the folder is the layer, the file its one state machine")]
mod session;
mod stats;
mod text;
mod timers;

pub use error::{Failure, Loss, Refused};
pub use event::{Ending, Event};
pub use io::{Command, Hands, Input, Output, Transmit};
pub use link::{Link, ServerOffset};
pub use session::Session;
pub use stats::Stats;
pub use text::clean;
