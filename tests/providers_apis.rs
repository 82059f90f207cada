//! The mocks of the three APIs held against their documents: samples, fields, limits, errors and money. The documents are quoted; what
//! they leave open is said in `docs/providers.md`.
#![cfg(feature = "server")]
#![allow(clippy::unwrap_used, missing_docs, reason = "a test")]

mod providers_support;

use providers_support::*;
use reqwest::Method;
use seaglass::sim::providers::{Account, CustomerRules, ErrorStyle, FaultScript};
use seaglass::sim::{Providers, ProvidersConfig};
use serde_json::{Map, Value, json};

fn keys(value: &Value) -> Vec<&str> {
    value.as_object().unwrap().keys().map(String::as_str).collect()
}

/// The good body, changed: a value of null takes a field away.
fn changed(good: &Value, change: Value) -> Value {
    let mut body: Map<String, Value> = good.as_object().unwrap().clone();
    for (field, value) in change.as_object().unwrap() {
        if value.is_null() { drop(body.remove(field)) } else { drop(body.insert(field.clone(), value.clone())) }
    }
    Value::Object(body)
}

async fn lab(providers: &Providers, body: Value) -> (u16, Value) {
    posted(providers, LAB, "/v1/generate", body).await
}

async fn app(providers: &Providers, body: Value) -> (u16, Value) {
    posted(providers, APP, "/api/generate", body).await
}

async fn customer(providers: &Providers, body: Value) -> (u16, Value) {
    posted(providers, CUSTOMER, "/api/v1/videos", body).await
}

async fn task(providers: &Providers, id: &Value) -> Value {
    asked(providers, APP, &format!("/api/status?task_id={}", id.as_str().unwrap())).await.1
}

/// HL-2, HL-9, HL-11, HL-13
#[tokio::test]
async fn a_job_of_hh_lab_goes_from_the_sample_request_to_the_sample_response() {
    let providers = providers().await;
    let body = json!({
        "prompt": "A lone astronaut walks across a red desert at golden hour, cinematic 4K",
        "resolution": "4K", "duration": 8, "motion_strength": 0.7, "fps": 24
    });
    let (status, made) = lab(&providers, body.clone()).await;
    assert_eq!(status, 202);
    let id = made["job_id"].as_str().unwrap().to_owned();
    assert!(id.starts_with("job_") && id.len() == "job_01HZ9X3K7VQWPN8S4TYJB6MDE".len(), "{id}");
    let path = format!("/v1/jobs/{id}");
    let at_once = asked(&providers, LAB, &path).await.1;
    assert_eq!((&at_once["status"], &at_once["progress"]), (&json!("queued"), &json!(0)));
    pass(&providers, 2);
    let halfway = asked(&providers, LAB, &path).await.1;
    assert_eq!(halfway["status"], "processing");
    assert!((1..=99).contains(&halfway["progress"].as_u64().unwrap()), "{halfway}");
    assert_eq!(providers.credits("lab-pro"), Some(10_000), "nothing is charged before success");
    pass(&providers, 2);
    let done = asked(&providers, LAB, &path).await.1;
    assert_eq!(
        keys(&done),
        [
            "completed_at",
            "created_at",
            "credits_used",
            "job_id",
            "metadata",
            "model",
            "output_url",
            "output_url_expires_at",
            "status"
        ]
    );
    assert_eq!(
        (&done["status"], &done["model"], &done["credits_used"]),
        (&json!("completed"), &json!("happyhorse-1.0"), &json!(25))
    );
    assert_eq!(done["metadata"], json!({ "resolution": "4K", "duration": 8, "fps": 24, "motion_strength": 0.7 }));
    assert!(done["output_url"].as_str().unwrap().starts_with(&format!("{}/out/{id}.mp4?", providers.files_origin())));
    // "a signed video URL valid for 24 hours", from completion as in the sample.
    let time = |field: &str| done[field].as_str().unwrap().parse::<jiff::Timestamp>().unwrap().as_second();
    assert_eq!(time("output_url_expires_at") - time("completed_at"), 24 * 3600);
    assert_eq!(time("completed_at") - time("created_at"), 3);
    assert_eq!(providers.credits("lab-pro"), Some(9_975));
    let (_, credits) = asked(&providers, LAB, "/v1/credits").await;
    assert_eq!(credits["balance"], 9_975);
    assert_eq!((&credits["usage"][0]["job_id"], &credits["usage"][0]["credits_used"]), (&json!(id), &json!(25)));
    let log = providers.log();
    assert_eq!((log.submits.len(), &log.submits[0].body), (1, &body));
}

