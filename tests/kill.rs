//! HO-25, HO-23: clients are killed (`kill -9`) at random and at chosen moments, each in a process of its own, against a server in
//! a process of its own. Afterwards one reap leaves no world open, and the ledger agrees with the server's bill.
//!
//! `SEAGLASS_KILL_RUNS` says how often (200 is the full proof), `SEAGLASS_KILL_SEED` repeats the choices of a run.
#![cfg(all(unix, feature = "server"))]

mod support;

use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::time::Duration;

use seaglass::books::Books;
use seaglass::client::{Auth, Bookkeeping, ClientConfig, SessionManager, WorldEvent};
use seaglass::clock::{Clock, wall_clock};
use seaglass::media::{Packet, PacketSink, Pushed};
use seaglass::wire::{CreateWorld, Usage, WorldList};
use support::served::Served;
use support::{seaglass, succeed};

const DEFAULT_RUNS: usize = 40;
/// Names the address and the books for the process that is to be killed.
const ADDRESS: &str = "SEAGLASS_KILL_ADDRESS";
const BOOKS: &str = "SEAGLASS_KILL_BOOKS";

/// When a client is killed.
#[derive(Clone, Copy, Debug)]
enum Death {
    /// So long after its start.
    After(Duration),
    /// When something of it has come as far as this; and whether that goes on its way all the same.
    At(Moment, bool),
    /// Not at all.
    Never,
}

/// How far a message has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Moment {
    /// The create is on its way to the server.
    Create,
    /// The answer to the create is on its way back.
    Created,
    /// The DELETE is on its way.
    Delete,
    /// The answer to the DELETE is on its way back.
    Deleted,
}

const MOMENTS: [Moment; 4] = [Moment::Create, Moment::Created, Moment::Delete, Moment::Deleted];

/// SplitMix64 (Steele, Lea, Flood 2014).
struct Random(u64);

impl Random {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % bound
    }

    fn death(&mut self) -> Death {
        match self.below(8) {
            // Half of these while it starts and creates, half at any moment of its life.
            0..2 => Death::After(Duration::from_millis(self.below(150))),
            2..4 => Death::After(Duration::from_millis(self.below(1500))),
            4..7 => Death::At(MOMENTS[self.below(4) as usize], self.below(2) == 0),
            _ => Death::Never,
        }
    }
}

/// Something passes; the answer says whether it goes on.
type Passing = (usize, Moment, SyncSender<bool>);

/// Stands between clients and server, and tells what passes before it goes on.
struct Relay {
    address: SocketAddr,
    passing: Receiver<Passing>,
    run: Arc<AtomicUsize>,
}

impl Relay {
    fn start(server: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("an address");
        let (sender, passing) = sync_channel(64);
        let run = Arc::new(AtomicUsize::new(0));
        let current = Arc::clone(&run);
        std::thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let (run, sender) = (current.load(Ordering::SeqCst), sender.clone());
                std::thread::spawn(move || relay(client, server, run, &sender));
            }
        });
        Self { address, passing, run }
    }
}

fn relay(client: TcpStream, server: SocketAddr, run: usize, told: &SyncSender<Passing>) {
    let Ok(server) = TcpStream::connect(server) else { return };
    let (Ok(mut from_client), Ok(mut from_server)) = (client.try_clone(), server.try_clone()) else { return };
    let (mut to_client, mut to_server) = (client, server);
    let asked = Arc::new(AtomicUsize::new(usize::MAX));
    let last = Arc::clone(&asked);
    let back = told.clone();
    std::thread::spawn(move || {
        copy(&mut from_server, &mut to_client, |_| {
            let moment = match last.swap(usize::MAX, Ordering::SeqCst) {
                0 => Moment::Created,
                1 => Moment::Deleted,
                _ => return true,
            };
            tell(&back, run, moment)
        });
    });
    copy(&mut from_client, &mut to_server, |bytes| {
        let (which, moment) = if bytes.starts_with(b"POST ") {
            (0, Moment::Create)
        } else if bytes.starts_with(b"DELETE ") {
            (1, Moment::Delete)
        } else {
            return true;
        };
        asked.store(which, Ordering::SeqCst);
        tell(told, run, moment)
    });
}

