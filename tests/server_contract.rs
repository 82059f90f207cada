//! The world server keeps its contract: real sockets on loopback, a client made by hand. The worlds are calibration worlds, which
//! say in every frame which frame it is and which input it reflects.
#![cfg(feature = "server")]
#![allow(clippy::unwrap_used, missing_docs, reason = "a test")]

mod server_support;

use futures_util::{SinkExt, StreamExt};
use seaglass::media::{AudioCodec, Size, Tier, Track, VideoCodec};
use seaglass::sim::calibration::read_cells;
use seaglass::wire::{
    AckStatus, AudioRequest, CloseCode, CommandId, Control, Down, EndReason, Envelope, ErrorEnvelope, Kind, PROTOCOL,
    TierName, Up, WorldState,
};
use serde_json::{Value, json};
use server_support::*;
use tokio_tungstenite::tungstenite::{Error, Message};

fn id(name: &str) -> CommandId {
    CommandId::new(name).unwrap()
}

fn direct(name: &str, input: u32) -> Up {
    Up::Direct { id: id(name), text: Some("let it rain".into()), action: None, input, issued_us: 77 }
}

fn code(body: &Value) -> String {
    let envelope: ErrorEnvelope = serde_json::from_value(body.clone()).expect("every error is the one envelope");
    envelope.error.code
}

async fn first_video(stream: &mut Stream) -> Envelope {
    stream.unit(|envelope, _| is_video(&envelope).then_some(envelope)).await
}

/// HO-1, HO-3, HO-5, HO-18
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_world_is_created_streamed_and_deleted() {
    let server = server().await;
    let world = create(&server, json!({ "seed": 7 })).await;
    assert_eq!(world.seed, Some(7));
    let path = format!("/v1/worlds/{}", world.id);
    let mut stream = open(&server, &world).await;
    assert_eq!(stream.hello.world, world.id);
    let first = first_video(&mut stream).await;
    assert!(first.keyframe && first.discontinuity && first.sequence == 0 && first.epoch == stream.hello.epoch);
    assert!(first.generated_us <= first.sent_us && first.generated_us.is_some());
    for next in 1..10 {
        assert_eq!(first_video(&mut stream).await.sequence, next);
    }
    let (status, info) = get(&server, &path).await;
    assert_eq!((status, &info["state"], &info["attached"]), (200, &json!("running"), &json!(true)));
    assert_eq!(get(&server, "/v1/worlds").await.1["worlds"][0]["id"], json!(world.id));

    let (status, last) = delete(&server, &path).await;
    assert_eq!((status, &last["state"], &last["ended"]), (200, &json!("ended"), &json!("deleted")));
    let (events, close) = stream.read_to_the_end().await;
    assert_eq!((events.last(), close), (Some(&Down::Ended { reason: EndReason::Deleted }), CloseCode::Done));
    let (status, body) = get(&server, &path).await;
    assert_eq!((status, code(&body).as_str()), (404, "not_found"));
    assert_eq!(delete(&server, &path).await.0, 404);
}

/// HO-3
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_generated_world_warms_up_with_percent_and_then_shows_itself() {
    let server = server().await;
    let body = json!({ "prompt": "windy coast", "seed": 3, "tier": "draft" });
    let (status, info) = post(&server, "/v1/worlds", body).await;
    assert_eq!(status, 201, "{info}");
    let world = serde_json::from_value(info).unwrap();
    let mut stream = open(&server, &world).await;
    let (mut last, mut running) = (0.0, stream.hello.state == WorldState::Running);
    let first = loop {
        match stream.next().await {
            Seen::Event(Down::Stage(stage)) => {
                assert!(stage.percent >= last && !running, "{stage:?} after {last}");
                last = stage.percent;
            }
            Seen::Event(Down::State { state, state_version }) => {
                assert_eq!((state, state_version), (WorldState::Running, 2));
                running = true;
            }
            Seen::Unit(envelope, packet) if is_video(&envelope) => break packet,
            _ => {}
        }
    };
    assert!(running);
    let picture = Decoders::new(VideoCodec::H264, AudioCodec::Opus).picture(&first);
    let [luma, ..] = picture.planes();
    assert_eq!(picture.size(), Tier::Draft.spec().size);
    let (least, most) = luma.data.iter().fold((255, 0), |(least, most), sample| (least.min(*sample), most.max(*sample)));
    assert!(most - least > 40, "the picture is flat: luma {least} to {most}");
}

