//! `seaglass job` as its users meet it: what is refused before anything is sent, what a dry run shows, which key goes where and
//! that none of it shows, and how an answer of a service becomes an exit status. Real processes against a host that answers with
//! exactly these bytes.
#![allow(clippy::unwrap_used, reason = "a test stops at what it does not expect")]

mod job_desk;
mod scripted_host;
mod support;

use std::path::Path;

use job_desk::{Desk, object, said, status};
use scripted_host::{Host, answer};
use serde_json::{Value, json};

const LAB: &str = "hh_0123456789abcdefghij";
const CUSTOMER: &str = "hh_live_0123456789abcdefghij";

fn json_answer(status: &str, body: &Value) -> Vec<u8> {
    let body = body.to_string();
    let headers = [("Content-Type", "application/json".to_owned()), ("Content-Length", body.len().to_string())];
    answer(status, &headers, body.as_bytes())
}

/// HL-1: the key of the file, to the letter, in the one header that the document names.
#[test]
fn hl_1_every_request_carries_the_key_as_a_bearer() {
    let desk = Desk::with_key(LAB);
    let host = Host::answering(vec![json_answer("200 OK", &json!({ "remaining": 75, "history": [] }))]);
    let base = host.url("v1");
    let output = desk.run(&["credits", "--backend", "hh-lab", "--base-url", &base, "--api-key-file", "key"]);
    assert!(output.status.success(), "{}", said(&output));
    let asked = host.asked()[0].clone();
    let head = asked.head;
    assert!(head.starts_with("get /v1/credits http/1.1") && asked.body.is_empty(), "{head}");
    assert!(head.contains(&format!("authorization: bearer {LAB}\r\n")), "{head}");
    assert!(!said(&output).contains(LAB), "X-9: {}", said(&output));
}

/// HL-15: the number where there is one, and the whole answer whatever its shape.
#[test]
fn hl_15_a_balance_is_shown_as_the_service_says_it() {
    for (body, number) in [
        (json!({ "data": { "balance": "120.5" } }), json!(120.5)),
        (json!({ "credits": 75, "history": [{ "job_id": "job_1", "credits": 25 }] }), json!(75.0)),
        (json!({ "purse": "plenty" }), Value::Null),
    ] {
        let desk = Desk::with_key(LAB);
        let host = Host::answering(vec![json_answer("200 OK", &body)]);
        let base = host.url("v1");
        let words = ["credits", "--backend", "hh-lab", "--base-url", &base, "--api-key-file", "key", "-o", "json"];
        let shown = object(&desk.run(&words));
        assert_eq!((&shown["credits"], &shown["raw"]), (&number, &body));
    }
}

/// HA-1: also where the key has no form that anybody documents.
#[test]
fn ha_1_a_key_of_any_form_is_sent_as_a_bearer() {
    let desk = Desk::with_key("any-form_at.all");
    let body = json!({ "code": 200, "message": "success", "data": { "task_id": "n92a", "status": "IN_PROGRESS", "response": null } });
    let host = Host::answering(vec![json_answer("200 OK", &body)]);
    let base = host.url("");
    let words = ["show", "n92a", "--backend", "hh-app", "--base-url", &base, "--api-key-file", "key", "-o", "json"];
    let output = desk.run(&words);
    assert_eq!(object(&output)["state"], "running", "{}", said(&output));
    let head = host.asked()[0].head.clone();
    assert!(head.starts_with("get /api/status?task_id=n92a http/1.1"), "{head}");
    assert!(head.contains("authorization: bearer any-form_at.all\r\n"), "{head}");
    assert!(!said(&output).contains("any-form"), "X-9: {}", said(&output));
}

/// HC-1: whoever is refused learns that keys come with the workspace, and whom to ask. HC-27, HC-28.
#[test]
fn hc_1_a_refused_key_says_where_keys_come_from() {
    let desk = Desk::with_key(CUSTOMER);
    let refusal = json!({ "error": { "code": "invalid_api_key", "message": "The API key is invalid." } });
    let host = Host::answering(vec![json_answer("401 Unauthorized", &refusal)]);
    let base = host.url("");
    let output = desk.run(&["show", "018f", "--backend", "hh-customer", "--base-url", &base, "--api-key-file", "key"]);
    assert_eq!(status(&output), 3, "{}", said(&output));
    for part in ["error[auth]", "invalid_api_key", "Dashboard / Settings / API Keys", "administrator"] {
        assert!(said(&output).contains(part), "{part}: {}", said(&output));
    }
    assert!(!said(&output).contains(CUSTOMER), "X-9");
}

