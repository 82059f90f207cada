//! Faults of requests and connections, on real sockets: what a script says is what a client meets.
#![cfg(feature = "server")]
#![allow(clippy::unwrap_used, missing_docs, reason = "a test")]

mod server_support;

use std::time::Duration;

use futures_util::StreamExt;
use seaglass::sim::faults::Script;
use seaglass::sim::{ServerConfig, ServerHandle};
use seaglass::wire::{Down, EndReason};
use serde_json::json;
use server_support::*;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

/// A time in which something would have come if it came at all.
const QUIET: Duration = Duration::from_millis(400);

fn script(text: &str) -> impl FnOnce(&mut ServerConfig) {
    let script = Script::from_toml(text).unwrap();
    move |config| config.faults = Some(script)
}

async fn faulty(text: &str) -> ServerHandle {
    server_with(script(text)).await
}

/// Another script from now on.
fn set(server: &ServerHandle, text: &str) {
    server.faults().unwrap().set(Script::from_toml(text).unwrap());
}

/// Asks for the list of worlds on a connection of its own.
async fn ask(server: &ServerHandle) -> TcpStream {
    let mut socket = TcpStream::connect(server.address()).await.unwrap();
    socket.write_all(b"GET /v1/worlds HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
    socket
}

/// Bytes that come within a while, or what the connection says instead.
async fn hear(socket: &mut TcpStream, within: Duration) -> Option<std::io::Result<usize>> {
    timeout(within, socket.read(&mut [0; 4096])).await.ok()
}

/// X-5
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_burst_of_refusals_passes_and_says_when_to_come_again() {
    let server = faulty(
        r#"fault = [
            { kind = "status", status = 429, retry_after = "2s", on = "create" },
            { kind = "status", status = 503, times = 2, on = "create" },
            { kind = "status", status = 401, on = "create" },
        ]"#,
    )
    .await;
    let ask = || reqwest::Client::new().post(url(&server, "/v1/worlds")).json(&json!({ "world": "calibration" })).send();
    let first = ask().await.unwrap();
    assert_eq!((first.status().as_u16(), first.headers()["retry-after"].to_str().unwrap()), (429, "2"));
    let body: serde_json::Value = first.json().await.unwrap();
    assert_eq!((&body["error"]["code"], &body["error"]["retry_after_ms"]), (&json!("rate_limited"), &json!(2000)));
    let mut later = Vec::new();
    for _ in 0..4 {
        later.push(ask().await.unwrap().status().as_u16());
    }
    assert_eq!(later, [503, 503, 401, 201]);
    assert_eq!(get(&server, "/v1/worlds").await.1["worlds"].as_array().unwrap().len(), 1, "only the last made a world");
}

