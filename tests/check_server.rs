//! `seaglass check` as a user runs it: the reference server passes every case, no world is left, and mistakes are told. What it
//! catches is in `check_defects`.
#![cfg(feature = "server")]
#![allow(missing_docs, reason = "a test")]

mod support;

use std::path::Path;
use std::process::{Command, Stdio};

use seaglass::sim::{Server, ServerConfig, ServerHandle};
use serde_json::Value;
use support::{run, seaglass, succeed};

const KEY: &str = "sg-test-key-5f2c9a";

fn json(bytes: &[u8]) -> Value {
    serde_json::from_slice(bytes).unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(bytes)))
}

fn ids(report: &Value, outcome: &str) -> Vec<String> {
    let cases = report["cases"].as_array().expect("cases");
    cases
        .iter()
        .filter(|case| case["outcome"] == outcome)
        .map(|case| case["id"].as_str().expect("an id").to_owned())
        .collect()
}

/// The row of the issue itself: every case of every group, MUST and SHOULD. A machine that others use meanwhile may hold a case up that
/// measures time: one that fails here is played once more, alone, and must pass then.
#[test]
fn the_reference_server_passes_every_case() {
    let folder = tempfile::tempdir().expect("a folder");
    let junit = folder.path().join("junit.xml");
    let lines = folder.path().join("cases.jsonl");
    let output = run(seaglass()
        .args(["check", "--strict", "-o", "json", "-o"])
        .arg(format!("junit:{}", junit.display()))
        .arg("-o")
        .arg(format!("jsonl:{}", lines.display())));
    let report = json(&output.stdout);
    println!("seed {}, {} s", report["seed"], report["seconds"]);
    let failed = ids(&report, "failed");
    for id in &failed {
        println!(
            "failed among others: {:#}",
            report["cases"].as_array().expect("cases").iter().find(|case| case["id"] == **id).expect("it")
        );
        succeed(seaglass().args(["check", "--strict", "--jobs", "1", id]));
    }
    assert_eq!(output.status.success(), failed.is_empty());
    assert_eq!(ids(&report, "skipped"), Vec::<String>::new(), "the reference server can do everything");
    let cases = report["cases"].as_array().expect("cases");
    assert!(cases.len() >= 100, "{} cases", cases.len());
    assert_eq!(report["worlds_left_open"], 0);
    let worlds = report["worlds"].as_array().expect("worlds");
    assert!(worlds.len() >= 80 && worlds.iter().all(|world| world["gone"] == true), "{worlds:#?}");

    // The other two reports tell the same.
    let text = std::fs::read_to_string(&junit).expect("JUnit");
    let read = quick_junit::Report::deserialize_from_str(&text).expect("JUnit that reads back");
    let tests: usize = read.test_suites.iter().map(|suite| suite.test_cases.len()).sum();
    assert_eq!(tests, cases.len() + 1, "one for each case, and one for the worlds");
    let text = std::fs::read_to_string(&lines).expect("lines");
    let told: Vec<Value> = text.lines().map(|line| json(line.as_bytes())).collect();
    assert_eq!(told.len(), cases.len() + 1);
    assert_eq!(told[cases.len()]["worlds_left_open"], 0);
}

const BEGIN: &str = "<!-- cases: begin -->\n";
const END: &str = "<!-- cases: end -->";

/// `SEAGLASS_BLESS=1` writes the table.
#[test]
fn the_documentation_lists_the_cases_that_there_are() {
    let cases = json(&succeed(seaglass().args(["check", "--list", "-o", "json"])));
    let mut table = "| case | level | rows | section | the server |\n|---|---|---|---|---|\n".to_owned();
    for case in cases.as_array().expect("cases") {
        let text = |name: &str| case[name].as_str().expect("text").to_owned();
        let rows: Vec<&str> = case["rows"].as_array().expect("rows").iter().filter_map(Value::as_str).collect();
        table += &format!(
            "| `{}` | {} | {} | {} | {} |\n",
            text("id"),
            text("level"),
            rows.join(", "),
            text("section"),
            text("says").replace('|', "\\|")
        );
    }
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/conformance.md");
    let page = std::fs::read_to_string(&path).expect("docs/conformance.md");
    let (before, rest) = page.split_once(BEGIN).expect("the mark before the table");
    let (found, behind) = rest.split_once(END).expect("the mark behind the table");
    if std::env::var_os("SEAGLASS_BLESS").is_some() {
        std::fs::write(&path, format!("{before}{BEGIN}{table}{END}{behind}")).expect("written");
    } else {
        assert_eq!(found, table, "SEAGLASS_BLESS=1 cargo test --test check_server writes the table");
    }
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("a runtime")
}

