//! Streams that break, hang and are refused between the client and the reference server: real sockets, faults of the server's own.
#![allow(clippy::unwrap_used, reason = "a test stops at what it does not expect")]
#![cfg(feature = "server")]

mod sim_client;

use std::time::Duration;

use seaglass::client::{Auth, ClientConfig, SessionManager, Transport, World};
use seaglass::clock::Clock;
use seaglass::media::{Epoch, Packet, Tier, Track};
use seaglass::session::{Ending, Event, Hands, OwnLimits};
use seaglass::sim::faults::Script;
use seaglass::sim::{Server, ServerConfig, ServerHandle};
use seaglass::wire::{AckStatus, CreateWorld, Key, LimitKind, TierName};
use secrecy::SecretString;
use sim_client::{Channel, STUCK, event, packet};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;

/// A server whose faults may be set while it runs.
async fn server() -> ServerHandle {
    let mut config = ServerConfig::new("127.0.0.1:0".parse().unwrap());
    config.key = Some(SecretString::from("a key of this test"));
    config.faults = Some(Script::default());
    Server::start(config).await.unwrap()
}

fn config(url: String) -> ClientConfig {
    ClientConfig::new(url, Auth::bearer(SecretString::from("a key of this test")), Clock::start())
}

fn url(server: &ServerHandle) -> String {
    format!("http://{}", server.address())
}

fn fault(server: &ServerHandle, toml: &str) {
    server.faults().unwrap().set(Script::from_toml(toml).unwrap());
}

fn calibration() -> CreateWorld {
    CreateWorld { world: Some("calibration".to_owned()), tier: Some(TierName::Known(Tier::Draft)), ..CreateWorld::default() }
}

async fn create(config: ClientConfig) -> (SessionManager, World, mpsc::Receiver<Packet>) {
    let manager = SessionManager::new(config).unwrap();
    let (sender, packets) = mpsc::channel(4096);
    let world = manager.create(calibration(), Box::new(Channel(sender))).await.unwrap();
    (manager, world, packets)
}

async fn ending(world: &mut World) -> Ending {
    let found = async {
        loop {
            match world.next_event().await {
                Some(Event::Ended { ending }) => return ending,
                Some(_) => {}
                None => panic!("its end was taken before"),
            }
        }
    };
    tokio::time::timeout(STUCK, found).await.expect("it did not end")
}

async fn picture(packets: &mut mpsc::Receiver<Packet>, fits: impl Fn(&Packet) -> bool) -> Packet {
    packet(packets, |packet| packet.track() == Track::Video && fits(packet)).await
}

/// HO-19, HO-24, HO-28: the world goes on with its tier, its held key and its commands, on a new timeline.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stream_that_breaks_comes_back_with_everything_that_was_asked_for() {
    let server = server().await;
    let (manager, mut world, mut packets) = create(config(url(&server))).await;
    let before = picture(&mut packets, |_| true).await.epoch;
    let handle = world.handle();
    handle.quality(Tier::Draft, true).unwrap();
    let first = handle.direct("first words").unwrap();
    event(&mut world, |event| matches!(event, Event::Acknowledged { id, .. } if *id == first)).await;
    handle.control(Hands::holding([Key::Forward]));

    fault(&server, "fault = [{ kind = \"reset\", on = \"stream\" }]");
    let second = handle.direct("second words").unwrap();
    let Event::Resumed { hello, .. } = event(&mut world, |event| matches!(event, Event::Resumed { .. })).await else {
        unreachable!()
    };
    assert!(hello.resumed && hello.pinned && hello.stream == 2, "{hello:?}");
    assert_eq!(hello.tier.name, TierName::Known(Tier::Draft));
    let after = picture(&mut packets, |packet| packet.epoch != before).await;
    assert!(after.keyframe && after.epoch > Epoch(0));
    assert_eq!(handle.stats().streams, 2);
    // Whether it arrived before the cut or after, it is acknowledged, and once more makes no difference.
    if handle.stats().unacknowledged > 0 {
        event(&mut world, |event| matches!(event, Event::Acknowledged { id, .. } if *id == second)).await;
    }
    let third = handle.direct("third words").unwrap();
    let answer = event(&mut world, |event| matches!(event, Event::Acknowledged { id, .. } if *id == third)).await;
    assert!(
        matches!(answer, Event::Acknowledged { status: AckStatus::Applied | AckStatus::NotUnderstood, .. }),
        "{answer:?}"
    );
    // The held key was told again: a picture reflects an input of the new stream.
    picture(&mut packets, |packet| packet.input.is_some()).await;
    world.close().await.unwrap();
    assert!(manager.list().await.unwrap().is_empty());
    server.shutdown().await;
}

/// HO-26: nothing arrives any more and nobody says so.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_half_open_connection_is_noticed_and_replaced() {
    let server = server().await;
    let (_, mut world, mut packets) = create(config(url(&server))).await;
    picture(&mut packets, |_| true).await;
    fault(&server, "fault = [{ kind = \"half_open\", on = \"stream\" }]");
    event(&mut world, |event| matches!(event, Event::Resumed { .. })).await;
    picture(&mut packets, |packet| packet.keyframe).await;
    world.close().await.unwrap();
    server.shutdown().await;
}

