//! What a run came to, as data: cases, worlds, and the exit status that follows.

use std::time::Duration;

use serde_json::{Value, json};

use super::case::Level;
use super::run::{Done, Outcome};
use super::worlds::Made;
use crate::app::errors::{Exit, Failure};

/// Version of the JSON.
const SCHEMA: u32 = 1;

/// A run.
#[derive(Clone, Debug)]
pub struct Report {
    /// The server's address.
    pub target: String,
    /// What the server calls itself; cleaned.
    pub server: String,
    /// Repeats the run.
    pub seed: u64,
    /// When it began.
    pub began: String,
    /// How long it took.
    pub took: Duration,
    /// The cases.
    pub done: Vec<Done>,
    /// The worlds that it made.
    pub worlds: Vec<Made>,
    /// Why the survey could not look at everything, if so; cleaned.
    pub survey: Option<String>,
    /// Whether SHOULD counts.
    pub strict: bool,
}

/// How many came to what.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Passed.
    pub passed: usize,
    /// Failed, of MUST.
    pub must: usize,
    /// Failed, of SHOULD.
    pub should: usize,
    /// Skipped.
    pub skipped: usize,
}

impl Report {
    /// How many came to what.
    pub fn counts(&self) -> Counts {
        let mut counts = Counts::default();
        for done in &self.done {
            match (&done.outcome, done.case.level) {
                (Outcome::Passed, _) => counts.passed += 1,
                (Outcome::Skipped(_), _) => counts.skipped += 1,
                (Outcome::Failed { .. }, Level::Must) => counts.must += 1,
                (Outcome::Failed { .. }, Level::Should) => counts.should += 1,
            }
        }
        counts
    }

    /// Worlds that the server still has.
    pub fn left_open(&self) -> Vec<&Made> {
        self.worlds.iter().filter(|world| !world.gone).collect()
    }

    /// Media time that all worlds lived, as far as the server said.
    pub fn seconds(&self) -> f64 {
        self.worlds.iter().filter_map(|world| world.seconds).sum()
    }

    /// What the run comes to.
    ///
    /// # Errors
    /// The exit status of a server that failed.
    pub fn verdict(&self) -> Result<(), Failure> {
        let Counts { passed, must, should, .. } = self.counts();
        let left = self.left_open();
        let fix = "the report says of each what was expected and what came; --transcripts DIR keeps what went over the wire";
        if must > 0 || !left.is_empty() {
            let what = match (must, left.len()) {
                (0, left) => format!("{left} worlds of this run could not be ended"),
                (must, 0) => format!("the server fails {must} MUST cases"),
                (must, left) => format!("the server fails {must} MUST cases, and {left} worlds could not be ended"),
            };
            let ids: Vec<&str> = left.iter().map(|world| world.id.as_str()).collect();
            let why = if ids.is_empty() { String::new() } else { format!("still open: {}", ids.join(", ")) };
            return Err(Failure::new("check-must", Exit::ConformanceMust, what, why, fix));
        }
        if should > 0 && self.strict {
            let what = format!("the server fails {should} SHOULD cases, and no MUST");
            return Err(Failure::new("check-should", Exit::ConformanceShould, what, "--strict lets them count", fix));
        }
        match &self.survey {
            Some(why) if passed == 0 => {
                let what = "nothing could be checked";
                Err(Failure::new("protocol", Exit::Session, what, why, "play all cases: `seaglass check` without --only"))
            }
            _ => Ok(()),
        }
    }

    /// The run as JSON.
    pub fn json(&self) -> Value {
        let counts = self.counts();
        json!({
            "schema": SCHEMA,
            "target": self.target,
            "server": self.server,
            "seed": self.seed,
            "began": self.began,
            "seconds": self.took.as_secs_f64(),
            "strict": self.strict,
            "survey": self.survey,
            "passed": counts.passed,
            "failed_must": counts.must,
            "failed_should": counts.should,
            "skipped": counts.skipped,
            "worlds_left_open": self.left_open().len(),
            "world_seconds": self.seconds(),
            "cases": self.done.iter().map(|done| case(done, self.seed)).collect::<Vec<_>>(),
            "worlds": self.worlds.iter().map(|world| json!({
                "id": world.id, "case": world.case, "gone": world.gone, "seconds_used": world.seconds,
            })).collect::<Vec<_>>(),
        })
    }
}

