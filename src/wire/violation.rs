//! Checks of what a body or message says, gathered all at once with the path of each field.
//!
//! Neighbours: every checked noun of this folder; the first violation of a control message becomes a
//! [`WireError`](super::WireError). Nothing here parses, and no text of a checked field is repeated in a problem.

use std::fmt;

use super::bounds::{MAX_LIST, MAX_NAME_CHARS};
use super::error::WireError;

/// One thing wrong with a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// Path of the field, such as `limits.idle_s` or `audio.formats[1]`.
    pub field: String,
    /// What is wrong and what would be right.
    pub problem: String,
}

/// Everything wrong with a request, in the order of its fields; never empty where it is an error.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Violations(Vec<Violation>);

impl Violations {
    /// The violations.
    pub fn iter(&self) -> std::slice::Iter<'_, Violation> {
        self.0.iter()
    }

    /// How many.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether nothing is wrong.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn add(&mut self, field: impl Into<String>, problem: impl Into<String>) {
        self.0.push(Violation { field: field.into(), problem: problem.into() });
    }

    pub(super) fn text(&mut self, field: &str, text: &str, most: usize) {
        let have = text.chars().count();
        if have > most {
            self.add(field, format!("has {have} characters; at most {most} are allowed"));
        }
    }

    pub(super) fn prompt(&mut self, field: &str, text: &str, most: usize) {
        if text.trim().is_empty() {
            self.add(field, format!("is blank; it needs 1 to {most} characters"));
        }
        self.text(field, text, most);
    }

    pub(super) fn name(&mut self, field: &str, name: &str) {
        if name.is_empty() {
            self.add(field, "is empty");
        }
        if name.chars().any(char::is_control) {
            self.add(field, "holds control characters");
        }
        self.text(field, name, MAX_NAME_CHARS);
    }

    pub(super) fn names<'a>(&mut self, field: &str, names: impl IntoIterator<Item = &'a String>) {
        let mut seen = Vec::new();
        for (index, name) in names.into_iter().enumerate() {
            if index == MAX_LIST {
                self.add(field, format!("has more than {MAX_LIST} entries"));
                break;
            }
            self.name(&format!("{field}[{index}]"), name);
            if seen.contains(&name) {
                self.add(format!("{field}[{index}]"), "stands there twice");
            }
            seen.push(name);
        }
    }

    pub(super) fn within(&mut self, field: &str, number: f64, range: std::ops::RangeInclusive<f64>) {
        if !range.contains(&number) {
            self.add(field, format!("is {number}; it may be {} to {}", range.start(), range.end()));
        }
    }

    pub(super) fn finite(&mut self, field: &str, number: f64) {
        if !number.is_finite() {
            self.add(field, "is not a finite number");
        }
    }

    pub(super) fn seconds(&mut self, field: &str, seconds: f64) {
        if !seconds.is_finite() || seconds < 0.0 {
            self.add(field, "must be a finite number of seconds, 0 or more");
        }
    }

    pub(super) fn verdict(self) -> Result<(), Self> {
        if self.is_empty() { Ok(()) } else { Err(self) }
    }

    /// The first violation of a control message as an error.
    pub(super) fn first_of(self, message: &str) -> WireError {
        let Violation { field, problem } = self
            .0
            .into_iter()
            .next()
            .unwrap_or_else(|| Violation { field: String::new(), problem: "breaks a bound".to_owned() });
        WireError::Field { message: message.to_owned(), field, problem }
    }
}

impl<'a> IntoIterator for &'a Violations {
    type Item = &'a Violation;
    type IntoIter = std::slice::Iter<'a, Violation>;
    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.field, self.problem)
    }
}

impl fmt::Display for Violations {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, violation) in self.0.iter().enumerate() {
            if index > 0 {
                f.write_str("; ")?;
            }
            violation.fmt(f)?;
        }
        Ok(())
    }
}

impl std::error::Error for Violations {}