/// HO-19: a stream that cannot be had is given up, and the world is not left behind.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn patience_ends_and_the_world_is_deleted() {
    let server = server().await;
    let (manager, mut world, mut packets) =
        create(ClientConfig { outage: Duration::from_secs(2), ..config(url(&server)) }).await;
    picture(&mut packets, |_| true).await;
    fault(
        &server,
        "fault = [{ kind = \"reset\", on = \"stream\" }, { kind = \"status\", status = 503, for = \"60s\", on = \"stream\" }]",
    );
    let ending = ending(&mut world).await;
    assert!(matches!(ending, Ending::GaveUp { attempts: 2.., .. }), "{ending:?}");
    assert_eq!(world.close().await.unwrap(), ending);
    assert!(manager.list().await.unwrap().is_empty());
    server.shutdown().await;
}

/// HO-21, HO-22: the client's own limits, whatever the server does.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_idle_user_is_warned_and_the_world_is_deleted() {
    let server = server().await;
    let limits = OwnLimits { session: None, idle: Some(Duration::from_secs(2)) };
    let (manager, mut world, _packets) = create(ClientConfig { limits, ..config(url(&server)) }).await;
    event(&mut world, |event| matches!(event, Event::Warning { limit: LimitKind::Idle, own: true, .. })).await;
    let ending = ending(&mut world).await;
    assert!(matches!(ending, Ending::Limit { limit: LimitKind::Idle, .. }), "{ending:?}");
    world.close().await.unwrap();
    assert!(manager.list().await.unwrap().is_empty());
    server.shutdown().await;
}

/// HO-9, HO-10: the same world by Server-Sent Events, with what goes up by POST.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_world_streams_by_events_and_takes_commands_by_post() {
    let server = server().await;
    let (manager, world, packets) = create(ClientConfig { transport: Transport::Events, ..config(url(&server)) }).await;
    walk_and_leave(world, packets, Transport::Events).await;
    assert!(manager.list().await.unwrap().is_empty());
    server.shutdown().await;
}

/// HO-9: where something on the way does not let WebSockets through, the stream comes by events without being told to.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn where_websockets_are_blocked_the_stream_comes_by_events() {
    let server = server().await;
    let proxy = proxy_without_websockets(server.address(), Blocks::Refuses).await;
    let (manager, world, packets) = create(config(format!("http://{proxy}"))).await;
    walk_and_leave(world, packets, Transport::Events).await;
    assert!(manager.list().await.unwrap().is_empty());
    server.shutdown().await;
}

/// HO-9: the same where nobody says so, and the request for an upgrade is swallowed.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn where_upgrades_are_swallowed_the_stream_comes_by_events() {
    let server = server().await;
    let proxy = proxy_without_websockets(server.address(), Blocks::Swallows).await;
    let config = ClientConfig { connect_timeout: Duration::from_secs(2), ..config(format!("http://{proxy}")) };
    let (manager, world, packets) = create(config).await;
    walk_and_leave(world, packets, Transport::Events).await;
    assert!(manager.list().await.unwrap().is_empty());
    server.shutdown().await;
}

/// HO-9, HO-19.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stream_of_events_that_breaks_comes_back() {
    let server = server().await;
    let (_, mut world, mut packets) = create(ClientConfig { transport: Transport::Events, ..config(url(&server)) }).await;
    let before = picture(&mut packets, |_| true).await.epoch;
    fault(&server, "fault = [{ kind = \"reset\", on = \"stream\" }]");
    event(&mut world, |event| matches!(event, Event::Resumed { .. })).await;
    picture(&mut packets, |packet| packet.epoch != before).await;
    world.close().await.unwrap();
    server.shutdown().await;
}

async fn walk_and_leave(mut world: World, mut packets: mpsc::Receiver<Packet>, transport: Transport) {
    let handle = world.handle();
    assert_eq!(handle.transport(), Some(transport));
    picture(&mut packets, |packet| packet.keyframe).await;
    let id = handle.direct("let it rain").unwrap();
    event(&mut world, |event| matches!(event, Event::Acknowledged { id: of, .. } if *of == id)).await;
    handle.control(Hands::holding([Key::Forward]));
    picture(&mut packets, |packet| packet.input.is_some()).await;
    event(&mut world, |event| matches!(event, Event::Link(_))).await;
    assert_eq!(world.close().await.unwrap(), Ending::Local);
}

/// How a proxy keeps WebSockets out.
#[derive(Clone, Copy, PartialEq)]
enum Blocks {
    /// It answers an upgrade with 400.
    Refuses,
    /// It answers nothing.
    Swallows,
}

/// A proxy of the old kind: it does not let WebSockets through, and everything else.
async fn proxy_without_websockets(server: std::net::SocketAddr, blocks: Blocks) -> std::net::SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((client, _)) = listener.accept().await {
            tokio::spawn(relay(client, server, blocks));
        }
    });
    address
}

async fn relay(mut client: TcpStream, server: std::net::SocketAddr, blocks: Blocks) {
    let mut head = Vec::new();
    while !head.windows(4).any(|end| end == b"\r\n\r\n") {
        if client.read_buf(&mut head).await.is_ok_and(|read| read > 0) {
            continue;
        }
        return;
    }
    if String::from_utf8_lossy(&head).to_ascii_lowercase().contains("upgrade: websocket") {
        if blocks == Blocks::Swallows {
            // Until the client goes.
            drop(client.read_to_end(&mut head).await);
            return;
        }
        let refusal = b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
        drop(client.write_all(refusal).await);
        return;
    }
    let Ok(mut upstream) = TcpStream::connect(server).await else { return };
    if upstream.write_all(&head).await.is_ok() {
        drop(tokio::io::copy_bidirectional(&mut client, &mut upstream).await);
    }
}
