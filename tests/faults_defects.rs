//! Each deliberate defect of the server does the wrong thing that it is for, so that a check which passes over it has missed it.
#![cfg(feature = "server")]
#![allow(clippy::unwrap_used, missing_docs, reason = "a test")]

mod server_support;

use std::collections::HashSet;

use seaglass::media::Tier;
use seaglass::sim::{Defect, ServerHandle};
use seaglass::wire::{AckStatus, CloseCode, CommandId, Down, Envelope, Kind, MAX_TEXT_BYTES, Up, WorldInfo};
use serde_json::json;
use server_support::*;

async fn with(defect: Defect) -> ServerHandle {
    server_with(|config| config.defects = defect.into()).await
}

async fn streamed(defect: Defect) -> (ServerHandle, WorldInfo, Stream) {
    let server = with(defect).await;
    let world = create(&server, json!({})).await;
    let stream = open(&server, &world).await;
    (server, world, stream)
}

fn id(name: &str) -> CommandId {
    CommandId::new(name).unwrap()
}

async fn ack(stream: &mut Stream) -> (AckStatus, u32) {
    stream
        .event(|event| match event {
            Down::Ack { status, state_version, .. } => Some((status, state_version)),
            _ => None,
        })
        .await
}

/// Auth.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn any_key_opens_every_door() {
    let server = server_with(|config| {
        config.key = Some("right".into());
        config.defects = Defect::AnyKey.into();
    })
    .await;
    let wrong = reqwest::Client::new().get(url(&server, "/v1/worlds")).bearer_auth("wrong");
    assert_eq!((answer(wrong).await.0, get(&server, "/v1/worlds").await.0), (200, 200));
}

/// Create (HO-28).
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_key_makes_two_worlds() {
    let server = with(Defect::ForgetsKeys).await;
    let one = create(&server, json!({ "idempotency_key": "k" })).await;
    let two = create(&server, json!({ "idempotency_key": "k" })).await;
    assert_ne!(one.id, two.id);
}

/// Life (HO-5).
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_deleted_world_lives_on() {
    let (server, world, mut stream) = streamed(Defect::Undead).await;
    assert!(delete(&server, &format!("/v1/worlds/{}", world.id)).await.0 < 300);
    assert_eq!(get(&server, &format!("/v1/worlds/{}", world.id)).await.0, 200);
    stream.unit(|envelope, _| is_video(&envelope).then_some(())).await;
}

/// Cmd (HO-28).
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_command_is_applied_twice() {
    let (_server, _, mut stream) = streamed(Defect::Twice).await;
    let command = Up::Direct { id: id("a"), text: Some("let it rain".into()), action: None, input: 0, issued_us: 0 };
    stream.send(&command).await;
    stream.send(&command).await;
    let (first, second) = (ack(&mut stream).await, ack(&mut stream).await);
    assert_eq!((first.0, second.0), (AckStatus::Applied, AckStatus::Applied));
    assert!(second.1 > first.1, "the world has changed again");
}

/// Stream.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stream_begins_without_a_keyframe() {
    let (_server, _, mut stream) = streamed(Defect::LateKeyframe).await;
    let first = stream.unit(|envelope, _| is_video(&envelope).then_some(envelope)).await;
    assert!(!first.keyframe && first.sequence == 0);
}

/// Stream (HO-27).
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn numbers_of_pictures_are_missing() {
    let (_server, _, mut stream) = streamed(Defect::Gaps).await;
    let mut numbers = Vec::new();
    stream
        .unit(|envelope, _| {
            numbers.extend(is_video(&envelope).then_some(envelope.sequence));
            numbers.windows(2).any(|pair| pair[1] != pair[0] + 1).then_some(())
        })
        .await;
}

/// Sync (HO-12): sound comes with pictures 250 ms older than itself.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sound_is_stamped_late() {
    let lead = async |server: &ServerHandle| {
        let world = create(server, json!({ "audio": { "enabled": true, "formats": ["pcm_s16le"] } })).await;
        let mut stream = open(server, &world).await;
        let mut first = [None, None];
        stream
            .unit(|envelope: Envelope, _| {
                first[usize::from(is_video(&envelope))].get_or_insert(envelope.pts_us);
                matches!(envelope.kind, Kind::Media(_)).then_some(())?;
                first[0].zip(first[1]).map(|(sound, picture)| sound - picture)
            })
            .await
    };
    let (right, wrong) = (lead(&server().await).await, lead(&with(Defect::LateSound).await).await);
    assert_eq!(wrong - right, 250_000);
}

