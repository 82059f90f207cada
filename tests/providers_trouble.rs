//! Files, links and faults of the mocks: what storage and CDN take and give, and what goes wrong on purpose.
#![cfg(feature = "server")]
#![allow(clippy::unwrap_used, missing_docs, reason = "a test")]

mod providers_support;

use bytes::Bytes;
use providers_support::*;
use reqwest::Method;
use seaglass::sim::providers::{Fault, FaultScript, Lost, MissingResults};
use seaglass::sim::{Providers, ServerConfig};
use serde_json::{Value, json};

async fn presign(providers: &Providers, body: Value) -> (u16, Value) {
    posted(providers, CUSTOMER, "/api/v1/uploads/presign", body).await
}

async fn put(url: &Value, content_type: &str, body: Vec<u8>) -> Got {
    let put = request(Method::PUT, url.as_str().unwrap()).header("content-type", content_type).body(body);
    send(put).await.unwrap()
}

/// The id of a finished job of hh-lab, and its link.
async fn finished(providers: &Providers) -> (String, String) {
    let body = json!({ "prompt": "A grey horse", "duration": 2 });
    let id = posted(providers, LAB, "/v1/generate", body).await.1["job_id"].as_str().unwrap().to_owned();
    pass(providers, 10);
    let link = link(providers, &id).await;
    (id, link)
}

async fn link(providers: &Providers, id: &str) -> String {
    asked(providers, LAB, &format!("/v1/jobs/{id}")).await.1["output_url"].as_str().unwrap().to_owned()
}

fn faulty(providers: &Providers, faults: impl Into<Vec<Fault>>) {
    providers.set_faults(FaultScript::new(faults)).unwrap();
}

/// HC-3 to HC-6, HC-9, AM-16: the document's table.
#[tokio::test]
async fn a_place_is_presigned_for_the_types_and_sizes_of_the_table() {
    let providers = providers().await;
    for (kind, types, megabytes, folder) in [
        ("image", &["image/png", "image/jpeg", "image/webp"][..], 10, "videos/inputs/"),
        ("video", &["video/mp4", "video/quicktime", "video/webm"], 50, "videos/reference-video/"),
        ("audio", &["audio/mpeg", "audio/mp3", "audio/wav", "audio/webm"], 15, "videos/reference-audio/"),
    ] {
        for content_type in types {
            let body = |bytes: u64| json!({ "kind": kind, "contentType": content_type, "sizeBytes": bytes });
            let (status, place) = presign(&providers, body(megabytes << 20)).await;
            assert_eq!(status, 200, "{content_type}");
            assert_eq!(place.as_object().unwrap().keys().collect::<Vec<_>>(), ["key", "kind", "publicUrl", "uploadUrl"]);
            assert_eq!(place["kind"], kind);
            assert!(place["key"].as_str().unwrap().starts_with(folder), "{place}");
            let (status, answer) = presign(&providers, body((megabytes << 20) + 1)).await;
            assert_eq!((status, answer["error"]["code"].as_str()), (413, Some("upload_file_too_large")));
        }
    }
    for (body, code) in [
        (json!({ "kind": "audio", "contentType": "audio/mp4", "sizeBytes": 5 }), "upload_type_not_supported"),
        (json!({ "kind": "image", "contentType": "video/mp4", "sizeBytes": 5 }), "upload_type_not_supported"),
        (json!({ "kind": "film", "contentType": "video/mp4", "sizeBytes": 5 }), "invalid_input"),
        (json!({ "contentType": "image/png" }), "invalid_input"),
        (json!({ "contentType": "image/png", "sizeBytes": 0 }), "invalid_input"),
        (json!({ "sizeBytes": 5 }), "invalid_input"),
        (json!({ "contentType": "image/png", "sizeBytes": 5, "name": "a" }), "invalid_input"),
    ] {
        let (status, answer) = presign(&providers, body.clone()).await;
        assert_eq!((status, answer["error"]["code"].as_str()), (400, Some(code)), "{body}");
    }
    // "kind may be left out, image is the default."
    assert_eq!(presign(&providers, json!({ "contentType": "image/png", "sizeBytes": 5_242_880 })).await.1["kind"], "image");
}

