//! How alike two pieces of sound are, and the search for where a sound is most like itself: what decides about every join here.

/// The coarse search looks at every third lag: for all that has a pitch this is fine enough to see its peaks.
const COARSE: usize = 3;

/// Peaks of the coarse search that are looked at closely.
const PEAKS: usize = 3;

/// Energy below which there is silence.
const LEAST: f32 = 1e-9;

/// Sums that run side by side, for the sake of vector units.
const LANES: usize = 8;

/// The normalised correlation of two pieces of interleaved sound of one length, in −1..=1. The inner product goes over both
/// channels, which is that over their sum and their difference: what stands on one side only counts. Silence is like silence and
/// unlike all else.
pub(super) fn likeness(a: &[f32], b: &[f32]) -> f32 {
    normalised(a, b, dot(a, a) + LEAST)
}

/// Mean square over both channels.
pub(super) fn power(sound: &[f32]) -> f32 {
    dot(sound, sound) / sound.len().max(1) as f32
}

/// The inner product.
fn dot(a: &[f32], b: &[f32]) -> f32 {
    let mut lanes = [0.0; LANES];
    let (a, b) = (a.chunks_exact(LANES), b.chunks_exact(LANES));
    let rest: f32 = a.remainder().iter().zip(b.remainder()).map(|(a, b)| a * b).sum();
    for (a, b) in a.zip(b) {
        for lane in 0..LANES {
            lanes[lane] += a[lane] * b[lane];
        }
    }
    lanes.iter().sum::<f32>() + rest
}

/// The lag in `from..=to` with the best score, and its likeness: how alike `here` and the piece `there` at a lag are. `bonus` says
/// what a lag is worth by itself.
pub(super) fn search<'a>(
    here: &[f32],
    from: usize,
    to: usize,
    there: impl Fn(usize) -> &'a [f32],
    bonus: impl Fn(usize) -> f32,
) -> Option<(usize, f32)> {
    let own = dot(here, here) + LEAST;
    let alike = |lag: usize| normalised(here, there(lag), own);
    let mut peaks = [(from, f32::NEG_INFINITY); PEAKS];
    let mut note = |lag: usize, score: f32| {
        if score > peaks[PEAKS - 1].1 {
            peaks[PEAKS - 1] = (lag, score);
            peaks.sort_by(|a, b| b.1.total_cmp(&a.1));
        }
    };
    let (mut last, mut before, mut rising) = (from, f32::NEG_INFINITY, true);
    for lag in (from..=to).step_by(COARSE) {
        let score = alike(lag) + bonus(lag);
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
    let scored = close.map(|lag| (lag, alike(lag)));
    scored.max_by(|a, b| (a.1 + bonus(a.0)).total_cmp(&(b.1 + bonus(b.0))))
}

fn normalised(a: &[f32], b: &[f32], of_a: f32) -> f32 {
    (dot(a, b) + LEAST) / f32::sqrt(of_a * (dot(b, b) + LEAST))
}
