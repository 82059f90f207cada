//! `seaglass bench run` through the program itself, against the real server over real sockets: what it counts, what it refuses before
//! anything is created, and that no world stays behind on any way out (HO-5, HO-14, HO-18, HO-23).
#![cfg(all(unix, feature = "server"))]

mod support;

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;

use serde_json::Value;
use support::served::Served;
use support::{run, seaglass};

/// How often something is looked for, and how many looks only a stuck test needs.
const GLANCE: Duration = Duration::from_millis(20);
const LOOKS: u32 = 1500;

/// A world server that may be asked what became of its worlds.
struct Server(Served);

impl Server {
    fn start(more: &[&str]) -> Self {
        Self(Served::start(&[&["--admin"], more].concat()))
    }

    fn url(&self) -> String {
        self.0.url.clone()
    }

    fn ask(&self, path: &str) -> Value {
        let mut stream = TcpStream::connect(self.0.address()).expect("the server answers");
        write!(stream, "GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").expect("sent");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("an answer");
        let (_, body) = answer.split_once("\r\n\r\n").unwrap_or_else(|| panic!("no answer: {answer:?}"));
        serde_json::from_str(body).unwrap_or_else(|error| panic!("{error}: {answer}"))
    }

    /// Every world that it ever had.
    fn worlds(&self) -> Vec<Value> {
        self.ask("/v1/usage")["worlds"].as_array().expect("a list").clone()
    }

    fn alive(&self) -> usize {
        self.worlds().iter().filter(|world| world["ended"].is_null()).count()
    }
}

/// A folder with a scenario in it.
fn scenario(text: &str) -> (tempfile::TempDir, String) {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("scenario.toml");
    std::fs::write(&file, format!("schema = 1\n{text}")).expect("written");
    let file = file.display().to_string();
    (folder, file)
}

fn bench(words: &[&str]) -> Command {
    let mut command = seaglass();
    command.args(["bench", "run"]).args(words);
    command
}

/// The report of a run that writes one to stdout.
fn report(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|error| panic!("{error}\n{}\n{}", String::from_utf8_lossy(&output.stdout), said(output)))
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn count(report: &Value, scalar: &str) -> u64 {
    report["metrics"][scalar]["count"].as_u64().unwrap_or_else(|| panic!("{scalar}: {}", report["metrics"][scalar]))
}

fn samples(report: &Value, metric: &str) -> u64 {
    report["metrics"][metric]["n"].as_u64().unwrap_or_else(|| panic!("{metric}: {}", report["metrics"][metric]))
}

/// HO-14, HO-18
#[test]
fn two_sessions_are_measured_and_their_worlds_are_gone() {
    let server = Server::start(&["--shared-world"]);
    let words = ["--server", &server.url(), "--sessions", "2", "--duration", "3s", "-o", "json"];
    let output = run(&mut bench(&words));
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    let report = report(&output);
    assert_eq!(count(&report, "sessions"), 2);
    assert_eq!(count(&report, "sessions_completed"), 2, "{report:#}");
    assert_eq!((count(&report, "sessions_failed"), count(&report, "leaked_sessions")), (0, 0));
    assert_eq!((samples(&report, "ttff"), samples(&report, "close")), (2, 2), "{report:#}");
    assert!(count(&report, "frames") >= 20, "{report:#}");
    assert!(samples(&report, "cmd_to_frame") >= 8, "a look each 250 ms in either session: {report:#}");
    assert!(report["metrics"]["cmd_to_frame"]["p50"].as_f64().is_some_and(|p50| p50 > 0.0));
    assert_eq!(report["complete"], true);
    assert_eq!((server.worlds().len(), server.alive()), (2, 0));
    let used = report["metrics"]["world_seconds"]["value"].as_f64().unwrap_or_default();
    assert!(used > 1.0, "what the worlds used is on the server's bill: {used}");
}

