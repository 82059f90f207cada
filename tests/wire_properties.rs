//! Properties of every parser of the wire: no input makes it panic, what it prints it reads back, and a unit survives any way of
//! travelling. A failing case prints its seed and is kept beside this file.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod cases;

use bytes::{Bytes, BytesMut};
use proptest::collection::{hash_map, vec};
use proptest::prelude::*;
use proptest::test_runner::FileFailurePersistence;
use seaglass::media::{AudioCodec, Format, Monotonic, Tier, VideoCodec};
use seaglass::wire::{
    AckStatus, Assembler, AudioRequest, Axes, CameraMove, CommandId, Control, CreateWorld, Direction, Down, EndReason,
    Envelope, ErrorBody, FRAGMENT_BYTES, Feedback, Key, Kind, LimitKind, Look, MAX_UNIT_BYTES, Mood, Place, Stage, TierName,
    TimeOfDay, Up, Weather, WorldInfo, WorldState, fragment,
};
use serde_json::{Map, Value};

/// Numbers that decimal text carries exactly.
fn exact(range: std::ops::RangeInclusive<i32>) -> impl Strategy<Value = f32> {
    range.prop_map(|eighths| eighths as f32 / 8.0)
}

fn name() -> impl Strategy<Value = String> {
    "[a-z_]{1,12}"
}

fn id() -> impl Strategy<Value = CommandId> {
    "[A-Za-z0-9_-]{1,32}".prop_map(|text| CommandId::new(text).unwrap())
}

fn words() -> impl Strategy<Value = String> {
    "\\PC{0,40}[a-z]\\PC{0,40}"
}

fn tier() -> impl Strategy<Value = TierName> {
    prop_oneof![
        Just(TierName::Known(Tier::Draft)),
        Just(TierName::Known(Tier::High)),
        "x[a-z]{1,8}".prop_map(TierName::Other)
    ]
}

fn direction() -> impl Strategy<Value = Direction> {
    let weather = prop_oneof![Just(Weather::Rain), Just(Weather::Clear), "x[a-z]{1,8}".prop_map(Weather::Other)];
    let time = prop_oneof![exact(0..=192).prop_map(TimeOfDay::Hour), name().prop_map(TimeOfDay::Name)];
    let camera = prop_oneof![Just(CameraMove::Pan), Just(CameraMove::Cut), "x[a-z]{1,8}".prop_map(CameraMove::Other)];
    let place = prop_oneof![Just(Place::Ahead), Just(Place::Around), "x[a-z]{1,8}".prop_map(Place::Other)];
    prop_oneof![
        (weather, proptest::option::of(exact(0..=8))).prop_map(|(kind, intensity)| Direction::Weather { kind, intensity }),
        (time, any::<Option<u32>>()).prop_map(|(to, over_ms)| Direction::Time { to, over_ms }),
        (exact(2..=24), proptest::option::of(exact(-8..=8)))
            .prop_map(|(brightness, warmth)| Direction::Light { brightness, warmth }),
        prop_oneof![Just(Mood::Calm), "x[a-z]{1,8}".prop_map(Mood::Other)].prop_map(|mood| Direction::Mood { mood }),
        (camera, proptest::option::of(exact(-9000..=9000)), any::<Option<u32>>(), proptest::option::of(name()))
            .prop_map(|(kind, amount, over_ms, target)| Direction::Camera { kind, amount, over_ms, target }),
        (name(), proptest::option::of(1_u32..=64), proptest::option::of(place))
            .prop_map(|(what, count, at)| Direction::Spawn { what, count, at }),
        name().prop_map(|what| Direction::Remove { what }),
    ]
}

fn control() -> impl Strategy<Value = Control> {
    let key = prop_oneof![Just(Key::Forward), Just(Key::Run), "x[a-z]{1,8}".prop_map(Key::Other)];
    let axes = (exact(-8..=8), exact(-8..=8)).prop_map(|(strafe, walk)| Axes { strafe, walk });
    let look = (exact(-80_000..=80_000), exact(-80_000..=80_000)).prop_map(|(yaw, pitch)| Look { yaw, pitch });
    (any::<u32>(), any::<u64>(), vec(key, 0..=16), axes, look).prop_map(|(input, issued_us, keys, axes, look)| Control {
        input,
        issued_us,
        keys,
        axes,
        look,
    })
}

