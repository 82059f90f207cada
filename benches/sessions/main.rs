//! What a session costs this side, against a plain `tokio-tungstenite` receive loop: CPU time per session and second, sessions that one
//! core carries, bytes per second of CPU time, memory per session. Both receive the same streams from the same `seaglass serve
//! --shared-world`, in turns within one run, each in a process of its own, on a runtime of as many threads; so neither the server's
//! work nor what an allocator keeps of an earlier turn is counted. Goal: at least 0.8 of the plain loop.
//!
//! `cargo bench --profile dev --bench sessions -- --sessions 1000 --seconds 10 --rounds 3 --workers 2 --tier draft --codec h264`; with
//! `--only Seaglass` one contestant alone. Linux: it reads `/proc`.
//!
//! `receivers` receive, `usage` reads what a process has used.
#![allow(clippy::unwrap_used, reason = "a measurement stops at what it does not expect")]

mod receivers;
mod usage;

use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Command, Stdio};

use seaglass::media::Tier;
use serde::{Deserialize, Serialize};

/// Who receives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum Contestant {
    /// The receive loop as one writes it first: the library's defaults.
    Plain,
    /// The same loop with this project's buffer sizes: what remains is what a session does with what it receives.
    Tuned,
    /// The client of this project with everything on.
    Seaglass,
}

/// What is run.
#[derive(Clone, Debug)]
struct Plan {
    sessions: u32,
    seconds: f64,
    rounds: usize,
    workers: usize,
    tier: Tier,
    codec: String,
    only: Option<Contestant>,
}

/// What one turn of a contestant came to.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
struct Turn {
    /// Length of the measured window.
    seconds: f64,
    /// CPU time of the whole process in it, user and system.
    cpu: f64,
    units: u64,
    bytes: u64,
    /// Memory that the sessions added to the process, streaming.
    memory: f64,
    threads: u64,
    tasks: u64,
    sockets: u64,
    /// What it took to close all worlds, where that is counted: seconds and CPU time.
    closing: Option<(f64, f64)>,
}

impl Contestant {
    const ALL: [Self; 3] = [Self::Plain, Self::Tuned, Self::Seaglass];

    const fn name(self) -> &'static str {
        match self {
            Self::Plain => "plain loop",
            Self::Tuned => "plain loop, our buffers",
            Self::Seaglass => "seaglass",
        }
    }
}

fn main() {
    let words: Vec<String> = std::env::args().skip(1).collect();
    // `cargo test` builds benches too and starts them without this; measuring is not testing.
    if !words.iter().any(|word| word == "--bench") {
        return;
    }
    let value = |name: &str| words.iter().position(|word| word == name).and_then(|at| words.get(at + 1)).cloned();
    let number = |name: &str, default: f64| value(name).map_or(default, |text| text.parse().unwrap());
    let plan = Plan {
        sessions: number("--sessions", 1000.0) as u32,
        seconds: number("--seconds", 10.0),
        rounds: number("--rounds", 2.0) as usize,
        workers: number("--workers", 2.0) as usize,
        tier: value("--tier").map_or(Tier::Draft, |name| name.parse().unwrap()),
        codec: value("--codec").unwrap_or_else(|| "h264".to_owned()),
        only: value("--only").map(|name| serde_json::from_value(name.into()).unwrap()),
    };
    match value("--address") {
        Some(address) => {
            let turn = receivers::run(&plan, plan.only.unwrap(), &address);
            println!("{}", serde_json::to_string(&turn).unwrap());
        }
        None => compare(&plan),
    }
}