/// HO-1: same prompt, same seed, same world.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_same_seed_gives_the_same_first_picture() {
    let server = server().await;
    let mut firsts = Vec::new();
    for seed in [11, 11, 12] {
        let body = json!({ "prompt": "mossy canyon", "seed": seed, "tier": "draft", "audio": { "enabled": false } });
        let world = serde_json::from_value(post(&server, "/v1/worlds", body).await.1).unwrap();
        let mut stream = open(&server, &world).await;
        firsts.push(stream.unit(|envelope, packet| is_video(&envelope).then_some(packet.payload)).await);
        assert_eq!(delete(&server, &format!("/v1/worlds/{}", world.id)).await.0, 200);
    }
    assert_eq!(firsts[0], firsts[1]);
    assert_ne!(firsts[0], firsts[2]);
}

/// HO-28, HO-2, HO-4
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn am_2_a_command_is_applied_once_on_whichever_path_it_comes() {
    let server = server().await;
    let world = create(&server, json!({})).await;
    let path = format!("/v1/worlds/{}/direct", world.id);
    let mut stream = open(&server, &world).await;
    stream.send(&direct("one", 1)).await;
    stream.send(&direct("one", 1)).await;
    let (status, message, version) = ack(&mut stream, "one").await;
    assert_eq!(status, AckStatus::Applied);
    assert_eq!(ack(&mut stream, "one").await, (AckStatus::Duplicate, message.clone(), version));
    let (status, again) = post(&server, &path, json!({ "id": "one", "text": "let it rain" })).await;
    assert_eq!((status, &again["status"], &again["message"]), (200, &json!("duplicate"), &json!(message)));

    let (status, other) = post(&server, &path, json!({ "id": "two", "text": "let it snow" })).await;
    assert_eq!((status, &other["status"], &other["state_version"]), (200, &json!("applied"), &json!(version + 1)));
    stream.send(&direct("two", 2)).await;
    assert_eq!(ack(&mut stream, "two").await.0, AckStatus::Duplicate);
    let wander = json!({ "id": "three", "prompt": "desert" });
    let (status, third) = post(&server, &format!("/v1/worlds/{}/wander", world.id), wander).await;
    assert_eq!((status, &third["type"], &third["status"]), (200, &json!("ack"), &json!("applied")));
}

/// HO-10: the newest input comes back, number and stamp, in the frame that reflects it and in every one after.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn frames_echo_the_newest_input_and_show_it_in_their_cells() {
    let server = server().await;
    let world = create(&server, json!({ "video_formats": ["mjpeg"] })).await;
    let mut stream = open(&server, &world).await;
    let mut decoders = Decoders::new(VideoCodec::Mjpeg, AudioCodec::Opus);
    first_video(&mut stream).await;
    stream.send(&Up::Control(Control { input: 5, issued_us: 1234, ..Control::default() })).await;
    let packet = stream.unit(|envelope, packet| envelope.input.map(|input| (input, packet))).await;
    assert_eq!(packet.0, (5, 1234));
    assert_eq!(read_cells(&decoders.picture(&packet.1)).unwrap().input, 5);
    stream.send(&direct("d", 6)).await;
    // Late for the count: it must not take the echo back.
    stream.send(&Up::Control(Control { input: 4, issued_us: 1, ..Control::default() })).await;
    let version = ack(&mut stream, "d").await.2;
    let (input, packet) =
        stream.unit(|envelope, packet| (envelope.state_version >= version).then_some((envelope.input, packet))).await;
    assert_eq!(input, Some((6, 77)));
    assert_eq!(read_cells(&decoders.picture(&packet)).unwrap().input, 6);
}

