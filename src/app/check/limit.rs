//! Limits: asked for at create, told in the hello, warned of, kept, and told apart at the end (section 9.1).

use std::time::Duration;

use serde_json::json;

use super::case::{Case, Level::Must};
use super::facts::Need;
use super::flow::{Flow, Seen, direct};
use super::probe::{Ask, Door, Probe};
use super::verdict::{Verdict, ensure, fail, same, there};
use crate::media::Monotonic;
use crate::wire::{CloseCode, Control, Down, EndReason, ErrorCode, Feedback, LimitKind, Up, WorldInfo};

/// How much earlier than asked for a limit may be reached, in seconds: a server counts from when the world first ran.
const EARLY: f64 = 0.3;

/// How much later, in seconds, on a machine with better things to do.
const LATE: f64 = 4.0;

/// The cases.
pub const CASES: &[Case] = &[
    Case {
        id: "limit/1/1",
        level: Must,
        rows: "HO-21",
        section: "9.1",
        says: "The longest session ends a world when it is reached: ended: limit, close 4011, and GET says the same.",
        needs: &[Need::SessionLimit],
        worlds: 1,
        play: |probe| Box::pin(session(probe)),
    },
    Case {
        id: "limit/1/2",
        level: Must,
        rows: "HO-21, HO-29",
        section: "9.1",
        says: "The end of the longest session is warned of when four fifths of it have passed.",
        needs: &[Need::SessionLimit],
        worlds: 1,
        play: |probe| Box::pin(session_warning(probe)),
    },
    Case {
        id: "limit/1/3",
        level: Must,
        rows: "HO-21",
        section: "7, 9.1",
        says: "Ticks tell the seconds used, which rise, and with a longest session the seconds left, which fall.",
        needs: &[Need::SessionLimit],
        worlds: 1,
        play: |probe| Box::pin(ticks(probe)),
    },
    Case {
        id: "limit/2/1",
        level: Must,
        rows: "HO-22",
        section: "9.1",
        says: "A world without user commands ends: warned, ended: idle, close 4010; media, pings and feedback do not count.",
        needs: &[Need::IdleLimit],
        worlds: 1,
        play: |probe| Box::pin(idle(probe)),
    },
    Case {
        id: "limit/2/2",
        level: Must,
        rows: "HO-22",
        section: "9.1",
        says: "User commands on any path begin the idle time anew: hands, directions, and directions by POST.",
        needs: &[Need::IdleLimit],
        worlds: 1,
        play: |probe| Box::pin(stays_awake(probe)),
    },
    Case {
        id: "limit/3/1",
        level: Must,
        rows: "HO-21, HO-22",
        section: "7.1, 9.1",
        says: "The hello says the limits in force, none longer than what was asked for.",
        needs: &[],
        worlds: 1,
        play: |probe| Box::pin(in_force(probe)),
    },
    Case {
        id: "limit/3/2",
        level: Must,
        rows: "HO-21",
        section: "9.1",
        says: "A longest session is counted in real time: leaving does not stop it.",
        needs: &[Need::SessionLimit],
        worlds: 1,
        play: |probe| Box::pin(counts_without_a_stream(probe)),
    },
];

/// A world with limits, its stream, and when its first picture came.
async fn limited(probe: &mut Probe, limits: serde_json::Value) -> Verdict<(WorldInfo, Flow, Monotonic)> {
    let world = probe.create(json!({ "limits": limits, "audio": { "enabled": false } })).await?;
    let mut flow = probe.open(&world).await?;
    flow.video().await?;
    Ok((world, flow, probe.target.clock.now()))
}

async fn end(probe: &Probe, flow: &mut Flow, began: Monotonic, what: &str) -> Verdict<(Vec<Down>, CloseCode, f64)> {
    let (events, code) = flow.until_the_end(what).await?;
    Ok((events, code, probe.target.clock.now().since(began).as_secs_f64()))
}

fn on_time(what: &str, took: f64, asked: f64) -> Verdict {
    ensure((asked - EARLY..asked + LATE).contains(&took), format!("{what} after {asked} s"), format!("after {took:.2} s"))
}

async fn session(probe: &mut Probe) -> Verdict {
    const LONGEST: f64 = 2.0;
    let (world, mut flow, began) = limited(probe, json!({ "session_s": LONGEST })).await?;
    let (events, code, took) = end(probe, &mut flow, began, "the stream is closed at the longest session").await?;
    same("the last message", &events.last(), &Some(&Down::Ended { reason: EndReason::Limit }))?;
    same("close code", &code.number(), &CloseCode::Limit.number())?;
    on_time("the end", took, LONGEST)?;
    over(probe, &world, EndReason::Limit).await
}

/// GET says why the world ended, where the server remembers it, and it takes nothing any more.
async fn over(probe: &mut Probe, world: &WorldInfo, reason: EndReason) -> Verdict {
    let shown = probe.ask(Ask::get(format!("/v1/worlds/{}", world.id))).await?;
    if shown.status == 200 {
        same("ended", &shown.world()?.ended, &Some(reason))?;
        probe.knock(world.id.as_str(), Door::default()).await?.refuses(ErrorCode::WorldEnded)?;
        return Ok(());
    }
    shown.is_one_of(&[404, 410])
}

