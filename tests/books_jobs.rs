//! X-3, X-4: the journal of jobs, shared by several processes, beside that of worlds. Connections stand for processes here.
#![allow(clippy::unwrap_used, reason = "a test stops at what it does not expect")]

use std::path::{Path, PathBuf};
use std::sync::Barrier;

use jiff::{SignedDuration, ToSpan as _, Zoned};
use seaglass::books::{
    Amount, Books, Budget, Budgets, Denied, Intent, JobCheck, JobEntry, JobIntent, JobMark, JobSettled, Limit, Period,
    Scope, Session, Unit,
};
use seaglass::jobs::{Backend, JobState};

const SERVER: &str = "https://api.happyhorselab.net/v1/";

struct Folder(tempfile::TempDir);

impl Folder {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn path(&self) -> PathBuf {
        self.0.path().join("books.sqlite")
    }

    fn open(&self) -> Books {
        Books::open(&self.path()).unwrap()
    }
}

fn noon() -> Zoned {
    "2026-03-10T12:00:00[Europe/Berlin]".parse().unwrap()
}

fn later(minutes: i64) -> Zoned {
    &noon() + minutes.minutes()
}

fn intent(key: &str, estimate: Option<f64>) -> JobIntent<'_> {
    JobIntent {
        key,
        backend: Backend::HhLab,
        server: SERVER,
        profile: "default",
        summary: "an astronaut",
        hash: "h1",
        body: "{}",
        estimate,
    }
}

fn per_day(credits: f64) -> Budgets {
    let day = Limit { seconds: None, credits: Some(credits) };
    Budgets { user: Budget { day, ..Budget::default() }, ..Budgets::default() }
}

fn reserve(books: &Books, key: &str, estimate: Option<f64>, budgets: &Budgets) -> Result<(), Denied> {
    books.reserve_job(&noon(), &intent(key, estimate), budgets).unwrap()
}