/// HC-2: the two variables of the document are enough, and there is no base URL but the customer's own.
#[test]
fn hc_2_the_documents_variables_name_key_and_domain() {
    let desk = Desk::with_key("unused");
    let host = Host::answering(vec![json_answer("200 OK", &json!({ "id": "018f", "status": "processing" }))]);
    let mut command = desk.job(&["show", "018f", "--backend", "hh-customer", "-o", "json"]);
    let output = support::run(command.env("HAPPYHORSE_API_KEY", CUSTOMER).env("HAPPYHORSE_BASE_URL", host.url("")));
    assert_eq!(object(&output)["word"], "processing", "{}", said(&output));
    let head = host.asked()[0].head.clone();
    assert!(head.starts_with("get /api/v1/videos/018f "), "{head}");
    assert!(head.contains(&format!("authorization: bearer {CUSTOMER}\r\n")), "{head}");
    let output = desk.run(&["show", "another", "--backend", "hh-customer"]);
    assert_eq!(status(&output), 2, "{}", said(&output));
    assert!(said(&output).contains("HAPPYHORSE_BASE_URL"), "{}", said(&output));
}

/// the variable of every server speaks for an address that the user named, and for nobody's whom a document names.
#[test]
fn x_10_the_common_variable_goes_where_the_user_says_and_nowhere_else() {
    let desk = Desk::with_key("unused");
    let host = Host::answering(vec![json_answer("200 OK", &json!({ "job_id": "j1", "status": "queued" }))]);
    let mut command = desk.job(&["show", "j1", "--backend", "hh-lab", "--base-url", &host.url("v1"), "-o", "json"]);
    let output = support::run(command.env("SEAGLASS_API_KEY", "hh_common"));
    assert_eq!(status(&output), 0, "{}", said(&output));
    assert!(host.asked()[0].head.contains("authorization: bearer hh_common\r\n"));
    let output = support::run(desk.job(&["show", "j2", "--backend", "hh-lab"]).env("SEAGLASS_API_KEY", "hh_common"));
    assert_eq!(status(&output), 3, "nothing is sent: {}", said(&output));
    assert!(said(&output).contains("there is no key"), "{}", said(&output));
}

/// X-9, AM-20: no key in arguments, in what is printed however much is asked for, or in the journal; a key of another service is
/// told without a word of it.
#[test]
fn x_9_no_key_and_no_signature_shows_anywhere() {
    let desk = Desk::with_key(CUSTOMER);
    let ready = json!({
        "job_id": "job_1", "status": "completed", "credits_used": 25,
        "output_url": "https://cdn.example/out/job_1.mp4?X-Signature=SIGNED",
    });
    let host = Host::answering(vec![json_answer("200 OK", &ready)]);
    let base = host.url("v1");
    let words = ["show", "job_1", "--backend", "hh-lab", "--base-url", &base, "--api-key-file", "key", "-o", "json", "-vv"];
    let output = support::run(desk.job(&words).env("SEAGLASS_LOG", "trace"));
    assert_eq!(object(&output)["state"], "ready", "{}", said(&output));
    assert!(said(&output).contains("https://cdn.example/out/job_1.mp4"), "{}", said(&output));
    assert!(said(&output).contains("hh_live_"), "AM-20: {}", said(&output));
    for secret in [CUSTOMER, &CUSTOMER[8..], "SIGNED"] {
        assert!(!said(&output).contains(secret), "{secret}: {}", said(&output));
    }
    for file in std::fs::read_dir(desk.path("")).unwrap().map(|file| file.unwrap().path()) {
        if file.is_file() && file.file_name().unwrap() != "key" {
            let bytes = std::fs::read(&file).unwrap();
            let holds = bytes.windows(CUSTOMER.len()).any(|part| part == CUSTOMER.as_bytes());
            assert!(!holds, "{} holds the key", file.display());
        }
    }
    let output = desk.run(&["submit", "a fox", "--backend", "hh-app", "--api-key", CUSTOMER]);
    assert_eq!(status(&output), 2, "there is no flag that takes a key itself");
}

