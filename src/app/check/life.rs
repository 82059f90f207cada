//! A world's life: states in order, what deleting does, what leaving does not do, and how a world ends by itself (section 9).

use std::time::Duration;

use serde_json::{Value, json};

use super::case::{Case, Level::Must, Level::Should};
use super::facts::Need;
use super::flow::{Seen, command};
use super::probe::{Ask, Door, Probe};
use super::verdict::{Verdict, ensure, fail, same};
use crate::wire::{AckStatus, CloseCode, Down, EndReason, ErrorCode, Up, WorldInfo, WorldList, WorldState};

/// The cases.
pub const CASES: &[Case] = &[
    Case {
        id: "life/1/1",
        level: Must,
        rows: "HO-8, HO-29",
        section: "5, 9",
        says: "A world goes from queued or warming to running in order, its state version rising by one with each change.",
        needs: &[],
        worlds: 1,
        play: |probe| Box::pin(states(probe)),
    },
    Case {
        id: "life/1/2",
        level: Must,
        rows: "HO-8",
        section: "4.2",
        says: "GET tells what the stream tells: state, state version, that a stream is attached, and time that is lived.",
        needs: &[],
        worlds: 1,
        play: |probe| Box::pin(shown(probe)),
    },
    Case {
        id: "life/2/1",
        level: Must,
        rows: "HO-5, HO-20",
        section: "5, 9",
        says: "DELETE answers 200 or 204, and the stream says ended: deleted and closes with 1000.",
        needs: &[],
        worlds: 1,
        play: |probe| Box::pin(deleted(probe)),
    },
    Case {
        id: "life/2/2",
        level: Must,
        rows: "HO-5",
        section: "4",
        says: "A deleted world is 404 for GET and for a second DELETE, and takes neither commands nor streams.",
        needs: &[],
        worlds: 1,
        play: |probe| Box::pin(gone(probe)),
    },
    Case {
        id: "life/2/3",
        level: Must,
        rows: "HO-5",
        section: "4",
        says: "DELETE of a world that never was is a 404.",
        needs: &[],
        worlds: 0,
        play: |probe| Box::pin(never_was(probe)),
    },
    Case {
        id: "life/2/4",
        level: Should,
        rows: "HO-23",
        section: "4",
        says: "DELETE answers with the bill: the final world, with the seconds that it used.",
        needs: &[],
        worlds: 1,
        play: |probe| Box::pin(bill(probe)),
    },
    Case {
        id: "life/3/1",
        level: Must,
        rows: "HO-18",
        section: "4",
        says: "The list shows a world while it is alive, newest first, and forgets it when it is deleted.",
        needs: &[],
        worlds: 2,
        play: |probe| Box::pin(listed(probe)),
    },
    Case {
        id: "life/4/1",
        level: Must,
        rows: "HO-8, HO-18",
        section: "5, 9",
        says: "Leaving does not end a world: it waits with its state, and its time stands still meanwhile.",
        needs: &[],
        worlds: 1,
        play: |probe| Box::pin(left(probe)),
    },
    Case {
        id: "life/4/2",
        level: Must,
        rows: "HO-18",
        section: "9",
        says: "A world that nobody comes back to ends as abandoned after its grace time, and not before.",
        needs: &[],
        worlds: 1,
        play: |probe| Box::pin(abandoned(probe)),
    },
    Case {
        id: "life/4/3",
        level: Must,
        rows: "HO-5",
        section: "4",
        says: "A world that ended by itself refuses commands and streams with 410.",
        needs: &[],
        worlds: 1,
        play: |probe| Box::pin(ended(probe)),
    },
    Case {
        id: "life/5/1",
        level: Must,
        rows: "HO-8",
        section: "8, 9",
        says: "While paused no media flow and commands are dealt with; resuming begins a new epoch with a keyframe.",
        needs: &[Need::Pause],
        worlds: 1,
        play: |probe| Box::pin(paused(probe)),
    },
    Case {
        id: "life/6/1",
        level: Must,
        rows: "HO-23",
        section: "4.3",
        says: "The books tell what a world has used, alive and after its end, and the same as its bill.",
        needs: &[Need::Usage],
        worlds: 1,
        play: |probe| Box::pin(books(probe)),
    },
];

