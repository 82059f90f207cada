//! Plays a clip in real time without a window: a display of 60 Hz that is none, and a paced stand-in for the sound device. Owns the
//! refresh clock; decides nothing about when a frame is due.

use std::time::Duration;

use serde_json::{Value, json};

use super::figures::seconds;
use crate::app::errors::{Exit, Failure};
use crate::app::refresh::{Grid, Work};
use crate::app::signals::Stop;
use crate::clock::Clock;
use crate::media::{DropCause, MediaDelta, VideoFrame};
use crate::player::{Player, Presented, Snapshot};
use crate::reel::{Motion, Reel, Status};

/// How long the first picture, or sound, may take.
const PATIENCE: Duration = Duration::from_secs(60);

/// What a headless run saw.
pub(super) struct Seen {
    /// Pictures that were presented.
    pub(super) frames: u64,
    /// The last of them.
    pub(super) last: Option<VideoFrame>,
    /// The signal that ended it.
    pub(super) signal: Option<Exit>,
    /// Where the clip stood at the end.
    pub(super) status: Status,
}

/// Plays until the clip, the time or the count of pictures is over, or a signal comes.
pub(super) fn run(
    player: &Player,
    reel: &Reel,
    clock: Clock,
    stop: &Stop,
    frames: Option<u64>,
    duration: Option<Duration>,
) -> Result<Seen, Failure> {
    let begun = clock.now();
    let mut seen = Seen { frames: 0, last: None, signal: None, status: reel.status() };
    let mut work = Work::default();
    let mut grid = Grid::new(begun);
    let mut started = None;
    loop {
        let now = clock.now();
        let visible_at = grid.next(now + work.lead());
        std::thread::sleep((visible_at - work.lead()).since(now));
        player.notices().iter().for_each(|notice| eprintln!("seaglass: {}", notice.text));
        let chosen = clock.now();
        // Read before the frame is asked for: what was pushed before an end is shown before it.
        seen.status = reel.status();
        if let Some(frame) = player.frame_for(chosen, visible_at) {
            let done = clock.now();
            work.took(done.since(chosen));
            player.presented(Presented {
                epoch: frame.epoch,
                sequence: frame.sequence,
                uploaded: Some(done),
                submitted: Some(done),
                presented: Some(done.max(visible_at)),
            });
            seen.frames += 1;
            seen.last = Some(frame);
        }
        if seen.status.motion == Motion::Playing {
            started.get_or_insert(chosen);
        }
        if let Some(failed) = &seen.status.failed {
            let fix = "see that it is a whole MP4 file";
            return Err(Failure::new("clip", Exit::Unexpected, "the clip cannot be played to its end", failed, fix));
        }
        seen.signal = stop.asked();
        let enough = frames.is_some_and(|frames| seen.frames >= frames);
        let late = started.zip(duration).is_some_and(|(started, duration)| chosen.since(started) >= duration);
        if enough || late || seen.signal.is_some() || seen.status.motion == Motion::Ended {
            return Ok(seen);
        }
        if started.is_none() && chosen.since(begun) > PATIENCE {
            let why = format!("it was not ready within {} s", PATIENCE.as_secs());
            let fix = "try a smaller clip, or a faster machine";
            return Err(Failure::new("clip", Exit::Unexpected, "the clip does not begin", why, fix));
        }
    }
}

/// What the run says of itself, for scripts.
pub(super) fn report(seen: &Seen, snapshot: &Snapshot) -> Value {
    let ms = |delta: MediaDelta| (delta.as_millis_f64() * 10.0).round() / 10.0;
    let av = snapshot.recent.av_magnitude.half_minute;
    let drops: serde_json::Map<String, Value> =
        DropCause::ALL.iter().map(|cause| (cause.name().to_owned(), json!(snapshot.drops.of(*cause)))).collect();
    json!({
        "frames": seen.frames,
        "position_s": seconds(seen.status.position),
        "length_s": seconds(seen.status.length),
        "speed": seen.status.speed,
        "laps": seen.status.lap,
        "ended": seen.status.motion == Motion::Ended,
        "av_offset_ms": av.map(|av| json!({ "p50": av.p50, "p95": av.p95, "max": av.max })),
        "sounded_ms": ms(snapshot.sounded),
        "concealed_ms": ms(snapshot.concealed),
        "underruns": snapshot.underruns,
        "drops": drops,
    })
}