/// a project's settings may name an address, and no key of the user goes there.
#[test]
fn x_10_a_project_that_names_a_base_url_gets_no_key_of_the_environment() {
    let desk = Desk::with_key(CUSTOMER);
    let host = Host::answering(vec![json_answer("200 OK", &json!({}))]);
    let settings = format!("[backends.hh-customer]\nbase_url = \"{}\"\n", host.url(""));
    std::fs::write(desk.path("seaglass.toml"), settings).unwrap();
    let words = ["show", "018f", "--backend", "hh-customer"];
    let output = support::run(desk.job(&words).env("HAPPYHORSE_API_KEY", CUSTOMER));
    assert_eq!(status(&output), 2, "{}", said(&output));
    assert!(said(&output).contains("the choice of this folder's seaglass.toml"), "{}", said(&output));
    let user = desk.path("config").join("seaglass");
    std::fs::create_dir_all(&user).unwrap();
    let mine = format!("[backends.hh-customer]\napi_key_file = {:?}\n", desk.path("key"));
    std::fs::write(user.join("config.toml"), mine).unwrap();
    let output = desk.run(&words);
    assert_eq!(status(&output), 3, "nor one of the user's settings: {}", said(&output));
    assert!(host.asked().is_empty(), "nothing was sent");
}

/// everything at once, and nothing is sent.
#[test]
fn x_1_everything_that_is_wrong_is_told_at_once_and_nothing_is_sent() {
    let desk = Desk::with_key(CUSTOMER);
    let host = Host::answering(vec![json_answer("200 OK", &json!({ "id": "018f" }))]);
    let base = host.url("");
    let words = [
        "submit",
        "ab",
        "--backend",
        "hh-customer",
        "--base-url",
        &base,
        "--api-key-file",
        "key",
        "--duration",
        "99",
        "--resolution",
        "4K",
        "--image",
        "none.png",
        "--camera",
        "dolly",
        "--set",
        "model=\"x\"",
        "-o",
        "json",
    ];
    let output = desk.run(&words);
    assert_eq!(status(&output), 2, "{}", said(&output));
    let shown = object(&output);
    assert_eq!(
        (&shown["id"], &shown["state"], &shown["error"]["code"]),
        (&Value::Null, &json!("refused"), &json!("request"))
    );
    let fields: Vec<&str> =
        shown["violations"].as_array().unwrap().iter().map(|one| one["field"].as_str().unwrap()).collect();
    for field in ["prompt", "duration", "resolution", "image", "camera", "extra.model"] {
        assert!(fields.contains(&field), "{field}: {fields:?}");
        assert!(shown["error"]["why"].as_str().unwrap().contains(field), "{field}: {shown}");
    }
    assert!(host.asked().is_empty());
}

/// that nobody knows where it would go is one of the things that are wrong.
#[test]
fn x_1_a_missing_address_is_told_with_everything_else() {
    let desk = Desk::with_key(CUSTOMER);
    let wrong = ["submit", "ab", "--backend", "hh-customer", "--duration", "99", "--api-key-file", "key", "-o", "json"];
    let right = ["submit", "a horse", "--backend", "hh-customer", "--duration", "5", "--api-key-file", "key", "-o", "json"];
    for (words, expected) in [(wrong, &["prompt", "duration", "base_url"][..]), (right, &["base_url"])] {
        for dry in [&[][..], &["--dry-run"]] {
            let output = desk.run(&[&words[..], dry].concat());
            assert_eq!(status(&output), 2, "{}", said(&output));
            let shown = object(&output);
            let fields: Vec<&str> =
                shown["violations"].as_array().unwrap().iter().map(|one| one["field"].as_str().unwrap()).collect();
            assert_eq!(fields, expected, "{shown}");
        }
    }
}