/// HC-7, HC-8, HC-19, AM-17
#[tokio::test]
async fn an_upload_is_what_was_presigned_or_it_is_refused() {
    let providers = providers().await;
    let (_, image) = presign(&providers, json!({ "contentType": "image/png", "sizeBytes": 5 })).await;
    let url = &image["uploadUrl"];
    let video = |key: &Value| json!({ "prompt": "A horse", "durationSec": 3, "sourceImageKey": key });
    let (status, answer) = posted(&providers, CUSTOMER, "/api/v1/videos", video(&image["key"])).await;
    assert_eq!((status, answer["error"]["code"].as_str()), (400, Some("invalid_input")), "nothing has been put there yet");
    assert_eq!(put(url, "image/jpeg", b"12345".to_vec()).await.status, 403, "another type");
    assert_eq!(put(url, "image/png", b"123456".to_vec()).await.status, 403, "another size");
    assert_eq!(
        put(&json!(format!("{}0", url.as_str().unwrap())), "image/png", b"12345".to_vec()).await.status,
        403,
        "forged"
    );
    let chunked =
        reqwest::Body::wrap_stream(futures_util::stream::iter([Ok::<_, std::io::Error>(Bytes::from_static(b"12345"))]));
    let chunked = request(Method::PUT, url.as_str().unwrap()).header("content-type", "image/png").body(chunked);
    assert_eq!(send(chunked).await.unwrap().status, 411, "without a length");
    let with_key = request(Method::PUT, url.as_str().unwrap()).header("content-type", "image/png").bearer_auth(CUSTOMER);
    assert_eq!(send(with_key.body("12345")).await.unwrap().status, 400, "with a key");
    let log = providers.log();
    assert!(log.uploads.is_empty());
    let said: Vec<&str> = log.violations.iter().map(|violation| violation.what.as_str()).collect();
    assert!(said.len() == 5 && said[4].contains("Authorization"), "{said:?}");
    assert_eq!(put(url, "image/png", b"12345".to_vec()).await.status, 200);
    let upload = providers.log().uploads[0].clone();
    assert_eq!(
        (upload.key, upload.bytes, upload.content_type),
        (image["key"].as_str().unwrap().into(), 5, "image/png".into())
    );
    let public = fetched(image["publicUrl"].as_str().unwrap()).await;
    assert_eq!((public.status, public.header("content-type"), &public.bytes[..]), (200, "image/png", &b"12345"[..]));
    assert_eq!(posted(&providers, CUSTOMER, "/api/v1/videos", video(&image["key"])).await.0, 201);
    assert_eq!(posted(&providers, CUSTOMER_BASIC, "/api/v1/videos", video(&image["key"])).await.0, 400, "another account's");
    let both =
        json!({ "prompt": "A horse", "durationSec": 3, "sourceImageKey": image["key"], "lastFrameKey": image["key"] });
    assert_eq!(posted(&providers, CUSTOMER, "/api/v1/videos", both).await.0, 400, "first and last frame exclude each other");
    let mixed = json!({ "prompt": "A horse", "durationSec": 3, "referenceVideoKey": image["key"] });
    assert_eq!(posted(&providers, CUSTOMER, "/api/v1/videos", mixed).await.0, 400, "an image is no video");
}

/// HC-7
#[tokio::test]
async fn a_presigned_link_is_short_lived() {
    let providers = providers().await;
    let (_, place) = presign(&providers, json!({ "contentType": "image/png", "sizeBytes": 5 })).await;
    pass(&providers, 300);
    let got = put(&place["uploadUrl"], "image/png", b"12345".to_vec()).await;
    assert_eq!((got.status, String::from_utf8_lossy(&got.bytes).contains("Request has expired")), (403, true));
}

/// HL-13, AM-6
#[tokio::test]
async fn a_link_of_hh_lab_is_valid_for_a_day_and_made_afresh_for_who_asks_again() {
    let providers = providers().await;
    let (id, first) = finished(&providers).await;
    assert_eq!(fetched(&first).await.status, 200);
    let bare = first.split('?').next().unwrap();
    assert_eq!(fetched(bare).await.status, 403, "without its signature");
    pass(&providers, 24 * 3600);
    assert_eq!(fetched(&first).await.status, 403);
    let again = link(&providers, &id).await;
    assert_eq!((fetched(&again).await.status, again == first), (200, false));
    assert_eq!(providers.log().charges.len(), 1, "nothing is made or paid again");
}

