//! A broken stream is taken up again: the token, what stays, what is fresh, and that no command is applied twice (section 11).

use std::time::Duration;

use serde_json::json;

use super::case::{Case, Level::Must};
use super::facts::Need;
use super::flow::{Flow, Seen, command, direct};
use super::probe::{Ask, Door, Probe};
use super::verdict::{Verdict, ensure, fail, same, there};
use crate::wire::{AckStatus, CloseCode, Control, Down, ErrorCode, TierName, Token, Up, WorldInfo, WorldState};

/// The header that carries the token.
const RESUME: &str = "Seaglass-Resume";

/// The cases.
pub const CASES: &[Case] = &[
    Case {
        id: "reconn/1/1",
        level: Must,
        rows: "HO-19, HO-26",
        section: "11",
        says: "A stream that broke is resumed with its token: the hello says so, says the same token, and counts one stream more.",
        needs: &[Need::Resume],
        worlds: 1,
        play: |probe| Box::pin(resumed(probe)),
    },
    Case {
        id: "reconn/1/2",
        level: Must,
        rows: "HO-19, HO-27",
        section: "11",
        says: "A resumed stream begins a new epoch with a keyframe, flagged discontinuity, and sequences from 0.",
        needs: &[Need::Resume],
        worlds: 1,
        play: |probe| Box::pin(fresh_media(probe)),
    },
    Case {
        id: "reconn/1/3",
        level: Must,
        rows: "HO-19",
        section: "11",
        says: "The token stands in the query as well as in the header, and never in the place of a credential.",
        needs: &[Need::Resume],
        worlds: 1,
        play: |probe| Box::pin(in_the_query(probe)),
    },
    Case {
        id: "reconn/1/4",
        level: Must,
        rows: "HO-19",
        section: "11",
        says: "The newest holder's token opens a stream as often as its client tries.",
        needs: &[Need::Resume],
        worlds: 1,
        play: |probe| Box::pin(again_and_again(probe)),
    },
    Case {
        id: "reconn/2/1",
        level: Must,
        rows: "HO-8, HO-19",
        section: "11",
        says: "Tier and pin, sound, scene and state version stay through a resume.",
        needs: &[Need::Resume, Need::Tiers],
        worlds: 1,
        play: |probe| Box::pin(state_stays(probe)),
    },
    Case {
        id: "reconn/2/2",
        level: Must,
        rows: "HO-8, HO-19",
        section: "11",
        says: "A paused world is still paused after a resume, and runs on when it is told to.",
        needs: &[Need::Resume, Need::Pause],
        worlds: 1,
        play: |probe| Box::pin(pause_stays(probe)),
    },
    Case {
        id: "reconn/2/3",
        level: Must,
        rows: "HO-19, HO-28",
        section: "11",
        says: "A command without an acknowledgement, sent again after a resume, is applied once.",
        needs: &[Need::Resume],
        worlds: 1,
        play: |probe| Box::pin(unacknowledged(probe)),
    },
    Case {
        id: "reconn/2/4",
        level: Must,
        rows: "HO-14, HO-19",
        section: "6.3, 11",
        says: "Inputs are counted on through a resume: an older number is not echoed, a newer one is.",
        needs: &[Need::Resume],
        worlds: 1,
        play: |probe| Box::pin(inputs_count_on(probe)),
    },
    Case {
        id: "reconn/3/1",
        level: Must,
        rows: "HO-19, HO-28",
        section: "11",
        says: "Once another holder's stream took over, the older token is a 409 conflict, and that stream goes on.",
        needs: &[Need::Resume],
        worlds: 1,
        play: |probe| Box::pin(stale_holder(probe)),
    },
    Case {
        id: "reconn/3/2",
        level: Must,
        rows: "HO-19",
        section: "11",
        says: "A token that the world never gave out is a 409, where there is no world a 404, where it ended a 404 or 410.",
        needs: &[Need::Resume],
        worlds: 2,
        play: |probe| Box::pin(unknown_tokens(probe)),
    },
    Case {
        id: "reconn/4/1",
        level: Must,
        rows: "HO-19, HO-26",
        section: "11",
        says: "A half-open stream that the server takes for alive gives way to its resumption, and is closed with 4009.",
        needs: &[Need::Resume],
        worlds: 1,
        play: |probe| Box::pin(half_open(probe)),
    },
    Case {
        id: "reconn/4/2",
        level: Must,
        rows: "HO-28",
        section: "5",
        says: "A stream that was replaced is not heard any more: its late commands change nothing.",
        needs: &[],
        worlds: 1,
        play: |probe| Box::pin(late_commands(probe)),
    },
];

