//! HO-23, HO-25: the journal, the ledger and the budgets, shared by several processes. Connections stand for processes here;
//! `tests/kill.rs` uses real ones.
#![allow(clippy::unwrap_used, reason = "a test stops at what it does not expect")]

use std::path::{Path, PathBuf};
use std::sync::Barrier;

use jiff::Zoned;
use seaglass::books::{
    Amount, Books, BooksError, Budget, Budgets, Denied, Entry, Intent, Limit, Period, Scope, Session, State, Unit,
};

const SERVER: &str = "https://worlds.example/";

struct Folder(tempfile::TempDir);

impl Folder {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn path(&self) -> PathBuf {
        self.0.path().join("deep").join("books.sqlite")
    }

    fn open(&self) -> Books {
        Books::open(&self.path()).unwrap()
    }
}

fn at(text: &str) -> Zoned {
    format!("{text}[Europe/Berlin]").parse().unwrap()
}

fn noon() -> Zoned {
    at("2026-03-10T12:00:00")
}

fn seconds(seconds: f64) -> Amount {
    Amount { seconds, credits: 0.0 }
}

fn intent<'a>(key: &'a str, profile: &'a str, session: Session) -> Intent<'a> {
    Intent { key, profile, server: SERVER, summary: "a quiet coast", session, credits_per_second: None }
}

fn per_day(seconds: f64) -> Budgets {
    let day = Limit { seconds: Some(seconds), credits: None };
    Budgets { user: Budget { day, ..Budget::default() }, ..Budgets::default() }
}

fn reserve(books: &Books, now: &Zoned, key: &str, session: Session, budgets: &Budgets) -> Result<Option<f64>, Denied> {
    books.reserve(now, &intent(key, "default", session), |_| "{}".to_owned(), budgets).unwrap()
}

fn used(books: &Books, now: &Zoned, period: Period, profile: &str, scope: Scope) -> f64 {
    let balances = books.balances(now, profile, &Budgets::default()).unwrap();
    balances.iter().find(|balance| (balance.period, balance.scope) == (period, scope)).unwrap().used.seconds
}

/// As `kill -9` does it: the lock goes, and nothing is written.
fn die(books: Books, folder: &Folder) {
    let owners = folder.path().with_file_name("books.sqlite.owners");
    let before: Vec<PathBuf> = files(&owners);
    drop(books);
    let gone: Vec<PathBuf> = before.into_iter().filter(|file| !file.exists()).collect();
    assert_eq!(gone.len(), 1, "one owner, one file");
    std::fs::write(&gone[0], "").unwrap();
}

fn files(folder: &Path) -> Vec<PathBuf> {
    std::fs::read_dir(folder).unwrap().map(|file| file.unwrap().path()).collect()
}

fn only(entries: Vec<Entry>) -> Entry {
    let [entry] = <[Entry; 1]>::try_from(entries).unwrap();
    entry
}

#[test]
fn a_create_that_would_exceed_a_budget_is_refused_with_all_of_its_figures() {
    let folder = Folder::new();
    let (one, other) = (folder.open(), folder.open());
    assert_eq!(reserve(&one, &noon(), "a", Session::Exactly(60.0), &per_day(100.0)), Ok(Some(60.0)));
    one.held(&noon(), "a", "w_1").unwrap();
    one.used(&noon(), "a", seconds(20.0)).unwrap();
    let denied = reserve(&other, &noon(), "b", Session::Exactly(41.0), &per_day(100.0)).unwrap_err();
    let expected = Denied {
        scope: Scope::User,
        period: Period::Day,
        unit: Unit::Seconds,
        limit: 100.0,
        used: 20.0,
        reserved: 40.0,
        asked: 41.0,
    };
    assert_eq!(denied, expected);
    assert_eq!(other.open_entries().unwrap().len(), 1, "what was refused is not journaled");
    assert_eq!(reserve(&other, &noon(), "c", Session::Exactly(40.0), &per_day(100.0)), Ok(Some(40.0)));
}

#[test]
fn what_was_set_aside_and_not_used_is_free_again_at_the_end() {
    let folder = Folder::new();
    let books = folder.open();
    reserve(&books, &noon(), "a", Session::Exactly(100.0), &per_day(100.0)).unwrap();
    books.held(&noon(), "a", "w_1").unwrap();
    assert!(reserve(&books, &noon(), "b", Session::Exactly(1.0), &per_day(100.0)).is_err());
    books.ended(&noon(), "a", Some(seconds(7.25))).unwrap();
    assert_eq!(used(&books, &noon(), Period::Day, "default", Scope::User), 7.25);
    assert!(reserve(&books, &noon(), "b", Session::Exactly(92.75), &per_day(100.0)).is_ok());
}

