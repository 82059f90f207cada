//! hh-customer, the HappyHorse Customer API: files by the keys of their uploads, errors in one stable envelope. Limits and answers are
//! HC-2 to HC-31 of the requirements. `customer_lowering.rs` has its requests, `customer_uploads.rs` its files.

use std::time::Duration;

use serde_json::{Map, Value};

use super::backend::Backend;
use super::customer_lowering;
use super::customer_uploads;
use super::dialect::{Call, Charge, Dialect, FieldNames, Lowered, Pace, Presigned, Rates, Reply};
use super::estimate::{Confidence, Estimate, Prices};
use super::prices::by_own_table;
use super::problem::{Problem, ProblemKind};
use super::reading;
use super::request::{LocalFile, MediaKind, Request};
use super::status::{Accepted, Phase, Status};
use super::text::clean;
use super::violation::{Note, NoteKind, Violation};

/// The words of hh-customer.
#[derive(Clone, Copy, Debug)]
pub(super) struct Customer;

/// Longest name of a plan or field that is shown, in characters.
const MOST_NAME: usize = 40;

/// What a plan may not allow, by how the service's names for it begin, without case and underscores (HC-29): a gate says
/// `referenceAudio` where a request says `referenceAudioKey`.
const FLAGS: [(&str, &str); 12] = [
    ("prompt", "the prompt"),
    ("style", "--style"),
    ("duration", "--duration"),
    ("aspectratio", "--aspect-ratio"),
    ("resolution", "--resolution"),
    ("sourceimage", "--image"),
    ("lastframe", "--last-frame"),
    ("referencevideo", "--ref-video"),
    ("referenceaudio", "--ref-audio"),
    ("cameramotion", "--camera"),
    ("motionintensity", "--motion-level"),
    ("cfgscale", "--adherence"),
];

impl Dialect for Customer {
    fn backend(&self) -> Backend {
        Backend::HhCustomer
    }

    fn lower(&self, request: &Request, _: &FieldNames) -> Lowered {
        customer_lowering::lower(request)
    }

    fn estimate(&self, request: &Request, prices: &Prices) -> Estimate {
        let body = customer_lowering::lower(request).body;
        let seconds = body.get("durationSec").and_then(Value::as_f64);
        match by_own_table(prices, seconds) {
            // At least: the document says that the price depends on the resolution, too, which the table does not know.
            Some((credits, basis)) => {
                Estimate { credits: Some(credits), dollars: None, confidence: Confidence::Floor, basis }
            }
            None => Estimate {
                credits: None,
                dollars: None,
                confidence: Confidence::Unknown,
                basis: "unknown (charged on submit): the document names no prices; duration and resolution decide"
                    .to_owned(),
            },
        }
    }

    fn submit(&self) -> Call {
        Call::to(&["api", "v1", "videos"])
    }

    fn status(&self, id: &str) -> Call {
        Call::to(&["api", "v1", "videos", id])
    }

    fn credits(&self) -> Option<Call> {
        None
    }

    fn models(&self) -> Option<Call> {
        None
    }

    fn presign(&self, kind: MediaKind, file: &LocalFile) -> Option<(Call, Map<String, Value>)> {
        Some((Call::to(&["api", "v1", "uploads", "presign"]), customer_uploads::presign(kind, file)))
    }

    fn check_upload(&self, field: &str, kind: MediaKind, file: &LocalFile) -> (Vec<Violation>, Vec<Note>) {
        customer_uploads::check(field, kind, file)
    }

    fn read_accepted(&self, reply: &Reply<'_>) -> Result<Accepted, Problem> {
        let raw = self.read_any(reply)?;
        reading::accepted(reply, raw, "id")
    }

    fn read_status(&self, reply: &Reply<'_>) -> Result<Status, Problem> {
        let raw = self.read_any(reply)?;
        let (word, phase, results) = reading::stands(reply, &raw, "ready", "videoUrl")?;
        Ok(Status {
            phase,
            word,
            progress: (phase == Phase::Ready).then_some(1.0),
            results,
            // How long its link holds, the document does not say (AM-22).
            expires: None,
            thumbnail: reading::link(raw.get("thumbnailUrl")),
            credits: None,
            error: reading::why_over(phase, raw.get("errorMessage")),
            raw,
        })
    }

    fn read_presigned(&self, reply: &Reply<'_>) -> Result<Presigned, Problem> {
        let raw = self.read_any(reply)?;
        let missing = |what: &str| reading::garbled(reply, &format!("the answer has no {what}"));
        Ok(Presigned {
            upload_url: reading::link(raw.get("uploadUrl")).ok_or_else(|| missing("uploadUrl"))?,
            key: reading::id(raw.get("key")).ok_or_else(|| missing("key"))?,
            public_url: reading::link(raw.get("publicUrl")),
            kind: raw.get("kind").and_then(Value::as_str).map(|kind| clean(kind, MOST_NAME)),
        })
    }

    fn read_any(&self, reply: &Reply<'_>) -> Result<Value, Problem> {
        reading::success(reply).map_err(|mut problem| {
            problem.hint = problem.hint.take().or_else(|| hint(&problem, reply));
            problem
        })
    }

    fn pace(&self) -> Pace {
        Pace {
            first: (Duration::from_secs(5), Duration::from_secs(6)),
            interval: Duration::from_secs(5),
            step: Duration::from_secs(1),
            longest: Duration::from_secs(10),
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
        Charge::OnSubmit
    }

    fn key_note(&self, key: &str) -> Option<Note> {
        let what = "keys of hh-customer begin with hh_live_, and this one does not";
        let odd = !key.is_empty() && !key.starts_with("hh_live_");
        odd.then(|| Note { kind: NoteKind::Warning, field: "key".to_owned(), what: what.to_owned() })
    }
}

fn hint(problem: &Problem, reply: &Reply<'_>) -> Option<String> {
    match problem.kind {
        ProblemKind::Auth => Some(
            "keys are made under Dashboard / Settings / API Keys; where that page is missing, the workspace has no API access yet: ask your \
             HappyHorse administrator or support"
                .to_owned(),
        ),
        ProblemKind::Credits => Some("duration and resolution decide what a clip costs: buy credits, or ask for less".to_owned()),
        ProblemKind::Plan => plan_gate(reply.body),
        ProblemKind::NotFound => Some("a key sees only the videos of its own user".to_owned()),
        ProblemKind::TypeNotSupported => Some(customer_uploads::accepted()),
        _ => None,
    }
}

/// `--ref-audio needs plan pro, you have basic` (HC-29).
fn plan_gate(body: &[u8]) -> Option<String> {
    let said: Value = serde_json::from_slice(body).ok()?;
    let error = said.get("error")?;
    let text = |key: &str| {
        let text = error.get(key).and_then(Value::as_str).map(|text| clean(text, MOST_NAME));
        text.filter(|text| !text.is_empty())
    };
    let field = text("field").map_or_else(|| "this".to_owned(), |field| flag_of(&field));
    let needs = text("requiredPlan").map_or_else(|| "a higher plan".to_owned(), |plan| format!("plan {plan}"));
    let have = text("currentPlan").map_or_else(String::new, |plan| format!(", you have {plan}"));
    Some(format!("{field} needs {needs}{have}"))
}

fn flag_of(field: &str) -> String {
    let plain: String = field.chars().filter(|&c| c != '_').map(|c| c.to_ascii_lowercase()).collect();
    let known = FLAGS.iter().find(|(beginning, _)| plain.starts_with(beginning)).map(|&(_, flag)| flag);
    known.map_or_else(|| field.to_owned(), str::to_owned)
}