async fn opened(probe: &mut Probe) -> Verdict<(WorldInfo, Flow, Token)> {
    let world = probe.create(json!({ "limits": { "grace_s": 20 } })).await?;
    let mut flow = probe.open(&world).await?;
    flow.video().await?;
    let token = there(flow.hello.resume.clone(), "a server with capabilities.resume gives a token in the hello", "none")?;
    Ok((world, flow, token))
}

fn with(token: &Token) -> Door {
    Door { headers: vec![(RESUME.to_owned(), token.expose().to_owned())], ..Door::default() }
}

async fn resume(probe: &mut Probe, world: &WorldInfo, token: &Token) -> Verdict<Flow> {
    let flow = probe.open_by(world.id.as_str(), with(token)).await?;
    same("hello.resumed", &flow.hello.resumed, &true)?;
    Ok(flow)
}

async fn resumed(probe: &mut Probe) -> Verdict {
    let (world, flow, token) = opened(probe).await?;
    same("hello.resumed of a first stream", &flow.hello.resumed, &false)?;
    let before = flow.hello.stream;
    flow.break_off();
    let mut flow = resume(probe, &world, &token).await?;
    ensure(flow.hello.resume.as_ref() == Some(&token), "the same token", "another, or none")?;
    if before > 0 {
        same("hello.stream", &flow.hello.stream, &(before + 1))?;
    }
    flow.video().await.map(drop)
}

async fn fresh_media(probe: &mut Probe) -> Verdict {
    let (world, mut flow, token) = opened(probe).await?;
    let before = flow.video().await?.envelope;
    flow.break_off();
    let mut flow = resume(probe, &world, &token).await?;
    let first = flow.video().await?.envelope;
    ensure(
        first.keyframe && first.discontinuity,
        "a keyframe, flagged discontinuity",
        format!("keyframe {}, discontinuity {}", first.keyframe, first.discontinuity),
    )?;
    same("sequence", &first.sequence, &0)?;
    let later = first.epoch.wrapping_sub(before.epoch);
    ensure(later != 0 && later < 1 << 31, format!("an epoch after {}", before.epoch), first.epoch)?;
    same("epoch of the hello", &flow.hello.epoch, &first.epoch)
}

async fn in_the_query(probe: &mut Probe) -> Verdict {
    let (world, flow, token) = opened(probe).await?;
    flow.break_off();
    let door = Door { query: vec![("resume", token.expose().to_owned())], ..Door::default() };
    let mut flow = probe.open_by(world.id.as_str(), door.clone()).await?;
    same("hello.resumed", &flow.hello.resumed, &true)?;
    flow.video().await?;
    if probe.facts.keyed {
        let nobody = Door { who: super::probe::Who::Nobody, ..door };
        probe.knock(world.id.as_str(), nobody).await?.refuses(ErrorCode::Unauthorized)?;
    }
    flow.video().await.map(drop)
}

async fn again_and_again(probe: &mut Probe) -> Verdict {
    let (world, flow, token) = opened(probe).await?;
    flow.break_off();
    // As of a client whose first attempts broke before their hello arrived.
    for _ in 0..3 {
        probe.knock(world.id.as_str(), with(&token)).await?.is(101)?;
    }
    let mut flow = resume(probe, &world, &token).await?;
    flow.video().await?;
    flow.break_off();
    resume(probe, &world, &token).await?.video().await.map(drop)
}

