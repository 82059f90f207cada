//! A request on its way into a dialect: values that are put, everything wrong with them, everything that is lost. Collects and never
//! stops at the first fault. The documents' limits stand in the dialects, which are its only users.

use serde_json::{Map, Value};

use super::backend::Backend;
use super::dialect::{Lowered, UploadNeed};
use super::request::{Motion, Request};
use super::text::{characters, quoted, utf16};
use super::violation::{Note, NoteKind, Violation};

/// A request that is being lowered.
pub(super) struct Draft<'a> {
    backend: Backend,
    request: &'a Request,
    out: Lowered,
}

impl<'a> Draft<'a> {
    pub(super) fn new(backend: Backend, request: &'a Request) -> Self {
        Self { backend, request, out: Lowered::default() }
    }

    /// Whether the user did not set this field of the service by hand. What was set by hand is not lowered, and not checked.
    pub(super) fn is_free(&self, key: &str) -> bool {
        !self.request.extra.contains_key(key)
    }

    pub(super) fn put(&mut self, key: &str, value: impl Into<Value>) {
        self.out.body.insert(key.to_owned(), value.into());
    }

    pub(super) fn has(&self, key: &str) -> bool {
        self.out.body.contains_key(key)
            || self.out.uploads.iter().any(|need| need.field == key)
            || self.request.extra.get(key).is_some_and(|value| !value.is_null())
    }

    /// Whether the clip is one of several shots, in the words of hh-app.
    pub(super) fn has_shots(&self) -> bool {
        let by_hand = self.request.extra.get("multi_shots");
        by_hand.map_or(!self.request.shots.is_empty(), |on| on == &Value::Bool(true))
    }

    pub(super) fn upload(&mut self, need: UploadNeed) {
        self.out.uploads.push(need);
    }

    pub(super) fn refuse(&mut self, field: impl Into<String>, what: impl Into<String>, fix: impl Into<String>) {
        self.out.violations.push(Violation::new(field, what, fix));
    }

    pub(super) fn take(&mut self, violations: Vec<Violation>, notes: Vec<Note>) {
        self.out.violations.extend(violations);
        self.out.notes.extend(notes);
    }

    pub(super) fn warn(&mut self, field: impl Into<String>, what: impl Into<String>) {
        self.out.notes.push(Note { kind: NoteKind::Warning, field: field.into(), what: what.into() });
    }

    pub(super) fn lose(&mut self, field: impl Into<String>, what: impl Into<String>) {
        self.out.notes.push(Note { kind: NoteKind::Loss, field: field.into(), what: what.into() });
    }

    /// A wish that the dialect has no word for (AM-19): it is left out.
    pub(super) fn lose_if(&mut self, given: bool, field: &str, instead: &str) {
        if given {
            let backend = self.backend;
            self.lose(field, format!("{backend} has no word for it, so it is left out{instead}"));
        }
    }

    /// An input that the dialect cannot take. Nobody shall pay for a clip without it.
    pub(super) fn refuse_if(&mut self, given: bool, field: &str, what: &str, fix: &str) {
        if given {
            let backend = self.backend;
            self.refuse(field, format!("{backend} takes no {what}"), fix);
        }
    }

    /// Checks a text's length in characters, and warns where a service that counts UTF-16 would find it too long.
    pub(super) fn length(&mut self, field: &str, text: &str, least: usize, most: usize) {
        let count = characters(text);
        if count > most {
            self.refuse(
                field,
                format!("{count} characters, and {most} are the most"),
                format!("shorten it by {}", count - most),
            );
        } else if count < least {
            self.refuse(field, format!("{count} characters, and {least} are the least"), "say more");
        } else if utf16(text) > most {
            let units = utf16(text);
            self.warn(
                field,
                format!("{count} characters fit, but a service that counts UTF-16 sees {units} of {most} and may refuse"),
            );
        }
    }

    /// A whole number between two bounds.
    pub(super) fn whole(&mut self, field: &str, key: &str, value: Option<u32>, (least, most): (u32, u32), unit: &str) {
        let Some(value) = value.filter(|_| self.is_free(key)) else { return };
        self.put(key, value);
        if !(least..=most).contains(&value) {
            self.refuse(
                field,
                format!("{value}{unit} is outside {least} to {most}{unit}"),
                format!("choose {least} to {most}"),
            );
        }
    }

