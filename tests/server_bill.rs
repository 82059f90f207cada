//! What a world costs, and that nobody pays twice: the bill of each world, and idempotency keys that outlive theirs.
#![cfg(feature = "server")]
#![allow(clippy::unwrap_used, missing_docs, reason = "a test")]

mod server_support;

use seaglass::wire::{EndReason, Usage, WorldInfo};
use serde_json::{Value, json};
use server_support::*;

fn keyed(key: &str) -> Value {
    json!({ "world": "calibration", "tier": "draft", "idempotency_key": key })
}

async fn usage(server: &seaglass::sim::ServerHandle, query: &str) -> Usage {
    let (status, body) = get(server, &format!("/v1/usage{query}")).await;
    assert_eq!(status, 200, "{body}");
    serde_json::from_value(body).unwrap()
}

/// HO-28: a create that is repeated after its world's end is answered, and makes no second world.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_key_is_remembered_after_its_world_has_ended() {
    let server = server().await;
    let (status, world) = post(&server, "/v1/worlds", keyed("once")).await;
    assert_eq!((status, &world["idempotency_key"]), (201, &json!("once")));
    let path = format!("/v1/worlds/{}", world["id"].as_str().unwrap());
    assert_eq!(delete(&server, &path).await.0, 200);
    let (status, body) = post(&server, "/v1/worlds", keyed("once")).await;
    assert_eq!((status, &body["error"]["code"], &body["error"]["world"]), (410, &json!("world_ended"), &world["id"]));
    assert_eq!(get(&server, "/v1/worlds").await.1["worlds"], json!([]));

    // Ended by itself is ended, too.
    let mut brief = keyed("alone");
    brief["limits"] = json!({ "grace_s": 0.01 });
    let world = post(&server, "/v1/worlds", brief.clone()).await.1;
    let path = format!("/v1/worlds/{}", world["id"].as_str().unwrap());
    get_until(&server, &path, |world| !world["ended"].is_null()).await;
    assert_eq!(post(&server, "/v1/worlds", brief).await.0, 410);
}

/// HO-5, HO-25: who lost the answer to a create ends its world by the key, whether or not there is one, and before there is one.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_world_is_ended_by_the_key_alone_and_the_key_makes_no_other() {
    let server = server().await;
    let world: WorldInfo = serde_json::from_value(post(&server, "/v1/worlds", keyed("lost")).await.1).unwrap();
    let mut stream = open(&server, &world).await;
    assert_eq!(delete(&server, "/v1/worlds/keys/lost").await, (204, Value::Null));
    stream.read_to_the_end().await;
    assert_eq!(get(&server, &format!("/v1/worlds/{}", world.id)).await.0, 404);
    assert_eq!(delete(&server, "/v1/worlds/keys/lost").await.0, 204, "again");
    let (status, body) = post(&server, "/v1/worlds", keyed("lost")).await;
    assert_eq!((status, &body["error"]["world"]), (410, &json!(world.id)));

    assert_eq!(delete(&server, "/v1/worlds/keys/early").await.0, 204);
    let (status, body) = post(&server, "/v1/worlds", keyed("early")).await;
    assert_eq!((status, &body["error"]["code"], &body["error"]["world"]), (410, &json!("world_ended"), &Value::Null));
    assert_eq!(delete(&server, "/v1/worlds/keys/no%20key%20at%20all").await.0, 204);
    assert_eq!(get(&server, "/v1/worlds").await.1["worlds"], json!([]));
}

/// HO-23: the bill is told with the end, stays readable after it, and is the same in both places.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_ended_worlds_bill_is_final_and_stays_readable() {
    let server = server_with(|config| config.credits_per_second = 0.25).await;
    let mut bills = Vec::new();
    for key in ["first", "second"] {
        let world: WorldInfo = serde_json::from_value(post(&server, "/v1/worlds", keyed(key)).await.1).unwrap();
        let mut stream = open(&server, &world).await;
        stream.unit(|envelope, _| (envelope.pts_us > 200_000).then_some(())).await;
        let alive = usage(&server, &format!("?world={}", world.id)).await;
        assert!(alive.worlds[0].ended.is_none() && alive.seconds_used > 0.0);
        let (status, last) = delete(&server, &format!("/v1/worlds/{}", world.id)).await;
        assert_eq!(status, 200);
        let last: WorldInfo = serde_json::from_value(last).unwrap();
        assert_eq!(last.ended, Some(EndReason::Deleted));
        assert!(last.seconds_used >= alive.seconds_used && last.credits_used == last.seconds_used * 0.25);
        stream.read_to_the_end().await;
        bills.push(last);
    }
    let all = usage(&server, "").await;
    let ids: Vec<_> = all.worlds.iter().map(|world| &world.id).collect();
    assert_eq!(ids, [&bills[1].id, &bills[0].id], "newest first");
    assert_eq!(all.seconds_used, bills[1].seconds_used + bills[0].seconds_used);
    let one = usage(&server, "?key=first").await;
    assert_eq!((one.worlds.len(), one.seconds_used), (1, bills[0].seconds_used));
    assert_eq!((one.credits_used, &one.worlds[0].ended), (bills[0].credits_used, &Some(EndReason::Deleted)));
    assert_eq!(usage(&server, "?key=none").await, Usage::default());
    let (status, body) = get(&server, "/v1/usage?key=a&key=b").await;
    assert_eq!((status, &body["error"]["code"]), (400, &json!("invalid_request")));
}

/// HO-30
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn bills_and_keys_are_for_those_with_the_servers_key() {
    let server = server_with(|config| config.key = Some("right".to_owned().into())).await;
    assert_eq!(get(&server, "/v1/usage").await.0, 401);
    assert_eq!(delete(&server, "/v1/worlds/keys/lost").await.0, 401);
}
