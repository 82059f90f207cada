//! The report of a run, as JSON: what was presented, how long every stage took, and what is not known (null, never 0).

use std::time::Duration;

use serde_json::{Value, json};

use crate::media::Monotonic;
use crate::player::{Recent, Snapshot};
use crate::stats::{CommandStage, CommandTrace, FrameStage, InputStage, Percentiles, Summary, TraceStore};

/// What a run was, beside what it measured.
#[derive(Clone, Debug, Default)]
pub struct Run {
    /// When it began, wall clock.
    pub started: String,
    /// How long pictures were presented.
    pub presented_for: Duration,
    /// `L1`: paced stand-ins for screen and sound device; `window`: a real window and sound device.
    pub layer: &'static str,
    /// Graphics adapter.
    pub adapter: String,
    /// Who served, and whether it was embedded.
    pub server: String,
    /// The world's id, prompt and seed.
    pub world: Value,
    /// The run's milestones, from the start of the program.
    pub milestones: Milestones,
    /// Refreshes at which nothing new was there to show, and all of them.
    pub refreshes: (u64, u64),
    /// Pictures that the recording had to leave out.
    pub unrecorded: u64,
    /// Round trip of the socket, where measured.
    pub round_trip: Option<Duration>,
    /// How the run ended, in words.
    pub ended: String,
}

/// Moments of a run on its clock, whose origin is the program's start.
#[derive(Clone, Copy, Debug, Default)]
pub struct Milestones {
    /// The server answered the create.
    pub created: Option<Monotonic>,
    /// The stream's hello was read.
    pub hello: Option<Monotonic>,
    /// The world began to run.
    pub running: Option<Monotonic>,
    /// The first picture was presented.
    pub first_picture: Option<Monotonic>,
    /// Sound began to play.
    pub first_sound: Option<Monotonic>,
}

impl Milestones {
    /// These, and where one is unknown the other's.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        Self {
            created: self.created.or(other.created),
            hello: self.hello.or(other.hello),
            running: self.running.or(other.running),
            first_picture: self.first_picture.or(other.first_picture),
            first_sound: self.first_sound.or(other.first_sound),
        }
    }
}

/// Puts the report together.
#[must_use]
pub fn report(run: &Run, snapshot: &Snapshot, traces: &TraceStore) -> Value {
    let since_start = |moment: Option<Monotonic>| moment.map(|moment| round(moment.as_secs_f64() * 1e3));
    let drops: serde_json::Map<_, _> =
        snapshot.drops.iter().map(|(cause, count)| (cause.name().to_owned(), count.into())).collect();
    let stages: serde_json::Map<_, _> =
        FrameStage::ALL.into_iter().map(|stage| (stage.name().to_owned(), summary(traces.stage(stage)))).collect();
    let input: serde_json::Map<_, _> =
        InputStage::ALL.into_iter().map(|stage| (stage.name().to_owned(), summary(traces.input_stage(stage)))).collect();
    let commands: Vec<&CommandTrace> = traces.commands().collect();
    let command_stages: serde_json::Map<_, _> = CommandStage::ALL
        .into_iter()
        .map(|stage| {
            let mut spans = Percentiles::default();
            commands.iter().filter_map(|command| command.span(stage)).for_each(|span| spans.record(span));
            (stage.name().to_owned(), summary(spans.summary()))
        })
        .collect();
    // Of the frames that were due: those still on their way when the run ended are neither presented nor lost.
    let due = snapshot.presented + snapshot.drops.total();
    let share = |part: u64| (due > 0).then(|| round(part as f64 * 100.0 / due as f64));
    json!({
        "schema": 1,
        "program": { "name": "seaglass", "version": env!("CARGO_PKG_VERSION") },
        "started": run.started,
        "ended": run.ended,
        "layer": run.layer,
        "adapter": run.adapter,
        "sound": snapshot.audio_text,
        "server": run.server,
        "world": run.world,
        "seconds": round(run.presented_for.as_secs_f64()),
        "startup_ms": {
            "created": since_start(run.milestones.created),
            "hello": since_start(run.milestones.hello),
            "running": since_start(run.milestones.running),
            "first_picture": since_start(run.milestones.first_picture),
            "first_sound": since_start(run.milestones.first_sound),
        },
        "frames": {
            "received": snapshot.received,
            "decoded": snapshot.decoded,
            "presented": snapshot.presented,
            "presented_pct": share(snapshot.presented),
            "drops": drops,
            "interval_ms": summary(traces.intervals()),
            "refreshes": run.refreshes.1,
            "refreshes_without_new_frame": run.refreshes.0,
            "unrecorded": run.unrecorded,
        },
        "stages_ms": stages,
        "input_to_photon_ms": input,
        "commands_ms": command_stages,
        "commands": commands.iter().map(|trace| command(trace)).collect::<Vec<_>>(),
        "playout": {
            "preset": snapshot.preset.name(),
            "delay_ms": snapshot.delay.map(|delay| round(delay.as_millis_f64())),
            "target_ms": round(snapshot.target.as_millis_f64()),
            "cap_ms": round(snapshot.cap.as_millis_f64()),
            "verdict": snapshot.verdict.to_string(),
            "av_offset_abs_ms": summary(traces.av_offset()),
            "concealed_ms": round(snapshot.concealed.as_millis_f64()),
            "skipped_ms": round(snapshot.skipped.as_millis_f64()),
            "stretched_ms": round(snapshot.stretched.as_millis_f64()),
            "underruns": snapshot.underruns,
            "round_trip_ms": run.round_trip.map(|time| round(time.as_secs_f64() * 1e3)),
        },
        "last_30_s": last_half_minute(&snapshot.recent),
        "notes": notes(run.layer),
    })
}

