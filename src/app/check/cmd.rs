//! Commands: acknowledged in time, in order, applied once on whichever path they come, refused with a reason (section 6).

use std::time::Duration;

use serde_json::{Value, json};

use super::case::{Case, Level::Must};
use super::facts::Need;
use super::flow::{Ack, Flow, command, direct};
use super::probe::{Ask, Probe};
use super::verdict::{Verdict, ensure, fail, same};
use crate::wire::{AckStatus, Control, Direction, Down, ErrorCode, MAX_PROMPT_CHARS, Up, WorldInfo};

/// Longest time until an acknowledgement; a round trip around the globe is a third of a second.
const SOON: Duration = Duration::from_secs(3);

/// The cases.
pub const CASES: &[Case] = &[
    Case {
        id: "cmd/1/1",
        level: Must,
        rows: "HO-2, HO-4",
        section: "6",
        says: "Commands on the stream are acknowledged by their ids, within 3 s.",
        needs: &[],
        worlds: 1,
        play: |probe| Box::pin(acknowledged(probe)),
    },
    Case {
        id: "cmd/1/2",
        level: Must,
        rows: "HO-2, HO-4",
        section: "4, 6",
        says: "Commands by POST are answered with their acknowledgement, with a stream and without one.",
        needs: &[],
        worlds: 1,
        play: |probe| Box::pin(by_post(probe)),
    },
    Case {
        id: "cmd/1/3",
        level: Must,
        rows: "HO-10, HO-28",
        section: "6",
        says: "Commands that come together are dealt with in order, and the state version rises by one with each.",
        needs: &[],
        worlds: 1,
        play: |probe| Box::pin(in_order(probe)),
    },
    Case {
        id: "cmd/2/1",
        level: Must,
        rows: "HO-28, AM-2",
        section: "6",
        says: "A command that comes twice on the stream is applied once, and its second acknowledgement is a duplicate of the first.",
        needs: &[],
        worlds: 1,
        play: |probe| Box::pin(twice_on_the_stream(probe)),
    },
    Case {
        id: "cmd/2/2",
        level: Must,
        rows: "HO-28, AM-2",
        section: "6",
        says: "A command that comes twice by POST is applied once.",
        needs: &[],
        worlds: 1,
        play: |probe| Box::pin(twice_by_post(probe)),
    },
    Case {
        id: "cmd/2/3",
        level: Must,
        rows: "HO-28, AM-2",
        section: "6",
        says: "A command that comes on the stream and by POST, in either order, is applied once.",
        needs: &[],
        worlds: 1,
        play: |probe| Box::pin(on_both_paths(probe)),
    },
    Case {
        id: "cmd/2/4",
        level: Must,
        rows: "HO-19, HO-28",
        section: "6",
        says: "A command that is sent again on a later stream is applied once.",
        needs: &[],
        worlds: 1,
        play: |probe| Box::pin(on_a_later_stream(probe)),
    },
    Case {
        id: "cmd/2/5",
        level: Must,
        rows: "HO-28",
        section: "6",
        says: "The same command sent many times at once, on both paths, is applied once.",
        needs: &[],
        worlds: 1,
        play: |probe| Box::pin(many_times_at_once(probe)),
    },
    Case {
        id: "cmd/3/1",
        level: Must,
        rows: "HO-2",
        section: "6, 13",
        says: "Commands with ids outside the bounds are refused and not applied.",
        needs: &[],
        worlds: 1,
        play: |probe| Box::pin(bad_ids(probe)),
    },
    Case {
        id: "cmd/3/2",
        level: Must,
        rows: "HO-2, X-12",
        section: "6, 13",
        says: "A command outside its bounds is refused, on the edge it is not, and a refusal uses up no id.",
        needs: &[],
        worlds: 1,
        play: |probe| Box::pin(bounds(probe)),
    },
    Case {
        id: "cmd/3/3",
        level: Must,
        rows: "X-6, HO-29",
        section: "1, 10",
        says: "A message of an unknown type is answered with the error not_supported, and the stream goes on.",
        needs: &[],
        worlds: 1,
        play: |probe| Box::pin(unknown_type(probe)),
    },
    Case {
        id: "cmd/3/4",
        level: Must,
        rows: "HO-2, X-6",
        section: "6.1",
        says: "An unknown action is not_understood and changes nothing, unless there are words beside it.",
        needs: &[Need::Structured],
        worlds: 1,
        play: |probe| Box::pin(unknown_action(probe)),
    },
    Case {
        id: "cmd/3/5",
        level: Must,
        rows: "HO-2",
        section: "6",
        says: "By POST a command that does not fit is a 400, and one for another path as well.",
        needs: &[],
        worlds: 1,
        play: |probe| Box::pin(bad_posts(probe)),
    },
    Case {
        id: "cmd/4/1",
        level: Must,
        rows: "HO-14",
        section: "6.3, 8",
        says: "A control reaches a picture: its number and its stamp come back untouched, and never an older one after a newer.",
        needs: &[],
        worlds: 1,
        play: |probe| Box::pin(control_is_echoed(probe)),
    },
    Case {
        id: "cmd/4/2",
        level: Must,
        rows: "HO-8, HO-14",
        section: "6.3, 8",
        says: "A direction reaches a picture: its input number comes back with the state version of its acknowledgement.",
        needs: &[],
        worlds: 1,
        play: |probe| Box::pin(direction_is_echoed(probe)),
    },
    Case {
        id: "cmd/5/1",
        level: Must,
        rows: "HO-26",
        section: "7",
        says: "A ping is answered by a pong with its stamp, and the server's clock in it never runs back.",
        needs: &[],
        worlds: 1,
        play: |probe| Box::pin(pings(probe)),
    },
];