/// Every mistake of the file and the flags is told before anything is created.
#[test]
fn what_cannot_be_right_creates_nothing() {
    let server = Server::start(&[]);
    let url = server.url();
    let (_folder, wrong) = scenario(
        "load = { profile = \"ramps\", sessions = 0 }\nstep = [{ at = \"soon\", direct = \"x\" }]\nfault = [{ kind = \"rest\" }]",
    );
    let output = run(&mut bench(&[&wrong, "--server", &url]));
    assert_eq!(output.status.code(), Some(2), "{}", said(&output));
    for word in ["load.profile", "load.sessions", "step 1", "fault 1"] {
        assert!(said(&output).contains(word), "{word} is not in {}", said(&output));
    }
    for (words, word) in [
        (&["--objective", "speed:p95<2s"][..], "speed"),
        (&["--objective", "ttff:p17<2s"], "p17"),
        (&["--objective", "cmd_to_frame:p50<-1ms"], "cmd_to_frame"),
        (&["-o", "pie:x"], "pie"),
        (&["-o", "json:/nonexistent/report.json"], "/nonexistent"),
        (&["--baseline", "/nonexistent/base.json"], "/nonexistent"),
        (&["--warmup", "1h"], "warm-up"),
        (&["--shard", "1/9"], "shard"),
        (&["--load", "flood"], "--load"),
        (&["--decode", "some"], "--decode"),
        (&["--decode", "none", "--objective", "cmd_to_present:p50<100ms"], "nothing is decoded"),
        (&["--objective", "sessions:count>1"], "1 in all"),
    ] {
        let output = run(bench(words).args(["--server", &url]));
        assert!(matches!(output.status.code(), Some(1 | 2)), "{words:?}: {}", said(&output));
        assert!(said(&output).contains(word), "{words:?}: {word} is not in {}", said(&output));
    }
    assert!(server.worlds().is_empty(), "{:?}", server.worlds());
}

#[test]
fn a_dry_run_says_what_it_would_do_and_creates_nothing() {
    let server = Server::start(&[]);
    let output = run(&mut bench(&["--server", &server.url(), "--sessions", "3", "--duration", "10s", "--dry-run"]));
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    let told = String::from_utf8_lossy(&output.stdout).into_owned();
    // The program itself is most of the memory of so small a run.
    for word in ["3 worlds", "at most", "needs about 32 MiB", "open files", "measured"] {
        assert!(told.contains(word), "{word:?} is not in {told}");
    }
    assert!(server.worlds().is_empty());
    // Faults are set from the server's own machine alone: a plan that cannot be is none, also where nothing is sent.
    let (_folder, faulty) = scenario("fault = [{ at = \"1s\", kind = \"reset\" }]");
    let output = run(&mut bench(&[&faulty, "--server", "https://worlds.invalid", "--dry-run"]));
    assert_eq!(output.status.code(), Some(2), "{}", said(&output));
    assert!(said(&output).contains("error[faults]") && said(&output).contains("is not this machine"), "{}", said(&output));
}

/// HO-23
#[test]
fn a_run_beyond_the_budget_creates_nothing() {
    let server = Server::start(&[]);
    let folder = tempfile::tempdir().expect("a folder");
    let settings = folder.path().join("config.toml");
    std::fs::write(&settings, "budget = { day_seconds = 30 }\n").expect("written");
    let output =
        run(bench(&["--server", &server.url(), "--sessions", "4", "--duration", "10s"]).arg("--config").arg(&settings));
    assert_eq!(output.status.code(), Some(10), "{}", said(&output));
    assert!(server.worlds().is_empty());
}