/// HO-13
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn disabled_sound_sends_no_audio_bytes_and_comes_and_goes_live() {
    let server = server().await;
    let world = create(&server, json!({ "audio": { "enabled": false } })).await;
    let mut stream = open(&server, &world).await;
    assert!(!stream.hello.audio.enabled);
    for _ in 0..30 {
        assert!(stream.unit(|envelope, _| Some(is_video(&envelope))).await, "an audio envelope, though sound is off");
    }
    let request = |enabled, format: &str| AudioRequest { enabled, formats: vec![format.to_owned()] };
    stream.send(&Up::Audio { id: id("on"), audio: request(true, "pcm_s16le") }).await;
    let state = stream.event(|event| if let Down::Audio(state) = event { Some(state) } else { None }).await;
    assert_eq!((state.enabled, state.format.as_str(), state.pre_skip), (true, "pcm_s16le", 0));
    let sound = stream.unit(|envelope, _| (!is_video(&envelope)).then_some(envelope)).await;
    assert!(sound.discontinuity && sound.payload.len() == 3840);

    stream.send(&Up::Audio { id: id("opus"), audio: request(true, "opus") }).await;
    let state = stream.event(|event| if let Down::Audio(state) = event { Some(state) } else { None }).await;
    assert_eq!((state.format.as_str(), state.pre_skip), ("opus", 120));
    let opus = Kind::Media(seaglass::media::Format::Audio(AudioCodec::Opus));
    let first = stream.unit(|envelope, _| (envelope.kind == opus).then_some(envelope)).await;
    assert!(first.discontinuity && first.payload.len() < 1000);

    stream.send(&Up::Audio { id: id("off"), audio: request(false, "opus") }).await;
    stream.event(|event| matches!(event, Down::Audio(state) if !state.enabled).then_some(())).await;
    for _ in 0..30 {
        assert!(stream.unit(|envelope, _| Some(is_video(&envelope))).await, "an audio envelope after sound went off");
    }
    stream.send(&Up::Audio { id: id("what"), audio: request(true, "wax_cylinder") }).await;
    assert_eq!(ack(&mut stream, "what").await.0, AckStatus::Rejected);
}

/// HO-24
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_tier_changes_the_picture_live_from_a_keyframe_on() {
    let server = server().await;
    let world = create(&server, json!({})).await;
    let mut stream = open(&server, &world).await;
    let mut decoders = Decoders::new(VideoCodec::H264, AudioCodec::Opus);
    let first = stream.unit(|envelope, packet| is_video(&envelope).then_some(packet)).await;
    assert_eq!(decoders.picture(&first).size(), Size { width: 384, height: 216 });

    stream.send(&Up::Quality { id: id("q"), tier: TierName::Known(Tier::Standard), pinned: true }).await;
    let (mut told, mut acked, mut last) = (false, None, first);
    let next = loop {
        match stream.next().await {
            Seen::Event(Down::Quality { tier, pinned, .. }) => {
                assert_eq!((tier.width, tier.height, tier.fps, pinned), (640, 360, 30.0, true));
                told = true;
            }
            Seen::Unit(envelope, packet) if is_video(&envelope) => {
                if told && packet.keyframe {
                    break packet;
                }
                // A frame of the old size may already be on its way.
                assert_eq!(decoders.picture(&packet).size(), Size { width: 384, height: 216 });
                last = packet;
            }
            Seen::Event(Down::Ack { status, .. }) => acked = Some(status),
            _ => {}
        }
    };
    assert!(next.discontinuity);
    assert_eq!((next.sequence, next.epoch), (last.sequence + 1, last.epoch));
    assert_eq!(next.pts, last.pts + last.duration, "the media clock does not jump");
    assert_eq!(decoders.picture(&next).size(), Size { width: 640, height: 360 });
    assert_eq!(acked, Some(AckStatus::Applied), "acknowledgements go before pictures");
    stream.send(&Up::Quality { id: id("x"), tier: TierName::Other("imax".into()), pinned: false }).await;
    assert_eq!(ack(&mut stream, "x").await.0, AckStatus::Rejected);
}

