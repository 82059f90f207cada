//! hh-lab: requests and prices.

use seaglass::jobs::{
    Backend, Confidence, Element, Estimate, Input, Mode, Motion, Prices, Ranges, Request, Shot, Span, dialect, ranges,
};
use serde_json::{Value, json};

use super::support::{asking, body, file, lost, lower, sample, warned, web, wrong};

const LAB: Backend = Backend::HhLab;

fn full() -> Request {
    Request {
        resolution: Some("4K".into()),
        duration: Some(8),
        motion: Some(Motion::Strength(0.7)),
        fps: Some(24),
        ..asking("A lone astronaut walks across a red desert at golden hour, cinematic 4K")
    }
}

fn estimate(request: &Request) -> Estimate {
    dialect(LAB).estimate(request, &Prices::default())
}

/// HL-2: the sample of the document.
#[test]
fn hl_2_the_documents_request_comes_out_word_for_word() {
    assert_eq!(body(LAB, &full()), sample("lab", "submit"));
    let call = dialect(LAB).submit();
    assert_eq!((call.path, call.query), (vec!["generate".to_owned()], vec![]), "below a base that ends in /v1");
    assert_eq!(dialect(LAB).status("job_01/x").path, ["jobs", "job_01/x"], "whoever sends it escapes it");
}

#[test]
fn hl_3_the_prompt_is_all_that_is_needed_and_nothing_else_is_sent() {
    assert_eq!(body(LAB, &asking("a horse")), json!({ "prompt": "a horse" }));
    for nothing in [None, Some(""), Some(" \n\t")] {
        assert_eq!(wrong(LAB, &Request { prompt: nothing.map(str::to_owned), ..Request::default() }), ["prompt"]);
    }
    let long = "горы".repeat(50_000);
    assert_eq!(body(LAB, &asking(&long))["prompt"], json!(long), "the document names no limit");
}

/// HL-4, AM-4
#[test]
fn hl_4_resolution_is_1080p_or_4k_to_the_letter() {
    for right in ["1080p", "4K"] {
        let request = Request { resolution: Some(right.into()), ..asking("a horse") };
        assert_eq!(body(LAB, &request)["resolution"], json!(right));
        assert_eq!(
            warned(&lower(LAB, &request)),
            if right == "4K" { vec!["resolution"] } else { vec![] },
            "4K needs Pro credits"
        );
    }
    for other in ["4k", "1080P", "720p", " 4K", "2160p"] {
        let lowered = lower(LAB, &Request { resolution: Some(other.into()), ..asking("a horse") });
        assert_eq!(lowered.violations.len(), 1, "{other}");
        assert_eq!(lowered.violations[0].field, "resolution");
    }
    let lower_case = lower(LAB, &Request { resolution: Some("4k".into()), ..asking("a horse") });
    assert_eq!(lower_case.violations[0].fix, "write 4K");
}

/// HL-5
#[test]
fn hl_5_duration_is_2_to_16_seconds() {
    for (duration, right) in
        [(0, false), (1, false), (2, true), (8, true), (9, true), (16, true), (17, false), (u32::MAX, false)]
    {
        let request = Request { duration: Some(duration), ..asking("a horse") };
        assert_eq!(wrong(LAB, &request), if right { vec![] } else { vec!["duration"] }, "{duration}");
    }
    assert_eq!(body(LAB, &Request { duration: Some(16), ..asking("a horse") })["duration"], json!(16), "an integer");
}

/// HL-6
#[test]
fn hl_6_motion_is_a_number_from_0_to_1() {
    for strength in [0.0, -0.0, 0.6, 1.0] {
        let body = body(LAB, &Request { motion: Some(Motion::Strength(strength)), ..asking("a horse") });
        assert_eq!(body["motion_strength"].to_string(), format!("{:?}", strength + 0.0));
    }
    for strength in [-0.01, 1.000_001, f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
        let lowered = lower(LAB, &Request { motion: Some(Motion::Strength(strength)), ..asking("a horse") });
        assert_eq!(lowered.violations.len(), 1, "{strength}");
        assert_eq!(lowered.violations[0].field, "motion");
        assert!(!lowered.body.values().any(Value::is_null));
    }
}