/// HO-18, HO-20: the first Ctrl-C ends the worlds and still writes what was measured.
#[test]
fn an_interrupted_run_leaves_no_world_and_says_that_it_is_not_complete() {
    let server = Server::start(&["--shared-world"]);
    let mut command = bench(&["--server", &server.url(), "--sessions", "3", "--duration", "10m", "-o", "json"]);
    let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("it starts");
    for look in 0.. {
        if server.alive() == 3 {
            break;
        }
        assert!(look < LOOKS, "the worlds never came");
        std::thread::sleep(GLANCE);
    }
    interrupt(&child);
    let output = child.wait_with_output().expect("it ends");
    assert_eq!(output.status.code(), Some(130), "{}", said(&output));
    assert_eq!(report(&output)["complete"], false);
    assert_eq!((server.worlds().len(), server.alive()), (3, 0));
}

/// HO-18: a run that is interrupted while its server is gone says which worlds may live on, also where the server tells nothing.
#[test]
fn an_interrupted_run_whose_server_is_gone_counts_its_worlds_as_leaked() {
    let mut server = Server::start(&["--shared-world"]);
    let (_folder, file) = scenario("load = { profile = \"constant\", sessions = 2, duration = \"10m\" }");
    let mut command = bench(&[&file, "--server", &server.url(), "-o", "json"]);
    let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("it starts");
    for look in 0.. {
        if server.worlds().iter().filter(|world| world["seconds_used"].as_f64() > Some(0.0)).count() == 2 {
            break;
        }
        assert!(look < LOOKS, "no two worlds: {:?}", server.worlds());
        std::thread::sleep(GLANCE);
    }
    server.0.child.kill().expect("killed");
    server.0.child.wait().expect("gone");
    interrupt(&child);
    let output = child.wait_with_output().expect("it ends");
    assert_eq!(output.status.code(), Some(130), "{}", said(&output));
    assert!(said(&output).contains("error[outcome-unknown]: 2 worlds may still be alive"), "{}", said(&output));
    assert_eq!(count(&report(&output), "leaked_sessions"), 2);
}

/// HO-19: streams that break come back, and each return is counted.
#[test]
fn in_a_storm_every_session_comes_back() {
    let (_folder, file) = scenario(
        "load = { profile = \"storm\", sessions = 2, duration = \"4s\", every = \"1500ms\" }\n\
         step = [{ at = \"0s\", every = \"100ms\", wander = { look = [0.02, 0.0] } }]",
    );
    let output = run(&mut bench(&[&file, "-o", "json"]));
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    let report = report(&output);
    assert_eq!((count(&report, "sessions_completed"), count(&report, "sessions_failed")), (2, 0), "{report:#}");
    assert_eq!(count(&report, "reconnects"), 4, "two cuts of two sessions: {report:#}");
    assert_eq!(samples(&report, "reconnect"), 4);
    // Open loop: what is due during an outage is due all the same.
    let commands = count(&report, "commands");
    assert!(commands >= 2 * 20, "{commands} commands");
}

#[test]
fn in_a_churn_each_is_followed_by_another_and_none_stays() {
    let server = Server::start(&["--shared-world"]);
    let (_folder, file) = scenario("load = { profile = \"churn\", sessions = 2, life = \"1s\", duration = \"3s\" }");
    let output = run(&mut bench(&[&file, "--server", &server.url(), "-o", "json"]));
    let report = report(&output);
    assert_eq!(count(&report, "sessions"), 6, "{}", said(&output));
    assert_eq!(count(&report, "leaked_sessions"), 0);
    assert_eq!((server.worlds().len(), server.alive()), (6, 0));
}

/// A fault that ends worlds is a session's failure, with its code, and not the run's crash.
#[test]
fn a_session_that_fails_is_counted_by_its_code() {
    let (_folder, file) = scenario(
        "load = { profile = \"constant\", sessions = 2, duration = \"3s\" }\nserver = { shared_world = true }\n\
         fault = [{ at = \"1500ms\", kind = \"end\", reason = \"failed\", times = 1 }]",
    );
    let output = run(&mut bench(&[&file, "-o", "json"]));
    let report = report(&output);
    let failed = count(&report, "sessions_failed");
    assert!(failed >= 1, "{report:#}");
    assert_eq!(report["errors"].as_object().map(|errors| errors.values().filter_map(Value::as_u64).sum()), Some(failed));
    assert_eq!(count(&report, "leaked_sessions"), 0);
}

