//! What a server's answers to a lease's requests mean, and above all what they leave open. A refusal in the words of the protocol
//! is a refusal; a 5xx of whoever stands between may come after the deed.

use serde_json::Value;

use super::error::ClientError;
use super::replies::{body_of, check};
use super::retry::is_not_now;
use crate::net::{NetError, Response};
use crate::session::{Bill, LeaseAnswer, LeaseFault};
use crate::wire::{ErrorEnvelope, Usage, WorldId, WorldInfo, WorldList};

const DELETING: &str = "delete the world";

/// An answer, and what else it brought.
#[derive(Debug)]
pub(super) struct Verdict {
    pub(super) answer: LeaseAnswer,
    /// The world as the answer to its create describes it.
    pub(super) info: Option<WorldInfo>,
    /// What to tell the caller if nothing better comes.
    pub(super) error: Option<ClientError>,
}

impl Verdict {
    fn plain(answer: LeaseAnswer) -> Self {
        Self { answer, info: None, error: None }
    }

    fn failed(fault: LeaseFault, error: ClientError) -> Self {
        Self { answer: LeaseAnswer::Failed(fault), info: None, error: Some(error) }
    }
}

/// Of a create.
pub(super) fn created(answer: Result<Response, NetError>, url: &str) -> Verdict {
    const DOING: &str = "create a world";
    let answer = match answer {
        Ok(answer) => answer,
        Err(error) => return unanswered(error),
    };
    match body_of::<WorldInfo>(&answer, DOING, url) {
        Ok(info) => Verdict { answer: LeaseAnswer::Made(info.id.clone()), info: Some(info), error: None },
        Err(error) if (200..300).contains(&answer.status) => {
            // A body that does not fit may still name a world that now exists.
            let body = serde_json::from_slice::<Value>(&answer.body).ok();
            let id = body.as_ref().and_then(|body| WorldId::new(body.get("id")?.as_str()?).ok());
            match id {
                Some(id) => Verdict { answer: LeaseAnswer::Made(id), info: None, error: Some(error) },
                // The page of a portal that stands between, as of 200: nobody who makes worlds has answered.
                None if answer.status == 200 && !is_said_to_be_json(&answer) => Verdict::failed(LeaseFault::Refused, error),
                None => Verdict::failed(LeaseFault::Garbled, error),
            }
        }
        Err(error) if answer.status == 410 => Verdict { answer: LeaseAnswer::Gone, info: None, error: Some(error) },
        Err(error) => {
            let spoken = serde_json::from_slice::<ErrorEnvelope>(&answer.body).is_ok();
            let fault = match (answer.status, fault_of(&answer)) {
                // In the words of the protocol: no capacity. That does not change from one second to the next.
                (503, _) if spoken => LeaseFault::Refused,
                (_, fault) => fault,
            };
            Verdict::failed(fault, error)
        }
    }
}

/// Of a DELETE of a world, or of a key.
pub(super) fn deleted(answer: Result<Response, NetError>, of_a_key: bool, url: &str) -> Verdict {
    let answer = match answer {
        Ok(answer) => answer,
        Err(error) => return unanswered(error),
    };
    match answer.status {
        200..300 if answer.body.trim_ascii().is_empty() => Verdict::plain(LeaseAnswer::Ended(None)),
        200..300 => match body_of::<Value>(&answer, DELETING, url) {
            Ok(body) => {
                let info = serde_json::from_value::<WorldInfo>(body).ok();
                let bill = info.map(|info| Bill { seconds: info.seconds_used, credits: info.credits_used });
                Verdict::plain(LeaseAnswer::Ended(bill))
            }
            // The page of a portal that stands between: no server has heard that a world is to end.
            Err(error) => Verdict::failed(LeaseFault::Refused, error),
        },
        404 | 405 if of_a_key => Verdict::plain(LeaseAnswer::Unsupported),
        404 | 410 => Verdict::plain(LeaseAnswer::Gone),
        _ => refused(&answer, DELETING, url),
    }
}

/// Of the list of worlds: the one with our key.
pub(super) fn listed(answer: Result<Response, NetError>, key: Option<&str>, url: &str) -> Verdict {
    let answer = match answer {
        Ok(answer) if matches!(answer.status, 404 | 405) => return Verdict::plain(LeaseAnswer::Unsupported),
        Ok(answer) => answer,
        Err(error) => return unanswered(error),
    };
    match body_of::<WorldList>(&answer, "list the worlds", url) {
        Ok(list) => {
            let ours = list.worlds.into_iter().find(|world| key.is_some() && world.idempotency_key.as_deref() == key);
            Verdict::plain(LeaseAnswer::Listed(ours.filter(|world| world.ended.is_none()).map(|world| world.id)))
        }
        Err(error) => Verdict::failed(fault_of(&answer), error),
    }
}

/// Of a question about one world's cost.
pub(super) fn cost(answer: Result<Response, NetError>, url: &str) -> Verdict {
    match answer {
        Ok(answer) if (200..300).contains(&answer.status) => {
            Verdict::plain(LeaseAnswer::Cost(usage_of(&answer).map(|(bill, _)| bill)))
        }
        Ok(answer) if is_not_now(answer.status) => refused(&answer, "tell what the world cost", url),
        Ok(_) => Verdict::plain(LeaseAnswer::Unsupported),
        Err(error) => unanswered(error),
    }
}

/// What the only world of an answer has cost, and whether it has ended.
pub(super) fn usage_of(answer: &Response) -> Option<(Bill, bool)> {
    let usage: Usage = serde_json::from_slice(&answer.body).ok()?;
    let [world] = &usage.worlds[..] else { return None };
    Some((Bill { seconds: world.seconds_used, credits: world.credits_used }, world.ended.is_some()))
}

