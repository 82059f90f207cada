//! A shared world: one scene, rendered and encoded once, that is a world of its own to each of its clients.
#![cfg(feature = "server")]
#![allow(clippy::unwrap_used, missing_docs, reason = "a test")]

mod server_support;

use std::collections::HashMap;

use seaglass::media::Track;
use seaglass::sim::ServerHandle;
use seaglass::sim::faults::Script;
use seaglass::wire::{
    AckStatus, AudioRequest, CloseCode, CommandId, Control, Down, EndReason, Envelope, PROTOCOL, TierName, Up, WorldInfo,
    WorldState,
};
use serde_json::json;
use server_support::*;
use tokio::net::TcpSocket;
use tokio_tungstenite::MaybeTlsStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;

async fn shared() -> ServerHandle {
    server_with(|config| {
        config.shared_world = true;
        config.max_worlds = 8;
        // However long the machine takes over it, a slow reader is not given up.
        config.write_timeout = 4 * STUCK;
    })
    .await
}

async fn seat(server: &ServerHandle) -> (WorldInfo, Stream) {
    let world = create(server, json!({})).await;
    let stream = open(server, &world).await;
    (world, stream)
}

fn hands(input: u32, issued_us: u64) -> Up {
    Up::Control(Control { input, issued_us, ..Control::default() })
}

fn id(name: &str) -> CommandId {
    CommandId::new(name).unwrap()
}

/// The next whole unit, of whichever track.
async fn unit(stream: &mut Stream) -> Envelope {
    stream.unit(|envelope, _| Some(envelope)).await
}

async fn picture(stream: &mut Stream) -> Envelope {
    stream.unit(|envelope, _| is_video(&envelope).then_some(envelope)).await
}

/// HO-14: the coded bytes are everybody's; numbers and echoes are each one's own.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_seats_see_the_same_pictures_with_numbers_and_echoes_of_their_own() {
    let server = shared().await;
    let (world, mut one) = seat(&server).await;
    let (other_world, mut two) = seat(&server).await;
    assert_ne!(world.id, other_world.id);
    assert_eq!((world.seed, one.hello.world.clone()), (other_world.seed, world.id.clone()));
    assert_eq!((one.hello.extra["shared"].clone(), one.hello.tiers.len()), (json!(true), 1));
    one.send(&hands(7, 111)).await;
    two.send(&hands(3, 333)).await;
    let mut seen: Vec<HashMap<i64, Envelope>> = Vec::new();
    for (stream, echo) in [(&mut one, (7, 111)), (&mut two, (3, 333))] {
        let (mut pictures, mut sound, mut echoed) = (Vec::new(), Vec::new(), 0);
        while echoed < 24 || sound.len() < 24 {
            let unit = unit(stream).await;
            assert!(unit.input.is_none_or(|input| input == echo), "{:?}", unit.input);
            echoed += usize::from(unit.input.is_some());
            if unit.track() == Track::Video { pictures.push(unit) } else { sound.push(unit) }
        }
        assert!(pictures[0].keyframe && pictures[0].discontinuity && sound[0].discontinuity);
        for track in [&pictures, &sound] {
            assert!(track.iter().zip(0..).all(|(unit, number)| unit.sequence == number && unit.epoch == track[0].epoch));
            assert!(track.is_sorted_by(|a, b| a.pts_us < b.pts_us));
        }
        seen.push(pictures.into_iter().map(|unit| (unit.pts_us, unit)).collect());
    }
    let alike: Vec<_> = seen[0].iter().filter_map(|(pts, unit)| Some((unit, seen[1].get(pts)?))).collect();
    assert!(alike.len() > 12, "{} pictures in common", alike.len());
    assert!(alike.iter().all(|(one, two)| one.payload == two.payload && one.generated_us == two.generated_us));
}

