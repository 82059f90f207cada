//! Making worlds: what is answered, what is refused and how, and that the same key never makes two (section 4).

use futures_util::future::join_all;
use serde_json::{Value, json};

use super::case::{Case, Level::Must};
use super::facts::Need;
use super::probe::{Ask, Probe};
use super::verdict::{Verdict, ensure, fail, same, there};
use crate::wire::{ErrorCode, MAX_BODY_BYTES, MAX_PROMPT_CHARS, WorldId, WorldState};

/// The cases.
pub const CASES: &[Case] = &[
    Case {
        id: "create/1/1",
        level: Must,
        rows: "HO-1",
        section: "4, 4.2",
        says: "A create is answered with 201, Location, and the world as it is.",
        needs: &[],
        worlds: 1,
        play: |probe| Box::pin(created(probe)),
    },
    Case {
        id: "create/1/2",
        level: Must,
        rows: "HO-1, HO-24",
        section: "4.2",
        says: "A world repeats the prompt, the seed and the tier that were asked for.",
        needs: &[Need::Seed],
        worlds: 1,
        play: |probe| Box::pin(repeated(probe)),
    },
    Case {
        id: "create/1/3",
        level: Must,
        rows: "X-6",
        section: "1",
        says: "Members that the server does not know are passed over.",
        needs: &[],
        worlds: 1,
        play: |probe| Box::pin(unknown_members(probe)),
    },
    Case {
        id: "create/2/1",
        level: Must,
        rows: "X-1",
        section: "4.1",
        says: "A 400 lists all violations at once, each with the path of its field.",
        needs: &[],
        worlds: 0,
        play: |probe| Box::pin(all_violations(probe)),
    },
    Case {
        id: "create/2/2",
        level: Must,
        rows: "X-1, X-12",
        section: "4.1, 13",
        says: "Every bound of create is kept: what is outside is a 400, and what is on the edge is not.",
        needs: &[],
        worlds: 1,
        play: |probe| Box::pin(bounds(probe)),
    },
    Case {
        id: "create/2/3",
        level: Must,
        rows: "HO-1",
        section: "4",
        says: "A body that is no JSON object, or not said to be JSON, is a 400.",
        needs: &[],
        worlds: 0,
        play: |probe| Box::pin(no_json(probe)),
    },
    Case {
        id: "create/2/4",
        level: Must,
        rows: "HO-1",
        section: "4, 13",
        says: "A body above 2 MiB is a 413.",
        needs: &[],
        worlds: 0,
        play: |probe| Box::pin(too_large(probe)),
    },
    Case {
        id: "create/2/5",
        level: Must,
        rows: "HO-13, HO-24",
        section: "4.1",
        says: "What the profile allows and the server lacks is a 422 that lists each of it.",
        needs: &[],
        worlds: 0,
        play: |probe| Box::pin(unsupported(probe)),
    },
    Case {
        id: "create/3/1",
        level: Must,
        rows: "HO-28",
        section: "4.1",
        says: "A create repeated with its idempotency key answers 200 with the same world.",
        needs: &[],
        worlds: 1,
        play: |probe| Box::pin(same_key(probe)),
    },
    Case {
        id: "create/3/2",
        level: Must,
        rows: "HO-28",
        section: "4.1",
        says: "Another request with a key that was used is a 409 conflict, and makes nothing.",
        needs: &[],
        worlds: 1,
        play: |probe| Box::pin(other_request(probe)),
    },
    Case {
        id: "create/3/3",
        level: Must,
        rows: "HO-28",
        section: "4.1",
        says: "Creates that race with one key make one world.",
        needs: &[],
        worlds: 1,
        play: |probe| Box::pin(racing(probe)),
    },
    Case {
        id: "create/3/4",
        level: Must,
        rows: "HO-25, HO-28",
        section: "4.1",
        says: "A key outlives its world: a create that is repeated after the end is a 410, with the id of that world.",
        needs: &[],
        worlds: 1,
        play: |probe| Box::pin(spent(probe)),
    },
    Case {
        id: "create/3/5",
        level: Must,
        rows: "HO-25, HO-28",
        section: "4.1",
        says: "Voiding a key ends its world, keeps a create that comes later from making one, and can be repeated.",
        needs: &[],
        worlds: 2,
        play: |probe| Box::pin(voided(probe)),
    },
    Case {
        id: "create/4/1",
        level: Must,
        rows: "HO-1",
        section: "4, 10",
        says: "Unknown paths are 404 and wrong methods 405, each in the error envelope.",
        needs: &[],
        worlds: 0,
        play: |probe| Box::pin(elsewhere(probe)),
    },
];

