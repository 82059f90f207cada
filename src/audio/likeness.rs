//! How alike two pieces of sound are, and the search for where a sound is most like itself: what decides about every join here.

use super::frames::CHANNELS;

/// The coarse search looks at every third lag and every third frame: 16 kHz are enough to see a pitch. An odd step, so that it
/// does not fall in with anything periodic at powers of two.
const COARSE: usize = 3;

/// Peaks of the coarse search that are looked at closely.
const PEAKS: usize = 3;

/// The normalised correlation of two pieces of interleaved sound of one length, every `step`th frame of them, in −1..=1. The
/// inner product goes over both channels, which is that over their sum and their difference: what stands on one side only counts.
/// Silence is like silence and unlike all else.
pub(super) fn likeness(a: &[f32], b: &[f32], step: usize) -> f32 {
    let (mut product, mut of_a, mut of_b) = (1e-9, 1e-9, 1e-9);
    for (a, b) in a.chunks_exact(CHANNELS).zip(b.chunks_exact(CHANNELS)).step_by(step) {
        product += a[0] * b[0] + a[1] * b[1];
        of_a += a[0] * a[0] + a[1] * a[1];
        of_b += b[0] * b[0] + b[1] * b[1];
    }
    product / f32::sqrt(of_a * of_b)
}

/// Mean square over both channels.
pub(super) fn power(sound: &[f32]) -> f32 {
    sound.iter().map(|sample| sample * sample).sum::<f32>() / sound.len().max(1) as f32
}

/// The lag in `from..=to` with the best score, and its likeness. `alike` is asked for the likeness at a lag with a step between
/// frames; `bonus` says what a lag is worth by itself.
pub(super) fn search(
    from: usize,
    to: usize,
    alike: impl Fn(usize, usize) -> f32,
    bonus: impl Fn(usize) -> f32,
) -> Option<(usize, f32)> {
    let mut peaks = [(from, f32::NEG_INFINITY); PEAKS];
    let (mut before, mut rising) = (f32::NEG_INFINITY, true);
    let mut note = |lag: usize, score: f32| {
        if score > peaks[PEAKS - 1].1 {
            peaks[PEAKS - 1] = (lag, score);
            peaks.sort_by(|a, b| b.1.total_cmp(&a.1));
        }
    };
    let mut last = from;
    for lag in (from..=to).step_by(COARSE) {
        let score = alike(lag, COARSE) + bonus(lag);
        if score < before && rising {
            note(last, before);
        }
        (rising, before, last) = (score >= before, score, lag);
    }
    if rising {
        note(last, before);
    }
    let found = peaks.into_iter().filter(|peak| peak.1.is_finite());
    let close = found.flat_map(|(lag, _)| lag.saturating_sub(COARSE - 1).max(from)..=(lag + COARSE - 1).min(to));
    let scored = close.map(|lag| (lag, alike(lag, 1)));
    scored.max_by(|a, b| (a.1 + bonus(a.0)).total_cmp(&(b.1 + bonus(b.0))))
}