/// A job that the service has.
fn running(books: &Books, key: &str, id: &str) {
    reserve(books, key, Some(10.0), &Budgets::default()).unwrap();
    assert_eq!(books.job_sending(&noon(), key, r#"{"prompt":"an astronaut"}"#, None).unwrap(), JobMark::Marked);
    books.job_accepted(&noon(), key, id, "queued", None).unwrap();
}

fn check(state: JobState) -> JobCheck<'static> {
    JobCheck { state, word: "word", results: &[], expires: None, credits: None, due: None, error: None }
}

fn find(books: &Books, id: &str) -> JobEntry {
    books.find_job(&noon(), id, None).unwrap().unwrap()
}

fn state(books: &Books, id: &str) -> JobState {
    find(books, id).state
}

fn used(books: &Books, period: Period) -> f64 {
    let balances = books.balances(&noon(), "default", &Budgets::default()).unwrap();
    balances.iter().find(|balance| (balance.period, balance.scope) == (period, Scope::User)).unwrap().used.credits
}

/// As `kill -9` does it: the lock goes, and nothing is written.
fn die(books: Books, folder: &Folder) {
    let owners = folder.path().with_file_name("books.sqlite.owners");
    let files =
        |folder: &Path| -> Vec<PathBuf> { std::fs::read_dir(folder).unwrap().map(|file| file.unwrap().path()).collect() };
    let before = files(&owners);
    drop(books);
    let gone: Vec<PathBuf> = before.into_iter().filter(|file| !file.exists()).collect();
    assert_eq!(gone.len(), 1, "one owner, one file");
    std::fs::write(&gone[0], "").unwrap();
}

#[test]
fn x_3_a_job_stands_in_the_journal_from_its_intent_to_its_file() {
    let folder = Folder::new();
    let books = folder.open();
    reserve(&books, "k1", Some(25.0), &Budgets::default()).unwrap();
    let entry = find(&books, "k1");
    assert_eq!((entry.state, entry.id.clone(), entry.estimate), (JobState::Intent, None, Some(25.0)));
    assert_eq!((entry.backend, entry.server.as_str(), entry.hash.as_str()), (Backend::HhLab, SERVER, "h1"));
    assert_eq!(books.job_sending(&later(1), "k1", r#"{"sourceImageKey":"a"}"#, None).unwrap(), JobMark::Marked);
    assert_eq!(find(&books, "k1").body, r#"{"sourceImageKey":"a"}"#, "as it was sent");
    assert_eq!(state(&books, "k1"), JobState::Intent, "being sent");
    books.job_accepted(&later(2), "k1", "job_1", "queued", None).unwrap();
    let entry = find(&books, "job_1");
    assert_eq!((entry.key.as_str(), entry.state, entry.word.as_str()), ("k1", JobState::Running, "queued"));
    assert_eq!(entry.accepted, Some(later(2).timestamp()));
    let links = ["https://cdn.example/a.mp4?sig=1".to_owned(), "https://cdn.example/b.mp4".to_owned()];
    let expires = Some(later(1440).timestamp());
    let ready = JobCheck { results: &links, expires, credits: Some(25.0), due: Some(25.0), ..check(JobState::Ready) };
    books.job_checked(&later(3), "k1", &ready).unwrap();
    books.job_file("k1", Path::new("clips/a.mp4")).unwrap();
    // Another process, and the same.
    let entry = find(&folder.open(), "job_1");
    assert_eq!((entry.state, entry.credits, entry.booked), (JobState::Ready, Some(25.0), 25.0));
    assert_eq!((&entry.results[..], entry.expires), (&links[..], expires), "with all that a link needs to work");
    assert_eq!(entry.file.as_deref(), Some(Path::new("clips/a.mp4")));
    assert_eq!(entry.checked, Some(later(3).timestamp()));
}

/// HO-23: credits are set aside with the intent, in one transaction, and are free again where nothing came of it.
#[test]
fn a_submit_beyond_a_budget_is_refused_and_not_journaled() {
    let folder = Folder::new();
    let (books, other) = (folder.open(), folder.open());
    assert_eq!(books.would_exceed(&noon(), "default", &per_day(500.0), Some(400.0)).unwrap(), None);
    reserve(&books, "a", Some(400.0), &per_day(500.0)).unwrap();
    let denied = reserve(&other, "b", Some(101.0), &per_day(500.0)).unwrap_err();
    assert_eq!((denied.unit, denied.reserved, denied.asked), (Unit::Credits, 400.0, 101.0));
    assert_eq!(books.would_exceed(&noon(), "default", &per_day(500.0), Some(101.0)).unwrap(), Some(denied));
    assert_eq!(other.jobs(&noon(), 100).unwrap().len(), 1);
    books.job_refused(&noon(), "a", Some("HTTP 400")).unwrap();
    reserve(&other, "c", Some(500.0), &per_day(500.0)).unwrap();
    // What nobody can price passes as long as anything is left; seconds of worlds are no matter of clips.
    let no_seconds = Limit { seconds: Some(0.0), credits: None };
    let budgets = Budgets { user: Budget { day: no_seconds, ..Budget::default() }, ..Budgets::default() };
    reserve(&other, "d", None, &budgets).unwrap();
    assert!(reserve(&other, "e", None, &per_day(500.0)).is_err(), "all of it is set aside");
}

#[test]
fn worlds_and_jobs_share_budgets() {
    let folder = Folder::new();
    let books = folder.open();
    reserve(&books, "a", Some(90.0), &per_day(100.0)).unwrap();
    let world = Intent {
        key: "w",
        profile: "default",
        server: SERVER,
        summary: "",
        session: Session::Exactly(11.0),
        credits_per_second: Some(1.0),
    };
    let denied = books.reserve(&noon(), &world, |_| String::new(), &per_day(100.0)).unwrap().unwrap_err();
    assert_eq!((denied.reserved, denied.asked), (90.0, 11.0));
    assert!(!denied.to_string().contains("world"), "{denied}");
    let world = Intent { session: Session::Exactly(10.0), ..world };
    books.reserve(&noon(), &world, |_| String::new(), &per_day(100.0)).unwrap().unwrap();
    assert!(reserve(&books, "b", Some(1.0), &per_day(100.0)).is_err());
}

/// HO-25: a reaper of worlds must not take a job for one, and whatever is forgotten of worlds, no job is.
#[test]
fn what_looks_after_worlds_never_sees_a_job() {
    let folder = Folder::new();
    let (maker, books) = (folder.open(), folder.open());
    running(&maker, "k1", "job_1");
    reserve(&maker, "k2", None, &Budgets::default()).unwrap();
    maker.job_sending(&noon(), "k2", "{}", None).unwrap();
    maker.job_unknown(&noon(), "k2", None).unwrap();
    running(&maker, "k3", "job_3");
    maker.job_checked(&noon(), "k3", &check(JobState::Ready)).unwrap();
    die(maker, &folder);
    assert_eq!(books.open_entries().unwrap(), []);
    assert_eq!(books.find(SERVER, "job_1").unwrap(), None);
    assert_eq!(books.take_over(&noon(), SERVER, true).unwrap(), []);
    // As many ended worlds as are remembered, all of them newer than the jobs.
    let raw = rusqlite::Connection::open(folder.path()).unwrap();
    raw.execute(
        "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 5000)
         INSERT INTO work (key, kind, profile, server, owner, state, summary, created_at, changed_at, day, reserved_seconds,
                           reserved_credits)
         SELECT 'w' || i, 'world', 'default', ?1, 'o', 'ended', '', '2030-01-01T00:00:00Z', '2030-01-01T00:00:00Z', '2030-01-01',
                0, 0 FROM n",
        [SERVER],
    )
    .unwrap();
    let world =
        Intent { key: "w", profile: "p", server: SERVER, summary: "", session: Session::Open, credits_per_second: None };
    books.reserve(&noon(), &world, |_| String::new(), &Budgets::default()).unwrap().unwrap();
    let worlds: u32 =
        raw.query_row("SELECT count(*) FROM work WHERE state = 'ended' AND kind = 'world'", [], |row| row.get(0)).unwrap();
    assert_eq!(worlds, 4096);
    assert_eq!(books.jobs(&noon(), 100).unwrap().len(), 3);
    assert_eq!(books.open_entries().unwrap().len(), 1);
}

/// HL-21, HC-31
#[test]
fn x_3_what_a_dead_process_left_is_refused_before_it_was_sent_and_unknown_after() {
    let folder = Folder::new();
    let (dying, living, reader) = (folder.open(), folder.open(), folder.open());
    for (books, key) in [(&dying, "intent"), (&dying, "sending"), (&dying, "again"), (&living, "alive")] {
        reserve(books, key, Some(10.0), &Budgets::default()).unwrap();
    }
    for key in ["sending", "again"] {
        dying.job_sending(&noon(), key, "{}", None).unwrap();
    }
    dying.job_unsent("again").unwrap();
    living.job_sending(&noon(), "alive", "{}", None).unwrap();
    running(&dying, "k", "job_1");
    assert_eq!(state(&reader, "sending"), JobState::Intent, "somebody sees to it");
    die(dying, &folder);
    let states = ["intent", "sending", "again", "alive", "k"].map(|key| state(&reader, key));
    let expected = [JobState::Refused, JobState::Unknown, JobState::Refused, JobState::Intent, JobState::Running];
    assert_eq!(states, expected);
    assert!(find(&reader, "sending").error.unwrap().contains("ended"), "it says why");
    // 10 for the unknown one, 10 for the living one's, 10 for the one that runs.
    let denied = reserve(&reader, "b", Some(71.0), &per_day(100.0)).unwrap_err();
    assert_eq!(denied.reserved, 30.0);
}

#[test]
fn an_id_is_never_lost_to_what_is_written_beside_it() {
    let folder = Folder::new();
    let books = folder.open();
    for (key, id) in [("k1", "job_1"), ("k2", "job_2")] {
        reserve(&books, key, Some(10.0), &Budgets::default()).unwrap();
        books.job_sending(&noon(), key, "{}", None).unwrap();
        // Two tasks of one process write at once; either order ends the same.
        if key == "k1" {
            books.job_unknown(&noon(), key, Some("it was cut off")).unwrap();
        }
        books.job_accepted(&noon(), key, id, "queued", None).unwrap();
        books.job_unknown(&noon(), key, Some("it was cut off")).unwrap();
        books.job_refused(&noon(), key, Some("it was cut off")).unwrap();
        books.job_accepted(&noon(), key, "job_9", "queued", None).unwrap();
        let entry = find(&books, key);
        assert_eq!((entry.state, entry.id.as_deref(), entry.error), (JobState::Running, Some(id), None));
    }
    assert_eq!(books.find_job(&noon(), "job_9", None).unwrap(), None);
}

#[test]
fn a_job_that_was_given_up_cannot_be_sent() {
    let folder = Folder::new();
    let books = folder.open();
    reserve(&books, "k1", None, &Budgets::default()).unwrap();
    books.job_refused(&noon(), "k1", None).unwrap();
    assert_eq!(books.job_sending(&noon(), "k1", "{}", None).unwrap(), JobMark::Gone);
    assert_eq!(books.job_sending(&noon(), "nobody", "{}", None).unwrap(), JobMark::Gone);
    running(&books, "k2", "job_2");
    assert_eq!(books.job_sending(&noon(), "k2", "{}", None).unwrap(), JobMark::Gone, "once is once");
}

/// HL-19: of one service, over all processes, for a quarter of an hour.
#[test]
fn x_14_jobs_at_once_are_counted_over_all_processes_and_only_while_they_may_run() {
    let folder = Folder::new();
    let (one, other) = (folder.open(), folder.open());
    let send = |books: &Books, now: &Zoned, key: &str| {
        books.reserve_job(now, &intent(key, None), &Budgets::default()).unwrap().unwrap();
        books.job_sending(now, key, "{}", Some(2)).unwrap()
    };
    assert_eq!(send(&one, &noon(), "a"), JobMark::Marked);
    one.job_accepted(&noon(), "a", "job_a", "", None).unwrap();
    assert_eq!(send(&other, &later(1), "b"), JobMark::Marked);
    assert_eq!(send(&other, &later(2), "c"), JobMark::Full(2));
    assert_eq!(one.job_sending(&later(2), "c", "{}", None).unwrap(), JobMark::Marked, "nobody says how many");
    one.job_refused(&later(2), "c", None).unwrap();
    let elsewhere = JobIntent { server: "https://happyhorse.app/", ..intent("d", None) };
    one.reserve_job(&noon(), &elsewhere, &Budgets::default()).unwrap().unwrap();
    assert_eq!(one.job_sending(&later(2), "d", "{}", Some(2)).unwrap(), JobMark::Marked, "another service");
    assert_eq!(send(&one, &later(14), "e"), JobMark::Full(2));
    assert_eq!(one.job_sending(&later(16), "e", "{}", Some(2)).unwrap(), JobMark::Marked, "the first was never asked for");
    other.job_unknown(&later(16), "b", None).unwrap();
    one.job_checked(&later(16), "a", &check(JobState::Ready)).unwrap();
    assert_eq!(send(&one, &later(16), "f"), JobMark::Marked);
    assert_eq!(send(&one, &later(16), "g"), JobMark::Full(2));
}

#[test]
fn of_those_who_race_for_the_last_place_one_wins() {
    let folder = Folder::new();
    drop(folder.open());
    let barrier = Barrier::new(6);
    let marked: usize = std::thread::scope(|scope| {
        let racers: Vec<_> = (0..6)
            .map(|racer| {
                let (folder, barrier) = (&folder, &barrier);
                scope.spawn(move || {
                    let books = folder.open();
                    let key = format!("k{racer}");
                    reserve(&books, &key, None, &Budgets::default()).unwrap();
                    barrier.wait();
                    let mark = books.job_sending(&noon(), &key, "{}", Some(3)).unwrap();
                    // Nobody dies before all have tried.
                    barrier.wait();
                    usize::from(mark == JobMark::Marked)
                })
            })
            .collect();
        racers.into_iter().map(|racer| racer.join().unwrap()).sum()
    });
    assert_eq!(marked, 3);
}

/// HC-10, HA-15, HL-12: what is known is booked once, and the service's last word wins.
#[test]
fn hc_10_credits_are_booked_at_the_submit_where_they_are_taken_there() {
    let folder = Folder::new();
    let books = folder.open();
    reserve(&books, "k1", Some(60.0), &per_day(100.0)).unwrap();
    books.job_sending(&noon(), "k1", "{}", None).unwrap();
    books.job_accepted(&noon(), "k1", "v_1", "queued", Some(60.0)).unwrap();
    assert_eq!(used(&books, Period::Day), 60.0);
    let denied = reserve(&books, "k2", Some(41.0), &per_day(100.0)).unwrap_err();
    assert_eq!((denied.used, denied.reserved), (60.0, 0.0), "booked, and no longer set aside beside it");
    books.job_checked(&noon(), "k1", &check(JobState::Failed)).unwrap();
    assert_eq!(used(&books, Period::Month), 60.0, "nobody says that it is given back");
}

#[test]
fn a_bill_is_booked_once_and_follows_the_services_last_word() {
    let folder = Folder::new();
    let books = folder.open();
    running(&books, "k1", "job_1");
    let due = |state, due| JobCheck { due, credits: due, ..check(state) };
    books.job_checked(&noon(), "k1", &check(JobState::Running)).unwrap();
    assert_eq!(used(&books, Period::Day), 0.0);
    for _ in 0..3 {
        books.job_checked(&noon(), "k1", &due(JobState::Ready, Some(8.0))).unwrap();
    }
    books.job_checked(&later(1), "k1", &due(JobState::Ready, Some(99.0))).unwrap();
    assert_eq!(used(&books, Period::Day), 8.0);
    running(&books, "k2", "job_2");
    books.job_checked(&noon(), "k2", &due(JobState::Failed, Some(0.0))).unwrap();
    books.job_checked(&noon(), "k2", &due(JobState::Running, Some(5.0))).unwrap();
    assert_eq!((used(&books, Period::Day), state(&books, "k2")), (8.0, JobState::Failed), "what has ended has ended");
    running(&books, "k3", "job_3");
    books.job_checked(&noon(), "k3", &due(JobState::Ready, Some(f64::NAN))).unwrap();
    assert_eq!((used(&books, Period::Day), find(&books, "k3").credits), (8.0, None), "a server's word is no amount");
}

/// X-4, HC-25
#[test]
fn x_4_a_job_of_another_machine_is_journaled_by_its_id_and_never_billed() {
    let folder = Folder::new();
    let books = folder.open();
    let adopted = books.adopt_job(&noon(), "job_1", &intent("k1", Some(10.0))).unwrap();
    assert_eq!((adopted.state, adopted.id.as_deref(), adopted.estimate), (JobState::Running, Some("job_1"), None));
    assert_eq!(adopted.accepted, None, "nobody here knows when");
    let again = books.adopt_job(&noon(), "job_1", &intent("k2", None)).unwrap();
    assert_eq!(again.key, "k1");
    let ready = JobCheck { due: Some(25.0), credits: Some(25.0), ..check(JobState::Ready) };
    books.job_checked(&noon(), "k1", &ready).unwrap();
    assert_eq!((used(&books, Period::Day), find(&books, "job_1").credits), (0.0, Some(25.0)));
}

#[test]
fn jobs_are_found_by_key_and_by_id_and_the_newest_first() {
    let folder = Folder::new();
    let books = folder.open();
    for (minute, key) in [(0, "k1"), (5, "k2"), (9, "k3")] {
        books.reserve_job(&later(minute), &intent(key, None), &Budgets::default()).unwrap().unwrap();
    }
    let keys = |limit| -> Vec<String> { books.jobs(&noon(), limit).unwrap().into_iter().map(|entry| entry.key).collect() };
    assert_eq!((keys(100), keys(2)), (vec!["k3".into(), "k2".into(), "k1".into()], vec!["k3".to_owned(), "k2".to_owned()]));
    // Two services may use one id.
    let app = JobIntent { backend: Backend::HhApp, server: "https://happyhorse.app/", ..intent("k4", None) };
    books.adopt_job(&later(1), "same", &intent("k5", None)).unwrap();
    books.adopt_job(&later(2), "same", &app).unwrap();
    assert_eq!(find(&books, "same").backend, Backend::HhApp);
    assert_eq!(books.find_job(&noon(), "same", Some(SERVER)).unwrap().unwrap().key, "k5");
    assert_eq!(books.find_job(&noon(), "nobody", None).unwrap(), None);
}

#[test]
fn the_same_request_is_found_within_its_time_and_only_where_it_may_have_cost_something() {
    let folder = Folder::new();
    let books = folder.open();
    let hour = SignedDuration::from_hours(1);
    let same = |now: &Zoned| books.same_job(now, "h1", hour).unwrap().map(|entry| entry.key);
    reserve(&books, "k1", None, &Budgets::default()).unwrap();
    assert_eq!(same(&later(1)), None, "nothing was sent");
    books.job_sending(&noon(), "k1", "{}", None).unwrap();
    assert_eq!(same(&later(1)).as_deref(), Some("k1"), "and nobody knows yet");
    books.job_unknown(&noon(), "k1", None).unwrap();
    assert_eq!(same(&later(59)).as_deref(), Some("k1"));
    assert_eq!(same(&later(61)), None);
    books.job_accepted(&noon(), "k1", "job_1", "", None).unwrap();
    books.job_checked(&noon(), "k1", &check(JobState::Failed)).unwrap();
    assert_eq!(same(&later(1)), None, "one that failed is worth another try");
    assert_eq!(books.same_job(&later(1), "h2", hour).unwrap(), None);
}

#[test]
fn unknown_jobs_weigh_on_their_own_day_and_month_alone() {
    let folder = Folder::new();
    let books = folder.open();
    reserve(&books, "k1", Some(100.0), &per_day(100.0)).unwrap();
    books.job_sending(&noon(), "k1", "{}", None).unwrap();
    books.job_unknown(&noon(), "k1", None).unwrap();
    assert!(reserve(&books, "k2", Some(1.0), &per_day(100.0)).is_err());
    let tomorrow = &noon() + 1.day();
    books.reserve_job(&tomorrow, &intent("k2", Some(100.0)), &per_day(100.0)).unwrap().unwrap();
}

/// A job whose answer was lost, with so much set aside for it.
fn unknown(books: &Books, key: &str, estimate: f64) {
    reserve(books, key, Some(estimate), &Budgets::default()).unwrap();
    books.job_sending(&noon(), key, "{}", None).unwrap();
    books.job_unknown(&noon(), key, Some("its answer was lost")).unwrap();
}

/// HL-21, X-4: what its user found out makes it a job as any other, billed as if its answer had come.
#[test]
fn hl_21_an_unknown_job_that_its_user_found_goes_on_under_its_id() {
    let folder = Folder::new();
    let (books, other) = (folder.open(), folder.open());
    unknown(&books, "k1", 60.0);
    let tomorrow = &noon() + 1.day();
    assert_eq!(other.settle_job(&tomorrow, "k1", "job_1", Some(60.0)).unwrap(), JobSettled::Done);
    let entry = find(&books, "job_1");
    assert_eq!((entry.key.as_str(), entry.state, entry.error), ("k1", JobState::Running, None));
    assert_eq!(entry.accepted, Some(noon().timestamp()), "the service has it since it was sent");
    assert_eq!(used(&books, Period::Day), 60.0, "on the day that had it set aside");
    let denied = reserve(&books, "k2", Some(41.0), &per_day(100.0)).unwrap_err();
    assert_eq!((denied.used, denied.reserved), (60.0, 0.0), "and no longer set aside beside it");
    books.job_checked(&tomorrow, "k1", &check(JobState::Ready)).unwrap();
    assert_eq!(state(&books, "k1"), JobState::Ready);
    // An answer that comes after all changes nothing of that.
    books.job_accepted(&tomorrow, "k1", "job_9", "queued", Some(60.0)).unwrap();
    assert_eq!((find(&books, "k1").id.as_deref(), used(&books, Period::Month)), (Some("job_1"), 60.0));
}

/// HC-31, HO-23
#[test]
fn hc_31_an_unknown_job_that_never_was_frees_what_was_set_aside_for_it() {
    let folder = Folder::new();
    let books = folder.open();
    unknown(&books, "k1", 100.0);
    assert!(reserve(&books, "k2", Some(1.0), &per_day(100.0)).is_err());
    assert_eq!(books.void_job(&later(1), "k1", "its user says so").unwrap(), JobSettled::Done);
    let entry = find(&books, "k1");
    assert_eq!((entry.state, entry.error.as_deref()), (JobState::Refused, Some("its user says so")));
    assert_eq!(used(&books, Period::Month), 0.0);
    reserve(&books, "k2", Some(100.0), &per_day(100.0)).unwrap();
}

#[test]
fn only_what_nobody_knows_is_settled_by_hand() {
    let folder = Folder::new();
    let books = folder.open();
    let both = |key: &str| {
        let found = books.settle_job(&noon(), key, "x", Some(5.0)).unwrap();
        assert_eq!(books.void_job(&noon(), key, "why").unwrap(), found, "{key}");
        found
    };
    running(&books, "running", "job_1");
    running(&books, "ready", "job_2");
    books.job_checked(&noon(), "ready", &check(JobState::Ready)).unwrap();
    reserve(&books, "sending", Some(1.0), &Budgets::default()).unwrap();
    books.job_sending(&noon(), "sending", "{}", None).unwrap();
    for (key, state) in [("running", JobState::Running), ("ready", JobState::Ready), ("sending", JobState::Intent)] {
        assert_eq!(both(key), JobSettled::NotUnknown(Some(state)));
        assert_eq!(self::state(&books, key), state, "and nothing was written");
    }
    assert_eq!(both("nobody's"), JobSettled::NotUnknown(None));
    assert_eq!(both("job_1"), JobSettled::NotUnknown(None), "an id is no key");
    assert_eq!(used(&books, Period::Month), 0.0);
    // A dead process's submit is unknown before anybody reads the list.
    let dead = folder.open();
    reserve(&dead, "left", Some(1.0), &Budgets::default()).unwrap();
    dead.job_sending(&noon(), "left", "{}", None).unwrap();
    die(dead, &folder);
    assert_eq!(books.void_job(&noon(), "left", "why").unwrap(), JobSettled::Done);
    assert_eq!(books.void_job(&noon(), "left", "why").unwrap(), JobSettled::NotUnknown(Some(JobState::Refused)), "once");
}

/// Whoever finds a job on the service's pages may follow it before they know that it is the one that they miss.
#[test]
fn an_unknown_job_takes_in_what_was_followed_under_its_id_and_never_anothers() {
    let folder = Folder::new();
    let books = folder.open();
    running(&books, "k0", "job_0");
    unknown(&books, "k1", 10.0);
    assert_eq!(books.settle_job(&noon(), "k1", "job_0", None).unwrap(), JobSettled::Taken("k0".to_owned()));
    assert_eq!(state(&books, "k1"), JobState::Unknown);
    books.adopt_job(&noon(), "job_1", &intent("seen", None)).unwrap();
    books.job_file("seen", Path::new("clips/a.mp4")).unwrap();
    let elsewhere = JobIntent { server: "https://another.example/", ..intent("far", None) };
    books.adopt_job(&noon(), "job_1", &elsewhere).unwrap();
    assert_eq!(books.settle_job(&noon(), "k1", "job_1", None).unwrap(), JobSettled::Done);
    let keys: Vec<String> = books.jobs(&noon(), 10).unwrap().into_iter().map(|entry| entry.key).collect();
    assert_eq!((keys.len(), keys.contains(&"seen".to_owned())), (3, false), "the same job is there once: {keys:?}");
    let entry = books.find_job(&noon(), "job_1", Some(SERVER)).unwrap().unwrap();
    assert_eq!((entry.key.as_str(), entry.file.as_deref()), ("k1", Some(Path::new("clips/a.mp4"))));
    let due = JobCheck { due: Some(10.0), ..check(JobState::Ready) };
    books.job_checked(&noon(), "k1", &due).unwrap();
    assert_eq!(used(&books, Period::Day), 10.0, "and it is billed, as it is one's own");
}

/// Books that an earlier version wrote keep what they know of worlds.
#[test]
fn books_of_version_1_are_brought_up_to_date_with_all_they_hold() {
    let folder = Folder::new();
    let books = folder.open();
    let world = Intent {
        key: "w",
        profile: "default",
        server: SERVER,
        summary: "a quiet coast",
        session: Session::Open,
        credits_per_second: None,
    };
    books.reserve(&noon(), &world, |_| "{}".to_owned(), &Budgets::default()).unwrap().unwrap();
    books.held(&noon(), "w", "w_1").unwrap();
    books.used(&noon(), "w", Amount { seconds: 7.0, credits: 3.0 }).unwrap();
    drop(books);
    let raw = rusqlite::Connection::open(folder.path()).unwrap();
    raw.execute_batch("DROP TABLE job; DROP INDEX work_id; PRAGMA user_version = 1;").unwrap();
    drop(raw);
    let books = folder.open();
    assert_eq!(books.open_entries().unwrap()[0].used, Amount { seconds: 7.0, credits: 3.0 });
    assert_eq!(used(&books, Period::Day), 3.0);
    running(&books, "k1", "job_1");
    assert_eq!(state(&folder.open(), "job_1"), JobState::Running);
}
