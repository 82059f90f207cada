//! What a command that fails tells its user: what, why, what to do, a stable code, and the documented exit status.

use std::fmt;

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
    /// No such world, or its result has expired.
    NotFound = 5,
    /// The world failed on the server.
    Session = 6,
    /// The network failed, after retries.
    Network = 7,
    /// Too many requests or worlds at once.
    RateLimit = 9,
    /// A limit ended the session.
    Limit = 11,
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
