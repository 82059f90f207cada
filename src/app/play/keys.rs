//! Which key does what while a clip plays. The table here is the one that the help shows.

use winit::keyboard::{Key, NamedKey};

use crate::media::MediaDelta;
use crate::reel::Order;

/// Arrows jump so far; with shift so far.
const FAR: MediaDelta = MediaDelta::from_millis(5_000);
const NEAR: MediaDelta = MediaDelta::from_millis(1_000);

/// What a key asks for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Action {
    /// Of the reel.
    Order(Order),
    /// A tenth of the clip, by its number.
    Tenth(u8),
    /// The last picture.
    Last,
    /// Sound on or off.
    Sound,
    /// Save the picture, or the window.
    Screenshot {
        /// As the window shows it.
        overlay: bool,
    },
    /// Full screen on or off.
    FullScreen,
    /// Show or hide the help.
    Help,
    /// Leave the help, or full screen.
    Back,
    /// Close the window.
    Quit,
}

/// Keys and what they do, in the words of the help.
pub(super) const TABLE: [(&str, &str); 12] = [
    ("Space", "stand still, go on"),
    ("← →", "5 s back, on · with Shift 1 s"),
    (",  .", "a picture back, on"),
    ("[  ]", "slower, faster, at the same pitch"),
    ("Backspace", "the clip's own speed"),
    ("Home  End", "the start · the last picture"),
    ("0 … 9", "tenths of the clip"),
    ("L", "begin anew at the end, or not"),
    ("M", "sound on or off"),
    ("P, Ctrl P", "save the picture · save the window"),
    ("F, F11", "full screen"),
    ("Q", "leave"),
];

/// What a key asks for; `None`: nothing.
pub(super) fn action(key: &Key, shift: bool, control: bool) -> Option<Action> {
    let jump = |sign: i64| {
        let by = if shift { NEAR } else { FAR };
        Some(Action::Order(Order::Jump(MediaDelta::from_micros(sign * by.as_micros()))))
    };
    match key {
        Key::Named(NamedKey::Space) => Some(Action::Order(Order::Toggle)),
        Key::Named(NamedKey::ArrowLeft) => jump(-1),
        Key::Named(NamedKey::ArrowRight) => jump(1),
        Key::Named(NamedKey::Home) => Some(Action::Order(Order::Seek(MediaDelta::ZERO))),
        Key::Named(NamedKey::End) => Some(Action::Last),
        Key::Named(NamedKey::Backspace) => Some(Action::Order(Order::Speed(1.0))),
        Key::Named(NamedKey::F1) => Some(Action::Help),
        Key::Named(NamedKey::F11) => Some(Action::FullScreen),
        Key::Named(NamedKey::Escape) => Some(Action::Back),
        Key::Character(text) => match text.to_lowercase().as_str() {
            "k" => Some(Action::Order(Order::Toggle)),
            "," => Some(Action::Order(Order::Step(-1))),
            "." => Some(Action::Order(Order::Step(1))),
            "[" | "-" => Some(Action::Order(Order::Slower)),
            "]" | "+" | "=" => Some(Action::Order(Order::Faster)),
            "l" => Some(Action::Order(Order::ToggleRound)),
            "m" => Some(Action::Sound),
            "p" => Some(Action::Screenshot { overlay: control }),
            "f" => Some(Action::FullScreen),
            "h" | "?" => Some(Action::Help),
            "q" => Some(Action::Quit),
            digit => digit.parse::<u8>().ok().filter(|tenth| *tenth <= 9).map(Action::Tenth),
        },
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn printed(text: &str) -> Key {
        Key::Character(text.into())
    }

    #[test]
    fn arrows_jump_far_and_near() {
        let far = action(&Key::Named(NamedKey::ArrowLeft), false, false);
        assert_eq!(far, Some(Action::Order(Order::Jump(MediaDelta::from_millis(-5_000)))));
        let near = action(&Key::Named(NamedKey::ArrowRight), true, false);
        assert_eq!(near, Some(Action::Order(Order::Jump(MediaDelta::from_millis(1_000)))));
    }

    #[test]
    fn digits_are_tenths_and_letters_work_in_capitals() {
        assert_eq!(action(&printed("7"), false, false), Some(Action::Tenth(7)));
        assert_eq!(action(&printed("L"), true, false), Some(Action::Order(Order::ToggleRound)));
        assert_eq!(action(&printed("é"), false, false), None);
    }
}
