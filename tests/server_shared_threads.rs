//! Seats of a shared world cost no threads. Alone in its file: threads are counted over the whole process.
#![cfg(all(feature = "server", target_os = "linux"))]
#![allow(clippy::unwrap_used, missing_docs, reason = "a test")]

mod server_support;

use server_support::*;

const SEATS: usize = 200;

fn threads() -> usize {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    status.lines().find_map(|line| line.strip_prefix("Threads:")).unwrap().trim().parse().unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_hundred_seats_live_on_the_thread_of_one() {
    let server = server_with(|config| (config.shared_world, config.max_worlds) = (true, SEATS + 1)).await;
    let client = reqwest::Client::new();
    let body = serde_json::json!({ "world": "calibration", "tier": "draft" });
    let seat = async || {
        let (status, world) = answer(client.post(url(&server, "/v1/worlds")).json(&body)).await;
        assert_eq!(status, 201, "{world}");
        open(&server, &serde_json::from_value(world).unwrap()).await
    };
    let mut streams = vec![seat().await];
    let picture = |envelope, _| is_video(&envelope).then_some(envelope.sequence);
    streams[0].unit(picture).await;
    let before = threads();
    for _ in 0..SEATS {
        streams.push(seat().await);
    }
    for stream in &mut streams[1..] {
        assert_eq!(stream.unit(picture).await, 0);
    }
    assert_eq!(threads(), before);
}
