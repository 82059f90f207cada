//! hh-app: the API of happyhorse.app. Its document has a table of error codes and no body of an error; what it has no code for is
//! `INVALID_REQUEST` and `NOT_FOUND` here.

use axum::body::Bytes;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::account::Service;
use super::clip::{CameraMove, ClipSpec, Shot};
use super::exchange::{Answer, Call, Refusal};
use super::fault::MissingResults;
use super::job::{Job, Stage};
use super::rules::AppRules;
use super::shop::{Shop, in_millis, object};
use super::time;
use crate::media::Size;

const MODEL: &str = "happyhorse-1.0/video";

/// Fields whose names the document has.
const FIELDS: [&str; 9] =
    ["model", "prompt", "mode", "duration", "aspect_ratio", "image_urls", "sound", "multi_shots", "multi_prompt"];

/// A checked request, defaults filled in.
struct Wish {
    pro: bool,
    sound: bool,
    shots: Vec<Shot>,
    ratio: (u32, u32),
    images: usize,
    adherence: Option<f64>,
}

/// `POST /api/generate`: "A successful response returns task_id immediately."
pub(super) fn generate(shop: &Shop, call: &Call) -> Result<Answer, Refusal> {
    let account = shop.admit(Service::App, call)?;
    let body = object(call).map_err(invalid)?;
    let rules = &shop.config.app;
    let wish = Wish::read(&body, rules)?;
    let cost = wish.cost();
    let mut desk = shop.desk();
    shop.affords(&desk, Service::App, account, cost)?;
    let unique = Uuid::now_v7();
    // "prefixed with n92", and ends as the sample does.
    let id = format!("n92{}hh10", &unique.simple().to_string()[6..]);
    let render = in_millis(rules.render_s);
    let job = Job {
        service: Service::App,
        path: format!("/videos/{}.mp4", shop.links.name(&id)),
        id: id.clone(),
        account,
        bytes: call.body.as_ref().map_or(0, Bytes::len),
        submitted: shop.time.now(),
        queue: 0,
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
    Ok(success(json!({ "task_id": id, "status": "IN_PROGRESS" })))
}

/// `GET /api/status?task_id=`: "check GET /api/status until it reaches a final state."
pub(super) fn status(shop: &Shop, call: &Call) -> Result<Answer, Refusal> {
    let account = shop.admit(Service::App, call)?;
    if call.id.is_empty() {
        return Err(invalid("task_id is required"));
    }
    let desk = shop.desk();
    let job = desk.job(Service::App, account, &call.id).ok_or_else(|| Refusal::of(Some(Service::App), 404))?;
    let link = || shop.link(job, call.strike.link_expires_s.or(shop.config.app.link_expires_s));
    // "While status is IN_PROGRESS, the video is still rendering and response stays null."
    let (word, consumed, response, error) = match job.stage(shop.time.now()) {
        Stage::Queued | Stage::Working(_) => ("IN_PROGRESS", 0, Value::Null, Value::Null),
        Stage::Failed => ("FAILED", 0, Value::Null, json!(job.fails)),
        Stage::Done => {
            let response = match call.strike.results {
                None => json!({ "resultUrls": [link()] }),
                Some(MissingResults::Missing) => json!({}),
                Some(MissingResults::Empty) => json!({ "resultUrls": [] }),
                Some(MissingResults::Null) => Value::Null,
            };
            ("SUCCESS", job.cost, response, Value::Null)
        }
    };
    let with_images = job.body["image_urls"].as_array().is_some_and(|urls| !urls.is_empty());
    Ok(success(json!({
        "task_id": job.id,
        "status": call.strike.word.as_deref().unwrap_or(word),
        "consumed_credits": consumed,
        "created_at": time::seconds(job.submitted),
        "type": if with_images { "image-to-video" } else { "text-to-video" },
        "request": job.body,
        "response": response,
        "error_message": error,
    })))
}

fn success(data: Value) -> Answer {
    Answer::new(200, json!({ "code": 200, "message": "success", "data": data }))
}

fn invalid(what: impl Into<String>) -> Refusal {
    Refusal::new(400, "INVALID_REQUEST", what)
}

fn prompt(what: &str) -> Refusal {
    Refusal::new(400, "INVALID_PROMPT", format!("The prompt is invalid or empty: {what}"))
}

fn duration(what: &str) -> Refusal {
    Refusal::new(400, "INVALID_DURATION", format!("Duration out of supported range (3-15s): {what}"))
}

impl Wish {
    fn read(body: &Map<String, Value>, rules: &AppRules) -> Result<Self, Refusal> {
        let known = |field: &String| {
            FIELDS.contains(&field.as_str())
                || *field == rules.adherence_field
                || *field == rules.elements_field
                || rules.extra_fields.contains(field)
        };
        if body.get("model").and_then(Value::as_str) != Some(MODEL) {
            return Err(Refusal::new(400, "INVALID_MODEL", "Model must be 'happyhorse-1.0/video'"));
        }
        if let Some(field) = body.keys().find(|field| !known(field)) {
            return Err(invalid(format!("{field}: there is no such parameter")));
        }
        let pro = match body.get("mode").map(Value::as_str) {
            None | Some(Some("std")) => false,
            Some(Some("pro")) => true,
            Some(_) => return Err(invalid("mode: must be 'pro' or 'std'")),
        };
        let flag = |field: &str| match body.get(field) {
            None => Ok(None),
            Some(Value::Bool(value)) => Ok(Some(*value)),
            Some(_) => Err(invalid(format!("{field}: must be true or false"))),
        };
        let multi = flag("multi_shots")?.unwrap_or(false);
        let sound = flag("sound")?;
        if multi && sound.is_none() {
            return Err(invalid("sound: for multi-shot requests, send this field explicitly as true or false"));
        }
        let shots = if multi { many(body)? } else { vec![one(body)?] };
        let ratio = match body.get("aspect_ratio").map(Value::as_str) {
            None | Some(Some("16:9")) => (16, 9),
            Some(Some("9:16")) => (9, 16),
            Some(Some("1:1")) => (1, 1),
            Some(_) => return Err(invalid("aspect_ratio: must be 16:9, 9:16 or 1:1")),
        };
        let most = if multi { 1 } else { 2 };
        let images = match body.get("image_urls") {
            None => 0,
            Some(urls) => urls_of(urls, "image_urls")?,
        };
        if images > most {
            return Err(invalid(format!("image_urls: at most {most}")));
        }
        let adherence = match body.get(&rules.adherence_field) {
            None => None,
            Some(value) => {
                let fits = value.as_f64().filter(|value| (0.0..=1.0).contains(value));
                Some(fits.ok_or_else(|| invalid(format!("{}: must be from 0 to 1", rules.adherence_field)))?)
            }
        };
        if let Some(value) = body.get(&rules.elements_field) {
            elements(value, &rules.elements_field)?;
        }
        Ok(Self { pro, sound: sound.unwrap_or(true), shots, ratio, images, adherence })
    }

    /// The table's rates, for text and images alike.
    fn cost(&self) -> u64 {
        let rate = match (self.pro, self.sound) {
            (true, true) => 80,
            (true, false) => 54,
            (false, true) => 60,
            (false, false) => 40,
        };
        rate * self.shots.iter().map(|shot| u64::from(shot.seconds)).sum::<u64>()
    }

    fn clip(&self, full: bool) -> ClipSpec {
        // The document names no sizes: `pro` stands for 1080p and `std` for 720p here.
        let steps = match (self.pro, full) {
            (true, true) => 120,
            (false, true) => 80,
            (true, false) => 40,
            (false, false) => 32,
        };
        let (width, height) = match self.ratio {
            // A square has the area's shorter side.
            (1, 1) => (9 * steps, 9 * steps),
            (wide, high) => (wide * steps, high * steps),
        };
        let mode = if self.pro { "pro" } else { "std" };
        let images = if self.images > 0 { format!(" {} images", self.images) } else { String::new() };
        ClipSpec {
            shots: self.shots.clone(),
            size: Size { width, height },
            fps: 24,
            sound: self.sound,
            seed: 0,
            camera: CameraMove::Still,
            motion: 500,
            note: format!("hh-app {mode} {}{images}", self.adherence.map_or(String::new(), |value| format!("cfg {value}"))),
        }
    }
}

/// The one shot of a request without multi-shot mode.
fn one(body: &Map<String, Value>) -> Result<Shot, Refusal> {
    if body.contains_key("multi_prompt") {
        return Err(invalid("multi_prompt: only where multi_shots is true"));
    }
    let text = words(body.get("prompt"), 2500)?;
    let seconds = match body.get("duration") {
        None => 5,
        Some(value) => whole(value, 3..=15).ok_or_else(|| duration("duration must be an integer from 3 to 15"))?,
    };
    Ok(Shot { prompt: text, seconds })
}

/// The shots of multi-shot mode.
fn many(body: &Map<String, Value>) -> Result<Vec<Shot>, Refusal> {
    if let Some(value) = body.get("prompt").filter(|value| *value != "") {
        words(Some(value), 2500)?;
    }
    let list = body.get("multi_prompt").and_then(Value::as_array).filter(|list| !list.is_empty());
    let list = list.ok_or_else(|| prompt("multi_prompt is required where multi_shots is true"))?;
    if list.len() > 5 {
        return Err(prompt("multi_prompt: at most 5 shots"));
    }
    let mut shots = Vec::new();
    for entry in list {
        let Value::Object(shot) = entry else { return Err(prompt("multi_prompt: objects with prompt and duration")) };
        if let Some(field) = shot.keys().find(|field| !["prompt", "duration"].contains(&field.as_str())) {
            return Err(invalid(format!("multi_prompt: {field}: there is no such parameter")));
        }
        let seconds = shot.get("duration").and_then(|value| whole(value, 1..=12));
        let seconds = seconds.ok_or_else(|| duration("each shot lasts an integer from 1 to 12"))?;
        shots.push(Shot { prompt: words(shot.get("prompt"), 500)?, seconds });
    }
    let sum: u32 = shots.iter().map(|shot| shot.seconds).sum();
    if !(3..=15).contains(&sum) {
        return Err(duration("the shots' durations must sum to 3 to 15"));
    }
    if body.get("duration").is_some_and(|value| value.as_u64() != Some(u64::from(sum))) {
        return Err(duration("duration must be equal to the summed shot duration"));
    }
    Ok(shots)
}

/// A text that is not empty and has so many characters at most.
fn words(value: Option<&Value>, most: usize) -> Result<String, Refusal> {
    let text = value.and_then(Value::as_str).filter(|text| !text.trim().is_empty());
    let text = text.ok_or_else(|| prompt("it is required"))?;
    if text.chars().count() > most {
        return Err(prompt(&format!("max {most} chars")));
    }
    Ok(text.to_owned())
}

fn whole(value: &Value, range: std::ops::RangeInclusive<u64>) -> Option<u32> {
    value.as_u64().filter(|value| range.contains(value)).map(|value| value as u32)
}

/// How many URLs a list holds, if it holds nothing else.
fn urls_of(value: &Value, field: &str) -> Result<usize, Refusal> {
    let Value::Array(list) = value else { return Err(invalid(format!("{field}: must be an array of URLs"))) };
    let is_url = |value: &Value| {
        let parsed = value.as_str().and_then(|text| url::Url::parse(text).ok());
        parsed.is_some_and(|url| matches!(url.scheme(), "http" | "https") && url.has_host())
    };
    if !list.iter().all(is_url) {
        return Err(invalid(format!("{field}: each must be an http or https URL")));
    }
    Ok(list.len())
}

/// "Each element: name (string), description (string), element_input_urls (2-4 image URLs). Max 3 elements per task."
fn elements(value: &Value, field: &str) -> Result<(), Refusal> {
    let Value::Array(list) = value else { return Err(invalid(format!("{field}: must be an array"))) };
    if list.len() > 3 {
        return Err(invalid(format!("{field}: at most 3 elements")));
    }
    for element in list {
        let Value::Object(element) = element else { return Err(invalid(format!("{field}: must be objects"))) };
        if let Some(other) =
            element.keys().find(|name| !["name", "description", "element_input_urls"].contains(&name.as_str()))
        {
            return Err(invalid(format!("{field}: {other}: there is no such parameter")));
        }
        let text = |name: &str| element.get(name).and_then(Value::as_str).filter(|text| !text.is_empty());
        if text("name").is_none() || text("description").is_none() {
            return Err(invalid(format!("{field}: each needs a name and a description")));
        }
        let urls = element.get("element_input_urls").map_or(Ok(0), |urls| urls_of(urls, "element_input_urls"))?;
        if !(2..=4).contains(&urls) {
            return Err(invalid(format!("{field}: element_input_urls: 2 to 4 image URLs")));
        }
    }
    Ok(())
}
