//! How fast sound plays: the speed that leads a lateness back to nothing. Plain arithmetic with one bit of memory.

/// Inside this the speed leans by at most 0.2 %, which also follows any crystal's drift.
pub const LEAN_US: f64 = 8_000.0;
const LEAN: f64 = 0.002;
/// Crystals that differ ask for a steady lean, which would need a steady error: their part is learned over so many seconds, in steps
/// of a write.
const TRIM: f64 = 0.000_6;
const TRIM_S: f64 = 20.0;
const STEP_S: f64 = 0.005;
/// Beyond it, by 1 %: 17 cents, not heard as a wrong pitch.
const HURRY: f64 = 0.01;
/// Later than this, whole pitch periods are left out until the lateness is back inside the lean: 40 ms in a fifth of a second.
const STRETCH_US: f64 = 30_000.0;
const STRETCH: f64 = 0.2;
/// Where sound runs out, pitch periods are repeated to make it last.
const SLOW: f64 = 0.12;

/// The speed of sound's playout.
#[derive(Clone, Copy, Debug, Default)]
pub struct Tempo {
    stretching: bool,
    /// What crystals that differ ask for in the long run.
    trim: f64,
}

impl Tempo {
    /// Input frames per output frame for a lateness in microseconds (negative: early), in steps of 0.01 %. `draining`: nothing
    /// comes and what is in hand is running out.
    pub fn rate(&mut self, late_us: f64, draining: bool) -> f64 {
        self.stretching = if self.stretching { late_us > LEAN_US } else { late_us > STRETCH_US };
        if late_us.abs() <= LEAN_US && !draining {
            let gain = LEAN / LEAN_US * STEP_S / TRIM_S;
            self.trim = (self.trim + late_us * gain).clamp(-TRIM, TRIM);
        }
        let lean = if draining {
            -SLOW
        } else if self.stretching {
            STRETCH
        } else if late_us.abs() <= LEAN_US {
            (late_us / LEAN_US * LEAN + self.trim).clamp(-LEAN, LEAN)
        } else {
            HURRY.copysign(late_us)
        };
        1.0 + (lean * 1e4).round() / 1e4
    }

    /// Whether a rate is further from nominal than any crystal's drift.
    #[must_use]
    pub fn is_off(rate: f64) -> bool {
        (rate - 1.0).abs() > LEAN + 1e-6
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_errors_lean_by_at_most_two_tenths_of_a_percent() {
        for (late, rate) in [(0.0, 1.0), (8_000.0, 1.002), (-4_000.0, 0.999), (20_000.0, 1.01), (-20_000.0, 0.99)] {
            assert!((Tempo::default().rate(late, false) - rate).abs() < 1e-9, "{late}");
        }
    }

    #[test]
    fn what_is_later_than_30_ms_is_caught_up_by_stretching_until_it_is_inside_the_lean() {
        let mut tempo = Tempo::default();
        assert!(tempo.rate(29_000.0, false) < 1.02);
        assert!(tempo.rate(31_000.0, false) > 1.1);
        assert!(tempo.rate(9_000.0, false) > 1.1, "goes on until the error is small");
        assert!(tempo.rate(7_000.0, false) < 1.01);
        assert!(tempo.rate(9_000.0, false) < 1.02);
    }
}
