//! An entry of the journal, and what a new one is made from.

use jiff::Timestamp;

use super::amount::Amount;

/// What is known of one paid thing.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// Its idempotency key.
    pub key: String,
    /// The profile that pays.
    pub profile: String,
    /// The server's base URL.
    pub server: String,
    /// Who is responsible for it.
    pub owner: String,
    /// How it stands.
    pub state: State,
    /// The server's id, once known.
    pub id: Option<String>,
    /// For people.
    pub summary: String,
    /// The request, as long as it may have to be sent again.
    pub request: Option<String>,
    /// When it was begun.
    pub created: Timestamp,
    /// When it was last known to live, or ended.
    pub changed: Timestamp,
    /// What was set aside for it.
    pub reserved: Amount,
    /// What it is known to have used.
    pub used: Amount,
}

/// How an entry stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// It may be created at any moment, or have been.
    Intent,
    /// It exists.
    Held,
    /// It exists, and was left alive on purpose.
    Kept,
    /// Ending it failed, or nobody knows whether it exists.
    Unresolved,
    /// It has ended, or was never made.
    Ended,
}

/// What is about to be created.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Intent<'a> {
    /// Its idempotency key.
    pub key: &'a str,
    /// The profile that pays.
    pub profile: &'a str,
    /// The server's base URL. Holds no credential.
    pub server: &'a str,
    /// For people, in a few words.
    pub summary: &'a str,
    /// How long it may last.
    pub session: Session,
    /// Price of a second, where it is known.
    pub credits_per_second: Option<f64>,
}

/// How long something may last, in seconds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Session {
    /// So long, or not at all.
    Exactly(f64),
    /// As long as the budgets allow, but no longer than this.
    UpTo(f64),
    /// Nobody says.
    Open,
}

impl State {
    /// Each with its name in the database.
    const NAMES: [(Self, &'static str); 5] = [
        (Self::Intent, "intent"),
        (Self::Held, "held"),
        (Self::Kept, "kept"),
        (Self::Unresolved, "unresolved"),
        (Self::Ended, "ended"),
    ];

    /// Its name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        Self::NAMES[self as usize].1
    }

    pub(super) fn from_name(name: &str) -> Option<Self> {
        Self::NAMES.into_iter().find(|(_, known)| *known == name).map(|(state, _)| state)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn states_are_found_by_their_names() {
        for (state, name) in State::NAMES {
            assert_eq!((state.name(), State::from_name(name)), (name, Some(state)));
        }
        assert_eq!(State::from_name("lost"), None);
    }
}
