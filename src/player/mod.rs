//! One clock, two paths: packets in, pictures and sound out. Knows no protocol and no window: a live world, a recording and a
//! clip play through the same pipeline, on a screen or on none.

mod error;
mod face;
mod options;
mod snapshot;

pub use crate::playout::Preset;
pub use error::PlayerError;
pub use face::{Player, Presented};
pub use options::PlayerOptions;
pub use snapshot::{AudioState, Notice, Snapshot, Verdict};
