//! The recorder held against our reader, and against ffprobe and ffmpeg where they are installed: what was written at a time is
//! presented at that time.
#![cfg(feature = "codec")]
#![allow(clippy::unwrap_used, reason = "a failed helper is a failed test")]

use std::path::Path;
use std::process::Command;

use seaglass::codec::{
    AUDIO_FRAMES, AudioEncode, CodecError, H264Encoder, Mp4Reader, Mp4Recorder, Mp4Sample, OpusEncoder, VideoEncode,
    video_decoder,
};
use seaglass::media::{
    Arrival, Chunk, Epoch, Format, MediaDelta, MediaTime, Packet, Picture, PicturePool, ServerStages, Size, Track,
    VideoCodec,
};

const SIZE: Size = Size { width: 160, height: 96 };

fn micros(value: i64) -> MediaDelta {
    MediaDelta::from_micros(value)
}

/// Frames that are shown for very different times, the first one not at 0; the fifth is white.
const SHOWN: [i64; 8] = [50_021, 83_354, 83_355, 150_000, 1_000_007, 1_033_340, 2_500_000, 2_533_333];
const WHITE: usize = 4;

/// Where the sound's first frame lies, and the frame of it (10 ms of a tone) that clicks.
const SOUND_AT: i64 = 20_000;
const CLICK: usize = 47_042;

/// A recording whose white frame is shown at the microsecond at which its click sounds.
fn record(path: &Path, blocks: usize) -> Vec<Vec<u8>> {
    assert_eq!(SOUND_AT + CLICK as i64 * 1_000_000 / 48_000, 1_000_041, "the click lies 34 µs behind the flash");
    let mut sound = OpusEncoder::new(128_000).unwrap();
    let mut video = H264Encoder::new(SIZE, 30, 1_000_000).unwrap();
    let mut recorder = Mp4Recorder::create(path, sound.pre_skip() as u16).unwrap();
    let (mut packet, mut unit, mut packets, mut next) = (Vec::new(), Vec::new(), Vec::new(), 0);
    for block in 0..blocks {
        let samples: Vec<f32> = (block * AUDIO_FRAMES..(block + 1) * AUDIO_FRAMES)
            .flat_map(|frame| {
                let tone = (frame as f32 * std::f32::consts::TAU / 48.0).sin() * 0.8;
                [if (CLICK..CLICK + 480).contains(&frame) { tone } else { 0.0 }; 2]
            })
            .collect();
        sound.encode(&samples, &mut packet).unwrap();
        packets.push(packet.clone());
        let at = SOUND_AT + 20_000 * block as i64;
        recorder.audio(micros(at - i64::from(sound.pre_skip()) * 1_000_000 / 48_000), &packet).unwrap();
        while next < SHOWN.len() && SHOWN[next] < at + 20_000 {
            let mut picture = Picture::black(SIZE);
            if next == WHITE {
                picture.planes_mut()[0].fill(235);
            }
            let keyframe = video.encode(&picture, next == 0 || next == 6, &mut unit).unwrap();
            recorder.video(micros(SHOWN[next]), &unit, keyframe).unwrap();
            next += 1;
        }
    }
    let recording = recorder.finish().unwrap();
    assert_eq!((recording.frames, recording.packets), (SHOWN.len() as u64, blocks as u64));
    assert_eq!(recording.bytes, std::fs::metadata(path).unwrap().len());
    packets
}

fn read(path: &Path) -> Vec<Mp4Sample> {
    let mut reader = Mp4Reader::open(path).unwrap();
    std::iter::from_fn(|| reader.next_sample().unwrap()).collect()
}

#[test]
fn what_was_recorded_reads_back_at_the_microsecond() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.mp4");
    let packets = record(&path, 140);
    let samples = read(&path);
    let video: Vec<&Mp4Sample> = samples.iter().filter(|sample| sample.track == Track::Video).collect();
    let audio: Vec<&Mp4Sample> = samples.iter().filter(|sample| sample.track == Track::Audio).collect();
    assert_eq!(video.iter().map(|sample| sample.pts.as_micros()).collect::<Vec<_>>(), SHOWN);
    assert_eq!(
        video.iter().map(|sample| sample.keyframe).collect::<Vec<_>>(),
        [0, 6].map(|key| key).iter().fold(vec![false; 8], |mut keys, key| {
            keys[*key] = true;
            keys
        })
    );
    assert!(audio.iter().map(|sample| &sample.payload).eq(&packets), "every packet, bit by bit");
    for (index, sample) in audio.iter().enumerate() {
        let expected = SOUND_AT - 120 * 1_000_000 / 48_000 + 20_000 * index as i64;
        assert!(
            (sample.pts.as_micros() - expected).abs() <= 21,
            "packet {index}: {} for {expected}",
            sample.pts.as_micros()
        );
    }
    // And it decodes: the white frame is white.
    let mut decoder = video_decoder(VideoCodec::H264).unwrap();
    let pool = PicturePool::new(1);
    for (sequence, sample) in video.iter().enumerate() {
        let packet = Packet {
            format: Format::Video(VideoCodec::H264),
            epoch: Epoch(0),
            sequence: sequence as u64,
            pts: MediaTime::ZERO + sample.pts,
            duration: sample.duration,
            keyframe: sample.keyframe,
            discontinuity: false,
            chunk: Chunk::default(),
            input: None,
            server: ServerStages::default(),
            arrival: Arrival::default(),
            payload: sample.payload.clone().into(),
        };
        let picture = decoder.decode(&packet, &pool).unwrap().unwrap();
        let luma = picture.planes()[0].data[5000];
        assert_eq!(luma > 200, sequence == WHITE, "frame {sequence}: {luma}");
    }
}