async fn state_stays(probe: &mut Probe) -> Verdict {
    let (world, mut flow, token) = opened(probe).await?;
    let tiers = flow.hello.tiers.clone();
    let other = tiers.iter().find(|tier| tier.name != flow.hello.tier.name).map(|tier| tier.name.clone());
    let other: TierName = there(other, "another tier", "none is offered")?;
    let (quality, sound, rain) = (probe.name(), probe.name(), probe.name());
    flow.send(&Up::Quality { id: command(&quality)?, tier: other.clone(), pinned: true }).await?;
    same("status of quality", &flow.ack(&quality).await?.status, &AckStatus::Applied)?;
    let audio = crate::wire::AudioRequest { enabled: false, formats: vec![] };
    flow.send(&Up::Audio { id: command(&sound)?, audio }).await?;
    same("status of audio", &flow.ack(&sound).await?.status, &AckStatus::Applied)?;
    let version = flow.direct(&rain, 1).await?.state_version;
    flow.break_off();
    let mut flow = resume(probe, &world, &token).await?;
    same("tier", &flow.hello.tier.name, &other)?;
    same("pinned", &flow.hello.pinned, &true)?;
    same("audio.enabled", &flow.hello.audio.enabled, &false)?;
    same("state version", &flow.hello.state_version, &version)?;
    // What the hello says is one thing, and what the world does with it another.
    let seen = flow.watch(Duration::from_millis(500)).await?;
    for seen in &seen {
        if let Seen::Event(Down::Quality { tier, reason, pinned }) = seen {
            ensure(tier.name == other && *pinned, "a pinned tier stays", format!("{} came: {reason}", tier.name.as_str()))?;
        }
    }
    let sound = seen.iter().filter(|seen| matches!(seen, Seen::Unit(unit) if !unit.is_video())).count();
    same("audio units", &sound, &0)?;
    let shown = probe.ask(Ask::get(format!("/v1/worlds/{}", world.id))).await?.world()?;
    same("tier that GET shows", &shown.tier, &Some(other))
}

async fn pause_stays(probe: &mut Probe) -> Verdict {
    let (world, mut flow, token) = opened(probe).await?;
    let (stop, go) = (probe.name(), probe.name());
    flow.send(&Up::Pause { id: command(&stop)? }).await?;
    same("status", &flow.ack(&stop).await?.status, &AckStatus::Applied)?;
    flow.break_off();
    let mut flow = resume(probe, &world, &token).await?;
    same("state", &flow.hello.state, &WorldState::Paused)?;
    let seen = flow.watch(Duration::from_millis(400)).await?;
    let media = seen.iter().filter(|seen| matches!(seen, Seen::Unit(_))).count();
    same("units while paused", &media, &0)?;
    flow.send(&Up::Resume { id: command(&go)? }).await?;
    let first = flow.video().await?.envelope;
    ensure(first.keyframe, "the first picture is a keyframe", "it is not")
}

async fn unacknowledged(probe: &mut Probe) -> Verdict {
    let (world, mut flow, token) = opened(probe).await?;
    let before = flow.hello.state_version;
    let names: Vec<String> = (0..3).map(|_| probe.name()).collect();
    // The first is acknowledged, of the others nobody hears: whether they arrived is what a client cannot know.
    flow.direct(&names[0], 1).await?;
    for (number, name) in names.iter().enumerate().skip(1) {
        flow.send(&direct(name, number as u32 + 1)?).await?;
    }
    flow.break_off();
    let mut flow = resume(probe, &world, &token).await?;
    let mut version = 0;
    for (number, name) in names.iter().enumerate() {
        let ack = flow.direct(name, number as u32 + 1).await?;
        let known = matches!(ack.status, AckStatus::Applied | AckStatus::Duplicate);
        ensure(
            known && (number > 0 || ack.status == AckStatus::Duplicate),
            "applied, or a duplicate",
            format!("{:?}", ack.status),
        )?;
        ensure(ack.state_version > version, "commands in order", format!("version {} after {version}", ack.state_version))?;
        version = ack.state_version;
    }
    let shown = probe.ask(Ask::get(format!("/v1/worlds/{}", world.id))).await?.world()?;
    // The hello may have come before the world ran, which is a change of its own.
    let changes = shown.state_version - before;
    ensure((3..=4).contains(&changes), "each command changed the world once", format!("{changes} changes by 3 commands"))?;
    same("state version", &shown.state_version, &version)
}

