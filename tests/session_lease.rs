//! HO-5, HO-25, HO-28: no paid world is left behind without a DELETE or an entry of the journal, whatever fails and whenever the
//! process dies. Virtual time; the server, the disk and the crash are played by the test.
#![allow(clippy::unwrap_used, reason = "a test stops at what it does not expect")]

mod cases;

use std::time::Duration;

use proptest::prelude::*;
use seaglass::media::Monotonic;
use seaglass::retry::Backoff;
use seaglass::session::{
    Bill, Lease, LeaseAnswer, LeaseDoubt, LeaseEnd, LeaseFault, LeaseInput, LeaseOptions, LeaseOutput, LeasePatience,
    LeaseRecord, LeaseRequest,
};
use seaglass::wire::WorldId;

const SECOND: Duration = Duration::from_secs(1);

fn options() -> LeaseOptions {
    LeaseOptions {
        seed: 1,
        create: LeasePatience { attempts: 4, within: SECOND * 60, answer: SECOND * 30 },
        end: LeasePatience { attempts: 10, within: SECOND * 5, answer: SECOND * 2 },
        bill: true,
    }
}

fn id() -> WorldId {
    WorldId::new("w_1").unwrap()
}

fn at(millis: u64) -> Monotonic {
    Monotonic::from_millis(millis)
}

fn nanosecond_before(moment: Monotonic) -> Monotonic {
    Monotonic::from_nanos(moment.as_nanos() - 1)
}

/// What a lease says until it has nothing more to say.
fn drain(lease: &mut Lease) -> (Vec<LeaseOutput>, Option<Monotonic>) {
    let mut said = Vec::new();
    loop {
        match lease.poll_output() {
            LeaseOutput::Timeout(deadline) => return (said, deadline),
            output => said.push(output),
        }
    }
}

fn answer(lease: &mut Lease, now: Monotonic, attempt: u32, answer: LeaseAnswer) -> (Vec<LeaseOutput>, Option<Monotonic>) {
    lease.handle(now, LeaseInput::Answer { attempt, answer });
    drain(lease)
}

fn send(attempt: u32, request: LeaseRequest) -> LeaseOutput {
    LeaseOutput::Send { attempt, request }
}

fn lost() -> LeaseAnswer {
    LeaseAnswer::Failed(LeaseFault::Lost { after: None })
}

/// A lease whose create is on its way since 0 s.
fn creating() -> Lease {
    let mut lease = Lease::new(options());
    assert_eq!(drain(&mut lease), (vec![LeaseOutput::Write(LeaseRecord::Intent)], None));
    lease.handle(at(0), LeaseInput::Written);
    assert_eq!(drain(&mut lease), (vec![send(1, LeaseRequest::Create)], Some(at(30_000))));
    lease
}

fn holding() -> Lease {
    let mut lease = creating();
    let said = answer(&mut lease, at(100), 1, LeaseAnswer::Made(id()));
    assert_eq!(said, (vec![LeaseOutput::Write(LeaseRecord::Held(id()))], None));
    assert!(lease.is_held());
    lease
}

#[test]
fn nothing_is_sent_before_the_intent_is_on_disk() {
    let mut lease = Lease::new(options());
    drain(&mut lease);
    lease.handle(at(10_000), LeaseInput::Deadline);
    assert_eq!(drain(&mut lease), (vec![], None));
    lease.handle(at(10_000), LeaseInput::Unwritten);
    assert_eq!(drain(&mut lease), (vec![], None));
    assert_eq!(lease.end(), Some(&LeaseEnd::NotJournaled));
}

#[test]
fn a_life_without_trouble_is_one_create_one_delete_and_four_lines_at_most() {
    let mut lease = holding();
    lease.handle(at(9_000), LeaseInput::End);
    assert_eq!(drain(&mut lease), (vec![send(2, LeaseRequest::Delete(id()))], Some(at(11_000))));
    let bill = Some(Bill { seconds: 8.9, credits: 0.0 });
    let said = answer(&mut lease, at(9_020), 2, LeaseAnswer::Ended(bill));
    assert_eq!(said, (vec![LeaseOutput::Write(LeaseRecord::Ended(bill))], None));
    assert_eq!(lease.end(), Some(&LeaseEnd::Ended(bill)));
}

