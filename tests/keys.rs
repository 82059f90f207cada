//! The program and its secrets: where a key is kept, whose it is, and that neither it nor a ticket nor a resume token shows anywhere
//! (X-9, X-10, HO-30). Real processes; a relay listens in on what the server gives out.
#![cfg(all(unix, feature = "server"))]
#![allow(clippy::unwrap_used, reason = "a test stops at what it does not expect")]

mod client_support;
mod support;

use std::io::Write as _;
use std::net::SocketAddr;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::sync::{Arc, Mutex};

use client_support::{Fake, Manners, Stream, json};
use seaglass::sim::{Server, ServerConfig, ServerHandle};
use secrecy::SecretString;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

const KEY: &str = "sk-Qx7vN2-never-to-be-seen";

fn program(home: &Path, arguments: &[&str]) -> Command {
    let mut command = support::seaglass();
    command.args(arguments).env("XDG_CONFIG_HOME", home).env("HOME", home).env("SEAGLASS_BOOKS", home.join("books.sqlite"));
    command
}

fn said(output: &Output) -> String {
    format!("{}\n{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

fn login(home: &Path, server: &str) -> String {
    let mut command = program(home, &["auth", "login", "--server", server]);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    child.stdin.take().unwrap().write_all(format!("{KEY}\n").as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{}", said(&output));
    said(&output)
}

fn empty_list() -> Fake {
    Fake::start(Manners { stream: Stream::Answer(json("200 OK", r#"{"worlds":[]}"#)), ..Manners::default() })
}

/// X-9, X-10
#[test]
fn a_key_that_login_keeps_is_private_and_goes_to_exactly_its_origin() {
    let home = tempfile::tempdir().unwrap();
    let (own, other) = (empty_list(), empty_list());
    let status = |server: &str| said(&support::run(&mut program(home.path(), &["auth", "status", "--server", server])));
    assert!(status(&own.url()).contains("no key"));
    let mut shown = login(home.path(), &own.url());

    let file = home.path().join("seaglass/keys.toml");
    let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode(&file), mode(file.parent().unwrap())), (0o600, 0o700));

    for server in [&own, &other] {
        let output = support::run(&mut program(home.path(), &["world", "list", "--server", &server.url()]));
        assert!(output.status.success(), "{}", said(&output));
        shown.push_str(&said(&output));
    }
    assert!(own.requests()[0].contains(&format!("Bearer {KEY}")));
    assert!(!other.requests()[0].contains(KEY), "the key went to another origin");
    assert!(status(&own.url()).contains("keys.toml") && status(&other.url()).contains("no key"));
    // What is nearer wins.
    let mut nearer = program(home.path(), &["auth", "status", "--server", &own.url()]);
    let nearer = said(&support::run(nearer.env("SEAGLASS_API_KEY", "another")));
    assert!(nearer.contains("SEAGLASS_API_KEY") && !nearer.contains("another"), "{nearer}");

    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o640)).unwrap();
    let output = support::run(&mut program(home.path(), &["world", "list", "--server", &own.url()]));
    assert!(output.status.code() == Some(2) && said(&output).contains("chmod 600"), "{}", said(&output));
    assert_eq!(own.requests().len(), 1, "nothing was sent");
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o600)).unwrap();

    let output = support::run(&mut program(home.path(), &["auth", "logout", "--server", &own.url()]));
    assert!(output.status.success() && !std::fs::read_to_string(&file).unwrap().contains(KEY));
    assert!(status(&own.url()).contains("no key"));
    shown.push_str(&status(&own.url()));
    assert!(!shown.contains(KEY), "{shown}");
}

/// X-10: the file that the settings name for their server is not for whatever server a flag names.
#[test]
fn the_settings_key_stays_away_from_another_server_of_the_command_line() {
    let home = tempfile::tempdir().unwrap();
    let (own, other) = (empty_list(), empty_list());
    let (key, settings) = (home.path().join("key"), home.path().join("settings.toml"));
    std::fs::write(&key, KEY).unwrap();
    std::fs::write(&settings, format!("server = {:?}\napi_key_file = {:?}\n", own.url(), key.to_str().unwrap())).unwrap();
    let list = ["world", "list", "--config", settings.to_str().unwrap()];
    support::succeed(&mut program(home.path(), &list));
    support::succeed(program(home.path(), &list).args(["--server", &other.url()]));
    assert!(own.requests()[0].contains(KEY) && !other.requests()[0].contains(KEY));
}

/// X-9: whatever a server says, a terminal gets nothing to obey, in tables, in JSON and in errors.
#[test]
fn what_a_hostile_server_says_reaches_no_terminal_as_a_command() {
    let home = tempfile::tempdir().unwrap();
    let evil = r"\u001b]0;owned\u0007\u001b[2J\u009b31m\u007f\u202egnp.exe";
    let world = format!(r#"{{"id":"w_1","state":"{evil}","state_version":1,"prompt":"{evil}"}}"#);
    let refusal = json("403 Forbidden", &format!(r#"{{"error":{{"code":"{evil}","message":"{evil}"}}}}"#));
    let list = json("200 OK", &format!(r#"{{"worlds":[{world}]}}"#));
    let kind = "HTTP/1.1 200 OK\r\nContent-Type: \u{9b}31m/x\r\nContent-Length: 1\r\nConnection: close\r\n\r\n?".to_owned();
    for get in [list, json("200 OK", &world), refusal.clone(), kind] {
        let manners = Manners { create: refusal.clone(), delete: refusal.clone(), stream: Stream::Answer(get) };
        let fake = Fake::start(manners);
        for arguments in [
            &["world", "list"][..],
            &["world", "list", "-o", "json"],
            &["world", "show", "w_1"],
            &["world", "show", "w_1", "-o", "jsonl"],
            &["world", "direct", "w_1", "rain"],
            &["world", "end", "w_1"],
            &["world", "new", "a canyon"],
            &["check", "auth/1", "-o", "text", "--yes", "--target"],
        ] {
            let mut command = program(home.path(), arguments);
            if !arguments.contains(&"--target") {
                command.arg("--server");
            }
            let output = support::run(command.arg(fake.url()));
            let text = said(&output);
            let obeyed = text.chars().find(|c| (c.is_control() && *c != '\n') || *c == '\u{202e}');
            assert_eq!(obeyed, None, "{arguments:?}: {text:?}");
        }
    }
}

/// Listens in on a server.
async fn tap(to: SocketAddr) -> (SocketAddr, Arc<Mutex<Vec<u8>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let heard = Arc::<Mutex<Vec<u8>>>::default();
    let all = Arc::clone(&heard);
    tokio::spawn(async move {
        while let Ok((client, _)) = listener.accept().await {
            let heard = Arc::clone(&all);
            tokio::spawn(async move {
                let server = TcpStream::connect(to).await.unwrap();
                let ((mut from_client, mut to_client), (mut from_server, mut to_server)) =
                    (client.into_split(), server.into_split());
                let up = async {
                    let _ = tokio::io::copy(&mut from_client, &mut to_server).await;
                    let _ = to_server.shutdown().await;
                };
                let down = async {
                    let mut buffer = vec![0; 65536];
                    while let Ok(count @ 1..) = from_server.read(&mut buffer).await {
                        heard.lock().unwrap().extend_from_slice(&buffer[..count]);
                        if to_client.write_all(&buffer[..count]).await.is_err() {
                            break;
                        }
                    }
                };
                tokio::join!(up, down);
            });
        }
    });
    (address, heard)
}

async fn server() -> ServerHandle {
    let mut config = ServerConfig::new("127.0.0.1:0".parse().unwrap());
    config.key = Some(SecretString::from(KEY));
    Server::start(config).await.unwrap()
}

/// The values of a field wherever it stands in JSON.
fn values(heard: &[u8], field: &str) -> Vec<String> {
    let text = String::from_utf8_lossy(heard).into_owned();
    let name = format!("\"{field}\":\"");
    text.split(&name).skip(1).filter_map(|rest| rest.split_once('"').map(|(value, _)| value.to_owned())).collect()
}

/// Every file below a folder, with its bytes.
fn files(folder: &Path, out: &mut Vec<(String, Vec<u8>)>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files(&path, out);
        } else {
            out.push((path.display().to_string(), std::fs::read(&path).unwrap_or_default()));
        }
    }
}

/// X-9: with everything that can be said switched on.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_secret_shows_in_output_reports_books_transcripts_or_arguments() {
    let server = server().await;
    let (address, heard) = tap(server.address()).await;
    let home = tempfile::tempdir().unwrap();
    let elsewhere = tempfile::tempdir().unwrap();
    let (url, key) = (format!("http://{address}"), elsewhere.path().join("key"));
    std::fs::write(&key, KEY).unwrap();
    let mut seen = Vec::new();
    let run = |seen: &mut Vec<(String, Vec<u8>)>, arguments: &[&str], target: &str| {
        let mut command = program(home.path(), arguments);
        command.args(["-vv", "--api-key-file", key.to_str().unwrap(), target, &url]).env("SEAGLASS_LOG", "trace");
        command.current_dir(home.path()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let child = command.spawn().unwrap();
        let line = std::fs::read(format!("/proc/{}/cmdline", child.id())).unwrap_or_default();
        let output = child.wait_with_output().unwrap();
        let name = arguments.join(" ");
        // The name of the key file is no secret.
        seen.push((format!("arguments of {name}"), line));
        seen.push((format!("stdout of {name}"), output.stdout.clone()));
        seen.push((format!("stderr of {name}"), output.stderr));
        (output.status.code(), output.stdout)
    };
    let (code, out) = run(&mut seen, &["world", "new", "a canyon", "--tier", "draft", "-o", "json"], "--server");
    assert_eq!(code, Some(0), "{}", String::from_utf8_lossy(&seen[2].1));
    let id = serde_json::from_slice::<serde_json::Value>(&out).unwrap()["id"].as_str().unwrap().to_owned();
    for arguments in [
        &["world", "list"][..],
        &["world", "show", &id, "-o", "json"],
        &["world", "direct", &id, "let it rain"],
        &["world", "end", &id],
        &["world", "budget"],
    ] {
        assert_eq!(run(&mut seen, arguments, "--server").0, Some(0), "{arguments:?}");
    }
    #[cfg(feature = "player")]
    {
        let explore = ["explore", "a canyon", "--headless", "--for", "2s", "--tier", "draft", "--report", "report.json"];
        let (code, _) = run(&mut seen, &explore, "--server");
        // Without a graphics adapter there is no picture, and nothing to look through either.
        let stderr = String::from_utf8_lossy(&seen[seen.len() - 1].1);
        assert!(code == Some(0) || stderr.contains("error[no-adapter]"), "{code:?} {stderr}");
    }
    let check =
        ["check", "auth", "life/1", "--yes", "-o", "json:check.json", "-o", "junit:check.xml", "--transcripts", "tapes"];
    let (code, out) = run(&mut seen, &check, "--target");
    assert!(matches!(code, Some(0 | 30)), "{code:?} {}", String::from_utf8_lossy(&out));
    // A run that fails has most to say.
    let (code, _) = run(&mut seen, &["world", "show", "w_gone"], "--server");
    assert_eq!(code, Some(5));

    let heard = heard.lock().unwrap().clone();
    let (tickets, tokens) = (values(&heard, "ticket"), values(&heard, "resume"));
    assert!(!tickets.is_empty(), "the server gave out tickets");
    #[cfg(feature = "player")]
    assert!(!tokens.is_empty(), "the server gave out resume tokens");
    files(home.path(), &mut seen);
    assert!(seen.iter().any(|(name, _)| name.contains("books.sqlite")) && seen.iter().any(|(_, bytes)| bytes.len() > 1000));
    let secrets = tickets.iter().chain(&tokens).map(String::as_str).chain([KEY]).filter(|secret| secret.len() >= 8);
    for secret in secrets {
        for (name, bytes) in &seen {
            let found = bytes.windows(secret.len()).position(|window| window == secret.as_bytes());
            let around = found.map(|at| String::from_utf8_lossy(&bytes[at.saturating_sub(200)..at]).into_owned());
            assert_eq!(around, None, "{name} shows a secret");
        }
    }
}
