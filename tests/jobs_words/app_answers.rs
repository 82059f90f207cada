//! hh-app: answers.

use std::time::Duration;

use seaglass::jobs::{Accepted, Backend, Phase, Problem, ProblemKind, Reply, dialect};
use serde_json::{Value, json};

use super::support::{problem, sample, status};

const APP: Backend = Backend::HhApp;

fn accepted(http: u16, answer: &Value) -> Result<Accepted, Problem> {
    let body = answer.to_string();
    dialect(APP).read_accepted(&Reply { status: http, retry_after: None, body: body.as_bytes() })
}

fn task(data: Value) -> Value {
    json!({ "code": 200, "message": "success", "data": data })
}

#[test]
fn ha_2_the_documents_answer_to_a_submit_is_read() {
    let accepted = accepted(200, &sample("app", "created")).unwrap();
    assert_eq!((accepted.id.as_str(), accepted.word.as_str()), ("n92abc123hh10", "IN_PROGRESS"));
    assert_eq!((accepted.notes, accepted.raw), (vec![], sample("app", "created")));
}

#[test]
fn ha_14_an_id_that_does_not_begin_with_n92_is_taken_with_a_warning() {
    let odd = accepted(200, &task(json!({ "task_id": "abc" }))).unwrap();
    assert_eq!((odd.id.as_str(), odd.notes.len()), ("abc", 1));
    for none in [json!({}), json!(null), json!([]), json!({ "task_id": "" }), json!({ "no": "n92a" })] {
        assert_eq!(accepted(200, &task(none.clone())).unwrap_err().kind, ProblemKind::Garbled, "{none}");
    }
}

/// HA-15, X-6
#[test]
fn ha_15_the_documents_status_is_read_with_everything_in_it() {
    let answer = sample("app", "success");
    let status = status(APP, 200, &answer).unwrap();
    assert_eq!((status.phase, status.word.as_str()), (Phase::Ready, "SUCCESS"));
    assert_eq!(status.results, ["https://cdn.example.com/videos/abc123.mp4"]);
    assert_eq!((status.credits, status.error, status.expires), (Some(400.0), None, None));
    assert_eq!(status.raw, answer);
}

/// HA-16, X-6
#[test]
fn ha_16_success_and_failed_end_a_task_and_any_other_word_does_not() {
    let links = json!({ "resultUrls": ["https://cdn.example.com/a.mp4"] });
    let read = |word: &str, response: &Value| status(APP, 200, &task(json!({ "status": word, "response": response })));
    for word in ["IN_PROGRESS", "PENDING", "success", "COMPLETED", "等待"] {
        let status = read(word, &Value::Null).unwrap();
        assert_eq!((status.phase, status.word.as_str(), status.results.len()), (Phase::Running, word, 0));
    }
    assert_eq!(read("SUCCESS", &links).unwrap().phase, Phase::Ready);
    assert_eq!(read("FAILED", &Value::Null).unwrap().phase, Phase::Failed);
    assert_eq!(read("COMPLETED", &links).unwrap().phase, Phase::Ready, "others met it, and there is the clip");
    assert_eq!(read("Success", &links).unwrap().phase, Phase::Ready, "in another case, and there is the clip");
    assert_eq!(read("failed", &Value::Null).unwrap().phase, Phase::Failed);
    for none in [json!({}), json!(null), json!({ "status": "" }), json!({ "status": {} }), json!("SUCCESS")] {
        assert_eq!(status(APP, 200, &task(none.clone())).unwrap_err().kind, ProblemKind::Garbled, "{none}");
    }
}

#[test]
fn ha_17_every_result_is_kept_and_success_without_one_is_a_result_that_is_missing() {
    let read = |response: Value| status(APP, 200, &task(json!({ "status": "SUCCESS", "response": response })));
    let two = read(json!({ "resultUrls": ["https://a.example/1.mp4", "https://b.example/2.mp4", 7, null] })).unwrap();
    assert_eq!(two.results, ["https://a.example/1.mp4", "https://b.example/2.mp4"]);
    for none in
        [json!(null), json!({}), json!({ "resultUrls": [] }), json!({ "resultUrls": null }), json!({ "resultUrls": [""] })]
    {
        let status = read(none.clone()).unwrap();
        assert_eq!(
            (status.phase, status.word.as_str(), status.results.len()),
            (Phase::ResultMissing, "SUCCESS", 0),
            "{none}"
        );
    }
    let billed = task(json!({ "status": "SUCCESS", "response": null, "consumed_credits": 400 }));
    assert_eq!(status(APP, 200, &billed).unwrap().credits, Some(400.0), "what it cost is told all the same");
    let many = json!({ "resultUrls": vec!["https://a.example/1.mp4"; 5000] });
    assert!(read(many).unwrap().results.len() <= 64);
}

