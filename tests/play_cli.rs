//! `seaglass play` as a user runs it, without a window: what it decodes is what ffmpeg decodes, to the last bit of every picture,
//! whatever the file was made by; and what it refuses it refuses with a reason.
#![cfg(all(feature = "player", feature = "server"))]

mod film;
mod support;

use std::path::Path;
use std::process::Output;

use ring::digest::{SHA256, digest};
use serde_json::Value;
use support::{run, seaglass};

const FRAME: usize = 176 * 144 * 3 / 2;

fn play(folder: &Path, arguments: &[&str]) -> Output {
    run(seaglass().arg("play").args(arguments).current_dir(folder))
}

fn told(folder: &Path, arguments: &[&str]) -> Value {
    let output = play(folder, arguments);
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).expect("one object on stdout")
}

fn sum(bytes: &[u8]) -> String {
    digest(&SHA256, bytes).as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// X-13, HL-22: files as they come from anybody.
#[test]
fn hl_22_a_plain_mp4_decodes_to_the_pictures_that_ffmpeg_decodes_whoever_made_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let x264 = |more: &[&'static str]| [&["-c:v", "libx264", "-pix_fmt", "yuv420p"][..], more].concat();
    let makes: [(&str, Vec<&str>); 9] = [
        ("plain.mp4", x264(&["-c:a", "aac"])),
        ("faststart.mp4", x264(&["-c:a", "aac", "-movflags", "+faststart"])),
        ("deep.mp4", x264(&["-x264opts", "bframes=8:b-pyramid=normal:ref=6:weightp=2", "-c:a", "aac", "-ac", "1"])),
        ("opengop.mp4", x264(&["-x264opts", "open-gop=1:keyint=12:bframes=3", "-an"])),
        ("fragments.mp4", x264(&["-movflags", "frag_keyframe+empty_moov+default_base_moof", "-g", "20", "-c:a", "aac"])),
        ("cmaf.mp4", x264(&["-movflags", "+cmaf+delay_moov+negative_cts_offsets", "-g", "20", "-c:a", "libopus"])),
        ("vfr.mp4", x264(&["-vf", "select='not(mod(n,3))+lt(n,10)'", "-fps_mode", "vfr", "-c:a", "aac"])),
        ("baseline.mov", x264(&["-profile:v", "baseline", "-c:a", "aac", "-ar", "22050"])),
        ("slices.mp4", x264(&["-x264opts", "slices=4:cabac=0", "-bf", "2", "-c:a", "libmp3lame"])),
    ];
    for (name, options) in makes {
        let Some(path) = film::made(folder.path(), name, 2.0, 44_100, &options) else { return };
        let expected = film::pictures(&path);
        let told = told(folder.path(), &[name, "--hash"]);
        assert_eq!(told["frames"], expected.len() / FRAME, "{name}: {told}");
        assert_eq!(told["pictures"]["sha256"], sum(&expected).as_str(), "{name}");
        assert_eq!(told["undecodable_frames"], 0, "{name}");
        assert_eq!(told["samples"]["undecodable_packets"], 0, "{name}");
    }
}

#[test]
fn a_clip_that_was_cut_without_coding_it_again_shows_what_its_edit_list_leaves() {
    let folder = tempfile::tempdir().expect("a folder");
    let options = ["-c:v", "libx264", "-pix_fmt", "yuv420p", "-g", "50", "-c:a", "aac"];
    let Some(whole) = film::made(folder.path(), "whole.mp4", 4.0, 48_000, &options) else { return };
    let cut = folder.path().join("cut.mp4");
    let names = (whole.to_str().expect("a name"), cut.to_str().expect("a name"));
    film::ffmpeg(&["-ss", "1.32", "-i", names.0, "-c", "copy", names.1]).expect("cut");
    let expected = film::pictures(&cut);
    let told = told(folder.path(), &["cut.mp4", "--hash"]);
    assert_eq!(told["frames"], expected.len() / FRAME, "{told}");
    assert_eq!(told["pictures"]["sha256"], sum(&expected).as_str());
}

#[test]
fn beginning_anywhere_shows_exactly_the_picture_that_stands_there() {
    let folder = tempfile::tempdir().expect("a folder");
    let options = ["-c:v", "libx264", "-pix_fmt", "yuv420p", "-g", "40", "-bf", "3", "-c:a", "aac"];
    let Some(path) = film::made(folder.path(), "seek.mp4", 3.0, 44_100, &options) else { return };
    let all = film::pictures(&path);
    for number in [0, 1, 2, 17, 39, 40, 41, 73, 74] {
        for within in [0, 39] {
            let from = format!("{}ms", number * 40 + within);
            let told = told(folder.path(), &["seek.mp4", "--hash", "--from", &from, "--frames", "1"]);
            let expected = sum(&all[number * FRAME..(number + 1) * FRAME]);
            assert_eq!(told["pictures"]["sha256"], expected.as_str(), "at {from}");
        }
    }
    let rest = told(folder.path(), &["seek.mp4", "--hash", "--from", "1.6s"]);
    assert_eq!(rest["pictures"]["sha256"], sum(&all[40 * FRAME..]).as_str());
    let round = told(folder.path(), &["seek.mp4", "--hash", "--loop", "--frames", "190"]);
    let expected = [&all[..], &all, &all[..40 * FRAME]].concat();
    assert_eq!(round["pictures"]["sha256"], sum(&expected).as_str(), "round and round, none left out");
    let fast = told(folder.path(), &["seek.mp4", "--hash", "--speed", "2"]);
    assert_eq!(fast["pictures"]["sha256"], sum(&all).as_str(), "every picture at every speed");
    let sound = |told: &Value| told["samples"]["frames"].as_f64().expect("a number");
    let whole = told(folder.path(), &["seek.mp4", "--hash"]);
    assert!((sound(&whole) / sound(&fast) - 2.0).abs() < 0.01, "twice as fast is half as long");
    assert_eq!(told(folder.path(), &["seek.mp4", "--hash"]), whole, "the same every time");
}

/// X-13: the same player as a live world's, in real time.
#[test]
fn x_13_a_clip_plays_through_the_player_to_its_end_and_leaves_a_picture() {
    let folder = tempfile::tempdir().expect("a folder");
    film::beats(&folder.path().join("beats.mp4"), 2, 30);
    let told = told(folder.path(), &["beats.mp4", "--headless"]);
    assert_eq!(told["ended"], true, "{told}");
    assert_eq!(told["position_s"], told["length_s"]);
    assert!(told["sounded_ms"].as_f64().is_some_and(|ms| ms >= 1_900.0), "all of its sound: {told}");
    assert!(told["frames"].as_u64().is_some_and(|frames| (1..=50).contains(&frames)), "{told}");
}

#[test]
fn what_cannot_be_played_is_refused_with_a_reason_and_what_to_do() {
    let folder = tempfile::tempdir().expect("a folder");
    let whole = folder.path().join("whole.mp4");
    film::beats(&whole, 1, 25);
    let bytes = std::fs::read(&whole).expect("read");
    let write = |name: &str, bytes: &[u8]| std::fs::write(folder.path().join(name), bytes).expect("written");
    write("cut.mp4", &bytes[..bytes.len() * 2 / 3]);
    write("text.mp4", b"<html>404 not found</html>");
    write("empty.mp4", b"");
    write("three.mp4", &bytes[..3]);
    write("head.mp4", &bytes[..24]);
    write("zeros.mp4", &[0; 5000]);
    write("notes.txt", b"hi\n");
    write("film.mkv", b"\x1aE\xdf\xa3\x01\0\0\0\0\0\0\x23B\x86\x81\x01");
    std::fs::create_dir(folder.path().join("folder.mp4")).expect("made");
    let refused = |name: &str, code: &str, says: &str| {
        for how in [["--hash"], ["--headless"]] {
            let output = play(folder.path(), &[&[name][..], &how].concat());
            let words = String::from_utf8_lossy(&output.stderr);
            assert!(!output.status.success() && output.stdout.is_empty(), "{name}");
            assert!(words.contains(&format!("error[{code}]")) && words.contains(says), "{name}: {words}");
            assert!(words.contains("\n   why: ") && words.contains("\n    do: "), "{name}: {words}");
        }
    };
    refused("cut.mp4", "clip", "cut off");
    refused("text.mp4", "clip", "does not begin like one, but like text");
    refused("empty.mp4", "clip", "it is empty");
    refused("three.mp4", "clip", "no more than 3 bytes");
    refused("head.mp4", "clip", "cut off");
    refused("zeros.mp4", "clip", "does not begin like one");
    refused("notes.txt", "clip", "no more than 3 bytes");
    refused("film.mkv", "clip", "but like Matroska or WebM");
    refused("folder.mp4", "file", "name an MP4 file in it");
    refused("nowhere.mp4", "file", "nowhere.mp4");
    refused("nowhere", "not-found", "neither a file here nor a job");
    if cfg!(unix) {
        refused("/dev/null", "file", "a pipe or a device");
    }
    let options = ["-c:v", "mpeg4", "-an"];
    if film::made(folder.path(), "old.mp4", 0.5, 48_000, &options).is_some() {
        refused("old.mp4", "clip", "mp4v");
        let options = ["-c:v", "libx264", "-pix_fmt", "yuv444p", "-an"];
        film::made(folder.path(), "fine.mp4", 0.5, 48_000, &options).expect("made");
        let output = play(folder.path(), &["fine.mp4", "--hash"]);
        let words = String::from_utf8_lossy(&output.stderr);
        assert!(!output.status.success() && words.contains("4:2:0"), "{words}");
    }
    for wrong in [&["", "--hash"][..], &["whole.mp4", "--hash", "--screenshot", "a.png"]] {
        assert_eq!(play(folder.path(), wrong).status.code(), Some(2), "{wrong:?}");
    }
    let output = play(folder.path(), &["whole.mp4", "--hash", "--loop"]);
    assert_eq!(output.status.code(), Some(2), "a sum without an end");
}

#[test]
fn a_clip_of_which_no_picture_decodes_fails_and_one_of_which_some_do_says_how_many_do_not() {
    let folder = tempfile::tempdir().expect("a folder");
    let whole = folder.path().join("whole.mp4");
    film::beats(&whole, 1, 5);
    let mut bytes = std::fs::read(&whole).expect("read");
    let units = film::units(&whole);
    assert_eq!(units.len(), 25, "a unit of each picture");
    // Only keyframes, and of each all but the byte that says what it is: what follows depends on them.
    for keyframe in [20, 0, 5, 10, 15] {
        bytes[units[keyframe].start + 1..units[keyframe].end].fill(0x11);
        let name = if keyframe == 20 { "some.mp4" } else { "none.mp4" };
        std::fs::write(folder.path().join(name), &bytes).expect("written");
    }
    for how in ["--hash", "--headless"] {
        let output = play(folder.path(), &["some.mp4", how]);
        let words = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success() && words.contains("5 pictures could not be decoded"), "{how}: {words}");
        let output = play(folder.path(), &["none.mp4", how]);
        let words = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{how}: {words}");
        assert!(words.contains("error[clip]") && output.stdout.is_empty(), "{how}: {words}");
    }
}

