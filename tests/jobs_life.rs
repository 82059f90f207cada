//! The life of a job in virtual time: every wait and deadline to the nanosecond, what is repeated and what never is. The service, the
//! disk and the clock are played by the test.
#![allow(clippy::unwrap_used, reason = "a test stops at what it does not expect")]

use std::time::Duration;

use seaglass::jobs::{
    Accepted, Backend, Job, JobAnswer, JobEnd, JobFault, JobInput, JobOptions, JobOutput, JobRecord, JobRequest, Outcome,
    Pace, Phase, Problem, ProblemKind, Status, dialect,
};
use seaglass::media::Monotonic;
use serde_json::Value;

const SECOND: Duration = Duration::from_secs(1);

fn at(seconds: f64) -> Monotonic {
    Monotonic::ZERO + Duration::from_secs_f64(seconds)
}

fn before(moment: Monotonic) -> Monotonic {
    Monotonic::from_nanos(moment.as_nanos() - 1)
}

fn pace(backend: Backend) -> Pace {
    dialect(backend).pace()
}

fn options(backend: Backend) -> JobOptions {
    JobOptions::new(7, pace(backend))
}

fn accepted() -> Box<Accepted> {
    Box::new(Accepted { id: "job_1".to_owned(), word: "queued".to_owned(), raw: Value::Null, notes: Vec::new() })
}

fn status(phase: Phase) -> Box<Status> {
    Box::new(Status {
        phase,
        word: format!("{phase:?}"),
        progress: None,
        results: Vec::new(),
        expires: None,
        thumbnail: None,
        credits: None,
        error: None,
        raw: Value::Null,
    })
}

fn problem(status: u16, kind: ProblemKind, retry_after: Option<Duration>) -> JobFault {
    JobFault::Problem(Problem { kind, status, code: None, message: String::new(), hint: None, retry_after })
}

/// What a job says until it has nothing more to say.
fn drain(job: &mut Job) -> (Vec<JobOutput>, Option<Monotonic>) {
    let mut said = Vec::new();
    loop {
        match job.poll_output() {
            JobOutput::Timeout(deadline) => return (said, deadline),
            output => said.push(output),
        }
    }
}

fn tell(job: &mut Job, now: Monotonic, input: JobInput) -> (Vec<JobOutput>, Option<Monotonic>) {
    job.handle(now, input);
    drain(job)
}

fn answer(
    job: &mut Job,
    now: Monotonic,
    attempt: u32,
    answer: Result<JobAnswer, JobFault>,
) -> (Vec<JobOutput>, Option<Monotonic>) {
    tell(job, now, JobInput::Answer { attempt, answer })
}

fn running() -> Result<JobAnswer, JobFault> {
    Ok(JobAnswer::Status(status(Phase::Running)))
}

/// A job whose submit is on its way since 1 s.
fn submitting(options: JobOptions) -> Job {
    let mut job = Job::new(options);
    assert_eq!(drain(&mut job), (vec![JobOutput::Write(JobRecord::Intent)], None));
    assert_eq!(tell(&mut job, at(0.5), JobInput::Written), (vec![JobOutput::Permit], None));
    let said = tell(&mut job, at(0.75), JobInput::Permitted);
    assert_eq!(said, (vec![JobOutput::Write(JobRecord::Sending)], None));
    let (said, deadline) = tell(&mut job, at(1.0), JobInput::Written);
    assert_eq!(said, [JobOutput::Send { attempt: 1, request: JobRequest::Submit }]);
    assert_eq!(deadline, Some(at(1.0) + options.submit.answer));
    job
}

/// A job that the service took on at 0 s and that is waited for since.
fn watched(backend: Backend, seed: u64) -> Job {
    let options = JobOptions { seed, ..options(backend) };
    Job::watch(Monotonic::ZERO, "job_1".to_owned(), Some(Duration::ZERO), None, options)
}

fn ask(attempt: u32) -> JobOutput {
    JobOutput::Send { attempt, request: JobRequest::Status("job_1".to_owned()) }
}

