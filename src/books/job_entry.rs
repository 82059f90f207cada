//! A job in the journal, and what is written about one.

use std::path::PathBuf;

use jiff::Timestamp;

use crate::jobs::{Backend, JobState};

/// What is known of one job.
#[derive(Clone, Debug, PartialEq)]
pub struct JobEntry {
    /// The journal's own key.
    pub key: String,
    /// The service's id, once known.
    pub id: Option<String>,
    /// Which service's words are spoken.
    pub backend: Backend,
    /// The service's base URL.
    pub server: String,
    /// The profile that pays.
    pub profile: String,
    /// For people.
    pub summary: String,
    /// How it stands.
    pub state: JobState,
    /// How it stands in the service's word; empty where it said none.
    pub word: String,
    /// What was asked for, hashed; empty where somebody else submitted it.
    pub hash: String,
    /// What was sent, or is to be; empty where somebody else submitted it.
    pub body: String,
    /// What it was expected to cost, in credits; `None`: nobody said.
    pub estimate: Option<f64>,
    /// What it cost, in credits, as far as the service says.
    pub credits: Option<f64>,
    /// What the ledger counts for it, in credits.
    pub booked: f64,
    /// Where its clip is, best first. Whoever has these links may have the clip.
    pub results: Vec<String>,
    /// Until when they hold, where that is known.
    pub expires: Option<Timestamp>,
    /// Where its clip lies on this machine.
    pub file: Option<PathBuf>,
    /// What went wrong last.
    pub error: Option<String>,
    /// When it was begun.
    pub created: Timestamp,
    /// When the service took it on, where that is known.
    pub accepted: Option<Timestamp>,
    /// When the service was last heard of it.
    pub checked: Option<Timestamp>,
}

/// A job that is about to be submitted.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct JobIntent<'a> {
    /// The journal's own key; a new one.
    pub key: &'a str,
    /// Which service's words are spoken.
    pub backend: Backend,
    /// The service's base URL. Holds no credential.
    pub server: &'a str,
    /// The profile that pays.
    pub profile: &'a str,
    /// For people, in a few words.
    pub summary: &'a str,
    /// What is asked for, hashed.
    pub hash: &'a str,
    /// What is to be sent.
    pub body: &'a str,
    /// What it is expected to cost, in credits; `None`: nobody says.
    pub estimate: Option<f64>,
}

/// What a service said of a job.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct JobCheck<'a> {
    /// How it stands.
    pub state: JobState,
    /// In the service's word.
    pub word: &'a str,
    /// Where its clip is, best first.
    pub results: &'a [String],
    /// Until when they hold.
    pub expires: Option<Timestamp>,
    /// What it cost, in credits, as far as the service says.
    pub credits: Option<f64>,
    /// What is to be booked for it, in credits, by now; `None`: nothing new.
    pub due: Option<f64>,
    /// Why it failed.
    pub error: Option<&'a str>,
}

/// What came of settling a job by hand of which nobody knew whether its service has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum JobSettled {
    /// It is settled.
    Done,
    /// It is not unknown, but stands so; `None`: there is no such job. Nothing was written.
    NotUnknown(Option<JobState>),
    /// The id is that of another job, of this key, which was submitted here, too. Nothing was written.
    Taken(String),
}

/// Whether a job may be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JobMark {
    /// It may, and whoever finds it from now on does not know what became of it.
    Marked,
    /// So many jobs are under way at that service, which is as many as it takes. Nothing was written.
    Full(u32),
    /// It is no intent any more: somebody gave it up. Nothing was written.
    Gone,
}