/// HL-3 to HL-8
#[tokio::test]
async fn hh_lab_takes_its_parameters_to_the_letter_and_no_others() {
    let providers = providers().await;
    let good = json!({ "prompt": "A horse" });
    for change in [
        json!({ "prompt": null }),
        json!({ "prompt": " " }),
        json!({ "prompt": 5 }),
        json!({ "resolution": "4k" }),
        json!({ "resolution": "720p" }),
        json!({ "duration": 1 }),
        json!({ "duration": 17 }),
        json!({ "duration": 8.5 }),
        json!({ "motion_strength": 1.01 }),
        json!({ "motion_strength": "0.5" }),
        json!({ "fps": 25 }),
        json!({ "seed": "7" }),
        json!({ "image_url": "https://example.com/a.png" }),
    ] {
        let (status, answer) = lab(&providers, changed(&good, change.clone())).await;
        let field = change.as_object().unwrap().keys().next().unwrap();
        assert_eq!((status, answer["error"]["field"].as_str()), (400, Some(field.as_str())), "{change}: {answer}");
    }
    for change in [
        json!({}),
        json!({ "duration": 2, "fps": 30, "seed": 0, "motion_strength": 0 }),
        json!({ "duration": 16, "resolution": "1080p", "motion_strength": 1.0 }),
    ] {
        assert_eq!(lab(&providers, changed(&good, change.clone())).await.0, 202, "{change}");
    }
    let got = send(bare(&providers, Method::POST, "/v1/generate").bearer_auth(LAB).body(good.to_string())).await.unwrap();
    assert_eq!(got.status, 400, "without a content type");
    assert_eq!(providers.log().submits.len(), 3);
}

/// HL-4, AM-4
#[tokio::test]
async fn hh_lab_wants_pro_credits_for_4k_and_for_more_than_8_s() {
    let providers = providers().await;
    for (body, status) in [
        (json!({ "prompt": "A horse", "resolution": "4K" }), 402),
        (json!({ "prompt": "A horse", "duration": 9 }), 402),
        (json!({ "prompt": "A horse", "duration": 8 }), 202),
    ] {
        assert_eq!(posted(&providers, LAB_STANDARD, "/v1/generate", body.clone()).await.0, status, "{body}");
    }
    pass(&providers, 10);
    assert_eq!(providers.credits("lab-standard"), Some(9_990), "what is refused costs nothing");
}

/// HL-16
#[tokio::test]
async fn hh_lab_lists_its_model_and_the_ranges_of_its_parameters() {
    let providers = providers().await;
    let models = asked(&providers, LAB, "/v1/models").await.1;
    assert_eq!((models["models"].as_array().unwrap().len(), &models["models"][0]["id"]), (1, &json!("happyhorse-1.0")));
    let parameters = &models["models"][0]["parameters"];
    assert_eq!((&parameters["duration"]["minimum"], &parameters["duration"]["maximum"]), (&json!(2), &json!(16)));
}

/// HL-19: "10 concurrent jobs and 500 requests per minute."
#[tokio::test]
async fn hh_lab_runs_ten_jobs_at_once_and_takes_500_requests_a_minute() {
    let providers = providers().await;
    let body = json!({ "prompt": "A horse" });
    for _ in 0..10 {
        assert_eq!(lab(&providers, body.clone()).await.0, 202);
    }
    let refused = send(post(&providers, LAB, "/v1/generate", &body)).await.unwrap();
    assert_eq!((refused.status, refused.header("retry-after")), (429, "5"));
    pass(&providers, 3);
    assert_eq!(lab(&providers, body.clone()).await.0, 202, "when they have ended there is room");
    for _ in 12..500 {
        assert_eq!(send(get(&providers, LAB, "/v1/models")).await.unwrap().status, 200);
    }
    let refused = send(get(&providers, LAB, "/v1/models")).await.unwrap();
    assert_eq!((refused.status, refused.json()["error"]["code"].as_str()), (429, Some("rate_limited")));
    assert_eq!(refused.header("retry-after"), "57", "three seconds have passed of the minute");
    pass(&providers, 57);
    assert_eq!(asked(&providers, LAB, "/v1/models").await.0, 200);
}

