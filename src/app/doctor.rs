//! `seaglass doctor`: what this machine has for exploring worlds, and what to do about what it lacks.

use super::args::Doctor;
use super::config::Loaded;
use super::errors::Failure;

/// Checks everything and prints it.
pub fn doctor(_args: Doctor, _loaded: Loaded) -> Result<(), Failure> {
    Ok(())
}
