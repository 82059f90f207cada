//! X-3, HL-21, HC-31: a process that submits is killed (`kill -9`) at chosen moments and at random ones, against a service in another
//! process. What the journal says afterwards is true: a job that the service took on stands there under its id or as unknown, never
//! as one that cost nothing, and no service sees a submit twice.
//!
//! `SEAGLASS_KILL_RUNS` says how often at random, `SEAGLASS_KILL_SEED` repeats the choices of a run.
#![cfg(unix)]
#![allow(missing_docs, reason = "a test")]
#![allow(clippy::unwrap_used, reason = "a test stops at what it does not expect")]

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::time::Duration;

use seaglass::books::{Books, Budgets, JobEntry};
use seaglass::clips::{Agency, AgencyConfig, Progress};
use seaglass::clock::Clock;
use seaglass::jobs::{Backend, FieldNames, JobState, Prices, Request};
use seaglass::net::Trust;

const BASE: &str = "SEAGLASS_CLIPS_KILL_BASE";
const BOOKS: &str = "SEAGLASS_CLIPS_KILL_BOOKS";
const ACCEPTED: &[u8] =
    b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 84\r\nConnection: close\r\n\r\n\
    {\"code\":200,\"message\":\"success\",\"data\":{\"task_id\":\"n92abc\",\"status\":\"IN_PROGRESS\"}}  ";

/// The process that is killed: it submits once, and says how far it has come.
#[test]
fn submits_when_it_is_told_to() {
    let (Ok(base), Ok(books)) = (std::env::var(BASE), std::env::var(BOOKS)) else { return };
    let books = Arc::new(Books::open(Path::new(&books)).unwrap());
    let config = AgencyConfig {
        backend: Backend::HhApp,
        base,
        key: None,
        allow_plaintext_key: false,
        trust: Trust::web(),
        clock: Clock::start(),
        books: Some(books),
        profile: "default".to_owned(),
        budgets: Budgets::default(),
        names: FieldNames::default(),
        prices: Prices::default(),
        pace: None,
        rates: None,
        seed: 1,
    };
    let agency = Agency::new(config).unwrap();
    let request = Request { prompt: Some("an eagle".to_owned()), ..Request::default() };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let outcome = runtime.block_on(agency.submit(&request, &mut |progress| {
        if let Progress::Accepted { id, .. } = progress {
            println!("\naccepted {id}");
        }
    }));
    println!("\ndone {}", outcome.is_ok());
}

/// A service that counts what it takes on, and answers when it is told to.
struct Service {
    base: String,
    /// One for each submit that it has read to its end.
    took: Receiver<()>,
    answer: SyncSender<()>,
}

impl Service {
    fn new() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let (tell, took) = sync_channel(16);
        let (answer, go) = sync_channel::<()>(16);
        std::thread::spawn(move || {
            for peer in listener.incoming() {
                let Ok(mut peer) = peer else { return };
                let mut seen = Vec::new();
                let mut piece = [0; 4096];
                while !complete(&seen) {
                    match peer.read(&mut piece) {
                        Ok(read @ 1..) => seen.extend_from_slice(&piece[..read]),
                        _ => break,
                    }
                }
                if complete(&seen) && tell.send(()).is_ok() && go.recv().is_ok() {
                    let _ = peer.write_all(ACCEPTED);
                }
            }
        });
        Self { base, took, answer }
    }
}

fn complete(seen: &[u8]) -> bool {
    let text = String::from_utf8_lossy(seen).to_ascii_lowercase();
    let Some((head, body)) = text.split_once("\r\n\r\n") else { return false };
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")?.trim().parse().ok());
    length.is_some_and(|length: usize| body.len() >= length)
}

fn begin(service: &Service, books: &Path) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "submits_when_it_is_told_to", "--nocapture"])
        .env(BASE, &service.base)
        .env(BOOKS, books)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

fn kill(mut child: Child) {
    child.kill().unwrap();
    child.wait().unwrap();
}

fn journal(books: &Path) -> Vec<JobEntry> {
    Books::open(books).unwrap().jobs(&jiff::Zoned::now(), 10).unwrap()
}

/// Until the child says so.
fn heard(child: &mut Child, word: &str) {
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    assert!(lines.map_while(Result::ok).any(|line| line.starts_with(word)), "it never said {word}");
}

#[test]
fn x_3_killed_between_the_submit_and_its_answer_a_job_is_unknown() {
    let folder = tempfile::tempdir().unwrap();
    let books = folder.path().join("books.sqlite");
    let service = Service::new();
    let child = begin(&service, &books);
    service.took.recv().unwrap();
    kill(child);
    let entries = journal(&books);
    assert_eq!(entries.iter().map(|entry| entry.state).collect::<Vec<_>>(), [JobState::Unknown]);
    assert!(entries[0].body.contains("an eagle"), "what was sent is there, for whoever has to find it");
    assert!(service.took.try_recv().is_err());
}

#[test]
fn x_3_killed_after_the_id_was_told_a_job_stands_under_its_id() {
    let folder = tempfile::tempdir().unwrap();
    let books = folder.path().join("books.sqlite");
    let service = Service::new();
    let mut child = begin(&service, &books);
    service.answer.send(()).unwrap();
    heard(&mut child, "accepted n92abc");
    kill(child);
    let entries = journal(&books);
    assert_eq!(
        entries.iter().map(|entry| (entry.state, entry.id.as_deref())).collect::<Vec<_>>(),
        [(JobState::Running, Some("n92abc"))]
    );
}

#[test]
fn x_3_killed_at_any_moment_no_job_is_taken_for_free_and_none_submitted_twice() {
    let number = |name, default| std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(default);
    let (runs, seed) = (number("SEAGLASS_KILL_RUNS", 12), number("SEAGLASS_KILL_SEED", 20_261_122));
    let mut random = seaglass::retry::Backoff::new(Duration::ZERO, Duration::ZERO, seed);
    let mut found = Vec::new();
    for run in 0..runs {
        let folder = tempfile::tempdir().unwrap();
        let books = folder.path().join("books.sqlite");
        let service = Service::new();
        service.answer.send(()).unwrap();
        let child = begin(&service, &books);
        std::thread::sleep(random.scatter(Duration::from_millis(250)));
        kill(child);
        // What is still on its way to the service has a moment to arrive.
        let took = service.took.recv_timeout(Duration::from_millis(100)).is_ok();
        let again = service.took.try_recv().is_ok();
        let entries = if books.exists() { journal(&books) } else { Vec::new() };
        let states: Vec<JobState> = entries.iter().map(|entry| entry.state).collect();
        let words = format!("seed {seed}, run {run}: taken {took}, journal {states:?}");
        assert!(!again && states.len() <= 1, "{words}");
        match states.first() {
            None | Some(JobState::Refused) => assert!(!took, "{words}"),
            Some(JobState::Running) => assert!(took, "{words}"),
            Some(JobState::Unknown) => {}
            Some(other) => panic!("{words}: {other:?}"),
        }
        found.push(states.first().map(|state| state.name()));
    }
    eprintln!("{runs} kills with seed {seed}: {found:?}");
}
