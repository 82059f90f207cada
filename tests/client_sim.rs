//! The client against the reference world server: real sockets, real worlds, nothing faked.
#![allow(clippy::unwrap_used, reason = "a test stops at what it does not expect")]
#![cfg(feature = "server")]

mod sim_client;

use std::time::Duration;

use seaglass::client::{Auth, Category, ClientConfig, SessionManager, World};
use seaglass::clock::Clock;
use seaglass::media::{Packet, Tier, Track};
use seaglass::session::{Ending, Event, Hands};
use seaglass::sim::{Server, ServerConfig, ServerHandle};
use seaglass::wire::{AckStatus, AudioRequest, CreateWorld, EndReason, Key, TierName};
use secrecy::SecretString;
use sim_client::{Channel, STUCK, event, packet};
use tokio::sync::mpsc;

async fn server() -> ServerHandle {
    let mut config = ServerConfig::new("127.0.0.1:0".parse().unwrap());
    config.key = Some(SecretString::from("a key of this test"));
    Server::start(config).await.unwrap()
}

fn manager(server: &ServerHandle, key: &str) -> SessionManager {
    let url = format!("http://{}", server.address());
    SessionManager::new(ClientConfig::new(url, Auth::bearer(SecretString::from(key)), Clock::start())).unwrap()
}

async fn create(manager: &SessionManager, request: CreateWorld) -> (World, mpsc::Receiver<Packet>) {
    let (sender, packets) = mpsc::channel(4096);
    (manager.create(request, Box::new(Channel(sender))).await.unwrap(), packets)
}

/// HO-1 to HO-5, HO-8, HO-10, HO-11, HO-13, HO-18, HO-20, HO-24.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_world_is_created_walked_directed_retuned_and_deleted() {
    let server = server().await;
    let manager = manager(&server, "a key of this test");
    let request = CreateWorld {
        prompt: "mossy canyon".to_owned(),
        seed: Some(7),
        tier: Some(Tier::Draft.into()),
        ..CreateWorld::default()
    };
    let (mut world, mut packets) = create(&manager, request).await;
    let handle = world.handle();
    event(&mut world, |event| matches!(event, Event::Running(_))).await;
    assert_eq!(manager.list().await.unwrap().len(), 1);

    let first = packet(&mut packets, |packet| packet.track() == Track::Video).await;
    assert!(first.keyframe && first.arrival.last_byte >= first.arrival.first_byte);
    packet(&mut packets, |packet| packet.track() == Track::Audio).await;

    let input = handle.control(Hands::holding([Key::Forward])).unwrap();
    let echoed = packet(&mut packets, |packet| packet.input.is_some_and(|echo| echo.id >= input)).await;
    assert!(echoed.input.unwrap().issued_us <= echoed.arrival.first_byte.as_micros());

    let id = handle.direct("a storm rolls in").unwrap();
    let told = event(&mut world, |event| matches!(event, Event::Acknowledged { .. })).await;
    let Event::Acknowledged { id: of, status, message, input, issued, sent, acknowledged } = told else { unreachable!() };
    assert_eq!((of, status), (id, AckStatus::Applied), "{message}");
    assert!(issued <= sent && sent <= acknowledged);
    packet(&mut packets, |packet| packet.input.is_some_and(|echo| Some(echo.id) >= input)).await;

    let id = handle.direct("qwertyuiop zxcvbnm").unwrap();
    let told = event(&mut world, |event| matches!(event, Event::Acknowledged { .. })).await;
    assert!(matches!(told, Event::Acknowledged { id: of, status: AckStatus::NotUnderstood, .. } if of == id));

    handle.quality(Tier::Standard, true).unwrap();
    let told = event(&mut world, |event| matches!(event, Event::Quality { .. })).await;
    assert!(matches!(told, Event::Quality { tier, pinned: true, .. } if tier.name == TierName::Known(Tier::Standard)));

    handle.audio(AudioRequest { enabled: false, formats: Vec::new() }).unwrap();
    event(&mut world, |event| matches!(event, Event::Audio(audio) if !audio.enabled)).await;
    while packets.try_recv().is_ok() {}
    for _ in 0..10 {
        packet(&mut packets, |packet| {
            assert_eq!(packet.track(), Track::Video, "sound on the wire although it is off");
            true
        })
        .await;
    }

    event(&mut world, |event| matches!(event, Event::Link(_))).await;
    let (link, stats) = (handle.link().unwrap(), handle.stats());
    assert!(link.rtt_min <= link.rtt && link.offset.bound <= link.rtt_min);
    assert_eq!((stats.malformed, stats.lost, stats.unacknowledged), (0, 0, 0), "{stats:?}");

    let ending = world.close().await.unwrap();
    assert!(ending.is_clean(), "{ending:?}");
    assert_eq!(manager.list().await.unwrap(), []);
    server.shutdown().await;
}

