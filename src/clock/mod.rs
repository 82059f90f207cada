//! The one room that reads the machine's clocks; everything else takes time as an argument.

mod machine;

pub use machine::{Clock, wall_clock};
