//! Reads one table of a scenario strictly: every mistake is kept with the place it stands in and what is allowed there, so that all of
//! them are told at once.

use std::time::Duration;

use toml::{Table, Value};

use crate::app::args;

/// The fields of one table. Each is asked for by its name; what nobody asked for is a mistake.
pub(super) struct Fields<'a, 'p> {
    /// Which table, for people; `""` is the file itself.
    place: String,
    table: &'a Table,
    asked: Vec<&'static str>,
    problems: &'p mut Vec<String>,
}

impl<'a, 'p> Fields<'a, 'p> {
    pub(super) fn new(place: impl Into<String>, table: &'a Table, problems: &'p mut Vec<String>) -> Self {
        Self { place: place.into(), table, asked: Vec::new(), problems }
    }

    /// Which table it is, for people.
    pub(super) fn place(&self) -> &str {
        &self.place
    }

    /// The value as it stands there.
    pub(super) fn value(&mut self, field: &'static str) -> Option<&'a Value> {
        if !self.asked.contains(&field) {
            self.asked.push(field);
        }
        self.table.get(field)
    }

    pub(super) fn text(&mut self, field: &'static str) -> Option<&'a str> {
        let value = self.value(field)?;
        self.kept(field, value.as_str().ok_or("must be a text in quotes"))
    }

    /// A text that something else reads.
    pub(super) fn read<T>(&mut self, field: &'static str, read: impl FnOnce(&str) -> Result<T, String>) -> Option<T> {
        let text = self.text(field)?;
        self.kept(field, read(text))
    }

    /// One of several names.
    pub(super) fn choice<T: Copy>(&mut self, field: &'static str, choices: &[(&str, T)]) -> Option<T> {
        let text = self.text(field)?;
        let found = choices.iter().find(|(name, _)| *name == text).map(|(_, choice)| *choice);
        self.kept(field, found.ok_or_else(|| format!("{text:?} is none of {}", names(choices))))
    }

    /// A time within bounds.
    pub(super) fn time(&mut self, field: &'static str, least: Duration, most: Duration) -> Option<Duration> {
        self.read(field, |text| {
            let time = args::duration(text)?;
            if (least..=most).contains(&time) { Ok(time) } else { Err(format!("must be {least:?} to {most:?}")) }
        })
    }

    /// A whole number within bounds.
    pub(super) fn whole(&mut self, field: &'static str, least: u64, most: u64) -> Option<u64> {
        let value = self.value(field)?;
        self.kept(field, whole(value, least, most))
    }

    /// A list of whole numbers within bounds.
    pub(super) fn wholes(&mut self, field: &'static str, least: u64, most: u64, longest: usize) -> Option<Vec<u64>> {
        let value = self.value(field)?;
        let list = value.as_array().filter(|list| (1..=longest).contains(&list.len()));
        let read = match list {
            Some(list) => list.iter().map(|value| whole(value, least, most)).collect(),
            None => Err(format!("must be a list of 1 to {longest} whole numbers, as in [1, 2, 4]")),
        };
        self.kept(field, read)
    }

    pub(super) fn flag(&mut self, field: &'static str) -> Option<bool> {
        let value = self.value(field)?;
        self.kept(field, value.as_bool().ok_or("must be true or false"))
    }

    /// A table within this one.
    pub(super) fn table(&mut self, field: &'static str) -> Option<&'a Table> {
        let value = self.value(field)?;
        self.kept(field, value.as_table().ok_or("must be a table, as in { name = value }"))
    }

    /// A list of tables.
    pub(super) fn tables(&mut self, field: &'static str) -> Option<&'a [Value]> {
        let value = self.value(field)?;
        let list = value.as_array().filter(|list| list.iter().all(Value::is_table));
        self.kept(field, list.map(Vec::as_slice).ok_or("must be a list of tables, as in [{ at = \"1s\", … }]"))
    }

    /// Notes a mistake.
    pub(super) fn wrong(&mut self, field: &str, why: impl std::fmt::Display) {
        let place = self.named(field);
        self.problems.push(format!("{place}: {why}"));
    }

    /// Notes a mistake of the table as a whole.
    pub(super) fn wrong_here(&mut self, why: impl std::fmt::Display) {
        self.problems.push(format!("{}: {why}", self.place));
    }

    /// Where other tables of the file note theirs.
    pub(super) fn problems(&mut self) -> &mut Vec<String> {
        self.problems
    }

    /// Whatever stands there that nobody asked for.
    pub(super) fn finish(mut self) {
        let strange: Vec<&String> = self.table.keys().filter(|field| !self.asked.contains(&field.as_str())).collect();
        let allowed = self.asked.join(", ");
        for field in strange {
            self.wrong(field, format!("there is no such key here; allowed are {allowed}"));
        }
    }

    fn named(&self, field: &str) -> String {
        match self.place.as_str() {
            "" => field.to_owned(),
            place if place.contains(' ') => format!("{place}: {field}"),
            place => format!("{place}.{field}"),
        }
    }

    fn kept<T>(&mut self, field: &str, read: Result<T, impl std::fmt::Display>) -> Option<T> {
        read.map_err(|why| self.wrong(field, why)).ok()
    }
}

fn whole(value: &Value, least: u64, most: u64) -> Result<u64, String> {
    let number = value.as_integer().and_then(|number| u64::try_from(number).ok());
    let fits = number.filter(|number| (least..=most).contains(number));
    fits.ok_or_else(|| format!("must be a whole number from {least} to {most}"))
}

fn names<T>(choices: &[(&str, T)]) -> String {
    choices.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(", ")
}
