//! A world that was created is deleted on every way out, once (HO-5, HO-18, HO-20); and commands do not wait behind frames (HO-10).

mod client_support;
mod session_lab;

use std::time::Duration;

use client_support::*;
use seaglass::client::{Auth, ClientConfig, ClientError, SessionManager};
use seaglass::clock::Clock;
use seaglass::session::{Ending, Event};
use seaglass::wire::WorldId;
use session_lab::video;

fn sink() -> Box<Keep> {
    Box::default()
}

#[tokio::test]
async fn closing_deletes_once_and_tells_how_it_ended() {
    let fake = Fake::start(Manners::default());
    let manager = fake.manager();
    let mut world = manager.create(prompt(), sink()).await.unwrap();
    until(&mut world, |event| matches!(event, Event::Running(_))).await;
    assert_eq!(fake.deletes(), 0);
    assert_eq!(world.close().await, Ok(Ending::Local));
    assert_eq!(fake.deletes(), 1);
    assert!(manager.settled().await);
    assert_eq!((fake.creates(), fake.deletes()), (1, 1));
}

#[tokio::test]
async fn dropping_deletes_once_in_the_background() {
    let fake = Fake::start(Manners::default());
    let manager = fake.manager();
    let world = manager.create(prompt(), sink()).await.unwrap();
    drop(world);
    assert!(manager.settled().await);
    assert_eq!(fake.deletes(), 1);
}

/// Returning from `main` with a world in hand: the last drop waits for the DELETE.
#[tokio::test]
async fn when_the_last_of_manager_and_worlds_goes_the_deletion_is_done() {
    let fake = Fake::start(Manners::default());
    let world = fake.manager().create(prompt(), sink()).await.unwrap();
    drop(world);
    assert_eq!(fake.deletes(), 1);
}

#[test]
fn a_panic_of_the_holder_deletes_the_world() {
    let fake = Fake::start(Manners::default());
    let manager = fake.manager();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let task = runtime.spawn(async move {
        let _world = manager.create(prompt(), sink()).await.unwrap();
        panic!("on purpose");
    });
    assert!(runtime.block_on(task).unwrap_err().is_panic());
    assert_eq!(fake.deletes(), 1);
}

#[test]
fn a_runtime_that_goes_down_under_a_world_deletes_it() {
    let fake = Fake::start(Manners::default());
    let manager = fake.manager();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let world = runtime.block_on(manager.create(prompt(), sink())).unwrap();
    runtime.shutdown_background();
    // The driver went with the runtime and started the deletion, although the holder still holds the world.
    fake.wait_for_delete();
    drop((world, manager));
    assert_eq!(fake.deletes(), 1);
}

#[test]
fn a_world_dropped_outside_of_any_runtime_is_deleted() {
    let fake = Fake::start(Manners::default());
    let manager = fake.manager();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let world = runtime.block_on(manager.create(prompt(), sink())).unwrap();
    std::thread::spawn(move || drop((world, manager))).join().unwrap();
    assert_eq!(fake.deletes(), 1);
}

#[tokio::test]
async fn a_world_whose_creation_nobody_awaits_any_more_is_deleted() {
    let fake = Fake::start(Manners::default());
    let manager = fake.manager();
    let mut creating = Box::pin(manager.create(prompt(), sink()));
    // Polled once, the request is on its way; then the caller loses interest.
    assert!(futures_util::poll!(creating.as_mut()).is_pending());
    drop(creating);
    let seen = tokio::task::spawn_blocking(move || {
        fake.wait_for_delete();
        (fake.creates(), fake.deletes())
    });
    assert_eq!(seen.await.unwrap(), (1, 1));
}

