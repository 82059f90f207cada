//! The session's timers: an enum with a sentence per variant, and a small table of deadlines.
//!
//! Reconnection, idle and session limits will each add a variant here and an arm in `Session::fire`, and nothing else.

use crate::media::Monotonic;

/// What a deadline is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Timer {
    /// The server must have introduced itself.
    Hello,
    /// The state of the hands that was held back may go out.
    Control,
    /// The next ping is due.
    Ping,
    /// Something must have been heard, if only the answer to a ping (HO-26).
    Silence,
    /// A keyframe that is still missing may be asked for again.
    Keyframe,
    /// The oldest command without acknowledgement is overdue.
    Acknowledge,
    /// Playable video must have come (HO-26).
    VideoStarved,
    /// Playable sound must have come.
    AudioStarved,
    /// Malformed messages that came within the last second are told.
    Malformed,
    /// The peer must have closed the stream after its end was announced.
    Close,
}

/// One deadline per timer.
#[derive(Debug, Default)]
pub(super) struct Timers {
    deadlines: [Option<Monotonic>; Timer::ALL.len()],
}

impl Timer {
    const ALL: [Self; 10] = [
        Self::Hello,
        Self::Control,
        Self::Ping,
        Self::Silence,
        Self::Keyframe,
        Self::Acknowledge,
        Self::VideoStarved,
        Self::AudioStarved,
        Self::Malformed,
        Self::Close,
    ];
}

impl Timers {
    /// Sets or moves a deadline.
    pub(super) const fn set(&mut self, timer: Timer, deadline: Monotonic) {
        self.deadlines[timer as usize] = Some(deadline);
    }

    /// Forgets a deadline.
    pub(super) const fn stop(&mut self, timer: Timer) {
        self.deadlines[timer as usize] = None;
    }

    /// Forgets all deadlines.
    pub(super) fn stop_all(&mut self) {
        *self = Self::default();
    }

    /// Whether a timer runs.
    pub(super) const fn is_set(&self, timer: Timer) -> bool {
        self.deadlines[timer as usize].is_some()
    }

    /// The earliest deadline.
    pub(super) fn next(&self) -> Option<Monotonic> {
        self.deadlines.iter().flatten().min().copied()
    }

    /// Whether a timer's deadline has come; a deadline has come at its very moment.
    pub(super) fn is_expired(&self, timer: Timer, now: Monotonic) -> bool {
        self.deadlines[timer as usize].is_some_and(|deadline| deadline <= now)
    }

    /// Takes out one timer whose deadline has come, the earliest first.
    pub(super) fn take_expired(&mut self, now: Monotonic) -> Option<Timer> {
        let timer = Timer::ALL
            .into_iter()
            .filter(|&timer| self.is_expired(timer, now))
            .min_by_key(|&timer| self.deadlines[timer as usize])?;
        self.stop(timer);
        Some(timer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_deadline_comes_at_its_moment_and_not_a_nanosecond_before() {
        let mut timers = Timers::default();
        let at = Monotonic::from_millis(30_000);
        timers.set(Timer::Silence, at);
        assert_eq!(timers.take_expired(Monotonic::from_nanos(at.as_nanos() - 1)), None);
        assert_eq!(timers.take_expired(at), Some(Timer::Silence));
        assert_eq!(timers.take_expired(at), None);
    }

    #[test]
    fn expired_timers_come_out_in_the_order_of_their_deadlines() {
        let mut timers = Timers::default();
        timers.set(Timer::Hello, Monotonic::from_millis(3));
        timers.set(Timer::Close, Monotonic::from_millis(1));
        timers.set(Timer::Ping, Monotonic::from_millis(2));
        assert_eq!(timers.next(), Some(Monotonic::from_millis(1)));
        let late = Monotonic::from_millis(9);
        assert_eq!(timers.take_expired(late), Some(Timer::Close));
        assert_eq!(timers.take_expired(late), Some(Timer::Ping));
        assert_eq!(timers.take_expired(late), Some(Timer::Hello));
    }

    #[test]
    fn every_timer_has_its_own_place_in_the_table() {
        for (place, timer) in Timer::ALL.into_iter().enumerate() {
            assert_eq!(timer as usize, place);
        }
    }
}
