//! `seaglass bench sim` as a user runs it: reports that can be repeated to the byte, and mistakes that are told.

mod support;

use std::path::Path;

use seaglass::lab::Random;
use serde_json::Value;
use support::{run, seaglass, succeed};

fn rows(arguments: &[&str]) -> Vec<Value> {
    let stdout = succeed(seaglass().args(["bench", "sim", "-o", "json"]).args(arguments));
    serde_json::from_slice(&stdout).expect("an array")
}

/// HO-14, HO-27: the same seed gives the same report, and another seed another.
#[test]
fn the_same_seed_gives_a_byte_identical_report_in_every_format() {
    let report = |seed: &str, form: &str| {
        let arguments = ["bench", "sim", "--scenario", "S2,S6,S12", "--preset", "all", "--seconds", "30"];
        succeed(seaglass().args(arguments).args(["--seed", seed, "-o", form]))
    };
    for form in ["text", "json", "csv", "markdown"] {
        assert!(report("7", form) == report("7", form), "{form} differs between two runs");
    }
    assert!(report("7", "json") != report("8", "json"), "the seed changes nothing");
}

/// The object of each run has every figure that the format promises, by name.
#[test]
fn each_run_is_an_object_with_every_promised_figure() {
    let rows = rows(&["--scenario", "s2,S6", "--preset", "latency,smooth", "--seconds", "30", "--seed", "3"]);
    let ours: Vec<&Value> = rows.iter().filter(|row| row["algorithm"] == "seaglass").collect();
    let places: Vec<(&str, &str)> = ours
        .iter()
        .map(|row| (row["trace"].as_str().expect("a trace"), row["preset"].as_str().expect("a preset")))
        .collect();
    let expected: Vec<(&str, &str)> =
        ["S2", "S6a", "S6b"].into_iter().flat_map(|trace| [(trace, "latency"), (trace, "smooth")]).collect();
    assert_eq!(places, expected);
    for row in ours {
        assert_eq!((&row["layer"], &row["seed"], &row["kind"]), (&"L0".into(), &3.into(), &"implementation".into()));
        for pointer in [
            "/seconds",
            "/warm_up_seconds",
            "/audio/delay_ms/mean",
            "/audio/delay_ms/p50",
            "/audio/delay_ms/p95",
            "/audio/delay_ms/p99",
            "/audio/concealed_pct",
            "/audio/stretched_pct",
            "/audio/events_per_min",
            "/video/delay_ms/p50",
            "/video/delay_ms/p95",
            "/video/delay_ms/p99",
            "/video/shown_pct",
            "/video/freezes_per_min",
            "/av_offset_ms/p50_abs",
            "/av_offset_ms/p99_abs",
            "/av_offset_ms/max_abs",
            "/av_offset_ms/outside_bt1359_pct",
            "/oracle/delay_ms",
            "/oracle/regret_pct",
        ] {
            assert!(row.pointer(pointer).is_some_and(Value::is_number), "{pointer} is missing: {row:#}");
        }
    }
}

/// Every scenario runs, and no figure of any is without a value that JSON can say.
#[test]
fn every_scenario_plays_and_the_table_names_them_in_order() {
    let text = String::from_utf8(succeed(seaglass().args(["bench", "sim", "--seconds", "25"]))).expect("text");
    let mut from = 0;
    for id in [
        "S1", "S2", "S3", "S4", "S5", "S6a", "S6b", "S7a", "S7b", "S8", "S9", "S10", "S11", "S12", "S13", "S14", "S15",
        "S16",
    ] {
        let place =
            text[from..].find(&format!("\n{id}  ")).unwrap_or_else(|| panic!("{id} is missing or out of order:\n{text}"));
        from += place + 1;
    }
    for word in ["Layer L0", "Seed 1", "warm-up", "concealed", "audio delay, ms", "|A/V|, ms", "best fixed"] {
        assert!(text.contains(word), "{word:?} is missing:\n{text}");
    }
    assert!(!text.contains("NaN") && !text.contains("inf "), "{text}");
}

