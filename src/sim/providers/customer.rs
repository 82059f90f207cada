//! hh-customer: videos of the customer API.

use axum::body::Bytes;
use serde_json::{Value, json};
use uuid::Uuid;

use super::account::Service;
use super::customer_wish::Wish;
use super::exchange::{Answer, Call, Refusal};
use super::fault::MissingResults;
use super::job::{Job, Stage};
use super::shop::{Shop, in_millis, object};
use super::time;

/// `POST /api/v1/videos`: takes the credits at once and queues the video.
pub(super) fn create(shop: &Shop, call: &Call) -> Result<Answer, Refusal> {
    let account = shop.admit(Service::Customer, call)?;
    let body =
        object(call).map_err(|what| Refusal::new(400, "invalid_input", format!("Request body is invalid. {what}")))?;
    let rules = &shop.config.customer;
    let mut desk = shop.desk();
    let wish = Wish::read(&body, &desk, account)?;
    wish.fits(rules, &shop.config.accounts[account].plan)?;
    let cost = wish.cost(rules);
    shop.affords(&desk, Service::Customer, account, cost)?;
    let id = Uuid::now_v7().to_string();
    let render = in_millis(rules.render_s);
    let job = Job {
        service: Service::Customer,
        path: format!("/videos/outputs/{id}.mp4"),
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
        body: json!({
            "prompt": wish.prompt,
            "style": wish.style,
            "durationSec": wish.seconds,
            "aspectRatio": wish.ratio,
            "resolution": wish.resolution,
        }),
    };
    let sent = Value::Object(body);
    shop.take(&mut desk, job, sent);
    Ok(Answer::new(201, json!({ "id": id, "status": "queued" })))
}

/// `GET /api/v1/videos/{id}`.
pub(super) fn video(shop: &Shop, call: &Call) -> Result<Answer, Refusal> {
    let account = shop.admit(Service::Customer, call)?;
    if Uuid::parse_str(&call.id).is_err() {
        return Err(Refusal::new(400, "invalid_input", "Route input is invalid. id: must be a UUID"));
    }
    let desk = shop.desk();
    let job = desk.job(Service::Customer, account, &call.id).ok_or_else(|| Refusal::of(Some(Service::Customer), 404))?;
    let stage = job.stage(shop.time.now());
    let word = match stage {
        Stage::Queued => "queued",
        Stage::Working(_) => "processing",
        Stage::Done => "ready",
        Stage::Failed => "failed",
    };
    let mut body = job.body.clone();
    body["id"] = json!(job.id);
    body["status"] = json!(call.strike.word.as_deref().unwrap_or(word));
    body["videoUrl"] = Value::Null;
    body["thumbnailUrl"] = Value::Null;
    body["errorMessage"] = json!(job.fails.as_ref().filter(|_| stage == Stage::Failed));
    body["readyAt"] = Value::Null;
    if stage == Stage::Done {
        body["readyAt"] = json!(time::millis(job.ends()));
        let link = shop.link(job, call.strike.link_expires_s.or(shop.config.customer.link_expires_s));
        match call.strike.results {
            None => body["videoUrl"] = json!(link),
            Some(MissingResults::Empty) => body["videoUrl"] = json!(""),
            Some(MissingResults::Null) => {}
            Some(MissingResults::Missing) => {
                body.as_object_mut().map(|fields| fields.remove("videoUrl"));
            }
        }
    }
    Ok(Answer::new(200, body))
}
