//! What is to be seen of jobs while they are waited for: on a terminal a line for each that is drawn over, elsewhere a line for each
//! change, for programs an event each. Says what to print; `screen` prints it.

use std::time::Duration;

use serde_json::{Value, json};

use super::text::{amount, bytes, clock, shown};
use crate::clips::Progress;
use crate::jobs::JobState;
use crate::media::Monotonic;

/// Where nothing changes a line is due all the same after so long, so that nobody takes silence for an end.
const REASSURE: Duration = Duration::from_secs(60);

/// Width that lines on a terminal keep to: what every terminal has.
const WIDTH: usize = 79;

/// Cells of a bar, and of one on a line that would be too long.
const BAR: (usize, usize) = (16, 8);

/// What is left of an id on a line that would still be too long: its beginning and its end. It stands in full in the first line of all.
const LEAST_NAME: usize = 12;

/// One job, as far as it is known.
#[derive(Clone, Debug)]
pub struct Row {
    name: String,
    begun: Monotonic,
    doing: Doing,
    said: Option<(String, Monotonic)>,
}

#[derive(Clone, Debug, PartialEq)]
enum Doing {
    Preparing,
    Uploading { field: String, sent: u64, of: u64 },
    Submitting,
    Waiting { state: JobState, word: String, progress: Option<f64>, next: Option<Monotonic> },
    Retrying { why: String, at: Monotonic },
    Downloading { got: u64, of: Option<u64> },
    Over,
}

impl Row {
    /// A job, by its id, or by what is known of it before it has one.
    pub fn new(name: &str, now: Monotonic) -> Self {
        Self { name: name.to_owned(), begun: now, doing: Doing::Preparing, said: None }
    }

    /// Takes in what happened.
    pub fn take(&mut self, progress: &Progress, now: Monotonic) {
        self.doing = match progress.clone() {
            Progress::Journaled { .. } => Doing::Submitting,
            Progress::Uploading { field, sent, of } => Doing::Uploading { field, sent, of },
            Progress::Accepted { id, .. } => {
                self.name = shown(&id, 40);
                Doing::Waiting { state: JobState::Running, word: String::new(), progress: None, next: None }
            }
            Progress::Checked { state, word, progress, next, .. } => {
                Doing::Waiting { state, word, progress, next: next.map(|next| now + next) }
            }
            Progress::Retrying { why, after } => Doing::Retrying { why, at: now + after },
            Progress::Downloading { got, of } => Doing::Downloading { got, of },
        };
    }

    /// It is over.
    pub fn end(&mut self) {
        self.doing = Doing::Over;
    }

    /// Whether it is over.
    pub fn is_over(&self) -> bool {
        self.doing == Doing::Over
    }

    /// The line that stands for it on a terminal now. Where there is not room for all of it, the bar and the id give way to what changes.
    pub fn line(&self, now: Monotonic) -> String {
        if let Doing::Retrying { why, at } = &self.doing {
            let left = at.since(now).as_secs_f64().ceil().max(0.0);
            return cut(&format!("{}  again in {left} s: {}", self.name, shown(why, 200)));
        }
        let room = |rest: &str| WIDTH.saturating_sub(rest.chars().count() + 2);
        let mut rest = self.rest(now, BAR.0);
        if room(&rest) < self.name.chars().count() {
            rest = self.rest(now, BAR.1);
        }
        cut(&format!("{}  {rest}", squeezed(&self.name, room(&rest).max(LEAST_NAME))))
    }

    /// What a line says beside the id.
    fn rest(&self, now: Monotonic, cells: usize) -> String {
        let elapsed = clock(now.since(self.begun));
        match &self.doing {
            Doing::Waiting { state, word, progress, next } => {
                let part = progress.filter(|_| *state == JobState::Running);
                let part = part.map_or_else(String::new, |part| format!("{} ", bar(part, cells)));
                let next = match next {
                    Some(next) if *next > now => {
                        format!("  next check in {} s", next.since(now).as_secs_f64().ceil())
                    }
                    Some(_) => "  checking".to_owned(),
                    None => String::new(),
                };
                format!("{part}{}  {elapsed}{next}", stands(*state, word))
            }
            other => format!("{}  {elapsed}", other.words(cells)),
        }
    }

