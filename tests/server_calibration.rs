//! The calibration world measures what it is for: its flash and its click have one media time, and its cells survive the codecs. The
//! stream is decoded by the codecs that players use.
#![cfg(feature = "server")]
#![allow(clippy::unwrap_used, missing_docs, reason = "a test")]

mod server_support;

use seaglass::codec::{VideoEncode, video_encoder};
use seaglass::media::{
    Arrival, AudioCodec, Chunk, Epoch, Format, MediaDelta, MediaTime, Packet, Picture, ServerStages, Tier, VideoCodec,
};
use seaglass::sim::calibration::{Calibration, Cells, flash, read_cells};
use seaglass::sim::scene::{FrameLabel, Scene, Shown};
use serde_json::json;
use server_support::*;

async fn flashes_and_clicks_meet(
    server: &seaglass::sim::ServerHandle,
    request: serde_json::Value,
    codecs: (VideoCodec, AudioCodec),
) {
    let world = create(server, request.clone()).await;
    let mut stream = open(server, &world).await;
    let mut decoders = Decoders::new(codecs.0, codecs.1);
    let mut frames = 0_u32;
    let (flashes, clicks) = flashes_and_clicks(&mut stream, &mut decoders, 2, |envelope, picture| {
        let cells = read_cells(picture).unwrap_or_else(|| panic!("no cells in frame {frames} of {request}"));
        assert_eq!((cells.frame, u64::from(cells.frame)), (frames, envelope.sequence));
        frames += 1;
    })
    .await;
    for (flash, click) in flashes.iter().zip(&clicks) {
        // One sample is 21 microseconds; a lossy codec blurs an onset by up to its shortest window, 2.5 ms.
        let blur = if codecs.1 == AudioCodec::Opus { 2_500 } else { 50 };
        assert!((click - flash).abs() <= blur, "flash at {flash}, click at {click}: {request}");
    }
    assert!((flashes[1] - flashes[0] - 1_000_000).abs() < 45_000, "one flash a second: {flashes:?}");
}

/// HO-12
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn flash_and_click_have_one_media_time_after_decoding() {
    let server = server().await;
    let pcm = json!({ "video_formats": ["mjpeg"], "audio": { "enabled": true, "formats": ["pcm_s16le"] } });
    let opus = json!({ "video_formats": ["h264"], "audio": { "enabled": true, "formats": ["opus"] } });
    tokio::join!(
        flashes_and_clicks_meet(&server, pcm, (VideoCodec::Mjpeg, AudioCodec::PcmS16le)),
        flashes_and_clicks_meet(&server, opus, (VideoCodec::H264, AudioCodec::Opus)),
    );
}

fn packet(codec: VideoCodec, sequence: u64, keyframe: bool, payload: &[u8]) -> Packet {
    Packet {
        format: Format::Video(codec),
        epoch: Epoch(1),
        sequence,
        pts: MediaTime::ZERO,
        duration: MediaDelta::ZERO,
        keyframe,
        discontinuity: false,
        chunk: Chunk::default(),
        input: None,
        server: ServerStages::default(),
        arrival: Arrival::default(),
        payload: bytes::Bytes::copy_from_slice(payload),
    }
}

/// Every frame's cells read back after the codec, flashes and the frames after them included.
fn cells_survive(codec: VideoCodec, tier: Tier, frames: u32) {
    let spec = tier.spec();
    let mut encoder: Box<dyn VideoEncode + Send> = video_encoder(codec, spec.size, spec.fps, spec.video_bitrate).unwrap();
    let mut decoders = Decoders::new(codec, AudioCodec::Opus);
    let mut world = Calibration::new();
    let mut picture = Picture::black(spec.size);
    let mut coded = Vec::new();
    let mut flashes = 0;
    for frame in 0..frames {
        let pts = MediaTime::from_micros(i64::from(frame) * 1_000_000 / i64::from(spec.fps));
        let duration = MediaDelta::from_micros(1_000_000 / i64::from(spec.fps));
        world.step(Shown { pts, duration, rendered: true });
        // Numbers whose every bit changes often.
        let label = FrameLabel { frame: frame.wrapping_mul(0x9e37_79b9), input: frame.wrapping_mul(0x85eb_ca6b) };
        world.render(&mut picture, label);
        let keyframe = encoder.encode(&picture, false, &mut coded).unwrap();
        let decoded = decoders.picture(&packet(codec, frame.into(), keyframe, &coded));
        let expected = Cells { frame: label.frame, input: label.input };
        assert_eq!(read_cells(&decoded), Some(expected), "{codec} at {tier}, frame {frame}");
        assert_eq!(flash(&decoded), flash(&picture), "{codec} at {tier}, frame {frame}");
        flashes += u32::from(flash(&decoded));
    }
    assert_eq!(flashes, (frames - 1) / spec.fps);
}

#[test]
fn cells_read_back_after_h264_at_every_tier() {
    cells_survive(VideoCodec::H264, Tier::Draft, 200);
    cells_survive(VideoCodec::H264, Tier::Standard, 70);
    cells_survive(VideoCodec::H264, Tier::High, 35);
}

#[test]
fn cells_read_back_after_mjpeg_at_every_tier() {
    cells_survive(VideoCodec::Mjpeg, Tier::Draft, 60);
    cells_survive(VideoCodec::Mjpeg, Tier::Standard, 40);
    cells_survive(VideoCodec::Mjpeg, Tier::High, 10);
}
