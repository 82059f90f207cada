//! From the command line to one function per command, and from its result to the exit status.

use std::io::IsTerminal as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Parser as _;
use tracing::Level;
use tracing_subscriber::filter::filter_fn;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{EnvFilter, Layer as _};

use super::args::{Arguments, Bench, Command, Config};
use super::errors::{Exit, Failure};
use super::typed::Globals;
use super::{config, explain, lines};
use crate::clock::Clock;

/// Runs the program.
#[must_use]
pub fn main() -> ExitCode {
    let clock = Clock::start();
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => {
            let _ = error.print();
            if error.use_stderr() {
                super::job::refused(&error, std::env::args_os());
            }
            return ExitCode::from(if error.use_stderr() { Exit::Usage as u8 } else { 0 });
        }
    };
    log_to_stderr(arguments.verbose);
    let done = run(arguments, clock);
    // Data that is missing is told where nothing worse happened.
    let done = match (done, lines::lost()) {
        (Ok(None), Some(error)) => Err(Failure::unwritten(Path::new("stdout"), &error)),
        (done, _) => done,
    };
    match done {
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
    // What was typed: a command that is shown to be typed later repeats it.
    let typed = |path: &Option<PathBuf>, variable: &str| path.clone().filter(|_| std::env::var_os(variable).is_none());
    let globals =
        Globals { config: typed(&arguments.config, "SEAGLASS_CONFIG"), books: typed(&arguments.books, "SEAGLASS_BOOKS") };
    let loaded = config::load(arguments.config.as_deref()).map(|mut loaded| {
        loaded.settings.books = arguments.books.or(loaded.settings.books);
        loaded.settings.typed = globals.clone();
        loaded
    });
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
        Command::Play(args) => return play(*args, loaded?, clock),
        Command::Auth(args) => super::auth::auth(args, &loaded?.settings),
        Command::World(args) => return super::world::world(args, loaded?),
        Command::Job(args) => {
            let loaded = super::job::settled(loaded, &args)?;
            return super::job::job(args, &loaded, &globals, clock);
        }
        Command::Serve(args) => serve(args),
        Command::Bench(Bench::Run(args)) => return super::bench::run(*args, loaded?, clock),
        Command::Bench(Bench::Sim(args)) => super::bench::sim(&args),
        Command::Bench(Bench::Sync(args)) => return sync(&args, clock),
        Command::Bench(Bench::Report(args)) => return super::bench::report(&args),
        Command::Bench(Bench::Merge(args)) => return super::bench::merge(&args),
        Command::Bench(Bench::Compare(args)) => return super::bench::compare(&args),
        Command::Check(args) => return super::check::check(*args, &loaded?.settings, clock),
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
fn play(args: super::args::Play, loaded: config::Loaded, clock: Clock) -> Result<Option<Exit>, Failure> {
    super::play::play(args, loaded, clock)
}

#[cfg(not(all(feature = "player", feature = "server")))]
fn play(_: super::args::Play, _: config::Loaded, _: Clock) -> Result<Option<Exit>, Failure> {
    Err(not_built("play", "player,server"))
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
    // Below `info` libraries print what they send and receive, headers and all, and so keys and tickets: nobody is to see those.
    let harmless = filter_fn(|event| event.target().starts_with("seaglass") || *event.level() <= Level::INFO);
    let ansi = std::io::stderr().is_terminal();
    let lines = tracing_subscriber::fmt::layer()
        .with_writer(std::io::stderr)
        .with_ansi(ansi)
        .compact()
        // It would tell stderr that stderr cannot be written, and panic, as nobody reads that either.
        .log_internal_errors(false)
        .with_filter(harmless);
    // A second initialisation, as in tests, keeps the first.
    let _ = tracing_subscriber::registry().with(filter).with(lines).try_init();
}