/// Copies until either side is done, or `goes_on` says no.
fn copy(from: &mut TcpStream, to: &mut TcpStream, mut goes_on: impl FnMut(&[u8]) -> bool) {
    let mut buffer = [0; 64 * 1024];
    while let Ok(read) = from.read(&mut buffer) {
        if read == 0 || !goes_on(&buffer[..read]) || to.write_all(&buffer[..read]).is_err() {
            break;
        }
    }
    let _ = from.shutdown(Shutdown::Both);
    let _ = to.shutdown(Shutdown::Both);
}

fn tell(told: &SyncSender<Passing>, run: usize, moment: Moment) -> bool {
    let (reply, answer) = sync_channel(1);
    told.send((run, moment, reply)).is_ok() && answer.recv().unwrap_or(true)
}

#[derive(Default)]
struct Nobody;

impl PacketSink for Nobody {
    fn push(&mut self, _: Packet) -> Pushed {
        Pushed::Accepted
    }
}

/// What the processes do that are killed: not a test by itself.
#[test]
fn a_client() {
    let (Ok(address), Ok(books)) = (std::env::var(ADDRESS), std::env::var(BOOKS)) else { return };
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let books = Arc::new(Books::open(Path::new(&books)).expect("the books open"));
        let mut config = ClientConfig::new(format!("http://{address}"), Auth::none(), Clock::start());
        config.books = Some(Bookkeeping::new(books));
        let manager = SessionManager::new(config).expect("a manager");
        let request = CreateWorld {
            world: Some("calibration".to_owned()),
            tier: Some(seaglass::media::Tier::Draft.into()),
            ..CreateWorld::default()
        };
        let mut world = manager.create(request, Box::new(Nobody)).await.expect("a world");
        let enough = async {
            while let Some(event) = world.next_event().await {
                if matches!(event, WorldEvent::Tick { seconds_used, .. } if seconds_used > 0.1) {
                    break;
                }
            }
        };
        let _ = tokio::time::timeout(Duration::from_secs(5), enough).await;
        let _ = world.close().await;
    });
}

/// Runs one client to its death; whether it died of it.
fn run_one(relay: &Relay, run: usize, books: &Path, death: Death) -> bool {
    relay.run.store(run, Ordering::SeqCst);
    let mut command = Command::new(std::env::current_exe().expect("this file"));
    command.args(["--exact", "a_client", "--nocapture"]).env(ADDRESS, relay.address.to_string()).env(BOOKS, books);
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("a client starts");
    let clock = Clock::start();
    loop {
        let passed = Duration::from_nanos(clock.now().as_nanos());
        let patience = match death {
            Death::After(when) => when.saturating_sub(passed),
            _ => Duration::from_millis(10),
        };
        match relay.passing.recv_timeout(patience) {
            Ok((who, moment, reply)) => {
                if let Death::At(when, goes_on) = death
                    && (who, moment) == (run, when)
                {
                    child.kill().expect("killed");
                    child.wait().expect("dead");
                    let _ = reply.send(goes_on);
                    return true;
                }
                let _ = reply.send(true);
            }
            Err(RecvTimeoutError::Timeout) if matches!(death, Death::After(_)) => {
                child.kill().expect("killed");
                return !child.wait().expect("dead").success();
            }
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => panic!("the relay died"),
        }
        if child.try_wait().expect("a status").is_some() {
            return false;
        }
        assert!(passed < Duration::from_secs(60), "a client is stuck");
    }
}

