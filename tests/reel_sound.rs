//! The sound of clips against ffmpeg's own decoding, frame by frame: at the right place, of the right shape, whatever its codec, rate
//! and channels; without a seam where the clip goes round; and hostile files make no panic.
#![cfg(feature = "player")]

mod cases;
mod film;

use std::path::Path;

use proptest::prelude::*;
use seaglass::codec::video_decoder;
use seaglass::media::{Epoch, MediaDelta, PicturePool, Track, VideoCodec};
use seaglass::reel::{Clip, Feed, Timeline};

/// So many frames of a clip's sound from a place on.
fn sound(path: &Path, from: MediaDelta, round: bool, frames: usize) -> Vec<f32> {
    let mut clip = Clip::open(path).expect("a clip");
    let timeline = Timeline::new(from, 1.0, clip.lap(), clip.length(), round);
    let mut feed = Feed::cue(&mut clip, timeline, Epoch(1)).expect("cued");
    let mut out = Vec::new();
    while out.len() < 2 * frames {
        let Some(packet) = feed.next(&mut clip, Track::Audio).expect("read") else { break };
        assert_eq!(packet.pts.as_micros(), out.len() as i64 / 2 * 1_000_000 / 48_000, "packets follow each other");
        out.extend(packet.payload.chunks_exact(2).map(|two| f32::from(i16::from_le_bytes([two[0], two[1]])) / 32_768.0));
    }
    out.truncate(2 * frames);
    out
}

/// How much louder a signal is than what two versions of it differ by, in dB, when one is shifted by so many frames.
fn likeness(a: &[f32], b: &[f32], shift: i64) -> f64 {
    let at = |samples: &[f32], frame: i64| samples.get(2 * frame as usize).copied().map_or(0.0, f64::from);
    let frames = (a.len().min(b.len()) / 2) as i64 - 200 - shift.abs();
    let (mut signal, mut noise) = (0.0, 1e-12);
    for frame in 2_000..frames {
        let (a, b) = (at(a, frame), at(b, frame + shift));
        signal += a * a;
        noise += (a - b) * (a - b);
    }
    10.0 * (signal / noise).log10()
}

#[test]
fn sound_is_what_ffmpeg_hears_at_the_same_frame_whatever_its_codec_rate_and_channels() {
    let folder = tempfile::tempdir().expect("a folder");
    // Ours and ffmpeg's resamplers differ at the edge of hearing; a shift by one frame of a 440 Hz tone is worse than 25 dB.
    let makes: [(&str, u32, f64, &[&str]); 8] = [
        ("aac48.mp4", 48_000, 60.0, &["-c:a", "aac", "-b:a", "160k"]),
        ("aac44.mp4", 44_100, 45.0, &["-c:a", "aac"]),
        ("mono22.mp4", 22_050, 40.0, &["-c:a", "aac", "-ac", "1"]),
        ("alone.m4a", 48_000, 60.0, &["-vn", "-c:a", "aac"]),
        ("opus.mp4", 48_000, 35.0, &["-c:a", "libopus", "-b:a", "128k"]),
        ("mp3.mp4", 44_100, 40.0, &["-c:a", "libmp3lame"]),
        ("flac.mp4", 48_000, 80.0, &["-c:a", "flac", "-strict", "-2"]),
        ("fragments.mp4", 48_000, 60.0, &["-movflags", "frag_keyframe+delay_moov", "-c:a", "aac"]),
    ];
    for (name, rate, least, options) in makes {
        let options = [&["-c:v", "libx264", "-pix_fmt", "yuv420p"][..], options].concat();
        let options = if options.contains(&"-vn") { &options[4..] } else { &options };
        let Some(path) = film::made(folder.path(), name, 2.0, rate, options) else { return };
        let theirs = film::samples(&path, if options.contains(&"1") { 1 } else { 2 });
        let ours = sound(&path, MediaDelta::ZERO, false, 96_000);
        // Of fragments ffmpeg gives the encoder's first 1024 frames too, at a time below zero, which the edit list cuts.
        let shift = if name == "fragments.mp4" { 1_024 } else { 0 };
        let like = likeness(&ours, &theirs, shift);
        assert!(like > least, "{name}: {like:.1} dB alike");
    }
}

#[test]
fn beginning_anywhere_sounds_as_if_it_had_played_up_to_there() {
    let folder = tempfile::tempdir().expect("a folder");
    let options = ["-c:v", "libx264", "-pix_fmt", "yuv420p", "-c:a", "aac"];
    let Some(path) = film::made(folder.path(), "a.mp4", 3.0, 48_000, &options) else { return };
    let whole = sound(&path, MediaDelta::ZERO, false, 144_000);
    for ms in [1, 20, 777, 1_500, 2_000] {
        let part = sound(&path, MediaDelta::from_millis(ms), false, 24_000);
        let from = 2 * 48 * ms as usize;
        let off = part.iter().zip(&whole[from..]).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
        assert!(off < 2e-4, "from {ms} ms: off by {off}");
    }
}

