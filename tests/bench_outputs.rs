//! `seaglass bench report`, `merge` and `compare`, and where outputs go: a run is the same however often it is shown, parts add up,
//! a regression is told by the exit status, and a collector gets what OTLP says it gets. Row X-11: the wall clock is in reports alone.

#![cfg(feature = "server")]
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

#[path = "support/recordings.rs"]
mod recordings;
mod support;

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Output;

use recordings::Made;
use seaglass::measure::Recording;
use serde_json::Value;
use support::seaglass;

/// Every kind that is a file.
const KINDS: [&str; 11] =
    ["text", "json", "csv", "csv-commands", "hgrm", "junit", "prometheus", "otlp", "markdown", "html", "trace"];

fn save(folder: &Path, name: &str, recording: &Recording) -> PathBuf {
    let path = folder.join(name);
    recording.write(std::fs::File::create(&path).unwrap()).unwrap();
    path
}

fn bench(arguments: &[&str]) -> Output {
    seaglass().arg("bench").args(arguments).output().unwrap()
}

fn said(output: &Output) -> String {
    format!("{}\n{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

/// `-o KIND:FOLDER/NAME.KIND` for every kind.
fn into(folder: &Path, name: &str) -> Vec<String> {
    KINDS
        .iter()
        .flat_map(|kind| ["-o".to_owned(), format!("{kind}:{}", folder.join(format!("{name}.{kind}")).display())])
        .collect()
}

fn assert_same(folder: &Path, one: &str, other: &str) {
    for kind in KINDS {
        let [first, second] = [one, other].map(|name| std::fs::read(folder.join(format!("{name}.{kind}"))).unwrap());
        assert!(!first.is_empty(), "{kind} is empty");
        let at = first.iter().zip(&second).position(|(one, other)| one != other).unwrap_or(first.len().min(second.len()));
        let around =
            |bytes: &[u8]| String::from_utf8_lossy(&bytes[at.saturating_sub(60)..bytes.len().min(at + 60)]).into_owned();
        assert!(first == second, "{kind} differs at byte {at}:\n{}\n{}", around(&first), around(&second));
    }
}

#[test]
fn what_a_run_wrote_is_made_again_of_its_trace_to_the_byte() {
    let folder = tempfile::tempdir().unwrap();
    let scenario = folder.path().join("walk.toml");
    let text = "schema = 1\nsession = { mode = 'wander', world = 'calibration' }\n\
                load = { profile = 'constant', sessions = 2, duration = '3s', warmup = '500ms', decode = 'none' }\n\
                step = [ { at = '0s', every = '100ms', wander = { look = [0.1, 0.0] } } ]\n\
                slo = { 'ttff:p50' = '<60s', 'cmd_to_frame:p99_9' = '<10s' }\n";
    std::fs::write(&scenario, text).unwrap();
    let scenario = scenario.display().to_string();
    let wanted = into(folder.path(), "run");
    let ran = seaglass().args(["bench", "run", &scenario]).args(&wanted).output().unwrap();
    assert_eq!(ran.status.code(), Some(22), "three seconds are too short for a p99.9: {}", said(&ran));
    let trace = folder.path().join("run.trace").display().to_string();
    let again = seaglass().args(["bench", "report", &trace]).args(into(folder.path(), "again")).output().unwrap();
    assert!(again.status.success(), "{}", said(&again));
    assert_same(folder.path(), "run", "again");
    let report: Value = serde_json::from_slice(&std::fs::read(folder.path().join("again.json")).unwrap()).unwrap();
    assert_eq!(report["objectives"].as_array().map(Vec::len), Some(2), "the run's own objectives");
    let judged = bench(&["report", &trace, "--objective", "ttff:p50<0.001ms"]);
    assert_eq!(judged.status.code(), Some(20), "{}", said(&judged));
    assert!(said(&judged).contains("FAIL  ttff:p50"), "{}", said(&judged));
}

#[test]
fn a_made_up_run_is_shown_the_same_however_often() {
    let folder = tempfile::tempdir().unwrap();
    let trace = save(folder.path(), "made.trace", &Made::default().recording()).display().to_string();
    for name in ["one", "two"] {
        let done = seaglass().args(["bench", "report", &trace]).args(into(folder.path(), name)).output().unwrap();
        assert!(done.status.success(), "{}", said(&done));
    }
    assert_same(folder.path(), "one", "two");
    assert_eq!(std::fs::read(&trace).unwrap(), std::fs::read(folder.path().join("one.trace")).unwrap());
    // A trace may come through a pipe.
    let mut piped = seaglass();
    piped.args(["bench", "report", "-", "-o", "json"]).stdin(std::fs::File::open(&trace).unwrap());
    assert_eq!(piped.output().unwrap().stdout, std::fs::read(folder.path().join("one.json")).unwrap());
}

#[test]
fn parts_of_a_run_merge_to_one_and_none_counts_twice() {
    let folder = tempfile::tempdir().unwrap();
    let made = |seed| Made { seed, ..Made::default() }.recording();
    let [one, two] = [1, 2].map(|seed| save(folder.path(), &format!("{seed}.trace"), &made(seed)).display().to_string());
    let whole = folder.path().join("whole.json").display().to_string();
    let trace = folder.path().join("whole.trace");
    let merged = bench(&["merge", &one, &two, "-o", &format!("json:{whole}"), "-o", &format!("trace:{}", trace.display())]);
    assert_eq!(merged.status.code(), Some(20), "the command objective is missed in both: {}", said(&merged));
    let report: Value = serde_json::from_slice(&std::fs::read(&whole).unwrap()).unwrap();
    let samples: u64 = [1, 2].iter().map(|seed| made(*seed).spreads[&seaglass::measure::Metric::CmdToFrame].n()).sum();
    assert_eq!(report["metrics"]["cmd_to_frame"]["n"], samples);
    let whole = Recording::read(BufReader::new(std::fs::File::open(&trace).unwrap())).unwrap();
    assert_eq!((whole.sessions.len(), whole.frames.len()), (16, made(1).frames.len() + made(2).frames.len()));
    let twice = bench(&["merge", &one, &one]);
    assert_eq!(twice.status.code(), Some(2), "{}", said(&twice));
    assert!(said(&twice).contains("error[unlike]") && said(&twice).contains("twice"), "{}", said(&twice));
    let mut other = made(3);
    other.run.configuration.insert("tier".into(), "premium".into());
    let other = save(folder.path(), "other.trace", &other).display().to_string();
    let unlike = bench(&["merge", &one, &other]);
    assert_eq!(unlike.status.code(), Some(2), "{}", said(&unlike));
    assert!(said(&unlike).contains("tier is standard in one and premium in the other"), "{}", said(&unlike));
}

#[test]
fn a_regression_against_a_baseline_is_told_by_the_exit_status() {
    let folder = tempfile::tempdir().unwrap();
    let made = |name: &str, made: Made| save(folder.path(), name, &made.recording()).display().to_string();
    let before = made("before", Made { seed: 11, ..Made::default() });
    let same = made("same", Made { seed: 12, ..Made::default() });
    let slower = made("slower", Made { seed: 13, slower: 25.0, ..Made::default() });
    let alike = bench(&["compare", &before, &same]);
    assert!(alike.status.success(), "{}", said(&alike));
    // As CI does it: from the JSON report of an earlier run.
    let baseline = folder.path().join("baseline.json").display().to_string();
    bench(&["report", &before, "-o", &format!("json:{baseline}")]);
    let markdown = folder.path().join("compared.md");
    let worse = bench(&["compare", &baseline, &slower, "-o", "text", "-o", &format!("markdown:{}", markdown.display())]);
    assert_eq!(worse.status.code(), Some(21), "{}", said(&worse));
    assert!(said(&worse).starts_with("WORSE") && said(&worse).contains("error[regression]"), "{}", said(&worse));
    let line = said(&worse).lines().find(|line| line.starts_with("network:p50 ")).map(str::to_owned).expect("the network");
    assert!(line.ends_with("WORSE"), "{line}");
    assert!(std::fs::read_to_string(markdown).unwrap().contains("| ❌ worse | `network:p50` |"));
    let better = bench(&["compare", &slower, &before, "-o", "json"]);
    assert!(better.status.success(), "{}", said(&better));
    let comparison: Value = serde_json::from_slice(&better.stdout).expect("JSON on stdout and nothing else");
    assert_eq!(comparison["outcome"], "better");
    let unlike = made("unlike", Made { sessions: 9, decoded: false, ..Made::default() });
    let refused = bench(&["compare", &baseline, &unlike]);
    assert_eq!(refused.status.code(), Some(2), "{}", said(&refused));
    for difference in ["sessions is 8 in one and 9 in the other", "decode is 2 in one and none in the other"] {
        assert!(said(&refused).contains(difference), "{}", said(&refused));
    }
    let short = |seed| Made { seed, sessions: 1, traced: 0, decoded: false, seconds: 11, ..Made::default() };
    let mut few = short(1).recording();
    few.spreads.clear();
    few.scalars.clear();
    let (few, none) = (save(folder.path(), "few", &few).display().to_string(), made("none", short(2)));
    let undecided = bench(&["compare", &few, &none]);
    assert_eq!(undecided.status.code(), Some(22), "{}", said(&undecided));
    // The flag is in per cent, and so is what is said of it.
    let unsure = bench(&["compare", &before, &same, "--confidence", "0.95"]);
    assert_eq!(unsure.status.code(), Some(2), "{}", said(&unsure));
    assert!(said(&unsure).contains("between 50 and 99.9 per cent: 95 is usual"), "{}", said(&unsure));
}

#[test]
fn what_is_no_trace_is_refused_in_words() {
    let folder = tempfile::tempdir().unwrap();
    let whole = save(folder.path(), "whole", &Made { sessions: 1, seconds: 11, ..Made::default() }.recording());
    let bytes = std::fs::read(&whole).unwrap();
    let wrong = |name: &str, bytes: &[u8]| {
        let path = folder.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        bench(&["report", &path.display().to_string()])
    };
    let done = [
        wrong("empty", b""),
        wrong("json", b"{\"kind\":\"seaglass-bench\"}"),
        wrong("noise", &[0xff; 300]),
        wrong("cut", &bytes[..bytes.len() / 2]),
        bench(&["report", "/nonexistent.trace"]),
    ];
    for output in done {
        assert_eq!(output.status.code(), Some(2), "{}", said(&output));
        assert!(said(&output).contains("error[trace]") && output.stdout.is_empty(), "{}", said(&output));
    }
    // Lines are written while a run goes on: of a saved one there are none, and nothing is no report.
    for command in ["report", "merge"] {
        let live = bench(&[command, &whole.display().to_string(), "-o", "jsonl"]);
        assert_eq!(live.status.code(), Some(2), "{}", said(&live));
        assert!(said(&live).contains("the kinds are text, json, csv,"), "{}", said(&live));
    }
    let nowhere = bench(&["report", &whole.display().to_string(), "-o", "html:/nonexistent/page.html"]);
    assert_eq!(nowhere.status.code(), Some(2), "{}", said(&nowhere));
}

/// A collector that gives these answers, one for each request; what it was asked.
fn collector(answers: &'static [&'static str]) -> (String, std::thread::JoinHandle<Vec<(String, String)>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let asked = std::thread::spawn(move || {
        let one = |answer: &&str| {
            let (mut stream, _) = listener.accept().unwrap();
            let mut reader = BufReader::new(stream.try_clone().unwrap());
            let (mut head, mut length) = (String::new(), 0);
            loop {
                let mut line = String::new();
                reader.read_line(&mut line).unwrap();
                if line.trim().is_empty() {
                    break;
                }
                if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
                    length = value.trim().parse().unwrap();
                }
                head.push_str(&line);
            }
            let mut body = vec![0; length];
            reader.read_exact(&mut body).unwrap();
            stream.write_all(answer.as_bytes()).unwrap();
            (head, String::from_utf8(body).unwrap())
        };
        answers.iter().map(one).collect()
    });
    (address, asked)
}

