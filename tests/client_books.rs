//! HO-23, HO-25, HO-28: what the client writes into the books, what it refuses by them, and what a reaper finds there; and X-5,
//! what is sent again.
#![allow(clippy::unwrap_used, reason = "a test stops at what it does not expect")]
#![cfg(feature = "server")]

mod client_support;

use std::sync::Arc;
use std::time::Duration;

use client_support::*;
use jiff::Zoned;
use jiff::tz::TimeZone;
use seaglass::books::{Amount, Books, Budget, Budgets, Intent, Limit, Session, State};
use seaglass::client::{
    Auth, Bookkeeping, Category, ClientConfig, ClientError, Reap, ReapOutcome, SessionManager, WorldEvent,
};
use seaglass::clock::{Clock, wall_clock};
use seaglass::sim::{Server, ServerConfig, ServerHandle};
use seaglass::wire::{AckStatus, CommandId, CreateWorld, Limits, Usage, WorldId};

struct Desk {
    folder: tempfile::TempDir,
}

impl Desk {
    fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    fn open(&self) -> Arc<Books> {
        Arc::new(Books::open(&self.folder.path().join("books.sqlite")).unwrap())
    }

    /// A manager that keeps books, and the books it keeps.
    fn manager(&self, url: &str, budgets: Budgets) -> (SessionManager, Arc<Books>) {
        let books = self.open();
        let mut config = ClientConfig::new(url, Auth::none(), Clock::start());
        config.books = Some(Bookkeeping { budgets, ..Bookkeeping::new(Arc::clone(&books)) });
        config.request_timeout = Duration::from_secs(10);
        (SessionManager::new(config).unwrap(), books)
    }
}

fn today() -> Zoned {
    wall_clock().to_zoned(TimeZone::system())
}

fn per_day(seconds: f64) -> Budgets {
    let day = Limit { seconds: Some(seconds), credits: None };
    Budgets { user: Budget { day, ..Budget::default() }, ..Budgets::default() }
}

fn used_today(books: &Books) -> Amount {
    books.balances(&today(), "default", &Budgets::default()).unwrap()[0].used
}

fn sink() -> Box<Keep> {
    Box::default()
}

async fn server() -> ServerHandle {
    let mut config = ServerConfig::new("127.0.0.1:0".parse().unwrap());
    config.credits_per_second = 2.0;
    Server::start(config).await.unwrap()
}

fn url(server: &ServerHandle) -> String {
    format!("http://{}/", server.address())
}

async fn usage(server: &ServerHandle) -> Usage {
    let answer = reqwest::get(format!("{}v1/usage", url(server))).await.unwrap();
    serde_json::from_slice(&answer.bytes().await.unwrap()).unwrap()
}

fn calibration() -> CreateWorld {
    CreateWorld { world: Some("calibration".to_owned()), ..CreateWorld::default() }
}

/// As a process that was killed leaves it: an entry whose owner is gone.
fn leave_behind(desk: &Desk, server: &str, key: &str, id: Option<&str>, request: &CreateWorld) {
    let books = desk.open();
    let intent =
        Intent { key, profile: "default", server, summary: "left", session: Session::Open, credits_per_second: None };
    let text = serde_json::to_string(request).unwrap();
    books.reserve(&today(), &intent, |_| text, &Budgets::default()).unwrap().unwrap();
    if let Some(id) = id {
        books.held(&today(), key, id).unwrap();
    }
}

#[tokio::test]
async fn the_ledger_has_what_the_server_bills_to_the_last_frame() {
    let (desk, server) = (Desk::new(), server().await);
    let (manager, books) = desk.manager(&url(&server), per_day(600.0));
    let mut world = manager.create(calibration(), sink()).await.unwrap();
    let entry = books.open_entries().unwrap().pop().unwrap();
    assert_eq!((entry.state, entry.id.as_deref()), (State::Held, Some(world.id().as_str())));
    assert_eq!((entry.reserved.seconds, entry.summary.as_str()), (600.0, "calibration"));
    until(&mut world, |event| matches!(event, WorldEvent::Tick { seconds_used, .. } if *seconds_used > 0.0)).await;
    world.close().await.unwrap();
    let usage = usage(&server).await;
    assert!(usage.seconds_used > 0.0 && usage.credits_used > 0.0, "{usage:?}");
    assert_eq!(used_today(&books), Amount { seconds: usage.seconds_used, credits: usage.credits_used });
    assert_eq!(books.open_entries().unwrap(), []);
    server.shutdown().await;
}

