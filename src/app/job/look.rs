//! Commands that only look: `show` asks a service once, `list` reads the journal, `estimate` reads nobody but the documents.

use serde_json::{Value, json};

use super::desk::{Desk, Globals};
use super::draft::{Draft, note_words};
use super::follow;
use super::report::{self, Report};
use super::text::{amount, link, shown};
use super::{desk, failure, service, submit};
use crate::app::args::{self, JobEstimate, OutputFormat};
use crate::app::config::Settings;
use crate::app::errors::Failure;
use crate::app::{print, remote};
use crate::books::JobEntry;
use crate::clock::Clock;
use crate::jobs::{Backend, JobState, dialect};

/// `seaglass job show`
pub async fn show(
    id: &str,
    args: &args::Service,
    output: OutputFormat,
    settings: &Settings,
    globals: &Globals,
    clock: Clock,
) -> Result<(), Failure> {
    let desk = Desk::open(settings, globals, clock, output)?;
    let (service, entry) = desk.service_of(id, args)?;
    let mut report = Report::new(service.backend, JobState::Running);
    report.id = Some(id.to_owned());
    if let Some(entry) = &entry {
        report.take_entry(entry);
    }
    // One that has no id cannot be asked for: all that is known of it stands in the journal.
    let named = entry.as_ref().map_or(Some(id), |entry| entry.id.as_deref());
    let mut status = None;
    if let Some(named) = named {
        let agency = desk.agency(&service, args)?;
        let said = agency.show(named).await.map_err(|error| failure::of(&error, service.backend))?;
        let state = follow::state(&said);
        if let Some(entry) = desk.entry(named, args)? {
            report.take_entry(&entry);
        }
        report.take_status(state, &said);
        report.resume = Some(desk.command("wait", named, args));
        status = Some(said);
    } else {
        report.id = None;
    }
    report.file = report.file.take().filter(|file| file.is_file());
    match output {
        OutputFormat::Text => {
            let name = report.id.as_deref().or(report.key.as_deref()).unwrap_or(id);
            println!("{}  {}  {}", shown(name, 200), report.backend, report.words());
            if let Some(progress) = status.as_ref().and_then(|status| status.progress) {
                println!("  progress: {:.0} %", progress * 100.0);
            }
            if let Some(error) = status.as_ref().and_then(|status| status.error.as_ref()) {
                println!("  error: {}", shown(error, 500));
            }
            for result in &report.results {
                println!("  clip: {}", shown(&link(result), 500));
            }
            if let Some(expires) = &report.expires {
                println!("  until: {expires}");
            }
            if let Some(thumbnail) = status.as_ref().and_then(|status| status.thumbnail.as_ref()) {
                println!("  thumbnail: {}", shown(&link(thumbnail), 500));
            }
            match report.state {
                JobState::Running => println!("  wait on: {}", report.resume.as_deref().unwrap_or_default()),
                JobState::Ready if report.file.is_none() => println!("  download: {}", desk.command("download", id, args)),
                JobState::Unknown => {
                    let settle = desk.command("settle", report.key.as_deref().unwrap_or(id), args);
                    println!("  its submit was sent and its answer lost: it may have been charged, and is not sent again");
                    println!("  look for it on the service's own pages; it is there: {settle} --id ID");
                    println!("                                          it is not: {settle} --never");
                }
                _ => {}
            }
        }
        output => {
            let mut shown = report.json();
            if let Some(status) = &status {
                shown["progress"] = json!(status.progress);
                shown["service_error"] = json!(status.error);
                shown["thumbnail"] = json!(status.thumbnail.as_deref().map(link));
            }
            print::one(&shown, output, |_| ());
        }
    }
    Ok(())
}

