//! Plays every course by every contestant, on all of the machine's cores. What comes out does not depend on which thread was faster.

use std::io::{IsTerminal as _, Write as _};
use std::num::NonZero;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use serde_json::Value;

use super::contestant::Contestant;
use super::course::Course;
use super::{outside, recovery};
use crate::lab::{self, Algorithm, Seaglass, peers};

/// What one contestant did on one course.
#[derive(Clone, Debug)]
pub struct Row {
    /// Which course.
    pub course: usize,
    /// Its figures, as reports name them.
    pub figures: Value,
}

/// Plays everything; rows by course, and within it by contestant.
#[must_use]
pub fn race(courses: &[Course], contestants: &[Contestant], seed: u64) -> Vec<Row> {
    let jobs = courses.len() * contestants.len();
    let rows: Vec<Mutex<Option<Row>>> = (0..jobs).map(|_| Mutex::new(None)).collect();
    let (next, done) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let threads = std::thread::available_parallelism().map_or(1, NonZero::get).min(jobs);
    let watched = std::io::stderr().is_terminal();
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                loop {
                    let job = next.fetch_add(1, Ordering::Relaxed);
                    let Some(place) = rows.get(job) else { return };
                    let course = job / contestants.len();
                    if let Some(figures) = play(&courses[course], &contestants[job % contestants.len()], seed) {
                        *place.lock().unwrap_or_else(PoisonError::into_inner) = Some(Row { course, figures });
                    }
                    let done = done.fetch_add(1, Ordering::Relaxed) + 1;
                    if watched {
                        eprint!("\r{done} of {jobs} runs ");
                        let _ = std::io::stderr().flush();
                    }
                }
            });
        }
    });
    if watched {
        eprint!("\r{:40}\r", "");
    }
    rows.into_iter().filter_map(|row| row.into_inner().unwrap_or_else(PoisonError::into_inner)).collect()
}

/// `None` where a peer cannot play the course, and says so.
fn play(course: &Course, contestant: &Contestant, seed: u64) -> Option<Value> {
    let made = course.get();
    let (trace, conditions) = &*made;
    let mut algorithm: Box<dyn Algorithm> = match contestant {
        Contestant::Own { preset, cap } => Box::new(Seaglass { preset: *preset, cap: *cap }),
        Contestant::Peer(name) => peers::by_name(name)?,
        Contestant::Neteq(program) => {
            let played = outside::play(program, trace, conditions, seed);
            return played.inspect_err(|why| eprintln!("seaglass: neteq does not play {}: {why}", trace.name)).ok();
        }
    };
    let (figures, log) = lab::play(&mut *algorithm, trace, conditions, seed);
    let mut figures =
        serde_json::to_value(figures).unwrap_or_else(|_| unreachable!("figures hold nothing that JSON cannot say"));
    figures["recovery"] = recovery::recovery(trace, &log);
    figures["audio_swing_ms"] = recovery::swing_ms(&log).map_or(Value::Null, Value::from);
    Some(figures)
}
