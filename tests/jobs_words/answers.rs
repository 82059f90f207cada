//! hh-lab: answers.

use seaglass::jobs::{Backend, Expiry, Phase, ProblemKind, Reply, balance, dialect};
use serde_json::{Value, json};

use super::support::{problem, sample, status};

const LAB: Backend = Backend::HhLab;

fn accepted(http: u16, body: &str) -> Result<seaglass::jobs::Accepted, seaglass::jobs::Problem> {
    dialect(LAB).read_accepted(&Reply { status: http, retry_after: None, body: body.as_bytes() })
}

/// HL-2, AM-21
#[test]
fn am_21_any_2xx_is_a_success() {
    for http in [200, 201, 202, 203, 299] {
        let accepted = accepted(http, r#"{"job_id":"job_01HZ9X3K7VQWPN8S4TYJB6MDE"}"#).unwrap();
        assert_eq!((accepted.id.as_str(), accepted.word.as_str()), ("job_01HZ9X3K7VQWPN8S4TYJB6MDE", ""));
        assert_eq!(status(LAB, http, &sample("lab", "completed")).unwrap().phase, Phase::Ready);
    }
    for http in [0, 100, 199, 300, 304] {
        assert!(accepted(http, r#"{"job_id":"job_1"}"#).is_err(), "{http}");
    }
}

#[test]
fn ids_are_taken_as_they_are_and_an_answer_without_one_is_garbled() {
    assert_eq!(accepted(200, r#"{"job_id": 12345678901234567890}"#).unwrap().id, "12345678901234567890");
    assert_eq!(accepted(200, r#"{"job_id": "a b/c?d#%2e", "status": "queued", "eta": 60}"#).unwrap().id, "a b/c?d#%2e");
    for nothing in
        ["", "{}", "null", "[]", r#"{"job_id":""}"#, r#"{"job_id":null}"#, r#"{"job_id":{}}"#, "<html>", r#"{"job_id":"a"#]
    {
        assert_eq!(accepted(200, nothing).unwrap_err().kind, ProblemKind::Garbled, "{nothing}");
    }
    for bad in ["..", ".", "a\u{1b}[2Jb", "a\u{202e}b", &"x".repeat(10_000)] {
        let answer = json!({ "job_id": bad }).to_string();
        assert_eq!(accepted(200, &answer).unwrap_err().kind, ProblemKind::Garbled, "{bad:?}");
    }
}

/// X-3: what was taken on is paid for, and without its id it is lost.
#[test]
fn an_id_that_the_answer_names_elsewhere_is_taken_with_a_warning() {
    for (answer, id) in [
        (r#"{"id":"job_1","object":"video"}"#, "job_1"),
        (r#"{"data":{"job_id":"job_2"},"id":"request-7"}"#, "job_2"),
        (r#"{"job_id":null,"task_id":"t3","error":null}"#, "t3"),
        (r#"{"job":{"id":4}}"#, "4"),
    ] {
        let accepted = accepted(200, answer).unwrap();
        assert_eq!((accepted.id.as_str(), accepted.notes.len()), (id, 1), "{answer}");
    }
    let refused = accepted(200, r#"{"id":"request-7","error":"no"}"#).unwrap_err();
    assert_eq!(refused.kind, ProblemKind::Garbled, "an answer that speaks of an error names no job");
    let elsewhere = accepted(200, r#"{"result":{"reference":"abc-123"}}"#).unwrap_err();
    assert!(elsewhere.message.contains("abc-123"), "a person may find it there: {}", elsewhere.message);
}

/// HL-20: what a service says of a request part by part is not lost.
#[test]
fn an_error_that_is_told_in_parts_is_told_as_it_came() {
    let problem = problem(LAB, 422, r#"{"detail":[{"loc":["body","duration"],"msg":"too long"}]}"#);
    assert_eq!(problem.kind, ProblemKind::Invalid);
    assert!(problem.message.contains("duration") && problem.message.contains("too long"), "{}", problem.message);
}

/// HL-10
#[test]
fn hl_10_a_documented_word_in_another_case_ends_a_job_too_and_done_only_with_its_clip() {
    let answer = |word: &str, link: Value| json!({ "job_id": "job_1", "status": word, "output_url": link });
    for (word, link, phase) in [
        ("Completed", json!("https://cdn.example.com/a.mp4"), Phase::Ready),
        ("COMPLETED", Value::Null, Phase::Running),
        ("completed", Value::Null, Phase::ResultMissing),
        ("Failed", Value::Null, Phase::Failed),
    ] {
        assert_eq!(status(LAB, 200, &answer(word, link)).unwrap().phase, phase, "{word}");
    }
}

/// HL-10, X-6
#[test]
fn hl_10_completed_completed_and_failed_end_a_job_and_any_other_word_does_not() {
    let answer = |word: &str| json!({ "job_id": "job_1", "status": word, "output_url": "https://cdn.example.com/a.mp4" });
    assert_eq!(status(LAB, 200, &answer("completed")).unwrap().phase, Phase::Ready);
    assert_eq!(status(LAB, 200, &answer("failed")).unwrap().phase, Phase::Failed);
    for word in ["queued", "processing", "running", "cancelled", "зависло"] {
        let status = status(LAB, 200, &answer(word)).unwrap();
        assert_eq!((status.phase, status.word.as_str()), (Phase::Running, word));
    }
    for none in [json!({ "job_id": "job_1" }), json!({ "status": null }), json!({ "status": 3 }), json!("completed")] {
        assert_eq!(status(LAB, 200, &none).unwrap_err().kind, ProblemKind::Garbled, "{none}");
    }
}

#[test]
fn hl_9_progress_is_read_in_any_of_its_plausible_forms() {
    let progress =
        |progress: Value| status(LAB, 200, &json!({ "status": "processing", "progress": progress })).unwrap().progress;
    for (written, read) in [
        (json!(0), Some(0.0)),
        (json!(45), Some(0.45)),
        (json!(100), Some(1.0)),
        (json!(0.45), Some(0.45)),
        (json!(45.0), Some(0.45)),
        (json!("45%"), Some(0.45)),
        (json!(101), None),
        (json!(-1), None),
        (json!("half"), None),
        (json!(null), None),
    ] {
        assert_eq!(progress(written.clone()), read, "{written}");
    }
}

#[test]
fn hl_11_the_documents_completed_job_is_read() {
    let answer = sample("lab", "completed");
    let status = status(LAB, 200, &answer).unwrap();
    assert_eq!((status.phase, status.word.as_str()), (Phase::Ready, "completed"));
    assert_eq!(status.results, ["https://cdn.happyhorselab.net/out/job_01HZ9X3K7VQWPN8S4TYJB6MDE.mp4"]);
    assert_eq!(status.credits, Some(25.0));
    assert_eq!(status.expires, Some(Expiry::At("2025-06-02T14:23:48Z".into())));
    assert_eq!((status.error, status.thumbnail, status.progress), (None, None, Some(1.0)));
    assert_eq!(status.raw, answer, "everything is kept");
}

/// HL-12, AM-7
#[test]
fn hl_12_why_a_job_failed_is_read_from_a_text_or_an_object() {
    let why = |error: Value| {
        let status = status(LAB, 200, &json!({ "job_id": "job_1", "status": "failed", "error": error })).unwrap();
        assert_eq!((status.phase, status.credits), (Phase::Failed, None));
        status.error
    };
    assert_eq!(why(json!("content policy")).unwrap(), "content policy");
    assert_eq!(why(json!({ "code": "nsfw", "message": "content policy" })).unwrap(), "content policy (nsfw)");
    assert_eq!(why(json!({ "code": 17 })).unwrap(), "17");
    assert_eq!(why(json!({ "stage": "render" })).unwrap(), r#"{"stage":"render"}"#);
    assert_eq!(why(json!(["a", 1])).unwrap(), r#"["a",1]"#);
    assert_eq!(why(json!(null)), None);
    assert_eq!(why(json!("x".repeat(9000))).unwrap().chars().count(), 500);
    assert_eq!(why(json!("\u{1b}[31mred\u{7}\r\nline")).unwrap(), "[31mred line");
}

/// HL-13, AM-6
#[test]
fn am_6_a_link_holds_until_the_answer_says_or_24_hours_from_completion() {
    let expires = |answer: Value| status(LAB, 200, &answer).unwrap().expires;
    let mut answer = sample("lab", "completed");
    assert_eq!(expires(answer.clone()), Some(Expiry::At("2025-06-02T14:23:48Z".into())));
    answer["output_url_expires_at"] = Value::Null;
    assert_eq!(expires(answer.clone()), Some(Expiry::HoursAfter(24, "2025-06-01T14:23:48Z".into())));
    answer["completed_at"] = json!("\u{1b}]0;x\u{7}");
    assert_eq!(expires(answer), None, "nobody says");
    assert_eq!(
        expires(json!({ "status": "processing", "output_url_expires_at": "2025-06-02T14:23:48Z" })),
        None,
        "no link yet"
    );
}

#[test]
fn a_completed_job_without_a_link_is_a_result_that_is_missing() {
    for link in [json!(null), json!(""), json!(7), json!("/out/a.mp4"), json!("javascript:alert(1)"), json!("https://a b/")]
    {
        let answer = json!({ "job_id": "job_1", "status": "completed", "output_url": link });
        let status = status(LAB, 200, &answer).unwrap();
        assert_eq!((status.phase, status.results.len()), (Phase::ResultMissing, 0), "{link}");
        assert!(status.error.is_some_and(|why| why.contains("names no clip")), "{link}");
    }
}

/// HL-15: no document shows its form.
#[test]
fn hl_15_credits_are_shown_as_they_come_with_a_number_where_there_is_one() {
    let body = br#"{"balance":975,"currency":"credits","usage":[{"job_id":"job_1","credits":25}]}"#;
    let answer = dialect(LAB).read_any(&Reply { status: 200, retry_after: None, body }).unwrap();
    assert_eq!(balance(&answer), Some(975.0));
    assert_eq!(answer["usage"][0]["credits"], json!(25));
}

/// The sample of the document forgets this.
#[test]
fn am_7_the_http_status_is_looked_at_before_the_body() {
    for (http, kind) in [(402, ProblemKind::Credits), (429, ProblemKind::RateLimited), (503, ProblemKind::Server)] {
        let reply = Reply { status: http, retry_after: None, body: br#"{"job_id":"job_1","status":"completed"}"# };
        assert_eq!(dialect(LAB).read_status(&reply).unwrap_err().kind, kind);
        assert_eq!(dialect(LAB).read_accepted(&reply).unwrap_err().kind, kind);
    }
}

/// HL-20: by the class of the HTTP status, which is looked at before the body.
#[test]
fn hl_20_errors_are_told_apart_by_their_http_status() {
    use ProblemKind::{Auth, Credits, Garbled, Invalid, NotFound, RateLimited, Server, TooLarge, TypeNotSupported};
    for (http, kind) in [
        (400, Invalid),
        (401, Auth),
        (402, Credits),
        (403, Auth),
        (404, NotFound),
        (405, Invalid),
        (408, Server),
        (410, NotFound),
        (413, TooLarge),
        (415, TypeNotSupported),
        (422, Invalid),
        (429, RateLimited),
        (500, Server),
        (502, Server),
        (503, Server),
        (599, Server),
        (301, Invalid),
        (308, Invalid),
        (600, Garbled),
        (0, Garbled),
    ] {
        for body in [
            "",
            "<html><h1>Oops</h1></html>",
            "{}",
            "null",
            r#"{"error":"x y"}"#,
            r#"{"status":"completed","job_id":"job_1"}"#,
        ] {
            let problem = problem(LAB, http, body);
            assert_eq!((problem.kind, problem.status), (kind, http), "{http} {body}");
            assert!(!problem.message.is_empty() && !problem.message.contains('<'), "{problem}");
        }
        assert_eq!(
            status(LAB, http, &sample("lab", "completed")).unwrap_err().kind,
            kind,
            "the sample of the document forgets this"
        );
    }
    for (body, message) in [
        (r#"{"error":{"code":"boom","message":"it broke"}}"#, "it broke"),
        (r#"{"message":"it broke"}"#, "it broke"),
        (r#"{"error":"it broke"}"#, "it broke"),
        (r#"{"detail":"it broke"}"#, "it broke"),
        (r#""it broke""#, "it broke"),
        ("it broke", "the service failed: it broke"),
    ] {
        assert_eq!(problem(LAB, 500, body).message, message);
    }
}
