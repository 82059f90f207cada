//! The reference world service: a world that can be walked in, heard and directed, and the server that streams it.

pub mod calibration;
pub mod director;
pub mod host;
pub mod raster;
pub mod scene;
pub mod server;
pub mod sound;
pub mod world;

pub use host::{Adaptation, AdaptationSettings};
pub use server::{ServeError, Server, ServerConfig, ServerHandle};
