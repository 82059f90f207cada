//! A well-kept stretcher of other hands: ffmpeg's filter `atempo` (WSOLA as well).

use std::path::Path;
use std::process::{Command, Stdio};

/// What it makes of a sound in interleaved stereo; `None`, with its reason printed, where it cannot be had.
pub fn atempo(rate: f64, sound: &[f32]) -> Option<Vec<f32>> {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let input = folder.join("audio_quality.f32");
    let bytes: Vec<u8> = sound.iter().flat_map(|sample| sample.to_le_bytes()).collect();
    std::fs::write(&input, bytes).ok()?;
    let run = Command::new("ffmpeg")
        .args(["-v", "error", "-nostdin", "-f", "f32le", "-ar", "48000", "-ac", "2", "-i"])
        .arg(&input)
        .args(["-af", &format!("atempo={rate}"), "-f", "f32le", "-"])
        .stderr(Stdio::piped())
        .output();
    match run {
        Ok(done) if done.status.success() => {
            Some(done.stdout.chunks_exact(4).map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]])).collect())
        }
        Ok(done) => {
            println!("skipped: ffmpeg's atempo: {}", String::from_utf8_lossy(&done.stderr).trim());
            None
        }
        Err(error) => {
            println!("skipped: ffmpeg's atempo: {error}");
            None
        }
    }
}
