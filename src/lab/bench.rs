//! One run: a trace, a machine, several algorithms on the same units, and their figures.

use super::algorithm::Algorithm;
use super::conditions::Conditions;
use super::figures::{self, Figures, OracleFigures, ms, quantile, round, sorted};
use super::oracle::Oracle;
use super::recorder::{Log, Recorder};
use super::trace::Trace;
use crate::media::Track;

/// Seconds from the first unit on that are not counted.
pub const WARM_UP_SECONDS: f64 = 10.0;

/// Plays the trace by the algorithm; its figures, and the log that they were made of.
#[must_use]
pub fn play(algorithm: &mut dyn Algorithm, trace: &Trace, conditions: &Conditions, seed: u64) -> (Figures, Log) {
    let first = trace.bounds().0;
    let (from, until) = measured(trace);
    let warm_up = from - first as f64;
    let mut recorder = Recorder::new(trace, from, until, conditions.frame_us());
    algorithm.play(trace, conditions, &mut recorder);
    recorder.finish();
    let log = recorder.log;
    let seconds = (until - from) / 1e6;
    let due = |unit: &&super::unit::Unit| unit.track == Track::Video && (from..until).contains(&(unit.arrival_us as f64));
    let pictures = trace.units.iter().filter(due).count();
    let audio = figures::audio(&log, seconds, first as f64);
    // Sound that a late callback cost is missed by every delay: there is nothing to choose in hindsight.
    let oracle = audio.as_ref().filter(|_| conditions.hiccups.is_none()).and_then(|audio| {
        let best = Oracle::new(trace, conditions, from, until).delay_us(audio.concealed_pct)?;
        let delays = sorted(&log.audio_delays)?;
        let regret = |q: f64| round(100.0 * (quantile(&delays, q) - best) / best, 2);
        Some(OracleFigures { delay_ms: ms(best), regret_pct: regret(0.5), regret_p95_pct: regret(0.95) })
    });
    let figures = Figures {
        algorithm: algorithm.name(),
        preset: algorithm.preset(),
        trace: trace.name.clone(),
        seed,
        layer: "L0",
        kind: algorithm.kind(),
        seconds: round(seconds, 3),
        warm_up_seconds: round(warm_up / 1e6, 3),
        video: figures::video(&log, seconds, pictures, first as f64),
        av_offset_ms: figures::offsets(&log),
        audio,
        oracle,
    };
    (figures, log)
}

/// From when to when a trace is measured, in microseconds.
#[must_use]
pub fn measured(trace: &Trace) -> (f64, f64) {
    let (first, last) = trace.bounds();
    // A trace shorter than two warm-ups is measured from its middle on.
    let warm_up = (WARM_UP_SECONDS * 1e6).min((last - first) as f64 / 2.0);
    (first as f64 + warm_up, last as f64)
}