/// Lets the next question leave exactly when it is due, and returns when that was. A nanosecond before nothing happens.
fn next_question(job: &mut Job, attempt: u32) -> Monotonic {
    let (said, due) = drain(job);
    let due = due.unwrap();
    assert_eq!(said, []);
    if due > Monotonic::ZERO {
        assert_eq!(tell(job, before(due), JobInput::Deadline), (vec![], Some(due)), "not a nanosecond early");
    }
    assert_eq!(tell(job, due, JobInput::Deadline).0, [JobOutput::Permit]);
    assert_eq!(tell(job, due, JobInput::Permitted).0, [ask(attempt)]);
    due
}

/// The waits between the answers of a job that runs, in nanoseconds from its acceptance: the first, then the others.
fn waits(backend: Backend, seed: u64, questions: u32) -> Vec<Duration> {
    let mut job = watched(backend, seed);
    let mut last = Monotonic::ZERO;
    (1..=questions)
        .map(|attempt| {
            let due = next_question(&mut job, attempt);
            let wait = due.since(last);
            last = due;
            answer(&mut job, due, attempt, running());
            while !matches!(job.poll_output(), JobOutput::Timeout(_)) {}
            wait
        })
        .collect()
}

fn seconds(waits: &[Duration]) -> Vec<f64> {
    waits.iter().map(Duration::as_secs_f64).collect()
}

#[test]
fn x_3_nothing_is_sent_before_the_journal_has_the_intent_and_that_it_is_sent() {
    let mut job = Job::new(options(Backend::HhApp));
    drain(&mut job);
    assert_eq!(tell(&mut job, at(100.0), JobInput::Deadline), (vec![], None));
    assert_eq!(tell(&mut job, at(100.0), JobInput::Permitted), (vec![], None));
    assert_eq!(tell(&mut job, at(100.0), JobInput::Written).0, [JobOutput::Permit]);
    assert_eq!(tell(&mut job, at(100.0), JobInput::Written), (vec![], None), "no turn yet");
    assert_eq!(tell(&mut job, at(101.0), JobInput::Permitted).0, [JobOutput::Write(JobRecord::Sending)]);
    let (said, _) = tell(&mut job, at(101.0), JobInput::Unwritten);
    assert_eq!(said, [JobOutput::Write(JobRecord::Refused)]);
    assert_eq!(job.end(), Some(&JobEnd::NotJournaled));

    let mut job = Job::new(options(Backend::HhApp));
    drain(&mut job);
    assert_eq!(tell(&mut job, at(0.0), JobInput::Unwritten), (vec![], None));
    assert_eq!(job.end(), Some(&JobEnd::NotJournaled));
}

/// HA-2, HC-10
#[test]
fn hl_2_an_accepted_job_is_journaled_under_its_id_and_that_is_all() {
    let mut job = submitting(options(Backend::HhLab));
    let said = answer(&mut job, at(1.2), 1, Ok(JobAnswer::Accepted(accepted())));
    assert_eq!(said, (vec![JobOutput::Write(JobRecord::Accepted(accepted()))], None));
    assert_eq!((job.id(), job.end()), (Some("job_1"), Some(&JobEnd::Accepted(accepted()))));
    assert_eq!(
        answer(&mut job, at(1.3), 1, Ok(JobAnswer::Accepted(accepted()))),
        (vec![], None),
        "told twice, written once"
    );
}

#[test]
fn files_are_uploaded_one_after_another_before_anything_is_submitted() {
    let mut job = Job::new(JobOptions { uploads: 2, ..options(Backend::HhCustomer) });
    drain(&mut job);
    assert_eq!(tell(&mut job, at(0.0), JobInput::Written).0, [JobOutput::Upload(0)]);
    assert_eq!(tell(&mut job, at(1.0), JobInput::Uploaded).0, [JobOutput::Upload(1)]);
    let mut broken = job.clone();
    assert_eq!(tell(&mut job, at(2.0), JobInput::Uploaded).0, [JobOutput::Permit]);
    assert_eq!(tell(&mut broken, at(2.0), JobInput::NotUploaded).0, [JobOutput::Write(JobRecord::Refused)]);
    assert_eq!(broken.end(), Some(&JobEnd::NotUploaded));
}

