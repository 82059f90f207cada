//! The life of one paid job: from the intent to submit it to its id, and from its id to its clip (X-3, X-4, X-7).
//!
//! ```text
//! intent ─written─▶ uploading ─▶ a turn ─▶ "sending" ─written─▶ submit ──▶ accepted
//!    │                  │          ▲            │                 │ │ │
//!    └─not journaled    └─refused  └─"unsent"◀──┼── nothing left ─┘ │ └─▶ refused
//!                                               └─no place          └────▶ unknown
//!
//! watch ─▶ first wait ─▶ a turn ─▶ question ─▶ ready · failed · refused
//!                          ▲          │  └───▶ still running · unreachable
//!                          └── wait ◀─┘
//! ```
//!
//! Four rules. Nothing is sent that the journal does not have. A submit is sent again only where the attempt before it is known to
//! have left nothing: it never left this machine, or the service said "too much" (HL-21, HC-31). Where that is not known the job is
//! unknown, and stays so until its user decides. And an id that was told is journaled, whichever attempt it answers.
//!
//! Reads no clock and does no IO: the driver tells what came, and does what [`Job::poll_output`] says until it says `Timeout`. One
//! request is on its way at a time. Neighbours: `job_io` has its nouns, `verdict` reads faults, `waits` is its pace, `clips` drives it.

use std::collections::VecDeque;
use std::time::Duration;

use super::job_io::{JobAnswer, JobEnd, JobFault, JobInput, JobOptions, JobOutput, JobRecord, JobRequest};
use super::outcome::Outcome;
use super::status::{Accepted, Phase, Status};
use super::verdict::{Checking, Submitting, of_check, of_submit};
use super::waits::Waits;
use crate::media::Monotonic;
use crate::retry::Backoff;

/// Bounds of the scatter before a submit is repeated that the service did not take yet.
const BACKOFF: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(30));
/// The same for one that did not leave this machine: whoever waits has mistyped a port more often than lost a network for long.
const UNSENT: (Duration, Duration) = (Duration::from_millis(300), Duration::from_secs(5));
/// Between two looks for a place among the jobs that the service takes at once.
const PLACE: Duration = Duration::from_secs(5);

/// The life of one job, as far as its holder sees to it.
#[derive(Clone, Debug)]
pub struct Job {
    options: JobOptions,
    stage: Stage,
    /// The id, once it is known.
    id: Option<String>,
    /// What to do until when, in a job that is watched.
    watch: Option<Watch>,
    /// Number of the last attempt.
    attempt: u32,
    /// Submits that were sent, and when the first one was.
    submits: u32,
    since: Option<Monotonic>,
    /// When the wait for a place began.
    queued: Option<Monotonic>,
    backoff: Backoff,
    unsent: Backoff,
    waits: Waits,
    /// Drained by the driver after every input, and an input adds at most a few.
    outputs: VecDeque<JobOutput>,
}

#[derive(Clone, Debug)]
enum Stage {
    /// The journal is to have the intent first.
    Intending,
    /// This file is being uploaded.
    Uploading(usize),
    /// A request waits for its turn.
    Queueing(JobRequest),
    /// The journal is to know first that the submit may be sent.
    Marking,
    /// On its way; counts as lost at that moment.
    Out(JobRequest, Monotonic),
    /// To be sent at that moment.
    Waiting(JobRequest, Monotonic),
    /// Nothing is to be done any more.
    Over(JobEnd),
}

#[derive(Clone, Copy, Debug)]
struct Watch {
    /// When the wait ends.
    until: Monotonic,
    /// Questions in a row that failed.
    failures: u32,
}

impl Job {
    /// A job that is to be submitted. First of all the intent is journaled.
    #[must_use]
    pub fn new(options: JobOptions) -> Self {
        let mut job = Self::bare(options, Stage::Intending);
        job.outputs.push_back(JobOutput::Write(JobRecord::Intent));
        job
    }

    /// A job that the service has, to be waited for, for so long; `None`: as long as its document says. `age`: for how long the service
    /// has had it, where that is known; where not, it is asked for at once.
    #[must_use]
    pub fn watch(now: Monotonic, id: String, age: Option<Duration>, wait: Option<Duration>, options: JobOptions) -> Self {
        let mut waits = Waits::new(options.pace, options.seed);
        let first = age.map_or(Duration::ZERO, |age| waits.first().saturating_sub(age));
        let until = now + wait.unwrap_or(options.pace.deadline);
        let mut job = Self::bare(options, Stage::Waiting(JobRequest::Status(id.clone()), now + first));
        job.waits = waits;
        job.id = Some(id);
        job.watch = Some(Watch { until, failures: 0 });
        job
    }

    fn bare(options: JobOptions, stage: Stage) -> Self {
        Self {
            options,
            stage,
            id: None,
            watch: None,
            attempt: 0,
            submits: 0,
            since: None,
            queued: None,
            backoff: Backoff::new(BACKOFF.0, BACKOFF.1, options.seed),
            unsent: Backoff::new(UNSENT.0, UNSENT.1, options.seed),
            waits: Waits::new(options.pace, options.seed),
            outputs: VecDeque::new(),
        }
    }