#[test]
fn hl_7_frames_per_second_are_24_or_30() {
    for (fps, right) in [(0, false), (23, false), (24, true), (25, false), (29, false), (30, true), (60, false)] {
        let request = Request { fps: Some(fps), ..asking("a horse") };
        assert_eq!(wrong(LAB, &request).is_empty(), right, "{fps}");
    }
}

#[test]
fn hl_8_a_seed_is_sent_as_it_is_and_never_as_null() {
    assert!(body(LAB, &asking("a horse")).get("seed").is_none());
    for (seed, odd) in [(0, false), (u64::from(u32::MAX), false), (u64::from(u32::MAX) + 1, true), (u64::MAX, true)] {
        let request = Request { seed: Some(seed), ..asking("a horse") };
        assert_eq!(body(LAB, &request)["seed"], json!(seed));
        assert_eq!(warned(&lower(LAB, &request)).contains(&"seed"), odd, "{seed}");
    }
}

/// HL-16: server ranges win where they can be read.
#[test]
fn hl_16_the_servers_ranges_win_over_the_built_in_ones_where_they_can_be_read() {
    let span = |least, most| Some(Span { least, most });
    let expected = Ranges {
        duration: span(2.0, 20.0),
        motion_strength: span(0.0, 1.0),
        fps: Some(vec![24, 60]),
        resolution: Some(vec!["1080p".into(), "8K".into()]),
    };
    let answers = [
        json!({ "models": [
            { "id": "older", "duration": { "min": 1, "max": 2 } },
            { "id": "happyhorse-1.0", "parameters": {
                "duration": { "type": "integer", "min": 2, "max": 20 }, "motion_strength": [0.0, 1.0], "fps": [24, 60],
                "resolution": { "enum": ["1080p", "8K"] } } },
        ] }),
        json!({ "data": [{ "name": "happyhorse-1.0", "duration": "2-20", "motion_strength": { "minimum": 0, "maximum": 1 },
            "fps": { "values": [24, 60] }, "resolutions": ["1080p", "8K"] }] }),
    ];
    for answer in &answers {
        assert_eq!(ranges(answer).as_ref(), Some(&expected), "{answer}");
    }
    for nothing in
        [json!({ "models": ["happyhorse-1.0"] }), json!(null), json!({ "metadata": { "duration": 8, "fps": 24 } })]
    {
        assert_eq!(ranges(&nothing), None, "{nothing}");
    }

    let request = Request { duration: Some(20), fps: Some(30), resolution: Some("8K".into()), ..asking("a horse") };
    let mut lowered = lower(LAB, &request);
    assert_eq!(wrong(LAB, &request), ["resolution", "duration"]);
    expected.prefer(&request, &mut lowered);
    let fields: Vec<&str> = lowered.violations.iter().map(|violation| violation.field.as_str()).collect();
    assert_eq!(fields, ["fps"], "20 s and 8K are taken by this server, 30 fps are not: {:?}", lowered.violations);
    assert_eq!(lowered.body["duration"], json!(20));
}

/// HL-17, X-2, AM-18
#[test]
fn hl_17_an_estimate_is_a_floor_from_the_price_list_and_says_what_it_stands_on() {
    let with = |resolution: Option<&str>, duration| {
        estimate(&Request { resolution: resolution.map(str::to_owned), duration, ..asking("a horse") })
    };
    for (estimate, credits, dollars) in [
        (with(None, None), 10.0, 0.10),
        (with(Some("1080p"), Some(8)), 10.0, 0.10),
        (with(Some("1080p"), Some(9)), 25.0, 0.25),
        (with(Some("4K"), Some(2)), 25.0, 0.25),
        (with(None, Some(16)), 25.0, 0.25),
    ] {
        assert_eq!(
            (estimate.credits, estimate.dollars, estimate.confidence),
            (Some(credits), Some(dollars), Confidence::Floor)
        );
        assert!(estimate.basis.contains("inferred") && estimate.basis.contains("from about $"), "{}", estimate.basis);
    }
    assert_eq!(estimate(&full()).credits, Some(25.0), "the document's own job used 25");
    let own = dialect(LAB).estimate(&full(), &Prices { per_job: Some(5.0), per_second: Some(2.0) });
    assert_eq!((own.credits, own.confidence), (Some(21.0), Confidence::Floor));
    assert!(own.basis.contains("your price table"), "{}", own.basis);
}

