//! A world ends when it has run for long enough, or when nobody wants anything of it, and says so before. When exactly is tested
//! without a clock, beside the code that decides it.
#![cfg(feature = "server")]
#![allow(clippy::unwrap_used, missing_docs, reason = "a test")]

mod server_support;

use std::time::Duration;

use seaglass::wire::{CloseCode, CommandId, Control, Down, EndReason, Feedback, LimitKind, Up};
use serde_json::json;
use server_support::*;

fn warnings(events: &[Down]) -> Vec<(LimitKind, f64)> {
    events
        .iter()
        .filter_map(|event| match event {
            Down::Warning { limit, seconds_left, message } => {
                assert!(!message.is_empty());
                Some((limit.clone(), *seconds_left))
            }
            _ => None,
        })
        .collect()
}

/// HO-21, HO-29
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_longest_session_is_announced_counted_down_warned_of_and_kept() {
    let server = server_with(|config| config.credits_per_second = 2.0).await;
    let world = create(&server, json!({ "limits": { "session_s": 1.5 } })).await;
    let mut stream = open(&server, &world).await;
    assert_eq!(stream.hello.limits.session_s, Some(1.5));
    stream.send(&Up::Control(Control { input: 1, issued_us: 1, ..Control::default() })).await;
    let (events, code) = stream.read_to_the_end().await;
    assert_eq!((events.last(), code), (Some(&Down::Ended { reason: EndReason::Limit }), CloseCode::Limit));
    let [(LimitKind::Session, left)] = warnings(&events)[..] else { panic!("{events:?}") };
    assert!(left > 0.0 && left <= 1.5 / 5.0, "{left} s left at four fifths");
    let tick = |event: &Down| match event {
        Down::Tick { seconds_used, seconds_left, credits } => Some((*seconds_used, seconds_left.unwrap(), credits.unwrap())),
        _ => None,
    };
    let (used, left, credits) = events.iter().find_map(tick).unwrap();
    // The tick tells of the frame that is shown next: 1 s may be a frame away.
    assert!(used == 1.0 && credits == 2.0 && left <= 0.55, "{used} s used, {left} s left, {credits} credits");
    let (_, info) = get(&server, &format!("/v1/worlds/{}", world.id)).await;
    assert_eq!(info["ended"], json!("limit"));
}

/// HO-22: what a client sends by itself is no sign of its user.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_world_of_which_nobody_wants_anything_ends_though_its_client_talks_on() {
    let server = server().await;
    let world = create(&server, json!({ "limits": { "idle_s": 0.6 } })).await;
    let mut stream = open(&server, &world).await;
    assert_eq!(stream.hello.limits.idle_s, Some(0.6));
    let mut events = Vec::new();
    let code = loop {
        match stream.next().await {
            Seen::Closed(code) => break code,
            Seen::Event(event) => events.push(event),
            Seen::Unit(..) => {
                // The socket may have gone meanwhile; what was sent before is read to its end.
                for message in [Up::Ping { issued_us: 1 }, Up::Keyframe {}, Up::Feedback(Feedback::default())] {
                    drop(futures_util::SinkExt::send(&mut stream.socket, message.print().into()).await);
                }
            }
        }
    };
    assert_eq!((events.last(), code), (Some(&Down::Ended { reason: EndReason::Idle }), CloseCode::Idle));
    let [(LimitKind::Idle, left)] = warnings(&events)[..] else { panic!("{events:?}") };
    assert!(left > 0.0 && left <= 0.6 / 5.0, "{left} s left when a fifth is");
}

/// HO-22: any command stays, on any path.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_wish_after_the_warning_keeps_the_world() {
    let server = server().await;
    let world = create(&server, json!({ "limits": { "idle_s": 2.0 } })).await;
    let mut stream = open(&server, &world).await;
    let warned = |event| matches!(event, Down::Warning { limit: LimitKind::Idle, .. }).then_some(());
    stream.event(warned).await;
    stream.send(&Up::Pause { id: CommandId::new("p").unwrap() }).await;
    // Warned again, and while time stands still: so the first deadline has passed without an end.
    stream.event(warned).await;
    let path = format!("/v1/worlds/{}/direct", world.id);
    assert_eq!(post(&server, &path, json!({ "id": "d", "text": "rain" })).await.0, 200);
    stream.event(warned).await;
    assert_eq!(stream.read_to_the_end().await.1, CloseCode::Idle);
}

/// HO-21: unwatched and paused time counts: it is the server's time, too.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_session_ends_though_nobody_watches_or_time_stands_still() {
    let server = server().await;
    let limits = json!({ "limits": { "session_s": 0.3, "grace_s": 600.0 } });
    let (alone, paused) = (create(&server, limits.clone()).await, create(&server, limits).await);
    let mut stream = open(&server, &paused).await;
    stream.send(&Up::Pause { id: CommandId::new("p").unwrap() }).await;
    let (events, code) = stream.read_to_the_end().await;
    assert_eq!((warnings(&events).len(), code), (1, CloseCode::Limit));
    let path = format!("/v1/worlds/{}", alone.id);
    let ended = loop {
        let (_, info) = get(&server, &path).await;
        if !info["ended"].is_null() {
            break info["ended"].clone();
        }
    };
    assert_eq!(ended, json!("limit"));
}

/// HO-21, HO-22: a server has limits of its own, and says which are in force.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_shortens_what_is_asked_for_and_says_so() {
    let server = server_with(|config| {
        config.longest_session = Some(Duration::from_secs(60));
        config.longest_idle = Some(Duration::from_secs(20));
    })
    .await;
    for (asked, session, idle) in [
        (json!({}), 60.0, 20.0),
        (json!({ "limits": { "session_s": 3600.0, "idle_s": 1e300 } }), 60.0, 20.0),
        (json!({ "limits": { "session_s": 10.0, "idle_s": 5.5 } }), 10.0, 5.5),
    ] {
        let world = create(&server, asked).await;
        let limits = open(&server, &world).await.hello.limits;
        assert_eq!((limits.session_s, limits.idle_s), (Some(session), Some(idle)));
    }
}