async fn session_warning(probe: &mut Probe) -> Verdict {
    const LONGEST: f64 = 3.0;
    let (_, mut flow, began) = limited(probe, json!({ "session_s": LONGEST })).await?;
    let left = flow
        .event("a warning of the longest session", |event| match event {
            Down::Warning { limit: LimitKind::Session, seconds_left, .. } => Some(seconds_left),
            _ => None,
        })
        .await?;
    let took = probe.target.clock.now().since(began).as_secs_f64();
    on_time("the warning", took, LONGEST * 0.8)?;
    ensure((0.0..=LONGEST * 0.25).contains(&left), "a fifth of the session is left", format!("{left} s of {LONGEST} s"))?;
    let (events, _) = flow.until_the_end("the end that was warned of").await?;
    let again = events.iter().filter(|event| matches!(event, Down::Warning { limit: LimitKind::Session, .. })).count();
    same("further warnings", &again, &0)
}

async fn ticks(probe: &mut Probe) -> Verdict {
    let (_, mut flow, _) = limited(probe, json!({ "session_s": 30 })).await?;
    let mut last: Option<(f64, f64)> = None;
    for _ in 0..3 {
        let (used, left) = flow
            .event("a tick every second or so", |event| match event {
                Down::Tick { seconds_used, seconds_left, .. } => Some((seconds_used, seconds_left)),
                _ => None,
            })
            .await?;
        let left = there(left, "tick.seconds_left with a longest session", "none")?;
        if let Some((before, more)) = last {
            ensure(used > before, format!("seconds_used above {before}"), used)?;
            ensure(left < more, format!("seconds_left below {more}"), left)?;
        }
        ensure((0.0..=30.0).contains(&left), "seconds_left of 0 to 30", left)?;
        last = Some((used, left));
    }
    Ok(())
}

async fn idle(probe: &mut Probe) -> Verdict {
    const IDLE: f64 = 2.0;
    let (world, mut flow, began) = limited(probe, json!({ "idle_s": IDLE })).await?;
    let mut warned = false;
    let mut ended = None;
    let mut rounds = 0_u64;
    let code = loop {
        // None of these is a user command.
        rounds += 1;
        let sent = [Up::Ping { issued_us: rounds }, Up::Feedback(Feedback::default()), Up::Keyframe {}];
        for message in &sent {
            // The close may be on its way; what came before it is read below.
            let _ = flow.send(message).await;
        }
        let round = flow
            .find("idle time ends the world", |seen| {
                match seen {
                    Seen::Event(Down::Warning { limit: LimitKind::Idle, .. }) => warned = true,
                    Seen::Event(Down::Ended { reason }) => ended = Some(reason),
                    Seen::Closed(code) => return Ok(Some(Some(code))),
                    Seen::Event(Down::Pong { issued_us, .. }) if issued_us == rounds => return Ok(Some(None)),
                    _ => {}
                }
                Ok(None)
            })
            .await?;
        if let Some(code) = round {
            break code;
        }
        if probe.target.clock.now().since(began).as_secs_f64() > IDLE + LATE {
            return fail(format!("the world ends after {IDLE} s without a user command"), "it lives on");
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    };
    let took = probe.target.clock.now().since(began).as_secs_f64();
    same("ended", &ended, &Some(EndReason::Idle))?;
    same("close code", &code.number(), &CloseCode::Idle.number())?;
    on_time("the end", took, IDLE)?;
    ensure(warned, "a warning of the idle time before its end", "none")?;
    over(probe, &world, EndReason::Idle).await
}

async fn stays_awake(probe: &mut Probe) -> Verdict {
    const IDLE: f64 = 1.6;
    let (world, mut flow, began) = limited(probe, json!({ "idle_s": IDLE })).await?;
    let mut round = 0;
    while probe.target.clock.now().since(began).as_secs_f64() < IDLE * 2.5 {
        round += 1;
        let name = probe.name();
        match round % 3 {
            0 => flow.send(&Up::Control(Control { input: round, issued_us: 1, ..Control::default() })).await?,
            1 => flow.send(&direct(&name, round)?).await?,
            _ => {
                let body = json!({ "id": name, "text": "rain" });
                probe.ask(Ask::post(format!("/v1/worlds/{}/direct", world.id), &body)).await?.is(200)?;
            }
        }
        for seen in flow.watch(Duration::from_millis(500)).await? {
            if let Seen::Event(Down::Ended { reason }) = seen {
                return fail("commands keep the world awake", format!("ended: {reason:?}"));
            }
        }
    }
    Ok(())
}

async fn in_force(probe: &mut Probe) -> Verdict {
    let asked = json!({ "session_s": 40.0, "idle_s": 30.0, "grace_s": 5.0 });
    let world = probe.create(json!({ "limits": asked })).await?;
    let flow = probe.open(&world).await?;
    let limits = &flow.hello.limits;
    for (name, found, asked) in
        [("session_s", limits.session_s, 40.0), ("idle_s", limits.idle_s, 30.0), ("grace_s", limits.grace_s, 5.0)]
    {
        ensure(
            found.is_none_or(|found| found > 0.0 && found <= asked),
            format!("{name} of at most {asked}"),
            format!("{found:?}"),
        )?;
    }
    Ok(())
}

async fn counts_without_a_stream(probe: &mut Probe) -> Verdict {
    const LONGEST: f64 = 1.5;
    let (world, flow, began) = limited(probe, json!({ "session_s": LONGEST, "grace_s": 20 })).await?;
    flow.leave().await?;
    loop {
        let shown = probe.ask(Ask::get(format!("/v1/worlds/{}", world.id))).await?;
        if shown.status != 200 {
            return shown.is_one_of(&[404, 410]);
        }
        let took = probe.target.clock.now().since(began).as_secs_f64();
        if let Some(reason) = shown.world()?.ended {
            same("ended", &reason, &EndReason::Limit)?;
            return on_time("the end", took, LONGEST);
        }
        if took > LONGEST + LATE {
            return fail(format!("the world ends after {LONGEST} s, watched or not"), "it lives on");
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}
