//! The figures of one algorithm on one trace, as the report prints them. Milliseconds and per cent.

use serde::Serialize;

use super::recorder::Log;

/// One algorithm's figures. `None`: not measured, because there was nothing to measure.
#[derive(Clone, Debug, Serialize)]
pub struct Figures {
    /// Who.
    pub algorithm: String,
    /// Its preset or mode.
    pub preset: String,
    /// The trace that it played.
    pub trace: String,
    /// The seed of trace and machine.
    pub seed: u64,
    /// `L0`: virtual clock.
    pub layer: &'static str,
    /// `implementation`: the program's own code; `policy model`: another program's policy, written anew; `oracle`: knows the future.
    pub kind: &'static str,
    /// Length of the measured part in seconds …
    pub seconds: f64,
    /// … and of the warm-up before it, which is not counted.
    pub warm_up_seconds: f64,
    /// Sound.
    pub audio: Option<AudioFigures>,
    /// Pictures.
    pub video: Option<VideoFigures>,
    /// Sound against picture, positive: the sound is early.
    pub av_offset_ms: Option<OffsetFigures>,
    /// Against the best fixed delay chosen in hindsight.
    pub oracle: Option<OracleFigures>,
}

/// Figures of the sound.
#[derive(Clone, Debug, Serialize)]
pub struct AudioFigures {
    /// Beyond the earliest possible arrival.
    pub delay_ms: Delay,
    /// Share of the sound that was made up or silent.
    pub concealed_pct: f64,
    /// Share of media that changes of speed added or left out.
    pub stretched_pct: f64,
    /// How often sound was made up, per minute.
    pub events_per_min: f64,
    /// Share of media that never sounded.
    pub skipped_pct: f64,
    /// Share of the sound at a speed beyond 0.2 %.
    pub off_speed_pct: f64,
    /// From the first unit's arrival to the first sound.
    pub first_ms: f64,
}

/// A delay.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Delay {
    /// Mean.
    pub mean: f64,
    /// Median.
    pub p50: f64,
    /// 95th percentile.
    pub p95: f64,
    /// 99th percentile.
    pub p99: f64,
}

/// Figures of the pictures.
#[derive(Clone, Debug, Serialize)]
pub struct VideoFigures {
    /// Beyond the earliest possible arrival, as they lit up.
    pub delay_ms: VideoDelay,
    /// Share of the trace's pictures that were shown.
    pub shown_pct: f64,
    /// Freezes per minute, as webrtc-stats defines one: longer than max(3 × mean, mean + 150 ms) between two pictures.
    pub freezes_per_min: f64,
    /// Deviation of the time between two pictures.
    pub interval_deviation_ms: f64,
    /// From the first unit's arrival to the first picture.
    pub first_ms: f64,
}

/// A delay of pictures.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct VideoDelay {
    /// Median.
    pub p50: f64,
    /// 95th percentile.
    pub p95: f64,
    /// 99th percentile.
    pub p99: f64,
}

/// Figures of sound against picture.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct OffsetFigures {
    /// Median without its sign.
    pub p50_abs: f64,
    /// 99th percentile without its sign.
    pub p99_abs: f64,
    /// The most.
    pub max_abs: f64,
    /// Share of refreshes outside the detectability thresholds of ITU-R BT.1359: sound 45 ms early, 125 ms late.
    pub outside_bt1359_pct: f64,
}

/// Figures against the best fixed delay.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct OracleFigures {
    /// The smallest fixed delay that conceals no more than this algorithm did.
    pub delay_ms: f64,
    /// How far the median lies above it.
    pub regret_pct: f64,
    /// How far the 95th percentile lies above it.
    pub regret_p95_pct: f64,
}

/// ITU-R BT.1359-1, detectability: sound early, and late.
const EARLY_US: f32 = 45_000.0;
const LATE_US: f32 = -125_000.0;