#[test]
fn an_attempt_counts_as_lost_at_its_deadline_and_not_a_nanosecond_before() {
    let mut lease = creating();
    lease.handle(nanosecond_before(at(30_000)), LeaseInput::Deadline);
    assert_eq!(drain(&mut lease), (vec![], Some(at(30_000))));
    lease.handle(at(30_000), LeaseInput::Deadline);
    let (said, deadline) = drain(&mut lease);
    assert!(matches!(said[..], [LeaseOutput::Retrying { request: LeaseRequest::Create, .. }]), "{said:?}");
    let again = deadline.unwrap();
    lease.handle(nanosecond_before(again), LeaseInput::Deadline);
    assert_eq!(drain(&mut lease).0, []);
    lease.handle(again, LeaseInput::Deadline);
    assert_eq!(drain(&mut lease).0, [send(2, LeaseRequest::Create)]);
}

/// HO-28: a repeated create is the same create, and a late answer to the first one is as good as one to the second.
#[test]
fn a_late_answer_to_a_create_that_was_given_up_still_tells_the_world() {
    let mut lease = creating();
    lease.handle(at(30_000), LeaseInput::Deadline);
    drain(&mut lease);
    let said = answer(&mut lease, at(30_001), 1, LeaseAnswer::Made(id()));
    assert_eq!(said, (vec![LeaseOutput::Write(LeaseRecord::Held(id()))], None));
}

#[test]
fn a_create_that_is_refused_for_good_leaves_nothing_behind() {
    let mut lease = creating();
    let said = answer(&mut lease, at(5), 1, LeaseAnswer::Failed(LeaseFault::Refused));
    assert_eq!(said, (vec![LeaseOutput::Write(LeaseRecord::NotMade)], None));
    assert_eq!(lease.end(), Some(&LeaseEnd::NotMade));
}

/// The refusal is of the repetition: the lost one may have made a world, so the key is voided.
#[test]
fn a_refusal_after_a_lost_answer_proves_nothing() {
    let mut lease = creating();
    let (_, deadline) = answer(&mut lease, at(5), 1, lost());
    lease.handle(deadline.unwrap(), LeaseInput::Deadline);
    drain(&mut lease);
    let (said, _) = answer(&mut lease, at(300), 2, LeaseAnswer::Failed(LeaseFault::Refused));
    assert_eq!(said, [send(3, LeaseRequest::Void)]);
}

#[test]
fn creating_is_given_up_when_its_attempts_are_used_up_and_the_key_is_voided() {
    let mut lease = creating();
    let mut now = at(1);
    for attempt in 1..4 {
        let (said, deadline) = answer(&mut lease, now, attempt, lost());
        assert!(matches!(said[..], [LeaseOutput::Retrying { .. }]), "{said:?}");
        now = deadline.unwrap();
        lease.handle(now, LeaseInput::Deadline);
        assert_eq!(drain(&mut lease).0, [send(attempt + 1, LeaseRequest::Create)]);
    }
    let (said, deadline) = answer(&mut lease, now, 4, lost());
    assert_eq!(said, [send(5, LeaseRequest::Void)]);
    assert_eq!(deadline, Some(now + SECOND * 2));
}

/// Retry-After is waited out, and one that is longer than the patience ends it at once.
#[test]
fn a_busy_server_is_asked_again_when_it_says_and_not_at_all_when_that_is_too_late() {
    let busy = |seconds| LeaseAnswer::Failed(LeaseFault::Busy { after: Some(SECOND * seconds) });
    let mut lease = creating();
    let (_, deadline) = answer(&mut lease, at(0), 1, busy(7));
    assert!((at(7_000)..at(7_200)).contains(&deadline.unwrap()));
    let mut lease = creating();
    let said = answer(&mut lease, at(0), 1, busy(60));
    assert_eq!(said, (vec![LeaseOutput::Write(LeaseRecord::NotMade)], None));
}

#[test]
fn a_world_that_is_unwanted_before_it_is_there_is_deleted_as_soon_as_it_is() {
    let mut lease = creating();
    lease.handle(at(1_000), LeaseInput::End);
    assert_eq!(drain(&mut lease), (vec![], Some(at(3_000))), "the answer is waited for, as long as for a farewell");
    let (said, _) = answer(&mut lease, at(1_500), 1, LeaseAnswer::Made(id()));
    assert_eq!(said, [LeaseOutput::Write(LeaseRecord::Held(id())), send(2, LeaseRequest::Delete(id()))]);
}

