//! The raw trace as a file: one JSON object a line, each with its `type` (docs/bench-trace.md). Written as it is read; read
//! strictly, so that a damaged or foreign file is never half a run. Opens no file: readers and writers are arguments.

use std::collections::BTreeMap;
use std::io::{self, BufRead, Read, Write};

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::form::SpreadForm;
use super::metric::Metric;
use super::recording::{CommandRow, End, FrameRow, MarkRow, Recording, Run, SCHEMA, SessionRow, StepRow};
use super::spread::Spread;

/// Longest line, in bytes: the distribution with the most counts.
const MOST_LINE: u64 = 16 << 20;
/// Most rows of one type.
const MOST_ROWS: usize = 20_000_000;

/// What a file is called that stands first in every trace.
const KIND: &str = "seaglass-trace";

/// Why a trace cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum TraceError {
    /// The source failed.
    #[error("the trace cannot be read: {0}")]
    Io(#[from] io::Error),
    /// It is something else.
    #[error("line 1: this is no raw trace of `seaglass bench run`: {0}; give the file of `-o trace:FILE`")]
    Foreign(String),
    /// A later program wrote it.
    #[error(
        "the trace has format {found}, and this program reads format {SCHEMA}: use the program that wrote it, or a newer one"
    )]
    Newer {
        /// The format that it says.
        found: u32,
    },
    /// A line is wrong.
    #[error("line {line}: {why}; the file is damaged or was edited: record the run again")]
    Line {
        /// Which, from 1.
        line: u64,
        /// What is wrong.
        why: String,
    },
    /// It stops in the middle.
    #[error(
        "the trace ends without its `end` line: the run that wrote it was cut off, or the file was; record the run again"
    )]
    CutOff,
}

#[derive(Serialize, Deserialize)]
struct Head {
    kind: String,
    schema: u32,
}

#[derive(Serialize, Deserialize)]
struct SpreadLine {
    metric: Metric,
    #[serde(flatten)]
    spread: SpreadForm,
}

#[derive(Deserialize)]
struct Typed<'a> {
    #[serde(rename = "type", borrow)]
    of: std::borrow::Cow<'a, str>,
}

/// A line as it is written: the members of its value with the type before them.
#[derive(Serialize)]
struct Line<'a, T> {
    #[serde(rename = "type")]
    of: &'a str,
    #[serde(flatten)]
    value: &'a T,
}

#[derive(Serialize, Deserialize)]
struct Counts<T> {
    counts: T,
}

impl Recording {
    /// Writes it, one line after another.
    ///
    /// # Errors
    /// Those of the writer.
    pub fn write(&self, mut to: impl Write) -> io::Result<()> {
        let to = &mut to;
        line(to, "head", &Head { kind: KIND.to_owned(), schema: SCHEMA })?;
        line(to, "run", &self.run)?;
        lines(to, "session", &self.sessions)?;
        lines(to, "frame", &self.frames)?;
        lines(to, "command", &self.commands)?;
        lines(to, "step", &self.course)?;
        lines(to, "mark", &self.marks)?;
        for (metric, spread) in &self.spreads {
            line(to, "spread", &SpreadLine { metric: *metric, spread: SpreadForm::from(spread) })?;
        }
        line(to, "sums", &self.sums)?;
        line(to, "scalars", &Counts { counts: &self.scalars })?;
        line(to, "drops", &Counts { counts: &self.drops })?;
        line(to, "errors", &Counts { counts: &self.errors })?;
        line(to, "end", &self.end)?;
        to.flush()
    }