/// A case as JSON.
pub fn case(done: &Done, seed: u64) -> Value {
    let Done { case, outcome, took } = done;
    let mut value = json!({
        "id": case.id,
        "level": case.level.name(),
        "rows": case.rows.split(", ").collect::<Vec<_>>(),
        "section": case.section,
        "says": case.says,
        "seconds": took.as_secs_f64(),
    });
    let more = match outcome {
        Outcome::Passed => json!({ "outcome": "passed" }),
        Outcome::Skipped(why) => json!({ "outcome": "skipped", "why": why }),
        Outcome::Failed { expected, found, transcript } => json!({
            "outcome": "failed", "expected": expected, "found": found, "seed": seed, "transcript": transcript,
        }),
    };
    if let (Some(value), Value::Object(more)) = (value.as_object_mut(), more) {
        value.extend(more);
    }
    value
}

#[cfg(test)]
mod tests {
    use super::super::case::Case;
    use super::*;

    const fn a_case(level: Level) -> Case {
        Case {
            id: "life/1/1",
            level,
            rows: "HO-5",
            section: "9",
            says: "It is so.",
            needs: &[],
            worlds: 0,
            play: |_| Box::pin(async { Ok(()) }),
        }
    }
    static MUST: Case = a_case(Level::Must);
    static SHOULD: Case = a_case(Level::Should);

    fn failed() -> Outcome {
        Outcome::Failed { expected: "so".into(), found: "<not> \u{1b} so".into(), transcript: vec!["> GET".into()] }
    }

    fn report(done: Vec<(&'static Case, Outcome)>) -> Report {
        Report {
            target: "http://127.0.0.1:1/".into(),
            server: "a server".into(),
            seed: 7,
            began: "2026-01-01T00:00:00Z".into(),
            took: Duration::from_secs(1),
            done: done.into_iter().map(|(case, outcome)| Done { case, outcome, took: Duration::from_millis(20) }).collect(),
            worlds: vec![Made { id: "w_1".into(), case: "life/1/1", gone: true, seconds: Some(1.5) }],
            survey: None,
            strict: false,
        }
    }

    fn exit(report: &Report) -> Option<Exit> {
        report.verdict().err().map(|failure| failure.exit)
    }

    #[test]
    fn should_counts_where_it_is_strict_and_must_always() {
        let mut mild = report(vec![(&MUST, Outcome::Passed), (&SHOULD, failed())]);
        assert_eq!(exit(&mild), None);
        mild.strict = true;
        assert_eq!(exit(&mild), Some(Exit::ConformanceShould));
        let both = report(vec![(&MUST, failed()), (&SHOULD, failed())]);
        assert_eq!(exit(&both), Some(Exit::ConformanceMust));
    }

    /// HO-5
    #[test]
    fn a_world_that_is_left_open_fails_a_run_in_which_every_case_passed() {
        let mut left = report(vec![(&MUST, Outcome::Passed)]);
        left.worlds[0].gone = false;
        assert_eq!(exit(&left), Some(Exit::ConformanceMust));
        assert!(left.verdict().unwrap_err().to_string().contains("w_1"));
        assert!(super::super::text::report(&left).contains("LEFT OPEN  w_1"));
        assert!(super::super::junit::report(&left).unwrap().contains("still open: w_1"));
    }

    /// A run in which nothing could be looked at is no pass.
    #[test]
    fn a_survey_that_saw_nothing_fails_a_run_in_which_nothing_passed() {
        let mut blind = report(vec![(&MUST, Outcome::Skipped("no hello".into()))]);
        assert_eq!(exit(&blind), None);
        blind.survey = Some("no hello came".into());
        assert_eq!(exit(&blind), Some(Exit::Session));
    }

    #[test]
    fn a_junit_report_reads_back_with_what_failed_and_why() {
        let text = super::super::junit::report(&report(vec![(&MUST, failed()), (&SHOULD, Outcome::Passed)])).unwrap();
        assert!(!text.contains('\u{1b}'), "XML has no such character");
        let read = quick_junit::Report::deserialize_from_str(&text).unwrap();
        assert_eq!((read.tests, read.failures), (3, 1));
    }
}