/// A program that asked for an object reads one, also where there was no command yet.
#[test]
fn whatever_is_wrong_with_line_or_settings_is_an_object_for_programs() {
    let desk = Desk::with_key(LAB);
    std::fs::write(desk.path("broken.toml"), "[backends.hh-lab]\nnonsense = 1\n").unwrap();
    for (line, part) in [
        ("submit x --backend nobody -ojson", "nobody"),
        ("submit x --nonsense --output=json", "--nonsense"),
        ("submit x --backend hh-lab --config broken.toml -o json", "nonsense"),
        ("list --config broken.toml -o json", "nonsense"),
        ("list --books key -o json", "books"),
        ("upload none.png --backend hh-customer --base-url http://127.0.0.1:1 -o json", "none.png"),
        ("estimate x -o json", "--backend"),
    ] {
        let output = desk.run(&line.split(' ').collect::<Vec<_>>());
        let shown = object(&output);
        assert_eq!(shown["error"]["exit"], json!(status(&output)), "{line}: {shown}");
        assert!(shown["error"].to_string().contains(part), "{line}: {shown}");
        assert_eq!(shown["id"], Value::Null, "{line}");
    }
    let output = desk.run(&["submit", "x", "--nonsense"]);
    assert!(status(&output) == 2 && output.stdout.is_empty(), "people read stderr: {}", said(&output));
}

/// a service that repeats the key in its refusal does not make it be shown or kept.
#[test]
fn x_9_a_key_that_a_service_repeats_is_neither_shown_nor_kept() {
    let words = format!("the key {LAB} is not known");
    for (line, code) in
        [("submit x -o jsonl", "401 Unauthorized"), ("show job_1", "400 Bad Request"), ("credits -o json", "200 OK")]
    {
        let desk = Desk::with_key(LAB);
        let host = Host::answering(vec![json_answer(code, &json!({ "error": words, "you_sent": format!("Bearer {LAB}") }))]);
        let mut job = desk.job(&line.split(' ').collect::<Vec<_>>());
        job.args(["--backend", "hh-lab", "--base-url", &host.url("v1"), "--api-key-file", "key"])
            .env("SEAGLASS_LOG", "trace");
        let output = support::run(&mut job);
        assert_eq!(host.asked().len(), 1, "{}", said(&output));
        assert!(!said(&output).contains(LAB), "{line}: {}", said(&output));
        assert!(said(&output).contains("the key [withheld] is not known"), "{line}: {}", said(&output));
        let kept = std::fs::read(desk.path("books.sqlite")).unwrap_or_default();
        assert!(!kept.windows(LAB.len()).any(|part| part == LAB.as_bytes()), "{line}: the journal has it");
    }
}

/// a value of the wrong kind is one of the things that are wrong, and hides none of the others.
#[test]
fn x_1_values_of_the_wrong_kind_are_told_with_everything_else() {
    let desk = Desk::with_key(CUSTOMER);
    let words = "submit x --backend hh-app --base-url http://127.0.0.1:1 --mode ultra --duration 2.5 --seed -1 --fps many \
                 --sound maybe --motion-level 1.5 --adherence much --aspect-ratio 4:3 -o json";
    let output = desk.run(&words.split_whitespace().collect::<Vec<_>>());
    assert_eq!(status(&output), 2, "{}", said(&output));
    let shown = object(&output);
    let violations = shown["violations"].as_array().unwrap();
    let mut fields: Vec<&str> = violations.iter().map(|one| one["field"].as_str().unwrap()).collect();
    fields.sort_unstable();
    assert_eq!(fields, ["adherence", "aspect_ratio", "duration", "fps", "mode", "motion", "seed", "sound"], "{shown}");
    assert!(shown["violations"].to_string().contains("none of std, pro"), "{shown}");
}

/// also what is given more often than a clip can take it.
#[test]
fn x_1_an_input_that_is_given_again_is_told_with_everything_else() {
    let desk = Desk::with_key(CUSTOMER);
    let host = Host::answering(vec![json_answer("200 OK", &json!({}))]);
    let base = host.url("");
    let url = "https://pictures.example/a.png";
    let words = [
        "submit",
        "a fox",
        "--backend",
        "hh-app",
        "--base-url",
        &base,
        "--api-key-file",
        "key",
        "--duration",
        "99",
        "--image",
        url,
        "--image",
        url,
        "--image",
        url,
        "--last-frame",
        url,
        "--last-frame",
        url,
        "-o",
        "json",
    ];
    let output = desk.run(&words);
    assert_eq!(status(&output), 2, "{}", said(&output));
    let shown = object(&output);
    let violations = shown["violations"].as_array().unwrap();
    let what = |field: &str| violations.iter().find(|one| one["field"] == field).map(|one| one["what"].clone());
    assert_eq!(what("image"), Some(json!("one only; 3 given")), "{shown}");
    assert_eq!(what("last_frame"), Some(json!("one only; 2 given")), "{shown}");
    assert!(what("duration").is_some(), "and nothing else is hidden by it: {shown}");
    assert!(host.asked().is_empty());
}

