//! What the client of a stream of events says: messages up by POST, one a line. What is to be said about them comes on the stream.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};

use super::auth::check_key;
use super::body::{Posted, text};
use super::hearing::hear;
use super::house::House;
use super::refusal::Refusal;
use crate::wire::{ErrorCode, MAX_UPLINK_BYTES, MAX_UPLINK_LINES, RESUME_HEADER, Token};

pub(super) async fn uplink(
    State(house): State<Arc<House>>,
    Path((id, stream)): Path<(String, String)>,
    headers: HeaderMap,
    body: Posted,
) -> Result<StatusCode, Refusal> {
    // A browser that came in by ticket has no key: the token that its stream's hello gave it shows whose stream it is.
    let held = headers.get(RESUME_HEADER).and_then(|value| Token::new(value.to_str().ok()?).ok());
    let holds = held.zip(house.world(&id).ok()).is_some_and(|(token, world)| world.desk.may_resume(&token));
    if !holds {
        check_key(house.config.key.as_ref(), &headers)?;
    }
    let world = house.world(&id)?;
    if world.desk.ended() {
        return Err(Refusal::new(ErrorCode::WorldEnded, "the world has ended"));
    }
    let Some(outlet) = stream.parse().ok().and_then(|number| world.desk.stream(number)) else {
        let message =
            "this stream is not attached to the world: another one took over, or it broke; open one and use its number";
        return Err(Refusal::new(ErrorCode::Conflict, message));
    };
    let text = text(&headers, &body, "application/x-ndjson", MAX_UPLINK_BYTES)?;
    let lines = || text.lines().filter(|line| !line.trim().is_empty());
    if lines().count() > MAX_UPLINK_LINES {
        let message = format!("the body has more than {MAX_UPLINK_LINES} messages: send the rest in another one");
        return Err(Refusal::new(ErrorCode::TooLarge, message));
    }
    lines().for_each(|line| hear(line, &outlet, &world, house.clock));
    Ok(StatusCode::NO_CONTENT)
}
