//! A stream that broke goes on (HO-19): the holder of its token finds the world as it left it, and nobody else takes its place
//! unnoticed.
#![cfg(feature = "server")]
#![allow(clippy::unwrap_used, missing_docs, reason = "a test")]

mod server_support;

use seaglass::media::Tier;
use seaglass::sim::ServerHandle;
use seaglass::wire::{
    AckStatus, AudioRequest, CloseCode, CommandId, Control, Down, Envelope, RESUME_HEADER, TierName, Up, WorldInfo,
    WorldState,
};
use serde_json::{Value, json};
use server_support::*;

fn id(name: &str) -> CommandId {
    CommandId::new(name).unwrap()
}

fn direct(name: &str, input: u32) -> Up {
    Up::Direct { id: id(name), text: Some("let it rain".into()), action: None, input, issued_us: 77 }
}

async fn ack(stream: &mut Stream, name: &str) -> AckStatus {
    stream
        .event(|event| match event {
            Down::Ack { id, status, .. } if id.as_str() == name => Some(status),
            _ => None,
        })
        .await
}

async fn first_video(stream: &mut Stream) -> Envelope {
    stream.unit(|envelope, _| is_video(&envelope).then_some(envelope)).await
}

fn token(stream: &Stream) -> String {
    stream.hello.resume.as_ref().unwrap().expose().to_owned()
}

/// Status and body of a refused attempt to resume, which comes before any upgrade.
async fn refusal(server: &ServerHandle, world: &WorldInfo, token: &str) -> (u16, Value) {
    let path = format!("/v1/worlds/{}/stream", world.id);
    let (status, body) = answer(reqwest::Client::new().get(url(server, &path)).header(RESUME_HEADER, token)).await;
    (status, body["error"]["code"].clone())
}

/// HO-19, HO-8
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_resumed_stream_finds_tier_pin_sound_scene_and_inputs_as_it_left_them() {
    let server = server().await;
    let world = create(&server, json!({})).await;
    let mut stream = open(&server, &world).await;
    let hello = stream.hello.clone();
    assert!(hello.capabilities.resume && !hello.resumed && !hello.pinned && hello.stream == 1);
    stream.send(&Up::Quality { id: id("q"), tier: TierName::Known(Tier::Standard), pinned: true }).await;
    stream.send(&Up::Audio { id: id("a"), audio: AudioRequest { enabled: false, formats: vec![] } }).await;
    stream.send(&direct("d", 5)).await;
    assert_eq!(ack(&mut stream, "d").await, AckStatus::Applied);
    let before = stream.unit(|envelope, _| (envelope.input.is_some()).then_some(envelope)).await;
    let held = token(&stream);
    drop(stream);

    let mut stream = resume(&server, &world, &held).await.unwrap();
    let hello = stream.hello.clone();
    assert!(hello.resumed && hello.pinned && hello.stream == 2 && token(&stream) == held);
    assert_eq!((hello.tier.name.as_str(), hello.audio.enabled), ("standard", false));
    assert_eq!(hello.state_version, before.state_version);
    let first = first_video(&mut stream).await;
    assert!(first.keyframe && first.discontinuity && first.sequence == 0 && first.epoch == hello.epoch);
    assert!(first.epoch > before.epoch && first.pts_us > before.pts_us);
    assert_eq!(first.input, Some((5, 77)), "inputs go on counting");
    stream.send(&Up::Control(Control { input: 4, issued_us: 1, ..Control::default() })).await;
    stream.send(&Up::Control(Control { input: 6, issued_us: 2, ..Control::default() })).await;
    let newest = stream.unit(|envelope, _| envelope.input.filter(|(input, _)| *input != 5)).await;
    assert_eq!(newest, (6, 2));
    assert!(stream.unit(|envelope, _| Some(is_video(&envelope))).await, "sound stays off");
}

