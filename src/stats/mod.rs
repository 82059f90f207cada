//! What was measured: the stages that a frame and a command went through, bounded storage for them, percentiles over a run and over
//! the last while. Reads no clock and invents nothing: a stage that nobody stamped is unknown, never zero.

mod command;
mod frame;
mod percentiles;
mod rolling;
mod store;
mod tally;

pub use command::{CommandStage, CommandTrace};
pub use frame::{FrameStage, FrameTrace, InputStage};
pub use percentiles::{Percentiles, Summary};
pub use rolling::Rolling;
pub use store::TraceStore;
pub use tally::{Counted, Tally};
