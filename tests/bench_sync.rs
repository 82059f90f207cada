//! `seaglass bench sync` as a user runs it: the real pipeline measured beside virtual time (L1), and through a sound server (L3).
#![cfg(all(feature = "player", feature = "server"))]

mod support;

use std::path::Path;
use std::process::Command;
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde_json::Value;
use support::{run, seaglass, succeed};

/// One run at a time: they measure.
fn alone() -> MutexGuard<'static, ()> {
    static TURN: Mutex<()> = Mutex::new(());
    TURN.lock().unwrap_or_else(PoisonError::into_inner)
}

fn rows(stdout: &[u8]) -> Vec<Value> {
    serde_json::from_slice(stdout).expect("an array")
}

/// HO-14, HO-15: what really sounded and lit up, through sockets, decoders and threads, is what virtual time says of the same
/// arrivals: every percentile within 5 ms. On a machine that others use meanwhile threads come late, which virtual time does not know
/// of: a run in which the device's own callbacks did counts only where it agrees, and is repeated where it does not.
#[test]
fn virtual_time_tells_what_the_real_pipeline_does_to_within_5_ms() {
    let _turn = alone();
    let folder = tempfile::tempdir().expect("a folder");
    let trace = folder.path().join("loopback.csv");
    let (mut worst, mut quiet) = (f64::INFINITY, 0);
    for attempt in 0..4 {
        let arguments = ["bench", "sync", "--layer", "l1", "--for", "14s", "--ppm", "-120", "--period", "8ms", "-o", "json"];
        let rows = rows(&succeed(seaglass().args(arguments).arg("--save-trace").arg(&trace)));
        println!("attempt {attempt}: {rows:#?}");
        let layers: Vec<&Value> = rows.iter().map(|row| &row["layer"]).collect();
        assert_eq!(layers, ["L1", "L0"]);
        for row in &rows {
            assert!(row["audio"]["concealed_pct"].is_number() && row["video"]["shown_pct"].is_number(), "{row:#}");
        }
        assert_eq!(rows[0]["machine"]["period_ms"].as_f64().map(f64::round), Some(8.0));
        worst = rows[0]["agreement"]["worst_ms"].as_f64().unwrap_or(f64::INFINITY).min(worst);
        quiet += u32::from(rows[0]["machine"]["disturbed_ms"].as_f64().expect("measured") <= 1.0);
        if worst <= 5.0 || quiet == 2 {
            break;
        }
    }
    println!("L1 and L0 are {worst} ms apart, {quiet} quiet runs");
    if quiet < 2 && worst > 5.0 {
        println!("skipped: the machine was never quiet enough to compare on");
    } else {
        assert!(worst <= 5.0, "L1 and L0 are {worst} ms apart");
    }
    // The arrivals are a trace like any other.
    let arguments = ["bench", "sim", "--peers", "none", "-o", "json", "--trace"];
    let again = rows(&succeed(seaglass().args(arguments).arg(&trace)));
    assert!(again[0]["audio"]["delay_ms"]["p50"].is_number() && again[0]["video"]["shown_pct"].is_number(), "{again:#?}");
}

/// HO-12, HO-14: a click in what the sound server played lies beside its flash in what was drawn, inside what anybody notices
/// (ITU-R BT.1359). One repetition, for a machine that others use meanwhile.
#[test]
fn click_and_flash_are_together_at_the_output_of_a_sound_server() {
    let _turn = alone();
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("scripts/with-sound-server");
    let mut outside = f64::INFINITY;
    for attempt in 0..2 {
        let plain = seaglass();
        let mut command = Command::new(&script);
        for (name, value) in plain.get_envs() {
            match value {
                Some(value) => command.env(name, value),
                None => command.env_remove(name),
            };
        }
        let output =
            run(command.arg(plain.get_program()).args(["bench", "sync", "--layer", "L3", "--for", "16s", "-o", "json"]));
        let said = String::from_utf8_lossy(&output.stderr);
        if output.status.code() == Some(77) {
            println!("{said}");
            return;
        }
        assert!(output.status.success(), "{}: {said}", output.status);
        let rows = rows(&output.stdout);
        println!("attempt {attempt}: {rows:#?}");
        assert_eq!(rows[0]["layer"], "L3");
        assert!(rows[0]["pairs"].as_u64().is_some_and(|pairs| pairs >= 3), "{rows:#?}");
        assert!(rows[0]["bound_ms"].is_number(), "{rows:#?}");
        outside = rows[0]["av_offset_ms"]["outside_bt1359_pct"].as_f64().expect("offsets").min(outside);
        if outside == 0.0 {
            break;
        }
    }
    assert!(outside == 0.0, "{outside} % of the clicks are noticeably apart from their flashes");
}

/// Mistakes are told with what, why and what to do, and a missing sound server is no crash.
#[test]
fn mistakes_and_a_missing_sound_server_are_told() {
    let cases: &[(&[&str], &[&str])] = &[
        (&["--layer", "L2"], &["L2", "L1"]),
        (&["--layer", "L1", "--for", "1s"], &["error[usage]", "--for"]),
        (&["--layer", "L3", "--world", "coast"], &["error[usage]", "calibration"]),
        (&["--layer", "L1", "-o", "xml"], &["error[usage]", "xml"]),
        (&["--layer", "L3"], &["error[sound-server]", "scripts/with-sound-server"]),
    ];
    for (arguments, words) in cases {
        let mut command = seaglass();
        // No recorder is found there, and no server.
        command.env("PATH", "/nonexistent").env("PULSE_SERVER", "unix:/nonexistent/pulse.sock");
        let output = run(command.args(["bench", "sync"]).args(*arguments));
        let text = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {text}");
        for word in *words {
            assert!(text.contains(word), "{arguments:?} does not say {word:?}: {text}");
        }
        assert!(!text.contains("panicked"), "{arguments:?}: {text}");
    }
}