fn path(world: &WorldInfo) -> String {
    format!("/v1/worlds/{}", world.id)
}

fn rank(state: &WorldState) -> Option<u8> {
    Some(match state {
        WorldState::Queued => 0,
        WorldState::Warming => 1,
        WorldState::Running => 2,
        _ => return None,
    })
}

async fn states(probe: &mut Probe) -> Verdict {
    // A generated world takes a moment to warm up, which is what there is to see.
    let world = probe.create(json!({ "world": null, "prompt": format!("{} coast", probe.target.marker) })).await?;
    let mut flow = probe.open(&world).await?;
    let (mut state, mut version, mut percent) = (flow.hello.state.clone(), flow.hello.state_version, 0.0_f32);
    ensure(rank(&state).is_some(), "a new world is queued, warming or running", format!("{state:?}"))?;
    flow.find("a world that runs shows itself", |seen| {
        match seen {
            Seen::Event(Down::State { state: new, state_version }) => {
                let forward = rank(&new).zip(rank(&state)).is_some_and(|(new, old)| new > old);
                ensure(forward, format!("a state after {state:?}"), format!("{new:?}"))?;
                same("state version", &state_version, &(version + 1))?;
                (state, version) = (new, state_version);
            }
            Seen::Event(Down::Stage(stage)) => {
                ensure(state != WorldState::Running, "stages come before running", format!("{stage:?}"))?;
                ensure(stage.percent >= percent, format!("progress from {percent} on"), stage.percent)?;
                percent = stage.percent;
            }
            Seen::Unit(_) => {
                same("state with the first media", &state, &WorldState::Running)?;
                return Ok(Some(()));
            }
            _ => {}
        }
        Ok(None)
    })
    .await
}

async fn shown(probe: &mut Probe) -> Verdict {
    let world = probe.create(json!({})).await?;
    let mut flow = probe.open(&world).await?;
    flow.video().await?;
    let name = probe.name();
    let version = flow.direct(&name, 1).await?.state_version;
    let first = probe.ask(Ask::get(path(&world))).await?.world()?;
    same("state", &first.state, &WorldState::Running)?;
    same("attached", &first.attached, &true)?;
    same("state version", &first.state_version, &version)?;
    flow.watch(Duration::from_millis(600)).await?;
    let later = probe.ask(Ask::get(path(&world))).await?.world()?;
    ensure(later.seconds_used > first.seconds_used, format!("seconds_used above {}", first.seconds_used), later.seconds_used)
}

async fn deleted(probe: &mut Probe) -> Verdict {
    let world = probe.create(json!({})).await?;
    let mut flow = probe.open(&world).await?;
    flow.video().await?;
    probe.ask(Ask::delete(path(&world))).await?.is_one_of(&[200, 204])?;
    let (events, code) = flow.until_the_end("the stream of a deleted world is closed").await?;
    same("the last message", &events.last(), &Some(&Down::Ended { reason: EndReason::Deleted }))?;
    same("close code", &code.number(), &CloseCode::Done.number())
}

async fn gone(probe: &mut Probe) -> Verdict {
    let world = probe.create(json!({})).await?;
    probe.ask(Ask::delete(path(&world))).await?.is_one_of(&[200, 204])?;
    probe.ask(Ask::get(path(&world))).await?.refuses(ErrorCode::NotFound)?;
    probe.ask(Ask::delete(path(&world))).await?.refuses(ErrorCode::NotFound)?;
    let command = json!({ "id": probe.name(), "text": "rain" });
    let late = probe.ask(Ask::post(format!("{}/direct", path(&world)), &command)).await?;
    late.is_one_of(&[404, 410])?;
    late.error()?;
    let late = probe.knock(world.id.as_str(), Door::default()).await?;
    late.is_one_of(&[404, 410])?;
    late.error().map(drop)
}

async fn never_was(probe: &mut Probe) -> Verdict {
    probe.ask(Ask::delete("/v1/worlds/w_never_made")).await?.refuses(ErrorCode::NotFound).map(drop)
}