#[test]
fn objectives_decide_the_exit_status() {
    let server = Server::start(&["--shared-world"]);
    for (objective, status) in [("frames:count>5", 0), ("ttff:max<1ms", 20), ("cmd_to_frame:p99<10s", 22)] {
        let url = server.url();
        let output = run(&mut bench(&["--server", &url, "--duration", "2s", "--objective", objective, "-o", "json"]));
        assert_eq!(output.status.code(), Some(status), "{objective}: {}", said(&output));
        assert_eq!(report(&output)["objectives"].as_array().map(Vec::len), Some(1));
    }
}

/// A count that has gone too far does not come back: the run ends, its worlds too, and says so.
#[test]
fn a_run_ends_as_soon_as_an_objective_cannot_be_kept() {
    let server = Server::start(&["--shared-world"]);
    let url = server.url();
    let words = ["--server", &url, "--duration", "10m", "--objective", "frames:count<20", "--abort-on-fail", "-o", "json"];
    let output = run(&mut bench(&words));
    assert_eq!(output.status.code(), Some(20), "{}", said(&output));
    let report = report(&output);
    assert_eq!(report["complete"], false);
    assert!(report["duration_s"].as_f64().is_some_and(|duration| duration < 300.0), "{report:#}");
    assert_eq!((server.worlds().len(), server.alive()), (1, 0));
}

/// HO-14: what is said on standard error is for whoever listens; neither a run nor its exit status hangs on that.
#[test]
fn a_run_that_nobody_listens_to_ends_as_it_would_have() {
    let server = Server::start(&["--shared-world"]);
    let url = server.url();
    let words = ["--server", &url, "--duration", "1s", "--objective", "frames:count<1"];
    let mut child = bench(&words).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().expect("it starts");
    drop(child.stderr.take());
    assert_eq!(child.wait().expect("it ends").code(), Some(20));
    assert_eq!((server.worlds().len(), server.alive()), (1, 0));
}

/// What a machine cannot tell is refused before the server that is measured hears of it.
#[test]
fn a_self_test_refuses_objectives_below_three_times_its_own_overhead() {
    let server = Server::start(&["--shared-world"]);
    let url = server.url();
    let with = |objective: &str| {
        let words = ["--server", &url, "--duration", "2s", "--self-test", "--objective", objective, "-o", "json"];
        run(&mut bench(&words))
    };
    let refused = with("cmd_to_frame:p50<1us");
    assert_eq!(refused.status.code(), Some(2), "{}", said(&refused));
    assert!(said(&refused).contains("cmd_to_frame") && said(&refused).contains("self-test with 1 session:"));
    assert!(server.worlds().is_empty());
    let taken = with("cmd_to_frame:p50<60s");
    assert_eq!(taken.status.code(), Some(0), "{}", said(&taken));
    assert!(report(&taken)["notes"].to_string().contains("self-test"), "{:#}", report(&taken));
}

/// A run of another configuration is no baseline, and that is said before anything is created; a run of the same is.
#[test]
fn a_baseline_of_another_configuration_creates_nothing() {
    let server = Server::start(&["--shared-world"]);
    let url = server.url();
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("base.json").display().to_string();
    let first = run(&mut bench(&["--server", &url, "--duration", "3s", "-o", &format!("json:{file}")]));
    assert_eq!(first.status.code(), Some(0), "{}", said(&first));
    let other = run(&mut bench(&["--server", &url, "--duration", "2s", "--baseline", &file]));
    assert_eq!(other.status.code(), Some(2), "{}", said(&other));
    assert!(said(&other).contains("error[unlike]") && said(&other).contains("duration_s"), "{}", said(&other));
    assert_eq!(server.worlds().len(), 1);
    // How it compares is the machine's affair: better, the same, worse, or too little to say.
    let same = run(&mut bench(&["--server", &url, "--duration", "3s", "--baseline", &file]));
    assert!(matches!(same.status.code(), Some(0 | 21 | 22)), "{}", said(&same));
    assert_eq!(server.worlds().len(), 2);
}

