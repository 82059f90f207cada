//! One arm for each of the sub-commands.

use std::path::Path;

use super::desk::Globals;
use super::drive::runtime;
use super::submit::Done;
use super::{account, file, look, settle, submit, wait};
use crate::app::args::Job;
use crate::app::config::Loaded;
use crate::app::errors::{Exit, Failure};
use crate::app::typed::quoted;
use crate::clock::Clock;

/// Runs one of the sub-commands; the exit status of a signal that ended it, if one did.
pub fn job(command: Job, loaded: &Loaded, globals: &Globals, clock: Clock) -> Result<Option<Exit>, Failure> {
    let settings = &loaded.settings;
    let done = runtime()?.block_on(async {
        let ended = |exit| Done { exit, play: None };
        match command {
            Job::Submit(args) => submit::submit(*args, settings, globals, clock).await,
            Job::Wait(args) => wait::wait(*args, settings, globals, clock).await,
            Job::Show { id, service, output } => {
                let shown = look::show(&id, &service, output, settings, globals, clock).await;
                submit::told(shown, &id, output).map(|()| Done::default())
            }
            Job::List { limit, state, backend, output } => {
                let listed = look::list(limit, state, backend, output, settings);
                submit::told(listed, "", output).map(|()| Done::default())
            }
            Job::Download { id, path, to, service, output } => {
                file::download(&id, path.or(to).as_deref(), &service, output, settings, globals, clock).await.map(ended)
            }
            Job::Settle(args) => settle::settle(*args, settings, globals, clock).await.map(|()| Done::default()),
            Job::Estimate(args) => look::estimate(&args, settings).map(|()| Done::default()),
            Job::Upload { file, kind, service, output } => {
                let uploaded = account::upload(&file, kind, &service, output, settings, globals, clock).await;
                submit::told(uploaded, "", output).map(ended)
            }
            Job::Credits { service, output } => {
                let said = account::credits(&service, output, settings, globals, clock).await;
                submit::told(said, "", output).map(|()| Done::default())
            }
            Job::Models { service, output } => {
                let said = account::models(&service, output, settings, globals, clock).await;
                submit::told(said, "", output).map(|()| Done::default())
            }
            Job::Cancel { .. } => Err(uncancelled()),
        }
    })?;
    match done.play {
        Some(file) => play(&file).map(|()| done.exit),
        None => Ok(done.exit),
    }
}

/// Whoever looks for a way to cancel a job learns that there is none, and what there is.
fn uncancelled() -> Failure {
    let why = "none of the three services has a way to take a job back, so it goes on, and costs what it costs";
    let fix = "Ctrl-C ends waiting for it; `seaglass job settle KEY --never` is for one that the service never had";
    Failure::usage("a job cannot be cancelled", why, fix)
}

/// Plays a clip by the command that plays clips: this program once more, with a window of its own.
fn play(file: &Path) -> Result<(), Failure> {
    let wrong = |why: &dyn std::fmt::Display| {
        let fix = format!("play it: seaglass play {}", quoted(&file.to_string_lossy()));
        Failure::new("player", Exit::Unexpected, "the clip is here, and could not be played", why, fix)
    };
    let program = std::env::current_exe().map_err(|error| wrong(&error))?;
    let mut command = std::process::Command::new(program);
    // Standard output has the job's own last word, and that alone.
    command.arg("play").arg(file).stdout(std::io::stderr());
    let status = command.status().map_err(|error| wrong(&error))?;
    if status.success() { Ok(()) } else { Err(wrong(&status)) }
}
