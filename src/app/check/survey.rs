//! The look around before the cases: one world is made, its hello read, and ended again.

use std::sync::Arc;

use serde_json::json;

use super::facts::{Facts, survey_limits};
use super::probe::{Answer, Ask, Probe};
use super::target::Target;
use super::verdict::{Halt, Verdict, fail};
use super::worlds::Worlds;
use crate::wire::WorldInfo;

/// The name under which the survey's world is noted.
pub const SURVEY: &str = "survey";

/// What is known without making a world.
pub fn outside(target: &Target) -> Facts {
    Facts { keyed: target.key.is_some(), local: target.is_local(), ..Facts::default() }
}

/// Looks around: the facts, and why some of them could not be had. The world that it makes is noted, and left to the caller to end.
///
/// # Errors
/// Where no world is given at all.
pub async fn survey(target: &Arc<Target>, worlds: &Worlds) -> Verdict<(Facts, Option<String>)> {
    let mut facts = outside(target);
    let mut probe = Probe::new(Arc::clone(target), Arc::new(facts.clone()), worlds.clone(), SURVEY);
    let (world, calibration) = any_world(&mut probe).await?;
    facts.calibration = calibration;
    facts.tickets = world.ticket.is_some();
    let looked = look(&mut probe, &world, &mut facts).await;
    let missing = match looked {
        Ok(()) => None,
        // The cases find out by themselves, and say it better.
        Err(Halt::Skipped(why)) => Some(why),
        Err(Halt::Failed { expected, found }) => Some(format!("expected: {expected}; found: {found}")),
    };
    Ok((facts, missing.map(|words| probe.tape.clean(&words, 700))))
}

async fn look(probe: &mut Probe, world: &WorldInfo, facts: &mut Facts) -> Verdict {
    facts.usage = probe.ask(Ask::get("/v1/usage")).await?.status == 200;
    let mut flow = probe.open(world).await?;
    facts.hello = Some(flow.hello.clone());
    flow.video().await?;
    flow.leave().await?;
    facts.events = events(probe, world).await?;
    Ok(())
}

/// The cheapest world that the server gives.
async fn any_world(probe: &mut Probe) -> Verdict<(WorldInfo, bool)> {
    let limits = json!(survey_limits());
    let wishes = [
        json!({ "world": "calibration", "tier": "draft", "limits": limits }),
        json!({ "tier": "draft", "limits": limits }),
        json!({ "limits": limits }),
    ];
    let mut last: Option<Answer> = None;
    for wish in wishes {
        let body = probe.request(wish.clone());
        let answer = probe.ask_for_world(&body).await?;
        if answer.status == 201 {
            return Ok((answer.world()?, wish.get("world").is_some()));
        }
        let options = answer.status == 422;
        last = Some(answer);
        if !options {
            break;
        }
    }
    match last {
        Some(answer) => answer.is(201).and_then(|()| answer.world()).map(|world| (world, false)),
        None => fail("a world", "no request was sent"),
    }
}

/// Whether the stream comes as Server-Sent Events too (HO-9).
async fn events(probe: &mut Probe, world: &WorldInfo) -> Verdict<bool> {
    let ask = Ask::get(format!("/v1/worlds/{}/stream", world.id)).header("Accept", "text/event-stream");
    let answer = probe.begin(ask, probe.target.patience).await?;
    let kind = answer.headers.iter().find(|(name, _)| name == "content-type").map(|(_, value)| value.as_str());
    probe.tape.note(&format!("< {}  {}", answer.status, kind.unwrap_or_default()));
    Ok(answer.status == 200 && kind.is_some_and(|kind| kind.starts_with("text/event-stream")))
}