    /// The line to add to a log now, if one is due: where something changed, and once a minute.
    pub fn news(&mut self, now: Monotonic) -> Option<String> {
        let words = match &self.doing {
            Doing::Waiting { state, word, progress, .. } => {
                // The line with its id has just said as much.
                if word.is_empty() && *state == JobState::Running && self.said.is_some() {
                    return None;
                }
                let part = progress.filter(|_| *state == JobState::Running);
                let part = part.map_or_else(String::new, |part| format!(" {:.0} %", part * 100.0));
                format!("{}{part}", stands(*state, word))
            }
            // Bytes flow by; that they began to is the news.
            Doing::Uploading { field, of, .. } => format!("uploading {field} ({})", bytes(*of)),
            Doing::Downloading { .. } => "downloading".to_owned(),
            Doing::Retrying { why, at } => {
                format!("again in {:.0} s: {}", at.since(now).as_secs_f64(), shown(why, 300))
            }
            Doing::Preparing => return None,
            other => other.words(BAR.0),
        };
        let due = match &self.said {
            None => true,
            Some((said, at)) => *said != words || now.since(*at) >= REASSURE,
        };
        if !due {
            return None;
        }
        self.said = Some((words.clone(), now));
        let elapsed = clock(now.since(self.begun));
        Some(format!("{elapsed}  {}  {words}", self.name))
    }
}

impl Doing {
    fn words(&self, cells: usize) -> String {
        match self {
            Self::Preparing => "preparing".to_owned(),
            Self::Submitting => "submitting".to_owned(),
            Self::Uploading { field, sent, of } => {
                format!("uploading {field} {} {} of {}", bar(part(*sent, *of), cells), bytes(*sent), bytes(*of))
            }
            Self::Downloading { got, of: Some(of) } => {
                format!("downloading {} {} of {}", bar(part(*got, *of), cells), bytes(*got), bytes(*of))
            }
            Self::Downloading { got, of: None } => format!("downloading {}", bytes(*got)),
            Self::Over => "over".to_owned(),
            Self::Waiting { state, word, .. } => stands(*state, word),
            Self::Retrying { why, .. } => shown(why, 200),
        }
    }
}

/// An event for programs, one line of JSON.
pub fn event(progress: &Progress, name: &str) -> Value {
    let millis = |duration: &Duration| duration.as_millis() as u64;
    match progress {
        Progress::Journaled { key } => json!({ "event": "journaled", "key": key }),
        Progress::Uploading { field, sent, of } => {
            json!({ "event": "uploading", "field": field, "sent_bytes": sent, "of_bytes": of })
        }
        Progress::Accepted { id, notes } => json!({ "event": "accepted", "id": id, "notes": notes }),
        Progress::Checked { id, state, word, progress, elapsed, next } => json!({
            "event": "checked", "id": id, "state": state.name(), "word": word, "progress": progress,
            "elapsed_ms": millis(elapsed), "next_ms": next.as_ref().map(millis),
        }),
        Progress::Retrying { why, after } => {
            json!({ "event": "retrying", "id": name, "why": why, "after_ms": millis(after) })
        }
        Progress::Downloading { got, of } => {
            json!({ "event": "downloading", "id": name, "got_bytes": got, "of_bytes": of })
        }
    }
}

/// `running`, with the service's own word where it says more.
pub fn stands(state: JobState, word: &str) -> String {
    let name = state.name();
    let word = shown(word, 24);
    if word.is_empty() || word.eq_ignore_ascii_case(name) { name.to_owned() } else { format!("{name} ({word})") }
}

fn part(done: u64, of: u64) -> f64 {
    if of == 0 { 1.0 } else { done as f64 / of as f64 }
}

fn bar(part: f64, cells: usize) -> String {
    let part = if part.is_finite() { part.clamp(0.0, 1.0) } else { 0.0 };
    let full = (part * cells as f64).floor() as usize;
    format!("[{}{}] {}%", "#".repeat(full), "-".repeat(cells - full), amount((part * 100.0).floor()))
}

