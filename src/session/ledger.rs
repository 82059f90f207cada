//! The command ledger: every command that the server must acknowledge, until it has.
//!
//! Whole messages are kept, so that a resumed stream can send again what was not acknowledged; the server applies an id once.

use std::collections::VecDeque;
use std::time::Duration;

use crate::media::Monotonic;
use crate::wire::{CommandId, Up};

/// Most commands without acknowledgement; when full, new commands are refused.
const MOST: usize = 256;

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
    /// As before, and its lateness has been told.
    Overdue(Monotonic),
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
        self.entries.push_back(Entry { id, message, input, issued, state: State::Held });
    }

    /// Takes the messages that wait for the stream, in order, marking them transmitted.
    pub(super) fn release(&mut self, mut transmit: impl FnMut(&Up)) {
        for entry in self.entries.iter_mut().filter(|entry| entry.state == State::Held) {
            entry.state = State::Transmitted;
            transmit(&entry.message);
        }
    }

    /// Everything transmitted has reached the operating system.
    pub(super) fn flushed(&mut self, now: Monotonic) {
        for entry in self.entries.iter_mut().filter(|entry| entry.state == State::Transmitted) {
            entry.state = State::Sent(now);
        }
    }

    /// Takes out an acknowledged command, with the moment it was sent: `now` where the acknowledgement overtook the news of that.
    pub(super) fn acknowledge(&mut self, now: Monotonic, id: &CommandId) -> Option<(Entry, Monotonic)> {
        let place = self.entries.iter().position(|entry| entry.id == *id && entry.state != State::Held)?;
        let entry = self.entries.remove(place)?;
        let sent = match entry.state {
            State::Sent(sent) | State::Overdue(sent) => sent,
            State::Held | State::Transmitted => now,
        };
        Some((entry, sent))
    }

    /// When the first acknowledgement not yet told as overdue is due.
    pub(super) fn next_due(&self, patience: Duration) -> Option<Monotonic> {
        let due = |entry: &Entry| match entry.state {
            State::Sent(sent) => Some(sent + patience),
            State::Held | State::Transmitted | State::Overdue(_) => None,
        };
        self.entries.iter().filter_map(due).min()
    }

    /// Takes the next overdue command, marking it told.
    pub(super) fn overdue(&mut self, now: Monotonic, patience: Duration) -> Option<(CommandId, Duration)> {
        self.entries.iter_mut().find_map(|entry| match entry.state {
            State::Sent(sent) if now.since(sent) >= patience => {
                entry.state = State::Overdue(sent);
                Some((entry.id.clone(), now.since(sent)))
            }
            _ => None,
        })
    }
}
