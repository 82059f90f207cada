//! The transcript of a case: what went over the wire, in order, bounded, without a secret and without a control character.
//!
//! Secrets are replaced when the transcript is read, not when it is written: a ticket that an answer tells is unknown while the line
//! before it is written.

use std::collections::{BTreeSet, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde_json::Value;

use crate::clock::Clock;
use crate::media::Monotonic;

/// Lines from the beginning that are kept.
const FIRST: usize = 150;
/// Lines up to the end that are kept; what lies between is counted.
const LAST: usize = 250;
/// Characters of a line that are kept.
const LONGEST: usize = 1200;
/// A shorter secret would be found in every second word.
const SHORTEST_SECRET: usize = 4;
/// What stands in a secret's place.
const REDACTED: &str = "[redacted]";
/// Members of JSON whose values are secrets.
const SECRET_MEMBERS: [&str; 2] = ["ticket", "resume"];

/// The transcript of one case; copies share it.
#[derive(Clone, Debug)]
pub struct Tape {
    clock: Clock,
    began: Monotonic,
    inner: Arc<Mutex<Inner>>,
}

#[derive(Default)]
struct Inner {
    first: Vec<String>,
    last: VecDeque<String>,
    left_out: usize,
    secrets: BTreeSet<String>,
}

// Not derived: what it holds has not been redacted.
impl std::fmt::Debug for Inner {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} lines", self.first.len() + self.last.len() + self.left_out)
    }
}

impl Tape {
    /// An empty transcript that begins now.
    pub fn new(clock: Clock) -> Self {
        Self { clock, began: clock.now(), inner: Arc::default() }
    }

    /// Notes a line. Beyond a few hundred, lines of the middle are left out and counted.
    pub fn note(&self, line: &str) {
        let seconds = self.clock.now().since(self.began).as_secs_f64();
        let mut text: String = format!("{seconds:8.3}  {line}").chars().take(LONGEST).collect();
        if text.len() < line.len() {
            text.push('…');
        }
        let mut inner = self.inner();
        if inner.first.len() < FIRST {
            inner.first.push(text);
            return;
        }
        if inner.last.len() == LAST {
            inner.last.pop_front();
            inner.left_out += 1;
        }
        inner.last.push_back(text);
    }

    /// Never shows this text.
    pub fn secret(&self, secret: &str) {
        if secret.len() >= SHORTEST_SECRET {
            self.inner().secrets.insert(secret.to_owned());
        }
    }

    /// Never shows the secrets that a message tells.
    pub fn secrets_of(&self, message: &Value) {
        match message {
            Value::Object(members) => {
                for (name, value) in members {
                    match value.as_str() {
                        Some(secret) if SECRET_MEMBERS.contains(&name.as_str()) => self.secret(secret),
                        _ => self.secrets_of(value),
                    }
                }
            }
            Value::Array(values) => values.iter().for_each(|value| self.secrets_of(value)),
            _ => {}
        }
    }

    /// A text without secrets and control characters, of at most `most` characters.
    pub fn clean(&self, text: &str, most: usize) -> String {
        clean(text, most, &self.inner().secrets)
    }

    /// The transcript as it may be shown.
    pub fn lines(&self) -> Vec<String> {
        let inner = self.inner();
        let gap = (inner.left_out > 0).then(|| format!("          … {} lines left out …", inner.left_out));
        let show = |line: &String| clean(line, LONGEST, &inner.secrets);
        inner.first.iter().map(show).chain(gap).chain(inner.last.iter().map(show)).collect()
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn clean(text: &str, most: usize, secrets: &BTreeSet<String>) -> String {
    let mut text = text.to_owned();
    for secret in secrets {
        text = text.replace(secret.as_str(), REDACTED);
    }
    // Also those that change the direction of writing: they make one text look like another.
    let odd =
        |c: char| c.is_control() || matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    let mut calm: String = text.chars().take(most).map(|c| if odd(c) { '\u{FFFD}' } else { c }).collect();
    if text.chars().nth(most).is_some() {
        calm.push('…');
    }
    calm
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    ///
    #[test]
    fn a_secret_that_becomes_known_later_is_redacted_in_the_lines_before() {
        let tape = Tape::new(Clock::start());
        tape.note("> GET /v1/worlds/w/stream?ticket=abc123");
        tape.secrets_of(&json!({ "worlds": [{ "ticket": "abc123" }], "hello": { "resume": "r-9876" } }));
        tape.note("< {\"resume\":\"r-9876\"}");
        let lines = tape.lines().join("\n");
        assert!(!lines.contains("abc123") && !lines.contains("r-9876"), "{lines}");
        assert!(lines.contains("ticket=[redacted]"), "{lines}");
        assert!(!format!("{tape:?}").contains("abc123"));
    }

    #[test]
    fn what_a_server_says_cannot_move_the_cursor() {
        let tape = Tape::new(Clock::start());
        tape.note("< \u{1b}[2Jgone\r\n\u{202e}");
        assert!(tape.lines()[0].chars().all(|c| !c.is_control() && c != '\u{202e}'), "{:?}", tape.lines());
    }

    #[test]
    fn a_long_transcript_keeps_its_beginning_and_its_end() {
        let tape = Tape::new(Clock::start());
        (0..1000).for_each(|number| tape.note(&format!("line {number}")));
        let lines = tape.lines();
        assert_eq!(lines.len(), FIRST + 1 + LAST);
        assert!(lines[FIRST].contains("600 lines left out") && lines[FIRST + LAST].ends_with("line 999"));
    }
}