/// HC-31: lost, garbled, 5xx, 408, out of time: each of them once, and never again.
#[test]
fn hl_21_a_submit_of_unknown_outcome_is_never_sent_again() {
    let faults = [
        JobFault::Lost,
        problem(500, ProblemKind::Server, Some(SECOND)),
        problem(503, ProblemKind::Server, Some(SECOND)),
        problem(504, ProblemKind::Server, None),
        problem(408, ProblemKind::Server, None),
        problem(200, ProblemKind::Garbled, None),
        problem(200, ProblemKind::Server, None),
        problem(302, ProblemKind::Invalid, None),
    ];
    for fault in faults {
        let mut job = submitting(options(Backend::HhLab));
        let (said, deadline) = answer(&mut job, at(2.0), 1, Err(fault.clone()));
        assert_eq!((&said[..], deadline), (&[JobOutput::Write(JobRecord::Unknown)][..], None), "{fault:?}");
        assert_eq!(job.end(), Some(&JobEnd::Over(Outcome::Unknown)));
        for input in [JobInput::Deadline, JobInput::Written, JobInput::Permitted, JobInput::Stop] {
            assert_eq!(tell(&mut job, at(1e6), input), (vec![], None));
        }
    }
    // An answer that is to something else.
    let mut job = submitting(options(Backend::HhLab));
    assert_eq!(answer(&mut job, at(2.0), 1, running()).0, [JobOutput::Write(JobRecord::Unknown)]);
}

#[test]
fn an_answer_counts_as_lost_at_its_deadline_and_an_id_that_comes_later_is_not() {
    let mut job = submitting(options(Backend::HhApp));
    let late = at(1.0) + options(Backend::HhApp).submit.answer;
    assert_eq!(tell(&mut job, before(late), JobInput::Deadline), (vec![], Some(late)));
    assert_eq!(tell(&mut job, late, JobInput::Deadline), (vec![JobOutput::Write(JobRecord::Unknown)], None));
    let said = answer(&mut job, late + SECOND, 1, Ok(JobAnswer::Accepted(accepted())));
    assert_eq!(said, (vec![JobOutput::Write(JobRecord::Accepted(accepted()))], None));
    assert_eq!(job.end(), Some(&JobEnd::Accepted(accepted())));
}

/// HA-21, HC-31: 4xx but 408 and 429.
#[test]
fn a_refusal_ends_a_submit_and_frees_what_was_set_aside() {
    for (code, kind) in [
        (400, ProblemKind::Invalid),
        (401, ProblemKind::Auth),
        (402, ProblemKind::Credits),
        (403, ProblemKind::Plan),
        (404, ProblemKind::NotFound),
        (413, ProblemKind::TooLarge),
    ] {
        let mut job = submitting(options(Backend::HhApp));
        let (said, deadline) = answer(&mut job, at(2.0), 1, Err(problem(code, kind, Some(SECOND))));
        assert_eq!((&said[..], deadline), (&[JobOutput::Write(JobRecord::Refused)][..], None), "{code}");
        assert!(matches!(job.end(), Some(JobEnd::Over(Outcome::Refused(problem))) if problem.kind == kind), "{code}");
    }
}

/// The wait before a submit is repeated, and that it is then sent exactly so.
fn repeated(job: &mut Job, now: Monotonic, attempt: u32, fault: JobFault) -> Option<Duration> {
    let (said, due) = answer(job, now, attempt, Err(fault));
    if job.end().is_some() {
        assert_eq!((&said[..], due), (&[JobOutput::Write(JobRecord::Refused)][..], None));
        return None;
    }
    let due = due.unwrap();
    let after = due.since(now);
    assert_eq!(said, [JobOutput::Write(JobRecord::Unsent), JobOutput::Retrying { after }]);
    assert_eq!(tell(job, now, JobInput::Written), (vec![], Some(due)), "of another line than the one that is waited for");
    assert_eq!(tell(job, before(due), JobInput::Deadline), (vec![], Some(due)));
    assert_eq!(tell(job, due, JobInput::Deadline).0, [JobOutput::Permit]);
    assert_eq!(tell(job, due, JobInput::Permitted).0, [JobOutput::Write(JobRecord::Sending)], "marked again");
    assert_eq!(tell(job, due, JobInput::Written).0, [JobOutput::Send { attempt: attempt + 1, request: JobRequest::Submit }]);
    Some(after)
}

