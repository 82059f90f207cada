//! X-3, HL-21, HC-31: a process that dies at any step, and services that answer anything, never lead to a paid submit that is repeated,
//! nor to one that the journal takes for free. The service, the journal and the crash are played here.
#![allow(clippy::unwrap_used, reason = "a test stops at what it does not expect")]

mod cases;

use std::collections::VecDeque;
use std::time::Duration;

use proptest::prelude::*;
use seaglass::jobs::{
    Accepted, Backend, Job, JobAnswer, JobEnd, JobFault, JobInput, JobOptions, JobOutput, JobRecord, JobRequest, Outcome,
    Phase, Problem, ProblemKind, Status, dialect,
};
use seaglass::media::Monotonic;
use serde_json::Value;

/// What a service does with a submit, and what comes back of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    /// Taken on, and told so.
    Taken,
    /// Taken on, and the answer lost.
    TakenAndLost,
    /// Taken on, and the answer no answer.
    TakenAndGarbled,
    /// Taken on, and then a 500.
    TakenAndFailed,
    /// Lost on the way.
    Lost,
    /// A 500, and nothing done.
    Failed,
    /// A 429.
    TooMuch,
    /// It never left.
    Unsent,
    /// A 402.
    Refused,
}

const FATES: [Fate; 9] = [
    Fate::Taken,
    Fate::TakenAndLost,
    Fate::TakenAndGarbled,
    Fate::TakenAndFailed,
    Fate::Lost,
    Fate::Failed,
    Fate::TooMuch,
    Fate::Unsent,
    Fate::Refused,
];

/// What the journal says of the one job.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Line {
    Nothing,
    Intent,
    Sending,
    Refused,
    Unknown,
    Running(String),
    Ready,
}

#[derive(Clone, Debug)]
struct Stage {
    fates: VecDeque<Fate>,
    /// Submits that reached the service.
    posts: u32,
    /// Those that it took on, each of which is paid for.
    taken: u32,
    /// Whether what was sent last may have been taken on, as far as its sender can know.
    in_doubt: bool,
    line: Line,
    now: Monotonic,
}

fn problem(status: u16, kind: ProblemKind) -> JobFault {
    JobFault::Problem(Problem { kind, status, code: None, message: String::new(), hint: None, retry_after: None })
}

impl Stage {
    fn new(fates: impl IntoIterator<Item = Fate>) -> Self {
        let fates = fates.into_iter().collect();
        Self { fates, posts: 0, taken: 0, in_doubt: false, line: Line::Nothing, now: Monotonic::ZERO }
    }

    fn write(&mut self, record: &JobRecord) {
        match (record, &self.line) {
            (JobRecord::Intent, _) => self.line = Line::Intent,
            (JobRecord::Sending, Line::Intent) => self.line = Line::Sending,
            (JobRecord::Unsent, Line::Sending) => self.line = Line::Intent,
            (JobRecord::Accepted(accepted), _) => self.line = Line::Running(accepted.id.clone()),
            (JobRecord::Refused, Line::Intent | Line::Sending) => self.line = Line::Refused,
            (JobRecord::Unknown, Line::Intent | Line::Sending) => self.line = Line::Unknown,
            (JobRecord::Checked(_), Line::Running(_)) => self.line = Line::Ready,
            other => panic!("{other:?}"),
        }
    }

    fn post(&mut self) -> Result<JobAnswer, JobFault> {
        assert_eq!(self.line, Line::Sending, "sent without the journal's knowing");
        assert!(!self.in_doubt, "sent again although nobody knows what became of the one before");
        let fate = self.fates.pop_front().unwrap_or(Fate::Taken);
        self.posts += u32::from(fate != Fate::Unsent);
        self.in_doubt = !matches!(fate, Fate::TooMuch | Fate::Unsent | Fate::Refused);
        if matches!(fate, Fate::Taken | Fate::TakenAndLost | Fate::TakenAndGarbled | Fate::TakenAndFailed) {
            self.taken += 1;
            assert_eq!(self.taken, 1, "a paid submit was repeated");
        }
        match fate {
            Fate::Taken => {
                let (id, word) = ("job_1".to_owned(), String::new());
                Ok(JobAnswer::Accepted(Box::new(Accepted { id, word, raw: Value::Null, notes: Vec::new() })))
            }
            Fate::TakenAndLost | Fate::Lost => Err(JobFault::Lost),
            Fate::TakenAndGarbled => Err(problem(200, ProblemKind::Garbled)),
            Fate::TakenAndFailed | Fate::Failed => Err(problem(500, ProblemKind::Server)),
            Fate::TooMuch => Err(problem(429, ProblemKind::RateLimited)),
            Fate::Unsent => Err(JobFault::Unsent { again: true }),
            Fate::Refused => Err(problem(402, ProblemKind::Credits)),
        }
    }

