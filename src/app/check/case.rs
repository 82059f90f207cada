//! A case: one sentence of the profile, and how to hold a server to it.

use futures_util::future::BoxFuture;

use super::facts::Need;
use super::probe::Probe;
use super::verdict::Verdict;

/// How much a failure weighs (RFC 2119).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// A server that fails is none of this profile.
    Must,
    /// A server that fails has its reasons; counts with `--strict`.
    Should,
}

/// Plays a case.
pub type Play = for<'a> fn(&'a mut Probe) -> BoxFuture<'a, Verdict>;

/// One case.
#[derive(Clone, Copy, Debug)]
pub struct Case {
    /// Group, theme and number, as in `reconn/2/3`.
    pub id: &'static str,
    /// How much it weighs.
    pub level: Level,
    /// Rows of the requirements, such as `HO-19`.
    pub rows: &'static str,
    /// Section of `docs/protocol.md`.
    pub section: &'static str,
    /// What the server does, as a sentence.
    pub says: &'static str,
    /// What the server, or this program, must have for it.
    pub needs: &'static [Need],
    /// Worlds that it makes at most.
    pub worlds: u32,
    /// How to play it.
    pub play: Play,
}

impl Level {
    /// The word for it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Must => "MUST",
            Self::Should => "SHOULD",
        }
    }
}

impl Case {
    /// The group: what stands before the first stroke.
    pub fn group(&self) -> &'static str {
        self.id.split('/').next().unwrap_or(self.id)
    }

    /// Whether an id, or the beginning of one up to a stroke, means this case.
    pub fn is_meant_by(&self, prefix: &str) -> bool {
        let prefix = prefix.trim_end_matches('/');
        self.id.strip_prefix(prefix).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    }
}
