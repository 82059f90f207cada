//! The path between server and client: one ordered stream like TCP's, where nothing overtakes and a loss is a delay. Clock-free:
//! takes moments of sending and gives moments of arrival.

use super::capacity::Capacity;
use super::random::Random;

/// What makes a path slow. Everything that is not set does nothing.
#[derive(Clone, Debug, Default)]
pub struct Path {
    /// The path's own delay, by the moment from which it holds; microseconds.
    pub base_us: Vec<(i64, i64)>,
    /// Log-normal delay of each unit: median in microseconds, and the deviation of its logarithm.
    pub jitter: Option<(f64, f64)>,
    /// Moments per second at which the path stands still (a Poisson process), and for how long: uniform, in microseconds.
    pub outages: Option<(f64, f64, f64)>,
    /// The path stands still from a moment for a time; microseconds.
    pub stalls: Vec<(i64, i64)>,
    /// Bits per second by the moment from which they hold.
    pub rate: Vec<(i64, f64)>,
    /// Bytes pass by opportunities.
    pub capacity: Option<Capacity>,
    /// Losses.
    pub losses: Option<Losses>,
}

/// Losses in bursts (Gilbert, 1960; Elliott, 1963), each of which costs a retransmission.
#[derive(Clone, Copy, Debug)]
pub struct Losses {
    /// Probability to become bad.
    pub p: f64,
    /// Probability to become good again.
    pub r: f64,
    /// Probability to lose a unit while bad.
    pub loss: f64,
    /// Round trip, in microseconds. A retransmission costs one and 3 ms; 15 % of them wait for the retransmission time-out of
    /// max(200 ms, 1.5 round trips) first.
    pub round_trip_us: f64,
}

/// A path in use.
#[derive(Debug)]
pub struct Link {
    path: Path,
    random: Random,
    before_us: i64,
    free_us: f64,
    bad: bool,
    outage: Option<(i64, i64)>,
}

impl Link {
    /// A path at rest.
    #[must_use]
    pub fn new(path: Path, seed: u64) -> Self {
        let mut link = Self { path, random: Random::new(seed), before_us: 0, free_us: 0.0, bad: false, outage: None };
        link.plan_outage(0);
        link
    }

    /// When a unit arrives that is sent at `sent_us`. Calls must not go back in time.
    pub fn deliver(&mut self, sent_us: i64, bytes: u32) -> i64 {
        let through = self.through(sent_us, bytes);
        let mut at = through + at_or_before(&self.path.base_us, sent_us).copied().unwrap_or(0);
        if let Some((median, sigma)) = self.path.jitter {
            at += self.random.log_normal(median, sigma) as i64;
        }
        at += self.retransmission();
        while let Some((from, until)) = self.outage
            && sent_us >= from
        {
            at = at.max(until);
            if sent_us < until {
                break;
            }
            self.plan_outage(until);
        }
        for (from, length) in &self.path.stalls {
            if (*from..from + length).contains(&at) {
                at = from + length;
            }
        }
        self.before_us = self.before_us.max(at);
        self.before_us
    }

    fn through(&mut self, sent_us: i64, bytes: u32) -> i64 {
        if let Some(capacity) = &mut self.path.capacity {
            return capacity.deliver(sent_us, bytes);
        }
        let Some(rate) = at_or_before(&self.path.rate, sent_us) else { return sent_us };
        self.free_us = self.free_us.max(sent_us as f64) + f64::from(bytes) * 8e6 / rate;
        self.free_us as i64
    }

    fn retransmission(&mut self) -> i64 {
        let Some(losses) = self.path.losses else { return 0 };
        self.bad = if self.bad { !self.random.chance(losses.r) } else { self.random.chance(losses.p) };
        if !self.bad || !self.random.chance(losses.loss) {
            return 0;
        }
        let timeout = if self.random.chance(0.15) { f64::max(200e3, 1.5 * losses.round_trip_us) } else { 0.0 };
        (losses.round_trip_us + 3e3 + timeout) as i64
    }

    fn plan_outage(&mut self, after_us: i64) {
        self.outage = self.path.outages.map(|(per_second, least, most)| {
            let from = after_us + (self.random.wait(per_second) * 1e6) as i64;
            (from, from + self.random.between(least, most) as i64)
        });
    }
}

fn at_or_before<T>(steps: &[(i64, T)], at: i64) -> Option<&T> {
    steps.iter().rev().find(|(from, _)| *from <= at).map(|(_, value)| value)
}