/// The sound's figures from a log; `first_us`: when the first unit came.
#[must_use]
pub fn audio(log: &Log, seconds: f64, first_us: f64) -> Option<AudioFigures> {
    let sorted = sorted(&log.audio_delays)?;
    let share = |us: f64| 100.0 * us / log.sounded_us.max(1.0);
    Some(AudioFigures {
        delay_ms: Delay {
            mean: ms(sorted.iter().map(|delay| f64::from(*delay)).sum::<f64>() / sorted.len() as f64),
            p50: ms(quantile(&sorted, 0.50)),
            p95: ms(quantile(&sorted, 0.95)),
            p99: ms(quantile(&sorted, 0.99)),
        },
        concealed_pct: round(share(log.made_up_us), 4),
        stretched_pct: round(share(log.stretched_us), 4),
        events_per_min: round(log.made_up_events as f64 * 60.0 / seconds, 3),
        skipped_pct: round(share(log.skipped_us), 4),
        off_speed_pct: round(share(log.off_speed_us), 3),
        first_ms: ms(log.first_sound_us.map_or(f64::NAN, |at| at - first_us)),
    })
}

/// The pictures' figures; `due`: how many pictures the measured part of the trace has.
#[must_use]
pub fn video(log: &Log, seconds: f64, due: usize, first_us: f64) -> Option<VideoFigures> {
    let sorted = sorted(&log.video_delays)?;
    let count = log.intervals.len().max(1) as f64;
    let mean = log.intervals.iter().map(|us| f64::from(*us)).sum::<f64>() / count;
    let spread = log.intervals.iter().map(|us| (f64::from(*us) - mean).powi(2)).sum::<f64>() / count;
    let freeze = f64::max(3.0 * mean, mean + 150e3);
    let freezes = log.intervals.iter().filter(|us| f64::from(**us) > freeze).count();
    Some(VideoFigures {
        delay_ms: VideoDelay {
            p50: ms(quantile(&sorted, 0.50)),
            p95: ms(quantile(&sorted, 0.95)),
            p99: ms(quantile(&sorted, 0.99)),
        },
        shown_pct: round(100.0 * sorted.len() as f64 / due.max(1) as f64, 3).min(100.0),
        freezes_per_min: round(freezes as f64 * 60.0 / seconds, 3),
        interval_deviation_ms: ms(spread.sqrt()),
        first_ms: ms(log.first_picture_us.map_or(f64::NAN, |at| at - first_us)),
    })
}

/// Sound against picture.
#[must_use]
pub fn offsets(log: &Log) -> Option<OffsetFigures> {
    let unsigned: Vec<f32> = log.offsets.iter().map(|us| us.abs()).collect();
    let sorted = sorted(&unsigned)?;
    let outside = log.offsets.iter().filter(|us| **us > EARLY_US || **us < LATE_US).count();
    Some(OffsetFigures {
        p50_abs: ms(quantile(&sorted, 0.50)),
        p99_abs: ms(quantile(&sorted, 0.99)),
        max_abs: ms(quantile(&sorted, 1.0)),
        outside_bt1359_pct: round(100.0 * outside as f64 / sorted.len() as f64, 4),
    })
}

/// The values in order; `None` where there are none.
#[must_use]
pub fn sorted(values: &[f32]) -> Option<Vec<f32>> {
    let mut sorted = values.to_vec();
    sorted.sort_unstable_by(f32::total_cmp);
    (!sorted.is_empty()).then_some(sorted)
}

/// A quantile of sorted values, by the nearest rank.
#[must_use]
pub fn quantile(sorted: &[f32], q: f64) -> f64 {
    f64::from(sorted[((sorted.len() - 1) as f64 * q).round() as usize])
}

/// Microseconds as milliseconds, to the hundredth.
#[must_use]
pub fn ms(us: f64) -> f64 {
    round(us / 1e3, 2)
}

/// Rounded to so many places.
#[must_use]
pub fn round(value: f64, places: i32) -> f64 {
    let scale = 10_f64.powi(places);
    (value * scale).round() / scale
}
