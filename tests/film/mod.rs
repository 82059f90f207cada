//! Films for tests: made by ffmpeg as anybody makes them, or by our own recorder where ffmpeg is not installed, with a flash and a
//! click at the same moments.

#![allow(dead_code, reason = "each test file uses its own part")]

use std::ops::Range;
use std::path::{Path, PathBuf};
use std::process::Command;

use seaglass::codec::{AUDIO_FRAMES, AudioEncode, H264Encoder, Mp4Reader, Mp4Recorder, OpusEncoder, VideoEncode};
use seaglass::media::{MediaDelta, Picture, Size, Track};

/// Size of a film of our own.
pub const SIZE: Size = Size { width: 160, height: 96 };
/// A flash and a click come so often, the first after half of it: whole pictures, all of them.
pub const BEAT_US: i64 = 480_000;
/// Length of a picture.
pub const FRAME_US: i64 = 40_000;

/// What ffmpeg prints; `None`, with a word to whoever reads the log, where it is not installed.
pub fn ffmpeg(arguments: &[&str]) -> Option<Vec<u8>> {
    let base = ["-v", "error", "-y", "-nostdin", "-threads", "1"];
    match Command::new("ffmpeg").args(base).args(arguments).output() {
        Ok(output) => {
            assert!(output.status.success(), "ffmpeg {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
            Some(output.stdout)
        }
        Err(error) => {
            println!("skipped: ffmpeg does not run here ({error})");
            None
        }
    }
}

/// A film of moving bars and a tone, as long as `seconds`, made with these options; `None` without ffmpeg.
pub fn made(folder: &Path, name: &str, seconds: f64, rate: u32, options: &[&str]) -> Option<PathBuf> {
    let path = folder.join(name);
    let bars = format!("testsrc2=size=176x144:rate=25:duration={seconds}");
    let tone = format!("aevalsrc=0.4*sin(440*2*PI*t)*(1+sin(3*t))/2|0.4*sin(660*2*PI*t):s={rate}:d={seconds}");
    let inputs = ["-f", "lavfi", "-i", &bars, "-f", "lavfi", "-i", &tone];
    ffmpeg(&[&inputs[..], options, &[path.to_str()?]].concat()).map(|_| path)
}

/// The pictures of a film as ffmpeg decodes them: planes Y, U and V, one picture behind the other.
pub fn pictures(path: &Path) -> Vec<u8> {
    let path = path.to_str().expect("a name");
    let output = ["-map", "0:v:0", "-fps_mode", "passthrough", "-f", "rawvideo", "-pix_fmt", "yuv420p", "-"];
    ffmpeg(&[&["-i", path][..], &output].concat()).expect("ffmpeg made it")
}

/// The sound of a film as ffmpeg decodes it: 48 kHz, stereo; a single channel on both sides, which ffmpeg itself would make quieter.
pub fn samples(path: &Path, channels: usize) -> Vec<f32> {
    let path = path.to_str().expect("a name");
    let count = channels.to_string();
    let output = ["-map", "0:a:0", "-f", "f32le", "-ac", &count, "-ar", "48000", "-"];
    let bytes = ffmpeg(&[&["-i", path][..], &output].concat()).expect("ffmpeg made it");
    let samples = bytes.chunks_exact(4).map(|bytes| f32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]));
    samples.flat_map(|sample| std::iter::repeat_n(sample, 2 / channels)).collect()
}

/// A film of our own: black, with a white picture and a click of 10 ms at each beat. Keyframes every `keyframes` pictures.
pub fn beats(path: &Path, seconds: i64, keyframes: usize) {
    let mut sound = OpusEncoder::new(96_000).expect("an encoder");
    let mut video = H264Encoder::new(SIZE, 25, 500_000).expect("an encoder");
    let skip = sound.pre_skip();
    let mut recorder = Mp4Recorder::create(path, skip as u16).expect("a file");
    let (mut packet, mut unit) = (Vec::new(), Vec::new());
    let lag = skip as i64 * 1_000_000 / 48_000;
    for block in 0..seconds * 50 {
        let samples: Vec<f32> = (block * AUDIO_FRAMES as i64..(block + 1) * AUDIO_FRAMES as i64)
            .flat_map(|frame| {
                let since = (frame * 1_000_000 / 48_000 + BEAT_US / 2) % BEAT_US;
                let tone = (frame as f32 * std::f32::consts::TAU / 48.0).cos() * 0.8;
                [if since < 10_000 { tone } else { 0.0 }; 2]
            })
            .collect();
        sound.encode(&samples, &mut packet).expect("encodes");
        recorder.audio(MediaDelta::from_micros(block * 20_000 - lag), &packet).expect("recorded");
        packet.clear();
        if block % 2 == 0 {
            let number = block / 2;
            let mut picture = Picture::black(SIZE);
            let flash = (number * FRAME_US + BEAT_US / 2) % BEAT_US < FRAME_US;
            picture.planes_mut()[0].fill(if flash { 235 } else { 16 + (number % 32) as u8 });
            unit.clear();
            let keyframe = video.encode(&picture, (number as usize).is_multiple_of(keyframes), &mut unit).expect("encodes");
            recorder.video(MediaDelta::from_micros(number * FRAME_US), &unit, keyframe).expect("recorded");
        }
    }
    recorder.finish().expect("finished");
}

/// Pictures of a film that tells their numbers, a second.
pub const NUMBERED_FPS: i64 = 5;
/// Columns of such a picture, all of one width: white, black, and eight that tell its number, the highest bit first. Only its upper
/// half; the lower one is white.
pub const COLUMNS: usize = 10;

/// A silent film of our own whose pictures tell their numbers: see [`COLUMNS`].
pub fn numbered(path: &Path, count: u8) {
    let size = SIZE.width as usize;
    let mut video = H264Encoder::new(SIZE, NUMBERED_FPS as u32, 500_000).expect("an encoder");
    let mut recorder = Mp4Recorder::create(path, 0).expect("a file");
    let mut unit = Vec::new();
    for number in 0..count {
        let mut picture = Picture::black(SIZE);
        let columns = 1_usize << (COLUMNS - 1) | usize::from(number);
        for (row, line) in picture.planes_mut()[0].chunks_exact_mut(size).enumerate() {
            for (x, sample) in line.iter_mut().enumerate() {
                let white = columns >> (COLUMNS - 1 - x * COLUMNS / size) & 1 == 1;
                *sample = if white || row >= SIZE.height as usize / 2 { 235 } else { 16 };
            }
        }
        unit.clear();
        let keyframe = video.encode(&picture, i64::from(number) % (2 * NUMBERED_FPS) == 0, &mut unit).expect("encodes");
        let pts = MediaDelta::from_micros(i64::from(number) * 1_000_000 / NUMBERED_FPS);
        recorder.video(pts, &unit, keyframe).expect("recorded");
    }
    recorder.finish().expect("finished");
}

/// Where the last unit of each picture of such a film lies in its file.
pub fn units(path: &Path) -> Vec<Range<usize>> {
    let bytes = std::fs::read(path).expect("read");
    let mut reader = Mp4Reader::open(path).expect("a film");
    let (mut units, mut behind) = (Vec::new(), 0);
    while let Some(sample) = reader.next_sample().expect("whole") {
        if sample.track == Track::Video {
            let begins = sample.payload.windows(4).rposition(|four| four == [0, 0, 0, 1]).expect("a unit") + 4;
            let unit = &sample.payload[begins..];
            let at = behind + bytes[behind..].windows(unit.len()).position(|found| found == unit).expect("in the file");
            behind = at + unit.len();
            units.push(at..behind);
        }
    }
    units
}