#[test]
fn an_unwanted_create_whose_answer_does_not_come_is_voided_by_its_key() {
    let mut lease = creating();
    lease.handle(at(1_000), LeaseInput::End);
    drain(&mut lease);
    lease.handle(nanosecond_before(at(3_000)), LeaseInput::Deadline);
    assert_eq!(drain(&mut lease).0, []);
    lease.handle(at(3_000), LeaseInput::Deadline);
    assert_eq!(drain(&mut lease).0, [send(2, LeaseRequest::Void)]);
    let (said, _) = answer(&mut lease, at(3_100), 2, LeaseAnswer::Ended(None));
    assert_eq!(said, [send(3, LeaseRequest::Usage)], "what it cost is asked for");
    let (said, _) = answer(&mut lease, at(3_200), 3, LeaseAnswer::Cost(None));
    assert_eq!(said, [LeaseOutput::Write(LeaseRecord::Ended(None))]);
}

/// HO-20: ending has a time of its own, to the nanosecond.
#[test]
fn ending_is_given_up_at_its_time_and_the_journal_keeps_the_world() {
    let mut lease = holding();
    lease.handle(at(10_000), LeaseInput::End);
    let mut deadline = drain(&mut lease).1.unwrap();
    let mut last = at(10_000);
    while lease.end().is_none() {
        assert!(deadline > last && deadline <= at(15_000));
        lease.handle(nanosecond_before(deadline), LeaseInput::Deadline);
        assert_eq!(lease.end(), None);
        lease.handle(deadline, LeaseInput::Deadline);
        let (said, next) = drain(&mut lease);
        if lease.end().is_some() {
            assert_eq!(said.last(), Some(&LeaseOutput::Write(LeaseRecord::Unresolved)));
        }
        last = deadline;
        deadline = next.unwrap_or(deadline);
    }
    assert_eq!(lease.end(), Some(&LeaseEnd::Unresolved(LeaseDoubt::OutOfTime)));
}

#[test]
fn a_world_that_nobody_knows_any_more_counts_as_ended() {
    let mut lease = holding();
    lease.handle(at(10_000), LeaseInput::End);
    drain(&mut lease);
    assert_eq!(answer(&mut lease, at(10_010), 2, LeaseAnswer::Gone).0, [send(3, LeaseRequest::Usage)]);
    let (said, _) = answer(&mut lease, at(10_020), 3, LeaseAnswer::Unsupported);
    assert_eq!(said, [LeaseOutput::Write(LeaseRecord::Ended(None))]);
}

#[test]
fn on_a_server_that_cannot_void_keys_the_world_is_looked_for_and_then_called_out() {
    let mut lease = Lease::recover(at(0), None, options());
    assert_eq!(drain(&mut lease).0, [send(1, LeaseRequest::Void)]);
    assert_eq!(answer(&mut lease, at(1), 1, LeaseAnswer::Unsupported).0, [send(2, LeaseRequest::List)]);
    let mut listed = lease.clone();
    let (said, _) = answer(&mut listed, at(2), 2, LeaseAnswer::Listed(Some(id())));
    assert_eq!(said, [LeaseOutput::Write(LeaseRecord::Held(id())), send(3, LeaseRequest::Delete(id()))]);
    assert_eq!(answer(&mut lease, at(2), 2, LeaseAnswer::Listed(None)).0, [send(3, LeaseRequest::Recall)]);
    let (said, _) = answer(&mut lease, at(3), 3, LeaseAnswer::Made(id()));
    assert_eq!(said, [LeaseOutput::Write(LeaseRecord::Held(id())), send(4, LeaseRequest::Delete(id()))]);
}

#[test]
fn a_world_that_is_kept_on_purpose_is_told_to_the_journal_and_to_no_server() {
    let mut lease = holding();
    lease.handle(at(200), LeaseInput::Keep);
    assert_eq!(drain(&mut lease), (vec![LeaseOutput::Write(LeaseRecord::Kept)], None));
    lease.handle(at(300), LeaseInput::End);
    assert_eq!(drain(&mut lease), (vec![], None));
}

