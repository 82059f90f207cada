//! Properties of the dialects: no request and no answer makes a panic, a body without violations keeps to the documents' limits, and a
//! request within them is never refused. A failing case prints its seed and is kept beside these files.

use proptest::collection::{btree_map, vec};
use proptest::option::of;
use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::FileFailurePersistence;
use seaglass::jobs::{
    Backend, Element, FieldNames, Input, LocalFile, Mode, Motion, Phase, Prices, Reply, Request, Shot, balance, dialect,
    ranges,
};
use serde_json::{Map, Value, json};

use super::cases;
use super::documented;
use super::support::{lower, sample};

fn backend() -> impl Strategy<Value = Backend> {
    select(Backend::ALL.to_vec())
}

fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        2 => "[a-z ]{0,60}",
        2 => "(@dog|@cat|@dogs|me@x|@|dog| ){0,6}",
        2 => any::<String>(),
        1 => (select(vec!["x", "é", "\u{1f434}", " "]), select(vec![49_usize, 50, 51, 499, 500, 501, 1999, 2000, 2001, 2500, 2501]))
            .prop_map(|(c, count)| c.repeat(count)),
    ]
}

fn words(known: &'static [&'static str]) -> impl Strategy<Value = Option<String>> {
    of(prop_oneof![4 => select(known.to_vec()).prop_map(str::to_owned), 1 => any::<String>()])
}

fn number() -> impl Strategy<Value = u32> {
    prop_oneof![8 => 0_u32..=20, 1 => any::<u32>(), 1 => select(vec![24_u32, 30])]
}

fn float() -> impl Strategy<Value = f64> {
    prop_oneof![4 => 0.0..=1.0, 1 => any::<f64>(), 1 => select(vec![0.0, -0.0, 1.0, f64::NAN, f64::INFINITY])]
}

fn file() -> impl Strategy<Value = LocalFile> {
    let types = vec!["image/png", "image/jpeg", "video/mp4", "audio/mpeg", "audio/mp4", "", "text/plain"];
    let bytes = prop_oneof![0_u64..100, Just(10_000_000_u64), Just(10 << 20), any::<u64>()];
    (any::<String>(), select(types), bytes).prop_map(|(path, media_type, bytes)| LocalFile {
        path: path.into(),
        media_type: media_type.to_owned(),
        bytes,
    })
}

fn input() -> impl Strategy<Value = Input> {
    prop_oneof![
        file().prop_map(Input::File),
        prop_oneof![3 => "https://example\\.com/[a-z]{1,8}\\.png", 1 => any::<String>()].prop_map(Input::Url),
        prop_oneof![3 => "videos/(inputs|reference-audio)/[a-z]{1,8}", 1 => any::<String>()].prop_map(Input::Key),
    ]
}

fn element() -> impl Strategy<Value = Element> {
    let name = prop_oneof![4 => select(vec!["dog", "cat", "dog_big", "狗"]).prop_map(str::to_owned), 1 => any::<String>()];
    (name, text(), vec(input(), 0..6)).prop_map(|(name, description, images)| Element { name, description, images })
}

