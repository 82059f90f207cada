//! Where the samples of a part of the sessions come together: distributions, course and sums behind one short lock. Every session
//! writes to one shard, so that threads rarely meet. Memory is bounded by what can be measured, not by how often.

use std::collections::BTreeMap;

use super::course::Course;
use super::metric::Metric;
use super::spread::{MOST_STRETCHES, Spread};
use super::sums::Sums;
use super::window::Window;
use crate::media::DropCounts;

/// What a part of the sessions brought.
#[derive(Clone, Debug)]
pub(super) struct Shard {
    pub(super) window: Window,
    pub(super) course: Course,
    pub(super) sums: Sums,
    pub(super) drops: DropCounts,
    /// Frames, bytes and freezes of the whole run, for whoever watches.
    pub(super) frames: u64,
    pub(super) bytes: u64,
    pub(super) freezes: u64,
    /// Commands that were given up because too many waited.
    pub(super) overflowed: u64,
    spreads: [Option<Box<Spread>>; Metric::ALL.len()],
}

impl Shard {
    /// An empty one.
    pub(super) fn new(window: Window, course: Course) -> Self {
        Self {
            window,
            course,
            sums: Sums::default(),
            drops: DropCounts::default(),
            frames: 0,
            bytes: 0,
            freezes: 0,
            overflowed: 0,
            spreads: [const { None }; Metric::ALL.len()],
        }
    }

    /// Whether what began then counts.
    pub(super) fn counts(&self, began_us: u64) -> bool {
        self.window.stretch(began_us).is_some()
    }

    /// A sample that began at a moment: it counts if that lies in the window.
    pub(super) fn sample(&mut self, metric: Metric, began_us: u64, value_us: i64) {
        self.note(metric, began_us, value_us);
        if let Some(stretch) = self.window.stretch(began_us) {
            self.spread(metric).record(stretch, value_us);
        }
    }

    /// The same of one that had not ended.
    pub(super) fn unanswered(&mut self, metric: Metric, began_us: u64, waited_us: i64) {
        self.note(metric, began_us, waited_us);
        if let Some(stretch) = self.window.stretch(began_us) {
            self.spread(metric).record_unanswered(stretch, waited_us);
        }
    }

    /// A sample of which a session has one. It counts whenever it began: warming up is what such a sample is about. Sessions
    /// take the place of stretches, for they are what is independent.
    pub(super) fn once(&mut self, metric: Metric, session: u32, value_us: i64) {
        self.spread(metric).record(session as usize % MOST_STRETCHES, value_us);
    }

    /// The same of one that had not ended.
    pub(super) fn once_unanswered(&mut self, metric: Metric, session: u32, waited_us: i64) {
        self.spread(metric).record_unanswered(session as usize % MOST_STRETCHES, waited_us);
    }

    /// A sample that an estimate with this bound is in.
    pub(super) fn estimate(&mut self, metric: Metric, began_us: u64, value_us: i64, bound_us: u64) {
        if let Some(stretch) = self.window.stretch(began_us) {
            let spread = self.spread(metric);
            spread.record(stretch, value_us);
            spread.bounded_by(bound_us);
        }
    }

    /// A freeze that ended at a moment, or had not ended then.
    pub(super) fn freeze(&mut self, at_us: u64, stood_us: u64, lasts: bool) {
        let began = at_us.saturating_sub(stood_us);
        self.freezes += 1;
        self.course.at(at_us).freezes += 1;
        let stood = i64::try_from(stood_us).unwrap_or(i64::MAX);
        if self.counts(began) {
            self.sums.freezes_window += 1;
            self.sums.frozen_us_window += self.window.overlap(began, at_us);
        }
        if lasts {
            self.unanswered(Metric::Freeze, began, stood);
        } else {
            self.sample(Metric::Freeze, began, stood);
        }
    }

    /// A metric's distribution so far.
    pub(super) fn so_far(&self, metric: Metric) -> Option<&Spread> {
        self.spreads[metric as usize].as_deref()
    }

    /// Adds its distributions to others.
    pub(super) fn add_to(&self, spreads: &mut BTreeMap<Metric, Spread>) {
        for (metric, spread) in Metric::ALL.into_iter().zip(&self.spreads) {
            if let Some(spread) = spread.as_deref().filter(|spread| spread.n() > 0) {
                spreads.entry(metric).or_default().add(spread);
            }
        }
    }

    fn spread(&mut self, metric: Metric) -> &mut Spread {
        self.spreads[metric as usize].get_or_insert_default()
    }

    /// The course shows commands where they were due, so that a stall shows where it was.
    fn note(&mut self, metric: Metric, began_us: u64, value_us: i64) {
        match metric {
            Metric::CmdToFrame => self.course.at(began_us).command(value_us),
            Metric::AvOffset => self.course.at(began_us).offset(value_us),
            _ => {}
        }
    }
}
