//! What a stream of a shared world costs the server: CPU seconds a second for each thousand streams, and memory for each. The server
//! is a process of its own, whose books the system keeps (`/proc`, so Linux alone); here bytes are read off sockets and thrown away.
//!
//! `cargo bench --profile dev --bench shared_world`; `-- 2000` for so many streams, `-- 2000 20` to watch them for so many seconds,
//! `-- 2000 20 sound` with sound, `-- 2000 20 generated` with a world whose pictures have as many bits as their tier allows.
#![allow(clippy::unwrap_used, reason = "a measurement stops at what it does not expect")]

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use seaglass::clock::Clock;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::sleep;

/// Ticks a second in which `/proc` counts CPU time: `USER_HZ` of Linux, 100 on every architecture that this runs on.
const TICKS: f64 = 100.0;

/// The time for streams to settle before they are watched: longer than from one periodic keyframe to the next.
const SETTLE: Duration = Duration::from_secs(5);

struct Server(Child);

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

impl Server {
    fn start() -> (Self, String) {
        let mut command = Command::new(env!("CARGO_BIN_EXE_seaglass"));
        let mut child =
            command.args(["serve", "--shared-world", "--listen", "127.0.0.1:0"]).stdout(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let address = line.trim().rsplit('/').next().unwrap().to_owned();
        (Self(child), address)
    }

    fn file(&self, name: &str) -> String {
        std::fs::read_to_string(format!("/proc/{}/{name}", self.0.id())).unwrap()
    }

    /// CPU seconds so far, in the program and in the system on its behalf.
    fn cpu(&self) -> (f64, f64) {
        let stat = self.file("stat");
        // The name stands in brackets and may hold anything; the 12th and 13th fields after it are times (proc(5)).
        let fields: Vec<&str> = stat.rsplit(')').next().unwrap().split_whitespace().collect();
        let ticks = |at: usize| fields[at].parse::<f64>().unwrap() / TICKS;
        (ticks(11), ticks(12))
    }

    /// A line of its status, in kB or as a count.
    fn status(&self, name: &str) -> f64 {
        let status = self.file("status");
        let line = status.lines().find(|line| line.starts_with(name)).unwrap();
        line.split_whitespace().nth(1).unwrap().parse().unwrap()
    }
}

/// What is asked of each world.
#[derive(Clone, Copy)]
struct Wish {
    sound: bool,
    generated: bool,
}

#[derive(Default)]
struct Counts {
    bytes: AtomicU64,
    ended: AtomicU64,
}

async fn request(socket: &mut TcpStream, head: String, body: &[u8]) -> String {
    socket.write_all(head.as_bytes()).await.unwrap();
    socket.write_all(body).await.unwrap();
    let mut answer = Vec::new();
    // Not a byte more: what comes after it is the stream's.
    while !answer.ends_with(b"\r\n\r\n") {
        answer.push(socket.read_u8().await.unwrap());
    }
    String::from_utf8_lossy(&answer).into_owned()
}

async fn create(address: &str, wish: Wish) -> String {
    let mut socket = TcpStream::connect(address).await.unwrap();
    let mut body = json!({ "tier": "draft", "audio": { "enabled": wish.sound } });
    let (name, value) = if wish.generated { ("prompt", "a canyon with a river") } else { ("world", "calibration") };
    body[name] = value.into();
    let body = body.to_string();
    let head = format!(
        "POST /v1/worlds HTTP/1.1\r\nhost: {address}\r\ncontent-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
        body.len()
    );
    let mut answer = request(&mut socket, head, body.as_bytes()).await;
    let _ = socket.read_to_string(&mut answer).await;
    let world: Value = serde_json::from_str(answer.split("\r\n\r\n").nth(1).unwrap()).unwrap();
    world["id"].as_str().unwrap_or_else(|| panic!("{world}")).to_owned()
}

async fn open(address: &str, id: &str) -> TcpStream {
    let mut socket = TcpStream::connect(address).await.unwrap();
    let head = format!(
        "GET /v1/worlds/{id}/stream HTTP/1.1\r\nhost: {address}\r\nconnection: upgrade\r\nupgrade: websocket\r\n\
         sec-websocket-version: 13\r\nsec-websocket-key: AAAAAAAAAAAAAAAAAAAAAA==\r\nsec-websocket-protocol: seaglass.v1\r\n\r\n"
    );
    let answer = request(&mut socket, head, &[]).await;
    assert!(answer.starts_with("HTTP/1.1 101"), "{answer}");
    socket
}

async fn drain(mut socket: TcpStream, counts: Arc<Counts>) {
    let mut scratch = [0; 8 * 1024];
    while let Ok(read @ 1..) = socket.read(&mut scratch).await {
        counts.bytes.fetch_add(read as u64, Ordering::Relaxed);
    }
    counts.ended.fetch_add(1, Ordering::Relaxed);
}

/// Counts the messages of one stream. A server's frames are not masked (RFC 6455, section 5.1).
async fn count(mut socket: TcpStream, messages: Arc<AtomicU64>) {
    let mut frame = Vec::new();
    loop {
        let mut head = [0; 2];
        let Ok(_) = socket.read_exact(&mut head).await else { return };
        let length = match head[1] {
            126 => u64::from(socket.read_u16().await.unwrap()),
            127 => socket.read_u64().await.unwrap(),
            short => u64::from(short),
        };
        frame.resize(usize::try_from(length).unwrap(), 0);
        socket.read_exact(&mut frame).await.unwrap();
        messages.fetch_add(u64::from(head[0] & 0xf == 2), Ordering::Relaxed);
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let numbers: Vec<usize> = std::env::args().filter_map(|argument| argument.parse().ok()).collect();
    let (streams, seconds) = (numbers.first().copied().unwrap_or(1000), numbers.get(1).copied().unwrap_or(10));
    let said = |word: &str| std::env::args().any(|argument| argument == word);
    let wish = Wish { sound: said("sound"), generated: said("generated") };
    let (server, address) = Server::start();
    let clock = Clock::start();
    // One first, so that what a hall costs is not counted to its guests.
    let counts = Arc::new(Counts::default());
    let first = open(&address, &create(&address, wish).await).await;
    let messages = Arc::<AtomicU64>::default();
    drop(tokio::spawn(count(first, Arc::clone(&messages))));
    sleep(SETTLE).await;
    let (before, empty, began) = (server.status("VmRSS:"), server.cpu(), clock.now());
    sleep(SETTLE).await;
    let used = |since: (f64, f64), now: (f64, f64), from| {
        let lasted = clock.now().since(from).as_secs_f64();
        ((now.0 - since.0) / lasted, (now.1 - since.1) / lasted)
    };
    let alone = used(empty, server.cpu(), began);
    let (cpu, began) = (server.cpu(), clock.now());
    let mut ids = Vec::new();
    for _ in 0..streams {
        ids.push(create(&address, wish).await);
    }
    let created = used(cpu, server.cpu(), began);
    let spent = (created.0 + created.1) * clock.now().since(began).as_secs_f64() / streams as f64;
    sleep(Duration::from_secs(1)).await;
    let seats = server.status("VmRSS:");
    for id in &ids {
        let socket = open(&address, id).await;
        drop(tokio::spawn(drain(socket, Arc::clone(&counts))));
    }
    sleep(SETTLE).await;
    let (cpu, bytes, began) = (server.cpu(), counts.bytes.load(Ordering::Relaxed), clock.now());
    let heard = messages.load(Ordering::Relaxed);
    sleep(Duration::from_secs(seconds as u64)).await;
    let (user, system) = used(cpu, server.cpu(), began);
    let rate = (counts.bytes.load(Ordering::Relaxed) - bytes) as f64 / clock.now().since(began).as_secs_f64();
    let heard = (messages.load(Ordering::Relaxed) - heard) as f64 / clock.now().since(began).as_secs_f64();
    let watched = server.status("VmRSS:");
    assert_eq!(counts.ended.load(Ordering::Relaxed), 0, "streams ended");
    let (per_thousand, n) = (streams as f64 / 1000.0, streams as f64);
    let (world, sound) =
        (if wish.generated { "a generated" } else { "the calibration" }, if wish.sound { "on" } else { "off" });
    println!("{streams} streams of {world} world, draft tier, sound {sound}, for {seconds} s:");
    println!("  the scene for one stream   {:.3} + {:.3} cores (program + system)", alone.0, alone.1);
    println!(
        "  each thousand more         {:.3} + {:.3} cores",
        (user - alone.0) / per_thousand,
        (system - alone.1) / per_thousand
    );
    println!("  received                   {:.2} Mbit/s a stream; {heard:.1} messages a second", rate * 8.0 / 1e6 / n);
    println!("  a create                   {:.3} ms of CPU", spent * 1000.0);
    println!(
        "  memory of a world          {:.1} kB, and {:.1} kB with its stream",
        (seats - before) / n,
        (watched - before) / n
    );
    println!("  threads                    {}", server.status("Threads:"));
}
