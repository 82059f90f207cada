//! What goes into the life of a job and what comes out of it: plain values, so that a test can play a service, a disk and a crash.

use std::time::Duration;

use super::dialect::Pace;
use super::outcome::Outcome;
use super::problem::Problem;
use super::status::{Accepted, Status};
use crate::media::Monotonic;

/// How patient a job is with a submit that was not taken on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct JobPatience {
    /// Most attempts. A further one is made only where the one before left nothing at the service.
    pub attempts: u32,
    /// Most attempts where none leaves this machine.
    pub unsent: u32,
    /// No attempt begins so long after the first one, or later.
    pub within: Duration,
    /// How long one attempt waits for its answer; after that nobody knows what became of it.
    pub answer: Duration,
}

/// How a job behaves.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct JobOptions {
    /// Scatters waits.
    pub seed: u64,
    /// When it is asked for.
    pub pace: Pace,
    /// With its submit.
    pub submit: JobPatience,
    /// Files to upload before the submit.
    pub uploads: usize,
    /// For how long the submit waits while the service has as many jobs as it takes at once.
    pub place: Duration,
    /// How long one question waits for its answer.
    pub answer: Duration,
    /// Questions in a row that may fail before the service counts as unreachable.
    pub failures: u32,
}

/// Something that came from outside. Time is told beside it.
#[derive(Clone, Debug, PartialEq)]
pub enum JobInput {
    /// The last record is safe: it survives the process.
    Written,
    /// It could not be written.
    Unwritten,
    /// It was not written, as the service has as many jobs as it takes at once.
    Full,
    /// The file that was asked for is at the service.
    Uploaded,
    /// It is not, after every repetition that is safe.
    NotUploaded,
    /// A request may leave now.
    Permitted,
    /// An attempt was answered, or failed.
    Answer {
        /// Which, as [`JobOutput::Send`] numbered it. An id is taken from any attempt, also from one that was given up.
        attempt: u32,
        /// What came.
        answer: Result<JobAnswer, JobFault>,
    },
    /// Whoever wanted it has gone. What is on its way is heard out; nothing else is begun.
    Stop,
    /// The deadline of the last [`JobOutput::Timeout`] has come. Telling it early or late does no harm.
    Deadline,
}

/// What an attempt came to.
#[derive(Clone, Debug, PartialEq)]
pub enum JobAnswer {
    /// The service took the job on.
    Accepted(Box<Accepted>),
    /// How it stands.
    Status(Box<Status>),
}

/// How an attempt failed; what matters is what it may have left at the service.
#[derive(Clone, Debug, PartialEq)]
pub enum JobFault {
    /// The service answered, and not with what was asked for.
    Problem(Problem),
    /// It never left this machine.
    Unsent {
        /// Whether it may do so on another try.
        again: bool,
    },
    /// It left, and its answer was lost, in whole or in part.
    Lost,
}

/// What the driver is to do next.
#[derive(Clone, Debug, PartialEq)]
pub enum JobOutput {
    /// Put this into the journal, then tell [`JobInput::Written`] or [`JobInput::Unwritten`].
    Write(JobRecord),
    /// Upload the file of this number, from 0, then tell [`JobInput::Uploaded`] or [`JobInput::NotUploaded`].
    Upload(usize),
    /// Wait until a request may leave, then tell [`JobInput::Permitted`].
    Permit,
    /// Send this; an attempt before it that has no answer yet is given up.
    Send {
        /// Number of the attempt, from 1.
        attempt: u32,
        /// What to ask.
        request: JobRequest,
    },
    /// For people: how it stands, and after which time it is asked for next, if it is.
    Checked {
        /// How it stands.
        status: Box<Status>,
        /// When it is asked for next.
        next: Option<Duration>,
    },
    /// For people: an attempt failed, or there was no place for it, and it is repeated after this time.
    Retrying {
        /// When.
        after: Duration,
    },
    /// Nothing more: wait for the next input, or for this moment.
    Timeout(Option<Monotonic>),
}

/// A line of the journal.
#[derive(Clone, Debug, PartialEq)]
pub enum JobRecord {
    /// A job is wanted, and what it may cost is set aside. Nothing was sent.
    Intent,
    /// Its submit is sent at any moment from now on: whoever finds only this does not know what became of it.
    Sending,
    /// The submit left nothing at the service, and will be repeated.
    Unsent,
    /// The service has it.
    Accepted(Box<Accepted>),
    /// The service does not have it, and it is not sent again.
    Refused,
    /// Nobody knows whether the service has it, and it is not sent again.
    Unknown,
    /// The service said how it stands.
    Checked(Box<Status>),
}

/// What to ask the service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum JobRequest {
    /// Submits the job.
    Submit,
    /// Asks how the job of this id stands.
    Status(String),
}

/// Where the life of a job has led, as far as its holder sees to it.
#[derive(Clone, Debug, PartialEq)]
pub enum JobEnd {
    /// The journal could not be kept, so nothing was sent.
    NotJournaled,
    /// A file could not be uploaded, so nothing was submitted.
    NotUploaded,
    /// The service had as many jobs as it takes at once for too long; nothing was sent.
    NoPlace,
    /// Whoever wanted it went before anything was sent.
    Stopped,
    /// The service has it.
    Accepted(Box<Accepted>),
    /// Anything else.
    Over(Outcome),
}

impl JobOptions {
    /// As patient as is sensible, at a pace.
    #[must_use]
    pub const fn new(seed: u64, pace: Pace) -> Self {
        let submit =
            JobPatience { attempts: 6, unsent: 4, within: Duration::from_secs(120), answer: Duration::from_secs(75) };
        let (place, answer) = (Duration::from_mins(20), Duration::from_secs(40));
        Self { seed, pace, submit, uploads: 0, place, answer, failures: 10 }
    }
}