    /// Does what a job says; the process dies before this step, if there are so many. Whether it lived.
    fn live(&mut self, job: &mut Job, mut steps: u32) -> bool {
        let mut answer = None;
        loop {
            let output = job.poll_output();
            if steps == 0 {
                return false;
            }
            steps -= 1;
            let input = match output {
                JobOutput::Write(record) => {
                    self.write(&record);
                    JobInput::Written
                }
                JobOutput::Upload(_) => JobInput::Uploaded,
                JobOutput::Permit => JobInput::Permitted,
                JobOutput::Send { attempt, request: JobRequest::Submit } => {
                    answer = Some(JobInput::Answer { attempt, answer: self.post() });
                    continue;
                }
                JobOutput::Send { attempt, request: JobRequest::Status(id) } => {
                    assert_eq!(id, "job_1");
                    answer = Some(JobInput::Answer { attempt, answer: Ok(JobAnswer::Status(ready())) });
                    continue;
                }
                JobOutput::Checked { .. } | JobOutput::Retrying { .. } => continue,
                JobOutput::Timeout(deadline) => match (answer.take(), deadline) {
                    (Some(answer), _) => answer,
                    (None, Some(deadline)) => {
                        self.now = deadline;
                        JobInput::Deadline
                    }
                    (None, None) => return true,
                },
            };
            job.handle(self.now, input);
        }
    }

    /// What whoever opens the journal next finds.
    fn bury(&mut self) {
        match self.line {
            Line::Intent => self.line = Line::Refused,
            Line::Sending => self.line = Line::Unknown,
            _ => {}
        }
    }

    /// What the journal says is true where it matters.
    fn check(&self) {
        match self.line {
            Line::Nothing | Line::Intent | Line::Refused => assert_eq!(self.taken, 0, "a paid job is taken for free"),
            Line::Running(_) | Line::Ready => assert_eq!(self.taken, 1, "a job that nobody has"),
            Line::Sending | Line::Unknown => {}
        }
    }
}

fn ready() -> Box<Status> {
    Box::new(Status {
        phase: Phase::Ready,
        word: String::new(),
        progress: None,
        results: Vec::new(),
        expires: None,
        thumbnail: None,
        credits: None,
        error: None,
        raw: Value::Null,
    })
}

fn options(seed: u64) -> JobOptions {
    JobOptions { uploads: 1, ..JobOptions::new(seed, dialect(Backend::HhCustomer).pace()) }
}

/// Lives of a job, each cut off after so many steps, and begun again from the journal alone as a user would: what cost nothing is
/// submitted again, what is unknown is not, what runs is waited for.
fn lives(stage: &mut Stage, seed: u64, cuts: &[u32]) {
    for (life, cut) in (0..).zip(cuts.iter().copied().chain([u32::MAX])) {
        stage.bury();
        stage.check();
        let mut job = match stage.line.clone() {
            Line::Nothing | Line::Refused => {
                stage.line = Line::Nothing;
                Job::new(options(seed + life))
            }
            Line::Running(id) => Job::watch(stage.now, id, None, None, options(seed)),
            Line::Unknown | Line::Ready => return,
            Line::Intent | Line::Sending => unreachable!("buried"),
        };
        stage.live(&mut job, cut);
    }
    stage.check();
}

/// Every step of every story of up to three submits.
#[test]
fn x_3_a_crash_at_any_step_repeats_no_paid_submit_and_forgets_none() {
    let mut stories = 0;
    for first in FATES {
        for second in FATES {
            for third in FATES {
                for cut in 0..48 {
                    let mut stage = Stage::new([first, second, third]);
                    lives(&mut stage, 11, &[cut]);
                    stories += 1;
                    assert!(stage.posts <= 4, "{first:?} {second:?} {third:?} cut at {cut}");
                }
            }
        }
    }
    assert_eq!(stories, 9 * 9 * 9 * 48);
}