/// X-2, HA-22, HL-17, HC-30
#[test]
fn x_2_an_estimate_says_what_it_stands_on_and_sends_nothing() {
    let desk = Desk::with_key(LAB);
    let estimate = |words: &[&str]| object(&desk.run(&[&["estimate", "-o", "json", "--backend"], words].concat()));
    let app = estimate(&["hh-app", "--duration", "5", "--mode", "pro"]);
    assert_eq!((&app["credits"], &app["confidence"]), (&json!(400.0), &json!("exact")), "{app}");
    let lab = estimate(&["hh-lab", "--duration", "8", "--resolution", "4K"]);
    assert_eq!(
        (&lab["credits"], &lab["confidence"], &lab["charged"]),
        (&json!(25.0), &json!("floor"), &json!("on_success"))
    );
    let customer = estimate(&["hh-customer", "--duration", "6"]);
    assert_eq!((&customer["credits"], &customer["confidence"]), (&Value::Null, &json!("unknown")), "never 0: {customer}");
    let output = desk.run(&["estimate", "--backend", "hh-app", "--duration", "99"]);
    assert_eq!(status(&output), 2, "{}", said(&output));
}

/// AM-19: what a service has no word for is said, and with --strict refused.
#[test]
fn am_19_a_dry_run_shows_the_request_without_its_key_and_what_is_lost() {
    let desk = Desk::with_key(CUSTOMER);
    std::fs::write(desk.path("frame.jpg"), b"\x89PNG\r\n\x1a\nnot a jpeg").unwrap();
    let words = [
        "submit",
        "a horse in the sun",
        "--backend",
        "hh-customer",
        "--base-url",
        "https://video.example",
        "--api-key-file",
        "key",
        "--duration",
        "6",
        "--image",
        "frame.jpg",
        "--fps",
        "24",
        "--dry-run",
        "-o",
        "json",
    ];
    let output = desk.run(&words);
    assert!(output.status.success(), "{}", said(&output));
    let shown = object(&output);
    assert_eq!(shown["request"]["url"], "https://video.example/api/v1/videos");
    assert_eq!(shown["request"]["headers"]["Authorization"], "Bearer [redacted]");
    assert_eq!(shown["request"]["body"], json!({ "prompt": "a horse in the sun", "durationSec": 6 }));
    let upload = &shown["uploaded_first"][0];
    assert_eq!((&upload["field"], &upload["media_type"]), (&json!("sourceImageKey"), &json!("image/png")), "by its bytes");
    assert_eq!((&shown["notes"][0]["kind"], &shown["notes"][0]["field"]), (&json!("loss"), &json!("fps")));
    assert!(!said(&output).contains(CUSTOMER));
    let output = desk.run(&[&words[..], &["--strict"]].concat());
    assert_eq!(status(&output), 2, "{}", said(&output));
    assert!(said(&output).contains("fps"), "{}", said(&output));
}

/// HL-16: what a server takes is shown beside what its document says.
#[test]
fn hl_16_a_servers_ranges_are_told_where_they_are_not_the_documents() {
    let desk = Desk::with_key(LAB);
    let models = json!({ "models": [{ "id": "happyhorse-1.0", "parameters": { "duration": { "min": 2, "max": 20 } } }] });
    let host = Host::answering(vec![json_answer("200 OK", &models)]);
    let base = host.url("v1");
    let words = ["models", "--backend", "hh-lab", "--base-url", &base, "--api-key-file", "key", "-o", "json"];
    let shown = object(&desk.run(&words));
    assert_eq!((&shown["raw"], &shown["ranges"]["duration"]), (&models, &json!([2.0, 20.0])));
    assert!(shown["differences"][0].as_str().unwrap().contains("2 to 20"), "{shown}");
}