/// HA-2, HA-14, HA-15, HA-22: the sample's eagle costs 400.
#[tokio::test]
async fn a_task_of_hh_app_goes_from_the_sample_request_to_the_sample_response() {
    let providers = providers().await;
    let body = json!({
        "model": "happyhorse-1.0/video", "prompt": "A majestic eagle soaring through clouds at sunset", "mode": "pro",
        "duration": 5, "aspect_ratio": "16:9"
    });
    let (status, made) = app(&providers, body.clone()).await;
    assert_eq!((status, &made["code"], &made["message"]), (200, &json!(200), &json!("success")));
    assert_eq!((keys(&made["data"]), &made["data"]["status"]), (vec!["status", "task_id"], &json!("IN_PROGRESS")));
    let id = &made["data"]["task_id"];
    assert!(id.as_str().unwrap().starts_with("n92") && id.as_str().unwrap().ends_with("hh10"), "{id}");
    pass(&providers, 9);
    let working = task(&providers, id).await;
    assert_eq!((&working["data"]["status"], &working["data"]["response"]), (&json!("IN_PROGRESS"), &Value::Null));
    pass(&providers, 1);
    let done = task(&providers, id).await["data"].clone();
    assert_eq!(
        keys(&done),
        ["consumed_credits", "created_at", "error_message", "request", "response", "status", "task_id", "type"]
    );
    assert_eq!(
        (&done["status"], &done["consumed_credits"], &done["type"]),
        (&json!("SUCCESS"), &json!(400), &json!("text-to-video"))
    );
    assert_eq!((&done["request"], &done["error_message"]), (&body, &Value::Null));
    let urls = done["response"]["resultUrls"].as_array().unwrap();
    assert!(urls.len() == 1 && urls[0].as_str().unwrap().starts_with(providers.files_origin()), "{urls:?}");
    assert_eq!(providers.credits("app"), Some(99_600));
}

/// HA-22
#[tokio::test]
async fn hh_app_charges_its_table() {
    for (mode, sound, rate) in [("std", false, 40), ("std", true, 60), ("pro", false, 54), ("pro", true, 80)] {
        for (seconds, images) in [(3, json!(null)), (15, json!(["https://example.com/my-image.jpg"]))] {
            let providers = providers().await;
            let body = json!({ "model": "happyhorse-1.0/video", "prompt": "A horse", "mode": mode, "sound": sound, "duration": seconds });
            let made = app(&providers, changed(&body, json!({ "image_urls": images }))).await.1;
            pass(&providers, 10);
            let done = task(&providers, &made["data"]["task_id"]).await;
            assert_eq!(done["data"]["consumed_credits"], rate * seconds, "{mode} {sound} {seconds}");
            let kind = if images.is_null() { "text-to-video" } else { "image-to-video" };
            assert_eq!(done["data"]["type"], kind);
        }
    }
}

