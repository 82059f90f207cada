//! Counters that only rise, seen through a window: what was counted in the last second or half minute, from differences of the
//! totals. Time is an argument.

use std::collections::VecDeque;
use std::time::Duration;

use crate::media::Monotonic;

/// Totals are noted at most this often.
const STEP: Duration = Duration::from_millis(100);
/// Notes kept: those of 30 s, and one on either side.
const KEPT: usize = 302;

/// What `N` counters stood at over the last 30 s, to a tenth of a second. All memory is taken at the start.
#[derive(Clone, Debug)]
pub struct Tally<const N: usize> {
    notes: VecDeque<(Monotonic, [u64; N])>,
}

/// What was counted in a window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Counted<const N: usize> {
    /// How much each counter rose.
    pub counts: [u64; N],
    /// How long the window was: up to a tenth of a second longer than asked for, or shorter where counting began in it.
    pub span: Duration,
}

impl<const N: usize> Default for Tally<N> {
    fn default() -> Self {
        Self { notes: VecDeque::with_capacity(KEPT) }
    }
}

impl<const N: usize> Tally<N> {
    /// Notes the totals, unless a note is younger than a tenth of a second. The oldest note goes where there is no room.
    pub fn note(&mut self, now: Monotonic, totals: [u64; N]) {
        if self.notes.back().is_some_and(|(newest, _)| now.since(*newest) < STEP) {
            return;
        }
        if self.notes.len() == KEPT {
            self.notes.pop_front();
        }
        self.notes.push_back((now, totals));
    }

    /// How much the counters rose in the window that ends `now`, where they stand at `totals`; a counter that fell counts as not
    /// risen. `None` before the first note.
    #[must_use]
    pub fn over(&self, now: Monotonic, window: Duration, totals: [u64; N]) -> Option<Counted<N>> {
        let whole = self.notes.iter().rev().find(|(at, _)| now.since(*at) >= window);
        let (since, before) = whole.or(self.notes.front())?;
        let counts = std::array::from_fn(|index| totals[index].saturating_sub(before[index]));
        Some(Counted { counts, span: now.since(*since) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(millis: u64) -> Monotonic {
        Monotonic::from_millis(millis)
    }

    #[test]
    fn a_window_counts_what_rose_in_it_and_nothing_before() {
        let mut tally = Tally::default();
        for tenth in 0..600 {
            tally.note(at(tenth * 100), [tenth, 7]);
        }
        let second = tally.over(at(59_950), Duration::from_secs(1), [600, 7]).expect("noted");
        assert_eq!(second, Counted { counts: [11, 0], span: Duration::from_millis(1050) });
        let half_minute = tally.over(at(59_950), Duration::from_secs(30), [600, 7]).expect("noted");
        assert_eq!(half_minute.counts[0], 301);
        assert_eq!(tally.notes.capacity(), KEPT, "memory stays what it was");
    }

    #[test]
    fn a_window_longer_than_the_run_is_as_long_as_the_run_and_says_so() {
        let mut tally = Tally::default();
        assert_eq!(tally.over(at(0), Duration::from_secs(1), [3]), None);
        tally.note(at(0), [3]);
        tally.note(at(20), [90]);
        let counted = tally.over(at(400), Duration::from_secs(30), [8]).expect("noted");
        assert_eq!(counted, Counted { counts: [5], span: Duration::from_millis(400) });
    }

    #[test]
    fn a_counter_that_was_set_back_counts_as_not_risen() {
        let mut tally = Tally::default();
        tally.note(at(0), [50]);
        assert_eq!(tally.over(at(2000), Duration::from_secs(1), [4]).map(|counted| counted.counts), Some([0]));
    }
}
