//! Back-pressure (HO-16) on real sockets: the reference server, a relay in the middle that carries no more than it is told, the
//! client and the player. Rates are shares of what the stream needs on this machine, and every wait is for something that happens.
#![allow(clippy::unwrap_used, reason = "a test stops at what it does not expect")]
#![cfg(all(feature = "player", feature = "server"))]

use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use seaglass::audio::DeviceChoice;
use seaglass::client::{Auth, ClientConfig, SessionManager, World};
use seaglass::clock::Clock;
use seaglass::media::{MediaDelta, Packet, PacketSink, Pushed, Tier, Track};
use seaglass::net::{Incoming, Origin, Socket, Target, Trust};
use seaglass::player::{Player, PlayerOptions};
use seaglass::session::Event;
use seaglass::sim::{Server, ServerConfig, ServerHandle};
use seaglass::wire::{AudioRequest, CreateWorld, MAX_MESSAGE_BYTES, PROTOCOL, TierInfo, TierName};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpSocket, TcpStream};

/// A bound that only a stuck test runs into.
const STUCK: Duration = Duration::from_secs(90);

/// What a refresh of 60 Hz takes.
const REFRESH: Duration = Duration::from_micros(16_667);

/// The least that the relay holds back in one go.
const PIECE: usize = 2048;

/// Passes bytes on, downwards no faster than it is told (bytes a second; 0: as they come).
struct Relay {
    address: SocketAddr,
    rate: Arc<AtomicU64>,
}

impl Relay {
    async fn to(server: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let rate = Arc::<AtomicU64>::default();
        let told = Arc::clone(&rate);
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                tokio::spawn(pass(client, server, Arc::clone(&told)));
            }
        });
        Self { address, rate }
    }

    fn carries(&self, bytes_per_second: u64) {
        self.rate.store(bytes_per_second, Ordering::Relaxed);
    }
}

async fn pass(client: TcpStream, server: SocketAddr, rate: Arc<AtomicU64>) {
    let socket = TcpSocket::new_v4().unwrap();
    // A slow place with a small buffer in front of it.
    socket.set_recv_buffer_size(32 * 1024).unwrap();
    let Ok(server) = socket.connect(server).await else { return };
    drop((server.set_nodelay(true), client.set_nodelay(true)));
    let ((mut from_client, mut to_client), (mut from_server, mut to_server)) = (client.into_split(), server.into_split());
    let up = tokio::spawn(async move { tokio::io::copy(&mut from_client, &mut to_server).await });
    let clock = Clock::start();
    let (mut piece, mut free_at) = ([0; PIECE], clock.now());
    while let Ok(read @ 1..) = from_server.read(&mut piece).await {
        let rate = rate.load(Ordering::Relaxed);
        let now = clock.now();
        free_at = free_at.max(now);
        if rate > 0 {
            free_at += Duration::from_secs_f64(read as f64 / rate as f64);
            tokio::time::sleep_until(clock.instant(free_at).into()).await;
        }
        if to_client.write_all(&piece[..read]).await.is_err() {
            break;
        }
    }
    drop(to_client.shutdown().await);
    up.abort();
}

/// What came of a packet: its track, sequence, timestamp, bytes and how long after its timestamp.
#[derive(Clone, Copy, Debug)]
struct Came {
    track: Track,
    sequence: u64,
    pts_us: i64,
    bytes: usize,
    off: MediaDelta,
}

/// Notes packets on their way to the player.
struct Tap {
    came: Arc<Mutex<Vec<Came>>>,
    sink: Box<dyn PacketSink>,
}

impl PacketSink for Tap {
    fn push(&mut self, packet: Packet) -> Pushed {
        let at = i64::try_from(packet.arrival.last_byte.as_micros()).unwrap();
        self.came.lock().unwrap().push(Came {
            track: packet.track(),
            sequence: packet.sequence,
            pts_us: packet.pts.as_micros(),
            bytes: packet.payload.len(),
            off: MediaDelta::from_micros(at - packet.pts.as_micros()),
        });
        self.sink.push(packet)
    }
}

/// Everything from the server to the eye.
struct Rig {
    server: ServerHandle,
    relay: Relay,
    manager: SessionManager,
    world: World,
    player: Player,
    clock: Clock,
    came: Arc<Mutex<Vec<Came>>>,
    switches: Vec<(TierInfo, String, bool)>,
    refreshes: u64,
}

