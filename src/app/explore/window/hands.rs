//! The user's hands: which keys are down and how far the mouse has moved. Turns both into what a session takes. No window, no
//! clock.

use winit::keyboard::KeyCode;

use super::bindings::walking;
use crate::session::Hands as State;
use crate::wire::{Axes, Key, Look, MAX_HELD_KEYS};

/// Radians that the view turns for one count of the mouse: 1000 counts are about 126 degrees.
const RADIANS_PER_COUNT: f64 = 0.0022;

/// Keys down and movement not yet handed over.
#[derive(Debug, Default)]
pub(super) struct Hands {
    /// By place on the keyboard: two places may mean the same, and each is released by itself. Bounded by the walking keys.
    down: Vec<KeyCode>,
    turned: (f64, f64),
    changed: bool,
}

impl Hands {
    /// A key went down or up. Says whether it is one of the walking keys.
    pub(super) fn key(&mut self, place: KeyCode, pressed: bool) -> bool {
        if walking(place).is_none() {
            return false;
        }
        let known = self.down.iter().position(|down| *down == place);
        match (pressed, known) {
            (true, None) => {
                self.down.push(place);
                self.changed = true;
            }
            (false, Some(index)) => {
                self.down.remove(index);
                self.changed = true;
            }
            // The keyboard repeats keys that are held, and may release one that went down elsewhere.
            (true, Some(_)) | (false, None) => {}
        }
        true
    }

    /// The mouse moved by so many counts, right and down positive.
    pub(super) fn mouse(&mut self, (right, down): (f64, f64)) {
        self.turned.0 += right * RADIANS_PER_COUNT;
        self.turned.1 -= down * RADIANS_PER_COUNT;
        self.changed |= right != 0.0 || down != 0.0;
    }

    /// Lets everything go, as when the window loses the keyboard and will not hear of releases.
    pub(super) fn let_go(&mut self) {
        self.changed |= !self.down.is_empty();
        self.down.clear();
    }

    /// What to tell the session, if anything changed since the last call.
    pub(super) fn take(&mut self) -> Option<State> {
        if !std::mem::take(&mut self.changed) {
            return None;
        }
        let mut keys: Vec<Key> = Vec::new();
        for key in self.down.iter().filter_map(|place| walking(*place)) {
            if !keys.contains(&key) && keys.len() < MAX_HELD_KEYS {
                keys.push(key);
            }
        }
        let (yaw, pitch) = std::mem::take(&mut self.turned);
        let turned = Look { yaw: yaw as f32, pitch: pitch as f32 };
        Some(State { keys, axes: Axes::default(), turned })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_repeated_key_is_told_once_and_released_once() {
        let mut hands = Hands::default();
        assert!(hands.key(KeyCode::KeyW, true));
        assert_eq!(hands.take().map(|state| state.keys), Some(vec![Key::Forward]));
        hands.key(KeyCode::KeyW, true);
        assert_eq!(hands.take(), None, "repetition changes nothing");
        hands.key(KeyCode::KeyW, false);
        assert_eq!(hands.take().map(|state| state.keys), Some(vec![]));
    }

    #[test]
    fn two_places_of_one_meaning_are_held_until_both_are_up() {
        let mut hands = Hands::default();
        hands.key(KeyCode::KeyW, true);
        hands.key(KeyCode::ArrowUp, true);
        assert_eq!(hands.take().map(|state| state.keys), Some(vec![Key::Forward]));
        hands.key(KeyCode::KeyW, false);
        assert_eq!(hands.take().map(|state| state.keys), Some(vec![Key::Forward]));
    }

    #[test]
    fn mouse_movement_adds_up_until_it_is_taken_and_is_told_once() {
        let mut hands = Hands::default();
        hands.mouse((100.0, 0.0));
        hands.mouse((100.0, -50.0));
        let turned = hands.take().expect("moved").turned;
        assert!((turned.yaw - 0.44).abs() < 1e-6 && (turned.pitch - 0.11).abs() < 1e-6, "{turned:?}: right and up positive");
        assert_eq!(hands.take(), None);
    }

    #[test]
    fn letting_go_releases_every_key() {
        let mut hands = Hands::default();
        hands.key(KeyCode::KeyA, true);
        hands.key(KeyCode::ShiftLeft, true);
        hands.take();
        hands.let_go();
        assert_eq!(hands.take().map(|state| state.keys), Some(vec![]));
        hands.let_go();
        assert_eq!(hands.take(), None);
    }

    #[test]
    fn keys_that_do_not_walk_are_left_to_others() {
        assert!(!Hands::default().key(KeyCode::KeyH, true));
    }
}