#[test]
fn a_session_of_no_stated_length_gets_what_is_left() {
    let folder = Folder::new();
    let books = folder.open();
    let up_to = |most| Session::UpTo(most);
    assert_eq!(reserve(&books, &noon(), "a", up_to(3600.0), &Budgets::default()), Ok(Some(3600.0)));
    books.ended(&noon(), "a", Some(Amount::ZERO)).unwrap();
    assert_eq!(reserve(&books, &noon(), "b", up_to(60.0), &per_day(100.0)), Ok(Some(60.0)));
    assert_eq!(reserve(&books, &noon(), "c", up_to(60.0), &per_day(100.0)), Ok(Some(40.0)));
    assert!(reserve(&books, &noon(), "d", up_to(60.0), &per_day(100.0)).is_err());
}

#[test]
fn credits_are_set_aside_where_the_price_is_known() {
    let folder = Folder::new();
    let books = folder.open();
    let credits = Limit { seconds: None, credits: Some(10.0) };
    let budgets = Budgets { profile: Budget { month: credits, ..Budget::default() }, ..Budgets::default() };
    let priced = |key, session| Intent { credits_per_second: Some(0.5), ..intent(key, "default", session) };
    let create = |intent: Intent<'_>| books.reserve(&noon(), &intent, |_| "{}".to_owned(), &budgets).unwrap();
    let denied = create(priced("a", Session::Exactly(21.0))).unwrap_err();
    assert_eq!((denied.unit, denied.asked), (Unit::Credits, 10.5));
    assert_eq!(create(priced("b", Session::UpTo(3600.0))), Ok(Some(20.0)));
    books.held(&noon(), "b", "w_1").unwrap();
    books.ended(&noon(), "b", Some(Amount { seconds: 20.0, credits: 10.0 })).unwrap();
    assert!(create(intent("c", "default", Session::UpTo(60.0))).is_err(), "nothing is left, whatever the price");
}

#[test]
fn budgets_hold_per_profile_and_over_all_profiles() {
    let folder = Folder::new();
    let books = folder.open();
    let limit = |seconds| Budget { day: Limit { seconds: Some(seconds), credits: None }, ..Budget::default() };
    let budgets = Budgets { user: limit(100.0), profile: limit(60.0) };
    let create = |key, profile, s| {
        books.reserve(&noon(), &intent(key, profile, Session::Exactly(s)), |_| "{}".to_owned(), &budgets).unwrap()
    };
    assert_eq!(create("a", "work", 61.0).unwrap_err().scope, Scope::Profile);
    assert!(create("b", "work", 60.0).is_ok());
    assert_eq!(create("c", "home", 41.0).unwrap_err().scope, Scope::User);
    assert!(create("d", "home", 40.0).is_ok());
    assert_eq!(books.profiles().unwrap(), ["home", "work"]);
}

/// Many processes at once, each with a connection of its own, all after the last of a budget.
#[test]
fn of_those_who_race_for_the_last_of_a_budget_as_many_win_as_it_holds() {
    let folder = Folder::new();
    let barrier = Barrier::new(8);
    let won: usize = std::thread::scope(|scope| {
        let racers: Vec<_> = (0..8)
            .map(|racer| {
                let (folder, barrier) = (&folder, &barrier);
                scope.spawn(move || {
                    barrier.wait();
                    let books = folder.open();
                    (0..5)
                        .filter(|round| {
                            let key = format!("{racer}-{round}");
                            reserve(&books, &noon(), &key, Session::Exactly(30.0), &per_day(100.0)).is_ok()
                        })
                        .count()
                })
            })
            .collect();
        racers.into_iter().map(|racer| racer.join().unwrap()).sum()
    });
    assert_eq!(won, 3);
}

