//! The same pipeline without window or sound device: walks for five seconds and leaves the last picture as a PPM file.
//!
//!     cargo run --example headless -- 'a snowy village' village.ppm

use std::io::Write as _;
use std::time::Duration;

use seaglass::audio::{DeviceChoice, StandIn};
use seaglass::client::{Auth, ClientConfig, Hands, SessionManager};
use seaglass::clock::Clock;
use seaglass::media::Tier;
use seaglass::player::{Player, PlayerOptions};
use seaglass::render::{Gpu, Offscreen, Renderer};
use seaglass::sim::{Server, ServerConfig};
use seaglass::wire::{CreateWorld, Key};

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let mut words = std::env::args().skip(1);
    let prompt = words.next().unwrap_or_else(|| "a snowy village".to_owned());
    let file = words.next().unwrap_or_else(|| "headless.ppm".to_owned());

    let clock = Clock::start();
    let server = Server::start(ServerConfig::new(([127, 0, 0, 1], 0).into())).await?;
    let manager = SessionManager::new(ClientConfig::new(format!("http://{}", server.address()), Auth::none(), clock))?;
    let mut options = PlayerOptions::new(clock);
    options.device = DeviceChoice::StandIn(StandIn::default());
    let (player, sink) = Player::start(options)?;
    let world = manager.create(CreateWorld { prompt, ..CreateWorld::default() }, sink).await?;
    let hand = world.handle();

    let size = Tier::Standard.spec().size;
    let gpu = Gpu::headless()?;
    let mut renderer = Renderer::new(&gpu, Offscreen::FORMAT)?;
    let screen = Offscreen::new(&gpu, size)?;
    println!("drawing on {}", gpu.describe());

    // A display of 60 Hz that is none.
    let period = Duration::from_nanos(16_666_667);
    let mut refresh = tokio::time::interval(period);
    let mut shown = 0;
    for _ in 0..60 * 20 {
        refresh.tick().await;
        let now = clock.now();
        if let Some(frame) = player.frame_for(now, now + period) {
            renderer.upload(&frame.picture)?;
            let mut encoder = gpu.device().create_command_encoder(&wgpu::CommandEncoderDescriptor::default());
            renderer.draw(&mut encoder, screen.view(), size);
            gpu.queue().submit([encoder.finish()]);
            if shown == 0 {
                hand.control(Hands::holding([Key::Forward]));
            }
            shown += 1;
        }
        if shown == 150 {
            break;
        }
    }
    println!("{shown} frames shown, {:?}", player.snapshot().verdict);

    let mut rgba = Vec::new();
    screen.read(&mut rgba)?;
    let mut out = std::io::BufWriter::new(std::fs::File::create(&file)?);
    writeln!(out, "P6 {} {} 255", size.width, size.height)?;
    for pixel in rgba.chunks_exact(4) {
        out.write_all(&pixel[..3])?;
    }
    println!("{file}");
    // Deletes the world and waits for it; dropping it would delete it as well, in the background.
    world.close().await?;
    server.shutdown().await;
    Ok(())
}
