//! What was measured: the stages that a frame and a command went through, bounded storage for them, percentiles over them. Reads
//! no clock and invents nothing: a stage that nobody stamped is unknown, never zero.

mod command;
mod frame;
mod percentiles;
mod store;

pub use command::{CommandStage, CommandTrace};
pub use frame::{FrameStage, FrameTrace, InputStage};
pub use percentiles::{Percentiles, Summary};
pub use store::TraceStore;
