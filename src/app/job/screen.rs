//! Where what is to be seen of jobs is printed: data on stdout, the rest on stderr. On a terminal one line for each job is drawn
//! over and over, until what is printed on stdout says how it ended; whatever else is said goes above them.

use std::io::{IsTerminal as _, Write as _};
use std::sync::{Arc, Mutex, PoisonError};

use serde_json::Value;

use super::board::{self, Row};
use crate::app::args::OutputFormat;
use crate::clips::Progress;
use crate::clock::Clock;

/// A screen, shared by everything that happens at once.
#[derive(Clone, Debug)]
pub struct Screen {
    clock: Clock,
    output: OutputFormat,
    state: Arc<Mutex<State>>,
}

#[derive(Debug)]
struct State {
    rows: Vec<Row>,
    live: bool,
    /// Lines that stand on the terminal and are to be drawn over.
    drawn: usize,
}

/// One job's place on the screen.
#[derive(Clone, Copy, Debug)]
pub struct Place(usize);

impl Screen {
    /// A screen for this way to print.
    pub fn new(output: OutputFormat, clock: Clock) -> Self {
        let dumb = std::env::var("TERM").is_ok_and(|term| term == "dumb");
        let live = std::io::stderr().is_terminal() && !dumb && output != OutputFormat::Jsonl;
        Self { clock, output, state: Arc::new(Mutex::new(State { rows: Vec::new(), live, drawn: 0 })) }
    }

    /// Adds a job.
    pub fn add(&self, name: &str) -> Place {
        let now = self.clock.now();
        self.with(|state| {
            state.rows.push(Row::new(name, now));
            Place(state.rows.len() - 1)
        })
    }

    /// Something happened.
    pub fn tell(&self, place: Place, name: &str, progress: &Progress) {
        let now = self.clock.now();
        if self.output == OutputFormat::Jsonl {
            return self.event(&board::event(progress, name));
        }
        self.with(|state| {
            let Some(row) = state.rows.get_mut(place.0) else { return };
            row.take(progress, now);
            if !state.live
                && let Some(line) = row.news(now)
            {
                eprintln!("{line}");
            }
        });
        self.draw();
    }

    /// A job is over, and its line goes: what is printed on stdout says how it ended.
    pub fn end(&self, place: Place) {
        self.with(|state| {
            if let Some(row) = state.rows.get_mut(place.0) {
                row.end();
            }
        });
        self.draw();
    }

    /// A note for people.
    pub fn note(&self, words: &str) {
        self.with(|state| {
            state.wipe();
            eprintln!("{words}");
        });
        self.draw();
    }

    /// Data, or a line that scripts read.
    pub fn print(&self, line: &str) {
        self.with(|state| {
            state.wipe();
            println!("{line}");
            // What is read by a program is wanted now.
            let _ = std::io::stdout().flush();
        });
        self.draw();
    }

    /// An event for programs.
    pub fn event(&self, event: &Value) {
        self.print(&crate::app::print::compact(event));
    }

    /// Draws again: times pass.
    pub fn draw(&self) {
        let now = self.clock.now();
        self.with(|state| {
            if !state.live {
                return;
            }
            state.wipe();
            let lines: Vec<String> = state.rows.iter().filter(|row| !row.is_over()).map(|row| row.line(now)).collect();
            if lines.is_empty() {
                return;
            }
            let mut stderr = std::io::stderr().lock();
            let _ = writeln!(stderr, "{}", lines.join("\n"));
            let _ = stderr.flush();
            state.drawn = lines.len();
        });
    }

    /// Nothing is drawn any more: what is printed on stdout says how it ended.
    pub fn close(&self) {
        self.with(|state| {
            state.wipe();
            state.rows.clear();
        });
    }

    fn with<T>(&self, act: impl FnOnce(&mut State) -> T) -> T {
        act(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl State {
    fn wipe(&mut self) {
        if self.drawn > 0 {
            // Up to the first of them, and clear from there on (ECMA-48: CPL, ED).
            let mut stderr = std::io::stderr().lock();
            let _ = write!(stderr, "\u{1b}[{}F\u{1b}[J", self.drawn);
            let _ = stderr.flush();
            self.drawn = 0;
        }
    }
}
