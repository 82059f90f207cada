//! The reference world service: a world that can be walked in, heard and directed, and the server that streams it.

pub mod calibration;
mod defect;
pub mod director;
pub mod faults;
pub mod host;
pub mod providers;
pub mod raster;
pub mod scene;
pub mod server;
pub mod sound;
pub mod world;

pub use calibration::{Cells, flash, read_cells};
pub use defect::{Defect, Defects, UnknownDefect};
pub use faults::Script;
pub use host::{Adaptation, AdaptationSettings};
pub use providers::{Providers, ProvidersConfig};
pub use server::{ServeError, Server, ServerConfig, ServerHandle, Tls, TlsError};
