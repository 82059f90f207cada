//! Messages that do not fit the protocol: each is skipped, they are told at most once a second, and too many in a second end
//! the stream.

use std::time::Duration;

use crate::media::Monotonic;

/// Shortest time between two events, and the window in which too many end the stream.
const WINDOW: Duration = Duration::from_secs(1);
/// Malformed messages in that window that are borne. A whole keyframe of broken fragments is 256 messages at most and rarely
/// above 16.
const MOST: u64 = 64;

/// Malformed messages of late.
#[derive(Debug, Default)]
pub(super) struct Garbage {
    window: Option<Monotonic>,
    in_window: u64,
    last_told: Option<Monotonic>,
    untold: Option<String>,
}

/// What to do about a malformed message.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// Tell of it now.
    Tell,
    /// Tell of it then, with those that come until then.
    TellAt(Monotonic),
    /// Give the stream up.
    TooMany,
}

impl Garbage {
    /// Notes one.
    pub(super) fn note(&mut self, now: Monotonic, detail: String) -> Verdict {
        if self.window.is_none_or(|since| now.since(since) >= WINDOW) {
            (self.window, self.in_window) = (Some(now), 0);
        }
        self.in_window += 1;
        self.untold = Some(detail);
        if self.in_window > MOST {
            return Verdict::TooMany;
        }
        match self.last_told.map(|last| last + WINDOW) {
            Some(allowed) if allowed > now => Verdict::TellAt(allowed),
            _ => Verdict::Tell,
        }
    }

    /// What is wrong with the latest one, if that is still to be told.
    pub(super) fn take(&mut self, now: Monotonic) -> Option<String> {
        self.last_told = Some(now);
        self.untold.take()
    }
}