fn up() -> impl Strategy<Value = Up> {
    let stamp = || (any::<u32>(), any::<u64>());
    prop_oneof![
        (id(), words(), proptest::option::of(direction()), stamp()).prop_map(|(id, text, action, (input, issued_us))| {
            Up::Direct { id, text: Some(text), action, input, issued_us }
        }),
        (id(), words(), stamp()).prop_map(|(id, prompt, (input, issued_us))| Up::Wander { id, prompt, input, issued_us }),
        control().prop_map(Up::Control),
        id().prop_map(|id| Up::Pause { id }),
        (id(), any::<u32>()).prop_map(|(id, by_ms)| Up::Rewind { id, by_ms }),
        (id(), tier(), any::<bool>()).prop_map(|(id, tier, pinned)| Up::Quality { id, tier, pinned }),
        (id(), any::<bool>()).prop_map(|(id, enabled)| Up::Audio { id, audio: AudioRequest { enabled, formats: vec![] } }),
        Just(Up::Keyframe {}),
        (any::<i64>(), exact(-800..=8000)).prop_map(|(last_pts_us, late_ms)| Up::Feedback(Feedback {
            last_pts_us,
            late_ms,
            ..Feedback::default()
        })),
        any::<u64>().prop_map(|issued_us| Up::Ping { issued_us }),
    ]
}

fn down() -> impl Strategy<Value = Down> {
    let state = prop_oneof![Just(WorldState::Running), "x[a-z]{1,8}".prop_map(WorldState::Other)];
    let status = prop_oneof![Just(AckStatus::Applied), "x[a-z]{1,8}".prop_map(AckStatus::Other)];
    let reason = prop_oneof![Just(EndReason::Idle), "x[a-z]{1,8}".prop_map(EndReason::Other)];
    let seconds = || (0_u32..1_000_000).prop_map(|eighths| f64::from(eighths) / 8.0);
    prop_oneof![
        (name(), exact(0..=800)).prop_map(|(stage, percent)| Down::Stage(Stage { stage, percent })),
        any::<(u32, u32)>().prop_map(|(position, size)| Down::Queue { position, size }),
        (state, any::<u32>()).prop_map(|(state, state_version)| Down::State { state, state_version }),
        (id(), status, words(), any::<u32>(), any::<Option<u32>>())
            .prop_map(|(id, status, message, state_version, input)| Down::Ack { id, status, message, state_version, input }),
        (seconds(), proptest::option::of(seconds())).prop_map(|(seconds_used, seconds_left)| Down::Tick {
            seconds_used,
            seconds_left,
            credits: None
        }),
        (seconds(), words()).prop_map(|(seconds_left, message)| Down::Warning {
            limit: LimitKind::Budget,
            seconds_left,
            message
        }),
        (name(), words(), any::<Option<u64>>()).prop_map(|(code, message, retry_after_ms)| Down::Error(ErrorBody {
            code,
            message,
            retry_after_ms,
            ..ErrorBody::default()
        })),
        reason.prop_map(|reason| Down::Ended { reason }),
        any::<(u64, u64)>().prop_map(|(issued_us, server_us)| Down::Pong { issued_us, server_us }),
    ]
}

fn kind() -> impl Strategy<Value = Kind> {
    prop_oneof![
        Just(Kind::Media(Format::Video(VideoCodec::H264))),
        Just(Kind::Media(Format::Audio(AudioCodec::Opus))),
        (0_u8..2, 3_u8..).prop_map(|(track, codec)| Kind::UnknownCodec { track, codec }),
    ]
}

fn unit(bytes: std::ops::RangeInclusive<usize>) -> impl Strategy<Value = Envelope> {
    let flags = any::<(bool, bool, Option<(u32, u64)>, Option<u64>, Option<u64>)>();
    let numbers = any::<(u32, u64, i64, u32, u32, u32, u32)>();
    (kind(), flags, numbers, (0_u16..12), (1_u16..12), bytes, any::<u8>()).prop_map(
        |(kind, flags, numbers, chunk_index, more, bytes, seed)| {
            let (keyframe, discontinuity, input, generated_us, sent_us) = flags;
            let (epoch, sequence, pts_us, duration_us, state_version, render_us, encode_us) = numbers;
            let payload: Vec<u8> = (0..bytes).map(|index| (index as u8).wrapping_mul(31).wrapping_add(seed)).collect();
            Envelope {
                kind,
                keyframe,
                discontinuity,
                epoch,
                sequence,
                pts_us,
                duration_us,
                fragment: 0,
                fragments: 1,
                unit_bytes: bytes as u32,
                chunk_index,
                chunk_len: chunk_index + more,
                state_version,
                input,
                generated_us,
                sent_us,
                render_us,
                encode_us,
                payload: payload.into(),
            }
        },
    )
}

