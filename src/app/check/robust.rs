//! What no client would send: garbage, half messages, too much, nothing read. The server answers, closes, and lives (section 10).

use std::time::Duration;

use serde_json::json;

use super::case::{Case, Level::Must, Level::Should};
use super::flow::{Flow, Seen, brief};
use super::probe::{Ask, Probe};
use super::verdict::{Verdict, ensure, fail, same};
use crate::net::RawFrame;
use crate::wire::{CloseCode, Down, ErrorCode, MAX_MESSAGE_BYTES, MAX_TEXT_BYTES, WorldInfo};

/// The cases.
pub const CASES: &[Case] = &[
    Case {
        id: "robust/1/1",
        level: Must,
        rows: "HO-29",
        section: "10",
        says: "Texts that are no messages are answered with the error invalid_request each, and the stream goes on.",
        needs: &[],
        worlds: 1,
        play: |probe| Box::pin(garbage(probe)),
    },
    Case {
        id: "robust/1/2",
        level: Must,
        rows: "HO-29",
        section: "10",
        says: "Random garbage that does not stop harms no world: the stream is closed with 1002 or goes on.",
        needs: &[],
        worlds: 1,
        play: |probe| Box::pin(endless_garbage(probe)),
    },
    Case {
        id: "robust/1/3",
        level: Must,
        rows: "HO-29",
        section: "5, 10",
        says: "A binary message from a client ends its stream with 1002, and not its world.",
        needs: &[],
        worlds: 1,
        play: |probe| Box::pin(binary(probe)),
    },
    Case {
        id: "robust/1/4",
        level: Must,
        rows: "HO-29",
        section: "1",
        says: "A text that is not UTF-8 ends its stream, and not its world.",
        needs: &[],
        worlds: 1,
        play: |probe| Box::pin(no_text(probe)),
    },
    Case {
        id: "robust/2/1",
        level: Must,
        rows: "HO-29",
        section: "5, 13",
        says: "A message above 1 MiB ends its stream with 1009, and not its world.",
        needs: &[],
        worlds: 1,
        play: |probe| Box::pin(oversize(probe)),
    },
    Case {
        id: "robust/2/2",
        level: Must,
        rows: "HO-29",
        section: "5, 13",
        says: "A text of 64 KiB is read; one byte more is too_large, and the stream goes on.",
        needs: &[],
        worlds: 1,
        play: |probe| Box::pin(long_text(probe)),
    },
    Case {
        id: "robust/2/3",
        level: Must,
        rows: "HO-29",
        section: "1, 4",
        says: "Nested, odd and overlong requests are refused in the error envelope, and the server lives.",
        needs: &[],
        worlds: 1,
        play: |probe| Box::pin(odd_requests(probe)),
    },
    Case {
        id: "robust/3/1",
        level: Must,
        rows: "HO-26",
        section: "5",
        says: "A message that stops half-way holds nothing up: others command the world, and another stream takes over.",
        needs: &[],
        worlds: 1,
        play: |probe| Box::pin(half_a_message(probe)),
    },
    Case {
        id: "robust/3/2",
        level: Must,
        rows: "HO-10, HO-16",
        section: "5, 8",
        says: "A client that does not read stalls nobody: the world takes commands, and comes to the present when it is read again.",
        needs: &[],
        worlds: 1,
        play: |probe| Box::pin(slow_reader(probe)),
    },
    Case {
        id: "robust/3/3",
        level: Must,
        rows: "HO-26",
        section: "5, 7",
        says: "Pings of the transport and of the profile are all answered, however many come.",
        needs: &[],
        worlds: 1,
        play: |probe| Box::pin(many_pings(probe)),
    },
    Case {
        id: "robust/4/1",
        level: Must,
        rows: "HO-18, HO-26",
        section: "5",
        says: "Connections that break off without a close leave the world as it is.",
        needs: &[],
        worlds: 1,
        play: |probe| Box::pin(abrupt(probe)),
    },
    Case {
        id: "robust/4/2",
        level: Should,
        rows: "HO-20",
        section: "5",
        says: "A close is answered by a close.",
        needs: &[],
        worlds: 1,
        play: |probe| Box::pin(farewell(probe)),
    },
];

async fn opened(probe: &mut Probe) -> Verdict<(WorldInfo, Flow)> {
    let world = probe.create(json!({})).await?;
    let mut flow = probe.open(&world).await?;
    flow.video().await?;
    Ok((world, flow))
}

/// The world is there, takes a command, and shows itself on a new stream.
async fn lives(probe: &mut Probe, world: &WorldInfo) -> Verdict {
    let mut flow = probe.open(world).await?;
    flow.video().await?;
    let name = probe.name();
    flow.direct(&name, 1).await.map(drop)
}