/// Lets everybody have their turns and prints the table.
fn compare(plan: &Plan) {
    let server = [env!("CARGO_BIN_EXE_seaglass"), "serve", "--shared-world", "--listen", "127.0.0.1:0", "--until-eof"];
    let mut server = child(&server);
    let mut told = String::new();
    BufReader::new(server.stdout.take().unwrap()).read_line(&mut told).unwrap();
    let address = told.trim().rsplit('/').next().unwrap();
    let who: Vec<Contestant> = Contestant::ALL.into_iter().filter(|one| plan.only.is_none_or(|only| only == *one)).collect();
    let mut turns: Vec<(Contestant, Turn)> = Vec::new();
    for round in 0..plan.rounds {
        // The other way round every second time: what drifts on the machine hits all alike.
        let order: Vec<_> = if round % 2 == 0 { who.clone() } else { who.iter().rev().copied().collect() };
        for contestant in order {
            let turn = receive(plan, contestant, address);
            println!("  round {round}, {:24} {}", contestant.name(), line(plan, turn));
            turns.push((contestant, turn));
        }
    }
    // The end of its input ends it.
    drop(server.stdin.take());
    server.wait().unwrap();
    let of = |contestant| median(turns.iter().filter(|(who, _)| *who == contestant).map(|(_, turn)| *turn).collect());
    println!(
        "\n{} sessions, {} s each turn, {} rounds, {} worker threads",
        plan.sessions, plan.seconds, plan.rounds, plan.workers
    );
    for contestant in &who {
        println!("{:24} {}", contestant.name(), of(*contestant).map_or_else(String::new, |turn| line(plan, turn)));
    }
    let ratio = |against| {
        let (ours, theirs) = (of(Contestant::Seaglass)?, of(against)?);
        let per_core = (ours.units as f64 / ours.cpu) / (theirs.units as f64 / theirs.cpu);
        let bytes = (ours.bytes as f64 / ours.cpu) / (theirs.bytes as f64 / theirs.cpu);
        Some(format!(
            "{per_core:.2} of the sessions per core, {bytes:.2} of the bytes per CPU second, {:.2} of the memory",
            ours.memory / theirs.memory
        ))
    };
    if let Some((seconds, cpu)) = of(Contestant::Seaglass).and_then(|turn| turn.closing) {
        println!("closing all worlds, with a DELETE each: {seconds:.2} s, of which {cpu:.2} s CPU");
    }
    for against in [Contestant::Plain, Contestant::Tuned] {
        if let Some(ratio) = ratio(against) {
            println!("seaglass to {}: {ratio}", against.name());
        }
    }
}

/// One turn, in a process of its own.
fn receive(plan: &Plan, contestant: Contestant, address: &str) -> Turn {
    let name = serde_json::to_value(contestant).unwrap();
    let program = std::env::current_exe().unwrap();
    let (sessions, seconds, workers) = (plan.sessions.to_string(), plan.seconds.to_string(), plan.workers.to_string());
    let mut receiver = child(&[
        program.to_str().unwrap(),
        "--bench",
        "--address",
        address,
        "--only",
        name.as_str().unwrap(),
        "--sessions",
        &sessions,
        "--seconds",
        &seconds,
        "--workers",
        &workers,
        "--tier",
        plan.tier.name(),
        "--codec",
        &plan.codec,
    ]);
    let mut told = String::new();
    receiver.stdout.take().unwrap().read_to_string(&mut told).unwrap();
    assert!(receiver.wait().unwrap().success(), "the receiver failed");
    serde_json::from_str(told.trim()).unwrap()
}

/// A program with as many open files as the system lets it have.
fn child(words: &[&str]) -> Child {
    Command::new("sh")
        .args(["-c", "ulimit -n $(ulimit -Hn); exec \"$0\" \"$@\""])
        .args(words)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap()
}

/// The turn with the median CPU time per message.
fn median(mut turns: Vec<Turn>) -> Option<Turn> {
    turns.sort_by(|a, b| (a.cpu / a.units as f64).total_cmp(&(b.cpu / b.units as f64)));
    turns.get(turns.len().saturating_sub(1) / 2).copied()
}

/// Sessions per core are those of the full frame rate, also where the machine did not let the server send it.
fn line(plan: &Plan, turn: Turn) -> String {
    let sessions = f64::from(plan.sessions);
    let frame = turn.cpu / turn.units as f64;
    format!(
        "{:6.1} us CPU per frame  {:6.0} sessions per core  {:6.1} MB per CPU second  {:6.1} KiB per session  {:5.1} frames/s per \
         session  {} threads, {} tasks, {} sockets",
        frame * 1e6,
        1.0 / (frame * f64::from(plan.tier.spec().fps)),
        turn.bytes as f64 / turn.cpu / 1e6,
        turn.memory / sessions / 1024.0,
        turn.units as f64 / turn.seconds / sessions,
        turn.threads,
        turn.tasks,
        turn.sockets,
    )
}