#[test]
fn a_service_without_a_path_says_so_before_anything_is_asked() {
    let desk = Desk::with_key(LAB);
    std::fs::write(desk.path("a.png"), b"\x89PNG\r\n\x1a\n").unwrap();
    for words in [
        &["credits", "--backend", "hh-app"][..],
        &["models", "--backend", "hh-app"],
        &["upload", "a.png", "--backend", "hh-lab"],
    ] {
        let output = desk.run(words);
        assert_eq!(status(&output), 2, "{words:?}: {}", said(&output));
    }
    let output = desk.run(&["wait", "n92x", "-o", "json"]);
    assert_eq!(status(&output), 5, "{}", said(&output));
    assert_eq!(object(&output)["error"]["code"], "not-found", "programs get an object, whatever happened");
    assert!(said(&output).contains("--backend"), "{}", said(&output));
    let output = desk.run(&["submit", "a fox", "--backend", "hh-app"]);
    assert_eq!(status(&output), 3, "a key is missing: {}", said(&output));
}

/// The words of the documents, as exit statuses that scripts rely on.
#[test]
fn each_refusal_of_a_service_has_its_exit_status() {
    let desk = Desk::with_key(LAB);
    let customer = |code: &str| json!({ "error": { "code": code, "message": "words" } });
    let gate = json!({ "error": {
        "code": "plan_gate_exceeded", "message": "Your plan does not allow this video setting.", "field": "referenceAudio",
        "requiredPlan": "pro", "currentPlan": "basic",
    } });
    let app = |code: &str| json!({ "code": code, "message": "words" });
    for (backend, http, body, exit) in [
        ("hh-customer", "401 Unauthorized", customer("missing_api_key"), 3),
        ("hh-customer", "402 Payment Required", customer("insufficient_credits"), 4),
        ("hh-customer", "403 Forbidden", gate, 4),
        ("hh-customer", "400 Bad Request", customer("invalid_input"), 2),
        ("hh-app", "402 Payment Required", app("INSUFFICIENT_CREDITS"), 4),
        ("hh-app", "400 Bad Request", app("INVALID_PROMPT"), 2),
        ("hh-app", "200 OK", json!({ "code": 401, "message": "words" }), 3),
        ("hh-lab", "402 Payment Required", json!({ "message": "words" }), 4),
        // The answer to a submit that nobody can read: it may have been charged.
        ("hh-app", "500 Internal Server Error", app("INTERNAL_ERROR"), 12),
        ("hh-lab", "200 OK", json!({ "fine": true }), 12),
    ] {
        let host = Host::answering(vec![json_answer(http, &body)]);
        let base = host.url("");
        let duration = ["submit", "a fox runs", "--duration", "5", "--backend", backend, "--base-url", &base];
        let output = desk.run(&[&duration[..], &["--api-key-file", "key", "-o", "json"]].concat());
        assert_eq!(status(&output), exit, "{backend} {http} {body}: {}", said(&output));
        assert_eq!(host.asked().len(), 1, "a submit is not repeated: {backend} {http}");
        let state = if exit == 12 { "unknown" } else { "refused" };
        assert_eq!(object(&output)["state"], state, "{}", said(&output));
    }
    let listed = object(&desk.run(&["list", "--state", "unknown", "-o", "json"]));
    assert_eq!(listed.as_array().map(Vec::len), Some(2), "the journal knows what nobody else does: {listed}");
}

/// A key is sent unprotected to this machine alone.
#[test]
fn a_key_does_not_travel_readable_for_everybody() {
    let desk = Desk::with_key(LAB);
    let output = desk.run(&["credits", "--backend", "hh-lab", "--base-url", "http://192.0.2.1/v1", "--api-key-file", "key"]);
    assert_eq!(status(&output), 3, "{}", said(&output));
    assert!(said(&output).contains("https"), "{}", said(&output));
}

/// The flags of the documentation are the program's.
#[test]
fn every_flag_of_the_documentation_is_there() {
    let manual = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/jobs.md")).unwrap();
    let help: String = ["submit", "wait", "show", "list", "download", "settle", "estimate", "upload", "credits", "models"]
        .iter()
        .map(|command| said(&support::run(support::seaglass().args(["job", command, "--help"]))))
        .collect();
    let mut flags: Vec<&str> =
        manual.split(|c: char| !(c.is_ascii_lowercase() || c == '-')).filter(|word| word.starts_with("--")).collect();
    flags.sort_unstable();
    flags.dedup();
    assert!(flags.len() > 30, "{flags:?}");
    for flag in flags.into_iter().filter(|flag| flag.len() > 3 && !["--providers", "--server"].contains(flag)) {
        assert!(help.contains(&format!("{flag} ")) || help.contains(&format!("{flag}\n")), "{flag} is in no help text");
    }
}
