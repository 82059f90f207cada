//! Clips from a service: the tokio face of [`jobs`](crate::jobs). Submits once and never again by itself, waits, downloads,
//! uploads, and keeps the journal. A key goes to its own origin alone; clips come from wherever their links point, without it.

mod account;
mod agency;
mod cargo;
mod config;
mod courier;
mod download;
mod errand;
mod error;
mod film;
mod progress;
mod upload;

pub use agency::{Agency, Tell};
pub use config::{AgencyConfig, Waiting};
pub use download::fetch;
pub use error::ClipError;
pub use progress::{Downloaded, Finished, Plan, Progress, Receipt, Uploaded};
