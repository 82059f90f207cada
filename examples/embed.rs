//! Your own renderer: the library gives decoded frames when they are due, and you draw them. This one draws in a terminal, with
//! no graphics adapter and no window, in shades of text.
//!
//!     cargo run --example embed -- 'stormy coast'

use std::fmt::Write as _;
use std::time::Duration;

use seaglass::client::{Auth, ClientConfig, SessionManager};
use seaglass::clock::Clock;
use seaglass::media::VideoFrame;
use seaglass::player::{Player, PlayerOptions};
use seaglass::sim::{Server, ServerConfig};
use seaglass::wire::{CreateWorld, TierName};

const COLUMNS: usize = 96;
const ROWS: usize = 27;
const SHADES: &[u8] = b" .:-=+*#%@";

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let prompt = std::env::args().nth(1).unwrap_or_else(|| "stormy coast".to_owned());
    let clock = Clock::start();
    let server = Server::start(ServerConfig::new(([127, 0, 0, 1], 0).into())).await?;
    let manager = SessionManager::new(ClientConfig::new(format!("http://{}", server.address()), Auth::none(), clock))?;
    // The default device sounds; without one the pictures run on the session clock, and the notices say so.
    let (player, sink) = Player::start(PlayerOptions::new(clock))?;
    let tier = Some(TierName::from("draft".to_owned()));
    let world = manager.create(CreateWorld { prompt, tier, ..CreateWorld::default() }, sink).await?;
    world.handle().direct("pan right 90 degrees over 8 seconds")?;

    let period = Duration::from_millis(16);
    let mut refresh = tokio::time::interval(period);
    let mut text = String::new();
    for _ in 0..600 {
        refresh.tick().await;
        let now = clock.now();
        if let Some(frame) = player.frame_for(now, now + period) {
            draw(&frame, &mut text);
            println!("\x1b[H\x1b[2J{text}media time {}", frame.pts);
        }
    }
    world.close().await?;
    server.shutdown().await;
    Ok(())
}

/// Luma as letters, one for each cell of the terminal.
fn draw(frame: &VideoFrame, text: &mut String) {
    let [luma, ..] = frame.picture.planes();
    text.clear();
    for row in 0..ROWS {
        for column in 0..COLUMNS {
            let (x, y) = (column * luma.width / COLUMNS, row * luma.height / ROWS);
            // Limited range: 16 is black and 235 is white.
            let level = usize::from(luma.data[y * luma.stride + x].clamp(16, 235) - 16);
            text.push(char::from(SHADES[level * (SHADES.len() - 1) / 219]));
        }
        let _ = writeln!(text);
    }
}