/// HO-28
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_second_stream_takes_over_and_the_world_goes_on() {
    let server = server().await;
    let world = create(&server, json!({})).await;
    let mut first = open(&server, &world).await;
    let before = first_video(&mut first).await;
    let mut second = open(&server, &world).await;
    assert_eq!(first.read_to_the_end().await.1, CloseCode::Replaced);
    let after = first_video(&mut second).await;
    assert!(after.keyframe && after.epoch > before.epoch && after.pts_us > before.pts_us && after.sequence == 0);
}

/// HO-8: the world keeps its state and its clock while nobody watches, and time stands still meanwhile.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_world_waits_for_its_stream_to_come_back() {
    let server = server().await;
    let world = create(&server, json!({ "audio": { "enabled": false } })).await;
    let mut stream = open(&server, &world).await;
    stream.send(&direct("mark", 1)).await;
    let version = ack(&mut stream, "mark").await.2;
    first_video(&mut stream).await;
    drop(stream);
    // Commands are dealt with while nobody is attached.
    let path = format!("/v1/worlds/{}/direct", world.id);
    let (status, later) = post(&server, &path, json!({ "id": "alone", "text": "fog" })).await;
    assert_eq!((status, &later["status"]), (200, &json!("applied")));
    let mut stream = open(&server, &world).await;
    assert_eq!(stream.hello.state_version, version + 1);
    stream.send(&direct("mark", 1)).await;
    assert_eq!(ack(&mut stream, "mark").await.0, AckStatus::Duplicate);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_paused_world_sends_nothing_and_resumes_on_a_new_timeline() {
    let server = server().await;
    let world = create(&server, json!({})).await;
    let mut stream = open(&server, &world).await;
    stream.send(&Up::Pause { id: id("p") }).await;
    let mut newest = 0;
    loop {
        match stream.next().await {
            Seen::Event(Down::Ack { status, .. }) => break assert_eq!(status, AckStatus::Applied),
            Seen::Unit(envelope, _) if is_video(&envelope) => newest = envelope.pts_us + i64::from(envelope.duration_us),
            _ => {}
        }
    }
    // Whatever was on its way comes before the pong; nothing after it.
    stream.send(&Up::Ping { issued_us: 42 }).await;
    let mut after_pong = false;
    stream.send(&Up::Resume { id: id("r") }).await;
    let first = loop {
        match stream.next().await {
            Seen::Event(Down::Pong { issued_us, server_us }) => {
                assert!(issued_us == 42 && server_us > 0);
                after_pong = true;
            }
            Seen::Unit(envelope, _) if envelope.epoch > stream.hello.epoch && is_video(&envelope) => break envelope,
            Seen::Unit(envelope, _) if is_video(&envelope) => newest = envelope.pts_us + i64::from(envelope.duration_us),
            _ => {}
        }
    };
    assert!(after_pong && first.keyframe && first.discontinuity);
    assert_eq!(first.pts_us, newest, "no media time passes during a pause");
}

/// HO-8: a key that is let go during a pause is let go: what the hands did while nothing moved holds from the first frame on.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn hands_that_changed_during_a_pause_hold_when_the_world_goes_on() {
    let server = server().await;
    let world = create(&server, json!({ "audio": { "enabled": false } })).await;
    let mut stream = open(&server, &world).await;
    first_video(&mut stream).await;
    stream.send(&Up::Pause { id: id("p") }).await;
    assert_eq!(ack(&mut stream, "p").await.0, AckStatus::Applied);
    stream.send(&Up::Control(Control { input: 7, issued_us: 70, ..Control::default() })).await;
    stream.send(&Up::Resume { id: id("r") }).await;
    let before = stream.hello.epoch;
    let first = stream.unit(|envelope, _| (envelope.epoch > before).then_some(envelope)).await;
    assert_eq!(first.input, Some((7, 70)), "the first frame behind the pause");
}