/// HO-5: the server itself says that nothing is left.
/// HO-14: an event has the moment at which the stream brought it, not that at which somebody asks: the hello comes before the first
/// frame, however late it is taken.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_event_keeps_its_moment_until_it_is_taken() {
    let server = server().await;
    let manager = manager(&server, "a key of this test");
    let request =
        CreateWorld { prompt: "mossy canyon".to_owned(), tier: Some(Tier::Draft.into()), ..CreateWorld::default() };
    let (mut world, mut packets) = create(&manager, request).await;
    let first = packet(&mut packets, |packet| packet.track() == Track::Video).await;
    let at = loop {
        let (at, event) = tokio::time::timeout(STUCK, world.next_event_stamped()).await.unwrap().unwrap();
        if matches!(event, Event::Connected(_)) {
            break at;
        }
    };
    assert!(world.created() <= at && at <= first.arrival.first_byte, "{at:?} {:?}", first.arrival);
    world.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_dropped_world_is_gone_from_the_server() {
    let server = server().await;
    let manager = manager(&server, "a key of this test");
    let request =
        CreateWorld { world: Some("calibration".to_owned()), tier: Some(Tier::Draft.into()), ..CreateWorld::default() };
    let (world, packets) = create(&manager, request).await;
    drop((world, packets));
    assert!(manager.settled().await);
    assert_eq!(manager.list().await.unwrap(), []);
    server.shutdown().await;
}

/// HO-10: acknowledgements while the stream runs at full rate, at the highest tier.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn commands_are_sent_at_once_while_frames_flow() {
    let server = server().await;
    let manager = manager(&server, "a key of this test");
    let request = CreateWorld { world: Some("calibration".to_owned()), ..CreateWorld::default() };
    let (mut world, mut packets) = create(&manager, request).await;
    packet(&mut packets, |packet| packet.track() == Track::Video).await;
    let (mut to_socket, mut to_ack) = (Vec::new(), Vec::new());
    for _ in 0..30 {
        packet(&mut packets, |packet| packet.track() == Track::Video).await;
        world.handle().direct("a storm rolls in").unwrap();
        let told = event(&mut world, |event| matches!(event, Event::Acknowledged { .. })).await;
        let Event::Acknowledged { issued, sent, acknowledged, .. } = told else { unreachable!() };
        to_socket.push(sent.since(issued));
        to_ack.push(acknowledged.since(issued));
    }
    to_socket.sort();
    to_ack.sort();
    println!("issued to socket: median {:?}, longest {:?}", to_socket[15], to_socket[29]);
    println!("issued to acknowledged: median {:?}, longest {:?}", to_ack[15], to_ack[29]);
    // Not a benchmark: a command that waited for frames would wait for the whole test.
    assert!(to_socket[15] < Duration::from_millis(20), "{to_socket:?}");
    world.close().await.unwrap();
    server.shutdown().await;
}

/// HO-30
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_wrong_key_creates_nothing() {
    let server = server().await;
    let (sender, _packets) = mpsc::channel(1);
    let request = CreateWorld { prompt: "coast".to_owned(), ..CreateWorld::default() };
    let refused = manager(&server, "another key").create(request, Box::new(Channel(sender))).await.map(drop).unwrap_err();
    assert_eq!(refused.category(), Category::Auth, "{refused:?}");
    assert_eq!(manager(&server, "a key of this test").list().await.unwrap(), []);
    server.shutdown().await;
}

/// HO-29: a server that goes down says so, and the client ends with that reason.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_goes_down_ends_the_stream_with_its_reason() {
    let server = server().await;
    let manager = manager(&server, "a key of this test");
    let request =
        CreateWorld { world: Some("calibration".to_owned()), tier: Some(Tier::Draft.into()), ..CreateWorld::default() };
    let (mut world, mut packets) = create(&manager, request).await;
    packet(&mut packets, |packet| packet.track() == Track::Video).await;
    server.shutdown().await;
    let ending = async {
        loop {
            if let Some(Event::Ended { ending }) = world.next_event().await {
                return ending;
            }
        }
    };
    assert_eq!(tokio::time::timeout(STUCK, ending).await.unwrap(), Ending::World(EndReason::Shutdown));
}

/// HO-8: a world lives on while nobody watches, and a second client takes its stream over.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_attached_client_takes_the_stream_over_and_leaves_the_world_alive() {
    let server = server().await;
    let manager = manager(&server, "a key of this test");
    let request =
        CreateWorld { world: Some("calibration".to_owned()), tier: Some(Tier::Draft.into()), ..CreateWorld::default() };
    let (mut first, _first_packets) = create(&manager, request).await;
    event(&mut first, |event| matches!(event, Event::Running(_))).await;
    let (sender, mut packets) = mpsc::channel(4096);
    let second = manager.attach(first.id(), Box::new(Channel(sender))).await.unwrap();
    assert!(packet(&mut packets, |packet| packet.track() == Track::Video).await.keyframe);
    second.close().await.unwrap();
    assert_eq!(manager.list().await.unwrap().len(), 1);
    first.close().await.unwrap();
    assert_eq!(manager.list().await.unwrap(), []);
    server.shutdown().await;
}
