//! `seaglass job wait`: for one job or several at once, whoever submitted them.

use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;
use serde_json::json;

use super::desk::{Desk, Globals};
use super::drive::{Ended, drive};
use super::follow::Follow;
use super::report::{self, Report};
use super::screen::Place;
use super::service::Service;
use super::submit::{Done, finish, told};
use super::target;
use super::text::shown;
use crate::app::args::{JobWait, OutputFormat};
use crate::app::config::Settings;
use crate::app::errors::Failure;
use crate::app::print;
use crate::app::signals::Stop;
use crate::books::JobEntry;
use crate::clips::{Agency, ClipError};
use crate::clock::Clock;
use crate::jobs::JobState;

const AT_ONCE: &str = "seaglass: ended at once; the jobs go on, and the journal has them: seaglass job list";

/// One of the jobs.
struct Awaited {
    id: String,
    service: Service,
    agency: Agency,
    place: Place,
    report: Report,
    /// How it ended; `None`: it has not.
    ended: Option<Result<(), Failure>>,
}

/// Waits for jobs, and downloads their clips.
pub async fn wait(args: JobWait, settings: &Settings, globals: &Globals, clock: Clock) -> Result<Done, Failure> {
    let first = args.ids.first().map(String::as_str).unwrap_or_default();
    let desk = told(Desk::open(settings, globals, clock, args.output), first, args.output)?;
    let stop = Stop::saying(&tokio::runtime::Handle::current(), None, AT_ONCE);
    let mut awaited = told(awaited(&args, &desk), first, args.output)?;
    let several = awaited.len() > 1;
    told(target::check(args.ending.download.as_deref()), first, args.output)?;
    if several && args.ending.download.as_ref().is_some_and(|path| path.is_file()) {
        let why = "several clips do not fit into one file";
        return told(Err(Failure::usage("--download names a file", why, "name a folder")), first, args.output);
    }
    let asked = drive(&desk.screen, &stop, all(&args, &desk, &mut awaited)).await;
    desk.screen.close();
    let exit = match asked {
        Ended::Done(()) => None,
        Ended::Asked(exit) => Some(exit),
    };
    tell(&args, &desk, &awaited);
    if let Some(exit) = exit {
        left(&args, &desk, &awaited);
        return Ok(Done { exit: Some(exit), play: None });
    }
    let ready = awaited.iter().find(|job| matches!(job.ended, Some(Ok(()))));
    let play = ready.and_then(|job| job.report.file.clone()).filter(|_| args.ending.play);
    if args.any && ready.is_some() {
        return Ok(Done { exit: None, play });
    }
    let mut failures = awaited.iter_mut().filter_map(|job| job.ended.take()?.err());
    let Some(first) = failures.next() else { return Ok(Done { exit: None, play }) };
    // The last word is that of the first job that failed, in the order of the command line; the others are not to be missed.
    failures.for_each(|failure| eprintln!("{failure}"));
    Err(first)
}

/// Every job with its service, before anything is asked.
fn awaited(args: &JobWait, desk: &Desk<'_>) -> Result<Vec<Awaited>, Failure> {
    let mut found: Vec<Awaited> = Vec::new();
    for id in &args.ids {
        let (service, entry) = desk.service_of(id, &args.service)?;
        // A job that is named by its id and by its key is one.
        let real = entry.as_ref().and_then(|entry| entry.id.clone()).unwrap_or_else(|| id.clone());
        if found.iter().any(|known| known.id == real && known.service.base == service.base) {
            continue;
        }
        if let Some(entry) = entry.as_ref().filter(|entry| entry.id.is_none()) {
            return Err(never(entry, args, desk));
        }
        // Clones of one agency share its rates.
        let known =
            found.iter().find(|known| (known.service.backend, &known.service.base) == (service.backend, &service.base));
        let agency = match known {
            Some(known) => known.agency.clone(),
            None => desk.agency(&service, &args.service)?,
        };
        let mut report = Report::new(service.backend, JobState::Running);
        report.id = Some(real.clone());
        if let Some(entry) = &entry {
            report.take_entry(entry);
        }
        report.resume = Some(desk.command("wait", &real, &args.service));
        let place = desk.screen.add(&shown(&real, 40));
        found.push(Awaited { id: real, service, agency, place, report, ended: None });
    }
    Ok(found)
}

