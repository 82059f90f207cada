//! Bounded storage of traces: percentiles over all of them, and the newest in full.

use std::collections::VecDeque;
use std::time::Duration;

use super::command::CommandTrace;
use super::frame::{FrameStage, FrameTrace, InputStage};
use super::percentiles::{Percentiles, Summary};
use crate::media::{Epoch, Monotonic};

/// Traces of a run. Percentiles cover every frame; of single frames and commands the newest `keep` stay, older ones are
/// forgotten. All memory but that of the commands is taken at the start.
#[derive(Clone, Debug)]
pub struct TraceStore {
    keep: usize,
    frames: VecDeque<FrameTrace>,
    commands: VecDeque<CommandTrace>,
    spans: Vec<Percentiles>,
    input_spans: Vec<Percentiles>,
    server_ahead_us: Option<i64>,
    newest_input: Option<u32>,
    recorded: u64,
    last_presented: Option<(Epoch, Monotonic)>,
    intervals: Percentiles,
    av_magnitude: Percentiles,
}

impl TraceStore {
    /// A store that keeps the newest `keep` frames and commands.
    #[must_use]
    pub fn new(keep: usize) -> Self {
        Self {
            keep,
            frames: VecDeque::with_capacity(keep),
            commands: VecDeque::new(),
            spans: FrameStage::ALL.iter().map(|_| Percentiles::default()).collect(),
            input_spans: InputStage::ALL.iter().map(|_| Percentiles::default()).collect(),
            server_ahead_us: None,
            newest_input: None,
            recorded: 0,
            last_presented: None,
            intervals: Percentiles::default(),
            av_magnitude: Percentiles::default(),
        }
    }

    /// Tells what the server's clock shows more than ours, for the stages that need it.
    pub fn server_clock(&mut self, server_ahead_us: Option<i64>) {
        self.server_ahead_us = server_ahead_us;
    }

    /// Records a presented frame. An input counts once, with the first frame presented that reflects it or a later one.
    pub fn frame(&mut self, trace: FrameTrace) {
        for (stage, percentiles) in FrameStage::ALL.into_iter().zip(&mut self.spans) {
            record(percentiles, trace.span(stage));
        }
        if let Some(input) = trace.input
            && self.newest_input.is_none_or(|newest| input.id > newest)
        {
            self.newest_input = Some(input.id);
            for (stage, percentiles) in InputStage::ALL.into_iter().zip(&mut self.input_spans) {
                record(percentiles, trace.input_span(stage, self.server_ahead_us));
            }
            self.reflect(input.id, &trace);
        }
        if let Some(presented) = trace.presented {
            if let Some((epoch, before)) = self.last_presented
                && epoch == trace.epoch
            {
                record(&mut self.intervals, presented.as_nanos().checked_sub(before.as_nanos()).map(Duration::from_nanos));
            }
            self.last_presented = Some((trace.epoch, presented));
        }
        record(&mut self.av_magnitude, trace.av_offset.map(|offset| offset.abs().as_duration()));
        self.recorded += 1;
        if self.keep > 0 {
            if self.frames.len() == self.keep {
                self.frames.pop_front();
            }
            self.frames.push_back(trace);
        }
    }

    /// Adds a command, or replaces the trace of the same id. What presented frames told of it stays.
    pub fn command(&mut self, mut trace: CommandTrace) {
        if let Some(known) = self.commands.iter_mut().find(|known| known.id == trace.id) {
            trace.reflected = trace.reflected.or(known.reflected);
            trace.presented = trace.presented.or(known.presented);
            *known = trace;
        } else if self.keep > 0 {
            if self.commands.len() == self.keep {
                self.commands.pop_front();
            }
            self.commands.push_back(trace);
        }
    }

    /// Frames recorded since the start.
    #[must_use]
    pub const fn recorded(&self) -> u64 {
        self.recorded
    }

    /// The newest frames, oldest first.
    pub fn frames(&self) -> impl DoubleEndedIterator<Item = &FrameTrace> {
        self.frames.iter()
    }

    /// The newest commands, oldest first.
    pub fn commands(&self) -> impl Iterator<Item = &CommandTrace> {
        self.commands.iter()
    }

    /// Percentiles of a frame stage over the whole run; `None` where it was never known.
    #[must_use]
    pub fn stage(&self, stage: FrameStage) -> Option<Summary> {
        self.spans[stage as usize].summary()
    }

    /// Percentiles of a stage from input to photon over the whole run; `None` where it was never known.
    #[must_use]
    pub fn input_stage(&self, stage: InputStage) -> Option<Summary> {
        self.input_spans[stage as usize].summary()
    }

    /// Percentiles of the time from one presented frame to the next of the same epoch.
    #[must_use]
    pub fn intervals(&self) -> Option<Summary> {
        self.intervals.summary()
    }

    /// Percentiles of the magnitude of the A/V offset, over the frames presented while sound played.
    #[must_use]
    pub fn av_offset(&self) -> Option<Summary> {
        self.av_magnitude.summary()
    }

    fn reflect(&mut self, input: u32, trace: &FrameTrace) {
        for command in &mut self.commands {
            if command.presented.is_none() && command.input.is_some_and(|own| own <= input) {
                command.reflected = command.reflected.or(trace.last_byte);
                command.presented = trace.presented;
            }
        }
    }
}

fn record(percentiles: &mut Percentiles, span: Option<Duration>) {
    if let Some(span) = span {
        percentiles.record(span);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::media::InputEcho;

    fn frame(sequence: u64, input: u32, presented_ms: u64) -> FrameTrace {
        FrameTrace {
            sequence,
            input: Some(InputEcho { id: input, issued_us: 1000 }),
            presented: Some(Monotonic::from_micros(presented_ms * 1000)),
            ..FrameTrace::default()
        }
    }

    #[test]
    fn an_input_counts_once_with_the_first_frame_that_reflects_it() {
        let mut store = TraceStore::new(8);
        for (sequence, input, at) in [(0, 1, 51), (1, 1, 84), (2, 3, 117), (3, 2, 150)] {
            store.frame(frame(sequence, input, at));
        }
        let total = store.input_stage(InputStage::Total).expect("two inputs");
        assert_eq!(total.n, 2);
        assert!((total.max - 116.0).abs() < 0.2, "{total:?}");
        assert_eq!(store.input_stage(InputStage::Network), None);
    }

    #[test]
    fn the_store_is_bounded_and_its_percentiles_are_not() {
        let mut store = TraceStore::new(4);
        for sequence in 0..100 {
            store.frame(frame(sequence, 1, 40 + sequence * 33));
        }
        assert_eq!(store.frames().count(), 4);
        assert_eq!(store.recorded(), 100);
        assert_eq!(store.intervals().expect("99 intervals").n, 99);
    }

    #[test]
    fn a_command_is_presented_with_the_first_frame_of_its_input_or_a_later_one() {
        let mut store = TraceStore::new(4);
        store.command(CommandTrace { id: "c1".into(), input: Some(2), ..CommandTrace::default() });
        store.frame(frame(0, 1, 10));
        assert_eq!(store.commands().next().expect("kept").presented, None);
        store.frame(frame(1, 5, 43));
        store.command(CommandTrace {
            id: "c1".into(),
            input: Some(2),
            status: Some("applied".into()),
            ..CommandTrace::default()
        });
        let command = store.commands().next().expect("kept");
        assert_eq!(command.presented, Some(Monotonic::from_micros(43_000)));
        assert_eq!(store.commands().count(), 1);
    }
}