    /// Reads one.
    ///
    /// # Errors
    /// What is wrong with which line, and what to do.
    pub fn read(mut from: impl BufRead) -> Result<Self, TraceError> {
        let mut recording = Self::default();
        let mut reader = Reader { line: 0, text: String::new(), seen: BTreeMap::new() };
        if !reader.next(&mut from)? {
            return Err(TraceError::Foreign("it is empty".to_owned()));
        }
        let head: Head = serde_json::from_str(&reader.text).map_err(|error| TraceError::Foreign(error.to_string()))?;
        if head.kind != KIND {
            return Err(TraceError::Foreign(format!("its kind is `{}`", super::house::clean(&head.kind))));
        }
        if head.schema != SCHEMA {
            return Err(TraceError::Newer { found: head.schema });
        }
        while reader.next(&mut from)? {
            let of = reader.parse::<Typed<'_>>()?.of.into_owned();
            if !reader.seen.contains_key("run") && of != "run" {
                return Err(reader.wrong("the `run` line must come before all others"));
            }
            match of.as_str() {
                "run" => recording.run = reader.once::<Run>("run")?,
                "session" => reader.row::<SessionRow>(&mut recording.sessions)?,
                "frame" => reader.row::<FrameRow>(&mut recording.frames)?,
                "command" => reader.row::<CommandRow>(&mut recording.commands)?,
                "step" => reader.row::<StepRow>(&mut recording.course)?,
                "mark" => reader.row::<MarkRow>(&mut recording.marks)?,
                "spread" => {
                    let read: SpreadLine = reader.parse()?;
                    let spread = Spread::try_from(&read.spread).map_err(|why| reader.wrong(&why))?;
                    if recording.spreads.insert(read.metric, spread).is_some() {
                        return Err(reader.wrong(&format!("a second distribution of {}", read.metric.name())));
                    }
                }
                "sums" => recording.sums = reader.once("sums")?,
                "scalars" => recording.scalars = reader.once::<Counts<_>>("scalars")?.counts,
                "drops" => recording.drops = reader.once::<Counts<_>>("drops")?.counts,
                "errors" => recording.errors = reader.once::<Counts<_>>("errors")?.counts,
                "end" => {
                    recording.end = reader.once::<End>("end")?;
                    if reader.next(&mut from)? {
                        return Err(reader.wrong("something follows the `end` line"));
                    }
                    return Ok(recording);
                }
                other => {
                    let other = super::house::clean(other);
                    return Err(reader.wrong(&format!("`{other}` is no type of line that format {SCHEMA} has")));
                }
            }
        }
        Err(TraceError::CutOff)
    }
}

struct Reader {
    line: u64,
    text: String,
    seen: BTreeMap<&'static str, ()>,
}

impl Reader {
    /// Reads the next line that is not empty; false at the end.
    fn next(&mut self, from: &mut impl BufRead) -> Result<bool, TraceError> {
        loop {
            self.text.clear();
            self.line += 1;
            let read = from.by_ref().take(MOST_LINE).read_line(&mut self.text).map_err(|error| match error.kind() {
                io::ErrorKind::InvalidData => self.wrong("it is no text in UTF-8"),
                _ => TraceError::Io(error),
            })?;
            if read == 0 {
                return Ok(false);
            }
            if read as u64 == MOST_LINE && !self.text.ends_with('\n') {
                return Err(self.wrong("it is longer than any line of a trace"));
            }
            if !self.text.trim().is_empty() {
                return Ok(true);
            }
        }
    }

    fn parse<'a, T: Deserialize<'a>>(&'a self) -> Result<T, TraceError> {
        serde_json::from_str(&self.text).map_err(|error| self.wrong(&error.to_string()))
    }

    /// A line of a type of which there is one.
    fn once<T: DeserializeOwned>(&mut self, of: &'static str) -> Result<T, TraceError> {
        if self.seen.insert(of, ()).is_some() {
            return Err(self.wrong(&format!("a second `{of}` line")));
        }
        self.parse()
    }

    fn row<T: DeserializeOwned>(&self, rows: &mut Vec<T>) -> Result<(), TraceError> {
        if rows.len() >= MOST_ROWS {
            return Err(self.wrong("more rows of one type than a trace can have"));
        }
        rows.push(self.parse()?);
        Ok(())
    }

    fn wrong(&self, why: &str) -> TraceError {
        TraceError::Line { line: self.line, why: why.to_owned() }
    }
}

fn line(to: &mut impl Write, of: &str, value: &impl Serialize) -> io::Result<()> {
    serde_json::to_writer(&mut *to, &Line { of, value })?;
    to.write_all(b"\n")
}

fn lines<T: Serialize>(to: &mut impl Write, of: &str, rows: &[T]) -> io::Result<()> {
    rows.iter().try_for_each(|row| line(to, of, row))
}