/// Without a crash the whole story is told by one life, and the only ends are those that a user can act upon.
#[test]
fn hc_31_every_story_without_a_crash_ends_accepted_refused_or_unknown() {
    for first in FATES {
        for second in FATES {
            let mut stage = Stage::new([first, second]);
            let mut job = Job::new(options(5));
            assert!(stage.live(&mut job, u32::MAX));
            stage.check();
            let end = job.end().unwrap().clone();
            let line = stage.line.clone();
            match (end, line) {
                (JobEnd::Accepted(accepted), Line::Running(id)) => assert_eq!(accepted.id, id),
                (JobEnd::Over(Outcome::Refused(_) | Outcome::Unreachable), Line::Refused) => {}
                (JobEnd::Over(Outcome::Unknown), Line::Unknown) => {}
                other => panic!("{first:?} {second:?}: {other:?}"),
            }
        }
    }
}

fn fate() -> impl Strategy<Value = Fate> {
    prop::sample::select(FATES.to_vec())
}

/// Any input, sensible or not.
fn input() -> impl Strategy<Value = JobInput> {
    let fault = prop_oneof![
        Just(JobFault::Lost),
        Just(JobFault::Unsent { again: true }),
        Just(JobFault::Unsent { again: false }),
        (100u16..600, prop::sample::select(vec![ProblemKind::RateLimited, ProblemKind::Server, ProblemKind::Garbled]))
            .prop_map(|(status, kind)| problem(status, kind)),
    ];
    let answer = prop_oneof![
        Just(Ok(JobAnswer::Status(ready()))),
        fault.prop_map(Err),
        Just(Ok(JobAnswer::Accepted(Box::new(Accepted {
            id: "job_1".to_owned(),
            word: String::new(),
            raw: Value::Null,
            notes: Vec::new()
        })))),
    ];
    prop_oneof![
        Just(JobInput::Written),
        Just(JobInput::Unwritten),
        Just(JobInput::Full),
        Just(JobInput::Uploaded),
        Just(JobInput::NotUploaded),
        Just(JobInput::Permitted),
        Just(JobInput::Stop),
        Just(JobInput::Deadline),
        (0u32..4, answer).prop_map(|(attempt, answer)| JobInput::Answer { attempt, answer }),
    ]
}

proptest! {
    #![proptest_config(cases::config(2000))]

    /// Several crashes in one story.
    #[test]
    fn x_3_no_number_of_crashes_repeats_a_paid_submit(
        fates in prop::collection::vec(fate(), 0..10),
        cuts in prop::collection::vec(0u32..60, 0..6),
        seed: u64,
    ) {
        lives(&mut Stage::new(fates), seed >> 1, &cuts);
    }

    /// Whatever a driver tells: a submit is sent only after its line was written, and never beside one in doubt.
    #[test]
    fn no_order_of_inputs_sends_a_submit_twice(
        inputs in prop::collection::vec((input(), 0u64..100_000), 0..60),
        seed: u64,
        watched: bool,
    ) {
        let mut now = Monotonic::ZERO;
        let mut job = match watched {
            true => Job::watch(now, "job_1".to_owned(), Some(Duration::ZERO), None, options(seed)),
            false => Job::new(options(seed)),
        };
        let (mut in_doubt, mut out, mut marked) = (false, 0, false);
        for (input, millis) in inputs {
            now += Duration::from_millis(millis);
            if let JobInput::Answer { attempt, answer } = &input
                && *attempt == out
            {
                in_doubt &= !matches!(answer, Err(fault) if fault.left_nothing());
            }
            job.handle(now, input);
            loop {
                match job.poll_output() {
                    JobOutput::Timeout(deadline) => {
                        prop_assert!(deadline.is_none() || job.end().is_none(), "nothing is due once it is over");
                        break;
                    }
                    JobOutput::Write(record) => {
                        if record == JobRecord::Refused {
                            prop_assert!(!in_doubt || job.id().is_some() || matches!(job.end(), Some(JobEnd::Over(Outcome::Refused(_) | Outcome::Unreachable))));
                        }
                        marked = record == JobRecord::Sending;
                    }
                    JobOutput::Send { attempt, request: JobRequest::Submit } => {
                        prop_assert!(!watched && marked && !in_doubt, "attempt {attempt}");
                        (in_doubt, out, marked) = (true, attempt, false);
                    }
                    _ => {}
                }
            }
        }
    }
}
