//! The golden vectors of `docs/protocol.md`, read in both directions: what this side prints is what stands in the files, and what
//! stands in the files reads as what this side means (AM-3).

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::path::Path;

use bytes::{Bytes, BytesMut};
use seaglass::media::{AudioCodec, Format, Tier, VideoCodec};
use seaglass::wire::{
    AckStatus, AudioRequest, AudioState, Axes, CameraModel, CameraMove, Capabilities, CommandId, Control, CreateWorld,
    Direction, Down, EndReason, Envelope, ErrorBody, ErrorCode, ErrorEnvelope, Feedback, Hello, Key, Kind, LimitKind,
    Limits, Look, Mode, Mood, Place, Stage, TierInfo, TierName, TimeOfDay, Token, Up, Usage, Weather, WireError, WorldId,
    WorldInfo, WorldList, WorldState, WorldUsage,
};
use serde_json::{Map, Value, json};

fn golden(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/wire").join(name);
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{name}: {error}"))
}

fn vectors(name: &str) -> Map<String, Value> {
    serde_json::from_str(&golden(name)).unwrap()
}

fn id(text: &str) -> CommandId {
    CommandId::new(text).unwrap()
}

fn members(value: Value) -> Map<String, Value> {
    value.as_object().unwrap().clone()
}

/// Holds a file of named JSON values to the values that this side means by them, in both directions.
fn assert_both_ways<T: PartialEq + std::fmt::Debug>(
    file: &Map<String, Value>,
    meant: &[(&str, T)],
    print: impl Fn(&T) -> String,
    parse: impl Fn(&str) -> T,
) {
    let names: Vec<&str> = meant.iter().map(|(name, _)| *name).collect();
    let missing: Vec<&String> = file.keys().filter(|name| !names.contains(&name.as_str())).collect();
    assert!(missing.is_empty(), "vectors that no test reads: {missing:?}");
    for (name, value) in meant {
        let stands = file.get(*name).unwrap_or_else(|| panic!("no vector is called {name:?}"));
        assert_eq!(&serde_json::from_str::<Value>(&print(value)).unwrap(), stands, "{name}: printed");
        assert_eq!(&parse(&stands.to_string()), value, "{name}: parsed");
    }
}

fn direct(name: &str, action: Direction, input: u32, issued_us: u64) -> Up {
    Up::Direct { id: id(name), text: None, action: Some(action), input, issued_us }
}