/// a POST is repeated on 429, after what the service asks for, and in its bounds.
#[test]
fn x_5_a_submit_is_repeated_after_a_429_as_late_as_the_service_asks_and_a_few_times_at_most() {
    for seed in 0..200 {
        let options = JobOptions { seed, ..options(Backend::HhApp) };
        let mut job = submitting(options);
        let mut now = at(1.0);
        let asked = [Some(SECOND * 20), None, Some(SECOND * 3), None, None];
        for (attempt, asked) in (1..).zip(asked) {
            let after = repeated(&mut job, now, attempt, problem(429, ProblemKind::RateLimited, asked)).unwrap();
            assert!(after >= asked.unwrap_or(SECOND), "seed {seed}: {after:?}");
            assert!(after <= asked.unwrap_or(SECOND * 30) + SECOND * 2, "seed {seed}: {after:?}");
            now += after;
        }
        assert_eq!(repeated(&mut job, now, 6, problem(429, ProblemKind::RateLimited, None)), None, "six are enough");
        assert!(
            matches!(job.end(), Some(JobEnd::Over(Outcome::Refused(problem))) if problem.kind == ProblemKind::RateLimited),
            "seed {seed}"
        );
    }
    // Longer than anybody waits at a prompt.
    let mut job = submitting(options(Backend::HhApp));
    assert_eq!(repeated(&mut job, at(2.0), 1, problem(429, ProblemKind::RateLimited, Some(SECOND * 120))), None);
}

#[test]
fn x_5_a_submit_that_never_left_is_repeated_and_one_that_never_can_is_not() {
    let mut job = submitting(options(Backend::HhLab));
    let mut now = at(1.0);
    for attempt in 1..4 {
        now = now + repeated(&mut job, now, attempt, JobFault::Unsent { again: true }).unwrap();
    }
    assert_eq!(repeated(&mut job, now, 4, JobFault::Unsent { again: true }), None);
    assert_eq!(job.end(), Some(&JobEnd::Over(Outcome::Unreachable)));
    let mut job = submitting(options(Backend::HhLab));
    assert_eq!(repeated(&mut job, at(2.0), 1, JobFault::Unsent { again: false }), None);
    // What is lost after a repetition is lost.
    let mut job = submitting(options(Backend::HhLab));
    let after = repeated(&mut job, at(1.0), 1, JobFault::Unsent { again: true }).unwrap();
    let said = answer(&mut job, at(1.0) + after, 2, Err(JobFault::Lost)).0;
    assert_eq!(said, [JobOutput::Write(JobRecord::Unknown)]);
}

/// HL-19: the eleventh job waits for a place, for a bounded time, and is sent once when there is one.
#[test]
fn x_14_a_submit_waits_for_a_place_among_the_jobs_that_a_service_takes_at_once() {
    for seed in 0..100 {
        let options = JobOptions { seed, ..options(Backend::HhLab) };
        let mut job = Job::new(options);
        drain(&mut job);
        tell(&mut job, at(0.0), JobInput::Written);
        let (mut now, mut looks) = (at(0.0), 0);
        while job.end().is_none() {
            assert_eq!(tell(&mut job, now, JobInput::Permitted).0, [JobOutput::Write(JobRecord::Sending)]);
            let (said, due) = tell(&mut job, now, JobInput::Full);
            looks += 1;
            if job.end().is_some() {
                assert_eq!(said, [JobOutput::Write(JobRecord::Refused)]);
                break;
            }
            let after = due.unwrap().since(now);
            assert_eq!(said, [JobOutput::Retrying { after }]);
            assert!(after >= SECOND * 5 && after <= SECOND * 15 / 2, "seed {seed}: {after:?}");
            now = due.unwrap();
            assert_eq!(tell(&mut job, now, JobInput::Deadline).0, [JobOutput::Permit]);
        }
        assert_eq!(job.end(), Some(&JobEnd::NoPlace));
        assert!(now.since(at(0.0)) < options.place && looks > 100, "seed {seed}: {looks}");
    }
}

/// AM-8: not at once, as the sample has it.
#[test]
fn ha_18_the_first_question_comes_after_8_to_10_seconds_and_the_others_every_10_to_20() {
    for seed in 0..300 {
        let waits = seconds(&waits(Backend::HhApp, seed, 9));
        assert!((8.0..10.0).contains(&waits[0]), "seed {seed}: {waits:?}");
        assert_eq!(waits[1..], [10.0, 12.0, 14.0, 16.0, 18.0, 20.0, 20.0, 20.0], "seed {seed}");
    }
}