/// The end of the run as its display showed it, where the rest of the report is of all of it.
fn last_half_minute(recent: &Recent) -> Value {
    let drops: serde_json::Map<_, _> =
        recent.drops.iter().map(|(cause, count)| (cause.name().to_owned(), count.into())).collect();
    json!({
        "delay_ms": summary(recent.delay.half_minute),
        "av_offset_abs_ms": summary(recent.av_magnitude.half_minute),
        "av_outside_bt1359_pct": recent.av_outside_pct.map(round),
        "interval_ms": summary(recent.interval.half_minute),
        "lateness_ms": summary(recent.lateness.half_minute),
        "server_ms": summary(recent.server.half_minute),
        "decode_ms": summary(recent.decode.half_minute),
        "draw_ms": summary(recent.draw.half_minute),
        "input_to_photon_ms": summary(recent.input_to_photon.half_minute),
        "concealed_pct": recent.concealed_pct.half_minute.map(round),
        "stretched_pct": recent.stretched_pct.half_minute.map(round),
        "drops": drops,
    })
}

fn notes(layer: &str) -> &'static str {
    if layer == "L1" {
        "Real sockets, real decoders, an offscreen picture on a display of 60 Hz that is none, and a paced stand-in for a sound \
         device: presented is the refresh at which the picture would have lit up, not light."
    } else {
        "Presented is the return of present, not light on the glass; the compositor and the panel come after it."
    }
}

fn command(trace: &CommandTrace) -> Value {
    let span = |stage| trace.span(stage).map(|span: Duration| round(span.as_secs_f64() * 1e3));
    json!({
        "id": trace.id,
        "text": trace.text,
        "status": trace.status,
        "input": trace.input,
        "sent_ms": span(CommandStage::Send),
        "acknowledged_ms": span(CommandStage::Acknowledge),
        "reflected_ms": span(CommandStage::Reflect),
        "presented_ms": span(CommandStage::Present),
    })
}

fn summary(summary: Option<Summary>) -> Value {
    summary.map_or(Value::Null, |summary| {
        json!({
            "n": summary.n,
            "p50": round(summary.p50),
            "p95": round(summary.p95),
            "p99": round(summary.p99),
            "max": round(summary.max),
        })
    })
}

/// To a thousandth: a report is not more exact than that.
fn round(value: f64) -> f64 {
    (value * 1e3).round() / 1e3
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_known_is_null_and_never_zero() {
        let report = report(&Run::default(), &Snapshot::default(), &TraceStore::new(1));
        assert_eq!(report["stages_ms"]["decode"], Value::Null);
        assert_eq!(report["input_to_photon_ms"]["input_to_photon"], Value::Null);
        assert_eq!(report["frames"]["presented_pct"], Value::Null);
        assert_eq!(report["last_30_s"]["delay_ms"], Value::Null);
        assert_eq!(report["last_30_s"]["concealed_pct"], Value::Null);
        assert_eq!(report["startup_ms"]["first_picture"], Value::Null);
    }
}