/// HA-3 to HA-13, HA-21
#[tokio::test]
async fn hh_app_refuses_what_its_document_does_with_its_codes() {
    let providers = providers().await;
    let one = json!({ "model": "happyhorse-1.0/video", "prompt": "The character slowly turns and smiles" });
    let shots = json!([{ "prompt": "one", "duration": 3 }, { "prompt": "two", "duration": 4 }]);
    let many = json!({ "model": "happyhorse-1.0/video", "multi_shots": true, "sound": true, "multi_prompt": shots });
    let url = "https://example.com/a.jpg";
    let element = |urls: usize| json!([{ "name": "dog", "description": "a dog", "element_input_urls": vec![url; urls] }]);
    let shot = |seconds: u32, count: usize| json!(vec![json!({ "prompt": "a", "duration": seconds }); count]);
    for (good, change, code) in [
        (&one, json!({ "model": null }), "INVALID_MODEL"),
        (&one, json!({ "model": "happyhorse-1.0" }), "INVALID_MODEL"),
        (&one, json!({ "prompt": null }), "INVALID_PROMPT"),
        (&one, json!({ "prompt": "" }), "INVALID_PROMPT"),
        (&one, json!({ "prompt": "ä".repeat(2501) }), "INVALID_PROMPT"),
        (&one, json!({ "duration": 2 }), "INVALID_DURATION"),
        (&one, json!({ "duration": 16 }), "INVALID_DURATION"),
        (&one, json!({ "duration": 5.5 }), "INVALID_DURATION"),
        (&one, json!({ "mode": "max" }), "INVALID_REQUEST"),
        (&one, json!({ "aspect_ratio": "4:3" }), "INVALID_REQUEST"),
        (&one, json!({ "sound": "yes" }), "INVALID_REQUEST"),
        (&one, json!({ "image_urls": [url, url, url] }), "INVALID_REQUEST"),
        (&one, json!({ "image_urls": ["my-image.jpg"] }), "INVALID_REQUEST"),
        (&one, json!({ "cfg_scale": 1.5 }), "INVALID_REQUEST"),
        (&one, json!({ "elements": element(1) }), "INVALID_REQUEST"),
        (&one, json!({ "elements": element(5) }), "INVALID_REQUEST"),
        (&one, json!({ "resolution": "1080p" }), "INVALID_REQUEST"),
        (&one, json!({ "multi_prompt": shots }), "INVALID_REQUEST"),
        (&many, json!({ "sound": null }), "INVALID_REQUEST"),
        (&many, json!({ "duration": 8 }), "INVALID_DURATION"),
        (&many, json!({ "multi_prompt": null }), "INVALID_PROMPT"),
        (&many, json!({ "multi_prompt": shot(2, 6) }), "INVALID_PROMPT"),
        (&many, json!({ "multi_prompt": shot(13, 1) }), "INVALID_DURATION"),
        (&many, json!({ "multi_prompt": shot(1, 2) }), "INVALID_DURATION"),
        (&many, json!({ "multi_prompt": shot(8, 2) }), "INVALID_DURATION"),
        (&many, json!({ "multi_prompt": [{ "prompt": "ä".repeat(501), "duration": 3 }] }), "INVALID_PROMPT"),
        (&many, json!({ "image_urls": [url, url] }), "INVALID_REQUEST"),
    ] {
        let (status, answer) = app(&providers, changed(good, change.clone())).await;
        assert_eq!((status, answer["code"].as_str()), (400, Some(code)), "{change}: {answer}");
        assert!(answer["message"].is_string(), "the sample client shows payload.message");
    }
    for (good, change) in [
        (&one, json!({ "prompt": "ä".repeat(2500), "duration": 15 })),
        (&one, json!({ "image_urls": [url, url], "aspect_ratio": "9:16", "cfg_scale": 1 })),
        (&one, json!({ "prompt": "@dog runs", "elements": element(4) })),
        (&many, json!({ "duration": 7, "image_urls": [url] })),
        (&many, json!({ "multi_prompt": shot(3, 5), "prompt": "all of it" })),
    ] {
        let (status, answer) = app(&providers, changed(good, change.clone())).await;
        assert_eq!(status, 200, "{change}: {answer}");
    }
    let (status, answer) = asked(&providers, APP, "/api/status?task_id=n92nothinghh10").await;
    assert_eq!((status, answer["code"].as_str()), (404, Some("NOT_FOUND")));
}

/// HA-24, AM-12: the document's table and envelope leave open how an error is written.
#[tokio::test]
async fn errors_of_hh_app_come_in_the_style_that_is_wanted() {
    let body = json!({ "model": "wrong" });
    for (style, status, code) in
        [("word", 400, json!("INVALID_MODEL")), ("number", 400, json!(400)), ("in_200", 200, json!(400))]
    {
        let providers = providers_with(&format!("[app]\nerrors = '{style}'")).await;
        let (found, answer) = app(&providers, body.clone()).await;
        assert_eq!((found, &answer["code"]), (status, &code), "{style}");
    }
}

