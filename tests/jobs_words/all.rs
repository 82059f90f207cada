//! What holds of all three dialects.

use std::time::Duration;

use seaglass::jobs::{
    Backend, Charge, Confidence, Input, Mode, Motion, NoteKind, Prices, ProblemKind, Request, Shot, Violation, dialect,
};
use serde_json::{Value, json};

use super::support::{asking, body, file, lost, lower, problem, status, warned, web, wrong};

/// A request that every dialect takes.
fn plain() -> Request {
    Request { duration: Some(6), ..asking("a chestnut horse in a meadow") }
}

///
#[test]
fn x_1_everything_that_is_wrong_is_said_at_once_with_its_field_and_what_to_do() {
    let request = Request {
        prompt: Some("x".repeat(3000)),
        duration: Some(99),
        resolution: Some("8K".into()),
        aspect_ratio: Some("4:3".into()),
        style: Some("x".repeat(51)),
        image: Some(Input::File(file("a.gif", "image/gif", 0))),
        ref_audio: Some(Input::File(file("a.m4a", "audio/mp4", 99_000_000))),
        camera: Some("dolly".into()),
        motion: Some(Motion::Level(9)),
        adherence: Some(2.0),
        fps: Some(25),
        ..Request::default()
    };
    let expected: [(Backend, &[&str]); 3] = [
        (Backend::HhLab, &["resolution", "duration", "motion", "fps", "image", "ref_audio"]),
        (Backend::HhApp, &["prompt", "duration", "image", "adherence", "ref_audio"]),
        (
            Backend::HhCustomer,
            &[
                "prompt",
                "style",
                "duration",
                "aspect_ratio",
                "resolution",
                "image",
                "image",
                "ref_audio",
                "ref_audio",
                "camera",
                "motion",
                "adherence",
            ],
        ),
    ];
    for (backend, fields) in expected {
        assert_eq!(wrong(backend, &request), fields, "{backend}");
        for Violation { field, what, fix } in lower(backend, &request).violations {
            assert!(!what.is_empty() && !fix.is_empty(), "{field}");
        }
    }
}

/// exact, at least, unknown; never 0.
#[test]
fn x_2_every_estimate_says_what_it_stands_on_and_how_sure_it_is() {
    for (backend, confidence) in [
        (Backend::HhLab, Confidence::Floor),
        (Backend::HhApp, Confidence::Exact),
        (Backend::HhCustomer, Confidence::Unknown),
    ] {
        let estimate = dialect(backend).estimate(&plain(), &Prices::default());
        assert_eq!(estimate.confidence, confidence);
        assert_eq!(estimate.credits.is_none(), confidence == Confidence::Unknown);
        assert!(estimate.credits.is_none_or(|credits| credits > 0.0) && !estimate.basis.is_empty());
    }
}

///
#[test]
fn x_6_words_and_fields_that_nobody_knows_survive() {
    let answers = [
        (Backend::HhLab, json!({ "job_id": "j", "status": "warming_up", "gpu": { "node": 7 } })),
        (
            Backend::HhApp,
            json!({ "code": 200, "data": { "task_id": "n92", "status": "WARMING_UP", "gpu": [7] }, "trace": "t" }),
        ),
        (Backend::HhCustomer, json!({ "id": "v", "status": "warming-up", "gpu": null })),
    ];
    for (backend, answer) in answers {
        let status = status(backend, 200, &answer).unwrap();
        assert_eq!(status.word.to_lowercase().replace(['-', '_'], " "), "warming up");
        assert_eq!(status.raw, answer);
    }
    for backend in Backend::ALL {
        let extra = [("watermark".to_owned(), json!({ "text": "seaglass", "size": 1.5 }))].into();
        let request = Request { extra, ..plain() };
        assert_eq!(body(backend, &request)["watermark"], json!({ "text": "seaglass", "size": 1.5 }));
        assert!(warned(&lower(backend, &request)).contains(&"extra.watermark"));
    }
}

