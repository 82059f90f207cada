//! `seaglass bench`: which measurement.

use super::sim;
use crate::app::args::Bench;
use crate::app::errors::Failure;

/// Runs one of the sub-commands.
pub fn bench(command: Bench) -> Result<(), Failure> {
    match command {
        Bench::Sim(args) => sim::sim(&args),
    }
}
