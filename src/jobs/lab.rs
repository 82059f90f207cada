//! hh-lab, happyhorselab.net: a preview whose document may change. Text to video alone, as far as the document names fields. Limits and
//! answers are HL-2 to HL-20 of the requirements; its neighbours are the two other dialects, which it never imports.

use std::time::Duration;

use serde_json::{Map, Value};

use super::backend::Backend;
use super::dialect::{Call, Charge, Dialect, FieldNames, Lowered, Pace, Presigned, Rates, Reply};
use super::draft::{Draft, is_given, prompt_of};
use super::estimate::{Confidence, Estimate, Prices};
use super::prices::by_own_table;
use super::problem::{Problem, ProblemKind};
use super::reading;
use super::request::{LocalFile, MediaKind, Request};
use super::status::{Accepted, Expiry, Phase, Status};
use super::violation::{Note, NoteKind, Violation};

/// The words of hh-lab.
#[derive(Clone, Copy, Debug)]
pub(super) struct Lab;

/// The fields that the document lists.
const FIELDS: [&str; 6] = ["prompt", "resolution", "duration", "motion_strength", "fps", "seed"];

/// Length of a clip where none is asked for, in seconds.
const DEFAULT_DURATION: f64 = 8.0;

/// Longest clip of the Standard tier, in seconds.
const STANDARD_SECONDS: f64 = 8.0;

/// A link holds so long after the job is completed, where the answer does not say until when (AM-6).
const LINK_HOURS: u32 = 24;

const ELSEWHERE: &str = "submit to hh-app or hh-customer, or, if you know the field, name it with `--set NAME=JSON`";

impl Dialect for Lab {
    fn backend(&self) -> Backend {
        Backend::HhLab
    }

    fn lower(&self, request: &Request, _: &FieldNames) -> Lowered {
        let mut draft = Draft::new(self.backend(), request);
        if draft.is_free("prompt") {
            match prompt_of(request) {
                Some(prompt) => draft.put("prompt", prompt),
                None => draft.refuse("prompt", "nothing is asked for", "say what is to be seen"),
            }
        }
        draft.choice("resolution", "resolution", request.resolution.as_deref(), &["1080p", "4K"]);
        draft.whole("duration", "duration", request.duration, (2, 16), " s");
        draft.motion_strength("motion_strength");
        frames_per_second(&mut draft, request.fps);
        if let Some(seed) = request.seed.filter(|_| draft.is_free("seed")) {
            draft.put("seed", seed);
            if seed > u64::from(u32::MAX) {
                draft.warn("seed", format!("the document names no range, and many services take none above {}", u32::MAX));
            }
        }
        tiers(&mut draft);
        let images = "the document speaks of image-to-video, but names no field for the picture: ";
        draft.refuse_if(request.image.is_some(), "image", "picture", &format!("{images}{ELSEWHERE}"));
        draft.refuse_if(request.last_frame.is_some(), "last_frame", "last frame", ELSEWHERE);
        draft.refuse_if(request.ref_video.is_some(), "ref_video", "video", "submit to hh-customer");
        draft.refuse_if(request.ref_audio.is_some(), "ref_audio", "sound", "submit to hh-customer");
        draft.refuse_if(!request.shots.is_empty(), "shots", "shots", "submit to hh-app, or one job per shot");
        draft.refuse_if(!request.elements.is_empty(), "elements", "elements", "submit to hh-app");
        draft.lose_if(request.mode.is_some(), "mode", "; --resolution 4K is what it makes for more credits");
        draft.lose_if(is_given(request.aspect_ratio.as_ref()), "aspect_ratio", "; say it in the prompt");
        draft.lose_if(request.adherence.is_some(), "adherence", "");
        draft.lose_if(is_given(request.style.as_ref()), "style", "; say it in the prompt");
        draft.lose_if(is_given(request.camera.as_ref()), "camera", "; say it in the prompt");
        draft.lose_if(request.sound.is_some(), "sound", "");
        draft.finish(&FIELDS)
    }

    fn estimate(&self, request: &Request, prices: &Prices) -> Estimate {
        let body = self.lower(request, &FieldNames::default()).body;
        let seconds = body.get("duration").and_then(Value::as_f64).unwrap_or(DEFAULT_DURATION);
        if let Some((credits, basis)) = by_own_table(prices, Some(seconds)) {
            return Estimate { credits: Some(credits), dollars: None, confidence: Confidence::Floor, basis };
        }
        let full_hd = body.get("resolution").is_none_or(|resolution| resolution == "1080p");
        let (tier, dollars, credits) =
            if full_hd && seconds <= STANDARD_SECONDS { ("Standard", 0.10, 10.0) } else { ("Pro", 0.25, 25.0) };
        let basis = format!(
            "{tier}, from about ${dollars:.2} a clip; the credits are inferred, at about $0.01 each, since the document prices in \
             dollars alone"
        );
        Estimate { credits: Some(credits), dollars: Some(dollars), confidence: Confidence::Floor, basis }
    }