#[test]
fn am_3_messages_up_print_and_parse_as_their_vectors() {
    let camera = |kind, amount, over_ms, target| Direction::Camera { kind, amount, over_ms, target };
    let look = Look { yaw: 1.5, pitch: -0.25 };
    let meant = [
        (
            "direct, in words",
            Up::Direct { id: id("c1"), text: Some("a storm rolls in".into()), action: None, input: 7, issued_us: 1_500_000 },
        ),
        (
            "direct, structured",
            direct("c2", Direction::Weather { kind: Weather::Storm, intensity: Some(0.75) }, 8, 1_600_000),
        ),
        (
            "direct, both",
            Up::Direct {
                id: id("c3"),
                text: Some("make it night".into()),
                action: Some(Direction::Time { to: TimeOfDay::Name("night".into()), over_ms: Some(4000) }),
                input: 9,
                issued_us: 1_700_000,
            },
        ),
        ("direct, by the hour", direct("c4", Direction::Time { to: TimeOfDay::Hour(18.5), over_ms: None }, 10, 1_800_000)),
        ("direct, light", direct("c5", Direction::Light { brightness: 0.5, warmth: Some(1.0) }, 11, 1_900_000)),
        ("direct, mood", direct("c6", Direction::Mood { mood: Mood::Eerie }, 12, 2_000_000)),
        ("direct, camera pan", direct("c7", camera(CameraMove::Pan, Some(90.0), Some(3000), None), 13, 2_100_000)),
        ("direct, camera cut", direct("c8", camera(CameraMove::Cut, None, None, Some("landmark".into())), 14, 2_200_000)),
        (
            "direct, spawn",
            direct(
                "c9",
                Direction::Spawn { what: "lantern".into(), count: Some(12), at: Some(Place::Around) },
                15,
                2_300_000,
            ),
        ),
        ("direct, remove", direct("c10", Direction::Remove { what: "all".into() }, 16, 2_400_000)),
        (
            "direct, an unknown action",
            direct("c11", Direction::Other(members(json!({ "do": "dance", "steps": [1, 2] }))), 17, 2_500_000),
        ),
        ("wander", Up::Wander { id: id("w1"), prompt: "mossy canyon at dawn".into(), input: 18, issued_us: 2_600_000 }),
        (
            "control",
            Up::Control(Control {
                input: 19,
                issued_us: 2_700_000,
                keys: vec![Key::Forward, Key::Run],
                axes: Axes { strafe: -0.5, walk: 1.0 },
                look,
            }),
        ),
        (
            "control, hands off",
            Up::Control(Control { input: 20, issued_us: 2_800_000, keys: vec![], axes: Axes::default(), look }),
        ),
        ("pause", Up::Pause { id: id("p1") }),
        ("resume", Up::Resume { id: id("p2") }),
        ("rewind", Up::Rewind { id: id("p3"), by_ms: 4000 }),
        ("quality, pinned", Up::Quality { id: id("q1"), tier: TierName::Known(Tier::High), pinned: true }),
        (
            "quality, a server's own tier",
            Up::Quality { id: id("q2"), tier: TierName::Other("cinema".into()), pinned: false },
        ),
        ("audio off", Up::Audio { id: id("a1"), audio: AudioRequest { enabled: false, formats: vec![] } }),
        (
            "audio in another format",
            Up::Audio {
                id: id("a2"),
                audio: AudioRequest { enabled: true, formats: vec!["pcm_s16le".into(), "opus".into()] },
            },
        ),
        ("keyframe", Up::Keyframe {}),
        (
            "feedback",
            Up::Feedback(Feedback {
                last_pts_us: 4_000_000,
                late_ms: 2.5,
                late_p95_ms: 11.0,
                buffered_ms: 48.0,
                decode_ms: 1.25,
                target_ms: 40.0,
                drops: members(json!({ "late": 3 })),
            }),
        ),
        ("ping", Up::Ping { issued_us: 2_900_000 }),
        ("an unknown type", Up::Other(members(json!({ "type": "teleport", "to": { "x": 1.5, "y": null } })))),
    ];
    assert_both_ways(&vectors("up.json"), &meant, Up::print, |text| Up::parse(text).unwrap());
}

fn tier(name: Tier) -> TierInfo {
    let spec = name.spec();
    TierInfo {
        name: TierName::Known(name),
        width: spec.size.width,
        height: spec.size.height,
        fps: spec.fps as f32,
        codec: "h264".into(),
        bitrate: spec.video_bitrate,
        extra: Map::new(),
    }
}

fn ack(name: &str, status: AckStatus, message: &str, input: Option<u32>) -> Down {
    Down::Ack { id: id(name), status, message: message.into(), state_version: 5, input }
}