#[test]
fn am_8_first_questions_are_scattered_over_their_two_seconds() {
    let firsts: Vec<f64> = (0..500).map(|seed| waits(Backend::HhApp, seed, 1)[0].as_secs_f64()).collect();
    let (least, most) =
        firsts.iter().fold((f64::MAX, 0.0_f64), |(least, most), first| (least.min(*first), most.max(*first)));
    assert!(least < 8.05 && most > 9.95, "{least} {most}");
}

#[test]
fn hl_14_questions_begin_5_seconds_apart_and_end_15_apart() {
    for seed in 0..300 {
        let waits = seconds(&waits(Backend::HhLab, seed, 16));
        assert!((5.0..=6.0).contains(&waits[0]), "seed {seed}: {waits:?}");
        for (wait, least) in waits[1..].iter().zip((5..=15).chain(std::iter::repeat(15))) {
            let least = f64::from(least);
            assert!(*wait >= least && *wait <= (least * 1.1).min(15.0), "seed {seed}: {waits:?}");
        }
    }
}

#[test]
fn hc_26_questions_are_5_to_10_seconds_apart() {
    for seed in 0..300 {
        let waits = seconds(&waits(Backend::HhCustomer, seed, 12));
        assert!(waits.iter().all(|wait| (5.0..=10.0).contains(wait)), "seed {seed}: {waits:?}");
        assert!(waits.windows(2).skip(1).all(|pair| pair[0] <= pair[1]) && waits[11] == 10.0, "seed {seed}: {waits:?}");
    }
}

/// HL-14, HC-26: the job lives on, and its id is kept by whoever has it.
#[test]
fn ha_20_a_wait_ends_after_15_minutes_to_the_nanosecond() {
    for backend in Backend::ALL {
        let mut job = watched(backend, 3);
        let end = at(900.0);
        let mut attempt = 0;
        loop {
            let (_, due) = drain(&mut job);
            let due = due.unwrap();
            if due == end {
                break;
            }
            attempt += 1;
            assert_eq!(next_question(&mut job, attempt), due);
            let (said, _) = answer(&mut job, due, attempt, running());
            let Some(JobOutput::Checked { next, .. }) = said.last() else { panic!("{said:?}") };
            if next.is_none() {
                assert_eq!(drain(&mut job).1, Some(end), "{backend}: it is not asked for again");
            }
        }
        assert!(tell(&mut job, before(end), JobInput::Deadline).0.is_empty());
        assert_eq!(job.end(), None, "{backend}: a nanosecond before");
        assert_eq!(tell(&mut job, end, JobInput::Deadline), (vec![], None));
        assert_eq!(job.end(), Some(&JobEnd::Over(Outcome::StillRunning)), "{backend}");
        // What comes later changes nothing.
        assert_eq!(answer(&mut job, end, attempt, Ok(JobAnswer::Status(status(Phase::Ready)))), (vec![], None));
    }
}

#[test]
fn a_wait_of_ones_own_length_ends_then_also_in_the_middle_of_a_question() {
    let options = options(Backend::HhApp);
    let mut job = Job::watch(at(5.0), "job_1".to_owned(), None, Some(SECOND * 3), options);
    assert_eq!(drain(&mut job), (vec![], Some(at(5.0))), "of an age that nobody knows: asked for at once");
    assert_eq!(tell(&mut job, at(5.0), JobInput::Deadline).0, [JobOutput::Permit]);
    assert_eq!(drain(&mut job).1, Some(at(8.0)), "also while it waits for its turn");
    assert_eq!(tell(&mut job, at(5.5), JobInput::Permitted), (vec![ask(1)], Some(at(8.0))));
    assert_eq!(tell(&mut job, at(8.0), JobInput::Deadline), (vec![], None));
    assert_eq!(job.end(), Some(&JobEnd::Over(Outcome::StillRunning)));
}

/// another process goes on where one stopped, and does not ask sooner for it.
#[test]
fn x_4_a_wait_that_is_begun_again_counts_the_first_wait_from_the_submit() {
    for (age, least, most) in [(0.0, 8.0, 10.0), (3.0, 5.0, 7.0), (9.5, 0.0, 0.5), (1000.0, 0.0, 0.0)] {
        for seed in 0..50 {
            let options = JobOptions { seed, ..options(Backend::HhApp) };
            let age = Duration::from_secs_f64(age);
            let mut job = Job::watch(at(100.0), "job_1".to_owned(), Some(age), None, options);
            let first = drain(&mut job).1.unwrap().since(at(100.0)).as_secs_f64();
            assert!(first >= least && first <= most, "seed {seed}, {age:?}: {first}");
        }
    }
}