async fn created(probe: &mut Probe) -> Verdict {
    let body = probe.request(json!({}));
    let answer = probe.ask_for_world(&body).await?;
    answer.is(201)?;
    let world = answer.world()?;
    let location = there(answer.header("location"), "a 201 has Location", "none")?;
    let path = format!("/v1/worlds/{}", world.id);
    ensure(location.ends_with(&path), format!("Location: …{path}"), location)?;
    let alive = !matches!(world.state, WorldState::Ended | WorldState::Other(_)) && world.ended.is_none();
    ensure(alive, "a new world is queued, warming or running", format!("{:?}, ended {:?}", world.state, world.ended))?;
    let found = probe.ask(Ask::get(&path)).await?;
    found.is(200)?;
    same("id", &found.world()?.id, &world.id)
}

async fn repeated(probe: &mut Probe) -> Verdict {
    let seed = probe.random.bits();
    let wish = probe.request(json!({ "seed": seed }));
    let world = probe.create(json!({ "seed": seed })).await?;
    let shown = probe.ask(Ask::get(format!("/v1/worlds/{}", world.id))).await?.world()?;
    for world in [&world, &shown] {
        same("seed", &world.seed, &Some(seed))?;
        same("prompt", &Some(world.prompt.as_str()), &wish["prompt"].as_str())?;
        if let (Some(tier), Some(wanted)) = (&world.tier, wish["tier"].as_str()) {
            same("tier", &tier.as_str(), &wanted)?;
        }
    }
    Ok(())
}

async fn unknown_members(probe: &mut Probe) -> Verdict {
    let more = json!({
        "x_weather": { "deep": [1, { "er": null }] },
        "x_number": 1e300,
        "limits": { "grace_s": 5, "x_more": true },
        "audio": { "enabled": false, "x_spatial": "yes" },
    });
    probe.create(more).await.map(drop)
}

/// The fields of the violations of a refusal.
fn fields(extra: &serde_json::Map<String, Value>) -> Verdict<Vec<String>> {
    let list = there(extra.get("violations").and_then(Value::as_array), "error.violations is a list", format!("{extra:?}"))?;
    let mut fields = Vec::new();
    for one in list {
        match (one["field"].as_str(), one["problem"].as_str()) {
            (Some(field), Some(problem)) if !problem.is_empty() => fields.push(field.to_owned()),
            _ => return fail("each violation is {field, problem}", one),
        }
    }
    Ok(fields)
}

async fn all_violations(probe: &mut Probe) -> Verdict {
    let body = json!({
        "prompt": " ",
        "audio": { "enabled": true, "formats": ["opus", "opus"] },
        "limits": { "idle_s": -1 },
        "idempotency_key": "not a key!",
    });
    let answer = probe.ask(Ask::post("/v1/worlds", &body)).await?;
    let error = answer.refuses(ErrorCode::InvalidRequest)?;
    let mut found = fields(&error.extra)?;
    found.sort();
    let expected = ["audio.formats[1]", "idempotency_key", "limits.idle_s", "prompt"];
    same("fields of the violations", &found, &expected.map(str::to_owned).to_vec())
}

