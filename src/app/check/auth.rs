//! Who may: keys, tickets, and what a refusal tells (section 3).

use serde_json::json;

use super::case::{Case, Level::Must, Level::Should};
use super::facts::Need;
use super::probe::{Ask, Door, Probe, Who};
use super::verdict::{Verdict, ensure, skip, there};
use crate::wire::ErrorCode;

/// The cases.
pub const CASES: &[Case] = &[
    Case {
        id: "auth/1/1",
        level: Must,
        rows: "HO-30",
        section: "3",
        says: "A request without a key is refused with 401, unauthorized and WWW-Authenticate: Bearer.",
        needs: &[Need::Key],
        worlds: 0,
        play: |probe| Box::pin(no_key(probe)),
    },
    Case {
        id: "auth/1/2",
        level: Must,
        rows: "HO-30",
        section: "3",
        says: "A wrong key is refused on every path, whatever its length and its scheme.",
        needs: &[Need::Key],
        worlds: 1,
        play: |probe| Box::pin(wrong_key(probe)),
    },
    Case {
        id: "auth/1/3",
        level: Must,
        rows: "HO-30, X-9",
        section: "3",
        says: "A key in the query of a URL opens nothing.",
        needs: &[Need::Key, Need::Local],
        worlds: 1,
        play: |probe| Box::pin(key_in_the_query(probe)),
    },
    Case {
        id: "auth/1/4",
        level: Must,
        rows: "X-9",
        section: "3",
        says: "A refusal does not repeat the credential that was sent.",
        needs: &[Need::Key],
        worlds: 0,
        play: |probe| Box::pin(no_echo(probe)),
    },
    Case {
        id: "auth/1/5",
        level: Must,
        rows: "HO-30",
        section: "3",
        says: "Without a key a world that exists and one that does not are refused alike: existence is not told.",
        needs: &[Need::Key],
        worlds: 1,
        play: |probe| Box::pin(existence_is_not_told(probe)),
    },
    Case {
        id: "auth/2/1",
        level: Must,
        rows: "HO-30",
        section: "3",
        says: "A ticket in a header opens the stream of its world without the key, once.",
        needs: &[Need::Key, Need::Tickets],
        worlds: 1,
        play: |probe| Box::pin(ticket_in_a_header(probe)),
    },
    Case {
        id: "auth/2/2",
        level: Must,
        rows: "HO-30",
        section: "3",
        says: "A ticket in the query opens the stream of its world without the key, once.",
        needs: &[Need::Key, Need::Tickets],
        worlds: 1,
        play: |probe| Box::pin(ticket_in_the_query(probe)),
    },
    Case {
        id: "auth/2/3",
        level: Must,
        rows: "HO-30",
        section: "3",
        says: "A ticket opens no other world and nothing of the control plane.",
        needs: &[Need::Key, Need::Tickets],
        worlds: 2,
        play: |probe| Box::pin(ticket_opens_nothing_else(probe)),
    },
    Case {
        id: "auth/2/4",
        level: Must,
        rows: "HO-30, X-9",
        section: "4.2",
        says: "A ticket is told to the creator alone: neither GET nor the list shows it.",
        needs: &[Need::Tickets],
        worlds: 1,
        play: |probe| Box::pin(ticket_is_told_once(probe)),
    },
    Case {
        id: "auth/3/1",
        level: Should,
        rows: "HO-7",
        section: "4",
        says: "/health answers without a key, and says which protocols are spoken.",
        needs: &[],
        worlds: 0,
        play: |probe| Box::pin(health(probe)),
    },
];

async fn no_key(probe: &mut Probe) -> Verdict {
    for ask in [Ask::post("/v1/worlds", &probe.request(json!({}))), Ask::get("/v1/worlds")] {
        let answer = probe.ask(ask.by(Who::Nobody)).await?;
        answer.refuses(ErrorCode::Unauthorized)?;
        let header = there(answer.header("www-authenticate"), "a 401 has WWW-Authenticate (RFC 9110, 11.6.1)", "none")?;
        ensure(header.to_ascii_lowercase().starts_with("bearer"), "WWW-Authenticate: Bearer", header)?;
    }
    Ok(())
}

async fn wrong_key(probe: &mut Probe) -> Verdict {
    let world = probe.create(json!({})).await?;
    let path = format!("/v1/worlds/{}", world.id);
    let command = json!({ "id": "no", "text": "rain" });
    let wrong = [
        "Bearer wrong",
        "Bearer wrong-and-much-longer-than-any-key-could-be-0123456789",
        "Basic d3Jvbmc6d3Jvbmc=",
        "Bearer",
    ];
    for credential in wrong {
        let who = Who::Authorization(credential.to_owned());
        for ask in [
            Ask::post("/v1/worlds", &probe.request(json!({}))),
            Ask::get("/v1/worlds"),
            Ask::get(&path),
            Ask::post(format!("{path}/direct"), &command),
            Ask::post(format!("{path}/wander"), &command),
            Ask::delete(&path),
        ] {
            probe.ask(ask.by(who.clone())).await?.refuses(ErrorCode::Unauthorized)?;
        }
        probe.knock(world.id.as_str(), Door { who, ..Door::default() }).await?.refuses(ErrorCode::Unauthorized)?;
    }
    probe.knock(world.id.as_str(), Door { who: Who::Nobody, ..Door::default() }).await?.refuses(ErrorCode::Unauthorized)?;
    // None of it touched the world.
    probe.ask(Ask::get(&path)).await?.is(200)
}

