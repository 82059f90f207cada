//! Who may open a stream, on whichever transport: by the key, or by the world's one-time ticket; and whether it is a new stream or
//! goes on where an earlier one broke.

use std::sync::Arc;

use axum::http::HeaderMap;
use serde::Deserialize;

use super::auth::{check_key, credential, ticket};
use super::hosted::Hosted;
use super::house::House;
use super::refusal::Refusal;
use crate::sim::defect::Defect;
use crate::sim::faults::Faults;
use crate::sim::host::Opening;
use crate::wire::{ErrorCode, RESUME_HEADER, Token};

/// What the query may say, for browsers, which set no headers on a stream.
#[derive(Default, Deserialize)]
pub(super) struct Asked {
    ticket: Option<String>,
    resume: Option<String>,
}

/// The world, if the request may open its stream, and how.
pub(super) fn admit(house: &House, id: &str, asked: &Asked, headers: &HeaderMap) -> Result<(Arc<Hosted>, Opening), Refusal> {
    let world = known(house, id, asked, headers)?;
    if world.desk.ended() {
        return Err(Refusal::new(ErrorCode::WorldEnded, "the world has ended"));
    }
    world.desk.set_skew(house.faults.as_ref().map(Faults::skew).unwrap_or_default());
    let header = headers.get(RESUME_HEADER).map(|value| value.to_str().unwrap_or_default());
    let Some(token) = header.or(asked.resume.as_deref()) else { return Ok((world, Opening::Fresh(ticket()))) };
    match Token::new(token) {
        // Defect: no token is ever the right one.
        Ok(token) if world.desk.may_resume(&token) && !house.config.defects.has(Defect::NoResume) => {
            Ok((world, Opening::Resume(token)))
        }
        _ => {
            let message = "this stream cannot be resumed: another one has taken over, or the token is not of this world; open it \
                           without a token to take over";
            Err(Refusal::new(ErrorCode::Conflict, message))
        }
    }
}

fn known(house: &House, id: &str, asked: &Asked, headers: &HeaderMap) -> Result<Arc<Hosted>, Refusal> {
    if let Some(ticket) = asked.ticket.as_deref().or_else(|| credential(headers, "Ticket")) {
        return match house.world(id) {
            Ok(world) if world.take_ticket(ticket) => Ok(world),
            // Without the key nobody learns which worlds there are.
            _ => Err(Refusal::new(ErrorCode::Unauthorized, "this ticket is wrong or used: create a world to get one")),
        };
    }
    check_key(house.config.key.as_ref(), headers)?;
    house.world(id)
}