#[test]
fn am_3_messages_down_print_and_parse_as_their_vectors() {
    let opus =
        AudioState { enabled: true, format: "opus".into(), rate: 48_000, channels: 2, pre_skip: 312, extra: Map::new() };
    let hello = Hello {
        stream: 1,
        resumed: false,
        pinned: false,
        version: 1,
        world: WorldId::new("w_01hzx").unwrap(),
        server: "seaglass 0.1.0".into(),
        state: WorldState::Running,
        state_version: 3,
        epoch: 1,
        resume: Some(Token::new("r-4f1c").unwrap()),
        limits: Limits { session_s: Some(3600.0), idle_s: Some(300.0), grace_s: Some(30.0), extra: Map::new() },
        tier: tier(Tier::Standard),
        tiers: vec![tier(Tier::Draft), tier(Tier::Standard)],
        audio: opus.clone(),
        camera: Some(CameraModel { fov_y_deg: 60.0, look_unit_rad: 1.0 }),
        capabilities: Capabilities {
            audio: true,
            mouse: true,
            mid_prompt: true,
            structured: true,
            pause: true,
            seed: true,
            resume: true,
            chunk_frames: 1,
            codecs: ["h264", "mjpeg", "opus", "pcm_s16le"].map(String::from).to_vec(),
            ..Capabilities::default()
        },
        server_us: 9_000_000,
        extra: Map::new(),
    };
    let resumed = Hello {
        stream: 3,
        resumed: true,
        pinned: true,
        state: WorldState::Paused,
        state_version: 8,
        epoch: 4,
        limits: Limits::default(),
        tier: tier(Tier::Draft),
        tiers: vec![],
        audio: AudioState::default(),
        camera: None,
        capabilities: Capabilities { resume: true, ..Capabilities::default() },
        server_us: 9_500_000,
        ..hello.clone()
    };
    let busy = ErrorBody {
        retry_after_ms: Some(5000),
        extra: members(json!({ "seats": 4 })),
        ..ErrorBody::new(ErrorCode::Busy, "all seats are taken")
    };
    let meant = [
        ("hello", Down::Hello(Box::new(hello))),
        ("hello, resumed", Down::Hello(Box::new(resumed))),
        ("stage", Down::Stage(Stage { stage: "terrain".into(), percent: 37.5 })),
        ("queue", Down::Queue { position: 2, size: 5 }),
        ("state", Down::State { state: WorldState::Paused, state_version: 4 }),
        ("ack, applied", ack("c1", AckStatus::Applied, "storm, intensity 1", Some(7))),
        ("ack, seen before", ack("c1", AckStatus::Duplicate, "", Some(7))),
        (
            "ack, not understood",
            ack("c2", AckStatus::NotUnderstood, "no word of it names weather, time, light, mood, camera or a thing", None),
        ),
        ("quality", Down::Quality { tier: tier(Tier::Draft), reason: "playback is 200 ms behind".into(), pinned: false }),
        ("audio", Down::Audio(AudioState { format: "pcm_s16le".into(), pre_skip: 0, ..opus })),
        ("audio off", Down::Audio(AudioState::default())),
        ("tick", Down::Tick { seconds_used: 12.5, seconds_left: Some(47.5), credits: Some(0.5) }),
        (
            "warning",
            Down::Warning { limit: LimitKind::Idle, seconds_left: 30.0, message: "no command for 4.5 minutes".into() },
        ),
        ("error", Down::Error(ErrorBody::new(ErrorCode::InvalidRequest, "direct.id: is missing"))),
        ("error, to be retried", Down::Error(busy)),
        ("ended", Down::Ended { reason: EndReason::Deleted }),
        ("pong", Down::Pong { issued_us: 2_900_000, server_us: 9_100_000 }),
        ("an unknown type", Down::Other(members(json!({ "type": "fireworks", "when": [1, 2, 3] })))),
    ];
    assert_both_ways(&vectors("down.json"), &meant, Down::print, |text| Down::parse(text).unwrap());
}