fn printed(envelope: &Envelope) -> Bytes {
    let mut bytes = BytesMut::new();
    envelope.print(&mut bytes);
    bytes.freeze()
}

/// Any JSON, three levels deep.
fn json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<i32>().prop_map(|eighths| Value::from(f64::from(eighths) / 8.0)),
        "\\PC{0,12}".prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 24, 6, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..6).prop_map(Value::from),
            hash_map(member(), inner, 0..6).prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

/// Names of members that mean something somewhere, and some that do not.
fn member() -> impl Strategy<Value = String> {
    const KNOWN: &[&str] = &[
        "id",
        "text",
        "action",
        "do",
        "kind",
        "move",
        "to",
        "what",
        "count",
        "at",
        "input",
        "issued_us",
        "keys",
        "axes",
        "look",
        "yaw",
        "tier",
        "name",
        "width",
        "height",
        "fps",
        "codec",
        "audio",
        "enabled",
        "formats",
        "prompt",
        "by_ms",
        "version",
        "world",
        "state",
        "percent",
        "stage",
        "status",
        "seconds_used",
        "limit",
        "reason",
        "code",
        "limits",
        "idle_s",
    ];
    prop_oneof![4 => proptest::sample::select(KNOWN).prop_map(str::to_owned), 1 => "[a-z]{1,6}"]
}

const TYPES_UP: &[&str] =
    &["direct", "wander", "control", "pause", "resume", "rewind", "quality", "audio", "keyframe", "feedback", "ping"];
const TYPES_DOWN: &[&str] =
    &["hello", "stage", "queue", "state", "ack", "quality", "audio", "tick", "warning", "error", "ended", "pong"];

fn object(types: &'static [&'static str]) -> impl Strategy<Value = String> {
    (proptest::sample::select(types), hash_map(member(), json(), 0..8)).prop_map(|(kind, members)| {
        let mut object: Map<String, Value> = members.into_iter().collect();
        object.insert("type".to_owned(), kind.into());
        Value::Object(object).to_string()
    })
}

/// Edits of a text: where, and by what.
fn edits() -> impl Strategy<Value = Vec<(prop::sample::Index, u8, u8)>> {
    vec((any::<prop::sample::Index>(), 0_u8..4, any::<u8>()), 1..6)
}

fn mutated(bytes: &[u8], edits: &[(prop::sample::Index, u8, u8)]) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    for (at, how, what) in edits {
        if bytes.is_empty() {
            break;
        }
        let at = at.index(bytes.len());
        match how {
            0 => bytes[at] = *what,
            1 => bytes.insert(at, *what),
            2 => drop(bytes.remove(at)),
            _ => bytes.truncate(at),
        }
    }
    bytes
}

