//! What a service says of a job, in this project's words; the service's own are kept beside them.

use serde_json::Value;

use super::violation::Note;

/// A job was taken on.
#[derive(Clone, Debug, PartialEq)]
pub struct Accepted {
    /// Its id; opaque.
    pub id: String,
    /// The service's word for how it stands; empty where it says none.
    pub word: String,
    /// The whole answer.
    pub raw: Value,
    /// What is odd about it, but no reason to lose a paid job.
    pub notes: Vec<Note>,
}

/// How a job stands.
#[derive(Clone, Debug, PartialEq)]
pub struct Status {
    /// In this project's words.
    pub phase: Phase,
    /// In the service's. Words that nobody knows count as running.
    pub word: String,
    /// How much is done, 0 to 1.
    pub progress: Option<f64>,
    /// Where the clip is, best first; everything that was given.
    pub results: Vec<String>,
    /// Until when that holds.
    pub expires: Option<Expiry>,
    /// Where a small picture of it is.
    pub thumbnail: Option<String>,
    /// What it cost.
    pub credits: Option<f64>,
    /// Why it failed, in the service's words, or why there is nothing of it.
    pub error: Option<String>,
    /// The whole answer.
    pub raw: Value,
}

/// How a job stands, in this project's words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// Queued or being made.
    Running,
    /// It is done, and its clip can be had.
    Ready,
    /// It failed, and will not change any more.
    Failed,
    /// The service is done with it, and names no clip (HA-17): nothing is left to wait for. It may have been charged as any other.
    ResultMissing,
}

/// Until when a link holds. Times as the service wrote them (RFC 3339): whoever has a calendar reads them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Expiry {
    /// Until then.
    At(String),
    /// So many hours from then on.
    HoursAfter(u32, String),
}