impl Rig {
    async fn start() -> Self {
        drop(rustls::crypto::ring::default_provider().install_default());
        let mut config = ServerConfig::new("127.0.0.1:0".parse().unwrap());
        // Less patient than a server for people, so that the test need not be patient.
        config.adaptation.up_after = Duration::from_secs(3);
        config.adaptation.trial = Duration::from_secs(1);
        // However long the machine takes over it, nobody is given up.
        config.write_timeout = 2 * STUCK;
        let server = Server::start(config).await.unwrap();
        let relay = Relay::to(server.address()).await;
        let clock = Clock::start();
        let mut options = PlayerOptions::new(clock);
        options.device = DeviceChoice::None;
        let (player, sink) = Player::start(options).unwrap();
        let came = Arc::<Mutex<Vec<Came>>>::default();
        let manager =
            SessionManager::new(ClientConfig::new(format!("http://{}", relay.address), Auth::none(), clock)).unwrap();
        let request = CreateWorld {
            world: Some("calibration".to_owned()),
            tier: Some(Tier::Standard.into()),
            video_formats: vec!["mjpeg".to_owned()],
            audio: Some(AudioRequest { enabled: true, formats: vec!["opus".to_owned()] }),
            ..CreateWorld::default()
        };
        let world = manager.create(request, Box::new(Tap { came: Arc::clone(&came), sink })).await.unwrap();
        Self { server, relay, manager, world, player, clock, came, switches: Vec::new(), refreshes: 0 }
    }

    /// Plays until something is so. What is so may look at what came, and at the switches.
    async fn until(&mut self, what: &str, mut so: impl FnMut(&[Came], &[(TierInfo, String, bool)]) -> bool) {
        let began = self.clock.now();
        let mut refresh = tokio::time::interval(REFRESH);
        loop {
            tokio::select! {
                event = self.world.next_event() => match event {
                    Some(Event::Quality { tier, reason, pinned }) => {
                        println!("{:?} at {}: {reason}", tier.name, tier.bitrate);
                        self.switches.push((tier, reason, pinned));
                    }
                    Some(Event::Ended { ending }) => panic!("{ending:?}"),
                    _ => {}
                },
                _ = refresh.tick() => {
                    let now = self.clock.now();
                    drop(self.player.frame_for(now, now + REFRESH));
                    self.refreshes += 1;
                    if self.refreshes.is_multiple_of(15) {
                        self.world.handle().feedback(self.player.health());
                    }
                }
            }
            if so(&self.came.lock().unwrap(), &self.switches) {
                return;
            }
            let stuck = self.clock.now().since(began) > STUCK;
            assert!(!stuck, "it never came to this: {what}; {:?}, {:?}", self.switches, self.player.health());
        }
    }

    /// Bytes a second that the stream needs, measured on the second second.
    async fn needs(&mut self) -> u64 {
        self.until("two seconds of play", |came, _| came.last().is_some_and(|last| last.pts_us > 2_000_000)).await;
        let came = self.came.lock().unwrap();
        came.iter().filter(|one| (1_000_000..2_000_000).contains(&one.pts_us)).map(|one| one.bytes as u64).sum()
    }

    /// What the server has heard of the playback is what the player said of it shortly before.
    async fn is_reported(&self) {
        let before = self.player.health();
        let feedback = self.manager.show(self.world.id()).await.unwrap().extra["feedback"].clone();
        let now = self.player.health();
        let last = feedback["last_pts_us"].as_i64().unwrap();
        assert!(last > before.last_pts.as_micros() - 2_000_000 && last <= now.last_pts.as_micros(), "{feedback}, {now:?}");
        assert!(
            feedback["target_ms"].as_f64().unwrap() > 0.0 && feedback["decode_ms"].as_f64().unwrap() > 0.0,
            "{feedback}"
        );
    }

    /// How many frames the server has not made.
    async fn skipped(&self) -> u64 {
        self.manager.show(self.world.id()).await.unwrap().extra["video_skipped"].as_u64().unwrap()
    }

    async fn end(self) {
        drop(self.player);
        self.world.close().await.unwrap();
        self.server.shutdown().await;
    }
}

/// How much later than the earliest of all the newest of the sound came, the latest of a number of packets.
fn lateness(came: &[Came], packets: usize) -> Option<MediaDelta> {
    let sound = || came.iter().filter(|one| one.track == Track::Audio);
    let least = sound().map(|one| one.off).min()?;
    let latest = sound().rev().take(packets).map(|one| one.off - least).max()?;
    (sound().count() >= packets).then_some(latest)
}

fn sound_is_whole(came: &[Came]) {
    let sound: Vec<_> = came.iter().filter(|one| one.track == Track::Audio).collect();
    for pair in sound.windows(2) {
        let (one, next) = (pair[0], pair[1]);
        assert_eq!((next.sequence, next.pts_us), (one.sequence + 1, one.pts_us + 20_000), "sound is missing");
    }
}