#[test]
fn lines_tell_how_a_run_goes_and_how_each_session_ended() {
    let output = run(&mut bench(&["--sessions", "5", "--duration", "2s", "-o", "jsonl"]));
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).expect("an object on each line")).collect();
    let of = |kind: &str| lines.iter().filter(|line| line["type"] == kind).count();
    let moments: Vec<f64> =
        lines.iter().filter(|line| line["type"] == "live").filter_map(|line| line["at_s"].as_f64()).collect();
    // The start, and each second from then on: a late look does not shift those behind it.
    assert!(moments.len() >= 2 && moments[1] >= 1.0, "{text}");
    assert_eq!(of("session"), 5, "{text}");
}

#[test]
fn the_parts_of_a_run_are_the_whole() {
    let server = Server::start(&["--shared-world"]);
    let mut sessions = Vec::new();
    for shard in ["0/2", "1/2"] {
        let url = server.url();
        let output =
            run(&mut bench(&["--server", &url, "--sessions", "3", "--duration", "2s", "--shard", shard, "-o", "json"]));
        assert_eq!(output.status.code(), Some(0), "{}", said(&output));
        sessions.push(count(&report(&output), "sessions"));
    }
    assert_eq!(sessions, [2, 1]);
    assert_eq!((server.worlds().len(), server.alive()), (3, 0));
}

#[test]
fn a_server_that_is_to_go_with_its_starter_goes_with_its_input() {
    let mut server = Server::start(&[]);
    drop(server.0.child.stdin.take());
    for look in 0.. {
        if server.0.child.try_wait().expect("it can be asked").is_some() {
            break;
        }
        assert!(look < LOOKS, "it goes on");
        std::thread::sleep(GLANCE);
    }
}

/// Of a run in which nothing came to its end the first failure decides.
#[test]
fn a_run_that_got_nowhere_says_by_its_exit_status_why() {
    let port = std::net::TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("its address").port();
    let nobody = format!("http://127.0.0.1:{port}");
    let output = run(&mut bench(&["--server", &nobody, "--duration", "1s", "-o", "json"]));
    assert_eq!(output.status.code(), Some(7), "{}", said(&output));
    assert!(said(&output).contains("error[connect]"), "{}", said(&output));

    let locked = Served::with_key(Some("bench-key"), &[]);
    let output = run(bench(&["--server", &locked.url, "--duration", "1s", "-o", "json"]).env("SEAGLASS_API_KEY", "another"));
    assert_eq!(output.status.code(), Some(3), "{}", said(&output));
    assert!(said(&output).contains("error[auth]") && !said(&output).contains("another"), "{}", said(&output));
}

/// HO-9, HO-14: a session that comes back over another transport is told as such: what is measured from there on is another thing.
#[test]
fn another_transport_is_marked_where_it_begins() {
    let (folder, file) = scenario(
        "load = { duration = \"3s\" }\nfault = [{ at = \"1s\", kind = \"reset\", on = \"stream\" }, \
         { at = \"1001ms\", kind = \"reset\", on = \"stream\" }]",
    );
    let trace = folder.path().join("run.trace");
    let output = run(&mut bench(&[&file, "-o", "json", "-o", &format!("trace:{}", trace.display())]));
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    let lines = std::fs::read_to_string(trace).expect("the trace");
    let rows: Vec<Value> = lines.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    let session = rows.iter().find(|row| row["type"] == "session").expect("its row");
    assert_eq!(session["transport"], "sse", "{session}");
    let told = rows.iter().any(|row| row["type"] == "mark" && row["text"] == "streams over sse from here on");
    assert!(told, "{lines}");
}