async fn bill(probe: &mut Probe) -> Verdict {
    let world = probe.create(json!({})).await?;
    let mut flow = probe.open(&world).await?;
    flow.unit("half a second of pictures", |unit| (unit.is_video() && unit.envelope.pts_us > 500_000).then_some(())).await?;
    let answer = probe.ask(Ask::delete(path(&world))).await?;
    answer.is(200)?;
    let last = answer.world()?;
    same("id", &last.id, &world.id)?;
    same("state", &last.state, &WorldState::Ended)?;
    ensure(last.seconds_used >= 0.4, "seconds_used of half a second and more", last.seconds_used)
}

async fn list(probe: &mut Probe) -> Verdict<Vec<WorldInfo>> {
    let answer = probe.ask(Ask::get("/v1/worlds")).await?;
    answer.is(200)?;
    match serde_json::from_value::<WorldList>(answer.json()?) {
        Ok(list) => Ok(list.worlds),
        Err(error) => fail("{\"worlds\": [world, …]}", error),
    }
}

async fn listed(probe: &mut Probe) -> Verdict {
    let (first, second) = (probe.create(json!({})).await?, probe.create(json!({})).await?);
    let place = |list: &[WorldInfo], world: &WorldInfo| list.iter().position(|one| one.id == world.id);
    let found = list(probe).await?;
    match (place(&found, &first), place(&found, &second)) {
        (Some(first), Some(second)) if second < first => {}
        places => return fail("both worlds, the newer one first", format!("places {places:?}")),
    }
    probe.ask(Ask::delete(path(&first))).await?.is_one_of(&[200, 204])?;
    let found = list(probe).await?;
    let alive = place(&found, &first).is_some_and(|at| found[at].ended.is_none() && found[at].state != WorldState::Ended);
    ensure(!alive, "a deleted world is in the list no more", "it is")?;
    ensure(place(&found, &second).is_some(), "the other world is still in the list", "it is not")
}

