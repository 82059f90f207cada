//! `seaglass job submit`: once, and never again by itself. What was paid for is never lost: the journal has it before it leaves, its
//! id is the first thing that is said, and a submit that is under way is heard out even when a signal comes.

use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

use serde_json::json;

use super::desk::{Desk, Globals};
use super::draft::{Draft, note_words};
use super::drive::{Ended, drive};
use super::failure;
use super::fetch;
use super::follow::Follow;
use super::report::{self, Report};
use super::screen::Place;
use super::service::{self, Service};
use super::target;
use super::text::shown;
use crate::app::args::{JobSubmit, OutputFormat};
use crate::app::config::Settings;
use crate::app::errors::{Exit, Failure};
use crate::app::print;
use crate::app::signals::Stop;
use crate::clips::{Agency, ClipError, Progress};
use crate::clock::Clock;
use crate::jobs::{JobState, Violation};

const AT_ONCE: &str = "seaglass: ended at once; a submit that was under way may have been charged: `seaglass job list` shows what the journal knows";

/// How a command ended.
#[derive(Debug, Default)]
pub struct Done {
    /// The signal that ended it.
    pub exit: Option<Exit>,
    /// A clip to play now.
    pub play: Option<PathBuf>,
}

/// What was seen of a submit.
#[derive(Debug, Default)]
struct Seen {
    key: Option<String>,
    id: Option<String>,
}

/// Submits a job, and follows it where that is wanted.
pub async fn submit(args: JobSubmit, settings: &Settings, globals: &Globals, clock: Clock) -> Result<Done, Failure> {
    let backend = told(service::backend(&args.service), "", args.output)?;
    let mut report = Report::new(backend, JobState::Refused);
    let draft = Draft::new(backend, &args.wanted, &settings.backend(backend));
    if args.dry_run {
        return dry_run(&args, settings, globals, clock, &draft).map(|()| Done::default());
    }
    report.estimate = Some(draft.estimate.clone());
    report.violations.clone_from(&draft.violations);
    report.violations.extend(nowhere(&args, settings));
    report.notes.clone_from(&draft.lowered.notes);
    let outcome = match prepared(&args, settings, globals, clock, &draft) {
        Ok((desk, service, agency)) => {
            let outcome =
                Submit { args: &args, desk: &desk, service: &service, agency: &agency }.run(draft, &mut report).await;
            desk.screen.close();
            outcome
        }
        Err(failure) => Err(failure),
    };
    if let Err(failure) = &outcome {
        report.error = Some(failure.clone());
    }
    if args.output != OutputFormat::Text || waits(&args) {
        finish(&report, args.output);
    }
    outcome
}

/// Everything that can be said before anything is sent.
fn prepared<'a>(
    args: &JobSubmit,
    settings: &'a Settings,
    globals: &'a Globals,
    clock: Clock,
    draft: &Draft,
) -> Result<(Desk<'a>, Service, Agency), Failure> {
    let service = found(args, settings, draft)?;
    target::check(args.ending.download.as_deref())?;
    let desk = Desk::open(settings, globals, clock, args.output)?;
    for note in &draft.lowered.notes {
        desk.screen.note(&note_words(note));
    }
    if args.wanted.fetch && draft.fetched.is_empty() {
        desk.screen.note("note: --fetch has nothing to do here");
    }
    let agency = desk.agency(&service, &args.service)?;
    let planned = agency.plan(&draft.request).map_err(|error| failure::of(&error, draft.backend))?;
    // What only the journal knows, such as the same request a minute ago.
    let more = planned.lowered.notes.iter().filter(|note| !draft.lowered.notes.contains(note));
    more.for_each(|note| desk.screen.note(&note_words(note)));
    if args.output == OutputFormat::Text {
        let price = report::estimate_words(&draft.estimate);
        let charged = report::charged(service.dialect().charge());
        let told = draft.estimate.credits.map_or_else(|| price.clone(), |_| format!("{price}; {charged}"));
        desk.screen.note(&format!("estimate: {told}"));
    }
    Ok((desk, service, agency))
}

/// The service, where nothing is wrong with the request; everything that is, at once.
fn found(args: &JobSubmit, settings: &Settings, draft: &Draft) -> Result<Service, Failure> {
    if draft.fits() {
        return Service::find(&args.service, settings, None);
    }
    let all = [draft.violations.as_slice(), nowhere(args, settings).as_slice()].concat();
    Err(failure::violations(&all))
}

/// Where nobody knows to which address it would go: one of the things that are wrong.
fn nowhere(args: &JobSubmit, settings: &Settings) -> Option<Violation> {
    let failure = Service::find(&args.service, settings, None).err()?;
    Some(Violation::new("base_url", format!("{}: {}", failure.what, failure.why), failure.fix))
}