/// A trace that a run saved plays again: its arrivals are what counts, so the figures agree where nothing else was known.
#[test]
fn a_saved_trace_plays_as_the_scenario_did() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("wifi.csv");
    let path = file.to_str().expect("a path");
    let made = rows(&["--scenario", "S2", "--seconds", "30", "--peers", "none", "--save-trace", path]);
    let read = rows(&["--trace", path, "--peers", "none"]);
    assert_eq!(read[0]["trace"], "wifi.csv");
    let shown = |rows: &[Value]| rows[0]["video"]["shown_pct"].as_f64().expect("pictures were shown");
    assert!((shown(&made) - shown(&read)).abs() < 0.5, "{made:#?} {read:#?}");
    let delay = |rows: &[Value]| rows[0]["audio"]["delay_ms"]["p50"].as_f64().expect("sound was heard");
    assert!((delay(&made) - delay(&read)).abs() < 5.0, "{made:#?} {read:#?}");
}

/// A recorder's clock may stand anywhere.
#[test]
fn a_trace_that_begins_after_days_plays_at_once() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("late.csv");
    let mut text = String::from("track,seq,pts_us,dur_us,bytes,key,arrival_us,gen_us\n");
    for n in 0..500_i64 {
        text += &format!("a,{n},{},20000,160,1,{},\n", n * 20_000, 30 * 86_400_000_000 + n * 20_000);
    }
    std::fs::write(&file, text).expect("a trace");
    let rows = rows(&["--trace", file.to_str().expect("a path"), "--peers", "none"]);
    assert!(rows[0]["audio"]["delay_ms"]["p50"].as_f64().is_some_and(|delay| delay < 100.0), "{rows:#?}");
    assert!(rows[0]["video"].is_null() && rows[0]["av_offset_ms"].is_null(), "{rows:#?}");
}

/// The link of S5 follows a file in Mahimahi's format.
#[test]
fn a_capacity_file_is_the_link_of_the_cellular_scenario() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("steady.mahi");
    // One opportunity a millisecond: 12 Mbit/s.
    std::fs::write(&file, (1..=1000).map(|ms| format!("{ms}\n")).collect::<String>()).expect("a capacity");
    let rows =
        rows(&["--scenario", "S5", "--seconds", "20", "--peers", "none", "--capacity", file.to_str().expect("a path")]);
    assert_eq!(rows[0]["trace"], "S5:steady.mahi");
}

/// A document keeps its words around the tables, and every goal that virtual time can prove stands among them.
#[test]
fn a_document_keeps_its_words_around_the_tables() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("sync.md");
    let document = "# Words\n<!-- bench sim: begin -->\nold\n<!-- bench sim: end -->\nmore words\n";
    std::fs::write(&file, document).expect("a document");
    let arguments = ["bench", "sim", "--seconds", "30", "--preset", "all", "--cap", "own,250", "-o"];
    for _ in 0..2 {
        succeed(seaglass().args(arguments).arg(format!("markdown:{}", file.display())));
        let text = std::fs::read_to_string(&file).expect("the document");
        assert!(text.starts_with("# Words\n<!-- bench sim: begin -->\nWritten by"), "{text}");
        assert!(text.ends_with("<!-- bench sim: end -->\nmore words\n") && !text.contains("old\n"), "{text}");
        for word in ["after a stall of 1 s", "balanced cap 250", "an hour of drift", "### Regret", "| S16 late joiner"] {
            assert!(text.contains(word), "{word:?} is missing:\n{text}");
        }
    }
}