/// HO-16: down with a reason, the delay comes back although the network stays slow, no sound is lost, and up again.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_slow_network_costs_the_tier_for_as_long_as_it_is_slow_and_neither_delay_nor_sound() {
    let mut rig = Rig::start().await;
    let needs = rig.needs().await;
    assert_eq!(rig.switches, [], "nothing was wrong yet");
    rig.is_reported().await;
    rig.relay.carries(needs / 2);
    println!("the stream needs {needs} bytes a second and gets half");
    let low = |switches: &[(TierInfo, String, bool)]| {
        switches.last().is_some_and(|(tier, ..)| tier.name == TierName::Known(Tier::Draft))
    };
    rig.until("a lower tier", |_, switches| low(switches)).await;
    assert!(
        rig.switches.iter().all(|(_, reason, pinned)| reason.starts_with("the network") && !pinned),
        "{:?}",
        rig.switches
    );
    let worst = lateness(&rig.came.lock().unwrap(), 150).unwrap();
    // A second of sound in time, while the network is as slow as it was.
    let back = MediaDelta::from_millis(150);
    rig.until("the delay is back", |came, _| lateness(came, 50).is_some_and(|late| late < back)).await;
    println!("{worst:?} late at worst, then {:?}", lateness(&rig.came.lock().unwrap(), 50));
    rig.relay.carries(0);
    rig.until("the tier is back", |_, switches| {
        switches.last().is_some_and(|(tier, ..)| {
            tier.name == TierName::Known(Tier::Standard) && tier.bitrate == Tier::Standard.spec().video_bitrate
        })
    })
    .await;
    let up = rig.switches.iter().find(|(tier, ..)| tier.name == TierName::Known(Tier::Standard));
    assert!(up.is_some_and(|(_, reason, _)| reason.starts_with("calm for")), "{:?}", rig.switches);
    sound_is_whole(&rig.came.lock().unwrap());
    rig.end().await;
}

/// HO-16: "a pinned tier stays pinned"; pictures are skipped instead, and the sound stays in time.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_pinned_tier_stays_while_pictures_are_skipped() {
    let mut rig = Rig::start().await;
    rig.world.handle().quality(Tier::Standard, true).unwrap();
    rig.until("pinned", |_, switches| switches.iter().any(|(.., pinned)| *pinned)).await;
    let needs = rig.needs().await;
    rig.relay.carries(needs / 2);
    let began = rig.came.lock().unwrap().len();
    // Much longer than it takes an unpinned tier to go down.
    rig.until("six seconds more", |came, _| {
        came[began..].iter().map(|one| one.pts_us).max().is_some_and(|last| last > came[began].pts_us + 6_000_000)
    })
    .await;
    // What waits is flushed at 400 ms; unskipped it would be seconds by now. On a busy machine the queue swings up to that.
    let back = MediaDelta::from_millis(450);
    rig.until("the sound is in time", |came, _| lateness(came, 50).is_some_and(|late| late < back)).await;
    assert_eq!(rig.switches.len(), 1, "{:?}", rig.switches);
    let skipped = rig.skipped().await;
    let pictures = rig.came.lock().unwrap()[began..].iter().filter(|one| one.track == Track::Video).count() as u64;
    println!("{pictures} pictures came, {skipped} were skipped");
    assert!(skipped > 30 && pictures > 30, "{pictures} pictures came, {skipped} were skipped");
    sound_is_whole(&rig.came.lock().unwrap());
    rig.end().await;
}

/// The receive and send buffers are bounded: a client that stops reading is felt before much has gone its way.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_that_stops_reading_is_felt_after_a_bounded_number_of_bytes() {
    let mut rig = Rig::start().await;
    let path = ["v1", "worlds", rig.world.id().as_str(), "stream"];
    let url = Origin::parse(&format!("http://{}", rig.server.address())).unwrap().join(path);
    // Takes the stream over from the client that would read.
    let target = Target {
        url,
        trust: Trust::web(),
        credentials: Vec::new(),
        protocol: PROTOCOL,
        most: MAX_MESSAGE_BYTES,
        timeout: STUCK,
    };
    rig.world.delete_on_drop(false);
    let mut socket = Socket::connect(target).await.unwrap();
    while !matches!(std::future::poll_fn(|cx| socket.poll_next(cx)).await.unwrap(), Incoming::Binary(_)) {}
    let felt = rig.bytes_until_skipped(10).await;
    println!("{felt} bytes were on the way when ten pictures had been skipped");
    // Both buffers as the system counts them (twice what was asked for), and a picture.
    assert!(felt < 2 * (256 + 128) * 1024 + 256 * 1024, "{felt} bytes");
    let later = rig.bytes_until_skipped(40).await;
    assert!(later < felt + 64 * 1024, "it went on from {felt} to {later} bytes");
    drop(socket);
    rig.end_of_taken_over().await;
}

impl Rig {
    /// Bytes of media that the server has handed to the stream's socket when it has left out so many pictures.
    async fn bytes_until_skipped(&self, pictures: u64) -> u64 {
        let began = self.clock.now();
        loop {
            let extra = self.manager.show(self.world.id()).await.unwrap().extra;
            if extra["video_skipped"].as_u64().unwrap() >= pictures {
                return extra["media_bytes"].as_u64().unwrap();
            }
            assert!(self.clock.now().since(began) < STUCK, "{pictures} pictures were never left out: {extra:?}");
        }
    }

    /// The client's own stream was replaced: its end is known already.
    async fn end_of_taken_over(self) {
        drop(self.player);
        self.manager.end(self.world.id()).await.unwrap();
        drop(self.world);
        self.server.shutdown().await;
    }
}