///
#[tokio::test]
async fn a_file_comes_whole_or_in_parts_and_says_what_it_is() {
    let providers = providers().await;
    let (_, link) = finished(&providers).await;
    let whole = fetched(&link).await;
    let tag = whole.header("etag").to_owned();
    let length = whole.bytes.len();
    assert_eq!((whole.header("accept-ranges"), whole.header("content-length")), ("bytes", &*length.to_string()));
    assert_eq!(&whole.bytes[4..8], b"ftyp");
    let ask =
        async |header: &'static str, value: &str| send(request(Method::GET, &link).header(header, value)).await.unwrap();
    let rest = ask("range", "bytes=1000-").await;
    assert_eq!((rest.status, rest.header("content-range")), (206, &*format!("bytes 1000-{}/{length}", length - 1)));
    assert_eq!(rest.bytes, whole.bytes.slice(1000..));
    assert_eq!(ask("range", "bytes=-10").await.bytes, whole.bytes.slice(length - 10..));
    let beyond = ask("range", &format!("bytes={length}-")).await;
    assert_eq!((beyond.status, beyond.header("content-range")), (416, &*format!("bytes */{length}")));
    assert_eq!(ask("if-none-match", &tag).await.status, 304);
    for (wanted, status) in [(tag.as_str(), 206), ("\"another\"", 200)] {
        let got = request(Method::GET, &link).header("range", "bytes=5-9").header("if-range", wanted);
        assert_eq!(send(got).await.unwrap().status, status, "{wanted}");
    }
    let head = send(request(Method::HEAD, &link)).await.unwrap();
    assert_eq!((head.status, head.header("content-length"), head.bytes.len()), (200, &*length.to_string(), 0));
    assert_eq!(send(request(Method::GET, &link).bearer_auth(LAB)).await.unwrap().status, 400, "a key does not belong here");
    assert_eq!(providers.log().violations.len(), 1);
    assert_eq!(fetched(&format!("{}/out/none.mp4", providers.files_origin())).await.status, 404);
}

/// X-5, AM-9
#[tokio::test]
async fn a_call_is_refused_as_often_and_as_late_as_the_script_says() {
    let providers = providers().await;
    let refused = Fault { status: Some(429), retry_after: Some(7), nth: 2, times: 2, ..Fault::on("lab.models") };
    let dated = Fault { status: Some(503), retry_after: Some(90), retry_after_date: true, ..Fault::on("customer.*") };
    faulty(&providers, [refused, dated]);
    let mut seen = Vec::new();
    for _ in 0..4 {
        let got = send(get(&providers, LAB, "/v1/models")).await.unwrap();
        seen.push((got.status, got.header("retry-after").to_owned()));
    }
    assert_eq!(seen, [(200, ""), (429, "7"), (429, "7"), (200, "")].map(|(status, after)| (status, after.to_owned())));
    let got = send(post(&providers, CUSTOMER, "/api/v1/videos", &json!({}))).await.unwrap();
    assert_eq!((got.status, got.json()["error"]["code"].as_str()), (503, Some("internal_error")));
    assert!(httpdate::parse_http_date(got.header("retry-after")).is_ok(), "{}", got.header("retry-after"));
}

/// HL-21, HC-31: a lost answer does not tell whether the work was done.
#[tokio::test]
async fn an_answer_is_lost_before_the_work_or_after_it() {
    let providers = providers().await;
    let body = json!({ "prompt": "A horse", "durationSec": 3 });
    for (lost, made) in [(Lost::Before, 0), (Lost::After, 1)] {
        faulty(&providers, [Fault { lose: Some(lost), ..Fault::on("customer.create") }]);
        assert!(send(post(&providers, CUSTOMER, "/api/v1/videos", &body)).await.is_err(), "{lost:?}");
        let log = providers.log();
        assert_eq!((log.submits.len(), log.charges.len()), (made, made), "{lost:?}");
        assert_eq!(log.calls.back().unwrap().status, 0);
    }
    assert_eq!(posted(&providers, CUSTOMER, "/api/v1/videos", body).await.0, 201, "the next call is whole");
}