#[test]
fn what_is_set_by_hand_wins_unchecked_and_null_takes_a_field_out() {
    for (backend, field) in
        [(Backend::HhLab, "duration"), (Backend::HhApp, "duration"), (Backend::HhCustomer, "durationSec")]
    {
        let by_hand = |value: Value| Request { duration: Some(999), extra: [(field.to_owned(), value)].into(), ..plain() };
        assert_eq!(body(backend, &by_hand(json!(60)))[field], json!(60));
        assert!(warned(&lower(backend, &by_hand(json!(60)))).contains(&format!("extra.{field}").as_str()));
        assert!(body(backend, &by_hand(Value::Null)).get(field).is_none());
        let nameless = Request { extra: [(String::new(), json!(1))].into(), ..plain() };
        assert_eq!(wrong(backend, &nameless), ["extra."]);
    }
    let prompt_by_hand = Request { prompt: None, extra: [("prompt".to_owned(), json!("a horse"))].into(), ..plain() };
    for backend in Backend::ALL {
        assert_eq!(body(backend, &prompt_by_hand)["prompt"], json!("a horse"));
    }
}

///
#[test]
fn x_12_lengths_count_unicode_scalars_and_what_utf_16_counts_otherwise_is_warned_about() {
    let horses = |count| "\u{1f434}".repeat(count);
    for (backend, most) in [(Backend::HhApp, 2500), (Backend::HhCustomer, 2000)] {
        let with = |count| Request { prompt: Some(horses(count)), ..plain() };
        assert_eq!(warned(&lower(backend, &with(most / 2))), [""; 0]);
        assert_eq!(wrong(backend, &with(most)), [""; 0]);
        assert_eq!(warned(&lower(backend, &with(most / 2 + 1))), ["prompt"]);
        assert_eq!(wrong(backend, &with(most + 1)), ["prompt"]);
    }
    let shot = Request { prompt: None, duration: None, shots: vec![Shot { prompt: horses(251), duration: 5 }], ..plain() };
    let lowered = lower(Backend::HhApp, &shot);
    assert_eq!((lowered.violations.len(), warned(&lowered)), (0, vec!["shots[0].prompt"]));
    let style = Request { style: Some(horses(26)), ..plain() };
    assert_eq!(warned(&lower(Backend::HhCustomer, &style)), ["style"]);
}

/// AM-18, HL-12, HC-10
#[test]
fn am_18_when_credits_are_taken_is_known_for_two_and_unstated_for_one() {
    let charges = Backend::ALL.map(|backend| dialect(backend).charge());
    assert_eq!(charges, [Charge::OnSuccess, Charge::Unstated, Charge::OnSubmit]);
}

/// AM-19
#[test]
fn am_19_one_request_has_three_lowerings_that_say_what_they_lose() {
    let request = Request {
        mode: Some(Mode::Pro),
        resolution: Some("1080p".into()),
        aspect_ratio: Some("9:16".into()),
        fps: Some(30),
        seed: Some(7),
        motion: Some(Motion::Strength(0.5)),
        adherence: Some(0.75),
        style: Some("noir".into()),
        camera: Some("orbit".into()),
        sound: Some(false),
        ..plain()
    };
    let prompt = "a chestnut horse in a meadow";
    let lab =
        json!({ "prompt": prompt, "resolution": "1080p", "duration": 6, "motion_strength": 0.5, "fps": 30, "seed": 7 });
    let app = json!({
        "model": "happyhorse-1.0/video", "prompt": prompt, "mode": "pro", "duration": 6, "aspect_ratio": "9:16", "sound": false,
        "cfg_scale": 0.75,
    });
    let customer = json!({
        "prompt": prompt, "style": "noir", "durationSec": 6, "aspectRatio": "9:16", "resolution": "1080p", "cameraMotion": "orbit",
        "motionIntensity": 3, "cfgScale": 0.75,
    });
    assert_eq!(Backend::ALL.map(|backend| body(backend, &request)), [lab, app, customer]);
    let losses: [&[&str]; 3] = [
        &["mode", "aspect_ratio", "adherence", "style", "camera", "sound"],
        &["resolution", "fps", "seed", "motion", "style", "camera"],
        &["motion", "mode", "fps", "seed", "sound"],
    ];
    for (backend, fields) in Backend::ALL.into_iter().zip(losses) {
        assert_eq!(lost(&lower(backend, &request)), fields, "{backend}");
    }
}