/// Reconn (HO-19).
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_resumed_stream_has_forgotten_its_tier_or_is_not_resumed_at_all() {
    let (server, world, mut stream) = streamed(Defect::Forgetful).await;
    stream.send(&Up::Quality { id: id("q"), tier: Tier::Standard.into(), pinned: true }).await;
    ack(&mut stream).await;
    let token = stream.hello.resume.clone().unwrap();
    drop(stream);
    let mut again = resume(&server, &world, token.expose()).await.unwrap();
    let quality = |event| if let Down::Quality { tier, pinned, .. } = event { Some((tier.name, pinned)) } else { None };
    assert_eq!(again.event(quality).await, (Tier::Draft.into(), false));

    let (server, world, stream) = streamed(Defect::NoResume).await;
    let token = stream.hello.resume.clone().unwrap();
    assert_eq!(resume(&server, &world, token.expose()).await.err(), Some(409));
}

/// A stream opened with a token, or the status of the refusal.
async fn resume(server: &ServerHandle, world: &WorldInfo, token: &str) -> Result<Stream, u16> {
    use tokio_tungstenite::tungstenite::Error;
    use tokio_tungstenite::tungstenite::client::IntoClientRequest;
    let url = format!("ws://{}/v1/worlds/{}/stream", server.address(), world.id);
    let mut request = url.into_client_request().unwrap();
    request.headers_mut().insert("Sec-WebSocket-Protocol", seaglass::wire::PROTOCOL.parse().unwrap());
    request.headers_mut().insert(seaglass::wire::RESUME_HEADER, token.parse().unwrap());
    match tokio_tungstenite::connect_async(request).await {
        Ok((socket, _)) => Ok(Stream::over(socket).await),
        Err(Error::Http(refusal)) => Err(refusal.status().as_u16()),
        Err(other) => panic!("{other}"),
    }
}

/// Quality (HO-16, HO-24).
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_tier_comes_untold_and_a_pin_does_not_hold() {
    let ask = Up::Quality { id: id("q"), tier: Tier::Standard.into(), pinned: true };
    let (_server, _, mut stream) = streamed(Defect::UntoldTier).await;
    stream.send(&ask).await;
    let mut told = HashSet::new();
    stream
        .event(|event| {
            told.insert(event.kind().to_owned());
            matches!(event, Down::Ack { .. }).then_some(())
        })
        .await;
    assert!(!told.contains("quality"), "{told:?}");
    let (_server, _, mut stream) = streamed(Defect::LoosePin).await;
    stream.send(&ask).await;
    let pinned = |event| if let Down::Quality { pinned, .. } = event { Some(pinned) } else { None };
    assert!(!stream.event(pinned).await);
}

/// Robust.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn garbage_ends_a_stream_without_a_word_and_bounds_do_not_hold() {
    use futures_util::StreamExt;
    use tokio_tungstenite::tungstenite::Message;
    let (_server, _, mut stream) = streamed(Defect::Mute).await;
    stream.send_text("nonsense").await;
    let mut errors = 0;
    while let Ok(Some(Ok(message))) = tokio::time::timeout(STUCK, stream.socket.next()).await {
        match message {
            Message::Text(text) => errors += u32::from(matches!(Down::parse(&text), Ok(Down::Error(_)))),
            Message::Close(frame) => assert_ne!(frame.map(|frame| u16::from(frame.code).into()), Some(CloseCode::Protocol)),
            _ => {}
        }
    }
    assert_eq!(errors, 0);
    let (_server, _, mut stream) = streamed(Defect::Swallows).await;
    stream.send_text(" ".repeat(MAX_TEXT_BYTES + 1)).await;
    stream.send(&Up::Pause { id: id("p") }).await;
    let complained = |event| match event {
        Down::Error(_) => Some(true),
        Down::Ack { .. } => Some(false),
        _ => None,
    };
    assert!(!stream.event(complained).await);
}