/// `seaglass job list`
pub fn list(
    limit: usize,
    state: Option<JobState>,
    backend: Option<Backend>,
    output: OutputFormat,
    settings: &Settings,
) -> Result<(), Failure> {
    let (books, _) = remote::books(settings)?;
    let wanted = |entry: &JobEntry| {
        state.is_none_or(|state| entry.state == state) && backend.is_none_or(|backend| entry.backend == backend)
    };
    // What is looked for may be far back; where nothing is, the newest do.
    let most = if state.is_none() && backend.is_none() { u32::try_from(limit).unwrap_or(u32::MAX) } else { u32::MAX };
    let mut entries = books.jobs(&desk::now(), most).map_err(|error| remote::books_failure(&error))?;
    entries.retain(wanted);
    entries.truncate(limit);
    if entries.is_empty() && output == OutputFormat::Text {
        eprintln!("no jobs");
    }
    if let Some(entry) = entries.iter().find(|entry| entry.state == JobState::Unknown)
        && output == OutputFormat::Text
    {
        let key = &entry.key;
        eprintln!(
            "unknown: nobody knows whether the service has it; look there, and say: seaglass job settle {key} --id ID, or --never"
        );
    }
    let zone = jiff::tz::TimeZone::system();
    let shown: Vec<Value> = entries.iter().map(|entry| line(entry, &zone)).collect();
    print::list(&shown, output, |line| {
        let text = |name: &str| line[name].as_str().unwrap_or_default();
        let id = if line["id"] == line["key"] { format!("key {}", text("key")) } else { shown_id(text("id")) };
        let credits = line["credits"].as_f64().map_or_else(String::new, |credits| format!("{} cr", amount(credits)));
        let (when, backend, state) = (text("when"), text("backend"), text("state"));
        let rest = match (line["file"].as_str(), line["error"].as_str()) {
            (Some(file), _) => self::shown(file, 60),
            // Of a job that ended badly the reason says more than what was asked for.
            (None, Some(why)) if state != "running" => {
                format!("{}: {}", self::shown(text("summary"), 40), self::shown(why, 80))
            }
            _ => self::shown(text("summary"), 60),
        };
        println!("{when}  {state:<8}  {backend:<11}  {credits:>8}  {id}  {rest}");
    });
    Ok(())
}

fn shown_id(id: &str) -> String {
    shown(id, 60)
}

/// A job of the journal, for programs and people.
fn line(entry: &JobEntry, zone: &jiff::tz::TimeZone) -> Value {
    let mut report = Report::new(entry.backend, entry.state);
    report.take_entry(entry);
    let when = entry.created.to_zoned(zone.clone()).strftime("%Y-%m-%d %H:%M").to_string();
    json!({
        "id": report.id.as_ref().unwrap_or(&entry.key), "key": report.key, "backend": entry.backend.name(), "state": entry.state.name(),
        "word": report.json()["word"], "credits": entry.credits, "estimate": entry.estimate, "file": entry.file,
        "results": entry.results.iter().map(|text| link(text)).collect::<Vec<_>>(),
        "expires": report.expires, "error": entry.error, "summary": entry.summary, "profile": entry.profile,
        "base_url": entry.server, "created": entry.created.to_string(), "when": when,
        "checked": entry.checked.map(|at| at.to_string()),
    })
}

/// `seaglass job estimate`
pub fn estimate(args: &JobEstimate, settings: &Settings) -> Result<(), Failure> {
    let backend = submit::told(service::backend(&args.service), "", args.output)?;
    let mut wanted = args.wanted.clone();
    if wanted.prompt.is_none() && wanted.shots.is_empty() {
        // No price depends on the words; whoever asks for one need not have found them.
        wanted.prompt = Some("a clip".to_owned());
    }
    let draft = Draft::new(backend, &wanted, &settings.backend(backend));
    let charge = dialect(backend).charge();
    match args.output {
        OutputFormat::Text => {
            println!("{}", report::estimate_words(&draft.estimate));
            println!("{}", report::charged(charge));
            draft.lowered.notes.iter().for_each(|note| eprintln!("{}", note_words(note)));
        }
        output => {
            let mut shown = report::estimate(&draft.estimate);
            shown["backend"] = json!(backend.name());
            shown["charged"] = json!(report::charge(charge));
            shown["violations"] = draft.violations.iter().map(report::violation).collect();
            print::one(&shown, output, |_| ());
        }
    }
    if draft.fits() { Ok(()) } else { Err(failure::violations(&draft.violations)) }
}
