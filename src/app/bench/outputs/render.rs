//! From a kind to its function.

use std::fmt::Display;

use super::kind::Kind;
use super::{csv, hgrm, html, json, junit, markdown, otlp, prometheus, text};
use crate::app::errors::{Exit, Failure};
use crate::measure::{Recording, Report};

/// A run in one of its forms. The same recording and report give the same bytes.
///
/// # Errors
/// What a library says that cannot print.
pub fn render(kind: Kind, recording: &Recording, report: &Report) -> Result<String, Failure> {
    Ok(match kind {
        Kind::Text => text::report(report),
        Kind::Json | Kind::Jsonl => json::report(recording, report),
        Kind::Csv => csv::frames(recording),
        Kind::CsvCommands => csv::commands(recording),
        Kind::Hgrm => hgrm::report(recording).map_err(|error| unprintable(kind, &error))?,
        Kind::Junit => junit::report(report).map_err(|error| unprintable(kind, &error))?,
        Kind::Prometheus => prometheus::report(recording, report),
        Kind::Otlp => otlp::report(recording, report),
        Kind::Markdown => markdown::report(report),
        Kind::Html => html::page(recording, report),
        Kind::Trace => json::trace(recording).map_err(|error| unprintable(kind, &error))?,
    })
}

fn unprintable(kind: Kind, why: &dyn Display) -> Failure {
    let what = format!("the run cannot be printed as {}", kind.name());
    Failure::new("unexpected", Exit::Unexpected, what, why, "keep its raw trace with -o trace:FILE, and report this")
}