/// X-6, HA-16, HA-17
#[tokio::test]
async fn answers_are_garbled_unknown_or_without_their_result_where_the_script_says() {
    let providers = providers().await;
    let body = json!({ "model": "happyhorse-1.0/video", "prompt": "A horse", "duration": 3 });
    let made = posted(&providers, APP, "/api/generate", body).await.1;
    let path = format!("/api/status?task_id={}", made["data"]["task_id"].as_str().unwrap());
    pass(&providers, 10);
    let results = |results| Fault { results: Some(results), ..Fault::on("app.status") };
    for (fault, response) in [
        (results(MissingResults::Missing), json!({})),
        (results(MissingResults::Empty), json!({ "resultUrls": [] })),
        (results(MissingResults::Null), Value::Null),
    ] {
        faulty(&providers, [fault]);
        let data = asked(&providers, APP, &path).await.1["data"].clone();
        assert_eq!((&data["status"], &data["response"]), (&json!("SUCCESS"), &response));
    }
    faulty(&providers, [Fault { word: Some("PENDING".to_owned()), ..Fault::on("app.status") }]);
    assert_eq!(asked(&providers, APP, &path).await.1["data"]["status"], "PENDING");
    faulty(&providers, [Fault { garbled: true, ..Fault::on("app.status") }]);
    let got = send(get(&providers, APP, &path)).await.unwrap();
    assert!(got.status == 200 && serde_json::from_slice::<Value>(&got.bytes).is_err());
}

/// X-7, HA-20
#[tokio::test]
async fn a_stuck_job_never_ends_and_costs_nothing() {
    let providers = providers().await;
    faulty(&providers, [Fault { stuck: true, ..Fault::on("lab.generate") }]);
    let made = posted(&providers, LAB, "/v1/generate", json!({ "prompt": "A horse" })).await.1;
    pass(&providers, 3600);
    let job = asked(&providers, LAB, &format!("/v1/jobs/{}", made["job_id"].as_str().unwrap())).await.1;
    assert_eq!((&job["status"], &job["progress"]), (&json!("processing"), &json!(99)));
    assert_eq!(providers.credits("lab-pro"), Some(10_000));
}

/// X-8, HA-26
#[tokio::test]
async fn a_download_breaks_off_lies_about_its_length_or_leads_elsewhere() {
    let providers = providers().await;
    let (_, link) = finished(&providers).await;
    let whole = fetched(&link).await.bytes;
    let broken = async || {
        let mut response = request(Method::GET, &link).send().await.unwrap();
        let mut came = 0;
        loop {
            match response.chunk().await {
                Ok(Some(bytes)) => came += bytes.len(),
                Ok(None) => return (came, false),
                Err(_) => return (came, true),
            }
        }
    };
    faulty(&providers, [Fault { cut_after: Some(1000), ..Fault::on("cdn.get") }]);
    assert_eq!(broken().await, (1000, true));
    faulty(&providers, [Fault { longer: Some(5), ..Fault::on("cdn.get") }]);
    assert_eq!(broken().await, (whole.len(), true), "five bytes are told that never come");
    faulty(&providers, [Fault { truncate: Some(1000), ..Fault::on("cdn.get") }]);
    assert_eq!(fetched(&link).await.bytes, whole.slice(..1000), "a file that is whole to HTTP and cut off");
    faulty(&providers, [Fault { status: Some(403), ..Fault::on("cdn.get") }]);
    assert_eq!((fetched(&link).await.status, fetched(&link).await.bytes == whole), (403, true));
    faulty(&providers, [Fault { redirects: 3, ..Fault::on("cdn.get") }]);
    let (mut next, mut hops) = (link.clone(), 0);
    let end = loop {
        let got = fetched(&next).await;
        if got.status != 302 {
            break got;
        }
        hops += 1;
        next = got.header("location").to_owned();
    };
    assert_eq!((hops, end.status, end.bytes == whole), (3, 200, true));
    faulty(&providers, [Fault { redirect_to: Some("http://127.0.0.1:9/other".to_owned()), ..Fault::on("cdn.get") }]);
    assert_eq!(fetched(&link).await.header("location"), "http://127.0.0.1:9/other");
}

