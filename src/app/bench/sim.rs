//! `seaglass bench sim`: playout in virtual time (layer L0). Reads everything that it is given before it plays anything, and writes
//! nothing before everything is played.

use super::contestant::Contestant;
use super::course::Course;
use super::output::{self, Form, Output};
use super::race::race;
use super::{markdown, table};
use crate::app::args::BenchSim;
use crate::app::errors::Failure;
use crate::clock::wall_clock;

/// Plays every trace by every contestant and reports.
pub fn sim(args: &BenchSim) -> Result<(), Failure> {
    let outputs = Output::parse(&args.output)?;
    let contestants = Contestant::parse(&args.preset, &args.cap, &args.peers)?;
    let courses = Course::parse(args)?;
    if let Some(path) = &args.save_trace {
        output::check_place(path, courses.len())?;
    }
    let rows = race(&courses, &contestants, args.seed);
    if let Some(path) = &args.save_trace {
        output::save_traces(path, &courses)?;
    }
    let figures: Vec<_> = rows.iter().map(|row| &row.figures).collect();
    for output in &outputs {
        let text = match output.form {
            Form::Text => table::text(&courses, &rows, args.seed),
            Form::Json => table::json(&figures),
            Form::Csv => table::csv(&figures),
            Form::Markdown => markdown::markdown(&courses, &rows, args.seed, &wall_clock().strftime("%Y-%m-%d").to_string()),
        };
        output.write(&text, "bench sim")?;
    }
    Ok(())
}
