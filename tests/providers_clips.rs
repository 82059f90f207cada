//! The three services as a client meets them, from a job to its file, and what is in the file.
#![cfg(feature = "server")]
#![allow(clippy::unwrap_used, missing_docs, reason = "a test")]

mod providers_support;

use std::io::{BufRead as _, BufReader};
use std::process::{Command, Stdio};

use providers_support::*;
use seaglass::codec::{Mp4Reader, video_decoder};
use seaglass::media::{
    Arrival, Chunk, Epoch, Format, MediaTime, Packet, PicturePool, ServerStages, Size, Track, VideoCodec,
};
use seaglass::sim::providers::{CameraMove, ClipSpec, Shot, make_clip};
use seaglass::sim::{Cells, read_cells};
use serde_json::json;

#[tokio::test]
async fn every_service_takes_a_job_and_hands_out_its_clip() {
    let providers = providers().await;
    let (status, job) = posted(&providers, LAB, "/v1/generate", json!({ "prompt": "A red desert", "duration": 2 })).await;
    assert_eq!(status, 202, "{job}");
    let body = json!({ "model": "happyhorse-1.0/video", "prompt": "An eagle", "duration": 3 });
    let (status, task) = posted(&providers, APP, "/api/generate", body).await;
    assert_eq!(status, 200, "{task}");
    let body = json!({ "prompt": "A chestnut horse", "durationSec": 3, "aspectRatio": "9:16" });
    let (status, video) = posted(&providers, CUSTOMER, "/api/v1/videos", body).await;
    assert_eq!(status, 201, "{video}");
    pass(&providers, 60);
    let job = asked(&providers, LAB, &format!("/v1/jobs/{}", job["job_id"].as_str().unwrap())).await.1;
    let task = format!("/api/status?task_id={}", task["data"]["task_id"].as_str().unwrap());
    let task = asked(&providers, APP, &task).await.1;
    let video = asked(&providers, CUSTOMER, &format!("/api/v1/videos/{}", video["id"].as_str().unwrap())).await.1;
    for (link, frames, size) in [
        (&job["output_url"], 48, (640, 360)),
        (&task["data"]["response"]["resultUrls"][0], 72, (512, 288)),
        (&video["videoUrl"], 72, (288, 512)),
    ] {
        let file = fetched(link.as_str().unwrap()).await;
        assert_eq!((file.status, file.header("content-type")), (200, "video/mp4"));
        let (seen, pictured) = look(&file.bytes);
        assert_eq!((seen.len(), pictured), (frames, Size { width: size.0, height: size.1 }));
        assert!(seen.iter().enumerate().all(|(index, cells)| cells.frame == index as u32), "every frame tells its number");
    }
}

/// Decoded frames: what the cells of each say, and their size.
fn look(bytes: &[u8]) -> (Vec<Cells>, Size) {
    let path = tempfile::Builder::new().suffix(".mp4").tempfile().unwrap().into_temp_path();
    std::fs::write(&path, bytes).unwrap();
    let mut reader = Mp4Reader::open(&path).unwrap();
    let mut decoder = video_decoder(VideoCodec::H264).unwrap();
    let pool = PicturePool::new(1);
    let (mut cells, mut size) = (Vec::new(), Size { width: 0, height: 0 });
    while let Some(sample) = reader.next_sample().unwrap() {
        if sample.track != Track::Video {
            continue;
        }
        let packet = Packet {
            format: Format::Video(VideoCodec::H264),
            epoch: Epoch(0),
            sequence: cells.len() as u64,
            pts: MediaTime::ZERO + sample.pts,
            duration: sample.duration,
            keyframe: sample.keyframe,
            discontinuity: false,
            chunk: Chunk::default(),
            input: None,
            server: ServerStages::default(),
            arrival: Arrival::default(),
            payload: sample.payload.into(),
        };
        let picture = decoder.decode(&packet, &pool).unwrap().unwrap();
        size = picture.size();
        cells.push(read_cells(&picture).unwrap());
    }
    (cells, size)
}

fn spec(prompt: &str, sound: bool) -> ClipSpec {
    ClipSpec {
        shots: vec![Shot { prompt: prompt.to_owned(), seconds: 1 }, Shot { prompt: "the sea".to_owned(), seconds: 2 }],
        size: Size { width: 256, height: 144 },
        fps: 30,
        sound,
        seed: 1,
        camera: CameraMove::Orbit,
        motion: 500,
        note: "a note".to_owned(),
    }
}

