//! Answers of services, up to where their dialects differ: HTTP status first, then JSON, then errors in every envelope that the documents
//! show. What is read is bounded and untrusted; no answer makes a panic.

use serde_json::Value;

use super::dialect::Reply;
use super::problem::{Problem, ProblemKind};
use super::status::{Accepted, Phase};
use super::text::{MOST_SHOWN, clean, is_link, is_unprintable};
use super::violation::{Note, NoteKind};

/// Longest answer that is read, in bytes: a status is a few thousand.
const MOST_BYTES: usize = 4 * 1024 * 1024;

/// Longest id of a job and key of an upload, in characters.
const MOST_ID: usize = 512;

/// Names under which services at large answer with the id of a job, beside the documents' own.
const OTHER_IDS: [&str; 6] = ["job_id", "task_id", "id", "video_id", "jobId", "taskId"];

/// Longest word for how a job stands, in characters.
const MOST_WORD: usize = 64;

/// Most links to clips that are taken from one answer.
const MOST_LINKS: usize = 64;

/// The JSON of a success. Any 2xx is one (AM-21).
pub(super) fn success(reply: &Reply<'_>) -> Result<Value, Problem> {
    if !(200..300).contains(&reply.status) {
        return Err(refusal(reply));
    }
    parse(reply.body).ok_or_else(|| garbled(reply, &format!("the answer is no JSON{}", excerpt(reply.body))))
}

/// An answer that is a refusal by its HTTP status.
pub(super) fn refusal(reply: &Reply<'_>) -> Problem {
    let by_status = kind_of_status(reply.status);
    let said = parse(reply.body);
    let code = said.as_ref().and_then(code_of);
    // Where the status says exactly what is wrong, no code argues with it; where it is broad, a code says more.
    let broad = matches!(reply.status, 400 | 403 | 405..=407 | 409..=412 | 414..=428 | 430..=499);
    let by_code = code.as_deref().and_then(kind_of_code).filter(|&kind| broad && kind != ProblemKind::Server);
    let message = said.as_ref().and_then(message_of).unwrap_or_else(|| match said {
        Some(_) => format!("the service {}", sentence(by_status)),
        None => format!("the service {}{}", sentence(by_status), excerpt(reply.body)),
    });
    let hint = (300..400).contains(&reply.status).then(|| {
        "the address redirects elsewhere, where no key is sent: give the service's final address as --base-url".to_owned()
    });
    Problem { kind: by_code.unwrap_or(by_status), status: reply.status, code, message, hint, retry_after: reply.retry_after }
}

/// An answer that cannot be understood.
pub(super) fn garbled(reply: &Reply<'_>, what: &str) -> Problem {
    problem(reply, ProblemKind::Garbled, what)
}

/// A success in HTTP whose own envelope says that it is none (AM-12).
pub(super) fn refused_inside(reply: &Reply<'_>, said: &Value) -> Problem {
    let code = code_of(said);
    let by_number = code.as_deref().and_then(|code| code.parse().ok()).filter(|number| (300..600).contains(number));
    // A code that nobody knows may mean anything, also a failure after the work was done.
    let kind =
        by_number.map(kind_of_status).or_else(|| code.as_deref().and_then(kind_of_code)).unwrap_or(ProblemKind::Server);
    let message = message_of(said).unwrap_or_else(|| format!("the service {}", sentence(kind)));
    Problem { code, ..problem(reply, kind, &message) }
}

fn problem(reply: &Reply<'_>, kind: ProblemKind, message: &str) -> Problem {
    let message = clean(message, MOST_SHOWN);
    Problem { kind, status: reply.status, code: None, message, hint: None, retry_after: reply.retry_after }
}

const fn kind_of_status(status: u16) -> ProblemKind {
    match status {
        401 | 403 => ProblemKind::Auth,
        402 => ProblemKind::Credits,
        404 | 410 => ProblemKind::NotFound,
        413 => ProblemKind::TooLarge,
        415 => ProblemKind::TypeNotSupported,
        429 => ProblemKind::RateLimited,
        // A request that took too long to arrive; like a failure of the server's it passes.
        408 | 425 | 500..=599 => ProblemKind::Server,
        300..=499 => ProblemKind::Invalid,
        _ => ProblemKind::Garbled,
    }
}

/// The codes of the documents, in whichever case.
fn kind_of_code(code: &str) -> Option<ProblemKind> {
    Some(match code.to_ascii_lowercase().as_str() {
        "missing_api_key" | "invalid_api_key" => ProblemKind::Auth,
        "insufficient_credits" => ProblemKind::Credits,
        "plan_gate_exceeded" => ProblemKind::Plan,
        "not_found" => ProblemKind::NotFound,
        "rate_limited" => ProblemKind::RateLimited,
        "invalid_input" | "invalid_prompt" | "invalid_duration" | "invalid_model" => ProblemKind::Invalid,
        "upload_file_too_large" => ProblemKind::TooLarge,
        "upload_type_not_supported" => ProblemKind::TypeNotSupported,
        "internal_error" => ProblemKind::Server,
        _ => return None,
    })
}

