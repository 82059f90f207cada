//! What several end-to-end tests need: running the program, and outside programs that look at what it left.
#![allow(dead_code, reason = "every test binary uses a part of it")]

pub mod served;

use std::path::Path;
use std::process::{Command, Output, Stdio};

/// The program under test.
pub fn seaglass() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_seaglass"));
    // No settings, keys or display of whoever runs the tests.
    for name in [
        "SEAGLASS_PROFILE",
        "SEAGLASS_CONFIG",
        "SEAGLASS_SERVER",
        "SEAGLASS_API_KEY",
        "SEAGLASS_CA_FILE",
        "SEAGLASS_BACKEND",
        "HH_LAB_API_KEY",
        "HH_LAB_BASE_URL",
        "HH_APP_API_KEY",
        "HH_APP_BASE_URL",
        "HAPPYHORSE_API_KEY",
        "HAPPYHORSE_BASE_URL",
        "SEAGLASS_LOG",
        "DISPLAY",
        "WAYLAND_DISPLAY",
    ] {
        command.env_remove(name);
    }
    // Nor their books: every test has its own.
    FOLDER.with(|folder| {
        command.env("SEAGLASS_BOOKS", folder.path().join("books.sqlite")).env("XDG_CONFIG_HOME", folder.path())
    });
    command.stdin(Stdio::null());
    command
}

thread_local! {
    /// A test is a thread; its folder goes with it.
    static FOLDER: tempfile::TempDir = tempfile::tempdir().expect("a folder");
}

/// Runs a command to its end; its output, and what it was for the message of a failure.
pub fn run(command: &mut Command) -> Output {
    let output = command.output().unwrap_or_else(|error| panic!("{command:?} does not start: {error}"));
    if std::env::var_os("SEAGLASS_TEST_LOUD").is_some() {
        eprintln!("{command:?}\n{}", String::from_utf8_lossy(&output.stderr));
    }
    output
}

/// Runs a command that has to succeed; its standard output.
pub fn succeed(command: &mut Command) -> Vec<u8> {
    let output = run(command);
    assert!(output.status.success(), "{command:?}: {}\n{}", output.status, String::from_utf8_lossy(&output.stderr));
    output.stdout
}

/// Whether an outside program is there; says that the test is skipped otherwise.
pub fn have(program: &str) -> bool {
    let found = Command::new(program).arg("-version").stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok();
    if !found {
        eprintln!("skipped: {program} is not installed (scripts/test installs it)");
    }
    found
}

/// Seconds at which the video frames of a file are presented, as ffprobe reads them.
pub fn frame_times(file: &Path) -> Vec<f64> {
    let text = succeed(
        Command::new("ffprobe")
            .args(["-v", "error", "-select_streams", "v:0", "-show_entries", "frame=pts_time", "-of", "csv=p=0"])
            .arg(file),
    );
    String::from_utf8_lossy(&text).lines().filter_map(|line| line.trim_end_matches(',').parse().ok()).collect()
}

/// The luma planes of a file's video frames, in order of presentation, as ffmpeg decodes them.
pub fn luma_frames(file: &Path, width: usize, height: usize) -> Vec<Vec<u8>> {
    let bytes = succeed(Command::new("ffmpeg").args(["-v", "error", "-i"]).arg(file).args([
        "-map",
        "0:v:0",
        "-fps_mode",
        "passthrough",
        "-f",
        "rawvideo",
        "-pix_fmt",
        "gray",
        "-",
    ]));
    bytes.chunks_exact(width * height).map(<[u8]>::to_vec).collect()
}

/// The sound of a file, mono at 48 kHz, its first sample at the file's time 0, as ffmpeg decodes it.
pub fn samples(file: &Path) -> Vec<f32> {
    let bytes = succeed(Command::new("ffmpeg").args(["-v", "error", "-i"]).arg(file).args([
        "-map",
        "0:a:0",
        "-af",
        "aresample=async=1:first_pts=0",
        "-ac",
        "1",
        "-ar",
        "48000",
        "-f",
        "f32le",
        "-",
    ]));
    bytes.chunks_exact(4).map(|sample| f32::from_le_bytes([sample[0], sample[1], sample[2], sample[3]])).collect()
}

/// The brightness of a picture, 0 to 255.
pub fn mean(luma: &[u8]) -> f64 {
    luma.iter().map(|sample| f64::from(*sample)).sum::<f64>() / luma.len().max(1) as f64
}
