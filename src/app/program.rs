//! From the command line to one function per command, and from its result to the exit status.

use std::process::ExitCode;

use clap::Parser as _;
use tracing_subscriber::EnvFilter;

use super::args::{Arguments, Bench, Command, Config};
use super::errors::{Exit, Failure};
use super::{config, explain};
use crate::clock::Clock;

/// Runs the program.
#[must_use]
pub fn main() -> ExitCode {
    let clock = Clock::start();
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => {
            let _ = error.print();
            return ExitCode::from(if error.use_stderr() { Exit::Usage as u8 } else { 0 });
        }
    };
    log_to_stderr(arguments.verbose);
    match run(arguments, clock) {
        Ok(None) => ExitCode::SUCCESS,
        Ok(Some(exit)) => ExitCode::from(exit as u8),
        Err(failure) => {
            eprintln!("{failure}");
            ExitCode::from(failure.exit as u8)
        }
    }
}

/// Runs the command; the exit status of a signal that ended it, if one did.
fn run(arguments: Arguments, clock: Clock) -> Result<Option<Exit>, Failure> {
    let loaded = config::load(arguments.config.as_deref());
    let done = match arguments.command {
        Command::Explain { code } => explain::explain(code.as_deref()),
        Command::Config(Config::Path) => {
            for path in config::paths(arguments.config.as_deref()) {
                println!("{} {}", if path.exists() { "read   " } else { "missing" }, path.display());
            }
            Ok(())
        }
        Command::Config(Config::Check) => loaded.map(|_| println!("the settings files are in order")),
        Command::Config(Config::Show) => {
            for (name, value, path) in loaded?.origins {
                println!("{name} = {value}  # {}", path.display());
            }
            Ok(())
        }
        Command::Explore(args) => return explore(*args, loaded?, clock),
        Command::World(args) => super::world::world(args, loaded?),
        Command::Serve(args) => serve(args),
        Command::Bench(Bench::Sim(args)) => super::bench::sim(&args),
        Command::Bench(Bench::Sync(args)) => return sync(&args, clock),
        Command::Doctor(args) => super::doctor::doctor(args, loaded?, clock),
    };
    done.map(|()| None)
}

#[cfg(all(feature = "player", feature = "server"))]
fn explore(args: super::args::Explore, loaded: config::Loaded, clock: Clock) -> Result<Option<Exit>, Failure> {
    super::explore::explore(args, loaded, clock)
}

#[cfg(not(all(feature = "player", feature = "server")))]
fn explore(_: super::args::Explore, _: config::Loaded, _: Clock) -> Result<Option<Exit>, Failure> {
    Err(not_built("explore", "player,server"))
}

#[cfg(all(feature = "player", feature = "server"))]
fn sync(args: &super::args::BenchSync, clock: Clock) -> Result<Option<Exit>, Failure> {
    super::bench::sync(args, clock)
}

#[cfg(not(all(feature = "player", feature = "server")))]
fn sync(_: &super::args::BenchSync, _: Clock) -> Result<Option<Exit>, Failure> {
    Err(not_built("bench sync", "player,server"))
}

#[cfg(feature = "server")]
fn serve(args: super::args::Serve) -> Result<(), Failure> {
    super::serve::serve(args)
}

#[cfg(not(feature = "server"))]
fn serve(_: super::args::Serve) -> Result<(), Failure> {
    Err(not_built("serve", "server"))
}

#[cfg(not(all(feature = "player", feature = "server")))]
fn not_built(command: &str, features: &str) -> Failure {
    let what = format!("this program was built without `{command}`");
    let why = format!("it needs the features {features}");
    Failure::new("not-built", Exit::Usage, what, why, format!("build it with: cargo build --features {features}"))
}

fn log_to_stderr(verbose: u8) {
    let default = match verbose {
        0 => "seaglass=warn",
        1 => "seaglass=info",
        _ => "seaglass=debug,info",
    };
    let filter = EnvFilter::try_from_env("SEAGLASS_LOG").unwrap_or_else(|_| EnvFilter::new(default));
    // A second initialisation, as in tests, keeps the first.
    let _ = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).compact().try_init();
}
