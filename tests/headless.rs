//! The main job, end to end, as a user runs it: the program against its own server, headless, and an outside program that measures
//! what it left.
#![cfg(all(feature = "player", feature = "server"))]

mod support;

use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde_json::Value;
use support::{frame_times, have, luma_frames, mean, run, samples, seaglass, succeed};

/// One run at a time: each brings a server, a player and an encoder, and they measure.
fn alone() -> MutexGuard<'static, ()> {
    static TURN: Mutex<()> = Mutex::new(());
    TURN.lock().unwrap_or_else(PoisonError::into_inner)
}

fn report(path: &Path) -> Value {
    serde_json::from_slice(&std::fs::read(path).expect("the report is there")).expect("the report is JSON")
}

/// HO-12, HO-14, HO-15: sound and picture are together in what was presented and sounded, measured by ffmpeg from the recording
/// of the calibration world, which flashes and clicks once a second at the same media time.
#[test]
fn sound_and_picture_of_a_recording_are_together() {
    if !have("ffmpeg") || !have("ffprobe") {
        return;
    }
    let _turn = alone();
    let folder = tempfile::tempdir().expect("a folder");
    let (recording, json) = (folder.path().join("out.mp4"), folder.path().join("out.json"));
    succeed(
        seaglass()
            .args(["explore", "--world", "calibration", "--headless", "--for", "10s"])
            .arg("--record")
            .arg(&recording)
            .arg("--report")
            .arg(&json),
    );
    let times = frame_times(&recording);
    let frames = luma_frames(&recording, 640, 360);
    assert_eq!(times.len(), frames.len());
    let flashes: Vec<f64> =
        times.iter().zip(&frames).filter(|(_, luma)| mean(luma) > 200.0).map(|(time, _)| *time).collect();
    let clicks = onsets(&samples(&recording));
    assert!(flashes.len() >= 7, "a flash a second for 10 s, found at {flashes:?}");
    assert!(clicks.len() >= 7, "a click a second for 10 s, found at {clicks:?}");
    let offsets: Vec<f64> = flashes
        .iter()
        .filter_map(|flash| clicks.iter().map(|click| (click - flash) * 1e3).min_by(|a, b| a.abs().total_cmp(&b.abs())))
        .filter(|offset| offset.abs() < 500.0)
        .collect();
    println!("A/V offsets (click minus flash) in ms: {offsets:.1?}");
    assert!(offsets.len() >= 7);
    let worst = offsets.iter().fold(0.0, |worst: f64, offset| worst.max(offset.abs()));
    assert!(worst < 45.0, "sound and picture are {worst:.1} ms apart: {offsets:.1?}");

    let report = report(&json);
    let share = report["frames"]["presented_pct"].as_f64().expect("frames were received");
    println!("presented: {share} %");
    // 99 % is the goal on two free cores; the margin is for machines that others use meanwhile.
    assert!(share >= 95.0, "{share} % of the frames were presented: {:#}", report["frames"]);
    assert!(report["input_to_photon_ms"]["input_to_photon"]["n"].as_u64() > Some(3), "{:#}", report["input_to_photon_ms"]);
    for stage in ["server_render", "server_encode", "transfer", "buffer", "decode", "wait", "upload", "draw", "present"] {
        assert!(report["stages_ms"][stage]["p95"].is_number(), "stage {stage} is not known: {:#}", report["stages_ms"]);
    }
}

/// Seconds at which a click begins: loud after at least 100 ms of quiet.
fn onsets(samples: &[f32]) -> Vec<f64> {
    let (mut found, mut quiet) = (Vec::new(), 0);
    for (index, sample) in samples.iter().enumerate() {
        if sample.abs() > 0.1 {
            if quiet > 4800 {
                found.push(index as f64 / 48_000.0);
            }
            quiet = 0;
        } else {
            quiet += 1;
        }
    }
    found
}