/// HL-18: they never expire while the account is active, a login in 365 days.
#[test]
fn hl_18_what_is_known_of_credits_beyond_their_number_is_said() {
    let note = dialect(LAB).credits_note().unwrap();
    assert!(note.contains("365 days") && note.contains("ComfyUI"), "{note}");
    assert_eq!(dialect(LAB).credits().unwrap().path, ["credits"]);
    assert_eq!(dialect(LAB).models().unwrap().path, ["models"]);
    for other in [Backend::HhApp, Backend::HhCustomer] {
        assert!(
            dialect(other).credits().is_none()
                && dialect(other).models().is_none()
                && dialect(other).credits_note().is_none()
        );
    }
}

#[test]
fn am_4_what_only_pro_may_make_is_warned_about_and_left_to_the_server() {
    for (resolution, duration, warnings) in [
        (None, None, vec![]),
        (Some("1080p"), Some(8), vec![]),
        (None, Some(9), vec!["duration"]),
        (Some("1080p"), Some(16), vec!["duration"]),
        (Some("4K"), Some(16), vec!["resolution"]),
    ] {
        let request = Request { resolution: resolution.map(str::to_owned), duration, ..asking("a horse") };
        let lowered = lower(LAB, &request);
        assert_eq!((warned(&lowered), lowered.violations.len()), (warnings, 0), "{request:?}");
    }
}

/// AM-5: the document names no field for a picture, so none is made up.
#[test]
fn am_5_a_picture_is_refused_unless_its_field_is_set_by_hand() {
    for image in [web("a.png"), Input::File(file("a.png", "image/png", 9)), Input::Key("videos/inputs/a.png".into())] {
        let request = Request { image: Some(image.clone()), last_frame: Some(image), ..asking("a horse") };
        let lowered = lower(LAB, &request);
        assert_eq!(wrong(LAB, &request), ["image", "last_frame"]);
        assert!(lowered.violations[0].fix.contains("--set"), "{}", lowered.violations[0]);
        assert_eq!(Value::Object(lowered.body), json!({ "prompt": "a horse" }));
    }
    let by_hand =
        Request { extra: [("image_url".to_owned(), json!("https://example.com/a.png"))].into(), ..asking("a horse") };
    assert_eq!(body(LAB, &by_hand), json!({ "prompt": "a horse", "image_url": "https://example.com/a.png" }));
    assert_eq!(warned(&lower(LAB, &by_hand)), ["extra.image_url"]);
}

#[test]
fn inputs_that_hh_lab_cannot_take_are_refused_and_wishes_are_lost_aloud() {
    let request = Request {
        ref_video: Some(web("a.mp4")),
        ref_audio: Some(web("a.mp3")),
        shots: vec![Shot { prompt: "x".into(), duration: 3 }],
        elements: vec![Element { name: "dog".into(), description: "a dog".into(), images: vec![] }],
        mode: Some(Mode::Pro),
        aspect_ratio: Some("16:9".into()),
        adherence: Some(0.5),
        style: Some("cinematic".into()),
        camera: Some("orbit".into()),
        sound: Some(true),
        motion: Some(Motion::Level(4)),
        ..asking("a horse")
    };
    let lowered = lower(LAB, &request);
    assert_eq!(wrong(LAB, &request), ["ref_video", "ref_audio", "shots", "elements"]);
    assert_eq!(lost(&lowered), ["motion", "mode", "aspect_ratio", "adherence", "style", "camera", "sound"]);
    assert_eq!(Value::Object(lowered.body), json!({ "prompt": "a horse", "motion_strength": 0.75 }));
}