/// Why a job without an id cannot be waited for.
fn never(entry: &JobEntry, args: &JobWait, desk: &Desk<'_>) -> Failure {
    let key = entry.key.clone();
    let why = |otherwise: &str| entry.error.clone().unwrap_or_else(|| otherwise.to_owned());
    let error = match entry.state {
        JobState::Unknown => ClipError::OutcomeUnknown { key, why: why("its answer was lost") },
        JobState::Intent => ClipError::NotSubmitted { key, why: "it is being submitted at this moment".to_owned() },
        _ => ClipError::NotSubmitted { key, why: why("the service refused it, or it never left this machine") },
    };
    desk.failure(&error, entry.backend, &args.service)
}

/// Until all have ended, or with `--any` until one clip can be had.
async fn all(args: &JobWait, desk: &Desk<'_>, awaited: &mut [Awaited]) {
    let several = awaited.len() > 1;
    let mut running = FuturesUnordered::new();
    for job in awaited {
        running.push(async {
            let follow = Follow {
                desk,
                service: &job.service,
                agency: &job.agency,
                args: &args.service,
                ending: &args.ending,
                several,
                place: job.place,
            };
            let ended = follow.to_its_file(&job.id, &mut job.report).await;
            let ready = ended.is_ok();
            if let Err(failure) = &ended {
                job.report.error = Some(failure.clone());
            }
            job.ended = Some(ended);
            if several || desk.output == OutputFormat::Jsonl {
                news(desk, &job.report);
            }
            ready
        });
    }
    while let Some(ready) = running.next().await {
        if ready && args.any {
            return;
        }
    }
}

/// A job of several has ended.
fn news(desk: &Desk<'_>, report: &Report) {
    match desk.output {
        OutputFormat::Jsonl => {
            let mut event = report.json();
            event["event"] = json!("done");
            desk.screen.event(&event);
        }
        OutputFormat::Text => {
            let id = shown(report.id.as_deref().unwrap_or_default(), 100);
            desk.screen.print(&format!("{id}  {}", report.words()));
        }
        OutputFormat::Json => {}
    }
}

/// What has not been told yet.
fn tell(args: &JobWait, desk: &Desk<'_>, awaited: &[Awaited]) {
    let open = || awaited.iter().filter(|job| job.ended.is_none());
    match (args.output, awaited) {
        (OutputFormat::Json, [one]) => finish(&one.report, args.output),
        (OutputFormat::Json, several) => {
            let all: Vec<_> = several.iter().map(|job| job.report.json()).collect();
            println!("{}", print::pretty(&all));
        }
        (OutputFormat::Jsonl, _) => open().for_each(|job| finish(&job.report, args.output)),
        (OutputFormat::Text, [one]) if one.report.error.is_none() && one.ended.is_some() => {
            println!("{}  {}", shown(&one.id, 100), one.report.words());
        }
        (OutputFormat::Text, _) => open().for_each(|job| {
            let resume = job.report.resume.as_deref().unwrap_or_default();
            desk.screen.note(&format!("{}  {}; wait on: {resume}", shown(&job.id, 100), job.report.words()));
        }),
    }
}

/// A signal ended the wait: what that does not end is said (AM-18).
fn left(args: &JobWait, desk: &Desk<'_>, awaited: &[Awaited]) {
    let mut told = Vec::new();
    for job in awaited.iter().filter(|job| job.ended.is_none()) {
        let cost = match job.report.state {
            JobState::Ready => "only its clip is missing here",
            _ => report::goes_on(job.service.dialect().charge()),
        };
        if !told.contains(&cost) {
            let stands = if job.report.state == JobState::Ready { "is done" } else { "goes on" };
            desk.screen.note(&format!("seaglass: stopped waiting; a job of {} {stands}: {cost}", job.service.backend));
            told.push(cost);
        }
    }
    let ids: Vec<&str> = awaited.iter().filter(|job| job.ended.is_none()).map(|job| job.id.as_str()).collect();
    if let [first, more @ ..] = ids.as_slice() {
        let mut resume = desk.command("wait", first, &args.service);
        let rest: Vec<String> = more.iter().map(|id| crate::app::typed::quoted(id)).collect();
        if !rest.is_empty() {
            resume = resume.replacen("job wait ", &format!("job wait {} ", rest.join(" ")), 1);
        }
        desk.screen.note(&format!("          wait on: {resume}"));
    }
}
