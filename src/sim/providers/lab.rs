//! hh-lab: the preview of happyhorselab.net's API. Its document names no errors; their statuses and bodies are ours.

use axum::body::Bytes;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::account::Service;
use super::clip::{CameraMove, ClipSpec, Shot};
use super::exchange::{Answer, Call, Refusal};
use super::fault::MissingResults;
use super::job::{Job, Stage};
use super::shop::{Shop, in_millis, object};
use super::time;
use crate::media::Size;

const MODEL: &str = "happyhorse-1.0";

/// Fields of the table of parameters.
const FIELDS: [&str; 6] = ["prompt", "resolution", "duration", "motion_strength", "fps", "seed"];

/// Lines of usage that are told at most.
const MOST_USAGE: usize = 100;

/// A checked request, defaults filled in.
struct Wish {
    prompt: String,
    resolution: &'static str,
    duration: u32,
    motion_strength: f64,
    fps: u32,
    seed: Option<u64>,
}

/// `POST /v1/generate`: "Returns a job_id for polling."
pub(super) fn generate(shop: &Shop, call: &Call) -> Result<Answer, Refusal> {
    let account = shop.admit(Service::Lab, call)?;
    let body = object(call).map_err(invalid)?;
    let wish = Wish::read(&body, &shop.config.lab.extra_fields)?;
    let rules = &shop.config.lab;
    let pro = wish.resolution == "4K" || wish.duration > 8;
    // "4K requires Pro credits"; "Standard: 1080p, up to 8 s".
    if pro && shop.config.accounts[account].plan == "standard" {
        let what = "4K, and more than 8 s, require Pro credits";
        return Err(Refusal::new(402, "pro_credits_required", what));
    }
    let cost = if pro { rules.pro_credits } else { rules.standard_credits };
    let mut desk = shop.desk();
    shop.affords(&desk, Service::Lab, account, cost)?;
    let id = format!("job_{}", base32(Uuid::now_v7().as_u128()));
    let render = in_millis(rules.render_s);
    let job = Job {
        service: Service::Lab,
        path: format!("/out/{id}.mp4"),
        id: id.clone(),
        account,
        bytes: call.body.as_ref().map_or(0, Bytes::len),
        submitted: shop.time.now(),
        queue: render / 5,
        render,
        cost,
        fails: call.strike.fail.clone(),
        stuck: call.strike.stuck,
        link_expires: call.strike.link_expires_s.map(in_millis),
        clip: wish.clip(shop.config.full_size),
        body: Value::Object(body),
    };
    let sent = job.body.clone();
    shop.take(&mut desk, job, sent);
    Ok(Answer::new(202, json!({ "job_id": id, "status": "queued" })))
}

/// `GET /v1/jobs/{job_id}`: "Returns status, progress, and output_url when complete."
pub(super) fn job(shop: &Shop, call: &Call) -> Result<Answer, Refusal> {
    let account = shop.admit(Service::Lab, call)?;
    let desk = shop.desk();
    let job = desk.job(Service::Lab, account, &call.id).ok_or_else(|| Refusal::of(Some(Service::Lab), 404))?;
    let now = shop.time.now();
    let mut body = Map::from_iter([
        ("job_id".to_owned(), json!(job.id)),
        ("status".to_owned(), Value::Null),
        ("model".to_owned(), json!(MODEL)),
        ("created_at".to_owned(), json!(time::seconds(job.submitted))),
    ]);
    let mut tell = |field: &str, value: Value| drop(body.insert(field.to_owned(), value));
    match job.stage(now) {
        Stage::Queued => {
            tell("status", json!("queued"));
            tell("progress", json!(0));
        }
        Stage::Working(percent) => {
            tell("status", json!("processing"));
            tell("progress", json!(percent));
        }
        Stage::Failed => {
            tell("status", json!("failed"));
            tell("completed_at", json!(time::seconds(job.ends())));
            tell("credits_used", json!(0));
            tell("error", json!(job.fails.as_deref().unwrap_or("generation failed")));
        }
        Stage::Done => {
            tell("status", json!("completed"));
            tell("completed_at", json!(time::seconds(job.ends())));
            tell("credits_used", json!(job.cost));
            let rules = &shop.config.lab;
            let lasts = in_millis(call.strike.link_expires_s.unwrap_or(rules.link_expires_s));
            let lasts = job.link_expires.filter(|_| call.strike.link_expires_s.is_none()).unwrap_or(lasts);
            let mut until = job.ends().saturating_add(lasts);
            // A link whose time is over is made afresh for whoever asks for the job again, for as long as the first.
            if until <= now && rules.renews_links {
                until = now.saturating_add(lasts);
            }
            match call.strike.results {
                Some(MissingResults::Missing) => {}
                Some(MissingResults::Empty) => tell("output_url", json!("")),
                Some(MissingResults::Null) => tell("output_url", Value::Null),
                None => tell("output_url", json!(shop.links.read(&job.path, Some(until)))),
            }
            tell("output_url_expires_at", json!(time::seconds(until)));
            tell("metadata", Wish::read_again(&job.body).metadata());
        }
    }
    if let Some(word) = &call.strike.word {
        tell("status", json!(word));
    }
    Ok(Answer::new(200, Value::Object(body)))
}

