//! The command line as a whole: one variant for each command. What the words mean is decided elsewhere.

use std::path::PathBuf;

use clap::{Parser, Subcommand};

use super::bench::Bench;
use super::check::Check;
use super::explore::Explore;
use super::job::Job;
use super::play::Play;
use super::serve::Serve;
use super::tools::{Auth, Doctor};
use super::world::World;

/// Explore live, generated worlds.
#[derive(Debug, Parser)]
#[command(name = "seaglass", version, about, disable_help_subcommand = true, after_help = AFTER_HELP)]
pub struct Arguments {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
    /// Settings file to read instead of the user's own.
    #[arg(long, global = true, value_name = "FILE", env = "SEAGLASS_CONFIG")]
    pub config: Option<PathBuf>,
    /// Where worlds are journaled and what they cost is summed up, instead of the user's data folder.
    #[arg(long, global = true, value_name = "FILE", env = "SEAGLASS_BOOKS")]
    pub books: Option<PathBuf>,
    /// More on stderr; twice for everything.
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    pub verbose: u8,
}

const AFTER_HELP: &str = "Data goes to stdout, notes to stderr. `seaglass explain CODE` expands the code of any error.";

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Open a world and walk in it: in a window, or headless.
    Explore(Box<Explore>),
    /// Play a clip: in a window, or headless.
    Play(Box<Play>),
    /// Create, list, show and end worlds from scripts.
    #[command(subcommand)]
    World(World),
    /// Make clips: submit jobs, wait for them, download what they made.
    #[command(subcommand)]
    Job(Job),
    /// Run the reference world server.
    Serve(Serve),
    /// Check what this machine has, and say what to do about what it lacks.
    Doctor(Doctor),
    /// Measure a world server from its users' side; measure playout in virtual time, or through real sockets and devices.
    #[command(subcommand)]
    Bench(Bench),
    /// Hold a world server to the profile, case by case; without --target the reference server.
    Check(Box<Check>),
    /// Keep a key for a server, see which is in force, forget it.
    #[command(subcommand)]
    Auth(Auth),
    /// Show the settings in force.
    #[command(subcommand)]
    Config(Config),
    /// Expand the code of an error.
    Explain {
        /// The code, as in `error[no-adapter]`; none lists them all.
        code: Option<String>,
    },
}

/// `seaglass config`
#[derive(Clone, Copy, Debug, Subcommand)]
pub enum Config {
    /// Every setting, its value and where it comes from.
    Show,
    /// The files that are read, and whether they are there.
    Path,
    /// Reads the files and reports what is wrong with them.
    Check,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        use clap::CommandFactory as _;
        Arguments::command().debug_assert();
    }
}