async fn opened(probe: &mut Probe) -> Verdict<(WorldInfo, Flow)> {
    let world = probe.create(json!({ "audio": { "enabled": false } })).await?;
    let mut flow = probe.open(&world).await?;
    flow.video().await?;
    Ok((world, flow))
}

/// Sends a direction by POST.
async fn post(probe: &mut Probe, world: &WorldInfo, name: &str) -> Verdict<Ack> {
    let body = json!({ "id": name, "text": "let it rain" });
    let answer = probe.ask(Ask::post(format!("/v1/worlds/{}/direct", world.id), &body)).await?;
    answer.is(200)?;
    match serde_json::from_value::<Down>(answer.json()?) {
        Ok(Down::Ack { id, status, message, state_version, input }) => {
            same("id", &id.as_str(), &name)?;
            Ok(Ack { status, message, state_version, input })
        }
        other => fail("the body of a POST's answer is an ack", format!("{other:?}")),
    }
}

async fn version(probe: &mut Probe, world: &WorldInfo) -> Verdict<u32> {
    Ok(probe.ask(Ask::get(format!("/v1/worlds/{}", world.id))).await?.world()?.state_version)
}

/// Fails unless the second acknowledgement repeats the first, and the world has changed once.
async fn once(probe: &mut Probe, world: &WorldInfo, first: &Ack, second: &Ack) -> Verdict {
    same("status the first time", &first.status, &AckStatus::Applied)?;
    same("status the second time", &second.status, &AckStatus::Duplicate)?;
    same("message the second time", &second.message, &first.message)?;
    same("state version the second time", &second.state_version, &first.state_version)?;
    same("state version of the world", &version(probe, world).await?, &first.state_version)
}

async fn acknowledged(probe: &mut Probe) -> Verdict {
    let (_, mut flow) = opened(probe).await?;
    let tier = flow.hello.tier.name.clone();
    let names: Vec<String> = (0..3).map(|_| probe.name()).collect();
    let commands = [
        direct(&names[0], 1)?,
        Up::Wander { id: command(&names[1])?, prompt: "a quiet coast".to_owned(), input: 2, issued_us: 9 },
        Up::Quality { id: command(&names[2])?, tier, pinned: false },
    ];
    for (name, message) in names.iter().zip(&commands) {
        let began = probe.target.clock.now();
        flow.send(message).await?;
        let ack = flow.ack(name).await?;
        let took = probe.target.clock.now().since(began);
        same(&format!("status of {}", message.kind()), &ack.status, &AckStatus::Applied)?;
        ensure(took < SOON, format!("{} is acknowledged within {SOON:?}", message.kind()), format!("after {took:.1?}"))?;
    }
    Ok(())
}