/// HC-10, HC-23, HC-24, HC-30: charged at once, by duration and resolution.
#[tokio::test]
async fn a_video_of_hh_customer_goes_from_the_sample_request_to_the_sample_response() {
    let providers = providers().await;
    let body = json!({
        "prompt": "A cinematic shot of a chestnut horse running through a sunlit meadow", "style": "cinematic",
        "durationSec": 6, "aspectRatio": "16:9", "resolution": "720p"
    });
    let (status, made) = customer(&providers, body.clone()).await;
    assert_eq!((status, keys(&made), &made["status"]), (201, vec!["id", "status"], &json!("queued")));
    assert_eq!(providers.credits("customer-pro"), Some(100_000 - 60), "credits go at once");
    let path = format!("/api/v1/videos/{}", made["id"].as_str().unwrap());
    let fields = [
        "aspectRatio",
        "durationSec",
        "errorMessage",
        "id",
        "prompt",
        "readyAt",
        "resolution",
        "status",
        "style",
        "thumbnailUrl",
        "videoUrl",
    ];
    for (seconds, word) in [(0, "queued"), (3, "processing"), (3, "ready")] {
        pass(&providers, seconds);
        let video = asked(&providers, CUSTOMER, &path).await.1;
        assert_eq!((keys(&video), &video["status"]), (fields.to_vec(), &json!(word)));
        let ready = word == "ready";
        assert_eq!((video["videoUrl"].is_string(), video["readyAt"].is_string()), (ready, ready), "{video}");
        assert!(video["thumbnailUrl"].is_null() && video["errorMessage"].is_null());
        for field in ["prompt", "style", "durationSec", "aspectRatio", "resolution"] {
            assert_eq!(video[field], body[field]);
        }
    }
    let ready = asked(&providers, CUSTOMER, &path).await.1["readyAt"].as_str().unwrap().to_owned();
    assert!(ready.len() == "2026-04-26T12:30:00.000Z".len() && ready.ends_with('Z'), "{ready}");
}

/// HC-11 to HC-22, HC-27, HC-28
#[tokio::test]
async fn hh_customer_takes_its_fields_to_the_letter_and_no_others() {
    let providers = providers().await;
    let good = json!({ "prompt": "A horse", "durationSec": 6 });
    for change in [
        json!({ "prompt": null }),
        json!({ "prompt": "马马" }),
        json!({ "prompt": "马".repeat(2001) }),
        json!({ "style": "s".repeat(51) }),
        json!({ "durationSec": null }),
        json!({ "durationSec": 2 }),
        json!({ "durationSec": 13 }),
        json!({ "durationSec": 6.5 }),
        json!({ "aspectRatio": "4:3" }),
        json!({ "resolution": "1080P" }),
        json!({ "resolution": "4K" }),
        json!({ "cameraMotion": "pan" }),
        json!({ "motionIntensity": 0 }),
        json!({ "motionIntensity": 6 }),
        json!({ "cfgScale": -0.1 }),
        json!({ "model": "happyhorse-1.0" }),
        json!({ "inputImageUrl": "https://example.com/a.png" }),
        json!({ "referenceVideoUrl": "https://example.com/a.mp4" }),
        json!({ "audioUrl": "https://example.com/a.mp3" }),
        json!({ "sourceImageKey": "videos/inputs/customer-pro/none.png" }),
    ] {
        let (status, answer) = customer(&providers, changed(&good, change.clone())).await;
        assert_eq!(
            (status, keys(&answer), answer["error"]["code"].as_str()),
            (400, vec!["error"], Some("invalid_input")),
            "{change}"
        );
    }
    for change in [
        json!({ "prompt": "马马马", "durationSec": 3, "cfgScale": 1, "motionIntensity": 5, "cameraMotion": "orbit" }),
        json!({ "prompt": "马".repeat(2000), "durationSec": 12, "resolution": "1080p", "aspectRatio": "1:1" }),
        json!({ "style": "s".repeat(50), "cameraMotion": "none", "cfgScale": 0.5, "motionIntensity": 1 }),
    ] {
        assert_eq!(customer(&providers, changed(&good, change.clone())).await.0, 201, "{change}");
    }
    assert_eq!(providers.log().submits.len(), 3);
    assert_eq!(providers.credits("customer-pro"), Some(100_000 - 30 - 240 - 60), "what is refused costs nothing");
}

