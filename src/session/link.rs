//! Round trip and clock offset from pings.
//!
//! The offset estimate is the classic one of NTP (RFC 5905, section 8) with the minimum filter of section 10: among recent pings
//! the one with the shortest round trip tells most, and its error is at most half that round trip.

use std::collections::VecDeque;
use std::time::Duration;

use crate::media::Monotonic;

/// How many pings the minimum is taken over: 32 s at one every 2 s, short enough to follow clock drift.
const WINDOW: usize = 16;

/// The state of the connection as the latest pings tell it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Link {
    /// Round trip of the latest ping.
    pub rtt: Duration,
    /// Shortest round trip of the window.
    pub rtt_min: Duration,
    /// The server's clock against ours.
    pub offset: ServerOffset,
}

/// The server's monotonic clock minus ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ServerOffset {
    /// Microseconds to add to our moment to get the server's.
    pub micros: i64,
    /// The true value lies within this much of it (half the round trip it was taken from).
    pub bound: Duration,
}

/// Pings on their way and the answers of late.
#[derive(Debug, Default)]
pub(super) struct Pings {
    out: VecDeque<u64>,
    recent: VecDeque<(Duration, i64)>,
    link: Option<Link>,
}

impl Pings {
    /// A new stream: another way, so that earlier round trips say nothing. The estimate stays until there is a better one.
    pub(super) fn renew(&mut self) {
        self.out.clear();
        self.recent.clear();
    }

    /// Notes a ping; only the newest few may be answered.
    pub(super) fn sent(&mut self, issued_us: u64) {
        if self.out.len() == WINDOW {
            self.out.pop_front();
        }
        self.out.push_back(issued_us);
    }

    /// Takes an answer; `None` where it answers no ping of ours.
    pub(super) fn answered(&mut self, now: Monotonic, issued_us: u64, server_us: u64) -> Option<Link> {
        let place = self.out.iter().position(|&out| out == issued_us)?;
        self.out.drain(..=place);
        let rtt = now.since(Monotonic::from_micros(issued_us));
        let middle = issued_us.saturating_add(rtt.as_micros() as u64 / 2);
        let offset = i64::try_from(i128::from(server_us) - i128::from(middle)).unwrap_or(i64::MAX);
        if self.recent.len() == WINDOW {
            self.recent.pop_front();
        }
        self.recent.push_back((rtt, offset));
        let (rtt_min, micros) = self.recent.iter().copied().min_by_key(|(rtt, _)| *rtt)?;
        self.link = Some(Link { rtt, rtt_min, offset: ServerOffset { micros, bound: rtt_min / 2 } });
        self.link
    }

    /// The latest estimate.
    pub(super) const fn link(&self) -> Option<Link> {
        self.link
    }
}

impl ServerOffset {
    /// A moment of the server's clock, in microseconds, on our clock.
    #[must_use]
    pub fn to_local(self, server_us: u64) -> Monotonic {
        let local = i128::from(server_us) - i128::from(self.micros);
        Monotonic::from_micros(u64::try_from(local.max(0)).unwrap_or(u64::MAX))
    }
}
