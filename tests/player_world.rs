//! The whole way on real parts: the reference server's calibration world over loopback, through the client into the player, with
//! a stand-in sound device that is listened to. What is compared are pixels and samples (layer L1, no GPU).
#![cfg(all(feature = "player", feature = "server"))]

mod player_rig;

use std::time::Duration;

use player_rig::{Ear, REFRESH};
use seaglass::client::{Auth, ClientConfig, Hands, SessionManager, WorldEvent};
use seaglass::clock::Clock;
use seaglass::media::{MediaTime, Monotonic};
use seaglass::player::{Player, PlayerOptions, Presented};
use seaglass::sim::{Server, ServerConfig, calibration};
use seaglass::stats::{FrameStage, InputStage};
use seaglass::wire::{CreateWorld, Key};

/// Long enough for seven flashes.
const RUN: Duration = Duration::from_secs(8);

/// HO-12, HO-14: the flash against the click, and input to presentation by stage.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn in_the_calibration_world_each_flash_is_presented_when_its_click_sounds() {
    drop(rustls::crypto::ring::default_provider().install_default());
    let server = Server::start(ServerConfig::new("127.0.0.1:0".parse().expect("address"))).await.expect("server");
    let clock = Clock::start();
    let ear = Ear::default();
    let mut options = PlayerOptions::new(clock);
    options.device = ear.device(480);
    let (player, sink) = Player::start(options).expect("player");
    let config = ClientConfig::new(format!("http://{}", server.address()), Auth::none(), clock);
    let manager = SessionManager::new(config).expect("manager");
    let request = CreateWorld {
        world: Some("calibration".into()),
        tier: Some(seaglass::media::Tier::Draft.into()),
        ..CreateWorld::default()
    };
    let mut world = manager.create(request, sink).await.expect("created");
    while !matches!(world.next_event().await.expect("event"), WorldEvent::Running(_)) {}
    let handle = world.handle();
    let (player, flashes) = tokio::task::spawn_blocking(move || {
        let mut flashes: Vec<(Monotonic, MediaTime)> = Vec::new();
        let start = clock.now();
        let (mut next, mut held) = (start, 0_u64);
        while clock.now().since(start) < RUN {
            let now = clock.now();
            if now >= next {
                let visible = next + REFRESH;
                if let Some(frame) = player.frame_for(now, visible) {
                    if calibration::flash(&frame.picture) {
                        flashes.push((visible, frame.pts));
                    }
                    let done = Some(clock.now());
                    let (epoch, sequence) = (frame.epoch, frame.sequence);
                    player.presented(Presented { epoch, sequence, uploaded: done, submitted: done, presented: done });
                }
                next = if now > next + REFRESH { now } else { next + REFRESH };
                held += 1;
                if held.is_multiple_of(30) {
                    let keys = if held.is_multiple_of(60) { vec![Key::Forward] } else { Vec::new() };
                    handle.control(Hands { keys, ..Hands::default() });
                    handle.feedback(player.health());
                }
            }
            std::thread::sleep(Duration::from_millis(1));
        }
        (player, flashes)
    })
    .await
    .expect("drawn");
    let snapshot = player.snapshot();
    let clicks = ear.clicks();
    // The first frame is never held back, so the first second may still be finding its delay.
    let mut offsets: Vec<f64> = flashes
        .iter()
        .skip(1)
        .filter_map(|(at, _)| {
            let offset = |click: &Monotonic| at.signed_since(*click).as_millis_f64();
            clicks.iter().map(offset).min_by(|a, b| a.abs().total_cmp(&b.abs()))
        })
        .collect();
    offsets.sort_by(|a, b| a.abs().total_cmp(&b.abs()));
    println!("flash minus click {offsets:.1?} ms; {snapshot:?}");
    player.traces(|traces| {
        for stage in FrameStage::ALL {
            println!("{:>15} {:?}", stage.name(), traces.stage(stage));
        }
        for stage in InputStage::ALL {
            println!("{:>15} {:?}", stage.name(), traces.input_stage(stage));
        }
        assert!(traces.input_stage(InputStage::Total).is_some_and(|inputs| inputs.n >= 5), "inputs are echoed by frames");
        assert!(traces.stage(FrameStage::ServerRender).is_some(), "the server's stages come through");
    });
    assert!(offsets.len() >= 5, "{} flashes, {} clicks", flashes.len(), clicks.len());
    assert!(offsets[offsets.len() / 2].abs() < 20.0, "median |A/V| {} ms", offsets[offsets.len() / 2]);
    let lost = snapshot.received.saturating_sub(snapshot.presented);
    assert!(snapshot.presented >= 150, "{} frames", snapshot.presented);
    // A loaded machine may be late by itself; nothing is lost on the way.
    assert!(lost * 10 <= snapshot.received, "{lost} of {} not presented, {:?}", snapshot.received, snapshot.drops);
    world.close().await.expect("closed and deleted");
    server.shutdown().await;
}