/// HO-27
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_comes_late_gets_nothing_before_a_keyframe() {
    let server = shared().await;
    let (_, mut early) = seat(&server).await;
    for _ in 0..3 {
        let newest = picture(&mut early).await.pts_us;
        let (_, mut late) = seat(&server).await;
        let first = unit(&mut late).await;
        assert!(is_video(&first) && first.keyframe && first.discontinuity);
        assert!(first.sequence == 0 && first.pts_us > newest);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_end_of_one_is_nobody_elses() {
    let server = shared().await;
    let (gone, mut one) = seat(&server).await;
    let (stays, mut two) = seat(&server).await;
    let limited = create(&server, json!({ "limits": { "session_s": 0.5 } })).await;
    let mut three = open(&server, &limited).await;
    let alone = create(&server, json!({ "limits": { "grace_s": 0.2 } })).await;
    picture(&mut one).await;
    let (status, bill) = delete(&server, &format!("/v1/worlds/{}", gone.id)).await;
    assert_eq!((status, bill["ended"].clone()), (200, json!("deleted")));
    assert!(bill["seconds_used"].as_f64().unwrap() >= 0.0);
    let (events, code) = one.read_to_the_end().await;
    assert_eq!((events.last(), code), (Some(&Down::Ended { reason: EndReason::Deleted }), CloseCode::Done));
    let (events, code) = three.read_to_the_end().await;
    assert_eq!((events.last(), code), (Some(&Down::Ended { reason: EndReason::Limit }), CloseCode::Limit));
    // The world that nobody came to ends by itself, too: seen by pictures of the one that stays.
    let path = format!("/v1/worlds/{}", alone.id);
    tokio::select! {
        _ = get_until(&server, &path, |world| world["ended"] == json!("abandoned")) => {}
        () = async { loop { picture(&mut two).await; } } => {}
    }
    let (_, list) = get(&server, "/v1/worlds").await;
    let alive: Vec<_> = list["worlds"].as_array().unwrap().iter().filter(|world| world["ended"].is_null()).collect();
    assert_eq!(
        (alive.len(), alive[0]["id"].clone(), alive[0]["shared"].clone()),
        (1, json!(stays.id.as_str()), json!(true))
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn seats_are_counted_as_worlds_and_a_key_makes_one() {
    let server = server_with(|config| (config.shared_world, config.max_worlds) = (true, 2)).await;
    let one = create(&server, json!({ "idempotency_key": "k" })).await;
    let again = json!({ "world": "calibration", "tier": "draft", "idempotency_key": "k" });
    let (status, same) = post(&server, "/v1/worlds", again).await;
    assert_eq!((status, same["id"].clone()), (200, json!(one.id.as_str())));
    create(&server, json!({})).await;
    let (status, refused) = post(&server, "/v1/worlds", json!({ "world": "calibration", "tier": "draft" })).await;
    assert_eq!((status, refused["error"]["code"].clone()), (503, json!("busy")));
    delete(&server, &format!("/v1/worlds/{}", one.id)).await;
    create(&server, json!({})).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn commands_are_acknowledged_and_echoed_and_say_that_the_world_is_shared() {
    let server = shared().await;
    let (world, mut stream) = seat(&server).await;
    let (_, mut other) = seat(&server).await;
    picture(&mut stream).await;
    let rain = Up::parse(r#"{"type":"direct","id":"rain","text":"let it rain","input":5,"issued_us":55}"#).unwrap();
    stream.send(&rain).await;
    let (status, words, version) = ack(&mut stream, "rain").await;
    assert!(status == AckStatus::Applied && words.contains("shared"), "{words}");
    let shows = stream.unit(|unit, _| (unit.input == Some((5, 55))).then_some(unit.state_version)).await;
    assert_eq!(shows, version);
    stream.send(&rain).await;
    assert_eq!(ack(&mut stream, "rain").await, (AckStatus::Duplicate, words, version));
    let path = format!("/v1/worlds/{}/wander", world.id);
    let (status, said) = post(&server, &path, json!({ "id": "w", "prompt": "a desert" })).await;
    assert!(status == 200 && said["message"].as_str().unwrap().contains("shared"), "{said}");
    for (name, tier, expected) in [("q1", "standard", AckStatus::Rejected), ("q2", "draft", AckStatus::Applied)] {
        let tier: TierName = serde_json::from_value(json!(tier)).unwrap();
        stream.send(&Up::Quality { id: id(name), tier, pinned: true }).await;
        let (status, words, _) = ack(&mut stream, name).await;
        assert!(status == expected && words.contains("shared"), "{status:?} {words}");
    }
    let quiet = AudioRequest { enabled: false, formats: Vec::new() };
    stream.send(&Up::Audio { id: id("mute"), audio: quiet }).await;
    ack(&mut stream, "mute").await;
    for _ in 0..24 {
        assert!(is_video(&unit(&mut stream).await), "no sound after it is off");
    }
    assert!(other.unit(|unit, _| Some(unit.input.is_none())).await, "nobody else's echo");
    other.unit(|unit, _| (unit.track() == Track::Audio).then_some(())).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pausing_stops_ones_own_stream_alone_and_resuming_begins_a_timeline() {
    let server = shared().await;
    let (_, mut one) = seat(&server).await;
    let (_, mut two) = seat(&server).await;
    let before = picture(&mut one).await;
    one.send(&Up::Pause { id: id("p") }).await;
    let mut newest = before.sequence;
    loop {
        match one.next().await {
            Seen::Unit(unit, _) if is_video(&unit) => newest = unit.sequence,
            Seen::Event(Down::State { state: WorldState::Paused, .. }) => break,
            _ => {}
        }
    }
    ack(&mut one, "p").await;
    for _ in 0..6 {
        picture(&mut two).await;
    }
    one.send(&Up::Resume { id: id("r") }).await;
    ack(&mut one, "r").await;
    // What waited when it was paused may still come; nothing else has the old epoch.
    let next = loop {
        let unit = unit(&mut one).await;
        if unit.epoch != before.epoch {
            break unit;
        }
        newest = newest.max(if is_video(&unit) { unit.sequence } else { 0 });
    };
    assert!(is_video(&next) && next.keyframe && next.discontinuity);
    assert_eq!((next.epoch, next.sequence), (before.epoch + 1, newest + 1));
    let on = picture(&mut two).await;
    assert_eq!(on.epoch, two.hello.epoch, "the other one's timeline goes on");
}

/// HO-19
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stream_that_broke_is_taken_up_again() {
    let server = shared().await;
    let (world, mut stream) = seat(&server).await;
    stream.send(&hands(4, 44)).await;
    stream.unit(|unit, _| (unit.input == Some((4, 44))).then_some(())).await;
    let token = stream.hello.resume.clone().unwrap();
    let epoch = stream.hello.epoch;
    drop(stream);
    let mut again = resume(&server, &world, token.expose()).await.unwrap();
    assert!(again.hello.resumed && again.hello.epoch > epoch);
    let first = unit(&mut again).await;
    assert!(first.keyframe && first.sequence == 0 && first.epoch == again.hello.epoch);
    assert_eq!(first.input, Some((4, 44)), "inputs are counted on");
}

/// HO-10, HO-16: what one client does not take is dropped up to a keyframe, and concerns nobody else.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_slow_reader_harms_nobody_else() {
    let server = shared().await;
    // Pictures that soon fill a way.
    let wish = json!({ "video_formats": ["mjpeg"] });
    let (slow, fast) = (create(&server, wish.clone()).await, create(&server, wish).await);
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_recv_buffer_size(4096).unwrap();
    let socket = socket.connect(server.address()).await.unwrap();
    let mut request = format!("ws://{}/v1/worlds/{}/stream", server.address(), slow.id).into_client_request().unwrap();
    request.headers_mut().insert("Sec-WebSocket-Protocol", PROTOCOL.parse().unwrap());
    let (socket, _) = tokio_tungstenite::client_async(request, MaybeTlsStream::Plain(socket)).await.unwrap();
    let mut slow_stream = Stream::over(socket).await;
    let mut fast_stream = open(&server, &fast).await;
    let dropped =
        async |world: &WorldInfo| get(&server, &format!("/v1/worlds/{}", world.id)).await.1["video_dropped"].clone();
    let mut next = 0;
    while dropped(&slow).await.as_u64().unwrap() == 0 {
        assert!(next < 24 * 60, "a minute of pictures has found room");
        assert_eq!(picture(&mut fast_stream).await.sequence, next);
        next += 1;
    }
    for _ in 0..24 {
        assert_eq!(picture(&mut fast_stream).await.sequence, next);
        next += 1;
    }
    assert_eq!(dropped(&fast).await, json!(0));
    // Read again, it goes on without a gap in its numbers, and says where pictures are missing.
    let mut last = picture(&mut slow_stream).await;
    loop {
        let unit = picture(&mut slow_stream).await;
        assert_eq!(unit.sequence, last.sequence + 1);
        if unit.discontinuity {
            assert!(unit.keyframe && unit.pts_us - last.pts_us > i64::from(2 * last.duration_us));
            break;
        }
        last = unit;
    }
}

/// HO-1: what is asked for differently is another scene, of which there are few.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_asked_for_differently_is_another_scene() {
    let server = shared().await;
    let seeds: Vec<u64> = (0..4).collect();
    for seed in &seeds {
        create(&server, json!({ "seed": seed })).await;
    }
    assert_eq!(create(&server, json!({ "seed": 2 })).await.seed, Some(2));
    let fifth = json!({ "world": "calibration", "tier": "draft", "seed": 9 });
    let (status, refused) = post(&server, "/v1/worlds", fifth).await;
    assert_eq!((status, refused["error"]["code"].clone()), (503, json!("busy")));
    assert!(refused["error"]["message"].as_str().unwrap().contains("shared"));
}

/// HO-21: standing in line and warming up are each one's own.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_seat_stands_in_line_while_others_run() {
    let server = server_with(|config| {
        config.shared_world = true;
        config.faults = Some(Script::default());
    })
    .await;
    let (_, mut first) = seat(&server).await;
    picture(&mut first).await;
    let line = r#"fault = [{ kind = "queue", position = 2, step = "50ms" }, { kind = "warm_up", delay = "50ms" }]"#;
    server.faults().unwrap().set(Script::from_toml(line).unwrap());
    let (world, mut second) = seat(&server).await;
    assert_eq!(world.state, WorldState::Queued);
    second.event(|event| matches!(event, Down::Stage(_)).then_some(())).await;
    let running = |event| matches!(event, Down::State { state: WorldState::Running, .. }).then_some(());
    second.event(running).await;
    assert!(picture(&mut second).await.keyframe);
}

/// HO-20: nobody is left when the server goes.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_goes_down_says_so_on_every_seat() {
    let server = shared().await;
    let (_, mut one) = seat(&server).await;
    let (_, mut two) = seat(&server).await;
    picture(&mut one).await;
    let (down, ends) = tokio::join!(server.shutdown(), async { (one.read_to_the_end().await, two.read_to_the_end().await) });
    let () = down;
    for (events, code) in [ends.0, ends.1] {
        assert_eq!((events.last(), code), (Some(&Down::Ended { reason: EndReason::Shutdown }), CloseCode::TryLater));
    }
}