/// AM-22
#[tokio::test]
async fn links_expire_early_where_the_script_says() {
    let providers = providers().await;
    faulty(&providers, [Fault { link_expires_s: Some(5.0), ..Fault::on("app.generate") }]);
    let body = json!({ "model": "happyhorse-1.0/video", "prompt": "A horse", "duration": 3 });
    let made = posted(&providers, APP, "/api/generate", body).await.1;
    let path = format!("/api/status?task_id={}", made["data"]["task_id"].as_str().unwrap());
    pass(&providers, 10);
    let link = asked(&providers, APP, &path).await.1["data"]["response"]["resultUrls"][0].as_str().unwrap().to_owned();
    assert_eq!(fetched(&link).await.status, 200);
    pass(&providers, 5);
    assert_eq!(fetched(&link).await.status, 403);
    assert_eq!(fetched(link.split('?').next().unwrap()).await.status, 403, "nor without its signature");
}

/// Any client's tests can drive it from outside.
#[tokio::test]
async fn time_faults_credits_and_what_was_seen_are_there_over_http() {
    let providers = providers().await;
    let admin = async |method: Method, path: &str, body: Value| {
        let got = send(bare(&providers, method, path).json(&body)).await.unwrap();
        (got.status, got.json())
    };
    let made = posted(&providers, LAB, "/v1/generate", json!({ "prompt": "A horse" })).await.1;
    let path = format!("/v1/jobs/{}", made["job_id"].as_str().unwrap());
    assert_eq!(admin(Method::POST, "/admin/providers/clock", json!({ "advance_s": 3 })).await.0, 200);
    assert_eq!(asked(&providers, LAB, &path).await.1["status"], "completed");
    let script = json!({ "fault": [{ "on": "lab.job", "status": 500 }] });
    let (status, report) = admin(Method::PUT, "/admin/providers/faults", script.clone()).await;
    assert_eq!((status, report["faults"].as_array().unwrap().len()), (200, 1));
    assert_eq!(asked(&providers, LAB, &path).await.0, 500);
    assert_eq!(admin(Method::GET, "/admin/providers/faults", json!(null)).await.1["faults"][0]["struck"], 1);
    assert_eq!(admin(Method::POST, "/admin/providers/faults", script).await.1["faults"].as_array().unwrap().len(), 2);
    assert_eq!(admin(Method::PUT, "/admin/providers/faults", json!({ "fault": [{ "on": "nowhere" }] })).await.0, 400);
    assert_eq!(admin(Method::DELETE, "/admin/providers/faults", json!(null)).await.1["faults"], json!([]));
    assert_eq!(admin(Method::POST, "/admin/providers/credits", json!({ "name": "lab-pro", "credits": 3 })).await.0, 200);
    assert_eq!(posted(&providers, LAB, "/v1/generate", json!({ "prompt": "A horse" })).await.0, 402);
    let seen = admin(Method::GET, "/admin/providers", json!(null)).await.1;
    assert_eq!((&seen["requests"]["lab.generate"], &seen["requests"]["lab.job"]), (&json!(2), &json!(2)));
    assert_eq!((&seen["submits"][0]["body"]["prompt"], &seen["charges"][0]["credits"]), (&json!("A horse"), &json!(10)));
    assert!(!seen.to_string().contains(LAB), "no key is told");
    let page = bare(&providers, Method::GET, "/admin/providers").header("origin", "https://example.com");
    assert_eq!(send(page).await.unwrap().status, 403, "no web page looks in");
    assert_eq!(admin(Method::DELETE, "/admin/providers", json!(null)).await.0, 200);
    assert!(providers.log().submits.is_empty());
}

/// They live beside the worlds, on one port.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_world_server_is_the_providers_too_where_it_is_told_to_be() {
    drop(rustls::crypto::ring::default_provider().install_default());
    let mut config = ServerConfig::new("127.0.0.1:0".parse().unwrap());
    config.providers = Some(seaglass::sim::ProvidersConfig { virtual_clock: true, ..Default::default() });
    let server = seaglass::sim::Server::start(config).await.unwrap();
    let providers = server.providers().unwrap();
    assert_eq!(providers.address(), server.address());
    let (_, link) = finished(providers).await;
    assert_eq!(&fetched(&link).await.bytes[4..8], b"ftyp");
    let health = send(bare(providers, Method::GET, "/health")).await.unwrap();
    assert_eq!(health.json()["status"], "ok");
    assert_eq!(send(bare(providers, Method::GET, "/admin/providers")).await.unwrap().status, 200);
    assert_eq!(send(bare(providers, Method::GET, "/nowhere")).await.unwrap().json()["error"]["code"], "not_found");
    server.shutdown().await;
}
