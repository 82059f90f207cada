//! How a job stands for its user, and how it ended.

use super::problem::Problem;
use super::status::Status;

/// How a job stands for its user: the `state` of every report, and of the journal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JobState {
    /// The journal has it; whether it was sent is not yet known.
    Intent,
    /// The service has it, under an id.
    Running,
    /// Its clip can be had.
    Ready,
    /// The service gave up on it, or is done with it and names no clip.
    Failed,
    /// The service refused it, or it never left this machine: it costs nothing.
    Refused,
    /// Nobody knows whether the service has it: the answer to the submit was lost. It may have been charged, and is never sent again
    /// by itself. Its user can say what became of it.
    Unknown,
}

/// How a wait for a job ended.
#[derive(Clone, Debug, PartialEq)]
pub enum Outcome {
    /// Its clip can be had.
    Ready(Box<Status>),
    /// The service gave up on it, or is done with it and names no clip: the status says which.
    Failed(Box<Status>),
    /// The wait ended, and the job lives on.
    StillRunning,
    /// The service said something that repeating would not change.
    Refused(Problem),
    /// Nobody knows whether the service has it.
    Unknown,
    /// The service could not be reached any more; the job, if it has an id, lives on.
    Unreachable,
}

impl JobState {
    /// All of them.
    pub const ALL: [Self; 6] = [Self::Intent, Self::Running, Self::Ready, Self::Failed, Self::Refused, Self::Unknown];

    /// Its name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Intent => "intent",
            Self::Running => "running",
            Self::Ready => "ready",
            Self::Failed => "failed",
            Self::Refused => "refused",
            Self::Unknown => "unknown",
        }
    }

    /// Whether nothing changes any more.
    #[must_use]
    pub const fn is_final(self) -> bool {
        matches!(self, Self::Ready | Self::Failed | Self::Refused)
    }
}