/// HO-1 to HO-5: a scenario directs, wanders and changes the tier; every command is acknowledged and shown; the world is gone
/// afterwards.
#[test]
fn a_scenario_is_acted_out_and_every_command_is_shown() {
    let _turn = alone();
    let folder = tempfile::tempdir().expect("a folder");
    let (script, json, png) = (folder.path().join("s.toml"), folder.path().join("r.json"), folder.path().join("p.png"));
    std::fs::write(
        &script,
        r#"
            schema = 1
            session = { prompt = "a green valley", seed = 5 }
            step = [
              { at = "500ms", wander = { move = "forward", look = [0.2, 0.0] } },
              { at = "1s", direct = "a heavy storm rolls in" },
              { at = "2s", prompt = "a frozen valley of snow" },
              { at = "3s", tier = "draft" },
              { at = "4s", direct = "xyzzy plugh" },
            ]
        "#,
    )
    .expect("a script");
    succeed(
        seaglass()
            .args(["explore", "--headless", "--for", "6s", "--script"])
            .arg(&script)
            .arg("--report")
            .arg(&json)
            .arg("--screenshot")
            .arg(&png),
    );
    let report = report(&json);
    let commands = report["commands"].as_array().expect("commands");
    let statuses: Vec<&str> = commands.iter().filter_map(|command| command["status"].as_str()).collect();
    assert_eq!(statuses, ["applied", "applied", "applied", "not_understood"], "{commands:#?}");
    for command in &commands[..2] {
        assert!(command["acknowledged_ms"].is_number() && command["presented_ms"].is_number(), "{command:#}");
    }
    assert!(std::fs::metadata(&png).expect("a screenshot").len() > 10_000, "a world is no flat picture");
}

/// The exit statuses of docs/exit-codes.md, and errors that say what, why and what to do.
#[test]
fn mistakes_are_told_with_what_why_and_what_to_do() {
    let folder = tempfile::tempdir().expect("a folder");
    let script = folder.path().join("bad.toml");
    std::fs::write(&script, "schema = 1\nstep = [{ at = \"1s\" }, { at = \"never\", direct = \"x\" }]").expect("a script");
    let script = script.to_string_lossy().into_owned();
    let cases: &[(&[&str], i32, &[&str])] = &[
        (&["explore", "--headless"], 2, &["error[usage]", "prompt"]),
        (&["explore", "coast", "--tier", "ultra"], 2, &["draft, standard and high"]),
        (&["explore", "coast", "--headless", "--script", &script], 2, &["error[script]", "step 1", "step 2"]),
        (&["explore", "coast", "--headless", "--server", "http://127.0.0.1:9"], 7, &["error[connect]", "127.0.0.1:9"]),
        (&["explore", "coast", "--headless", "--server", "https://127.0.0.1:9"], 7, &["error[connect]"]),
        (&["world", "list"], 2, &["error[usage]", "--server"]),
        (&["world", "show", "../../etc", "--server", "http://127.0.0.1:9"], 2, &["world id"]),
        (&["--config", "/nonexistent/seaglass.toml", "config", "check"], 2, &["error[config]"]),
        (&["explain", "nonsense"], 2, &["lists the codes"]),
    ];
    for (arguments, status, words) in cases {
        let output = run(seaglass().args(*arguments).current_dir(folder.path()));
        let text = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(*status), "{arguments:?}: {text}");
        for word in *words {
            assert!(text.contains(word), "{arguments:?} does not say {word:?}: {text}");
        }
        assert!(!text.contains("panicked"), "{arguments:?}: {text}");
    }
}

