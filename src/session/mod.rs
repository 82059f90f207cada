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
mod keyframes;
mod lease;
mod lease_io;
mod ledger;
mod link;
mod lost;
mod options;
mod outage;
mod own_limits;
mod reading;
#[expect(clippy::module_inception, reason = "the folder is the layer, the file its one state machine")]
mod session;
mod stats;
mod text;
mod timers;
mod watches;
mod wishes;

pub use error::{Failure, Loss, Refusal, RefusalCause, Refused};
pub use event::{Ending, Event};
pub use io::{Command, Hands, Input, Opening, Output, Transmit};
pub use lease::Lease;
pub use lease_io::{
    Bill, LeaseAnswer, LeaseDoubt, LeaseEnd, LeaseFault, LeaseInput, LeaseOptions, LeaseOutput, LeasePatience, LeaseRecord,
    LeaseRequest,
};
pub use link::{Link, ServerOffset};
pub use options::Options;
pub use own_limits::OwnLimits;
pub use session::Session;
pub use stats::Stats;
pub use text::clean;
