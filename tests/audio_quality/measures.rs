//! What is measured of a changed sound beside the sound that it was made from.

use std::f64::consts::{PI, TAU};
use std::ops::Range;

use super::signals::RATE;

/// Frames of a spectrum, and between two of them.
const WINDOW: usize = 1024;
const HOP: usize = 240;

/// Bins that count: up to 12 kHz.
const BINS: usize = WINDOW / 4;

/// What lies so much below the loudest bin, or the loudest piece, of the whole sound is as good as this.
const FLOOR_DB: f64 = 55.0;
const LEVEL_FLOOR_DB: f64 = 40.0;

/// A place in the sound may be up to this many hops off: methods choose their pieces freely within some 20 ms.
const SEARCH: isize = 4;

/// A click is looked for in pieces of 1 ms, in steps; the sound's own energy around it is that within 20 ms.
const CLICK: usize = 48;
const STEP: usize = 8;
const AROUND: usize = 960;

/// Which input frame each output frame stands for: straight lines between pairs of output and input.
pub struct Map(pub Vec<(f64, f64)>);

impl Map {
    /// One speed throughout.
    pub fn straight(rate: f64) -> Self {
        Self(vec![(0.0, 0.0), (1e9, 1e9 * rate)])
    }

    /// The input frame at an output frame.
    pub fn at(&self, frame: f64) -> f64 {
        let index = self.0.partition_point(|pair| pair.0 <= frame).clamp(1, self.0.len() - 1);
        let (from, to) = (self.0[index - 1], self.0[index]);
        from.1 + (frame - from.0) * (to.1 - from.1) / (to.0 - from.0).max(1.0)
    }

    /// The first output frame at an input frame.
    pub fn back(&self, place: f64) -> f64 {
        let index = self.0.partition_point(|pair| pair.1 <= place).clamp(1, self.0.len() - 1);
        let (from, to) = (self.0[index - 1], self.0[index]);
        from.0 + (place - from.1) * (to.0 - from.0) / (to.1 - from.1).max(1e-9)
    }
}

/// The mean of both channels.
pub fn mono(sound: &[f32]) -> Vec<f64> {
    sound.chunks_exact(2).map(|frame| f64::from(frame[0] + frame[1]) / 2.0).collect()
}

/// How far a tone's pitch is off, in cents, by its zero crossings upward: all of them, so that lost and doubled pieces of
/// periods count as well.
pub fn cents(sound: &[f64], hertz: f64) -> f64 {
    let crossings: Vec<f64> = sound
        .windows(2)
        .enumerate()
        .filter(|(_, pair)| pair[0] < 0.0 && pair[1] >= 0.0)
        .map(|(at, pair)| at as f64 + pair[0] / (pair[0] - pair[1]))
        .collect();
    let periods = (crossings.len() - 1) as f64;
    1200.0 * (periods / (crossings[crossings.len() - 1] - crossings[0]) * RATE / hertz).log2()
}

/// Spectra every 5 ms, in decibels above the floor, and the level of each.
pub struct Spectra {
    lines: Vec<[f64; BINS]>,
    levels: Vec<f64>,
    scale: Scale,
}

/// What decibels are measured from: the floors of lines and levels.
#[derive(Clone, Copy)]
struct Scale {
    line: f64,
    level: f64,
}

impl Spectra {
    /// Of a whole sound.
    pub fn new(sound: &[f64]) -> Self {
        let (powers, levels) = powers(sound);
        let down = |from: f64, by: f64| from * 10f64.powf(-by / 10.0);
        let line = down(powers.iter().flatten().copied().fold(1e-12, f64::max), FLOOR_DB);
        let level = down(levels.iter().copied().fold(1e-12, f64::max), LEVEL_FLOOR_DB);
        Self::on(Scale { line, level }, powers, levels)
    }

    /// Of a piece of a sound that is to be compared with this one.
    fn alike(&self, sound: &[f64]) -> Self {
        let (powers, levels) = powers(sound);
        Self::on(self.scale, powers, levels)
    }

    fn on(scale: Scale, powers: Vec<[f64; BINS]>, levels: Vec<f64>) -> Self {
        let above = |power: f64, floor: f64| 10.0 * (power.max(floor) / floor).log10();
        let lines = powers.into_iter().map(|line| line.map(|power| above(power, scale.line))).collect();
        let levels = levels.into_iter().map(|level| above(level, scale.level)).collect();
        Self { lines, levels, scale }
    }
}

fn powers(sound: &[f64]) -> (Vec<[f64; BINS]>, Vec<f64>) {
    let starts = (0..sound.len().saturating_sub(WINDOW)).step_by(HOP);
    let pieces = starts.map(|start| &sound[start..start + WINDOW]);
    pieces.map(|piece| (spectrum(piece), piece.iter().map(|s| s * s).sum::<f64>() / WINDOW as f64)).unzip()
}

/// How a sound compares with what it was made from.
#[derive(Clone, Copy, Debug, Default)]
pub struct Likeness {
    /// Log-spectral distance: the mean over time of the root mean square over frequency, in decibels.
    pub distance: f64,
    /// Root mean square and extreme of the level's deviation: added modulation, in decibels.
    pub modulation: f64,
    /// The deepest notch, in decibels below what it was.
    pub notch: f64,
}

impl Likeness {
    /// The mean of several, and the deepest of their notches.
    pub fn mean(of: &[Self]) -> Self {
        let count = of.len().max(1) as f64;
        Self {
            distance: of.iter().map(|one| one.distance).sum::<f64>() / count,
            modulation: (of.iter().map(|one| one.modulation.powi(2)).sum::<f64>() / count).sqrt(),
            notch: of.iter().map(|one| one.notch).fold(0.0, f64::min),
        }
    }
}

