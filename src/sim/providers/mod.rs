//! Mocks of three services that make clips on request, written from their published documents: jobs that take their time and cost
//! credits, uploads, links that expire, and real small files as results. For tests of any client; `docs/providers.md` tells how.
//!
//! They know nothing of the clients of this project, so that a mistake in one is not repeated in the other.

mod account;
mod admin;
mod app;
mod cdn;
mod clip;
mod config;
mod customer;
mod customer_uploads;
mod customer_wish;
mod desk;
mod endpoint;
mod exchange;
mod fault;
mod job;
mod lab;
mod links;
mod record;
mod routes;
mod rules;
mod shop;
mod start;
mod storage;
mod time;

pub(crate) use admin::Peer;

pub use account::{Account, Service};
pub use clip::{CameraMove, ClipSpec, Shelf, Shot, make_clip};
pub use config::{ConfigError, ProvidersConfig};
pub use fault::{Fault, FaultScript, Lost, MissingResults};
pub use record::{Charge, Log, Seen, Submit, Upload, Violation};
pub use rules::{AppRules, CustomerRules, ErrorStyle, LabRules};
pub use start::Providers;