#[tokio::test]
async fn a_world_that_is_gone_already_counts_as_deleted() {
    let gone = json("404 Not Found", r#"{"error":{"code":"not_found"}}"#);
    let fake = Fake::start(Manners { delete: gone, ..Manners::default() });
    let manager = fake.manager();
    let world = manager.create(prompt(), sink()).await.unwrap();
    assert!(world.close().await.is_ok());
    assert_eq!(manager.end(&WorldId::new("w_1").unwrap()).await, Ok(None));
}

#[tokio::test]
async fn a_deletion_that_fails_says_which_world_may_live_on() {
    let broken = json("500 Internal Server Error", r#"{"error":{"code":"internal","message":"no"}}"#);
    let fake = Fake::start(Manners { delete: broken, ..Manners::default() });
    let error = fake.manager().create(prompt(), sink()).await.unwrap().close().await.unwrap_err();
    assert!(matches!(&error, ClientError::NotDeleted { id, .. } if id.as_str() == "w_1"), "{error:?}");
    assert!(fake.deletes() > 1, "it is tried again within its time");
}

/// HO-20: the way out has its own deadline.
#[tokio::test]
async fn a_deletion_that_is_never_answered_holds_nobody_up_for_longer_than_its_own_time() {
    let fake = Fake::start(Manners { delete: String::new(), ..Manners::default() });
    let mut config = ClientConfig::new(fake.url(), Auth::none(), Clock::start());
    config.delete_timeout = Duration::from_millis(200);
    let world = SessionManager::new(config).unwrap().create(prompt(), sink()).await.unwrap();
    let error = tokio::time::timeout(STUCK, world.close()).await.unwrap().unwrap_err();
    assert!(matches!(&error, ClientError::NotDeleted { .. }), "{error:?}");
}

#[tokio::test]
async fn a_stream_that_breaks_deletes_the_world_at_once() {
    let fake = Fake::start(Manners::saying([], Then::Raw(Vec::new())));
    let manager = fake.manager();
    let mut world = manager.create(prompt(), sink()).await.unwrap();
    assert!(matches!(ending(&mut world).await, Ending::Lost { .. }));
    assert!(manager.settled().await);
    assert_eq!(fake.deletes(), 1, "although the holder has done nothing yet");
    drop(world);
    assert!(manager.settled().await);
    assert_eq!(fake.deletes(), 1);
}

#[tokio::test]
async fn a_stream_that_somebody_else_took_over_does_not_delete_the_world_under_them() {
    let fake = Fake::start(Manners::saying([], Then::Close(4009)));
    let manager = fake.manager();
    let mut world = manager.create(prompt(), sink()).await.unwrap();
    ending(&mut world).await;
    assert!(manager.settled().await);
    assert_eq!(fake.deletes(), 0);
    world.delete_on_drop(false);
    drop(world);
    assert!(manager.settled().await);
    assert_eq!(fake.deletes(), 0);
}

#[tokio::test]
async fn an_attached_world_is_left_alive_unless_asked_otherwise() {
    let fake = Fake::start(Manners::default());
    let manager = fake.manager();
    let id = WorldId::new("w_1").unwrap();
    let world = manager.attach(&id, sink()).await.unwrap();
    assert_eq!(world.close().await, Ok(Ending::Local));
    drop(manager.attach(&id, sink()).await.unwrap());
    assert!(manager.settled().await);
    assert_eq!(fake.deletes(), 0);
    let mut world = manager.attach(&id, sink()).await.unwrap();
    world.delete_on_drop(true);
    assert!(world.close().await.is_ok());
    assert_eq!((fake.creates(), fake.deletes()), (0, 1));
}

/// HO-10: the server sends frames without pause until it has read the command; a command behind frames would never come.
#[tokio::test]
async fn a_command_gets_through_a_flood_of_frames() {
    let frame = binary(&video(0, true));
    let fake = Fake::start(Manners::saying([], Then::Flood(frame, "let it rain")));
    let manager = fake.manager();
    let mut world = manager.create(prompt(), sink()).await.unwrap();
    until(&mut world, |event| matches!(event, Event::Running(_))).await;
    world.handle().direct("let it rain").unwrap();
    until(&mut world, |event| matches!(event, Event::Unknown { kind, .. } if kind == "aurora")).await;
    world.close().await.unwrap();
    assert_eq!(fake.deletes(), 1);
}

#[tokio::test]
async fn list_and_show_clean_what_the_server_says() {
    let fake = Fake::start(Manners {
        stream: Stream::Answer(json("200 OK", r#"{"worlds":[{"id":"w_1","state":"running","prompt":"a\u001b[2Jb"}]}"#)),
        ..Manners::default()
    });
    let worlds = fake.manager().list().await.unwrap();
    assert_eq!(worlds[0].prompt, "a[2Jb");
}