async fn error(flow: &mut Flow, what: &str) -> Verdict<String> {
    flow.event(what, |event| if let Down::Error(body) = event { Some(body.code) } else { None }).await
}

async fn garbage(probe: &mut Probe) -> Verdict {
    let (_, mut flow) = opened(probe).await?;
    // Fewer than a server may take for an attack: the reference closes at the sixteenth.
    for text in [
        "",
        "{",
        "[1, 2]",
        "null",
        "\"direct\"",
        "{\"type\": 7}",
        "{\"no\": \"type\"}",
        "{\"type\": \"control\", \"input\": \"x\"}",
        "\u{0}\u{1b}[2J",
        "NaN",
    ] {
        flow.say(text).await?;
        let code = error(&mut flow, &format!("{text:?} is answered with an error")).await?;
        same(&format!("the code for {text:?}"), &code.as_str(), &ErrorCode::InvalidRequest.name())?;
    }
    let name = probe.name();
    flow.direct(&name, 1).await?;
    flow.video().await.map(drop)
}

async fn endless_garbage(probe: &mut Probe) -> Verdict {
    let (world, mut flow) = opened(probe).await?;
    let alphabet: Vec<char> = "{}[]\":,0123456789eE+-. \\utypedirectnullö\u{202e}".chars().collect();
    for _ in 0..200 {
        let length = probe.random.bits() % 60;
        let text: String = (0..length).map(|_| alphabet[probe.random.bits() as usize % alphabet.len()]).collect();
        // Once it is closed there is nobody to say it to.
        if flow.say(&text).await.is_err() {
            break;
        }
    }
    flow.find("the stream is closed with 1002, or goes on", |seen| match seen {
        Seen::Closed(code) => same("close code", &code.number(), &CloseCode::Protocol.number()).map(Some),
        Seen::Unit(unit) if unit.envelope.pts_us > 2_000_000 => Ok(Some(())),
        _ => Ok(None),
    })
    .await?;
    lives(probe, &world).await
}

async fn binary(probe: &mut Probe) -> Verdict {
    let (world, mut flow) = opened(probe).await?;
    flow.frame(RawFrame::Binary(vec![0x53, 0x47, 1, 0, 88, 0])).await?;
    let (_, code) = flow.until_the_end("a stream with a binary message up is closed").await?;
    same("close code", &code.number(), &CloseCode::Protocol.number())?;
    lives(probe, &world).await
}

async fn no_text(probe: &mut Probe) -> Verdict {
    let (world, mut flow) = opened(probe).await?;
    flow.frame(RawFrame::Text { bytes: b"{\"type\": \"ping\xff\xfe\"}".to_vec(), last: true }).await?;
    flow.find("the stream is ended", |seen| match seen {
        // RFC 6455, section 8.1, has 1007 for it; the profile's own word for a breach is 1002.
        Seen::Closed(code) => {
            ensure(matches!(code.number(), 1002 | 1007), "close code 1002 or 1007", code.number()).map(Some)
        }
        Seen::Broken(_) => Ok(Some(())),
        _ => Ok(None),
    })
    .await?;
    lives(probe, &world).await
}

async fn oversize(probe: &mut Probe) -> Verdict {
    let (world, mut flow) = opened(probe).await?;
    flow.frame(RawFrame::Text { bytes: vec![b'x'; MAX_MESSAGE_BYTES + 1], last: true }).await?;
    let (_, code) = flow.until_the_end("a stream with a message above 1 MiB is closed").await?;
    same("close code", &code.number(), &CloseCode::TooLarge.number())?;
    lives(probe, &world).await
}

async fn long_text(probe: &mut Probe) -> Verdict {
    let (_, mut flow) = opened(probe).await?;
    let ping = |bytes: usize| {
        let head = "{\"type\":\"ping\",\"issued_us\":4711,\"x_pad\":\"";
        format!("{head}{}\"}}", "a".repeat(bytes - head.len() - 2))
    };
    flow.say(&ping(MAX_TEXT_BYTES)).await?;
    flow.event("a ping of 64 KiB is answered", |event| match event {
        Down::Pong { issued_us: 4711, .. } => Some(()),
        _ => None,
    })
    .await?;
    flow.say(&ping(MAX_TEXT_BYTES + 1)).await?;
    let code = error(&mut flow, "a text of 64 KiB and one byte is answered with an error").await?;
    same("code", &code.as_str(), &ErrorCode::TooLarge.name())?;
    flow.settle(5).await
}

