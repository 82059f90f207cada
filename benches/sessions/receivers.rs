//! The contestants: each opens its sessions, lets them settle, and counts for so long.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use futures_util::StreamExt;
use seaglass::client::{Auth, ClientConfig, SessionManager, Transport, World, WorldHandle};
use seaglass::clock::Clock;
use seaglass::media::{Packet, PacketSink, Pushed};
use seaglass::wire::{AudioRequest, CreateWorld, PROTOCOL, WorldInfo};
use tokio::sync::Semaphore;
use tokio::task::{JoinHandle, JoinSet};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_util::sync::CancellationToken;

use super::{Contestant, Plan, Turn, usage};

/// Sessions that are opened at once.
const AT_ONCE: usize = 32;
/// Between the last stream's opening and the measured window.
const SETTLE: Duration = Duration::from_secs(3);

/// What one session has received. Its own, so that threads do not fight for a cache line.
#[derive(Debug, Default)]
struct Count {
    /// Whole units: their first fragments.
    units: AtomicU64,
    bytes: AtomicU64,
}

/// What is kept of a contestant's sessions.
enum Held {
    Plain(Vec<Arc<Count>>),
    Seaglass(Vec<(WorldHandle, Arc<Count>, JoinHandle<()>)>),
}

/// Takes one contestant's turn.
pub fn run(plan: &Plan, contestant: Contestant, address: &str) -> Turn {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(plan.workers).enable_all().build().unwrap();
    let turn = runtime.block_on(turn(plan, contestant, address.to_owned()));
    // Streams of plain loops go with the process.
    runtime.shutdown_background();
    turn
}

async fn turn(plan: &Plan, contestant: Contestant, address: String) -> Turn {
    let (before, over) = (usage::memory(), CancellationToken::new());
    let held = match contestant {
        Contestant::Plain => Held::Plain(plain(plan, address, WebSocketConfig::default()).await),
        Contestant::Tuned => {
            let config = WebSocketConfig::default().read_buffer_size(8 * 1024);
            Held::Plain(plain(plan, address, config).await)
        }
        Contestant::Seaglass => Held::Seaglass(seaglass(plan, address, &over).await),
    };
    tokio::time::sleep(SETTLE).await;
    let clock = Clock::start();
    let (cpu, (units, bytes)) = (usage::cpu(), held.count());
    tokio::time::sleep(Duration::from_secs_f64(plan.seconds)).await;
    let (seconds, used, (units_after, bytes_after)) = (clock.now().as_secs_f64(), usage::cpu(), held.count());
    let mut turn = Turn {
        seconds,
        cpu: (used - cpu).as_secs_f64(),
        units: units_after - units,
        bytes: bytes_after - bytes,
        memory: usage::memory().saturating_sub(before) as f64,
        threads: usage::threads(),
        tasks: tokio::runtime::Handle::current().metrics().num_alive_tasks() as u64,
        sockets: usage::sockets(),
        closing: None,
    };
    if let Held::Seaglass(worlds) = held {
        let (start, cpu) = (clock.now(), usage::cpu());
        over.cancel();
        for (_, _, holder) in worlds {
            holder.await.unwrap();
        }
        turn.closing = Some((clock.now().since(start).as_secs_f64(), (usage::cpu() - cpu).as_secs_f64()));
    }
    turn
}

impl Held {
    /// Units, and bytes of binary messages so far.
    fn count(&self) -> (u64, u64) {
        let sum =
            |counts: &mut dyn Iterator<Item = (u64, u64)>| counts.fold((0, 0), |sum, one| (sum.0 + one.0, sum.1 + one.1));
        match self {
            Self::Plain(counts) => sum(&mut counts
                .iter()
                .map(|count| (count.units.load(Ordering::Relaxed), count.bytes.load(Ordering::Relaxed)))),
            Self::Seaglass(worlds) => sum(&mut worlds.iter().map(|(handle, count, _)| {
                let (packets, payload) = (count.units.load(Ordering::Relaxed), count.bytes.load(Ordering::Relaxed));
                let stats = handle.stats();
                assert!(payload <= stats.media_bytes, "the sink got more than came");
                (packets, stats.media_bytes)
            })),
        }
    }
}

