//! Which key does what. Walking keys go by their place on the keyboard, so that they lie under the hand on every layout; the
//! others go by what is printed on them. The table here is the one that the help shows.

use winit::keyboard::{Key as Printed, KeyCode, NamedKey};

use crate::media::Tier;
use crate::wire::Key;

/// What a key asks of the window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Action {
    /// Show or hide the help.
    Help,
    /// Show more of the figures, or none.
    Hud,
    /// Save the picture; with the overlay, or without.
    Screenshot {
        /// As the window shows it, overlay included.
        overlay: bool,
    },
    /// Ask for a tier.
    Tier(Tier),
    /// Sound on or off.
    Sound,
    /// Full screen on or off.
    FullScreen,
    /// Open the text line.
    Prompt {
        /// With a slash in it.
        slash: bool,
    },
    /// Leave what one is in: the help, the captured mouse, full screen.
    Back,
    /// End the world and the program, after asking once more.
    Quit,
    /// The same, at once.
    QuitNow,
}

/// Keys and what they do, in the words of the help.
pub(super) const TABLE: [(&str, &str); 13] = [
    ("W A S D, arrows", "walk"),
    ("Space  Ctrl  Shift", "jump · crouch · run"),
    ("click, Esc", "look with the mouse · let it go"),
    ("Enter, T", "say what is to happen"),
    ("Tab", "in the text line: direct or wander"),
    ("/wander PROMPT", "in the text line: change the world's theme"),
    ("/pause  /resume", "in the text line: stop the world's time · let it run"),
    ("1  2  3", "draft, standard, high picture"),
    ("M", "sound on or off"),
    ("H", "figures: a line, a panel, none"),
    ("P, Ctrl P", "save the picture · save the window"),
    ("F11", "full screen"),
    ("Q", "end the world and leave"),
];

/// The walking key at a place of the keyboard.
pub(super) const fn walking(place: KeyCode) -> Option<Key> {
    Some(match place {
        KeyCode::KeyW | KeyCode::ArrowUp => Key::Forward,
        KeyCode::KeyS | KeyCode::ArrowDown => Key::Back,
        KeyCode::KeyA | KeyCode::ArrowLeft => Key::Left,
        KeyCode::KeyD | KeyCode::ArrowRight => Key::Right,
        KeyCode::Space => Key::Up,
        KeyCode::ControlLeft | KeyCode::ControlRight => Key::Down,
        KeyCode::ShiftLeft | KeyCode::ShiftRight => Key::Run,
        _ => return None,
    })
}

/// What a key asks for, if it is none of the walking keys.
pub(super) fn action(printed: &Printed, place: Option<KeyCode>, control: bool) -> Option<Action> {
    // By place: on some layouts the digits need shift.
    match place {
        Some(KeyCode::Digit1 | KeyCode::Numpad1) => return Some(Action::Tier(Tier::Draft)),
        Some(KeyCode::Digit2 | KeyCode::Numpad2) => return Some(Action::Tier(Tier::Standard)),
        Some(KeyCode::Digit3 | KeyCode::Numpad3) => return Some(Action::Tier(Tier::High)),
        _ => {}
    }
    match printed {
        Printed::Named(NamedKey::F1) => Some(Action::Help),
        Printed::Named(NamedKey::F11) => Some(Action::FullScreen),
        Printed::Named(NamedKey::Enter) => Some(Action::Prompt { slash: false }),
        Printed::Named(NamedKey::Escape) => Some(Action::Back),
        Printed::Character(text) => match text.to_lowercase().as_str() {
            "q" if control => Some(Action::QuitNow),
            "q" => Some(Action::Quit),
            "p" => Some(Action::Screenshot { overlay: control }),
            "h" => Some(Action::Hud),
            "m" => Some(Action::Sound),
            "t" => Some(Action::Prompt { slash: false }),
            "/" => Some(Action::Prompt { slash: true }),
            _ => None,
        },
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn printed(text: &str) -> Printed {
        Printed::Character(text.into())
    }

    #[test]
    fn letters_work_with_and_without_capitals() {
        assert_eq!(action(&printed("h"), None, false), Some(Action::Hud));
        assert_eq!(action(&printed("H"), None, false), Some(Action::Hud));
    }

    #[test]
    fn quitting_at_once_needs_control() {
        assert_eq!(action(&printed("q"), None, false), Some(Action::Quit));
        assert_eq!(action(&printed("q"), None, true), Some(Action::QuitNow));
    }

    #[test]
    fn digits_go_by_their_place_whatever_is_printed_on_them() {
        assert_eq!(action(&printed("&"), Some(KeyCode::Digit1), false), Some(Action::Tier(Tier::Draft)));
        assert_eq!(action(&printed("3"), Some(KeyCode::Numpad3), false), Some(Action::Tier(Tier::High)));
    }

    #[test]
    fn every_walking_meaning_has_a_place() {
        let places = [
            KeyCode::KeyW,
            KeyCode::KeyS,
            KeyCode::KeyA,
            KeyCode::KeyD,
            KeyCode::Space,
            KeyCode::ControlLeft,
            KeyCode::ShiftLeft,
        ];
        let meanings = [Key::Forward, Key::Back, Key::Left, Key::Right, Key::Up, Key::Down, Key::Run];
        assert_eq!(places.map(walking), meanings.map(Some));
    }
}