/// HL-10, HA-16, HC-24: nothing is asked once it is known.
#[test]
fn x_7_a_job_that_has_ended_is_asked_for_no_more() {
    for (phase, end) in
        [(Phase::Ready, Outcome::Ready(status(Phase::Ready))), (Phase::Failed, Outcome::Failed(status(Phase::Failed)))]
    {
        let mut job = watched(Backend::HhCustomer, 1);
        let due = next_question(&mut job, 1);
        let (said, deadline) = answer(&mut job, due, 1, Ok(JobAnswer::Status(status(phase))));
        let told = JobOutput::Checked { status: status(phase), next: None };
        assert_eq!(said, [JobOutput::Write(JobRecord::Checked(status(phase))), told]);
        assert_eq!((deadline, job.end()), (None, Some(&JobEnd::Over(end))));
        for input in [JobInput::Deadline, JobInput::Permitted, JobInput::Written, JobInput::Stop] {
            assert_eq!(tell(&mut job, at(1e5), input), (vec![], None));
        }
    }
}

/// A question that fails, and when the next one is due.
fn failing(job: &mut Job, attempt: u32, fault: JobFault) -> Option<Duration> {
    let due = next_question(job, attempt);
    let (said, next) = answer(job, due, attempt, Err(fault));
    job.end().is_none().then(|| {
        let after = next.unwrap().since(due);
        assert_eq!(said, [JobOutput::Retrying { after }]);
        after
    })
}

#[test]
fn ha_19_a_429_doubles_the_wait_and_success_brings_it_back() {
    let mut job = watched(Backend::HhApp, 5);
    let limited = || problem(429, ProblemKind::RateLimited, None);
    assert_eq!(failing(&mut job, 1, limited()), Some(SECOND * 20));
    assert_eq!(failing(&mut job, 2, limited()), Some(SECOND * 30), "capped");
    let waits: Vec<u64> = (3..8)
        .map(|attempt| {
            let due = next_question(&mut job, attempt);
            let next = answer(&mut job, due, attempt, running()).1.unwrap();
            next.since(due).as_secs()
        })
        .collect();
    assert_eq!(waits, [30, 15, 14, 16, 18]);
}

/// AM-9: the sample sleeps longer once and forgets it.
#[test]
fn am_9_a_429_raises_the_waits_that_follow_it() {
    let mut job = watched(Backend::HhApp, 5);
    failing(&mut job, 1, problem(429, ProblemKind::RateLimited, None));
    let due = next_question(&mut job, 2);
    assert_eq!(answer(&mut job, due, 2, running()).1.unwrap().since(due), SECOND * 20);
}

#[test]
fn x_5_retry_after_is_honoured_by_questions_and_capped() {
    let limited = |after: u64| problem(429, ProblemKind::RateLimited, Some(SECOND * after as u32));
    let mut job = watched(Backend::HhApp, 5);
    assert_eq!(failing(&mut job, 1, limited(47)), Some(SECOND * 47));
    assert_eq!(failing(&mut job, 2, problem(503, ProblemKind::Server, Some(SECOND * 90))), Some(SECOND * 90));
    assert_eq!(failing(&mut job, 3, limited(86_400)), Some(SECOND * 300));
    let mut job = watched(Backend::HhApp, 5);
    assert_eq!(failing(&mut job, 1, limited(0)), Some(SECOND * 10), "never sooner than without it");
}