async fn by_post(probe: &mut Probe) -> Verdict {
    let world = probe.create(json!({ "audio": { "enabled": false } })).await?;
    let name = probe.name();
    same("status without a stream", &post(probe, &world, &name).await?.status, &AckStatus::Applied)?;
    let mut flow = probe.open(&world).await?;
    flow.video().await?;
    let name = probe.name();
    same("status beside a stream", &post(probe, &world, &name).await?.status, &AckStatus::Applied)?;
    let body = json!({ "id": probe.name(), "prompt": "a quiet coast" });
    let answer = probe.ask(Ask::post(format!("/v1/worlds/{}/wander", world.id), &body)).await?;
    answer.is(200)?;
    let ack = answer.json()?;
    same("type", &ack["type"], &json!("ack"))?;
    same("id", &ack["id"], &body["id"])?;
    same("status of wander", &ack["status"], &json!("applied"))
}

async fn in_order(probe: &mut Probe) -> Verdict {
    const COMMANDS: u32 = 24;
    let (_, mut flow) = opened(probe).await?;
    let names: Vec<String> = (0..COMMANDS).map(|_| probe.name()).collect();
    for (number, name) in names.iter().enumerate() {
        flow.send(&direct(name, number as u32 + 1)?).await?;
    }
    let mut last: Option<u32> = None;
    for name in &names {
        // The first acknowledgement that comes must be the one that is due.
        let (found, ack) = flow
            .event("every command is acknowledged", |event| match event {
                Down::Ack { id, status, message, state_version, input } => {
                    Some((id, Ack { status, message, state_version, input }))
                }
                _ => None,
            })
            .await?;
        same("acknowledged next", &found.as_str(), &name.as_str())?;
        same("status", &ack.status, &AckStatus::Applied)?;
        if let Some(last) = last {
            same("state version", &ack.state_version, &(last + 1))?;
        }
        last = Some(ack.state_version);
    }
    Ok(())
}

async fn twice_on_the_stream(probe: &mut Probe) -> Verdict {
    let (world, mut flow) = opened(probe).await?;
    let name = probe.name();
    let (first, second) = (flow.direct(&name, 1).await?, flow.direct(&name, 1).await?);
    once(probe, &world, &first, &second).await
}

async fn twice_by_post(probe: &mut Probe) -> Verdict {
    let (world, _flow) = opened(probe).await?;
    let name = probe.name();
    let (first, second) = (post(probe, &world, &name).await?, post(probe, &world, &name).await?);
    once(probe, &world, &first, &second).await
}

async fn on_both_paths(probe: &mut Probe) -> Verdict {
    let (world, mut flow) = opened(probe).await?;
    let name = probe.name();
    let (first, second) = (flow.direct(&name, 1).await?, post(probe, &world, &name).await?);
    once(probe, &world, &first, &second).await?;
    let name = probe.name();
    let (first, second) = (post(probe, &world, &name).await?, flow.direct(&name, 2).await?);
    once(probe, &world, &first, &second).await
}

async fn on_a_later_stream(probe: &mut Probe) -> Verdict {
    let (world, mut flow) = opened(probe).await?;
    let name = probe.name();
    let first = flow.direct(&name, 1).await?;
    flow.break_off();
    let mut flow = probe.open(&world).await?;
    let second = flow.direct(&name, 1).await?;
    once(probe, &world, &first, &second).await
}

async fn many_times_at_once(probe: &mut Probe) -> Verdict {
    const TIMES: usize = 6;
    let (world, mut flow) = opened(probe).await?;
    let before = version(probe, &world).await?;
    let name = probe.name();
    for _ in 0..TIMES {
        flow.send(&direct(&name, 1)?).await?;
    }
    let mut others: Vec<Probe> = (0..TIMES).map(|_| probe.twin()).collect();
    let posts = others.iter_mut().map(|other| post(other, &world, &name));
    let mut statuses: Vec<AckStatus> = Vec::new();
    for ack in futures_util::future::join_all(posts).await {
        statuses.push(ack?.status);
    }
    for _ in 0..TIMES {
        statuses.push(flow.ack(&name).await?.status);
    }
    let applied = statuses.iter().filter(|status| **status == AckStatus::Applied).count();
    let duplicates = statuses.iter().filter(|status| **status == AckStatus::Duplicate).count();
    same("applied and duplicate", &(applied, duplicates), &(1, 2 * TIMES - 1))?;
    same("state version of the world", &version(probe, &world).await?, &(before + 1))
}

