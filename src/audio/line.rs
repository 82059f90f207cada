//! The straight line between frames handed to a device and the time at which they sound. Device stamps are quantised to periods
//! and callbacks come late, never early, so the truth lies along the lower edge of the stamps: a windowed minimum finds it.
//! Clock-free; a fixed amount of memory and work, for it runs in the callback.

/// A bin of the minimum lasts this many nanoseconds; the window is [`BINS`] of them.
const BIN: u64 = 250_000_000;
const BINS: usize = 8;

/// Stamps above the line by this much …
const SHIFT: i64 = 5_000_000;

/// … this often in a row are no lateness: the device itself has stopped for a while, and the line starts anew.
const SHIFTED_STAMPS: u32 = 4;

/// Bins of the drift estimate, one second each, and how many are needed for a first figure.
const SECOND: u64 = 1_000_000_000;
const SECONDS: usize = 60;
const FIRST_DRIFT: usize = 10;

/// See the module.
#[derive(Clone, Debug)]
pub(super) struct Line {
    rate: f64,
    bins: [Option<(u64, i64)>; BINS],
    seconds: [(u64, i64); SECONDS],
    filled: usize,
    above: u32,
    above_lowest: i64,
}

impl Line {
    /// For a device that plays `rate` frames per second by its own word.
    pub(super) fn new(rate: u32) -> Self {
        let none = [(0, 0); SECONDS];
        Self { rate: f64::from(rate), bins: [None; BINS], seconds: none, filled: 0, above: 0, above_lowest: 0 }
    }

    /// Forgets everything: another device.
    pub(super) fn restart(&mut self) {
        *self = Self::new(self.rate as u32);
    }

    /// Takes the stamp of a period, whose first frame is `frame` and sounds at `nanos`. Returns when frame 0 sounded.
    pub(super) fn stamp(&mut self, frame: u64, nanos: u64) -> i64 {
        let offset = nanos as i64 - (frame as f64 * 1e9 / self.rate).round() as i64;
        if self.has_shifted(offset) {
            let lowest = self.above_lowest;
            self.restart();
            self.note(nanos, lowest);
        }
        self.note(nanos, offset);
        self.lowest().unwrap_or(offset)
    }

    fn has_shifted(&mut self, offset: i64) -> bool {
        match self.lowest() {
            Some(lowest) if offset - lowest > SHIFT => {
                self.above_lowest = if self.above == 0 { offset } else { self.above_lowest.min(offset) };
                self.above += 1;
            }
            _ => self.above = 0,
        }
        self.above >= SHIFTED_STAMPS
    }

    fn note(&mut self, nanos: u64, offset: i64) {
        let number = nanos / BIN;
        match &mut self.bins[number as usize % BINS] {
            Some((kept, lowest)) if *kept == number => *lowest = offset.min(*lowest),
            slot => *slot = Some((number, offset)),
        }
        // A bin that time has left behind is worth nothing, even where no newer stamp has replaced it.
        for bin in &mut self.bins {
            if bin.is_some_and(|(kept, _)| kept + (BINS as u64) <= number) {
                *bin = None;
            }
        }
        let second = nanos / SECOND;
        match self.filled.checked_sub(1).map(|last| &mut self.seconds[last]) {
            Some((kept, lowest)) if *kept == second => *lowest = offset.min(*lowest),
            _ => {
                if self.filled == SECONDS {
                    self.seconds.copy_within(1.., 0);
                    self.filled -= 1;
                }
                self.seconds[self.filled] = (second, offset);
                self.filled += 1;
            }
        }
    }

    fn lowest(&self) -> Option<i64> {
        self.bins.iter().flatten().map(|(_, lowest)| *lowest).min()
    }

    /// How much faster than its word the device plays, in parts per million: the slope of the one-second minima by least
    /// squares. `None` in the first ten seconds.
    pub(super) fn drift_ppm(&self) -> Option<f64> {
        if self.filled < FIRST_DRIFT {
            return None;
        }
        let points = &self.seconds[..self.filled];
        let count = points.len() as f64;
        let (first_second, first_offset) = points[0];
        let x = |point: &(u64, i64)| (point.0 - first_second) as f64;
        let y = |point: &(u64, i64)| (point.1 - first_offset) as f64;
        let (mean_x, mean_y) = (points.iter().map(x).sum::<f64>() / count, points.iter().map(y).sum::<f64>() / count);
        let square: f64 = points.iter().map(|point| (x(point) - mean_x).powi(2)).sum();
        let product: f64 = points.iter().map(|point| (x(point) - mean_x) * (y(point) - mean_y)).sum();
        // Nanoseconds of growing offset per second are thousandths of a part per million of slowness.
        Some(-product / square / 1000.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PERIOD: u64 = 480;

    /// Stamps of a device `ppm` fast whose callbacks come late by `late(period)` nanoseconds; returns the origins found.
    fn run(line: &mut Line, ppm: f64, periods: u64, late: impl Fn(u64) -> u64) -> Vec<i64> {
        (0..periods)
            .map(|period| {
                let true_time = 1e9 + (period * PERIOD) as f64 * 1e9 / 48_000.0 / (1.0 + ppm * 1e-6);
                line.stamp(period * PERIOD, true_time as u64 + late(period))
            })
            .collect()
    }

    /// Lateness that looks random and is 0 now and then.
    fn jitter(period: u64) -> u64 {
        (period.wrapping_mul(2_654_435_761) >> 7) % 4_000_000
    }

    #[test]
    fn late_callbacks_do_not_move_the_line() {
        let origins = run(&mut Line::new(48_000), 0.0, 1000, jitter);
        for origin in &origins[100..] {
            assert!((origin - 1_000_000_000).abs() < 200_000, "{origin}");
        }
    }

    #[test]
    fn drift_is_found_to_a_few_parts_per_million() {
        for ppm in [-300.0, -20.0, 0.0, 300.0] {
            let mut line = Line::new(48_000);
            run(&mut line, ppm, 500, jitter);
            assert_eq!(line.drift_ppm(), None, "five seconds say nothing");
            run(&mut line, ppm, 9000, jitter);
            let found = line.drift_ppm().unwrap();
            assert!((found - ppm).abs() < 8.0, "{found:.1} for {ppm}");
        }
    }

    #[test]
    fn a_device_that_stood_still_is_followed_within_four_periods() {
        let mut line = Line::new(48_000);
        run(&mut line, 0.0, 300, |_| 0);
        let mut origin = 0;
        for period in 300..304 {
            origin = line.stamp(period * PERIOD, 1_000_000_000 + period * 10_000_000 + 80_000_000);
        }
        assert_eq!(origin, 1_080_000_000);
    }

    #[test]
    fn one_very_late_callback_is_no_shift() {
        let mut line = Line::new(48_000);
        run(&mut line, 0.0, 100, |_| 0);
        for period in 100..103 {
            assert_eq!(line.stamp(period * PERIOD, 1_000_000_000 + period * 10_000_000 + 30_000_000), 1_000_000_000);
        }
    }
}
