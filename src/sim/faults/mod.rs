//! Faults on purpose: a script says what goes wrong and when, an engine that reads no clock decides it, and thin hooks in the server
//! do it, to connections, requests, messages and worlds. Seeded: the same script and the same questions give the same answers.
//!
//! Nothing here costs anything where no script is set. `docs/faults.md` has the file format.

mod engine;
mod fields;
mod handle;
mod kind;
mod line;
mod random;
mod relay;
mod scope;
mod script;
mod tamper;
mod values;

pub use engine::{Engine, Path, Thing, Weather};
pub use handle::{Faults, Report};
pub use kind::{BadCertificate, Cut, Garbage, Kind, RetryAfter, Way};
pub use line::{Fate, Line};
pub use relay::relay;
pub use scope::{Call, Calls, Messages};
pub use script::{Fault, Script, ScriptError};
pub use tamper::Tamper;