/// Says a text that is no command, and waits until it is refused: by an error, or by an ack that rejects.
async fn refused(flow: &mut Flow, text: &str) -> Verdict {
    flow.say(text).await?;
    let short: String = text.chars().take(80).collect();
    let what = format!("{short} is refused by an error or a rejecting ack");
    let status = flow
        .event(&what, |event| match event {
            Down::Error(error) => Some(Err(error.code)),
            Down::Ack { status, .. } => Some(Ok(status)),
            _ => None,
        })
        .await?;
    match status {
        Ok(status) => same(&what, &status, &AckStatus::Rejected),
        Err(code) => ensure(code == "invalid_request" || code == "too_large", what, code),
    }
}

async fn bad_ids(probe: &mut Probe) -> Verdict {
    let (world, mut flow) = opened(probe).await?;
    let before = version(probe, &world).await?;
    for id in [json!("no spaces"), json!(""), json!("x".repeat(33)), json!("ö"), json!(7), Value::Null, json!("a/b")] {
        refused(&mut flow, &json!({ "type": "direct", "id": id, "text": "rain" }).to_string()).await?;
    }
    refused(&mut flow, r#"{"type":"direct","text":"rain"}"#).await?;
    same("state version", &version(probe, &world).await?, &before)?;
    // The edge itself.
    let longest = format!("{}{}", probe.name(), "_".repeat(32));
    same("an id of 32 characters", &flow.direct(&longest[..32], 1).await?.status, &AckStatus::Applied)
}

async fn bounds(probe: &mut Probe) -> Verdict {
    let (world, mut flow) = opened(probe).await?;
    let before = version(probe, &world).await?;
    let name = probe.name();
    let long = "海".repeat(MAX_PROMPT_CHARS + 1);
    for wrong in [
        json!({ "type": "direct", "id": name, "text": long }),
        json!({ "type": "direct", "id": name, "text": "" }),
        json!({ "type": "direct", "id": name }),
        json!({ "type": "direct", "id": name, "text": 5 }),
        json!({ "type": "direct", "id": name, "action": { "do": "weather", "kind": "rain", "intensity": 2 } }),
        json!({ "type": "direct", "id": name, "action": { "do": "spawn", "what": "tree", "count": 65 } }),
        json!({ "type": "wander", "id": name, "prompt": long }),
        json!({ "type": "quality", "id": name, "tier": 1 }),
        json!({ "type": "control", "input": 1, "issued_us": 1, "keys": vec!["forward"; 17] }),
        json!({ "type": "control", "input": 1, "issued_us": 1, "axes": { "walk": 1.5 } }),
    ] {
        refused(&mut flow, &wrong.to_string()).await?;
    }
    same("state version", &version(probe, &world).await?, &before)?;
    let edge = json!({ "type": "direct", "id": name, "text": format!("rain {}", "海".repeat(MAX_PROMPT_CHARS - 5)) });
    flow.say(&edge.to_string()).await?;
    same("a text of 2000 characters, with an id that was refused", &flow.ack(&name).await?.status, &AckStatus::Applied)
}

async fn unknown_type(probe: &mut Probe) -> Verdict {
    let (_, mut flow) = opened(probe).await?;
    flow.say(r#"{"type":"x-juggle","balls":3,"deep":{"er":[null]}}"#).await?;
    let code = flow.event("an error", |event| if let Down::Error(body) = event { Some(body.code) } else { None }).await?;
    same("code", &code.as_str(), &ErrorCode::NotSupported.name())?;
    let name = probe.name();
    same("the next command", &flow.direct(&name, 1).await?.status, &AckStatus::Applied)
}

async fn unknown_action(probe: &mut Probe) -> Verdict {
    // The calibration world takes any command: it shows the number of the input and nothing else.
    let prompt = format!("{} coast", probe.target.marker);
    let world = probe.create(json!({ "world": null, "prompt": prompt, "audio": { "enabled": false } })).await?;
    let mut flow = probe.open(&world).await?;
    flow.video().await?;
    let before = version(probe, &world).await?;
    let mut members = serde_json::Map::new();
    members.insert("do".to_owned(), json!("x-dance"));
    let action = Some(Direction::Other(members));
    let name = probe.name();
    flow.send(&Up::Direct { id: command(&name)?, text: None, action: action.clone(), input: 1, issued_us: 1 }).await?;
    same("an unknown action alone", &flow.ack(&name).await?.status, &AckStatus::NotUnderstood)?;
    same("state version", &version(probe, &world).await?, &before)?;
    let (name, text) = (probe.name(), Some("let it rain".to_owned()));
    flow.send(&Up::Direct { id: command(&name)?, text, action, input: 2, issued_us: 2 }).await?;
    same("with words beside it", &flow.ack(&name).await?.status, &AckStatus::Applied)
}

async fn bad_posts(probe: &mut Probe) -> Verdict {
    let world = probe.create(json!({ "audio": { "enabled": false } })).await?;
    let name = probe.name();
    for (verb, body) in [
        ("direct", json!({ "id": name })),
        ("direct", json!({ "id": "no spaces", "text": "rain" })),
        ("direct", json!({ "text": "rain" })),
        ("direct", json!({ "type": "pause", "id": name })),
        ("direct", json!({ "type": "wander", "id": name, "prompt": "coast" })),
        ("wander", json!({ "id": name, "text": "rain" })),
        ("wander", json!({ "type": "direct", "id": name, "text": "rain" })),
    ] {
        let answer = probe.ask(Ask::post(format!("/v1/worlds/{}/{verb}", world.id), &body)).await?;
        answer.refuses(ErrorCode::InvalidRequest)?;
    }
    same("the id is still free", &post(probe, &world, &name).await?.status, &AckStatus::Applied)
}

async fn control_is_echoed(probe: &mut Probe) -> Verdict {
    let (_, mut flow) = opened(probe).await?;
    let mut newest = 0;
    for input in 1..=5_u32 {
        let issued_us = (1 << 52) + u64::from(input) * 1_000_003;
        flow.send(&Up::Control(Control { input, issued_us, ..Control::default() })).await?;
        let what = format!("input {input} is echoed in a picture");
        let found = flow
            .unit(&what, |unit| {
                let (number, stamp) = unit.envelope.input.filter(|_| unit.is_video())?;
                let back = number < newest;
                newest = newest.max(number);
                (back || number >= input).then_some((number, stamp))
            })
            .await?;
        same(&what, &found, &(input, issued_us))?;
    }
    Ok(())
}

async fn direction_is_echoed(probe: &mut Probe) -> Verdict {
    let (_, mut flow) = opened(probe).await?;
    for input in 1..=3 {
        let name = probe.name();
        flow.send(&direct(&name, input)?).await?;
        let (mut ack, mut shown) = (None, None);
        flow.find("a direction is acknowledged and echoed", |seen| {
            match seen {
                super::flow::Seen::Event(Down::Ack { id, state_version, input, .. }) if id.as_str() == name => {
                    ack = Some((state_version, input));
                }
                super::flow::Seen::Unit(unit) if unit.envelope.input.is_some_and(|(number, _)| number == input) => {
                    shown = shown.or(Some((unit.envelope.state_version, unit.envelope.input)));
                }
                _ => {}
            }
            Ok(ack.zip(shown).map(drop))
        })
        .await?;
        let (Some((version, acked)), Some((shown, echo))) = (ack, shown) else { return fail("both", "neither") };
        same("input of the ack", &acked, &Some(input))?;
        same("echo", &echo, &Some((input, u64::from(input) * 1000 + 7)))?;
        same("state version of the picture", &shown, &version)?;
    }
    Ok(())
}

async fn pings(probe: &mut Probe) -> Verdict {
    let (_, mut flow) = opened(probe).await?;
    let mut last = 0;
    for issued_us in [0, 1, u64::MAX, 1 << 53, 42] {
        flow.send(&Up::Ping { issued_us }).await?;
        let (found, server_us) = flow
            .event("a pong", |event| match event {
                Down::Pong { issued_us, server_us } => Some((issued_us, server_us)),
                _ => None,
            })
            .await?;
        same("issued_us", &found, &issued_us)?;
        ensure(server_us >= last, format!("server_us from {last} on"), server_us)?;
        last = server_us;
    }
    Ok(())
}
