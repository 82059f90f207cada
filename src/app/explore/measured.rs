//! A headless run for measurements: an embedded server, a world, the real pipeline, and somebody who looks at every refresh.
//! Measures nothing itself.

use std::sync::Arc;

use tokio::sync::Notify;

use super::headless::{self, Seen, Watch};
use super::launch::{Ending, embed, network_runtime, shut_down};
use super::live::live;
use super::plan::Plan;
use super::pump::pump;
use crate::app::errors::{Exit, Failure};
use crate::app::signals::Stop;
use crate::media::PacketSink;
use crate::player::{Player, PlayerOptions};

/// Plays a world of an own server headless. `wrap` puts itself between the stream and the player. When it returns the world, the
/// player and the sound device are gone; with it comes what the sound device was, in words.
pub fn measured(
    plan: &Plan,
    mut options: PlayerOptions,
    wrap: impl FnOnce(Box<dyn PacketSink>) -> Box<dyn PacketSink>,
    watch: &mut dyn Watch,
) -> Result<(Seen, String), Failure> {
    let clock = options.clock;
    let runtime = network_runtime()?;
    let stop = Stop::on_signals(runtime.handle());
    let (manager, server) = runtime.block_on(embed(clock, |_| {}))?;
    options.preset = plan.preset;
    options.refresh_hz = Some(60.0);
    let (player, sink) = Player::start(options).map_err(|error| {
        Failure::new("player", Exit::Unexpected, "the player cannot start", error, "close other programs")
    })?;
    let player = Arc::new(player);
    let (live, feed) = live(Arc::clone(&player), clock, stop);
    let end = Arc::new(Notify::new());
    let task =
        runtime.spawn(pump(manager, plan.target.clone(), None, wrap(sink), Arc::clone(&player), feed, Arc::clone(&end)));
    let ending = Ending::of(&runtime, end, task);
    let viewed = headless::run(&live, plan, None, Some(watch));
    let sound = player.snapshot().audio_text;
    let pumped = ending.wait();
    shut_down(&runtime, server);
    // The world's own failure tells more than what the viewer made of it.
    match (viewed, pumped) {
        (Ok(seen), Ok(())) => Ok((seen, sound)),
        (Err(failure), Ok(())) | (_, Err(failure)) => Err(failure),
    }
}
