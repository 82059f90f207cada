//! hh-customer: answers.

use seaglass::jobs::{Backend, Phase, Presigned, Problem, ProblemKind, Reply, dialect};
use serde_json::{Value, json};

use super::support::{problem, sample, status};

const CUSTOMER: Backend = Backend::HhCustomer;

fn presigned(http: u16, answer: &Value) -> Result<Presigned, Problem> {
    let body = answer.to_string();
    dialect(CUSTOMER).read_presigned(&Reply { status: http, retry_after: None, body: body.as_bytes() })
}

#[test]
fn hc_10_the_documents_answer_to_a_submit_is_read() {
    let body = sample("customer", "queued").to_string();
    let accepted =
        dialect(CUSTOMER).read_accepted(&Reply { status: 202, retry_after: None, body: body.as_bytes() }).unwrap();
    assert_eq!((accepted.id.as_str(), accepted.word.as_str()), ("018f3f1d-8c2e-7b4d-9db1-8e8f3a0c8f21", "queued"));
    let without = Reply { status: 200, retry_after: None, body: br#"{"status":"queued"}"# };
    assert_eq!(dialect(CUSTOMER).read_accepted(&without).unwrap_err().kind, ProblemKind::Garbled);
}

#[test]
fn hc_3_the_documents_answer_to_a_presign_is_read_and_its_link_is_shown_to_nobody() {
    let presigned_by = presigned(200, &sample("customer", "presigned")).unwrap();
    assert_eq!(presigned_by.upload_url, "https://storage.example.com/presigned-url");
    assert_eq!(presigned_by.key, "videos/inputs/user-id/asset-id.png");
    assert_eq!(presigned_by.public_url.as_deref(), Some("https://cdn.example.com/videos/inputs/user-id/asset-id.png"));
    assert_eq!(presigned_by.kind.as_deref(), Some("image"));
    assert!(!format!("{presigned_by:?}").contains("presigned-url"));
    for missing in ["uploadUrl", "key"] {
        let mut answer = sample("customer", "presigned");
        answer[missing] = Value::Null;
        let problem = presigned(200, &answer).unwrap_err();
        assert_eq!(problem.kind, ProblemKind::Garbled);
        assert!(problem.message.contains(missing) && !problem.message.contains("presigned-url"), "{problem}");
    }
    for other in [Backend::HhLab, Backend::HhApp] {
        let body = sample("customer", "presigned").to_string();
        assert!(dialect(other).read_presigned(&Reply { status: 200, retry_after: None, body: body.as_bytes() }).is_err());
    }
}

/// HC-23
#[test]
fn hc_23_the_documents_video_is_read_and_may_have_no_thumbnail() {
    let answer = sample("customer", "ready");
    let ready = status(CUSTOMER, 200, &answer).unwrap();
    assert_eq!((ready.phase, ready.word.as_str()), (Phase::Ready, "ready"));
    assert_eq!(ready.results, ["https://cdn.example.com/videos/outputs/018f3f1d.mp4"]);
    assert_eq!((ready.thumbnail, ready.credits, ready.error, ready.expires), (None, None, None, None));
    assert_eq!(ready.raw, answer);
    let mut with_picture = answer;
    with_picture["thumbnailUrl"] = json!("https://cdn.example.com/a.jpg");
    assert_eq!(status(CUSTOMER, 200, &with_picture).unwrap().thumbnail.as_deref(), Some("https://cdn.example.com/a.jpg"));
    with_picture["videoUrl"] = Value::Null;
    assert_eq!(status(CUSTOMER, 200, &with_picture).unwrap().phase, Phase::ResultMissing);
}

/// HC-24, X-6
#[test]
fn hc_24_ready_and_failed_end_a_video_and_any_other_word_does_not() {
    let answer = |word: &str| json!({ "id": "1", "status": word, "videoUrl": null, "thumbnailUrl": null, "errorMessage": "no horse" });
    for word in ["queued", "processing", "Ready", "moderating", "取消"] {
        let status = status(CUSTOMER, 200, &answer(word)).unwrap();
        assert_eq!((status.phase, status.word.as_str(), status.error), (Phase::Running, word, None));
    }
    for word in ["failed", "FAILED"] {
        let failed = status(CUSTOMER, 200, &answer(word)).unwrap();
        assert_eq!((failed.phase, failed.error.as_deref()), (Phase::Failed, Some("no horse")));
    }
}

#[test]
fn hc_27_the_documents_envelope_is_read_with_its_code_and_words() {
    let invalid = problem(CUSTOMER, 400, &sample("customer", "invalid_input").to_string());
    assert_eq!((invalid.kind, invalid.code.as_deref()), (ProblemKind::Invalid, Some("invalid_input")));
    assert_eq!(invalid.message, "Request body is invalid.");
    assert_eq!(invalid.to_string(), "HTTP 400 invalid_input: Request body is invalid.");
}

/// HC-28, AM-15
#[test]
fn hc_28_every_code_of_the_document_has_its_kind() {
    use ProblemKind::{Auth, Credits, Invalid, NotFound, Plan, RateLimited, Server, TooLarge, TypeNotSupported};
    for (code, http, kind) in [
        ("missing_api_key", 401, Auth),
        ("invalid_api_key", 401, Auth),
        ("rate_limited", 429, RateLimited),
        ("invalid_input", 400, Invalid),
        ("insufficient_credits", 402, Credits),
        ("plan_gate_exceeded", 403, Plan),
        ("upload_file_too_large", 413, TooLarge),
        ("upload_type_not_supported", 400, TypeNotSupported),
        ("not_found", 404, NotFound),
        ("internal_error", 500, Server),
    ] {
        let body = json!({ "error": { "code": code, "message": "words", "requestId": "r-1" } }).to_string();
        let problem = problem(CUSTOMER, http, &body);
        assert_eq!((problem.kind, problem.code.as_deref(), problem.message.as_str()), (kind, Some(code), "words"));
    }
    let strange = problem(CUSTOMER, 403, r#"{"error":{"code":"banned","message":"no"}}"#);
    assert_eq!((strange.kind, strange.code.as_deref()), (Auth, Some("banned")), "a new code goes by its status");
    let both = problem(CUSTOMER, 500, r#"{"error":{"code":"invalid_input","message":"no"}}"#);
    assert_eq!(both.kind, Server, "the status comes first");
}

/// HC-29
#[test]
fn hc_29_a_plan_gate_names_the_flag_and_both_plans() {
    let gated = problem(CUSTOMER, 403, &sample("customer", "plan_gate_exceeded").to_string());
    assert_eq!(gated.kind, ProblemKind::Plan);
    assert_eq!(gated.hint.as_deref(), Some("--ref-audio needs plan pro, you have basic"));
    let hint = |error: Value| {
        let mut error = error;
        error["code"] = json!("plan_gate_exceeded");
        problem(CUSTOMER, 403, &json!({ "error": error }).to_string()).hint.unwrap()
    };
    for (field, flag) in [
        ("referenceAudioKey", "--ref-audio"),
        ("reference_audio", "--ref-audio"),
        ("referenceVideo", "--ref-video"),
        ("lastFrame", "--last-frame"),
        ("lastFrameKey", "--last-frame"),
        ("sourceImageKey", "--image"),
        ("duration", "--duration"),
        ("durationSec", "--duration"),
        ("resolution", "--resolution"),
        ("aspectRatio", "--aspect-ratio"),
        ("cameraMotion", "--camera"),
        ("motionIntensity", "--motion-level"),
        ("cfgScale", "--adherence"),
        ("style", "--style"),
        ("queuePriority", "queuePriority"),
    ] {
        assert_eq!(hint(json!({ "field": field, "requiredPlan": "pro" })), format!("{flag} needs plan pro"));
    }
    assert_eq!(hint(json!({})), "this needs a higher plan");
    assert_eq!(
        hint(json!({ "field": "x\u{1b}[2J", "requiredPlan": 7, "currentPlan": "basic" })),
        "x[2J needs a higher plan, you have basic"
    );
}

/// HC-1
#[test]
fn am_15_a_missing_and_an_invalid_key_are_one_problem_with_the_code_kept() {
    for code in ["missing_api_key", "invalid_api_key"] {
        let problem = problem(CUSTOMER, 401, &json!({ "error": { "code": code, "message": "no" } }).to_string());
        assert_eq!((problem.kind, problem.code.as_deref()), (ProblemKind::Auth, Some(code)));
        assert!(problem.hint.unwrap().contains("Dashboard / Settings / API Keys"));
    }
}
