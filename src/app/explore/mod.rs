//! `seaglass explore`: open a world and walk in it, in a window or headless.

mod actor;
mod headless;
mod launch;
mod live;
mod measured;
mod plan;
mod pump;
mod recorder;
mod report;
pub mod screenshot;
mod status;
mod streaming;
pub mod window;

pub use headless::{Look, Seen, Watch};
pub use launch::{explore, network_runtime, window_failure};
pub use live::{Feed, Live, LiveEvent, live};
pub use measured::measured;
pub use plan::{Plan, Target};
pub use pump::pump;
pub use window::{Outcome, WindowError, WindowOptions};
