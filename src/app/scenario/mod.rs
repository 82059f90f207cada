//! Scenario files: what to do in a world and when, with how many users, and what is to come of it. One format serves `explore
//! --script`, `world new --script` and `bench run`; docs/scenario.md describes it.

mod check;
mod fields;
mod load;
mod steps;

pub use check::{Fault, Faults, Fleet, Scenario, Session};
pub use load::{Arrival, Decode, Load, Profile};
#[cfg(all(feature = "player", feature = "server"))]
pub use steps::Timeline;
pub use steps::{Action, Schedule};
