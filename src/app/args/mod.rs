//! The command line, as clap reads it, a file for each command. What the words mean is decided elsewhere.

mod bench;
mod check;
mod choices;
mod clip;
mod command;
mod explore;
mod job;
mod play;
mod reach;
mod serve;
mod tools;
mod values;
mod world;

pub use bench::{Bench, BenchCompare, BenchMerge, BenchReport, BenchRun, BenchSim, BenchSync};
pub use check::Check;
pub use choices::{AudioChoice, OutputFormat, PresetChoice, VideoChoice};
pub use clip::{Wanted, seconds};
pub use command::{Arguments, Command, Config};
pub use explore::Explore;
pub use job::{Ending, Job, JobEstimate, JobSettle, JobSubmit, JobWait, Service};
pub use play::Play;
pub use reach::{Reach, TransportChoice};
pub use serve::Serve;
pub use tools::{Auth, Doctor};
pub use values::duration;
pub use world::{World, WorldNew, WorldReap};

// Named where the server is.
#[cfg(feature = "server")]
pub use serve::ProvidersClock;
// Named where the wings are alone.
#[cfg(all(feature = "player", feature = "server"))]
pub use bench::LayerChoice;
#[cfg(all(feature = "player", feature = "server"))]
pub use reach::Streaming;
#[cfg(all(feature = "player", feature = "server"))]
pub use values::Bound;
