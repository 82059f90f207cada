//! The laboratory: playout in virtual time (layer L0), on generated or recorded arrivals, beside other algorithms on the same units.
//! Clock-free and without IO: an hour of stream takes seconds, and the same seed gives the same figures to the byte.

mod algorithm;
mod bench;
mod capacity;
mod conditions;
mod earliest;
mod figures;
mod link;
mod load;
mod oracle;
mod own;
pub mod peers;
mod random;
mod recorder;
mod scenario;
mod stage;
mod trace;
mod unit;

pub use algorithm::Algorithm;
pub use bench::{WARM_UP_SECONDS, measured, play};
pub use capacity::Capacity;
pub use conditions::{Action, Conditions};
pub use earliest::Earliest;
pub use figures::{AudioFigures, Delay, Figures, OffsetFigures, OracleFigures, VideoDelay, VideoFigures};
pub use link::{Link, Losses, Path};
pub use load::{Load, Stretch};
pub use oracle::Oracle;
pub use own::Seaglass;
pub use random::Random;
pub use recorder::{Heard, Log, Recorder};
pub use scenario::{SCENARIOS, Scenario};
pub use stage::{Event, Stage};
pub use trace::{Trace, TraceError};
pub use unit::Unit;
