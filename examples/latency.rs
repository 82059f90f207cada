//! How long from an input to the light that answers it: turns the view four times a second for ten seconds and prints the
//! percentiles of every stage. The server echoes each input's number in the first frame that reflects it.
//!
//!     cargo run --example latency

use std::time::Duration;

use seaglass::audio::{DeviceChoice, StandIn};
use seaglass::client::{Auth, ClientConfig, Hands, SessionManager, WorldEvent};
use seaglass::clock::Clock;
use seaglass::player::{Player, PlayerOptions, Presented};
use seaglass::sim::{Server, ServerConfig};
use seaglass::stats::InputStage;
use seaglass::wire::CreateWorld;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let clock = Clock::start();
    let server = Server::start(ServerConfig::new(([127, 0, 0, 1], 0).into())).await?;
    let manager = SessionManager::new(ClientConfig::new(format!("http://{}", server.address()), Auth::none(), clock))?;
    let mut options = PlayerOptions::new(clock);
    options.device = DeviceChoice::StandIn(StandIn::default());
    let (player, sink) = Player::start(options)?;
    let request = CreateWorld { prompt: "a wide meadow".to_owned(), ..CreateWorld::default() };
    let mut world = manager.create(request, sink).await?;
    let hand = world.handle();
    while !matches!(world.next_event().await, Some(WorldEvent::Running(_)) | None) {}

    let period = Duration::from_nanos(16_666_667);
    let mut refresh = tokio::time::interval(period);
    for tick in 0..600 {
        tokio::select! {
            biased;
            event = world.next_event() => match event {
                // The server's clock against ours splits the way there from the way back.
                Some(WorldEvent::Link(link)) => player.traces(|traces| traces.server_clock(Some(link.offset.micros))),
                Some(_) => {}
                None => break,
            },
            _ = refresh.tick() => {}
        }
        if tick % 15 == 0 {
            hand.control(Hands::turning(if tick % 30 == 0 { 0.1 } else { -0.1 }, 0.0));
        }
        let now = clock.now();
        if let Some(frame) = player.frame_for(now, now + period) {
            // Nothing is drawn here: a frame counts as presented at the refresh that it was chosen for.
            player.presented(Presented {
                epoch: frame.epoch,
                sequence: frame.sequence,
                uploaded: None,
                submitted: None,
                presented: Some(now + period),
            });
        }
    }

    println!("{:>16} {:>6} {:>8} {:>8} {:>8}", "stage", "n", "p50 ms", "p95 ms", "p99 ms");
    for stage in InputStage::ALL {
        match player.traces(|traces| traces.input_stage(stage)) {
            Some(s) => println!("{:>16} {:>6} {:>8.1} {:>8.1} {:>8.1}", stage.name(), s.n, s.p50, s.p95, s.p99),
            None => println!("{:>16}    n/a", stage.name()),
        }
    }
    world.close().await?;
    server.shutdown().await;
    Ok(())
}