/// HC-18, HC-19, HC-29: "field, requiredPlan and currentPlan".
#[tokio::test]
async fn hh_customer_names_the_plan_that_a_setting_needs() {
    let providers = providers().await;
    let upload = async |kind: &str, content_type: &str| {
        let body = json!({ "kind": kind, "contentType": content_type, "sizeBytes": 3 });
        let (_, place) = posted(&providers, CUSTOMER_BASIC, "/api/v1/uploads/presign", body).await;
        let put =
            request(Method::PUT, place["uploadUrl"].as_str().unwrap()).header("content-type", content_type).body("abc");
        assert_eq!(send(put).await.unwrap().status, 200);
        place["key"].clone()
    };
    let (image, audio) = (upload("image", "image/png").await, upload("audio", "audio/mpeg").await);
    for (change, field) in [
        (json!({ "durationSec": 9 }), "durationSec"),
        (json!({ "referenceAudioKey": audio }), "referenceAudio"),
        (json!({ "lastFrameKey": image }), "lastFrame"),
    ] {
        let body = changed(&json!({ "prompt": "A horse", "durationSec": 8 }), change.clone());
        let (status, answer) = posted(&providers, CUSTOMER_BASIC, "/api/v1/videos", body).await;
        assert_eq!(status, 403, "{change}");
        let error = &answer["error"];
        assert_eq!(keys(error), ["code", "currentPlan", "field", "message", "requiredPlan"]);
        assert_eq!((&error["code"], &error["field"]), (&json!("plan_gate_exceeded"), &json!(field)));
        assert_eq!((&error["requiredPlan"], &error["currentPlan"]), (&json!("pro"), &json!("basic")));
    }
    assert_eq!(providers.credits("customer-basic"), Some(100_000));
    let body = json!({ "prompt": "A horse", "durationSec": 8, "sourceImageKey": image });
    assert_eq!(posted(&providers, CUSTOMER_BASIC, "/api/v1/videos", body).await.0, 201);
}

/// HL-1, HA-1, HC-2, HC-25, AM-15
#[tokio::test]
async fn keys_open_their_own_service_and_their_own_jobs() {
    let providers = providers().await;
    for (path, code) in
        [("/v1/models", 401), ("/api/status?task_id=n92", 401), ("/api/v1/videos/018f3f1d-8c2e-7b4d-9db1-8e8f3a0c8f21", 401)]
    {
        for key in ["wrong", "hh_live_seaglass_pro_0002", ""] {
            assert_eq!(asked(&providers, key, path).await.0, code, "{path} {key}");
        }
        assert_eq!(send(bare(&providers, Method::GET, path)).await.unwrap().status, 401, "{path}");
    }
    let video = "/api/v1/videos/018f3f1d-8c2e-7b4d-9db1-8e8f3a0c8f21";
    let code = |answer: Value| answer["error"]["code"].as_str().unwrap().to_owned();
    let missing = send(bare(&providers, Method::GET, video)).await.unwrap().json();
    assert_eq!(code(missing), "missing_api_key");
    assert_eq!(code(asked(&providers, "hh_live_deleted", video).await.1), "invalid_api_key");
    assert_eq!(code(asked(&providers, LAB, video).await.1), "invalid_api_key", "another service's key");
    let (status, answer) = asked(&providers, CUSTOMER, video).await;
    assert_eq!((status, code(answer)), (404, "not_found".to_owned()));
    let (status, answer) = asked(&providers, CUSTOMER, "/api/v1/videos/example-id").await;
    assert_eq!((status, code(answer)), (400, "invalid_input".to_owned()), "the route's input is checked");
    let made = customer(&providers, json!({ "prompt": "A horse", "durationSec": 3 })).await.1;
    let path = format!("/api/v1/videos/{}", made["id"].as_str().unwrap());
    assert_eq!(asked(&providers, CUSTOMER, &path).await.0, 200);
    assert_eq!(asked(&providers, CUSTOMER_BASIC, &path).await.0, 404, "others' videos are not found");
    let made = lab(&providers, json!({ "prompt": "A horse" })).await.1;
    let path = format!("/v1/jobs/{}", made["job_id"].as_str().unwrap());
    assert_eq!((asked(&providers, LAB, &path).await.0, asked(&providers, LAB_STANDARD, &path).await.0), (200, 404));
    let log = format!("{:?}", providers.log());
    assert!(!log.contains(LAB) && !log.contains(CUSTOMER), "no key is written down");
}

