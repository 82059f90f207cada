//! Reads one table of a script strictly: every mistake is kept with the entry and the field it stands in, and what is allowed there.

use std::time::Duration;

use serde_json::{Map, Value};

use super::values;
use crate::media::MediaDelta;

/// The fields of one entry. Each is asked for once; what nobody asked for is a mistake.
pub(super) struct Fields<'a> {
    /// Which entry, for people.
    title: String,
    map: &'a Map<String, Value>,
    asked: Vec<&'static str>,
    problems: &'a mut Vec<String>,
}

impl<'a> Fields<'a> {
    pub(super) fn new(title: String, map: &'a Map<String, Value>, problems: &'a mut Vec<String>) -> Self {
        Self { title, map, asked: Vec::new(), problems }
    }

    /// A name out of several; the first where the field is absent.
    pub(super) fn choice<T: Copy>(&mut self, field: &'static str, choices: &[(&str, T)]) -> T {
        let (name, first) = choices[0];
        let given = self.text(field).unwrap_or(name);
        choices.iter().find(|(name, _)| *name == given).map_or_else(
            || {
                let names: Vec<&str> = choices.iter().map(|(name, _)| *name).collect();
                self.wrong(field, &format!("{given:?} is not known; it may be {}", names.join(", ")));
                first
            },
            |(_, choice)| *choice,
        )
    }

    /// A name, or a list of names, out of several.
    pub(super) fn names(&mut self, field: &'static str, known: &[&str]) -> Option<Vec<String>> {
        let names = match self.value(field)? {
            Value::String(one) => vec![one.clone()],
            Value::Array(many) if !many.is_empty() && many.iter().all(Value::is_string) => {
                many.iter().filter_map(|one| one.as_str().map(str::to_owned)).collect()
            }
            _ => {
                self.wrong(field, &format!("must be a name or a list of names: {}", known.join(", ")));
                return None;
            }
        };
        if let Some(strange) = names.iter().find(|name| !known.contains(&name.as_str())) {
            self.wrong(field, &format!("{strange:?} is not known; it may be {}", known.join(", ")));
            return None;
        }
        Some(names)
    }

    pub(super) fn text(&mut self, field: &'static str) -> Option<&'a str> {
        let value = self.value(field)?;
        if value.as_str().is_none() {
            self.wrong(field, "must be a string");
        }
        value.as_str()
    }

    pub(super) fn duration(&mut self, field: &'static str) -> Option<Duration> {
        let text = self.text(field)?;
        self.read(field, values::duration(text), "must be a time up to 24h, such as \"250ms\", \"3s\" or \"2m\"")
    }

    /// A time that may be negative.
    pub(super) fn offset(&mut self, field: &'static str) -> Option<MediaDelta> {
        let text = self.text(field)?;
        self.read(field, values::offset(text), "must be a time from -1s to 1s, such as \"80ms\" or \"-80ms\"")
    }

    pub(super) fn rate(&mut self, field: &'static str) -> Option<u64> {
        let text = self.text(field)?;
        self.read(field, values::rate(text), "must be a rate from 1kbit/s up, such as \"300kbit/s\" or \"1.5Mbit/s\"")
    }

    pub(super) fn size(&mut self, field: &'static str) -> Option<usize> {
        let text = self.text(field)?;
        self.read(field, values::size(text), "must be a size up to 64MiB, such as \"500B\", \"64KiB\" or \"2MiB\"")
    }

    /// A whole number within bounds.
    pub(super) fn whole(&mut self, field: &'static str, least: u64, most: u64) -> Option<u64> {
        let value = self.value(field)?;
        let number = value.as_u64().filter(|number| (least..=most).contains(number));
        self.read(field, number, &format!("must be a whole number from {least} to {most}"))
    }

    pub(super) fn probability(&mut self, field: &'static str) -> Option<f64> {
        let value = self.value(field)?;
        let number = value.as_f64().filter(|number| *number > 0.0 && *number <= 1.0);
        self.read(field, number, "must be a number above 0 and up to 1")
    }

    pub(super) fn flag(&mut self, field: &'static str) -> bool {
        let Some(value) = self.value(field) else { return false };
        self.read(field, value.as_bool(), "must be true or false").unwrap_or(false)
    }

    /// What a field that must be there gave; where it is absent, that is the mistake.
    pub(super) fn needed<T: Default>(&mut self, field: &'static str, read: Option<T>, example: &str) -> T {
        if read.is_none() && !self.map.contains_key(field) {
            self.wrong(field, &format!("is missing; for instance {field} = {example}"));
        }
        read.unwrap_or_default()
    }

    pub(super) fn wrong(&mut self, field: &str, why: &str) {
        self.problems.push(format!("{}: {field}: {why}", self.title));
    }

    /// Whatever stands there that nobody asked for.
    pub(super) fn finish(self) {
        for field in self.map.keys().filter(|field| !self.asked.contains(&field.as_str())) {
            let allowed = self.asked.join(", ");
            self.problems.push(format!("{}: {field}: there is no such field here; allowed are {allowed}", self.title));
        }
    }

    fn value(&mut self, field: &'static str) -> Option<&'a Value> {
        if !self.asked.contains(&field) {
            self.asked.push(field);
        }
        self.map.get(field)
    }

    fn read<T>(&mut self, field: &str, read: Option<T>, allowed: &str) -> Option<T> {
        if read.is_none() {
            self.wrong(field, allowed);
        }
        read
    }
}
