//! One accepted connection, as faults see it: what is asked on it, what holds for it, and what has struck it.

use std::sync::atomic::{AtomicU8, Ordering};

use tokio::sync::watch;

use super::engine::Weather;
use super::random::Random;
use super::scope::Call;

/// What becomes of a connection.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Fate {
    /// It lives as its weather lets it.
    #[default]
    Whole,
    /// It is reset.
    Reset,
    /// Nothing moves any more, and it stays.
    HalfOpen,
}

/// One connection. Whoever carries its bytes watches it.
#[derive(Debug)]
pub struct Line {
    /// Its number among all connections of the server, and the script's seed: what is random about it depends on both.
    number: u64,
    seed: u64,
    /// What was asked last, as its place among all calls and one more; 0: nothing yet.
    call: AtomicU8,
    /// Whether that is still under way.
    busy: AtomicU8,
    state: watch::Sender<(Weather, Fate)>,
}

impl Line {
    pub(super) fn new(number: u64, seed: u64, weather: Weather, fate: Fate) -> Self {
        let state = watch::Sender::new((weather, fate));
        Self { number, seed, call: AtomicU8::new(0), busy: AtomicU8::new(0), state }
    }

    /// Dice of its own for each purpose.
    pub(super) fn dice(&self, purpose: u64) -> Random {
        Random::new(self.seed, 1 << 63 | self.number << 2 | purpose)
    }

    /// What holds and has happened, now and whenever it changes.
    #[must_use]
    pub fn watch(&self) -> watch::Receiver<(Weather, Fate)> {
        self.state.subscribe()
    }

    /// Whether it was struck.
    #[must_use]
    pub fn is_struck(&self) -> bool {
        self.state.borrow().1 != Fate::Whole
    }

    /// What was asked is answered; a stream goes on.
    pub fn answered(&self) {
        self.busy.store(0, Ordering::Relaxed);
    }

    /// Strikes it, once and for all.
    pub fn strike(&self, fate: Fate) {
        self.state.send_if_modified(|state| {
            let struck = state.1 == Fate::Whole && fate != Fate::Whole;
            if struck {
                state.1 = fate;
            }
            struck
        });
    }

    pub(super) fn asked(&self, call: Call) {
        self.call.store(call as u8 + 1, Ordering::Relaxed);
        self.busy.store(1, Ordering::Relaxed);
    }

    /// What was asked last.
    pub(super) fn call(&self) -> Option<Call> {
        let place = usize::from(self.call.load(Ordering::Relaxed)).checked_sub(1)?;
        Call::ALL.get(place).copied()
    }

    /// What is being asked or streamed now.
    pub(super) fn under_way(&self) -> Option<Call> {
        self.call().filter(|_| self.busy.load(Ordering::Relaxed) != 0)
    }

    pub(super) fn set(&self, weather: Weather) {
        self.state.send_if_modified(|state| std::mem::replace(&mut state.0, weather) != weather);
    }
}
