//! `seaglass world` from scripts, as real processes against a real server: making, directing, ending; budgets, reaping and the exit
//! statuses that scripts rely on (HO-18, HO-23, HO-25).
#![cfg(all(unix, feature = "player", feature = "server"))]

mod support;

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::{Value, json};
use support::served::Served;
use support::{run, seaglass, succeed};

/// A server in a process of its own, and a folder with books and settings for the clients of one test.
struct Stage {
    server: Served,
    folder: tempfile::TempDir,
}

impl Stage {
    fn new() -> Self {
        Self { server: Served::start(&[]), folder: tempfile::tempdir().expect("a folder") }
    }

    fn file(&self, name: &str, text: &str) -> PathBuf {
        let path = self.folder.path().join(name);
        std::fs::write(&path, text).expect("written");
        path
    }

    /// `seaglass world …`
    fn world(&self, words: &[&str]) -> Command {
        let mut command = self.program("world");
        command.args(words);
        command
    }

    /// One of the program's commands, with this stage's server, books and settings.
    fn program(&self, name: &str) -> Command {
        let mut command = seaglass();
        command.arg(name).env("SEAGLASS_SERVER", &self.server.url);
        command.env("SEAGLASS_BOOKS", self.folder.path().join("books.sqlite")).current_dir(self.folder.path());
        command
    }