async fn left(probe: &mut Probe) -> Verdict {
    let world = probe.create(json!({ "limits": { "grace_s": 20 } })).await?;
    let mut flow = probe.open(&world).await?;
    flow.video().await?;
    let name = probe.name();
    let version = flow.direct(&name, 1).await?.state_version;
    flow.leave().await?;
    // The server may need a moment to see that nobody is there.
    let mut alone = probe.ask(Ask::get(path(&world))).await?.world()?;
    for _ in 0..40 {
        if !alone.attached {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
        alone = probe.ask(Ask::get(path(&world))).await?.world()?;
    }
    same("attached after leaving", &alone.attached, &false)?;
    let first = probe.ask(Ask::get(path(&world))).await?.world()?.seconds_used;
    tokio::time::sleep(Duration::from_millis(700)).await;
    let later = probe.ask(Ask::get(path(&world))).await?.world()?.seconds_used;
    ensure(later - first < 0.2, "a world without a stream lives no media time", format!("{} s more", later - first))?;
    let mut flow = probe.open(&world).await?;
    same("state version after coming back", &flow.hello.state_version, &version)?;
    flow.video().await.map(drop)
}

/// A world with so short a grace time, left; its last description.
async fn run_out(probe: &mut Probe, grace: f64) -> Verdict<(WorldInfo, WorldInfo, Duration)> {
    let world = probe.create(json!({ "limits": { "grace_s": grace } })).await?;
    let mut flow = probe.open(&world).await?;
    flow.video().await?;
    flow.leave().await?;
    let began = probe.target.clock.now();
    loop {
        let answer = probe.ask(Ask::get(path(&world))).await?;
        let took = probe.target.clock.now().since(began);
        if answer.status == 404 || answer.status == 410 {
            return super::verdict::skip("this server forgets ended worlds at once, so nobody can ask why they ended");
        }
        let now = answer.world()?;
        if now.state == WorldState::Ended || now.ended.is_some() {
            return Ok((world, now, took));
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

async fn abandoned(probe: &mut Probe) -> Verdict {
    const GRACE: f64 = 1.0;
    let (_, last, took) = run_out(probe, GRACE).await?;
    same("ended", &last.ended, &Some(EndReason::Abandoned))?;
    ensure(took.as_secs_f64() > GRACE * 0.8, format!("not before {GRACE} s"), format!("after {took:.1?}"))
}

async fn ended(probe: &mut Probe) -> Verdict {
    let (world, ..) = run_out(probe, 0.2).await?;
    let command = json!({ "id": probe.name(), "text": "rain", "prompt": "rain" });
    for verb in ["direct", "wander"] {
        let late = probe.ask(Ask::post(format!("{}/{verb}", path(&world)), &command)).await?;
        late.refuses(ErrorCode::WorldEnded)?;
    }
    probe.knock(world.id.as_str(), Door::default()).await?.refuses(ErrorCode::WorldEnded)?;
    probe.ask(Ask::delete(path(&world))).await?.is_one_of(&[200, 204, 404])
}

async fn paused(probe: &mut Probe) -> Verdict {
    let world = probe.create(json!({})).await?;
    let mut flow = probe.open(&world).await?;
    let before = flow.video().await?.envelope;
    let (stop, go, name) = (probe.name(), probe.name(), probe.name());
    flow.send(&Up::Pause { id: command(&stop)? }).await?;
    same("ack of pause", &flow.ack(&stop).await?.status, &AckStatus::Applied)?;
    // Whatever was on its way has come when the pong has.
    flow.settle(1).await?;
    let quiet = flow.watch(Duration::from_millis(500)).await?;
    let media = quiet.iter().filter(|seen| matches!(seen, Seen::Unit(_))).count();
    same("units while paused", &media, &0)?;
    let shown = probe.ask(Ask::get(path(&world))).await?.world()?;
    same("state", &shown.state, &WorldState::Paused)?;
    same("a command while paused", &flow.direct(&name, 1).await?.status, &AckStatus::Applied)?;
    flow.send(&Up::Resume { id: command(&go)? }).await?;
    let first = flow.video().await?.envelope;
    ensure(first.epoch != before.epoch, "another epoch after a pause", format!("epoch {} again", first.epoch))?;
    ensure(first.keyframe, "the first picture of an epoch is a keyframe", "it is not")?;
    let shown: Value = probe.ask(Ask::get(path(&world))).await?.json()?;
    same("state", &shown["state"], &json!("running"))
}

async fn books(probe: &mut Probe) -> Verdict {
    let key = probe.idempotency_key();
    let world = probe.create(json!({ "idempotency_key": key })).await?;
    let mut flow = probe.open(&world).await?;
    flow.unit("half a second of pictures", |unit| (unit.is_video() && unit.envelope.pts_us > 500_000).then_some(())).await?;
    let by_id = Ask::get("/v1/usage").query("world", world.id.as_str());
    let entry = |answer: &Value| answer["worlds"].as_array().filter(|list| list.len() == 1).map(|list| list[0].clone());
    let answer = probe.ask(by_id.clone()).await?;
    answer.is(200)?;
    let alive = answer.json()?;
    let Some(first) = entry(&alive) else { return fail("one entry for one world", alive) };
    same("id", &first["id"], &json!(world.id))?;
    same("idempotency_key", &first["idempotency_key"], &json!(key))?;
    ensure(first["ended"].is_null(), "no `ended` while the world lives", &first["ended"])?;
    let bill = probe.ask(Ask::delete(path(&world))).await?;
    bill.is_one_of(&[200, 204])?;
    for ask in [by_id, Ask::get("/v1/usage").query("key", key.as_str())] {
        let answer = probe.ask(ask).await?.json()?;
        let Some(last) = entry(&answer) else { return fail("one entry for one world", answer) };
        same("ended", &last["ended"], &json!("deleted"))?;
        let seconds = last["seconds_used"].as_f64().unwrap_or(-1.0);
        ensure(seconds >= 0.4, "half a second and more", seconds)?;
        same("the sum of one entry", &answer["seconds_used"].as_f64(), &Some(seconds))?;
        if bill.status == 200 {
            same("seconds_used of the bill", &Some(bill.world()?.seconds_used), &Some(seconds))?;
        }
    }
    Ok(())
}
