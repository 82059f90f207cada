//! The task that owns the world: creates or joins it, carries its events to the viewer and playback's health back to the
//! server, and closes it, so that it is deleted on every way out.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Notify;

use super::live::{Feed, LiveEvent};
use super::plan::Target;
use crate::app::errors::Failure;
use crate::app::remote;
use crate::client::{ClientError, Ending, SessionManager, World, WorldEvent};
use crate::media::{PacketSink, Tier};
use crate::player::Player;
use crate::stats::CommandTrace;

/// How often playback's health goes back to the server (playout design, back-pressure).
const HEALTH: Duration = Duration::from_millis(250);

/// Drives a world until `end` is notified or the world ends; then closes it.
pub async fn pump(
    manager: SessionManager,
    target: Target,
    pinned: Option<Tier>,
    sink: Box<dyn PacketSink>,
    player: Arc<Player>,
    feed: Feed,
    end: Arc<Notify>,
) -> Result<(), Failure> {
    if matches!(target, Target::Create(_)) {
        feed.tell(LiveEvent::Creating);
    }
    let opening = async {
        match &target {
            Target::Create(request) => manager.create((**request).clone(), sink).await,
            Target::Attach(id) => manager.attach(id, sink).await,
        }
    };
    let opened = tokio::select! {
        opened = opening => Some(opened),
        () = end.notified() => None,
    };
    let Some(opened) = opened else {
        // Dropping the future half-way deletes, in the background, a world that was created meanwhile.
        manager.settled().await;
        return Ok(());
    };
    let mut world = match opened {
        Ok(world) => world,
        Err(error) => {
            let failure = remote::failure(&error);
            feed.tell(LiveEvent::Failed(failure.clone()));
            return Err(failure);
        }
    };
    feed.created(world.handle());
    if let Some(tier) = pinned
        && let Err(refused) = world.handle().quality(tier, true)
    {
        eprintln!("seaglass: the tier is not pinned: {refused}");
    }
    let ending = watch(&mut world, &player, &feed, &end).await;
    let id = world.id().clone();
    let closed = world.close().await;
    if let Some(ending) = ending.filter(|ending| !ending.is_clean()) {
        let failure = remote::failure(&ClientError::Ended { id, ending });
        feed.tell(LiveEvent::Failed(failure.clone()));
        return Err(failure);
    }
    closed.map(drop).map_err(|error| remote::failure(&error))
}

async fn watch(world: &mut World, player: &Player, feed: &Feed, end: &Notify) -> Option<Ending> {
    let handle = world.handle();
    let mut health = tokio::time::interval(HEALTH);
    loop {
        tokio::select! {
            event = world.next_event() => match event {
                Some(WorldEvent::Ended { ending }) => {
                    feed.tell(LiveEvent::World(WorldEvent::Ended { ending: ending.clone() }));
                    return Some(ending);
                }
                Some(event) => {
                    note(&event, player);
                    feed.tell(LiveEvent::World(event));
                }
                None => return None,
            },
            _ = health.tick() => {
                handle.feedback(player.health());
                if player.wants_keyframe() {
                    handle.request_keyframe();
                }
            }
            () = end.notified() => return None,
        }
    }
}

/// What the traces learn from an event.
fn note(event: &WorldEvent, player: &Player) {
    match event {
        WorldEvent::Acknowledged { id, status, message, input, issued, sent, acknowledged } => {
            let trace = CommandTrace {
                id: id.to_string(),
                text: message.clone(),
                input: *input,
                status: serde_json::to_value(status).ok().and_then(|status| Some(status.as_str()?.to_owned())),
                issued: Some(*issued),
                sent: Some(*sent),
                acknowledged: Some(*acknowledged),
                ..CommandTrace::default()
            };
            player.traces(|traces| traces.command(trace));
        }
        WorldEvent::Link(link) => {
            let ahead = Some(link.offset.micros);
            player.traces(|traces| traces.server_clock(ahead));
        }
        _ => {}
    }
}
