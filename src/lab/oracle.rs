//! The best fixed delay, chosen in hindsight: what no live algorithm can know. It is the measure of regret.

use super::conditions::Conditions;
use super::trace::Trace;
use crate::media::Track;

/// The trace's sound by lateness, with what the output itself needs.
#[derive(Debug)]
pub struct Oracle {
    /// Lateness of each sound packet beyond the earliest possible, and how long it lasts; microseconds, latest first.
    late: Vec<(f64, f64)>,
    total_us: f64,
    output_us: f64,
}

impl Oracle {
    /// Of the packets that came between two moments. The output's share is that of any player on this machine: one period in the
    /// device's hands while the next is being filled.
    #[must_use]
    pub fn new(trace: &Trace, conditions: &Conditions, from_us: f64, until_us: f64) -> Self {
        let inside = |unit: &&super::unit::Unit| {
            unit.track == Track::Audio && (from_us..until_us).contains(&(unit.arrival_us as f64))
        };
        let mut late: Vec<(f64, f64)> = trace
            .units
            .iter()
            .filter(inside)
            .map(|unit| (trace.earliest.delay(unit.arrival_us as f64, unit.pts_us as f64), unit.duration_us as f64))
            .collect();
        late.sort_unstable_by(|a, b| b.0.total_cmp(&a.0));
        let total_us = late.iter().map(|(_, duration)| duration).sum();
        Self { late, total_us, output_us: 2.0 * conditions.period_us() + conditions.latency_us }
    }

    /// Share of the sound, in per cent, that a fixed delay of so many microseconds would conceal: of each packet that part whose
    /// time has passed when it comes.
    #[must_use]
    pub fn concealed_pct(&self, delay_us: f64) -> f64 {
        let room = delay_us - self.output_us;
        let missed: f64 =
            self.late.iter().take_while(|(late, _)| *late > room).map(|(late, duration)| (late - room).min(*duration)).sum();
        100.0 * missed / self.total_us.max(1.0)
    }

    /// The smallest fixed delay that conceals no more than a share in per cent; microseconds. `None` without sound.
    #[must_use]
    pub fn delay_us(&self, concealed_pct: f64) -> Option<f64> {
        let most = self.late.first()?.0 + self.output_us;
        let (mut low, mut high) = (self.output_us, most.max(self.output_us));
        while high - low > 50.0 {
            let middle = f64::midpoint(low, high);
            if self.concealed_pct(middle) <= concealed_pct { high = middle } else { low = middle }
        }
        Some(high)
    }
}
