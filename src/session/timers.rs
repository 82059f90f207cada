//! The session's timers: an enum with a sentence per variant, and a small table of deadlines.
//!
//! A stream's own timers go with the stream; those of the session (`is_of_session`) outlive it.

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
    /// The next attempt to open a stream is due.
    Reconnect,
    /// Patience without a stream ends.
    GiveUp,
    /// The end of the session comes near.
    SessionWarning,
    /// It is near.
    SessionLastWarning,
    /// The longest session is reached (HO-21).
    SessionLimit,
    /// The user has been idle for long.
    IdleWarning,
    /// The user has been idle for too long (HO-22).
    IdleLimit,
}

/// The deadline of a timer that does not run: the end of all moments, five centuries from now. Every message asks for the earliest
/// deadline, and a table of bare moments answers that without a branch.
const NEVER: Monotonic = Monotonic::from_nanos(u64::MAX);

/// One deadline per timer.
#[derive(Debug)]
pub(super) struct Timers {
    deadlines: [Monotonic; Timer::ALL.len()],
}

impl Default for Timers {
    fn default() -> Self {
        Self { deadlines: [NEVER; Timer::ALL.len()] }
    }
}

impl Timer {
    const ALL: [Self; 17] = [
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
        Self::Reconnect,
        Self::GiveUp,
        Self::SessionWarning,
        Self::SessionLastWarning,
        Self::SessionLimit,
        Self::IdleWarning,
        Self::IdleLimit,
    ];

    /// Whether it goes on while there is no stream.
    const fn is_of_session(self) -> bool {
        matches!(
            self,
            Self::SessionWarning | Self::SessionLastWarning | Self::SessionLimit | Self::IdleWarning | Self::IdleLimit
        )
    }
}

impl Timers {
    /// Sets or moves a deadline.
    pub(super) const fn set(&mut self, timer: Timer, deadline: Monotonic) {
        self.deadlines[timer as usize] = deadline;
    }

    /// Forgets a deadline.
    pub(super) const fn stop(&mut self, timer: Timer) {
        self.deadlines[timer as usize] = NEVER;
    }

    /// Forgets all deadlines.
    pub(super) fn stop_all(&mut self) {
        *self = Self::default();
    }

    /// Forgets the deadlines of a stream that is gone.
    pub(super) fn stop_stream(&mut self) {
        Timer::ALL.into_iter().filter(|timer| !timer.is_of_session()).for_each(|timer| self.stop(timer));
    }

    /// Whether a timer runs.
    pub(super) fn is_set(&self, timer: Timer) -> bool {
        self.deadlines[timer as usize] != NEVER
    }

    /// The deadline of a timer that runs.
    pub(super) fn deadline(&self, timer: Timer) -> Option<Monotonic> {
        Some(self.deadlines[timer as usize]).filter(|&deadline| deadline != NEVER)
    }

    /// The earliest deadline.
    pub(super) fn next(&self) -> Option<Monotonic> {
        Some(self.earliest()).filter(|&deadline| deadline != NEVER)
    }

    /// Takes out one timer whose deadline has come, the earliest first.
    pub(super) fn take_expired(&mut self, now: Monotonic) -> Option<Timer> {
        let earliest = self.next().filter(|&deadline| deadline <= now)?;
        let timer = Timer::ALL.into_iter().find(|&timer| self.deadlines[timer as usize] == earliest)?;
        self.stop(timer);
        Some(timer)
    }

    fn earliest(&self) -> Monotonic {
        self.deadlines.iter().copied().fold(NEVER, Monotonic::min)
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