/// HO-14: sessions of which nobody saw a frame are failures in the report, in the live lines and in the exit status alike.
#[test]
fn a_server_that_shows_nothing_is_no_success() {
    let (folder, file) = scenario("load = { duration = \"1s\" }\nfault = [{ kind = \"warm_up\", delay = \"1h\" }]");
    let live = folder.path().join("live.jsonl");
    let output = run(&mut bench(&[&file, "-o", "json", "-o", &format!("jsonl:{}", live.display())]));
    assert_eq!(output.status.code(), Some(6), "{}", said(&output));
    assert!(said(&output).contains("no_frame") && said(&output).contains("seaglass explain session"), "{}", said(&output));
    let report = report(&output);
    assert_eq!((count(&report, "sessions_failed"), count(&report, "sessions_completed")), (1, 0), "{report:#}");
    let lines = std::fs::read_to_string(live).expect("the lines");
    let ended = lines.lines().find(|line| line.contains("\"type\":\"session\"")).expect("the session's line");
    assert!(ended.contains("\"outcome\":\"failed\"") && ended.contains("no_frame"), "{ended}");
}

/// HO-18: a server that confirms the end of a world and keeps it is found out by its own bill, and no figure says otherwise.
#[test]
fn a_world_that_lives_on_behind_its_confirmed_end_is_counted_as_leaked() {
    let server = Server::start(&["--defect", "undead"]);
    let words = ["--server", &server.url(), "--duration", "1s", "--objective", "leaked_sessions:count==0", "-o", "json"];
    let output = run(&mut bench(&words));
    assert_eq!(output.status.code(), Some(12), "{}", said(&output));
    let world = server.worlds()[0]["id"].as_str().expect("an id").to_owned();
    assert!(said(&output).contains(&format!("seaglass world end {world}")), "{}", said(&output));
    let report = report(&output);
    assert_eq!((count(&report, "leaked_sessions"), count(&report, "sessions_completed")), (1, 0), "{report:#}");
    assert_eq!(report["outcome"], "fail", "{report:#}");
    assert!(report["notes"].to_string().contains(&world), "{:#}", report["notes"]);
}

/// HO-21: 11, whether a limit ended all of a run's sessions or some.
#[test]
fn a_limit_that_ends_sessions_is_told_by_the_exit_status() {
    for (times, completed) in [(2, 0), (1, 1)] {
        let (_folder, file) = scenario(&format!(
            "load = {{ profile = \"constant\", sessions = 2, duration = \"3s\" }}\nserver = {{ shared_world = true }}\n\
             fault = [{{ at = \"1500ms\", every = \"100ms\", times = {times}, kind = \"end\", reason = \"limit\" }}]"
        ));
        let output = run(&mut bench(&[&file, "-o", "json"]));
        assert_eq!(output.status.code(), Some(11), "{}", said(&output));
        assert!(said(&output).contains("error[limit]"), "{}", said(&output));
        let report = report(&output);
        assert_eq!((count(&report, "sessions_completed"), count(&report, "leaked_sessions")), (completed, 0), "{report:#}");
    }
}

/// HO-18, HO-25: 12, and the report counts it.
#[test]
fn a_world_that_the_server_would_not_end_is_told_by_the_exit_status() {
    let (_folder, file) = scenario(
        "load = { duration = \"1s\" }\nfault = [{ for = \"1h\", kind = \"status\", status = 503, on = \"delete\" }]",
    );
    let output = run(&mut bench(&[&file, "-o", "json"]));
    assert_eq!(output.status.code(), Some(12), "{}", said(&output));
    assert!(said(&output).contains("error[outcome-unknown]"), "{}", said(&output));
    assert_eq!(count(&report(&output), "leaked_sessions"), 1);
}