#[test]
fn the_same_words_give_the_same_file_and_others_another() {
    let make = |prompt: &str| make_clip(&spec(prompt, true)).unwrap();
    let one = make("a horse by the sea");
    assert!(one == make("a horse by the sea"));
    assert!(one != make("a horse in the city"));
    assert!(one.len() < 400_000, "{} bytes for 3 s", one.len());
}

/// What a program prints; `None`, with a word to whoever reads the log, where it is not installed.
fn run(program: &str, arguments: &[&str]) -> Option<Vec<u8>> {
    match Command::new(program).args(arguments).output() {
        Ok(output) => {
            assert!(output.status.success(), "{program}: {}", String::from_utf8_lossy(&output.stderr));
            assert!(output.stderr.is_empty(), "{program}: {}", String::from_utf8_lossy(&output.stderr));
            Some(output.stdout)
        }
        Err(error) => {
            println!("skipped: {program} does not run here ({error})");
            None
        }
    }
}

/// HL-22: an outside program finds exactly the frames and samples that were asked for, and a click where each second begins.
#[test]
fn ffprobe_and_ffmpeg_find_what_was_asked_for() {
    let path = tempfile::Builder::new().suffix(".mp4").tempfile().unwrap().into_temp_path();
    for sound in [true, false] {
        std::fs::write(&path, make_clip(&spec("a horse", sound)).unwrap()).unwrap();
        let path = path.to_str().unwrap();
        let entries =
            "stream=codec_name,profile,width,height,r_frame_rate,nb_frames,sample_rate,channels,start_time,duration";
        let arguments = ["-v", "error", "-of", "json", "-show_entries", entries, path];
        let Some(found) = run("ffprobe", &arguments) else { return };
        let found: serde_json::Value = serde_json::from_slice(&found).unwrap();
        let streams = found["streams"].as_array().unwrap();
        let (video, audio) = (&streams[0], streams.get(1));
        assert_eq!((&video["codec_name"], &video["r_frame_rate"]), (&json!("h264"), &json!("30/1")));
        assert_eq!((&video["width"], &video["height"], &video["nb_frames"]), (&json!(256), &json!(144), &json!("90")));
        assert_eq!((&video["start_time"], &video["duration"]), (&json!("0.000000"), &json!("3.000000")));
        assert_eq!(audio.is_some(), sound);
        let Some(audio) = audio else { continue };
        assert_eq!((&audio["codec_name"], &audio["profile"]), (&json!("aac"), &json!("LC")));
        assert_eq!(
            (&audio["sample_rate"], &audio["channels"], &audio["duration"]),
            (&json!("48000"), &json!(2), &json!("3.000000"))
        );
        let decode = ["-v", "error", "-i", path, "-vn", "-ac", "1", "-f", "f32le", "-"];
        let Some(samples) = run("ffmpeg", &decode) else { return };
        let samples: Vec<f32> = samples.as_chunks().0.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect();
        assert!((samples.len() as i64 - 144_000).abs() <= 1024, "{} samples of 3 s", samples.len());
        // The click lasts 10 ms and stands far above the chord.
        let level =
            |from: usize| (samples[from..from + 480].iter().map(|sample| sample * sample).sum::<f32>() / 480.0).sqrt();
        for second in 0..3 {
            let (click, chord) = (level(second * 48_000), level(second * 48_000 + 12_000));
            assert!(click > 2.0 * chord && chord > 0.005, "second {second}: {click} over {chord}");
        }
        let pictures = ["-v", "error", "-i", path, "-an", "-f", "framemd5", "-"];
        let Some(pictures) = run("ffmpeg", &pictures) else { return };
        assert_eq!(String::from_utf8_lossy(&pictures).lines().filter(|line| !line.starts_with('#')).count(), 90);
    }
}

#[test]
fn the_program_serves_them_and_says_where_and_with_which_keys() {
    let mut serve = Command::new(env!("CARGO_BIN_EXE_seaglass"));
    serve.args(["serve", "--listen", "127.0.0.1:0", "--until-eof", "--providers", "--providers-clock", "virtual"]);
    let mut child = serve.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let lines: Vec<String> = BufReader::new(child.stdout.take().unwrap()).lines().take(7).map(Result::unwrap).collect();
    drop(child.stdin.take());
    assert!(child.wait().unwrap().success());
    let origin = lines[0].strip_prefix("listening on ").unwrap();
    assert!(lines[1].starts_with(&format!("providers on {origin}, files on http://127.0.0.1:")), "{lines:?}");
    assert!(lines[2..].iter().any(|line| line.contains(LAB)), "{lines:?}");
}