    /// The id, once it is known.
    #[must_use]
    pub fn id(&self) -> Option<&str> {
        self.id.as_deref()
    }

    /// Where it has led, once there is nothing to do any more.
    #[must_use]
    pub const fn end(&self) -> Option<&JobEnd> {
        match &self.stage {
            Stage::Over(end) => Some(end),
            _ => None,
        }
    }

    /// What the journal is to be told where this life is cut off now: whether the service may have the job.
    #[must_use]
    pub const fn epitaph(&self) -> Option<JobRecord> {
        match &self.stage {
            Stage::Intending | Stage::Over(_) => None,
            _ if self.watch.is_some() => None,
            Stage::Out(..) => Some(JobRecord::Unknown),
            Stage::Uploading(_) | Stage::Queueing(_) | Stage::Marking | Stage::Waiting(..) => Some(JobRecord::Refused),
        }
    }

    /// What to do next. To be asked after every input until it says [`JobOutput::Timeout`].
    pub fn poll_output(&mut self) -> JobOutput {
        let own = match &self.stage {
            Stage::Out(_, at) | Stage::Waiting(_, at) => Some(*at),
            _ => None,
        };
        let end = self.watch.filter(|_| self.end().is_none()).map(|watch| watch.until);
        let deadline = [own, end].into_iter().flatten().min();
        self.outputs.pop_front().unwrap_or(JobOutput::Timeout(deadline))
    }

    /// Takes what came from outside.
    pub fn handle(&mut self, now: Monotonic, input: JobInput) {
        match input {
            JobInput::Written => match self.stage {
                Stage::Intending => self.upload(0),
                Stage::Marking => self.send(now, JobRequest::Submit),
                _ => {}
            },
            JobInput::Unwritten => match self.stage {
                Stage::Intending => self.over(JobEnd::NotJournaled),
                Stage::Marking => self.leave(JobEnd::NotJournaled),
                // Of the later records none stops anything: the job matters more than what is written about it.
                _ => {}
            },
            JobInput::Full => {
                if matches!(self.stage, Stage::Marking) {
                    self.full(now);
                }
            }
            JobInput::Uploaded => {
                if let Stage::Uploading(this) = self.stage {
                    self.upload(this + 1);
                }
            }
            JobInput::NotUploaded => {
                if matches!(self.stage, Stage::Uploading(_)) {
                    self.leave(JobEnd::NotUploaded);
                }
            }
            JobInput::Permitted => match &self.stage {
                Stage::Queueing(JobRequest::Submit) => {
                    self.stage = Stage::Marking;
                    self.outputs.push_back(JobOutput::Write(JobRecord::Sending));
                }
                Stage::Queueing(request) => {
                    let request = request.clone();
                    self.send(now, request);
                }
                _ => {}
            },
            JobInput::Answer { attempt, answer } => self.answer(now, attempt, answer),
            JobInput::Stop => match &self.stage {
                Stage::Out(JobRequest::Submit, _) | Stage::Over(_) => {}
                _ if self.watch.is_some() => self.over(JobEnd::Over(Outcome::StillRunning)),
                _ => self.leave(JobEnd::Stopped),
            },
            JobInput::Deadline => self.deadline(now),
        }
    }

    fn deadline(&mut self, now: Monotonic) {
        if self.end().is_some() {
            return;
        }
        if self.watch.is_some_and(|watch| watch.until <= now) {
            return self.over(JobEnd::Over(Outcome::StillRunning));
        }
        match &self.stage {
            Stage::Out(_, at) if *at <= now => self.failed(now, JobFault::Lost),
            Stage::Waiting(request, at) if *at <= now => {
                let request = request.clone();
                self.queue(request);
            }
            _ => {}
        }
    }

    /// The next file, or the submit where there is none.
    fn upload(&mut self, next: usize) {
        if next < self.options.uploads {
            self.stage = Stage::Uploading(next);
            self.outputs.push_back(JobOutput::Upload(next));
        } else {
            self.queue(JobRequest::Submit);
        }
    }

    fn queue(&mut self, request: JobRequest) {
        self.stage = Stage::Queueing(request);
        self.outputs.push_back(JobOutput::Permit);
    }

    /// The service has as many jobs as it takes: the submit waits for a place.
    fn full(&mut self, now: Monotonic) {
        let since = *self.queued.get_or_insert(now);
        let after = PLACE + self.backoff.scatter(PLACE / 2);
        if now.since(since) + after >= self.options.place {
            return self.leave(JobEnd::NoPlace);
        }
        self.again(JobRequest::Submit, now, after);
    }

    fn send(&mut self, now: Monotonic, request: JobRequest) {
        let answered = match request {
            JobRequest::Submit => {
                self.since.get_or_insert(now);
                self.submits += 1;
                self.options.submit.answer
            }
            JobRequest::Status(_) => self.options.answer,
        };
        self.attempt += 1;
        self.outputs.push_back(JobOutput::Send { attempt: self.attempt, request: request.clone() });
        self.stage = Stage::Out(request, now + answered);
    }