fn request(plan: &Plan) -> CreateWorld {
    CreateWorld {
        prompt: "stormy coast with pines at dusk".into(),
        seed: Some(7),
        tier: Some(plan.tier.into()),
        video_formats: vec![plan.codec.clone()],
        audio: Some(AudioRequest { enabled: false, formats: Vec::new() }),
        ..CreateWorld::default()
    }
}

async fn plain(plan: &Plan, address: String, config: WebSocketConfig) -> Vec<Arc<Count>> {
    drop(rustls::crypto::ring::default_provider().install_default());
    let (http, gate) = (reqwest::Client::new(), Arc::new(Semaphore::new(AT_ONCE)));
    let mut opening = JoinSet::new();
    for _ in 0..plan.sessions {
        let (http, gate, address, request) = (http.clone(), Arc::clone(&gate), address.clone(), request(plan));
        opening.spawn(async move {
            let _permit = gate.acquire_owned().await.unwrap();
            let post = http.post(format!("http://{address}/v1/worlds")).json(&request);
            let world: WorldInfo = post.send().await.unwrap().json().await.unwrap();
            let url = format!("ws://{address}/v1/worlds/{}/stream", world.id);
            let mut upgrade = url.into_client_request().unwrap();
            upgrade.headers_mut().insert("Sec-WebSocket-Protocol", PROTOCOL.parse().unwrap());
            let (mut socket, _) = tokio_tungstenite::connect_async_with_config(upgrade, Some(config), true).await.unwrap();
            let count = Arc::new(Count::default());
            let counting = Arc::clone(&count);
            tokio::spawn(async move {
                while let Some(message) = socket.next().await {
                    let message = message.unwrap();
                    if let Message::Binary(bytes) = message {
                        // The fragment's index, docs/protocol.md.
                        counting.units.fetch_add(u64::from(bytes[12..14] == [0, 0]), Ordering::Relaxed);
                        counting.bytes.fetch_add(bytes.len() as u64, Ordering::Relaxed);
                    }
                }
            });
            count
        });
    }
    opening.join_all().await
}

struct Counter(Arc<Count>);

impl PacketSink for Counter {
    fn push(&mut self, packet: Packet) -> Pushed {
        self.0.units.fetch_add(1, Ordering::Relaxed);
        self.0.bytes.fetch_add(packet.payload.len() as u64, Ordering::Relaxed);
        Pushed::Accepted
    }
}

async fn seaglass(plan: &Plan, address: String, over: &CancellationToken) -> Vec<(WorldHandle, Arc<Count>, JoinHandle<()>)> {
    let mut config = ClientConfig::new(format!("http://{address}"), Auth::none(), Clock::start());
    config.transport = Transport::WebSocket;
    let (manager, gate) = (SessionManager::new(config).unwrap(), Arc::new(Semaphore::new(AT_ONCE)));
    let mut opening = JoinSet::new();
    for _ in 0..plan.sessions {
        let (manager, gate, request, over) = (manager.clone(), Arc::clone(&gate), request(plan), over.clone());
        opening.spawn(async move {
            let _permit = gate.acquire_owned().await.unwrap();
            let count = Arc::new(Count::default());
            let world = manager.create(request, Box::new(Counter(Arc::clone(&count)))).await.unwrap();
            let handle = world.handle();
            (handle, count, tokio::spawn(hold(world, over)))
        });
    }
    opening.join_all().await
}

/// Takes the events of a world, as every holder does, until all is over.
async fn hold(mut world: World, over: CancellationToken) {
    let events = async { while world.next_event().await.is_some() {} };
    let early = over.run_until_cancelled(events).await;
    assert!(early.is_none(), "a world ended by itself");
    world.close().await.unwrap();
}