/// A submit under way.
struct Submit<'a> {
    args: &'a JobSubmit,
    desk: &'a Desk<'a>,
    service: &'a Service,
    agency: &'a Agency,
}

impl Submit<'_> {
    async fn run(&self, mut draft: Draft, report: &mut Report) -> Result<Done, Failure> {
        let stop = Stop::saying(&tokio::runtime::Handle::current(), None, AT_ONCE);
        let screen = &self.desk.screen;
        let trust = self.service.trust(&self.args.service, self.desk.settings)?;
        let fetched = match drive(screen, &stop, fetch::fetch(&mut draft, &trust, screen)).await {
            Ended::Done(fetched) => fetched?,
            Ended::Asked(exit) => return Ok(self.nothing_sent(exit)),
        };
        let place = screen.add(draft.backend.name());
        let seen = Mutex::new(Seen::default());
        let mut tell = |progress: Progress| self.saw(&seen, place, progress);
        let submitted = drive(screen, &stop, self.agency.submit(&draft.request, &mut tell)).await;
        drop(fetched);
        let seen = seen.into_inner().unwrap_or_else(PoisonError::into_inner);
        report.key = seen.key;
        report.id = seen.id;
        let id = match submitted {
            Ended::Asked(exit) => return self.heard_out(exit, report).await,
            Ended::Done(Ok(receipt)) => {
                report.state = JobState::Running;
                report.key = Some(receipt.key);
                report.estimate = Some(receipt.estimate);
                report.resume = Some(self.desk.command("wait", &receipt.id, &self.args.service));
                report.id = Some(receipt.id.clone());
                receipt.id
            }
            Ended::Done(Err(error)) => {
                if let ClipError::OutcomeUnknown { key, .. } = &error {
                    report.state = JobState::Unknown;
                    report.key = Some(key.clone());
                }
                screen.end(place);
                let failure = self.desk.failure(&error, draft.backend, &self.args.service);
                return Err(failure::of_submit(failure, &error));
            }
        };
        let ending = &self.args.ending;
        if !waits(self.args) {
            screen.end(place);
            return Ok(Done { exit: stop.asked(), play: None });
        }
        if let Some(exit) = stop.asked() {
            return Ok(self.left(exit, report));
        }
        let (args, several) = (&self.args.service, false);
        let follow = Follow { desk: self.desk, service: self.service, agency: self.agency, args, ending, several, place };
        match drive(screen, &stop, follow.to_its_file(&id, report)).await {
            Ended::Done(outcome) => outcome?,
            Ended::Asked(exit) => return Ok(self.left(exit, report)),
        }
        let play = report.file.clone().filter(|_| ending.play);
        Ok(Done { exit: None, play })
    }

    fn saw(&self, seen: &Mutex<Seen>, place: Place, progress: Progress) {
        let mut seen = seen.lock().unwrap_or_else(PoisonError::into_inner);
        let screen = &self.desk.screen;
        match &progress {
            Progress::Journaled { key } => seen.key = Some(key.clone()),
            Progress::Accepted { id, notes } => {
                seen.id = Some(id.clone());
                self.taken_on(id, notes);
                if self.args.output == OutputFormat::Jsonl {
                    return;
                }
            }
            _ => {}
        }
        screen.tell(place, seen.id.as_deref().unwrap_or_default(), &progress);
    }

    /// The id, and the exact command that goes on with it: the first line of all.
    fn taken_on(&self, id: &str, notes: &[String]) {
        let screen = &self.desk.screen;
        let resume = self.desk.command("wait", id, &self.args.service);
        let first = format!("{}  resume: {resume}", shown(id, 200));
        match self.args.output {
            OutputFormat::Text => screen.print(&first),
            OutputFormat::Json => screen.note(&first),
            OutputFormat::Jsonl => {
                screen.event(&json!({ "event": "accepted", "id": id, "notes": notes, "resume": resume }));
            }
        }
        if self.args.output != OutputFormat::Jsonl {
            notes.iter().for_each(|note| screen.note(&format!("note: {}", shown(note, 500))));
        }
    }

    /// A signal came while a submit may be under way: what has left is heard out, and nothing else begins. What became of it stands in
    /// the journal then.
    async fn heard_out(&self, exit: Exit, report: &mut Report) -> Result<Done, Failure> {
        let screen = &self.desk.screen;
        let why = "a submit that is under way is heard out, so that nothing that is paid for is lost";
        screen.note(&format!("seaglass: stopping; {why} (again to stop now)"));
        self.agency.settled().await;
        let Some(entry) = report.key.clone().map(|key| self.desk.entry(&key, &self.args.service)).transpose()?.flatten()
        else {
            return Ok(self.nothing_sent(exit));
        };
        let told = report.id.is_some();
        report.take_entry(&entry);
        match (entry.state, entry.id) {
            (JobState::Unknown, _) => {
                let why = entry.error.unwrap_or_else(|| "its answer did not come".to_owned());
                let error = ClipError::OutcomeUnknown { key: entry.key, why };
                Err(self.desk.failure(&error, entry.backend, &self.args.service))
            }
            (_, Some(id)) => {
                if !told {
                    self.taken_on(&id, &[]);
                }
                report.resume = Some(self.desk.command("wait", &id, &self.args.service));
                Ok(self.left(exit, report))
            }
            _ => Ok(self.nothing_sent(exit)),
        }
    }

    /// A signal came before anything was sent.
    fn nothing_sent(&self, exit: Exit) -> Done {
        self.desk.screen.note("seaglass: stopped; no job was submitted, and nothing was charged");
        Done { exit: Some(exit), play: None }
    }

    /// A signal ended the wait: what that does not end is said (AM-18).
    fn left(&self, exit: Exit, report: &Report) -> Done {
        let resume = report.resume.clone().unwrap_or_default();
        let words = match report.state {
            JobState::Ready => {
                format!("stopped; the job is done, and only its clip is missing here\n          go on: {resume}")
            }
            _ => {
                let cost = report::goes_on(self.service.dialect().charge());
                format!("stopped waiting; the job goes on: {cost}\n          wait on: {resume}")
            }
        };
        self.desk.screen.note(&format!("seaglass: {words}"));
        Done { exit: Some(exit), play: None }
    }
}

