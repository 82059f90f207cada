//! What every command of jobs works with: settings, journal, screen; and where a job is that an id names.

use std::sync::Arc;

use jiff::Zoned;

use super::failure;
use super::screen::Screen;
use super::service::{Known, Service};
use crate::app::args::{self, OutputFormat};
use crate::app::config::Settings;
use crate::app::errors::Failure;
use crate::app::remote;
use crate::app::typed::quoted;
use crate::books::{Books, JobEntry};
use crate::clips::{Agency, ClipError};
use crate::clock::{Clock, wall_clock};
use crate::jobs::Backend;

pub use crate::app::typed::Globals;

/// What a command works with.
#[derive(Debug)]
pub struct Desk<'a> {
    /// The settings in force.
    pub settings: &'a Settings,
    /// Flags to repeat.
    pub globals: &'a Globals,
    /// The run's clock.
    pub clock: Clock,
    /// How to print.
    pub output: OutputFormat,
    /// Where to.
    pub screen: Screen,
    /// The journal.
    pub books: Arc<Books>,
}

impl<'a> Desk<'a> {
    /// Opens the journal.
    pub fn open(settings: &'a Settings, globals: &'a Globals, clock: Clock, output: OutputFormat) -> Result<Self, Failure> {
        let books = remote::books(settings)?.0;
        Ok(Self { settings, globals, clock, output, screen: Screen::new(output, clock), books })
    }

    /// The journal's entry of an id or a key, at the address that the user names, if one is named.
    pub fn entry(&self, id: &str, args: &args::Service) -> Result<Option<JobEntry>, Failure> {
        let server = args.base_url.as_deref().and_then(|base| crate::net::Origin::parse(base).ok());
        let found = self.books.find_job(&now(), id, server.as_ref().map(crate::net::Origin::as_str));
        found.map_err(|error| remote::books_failure(&error))
    }

    /// Where the job of an id is: as the journal says, or else as the user does.
    pub fn service_of(&self, id: &str, args: &args::Service) -> Result<(Service, Option<JobEntry>), Failure> {
        let entry = self.entry(id, args)?;
        let known = entry.as_ref().map(|entry| Known { backend: entry.backend, base: entry.server.clone() });
        if known.is_none() && args.backend.is_none() {
            let error = ClipError::NoSuchJob { id: super::text::shown(id, 100) };
            // No service is named, so none of its words matter.
            return Err(failure::of(&error, Backend::HhApp));
        }
        Ok((Service::find(args, self.settings, known.as_ref())?, entry))
    }

    /// What can be asked of a service, with the key that goes there.
    pub fn agency(&self, service: &Service, args: &args::Service) -> Result<Agency, Failure> {
        let key = service.needed_key(args, self.settings)?;
        if let Some(odd) = service.key_note(&key) {
            self.screen.note(&format!("note: key: {odd}"));
        }
        service.agency(args, self.settings, Some(key), Some(Arc::clone(&self.books)), self.clock)
    }

    /// What went wrong with a job, with the exact commands that go on with it.
    pub fn failure(&self, error: &ClipError, backend: Backend, args: &args::Service) -> Failure {
        match error {
            ClipError::OutcomeUnknown { key, why } => failure::outcome_unknown(why, &self.command("settle", key, args)),
            ClipError::StillRunning { id } => {
                let fix = format!("wait on: {}", self.command("wait", id, args));
                Failure { fix, ..failure::of(error, backend) }
            }
            error => failure::of(error, backend),
        }
    }

    /// The exact command that goes on with a job, by what the journal of this machine knows.
    pub fn command(&self, verb: &str, id: &str, args: &args::Service) -> String {
        let mut words = vec!["seaglass".to_owned(), "job".to_owned(), verb.to_owned(), quoted(id)];
        let mut add = |flag: &str, value: Option<&std::path::Path>| {
            if let Some(value) = value {
                words.extend([flag.to_owned(), quoted(&value.to_string_lossy())]);
            }
        };
        add("--api-key-file", args.api_key_file.as_deref());
        add("--ca-file", args.ca_file.as_deref().filter(|_| std::env::var_os("SEAGLASS_CA_FILE").is_none()));
        add("--config", self.globals.config.as_deref());
        add("--books", self.globals.books.as_deref());
        if args.allow_plaintext_key {
            words.push("--allow-plaintext-key".to_owned());
        }
        words.join(" ")
    }
}

/// The user's calendar and clock, for the journal.
pub fn now() -> Zoned {
    wall_clock().to_zoned(jiff::tz::TimeZone::system())
}