/// Whatever well-formed lines a file holds, the program answers, and with numbers.
#[test]
fn a_trace_of_nonsense_is_played_or_refused_and_never_breaks_anything() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("nonsense.csv");
    for seed in 0..24 {
        let mut random = Random::new(seed);
        let mut pick = |values: &[i64]| values[(random.unit() * values.len() as f64) as usize];
        let mut text = String::from("track,seq,pts_us,dur_us,bytes,key,arrival_us,gen_us,epoch,chunk_index,chunk_len\n");
        let mut at = pick(&[0, 5, 1_000_000, 31_000_000_000_000]);
        for n in 0..pick(&[1, 2, 30, 300]) {
            at += pick(&[0, 1, 20_000, 41_000, 1_000_000]);
            let (track, key) = (["a", "v"][pick(&[0, 1]) as usize], pick(&[0, 1]));
            let pts = pick(&[0, n * 20_000, n * 20_000, -31_000_000_000_000, 31_000_000_000_000, 77]);
            let (sequence, duration) = (pick(&[n, 0, i64::MAX]), pick(&[0, 1, 20_000, 60_000_000]));
            let (bytes, epoch, chunk) =
                (pick(&[0, 160, 4_294_967_295]), pick(&[0, 0, 1, 4_294_967_295]), pick(&[1, 4, 65_535]));
            text += &format!("{track},{sequence},{pts},{duration},{bytes},{key},{at},,{epoch},{},{chunk}\n", chunk - 1);
        }
        std::fs::write(&file, text).expect("a trace");
        let output = run(seaglass().args(["bench", "sim", "--preset", "all", "-o", "json", "--trace"]).arg(&file));
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success() && !said.contains("panicked"), "seed {seed}: {}: {said}", output.status);
        let _: Vec<Value> = serde_json::from_slice(&output.stdout).unwrap_or_else(|why| panic!("seed {seed}: {why}"));
    }
}

/// Mistakes are told with what, why and what to do, exit status 2, and nothing is written.
#[test]
fn mistakes_are_told_and_nothing_is_written() {
    let folder = tempfile::tempdir().expect("a folder");
    let report = folder.path().join("report.json");
    let report = format!("json:{}", report.display());
    let write = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).expect("a file");
        path.to_string_lossy().into_owned()
    };
    let header = "track,seq,pts_us,dur_us,bytes,key,arrival_us,gen_us\n";
    let bad = write("bad.csv", &format!("{header}v,0,0,1,1,1,5,\nv,1,0,1,1,7,6,\n"));
    let empty = write("empty.csv", "");
    let long = write("long.csv", &format!("{header}v,0,0,1,1,1,5,\nv,1,0,1,1,1,900000000000,\n"));
    let link = write("bad.mahi", "1\ntwo\n");
    let cases: &[(&[&str], &[&str])] = &[
        (&["--scenario", "S99"], &["error[usage]", "S99", "S1, S2", "--scenario"]),
        (&["--preset", "fast"], &["error[usage]", "fast", "latency, balanced and smooth"]),
        (&["--peers", "nobody"], &["error[usage]", "nobody", "--peers"]),
        (&["--trace", &bad], &["error[trace]", &bad, "line 3", "key is `7`: 0 or 1"]),
        (&["--trace", &empty], &["error[trace]", &empty, "line 1"]),
        (&["--trace", &long], &["error[trace]", &long, "249 hours"]),
        (&["--trace", "/nonexistent/t.csv"], &["error[trace]", "/nonexistent/t.csv"]),
        (&["--scenario", "S5", "--capacity", &link], &["error[trace]", &link, "line 2"]),
        (&["--scenario", "S1", "--capacity", &link], &["error[trace]", "line 2"]),
        (&["-o", "xml"], &["error[usage]", "xml"]),
        (&["--scenario", "S1,S2", "--save-trace", "one.csv"], &["error[usage]", "2 traces", "folder"]),
        (&["--seconds", "0"], &["--seconds"]),
        (&["--cap", "much"], &["error[usage]", "much", "--cap 250"]),
    ];
    for (arguments, words) in cases {
        let output = run(seaglass().args(["bench", "sim", "-o", &report]).args(*arguments).current_dir(folder.path()));
        let text = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {text}");
        for word in *words {
            assert!(text.contains(word), "{arguments:?} does not say {word:?}: {text}");
        }
        assert!(!text.contains("panicked"), "{arguments:?}: {text}");
        assert!(!Path::new(&report[5..]).exists(), "{arguments:?} left a report");
        assert!(output.stdout.is_empty(), "{arguments:?} printed a report");
    }
}
