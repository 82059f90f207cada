//! What can go wrong with a clip, and which exit status that is.

use std::path::PathBuf;

use thiserror::Error;

use crate::books::{BooksError, Denied, JobSettled};
use crate::jobs::{JobState, Problem, Violation};
use crate::net::NetError;

/// What went wrong.
#[derive(Clone, Debug, Error)]
#[non_exhaustive]
pub enum ClipError {
    /// The request does not fit; nothing was sent.
    #[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))]
    Violations(Vec<Violation>),
    /// A budget does not allow it; nothing was sent.
    #[error(transparent)]
    Budget(#[from] Denied),
    /// The journal cannot be kept; nothing was sent.
    #[error(transparent)]
    Books(#[from] BooksError),
    /// Nothing is submitted without a journal.
    #[error("there is no journal, and a submit without one could be lost")]
    NoBooks,
    /// The service refuses.
    #[error(transparent)]
    Refused(#[from] Problem),
    /// The network failed, after every repetition that is safe.
    #[error(transparent)]
    Net(#[from] NetError),
    /// The answer to a submit was lost: it may have been charged, and is not sent again.
    #[error("nobody knows whether the service took the job: {why}")]
    OutcomeUnknown {
        /// The journal's key.
        key: String,
        /// What was lost.
        why: String,
    },
    /// The service has as many jobs as it takes at once, and none ended in time; nothing was sent.
    #[error("{jobs} jobs are under way, and the service takes no more at once")]
    NoPlace {
        /// How many.
        jobs: u32,
    },
    /// A job that the journal knows was never taken on.
    #[error("the job {key} was never taken on: {why}")]
    NotSubmitted {
        /// The journal's key.
        key: String,
        /// Why.
        why: String,
    },
    /// A job cannot be settled by hand, as it is known how it stands.
    #[error("the job {id} is not unknown: it is {}", state.name())]
    NotUnknown {
        /// What was asked for.
        id: String,
        /// How it stands.
        state: JobState,
    },
    /// An unknown job cannot be settled as another one that was submitted here, too.
    #[error("{id} is the job {key} of this journal, and so no other")]
    IdTaken {
        /// The id.
        id: String,
        /// The journal's key of the job that has it.
        key: String,
    },
    /// The service gave up on the job.
    #[error("the job {id} failed: {why}")]
    Failed {
        /// Its id.
        id: String,
        /// Why, in the service's words.
        why: String,
    },
    /// The service is done with the job, and names no clip (HA-17).
    #[error("the job {id} is done, and the service names no clip")]
    ResultMissing {
        /// Its id.
        id: String,
    },
    /// The wait ended before the job did.
    #[error("the job {id} is still running")]
    StillRunning {
        /// Its id.
        id: String,
    },
    /// The clip's link no longer holds, and the service has no new one.
    #[error("the clip of job {id} can no longer be had: {why}")]
    Expired {
        /// Its id.
        id: String,
        /// Why.
        why: String,
    },
    /// What the clip's link leads to is no clip, or is refused.
    #[error("the clip of {id} cannot be downloaded: {why}")]
    NoClip {
        /// The job, or the link.
        id: String,
        /// Why.
        why: String,
    },
    /// A file could not be uploaded.
    #[error("{why}")]
    Upload {
        /// Why.
        why: String,
    },
    /// A file cannot be read or written.
    #[error("{}: {why}", path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        why: String,
    },
    /// The journal knows no such job.
    #[error("the journal has no job {id}")]
    NoSuchJob {
        /// What was asked for.
        id: String,
    },
}

impl ClipError {
    /// Why a job of this key was not settled by hand, as this id or as none; `None`: it was.
    #[must_use]
    pub fn of_settling(settled: JobSettled, key: &str, id: &str) -> Option<Self> {
        match settled {
            JobSettled::Done => None,
            JobSettled::NotUnknown(Some(state)) => Some(Self::NotUnknown { id: key.to_owned(), state }),
            JobSettled::NotUnknown(None) => Some(Self::NoSuchJob { id: key.to_owned() }),
            JobSettled::Taken(key) => Some(Self::IdTaken { id: id.to_owned(), key }),
        }
    }
}
