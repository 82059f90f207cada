//! The reference world service: a world that can be walked in, heard and directed, and the server that streams it.

pub mod director;
pub mod raster;
pub mod sound;
pub mod world;
