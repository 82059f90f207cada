//! What happens to a world and how its playback goes, in one line each, for people who have no window: on stderr.

use std::time::Duration;

use super::live::LiveEvent;
use crate::client::WorldEvent;
use crate::media::{MediaDelta, Monotonic};
use crate::player::{Snapshot, Verdict};
use crate::wire::AckStatus;

/// How often playback is looked at; more lines than this nobody reads.
const LOOK: Duration = Duration::from_secs(2);

/// How playback goes, told when the verdict becomes another one.
#[derive(Debug, Default)]
pub struct Playback {
    told: Verdict,
    look_at: Monotonic,
}

impl Playback {
    /// Whether it is time to [`Playback::line`]: a snapshot is not for every refresh.
    #[must_use]
    pub fn is_due(&self, now: Monotonic) -> bool {
        now >= self.look_at
    }

    /// The line to tell, if the verdict is another one than the last.
    #[must_use]
    pub fn line(&mut self, now: Monotonic, snapshot: &Snapshot) -> Option<String> {
        self.look_at = now + LOOK;
        if snapshot.verdict.is_like(self.told) {
            return None;
        }
        self.told = snapshot.verdict;
        let millis = |delta: MediaDelta| format!("{:.0}", delta.as_millis_f64());
        let delay = snapshot.delay.map_or_else(|| "–".to_owned(), millis);
        let offset = snapshot.av_offset.map(|offset| format!(" · A/V {:+.0} ms", offset.as_millis_f64()));
        let rate = snapshot.recent.fps.map(|fps| format!(" · {fps:.0} fps"));
        Some(format!(
            "{} · delay {delay} of {} ms · cap {}{}{}",
            snapshot.verdict,
            millis(snapshot.target),
            millis(snapshot.cap),
            offset.unwrap_or_default(),
            rate.unwrap_or_default(),
        ))
    }
}

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
        WorldEvent::Reconnecting { attempt, because, left, .. } => {
            format!("{because}: trying again ({attempt}), for {:.0} s more", left.as_secs_f64())
        }
        WorldEvent::Resumed { outage, repeated, .. } => {
            let commands = match repeated {
                0 => String::new(),
                1 => "; one command is sent again".to_owned(),
                more => format!("; {more} commands are sent again"),
            };
            format!("back after {:.1} s{commands}", outage.as_secs_f64())
        }
        WorldEvent::Queued { position, size } => format!("waiting for capacity: place {position} of {size}"),
        WorldEvent::Warming { stage, percent } => format!("warming up: {stage}, {percent:.0} %"),
        WorldEvent::Running(_) => "the world runs".to_owned(),
        WorldEvent::Paused => "the world is paused".to_owned(),
        WorldEvent::Acknowledged { status, message, .. } => match status {
            // A command that was sent again after a loss may hear its answer for the first time.
            AckStatus::Applied | AckStatus::Duplicate => format!("done: {message}"),
            AckStatus::NotUnderstood => format!("not understood: {message}"),
            AckStatus::Rejected => format!("refused: {message}"),
            AckStatus::Other(_) => return None,
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::player::Cause;

    #[test]
    fn playback_is_told_when_its_verdict_changes_and_not_when_its_figure_does() {
        let mut playback = Playback::default();
        let mut at = Monotonic::ZERO;
        let mut tell = |verdict| {
            assert!(playback.is_due(at));
            let target = MediaDelta::from_millis(48);
            let line = playback.line(at, &Snapshot { verdict, target, delay: Some(target), ..Snapshot::default() });
            assert!(!playback.is_due(at + Duration::from_secs(1)));
            at += LOOK;
            line
        };
        let late = |by| Verdict::Late { cause: Cause::Network, by: MediaDelta::from_millis(by) };
        assert_eq!(tell(Verdict::Starting), None);
        assert_eq!(tell(late(38)).as_deref(), Some("late: network, 38 ms · delay 48 of 48 ms · cap 0"));
        assert_eq!(tell(late(60)), None);
        assert!(tell(Verdict::Steady).is_some_and(|line| line.starts_with("steady · delay")));
    }
}