fn config() -> ProptestConfig {
    ProptestConfig {
        failure_persistence: Some(Box::new(FileFailurePersistence::WithSource("regressions"))),
        ..cases::config(256)
    }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn messages_up_read_back_as_printed(message in up()) {
        prop_assert_eq!(Up::parse(&message.print()), Ok(message));
    }

    #[test]
    fn messages_down_read_back_as_printed(message in down()) {
        prop_assert_eq!(Down::parse(&message.print()), Ok(message));
    }

    #[test]
    fn no_text_makes_a_parser_panic(text in "\\PC{0,200}") {
        let _ = (Up::parse(&text), Down::parse(&text), Up::salvage_id(&text));
        let _ = (serde_json::from_str::<CreateWorld>(&text), serde_json::from_str::<WorldInfo>(&text));
    }

    #[test]
    fn a_known_type_is_read_or_refused_but_never_taken_for_unknown(up in object(TYPES_UP), down in object(TYPES_DOWN)) {
        if let Ok(message) = Up::parse(&up) {
            prop_assert!(!matches!(message, Up::Other(_)), "{}", up);
            prop_assert_eq!(Up::parse(&message.print()), Ok(message));
        }
        if let Ok(message) = Down::parse(&down) {
            prop_assert!(!matches!(message, Down::Other(_)), "{}", down);
        }
    }

    #[test]
    fn an_unknown_type_survives_whole(members in hash_map(member(), json(), 0..8)) {
        let mut object: Map<String, Value> = members.into_iter().collect();
        object.insert("type".to_owned(), "xyzzy".into());
        let text = Value::Object(object).to_string();
        let read: Value = serde_json::from_str(&text).unwrap();
        let reads = |printed: String| serde_json::from_str::<Value>(&printed).unwrap();
        prop_assert_eq!(&reads(Up::parse(&text).unwrap().print()), &read);
        prop_assert_eq!(&reads(Down::parse(&text).unwrap().print()), &read);
    }

    #[test]
    fn mutated_messages_make_no_parser_panic(up in up(), down in down(), edits in edits()) {
        let _ = Up::parse(&String::from_utf8_lossy(&mutated(up.print().as_bytes(), &edits)));
        let _ = Down::parse(&String::from_utf8_lossy(&mutated(down.print().as_bytes(), &edits)));
    }

    #[test]
    fn bodies_of_any_json_make_no_check_panic(body in json()) {
        if let Ok(create) = serde_json::from_value::<CreateWorld>(body) {
            let _ = create.check();
        }
    }

    #[test]
    fn envelopes_read_back_as_printed(unit in unit(1..=FRAGMENT_BYTES)) {
        prop_assert_eq!(Envelope::parse(printed(&unit)), Ok(unit));
    }

    #[test]
    fn no_bytes_make_the_envelope_parser_panic(bytes in vec(any::<u8>(), 0..200)) {
        let _ = Envelope::parse(bytes.into());
    }

    #[test]
    fn mutated_envelopes_are_read_or_refused_and_never_grow(unit in unit(1..=300), edits in edits()) {
        let bytes = mutated(&printed(&unit), &edits);
        let length = bytes.len();
        if let Ok(envelope) = Envelope::parse(bytes.into()) {
            prop_assert!(envelope.payload.len() < length);
            prop_assert!(envelope.unit_bytes as usize <= MAX_UNIT_BYTES);
        }
    }

    #[test]
    fn a_unit_of_any_size_survives_being_split_sent_and_joined(unit in unit(1..=5 * FRAGMENT_BYTES)) {
        let mut assembler = Assembler::new();
        let mut whole = Vec::new();
        for part in fragment(&unit).unwrap() {
            prop_assert!(part.payload.len() <= FRAGMENT_BYTES);
            let received = Envelope::parse(printed(&part)).unwrap();
            let step = assembler.push(received, Monotonic::ZERO);
            prop_assert_eq!(step.fault, None);
            whole.extend(step.unit.map(|unit| unit.envelope));
        }
        prop_assert_eq!(whole, [unit]);
    }

    /// HO-27: whatever is lost, doubled or reordered on the way, a unit that comes out is one that went in.
    #[test]
    fn no_order_of_fragments_makes_up_a_unit(
        sizes in vec((0_u8..2, 1..=3 * FRAGMENT_BYTES), 1..5),
        order in vec(any::<prop::sample::Index>(), 0..24),
    ) {
        let units: Vec<Envelope> = sizes.iter().enumerate().map(|(index, (track, bytes))| Envelope {
            kind: Kind::UnknownCodec { track: *track, codec: 9 },
            keyframe: false,
            discontinuity: false,
            epoch: 0,
            sequence: index as u64,
            pts_us: 0,
            duration_us: 0,
            fragment: 0,
            fragments: 1,
            unit_bytes: *bytes as u32,
            chunk_index: 0,
            chunk_len: 1,
            state_version: 0,
            input: None,
            generated_us: None,
            sent_us: None,
            render_us: 0,
            encode_us: 0,
            payload: vec![index as u8; *bytes].into(),
        }).collect();
        let parts: Vec<Envelope> = units.iter().flat_map(|unit| fragment(unit).unwrap().collect::<Vec<_>>()).collect();
        let mut assembler = Assembler::new();
        for at in order {
            let step = assembler.push(parts[at.index(parts.len())].clone(), Monotonic::ZERO);
            if let Some(unit) = step.unit {
                prop_assert!(units.contains(&unit.envelope));
            }
        }
    }
}
