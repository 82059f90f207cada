//! `seaglass bench run`: what a world server is like from its users' side. A scenario becomes a plan, the plan is previewed and paid
//! for, its sessions act on an open-loop schedule, and what they saw becomes a recording and a report.

mod command;
mod commander;
mod describe;
mod descriptors;
mod faults;
mod machine;
mod own;
mod phases;
mod plan;
mod preview;
mod profile;
mod progress;
mod runner;
mod self_test;
mod session;
mod tap;
mod verdict;
mod wanted;
mod watch;

pub use command::run;