/// AM-10, HA-21: a 5xx of a question is repeated, and not for ever.
#[test]
fn am_10_failures_of_the_service_and_of_the_network_are_repeated_and_bounded() {
    let faults: [fn() -> JobFault; 5] = [
        || problem(500, ProblemKind::Server, None),
        || problem(408, ProblemKind::Server, None),
        || problem(200, ProblemKind::Garbled, None),
        || JobFault::Lost,
        || JobFault::Unsent { again: true },
    ];
    for fault in faults {
        for seed in 0..50 {
            let mut job = watched(Backend::HhLab, seed);
            for attempt in 1..10 {
                let after = failing(&mut job, attempt, fault()).unwrap();
                assert!(after >= SECOND * 5 && after <= SECOND * 30, "seed {seed}: {after:?}");
            }
            // One answer in between, and the count begins anew.
            let due = next_question(&mut job, 10);
            answer(&mut job, due, 10, running());
            for attempt in 11..20 {
                failing(&mut job, attempt, fault()).unwrap();
            }
            assert_eq!(failing(&mut job, 20, fault()), None, "seed {seed}");
            match (job.end().unwrap(), fault()) {
                (JobEnd::Over(Outcome::Refused(_)), JobFault::Problem(_))
                | (JobEnd::Over(Outcome::Unreachable), JobFault::Lost | JobFault::Unsent { .. }) => {}
                other => panic!("{other:?}"),
            }
        }
    }
}

#[test]
fn a_question_whose_answer_does_not_come_is_asked_again() {
    let mut job = watched(Backend::HhLab, 1);
    let due = next_question(&mut job, 1);
    let late = due + options(Backend::HhLab).answer;
    assert_eq!(drain(&mut job).1, Some(late));
    assert_eq!(tell(&mut job, before(late), JobInput::Deadline), (vec![], Some(late)));
    assert!(matches!(tell(&mut job, late, JobInput::Deadline).0[..], [JobOutput::Retrying { .. }]));
    assert_eq!(answer(&mut job, late, 1, Ok(JobAnswer::Status(status(Phase::Ready)))).0, [], "it was given up");
    next_question(&mut job, 2);
}

/// HA-21, HC-25: a wrong key, too few credits, somebody else's job.
#[test]
fn hc_25_what_repeating_would_not_change_stops_at_once() {
    for (code, kind) in [
        (400, ProblemKind::Invalid),
        (401, ProblemKind::Auth),
        (402, ProblemKind::Credits),
        (403, ProblemKind::Plan),
        (404, ProblemKind::NotFound),
    ] {
        let mut job = Job::watch(at(0.0), "job_1".to_owned(), None, None, options(Backend::HhCustomer));
        assert_eq!(failing(&mut job, 1, problem(code, kind, None)), None, "{code}");
        assert!(matches!(job.end(), Some(JobEnd::Over(Outcome::Refused(problem))) if problem.kind == kind), "{code}");
    }
}

/// X-5, HL-20: a job that is not there is not asked for again, however young it is; its id stays in the journal.
#[test]
fn hl_9_a_job_that_the_service_does_not_know_is_told_at_once() {
    for age in [Some(SECOND * 2), None] {
        let mut job = Job::watch(at(0.0), "job_1".to_owned(), age, None, options(Backend::HhLab));
        assert_eq!(failing(&mut job, 1, problem(404, ProblemKind::NotFound, None)), None, "{age:?}");
        let end = job.end();
        assert!(matches!(end, Some(JobEnd::Over(Outcome::Refused(problem))) if problem.kind == ProblemKind::NotFound));
    }
}

/// HC-31: leaving stops nothing that is on its way, and begins nothing.
#[test]
fn whoever_leaves_is_heard_out_to_the_answer_of_the_submit() {
    let mut job = submitting(options(Backend::HhCustomer));
    assert_eq!(tell(&mut job, at(1.1), JobInput::Stop).0, []);
    assert_eq!(job.end(), None);
    answer(&mut job, at(1.2), 1, Ok(JobAnswer::Accepted(accepted())));
    assert_eq!(job.id(), Some("job_1"));
    // Before it is sent nothing is.
    let mut job = Job::new(options(Backend::HhCustomer));
    drain(&mut job);
    tell(&mut job, at(0.0), JobInput::Written);
    assert_eq!(tell(&mut job, at(0.1), JobInput::Stop), (vec![JobOutput::Write(JobRecord::Refused)], None));
    assert_eq!(job.end(), Some(&JobEnd::Stopped));
    // And a wait leaves the job alone.
    let mut job = watched(Backend::HhCustomer, 1);
    assert_eq!(tell(&mut job, at(0.1), JobInput::Stop), (vec![], None));
    assert_eq!(job.end(), Some(&JobEnd::Over(Outcome::StillRunning)));
}