fn server(runtime: &tokio::runtime::Runtime) -> (ServerHandle, String) {
    let mut config = ServerConfig::new(([127, 0, 0, 1], 0).into());
    config.key = Some(KEY.to_owned().into());
    config.max_worlds = 16;
    let server = runtime.block_on(Server::start(config)).expect("a server");
    let url = format!("http://{}", server.address());
    (server, url)
}

/// The ids of the worlds that are alive on a server.
fn alive(url: &str) -> Vec<String> {
    let listed =
        json(&succeed(seaglass().env("SEAGLASS_API_KEY", KEY).args(["world", "list", "-o", "json", "--server", url])));
    let worlds = listed.as_array().expect("worlds").iter();
    worlds.filter(|world| world["state"] != "ended").map(|world| world["id"].as_str().expect("an id").to_owned()).collect()
}

/// HO-5: the first signal ends the run and every world of it.
#[cfg(unix)]
#[test]
fn a_run_that_is_interrupted_leaves_no_world() {
    let runtime = runtime();
    let (server, url) = server(&runtime);
    let mut command = seaglass();
    command.env("SEAGLASS_API_KEY", KEY).args(["check", "life", "quality", "sync", "--target", &url]);
    let running = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the program");
    while alive(&url).len() < 3 {}
    succeed(Command::new("kill").args(["-INT", &running.id().to_string()]));
    let output = running.wait_with_output().expect("its end");
    let text = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(130), "{text}");
    assert!(text.contains("0 left open"), "{text}");
    assert_eq!(alive(&url), Vec::<String>::new());
    runtime.block_on(server.shutdown());
}

/// nothing is made before the cost has been said, and with --dry-run nothing at all.
#[test]
fn a_dry_run_says_what_it_would_cost_and_makes_nothing() {
    let runtime = runtime();
    let (server, url) = server(&runtime);
    let output = run(seaglass().env("SEAGLASS_API_KEY", KEY).args(["check", "cmd", "--dry-run", "--target", &url]));
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && text.contains("at most 17 worlds") && text.contains("of world time"), "{text}");
    assert_eq!(alive(&url), Vec::<String>::new());
    runtime.block_on(server.shutdown());
}

/// As `bench run` does: what may cost somebody money is not begun because nobody is there to say no. The address is one that no machine
/// has (RFC 5737).
#[test]
fn a_server_elsewhere_is_not_checked_unasked() {
    let output = run(seaglass().args(["check", "auth", "--target", "http://192.0.2.1:9"]));
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{said}");
    for part in ["at most", "nothing was sent", "--yes"] {
        assert!(said.contains(part), "{said}");
    }
}

/// A report of an earlier run stays as long as nothing is checked, and a run that gets nowhere leaves no empty one.
#[test]
fn a_junit_report_is_always_one_and_a_dry_run_touches_none() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("report.xml");
    std::fs::write(&file, "of an earlier run").expect("written");
    let wanted = format!("junit:{}", file.display());
    let check = |more: &[&str]| {
        let output = run(seaglass().args(["check", "auth", "--target", "http://127.0.0.1:1", "-o", &wanted]).args(more));
        (output.status.code(), std::fs::read_to_string(&file).expect("a file"))
    };
    assert_eq!(check(&["--dry-run"]), (Some(0), "of an earlier run".to_owned()));
    let (status, report) = check(&[]);
    assert_eq!(status, Some(7));
    assert!(report.contains("errors=\"1\"") && report.contains("cannot connect"), "{report}");
}

#[test]
fn mistakes_are_told_before_a_world_is_made() {
    let runtime = runtime();
    let (server, url) = server(&runtime);
    let cases: &[(&[&str], i32, &[&str])] = &[
        (&["check", "atuh"], 2, &["error[usage]", "atuh", "auth"]),
        (&["check", "--only", "life", "--skip", "life"], 2, &["error[usage]", "no case is left"]),
        (&["check", "--timeout", "1s"], 2, &["error[usage]", "10s"]),
        (&["check", "-o", "xml"], 2, &["error[usage]", "junit"]),
        (&["check", "--target", "http://127.0.0.1:1"], 7, &["error[connect]"]),
        (&["check", "--target", "http://example.invalid", "--only", "auth/3"], 3, &["not sent", "https"]),
        (&["check", "--target", &url], 3, &["error[auth]", "refuses the key"]),
    ];
    for (arguments, status, words) in cases {
        let output = run(seaglass().env("SEAGLASS_API_KEY", "not-the-key").args(*arguments));
        let text = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(*status), "{arguments:?}: {text}");
        for word in *words {
            assert!(text.contains(word), "{arguments:?} does not say {word:?}: {text}");
        }
        assert!(!text.contains("not-the-key") && !text.contains("panicked"), "{arguments:?}: {text}");
    }
    runtime.block_on(server.shutdown());
}