/// HO-27
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_keyframe_comes_when_asked_for_and_not_more_often_than_allowed() {
    let server = server().await;
    let world = create(&server, json!({ "audio": { "enabled": false } })).await;
    let mut stream = open(&server, &world).await;
    first_video(&mut stream).await;
    let mut keys = Vec::new();
    for _ in 0..24 {
        stream.send(&Up::Keyframe {}).await;
        let frame = first_video(&mut stream).await;
        if frame.keyframe {
            keys.push(frame.pts_us);
        }
    }
    assert!(keys.len() >= 2, "{keys:?}");
    assert!(keys.windows(2).all(|pair| pair[1] - pair[0] >= 200_000), "{keys:?}");
}

/// HO-30, X-9
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_key_is_asked_for_and_a_ticket_opens_one_stream() {
    let server = server_with(|config| config.key = Some("right".to_owned().into())).await;
    let body = json!({ "world": "calibration", "tier": "draft" });
    let (status, refused) = post(&server, "/v1/worlds", body.clone()).await;
    assert_eq!((status, code(&refused).as_str()), (401, "unauthorized"));
    let client = reqwest::Client::new();
    let (status, refused) = answer(client.post(url(&server, "/v1/worlds")).bearer_auth("wrong").json(&body)).await;
    assert_eq!((status, code(&refused).as_str()), (401, "unauthorized"));
    let (status, info) = answer(client.post(url(&server, "/v1/worlds")).bearer_auth("right").json(&body)).await;
    assert_eq!(status, 201);
    let (world, ticket) = (info["id"].as_str().unwrap(), info["ticket"].as_str().unwrap());
    let shut = |error| match error {
        Error::Http(response) => assert_eq!(response.status().as_u16(), 401),
        other => panic!("{other}"),
    };
    shut(connect(&server, world, Some(PROTOCOL)).await.unwrap_err());
    let with_ticket = async || {
        let address = format!("ws://{}/v1/worlds/{world}/stream?ticket={ticket}", server.address());
        let mut request = tokio_tungstenite::tungstenite::client::IntoClientRequest::into_client_request(address).unwrap();
        request.headers_mut().insert("Sec-WebSocket-Protocol", PROTOCOL.parse().unwrap());
        tokio_tungstenite::connect_async(request).await
    };
    let mut stream = Stream::over(with_ticket().await.unwrap().0).await;
    first_video(&mut stream).await;
    shut(with_ticket().await.map(drop).unwrap_err());
    assert_eq!(get(&server, "/health").await.0, 200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_version_of_the_protocol_is_refused_with_those_spoken() {
    let server = server().await;
    let world = create(&server, json!({})).await;
    for offered in [None, Some("seaglass.v9")] {
        let Err(Error::Http(response)) = connect(&server, world.id.as_str(), offered).await else { panic!("upgraded") };
        assert_eq!(response.status().as_u16(), 426);
    }
    let (status, body) = get(&server, &format!("/v1/worlds/{}/stream", world.id)).await;
    assert_eq!((status, code(&body).as_str()), (426, "unsupported_protocol"));
    assert_eq!(body["error"]["supported"], json!([PROTOCOL]));
}

/// X-1, HO-13
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn everything_wrong_with_a_request_is_said_at_once() {
    let server = server().await;
    let wrong = json!({ "prompt": " ", "audio": { "enabled": true, "formats": ["opus", "opus"] }, "idempotency_key": "!" });
    let (status, body) = post(&server, "/v1/worlds", wrong).await;
    let fields: Vec<&str> =
        body["error"]["violations"].as_array().unwrap().iter().map(|one| one["field"].as_str().unwrap()).collect();
    assert_eq!((status, fields), (400, vec!["prompt", "audio.formats[1]", "idempotency_key"]));

    let formats = json!({ "prompt": "coast", "video_formats": ["av1"], "audio": { "enabled": true, "formats": ["mp3"] } });
    let (status, body) = post(&server, "/v1/worlds", formats).await;
    assert_eq!((status, code(&body).as_str()), (422, "unsupported_format"));
    assert_eq!(body["error"]["violations"].as_array().unwrap().len(), 2);

    let (status, body) = post(&server, "/v1/worlds", json!({ "world": "atlantis" })).await;
    assert_eq!((status, code(&body).as_str()), (422, "not_supported"));
    let client = reqwest::Client::new();
    let raw =
        |body: &'static str| client.post(url(&server, "/v1/worlds")).header("content-type", "application/json").body(body);
    assert_eq!(answer(raw("{")).await.0, 400);
    assert_eq!(answer(raw("[]")).await.0, 400);
    assert_eq!(answer(client.post(url(&server, "/v1/worlds")).body("{}")).await.0, 400, "no content type");
    let huge = format!("{{\"prompt\": \"{}\"}}", "a".repeat(3 << 20));
    let (status, body) =
        answer(client.post(url(&server, "/v1/worlds")).header("content-type", "application/json").body(huge)).await;
    assert_eq!((status, code(&body).as_str()), (413, "too_large"));
    let (status, body) = get(&server, "/v2/anything").await;
    assert_eq!((status, code(&body).as_str()), (404, "not_found"));
    let (status, body) = answer(client.put(url(&server, "/v1/worlds"))).await;
    assert_eq!((status, code(&body).as_str()), (405, "method_not_allowed"));
    let (status, body) = post(&server, "/v1/worlds/w_none/direct", json!({ "id": "a", "text": "rain" })).await;
    assert_eq!((status, code(&body).as_str()), (404, "not_found"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_repeated_create_gives_the_same_world_and_the_house_is_bounded() {
    let server = server_with(|config| config.max_worlds = 1).await;
    let body = json!({ "world": "calibration", "tier": "draft", "idempotency_key": "k" });
    let (status, first) = post(&server, "/v1/worlds", body.clone()).await;
    assert_eq!(status, 201);
    let (status, again) = post(&server, "/v1/worlds", body).await;
    assert_eq!((status, &again["id"]), (200, &first["id"]));
    let other = json!({ "world": "calibration", "tier": "high", "idempotency_key": "k" });
    let (status, body) = post(&server, "/v1/worlds", other).await;
    assert_eq!((status, code(&body).as_str()), (409, "conflict"));
    let (status, body) = post(&server, "/v1/worlds", json!({ "world": "calibration" })).await;
    assert_eq!((status, code(&body).as_str(), &body["error"]["retryable"]), (503, "busy", &json!(true)));
    assert_eq!(delete(&server, &format!("/v1/worlds/{}", first["id"].as_str().unwrap())).await.0, 200);
    assert_eq!(post(&server, "/v1/worlds", json!({ "world": "calibration" })).await.0, 201);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn garbage_on_the_stream_is_answered_and_survived() {
    let server = server().await;
    let world = create(&server, json!({})).await;
    let mut stream = open(&server, &world).await;
    let error = |event| if let Down::Error(body) = event { Some(body.code) } else { None };
    for (text, expected) in [
        ("{".to_owned(), "invalid_request"),
        ("[1, 2]".to_owned(), "invalid_request"),
        ("{\"type\": \"control\", \"input\": \"x\"}".to_owned(), "invalid_request"),
        ("{\"type\": \"juggle\", \"balls\": 3}".to_owned(), "not_supported"),
        (format!("{{\"type\": \"ping\", \"pad\": \"{}\"}}", "a".repeat(70_000)), "too_large"),
    ] {
        stream.send_text(text).await;
        assert_eq!(stream.event(error).await, expected);
    }
    // A command that cannot be read is refused by its id, so that nobody waits for it.
    stream.send_text("{\"type\": \"direct\", \"id\": \"bad\", \"text\": 5}").await;
    assert_eq!(ack(&mut stream, "bad").await.0, AckStatus::Rejected);
    first_video(&mut stream).await;
    stream.socket.send(Message::binary(vec![1, 2, 3])).await.unwrap();
    assert_eq!(stream.read_to_the_end().await.1, CloseCode::Protocol);

    let mut stream = open(&server, &world).await;
    stream.socket.send(Message::text("x".repeat((1 << 20) + 1))).await.unwrap();
    assert_eq!(stream.read_to_the_end().await.1, CloseCode::TooLarge);

    let mut stream = open(&server, &world).await;
    for _ in 0..16 {
        stream.send_text("?").await;
    }
    assert_eq!(stream.read_to_the_end().await.1, CloseCode::Protocol);
    first_video(&mut open(&server, &world).await).await;
}

/// HO-10: a client that does not read costs itself pictures, and nobody else anything.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_slow_reader_never_stalls_the_world() {
    // However long the machine takes over it, the stream is not given up.
    let server = server_with(|config| config.write_timeout = 2 * STUCK).await;
    let world = create(&server, json!({ "tier": "high", "video_formats": ["mjpeg"] })).await;
    let mut stream = open(&server, &world).await;
    first_video(&mut stream).await;
    let path = format!("/v1/worlds/{}", world.id);
    // Not reading: wait until the server has had to leave pictures out, which the world's own clock must outlive.
    let missing = |info: &Value| info["video_dropped"].as_u64().unwrap() + info["video_skipped"].as_u64().unwrap();
    let lived = get_until(&server, &path, |info| missing(info) >= 20).await["seconds_used"].as_f64().unwrap();
    let (_, later) = post(&server, &format!("{path}/direct"), json!({ "id": "still", "text": "there" })).await;
    assert_eq!(later["status"], json!("applied"));
    // Reading again: no sequence number is missing, though time is, and the stream comes back to the world's present.
    let (mut expected, mut newest, mut caught_up) = ([1, 0], None, false);
    stream
        .unit(|envelope, packet| {
            let track = usize::from(packet.track() == Track::Audio);
            if track == 1 && expected[1] == 0 {
                expected[1] = envelope.sequence;
            }
            assert_eq!(envelope.sequence, expected[track], "{:?}", packet.track());
            expected[track] += 1;
            if track == 0 {
                caught_up |= newest.is_some_and(|newest| envelope.pts_us > newest + 50_000);
                newest = Some(envelope.pts_us);
            }
            (caught_up && envelope.pts_us as f64 / 1e6 > lived).then_some(())
        })
        .await;
}

/// HO-20
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_goes_down_says_so_on_every_stream() {
    let server = server().await;
    let world = create(&server, json!({})).await;
    let mut stream = open(&server, &world).await;
    first_video(&mut stream).await;
    let (farewell, ()) = tokio::join!(
        async {
            let end = stream.read_to_the_end().await;
            // Answers the close, as a client does.
            while stream.socket.next().await.is_some_and(|message| message.is_ok()) {}
            end
        },
        server.shutdown()
    );
    assert_eq!((farewell.0.last(), farewell.1), (Some(&Down::Ended { reason: EndReason::Shutdown }), CloseCode::TryLater));
}

/// HO-18: nobody comes, and the grace time passes.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_world_that_nobody_watches_ends_by_itself() {
    let server = server().await;
    let world = create(&server, json!({ "limits": { "grace_s": 0.05 } })).await;
    let path = format!("/v1/worlds/{}", world.id);
    let reason = loop {
        let (status, info) = get(&server, &path).await;
        assert_eq!(status, 200);
        if info["state"] == json!("ended") {
            break info["ended"].clone();
        }
    };
    assert_eq!(reason, json!("abandoned"));
    let (status, body) = post(&server, &format!("{path}/direct"), json!({ "id": "a", "text": "rain" })).await;
    assert_eq!((status, code(&body).as_str()), (410, "world_ended"));
    assert_eq!(delete(&server, &path).await.0, 200);
}