    /// A fraction.
    pub(super) fn fraction(&mut self, field: &str, key: &str, value: Option<f64>) {
        let Some(value) = value.filter(|_| self.is_free(key)) else { return };
        if value.is_finite() {
            // Adding nothing turns -0 into 0, which is what JSON readers expect.
            self.put(key, value + 0.0);
        }
        if !(0.0..=1.0).contains(&value) {
            self.refuse(field, format!("{value} is outside 0 to 1"), "choose 0 to 1");
        }
    }

    /// One of a few words, to the letter. An empty text was not asked for.
    pub(super) fn choice(&mut self, field: &str, key: &str, value: Option<&str>, among: &[&str]) {
        let Some(value) = value.filter(|value| !value.is_empty() && self.is_free(key)) else { return };
        self.put(key, value);
        if !among.contains(&value) {
            let meant = among.iter().find(|word| word.eq_ignore_ascii_case(value));
            let fix = meant.map_or_else(|| format!("choose one of {}", among.join(", ")), |word| format!("write {word}"));
            self.refuse(field, format!("{} is none of {}", quoted(value), among.join(", ")), fix);
        }
    }

    /// How much moves, 0 to 1. A level of 1 to 5 is spread over that.
    pub(super) fn motion_strength(&mut self, key: &str) {
        match self.request.motion {
            Some(Motion::Strength(strength)) => self.fraction("motion", key, Some(strength)),
            Some(Motion::Level(level)) if self.is_free(key) => {
                let strength = (f64::from(level) - 1.0) / 4.0;
                if (1..=5).contains(&level) {
                    self.put(key, strength);
                    self.lose(
                        "motion",
                        format!("level {level} of 5 is sent as strength {strength}, the nearest that there is"),
                    );
                } else {
                    self.refuse("motion", format!("level {level} is outside 1 to 5"), "choose a strength of 0 to 1");
                }
            }
            _ => {}
        }
    }

    /// How much moves, 1 to 5. A strength of 0 to 1 goes to the nearest.
    pub(super) fn motion_level(&mut self, key: &str) {
        match self.request.motion {
            Some(Motion::Level(level)) => self.whole("motion", key, Some(level), (1, 5), ""),
            Some(Motion::Strength(strength)) if self.is_free(key) => {
                let nearest =
                    [1_u32, 2, 3, 4, 5].into_iter().find(|&level| strength < (f64::from(level) - 0.5) / 4.0).unwrap_or(5);
                if (0.0..=1.0).contains(&strength) {
                    self.put(key, nearest);
                    self.lose(
                        "motion",
                        format!("strength {strength} is sent as level {nearest} of 5, the nearest that there is"),
                    );
                } else {
                    self.refuse("motion", format!("strength {strength} is outside 0 to 1"), "choose a level of 1 to 5");
                }
            }
            _ => {}
        }
    }

    /// Adds what was set by hand, which wins, and is done. `null` keeps a field out, as in a JSON merge patch (RFC 7396): no dialect has
    /// a use for null, and none is ever sent.
    pub(super) fn finish(mut self, documented: &[&str]) -> Lowered {
        for (key, value) in &self.request.extra {
            let field = format!("extra.{key}");
            if key.is_empty() {
                self.refuse(field, "a field without a name", "name it, as in `--set seed=7`");
            } else if value.is_null() {
                self.warn(field, "is left out, as null asks for");
            } else {
                let known = documented.contains(&key.as_str());
                self.out.body.insert(key.clone(), value.clone());
                let why = if known { "it was not checked" } else { "the service's document does not know it" };
                self.warn(field, format!("is sent as it is; {why}"));
            }
        }
        self.out
    }

    /// What there is so far.
    pub(super) fn body(&self) -> &Map<String, Value> {
        &self.out.body
    }
}

/// The prompt, unless it is blank.
pub(super) fn prompt_of(request: &Request) -> Option<&str> {
    request.prompt.as_deref().filter(|prompt| !prompt.trim().is_empty())
}

/// Whether a text was asked for at all.
pub(super) fn is_given(text: Option<&String>) -> bool {
    text.is_some_and(|text| !text.is_empty())
}