async fn inputs_count_on(probe: &mut Probe) -> Verdict {
    let (world, mut flow, token) = opened(probe).await?;
    let hands = |input: u32| Up::Control(Control { input, issued_us: u64::from(input) + 5, ..Control::default() });
    flow.send(&hands(10)).await?;
    let shows = |input: u32| {
        move |unit: &super::flow::Unit| (unit.envelope.input.is_some_and(|(number, _)| number == input)).then_some(())
    };
    flow.unit("input 10 is echoed", shows(10)).await?;
    flow.break_off();
    let mut flow = resume(probe, &world, &token).await?;
    // Older than what the world has seen of this holder.
    flow.send(&hands(4)).await?;
    flow.settle(1).await?;
    flow.send(&hands(11)).await?;
    let seen = flow
        .unit("input 11 is echoed", |unit| {
            unit.envelope.input.map(|(number, _)| number).filter(|number| [4, 11].contains(number))
        })
        .await?;
    same("the newest input", &seen, &11)
}

async fn stale_holder(probe: &mut Probe) -> Verdict {
    let (world, flow, token) = opened(probe).await?;
    let mut other = probe.open(&world).await?;
    same("hello.resumed of a stream without a token", &other.hello.resumed, &false)?;
    ensure(other.hello.resume.as_ref() != Some(&token), "another holder has another token", "it has the same")?;
    drop(flow);
    probe.knock(world.id.as_str(), with(&token)).await?.refuses(ErrorCode::Conflict)?;
    other.video().await?;
    other.watch(Duration::from_millis(300)).await.map(drop)
}

async fn unknown_tokens(probe: &mut Probe) -> Verdict {
    let (world, mut flow, token) = opened(probe).await?;
    let unknown = Door { headers: vec![(RESUME.to_owned(), "never-given-out-0123456789".to_owned())], ..Door::default() };
    probe.knock(world.id.as_str(), unknown).await?.refuses(ErrorCode::Conflict)?;
    // Another world's token is as unknown here.
    let (other, _, _) = opened(probe).await?;
    probe.knock(other.id.as_str(), with(&token)).await?.refuses(ErrorCode::Conflict)?;
    probe.knock("w_never_made", with(&token)).await?.refuses(ErrorCode::NotFound)?;
    flow.video().await?;
    probe.ask(Ask::delete(format!("/v1/worlds/{}", world.id))).await?.is_one_of(&[200, 204])?;
    let late = probe.knock(world.id.as_str(), with(&token)).await?;
    late.is_one_of(&[404, 410])?;
    late.error().map(drop)
}

async fn half_open(probe: &mut Probe) -> Verdict {
    let (world, mut old, token) = opened(probe).await?;
    // The old connection stands, and nobody reads it.
    let mut flow = resume(probe, &world, &token).await?;
    flow.video().await?;
    let (_, code) = old.until_the_end("the half-open stream is closed").await?;
    same("close code", &code.number(), &CloseCode::Replaced.number())?;
    flow.watch(Duration::from_millis(300)).await.map(drop)
}

async fn late_commands(probe: &mut Probe) -> Verdict {
    let world = probe.create(json!({ "audio": { "enabled": false } })).await?;
    let mut old = probe.open(&world).await?;
    old.video().await?;
    let mut flow = probe.open(&world).await?;
    flow.video().await?;
    let before = probe.ask(Ask::get(format!("/v1/worlds/{}", world.id))).await?.world()?.state_version;
    let name = probe.name();
    // Its close may have come already: then there is nobody to say it to, which is as well.
    let _ = old.send(&direct(&name, 1)?).await;
    let _ = old.send(&Up::Control(Control { input: 77, issued_us: 1, ..Control::default() })).await;
    flow.settle(3).await?;
    let seen = flow.watch(Duration::from_millis(400)).await?;
    for seen in &seen {
        if let Seen::Unit(unit) = seen
            && let Some((input, _)) = unit.envelope.input
        {
            return fail("no input of the replaced stream is echoed", format!("input {input}"));
        }
    }
    let after = probe.ask(Ask::get(format!("/v1/worlds/{}", world.id))).await?.world()?.state_version;
    same("state version", &after, &before)?;
    // The name is still free: the command was dropped, not dealt with.
    same("status on the stream in force", &flow.direct(&name, 1).await?.status, &AckStatus::Applied)
}
