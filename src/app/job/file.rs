//! `seaglass job download`, and the file of a job for whoever plays it.

use std::path::Path;
#[cfg(all(feature = "player", feature = "server"))]
use std::path::PathBuf;

use super::desk::{Desk, Globals};
#[cfg(all(feature = "player", feature = "server"))]
use super::drive::runtime;
use super::drive::{Ended, drive};
use super::follow::Follow;
use super::report::Report;
use super::submit::{finish, told};
use super::target;
use super::text::shown;
use crate::app::args::{self, Ending, OutputFormat};
use crate::app::config::Settings;
use crate::app::errors::{Exit, Failure};
use crate::app::signals::Stop;
use crate::clock::Clock;
use crate::jobs::JobState;

const AT_ONCE: &str = "seaglass: ended at once; what was downloaded is gone on with next time";

/// `seaglass job download`; the signal that ended it, if one did.
pub async fn download(
    id: &str,
    path: Option<&Path>,
    args: &args::Service,
    output: OutputFormat,
    settings: &Settings,
    globals: &Globals,
    clock: Clock,
) -> Result<Option<Exit>, Failure> {
    told(target::check(path), id, output)?;
    let desk = told(Desk::open(settings, globals, clock, output), id, output)?;
    let (report, outcome) = told(downloaded(&desk, id, path, args).await, id, output)?;
    if output == OutputFormat::Text && outcome.as_ref().is_ok_and(Option::is_none) {
        println!("{}", report.file.clone().unwrap_or_default().display());
    } else if output != OutputFormat::Text {
        finish(&report, output);
    }
    outcome
}

/// The clip of a job on this machine: where the journal says that it lies, or downloaded now, into the working folder.
#[cfg(all(feature = "player", feature = "server"))]
pub fn file_of(id: &str, settings: &Settings, clock: Clock) -> Result<PathBuf, Failure> {
    let globals = Globals::default();
    let desk = Desk::open(settings, &globals, clock, OutputFormat::Text)?;
    let args = args::Service::default();
    let Some(entry) = desk.entry(id, &args)? else {
        let what = format!("{} is neither a file here nor a job of the journal", shown(id, 100));
        let fix = "check the name of the file; `seaglass job list` shows the jobs of this journal";
        return Err(Failure::new("not-found", Exit::NotFound, what, "only their clips can be played by a name", fix));
    };
    if let Some(file) = entry.file.filter(|file| file.is_file()) {
        return Ok(file);
    }
    let (report, outcome) = runtime()?.block_on(downloaded(&desk, id, None, &args))?;
    match (outcome?, report.file) {
        (None, Some(file)) => Ok(file),
        (exit, _) => {
            let fix = format!("go on with it: {}", desk.command("download", id, &args));
            let exit = exit.unwrap_or(Exit::Unexpected);
            Err(Failure::new(
                "no-clip",
                exit,
                format!("the clip of job {} is not here", shown(id, 100)),
                "it was stopped",
                fix,
            ))
        }
    }
}

async fn downloaded(
    desk: &Desk<'_>,
    id: &str,
    path: Option<&Path>,
    args: &args::Service,
) -> Result<(Report, Result<Option<Exit>, Failure>), Failure> {
    let (service, entry) = desk.service_of(id, args)?;
    let mut report = Report::new(service.backend, JobState::Running);
    report.id = Some(id.to_owned());
    if let Some(entry) = &entry {
        report.take_entry(entry);
    }
    let here = report.file.take().filter(|file| file.is_file());
    if let (Some(file), None) = (here, path) {
        desk.screen.note(&format!("note: it was downloaded before, and lies at {}", file.display()));
        report.bytes = file.metadata().ok().map(|metadata| metadata.len());
        report.file = Some(file);
        return Ok((report, Ok(None)));
    }
    let agency = desk.agency(&service, args)?;
    let stop = Stop::saying(&tokio::runtime::Handle::current(), None, AT_ONCE);
    let ending = Ending { download: path.map(Path::to_path_buf), ..Ending::default() };
    let place = desk.screen.add(&shown(id, 40));
    let follow = Follow { desk, service: &service, agency: &agency, args, ending: &ending, several: false, place };
    let ended = drive(&desk.screen, &stop, follow.download(id, &mut report)).await;
    let outcome = match ended {
        Ended::Done(outcome) => outcome.map(|()| None),
        Ended::Asked(exit) => {
            let again = desk.command("download", id, args);
            desk.screen.note(&format!("seaglass: stopped; what is here is gone on with by: {again}"));
            Ok(Some(exit))
        }
    };
    if let Ok(Some(entry)) = desk.entry(id, args) {
        let file = report.file.take();
        report.take_entry(&entry);
        report.file = file;
    }
    if let Err(failure) = &outcome {
        report.error = Some(failure.clone());
    }
    desk.screen.end(place);
    desk.screen.close();
    Ok((report, outcome))
}