#[test]
fn going_round_leaves_no_gap_and_never_drifts() {
    let folder = tempfile::tempdir().expect("a folder");
    let options = ["-c:v", "libx264", "-pix_fmt", "yuv420p", "-c:a", "aac"];
    let Some(path) = film::made(folder.path(), "a.mp4", 1.0, 44_100, &options) else { return };
    let clip = Clip::open(&path).expect("a clip");
    let lap = clip.lap().as_micros() as usize * 48 / 1000;
    let once = sound(&path, MediaDelta::ZERO, false, lap);
    let laps = 40;
    let round = sound(&path, MediaDelta::ZERO, true, lap * laps + 4_800);
    for number in 1..laps {
        let here = &round[2 * lap * number..][..2 * lap];
        let like = likeness(&once, here, 0);
        assert!(like > 25.0, "lap {number} is {like:.1} dB alike: it drifts");
        let seam = &round[2 * (lap * number - 240)..][..960];
        let loud = seam.chunks(96).map(|piece| piece.iter().fold(0.0, |most: f32, sample| most.max(sample.abs())));
        let quietest = loud.fold(1.0, f32::min);
        assert!(quietest > 0.05, "lap {number} begins with a hole");
    }
}

#[test]
fn pictures_and_sound_stand_alone_too() {
    let folder = tempfile::tempdir().expect("a folder");
    let Some(silent) = film::made(folder.path(), "silent.mp4", 1.0, 48_000, &["-c:v", "libx264", "-an"]) else { return };
    let clip = Clip::open(&silent).expect("a clip");
    assert!(clip.sound().is_none() && clip.frames() == 25);
    let blind = film::made(folder.path(), "blind.m4a", 1.0, 48_000, &["-vn", "-c:a", "aac"]).expect("made");
    let clip = Clip::open(&blind).expect("a clip");
    assert!(clip.size().is_none() && clip.frames() == 0 && clip.sound().is_some());
    let options = ["-c:v", "libx264", "-pix_fmt", "yuv420p", "-c:a", "aac", "-ac", "6"];
    let six = film::made(folder.path(), "six.mp4", 1.0, 48_000, &options).expect("made");
    let clip = Clip::open(&six).expect("it plays silently");
    assert!(clip.sound().is_none() && clip.left_out().iter().any(|what| what.contains("channels")), "{:?}", clip.left_out());
}

/// Plays a file to its end, whatever is in it; what it says is of no interest, only that it says something.
fn survive(path: &Path) {
    let Ok(mut clip) = Clip::open(path) else { return };
    let timeline = Timeline::new(MediaDelta::from_millis(300), 1.5, clip.lap(), clip.length(), true);
    let Ok(mut feed) = Feed::cue(&mut clip, timeline, Epoch(1)) else { return };
    let mut decoder = video_decoder(VideoCodec::H264).expect("a decoder");
    let pool = PicturePool::new(2);
    for sequence in 0..8 {
        let Ok(Some(mut packet)) = feed.next(&mut clip, Track::Video) else { break };
        packet.sequence = sequence;
        let _ = decoder.decode(&packet, &pool);
    }
    for _ in 0..20 {
        if !matches!(feed.next(&mut clip, Track::Audio), Ok(Some(_))) {
            break;
        }
    }
}

proptest! {
    #![proptest_config(cases::config(60))]

    #[test]
    fn no_damage_to_a_file_makes_a_panic(
        damage in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..12),
        tables in any::<bool>(),
        cut in prop::option::of(any::<prop::sample::Index>()),
    ) {
        static FILMS: std::sync::OnceLock<Vec<Vec<u8>>> = std::sync::OnceLock::new();
        let films = FILMS.get_or_init(|| {
            let folder = tempfile::tempdir().expect("a folder");
            let own = folder.path().join("own.mp4");
            film::beats(&own, 1, 10);
            let options = ["-c:v", "libx264", "-pix_fmt", "yuv420p", "-g", "8", "-c:a", "aac"];
            let more = [&options[..], &["-movflags", "frag_keyframe+empty_moov"]].concat();
            let theirs = film::made(folder.path(), "theirs.mp4", 1.0, 44_100, &options);
            let fragments = film::made(folder.path(), "fragments.mp4", 1.0, 44_100, &more);
            [Some(own), theirs, fragments].into_iter().flatten().map(|path| std::fs::read(path).expect("read")).collect()
        });
        for film in films {
            let mut bytes = film.clone();
            // Most of a file is media; tables are where damage hurts.
            let table = bytes.windows(4).position(|four| four == b"moov").unwrap_or(0);
            let span = if tables { table..(table + 1_500).min(bytes.len()) } else { 0..bytes.len() };
            for (place, value) in &damage {
                let at = span.start + place.index(span.len());
                bytes[at] = *value;
            }
            if let Some(cut) = cut {
                bytes.truncate(cut.index(bytes.len()));
            }
            let file = tempfile::NamedTempFile::new().expect("a file");
            std::fs::write(file.path(), &bytes).expect("written");
            survive(file.path());
        }
    }
}