#[test]
fn a_pause_in_the_sound_is_a_pause_in_the_file_and_rounding_is_none() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("pause.mp4");
    let mut encoder = OpusEncoder::new(64_000).unwrap();
    let mut packet = Vec::new();
    encoder.encode(&[0.1; 2 * AUDIO_FRAMES], &mut packet).unwrap();
    let mut recorder = Mp4Recorder::create(&path, 0).unwrap();
    let times = [0, 20_300, 39_900, 60_000, 580_000, 600_000];
    for time in times {
        recorder.audio(micros(time), &packet).unwrap();
    }
    recorder.finish().unwrap();
    let read: Vec<i64> = read(&path).iter().map(|sample| sample.pts.as_micros()).collect();
    assert_eq!(read, [0, 20_000, 40_000, 60_000, 580_000, 600_000]);
}

#[test]
fn times_that_go_back_and_streams_that_begin_in_the_middle_are_refused_and_harm_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("order.mp4");
    let mut encoder = H264Encoder::new(SIZE, 30, 500_000).unwrap();
    let mut units = Vec::new();
    for index in 0..3 {
        let mut unit = Vec::new();
        encoder.encode(&Picture::black(SIZE), index == 0, &mut unit).unwrap();
        units.push(unit);
    }
    let mut recorder = Mp4Recorder::create(&path, 0).unwrap();
    assert!(matches!(recorder.video(micros(0), &units[1], false), Err(CodecError::NoReference { .. })));
    recorder.video(micros(10), &units[0], true).unwrap();
    assert!(matches!(recorder.video(micros(10), &units[1], false), Err(CodecError::OutOfOrder { .. })));
    recorder.video(micros(20), &units[1], false).unwrap();
    assert!(matches!(recorder.audio(micros(0), &[]), Err(CodecError::Corrupt { .. })));
    // Dropped without `finish`: the file plays all the same.
    drop(recorder);
    assert_eq!(read(&path).iter().map(|sample| sample.pts.as_micros()).collect::<Vec<_>>(), [10, 20]);
}

#[test]
fn files_that_are_none_give_a_reason() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("none.mp4");
    assert!(matches!(Mp4Reader::open(&path), Err(CodecError::File { .. })));
    for bytes in [&b""[..], b"hello, this is no film", &[0, 0, 0, 9, b'm', b'o', b'o', b'v', 0], &[0; 64]] {
        std::fs::write(&path, bytes).unwrap();
        assert!(matches!(Mp4Reader::open(&path), Err(CodecError::BadFile { .. })), "{bytes:?}");
    }
    assert!(matches!(Mp4Recorder::create(&folder.path().join("no/such/folder.mp4"), 0), Err(CodecError::File { .. })));
}

/// What a program prints; `None`, with a word to whoever reads the log, where it is not installed.
fn run(program: &str, arguments: &[&str]) -> Option<Vec<u8>> {
    match Command::new(program).args(arguments).output() {
        Ok(output) => {
            assert!(output.status.success(), "{program}: {}", String::from_utf8_lossy(&output.stderr));
            Some(output.stdout)
        }
        Err(error) => {
            println!("skipped: {program} does not run here ({error})");
            None
        }
    }
}

fn numbers(text: &[u8]) -> Vec<f64> {
    String::from_utf8_lossy(text).split_whitespace().map(|line| line.trim_matches(',').parse().unwrap()).collect()
}

/// HO-12: an outside program sees the times that were given.
#[test]
fn ffprobe_and_ffmpeg_present_every_frame_and_sample_when_it_was_recorded() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.mp4");
    record(&path, 140);
    let path = path.to_str().unwrap();
    let show = ["-v", "error", "-of", "csv=p=0", "-show_entries", "frame=pts_time", "-select_streams"];
    let Some(frames) = run("ffprobe", &[&show[..], &["v:0", path]].concat()) else { return };
    let frames = numbers(&frames);
    assert_eq!(frames.iter().map(|seconds| (seconds * 1e6).round() as i64).collect::<Vec<_>>(), SHOWN);
    let Some(sound) = run("ffprobe", &[&show[..], &["a:0", path]].concat()) else { return };
    let first = numbers(&sound)[0];
    assert!((first * 1e6 - SOUND_AT as f64).abs() <= 21.0, "sound begins at {first}");
    // Decoded: the click is where the flash is, to a millisecond of Opus's own smear.
    let decode = ["-v", "error", "-i", path, "-map", "0:a", "-f", "f32le", "-ac", "1", "-"];
    let Some(samples) = run("ffmpeg", &decode) else { return };
    let samples: Vec<f32> =
        samples.chunks_exact(4).map(|bytes| f32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]])).collect();
    let loud = samples.iter().position(|sample| sample.abs() > 0.3).unwrap();
    // A sine of 1 kHz passes 0.3 of its 0.8 within 3 frames of its start.
    assert!((loud as i64 - CLICK as i64).abs() <= 24, "the click begins at frame {loud}, not {CLICK}");
    assert!(samples.len().abs_diff(140 * AUDIO_FRAMES) <= AUDIO_FRAMES, "{} samples", samples.len());
}