async fn key_in_the_query(probe: &mut Probe) -> Verdict {
    let Some((_, value)) = probe.target.credential() else { return skip("no key is configured") };
    let key = value.rsplit(' ').next().unwrap_or_default().to_owned();
    let world = probe.create(json!({})).await?;
    for name in ["key", "api_key", "token", "access_token", "authorization", "ticket"] {
        let list = Ask::get("/v1/worlds").by(Who::Nobody).query(name, &key);
        probe.ask(list).await?.refuses(ErrorCode::Unauthorized)?;
        let door = Door { who: Who::Nobody, query: vec![(name, key.clone())], ..Door::default() };
        probe.knock(world.id.as_str(), door).await?.refuses(ErrorCode::Unauthorized)?;
    }
    Ok(())
}

async fn no_echo(probe: &mut Probe) -> Verdict {
    let private = format!("private-{:016x}", probe.random.bits());
    for credential in [format!("Bearer {private}"), format!("Ticket {private}"), format!("{private} x")] {
        let answer = probe.ask(Ask::get("/v1/worlds").by(Who::Authorization(credential))).await?;
        answer.refuses(ErrorCode::Unauthorized)?;
        let body = String::from_utf8_lossy(&answer.body).into_owned();
        ensure(!body.contains(&private), "no answer repeats a credential", "this one does")?;
    }
    Ok(())
}

async fn existence_is_not_told(probe: &mut Probe) -> Verdict {
    let world = probe.create(json!({})).await?;
    for who in [Who::Nobody, Who::Authorization("Bearer wrong".to_owned())] {
        let there = probe.ask(Ask::get(format!("/v1/worlds/{}", world.id)).by(who.clone())).await?;
        let nowhere = probe.ask(Ask::get("/v1/worlds/w_never_made").by(who)).await?;
        there.refuses(ErrorCode::Unauthorized)?;
        nowhere.refuses(ErrorCode::Unauthorized)?;
        ensure(there.body == nowhere.body, "the same refusal, whether or not the world exists", "they differ")?;
    }
    Ok(())
}

async fn ticket_in_a_header(probe: &mut Probe) -> Verdict {
    ticket_opens_once(probe, |ticket| Door { who: Who::Authorization(format!("Ticket {ticket}")), ..Door::default() }).await
}

async fn ticket_in_the_query(probe: &mut Probe) -> Verdict {
    let door = |ticket: &str| Door { who: Who::Nobody, query: vec![("ticket", ticket.to_owned())], ..Door::default() };
    ticket_opens_once(probe, door).await
}

async fn ticket_opens_once(probe: &mut Probe, door: impl Fn(&str) -> Door) -> Verdict {
    let world = probe.create(json!({})).await?;
    let Some(ticket) = &world.ticket else { return skip("this world came without a ticket") };
    let mut flow = probe.open_by(world.id.as_str(), door(ticket.expose())).await?;
    flow.video().await?;
    probe.knock(world.id.as_str(), door(ticket.expose())).await?.refuses(ErrorCode::Unauthorized)?;
    // The stream that it opened goes on.
    flow.video().await?;
    flow.leave().await?;
    probe.knock(world.id.as_str(), door(ticket.expose())).await?.refuses(ErrorCode::Unauthorized).map(drop)
}

async fn ticket_opens_nothing_else(probe: &mut Probe) -> Verdict {
    let (world, other) = (probe.create(json!({})).await?, probe.create(json!({})).await?);
    let Some(ticket) = &world.ticket else { return skip("this world came without a ticket") };
    let who = Who::Authorization(format!("Ticket {}", ticket.expose()));
    let refused = probe.knock(other.id.as_str(), Door { who: who.clone(), ..Door::default() }).await?;
    refused.is_one_of(&[401, 403, 404])?;
    let path = format!("/v1/worlds/{}", world.id);
    for ask in
        [Ask::get(&path), Ask::get("/v1/worlds"), Ask::delete(&path), Ask::post("/v1/worlds", &probe.request(json!({})))]
    {
        probe.ask(ask.by(who.clone())).await?.is_one_of(&[401, 403])?;
    }
    probe.ask(Ask::get(&path)).await?.is(200)
}

async fn ticket_is_told_once(probe: &mut Probe) -> Verdict {
    let world = probe.create(json!({})).await?;
    let Some(ticket) = &world.ticket else { return skip("this world came without a ticket") };
    for path in [format!("/v1/worlds/{}", world.id), "/v1/worlds".to_owned()] {
        let answer = probe.ask(Ask::get(&path)).await?;
        answer.is(200)?;
        let told = String::from_utf8_lossy(&answer.body).contains(ticket.expose());
        ensure(!told, format!("GET {path} shows no ticket"), "the ticket stands in it")?;
    }
    Ok(())
}

async fn health(probe: &mut Probe) -> Verdict {
    let answer = probe.ask(Ask::get("/health").by(Who::Nobody)).await?;
    if answer.status == 404 {
        return skip("/health is optional, and not there");
    }
    answer.is(200)?;
    let body = answer.json()?;
    ensure(body["status"] == "ok", "\"status\": \"ok\"", &body["status"])?;
    let spoken = body["protocols"].as_array().is_some_and(|spoken| spoken.iter().any(|name| name == crate::wire::PROTOCOL));
    ensure(spoken, "protocols lists seaglass.v1", &body["protocols"])
}