    fn submit(&self) -> Call {
        Call::to(&["generate"])
    }

    fn status(&self, id: &str) -> Call {
        Call::to(&["jobs", id])
    }

    fn credits(&self) -> Option<Call> {
        Some(Call::to(&["credits"]))
    }

    fn models(&self) -> Option<Call> {
        Some(Call::to(&["models"]))
    }

    fn presign(&self, _: MediaKind, _: &LocalFile) -> Option<(Call, Map<String, Value>)> {
        None
    }

    fn check_upload(&self, field: &str, _: MediaKind, _: &LocalFile) -> (Vec<Violation>, Vec<Note>) {
        (vec![Violation::new(field, "hh-lab takes no files", "submit to hh-customer")], Vec::new())
    }

    fn read_accepted(&self, reply: &Reply<'_>) -> Result<Accepted, Problem> {
        let raw = self.read_any(reply)?;
        reading::accepted(reply, raw, "job_id")
    }

    fn read_status(&self, reply: &Reply<'_>) -> Result<Status, Problem> {
        let raw = self.read_any(reply)?;
        let (word, phase, results) = reading::stands(reply, &raw, "completed", "output_url")?;
        let told = reading::moment(raw.get("output_url_expires_at")).map(Expiry::At);
        let counted = || reading::moment(raw.get("completed_at")).map(|at| Expiry::HoursAfter(LINK_HOURS, at));
        let expires = if results.is_empty() { None } else { told.or_else(counted) };
        Ok(Status {
            phase,
            word,
            progress: if phase == Phase::Ready { Some(1.0) } else { reading::progress(raw.get("progress")) },
            results,
            expires,
            thumbnail: None,
            credits: reading::credits(raw.get("credits_used")),
            error: reading::why_over(phase, raw.get("error")),
            raw,
        })
    }

    fn read_presigned(&self, reply: &Reply<'_>) -> Result<Presigned, Problem> {
        Err(reading::garbled(reply, "hh-lab takes no files"))
    }

    fn read_any(&self, reply: &Reply<'_>) -> Result<Value, Problem> {
        reading::success(reply).map_err(|mut problem| {
            let hint = match (problem.kind, problem.status) {
                (ProblemKind::Auth, 403) => {
                    Some("keys are of one workspace and one plan: 4K, and clips above 8 s, need Pro")
                }
                (ProblemKind::Credits, _) => {
                    Some("buy credits on the service's site, where they count for the API, too; 4K needs Pro credits")
                }
                _ => None,
            };
            problem.hint = problem.hint.or_else(|| hint.map(str::to_owned));
            problem
        })
    }

    fn pace(&self) -> Pace {
        Pace {
            first: (Duration::from_secs(5), Duration::from_secs(6)),
            interval: Duration::from_secs(5),
            step: Duration::from_secs(1),
            longest: Duration::from_secs(15),
            longest_limited: Duration::from_secs(30),
            jitter: 0.1,
            deadline: Duration::from_mins(15),
        }
    }

    fn rates(&self) -> Rates {
        Rates { jobs: Some(10), per_minute: Some(500) }
    }

    fn charge(&self) -> Charge {
        Charge::OnSuccess
    }

    fn key_note(&self, key: &str) -> Option<Note> {
        let what = "this looks like a key of hh-customer (hh_live_…), and hh-lab's begin with hh_ alone";
        key.starts_with("hh_live_").then(|| Note { kind: NoteKind::Warning, field: "key".to_owned(), what: what.to_owned() })
    }

    fn credits_note(&self) -> Option<&'static str> {
        Some(
            "credits are shared by the API, the web app and ComfyUI, and do not expire while the account is active: a login within 365 \
             days",
        )
    }
}

fn frames_per_second(draft: &mut Draft<'_>, fps: Option<u32>) {
    let Some(fps) = fps.filter(|_| draft.is_free("fps")) else { return };
    draft.put("fps", fps);
    if !matches!(fps, 24 | 30) {
        draft.refuse("fps", format!("{fps} is neither 24 nor 30"), "choose 24 or 30");
    }
}

/// The parameters allow more than the price list's tiers do (AM-4): the server decides, the user knows beforehand.
fn tiers(draft: &mut Draft<'_>) {
    let resolution = draft.body().get("resolution").and_then(Value::as_str);
    let seconds = draft.body().get("duration").and_then(Value::as_f64).unwrap_or(DEFAULT_DURATION);
    if resolution == Some("4K") {
        draft.warn("resolution", "4K needs Pro credits");
    } else if seconds > STANDARD_SECONDS {
        draft.warn(
            "duration",
            "Standard makes up to 8 s; longer clips are listed under Pro, so the service may refuse or charge more",
        );
    }
}
