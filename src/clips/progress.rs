//! What an agency tells while it works, and what it hands over.

use std::path::PathBuf;
use std::time::Duration;

use serde_json::Value;

use crate::books::Denied;
use crate::jobs::{Estimate, JobState, Lowered, Status};

/// What a submit would send and cost. Nothing was sent.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    /// The request in the service's words, everything wrong with it and everything worth a word.
    pub lowered: Lowered,
    /// What it would cost.
    pub estimate: Estimate,
    /// The budget that does not allow it, if one does not.
    pub denied: Option<Denied>,
}

/// What happened, for bars and event lines. The first of a submit is always [`Progress::Journaled`].
#[derive(Clone, Debug, PartialEq)]
pub enum Progress {
    /// The journal has it under this key; from here on nothing is lost.
    Journaled {
        /// The journal's key.
        key: String,
    },
    /// A file is being uploaded.
    Uploading {
        /// The field of the body that takes it.
        field: String,
        /// Bytes sent.
        sent: u64,
        /// Bytes in all.
        of: u64,
    },
    /// The service took it on, under this id.
    Accepted {
        /// Its id.
        id: String,
        /// Something odd about the answer.
        notes: Vec<String>,
    },
    /// How it stands.
    Checked {
        /// Its id.
        id: String,
        /// In this project's words.
        state: JobState,
        /// In the service's.
        word: String,
        /// How much is done, 0 to 1.
        progress: Option<f64>,
        /// Since the wait began.
        elapsed: Duration,
        /// When it is asked for next; `None`: not again.
        next: Option<Duration>,
    },
    /// A request failed and is repeated.
    Retrying {
        /// What failed.
        why: String,
        /// After which time it is repeated.
        after: Duration,
    },
    /// A clip is being downloaded.
    Downloading {
        /// Bytes on disk.
        got: u64,
        /// Bytes in all, where the host says it.
        of: Option<u64>,
    },
}

/// What a submit came to.
#[derive(Clone, Debug, PartialEq)]
pub struct Receipt {
    /// The journal's key.
    pub key: String,
    /// The service's id.
    pub id: String,
    /// What was estimated.
    pub estimate: Estimate,
}

/// What a wait came to.
#[derive(Clone, Debug, PartialEq)]
pub struct Finished {
    /// The service's id.
    pub id: String,
    /// How it stands.
    pub state: JobState,
    /// What the service said last; `None` where it could not be asked.
    pub status: Option<Status>,
    /// What it cost, as far as anybody says.
    pub credits: Option<f64>,
}

/// A clip on disk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Downloaded {
    /// Where.
    pub path: PathBuf,
    /// Its length in bytes.
    pub bytes: u64,
    /// Whether it ends within one of the film's parts: its host has no more of it.
    pub cut_off: bool,
}

/// A file at the service.
#[derive(Clone, Debug, PartialEq)]
pub struct Uploaded {
    /// What a submit names it by.
    pub key: String,
    /// Where it can be seen.
    pub public_url: Option<String>,
    /// The whole answer, without the link that may be written to.
    pub raw: Value,
}
