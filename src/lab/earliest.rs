//! The earliest possible arrival of media: what delays are measured from, the same for every algorithm. A generated trace knows
//! it; for a recorded one it is estimated from both sides of a moment, as no live algorithm can.

use super::unit::Unit;

/// Half of the window in which the fastest unit stands for the path.
const REACH_BINS: usize = 10;
/// The estimate's resolution.
const BIN_US: i64 = 1_000_000;
/// Slopes are taken over this, so that one step of the path spoils few of them.
const SLOPE_BINS: usize = 60;

/// For each moment the offset `arrival − pts` that the fastest unit would have; linear between knots where the clocks drift.
#[derive(Clone, Debug, PartialEq)]
pub struct Earliest {
    /// Moment, offset there, and offset gained per microsecond behind it.
    knots: Vec<(f64, f64, f64)>,
}

impl Earliest {
    /// A known path: from each moment on an offset, and the drift of the clocks in parts per million since moment 0. Sorted by moment.
    #[must_use]
    pub fn known(path: &[(i64, i64)], ppm: f64) -> Self {
        let slope = ppm * 1e-6;
        let knots = path.iter().map(|(at, off)| (*at as f64, *off as f64 + *at as f64 * slope, slope)).collect();
        Self { knots }
    }

    /// From arrivals alone: a robust slope for the drift, and above it the minimum of ten seconds to both sides. A new epoch is
    /// another timeline, which no window crosses.
    #[must_use]
    pub fn estimate(units: &[Unit]) -> Self {
        let mut knots = Vec::new();
        let mut rest = units;
        while let Some(first) = rest.first() {
            let end = rest.iter().position(|unit| unit.epoch != first.epoch).unwrap_or(rest.len());
            let (timeline, behind) = rest.split_at(end);
            estimate_timeline(timeline, &mut knots);
            rest = behind;
        }
        Self { knots }
    }

    /// The offset at a moment, in microseconds.
    #[must_use]
    pub fn offset(&self, at_us: f64) -> f64 {
        let place = self.knots.partition_point(|knot| knot.0 <= at_us).saturating_sub(1);
        self.knots.get(place).map_or(0.0, |(from, off, slope)| off + (at_us - from) * slope)
    }

    /// How long after the earliest possible moment media of a presentation time is heard or seen at `at_us`.
    #[must_use]
    pub fn delay(&self, at_us: f64, pts_us: f64) -> f64 {
        at_us - pts_us - self.offset(at_us)
    }
}

fn estimate_timeline(units: &[Unit], knots: &mut Vec<(f64, f64, f64)>) {
    let Some(first) = units.first() else { return };
    let mut bins: Vec<Option<f64>> = Vec::new();
    for unit in units {
        let bin = ((unit.arrival_us - first.arrival_us) / BIN_US) as usize;
        if bins.len() <= bin {
            bins.resize(bin + 1, None);
        }
        let off = (unit.arrival_us - unit.pts_us) as f64;
        bins[bin] = Some(bins[bin].map_or(off, |least| least.min(off)));
    }
    let slope = robust_slope(&bins);
    let level = |bin: usize| bins[bin].map(|off| off - bin as f64 * BIN_US as f64 * slope);
    for bin in 0..bins.len() {
        let window = bin.saturating_sub(REACH_BINS)..(bin + REACH_BINS + 1).min(bins.len());
        let least = window.filter_map(level).fold(f64::INFINITY, f64::min);
        if least.is_finite() {
            let start = bin as f64 * BIN_US as f64;
            knots.push((first.arrival_us as f64 + start, least + start * slope, slope));
        }
    }
}

/// The median slope between bins a minute apart, in microseconds per microsecond; 0 for less than three minutes.
fn robust_slope(bins: &[Option<f64>]) -> f64 {
    if bins.len() < 3 * SLOPE_BINS {
        return 0.0;
    }
    let pairs = (SLOPE_BINS..bins.len()).filter_map(|bin| Some((bins[bin]? - bins[bin - SLOPE_BINS]?) / SLOPE_BINS as f64));
    let mut slopes: Vec<f64> = pairs.collect();
    slopes.sort_by(f64::total_cmp);
    slopes.get(slopes.len() / 2).map_or(0.0, |slope| slope / BIN_US as f64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::media::Track;

    #[test]
    fn drift_and_a_step_of_the_path_are_found_from_arrivals_alone() {
        let mut units = Vec::new();
        for n in 0..30_000_i64 {
            let pts = n * 20_000;
            let path = if pts < 300_000_000 { 20_000 } else { 100_000 };
            // Every third is late by 30 ms.
            let late = if n % 3 == 0 { 30_000 } else { 0 };
            let arrival_us = pts + path + late + (pts as f64 * 300e-6) as i64;
            units.push(Unit {
                track: Track::Audio,
                sequence: n as u64,
                pts_us: pts,
                duration_us: 20_000,
                bytes: 160,
                keyframe: true,
                arrival_us,
                generated_us: None,
                epoch: 0,
                chunk: (0, 1),
            });
        }
        let earliest = Earliest::estimate(&units);
        for (at, expected) in [(100e6, 20_000.0 + 30_000.0), (500e6, 100_000.0 + 150_000.0)] {
            assert!((earliest.offset(at) - expected).abs() < 1_000.0, "{at}: {}", earliest.offset(at));
        }
    }
}