/// A server that makes worlds, loses answers and forgets, and the journal of one process after the other.
#[derive(Debug, Default)]
struct Outside {
    /// Worlds by key 0: open or not.
    world: Option<bool>,
    void: bool,
    /// What this server lacks.
    no_void: bool,
    no_usage: bool,
    /// What survives a crash.
    journal: Vec<LeaseRecord>,
    /// Creates that the network still carries, to arrive whenever it likes.
    afloat: u32,
    creates_before_intent: u32,
    deletes: u32,
}

/// What happens to one request.
#[derive(Clone, Copy, Debug)]
enum Fate {
    Answered,
    /// The server did it, and the answer is lost.
    AnswerLost,
    /// It is lost on the way there.
    RequestLost,
    /// It arrives later, when nobody expects it.
    Delayed,
    Busy,
    Unsent,
}

fn fate() -> impl Strategy<Value = Fate> {
    prop_oneof![
        4 => Just(Fate::Answered),
        2 => Just(Fate::AnswerLost),
        1 => Just(Fate::RequestLost),
        1 => Just(Fate::Delayed),
        1 => Just(Fate::Busy),
        1 => Just(Fate::Unsent),
    ]
}

impl Outside {
    fn create(&mut self) -> LeaseAnswer {
        match self.world {
            _ if self.void => LeaseAnswer::Gone,
            Some(false) => LeaseAnswer::Gone,
            Some(true) => LeaseAnswer::Made(id()),
            None => {
                self.world = Some(true);
                LeaseAnswer::Made(id())
            }
        }
    }

    fn carry_out(&mut self, request: &LeaseRequest) -> LeaseAnswer {
        let bill = Bill { seconds: 3.0, credits: 0.0 };
        match request {
            LeaseRequest::Create | LeaseRequest::Recall => self.create(),
            LeaseRequest::Delete(_) => {
                self.deletes += 1;
                match self.world.replace(false) {
                    Some(true) => LeaseAnswer::Ended(Some(bill)),
                    _ => LeaseAnswer::Gone,
                }
            }
            LeaseRequest::Void if self.no_void => LeaseAnswer::Unsupported,
            LeaseRequest::Void => {
                self.void = true;
                self.world = self.world.map(|_| false);
                LeaseAnswer::Ended(None)
            }
            LeaseRequest::List => LeaseAnswer::Listed((self.world == Some(true)).then(id)),
            LeaseRequest::Usage if self.no_usage => LeaseAnswer::Unsupported,
            LeaseRequest::Usage => LeaseAnswer::Cost(self.world.map(|_| bill)),
        }
    }

    fn meet(&mut self, request: &LeaseRequest, fate: Fate) -> LeaseAnswer {
        let lost = LeaseAnswer::Failed(LeaseFault::Lost { after: None });
        match fate {
            Fate::Answered => self.carry_out(request),
            Fate::AnswerLost => {
                self.carry_out(request);
                lost
            }
            Fate::Delayed => {
                self.afloat += u32::from(matches!(request, LeaseRequest::Create | LeaseRequest::Recall));
                lost
            }
            Fate::RequestLost => lost,
            Fate::Busy => LeaseAnswer::Failed(LeaseFault::Busy { after: None }),
            Fate::Unsent => LeaseAnswer::Failed(LeaseFault::Unsent),
        }
    }
}

/// Drives a lease until it is over or held, or until `crash` steps have been done. Returns whether the process survived.
fn drive(
    lease: &mut Lease,
    outside: &mut Outside,
    now: &mut Monotonic,
    fates: &mut dyn Iterator<Item = Fate>,
    crash: usize,
) -> bool {
    for _ in 0..crash {
        match lease.poll_output() {
            LeaseOutput::Write(record) => {
                outside.journal.push(record);
                lease.handle(*now, LeaseInput::Written);
            }
            LeaseOutput::Send { attempt, request } => {
                outside.creates_before_intent += u32::from(outside.journal.is_empty());
                let answer = outside.meet(&request, fates.next().unwrap_or(Fate::Answered));
                lease.handle(*now, LeaseInput::Answer { attempt, answer });
            }
            LeaseOutput::Retrying { .. } => {}
            LeaseOutput::Timeout(Some(deadline)) => {
                *now = deadline;
                lease.handle(*now, LeaseInput::Deadline);
            }
            LeaseOutput::Timeout(None) => return true,
        }
    }
    false
}

