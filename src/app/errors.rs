//! What a command that fails tells its user: what, why, what to do, a stable code, and the documented exit status.

use std::fmt;
use std::path::Path;

/// Exit statuses, as scripts rely on them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// An error that none of the others describes.
    Unexpected = 1,
    /// Usage, configuration or local validation.
    Usage = 2,
    /// The key is missing, wrong or expired.
    Auth = 3,
    /// The plan or the balance does not allow it.
    Payment = 4,
    /// No such world or job, or its result has expired.
    NotFound = 5,
    /// The world or the job failed on the server.
    Session = 6,
    /// The network failed, after retries.
    Network = 7,
    /// The wait for a job ended, and the job goes on.
    StillRunning = 8,
    /// Too many requests, worlds or jobs at once.
    RateLimit = 9,
    /// A budget does not allow it; nothing was spent.
    Budget = 10,
    /// A limit ended the session.
    Limit = 11,
    /// It may have been created or submitted, and nobody knows.
    OutcomeUnknown = 12,
    /// A benchmark's objective was missed.
    ObjectiveFailed = 20,
    /// A benchmark is worse than its baseline.
    Regression = 21,
    /// A benchmark has too few samples to say.
    Insufficient = 22,
    /// A conformance case failed that a server must pass.
    ConformanceMust = 30,
    /// Only conformance cases failed that a server should pass, and they count.
    ConformanceShould = 31,
    /// SIGHUP, after cleaning up: the terminal was closed.
    HungUp = 129,
    /// SIGINT, after cleaning up.
    Interrupted = 130,
    /// SIGTERM, after cleaning up.
    Terminated = 143,
}

/// A failure as the user sees it.
#[derive(Clone, Debug)]
pub struct Failure {
    /// Stable code, which `seaglass explain` expands.
    pub code: &'static str,
    /// Exit status.
    pub exit: Exit,
    /// What failed.
    pub what: String,
    /// Why, as far as known.
    pub why: String,
    /// What the user can do.
    pub fix: String,
}

impl Failure {
    /// The command line does not fit.
    pub fn usage(what: &str, why: &str, fix: &str) -> Self {
        Self::new("usage", Exit::Usage, what, why, fix)
    }

    /// A file cannot be written.
    pub fn unwritten(path: &Path, why: &std::io::Error) -> Self {
        let what = format!("{} cannot be written", path.display());
        Self::new("file", Exit::Unexpected, what, why, "check that the folder exists, is writable and has room")
    }

    /// A failure with all of its parts.
    pub fn new(
        code: &'static str,
        exit: Exit,
        what: impl Into<String>,
        why: impl fmt::Display,
        fix: impl Into<String>,
    ) -> Self {
        Self { code, exit, what: what.into(), why: why.to_string(), fix: fix.into() }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "error[{}]: {}", self.code, self.what)?;
        if !self.why.is_empty() {
            writeln!(f, "   why: {}", indent(&self.why))?;
        }
        write!(f, "    do: {}", indent(&self.fix))
    }
}

impl std::error::Error for Failure {}

fn indent(text: &str) -> String {
    text.trim_end().replace('\n', "\n        ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_says_what_why_and_what_to_do() {
        let failure = Failure::new("config", Exit::Usage, "no", "line 1\nline 2", "mend it");
        assert_eq!(failure.to_string(), "error[config]: no\n   why: line 1\n        line 2\n    do: mend it");
    }
}