#[test]
fn a_day_and_a_month_end_at_midnight_of_the_users_calendar() {
    let folder = Folder::new();
    let books = folder.open();
    let (late, early) = (at("2026-03-31T23:59:59"), at("2026-04-01T00:00:00"));
    reserve(&books, &late, "a", Session::Exactly(100.0), &per_day(100.0)).unwrap();
    books.held(&late, "a", "w_1").unwrap();
    books.used(&late, "a", seconds(30.0)).unwrap();
    assert!(reserve(&books, &late, "b", Session::Exactly(1.0), &per_day(100.0)).is_err());
    books.used(&early, "a", seconds(31.0)).unwrap();
    assert_eq!(used(&books, &late, Period::Month, "default", Scope::User), 30.0);
    assert_eq!(used(&books, &early, Period::Month, "default", Scope::User), 1.0);
    let denied = reserve(&books, &early, "b", Session::Exactly(31.0), &per_day(100.0)).unwrap_err();
    assert_eq!((denied.used, denied.reserved), (1.0, 69.0), "the world lives on, and what it may still use goes with it");
    books.ended(&early, "a", Some(seconds(40.0))).unwrap();
    assert_eq!(used(&books, &early, Period::Day, "default", Scope::Profile), 10.0);
}

/// HO-23: nobody has asked after it since it was made, as where it was left alive for another process.
#[test]
fn a_world_from_before_midnight_keeps_what_it_may_still_use_from_the_new_days_budget() {
    let folder = Folder::new();
    let books = folder.open();
    let (late, early) = (at("2026-03-31T23:59:59"), at("2026-04-01T00:00:00"));
    reserve(&books, &late, "a", Session::Exactly(90.0), &per_day(100.0)).unwrap();
    books.held(&late, "a", "w_1").unwrap();
    books.kept("a").unwrap();
    let denied = reserve(&books, &early, "b", Session::Exactly(11.0), &per_day(100.0)).unwrap_err();
    assert_eq!((denied.used, denied.reserved), (0.0, 90.0));
    assert_eq!(reserve(&books, &early, "c", Session::UpTo(3600.0), &per_day(100.0)), Ok(Some(10.0)));
    books.ended(&early, "a", Some(seconds(5.0))).unwrap();
    assert!(reserve(&books, &early, "d", Session::Exactly(80.0), &per_day(100.0)).is_ok(), "it has ended");
}

/// HO-25: whoever starts next finds what a killed process left, and what it had used to the last heartbeat.
#[test]
fn what_a_dead_owner_left_is_taken_over_once_and_what_a_living_one_holds_is_not() {
    let folder = Folder::new();
    let (dying, living, reaper, late) = (folder.open(), folder.open(), folder.open(), folder.open());
    for (books, key) in [(&dying, "a"), (&dying, "b"), (&living, "c")] {
        reserve(books, &noon(), key, Session::Exactly(60.0), &Budgets::default()).unwrap();
    }
    dying.held(&noon(), "a", "w_1").unwrap();
    dying.used(&noon(), "a", seconds(12.5)).unwrap();
    assert_eq!(reaper.take_over(&noon(), SERVER, false).unwrap(), []);
    die(dying, &folder);
    let orphans: Vec<_> = reaper.open_entries().unwrap().into_iter().filter(|entry| !reaper.is_cared_for(entry)).collect();
    assert_eq!(orphans.len(), 2);
    assert_eq!(reaper.take_over(&noon(), "https://other.example/", false).unwrap(), []);
    let taken = reaper.take_over(&noon(), SERVER, false).unwrap();
    let found: Vec<_> =
        taken.iter().map(|entry| (entry.key.as_str(), entry.id.as_deref(), entry.request.is_some())).collect();
    assert_eq!(found, [("a", Some("w_1"), false), ("b", None, true)]);
    assert_eq!(taken[0].used, seconds(12.5));
    assert_eq!(late.take_over(&noon(), SERVER, true).unwrap(), [], "somebody sees to them");
    reaper.ended(&noon(), "a", None).unwrap();
    assert_eq!(used(&late, &noon(), Period::Day, "default", Scope::User), 12.5, "what was known stands");
    die(reaper, &folder);
    assert_eq!(only(late.take_over(&noon(), SERVER, false).unwrap()).key, "b", "a reaper that dies is reaped");
}

#[test]
fn what_was_kept_on_purpose_is_taken_over_only_when_asked_for() {
    let folder = Folder::new();
    let maker = folder.open();
    reserve(&maker, &noon(), "a", Session::Exactly(60.0), &Budgets::default()).unwrap();
    maker.held(&noon(), "a", "w_1").unwrap();
    maker.kept("a").unwrap();
    drop(maker);
    let reaper = folder.open();
    assert_eq!(reaper.take_over(&noon(), SERVER, false).unwrap(), []);
    assert_eq!(only(reaper.take_over(&noon(), SERVER, true).unwrap()).state, State::Held);
}

