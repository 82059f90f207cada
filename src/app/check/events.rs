//! The stream as Server-Sent Events: everything that holds of a stream, on another carrier, with messages up by POST (section 12).

use std::time::Duration;

use serde_json::json;

use super::case::{Case, Level::Must};
use super::facts::Need;
use super::flow::{Flow, Seen, direct};
use super::probe::{Ask, Door, Probe, Who};
use super::verdict::{Verdict, ensure, same};
use crate::wire::{AckStatus, CloseCode, Down, EndReason, ErrorCode, Up, WorldInfo};

/// The cases. They belong to the groups of what they check.
pub const CASES: &[Case] = &[
    Case {
        id: "stream/6/1",
        level: Must,
        rows: "HO-9",
        section: "12",
        says: "As events the stream is what it is on a WebSocket: hello first, a keyframe, every unit whole and in order, sound beside it.",
        needs: &[Need::Events],
        worlds: 1,
        play: |probe| Box::pin(the_same_stream(probe)),
    },
    Case {
        id: "stream/6/2",
        level: Must,
        rows: "HO-9, HO-10, HO-28",
        section: "12",
        says: "Messages up by POST are answered 204, dealt with in order, and what is said about them comes on the stream.",
        needs: &[Need::Events],
        worlds: 1,
        play: |probe| Box::pin(messages_up(probe)),
    },
    Case {
        id: "stream/6/3",
        level: Must,
        rows: "HO-9",
        section: "12, 13",
        says: "A POST up is refused where its stream is not attached, its body too long, its type wrong, or its key missing.",
        needs: &[Need::Events],
        worlds: 1,
        play: |probe| Box::pin(refused_up(probe)),
    },
    Case {
        id: "stream/6/4",
        level: Must,
        rows: "HO-5, HO-9, HO-28",
        section: "12",
        says: "The farewell is a close event with its code, and the body ends: 4009 for a newer stream, 1000 for a deleted world.",
        needs: &[Need::Events],
        worlds: 1,
        play: |probe| Box::pin(farewells(probe)),
    },
    Case {
        id: "reconn/5/1",
        level: Must,
        rows: "HO-9, HO-19",
        section: "11, 12",
        says: "A stream that broke on one carrier is resumed on the other, in both directions.",
        needs: &[Need::Events, Need::Resume],
        worlds: 1,
        play: |probe| Box::pin(another_carrier(probe)),
    },
];

async fn opened(probe: &mut Probe) -> Verdict<(WorldInfo, Flow)> {
    let world = probe.create(json!({ "limits": { "grace_s": 20 } })).await?;
    let flow = probe.listen(world.id.as_str(), Door::default()).await?;
    ensure(flow.hello.stream > 0, "hello.stream counts the streams from 1: messages up need the number", flow.hello.stream)?;
    Ok((world, flow))
}

fn path(world: &WorldInfo, stream: u32) -> String {
    format!("/v1/worlds/{}/stream/{stream}", world.id)
}

async fn the_same_stream(probe: &mut Probe) -> Verdict {
    let (world, mut flow) = opened(probe).await?;
    same("world", &flow.hello.world, &world.id)?;
    let first = flow.video().await?.envelope;
    ensure(
        first.keyframe && first.sequence == 0,
        "the first picture is keyframe 0",
        format!("sequence {}", first.sequence),
    )?;
    let seen = flow.watch(Duration::from_millis(1200)).await?;
    let units =
        |video: bool| seen.iter().filter(|seen| matches!(seen, Seen::Unit(unit) if unit.is_video() == video)).count();
    ensure(units(true) >= 10, "ten pictures and more in 1.2 s", units(true))?;
    ensure(!flow.hello.audio.enabled || units(false) >= 10, "sound beside them", format!("{} units", units(false)))
}

async fn messages_up(probe: &mut Probe) -> Verdict {
    let (world, mut flow) = opened(probe).await?;
    flow.video().await?;
    let names: Vec<String> = (0..10).map(|_| probe.name()).collect();
    let mut lines = Vec::new();
    for (number, name) in names.iter().enumerate() {
        lines.push(direct(name, number as u32 + 1)?.print());
    }
    lines.push("{\"type\": 7}".to_owned());
    lines.push(String::new());
    lines.push(Up::Ping { issued_us: 99 }.print());
    let up = Ask::new("POST", path(&world, flow.hello.stream)).body("application/x-ndjson", lines.join("\n"));
    probe.ask(up).await?.is(204)?;
    let mut due = names.iter();
    let mut errors = Vec::new();
    let mut pong = false;
    flow.find("acks in order, an error and a pong", |seen| {
        match seen {
            Seen::Event(Down::Ack { id, status, .. }) => {
                same("acknowledged next", &Some(id.as_str()), &due.next().map(String::as_str))?;
                same("status", &status, &AckStatus::Applied)?;
            }
            Seen::Event(Down::Error(error)) => errors.push(error.code),
            Seen::Event(Down::Pong { issued_us: 99, .. }) => pong = true,
            _ => {}
        }
        Ok((pong && due.len() == 0 && !errors.is_empty()).then_some(()))
    })
    .await?;
    same("errors", &errors, &vec![ErrorCode::InvalidRequest.name().to_owned()])?;
    // The same command again, by the other POST: applied once.
    let body = json!({ "id": names[0], "text": "let it rain" });
    let again = probe.ask(Ask::post(format!("/v1/worlds/{}/direct", world.id), &body)).await?.json()?;
    same("status", &again["status"], &json!("duplicate"))
}