/// HO-28: what was not acknowledged is sent again under its id, and done once.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn commands_sent_again_after_a_resume_are_done_once() {
    let server = server().await;
    let world = create(&server, json!({ "audio": { "enabled": false } })).await;
    let mut stream = open(&server, &world).await;
    stream.send(&direct("one", 1)).await;
    assert_eq!(ack(&mut stream, "one").await, AckStatus::Applied);
    let version = first_video(&mut stream).await.state_version;
    let held = token(&stream);
    drop(stream);
    let mut stream = resume(&server, &world, &held).await.unwrap();
    stream.send(&direct("one", 1)).await;
    stream.send(&direct("two", 2)).await;
    assert_eq!(ack(&mut stream, "one").await, AckStatus::Duplicate);
    assert_eq!(ack(&mut stream, "two").await, AckStatus::Applied);
    let after = stream.unit(|envelope, _| envelope.input.filter(|(input, _)| *input == 2).map(|_| envelope)).await;
    assert!(after.state_version > version);
    let (_, info) = get(&server, &format!("/v1/worlds/{}", world.id)).await;
    assert_eq!(info["state_version"], json!(stream.hello.state_version + 1), "one change, though three were sent");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_paused_world_is_still_paused_after_a_resume() {
    let server = server().await;
    let world = create(&server, json!({})).await;
    let mut stream = open(&server, &world).await;
    stream.send(&Up::Pause { id: id("p") }).await;
    assert_eq!(ack(&mut stream, "p").await, AckStatus::Applied);
    let held = token(&stream);
    drop(stream);
    let mut stream = resume(&server, &world, &held).await.unwrap();
    assert_eq!(stream.hello.state, WorldState::Paused);
    stream.send(&Up::Ping { issued_us: 1 }).await;
    let next = stream.next().await;
    assert!(matches!(next, Seen::Event(Down::Pong { .. })), "{next:?} while time stands still");
    stream.send(&Up::Resume { id: id("r") }).await;
    assert!(first_video(&mut stream).await.keyframe);
}

/// HO-26, HO-28: the server may hold the old stream for alive long after its client has given it up.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_resumed_stream_replaces_its_half_open_forerunner_as_often_as_it_must() {
    let server = server().await;
    let world = create(&server, json!({})).await;
    let mut before = open(&server, &world).await;
    let held = token(&before);
    // Each time as if the hello of the stream before had been lost.
    for number in 2..5 {
        let after = resume(&server, &world, &held).await.unwrap();
        assert_eq!((after.hello.stream, after.hello.resumed), (number, true));
        assert_eq!(before.read_to_the_end().await.1, CloseCode::Replaced);
        before = after;
    }
    first_video(&mut before).await;
}

/// HO-28: at most one holder, and the one that was sent away is told so instead of taking the world back.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_token_is_refused_once_another_holder_has_taken_over() {
    let server = server().await;
    let world = create(&server, json!({})).await;
    let first = open(&server, &world).await;
    let old = token(&first);
    drop(first);
    let mut second = open(&server, &world).await;
    let held = token(&second);
    assert!(held != old && !second.hello.resumed && second.hello.stream == 2);
    for wrong in [old.as_str(), "unheard-of", "not visible \u{e9}", ""] {
        assert_eq!(refusal(&server, &world, wrong).await, (409, json!("conflict")), "{wrong:?}");
    }
    first_video(&mut second).await;
    // By the query, as a browser does it.
    let address = format!("/v1/worlds/{}/stream?resume={old}", world.id);
    assert_eq!(get(&server, &address).await.0, 409);
    let address = format!("ws://{}/v1/worlds/{}/stream?resume={held}", server.address(), world.id);
    let mut request = tokio_tungstenite::tungstenite::client::IntoClientRequest::into_client_request(address).unwrap();
    request.headers_mut().insert("Sec-WebSocket-Protocol", seaglass::wire::PROTOCOL.parse().unwrap());
    let third = Stream::over(tokio_tungstenite::connect_async(request).await.unwrap().0).await;
    assert!(third.hello.resumed);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_world_that_is_over_is_not_resumed() {
    let server = server().await;
    let world = create(&server, json!({ "limits": { "grace_s": 0.02 } })).await;
    let held = token(&open(&server, &world).await);
    let path = format!("/v1/worlds/{}", world.id);
    get_until(&server, &path, |world| !world["ended"].is_null()).await;
    assert_eq!(refusal(&server, &world, &held).await, (410, json!("world_ended")));
    assert_eq!(delete(&server, &path).await.0, 200);
    assert_eq!(refusal(&server, &world, &held).await, (404, json!("not_found")));
}

/// HO-30: the token stands beside the key and not in its place.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_token_opens_nothing_without_the_key() {
    let server = server_with(|config| config.key = Some("right".to_owned().into())).await;
    let body = json!({ "world": "calibration", "tier": "draft" });
    let (_, info) = answer(reqwest::Client::new().post(url(&server, "/v1/worlds")).bearer_auth("right").json(&body)).await;
    let world: WorldInfo = serde_json::from_value(info).unwrap();
    let key = ("Authorization", "Bearer right");
    let held = token(&open_with(&server, &world, &[key]).await.unwrap());
    assert_eq!(refusal(&server, &world, &held).await, (401, json!("unauthorized")));
    assert!(open_with(&server, &world, &[key, (RESUME_HEADER, &held)]).await.unwrap().hello.resumed);
}
