//! One clock, two paths: packets in, pictures and sound out. Knows no protocol and no window: a live world, a recording and a
//! clip play through the same pipeline, on a screen or on none.

mod arrivals;
mod decoders;
mod error;
mod face;
mod figures;
mod intake;
mod notices;
mod options;
mod pictures;
mod recent;
mod shared;
mod shown;
mod snapshot;
mod sound;
mod verdict;

pub use crate::playout::Preset;
pub use decoders::{Decoders, MakeAudio, MakeVideo};
pub use error::PlayerError;
pub use face::Player;
pub use options::{PlayerOptions, Written, WrittenTap};
pub use recent::{Recent, SOUND_EARLY, SOUND_LATE, Shares, Spread, Trace};
pub use shown::Presented;
pub use snapshot::{AudioState, Notice, Snapshot};
pub use verdict::{Cause, Verdict};