/// `GET /v1/credits`: "remaining happyhorse api credits balance and usage history".
pub(super) fn credits(shop: &Shop, call: &Call) -> Result<Answer, Refusal> {
    let account = shop.admit(Service::Lab, call)?;
    let balance = shop.desk().holders[account].credits;
    let name = &shop.config.accounts[account].name;
    let log = shop.log();
    let lines = log.charges.iter().rev().filter(|charge| &charge.account == name).take(MOST_USAGE);
    let usage: Vec<Value> =
        lines.map(|charge| json!({ "job_id": charge.id, "credits_used": charge.credits, "at": charge.at })).collect();
    Ok(Answer::new(200, json!({ "balance": balance, "usage": usage })))
}

/// `GET /v1/models`: "available models and their parameter ranges. Currently exposes happyhorse-1.0."
pub(super) fn models(shop: &Shop, call: &Call) -> Result<Answer, Refusal> {
    shop.admit(Service::Lab, call)?;
    let parameters = json!({
        "prompt": { "type": "string", "required": true },
        "resolution": { "type": "string", "enum": ["1080p", "4K"], "default": "1080p" },
        "duration": { "type": "integer", "minimum": 2, "maximum": 16, "default": 8 },
        "motion_strength": { "type": "number", "minimum": 0.0, "maximum": 1.0, "default": 0.6 },
        "fps": { "type": "integer", "enum": [24, 30], "default": 24 },
        "seed": { "type": "integer" },
    });
    Ok(Answer::new(200, json!({ "models": [{ "id": MODEL, "parameters": parameters }] })))
}

impl Wish {
    fn read(body: &Map<String, Value>, extra: &[String]) -> Result<Self, Refusal> {
        if let Some(field) = body.keys().find(|field| !FIELDS.contains(&field.as_str()) && !extra.contains(field)) {
            return Err(invalid(format!("{field}: there is no such parameter")).with("field", field.as_str()));
        }
        let wrong = |field: &str, what: &str| invalid(format!("{field}: {what}")).with("field", field);
        let prompt = match body.get("prompt") {
            Some(Value::String(prompt)) if !prompt.trim().is_empty() => prompt.clone(),
            _ => return Err(wrong("prompt", "required, a text that is not empty")),
        };
        let resolution = match body.get("resolution") {
            None => "1080p",
            Some(value) if value == "1080p" => "1080p",
            Some(value) if value == "4K" => "4K",
            Some(_) => return Err(wrong("resolution", "must be \"1080p\" or \"4K\"")),
        };
        let duration = match body.get("duration") {
            None => 8,
            Some(value) => value
                .as_u64()
                .filter(|seconds| (2..=16).contains(seconds))
                .ok_or_else(|| wrong("duration", "must be an integer from 2 to 16"))? as u32,
        };
        let motion_strength = match body.get("motion_strength") {
            None => 0.6,
            Some(value) => value
                .as_f64()
                .filter(|motion| (0.0..=1.0).contains(motion))
                .ok_or_else(|| wrong("motion_strength", "must be a number from 0.0 to 1.0"))?,
        };
        let fps = match body.get("fps") {
            None => 24,
            Some(value) => {
                value.as_u64().filter(|fps| [24, 30].contains(fps)).ok_or_else(|| wrong("fps", "must be 24 or 30"))? as u32
            }
        };
        let seed = match body.get("seed") {
            None => None,
            Some(value) if value.is_u64() => value.as_u64(),
            Some(value) if value.is_i64() => value.as_i64().map(i64::cast_unsigned),
            Some(_) => return Err(wrong("seed", "must be an integer")),
        };
        Ok(Self { prompt, resolution, duration, motion_strength, fps, seed })
    }

    /// Of a body that was checked when it came.
    fn read_again(body: &Value) -> Self {
        let fields: Map<String, Value> =
            body.as_object().into_iter().flatten().map(|(k, v)| (k.clone(), v.clone())).collect();
        let extra: Vec<String> = fields.keys().cloned().collect();
        Self::read(&fields, &extra).unwrap_or(Self {
            prompt: String::new(),
            resolution: "1080p",
            duration: 8,
            motion_strength: 0.6,
            fps: 24,
            seed: None,
        })
    }

    fn metadata(&self) -> Value {
        json!({
            "resolution": self.resolution,
            "duration": self.duration,
            "fps": self.fps,
            "motion_strength": self.motion_strength,
        })
    }

    fn clip(&self, full: bool) -> ClipSpec {
        let steps = match (self.resolution, full) {
            ("4K", true) => 240,
            (_, true) => 120,
            ("4K", false) => 48,
            (_, false) => 40,
        };
        ClipSpec {
            shots: vec![Shot { prompt: self.prompt.clone(), seconds: self.duration }],
            size: Size { width: 16 * steps, height: 9 * steps },
            fps: self.fps,
            sound: true,
            seed: self.seed.unwrap_or_default(),
            camera: CameraMove::Still,
            motion: (self.motion_strength * 1000.0) as u32,
            note: format!("hh-lab {} {} fps", self.resolution, self.fps),
        }
    }
}

fn invalid(what: impl Into<String>) -> Refusal {
    Refusal::new(400, "invalid_request", what)
}

/// Crockford's base 32, 25 digits, as the sample's ids have.
fn base32(number: u128) -> String {
    const DIGITS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    (0..25).rev().map(|place| char::from(DIGITS[(number >> (place * 5) & 31) as usize])).collect()
}