/// Whether the clip is waited for.
const fn waits(args: &JobSubmit) -> bool {
    args.wait || args.ending.download.is_some() || args.ending.play
}

/// The last of what is printed on stdout.
pub fn finish(report: &Report, output: OutputFormat) {
    match output {
        OutputFormat::Json => println!("{}", print::pretty(&report.json())),
        OutputFormat::Jsonl => {
            let mut event = report.json();
            event["event"] = json!("done");
            println!("{}", print::compact(&event));
        }
        // An error says the rest.
        OutputFormat::Text if report.error.is_none() && report.id.is_some() => println!("{}", report.words()),
        OutputFormat::Text => {}
    }
}

/// The object of a command that failed before it knew anything of its job: programs read one, whatever happened.
pub fn told<T>(outcome: Result<T, Failure>, id: &str, output: OutputFormat) -> Result<T, Failure> {
    if let Err(failure) = &outcome
        && output != OutputFormat::Text
    {
        let error = report::error(failure);
        let id = (!id.is_empty()).then_some(id);
        let nothing = json!({ "id": id, "backend": null, "state": null, "credits": null, "file": null, "error": error });
        print::one(&nothing, output, |_| ());
    }
    outcome
}

/// What would be sent, everything that is wrong with it, and what it would cost.
fn dry_run(args: &JobSubmit, settings: &Settings, globals: &Globals, clock: Clock, draft: &Draft) -> Result<(), Failure> {
    // A customer's domain that nobody named is one of the things that are wrong; it does not hide the others.
    let service = Service::find(&args.service, settings, None);
    let found = service.as_ref().ok();
    let key = found.map(|service| service.key(&args.service, settings)).transpose()?.flatten();
    let mut planned = None;
    let mut odd = None;
    if let Some(service) = found {
        odd = key.as_ref().and_then(|key| service.key_note(key));
        let books = Desk::open(settings, globals, clock, args.output)?.books;
        let agency = service.agency(&args.service, settings, key.clone(), Some(books), clock)?;
        planned = Some(agency.plan(&draft.request).map_err(|error| failure::of(&error, draft.backend))?);
    }
    let mut more = draft.clone();
    if let Some(planned) = &planned {
        // What only the journal knows, such as the same request a minute ago.
        let known = &draft.lowered.notes;
        more.lowered.notes.extend(planned.lowered.notes.iter().filter(|note| !known.contains(note)).cloned());
    }
    let denied = planned.and_then(|planned| planned.denied);
    let base = found.map(|service| &service.base);
    match args.output {
        OutputFormat::Text => {
            more.lines(base, key.is_some()).iter().for_each(|line| println!("{line}"));
            odd.iter().for_each(|odd| println!("note: key: {odd}"));
            if let Some(denied) = &denied {
                println!("budget: {denied}");
            }
        }
        output => {
            more.violations.extend(nowhere(args, settings));
            let mut shown = more.json(base, key.is_some());
            shown["budget"] = json!(denied.map(|denied| denied.to_string()));
            shown["key_note"] = json!(odd);
            print::one(&shown, output, |_| ());
        }
    }
    eprintln!("nothing was sent");
    self::found(args, settings, draft)?;
    match denied {
        Some(denied) => Err(failure::of(&ClipError::Budget(denied), draft.backend)),
        None => Ok(()),
    }
}