/// A crash loses at most what was used since the last ticks were written: two seconds.
#[tokio::test]
async fn what_a_world_uses_is_written_down_as_it_comes() {
    let (desk, server) = (Desk::new(), server().await);
    let (manager, books) = desk.manager(&url(&server), Budgets::default());
    let mut world = manager.create(calibration(), sink()).await.unwrap();
    until(&mut world, |event| matches!(event, WorldEvent::Tick { seconds_used, .. } if *seconds_used > 0.0)).await;
    let begun = Clock::start();
    while used_today(&books).seconds == 0.0 {
        assert!(begun.now().as_secs_f64() < STUCK.as_secs_f64());
        tokio::task::yield_now().await;
    }
    world.close().await.unwrap();
    server.shutdown().await;
}

/// HO-23: refused before anything is sent, with all figures.
#[tokio::test]
async fn a_create_beyond_a_budget_sends_nothing() {
    let (desk, fake) = (Desk::new(), Fake::start(Manners::default()));
    let (manager, _) = desk.manager(&fake.url(), per_day(60.0));
    let limits = Some(Limits { session_s: Some(61.0), ..Limits::default() });
    let error = manager.create(CreateWorld { limits, ..prompt() }, sink()).await.map(drop).unwrap_err();
    assert!(matches!(error, ClientError::Budget(denied) if denied.limit == 60.0), "{error:?}");
    assert_eq!(error.category(), Category::Budget);
    assert_eq!(fake.requests(), Vec::<String>::new());
}

/// Two processes with one budget: the second sees what the first has set aside, and what is left becomes its world's own limit.
#[tokio::test]
async fn what_one_process_has_set_aside_another_cannot_spend() {
    let (desk, fake) = (Desk::new(), Fake::start(Manners::default()));
    let (first, _) = desk.manager(&fake.url(), per_day(100.0));
    let (second, _) = desk.manager(&fake.url(), per_day(100.0));
    let limits = Some(Limits { session_s: Some(70.0), ..Limits::default() });
    let world = first.create(CreateWorld { limits, ..prompt() }, sink()).await.unwrap();
    let other = second.create(prompt(), sink()).await.unwrap();
    let entries = desk.open().open_entries().unwrap();
    assert_eq!(entries.iter().map(|entry| entry.reserved.seconds).collect::<Vec<_>>(), [70.0, 30.0]);
    let error = second.create(prompt(), sink()).await.map(drop).unwrap_err();
    assert!(matches!(error, ClientError::Budget(_)), "{error:?}");
    world.close().await.unwrap();
    other.close().await.unwrap();
}

/// HO-25: the reply to a create is lost, again and again; the key is voided, and nothing is left behind.
#[tokio::test]
async fn a_create_whose_reply_is_lost_is_repeated_under_its_key_and_then_voided() {
    let (desk, fake) = (Desk::new(), Fake::start(Manners { create: String::new(), ..Manners::default() }));
    let (manager, books) = desk.manager(&fake.url(), Budgets::default());
    let error = manager.create(prompt(), sink()).await.map(drop).unwrap_err();
    assert_eq!(error.category(), Category::Network, "{error:?}");
    assert_eq!(fake.creates(), 4);
    let voided = fake.requests().iter().filter(|head| head.starts_with("DELETE /v1/worlds/keys/")).count();
    assert_eq!(voided, 1, "{:?}", fake.requests());
    assert_eq!(books.open_entries().unwrap(), []);
}

