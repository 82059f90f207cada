//! The command ledger: every command that the server must acknowledge, until it has.
//!
//! Whole messages are kept, so that a resumed stream can send again what was not acknowledged; the server applies an id once.

use std::collections::VecDeque;
use std::time::Duration;

use crate::media::Monotonic;
use crate::wire::{CommandId, Up};

/// Most commands without acknowledgement; when full, new commands are refused.
const MOST: usize = 256;

/// How often a command is sent again on one stream.
const MOST_REPEATS: u8 = 3;

/// Commands in the order they were issued.
#[derive(Debug, Default)]
pub(super) struct Ledger {
    entries: VecDeque<Entry>,
}

/// One command.
#[derive(Debug)]
pub(super) struct Entry {
    /// Its id.
    pub(super) id: CommandId,
    /// The message, to send and to send again.
    pub(super) message: Up,
    /// Its input number.
    pub(super) input: Option<u32>,
    /// When the user issued it.
    pub(super) issued: Monotonic,
    /// When it reached the operating system first.
    sent: Option<Monotonic>,
    /// How often it was sent again on the stream that it is on, for want of an acknowledgement.
    repeats: u8,
    state: State,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum State {
    /// Waits for the stream to stand.
    Held,
    /// Handed to the driver.
    Transmitted,
    /// Handed to the operating system.
    Sent(Monotonic),
    /// As before, and it has been sent again often enough.
    Overdue,
}

impl Ledger {
    /// Whether no further command fits.
    pub(super) fn is_full(&self) -> bool {
        self.entries.len() >= MOST
    }

    /// Commands without acknowledgement.
    pub(super) fn len(&self) -> usize {
        self.entries.len()
    }

    /// Notes a command that is to be sent.
    pub(super) fn note(&mut self, id: CommandId, message: Up, input: Option<u32>, issued: Monotonic) {
        self.entries.push_back(Entry { id, message, input, issued, sent: None, repeats: 0, state: State::Held });
    }

    /// Takes the messages that wait for the stream, in order, marking them transmitted.
    pub(super) fn release(&mut self, mut transmit: impl FnMut(&Up)) {
        for entry in self.entries.iter_mut().filter(|entry| entry.state == State::Held) {
            entry.state = State::Transmitted;
            transmit(&entry.message);
        }
    }

    /// The stream is gone: whatever has no acknowledgement is sent again on the next one, in the order in which it was issued.
    pub(super) fn hold_all(&mut self) {
        self.entries.iter_mut().for_each(|entry| (entry.state, entry.repeats) = (State::Held, 0));
    }

    /// Whether a command waits for its acknowledgement.
    pub(super) fn holds(&self, id: &CommandId) -> bool {
        self.entries.iter().any(|entry| entry.id == *id)
    }

    /// Everything transmitted has reached the operating system.
    pub(super) fn flushed(&mut self, now: Monotonic) {
        for entry in self.entries.iter_mut().filter(|entry| entry.state == State::Transmitted) {
            entry.state = State::Sent(now);
            entry.sent.get_or_insert(now);
        }
    }

    /// Takes out an acknowledged command, with the moment it was sent: `now` where the acknowledgement overtook the news of that.
    pub(super) fn acknowledge(&mut self, now: Monotonic, id: &CommandId) -> Option<(Entry, Monotonic)> {
        let place = self.entries.iter().position(|entry| entry.id == *id && entry.state != State::Held)?;
        let entry = self.entries.remove(place)?;
        let sent = entry.sent.unwrap_or(now);
        Some((entry, sent))
    }

    /// When the first acknowledgement not yet told as overdue is due.
    pub(super) fn next_due(&self, patience: Duration) -> Option<Monotonic> {
        let due = |entry: &Entry| match entry.state {
            State::Sent(sent) => Some(sent + patience),
            State::Held | State::Transmitted | State::Overdue => None,
        };
        self.entries.iter().filter_map(due).min()
    }

    /// Finds the next overdue command and holds it, so that it is sent again: an acknowledgement may be lost where a connection is
    /// not, and the server applies an id once. Its id and how long it has waited; `None` for the id where that has been told.
    pub(super) fn overdue(&mut self, now: Monotonic, patience: Duration) -> Option<Option<(CommandId, Duration)>> {
        let late = |entry: &&mut Entry| matches!(entry.state, State::Sent(sent) if now.since(sent) >= patience);
        let entry = self.entries.iter_mut().find(late)?;
        let first = entry.repeats == 0;
        entry.state = if entry.repeats < MOST_REPEATS { State::Held } else { State::Overdue };
        entry.repeats = entry.repeats.saturating_add(1);
        Some(first.then(|| (entry.id.clone(), now.since(entry.sent.unwrap_or(now)))))
    }
}