/// HL-1, HC-2
#[test]
fn am_20_a_key_of_another_service_is_warned_about_and_not_repeated() {
    let odd = |backend, key: &str| {
        let note = dialect(backend).key_note(key);
        assert!(note.as_ref().is_none_or(|note| note.kind == NoteKind::Warning && !note.what.contains("s3cret")));
        note.is_some()
    };
    assert!(odd(Backend::HhLab, "hh_live_s3cret") && !odd(Backend::HhLab, "hh_s3crets3crets3crets3"));
    assert!(odd(Backend::HhApp, "hh_live_s3cret") && !odd(Backend::HhApp, "s3cret"));
    assert!(odd(Backend::HhCustomer, "hh_s3cret") && !odd(Backend::HhCustomer, "hh_live_s3cret"));
}

/// HL-14, HL-19, HA-18, HA-20, HC-26, AM-8
#[test]
fn hl_19_pace_and_rates_are_those_of_the_documents() {
    let seconds = Duration::from_secs;
    let [lab, app, customer] = Backend::ALL.map(|backend| dialect(backend).pace());
    assert_eq!((lab.interval, lab.longest), (seconds(5), seconds(15)));
    assert_eq!(
        (app.first, app.interval, app.step, app.longest),
        ((seconds(8), seconds(10)), seconds(10), seconds(2), seconds(20))
    );
    assert_eq!(app.longest_limited, seconds(30));
    assert_eq!((customer.first.0, customer.interval, customer.longest), (seconds(5), seconds(5), seconds(10)));
    for pace in [lab, app, customer] {
        assert_eq!(pace.deadline, Duration::from_mins(15));
        assert!((0.0..=1.0).contains(&pace.jitter) && pace.first.0 <= pace.first.1 && pace.interval <= pace.longest);
        assert!(pace.longest <= pace.longest_limited && pace.step > Duration::ZERO);
    }
    let rates = Backend::ALL.map(|backend| dialect(backend).rates()).map(|rates| (rates.jobs, rates.per_minute));
    assert_eq!(rates, [(Some(10), Some(500)), (None, None), (None, None)]);
}

///
#[test]
fn texts_of_services_are_cut_and_made_harmless() {
    for backend in Backend::ALL {
        let text = format!("\u{1b}]0;owned\u{7}\u{202e}{}", "x".repeat(9000));
        let shown = problem(backend, 400, &json!({ "error": { "code": text, "message": text } }).to_string());
        assert!(shown.message.chars().count() <= 500 && shown.code.unwrap_or_default().chars().count() <= 64);
        assert!(!shown.message.contains(['\u{1b}', '\u{7}', '\u{202e}']));
        let page = problem(backend, 502, "<!doctype html><title>502 Bad Gateway</title>");
        assert_eq!((page.kind, page.message.as_str()), (ProblemKind::Server, "the service failed"));
        let huge = format!("\"{}\"", "x".repeat(5 << 20)).into_bytes();
        let reply = seaglass::jobs::Reply { status: 200, retry_after: None, body: &huge };
        assert_eq!(dialect(backend).read_any(&reply).unwrap_err().kind, ProblemKind::Garbled);
        let deep = "[".repeat(100_000);
        assert_eq!(problem(backend, 200, &deep).kind, ProblemKind::Garbled);
    }
}

#[test]
fn an_input_that_is_empty_was_not_asked_for() {
    let empty = Some(String::new());
    let request =
        Request { resolution: empty.clone(), aspect_ratio: empty.clone(), style: empty.clone(), camera: empty, ..plain() };
    for backend in Backend::ALL {
        assert_eq!(body(backend, &request), body(backend, &plain()));
        assert_eq!(lower(backend, &request).notes, lower(backend, &plain()).notes);
    }
    assert_eq!(wrong(Backend::HhApp, &Request { image: Some(web("")), ..plain() }), [""; 0], "a host alone is a link");
}