const fn sentence(kind: ProblemKind) -> &'static str {
    match kind {
        ProblemKind::Auth => "does not accept the key",
        ProblemKind::Credits => "says that the credits do not suffice",
        ProblemKind::Plan => "says that the plan does not allow this",
        ProblemKind::NotFound => "knows nothing under this address or id",
        ProblemKind::RateLimited => "says that this is too much at once",
        ProblemKind::Invalid => "refuses the request",
        ProblemKind::TooLarge => "says that this is too large",
        ProblemKind::TypeNotSupported => "does not take files of this type",
        ProblemKind::Server => "failed",
        ProblemKind::Garbled => "answered with something that is no answer",
    }
}

fn parse(body: &[u8]) -> Option<Value> {
    let body = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body);
    serde_json::from_slice(body).ok().filter(|_| body.len() <= MOST_BYTES)
}

/// The beginning of an answer that is no JSON, where it is words and not a page.
fn excerpt(body: &[u8]) -> String {
    let beginning = String::from_utf8_lossy(&body[..body.len().min(1024)]);
    let words = clean(&beginning, 120);
    if words.is_empty() || words.starts_with('<') { String::new() } else { format!(": {words}") }
}

/// An error's code: `error.code`, `code`, or an `error` that is one word.
fn code_of(said: &Value) -> Option<String> {
    let error = said.get("error");
    let word = |value: &Value| {
        value.as_str().filter(|text| !text.is_empty() && !text.contains(char::is_whitespace)).map(str::to_owned)
    };
    let number = |value: &Value| value.as_number().map(ToString::to_string);
    let inner = error.and_then(|error| error.get("code")).and_then(|code| word(code).or_else(|| number(code)));
    let outer = said.get("code");
    inner
        .or_else(|| outer.and_then(word))
        .or_else(|| error.and_then(word))
        .or_else(|| outer.and_then(number))
        .map(|code| clean(&code, MOST_WORD))
        .filter(|code| !code.is_empty())
}

/// An error's words: `error.message`, `message`, `error`, `detail`.
fn message_of(said: &Value) -> Option<String> {
    let error = said.get("error");
    let inner = error.and_then(|error| error.get("message")).and_then(shown);
    let outer = || ["message", "error_message", "detail"].into_iter().find_map(|key| said.get(key).and_then(shown));
    inner
        .or_else(outer)
        .or_else(|| error.filter(|error| error.is_string()).and_then(shown))
        .or_else(|| {
            let whole = said.as_str().map(|text| clean(text, MOST_SHOWN));
            whole.filter(|text| !text.is_empty())
        })
        .or_else(|| in_parts(said))
}

/// An error that is told in parts, as lists of what is wrong with a request are: as it came.
fn in_parts(said: &Value) -> Option<String> {
    let parts = |value: &&Value| match value {
        Value::Array(parts) => !parts.is_empty(),
        Value::Object(parts) => !parts.is_empty(),
        _ => false,
    };
    let found = ["detail", "details", "errors", "error"].into_iter().filter_map(|key| said.get(key)).find(parts)?;
    Some(clean(&found.to_string(), MOST_SHOWN)).filter(|text| !text.is_empty())
}

fn shown(value: &Value) -> Option<String> {
    value.as_str().map(|text| clean(text, MOST_SHOWN)).filter(|text| !text.is_empty())
}

/// Why a job failed: words, or an object with words in it, or whatever else is there (AM-7).
fn reason(value: Option<&Value>) -> Option<String> {
    match value? {
        Value::Null => None,
        Value::String(text) => Some(clean(text, MOST_SHOWN)).filter(|text| !text.is_empty()),
        Value::Object(object) => {
            let words = ["message", "error_message", "detail", "reason", "error"]
                .into_iter()
                .find_map(|key| object.get(key).and_then(shown));
            let code = object.get("code").and_then(|code| shown(code).or_else(|| code.as_number().map(ToString::to_string)));
            match (words, code) {
                (Some(words), Some(code)) => Some(clean(&format!("{words} ({code})"), MOST_SHOWN)),
                (Some(one), None) | (None, Some(one)) => Some(one),
                (None, None) if object.is_empty() => None,
                (None, None) => Some(clean(&Value::Object(object.clone()).to_string(), MOST_SHOWN)),
            }
        }
        other => Some(clean(&other.to_string(), MOST_SHOWN)),
    }
}

/// A job that was taken on, where the answer is flat and names it in this field.
pub(super) fn accepted(reply: &Reply<'_>, raw: Value, field: &str) -> Result<Accepted, Problem> {
    let (id, notes) = taken_on(reply, &raw, id(raw.get(field)), field)?;
    Ok(Accepted { id, word: word(raw.get("status")), raw, notes })
}