async fn refused_up(probe: &mut Probe) -> Verdict {
    const NDJSON: &str = "application/x-ndjson";
    let (world, mut flow) = opened(probe).await?;
    let ping = || Up::Ping { issued_us: 1 }.print();
    let here = path(&world, flow.hello.stream);
    for (path, code) in [
        (path(&world, flow.hello.stream + 1), ErrorCode::Conflict),
        (path(&world, 0), ErrorCode::Conflict),
        ("/v1/worlds/w_never_made/stream/1".to_owned(), ErrorCode::NotFound),
    ] {
        probe.ask(Ask::new("POST", path).body(NDJSON, ping())).await?.refuses(code)?;
    }
    probe.ask(Ask::new("POST", &here).body("text/plain", ping())).await?.refuses(ErrorCode::InvalidRequest)?;
    let many = vec![ping(); 257].join("\n");
    probe.ask(Ask::new("POST", &here).body(NDJSON, many)).await?.refuses(ErrorCode::TooLarge)?;
    let long = vec![b' '; 256 * 1024 + 1];
    probe.ask(Ask::new("POST", &here).body(NDJSON, long)).await?.refuses(ErrorCode::TooLarge)?;
    if probe.facts.keyed {
        let stranger = Ask::new("POST", &here).by(Who::Nobody).body(NDJSON, ping());
        probe.ask(stranger).await?.refuses(ErrorCode::Unauthorized)?;
        let stranger =
            Ask::get(format!("/v1/worlds/{}/stream", world.id)).by(Who::Nobody).header("Accept", "text/event-stream");
        probe.ask(stranger).await?.refuses(ErrorCode::Unauthorized)?;
    }
    flow.settle(2).await
}

async fn farewells(probe: &mut Probe) -> Verdict {
    let (world, mut first) = opened(probe).await?;
    first.video().await?;
    let mut second = probe.open(&world).await?;
    let (_, code) = first.until_the_end("the older stream is closed").await?;
    same("close code", &code.number(), &CloseCode::Replaced.number())?;
    first.ends().await?;
    second.video().await?;
    let mut third = probe.listen(world.id.as_str(), Door::default()).await?;
    let (_, code) = second.until_the_end("the older stream is closed").await?;
    same("close code", &code.number(), &CloseCode::Replaced.number())?;
    third.video().await?;
    probe.ask(Ask::delete(format!("/v1/worlds/{}", world.id))).await?.is_one_of(&[200, 204])?;
    let (events, code) = third.until_the_end("the stream of a deleted world is closed").await?;
    same("the last message", &events.last(), &Some(&Down::Ended { reason: EndReason::Deleted }))?;
    same("close code", &code.number(), &CloseCode::Done.number())?;
    third.ends().await
}

async fn another_carrier(probe: &mut Probe) -> Verdict {
    let (world, mut flow) = opened(probe).await?;
    let name = probe.name();
    let version = flow.direct(&name, 1).await?.state_version;
    let Some(token) = flow.hello.resume.clone() else { return super::verdict::skip("the hello has no token") };
    flow.break_off();
    let door = Door { headers: vec![("Seaglass-Resume".to_owned(), token.expose().to_owned())], ..Door::default() };
    for round in 0..2 {
        let mut flow = match round {
            0 => probe.open_by(world.id.as_str(), door.clone()).await?,
            _ => probe.listen(world.id.as_str(), door.clone()).await?,
        };
        same("hello.resumed", &flow.hello.resumed, &true)?;
        same("state version", &flow.hello.state_version, &version)?;
        ensure(flow.video().await?.envelope.keyframe, "a keyframe first", "none")?;
        let again = flow.direct(&name, 1).await?;
        same("status of a command sent again", &again.status, &AckStatus::Duplicate)?;
        flow.break_off();
    }
    Ok(())
}