/// Whether it is called JSON, or looks like it, whatever became of it on the way.
fn is_said_to_be_json(answer: &Response) -> bool {
    let kind = answer.content_type.to_ascii_lowercase();
    kind.contains("json") || answer.body.trim_ascii_start().starts_with(b"{")
}

fn refused(answer: &Response, doing: &'static str, url: &str) -> Verdict {
    match check(answer, doing, url) {
        Err(error) => Verdict::failed(fault_of(answer), error),
        Ok(()) => Verdict::plain(LeaseAnswer::Unsupported),
    }
}

fn unanswered(error: NetError) -> Verdict {
    let fault = match &error {
        error if error.is_unsent() => LeaseFault::Unsent,
        // Found on this side, or before anything of the request was sent.
        NetError::Url { .. } | NetError::Header { .. } | NetError::InsecureKey { .. } | NetError::Tls { .. } => {
            LeaseFault::Refused
        }
        _ => LeaseFault::Lost { after: None },
    };
    Verdict::failed(fault, error.into())
}

fn fault_of(answer: &Response) -> LeaseFault {
    let after = answer.retry_after;
    match answer.status {
        408 | 425 | 429 => LeaseFault::Busy { after },
        500 | 502..=504 => LeaseFault::Lost { after },
        _ => LeaseFault::Refused,
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn answer(status: u16, body: &str) -> Result<Response, NetError> {
        let (content_type, retry_after) = ("application/json".to_owned(), Some(Duration::from_secs(3)));
        Ok(Response { status, content_type, retry_after, body: body.as_bytes().to_vec() })
    }

    fn page(status: u16) -> Result<Response, NetError> {
        let content_type = "text/html; charset=utf-8".to_owned();
        Ok(Response { status, content_type, retry_after: None, body: b"<h1>Welcome</h1>".to_vec() })
    }

    /// HO-25, X-5: whether a world may exist is what decides.
    #[test]
    fn a_create_that_may_have_been_carried_out_is_told_apart_from_one_that_was_not() {
        let after = Some(Duration::from_secs(3));
        let busy = r#"{"error":{"code":"busy","retryable":true}}"#;
        let cases = [
            (answer(429, ""), LeaseFault::Busy { after }),
            (answer(503, busy), LeaseFault::Refused),
            (answer(503, "<h1>upstream</h1>"), LeaseFault::Lost { after }),
            (answer(500, "{}"), LeaseFault::Lost { after }),
            (answer(504, ""), LeaseFault::Lost { after }),
            (answer(422, "{}"), LeaseFault::Refused),
            (answer(201, r#"{"state":"running"}"#), LeaseFault::Garbled),
            (answer(201, "{\"id\":\"w_"), LeaseFault::Garbled),
            // Spoilt on the way, and a world may be there all the same.
            (answer(201, "\u{fffd}\u{fffd}"), LeaseFault::Garbled),
            (answer(201, ""), LeaseFault::Garbled),
            (answer(200, "\u{1f}\u{fffd}"), LeaseFault::Garbled),
            (page(201), LeaseFault::Garbled),
            (page(200), LeaseFault::Refused),
            (Err(NetError::Broken { why: String::new() }), LeaseFault::Lost { after: None }),
            (Err(NetError::Dns { host: String::new() }), LeaseFault::Unsent),
        ];
        for (answer, fault) in cases {
            let verdict = created(answer.clone(), "http://server");
            assert_eq!(verdict.answer, LeaseAnswer::Failed(fault), "{answer:?}");
            assert!(verdict.error.is_some());
        }
        let id = WorldId::new("w_1").unwrap();
        assert_eq!(created(answer(201, r#"{"id":"w_1","state":7}"#), "").answer, LeaseAnswer::Made(id));
        assert_eq!(created(answer(410, "{}"), "").answer, LeaseAnswer::Gone);
    }

    #[test]
    fn a_farewell_is_any_success_and_any_absence() {
        let world = r#"{"id":"w_1","state":"ended","seconds_used":7.5,"credits_used":3}"#;
        let bill = Some(Bill { seconds: 7.5, credits: 3.0 });
        let deleted = |answer, of_a_key| deleted(answer, of_a_key, "http://server/");
        assert_eq!(deleted(answer(200, world), false).answer, LeaseAnswer::Ended(bill));
        assert_eq!(deleted(answer(204, ""), false).answer, LeaseAnswer::Ended(None));
        assert_eq!(deleted(answer(200, r#"{"deleted":true}"#), false).answer, LeaseAnswer::Ended(None), "another's words");
        for status in [404, 410] {
            assert_eq!(deleted(answer(status, ""), false).answer, LeaseAnswer::Gone);
        }
        assert_eq!(deleted(answer(404, ""), true).answer, LeaseAnswer::Unsupported);
        assert_eq!(deleted(answer(401, ""), true).answer, LeaseAnswer::Failed(LeaseFault::Refused));
    }

    /// HO-25: only a server's word ends a world. A portal's page for whoever is not logged in comes with 200 or as a redirect.
    #[test]
    fn the_page_of_whoever_stands_between_is_no_end_of_a_world() {
        for stranger in [answer(200, "<h1>Please log in</h1>"), answer(302, "")] {
            let verdict = deleted(stranger, false, "http://server/");
            assert_eq!(verdict.answer, LeaseAnswer::Failed(LeaseFault::Refused));
            assert!(
                verdict.error.is_some_and(|error| error.to_string().contains("http://server/")),
                "it names whom it asked"
            );
        }
    }
}
