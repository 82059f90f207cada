//! What concerns a run as a whole and happens rarely: marks, errors, how many sessions stream, the machine. One lock holds it.

use std::collections::BTreeMap;
use std::time::Duration;

use super::course::Course;
use super::recording::MarkRow;
use super::sums::{MIB, Sums};
use super::window::Window;

/// Most marks; later ones are left out and counted.
const MOST_MARKS: usize = 10_000;
/// Most codes of errors that are told apart; others count as `other`.
const MOST_CODES: usize = 100;
/// Shortest span of which the course tells the CPU's use, in microseconds: systems count it by the hundredth of a second, so that of
/// less it would be nothing or far too much.
const LEAST_CPU_US: u64 = 250_000;
/// Longest text of a mark or an error, in chars.
const MOST_CHARS: usize = 300;

/// What concerns a run as a whole.
#[derive(Debug)]
pub(super) struct House {
    window: Window,
    pub(super) course: Course,
    pub(super) marks: Vec<MarkRow>,
    pub(super) errors: BTreeMap<String, u64>,
    pub(super) begun: u64,
    pub(super) without_row: u64,
    marks_left_out: u64,
    streaming: u32,
    streaming_most: u32,
    changed_us: u64,
    first_memory: Option<u64>,
    most_memory: u64,
    last_cpu: Option<(u64, Duration)>,
    /// CPU and time between the samples that lie in the window.
    cpu_us: u64,
    cpu_known_us: u64,
}

impl House {
    /// An empty one.
    pub(super) const fn new(window: Window, course: Course) -> Self {
        Self {
            window,
            course,
            marks: Vec::new(),
            errors: BTreeMap::new(),
            begun: 0,
            without_row: 0,
            marks_left_out: 0,
            streaming: 0,
            streaming_most: 0,
            changed_us: 0,
            first_memory: None,
            most_memory: 0,
            last_cpu: None,
            cpu_us: 0,
            cpu_known_us: 0,
        }
    }

    /// Notes what happened.
    pub(super) fn mark(&mut self, at_us: u64, until_us: Option<u64>, kind: &str, session: Option<u32>, text: &str) {
        if self.marks.len() >= MOST_MARKS {
            self.marks_left_out += 1;
            return;
        }
        self.marks.push(MarkRow { at_us, until_us, kind: clean(kind), session, text: clean(text) });
    }

    /// Counts a failure.
    pub(super) fn error(&mut self, code: &str) {
        let code = clean(code);
        let known = self.errors.contains_key(&code) || self.errors.len() < MOST_CODES;
        *self.errors.entry(if known { code } else { "other".to_owned() }).or_default() += 1;
    }

    /// A session began or ceased to stream.
    pub(super) fn stream(&mut self, at_us: u64, begins: bool) {
        self.advance(at_us);
        self.streaming = if begins { self.streaming + 1 } else { self.streaming.saturating_sub(1) };
        self.streaming_most = self.streaming_most.max(self.streaming);
        let step = self.course.at(at_us);
        step.sessions = step.sessions.max(self.streaming);
    }

    /// Sessions that stream now.
    pub(super) const fn streaming(&self) -> u32 {
        self.streaming
    }

    /// As many sessions stream until now as did.
    pub(super) fn advance(&mut self, now_us: u64) {
        // Threads may tell of a change a moment out of order.
        let now_us = now_us.max(self.changed_us);
        self.course.streaming(self.changed_us, now_us, self.streaming);
        self.changed_us = now_us;
    }

    /// What the process has used by now.
    pub(super) fn machine(&mut self, now_us: u64, cpu_total: Duration, memory_bytes: u64) {
        self.first_memory.get_or_insert(memory_bytes);
        self.most_memory = self.most_memory.max(memory_bytes);
        let step = self.course.at(now_us);
        step.memory_mib = Some(memory_bytes as f64 / MIB);
        if let Some((before_us, before)) = self.last_cpu.replace((now_us, cpu_total)) {
            let span = now_us.saturating_sub(before_us);
            let used = u64::try_from(cpu_total.saturating_sub(before).as_micros()).unwrap_or(u64::MAX);
            if span >= LEAST_CPU_US {
                step.cpu_cores = Some(used as f64 / span as f64);
            }
            if self.window.overlap(before_us, now_us) == span {
                self.cpu_us = self.cpu_us.saturating_add(used);
                self.cpu_known_us += span;
            }
        }
    }

    /// Its part of the sums.
    pub(super) fn sums(&self) -> Sums {
        Sums {
            cpu_us_window: self.cpu_us,
            cpu_known_us_window: self.cpu_known_us,
            memory_most: self.most_memory,
            memory_growth: self.most_memory.saturating_sub(self.first_memory.unwrap_or(0)),
            streaming_most: u64::from(self.streaming_most),
            ..Sums::default()
        }
    }

    /// Tells what had no room.
    pub(super) fn tell(&self, notes: &mut Vec<String>) {
        if self.marks_left_out > 0 {
            notes.push(format!("{} marks beyond the first {MOST_MARKS} were left out", self.marks_left_out));
        }
        if self.without_row > 0 {
            notes.push(format!("{} sessions were measured and have no row of their own", self.without_row));
        }
    }
}

/// Text without control characters and marks of direction, cut to its longest.
pub(super) fn clean(text: &str) -> String {
    let hidden = |c: &char| {
        c.is_control() || matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    text.chars().filter(|c| !hidden(c)).take(MOST_CHARS).collect()
}
