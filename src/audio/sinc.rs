//! Reads a signal between its samples: windowed-sinc interpolation (Kaiser window), whole frames where no fraction is asked for.
//! Our own, and not a resampler library, because playout must know to the fraction of a frame which input stands behind which
//! output, and because blocks of any length must pass without a buffer in between.

use std::f64::consts::PI;

use super::frames::CHANNELS;

/// Frames on either side of the point that is read.
pub(super) const HALF: usize = 16;
const TAPS: usize = 2 * HALF;

/// Tabulated fractions; between two of them the kernel is interpolated linearly, with an error below −100 dB.
const PHASES: usize = 256;

/// Kaiser's β: side lobes below −80 dB.
const BETA: f64 = 8.0;

/// A kernel for one cutoff.
pub(super) struct Sinc {
    table: Vec<[f32; TAPS]>,
}

impl std::fmt::Debug for Sinc {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Sinc")
    }
}

impl Sinc {
    /// A kernel that passes what lies below `cutoff` of the input's Nyquist frequency; 1 for the same rate on both sides, the
    /// ratio of the rates for a lower one at the output. At 1 and without fraction the output is the input, bit by bit.
    pub(super) fn new(cutoff: f64) -> Self {
        let tap = |phase: usize, tap: usize| {
            let x = tap as f64 - (HALF as f64 - 1.0) - phase as f64 / PHASES as f64;
            sinc(cutoff * x) * kaiser(x / HALF as f64)
        };
        // Each row passes a constant unchanged: the window alone would ripple by −90 dB.
        let row = |phase| {
            let taps: [f64; TAPS] = std::array::from_fn(|index| tap(phase, index));
            let gain: f64 = taps.iter().sum();
            taps.map(|tap| (tap / gain) as f32)
        };
        // One row more than there are phases: the last interval ends there.
        Self { table: (0..=PHASES).map(row).collect() }
    }

    /// The frame at `fraction` (in 0..1) after frame `HALF - 1` of the 2 × `HALF` frames that `around` begins with.
    pub(super) fn read(&self, around: &[f32], fraction: f64) -> [f32; CHANNELS] {
        let place = fraction * PHASES as f64;
        let (row, between) = (place as usize, (place - place.floor()) as f32);
        let (low, high) = (&self.table[row.min(PHASES - 1)], &self.table[(row + 1).min(PHASES)]);
        let mut sum = [0.0; CHANNELS];
        for ((frame, low), high) in around.chunks_exact(CHANNELS).zip(low).zip(high) {
            let weight = low + (high - low) * between;
            for (sum, sample) in sum.iter_mut().zip(frame) {
                *sum += weight * sample;
            }
        }
        sum
    }
}

fn sinc(x: f64) -> f64 {
    if x.abs() < 1e-9 {
        1.0
    } else if x.fract() == 0.0 {
        0.0
    } else {
        (PI * x).sin() / (PI * x)
    }
}

/// Kaiser's window over −1..=1.
fn kaiser(x: f64) -> f64 {
    if x.abs() >= 1.0 { 0.0 } else { bessel(BETA * (1.0 - x * x).sqrt()) / bessel(BETA) }
}

/// The modified Bessel function of the first kind and order 0, by its series.
fn bessel(x: f64) -> f64 {
    let (mut sum, mut term, mut n) = (1.0, 1.0, 1.0);
    while term > 1e-12 * sum {
        term *= (x / (2.0 * n)).powi(2);
        sum += term;
        n += 1.0;
    }
    sum
}