/// A settings file with a wrong key stops every command before anything is sent.
/// HO-21, HO-22: a limit ends the run gracefully, with a status of its own, and says which limit it was.
#[test]
fn a_limit_ends_the_run_with_its_own_status_and_says_which_it_was() {
    let _turn = alone();
    let folder = tempfile::tempdir().expect("a folder");
    // Without a scenario a headless run strolls, and who strolls is not idle.
    let script = folder.path().join("later.toml");
    std::fs::write(&script, "schema = 1\nstep = [{ at = \"50s\", direct = \"rain\" }]\n").expect("it is written");
    for (limit, words) in [("--limit", "its longest time of 2 s was reached"), ("--idle", "nothing was done in it for 2 s")]
    {
        let output = run(seaglass()
            .args(["explore", "--world", "calibration", "--tier", "draft", "--headless", "--for", "60s", limit, "2s"])
            .arg("--script")
            .arg(&script));
        let notes = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(11), "{notes}");
        assert!(notes.contains(words) && notes.contains("error[limit]"), "{notes}");
        assert!(notes.contains("s left:"), "it is announced before: {notes}");
    }
}

/// HO-9: the same run by Server-Sent Events and POST.
#[test]
fn a_run_by_server_sent_events_presents_its_frames() {
    let _turn = alone();
    let folder = tempfile::tempdir().expect("a folder");
    let json = folder.path().join("out.json");
    succeed(
        seaglass()
            .args([
                "explore",
                "--world",
                "calibration",
                "--tier",
                "draft",
                "--headless",
                "--for",
                "4s",
                "--transport",
                "sse",
            ])
            .arg("--report")
            .arg(&json),
    );
    let report = report(&json);
    let share = report["frames"]["presented_pct"].as_f64().expect("frames were received");
    assert!(share >= 90.0, "{share} % of the frames were presented: {:#}", report["frames"]);
}

#[test]
fn a_wrong_key_in_the_settings_is_an_error_and_not_a_default() {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("seaglass.toml"), "teir = \"draft\"\n").expect("a settings file");
    let output = run(seaglass().args(["explore", "coast", "--headless"]).current_dir(folder.path()));
    let text = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{text}");
    assert!(text.contains("teir") && text.contains("line 1"), "{text}");
}

/// Without any graphics adapter the error names what to install, and the world that was created meanwhile is deleted with the
/// embedded server; `doctor` says the same before anything is created.
#[cfg(target_os = "linux")]
#[test]
fn without_an_adapter_the_error_names_what_to_install() {
    let blind = |arguments: &[&str]| {
        let mut command = seaglass();
        command.args(arguments).env("WGPU_BACKEND", "vulkan");
        // The Vulkan loader finds no driver there.
        run(command.env("VK_DRIVER_FILES", "/nonexistent").env("VK_ICD_FILENAMES", "/nonexistent"))
    };
    let output = blind(&["explore", "coast", "--headless", "--for", "1s"]);
    let text = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{text}");
    assert!(text.contains("error[no-adapter]") && text.contains("mesa-vulkan-drivers"), "{text}");

    let output = blind(&["doctor", "-o", "json"]);
    assert_eq!(output.status.code(), Some(1));
    let checks: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let adapter = checks.as_array().and_then(|checks| checks.iter().find(|check| check["name"] == "adapter"));
    assert_eq!(adapter.map(|check| &check["verdict"]), Some(&Value::from("missing")), "{checks:#}");
}

/// `doctor` finds what this machine has, and a display and a sound device are no necessity.
#[test]
fn doctor_finds_the_adapter_and_goes_without_a_display() {
    let checks: Value = serde_json::from_slice(&succeed(seaglass().args(["doctor", "-o", "json"]))).expect("JSON");
    let verdict = |name: &str| {
        let check = checks.as_array().and_then(|checks| checks.iter().find(|check| check["name"] == name));
        check.and_then(|check| check["verdict"].as_str()).unwrap_or_else(|| panic!("no {name}: {checks:#}")).to_owned()
    };
    assert_eq!(verdict("adapter"), "ok");
    assert!(["without", "ok"].contains(&verdict("sound").as_str()));
    if cfg!(all(unix, not(target_os = "macos"))) {
        assert_eq!(verdict("display"), "without");
    }
}
