//! How a run goes, on one line of a terminal; elsewhere nothing, so that logs stay readable.

use std::io::{IsTerminal as _, Write as _};
use std::time::Duration;

use super::plan::Plan;
use crate::measure::Live;

/// Erases to the end of the line (ECMA-48, EL).
const CLEAR: &str = "\r\x1b[K";

/// What is longer than the terminal is wide stays on its line (DEC private mode 7, off and on): a line that wrapped could not be
/// cleared.
const CUT: &str = "\x1b[?7l";
const WRAP: &str = "\x1b[?7h";

/// A line that is written again and again.
#[derive(Debug)]
pub struct Progress {
    terminal: bool,
}

impl Progress {
    /// On standard error, where that is a terminal.
    #[must_use]
    pub fn to_terminal() -> Self {
        Self { terminal: std::io::stderr().is_terminal() }
    }

    /// Nowhere.
    #[must_use]
    pub const fn none() -> Self {
        Self { terminal: false }
    }

    /// Whether anybody sees it.
    #[must_use]
    pub const fn is_shown(&self) -> bool {
        self.terminal
    }

    /// Shows how it goes.
    pub fn show(&self, plan: &Plan, elapsed: Duration, live: &Live) {
        if self.terminal {
            let mut err = std::io::stderr().lock();
            let _ = write!(err, "{CLEAR}{CUT}{}{WRAP}", line(plan, elapsed, live));
            let _ = err.flush();
        }
    }

    /// Says something that stays.
    pub fn say(&self, words: &str) {
        self.clear();
        eprintln!("seaglass: {words}");
    }

    /// Takes the line away.
    pub fn clear(&self) {
        if self.terminal {
            eprint!("{CLEAR}");
        }
    }
}

fn line(plan: &Plan, elapsed: Duration, live: &Live) -> String {
    let number = |value: Option<f64>| value.map_or_else(|| "–".to_owned(), |value| format!("{value:.0}"));
    let rate = live.mbit_s.map_or_else(|| "–".to_owned(), |rate| format!("{rate:.1}"));
    let errors: u64 = live.errors.values().sum();
    format!(
        "{:.0}/{:.0} s {} · {}/{} streaming · {} fps · {rate} Mbit/s · command to frame {} ms (p99 {}) · {} freezes · {errors} errors",
        elapsed.min(plan.length).as_secs_f64(),
        plan.length.as_secs_f64(),
        plan.phase(elapsed),
        live.streaming,
        plan.lives.iter().filter(|life| life.begin <= elapsed && elapsed < life.end).count(),
        number(live.fps),
        number(live.cmd_to_frame.p50),
        number(live.cmd_to_frame.p99),
        live.freezes,
    )
}