#[test]
fn figures_are_those_of_the_file_and_a_file_of_sound_alone_has_none_of_pictures() {
    let folder = tempfile::tempdir().expect("a folder");
    let rates = [("24", 24.0, 2.0), ("24000/1001", 23.976, 2.002), ("30000/1001", 29.97, 2.002), ("60", 60.0, 2.0)];
    for (rate, fps, length) in rates {
        let name = format!("{}.mp4", rate.replace('/', "-"));
        let frames = (fps * 2.0_f64).round().to_string();
        let options = ["-an", "-r", rate, "-frames:v", &frames, "-c:v", "libx264", "-pix_fmt", "yuv420p"];
        if film::made(folder.path(), &name, 2.5, 48_000, &options).is_none() {
            return;
        }
        let clip = &told(folder.path(), &[&name, "--hash"])["clip"];
        assert_eq!((clip["fps"].as_f64(), clip["length_s"].as_f64()), (Some(fps), Some(length)), "{rate}");
    }
    film::made(folder.path(), "tone.m4a", 1.0, 48_000, &["-vn", "-c:a", "aac"]).expect("made");
    let told = told(folder.path(), &["tone.m4a", "--headless"]);
    assert_eq!((&told["clip"]["fps"], &told["frames"], &told["ended"]), (&Value::Null, &0.into(), &true.into()), "{told}");
    film::made(folder.path(), "odd.mp4", 1.0, 48_000, &["-vn", "-c:a", "ac3"]).expect("made");
    let output = play(folder.path(), &["odd.mp4", "--hash"]);
    let words = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.code() == Some(1) && words.contains("ac-3") && words.contains("convert it"), "{words}");
}
