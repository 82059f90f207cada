//! The text line: what is typed, for what it is meant, and what was said before. No window, no network.

use std::collections::VecDeque;

/// How many lines are remembered.
const REMEMBERED: usize = 50;

/// What the text of a line is taken for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Meaning {
    /// A direction (HO-2).
    #[default]
    Direct,
    /// A wander prompt (HO-4).
    Wander,
}

/// A line that was sent off.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Said {
    /// Direct the world.
    Direct(String),
    /// Wander on with a prompt.
    Wander(String),
    /// Stop the world's time.
    Pause,
    /// Let it run.
    Resume,
    /// Not a line that means anything; why, for the user.
    Nonsense(String),
}

/// The line.
#[derive(Debug, Default)]
pub(super) struct Prompt {
    /// Whether it is open and takes the keyboard.
    pub(super) open: bool,
    /// What is typed.
    pub(super) text: String,
    /// For what it is taken.
    pub(super) meaning: Meaning,
    /// The cursor belongs at the end: the text was replaced.
    pub(super) to_end: bool,
    before: VecDeque<String>,
    /// Which of `before` is shown, from the newest.
    shown: Option<usize>,
}

impl Prompt {
    /// Opens the line, with a slash or with the draft that was left in it.
    pub(super) fn open(&mut self, slash: bool) {
        self.open = true;
        self.to_end = true;
        if slash {
            "/".clone_into(&mut self.text);
        }
    }

    /// Closes it; the draft stays.
    pub(super) const fn close(&mut self) {
        self.open = false;
        self.shown = None;
    }

    /// Takes the text for the other thing.
    pub(super) const fn toggle(&mut self) {
        self.meaning = match self.meaning {
            Meaning::Direct => Meaning::Wander,
            Meaning::Wander => Meaning::Direct,
        };
    }

    /// Shows an older line, or a newer one.
    pub(super) fn recall(&mut self, older: bool) {
        let next = match (self.shown, older) {
            (None, true) => Some(0),
            (Some(index), true) => Some((index + 1).min(self.before.len().saturating_sub(1))),
            (Some(index), false) => index.checked_sub(1),
            (None, false) => None,
        };
        self.shown = next.filter(|index| *index < self.before.len());
        self.text = self.shown.and_then(|index| self.before.get(index).cloned()).unwrap_or_default();
        self.to_end = true;
    }

    /// Closes the line and tells what it said; `None` if it said nothing.
    pub(super) fn send(&mut self) -> Option<Said> {
        self.close();
        let text = std::mem::take(&mut self.text).trim().to_owned();
        if text.is_empty() {
            return None;
        }
        if self.before.front() != Some(&text) {
            self.before.push_front(text.clone());
            self.before.truncate(REMEMBERED);
        }
        let Some(command) = text.strip_prefix('/') else {
            return Some(match self.meaning {
                Meaning::Direct => Said::Direct(text),
                Meaning::Wander => Said::Wander(text),
            });
        };
        let (word, rest) = command.split_once(char::is_whitespace).unwrap_or((command, ""));
        let rest = rest.trim().to_owned();
        Some(match word {
            "wander" | "direct" if rest.is_empty() => Said::Nonsense(format!("/{word} needs words after it")),
            "wander" => Said::Wander(rest),
            "direct" => Said::Direct(rest),
            "pause" => Said::Pause,
            "resume" => Said::Resume,
            _ => Said::Nonsense(format!("there is no /{word}: try /wander, /direct, /pause or /resume")),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn say(prompt: &mut Prompt, text: &str) -> Option<Said> {
        prompt.open(false);
        prompt.text = text.to_owned();
        prompt.send()
    }

    #[test]
    fn plain_text_means_what_the_line_is_set_to() {
        let mut prompt = Prompt::default();
        assert_eq!(say(&mut prompt, "  let it rain "), Some(Said::Direct("let it rain".into())));
        prompt.toggle();
        assert_eq!(say(&mut prompt, "a frozen sea"), Some(Said::Wander("a frozen sea".into())));
        assert!(!prompt.open, "sending closes the line");
    }

    #[test]
    fn a_slash_says_what_is_meant_whatever_the_line_is_set_to() {
        let mut prompt = Prompt::default();
        assert_eq!(say(&mut prompt, "/wander a  desert"), Some(Said::Wander("a  desert".into())));
        prompt.toggle();
        assert_eq!(say(&mut prompt, "/direct snow"), Some(Said::Direct("snow".into())));
        assert_eq!(say(&mut prompt, "/pause"), Some(Said::Pause));
        assert!(matches!(say(&mut prompt, "/fly"), Some(Said::Nonsense(why)) if why.contains("/fly")));
        assert!(matches!(say(&mut prompt, "/wander  "), Some(Said::Nonsense(_))));
    }

    #[test]
    fn an_empty_line_says_nothing() {
        assert_eq!(say(&mut Prompt::default(), " \t "), None);
    }

    #[test]
    fn older_lines_come_back_newest_first_and_the_way_down_ends_empty() {
        let mut prompt = Prompt::default();
        for text in ["one", "two", "two", "three"] {
            say(&mut prompt, text);
        }
        let mut shown = |older| {
            prompt.recall(older);
            prompt.text.clone()
        };
        assert_eq!([true, true, true, true].map(&mut shown), ["three", "two", "one", "one"]);
        assert_eq!([false, false, false].map(&mut shown), ["two", "three", ""]);
    }

    #[test]
    fn memory_of_lines_is_bounded() {
        let mut prompt = Prompt::default();
        for number in 0..200 {
            say(&mut prompt, &number.to_string());
        }
        assert_eq!(prompt.before.len(), REMEMBERED);
    }
}