#[tokio::test]
async fn a_create_of_which_nothing_can_be_found_out_is_an_unknown_outcome_that_the_journal_remembers() {
    let delete = json("500 Internal Server Error", "{}");
    let (desk, fake) = (Desk::new(), Fake::start(Manners { create: String::new(), delete, ..Manners::default() }));
    let (manager, books) = desk.manager(&fake.url(), Budgets::default());
    let error = manager.create(prompt(), sink()).await.map(drop).unwrap_err();
    assert!(matches!(error, ClientError::OutcomeUnknown { .. }), "{error:?}");
    let entry = books.open_entries().unwrap().pop().unwrap();
    assert_eq!((entry.state, entry.request.is_some()), (State::Unresolved, true));
}

#[tokio::test]
async fn a_create_that_is_refused_leaves_no_entry_and_sets_nothing_aside() {
    let create = json("401 Unauthorized", r#"{"error":{"code":"unauthorized"}}"#);
    let (desk, fake) = (Desk::new(), Fake::start(Manners { create, ..Manners::default() }));
    let (manager, books) = desk.manager(&fake.url(), per_day(60.0));
    for _ in 0..2 {
        let error = manager.create(prompt(), sink()).await.map(drop).unwrap_err();
        assert_eq!(error.category(), Category::Auth, "{error:?}");
    }
    assert_eq!((fake.creates(), fake.deletes()), (2, 0));
    assert_eq!(books.open_entries().unwrap(), []);
}

#[tokio::test]
async fn a_world_that_cannot_be_ended_stays_in_the_journal_until_it_is_reaped() {
    let (desk, server) = (Desk::new(), server().await);
    let id = {
        let (manager, _) = desk.manager(&url(&server), Budgets::default());
        manager.create_detached(calibration()).await.unwrap().id
    };
    let books = desk.open();
    let key = books.open_entries().unwrap().pop().unwrap().key;
    books.unresolved(&key).unwrap();
    let (manager, _) = desk.manager(&url(&server), Budgets::default());
    let reaped = manager.reap(Reap::default()).await.unwrap();
    assert_eq!(reaped[0].id.as_ref(), Some(&id));
    assert!(matches!(reaped[0].outcome, ReapOutcome::Ended(Some(_))), "{reaped:?}");
    assert_eq!((manager.list().await.unwrap(), books.open_entries().unwrap()), (vec![], vec![]));
    server.shutdown().await;
}

/// Killed at three moments: before the create was sent, before its reply was read, and later.
#[tokio::test]
async fn what_a_killed_process_left_is_ended_and_booked_by_the_next() {
    let (desk, server) = (Desk::new(), server().await);
    let request = |key: &str| CreateWorld { idempotency_key: Some(key.to_owned()), ..calibration() };
    let post = async |key: &str| {
        let answer = reqwest::Client::new().post(format!("{}v1/worlds", url(&server))).json(&request(key)).send().await;
        serde_json::from_slice::<serde_json::Value>(&answer.unwrap().bytes().await.unwrap()).unwrap()["id"].clone()
    };
    leave_behind(&desk, &url(&server), "never-sent", None, &request("never-sent"));
    post("reply-lost").await;
    leave_behind(&desk, &url(&server), "reply-lost", None, &request("reply-lost"));
    let id = post("held").await;
    leave_behind(&desk, &url(&server), "held", id.as_str(), &request("held"));
    let (manager, books) = desk.manager(&url(&server), Budgets::default());
    let found = manager.reap(Reap { dry_run: true, ..Reap::default() }).await.unwrap();
    assert_eq!(found.iter().filter(|world| world.outcome == ReapOutcome::Found).count(), 3);
    assert_eq!(manager.list().await.unwrap().len(), 2, "a dry run ends nothing");
    let reaped = manager.reap(Reap::default()).await.unwrap();
    assert!(reaped.iter().all(|world| matches!(world.outcome, ReapOutcome::Ended(_))), "{reaped:?}");
    assert_eq!((manager.list().await.unwrap(), books.open_entries().unwrap()), (vec![], vec![]));
    let late = manager.create(request("never-sent"), sink()).await.map(drop).unwrap_err();
    assert_eq!(late.category(), Category::Usage, "its journal has that key already: {late:?}");
    let usage = usage(&server).await;
    assert_eq!(used_today(&books).seconds, usage.seconds_used);
    assert_eq!(manager.reap(Reap::default()).await.unwrap(), []);
    server.shutdown().await;
}

#[tokio::test]
async fn a_detached_world_lives_on_is_directed_by_post_and_is_ended_by_anybody() {
    let (desk, server) = (Desk::new(), server().await);
    let (maker, books) = desk.manager(&url(&server), Budgets::default());
    let world = maker.create_detached(calibration()).await.unwrap();
    assert!(maker.settled().await);
    drop(maker);
    assert_eq!(books.open_entries().unwrap()[0].state, State::Kept);
    let (other, _) = desk.manager(&url(&server), Budgets::default());
    assert_eq!(other.reap(Reap::default()).await.unwrap(), [], "kept on purpose");
    let command = || CommandId::new("c-1").unwrap();
    let first = other.direct(&world.id, command(), "let it rain").await.unwrap();
    let again = other.direct(&world.id, command(), "let it rain").await.unwrap();
    assert_ne!(first.status, AckStatus::Duplicate);
    assert_eq!(again.status, AckStatus::Duplicate, "HO-28");
    let bill = other.end(&world.id).await.unwrap().unwrap();
    assert_eq!(used_today(&books).seconds, bill.seconds);
    assert_eq!(books.open_entries().unwrap(), []);
    server.shutdown().await;
}

/// A world that was kept and has ended by itself is booked by the next reap.
#[tokio::test]
async fn a_kept_world_that_ended_by_itself_is_booked() {
    let (desk, server) = (Desk::new(), server().await);
    let (manager, books) = desk.manager(&url(&server), per_day(60.0));
    let world = manager.create_detached(calibration()).await.unwrap();
    let ended = reqwest::Client::new().delete(format!("{}v1/worlds/{}", url(&server), world.id)).send().await.unwrap();
    assert!(ended.status().is_success());
    assert_eq!(books.open_entries().unwrap().len(), 1);
    assert_eq!(manager.reap(Reap::default()).await.unwrap(), []);
    assert_eq!(books.open_entries().unwrap(), []);
    server.shutdown().await;
}

/// The runtime goes down under a create that is on its way: nobody will read the answer.
#[test]
fn a_create_that_is_cut_off_with_its_runtime_is_voided() {
    let fake = Fake::start(Manners { create: String::new(), ..Manners::default() });
    let desk = Desk::new();
    let (manager, books) = desk.manager(&fake.url(), Budgets::default());
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let creating = manager.clone();
    runtime.spawn(async move { drop(creating.create(prompt(), sink()).await) });
    while fake.creates() == 0 {
        std::thread::yield_now();
    }
    runtime.shutdown_background();
    fake.wait_for_delete();
    drop(manager);
    assert!(fake.requests().iter().any(|head| head.starts_with("DELETE /v1/worlds/keys/")), "{:?}", fake.requests());
    assert_eq!(books.open_entries().unwrap(), []);
}

/// X-5: a read is sent again where that may help, and the last answer is told.
#[tokio::test]
async fn a_read_is_repeated_a_few_times_and_then_told() {
    let busy = json("503 Service Unavailable", r#"{"error":{"code":"busy","message":"full","retryable":true}}"#);
    let fake = Fake::start(Manners { stream: Stream::Answer(busy), ..Manners::default() });
    let error = fake.manager().show(&WorldId::new("w_1").unwrap()).await.unwrap_err();
    assert!(matches!(error, ClientError::Refused { status: 503, .. }), "{error:?}");
    assert_eq!(fake.requests().len(), 4);
    let gone = json("404 Not Found", r#"{"error":{"code":"not_found"}}"#);
    let fake = Fake::start(Manners { stream: Stream::Answer(gone), ..Manners::default() });
    assert!(fake.manager().list().await.is_err());
    assert_eq!(fake.requests().len(), 1, "what is no is no");
}