    fn json(&self, words: &[&str]) -> Value {
        serde_json::from_slice(&succeed(self.world(words).args(["-o", "json"]))).expect("JSON")
    }
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn a_world_is_made_directed_listed_and_ended_from_scripts() {
    let stage = Stage::new();
    let text =
        String::from_utf8(succeed(&mut stage.world(&["new", "--world", "calibration", "--limit", "10m"]))).expect("text");
    let lines: Vec<&str> = text.lines().collect();
    let id = lines[0];
    assert_eq!(lines[1], format!("attach: seaglass explore --attach {id} --server {}/", stage.server.url));
    assert_eq!(lines[2], format!("end:    seaglass world end {id} --server {}/", stage.server.url));

    let listed = stage.json(&["list"]);
    assert_eq!((listed[0]["id"].as_str(), listed[0]["state"].is_string()), (Some(id), true));
    assert_eq!(stage.json(&["show", id])["id"], id);
    let jsonl = succeed(stage.world(&["list"]).args(["-o", "jsonl"]));
    assert_eq!(serde_json::from_slice::<Value>(&jsonl).expect("one line of JSON")["id"], id);

    let ack = stage.json(&["direct", id, "let", "it", "rain", "--id", "c-1"]);
    assert_eq!(ack["id"], "c-1");
    assert_eq!(stage.json(&["direct", id, "let it rain", "--id", "c-1"])["status"], "duplicate", "HO-28");
    assert!(stage.json(&["wander", id, "a snowy village"])["status"].is_string());

    let open = stage.json(&["budget"]);
    assert_eq!((&open["open_worlds"], &open["user"]["day"]["seconds"]["reserved"]), (&json!(1), &json!(600.0)));
    assert_eq!(stage.json(&["reap"]), json!([]), "left alive on purpose");
    assert_eq!(stage.json(&["end", id])[0]["state"], "ended");
    assert_eq!(stage.json(&["list"]), json!([]));
    let settled = stage.json(&["budget"]);
    assert_eq!((&settled["open_worlds"], &settled["user"]["day"]["seconds"]["reserved"]), (&json!(0), &json!(0.0)));
}

#[test]
fn a_dry_run_shows_the_request_what_is_wrong_and_the_price_and_sends_nothing() {
    let stage = Stage::new();
    let settings = format!("[profiles.lab]\nserver = \"{}\"\ncredits_per_second = 0.5\n", stage.server.url);
    stage.file("seaglass.toml", &settings);
    let words = ["new", "a quiet coast", "--dry-run", "--limit", "10m", "--profile", "lab"];
    let report = stage.json(&words);
    assert_eq!(report["at_most"], json!({ "seconds": 600.0, "credits": 300.0 }));
    assert_eq!(report["request"]["prompt"], "a quiet coast");
    let wrong = run(stage.world(&["new", "", "--dry-run", "-o", "json"]).args(["--world", &"x".repeat(65)]));
    assert_eq!(wrong.status.code(), Some(2), "{}", said(&wrong));
    assert_eq!(serde_json::from_slice::<Value>(&wrong.stdout).expect("JSON")["violations"][0]["field"], "world");
    assert_eq!(stage.json(&["list"]), json!([]));
}

/// HO-23: two processes, one budget; the second is refused with exit status 10, and nothing is sent.
#[test]
fn a_budget_holds_over_processes_and_refuses_with_its_own_exit_status() {
    let stage = Stage::new();
    stage.file("seaglass.toml", "[budget]\nday_seconds = 100\n[limits]\nsession = \"1m\"\n");
    let id = stage.json(&["new", "--world", "calibration"])["id"].as_str().expect("an id").to_owned();
    let refused = run(&mut stage.world(&["new", "--world", "calibration", "--limit", "41s"]));
    assert_eq!(refused.status.code(), Some(10), "{}", said(&refused));
    for part in ["error[budget]", "100 s", "60 reserved", "40 left"] {
        assert!(said(&refused).contains(part), "{}", said(&refused));
    }
    assert_eq!(stage.json(&["list"]).as_array().map(Vec::len), Some(1));
    succeed(&mut stage.world(&["end", &id]));
    succeed(&mut stage.world(&["new", "--world", "calibration", "--limit", "99s"]));
}

/// HO-23: who does not say how long gets what is left of a budget, and no more than the settings allow.
#[test]
fn what_nobody_asked_for_is_cut_to_what_is_left_of_the_budget() {
    let stage = Stage::new();
    stage.file("seaglass.toml", "[budget]\nday_seconds = 100\n[limits]\nsession = \"1m\"\n");
    let ids: Vec<String> = [60.0, 100.0]
        .into_iter()
        .map(|reserved| {
            let id = stage.json(&["new", "--world", "calibration"])["id"].as_str().expect("an id").to_owned();
            assert_eq!(stage.json(&["budget"])["user"]["day"]["seconds"]["reserved"], reserved);
            id
        })
        .collect();
    assert_eq!(run(&mut stage.world(&["new", "--world", "calibration"])).status.code(), Some(10));
    succeed(stage.world(&["end"]).args(ids));

    // A headless run may take a minute longer than it lasts. Nobody asked for that minute.
    let walk = ["--world", "calibration", "--headless", "--for", "1s", "--sound", "none"];
    stage.file("seaglass.toml", "[budget]\nday_seconds = 30\n");
    succeed(stage.program("explore").args(walk));
    let refused = run(stage.program("explore").args(walk).args(["--limit", "31s"]));
    assert_eq!(refused.status.code(), Some(10), "{}", said(&refused));
}

/// HO-23, X-2: the longest session that the create would get, and its refusal. Nothing is set aside by looking.
#[test]
fn a_dry_run_knows_the_budgets() {
    let stage = Stage::new();
    stage.file("seaglass.toml", "[budget]\nday_seconds = 100\n");
    let preview = |more: &[&str]| run(stage.world(&["new", "--world", "calibration", "--dry-run", "-o", "json"]).args(more));
    let at_most = |output: &Output| {
        let report: Value = serde_json::from_slice(&output.stdout).expect("JSON");
        report["at_most"]["seconds"].as_f64()
    };
    let (fits, does_not) = (preview(&[]), preview(&["--limit", "101s"]));
    assert_eq!((fits.status.code(), at_most(&fits)), (Some(0), Some(100.0)), "{}", said(&fits));
    assert_eq!((does_not.status.code(), at_most(&does_not)), (Some(10), Some(101.0)), "{}", said(&does_not));
    assert_eq!(stage.json(&["budget"])["user"]["day"]["seconds"]["reserved"], 0.0);
}

#[test]
fn a_profile_that_is_not_there_is_an_error_and_no_way_around_its_budget() {
    let stage = Stage::new();
    stage.file("seaglass.toml", "[profiles.work.budget]\nday_seconds = 0\n");
    let wrong = run(&mut stage.world(&["new", "--world", "calibration", "--profile", "wrok"]));
    assert_eq!(wrong.status.code(), Some(2), "{}", said(&wrong));
    let refused = run(&mut stage.world(&["new", "--world", "calibration", "--profile", "work", "--limit", "1s"]));
    assert_eq!(refused.status.code(), Some(10), "{}", said(&refused));
}

/// HO-25: the real program is killed while it walks; the next one ends its world, and says so.
#[test]
fn a_program_that_was_killed_leaves_a_world_that_the_next_one_ends() {
    let stage = Stage::new();
    let books = stage.folder.path().join("books.sqlite");
    let explore = |length: &str| {
        let mut command = seaglass();
        command.args(["explore", "--world", "calibration", "--tier", "draft", "--headless", "--for", length]);
        command.args(["--server", &stage.server.url]).env("SEAGLASS_BOOKS", &books).stdout(Stdio::null());
        command
    };
    let mut child = explore("60s").stderr(Stdio::piped()).spawn().expect("the program starts");
    let mut said_so_far = String::new();
    let mut lines = BufReader::new(child.stderr.take().expect("piped"));
    while !said_so_far.contains("the world runs") {
        assert_ne!(lines.read_line(&mut said_so_far).expect("text"), 0, "it ended early: {said_so_far}");
    }
    child.kill().expect("killed");
    child.wait().expect("dead");
    let id = stage.json(&["list"])[0]["id"].as_str().expect("the world lives on").to_owned();
    let found = stage.json(&["reap", "--dry-run"]);
    assert_eq!((found[0]["id"].as_str(), found[0]["outcome"].as_str()), (Some(&*id), Some("found")));
    let next = run(&mut explore("1s"));
    assert!(next.status.success(), "{}", said(&next));
    assert!(said(&next).contains(&format!("left behind: {id}")), "{}", said(&next));
    assert_eq!(stage.json(&["list"]), json!([]));
    assert_eq!(stage.json(&["reap"]), json!([]));
}

#[test]
fn a_scenario_is_acted_out_by_post_and_what_needs_a_stream_is_left_out() {
    let stage = Stage::new();
    let text = "schema = 1\nsession = { world = \"calibration\" }\nstep = [\n{ at = \"0s\", direct = \"let it rain\" },\n\
                { at = \"50ms\", wander = { move = \"forward\" } },\n{ at = \"100ms\", prompt = \"a snowy village\" } ]\n";
    let script = stage.file("walk.toml", text);
    let output = run(stage.world(&["new"]).arg("--script").arg(&script));
    assert!(output.status.success(), "{}", said(&output));
    assert!(said(&output).contains("steps that need a stream are left out"), "{}", said(&output));
    let id = String::from_utf8_lossy(&output.stdout).lines().next().map(str::to_owned).expect("an id");
    succeed(&mut stage.world(&["end", &id]));
}

/// HO-25: each command that is shown leads back to the same server, books and key.
#[test]
fn what_is_shown_to_be_typed_later_repeats_what_was_typed_now() {
    let stage = Stage::new();
    let (key, books) = (stage.file("my key.txt", "any-key"), stage.folder.path().join("other.sqlite"));
    let mut command = seaglass();
    command.args(["world", "new", "--world", "calibration", "--limit", "10m", "--server", &stage.server.url]);
    command.arg("--api-key-file").arg(&key).arg("--books").arg(&books).env_remove("SEAGLASS_BOOKS");
    let text = String::from_utf8(succeed(&mut command)).expect("text");
    let end = text.lines().find_map(|line| line.strip_prefix("end:    seaglass ")).expect("how to end it").to_owned();
    let words = format!("{end} && exec \"$0\" world list --server {}", stage.server.url);
    let typed = format!("\"$0\" {words}");
    let listed =
        succeed(Command::new("sh").args(["-c", &typed]).arg(env!("CARGO_BIN_EXE_seaglass")).env_remove("SEAGLASS_BOOKS"));
    assert_eq!(String::from_utf8_lossy(&listed), "", "it has ended");
    let open = succeed(seaglass().args(["world", "budget", "-o", "json", "--books"]).arg(&books));
    assert_eq!(serde_json::from_slice::<Value>(&open).expect("JSON")["open_worlds"], 0, "the same books know");
}

/// HO-25: two servers, and nobody names either; and one whose key is lost keeps nobody from ending the worlds of the other.
#[test]
fn reaping_ends_the_worlds_of_every_server_that_the_journal_names() {
    let stage = Stage::new();
    let second = Served::start(&[]);
    let books = stage.folder.path().join("books.sqlite");
    let new = |server: &str| {
        let mut command = seaglass();
        command.args(["world", "new", "--world", "calibration", "--limit", "10m", "--server", server]);
        succeed(command.env("SEAGLASS_BOOKS", &books).current_dir(stage.folder.path()));
    };
    let reap = || {
        let mut command = seaglass();
        command.args(["world", "reap", "--all", "-o", "json"]).env("SEAGLASS_BOOKS", &books);
        run(command.current_dir(stage.folder.path()))
    };
    let ended = |output: &Output| serde_json::from_slice::<Value>(&output.stdout).expect("JSON").as_array().map(Vec::len);
    new(&stage.server.url);
    new(&second.url);
    let both = reap();
    assert_eq!((both.status.code(), ended(&both)), (Some(0), Some(2)), "{}", said(&both));

    new(&stage.server.url);
    new(&second.url);
    stage.file("seaglass.toml", &format!("[profiles.a]\nserver = \"{}\"\napi_key_file = \"lost.txt\"\n", stage.server.url));
    let one = reap();
    assert_eq!((one.status.code(), ended(&one)), (Some(2), Some(1)), "{}", said(&one));
    assert!(said(&one).contains("lost.txt"), "{}", said(&one));
    let list = |server: &str| succeed(seaglass().args(["world", "list", "--server", server]));
    assert_eq!((list(&second.url).is_empty(), list(&stage.server.url).is_empty()), (true, false));
}

/// HO-5, HO-25: the create has reached the server, and its answer never comes.
#[test]
fn a_create_that_is_interrupted_leaves_no_world() {
    let mut stage = Stage::new();
    let script = stage.file("faults.toml", "[[fault]]\nkind = \"lost_create_reply\"\nsilent = true\n");
    stage.server = Served::start(&["--faults", script.to_str().expect("a path in UTF-8")]);
    let mut new = stage.world(&["new", "--world", "calibration"]);
    let child = new.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the program starts");
    assert!((0..2_000).any(|_| stage.json(&["list"]) != json!([])), "the create never came");
    let told = Command::new("kill").args(["-INT", &child.id().to_string()]).status().expect("kill runs");
    assert!(told.success());
    let output = child.wait_with_output().expect("an end");
    assert_eq!(output.status.code(), Some(130), "{}", said(&output));
    assert_eq!((output.stdout.is_empty(), stage.json(&["list"])), (true, json!([])), "{}", said(&output));
    assert_eq!(stage.json(&["budget"])["open_worlds"], 0, "{}", said(&output));
}

/// As behind `| head -1`. The pipes are closed before anything is written to them.
#[test]
fn a_reader_that_goes_away_stops_nothing_half_way() {
    let stage = Stage::new();
    let mut child = stage
        .world(&["new", "--world", "calibration", "--limit", "10m"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts");
    drop((child.stdout.take(), child.stderr.take()));
    assert_eq!(child.wait().expect("an end").code(), Some(0));
    assert_eq!(stage.json(&["list"]).as_array().map(Vec::len), Some(1));

    let mut walk = seaglass();
    walk.args(["explore", "--world", "calibration", "--tier", "draft", "--headless", "--for", "1s", "-v"]);
    walk.args(["--server", &stage.server.url]).env("SEAGLASS_BOOKS", stage.folder.path().join("books.sqlite"));
    let mut child = walk.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the program starts");
    drop((child.stdout.take(), child.stderr.take()));
    assert_eq!(child.wait().expect("an end").code(), Some(0));
}

#[cfg(target_os = "linux")]
#[test]
fn data_that_cannot_be_written_is_a_failure() {
    let stage = Stage::new();
    let full = std::fs::File::options().write(true).open("/dev/full").expect("a disk that is full");
    let output = stage.world(&["budget"]).stdout(full).stderr(Stdio::piped()).output().expect("the program runs");
    assert_eq!(output.status.code(), Some(1), "{}", said(&output));
    assert!(said(&output).contains("stdout cannot be written"), "{}", said(&output));
}

#[test]
fn what_cannot_be_ended_is_an_unknown_outcome_until_it_is_forgotten() {
    let stage = Stage::new();
    stage.json(&["new", "--world", "calibration"]);
    let Stage { server, folder } = &stage;
    let url = &server.url;
    // Its server is gone for good.
    let kill = Command::new("kill").args(["-9", &stage.server.child.id().to_string()]).status().expect("kill runs");
    assert!(kill.success());
    let reap = |more: &[&str]| {
        let mut command = seaglass();
        command.args(["world", "reap", "--all", "--server", url]).args(more);
        run(command.env("SEAGLASS_BOOKS", folder.path().join("books.sqlite")))
    };
    let unresolved = reap(&[]);
    assert_eq!(unresolved.status.code(), Some(12), "{}", said(&unresolved));
    let forgotten = reap(&["--forget"]);
    assert!(forgotten.status.success(), "{}", said(&forgotten));
    assert!(String::from_utf8_lossy(&forgotten.stdout).contains("forgotten"));
    assert_eq!(stage.json(&["budget"])["open_worlds"], 0);
}

#[test]
fn books_that_cannot_be_opened_stop_a_create_before_it_is_sent() {
    let stage = Stage::new();
    let place: &Path = stage.folder.path();
    let mut command = stage.world(&["new", "--world", "calibration"]);
    let output = run(command.env("SEAGLASS_BOOKS", place));
    assert_eq!(output.status.code(), Some(2), "{}", said(&output));
    assert!(said(&output).contains("error[books]"), "{}", said(&output));
    assert_eq!(stage.json(&["list"]), json!([]));
}