/// A body from the server, past the relay.
fn get<T: serde::de::DeserializeOwned>(server: &Served, path: &str) -> T {
    let mut socket = TcpStream::connect(server.address()).expect("a connection");
    write!(socket, "GET {path} HTTP/1.1\r\nHost: here\r\nConnection: close\r\n\r\n").expect("written");
    let mut answer = Vec::new();
    socket.read_to_end(&mut answer).expect("read");
    let body = answer.windows(4).position(|end| end == b"\r\n\r\n").expect("a head") + 4;
    serde_json::from_slice(&answer[body..]).unwrap_or_else(|error| panic!("{path}: {error}"))
}

#[test]
fn clients_killed_at_any_moment_leave_nothing_that_one_reap_does_not_end_and_book() {
    let number = |name: &str| std::env::var(name).ok().and_then(|text| text.parse::<u64>().ok());
    let runs = number("SEAGLASS_KILL_RUNS").map_or(DEFAULT_RUNS, |runs| runs as usize);
    let seed = number("SEAGLASS_KILL_SEED").unwrap_or_else(|| wall_clock().as_millisecond().unsigned_abs());
    eprintln!("SEAGLASS_KILL_SEED={seed} SEAGLASS_KILL_RUNS={runs}");
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("books.sqlite");
    let server = Served::start(&["--max-worlds", "1000"]);
    let address = server.address().parse().expect("an address");
    let relay = Relay::start(address);
    let mut random = Random(seed);
    let mut died = 0;
    for run in 0..runs {
        let death = random.death();
        let dead = run_one(&relay, run, &path, death);
        died += usize::from(dead);
    }
    // What outlived its client reaches the server now.
    while let Ok((_, _, reply)) = relay.passing.try_recv() {
        let _ = reply.send(true);
    }
    let books = Books::open(&path).expect("the books open");
    let left = books.open_entries().expect("entries").len();
    let open = |server: &Served| {
        let list: WorldList = get(server, "/v1/worlds");
        list.worlds.iter().filter(|world| world.ended.is_none()).count()
    };
    let before = open(&server);
    // The journal has the address of the relay, under which these worlds were made.
    let reaping = std::thread::spawn({
        let (address, path) = (relay.address, path.clone());
        move || {
            let mut reap = seaglass();
            reap.args(["world", "reap", "-o", "json", "--server", &format!("http://{address}")]);
            succeed(reap.env("SEAGLASS_BOOKS", path))
        }
    });
    while !reaping.is_finished() {
        if let Ok((_, _, reply)) = relay.passing.recv_timeout(Duration::from_millis(10)) {
            let _ = reply.send(true);
        }
    }
    reaping.join().expect("the reap succeeds");
    eprintln!("{died} of {runs} died, {left} entries and {before} worlds were left");
    assert_eq!(open(&server), 0, "seed {seed}");
    assert_eq!(books.open_entries().expect("entries"), [], "seed {seed}");
    let usage: Usage = get(&server, "/v1/usage");
    for world in &usage.worlds {
        let entry = books.find(&format!("http://{}/", relay.address), world.id.as_str()).expect("the books");
        let booked = entry.map(|entry| entry.used.seconds);
        // A world whose id nobody lived to write down was voided by its key: its bill came by that.
        if let Some(booked) = booked {
            assert!((booked - world.seconds_used).abs() < 1e-6, "seed {seed}: {booked} s booked for {world:?}");
        }
    }
    let now = wall_clock().to_zoned(jiff::tz::TimeZone::system());
    let booked = books.balances(&now, "default", &Default::default()).expect("the books")[1].used.seconds;
    eprintln!("{booked:.3} s booked, {:.3} s billed, {} worlds", usage.seconds_used, usage.worlds.len());
    assert!((booked - usage.seconds_used).abs() < 1e-3, "seed {seed}: {booked} s booked, {} s billed", usage.seconds_used);
    assert!(usage.worlds.len() * 4 > runs, "seed {seed}: most clients died before they made anything");
}
