//! The course of a run in at most 600 equal steps, over all sessions. Where a run takes longer than planned, steps are joined in
//! pairs, so that memory stays what it was.

use super::bins::Bins;
use super::recording::StepRow;

/// Most steps.
pub(super) const MOST_STEPS: usize = 600;
/// Shortest step, in microseconds.
const SHORTEST_US: u64 = 1_000_000;

/// What one step saw.
#[derive(Clone, Debug, Default)]
pub(super) struct Step {
    pub(super) sessions: u32,
    pub(super) frames: u64,
    pub(super) bytes: u64,
    pub(super) freezes: u64,
    pub(super) cuts: u64,
    pub(super) intervals: Bins,
    pub(super) interval_max: Option<i64>,
    pub(super) commands: Bins,
    pub(super) command_max: Option<i64>,
    pub(super) av: Bins,
    pub(super) av_far: Option<i64>,
    pub(super) cpu_cores: Option<f64>,
    pub(super) memory_mib: Option<f64>,
}

/// The steps so far.
#[derive(Clone, Debug)]
pub(super) struct Course {
    span_us: u64,
    steps: Vec<Step>,
}

impl Course {
    /// Of a run that is planned to take so long.
    pub(super) fn new(length_us: u64) -> Self {
        let span_us = length_us.div_ceil(MOST_STEPS as u64).max(SHORTEST_US);
        // Rounded up to whole seconds, so that steps have times that people read.
        Self { span_us: span_us.div_ceil(SHORTEST_US) * SHORTEST_US, steps: Vec::new() }
    }

    /// The step of a moment.
    pub(super) fn at(&mut self, at_us: u64) -> &mut Step {
        while at_us / self.span_us >= MOST_STEPS as u64 {
            self.widen();
        }
        let place = usize::try_from(at_us / self.span_us).unwrap_or(MOST_STEPS - 1);
        if self.steps.len() <= place {
            self.steps.resize_with(place + 1, Step::default);
        }
        &mut self.steps[place]
    }

    /// Says how many sessions streamed from one moment to another.
    pub(super) fn streaming(&mut self, from_us: u64, to_us: u64, sessions: u32) {
        self.at(to_us.max(from_us));
        let (first, last) = (from_us / self.span_us, to_us.max(from_us) / self.span_us);
        for step in self.steps.iter_mut().skip(first as usize).take((last - first) as usize + 1) {
            step.sessions = step.sessions.max(sessions);
        }
    }

    /// Adds another one's steps.
    pub(super) fn add(&mut self, mut other: Self) {
        while self.span_us < other.span_us {
            self.widen();
        }
        while other.span_us < self.span_us {
            other.widen();
        }
        if self.steps.len() < other.steps.len() {
            self.steps.resize_with(other.steps.len(), Step::default);
        }
        for (ours, theirs) in self.steps.iter_mut().zip(&other.steps) {
            ours.add(theirs);
        }
    }

    /// As rows.
    pub(super) fn rows(&self) -> Vec<StepRow> {
        let rows = self.steps.iter().zip(0_u64..);
        rows.map(|(step, place)| StepRow { at_us: place * self.span_us, span_us: self.span_us, ..step.row() }).collect()
    }

    fn widen(&mut self) {
        self.span_us = self.span_us.saturating_mul(2);
        let mut joined = Vec::with_capacity(self.steps.len().div_ceil(2));
        for pair in self.steps.chunks(2) {
            let mut step = pair[0].clone();
            if let Some(second) = pair.get(1) {
                step.add(second);
            }
            joined.push(step);
        }
        self.steps = joined;
    }
}

impl Step {
    /// A frame interval that ended in it.
    pub(super) fn interval(&mut self, value_us: i64) {
        self.intervals.record(value_us);
        self.interval_max = self.interval_max.max(Some(value_us));
    }

