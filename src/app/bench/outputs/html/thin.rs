//! As many steps as a chart can show: neighbours become one, sums stay sums and extremes stay extremes.

use crate::measure::StepRow;

/// Most steps of a chart: about as many as it has places for a pointer.
pub const MOST: usize = 240;

/// The course in at most [`MOST`] steps.
#[must_use]
pub fn course(steps: &[StepRow]) -> Vec<StepRow> {
    let each = steps.len().div_ceil(MOST).max(1);
    steps.chunks(each).map(joined).collect()
}

/// Several steps as one. Medians of it are averages of theirs, each with the weight of its frames.
fn joined(steps: &[StepRow]) -> StepRow {
    let mut all = steps.first().copied().unwrap_or_default();
    let (mut interval, mut cmd, mut av) = (Average::default(), Average::default(), Average::default());
    for (index, step) in steps.iter().enumerate() {
        let weight = step.frames.max(1) as f64;
        interval.add(step.interval_p50, weight);
        cmd.add(step.cmd_p50, weight);
        av.add(step.av_p50, weight);
        if index == 0 {
            continue;
        }
        all.span_us = step.at_us.saturating_add(step.span_us).saturating_sub(all.at_us);
        all.sessions = all.sessions.max(step.sessions);
        all.frames = all.frames.saturating_add(step.frames);
        all.bytes = all.bytes.saturating_add(step.bytes);
        all.freezes = all.freezes.saturating_add(step.freezes);
        all.cuts = all.cuts.saturating_add(step.cuts);
        all.interval_max = most(all.interval_max, step.interval_max, f64::abs);
        all.cmd_max = most(all.cmd_max, step.cmd_max, f64::abs);
        all.av_far = most(all.av_far, step.av_far, f64::abs);
        all.cpu_cores = most(all.cpu_cores, step.cpu_cores, f64::abs);
        all.memory_mib = most(all.memory_mib, step.memory_mib, f64::abs);
    }
    all.interval_p50 = interval.value();
    all.cmd_p50 = cmd.value();
    all.av_p50 = av.value();
    all
}

/// The one that is farther by some measure, of those that are known.
fn most(one: Option<f64>, other: Option<f64>, by: impl Fn(f64) -> f64) -> Option<f64> {
    match (one, other) {
        (Some(one), Some(other)) => Some(if by(other) > by(one) { other } else { one }),
        (one, other) => one.or(other),
    }
}

#[derive(Default)]
struct Average {
    sum: f64,
    weight: f64,
}

impl Average {
    fn add(&mut self, value: Option<f64>, weight: f64) {
        if let Some(value) = value.filter(|value| value.is_finite()) {
            self.sum += value * weight;
            self.weight += weight;
        }
    }

    fn value(&self) -> Option<f64> {
        (self.weight > 0.0).then(|| self.sum / self.weight)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thinning_keeps_sums_and_extremes_and_what_is_unknown() {
        let step = |index: u64| StepRow {
            at_us: index * 1_000_000,
            span_us: 1_000_000,
            sessions: 3,
            frames: 24,
            interval_max: Some(if index == 777 { 900.0 } else { 42.0 }),
            av_far: Some(if index == 5 { -130.0 } else { 20.0 }),
            freezes: u64::from(index == 777),
            ..StepRow::default()
        };
        let steps: Vec<StepRow> = (0..3_600).map(step).collect();
        let thin = course(&steps);
        assert!(thin.len() <= MOST);
        assert_eq!(thin.iter().map(|step| step.frames).sum::<u64>(), 3_600 * 24);
        assert_eq!(thin.iter().map(|step| step.freezes).sum::<u64>(), 1);
        assert_eq!(thin.iter().filter_map(|step| step.interval_max).fold(0.0, f64::max), 900.0);
        assert_eq!(thin.iter().filter_map(|step| step.av_far).fold(0.0, f64::min), -130.0);
        assert!(thin.iter().all(|step| step.cmd_p50.is_none()), "the unknown became a number");
        assert_eq!(thin.last().map(|step| step.at_us + step.span_us), Some(3_600_000_000));
    }
}