#[test]
fn bodies_of_http_print_and_parse_as_their_vectors() {
    let file = vectors("http.json");
    let pick = |names: &[&str]| names.iter().map(|name| ((*name).to_owned(), file[*name].clone())).collect::<Map<_, _>>();
    let harbour = "a quiet harbour";
    let creates = [
        ("create, the least", CreateWorld { prompt: harbour.into(), ..CreateWorld::default() }),
        (
            "create, everything",
            CreateWorld {
                prompt: "a quiet harbour at dusk".into(),
                mode: Mode::Direct,
                world: Some("calibration".into()),
                seed: Some(7),
                tier: Some(TierName::Known(Tier::Draft)),
                video_formats: vec!["mjpeg".into(), "h264".into()],
                audio: Some(AudioRequest { enabled: true, formats: vec!["opus".into()] }),
                first_frame: Some("iVBORw0KGgo=".into()),
                limits: Some(Limits { session_s: Some(60.0), idle_s: Some(30.0), ..Limits::default() }),
                idempotency_key: Some("run-42".into()),
                extra: members(json!({ "a_later_field": [1] })),
            },
        ),
    ];
    for (name, create) in &creates {
        assert_eq!(create.check(), Ok(()), "{name}");
    }
    let names = |list: &[&'static str]| pick(list);
    assert_both_ways(&names(&["create, the least", "create, everything"]), &creates, print, parse);

    let world = |name: &str| WorldInfo {
        id: WorldId::new(name).unwrap(),
        state: WorldState::Running,
        state_version: 2,
        prompt: String::new(),
        seed: None,
        tier: None,
        seconds_used: 3.0,
        credits_used: 0.0,
        attached: true,
        ended: None,
        idempotency_key: None,
        ticket: None,
        extra: Map::new(),
    };
    let warming = WorldInfo {
        state: WorldState::Warming,
        state_version: 1,
        prompt: harbour.into(),
        seed: Some(7),
        tier: Some(TierName::Known(Tier::Standard)),
        seconds_used: 0.5,
        attached: false,
        idempotency_key: Some("run-42".into()),
        ticket: Some(Token::new("t-9b2e").unwrap()),
        ..world("w_01hzx")
    };
    let ended = WorldInfo {
        state: WorldState::Ended,
        state_version: 9,
        seed: None,
        tier: None,
        seconds_used: 61.5,
        credits_used: 3.75,
        ended: Some(EndReason::Limit),
        idempotency_key: None,
        ticket: None,
        ..warming.clone()
    };
    assert_both_ways(&names(&["world", "world, ended"]), &[("world", warming), ("world, ended", ended)], print, parse);
    assert_both_ways(&names(&["worlds"]), &[("worlds", WorldList { worlds: vec![world("w1")] })], print, parse);
    let used = |name: &str, seconds_used, credits_used| WorldUsage {
        id: WorldId::new(name).unwrap(),
        idempotency_key: None,
        seconds_used,
        credits_used,
        ended: None,
        extra: Map::new(),
    };
    let limit =
        WorldUsage { idempotency_key: Some("run-42".into()), ended: Some(EndReason::Limit), ..used("w_01hzx", 61.5, 3.75) };
    let usage =
        Usage { seconds_used: 64.5, credits_used: 3.75, worlds: vec![used("w_01j00", 3.0, 0.0), limit], extra: Map::new() };
    assert_both_ways(&names(&["usage"]), &[("usage", usage)], print, parse);

    let blank = CreateWorld { prompt: " ".into(), ..CreateWorld::default() };
    let invalid = ErrorEnvelope { error: ErrorBody::of_violations(&blank.check().unwrap_err()) };
    let protocol = ErrorEnvelope {
        error: ErrorBody {
            extra: members(json!({ "supported": ["seaglass.v1"] })),
            ..ErrorBody::new(ErrorCode::UnsupportedProtocol, "this server speaks seaglass.v1")
        },
    };
    let over = ErrorEnvelope {
        error: ErrorBody {
            extra: members(json!({ "world": "w_01hzx" })),
            ..ErrorBody::new(ErrorCode::WorldEnded, "the world that this key made has ended")
        },
    };
    let errors = ["error", "error, another protocol", "error, the world of this key has ended"];
    let meant = [(errors[0], invalid), (errors[1], protocol), (errors[2], over)];
    assert_both_ways(&names(&errors), &meant, print, parse);
    assert_eq!(file.len(), 9, "vectors that no test reads");
}

fn print<T: serde::Serialize>(value: &T) -> String {
    serde_json::to_string(value).unwrap()
}

fn parse<T: serde::de::DeserializeOwned>(text: &str) -> T {
    serde_json::from_str(text).unwrap()
}

/// unknown fields and names survive, absent ones take their defaults.
#[test]
fn what_is_absent_or_unknown_is_tolerated_as_the_vectors_say() {
    let file = vectors("tolerated.json");
    for (direction, cases) in &file {
        for (name, case) in cases.as_object().unwrap() {
            let text = case[0].to_string();
            let printed =
                if direction == "up" { Up::parse(&text).unwrap().print() } else { Down::parse(&text).unwrap().print() };
            assert_eq!(serde_json::from_str::<Value>(&printed).unwrap(), case[1], "{direction}: {name}");
        }
    }
}

#[test]
fn what_does_not_fit_is_refused_with_the_words_of_the_vectors() {
    let file = vectors("refused.json");
    for (direction, cases) in &file {
        for (name, case) in cases.as_object().unwrap() {
            let (text, words) = (case[0].as_str().unwrap(), case[1].as_str().unwrap());
            let error = if direction == "up" { Up::parse(text).map(drop) } else { Down::parse(text).map(drop) };
            let error = error.expect_err(name).to_string();
            assert!(error.starts_with(words), "{direction}: {name}: {error}");
        }
    }
}

fn hex(text: &str) -> Vec<u8> {
    let digits: String = text.lines().flat_map(|line| line.split('#').next()).flat_map(str::split_whitespace).collect();
    (0..digits.len()).step_by(2).map(|at| u8::from_str_radix(&digits[at..at + 2], 16).unwrap()).collect()
}

fn vector(name: &str) -> Vec<u8> {
    hex(&golden(&format!("envelope/{name}.hex")))
}

fn audio_opus() -> Envelope {
    Envelope {
        kind: Kind::Media(Format::Audio(AudioCodec::Opus)),
        keyframe: false,
        discontinuity: false,
        epoch: 0,
        sequence: 0,
        pts_us: -6500,
        duration_us: 20_000,
        fragment: 0,
        fragments: 1,
        unit_bytes: 3,
        chunk_index: 0,
        chunk_len: 1,
        state_version: 0,
        input: None,
        generated_us: None,
        sent_us: None,
        render_us: 0,
        encode_us: 0,
        payload: Bytes::from_static(&[0xfc, 0xff, 0xfe]),
    }
}

#[test]
fn envelopes_print_and_parse_as_their_vectors() {
    let frame = Envelope { duration_us: 33_333, pts_us: 0, ..audio_opus() };
    let meant = [
        ("audio_opus", audio_opus()),
        (
            "video_keyframe",
            Envelope {
                kind: Kind::Media(Format::Video(VideoCodec::H264)),
                keyframe: true,
                discontinuity: true,
                epoch: 2,
                sequence: 42,
                pts_us: 2_000_000,
                unit_bytes: 6,
                chunk_index: 3,
                chunk_len: 12,
                state_version: 5,
                input: Some((7, 1_500_000)),
                generated_us: Some(9_000_000),
                sent_us: Some(9_001_000),
                render_us: 3000,
                encode_us: 2000,
                payload: Bytes::from_static(&[0, 0, 0, 1, 0x65, 0x88]),
                ..frame.clone()
            },
        ),
        (
            "last_fragment",
            Envelope {
                kind: Kind::Media(Format::Video(VideoCodec::Mjpeg)),
                sequence: 9,
                fragment: 1,
                fragments: 2,
                unit_bytes: 16_386,
                payload: Bytes::from_static(&[0xff, 0xd9]),
                ..frame.clone()
            },
        ),
        (
            "unknown_codec",
            Envelope {
                kind: Kind::UnknownCodec { track: 0, codec: 200 },
                keyframe: true,
                sequence: 1,
                duration_us: 0,
                unit_bytes: 1,
                payload: Bytes::from_static(&[0xaa]),
                ..frame
            },
        ),
    ];
    for (name, envelope) in &meant {
        let mut printed = BytesMut::new();
        envelope.print(&mut printed);
        assert_eq!(printed, vector(name), "{name}: printed");
        assert_eq!(&Envelope::parse(vector(name).into()).unwrap(), envelope, "{name}: parsed");
    }
    assert_eq!(Envelope::parse(vector("longer_header").into()).unwrap(), audio_opus());
}

#[test]
fn envelopes_that_do_not_fit_are_refused_with_the_words_of_the_vectors() {
    let cases: Map<String, Value> = serde_json::from_str(&golden("envelope/refused.json")).unwrap();
    for (name, case) in &cases {
        let mut bytes = case["of"].as_str().map(vector).unwrap_or_default();
        for change in case["set"].as_array().into_iter().flatten() {
            let (at, new) = (change[0].as_u64().unwrap() as usize, hex(change[1].as_str().unwrap()));
            bytes[at..at + new.len()].copy_from_slice(&new);
        }
        bytes.truncate(case["length"].as_u64().map_or(usize::MAX, |length| length as usize));
        let error = Envelope::parse(bytes.into()).expect_err(name);
        assert_eq!(error.to_string(), case["error"].as_str().unwrap(), "{name}");
    }
}

#[test]
fn a_payload_shares_the_memory_of_its_message() {
    let message = Bytes::from(vector("video_keyframe"));
    let start = message.as_ptr();
    let payload = Envelope::parse(message).unwrap().payload;
    assert_eq!(payload.as_ptr(), start.wrapping_add(seaglass::wire::HEADER_BYTES));
}

/// everything that is wrong, at once, with the path of each field.
#[test]
fn a_create_that_is_wrong_in_many_ways_says_all_of_them() {
    let create = CreateWorld {
        prompt: "海".repeat(2001),
        tier: Some(TierName::Other(String::new())),
        video_formats: vec!["h264".into(), "h264".into()],
        audio: Some(AudioRequest { enabled: true, formats: vec![String::new()] }),
        first_frame: Some("R0lGODlh".into()),
        limits: Some(Limits { session_s: Some(0.0), idle_s: Some(f64::NAN), ..Limits::default() }),
        idempotency_key: Some("with space".into()),
        ..CreateWorld::default()
    };
    let found = create.check().unwrap_err();
    let fields: Vec<&str> = found.iter().map(|one| one.field.as_str()).collect();
    assert_eq!(
        fields,
        [
            "prompt",
            "tier",
            "video_formats[1]",
            "audio.formats[0]",
            "first_frame",
            "limits.session_s",
            "limits.idle_s",
            "idempotency_key"
        ]
    );
    assert!(found.to_string().starts_with("prompt: has 2001 characters; at most 2000 are allowed; tier: is empty; "));
}

/// HO-30, X-9: what a server hands out in confidence stands in no debug output.
#[test]
fn debug_output_shows_no_ticket_and_no_resume_token() {
    let world: WorldInfo = parse(&vectors("http.json")["world"].to_string());
    let hello = Down::parse(&vectors("down.json")["hello"].to_string()).unwrap();
    let shown = format!("{world:?} {hello:?}");
    assert!(!shown.contains("t-9b2e") && !shown.contains("r-4f1c"), "{shown}");
}

#[test]
fn text_beyond_its_bound_is_refused_before_it_is_read() {
    let text = " ".repeat(seaglass::wire::MAX_TEXT_BYTES + 1);
    assert!(matches!(Up::parse(&text), Err(WireError::TooLarge { .. })));
    assert!(matches!(Down::parse(&text), Err(WireError::TooLarge { .. })));
}