/// The id of a job that was taken on: as the document has it, or else wherever else the answer names one, since it may be paid for by
/// then, and without its id it is lost. Where there is none, the answer itself is told: a person may find in it what this does not.
pub(super) fn taken_on(
    reply: &Reply<'_>,
    raw: &Value,
    documented: Option<String>,
    field: &str,
) -> Result<(String, Vec<Note>), Problem> {
    if let Some(id) = documented {
        return Ok((id, Vec::new()));
    }
    let holders = [raw.get("data"), raw.get("job"), raw.get("task"), raw.get("video"), Some(raw)];
    let named = |holder: &Value| OTHER_IDS.into_iter().find_map(|name| id(holder.get(name)));
    let refused = raw.get("error").is_some_and(|error| !error.is_null());
    match holders.into_iter().flatten().find_map(named).filter(|_| !refused) {
        Some(id) => {
            let what = format!(
                "the answer has no {field}, as the document says, and names this id elsewhere: it is taken for the job's"
            );
            Ok((id, vec![oddity("id", &what)]))
        }
        None => Err(garbled(reply, &format!("the answer has no {field}{}", excerpt(reply.body)))),
    }
}

/// How a job stands where the answer is flat: its word, what that means, and the one link to its clip, in these fields. Beside the word
/// of a clip that is done only `failed` ends a job; either may be written in another case than the document's, a clip that is done only
/// with the clip to go with it.
pub(super) fn stands(
    reply: &Reply<'_>,
    raw: &Value,
    done: &str,
    field: &str,
) -> Result<(String, Phase, Vec<String>), Problem> {
    let word = word(raw.get("status"));
    let results: Vec<String> = link(raw.get(field)).into_iter().collect();
    let phase = match word.as_str() {
        "" => return Err(garbled(reply, "the answer has no status")),
        word if word.eq_ignore_ascii_case("failed") => Phase::Failed,
        word if word == done && results.is_empty() => Phase::ResultMissing,
        word if word.eq_ignore_ascii_case(done) && !results.is_empty() => Phase::Ready,
        _ => Phase::Running,
    };
    Ok((word, phase, results))
}

/// Why a job is over without a clip, where it is: in the service's words where they are meant to be.
pub(super) fn why_over(phase: Phase, said: Option<&Value>) -> Option<String> {
    match phase {
        Phase::Running | Phase::Ready => None,
        Phase::Failed => reason(said),
        Phase::ResultMissing => Some("the job is done, and the answer names no clip".to_owned()),
    }
}

/// An id, exactly as it is. Too long ones, and those that would act on a terminal or vanish in a path, are none.
pub(super) fn id(value: Option<&Value>) -> Option<String> {
    let id = match value? {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        _ => return None,
    };
    let bad =
        id.is_empty() || id == "." || id == ".." || id.chars().nth(MOST_ID).is_some() || id.chars().any(is_unprintable);
    (!bad).then_some(id)
}

/// The service's word for how a job stands; empty where it says none.
pub(super) fn word(value: Option<&Value>) -> String {
    value.and_then(Value::as_str).map(|text| clean(text, MOST_WORD)).unwrap_or_default()
}

/// A link, where it is one.
pub(super) fn link(value: Option<&Value>) -> Option<String> {
    value.and_then(Value::as_str).filter(|text| is_link(text)).map(str::to_owned)
}

/// Every link of a list, in order.
pub(super) fn links(value: Option<&Value>) -> Vec<String> {
    let all = value.and_then(Value::as_array).into_iter().flatten();
    all.filter_map(|one| link(Some(one))).take(MOST_LINKS).collect()
}

/// Credits, as a number or as one in a text.
pub(super) fn credits(value: Option<&Value>) -> Option<f64> {
    let number = match value? {
        Value::Number(number) => number.as_f64(),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    };
    number.filter(|number| number.is_finite() && *number >= 0.0)
}

/// How much is done, 0 to 1, from a fraction (`0.4`), per cent (`40`) or a text of per cent (`"40%"`): the documents do not say which.
pub(super) fn progress(value: Option<&Value>) -> Option<f64> {
    let part = match value? {
        Value::Number(number) if number.is_f64() => number.as_f64().map(|part| if part > 1.0 { part / 100.0 } else { part }),
        Value::Number(number) => number.as_f64().map(|percent| percent / 100.0),
        Value::String(text) => {
            text.trim().strip_suffix('%').and_then(|digits| digits.trim().parse().ok()).map(|percent: f64| percent / 100.0)
        }
        _ => None,
    };
    part.filter(|part| (0.0..=1.0).contains(part))
}

/// A moment as the service wrote it, where it can be one.
pub(super) fn moment(value: Option<&Value>) -> Option<String> {
    let text = value.and_then(Value::as_str)?;
    let plausible = (10..=40).contains(&text.len()) && text.is_ascii() && !text.contains(|c: char| c.is_control());
    plausible.then(|| text.to_owned())
}

/// Something odd about an answer.
pub(super) fn oddity(field: &str, what: &str) -> Note {
    Note { kind: NoteKind::Warning, field: field.to_owned(), what: what.to_owned() }
}
