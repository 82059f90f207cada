//! What wakes a hall that stands still. It never queues: rings before a wait are one ring. Neighbours: `desk`, which rings, and
//! `showing`, which waits.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

#[derive(Debug, Default)]
pub(super) struct Bell {
    state: Mutex<State>,
    moved: Condvar,
}

#[derive(Debug, Default)]
struct State {
    rung: bool,
    /// Somebody waits: a hall that runs looks at every desk anyway, and is not woken.
    heard: bool,
}

impl Bell {
    pub(super) fn ring(&self) {
        let mut state = self.state();
        state.rung = true;
        if state.heard {
            self.moved.notify_all();
        }
    }

    /// Waits until it has rung since the last call; false if `at_most` passes before.
    pub(super) fn wait(&self, at_most: Duration) -> bool {
        let mut state = self.state();
        state.heard = true;
        let (mut state, _) =
            self.moved.wait_timeout_while(state, at_most, |state| !state.rung).unwrap_or_else(PoisonError::into_inner);
        state.heard = false;
        std::mem::take(&mut state.rung)
    }

    /// What rang so far needs no answer any more.
    pub(super) fn hush(&self) {
        self.state().rung = false;
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ring_before_the_wait_is_heard_once() {
        let bell = Bell::default();
        bell.ring();
        bell.ring();
        assert!(bell.wait(Duration::from_secs(30)));
        assert!(!bell.wait(Duration::ZERO));
    }
}
