//! How long a cut lasts: from the reset of a live stream on loopback to the first new picture in the player's hands (HO-19), over and
//! over. The time holds everything: noticing, waiting, connecting, the hello, a keyframe made and carried. Goal: p95 below 500 ms.
//!
//! `cargo bench --profile dev --bench reconnect`; `-- 200` for so many cuts.
#![allow(clippy::unwrap_used, reason = "a measurement stops at what it does not expect")]

use std::time::Duration;

use seaglass::client::{Auth, ClientConfig, SessionManager};
use seaglass::clock::Clock;
use seaglass::media::{Epoch, Packet, PacketSink, Pushed, Tier, Track};
use seaglass::sim::faults::Script;
use seaglass::sim::{Server, ServerConfig};
use seaglass::wire::{CreateWorld, TierName};
use tokio::sync::mpsc;

/// Between two cuts: longer than a stream must stand for earlier ones to be forgotten, so that every cut is a first one.
const BETWEEN: Duration = Duration::from_millis(10_200);

struct Pictures(mpsc::UnboundedSender<Epoch>);

impl PacketSink for Pictures {
    fn push(&mut self, packet: Packet) -> Pushed {
        if packet.track() == Track::Video {
            let _ = self.0.send(packet.epoch);
        }
        Pushed::Accepted
    }
}

fn main() {
    let cuts = std::env::args().filter_map(|argument| argument.parse().ok()).next_back().unwrap_or(50_usize);
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let mut times = runtime.block_on(measure(cuts));
    times.sort_unstable();
    let of = |share: f64| times[((times.len() - 1) as f64 * share).round() as usize].as_secs_f64() * 1000.0;
    println!(
        "cut to first new picture over {} cuts: p50 {:.1} ms, p90 {:.1} ms, p95 {:.1} ms, max {:.1} ms",
        times.len(),
        of(0.5),
        of(0.9),
        of(0.95),
        of(1.0)
    );
}

/// Several worlds side by side, so that the pauses between cuts are shared.
async fn measure(cuts: usize) -> Vec<Duration> {
    const WORLDS: usize = 5;
    let mut tasks = tokio::task::JoinSet::new();
    for world in 0..WORLDS {
        tasks.spawn(one_world(cuts.div_ceil(WORLDS), world));
    }
    tasks.join_all().await.into_iter().flatten().collect()
}

async fn one_world(cuts: usize, number: usize) -> Vec<Duration> {
    let mut config = ServerConfig::new("127.0.0.1:0".parse().unwrap());
    config.faults = Some(Script::default());
    let server = Server::start(config).await.unwrap();
    let clock = Clock::start();
    let manager =
        SessionManager::new(ClientConfig::new(format!("http://{}", server.address()), Auth::none(), clock)).unwrap();
    #[expect(clippy::disallowed_methods, reason = "epochs of pictures alone, for as long as the measurement takes")]
    let (sender, mut pictures) = mpsc::unbounded_channel();
    let request = CreateWorld {
        world: Some("calibration".to_owned()),
        tier: Some(TierName::Known(Tier::Draft)),
        ..CreateWorld::default()
    };
    let world = manager.create(request, Box::new(Pictures(sender))).await.unwrap();
    let mut epoch = pictures.recv().await.unwrap();
    let mut times = Vec::with_capacity(cuts);
    tokio::time::sleep(BETWEEN / 5 * number as u32).await;
    for _ in 0..cuts {
        tokio::time::sleep(BETWEEN).await;
        while pictures.try_recv().is_ok() {}
        let cut = clock.now();
        server.faults().unwrap().set(Script::from_toml("fault = [{ kind = \"reset\", on = \"stream\" }]").unwrap());
        loop {
            let next = pictures.recv().await.unwrap();
            if next != epoch {
                epoch = next;
                times.push(clock.now().since(cut));
                break;
            }
        }
    }
    world.close().await.unwrap();
    server.shutdown().await;
    times
}