/// HL-12, HA-23, HC-24, AM-18: who pays for a failed job.
#[tokio::test]
async fn a_failed_job_says_why_and_costs_what_its_document_says() {
    let providers = providers_with("[faults]\nfault = [{ on = '*', times = 0, fail = 'the horse ran away' }]").await;
    let job = lab(&providers, json!({ "prompt": "A horse" })).await.1;
    let made = app(&providers, json!({ "model": "happyhorse-1.0/video", "prompt": "A horse" })).await.1;
    let video = customer(&providers, json!({ "prompt": "A horse", "durationSec": 3 })).await.1;
    pass(&providers, 60);
    let job = asked(&providers, LAB, &format!("/v1/jobs/{}", job["job_id"].as_str().unwrap())).await.1;
    assert_eq!(
        (&job["status"], &job["error"], &job["credits_used"]),
        (&json!("failed"), &json!("the horse ran away"), &json!(0))
    );
    let task = task(&providers, &made["data"]["task_id"]).await["data"].clone();
    assert_eq!((&task["status"], &task["error_message"]), (&json!("FAILED"), &json!("the horse ran away")));
    assert_eq!((&task["response"], &task["consumed_credits"]), (&Value::Null, &json!(0)));
    let video = asked(&providers, CUSTOMER, &format!("/api/v1/videos/{}", video["id"].as_str().unwrap())).await.1;
    assert_eq!((&video["status"], &video["errorMessage"]), (&json!("failed"), &json!("the horse ran away")));
    assert!(video["videoUrl"].is_null() && video["readyAt"].is_null());
    // "failed jobs are never charged"; hh-customer takes credits at once and says nothing of giving them back.
    let credits = ["lab-pro", "app", "customer-pro"].map(|account| providers.credits(account).unwrap());
    assert_eq!(credits, [10_000, 100_000, 100_000 - 30]);
}

/// HA-21, HC-28: what runs is set aside, so that nobody spends credits twice.
#[tokio::test]
async fn nothing_runs_that_cannot_be_paid() {
    let accounts = "
        [[accounts]]
        name = 'a'
        service = 'hh-lab'
        key = 'hh_xxxxxxxxxxxxxxxxxxxx'
        plan = 'pro'
        credits = 30
        [[accounts]]
        name = 'b'
        service = 'hh-app'
        key = 'b'
        credits = 350
        [[accounts]]
        name = 'c'
        service = 'hh-customer'
        key = 'hh_live_c'
        plan = 'pro'
        credits = 59
    ";
    let providers = providers_with(accounts).await;
    let body = json!({ "prompt": "A horse", "resolution": "4K" });
    let lab = async || posted(&providers, "hh_xxxxxxxxxxxxxxxxxxxx", "/v1/generate", body.clone()).await;
    assert_eq!((lab().await.0, lab().await.0), (202, 402));
    let body = json!({ "model": "happyhorse-1.0/video", "prompt": "A horse" });
    let app = async || posted(&providers, "b", "/api/generate", body.clone()).await;
    assert_eq!(app().await.0, 200);
    let (status, answer) = app().await;
    assert_eq!((status, answer["code"].as_str()), (402, Some("INSUFFICIENT_CREDITS")));
    let body = json!({ "prompt": "A horse", "durationSec": 6 });
    let (status, answer) = posted(&providers, "hh_live_c", "/api/v1/videos", body).await;
    assert_eq!((status, answer["error"]["code"].as_str()), (402, Some("insufficient_credits")));
}

#[test]
fn what_the_page_about_them_shows_as_files_can_be_read() {
    let page = include_str!("../docs/providers.md");
    let blocks: Vec<&str> = page.split("```toml\n").skip(1).map(|rest| rest.split("```").next().unwrap()).collect();
    let [script, config] = blocks[..] else { panic!("{} blocks", blocks.len()) };
    assert_eq!(FaultScript::from_toml(script).unwrap().fault.len(), 2);
    let config = ProvidersConfig::from_toml(config).unwrap();
    assert_eq!((config.customer.plans, config.app.errors), (CustomerRules::default().plans, ErrorStyle::Word));
    assert_eq!(config.customer.credits_a_second, CustomerRules::default().credits_a_second);
    assert_eq!((config.accounts.len(), config.faults.fault[0].cut_after), (1, Some(1000)));
    for account in Account::defaults() {
        assert!(page.contains(&account.published_key().unwrap()), "{}", account.name);
    }
}