    /// A command that was due in it.
    pub(super) fn command(&mut self, value_us: i64) {
        self.commands.record(value_us);
        self.command_max = self.command_max.max(Some(value_us));
    }

    /// An offset of sound and picture in it.
    pub(super) fn offset(&mut self, value_us: i64) {
        self.av.record(value_us);
        self.av_far = farther(self.av_far, Some(value_us));
    }

    fn add(&mut self, other: &Self) {
        self.sessions = self.sessions.max(other.sessions);
        self.frames += other.frames;
        self.bytes += other.bytes;
        self.freezes += other.freezes;
        self.cuts += other.cuts;
        self.intervals.add(&other.intervals);
        self.interval_max = self.interval_max.max(other.interval_max);
        self.commands.add(&other.commands);
        self.command_max = self.command_max.max(other.command_max);
        self.av.add(&other.av);
        self.av_far = farther(self.av_far, other.av_far);
        self.cpu_cores = mean(self.cpu_cores, other.cpu_cores);
        self.memory_mib = most(self.memory_mib, other.memory_mib);
    }

    fn row(&self) -> StepRow {
        let millis = |micros: i64| micros as f64 / 1e3;
        let median = |bins: &Bins| bins.quantile(0.5).map(|micros| micros / 1e3);
        StepRow {
            at_us: 0,
            span_us: 0,
            sessions: self.sessions,
            frames: self.frames,
            bytes: self.bytes,
            interval_p50: median(&self.intervals),
            interval_max: self.interval_max.map(millis),
            cmd_p50: median(&self.commands),
            cmd_max: self.command_max.map(millis),
            av_p50: median(&self.av),
            av_far: self.av_far.map(millis),
            freezes: self.freezes,
            cuts: self.cuts,
            cpu_cores: self.cpu_cores,
            memory_mib: self.memory_mib,
        }
    }
}

fn farther(one: Option<i64>, other: Option<i64>) -> Option<i64> {
    one.into_iter().chain(other).max_by_key(|value| value.unsigned_abs())
}

fn mean(one: Option<f64>, other: Option<f64>) -> Option<f64> {
    match (one, other) {
        (Some(one), Some(other)) => Some(f64::midpoint(one, other)),
        (one, other) => one.or(other),
    }
}

fn most(one: Option<f64>, other: Option<f64>) -> Option<f64> {
    one.into_iter().chain(other).reduce(f64::max)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_that_takes_longer_than_planned_keeps_six_hundred_steps() {
        let mut course = Course::new(10_000_000);
        for second in 0..2_000 {
            course.at(second * 1_000_000).frames += 1;
            course.at(second * 1_000_000).interval(second as i64);
        }
        let rows = course.rows();
        assert_eq!((rows.len(), rows[0].span_us), (500, 4_000_000));
        assert!(rows.iter().all(|row| row.frames == 4));
        assert_eq!(rows[499].interval_max, Some(1.999));
    }

    #[test]
    fn steps_of_two_paces_add_up() {
        let (mut one, mut other) = (Course::new(1_000_000), Course::new(1_200_000_000));
        one.at(2_500_000).frames = 1;
        other.at(2_500_000).frames = 2;
        other.at(2_500_000).offset(-7_000);
        one.at(3_000_000).offset(5_000);
        one.add(other);
        let rows = one.rows();
        assert_eq!((rows.len(), rows[1].frames, rows[1].span_us), (2, 3, 2_000_000));
        assert_eq!((rows[1].av_far, rows[0].interval_p50), (Some(-7.0), None), "what nobody saw is not zero");
    }

    #[test]
    fn sessions_stream_in_every_step_between_two_changes() {
        let mut course = Course::new(1_000_000);
        course.streaming(500_000, 3_500_000, 2);
        course.streaming(3_500_000, 3_900_000, 1);
        assert_eq!(course.rows().iter().map(|row| row.sessions).collect::<Vec<_>>(), [2, 2, 2, 2]);
    }
}