async fn bounds(probe: &mut Probe) -> Verdict {
    let long = "海".repeat(MAX_PROMPT_CHARS + 1);
    for (wrong, what) in [
        (json!({ "prompt": "", "world": null }), "neither prompt nor world"),
        (json!({ "prompt": long }), "a prompt of 2001 characters"),
        (json!({ "prompt": 7 }), "a prompt that is a number"),
        (json!({ "seed": -1 }), "a seed below 0"),
        (json!({ "tier": "t".repeat(65) }), "a name of 65 characters"),
        (json!({ "video_formats": vec!["x"; 33] }), "a list of 33 entries"),
        (json!({ "audio": { "enabled": "yes" } }), "a bool that is a string"),
        (json!({ "limits": { "grace_s": 0 } }), "a grace time of 0"),
        (json!({ "idempotency_key": "" }), "an empty key"),
        (json!({ "idempotency_key": "k".repeat(65) }), "a key of 65 characters"),
        (json!({ "first_frame": "data:image/png;base64,AAAA" }), "a first frame that is no base64"),
    ] {
        let body = probe.request(wrong);
        let answer = probe.ask(Ask::post("/v1/worlds", &body)).await?;
        let error = answer.refuses(ErrorCode::InvalidRequest);
        if let Err(super::verdict::Halt::Failed { expected, found }) = error {
            return fail(format!("{what}: {expected}"), found);
        }
    }
    // The edge itself, counted in characters and not in bytes. A named world generates nothing from it.
    let edge = json!({ "prompt": format!("{} {}", probe.target.marker, "海".repeat(MAX_PROMPT_CHARS - probe.target.marker.len() - 1)) });
    probe.create(edge).await.map(drop)
}

async fn no_json(probe: &mut Probe) -> Verdict {
    let json = "application/json";
    for (kind, body) in [
        (json, "{".to_owned()),
        (json, "[]".to_owned()),
        (json, "\"prompt\"".to_owned()),
        (json, String::new()),
        (json, "[".repeat(20_000)),
        ("text/plain", json!({ "prompt": "coast" }).to_string()),
        ("", json!({ "prompt": "coast" }).to_string()),
    ] {
        probe.ask(Ask::new("POST", "/v1/worlds").body(kind, body)).await?.refuses(ErrorCode::InvalidRequest)?;
    }
    let bytes: &[u8] = b"{\"prompt\": \"\xff\xfe\"}";
    probe.ask(Ask::new("POST", "/v1/worlds").body(json, bytes)).await?.refuses(ErrorCode::InvalidRequest).map(drop)
}

async fn too_large(probe: &mut Probe) -> Verdict {
    let body = format!("{{\"prompt\": \"{}\"}}", "a".repeat(MAX_BODY_BYTES));
    probe.ask(Ask::new("POST", "/v1/worlds").body("application/json", body)).await?.refuses(ErrorCode::TooLarge).map(drop)
}

async fn unsupported(probe: &mut Probe) -> Verdict {
    let formats = json!({ "video_formats": ["x-never"], "audio": { "enabled": true, "formats": ["x-never"] } });
    let body = probe.request(formats);
    let error = probe.ask(Ask::post("/v1/worlds", &body)).await?.refuses(ErrorCode::UnsupportedFormat)?;
    let mut found = fields(&error.extra)?;
    found.sort();
    same("fields", &found, &vec!["audio.formats".to_owned(), "video_formats".to_owned()])?;
    let body = probe.request(json!({ "world": "x-atlantis", "tier": "x-imax" }));
    let error = probe.ask(Ask::post("/v1/worlds", &body)).await?.refuses(ErrorCode::NotSupported)?;
    let mut found = fields(&error.extra)?;
    found.sort();
    same("fields", &found, &vec!["tier".to_owned(), "world".to_owned()])
}

async fn same_key(probe: &mut Probe) -> Verdict {
    let key = probe.idempotency_key();
    let body = probe.request(json!({ "idempotency_key": key }));
    let first = probe.ask_for_world(&body).await?;
    first.is(201)?;
    let id = first.world()?.id;
    for _ in 0..3 {
        let again = probe.ask(Ask::post("/v1/worlds", &body)).await?;
        again.is(200)?;
        same("id", &again.world()?.id, &id)?;
    }
    Ok(())
}

