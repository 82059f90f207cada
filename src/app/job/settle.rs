//! `seaglass job settle`: a job of which nobody knows whether its service has it, and what its user found out about that. No service
//! has a list of jobs or a key that tells one submit from another (HL-21, HC-31), so nobody but the user can.
//!
//! An id is asked for before it is believed: one GET costs nothing, and an id with a slip in it would tie paid work to nothing or to
//! another job. Whoever cannot ask (no key here, the service away) says `--no-check`. That it never happened no service can confirm, so
//! `--never` asks nobody.

use super::desk::{Desk, Globals, now};
use super::report::Report;
use super::submit::{finish, told};
use super::text::{amount, shown};
use super::{failure, follow};
use crate::app::args::{JobSettle, OutputFormat};
use crate::app::config::Settings;
use crate::app::errors::Failure;
use crate::app::remote;
use crate::books::JobEntry;
use crate::clips::ClipError;
use crate::clock::Clock;
use crate::jobs::{Backend, JobState};

/// What the journal says of a job that never was.
const NEVER: &str = "settled by hand: the service never took it on";

/// `seaglass job settle`
pub async fn settle(args: JobSettle, settings: &Settings, globals: &Globals, clock: Clock) -> Result<(), Failure> {
    let output = args.output;
    let (report, expected) = told(settled(&args, settings, globals, clock).await, &args.key, output)?;
    match output {
        OutputFormat::Text => lines(&report, expected).iter().for_each(|line| println!("{line}")),
        output => finish(&report, output),
    }
    Ok(())
}

/// Settles it; how it stands now, and what it was expected to cost.
async fn settled(
    args: &JobSettle,
    settings: &Settings,
    globals: &Globals,
    clock: Clock,
) -> Result<(Report, Option<f64>), Failure> {
    let desk = Desk::open(settings, globals, clock, args.output)?;
    let entry = unknown(&desk, args)?;
    let mut report = Report::new(entry.backend, entry.state);
    let mut status = None;
    if let Some(id) = &args.id {
        let (service, _) = desk.service_of(&entry.key, &args.service)?;
        let agency = if args.no_check {
            service.agency(&args.service, settings, None, Some(desk.books.clone()), clock)
        } else {
            desk.agency(&service, &args.service)
        }?;
        status = agency.settle(&entry.key, id, !args.no_check).await.map_err(|error| of(&error, entry.backend))?;
        report.resume = Some(desk.command("wait", id, &args.service));
    } else {
        let voided = desk.books.void_job(&now(), &entry.key, NEVER).map_err(|error| remote::books_failure(&error))?;
        if let Some(error) = ClipError::of_settling(voided, &entry.key, "") {
            return Err(failure::of(&error, entry.backend));
        }
    }
    if let Some(entry) = desk.entry(&entry.key, &args.service)? {
        report.take_entry(&entry);
    }
    if let Some(status) = &status {
        report.take_status(follow::state(status), status);
    }
    report.file = report.file.take().filter(|file| file.is_file());
    if report.state == JobState::Ready && report.file.is_none() {
        report.resume = report.id.as_deref().map(|id| desk.command("download", id, &args.service));
    }
    Ok((report, entry.estimate))
}

/// The job that is to be settled; whoever names one that needs no settling is told so before anything is asked.
fn unknown(desk: &Desk<'_>, args: &JobSettle) -> Result<JobEntry, Failure> {
    match desk.entry(&args.key, &args.service)? {
        Some(entry) if entry.state == JobState::Unknown => Ok(entry),
        Some(entry) => {
            let error = ClipError::NotUnknown { id: shown(&args.key, 100), state: entry.state };
            Err(failure::of(&error, entry.backend))
        }
        // No service is named, so none of its words matter.
        None => Err(failure::of(&ClipError::NoSuchJob { id: shown(&args.key, 100) }, Backend::HhApp)),
    }
}

/// What went wrong, with the way on for whoever cannot ask.
fn of(error: &ClipError, backend: Backend) -> Failure {
    let mut failure = failure::of(error, backend);
    if matches!(error, ClipError::Refused(_) | ClipError::Net(_)) {
        failure.what += "; nothing was settled";
        failure.fix += "\n--no-check settles it without asking the service";
    }
    failure
}

/// For people, line by line. `expected`: what was set aside for it.
fn lines(report: &Report, expected: Option<f64>) -> Vec<String> {
    let name = report.id.as_deref().or(report.key.as_deref()).unwrap_or_default();
    let mut lines = vec![format!("{}  {}  {}", shown(name, 200), report.backend, report.words())];
    match (&report.resume, report.state) {
        (Some(resume), JobState::Running) => lines.push(format!("  wait on: {resume}")),
        (Some(resume), JobState::Ready) if report.file.is_none() => lines.push(format!("  download: {resume}")),
        _ => {}
    }
    if let Some(credits) = expected.filter(|_| report.state == JobState::Refused) {
        lines.push(format!("  {} credits that were set aside for it are free again", amount(credits)));
    }
    lines
}
