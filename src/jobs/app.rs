//! hh-app, happyhorse.app: text, pictures by their links, shots and elements; an envelope with a code of its own around every answer.
//! Limits and answers are HA-2 to HA-26 of the requirements. `app_lowering.rs` has its requests.

use std::time::Duration;

use serde_json::{Map, Value};

use super::app_lowering::{self, MODEL};
use super::backend::Backend;
use super::dialect::{Call, Charge, Dialect, FieldNames, Lowered, Pace, Presigned, Rates, Reply};
use super::estimate::{Confidence, Estimate, Prices};
use super::prices::by_own_table;
use super::problem::{Problem, ProblemKind};
use super::reading;
use super::request::{LocalFile, MediaKind, Request};
use super::status::{Accepted, Phase, Status};
use super::violation::{Note, NoteKind, Violation};

/// The words of hh-app.
#[derive(Clone, Copy, Debug)]
pub(super) struct App;

/// What ids begin with, as the document has it.
const ID_PREFIX: &str = "n92";

impl Dialect for App {
    fn backend(&self) -> Backend {
        Backend::HhApp
    }

    fn lower(&self, request: &Request, names: &FieldNames) -> Lowered {
        app_lowering::lower(request, names)
    }

    fn estimate(&self, request: &Request, prices: &Prices) -> Estimate {
        let body = app_lowering::lower(request, &FieldNames::default()).body;
        let seconds = app_lowering::seconds(&body);
        if let Some((credits, basis)) = by_own_table(prices, seconds.map(f64::from)) {
            return Estimate { credits: Some(credits), dollars: None, confidence: Confidence::Exact, basis };
        }
        let unknown = |basis: &str| Estimate {
            credits: None,
            dollars: None,
            confidence: Confidence::Unknown,
            basis: basis.to_owned(),
        };
        let Some(seconds) = seconds else { return unknown("the document prices clips of 3 to 15 s alone") };
        let mode = body.get("mode").map_or(Some("std"), Value::as_str);
        let sound = body.get("sound").map_or(Some(true), Value::as_bool);
        if body.get("model").is_none_or(|model| model != MODEL) {
            return unknown("the document prices one model alone");
        }
        let (rate, mode, sound) = match (mode, sound) {
            (Some("std"), Some(false)) => (40, "std", "without sound"),
            (Some("std"), Some(true)) => (60, "std", "with sound"),
            (Some("pro"), Some(false)) => (54, "pro", "without sound"),
            (Some("pro"), Some(true)) => (80, "pro", "with sound"),
            _ => return unknown("the document prices std and pro, with and without sound, and nothing else"),
        };
        Estimate {
            credits: Some(f64::from(rate * seconds)),
            dollars: None,
            confidence: Confidence::Exact,
            basis: format!("{seconds} s x {rate} credits ({mode}, {sound})"),
        }
    }

    fn submit(&self) -> Call {
        Call::to(&["api", "generate"])
    }

    fn status(&self, id: &str) -> Call {
        Call { query: vec![("task_id".to_owned(), id.to_owned())], ..Call::to(&["api", "status"]) }
    }

    fn credits(&self) -> Option<Call> {
        None
    }

    fn models(&self) -> Option<Call> {
        None
    }

    fn presign(&self, _: MediaKind, _: &LocalFile) -> Option<(Call, Map<String, Value>)> {
        None
    }

    fn check_upload(&self, field: &str, _: MediaKind, _: &LocalFile) -> (Vec<Violation>, Vec<Note>) {
        let what = "hh-app takes no files, it fetches pictures from the web";
        (vec![Violation::new(field, what, "put the file on the web and give its https URL")], Vec::new())
    }

    fn read_accepted(&self, reply: &Reply<'_>) -> Result<Accepted, Problem> {
        let raw = self.read_any(reply)?;
        let data = raw.get("data");
        let documented = reading::id(data.and_then(|data| data.get("task_id")));
        let (id, mut notes) = reading::taken_on(reply, &raw, documented, "data.task_id")?;
        let word = reading::word(data.and_then(|data| data.get("status")));
        if !id.starts_with(ID_PREFIX) {
            notes.push(reading::oddity("id", "ids of hh-app begin with n92, and this one does not: it is taken as it is"));
        }
        Ok(Accepted { id, word, notes, raw })
    }

    fn read_status(&self, reply: &Reply<'_>) -> Result<Status, Problem> {
        let raw = self.read_any(reply)?;
        let data = raw.get("data").unwrap_or(&Value::Null);
        let word = reading::word(data.get("status"));
        if word.is_empty() {
            return Err(reading::garbled(reply, "the answer has no data.status"));
        }
        let results = reading::links(data.get("response").and_then(|response| response.get("resultUrls")));
        let phase = match word.as_str() {
            "SUCCESS" if results.is_empty() => Phase::ResultMissing,
            "SUCCESS" => Phase::Ready,
            failed if failed.eq_ignore_ascii_case("FAILED") => Phase::Failed,
            // Not in the document, but met by others (HA-16), or its word in another case: with a clip to go with it, there is nothing
            // left to wait for.
            done if !results.is_empty() && ["SUCCESS", "COMPLETED"].iter().any(|word| done.eq_ignore_ascii_case(word)) => {
                Phase::Ready
            }
            _ => Phase::Running,
        };
        Ok(Status {
            phase,
            progress: (phase == Phase::Ready).then_some(1.0),
            results,
            // How long its links hold, the document does not say (AM-22).
            expires: None,
            thumbnail: None,
            credits: reading::credits(data.get("consumed_credits")),
            error: reading::why_over(phase, data.get("error_message")),
            word,
            raw,
        })
    }

    fn read_presigned(&self, reply: &Reply<'_>) -> Result<Presigned, Problem> {
        Err(reading::garbled(reply, "hh-app takes no files"))
    }

    fn read_any(&self, reply: &Reply<'_>) -> Result<Value, Problem> {
        reading::success(reply)
            .and_then(|said| if is_success(&said) { Ok(said) } else { Err(reading::refused_inside(reply, &said)) })
            .map_err(|mut problem| {
                let hint = match problem.kind {
                    ProblemKind::Auth => Some("correct the API key: the API Keys page of your dashboard has it"),
                    ProblemKind::Credits => Some("buy credits, or ask for a shorter clip, --mode std or --sound off"),
                    _ => None,
                };
                problem.hint = problem.hint.or_else(|| hint.map(str::to_owned));
                problem
            })
    }

    fn pace(&self) -> Pace {
        Pace {
            first: (Duration::from_secs(8), Duration::from_secs(10)),
            interval: Duration::from_secs(10),
            step: Duration::from_secs(2),
            longest: Duration::from_secs(20),
            longest_limited: Duration::from_secs(30),
            // The document bounds the wait between questions above, too.
            jitter: 0.0,
            deadline: Duration::from_mins(15),
        }
    }

    fn rates(&self) -> Rates {
        Rates { jobs: None, per_minute: None }
    }

    fn charge(&self) -> Charge {
        Charge::Unstated
    }

    fn key_note(&self, key: &str) -> Option<Note> {
        let what = "this looks like a key of hh-customer (hh_live_…), which is another service";
        key.starts_with("hh_live_").then(|| Note { kind: NoteKind::Warning, field: "key".to_owned(), what: what.to_owned() })
    }
}

/// Whether the envelope's own code says so. One without a code is judged by its content.
fn is_success(said: &Value) -> bool {
    match said.get("code") {
        None | Some(Value::Null) => true,
        Some(Value::Number(code)) => code.as_f64() == Some(200.0),
        Some(Value::String(code)) => code == "200",
        Some(_) => false,
    }
}