/// HO-23: a server on another machine, or one with a price, is somebody's who may want money. Nothing is sent before the user agrees.
#[test]
fn a_server_that_may_cost_is_not_loaded_without_being_asked() {
    let server = Server::start(&["--shared-world"]);
    let folder = tempfile::tempdir().expect("a folder");
    let settings = folder.path().join("settings.toml");
    let priced = format!("[profiles.work]\nserver = \"{}\"\ncredits_per_second = 0.5\n", server.url());
    std::fs::write(&settings, priced).expect("written");
    let settings = settings.display().to_string();
    let words = ["--config", &settings, "--profile", "work", "--duration", "1s", "-o", "json"];

    // Reserved for names that are none (RFC 6761).
    let output = run(&mut bench(&["--server", "https://worlds.invalid", "--duration", "1s"]));
    assert_eq!(output.status.code(), Some(2), "{}", said(&output));
    let output = run(&mut bench(&words));
    assert_eq!(output.status.code(), Some(2), "{}", said(&output));
    assert!(said(&output).contains("--yes") && said(&output).contains("credits at most"), "{}", said(&output));
    assert!(server.worlds().is_empty(), "{:?}", server.worlds());
    let output = run(bench(&words).arg("--yes"));
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    assert_eq!((server.worlds().len(), server.alive()), (1, 0));
    // This server bills no credits, so the price of the settings says what the run cost.
    let of = |scalar: &str| report(&output)["metrics"][scalar]["value"].as_f64().unwrap_or_else(|| panic!("{scalar}"));
    assert!((of("credits") - 0.5 * of("world_seconds")).abs() < 1e-9, "{} for {} s", of("credits"), of("world_seconds"));
    assert!(report(&output)["notes"].to_string().contains("price of the settings"), "{:#}", report(&output)["notes"]);

    // util-linux's: the program has a terminal of its own, and what is typed here is typed there.
    if !cfg!(target_os = "linux") || !support::have("script") {
        return;
    }
    let asked = |answer: &str| {
        let line = format!("exec {} bench run {}", env!("CARGO_BIN_EXE_seaglass"), words.join(" "));
        let mut command = Command::new("script");
        command.args(["-qec", &line, "/dev/null"]).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command.env_remove("SEAGLASS_SERVER").env("SEAGLASS_BOOKS", folder.path().join("books.sqlite"));
        let mut child = command.spawn().expect("script starts");
        let mut stdin = child.stdin.take().expect("piped");
        stdin.write_all(answer.as_bytes()).expect("typed");
        let output = child.wait_with_output().expect("it ends");
        drop(stdin);
        (output.status.code(), String::from_utf8_lossy(&output.stdout).into_owned())
    };
    let (status, shown) = asked("n\n");
    assert_eq!(status, Some(2), "{shown}");
    assert!(shown.contains("go on? [y/N]") && shown.contains("the answer was not yes"), "{shown}");
    assert_eq!(server.worlds().len(), 1, "nothing was created");
    let (status, shown) = asked("y\n");
    assert_eq!(status, Some(0), "{shown}");
    assert!(shown.contains(" streaming · "), "how it goes is shown on a terminal: {shown}");
    assert_eq!((server.worlds().len(), server.alive()), (2, 0));
}

/// Every example reads, and can be run.
#[test]
fn the_examples_are_plans() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/bench");
    let mut files = 0;
    for entry in std::fs::read_dir(folder).expect("the folder") {
        let file = entry.expect("an entry").path();
        let output = run(bench(&["--dry-run"]).arg(&file));
        assert_eq!(output.status.code(), Some(0), "{}: {}", file.display(), said(&output));
        files += 1;
    }
    assert_eq!(files, 7);
}

fn interrupt(child: &Child) {
    let pid = rustix::process::Pid::from_child(child);
    rustix::process::kill_process(pid, rustix::process::Signal::INT).expect("a signal");
}
