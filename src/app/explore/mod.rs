//! `seaglass explore`: open a world and walk in it, in a window or headless.

mod actor;
mod live;
mod plan;
mod pump;
mod report;
mod screenshot;
mod status;
pub mod window;

pub use live::{Feed, Live, LiveEvent, live};