/// X-5
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn retry_after_may_be_a_date() {
    let server =
        faulty(r#"fault = [{ kind = "status", status = 429, retry_after = "100s", retry_after_as = "date", on = "list" }]"#)
            .await;
    let answer = reqwest::get(url(&server, "/v1/worlds")).await.unwrap();
    let date = httpdate::parse_http_date(answer.headers()["retry-after"].to_str().unwrap()).unwrap();
    let now = httpdate::parse_http_date(answer.headers()["date"].to_str().unwrap()).unwrap();
    let after = date.duration_since(now).unwrap().as_secs();
    assert!((98..=102).contains(&after), "{after} s");
    let body: serde_json::Value = answer.json().await.unwrap();
    assert_eq!(body["error"].get("retry_after_ms"), None, "nothing but the date says when");
}

/// HO-28: the world is there, and whoever asked for it does not know.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lost_reply_to_a_create_leaves_a_world_behind() {
    let server = faulty(r#"fault = [{ kind = "lost_create_reply" }]"#).await;
    let ask = || {
        let body = json!({ "world": "calibration", "idempotency_key": "k1" });
        reqwest::Client::new().post(url(&server, "/v1/worlds")).json(&body).send()
    };
    assert!(!ask().await.unwrap_err().is_connect(), "it was connected, and then lost its answer");
    let worlds = get(&server, "/v1/worlds").await.1;
    let again = ask().await.unwrap();
    assert_eq!(again.status().as_u16(), 200, "the key finds the world that was made");
    let again: serde_json::Value = again.json().await.unwrap();
    assert_eq!(again["id"], worlds["worlds"][0]["id"]);
}

/// HO-28
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reply_may_be_lost_in_silence() {
    let server = faulty(r#"fault = [{ kind = "lost_reply", silent = true, on = "list" }]"#).await;
    let mut socket = ask(&server).await;
    assert!(hear(&mut socket, QUIET).await.is_none(), "neither an answer nor an end");
    assert_eq!(get(&server, "/v1/worlds").await.0, 200);
}

/// HO-26
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reset_is_a_reset_and_strikes_no_one_else() {
    let server = faulty(r#"fault = [{ kind = "reset", on = "list" }]"#).await;
    let mut socket = ask(&server).await;
    let end = hear(&mut socket, STUCK).await.expect("the connection is closed");
    assert_eq!(end.unwrap_err().kind(), std::io::ErrorKind::ConnectionReset);
    assert_eq!(get(&server, "/v1/worlds").await.0, 200);
}

/// HO-26: a stream whose bytes stop and whose connection stands.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_half_open_stream_is_silent_and_stays() {
    let server = faulty("").await;
    let world = create(&server, json!({})).await;
    let mut stream = open(&server, &world).await;
    set(&server, r#"fault = [{ kind = "half_open", on = "stream" }]"#);
    while let Ok(message) = timeout(QUIET, stream.socket.next()).await {
        message.unwrap().unwrap();
    }
    let other = open(&server, &world).await;
    assert_eq!(other.hello.world, world.id, "the server is well, and one stream of it is not");
    let more = timeout(QUIET, stream.socket.next()).await;
    assert!(more.is_err(), "even that it was replaced is never told: {more:?}");
}

/// HO-26
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stall_ends_and_nothing_is_lost() {
    let server = faulty(r#"fault = [{ kind = "stall", on = "list" }]"#).await;
    let mut socket = ask(&server).await;
    assert!(hear(&mut socket, QUIET).await.is_none());
    set(&server, "");
    assert!(hear(&mut socket, STUCK).await.unwrap().unwrap() > 0, "the answer comes when the stall is over");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn refused_connections_meet_a_closed_door_for_a_while() {
    let server = faulty(r#"fault = [{ kind = "refused" }]"#).await;
    for _ in 0..3 {
        if let Ok(mut socket) = TcpStream::connect(server.address()).await {
            assert!(!matches!(hear(&mut socket, STUCK).await.unwrap(), Ok(1..)), "not one byte");
        }
    }
    set(&server, "");
    assert_eq!(get(&server, "/health").await.0, 200, "the door is open again");
}

/// HO-29
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_world_ends_early_with_the_reason_of_the_script() {
    let server = faulty("").await;
    let world = create(&server, json!({})).await;
    let mut stream = open(&server, &world).await;
    set(&server, r#"fault = [{ kind = "end", reason = "limit" }]"#);
    let (events, _) = stream.read_to_the_end().await;
    assert_eq!(events.last(), Some(&Down::Ended { reason: EndReason::Limit }));
}

/// HO-29
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_world_stands_in_line_warms_up_slowly_and_then_runs() {
    let server =
        faulty(r#"fault = [{ kind = "queue", position = 3, step = "60ms" }, { kind = "warm_up", delay = "200ms" }]"#).await;
    let world = create(&server, json!({})).await;
    assert_eq!(world.state, seaglass::wire::WorldState::Queued);
    let mut stream = open(&server, &world).await;
    let (mut places, mut percents) = (Vec::new(), Vec::new());
    let running = |event: Down| match event {
        Down::Queue { position, size } => {
            places.push((position, size));
            None
        }
        Down::Stage(stage) => {
            percents.push(stage.percent);
            None
        }
        Down::State { state: seaglass::wire::WorldState::Running, state_version } => Some(state_version),
        _ => None,
    };
    assert_eq!(stream.event(running).await, 3, "queued, warming, running");
    assert_eq!(places.last(), Some(&(1, 3)), "{places:?}");
    assert!(percents.len() > 5 && percents.is_sorted() && percents.last() == Some(&100.0), "{percents:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn capacity_can_be_taken_away() {
    let server = faulty(r#"fault = [{ kind = "capacity", worlds = 1 }]"#).await;
    create(&server, json!({})).await;
    let (status, body) = post(&server, "/v1/worlds", json!({ "world": "calibration" })).await;
    assert_eq!((status, &body["error"]["code"]), (503, &json!("busy")));
}

async fn admin(server: &ServerHandle, method: reqwest::Method, body: &str) -> (u16, serde_json::Value) {
    answer(reqwest::Client::new().request(method, url(server, "/admin/faults")).body(body.to_owned())).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn faults_are_set_seen_and_taken_away_while_the_server_runs() {
    use reqwest::Method;
    let server = server_with(|config| config.admin = true).await;
    assert_eq!(admin(&server, Method::GET, "").await.1["faults"], json!([]));
    let (status, body) =
        admin(&server, Method::PUT, "seed = 5\n[[fault]]\nkind = \"status\"\nstatus = 500\ntimes = 2").await;
    assert_eq!((status, &body["seed"]), (200, &json!(5)));
    assert_eq!(get(&server, "/v1/worlds").await.0, 500);
    let (_, body) = admin(&server, Method::GET, "").await;
    assert_eq!(body["faults"], json!([{ "kind": "status", "open": true, "struck": 1 }]));
    assert_eq!(admin(&server, Method::DELETE, "").await.0, 204);
    assert_eq!(get(&server, "/v1/worlds").await.0, 200);
    let (status, body) = admin(&server, Method::PUT, "fault = [{ kind = \"flood\" }]").await;
    let words = body["error"]["message"].as_str().unwrap();
    assert!(status == 400 && words.contains("fault 1") && words.contains("half_open"), "{status} {body}");
    let json = reqwest::Client::new().put(url(&server, "/admin/faults")).json(&json!({ "fault": [{ "kind": "refused" }] }));
    assert_eq!(answer(json).await.0, 200);
}

/// X-9: nobody changes a server's faults who has no business there.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_admin_path_is_off_by_default_and_asks_for_the_key() {
    let off = faulty("").await;
    assert_eq!(get(&off, "/admin/faults").await.0, 404);
    let keyed = server_with(|config| {
        config.admin = true;
        config.key = Some("a-key".into());
    })
    .await;
    assert_eq!(get(&keyed, "/admin/faults").await.0, 401);
    let with_key = || reqwest::Client::new().get(url(&keyed, "/admin/faults")).bearer_auth("a-key");
    assert_eq!(answer(with_key()).await.0, 200);
    assert_eq!(answer(with_key().header("origin", "http://evil.example")).await.0, 403);
}