/// A name of at most so many characters, by its beginning and its end.
fn squeezed(name: &str, room: usize) -> String {
    let count = name.chars().count();
    if count <= room {
        return name.to_owned();
    }
    let tail = room / 2;
    let head = room - tail - 1;
    name.chars().take(head).chain(['…']).chain(name.chars().skip(count - tail)).collect()
}

fn cut(line: &str) -> String {
    if line.chars().count() <= WIDTH {
        return line.to_owned();
    }
    line.chars().take(WIDTH - 1).chain(['…']).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> Monotonic {
        Monotonic::ZERO + Duration::from_secs(seconds)
    }

    fn checked(word: &str, progress: Option<f64>, next: u64) -> Progress {
        Progress::Checked {
            id: "n92".to_owned(),
            state: JobState::Running,
            word: word.to_owned(),
            progress,
            elapsed: Duration::ZERO,
            next: Some(Duration::from_secs(next)),
        }
    }

    #[test]
    fn a_line_says_state_progress_time_and_when_it_is_asked_for_next() {
        let mut row = Row::new("n92", at(10));
        row.take(&checked("IN_PROGRESS", None, 8), at(12));
        assert_eq!(row.line(at(15)), "n92  running (IN_PROGRESS)  0:05  next check in 5 s");
        row.take(&checked("rendering", Some(0.5), 8), at(20));
        assert_eq!(row.line(at(29)), "n92  [########--------] 50% running (rendering)  0:19  checking");
    }

    #[test]
    fn the_documents_own_ids_leave_room_for_the_bar_the_state_the_time_and_the_next_check() {
        for (id, word, progress) in [
            ("job_01HZ9X3K7VQWPN8S4TYJB6MDE", "processing", Some(0.7)),
            ("018f3f1d-8c2e-7b4d-9db1-8e8f3a0c8f21", "processing", None),
            ("n92abc123hh10", "IN_PROGRESS", None),
        ] {
            let mut row = Row::new(id, at(0));
            row.take(&checked(word, progress, 15), at(599));
            let line = row.line(at(599));
            for part in [&format!("running ({word})"), "9:59", "next check in 15 s", &id[..5], &id[id.len() - 5..]] {
                assert!(line.contains(part), "{part}: {line}");
            }
            assert_eq!(progress.is_some(), line.contains("] 70%"), "{line}");
            assert!(line.chars().count() <= WIDTH, "{line}");
            row.take(&Progress::Downloading { got: 1_500_000, of: Some(4_100_000) }, at(600));
            let line = row.line(at(600));
            assert!(line.contains("1.5 MB of 4.1 MB  10:00") && line.chars().count() <= WIDTH, "{line}");
        }
    }

    #[test]
    fn a_log_has_a_line_for_each_change_and_one_a_minute() {
        let mut row = Row::new("n92", at(0));
        assert_eq!(row.news(at(0)), None);
        row.take(&checked("queued", None, 5), at(1));
        assert_eq!(row.news(at(1)).unwrap(), "0:01  n92  running (queued)");
        row.take(&checked("queued", None, 5), at(6));
        assert_eq!(row.news(at(6)), None);
        row.take(&checked("processing", None, 5), at(11));
        assert_eq!(row.news(at(11)).unwrap(), "0:11  n92  running (processing)");
        assert_eq!(row.news(at(70)), None);
        assert_eq!(row.news(at(71)).unwrap(), "1:11  n92  running (processing)");
    }

    #[test]
    fn nothing_that_a_service_says_drives_the_terminal_or_breaks_the_line() {
        let mut row = Row::new("n92", at(0));
        row.take(&checked("\u{1b}[2J\nFAILED", None, 5), at(0));
        let line = row.line(at(0));
        assert!(!line.contains('\u{1b}') && !line.contains('\n'), "{line:?}");
        row.take(&Progress::Retrying { why: "x".repeat(500), after: Duration::from_secs(3) }, at(0));
        assert!(row.line(at(0)).chars().count() <= WIDTH);
    }
}