/// Compares `out` over `range` with `input`, whose places `map` tells. Each spectrum is held against the likest one of the input
/// within 20 ms of its place.
pub fn likeness(out: &[f64], input: &Spectra, map: &Map, range: Range<usize>) -> Likeness {
    let ours = input.alike(&out[range.clone()]);
    let (mut distance, mut square, mut notch) = (0.0, 0.0, 0.0_f64);
    for (number, line) in ours.lines.iter().enumerate() {
        let start = (range.start + number * HOP) as f64;
        let place = map.at(start + (WINDOW / 2) as f64) - (WINDOW / 2) as f64;
        let middle = (place / HOP as f64).round() as isize;
        let near = (-SEARCH..=SEARCH).filter_map(|off| {
            let index = usize::try_from(middle + off).ok()?;
            let theirs = input.lines.get(index)?;
            let sum: f64 = line.iter().zip(theirs).map(|(a, b)| (a - b) * (a - b)).sum();
            Some(((sum / BINS as f64).sqrt(), ours.levels[number] - input.levels[index], off.abs()))
        });
        // Of places that are alike the nearest.
        let worth = |(away, louder, off): (f64, f64, isize)| away + 0.1 * louder.abs() + 0.01 * off as f64;
        let Some((away, louder, _)) = near.min_by(|a, b| worth(*a).total_cmp(&worth(*b))) else { continue };
        distance += away;
        square += louder * louder;
        notch = notch.min(louder);
    }
    let count = ours.lines.len().max(1) as f64;
    Likeness { distance: distance / count, modulation: (square / count).sqrt(), notch }
}

/// The loudest click, in decibels: the energy of the second difference (a steep high-pass) in a millisecond, above the most that
/// the input has in any millisecond within 20 ms of that place, or within `reach` frames more. `map` says where that is.
pub fn click(out: &[f64], input: &[f64], map: &Map, range: Range<usize>, reach: usize) -> f64 {
    // Behind 16 bits nobody looks for clicks.
    let floor = CLICK as f64 * (2.0_f64 / 32_768.0).powi(2);
    let theirs = bends(input);
    let around = |frame: usize| {
        let middle = map.at((range.start + frame) as f64).max(0.0) as usize;
        let from = (middle.saturating_sub(AROUND + reach) / STEP).min(theirs.len());
        let to = ((middle + AROUND + reach) / STEP).min(theirs.len());
        theirs[from..to].iter().copied().fold(0.0, f64::max) + floor
    };
    let ours = bends(&out[range.clone()]).into_iter().enumerate();
    ours.map(|(step, energy)| 10.0 * ((energy + floor) / around(step * STEP)).log10()).fold(f64::NEG_INFINITY, f64::max)
}

/// Energies of the second difference in every millisecond.
fn bends(sound: &[f64]) -> Vec<f64> {
    let bent: Vec<f64> = sound.windows(3).map(|w| (w[0] - 2.0 * w[1] + w[2]).powi(2)).collect();
    sums(&bent, CLICK)
}

/// The deepest level of any 5 ms of `out`, in decibels above the deepest of `input`: below 0 where there is a notch.
pub fn dip(out: &[f64], input: &[f64]) -> f64 {
    let deepest = |sound: &[f64]| {
        let squares: Vec<f64> = sound.iter().map(|s| s * s).collect();
        sums(&squares, 240).into_iter().fold(f64::INFINITY, f64::min) + 240.0 * 1e-6
    };
    10.0 * (deepest(out) / deepest(input)).log10()
}

/// How much of a sound repeats itself: its highest normalised correlation with itself 5 to 30 ms later.
pub fn repetition(sound: &[f64]) -> f64 {
    let likeness = |lag: usize| {
        let (mut product, mut here, mut there) = (0.0, 1e-9, 1e-9);
        for (a, b) in sound.iter().zip(&sound[lag..]) {
            product += a * b;
            here += a * a;
            there += b * b;
        }
        product / f64::sqrt(here * there)
    };
    (240..1440.min(sound.len() / 2)).map(likeness).fold(0.0, f64::max)
}

/// Sums over `length` values, every `STEP` values; `length` is a multiple of that.
fn sums(values: &[f64], length: usize) -> Vec<f64> {
    let parts: Vec<f64> = values.chunks_exact(STEP).map(|part| part.iter().sum()).collect();
    parts.windows(length / STEP).map(|parts| parts.iter().sum()).collect()
}

/// Powers of the bins that count, under a Hann window.
fn spectrum(piece: &[f64]) -> [f64; BINS] {
    let mut line: Vec<(f64, f64)> =
        piece.iter().enumerate().map(|(at, s)| (s * (0.5 - 0.5 * (TAU * at as f64 / WINDOW as f64).cos()), 0.0)).collect();
    transform(&mut line);
    std::array::from_fn(|bin| line[bin].0.powi(2) + line[bin].1.powi(2))
}

/// A fast Fourier transform in place, radix 2.
fn transform(line: &mut [(f64, f64)]) {
    let length = line.len();
    for index in 0..length {
        let mirrored = index.reverse_bits() >> (usize::BITS - length.trailing_zeros());
        if mirrored > index {
            line.swap(index, mirrored);
        }
    }
    let mut half = 1;
    while half < length {
        for start in (0..length).step_by(2 * half) {
            for index in 0..half {
                let (sin, cos) = (-PI * index as f64 / half as f64).sin_cos();
                let (a, b) = (line[start + index], line[start + index + half]);
                let turned = (b.0 * cos - b.1 * sin, b.0 * sin + b.1 * cos);
                line[start + index] = (a.0 + turned.0, a.1 + turned.1);
                line[start + index + half] = (a.0 - turned.0, a.1 - turned.1);
            }
        }
        half *= 2;
    }
}
