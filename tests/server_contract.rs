//! The world server keeps its contract: real sockets on loopback, a client made by hand. The worlds are calibration worlds, which
//! say in every frame which frame it is and which input it reflects.
#![cfg(feature = "server")]
#![allow(missing_docs)]

mod server_support;

use seaglass::media::{Tier, Track};
use seaglass::wire::{
    AckStatus, AudioRequest, CloseCode, CommandId, Control, Down, EndReason, ErrorEnvelope, PROTOCOL, TierName, Up,
    WorldState,
};
use serde_json::json;
use server_support::*;

/// HO-1, HO-3, HO-5, HO-18
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_world_is_created_streamed_and_deleted() {
    let server = server().await;
    let world = create(&server, json!({ "seed": 7 })).await;
    assert_eq!(world.seed, Some(7));
    let path = format!("/v1/worlds/{}", world.id);
    let mut stream = open(&server, &world).await;
    assert_eq!(stream.hello.world, world.id);
    let (first, _) = stream.unit(|envelope, packet| is_video(&envelope).then_some((envelope, packet))).await;
    assert!(first.keyframe && first.discontinuity && first.sequence == 0 && first.epoch == stream.hello.epoch);
    assert!(first.generated_us <= first.sent_us && first.generated_us.is_some());
    for next in 1..10 {
        let envelope = stream.unit(|envelope, _| is_video(&envelope).then_some(envelope)).await;
        assert_eq!(envelope.sequence, next);
    }
    let (status, info) = get(&server, &path).await;
    assert_eq!((status, &info["state"], &info["attached"]), (200, &json!("running"), &json!(true)));
    assert_eq!(get(&server, "/v1/worlds").await.1["worlds"][0]["id"], json!(world.id));

    assert_eq!(delete(&server, &path).await.0, 204);
    let (events, code) = stream.to_the_end().await;
    assert_eq!((events.last(), code), (Some(&Down::Ended { reason: EndReason::Deleted }), CloseCode::Done));
    let (status, body) = get(&server, &path).await;
    let body: ErrorEnvelope = serde_json::from_value(body).unwrap();
    assert_eq!((status, body.error.code.as_str()), (404, "not_found"));
    assert_eq!(delete(&server, &path).await.0, 404);
    server.shutdown().await;
}
