//! A window on a live world, put together from the library's parts: a reference server, a client, a player, the viewer.
//!
//!     cargo run --example explore -- 'a canyon at dawn'

use std::sync::Arc;

use seaglass::app::Stop;
use seaglass::app::explore::{Target, WindowOptions, live, pump, window};
use seaglass::client::{Auth, ClientConfig, SessionManager};
use seaglass::clock::Clock;
use seaglass::player::{Player, PlayerOptions};
use seaglass::sim::{Server, ServerConfig};
use seaglass::wire::CreateWorld;
use tokio::sync::Notify;

fn main() -> anyhow::Result<()> {
    let prompt = std::env::args().nth(1).unwrap_or_else(|| "a canyon at dawn".to_owned());
    // One clock for everything: stamps of the socket, of the player and of the screen compare.
    let clock = Clock::start();
    let runtime = tokio::runtime::Runtime::new()?;
    let server = runtime.block_on(Server::start(ServerConfig::new(([127, 0, 0, 1], 0).into())))?;
    let manager = SessionManager::new(ClientConfig::new(format!("http://{}", server.address()), Auth::none(), clock))?;

    let (player, sink) = Player::start(PlayerOptions::new(clock))?;
    let player = Arc::new(player);
    let (live, feed) = live(Arc::clone(&player), clock, Stop::on_signals(runtime.handle()));

    // The task owns the world and deletes it when it is told to end.
    let end = Arc::new(Notify::new());
    let target = Target::Create(Box::new(CreateWorld { prompt: prompt.clone(), ..CreateWorld::default() }));
    let world = runtime.spawn(pump(manager, target, None, sink, player, feed, Arc::clone(&end)));

    let outcome = window::run(&live, WindowOptions::titled(prompt))?;
    end.notify_one();
    runtime.block_on(world)??;
    println!("walked for {:.0} s", outcome.presented_for.as_secs_f64());
    Ok(())
}
