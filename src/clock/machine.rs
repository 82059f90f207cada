//! The process clock: turns the machine's monotonic clock into [`Monotonic`] moments that all threads of a run share.
//!
//! Drivers hold a [`Clock`] and pass `clock.now()` down; nothing below them ever reads time itself.

use std::time::{Duration, Instant};

use crate::media::Monotonic;

/// A monotonic clock with its origin. Copies share the origin, so moments from different threads compare.
#[derive(Clone, Copy, Debug)]
pub struct Clock {
    origin: Instant,
}

impl Clock {
    /// A clock whose origin is now.
    #[expect(clippy::disallowed_methods, reason = "this is the room that reads the clock")]
    #[must_use]
    pub fn start() -> Self {
        Self { origin: Instant::now() }
    }

    /// The present moment.
    #[expect(clippy::disallowed_methods, reason = "this is the room that reads the clock")]
    #[must_use]
    pub fn now(&self) -> Monotonic {
        self.at(Instant::now())
    }

    /// The moment of an instant that something else read; instants before the origin read as the origin.
    #[must_use]
    pub fn at(&self, instant: Instant) -> Monotonic {
        Monotonic::ZERO + instant.saturating_duration_since(self.origin)
    }

    /// The instant of a moment, for timers that want one.
    #[must_use]
    pub fn instant(&self, moment: Monotonic) -> Instant {
        self.origin + Duration::from_nanos(moment.as_nanos())
    }
}

/// The wall clock, in UTC. For reports and file names only; never for durations.
#[must_use]
pub fn wall_clock() -> jiff::Timestamp {
    jiff::Timestamp::now()
}