#[test]
fn what_could_not_be_ended_is_taken_over_although_its_owner_lives() {
    let folder = Folder::new();
    let (owner, reaper) = (folder.open(), folder.open());
    reserve(&owner, &noon(), "a", Session::Exactly(60.0), &Budgets::default()).unwrap();
    owner.unresolved("a").unwrap();
    assert_eq!(only(reaper.take_over(&noon(), SERVER, false).unwrap()).key, "a");
    assert_eq!(owner.take_over(&noon(), SERVER, false).unwrap(), [], "it has changed hands");
}

/// A bill is booked once, whoever brings it, and the server's last word wins over what ticks said.
#[test]
fn an_end_that_is_told_twice_is_booked_once() {
    let folder = Folder::new();
    let books = folder.open();
    reserve(&books, &noon(), "a", Session::Exactly(60.0), &Budgets::default()).unwrap();
    books.held(&noon(), "a", "w_1").unwrap();
    for ticks in [3.0, 9.0, 5.0] {
        books.used(&noon(), "a", seconds(ticks)).unwrap();
    }
    assert_eq!(used(&books, &noon(), Period::Day, "default", Scope::User), 9.0, "time does not run backwards");
    books.ended(&noon(), "a", Some(seconds(8.5))).unwrap();
    books.ended(&noon(), "a", Some(seconds(99.0))).unwrap();
    books.used(&noon(), "a", seconds(50.0)).unwrap();
    assert_eq!(used(&books, &noon(), Period::Day, "default", Scope::User), 8.5);
    let entry = books.find(SERVER, "w_1").unwrap().unwrap();
    assert_eq!((entry.state, entry.used), (State::Ended, seconds(8.5)));
}

/// A server's word is no reason to believe that a world gave time back, or took for ever.
#[test]
fn a_bill_that_is_no_amount_counts_as_nothing() {
    let folder = Folder::new();
    let books = folder.open();
    for (key, bill) in [("a", -5.0), ("b", f64::NAN), ("c", f64::INFINITY)] {
        reserve(&books, &noon(), key, Session::Open, &Budgets::default()).unwrap();
        books.ended(&noon(), key, Some(Amount { seconds: bill, credits: bill })).unwrap();
    }
    assert_eq!(used(&books, &noon(), Period::Month, "default", Scope::User), 0.0);
}

/// HO-23: what a tick claims, however great, is gone when the bill comes, and what others used that day is still there.
#[test]
fn a_wild_claim_takes_nothing_of_the_day_with_it() {
    let folder = Folder::new();
    let books = folder.open();
    for key in ["a", "b"] {
        reserve(&books, &noon(), key, Session::Open, &Budgets::default()).unwrap();
    }
    books.used(&noon(), "a", seconds(100.0)).unwrap();
    books.used(&noon(), "b", seconds(1e300)).unwrap();
    assert!(used(&books, &noon(), Period::Day, "default", Scope::User) > 1e6, "believed until the bill says otherwise");
    books.ended(&noon(), "b", Some(seconds(3.25))).unwrap();
    let day = used(&books, &noon(), Period::Day, "default", Scope::User);
    assert!((day - 103.25).abs() < 1e-3, "{day}");
}

#[cfg(unix)]
#[test]
fn the_books_are_for_their_user_alone() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = Folder::new();
    let books = folder.open();
    reserve(&books, &noon(), "a", Session::Open, &Budgets::default()).unwrap();
    let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    let path = folder.path();
    assert_eq!(mode(path.parent().unwrap()), 0o700);
    assert_eq!(mode(&path.with_file_name("books.sqlite.owners")), 0o700);
    for file in files(path.parent().unwrap()).into_iter().filter(|file| file.is_file()) {
        assert_eq!(mode(&file), 0o600, "{file:?}");
    }
}

#[test]
fn books_of_a_newer_program_are_left_alone() {
    let folder = Folder::new();
    drop(folder.open());
    let raw = rusqlite::Connection::open(folder.path()).unwrap();
    raw.pragma_update(None, "user_version", 99).unwrap();
    drop(raw);
    assert!(matches!(Books::open(&folder.path()), Err(BooksError::Newer { found: 99, .. })));
}

#[test]
fn a_file_that_is_no_database_is_an_error_that_names_it() {
    let folder = Folder::new();
    let path = folder.0.path().join("notes.txt");
    std::fs::write(&path, "these are notes, and no database at all; ".repeat(50)).unwrap();
    assert!(Books::open(&path).is_err());
    assert!(Books::open(folder.0.path()).unwrap_err().to_string().contains(folder.0.path().to_str().unwrap()));
}
