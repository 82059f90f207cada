//! HO-5, HO-18, HO-20: the world is deleted on every way out of the real program, against a real server in a process of its own.
#![cfg(all(unix, feature = "player", feature = "server"))]

mod support;

use std::io::{BufRead as _, BufReader};
use std::process::{Command, Stdio};

use support::served::Served;
use support::{run, seaglass, succeed};

/// The worlds of a server.
fn worlds(server: &Served) -> serde_json::Value {
    let text = succeed(seaglass().args(["world", "list", "--server", &server.url, "-o", "json"]));
    serde_json::from_slice(&text).expect("JSON")
}

fn explore(server: &Served) -> Command {
    let mut command = seaglass();
    command.args(["explore", "a quiet coast", "--headless", "--for", "60s", "--server", &server.url]);
    command
}

/// Runs until the program says that the world runs, then does something to it; its exit status and what it said.
fn interrupted(server: &Served, act: impl FnOnce(u32)) -> (Option<i32>, String) {
    interrupted_run(&mut explore(server), server, act)
}

fn interrupted_run(explore: &mut Command, server: &Served, act: impl FnOnce(u32)) -> (Option<i32>, String) {
    let mut child = explore.stderr(Stdio::piped()).stdout(Stdio::null()).spawn().expect("the program starts");
    let mut said = String::new();
    let mut lines = BufReader::new(child.stderr.take().expect("piped"));
    while !said.contains("the world runs") {
        assert_ne!(lines.read_line(&mut said).expect("text"), 0, "it ended early: {said}");
    }
    assert_eq!(worlds(server).as_array().map(Vec::len), Some(1));
    act(child.id());
    while lines.read_line(&mut said).expect("text") != 0 {}
    (child.wait().expect("an end").code(), said)
}

fn signal(name: &'static str) -> impl FnOnce(u32) {
    move |id| drop(succeed(Command::new("kill").args([&format!("-{name}"), &id.to_string()])))
}

#[test]
fn ctrl_c_deletes_the_world_and_exits_with_130() {
    let server = Served::start(&[]);
    let (status, said) = interrupted(&server, signal("INT"));
    assert_eq!(status, Some(130), "{said}");
    assert_eq!(worlds(&server), serde_json::json!([]));
}

#[test]
fn sigterm_deletes_the_world_and_exits_with_143() {
    let server = Served::start(&[]);
    let (status, said) = interrupted(&server, signal("TERM"));
    assert_eq!(status, Some(143), "{said}");
    assert_eq!(worlds(&server), serde_json::json!([]));
}

/// A terminal that is closed is a way out, too.
#[test]
fn a_closed_terminal_deletes_the_world_and_exits_with_129() {
    let server = Served::start(&[]);
    // Whatever started these tests may outlive its terminal; what it starts here must not.
    let mut explore = under("exec env --default-signal=HUP \"$0\" \"$@\"", &explore(&server));
    let (status, said) = interrupted_run(&mut explore, &server, signal("HUP"));
    assert_eq!(status, Some(129), "{said}");
    assert_eq!(worlds(&server), serde_json::json!([]));
}

/// What is started to outlive its terminal (`nohup`) does.
#[test]
fn a_run_that_ignores_its_terminals_end_goes_on() {
    let server = Served::start(&[]);
    let mut explore = under("trap '' HUP; exec \"$0\" \"$@\"", &explore(&server));
    let (status, said) = interrupted_run(&mut explore, &server, |id| {
        signal("HUP")(id);
        assert_eq!(worlds(&server).as_array().map(Vec::len), Some(1));
        signal("TERM")(id);
    });
    assert_eq!(status, Some(143), "{said}");
    assert_eq!(worlds(&server), serde_json::json!([]));
}

/// A command, started by a shell that does this first.
fn under(script: &str, command: &Command) -> Command {
    let mut shell = Command::new("sh");
    shell.args(["-c", script]).arg(command.get_program()).args(command.get_args());
    for (name, value) in command.get_envs() {
        match value {
            Some(value) => shell.env(name, value),
            None => shell.env_remove(name),
        };
    }
    shell
}

#[test]
fn a_normal_end_deletes_the_world() {
    let server = Served::start(&[]);
    succeed(seaglass().args(["explore", "a quiet coast", "--headless", "--for", "1s", "--server", &server.url]));
    assert_eq!(worlds(&server), serde_json::json!([]));
}

#[test]
fn a_world_that_is_ended_from_elsewhere_ends_the_program() {
    let server = Served::start(&[]);
    let (_, said) = interrupted(&server, |_| {
        let id = worlds(&server)[0]["id"].as_str().expect("an id").to_owned();
        succeed(seaglass().args(["world", "end", &id, "--server", &server.url]));
    });
    assert!(said.contains("deleted"), "{said}");
}

/// HO-30, X-9: the key is needed, is taken from a file, and shows nowhere.
#[test]
fn a_server_with_a_key_refuses_others_and_the_key_is_never_shown() {
    let server = Served::with_key(Some("sea-secret-42"), &[]);
    let output = run(seaglass().args(["explore", "coast", "--headless", "--for", "1s", "--server", &server.url]));
    assert_eq!(output.status.code(), Some(3), "{}", String::from_utf8_lossy(&output.stderr));

    let file = tempfile::NamedTempFile::new().expect("a file");
    std::fs::write(file.path(), "sea-wrong-43\n").expect("written");
    let mut wrong = seaglass();
    wrong.args(["-vv", "world", "list", "--server", &server.url]).arg("--api-key-file").arg(file.path());
    let output = run(&mut wrong);
    assert_eq!(output.status.code(), Some(3));
    assert!(!String::from_utf8_lossy(&output.stderr).contains("sea-wrong-43"));

    std::fs::write(file.path(), "sea-secret-42\n").expect("written");
    let mut right = seaglass();
    right.args(["-vv", "explore", "coast", "--headless", "--for", "1s", "--server", &server.url]);
    let output = run(right.arg("--api-key-file").arg(file.path()));
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(!String::from_utf8_lossy(&output.stderr).contains("sea-secret-42"));
}