async fn odd_requests(probe: &mut Probe) -> Verdict {
    let world = probe.create(json!({})).await?;
    let direct = format!("/v1/worlds/{}/direct", world.id);
    let deep =
        |open: &str, shut: &str, by: usize| format!("{{\"id\":\"a\",\"text\":{}{}}}", open.repeat(by), shut.repeat(by));
    for body in [deep("[", "]", 10_000), deep("{\"a\":", "}", 5_000), "{\"id\":\"a\",\"text\":\"\\ud800\"}".to_owned()] {
        probe.ask(Ask::new("POST", &direct).body("application/json", body)).await?.refuses(ErrorCode::InvalidRequest)?;
    }
    for id in ["%00", "a b", "ö", "..%2f..%2fhealth", &"z".repeat(4000)] {
        let answer = probe.ask(Ask::get(format!("/v1/worlds/{id}"))).await?;
        answer.is_one_of(&[400, 404])?;
        answer.error()?;
    }
    lives(probe, &world).await
}

async fn half_a_message(probe: &mut Probe) -> Verdict {
    let (world, mut flow) = opened(probe).await?;
    flow.frame(RawFrame::Text { bytes: b"{\"type\": \"direct\", \"id\": \"half\"".to_vec(), last: false }).await?;
    // Pictures go on meanwhile, and others are heard.
    flow.video().await?;
    let body = json!({ "id": probe.name(), "text": "rain" });
    probe.ask(Ask::post(format!("/v1/worlds/{}/direct", world.id), &body)).await?.is(200)?;
    lives(probe, &world).await
}

async fn slow_reader(probe: &mut Probe) -> Verdict {
    let (world, mut flow) = opened(probe).await?;
    let path = format!("/v1/worlds/{}", world.id);
    let began = probe.target.clock.now();
    while probe.target.clock.now().since(began) < Duration::from_secs(3) {
        let body = json!({ "id": probe.name(), "text": "rain" });
        let asked = probe.target.clock.now();
        probe.ask(Ask::post(format!("{path}/direct"), &body)).await?.is(200)?;
        let took = probe.target.clock.now().since(asked);
        ensure(
            took < Duration::from_secs(2),
            "a command within 2 s beside a client that does not read",
            format!("{took:.1?}"),
        )?;
        tokio::time::sleep(Duration::from_millis(250)).await;
    }
    let lived = probe.ask(Ask::get(&path)).await?.world()?.seconds_used;
    ensure(lived > 1.5, "the world lives on while nobody reads its stream", format!("{lived} s in 3 s"))?;
    // Sequences without a gap are looked after by the stream itself.
    flow.unit("the stream comes to the present", |unit| {
        (unit.is_video() && unit.envelope.pts_us as f64 / 1e6 > lived).then_some(())
    })
    .await?;
    let name = probe.name();
    flow.direct(&name, 1).await.map(drop)
}

async fn many_pings(probe: &mut Probe) -> Verdict {
    const PINGS: u64 = 200;
    let (_, mut flow) = opened(probe).await?;
    // In portions: a client that lets 256 control messages wait may be closed.
    let (mut transport, mut profile) = (0_u64, 0_u64);
    for portion in 0..PINGS / 50 {
        for number in 0..50 {
            flow.frame(RawFrame::Ping(number.to_string().into_bytes())).await?;
            flow.say(&json!({ "type": "ping", "issued_us": portion * 50 + number }).to_string()).await?;
        }
        let due = (portion + 1) * 50;
        flow.find("every ping has its pong", |seen| {
            match seen {
                Seen::Pong => transport += 1,
                Seen::Event(Down::Pong { issued_us, .. }) => {
                    same("pongs in order", &issued_us, &profile)?;
                    profile += 1;
                }
                _ => {}
            }
            // A peer may answer the newest ping alone (RFC 6455, section 5.5.3).
            Ok((profile == due && transport > 0).then_some(()))
        })
        .await?;
    }
    Ok(())
}

async fn abrupt(probe: &mut Probe) -> Verdict {
    let (world, flow) = opened(probe).await?;
    flow.break_off();
    for _ in 0..5 {
        probe.open(&world).await?.break_off();
    }
    let shown = probe.ask(Ask::get(format!("/v1/worlds/{}", world.id))).await?;
    shown.is(200)?;
    if let Some(reason) = shown.world()?.ended {
        return fail("the world is alive", format!("it has ended: {reason:?}"));
    }
    lives(probe, &world).await
}

async fn farewell(probe: &mut Probe) -> Verdict {
    let (_, mut flow) = opened(probe).await?;
    flow.frame(RawFrame::Close(1000)).await?;
    flow.find("a close frame", |seen| match seen {
        Seen::Closed(_) => Ok(Some(())),
        Seen::Broken(_) => fail("a close frame", brief(&seen)),
        _ => Ok(None),
    })
    .await
}
