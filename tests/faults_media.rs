//! Faults of the media themselves, on real sockets: units that are lost, and sound that was muxed wrongly.
#![cfg(feature = "server")]
#![allow(clippy::unwrap_used, missing_docs, reason = "a test")]

mod server_support;

use seaglass::media::{AudioCodec, Track, VideoCodec};
use seaglass::sim::ServerHandle;
use seaglass::sim::faults::Script;
use serde_json::json;
use server_support::*;

async fn faulty(script: &str) -> ServerHandle {
    let script = Script::from_toml(script).unwrap_or_else(|error| panic!("{error}"));
    server_with(|config| config.faults = Some(script)).await
}

/// HO-27: what is lost is a gap in the numbers of its track, and as many are missing as the report says.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn lost_units_are_gaps_in_the_numbers_of_their_track_alone() {
    for (name, lossy) in [("video", Track::Video), ("audio", Track::Audio)] {
        let loss = format!("seed = 5\nfault = [{{ kind = \"loss\", message = \"{name}\", probability = 0.3, times = 6 }}]");
        let server = faulty(&loss).await;
        let world = create(&server, json!({})).await;
        let mut stream = open(&server, &world).await;
        let struck = || server.faults().unwrap().report().faults[0].struck;
        let (mut seen, mut newest) = ([0, 0], [0, 0]);
        let mut after = 0;
        // What was on its way when the last one was lost has come when so many more have.
        while after < 30 {
            let unit = stream.unit(|unit, _| Some(unit)).await;
            after += usize::from(struck() == 6 && unit.track() == lossy);
            let track = usize::from(unit.track() == Track::Audio);
            seen[track] += 1;
            newest[track] = unit.sequence + 1;
        }
        let (lost, whole) = if lossy == Track::Video { (0, 1) } else { (1, 0) };
        assert_eq!((newest[lost] - seen[lost], newest[whole] - seen[whole], struck()), (6, 0, 6), "{name}");
    }
}

/// HO-12: the click is where the script puts it, whichever way and however coded.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn skewed_sound_is_as_far_from_its_picture_as_the_script_says() {
    let pcm = json!({ "video_formats": ["mjpeg"], "audio": { "enabled": true, "formats": ["pcm_s16le"] } });
    let opus = json!({ "video_formats": ["h264"], "audio": { "enabled": true, "formats": ["opus"] } });
    let measured = async |by: i64, request: serde_json::Value, codecs: (VideoCodec, AudioCodec)| {
        let server = faulty(&format!("fault = [{{ kind = \"skew\", by = \"{by}ms\" }}]")).await;
        let world = create(&server, request).await;
        let mut stream = open(&server, &world).await;
        let mut decoders = Decoders::new(codecs.0, codecs.1);
        let (flashes, clicks) = flashes_and_clicks(&mut stream, &mut decoders, 3, |_, _| {}).await;
        let mut offsets: Vec<i64> = flashes.iter().zip(&clicks).map(|(flash, click)| click - flash).collect();
        offsets.sort_unstable();
        // The middle one: a machine that skips a frame shows a flash late.
        let off = offsets[offsets.len() / 2] - by * 1000;
        assert!(off.abs() <= 2_500, "{by} ms: {offsets:?}");
    };
    tokio::join!(
        measured(120, opus, (VideoCodec::H264, AudioCodec::Opus)),
        measured(-80, pcm, (VideoCodec::Mjpeg, AudioCodec::PcmS16le)),
    );
}