async fn other_request(probe: &mut Probe) -> Verdict {
    let key = probe.idempotency_key();
    let body = probe.request(json!({ "idempotency_key": key }));
    let first = probe.ask_for_world(&body).await?;
    first.is(201)?;
    let other = probe.request(json!({ "idempotency_key": key, "prompt": format!("{} other", probe.target.marker) }));
    probe.ask(Ask::post("/v1/worlds", &other)).await?.refuses(ErrorCode::Conflict)?;
    // The first request still means its world.
    let again = probe.ask(Ask::post("/v1/worlds", &body)).await?;
    again.is(200)?;
    same("id", &again.world()?.id, &first.world()?.id)
}

async fn racing(probe: &mut Probe) -> Verdict {
    const RACERS: usize = 8;
    let key = probe.idempotency_key();
    let body = probe.request(json!({ "idempotency_key": key }));
    let mut others: Vec<Probe> = (0..RACERS).map(|_| probe.twin()).collect();
    let answers = join_all(others.iter_mut().map(|probe| probe.ask_for_world(&body))).await;
    let (mut ids, mut made): (Vec<WorldId>, usize) = (Vec::new(), 0);
    for answer in answers {
        let answer = answer?;
        answer.is_one_of(&[200, 201])?;
        made += usize::from(answer.status == 201);
        ids.push(answer.world()?.id);
    }
    ids.sort();
    ids.dedup();
    same("worlds made", &ids.len(), &1)?;
    same("answers with 201", &made, &1)
}

async fn spent(probe: &mut Probe) -> Verdict {
    let key = probe.idempotency_key();
    let body = probe.request(json!({ "idempotency_key": key }));
    let world = probe.ask_for_world(&body).await?;
    world.is(201)?;
    let id = world.world()?.id;
    probe.ask(Ask::delete(format!("/v1/worlds/{id}"))).await?.is_one_of(&[200, 204])?;
    for _ in 0..2 {
        let error = probe.ask(Ask::post("/v1/worlds", &body)).await?.refuses(ErrorCode::WorldEnded)?;
        same("error.world", &error.extra.get("world").and_then(Value::as_str), &Some(id.as_str()))?;
    }
    Ok(())
}

async fn voided(probe: &mut Probe) -> Verdict {
    // A key that made a world.
    let key = probe.idempotency_key();
    let body = probe.request(json!({ "idempotency_key": key }));
    let answer = probe.ask_for_world(&body).await?;
    answer.is(201)?;
    let id = answer.world()?.id;
    for _ in 0..2 {
        probe.ask(Ask::delete(format!("/v1/worlds/keys/{key}"))).await?.is(204)?;
    }
    let shown = probe.ask(Ask::get(format!("/v1/worlds/{id}"))).await?;
    let over = matches!(shown.status, 404 | 410) || shown.world()?.ended.is_some();
    ensure(over, "the world of a voided key has ended", "it lives")?;
    probe.ask(Ask::post("/v1/worlds", &body)).await?.refuses(ErrorCode::WorldEnded)?;
    // A key whose create has not come yet.
    let key = probe.idempotency_key();
    let body = probe.request(json!({ "idempotency_key": key }));
    probe.ask(Ask::delete(format!("/v1/worlds/keys/{key}"))).await?.is(204)?;
    probe.ask(Ask::post("/v1/worlds", &body)).await?.refuses(ErrorCode::WorldEnded).map(drop)
}

async fn elsewhere(probe: &mut Probe) -> Verdict {
    for path in ["/v2/worlds", "/v1/nothing", "/v1/worlds/w_none/nothing"] {
        probe.ask(Ask::get(path)).await?.refuses(ErrorCode::NotFound)?;
    }
    probe.ask(Ask::get("/v1/worlds/w_never_made")).await?.refuses(ErrorCode::NotFound)?;
    for (method, path) in [("PUT", "/v1/worlds"), ("PATCH", "/v1/worlds/w_none"), ("GET", "/v1/worlds/w_none/direct")] {
        probe.ask(Ask::new(method, path)).await?.refuses(ErrorCode::MethodNotAllowed)?;
    }
    Ok(())
}