/// Whether a journal's last word leaves something to a reaper, and the id that it knows.
fn left(journal: &[LeaseRecord]) -> Option<Option<WorldId>> {
    let id = journal.iter().find_map(|record| match record {
        LeaseRecord::Held(id) => Some(id.clone()),
        _ => None,
    });
    match journal.last() {
        None | Some(LeaseRecord::NotMade | LeaseRecord::Ended(_)) => None,
        Some(_) => Some(id),
    }
}

proptest! {
    #![proptest_config(cases::config(4000))]

    /// Processes die at any step, and each next one begins where the journal of the last stopped. Once the network is well
    /// again one reap leaves no world open, and until then the journal never loses one.
    #[test]
    fn whatever_fails_and_whenever_the_process_dies_no_world_is_left_behind(
        seed in any::<u64>(),
        fates in proptest::collection::vec(fate(), 0..40),
        crashes in proptest::collection::vec(0usize..14, 1..5),
        end_after in proptest::option::of(0usize..6),
        no_void in any::<bool>(),
        no_usage in any::<bool>(),
    ) {
        let mut outside = Outside { no_void, no_usage, ..Outside::default() };
        let mut fates = fates.into_iter();
        let mut now = Monotonic::ZERO;
        let options = LeaseOptions { seed, ..options() };
        let mut lease = Lease::new(options);
        let mut crashes = crashes.into_iter();
        let steps = crashes.next().unwrap();
        let early = end_after.unwrap_or(steps).min(steps);
        if drive(&mut lease, &mut outside, &mut now, &mut fates, early) || end_after.is_some() {
            lease.handle(now, LeaseInput::End);
            drive(&mut lease, &mut outside, &mut now, &mut fates, steps - early);
        }
        prop_assert_eq!(outside.creates_before_intent, 0);
        for steps in crashes {
            prop_assert!(outside.world != Some(true) || left(&outside.journal).is_some(), "forgotten: {:?}", outside);
            let Some(id) = left(&outside.journal) else { break };
            let mut reaper = Lease::recover(now, id, options);
            drive(&mut reaper, &mut outside, &mut now, &mut fates, steps);
        }
        prop_assert!(outside.world != Some(true) || left(&outside.journal).is_some(), "forgotten: {:?}", outside);
        if let Some(id) = left(&outside.journal) {
            let mut reaper = Lease::recover(now, id, options);
            prop_assert!(drive(&mut reaper, &mut outside, &mut now, &mut std::iter::repeat(Fate::Answered), 100));
            prop_assert!(matches!(reaper.end(), Some(LeaseEnd::Ended(_))), "{:?}", reaper.end());
        }
        prop_assert_eq!(left(&outside.journal), None);
        prop_assert_ne!(outside.world, Some(true));
        // What the network still carries arrives now: a key that is settled brings nothing back to life.
        for _ in 0..outside.afloat {
            outside.create();
        }
        prop_assert_ne!(outside.world, Some(true));
    }

    #[test]
    fn a_lease_comes_to_an_end_in_bounded_time_whatever_the_server_does(
        seed in any::<u64>(),
        fates in proptest::collection::vec(fate(), 200),
    ) {
        let mut outside = Outside::default();
        let mut now = Monotonic::ZERO;
        let mut lease = Lease::new(LeaseOptions { seed, ..options() });
        let mut fates = fates.into_iter();
        prop_assert!(drive(&mut lease, &mut outside, &mut now, &mut fates, 500));
        let wanted = now;
        lease.handle(now, LeaseInput::End);
        prop_assert!(drive(&mut lease, &mut outside, &mut now, &mut fates, 500));
        prop_assert!(lease.end().is_some());
        prop_assert!(now.since(wanted) <= options().end.within, "{:?}", now.since(wanted));
    }
}

#[test]
fn the_same_seed_waits_the_same() {
    let waits = |seed| {
        let mut backoff = Backoff::new(SECOND, SECOND * 9, seed);
        std::iter::repeat_with(move || backoff.next(None)).take(8).collect::<Vec<_>>()
    };
    assert_eq!(waits(5), waits(5));
    assert_ne!(waits(5), waits(6));
}