#[test]
fn a_collector_gets_the_metrics_over_http_and_its_key_from_the_environment() {
    let folder = tempfile::tempdir().unwrap();
    let trace = save(folder.path(), "run", &Made::default().recording()).display().to_string();
    let (address, asked) = collector(&[
        "HTTP/1.1 503 Busy\r\nretry-after: 0\r\ncontent-length: 0\r\nconnection: close\r\n\r\n",
        "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 2\r\nconnection: close\r\n\r\n{}",
    ]);
    let file = folder.path().join("metrics.json");
    let done = seaglass()
        .args(["bench", "report", &trace, "-o", &format!("otlp:{address}"), "-o", &format!("otlp:{}", file.display())])
        .env("OTEL_EXPORTER_OTLP_HEADERS", "Authorization=Bearer%20sg-secret")
        .output()
        .unwrap();
    assert!(done.status.success(), "{}", said(&done));
    let asked = asked.join().unwrap();
    let (head, body) = &asked[1];
    assert!(head.starts_with("POST /v1/metrics HTTP/1.1\r\n"), "{head}");
    let head = head.to_ascii_lowercase();
    assert!(head.contains("content-type: application/json") && head.contains("authorization: bearer sg-secret"), "{head}");
    assert_eq!(body, &std::fs::read_to_string(&file).unwrap(), "to a collector goes what goes to a file");
    assert_eq!(asked[0].1, asked[1].1, "it is sent again where it is asked for again");
}

#[test]
fn a_collector_that_refuses_keeps_no_other_output_from_its_place() {
    let folder = tempfile::tempdir().unwrap();
    let trace = save(folder.path(), "run", &Made::default().recording()).display().to_string();
    let (address, asked) = collector(&["HTTP/1.1 401 No\r\ncontent-length: 9\r\nconnection: close\r\n\r\n\x1b[2Jwrong"]);
    let page = folder.path().join("page.html");
    let done = seaglass()
        .args(["bench", "report", &trace, "-o", &format!("otlp:{address}"), "-o", &format!("html:{}", page.display())])
        .env("OTEL_EXPORTER_OTLP_HEADERS", "Authorization=Bearer%20sg-secret")
        .output()
        .unwrap();
    assert_eq!(done.status.code(), Some(7), "{}", said(&done));
    asked.join().unwrap();
    assert!(said(&done).contains("error[collector]") && said(&done).contains("401: [2Jwrong"), "{}", said(&done));
    assert!(!said(&done).contains("sg-secret"), "{}", said(&done));
    assert!(page.exists(), "the page was not written");
}