fn json_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        text().prop_map(Value::from),
        select(vec![
            "completed",
            "failed",
            "SUCCESS",
            "FAILED",
            "ready",
            "n92x",
            "https://cdn.example.com/a.mp4",
            "200",
            "2-16"
        ])
        .prop_map(Value::from),
    ];
    let keys = vec![
        "job_id",
        "status",
        "error",
        "code",
        "message",
        "data",
        "task_id",
        "response",
        "resultUrls",
        "id",
        "videoUrl",
        "output_url",
        "progress",
        "credits_used",
        "consumed_credits",
        "completed_at",
        "field",
        "requiredPlan",
        "uploadUrl",
        "key",
        "duration",
        "fps",
        "min",
        "max",
        "enum",
        "models",
        "balance",
        "credits",
        "name",
        "resolution",
    ];
    leaf.prop_recursive(4, 32, 6, move |inner| {
        let key = prop_oneof![6 => select(keys.clone()).prop_map(str::to_owned), 1 => any::<String>()];
        prop_oneof![
            vec(inner.clone(), 0..4).prop_map(Value::from),
            btree_map(key, inner, 0..8).prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

prop_compose! {
    fn looks()(
        prompt in of(text()),
        shots in prop_oneof![3 => Just(vec![]), 1 => vec((text(), number()).prop_map(|(prompt, duration)| Shot { prompt, duration }), 1..7)],
        duration in of(number()),
        mode in of(select(vec![Mode::Std, Mode::Pro])),
        resolution in words(&["720p", "1080p", "4K", "4k"]),
        aspect_ratio in words(&["16:9", "9:16", "1:1", "4:3"]),
        fps in of(number()),
        seed in of(any::<u64>()),
        motion in of(prop_oneof![float().prop_map(Motion::Strength), number().prop_map(Motion::Level)]),
        adherence in of(float()),
    ) -> Request {
        Request { prompt, shots, duration, mode, resolution, aspect_ratio, fps, seed, motion, adherence, ..Request::default() }
    }
}

prop_compose! {
    /// Any request at all.
    fn request()(
        looks in looks(),
        style in of(text()),
        camera in words(&["none", "orbit", "pan-left"]),
        sound in any::<Option<bool>>(),
        inputs in prop_oneof![2 => Just((None, None, None, None)), 1 => (of(input()), of(input()), of(input()), of(input()))],
        elements in prop_oneof![3 => Just(vec![]), 1 => vec(element(), 1..5)],
    ) -> Request {
        let (image, last_frame, ref_video, ref_audio) = inputs;
        Request { style, camera, sound, image, last_frame, ref_video, ref_audio, elements, ..looks }
    }
}

prop_compose! {
    /// A request that every document allows in as far as it has words for it.
    fn right()(
        prompt in "[a-z\u{1f434}é]{3,80}",
        duration in 3_u32..=12,
        mode in of(select(vec![Mode::Std, Mode::Pro])),
        resolution in of(Just("1080p".to_owned())),
        aspect_ratio in of(select(vec!["16:9", "9:16", "1:1"]).prop_map(str::to_owned)),
        fps in of(select(vec![24_u32, 30])),
        seed in any::<Option<u64>>(),
        motion in of(prop_oneof![(0.0..=1.0).prop_map(Motion::Strength), (1_u32..=5).prop_map(Motion::Level)]),
        adherence in of(0.0..=1.0),
        style in of("[a-z]{1,50}"),
        sound in any::<Option<bool>>(),
    ) -> Request {
        let (prompt, duration) = (Some(prompt), Some(duration));
        Request { prompt, duration, mode, resolution, aspect_ratio, fps, seed, motion, adherence, style, sound, ..Request::default() }
    }
}

/// What would be sent, once the uploads have been answered.
fn sent(backend: Backend, request: &Request) -> Option<Map<String, Value>> {
    let lowered = lower(backend, request);
    let mut body = lowered.body;
    for need in &lowered.uploads {
        assert!(!body.contains_key(&need.field), "two values for {}", need.field);
        body.insert(need.field.clone(), json!("videos/inputs/u/a"));
    }
    lowered.violations.is_empty().then_some(body)
}

fn no_null(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::Array(list) => list.iter().all(no_null),
        Value::Object(map) => map.values().all(no_null),
        _ => true,
    }
}

/// Gives one answer to every reader, and looks at what comes out.
fn read(backend: Backend, status: u16, body: &[u8]) -> Result<(), TestCaseError> {
    let reply = Reply { status, retry_after: None, body };
    let dialect = dialect(backend);
    let success = (200..300).contains(&status);
    match dialect.read_status(&reply) {
        Ok(status) => {
            prop_assert!(success && (status.phase != Phase::Ready || !status.results.is_empty()));
            prop_assert!(status.results.iter().all(|link| link.to_lowercase().starts_with("http")));
            prop_assert!(status.progress.is_none_or(|part| (0.0..=1.0).contains(&part)));
            prop_assert!(status.credits.is_none_or(|credits| credits.is_finite() && credits >= 0.0));
            prop_assert!(!status.word.is_empty() && status.word.chars().count() <= 64);
            prop_assert!(status.error.is_none_or(|error| error.chars().count() <= 500));
        }
        Err(problem) => prop_assert!(!problem.message.is_empty() && problem.message.chars().count() <= 500),
    }
    if let Ok(accepted) = dialect.read_accepted(&reply) {
        prop_assert!(success && !accepted.id.is_empty() && !accepted.id.chars().any(char::is_control));
    }
    if let Ok(presigned) = dialect.read_presigned(&reply) {
        prop_assert!(success && !presigned.key.is_empty() && presigned.upload_url.to_lowercase().starts_with("http"));
    }
    if let Ok(any) = dialect.read_any(&reply) {
        let _ = (balance(&any), ranges(&any));
    }
    Ok(())
}

/// Takes something out of a sample, or puts something else in.
fn spoil(value: &mut Value, path: &[usize], with: &Value) {
    let Some((first, rest)) = path.split_first() else {
        *value = with.clone();
        return;
    };
    match value {
        Value::Object(map) if !map.is_empty() => {
            let at = first % map.len();
            spoil(map.values_mut().nth(at).unwrap(), rest, with);
        }
        Value::Array(list) if !list.is_empty() => {
            let at = first % list.len();
            spoil(&mut list[at], rest, with);
        }
        other => *other = with.clone(),
    }
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
    fn no_bytes_make_a_reader_panic(backend in backend(), status in prop_oneof![Just(200_u16), any::<u16>()], body in vec(any::<u8>(), 0..200)) {
        read(backend, status, &body)?;
    }

    #[test]
    fn no_json_makes_a_reader_panic(
        backend in backend(),
        status in prop_oneof![2 => Just(200_u16), 1 => select(vec![201_u16, 400, 401, 402, 403, 404, 413, 429, 500, 503])],
        answer in json_value(),
    ) {
        read(backend, status, answer.to_string().as_bytes())?;
    }

    #[test]
    fn no_spoiled_sample_makes_a_reader_panic(
        backend in backend(),
        of in select(vec![
            ("lab", "completed"), ("app", "created"), ("app", "success"), ("customer", "ready"), ("customer", "presigned"),
            ("customer", "plan_gate_exceeded"),
        ]),
        path in vec(any::<usize>(), 1..4),
        with in json_value(),
    ) {
        let mut answer = sample(of.0, of.1);
        spoil(&mut answer, &path, &with);
        read(backend, 200, answer.to_string().as_bytes())?;
    }

    ///
    #[test]
    fn a_body_without_violations_keeps_to_the_documents_limits(backend in backend(), request in request()) {
        let lowered = lower(backend, &request);
        prop_assert!(lowered.body.values().all(no_null), "{:?}", lowered.body);
        prop_assert!(lowered.violations.iter().all(|one| !one.field.is_empty() && !one.what.is_empty() && !one.fix.is_empty()));
        if let Some(body) = sent(backend, &request) {
            prop_assert_eq!(documented::faults(backend, &body), Vec::<String>::new(), "{:?}", body);
            for need in lowered.uploads {
                prop_assert_eq!(backend, Backend::HhCustomer);
                prop_assert!(need.file.bytes > 0 && need.file.bytes <= 50 << 20 && need.file.media_type.starts_with(need.kind.name()));
            }
        }
    }

    #[test]
    fn a_request_within_the_documents_limits_is_never_refused(backend in backend(), request in right()) {
        prop_assert_eq!(lower(backend, &request).violations, vec![]);
    }

    ///
    #[test]
    fn an_estimate_is_never_nothing_and_never_no_number(
        backend in backend(),
        request in request(),
        prices in (of(float()), of(float())),
    ) {
        let estimate = dialect(backend).estimate(&request, &Prices::default());
        prop_assert!(estimate.credits.is_none_or(|credits| credits.is_finite() && credits > 0.0));
        let (per_job, per_second) = prices;
        let own = dialect(backend).estimate(&request, &Prices { per_job, per_second });
        prop_assert!(own.credits.is_none_or(|credits| credits.is_finite() && credits >= 0.0) && !own.basis.is_empty());
    }

    ///
    #[test]
    fn what_is_set_by_hand_arrives_as_it_is(backend in backend(), request in request(), extra in btree_map(any::<String>(), json_value(), 0..4)) {
        let request = Request { extra, ..request };
        let names = FieldNames { cfg_scale: "prompt".into(), elements: String::new() };
        let lowered = dialect(backend).lower(&request, &names);
        for (key, value) in request.extra.iter().filter(|(key, _)| !key.is_empty()) {
            prop_assert_eq!(lowered.body.get(key), if value.is_null() { None } else { Some(value) });
        }
        let _ = dialect(backend).estimate(&request, &Prices::default());
    }

    /// HL-16
    #[test]
    fn no_answer_about_models_makes_a_panic_or_a_null(answer in json_value(), request in request()) {
        if let Some(ranges) = ranges(&answer) {
            let mut lowered = lower(Backend::HhLab, &request);
            ranges.prefer(&request, &mut lowered);
            prop_assert!(lowered.body.values().all(no_null));
        }
    }
}
