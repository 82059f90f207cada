//! The refresh grid of a display that is none: 60 Hz, kept by whoever owns the thread. Arithmetic alone; reads no clock.

use std::time::Duration;

use crate::media::Monotonic;

/// Its refresh: 60 Hz.
pub const REFRESH: Duration = Duration::from_nanos(16_666_667);

/// A thread wakes up late by this, on a busy machine.
pub const WAKE: Duration = Duration::from_millis(2);

/// How long a frame takes from its choice to its last pixel. The longest of late counts, and is forgotten by a thirtieth per frame.
#[derive(Debug, Default)]
pub struct Work(Duration);

impl Work {
    /// How long before it lights up a frame is to be chosen: a whole refresh at most.
    #[must_use]
    pub fn lead(&self) -> Duration {
        (self.0 + WAKE).min(REFRESH)
    }

    /// A frame took so long.
    pub fn took(&mut self, spent: Duration) {
        self.0 = if spent > self.0 { spent.min(REFRESH) } else { self.0 - (self.0 - spent) / 30 };
    }
}

/// The refreshes of one display. Each shows one picture: a refresh that a late one took is no other's any more.
#[derive(Debug)]
pub struct Grid(Monotonic);

impl Grid {
    /// A display whose first refresh comes after `start`.
    #[must_use]
    pub const fn new(start: Monotonic) -> Self {
        Self(start)
    }

    /// The next refresh that can be drawn for where that takes until `ready`; those that were missed are skipped, never caught up.
    pub fn next(&mut self, ready: Monotonic) -> Monotonic {
        let missed = ready.since(self.0).as_nanos() / REFRESH.as_nanos();
        self.0 += REFRESH * (u32::try_from(missed).unwrap_or(u32::MAX - 1) + 1);
        self.0
    }

    /// The refresh at which a picture that was drawn for the last one lights up, as it was done at `done`.
    pub fn lights_up(&mut self, done: Monotonic) -> Monotonic {
        if done <= self.0 { self.0 } else { self.next(done) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_is_chosen_as_late_as_the_slowest_of_the_last_allows() {
        let mut work = Work::default();
        work.took(Duration::from_millis(5));
        assert_eq!(work.lead(), Duration::from_millis(5) + WAKE);
        for _ in 0..300 {
            work.took(Duration::from_millis(1));
        }
        assert!(work.lead() < Duration::from_millis(1) + WAKE + Duration::from_micros(10));
        work.took(Duration::from_millis(80));
        assert_eq!(work.lead(), REFRESH);
    }

    #[test]
    fn a_missed_refresh_is_skipped_and_the_grid_stays() {
        let start = Monotonic::from_millis(1000);
        assert_eq!(Grid::new(start).next(start), start + REFRESH);
        assert_eq!(Grid::new(start).next(start + REFRESH * 3 + Duration::from_millis(1)), start + REFRESH * 4);
    }

    #[test]
    fn a_picture_done_late_is_seen_a_refresh_later() {
        let due = Monotonic::from_millis(1000);
        assert_eq!(Grid::new(due).lights_up(due - Duration::from_millis(2)), due);
        assert_eq!(Grid::new(due).lights_up(due + Duration::from_millis(2)), due + REFRESH);
    }

    /// A recording holds each picture from its refresh to the next one's: two at one refresh would leave one without a time.
    #[test]
    fn no_refresh_shows_two_pictures_however_late_the_first_was_done() {
        for late in 0..80 {
            let start = Monotonic::from_millis(1000);
            let mut grid = Grid::new(start);
            let mut work = Work::default();
            let aimed = grid.next(start + work.lead());
            let chosen = aimed - work.lead();
            let done = aimed + Duration::from_millis(late);
            work.took(done.since(chosen));
            let seen = grid.lights_up(done);
            assert!(seen >= done, "{late} ms late");
            let after = grid.next(done + work.lead());
            assert!(after > seen, "{late} ms late: the next picture is drawn for {after:?}, and {seen:?} is taken");
        }
    }
}