    fn answer(&mut self, now: Monotonic, attempt: u32, answer: Result<JobAnswer, JobFault>) {
        let answer = match answer {
            // Whichever attempt it was, and however it looked: a job that is told of exists, and was paid for.
            Ok(JobAnswer::Accepted(accepted)) => return self.accepted(accepted),
            other => other,
        };
        if !matches!(self.stage, Stage::Out(..)) || attempt != self.attempt {
            return;
        }
        match answer {
            Ok(JobAnswer::Status(status)) if self.watch.is_some() => self.checked(now, status),
            // An answer to another question: what it says of this one is unknown.
            Ok(_) => self.failed(now, JobFault::Lost),
            Err(fault) => self.failed(now, fault),
        }
    }

    fn accepted(&mut self, accepted: Box<Accepted>) {
        if self.id.is_none() {
            self.id = Some(accepted.id.clone());
            self.outputs.push_back(JobOutput::Write(JobRecord::Accepted(accepted.clone())));
            self.over(JobEnd::Accepted(accepted));
        }
    }

    fn checked(&mut self, now: Monotonic, status: Box<Status>) {
        let (Some(id), Some(watch)) = (self.id.clone(), &mut self.watch) else { return };
        watch.failures = 0;
        let until = watch.until;
        self.outputs.push_back(JobOutput::Write(JobRecord::Checked(status.clone())));
        let (next, stage) = match status.phase {
            Phase::Ready => (None, Stage::Over(JobEnd::Over(Outcome::Ready(status.clone())))),
            Phase::Failed | Phase::ResultMissing => (None, Stage::Over(JobEnd::Over(Outcome::Failed(status.clone())))),
            Phase::Running => {
                let wait = self.waits.answered();
                let next = Some(wait).filter(|wait| now + *wait < until);
                (next, Stage::Waiting(JobRequest::Status(id), now + wait))
            }
        };
        self.outputs.push_back(JobOutput::Checked { status, next });
        self.stage = stage;
    }

    /// An attempt failed: it is repeated where that is safe and may help.
    fn failed(&mut self, now: Monotonic, fault: JobFault) {
        match &self.stage {
            Stage::Out(JobRequest::Submit, _) => self.not_submitted(now, fault),
            Stage::Out(JobRequest::Status(id), _) => {
                let id = id.clone();
                self.not_checked(now, id, fault);
            }
            _ => {}
        }
    }

    fn not_submitted(&mut self, now: Monotonic, fault: JobFault) {
        let patience = self.options.submit;
        let (after, most, last) = match of_submit(fault) {
            Submitting::Unknown => {
                self.outputs.push_back(JobOutput::Write(JobRecord::Unknown));
                return self.over(JobEnd::Over(Outcome::Unknown));
            }
            Submitting::Refused(problem) => return self.leave(JobEnd::Over(Outcome::Refused(problem))),
            Submitting::Never => return self.leave(JobEnd::Over(Outcome::Unreachable)),
            Submitting::Unsent => (self.unsent.next(None), patience.unsent, Outcome::Unreachable),
            // Whoever was asked to slow down, and not for how long, does not come back at once.
            Submitting::NotNow(problem) => {
                let least = if problem.retry_after.is_some() { Duration::ZERO } else { BACKOFF.0 };
                let after = least.saturating_add(self.backoff.next(problem.retry_after));
                (after, patience.attempts, Outcome::Refused(problem))
            }
        };
        let over = self.since.is_none_or(|since| now + after >= since + patience.within);
        if self.submits >= most || over {
            return self.leave(JobEnd::Over(last));
        }
        self.outputs.push_back(JobOutput::Write(JobRecord::Unsent));
        self.again(JobRequest::Submit, now, after);
    }

    fn not_checked(&mut self, now: Monotonic, id: String, fault: JobFault) {
        let Some(watch) = &mut self.watch else { return };
        watch.failures += 1;
        let too_often = watch.failures >= self.options.failures;
        let (after, last) = match of_check(fault) {
            // Also of a job that was only just taken on: no document knows of ids that hold later than they are told (X-5).
            Checking::Refused(problem) => return self.over(JobEnd::Over(Outcome::Refused(problem))),
            Checking::Limited(problem) => (self.waits.limited(problem.retry_after), Outcome::Refused(problem)),
            Checking::Failing(problem) => (self.waits.failed(problem.retry_after), Outcome::Refused(problem)),
            Checking::Lost => (self.waits.failed(None), Outcome::Unreachable),
            Checking::Never => return self.over(JobEnd::Over(Outcome::Unreachable)),
        };
        if too_often {
            return self.over(JobEnd::Over(last));
        }
        self.again(JobRequest::Status(id), now, after);
    }

    fn again(&mut self, request: JobRequest, now: Monotonic, after: Duration) {
        self.outputs.push_back(JobOutput::Retrying { after });
        self.stage = Stage::Waiting(request, now + after);
    }

    /// Over, and the service does not have it.
    fn leave(&mut self, end: JobEnd) {
        self.outputs.push_back(JobOutput::Write(JobRecord::Refused));
        self.over(end);
    }

    fn over(&mut self, end: JobEnd) {
        self.stage = Stage::Over(end);
    }
}