/// HA-21
#[test]
fn ha_21_the_documents_errors_are_told_apart() {
    use ProblemKind::{Auth, Credits, Invalid, RateLimited, Server};
    for (http, code, kind) in [
        (400, "INVALID_PROMPT", Invalid),
        (400, "INVALID_DURATION", Invalid),
        (400, "INVALID_MODEL", Invalid),
        (401, "INVALID_API_KEY", Auth),
        (402, "INSUFFICIENT_CREDITS", Credits),
        (429, "RATE_LIMITED", RateLimited),
        (500, "INTERNAL_ERROR", Server),
    ] {
        for body in [
            json!({ "code": code, "message": "words" }),
            json!({ "error": { "code": code, "message": "words" } }),
            json!({ "code": http, "error": code, "message": "words" }),
        ] {
            let problem = problem(APP, http, &body.to_string());
            assert_eq!(
                (problem.kind, problem.code.as_deref(), problem.message.as_str()),
                (kind, Some(code), "words"),
                "{body}"
            );
            assert_eq!(problem.hint.is_some(), matches!(kind, Auth | Credits), "the user is asked to fix key or credits");
        }
        let body = json!({ "code": code }).to_string();
        let limited = Reply { status: http, retry_after: Some(Duration::from_secs(7)), body: body.as_bytes() };
        assert_eq!(dialect(APP).read_status(&limited).unwrap_err().retry_after, Some(Duration::from_secs(7)));
    }
}

#[test]
fn ha_23_why_a_task_failed_is_said() {
    let read = |message: Value| {
        status(APP, 200, &task(json!({ "status": "FAILED", "response": null, "error_message": message }))).unwrap()
    };
    let failed = read(json!("The prompt was rejected"));
    assert_eq!((failed.phase, failed.error.as_deref()), (Phase::Failed, Some("The prompt was rejected")));
    assert_eq!(read(json!(null)).error, None);
}

/// HA-24
#[test]
fn ha_24_a_code_is_read_as_a_text_or_as_a_number() {
    for (body, code, message) in [
        (json!({ "code": "INVALID_PROMPT", "message": "empty" }), Some("INVALID_PROMPT"), "empty"),
        (json!({ "code": 400, "message": "empty" }), Some("400"), "empty"),
        (json!({ "message": "empty" }), None, "empty"),
        (json!({ "error": "INVALID_PROMPT", "message": "empty" }), Some("INVALID_PROMPT"), "empty"),
    ] {
        let problem = problem(APP, 400, &body.to_string());
        assert_eq!((problem.kind, problem.code.as_deref(), problem.message.as_str()), (ProblemKind::Invalid, code, message));
    }
}

/// AM-12, HA-24
#[test]
fn am_12_http_200_with_another_code_is_a_problem() {
    use ProblemKind::{Auth, Credits, Invalid, NotFound, RateLimited, Server};
    for (code, kind) in [
        (json!(400), Invalid),
        (json!(401), Auth),
        (json!("402"), Credits),
        (json!(404), NotFound),
        (json!(429), RateLimited),
        (json!(500), Server),
        (json!("INSUFFICIENT_CREDITS"), Credits),
        (json!("invalid_prompt"), Invalid),
        (json!("OF_ANOTHER_DAY"), Server),
        (json!(0), Server),
        (json!(true), Server),
    ] {
        let answer = json!({ "code": code, "message": "no", "data": null });
        for problem in [accepted(200, &answer).unwrap_err(), status(APP, 200, &answer).unwrap_err()] {
            assert_eq!((problem.kind, problem.status, problem.message.as_str()), (kind, 200, "no"), "{answer}");
        }
    }
    for code in [json!(200), json!("200"), json!(200.0), json!(null)] {
        let answer = json!({ "code": code, "data": { "task_id": "n92a", "status": "IN_PROGRESS" } });
        assert_eq!(accepted(200, &answer).unwrap().id, "n92a");
    }
    let status_wins = json!({ "code": 200, "message": "success", "data": { "task_id": "n92a" } });
    assert_eq!(accepted(402, &status_wins).unwrap_err().kind, Credits);
}
