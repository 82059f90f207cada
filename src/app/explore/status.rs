//! What happens to a world, in one line each, for people who have no window: on stderr.

use super::live::LiveEvent;
use crate::client::WorldEvent;
use crate::wire::AckStatus;

/// Tells of an event, if people want to hear of it.
pub fn tell(event: &LiveEvent) {
    if let Some(line) = line(event) {
        eprintln!("seaglass: {line}");
    }
}

/// An event in words; `None` for those that only programs care for. Texts of the server in it are already cleaned.
#[must_use]
pub fn line(event: &LiveEvent) -> Option<String> {
    let event = match event {
        LiveEvent::Creating => return Some("creating the world".to_owned()),
        LiveEvent::Failed(_) => return None,
        LiveEvent::World(event) => event,
    };
    Some(match event {
        WorldEvent::Connected(hello) => format!(
            "world {} at {}x{}, {} frames per second, {}",
            hello.world, hello.tier.width, hello.tier.height, hello.tier.fps, hello.tier.codec
        ),
        WorldEvent::Queued { position, size } => format!("waiting for capacity: place {position} of {size}"),
        WorldEvent::Warming { stage, percent } => format!("warming up: {stage}, {percent:.0} %"),
        WorldEvent::Running(_) => "the world runs".to_owned(),
        WorldEvent::Paused => "the world is paused".to_owned(),
        WorldEvent::Acknowledged { status, message, .. } => match status {
            AckStatus::Applied => format!("done: {message}"),
            AckStatus::NotUnderstood => format!("not understood: {message}"),
            AckStatus::Rejected => format!("refused: {message}"),
            AckStatus::Duplicate | AckStatus::Other(_) => return None,
        },
        WorldEvent::Quality { tier, reason, .. } => {
            format!("now {}x{} at {} frames per second: {reason}", tier.width, tier.height, tier.fps)
        }
        WorldEvent::Audio(audio) if audio.enabled => format!("sound: {}", audio.format),
        WorldEvent::Audio(_) => "sound: off".to_owned(),
        WorldEvent::Warning { seconds_left, message, .. } => format!("{seconds_left:.0} s left: {message}"),
        WorldEvent::Error { code, message, .. } => format!("the server reports {code}: {message}"),
        WorldEvent::UnknownCodec { track, codec } => {
            format!("the {track} comes in a codec (number {codec}) that this program does not know; it is left out")
        }
        WorldEvent::Malformed { detail, total } => format!("{total} messages did not fit the protocol: {detail}"),
        WorldEvent::Starved { track, silent } => format!("no {track} for {:.1} s", silent.as_secs_f64()),
        WorldEvent::Flowing { track } => format!("{track} flows again"),
        WorldEvent::Unacknowledged { id, waited } => {
            format!("command {id} has not been acknowledged for {:.1} s", waited.as_secs_f64())
        }
        WorldEvent::Ended { ending } => ending.to_string(),
        _ => return None,
    })
}
