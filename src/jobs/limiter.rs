//! How many requests leave for one service: so many per minute, and so many on their way at once (X-14, HL-19). Clock-free: whoever
//! wants to send asks, and is told to go, or when to ask again.
//!
//! A token bucket (ITU-T I.371 knows it as the leaky bucket as a meter). A tenth of a minute's requests may leave at once and the rest
//! is spread over the minute, so that no 60 seconds, wherever they begin, see more than the bound.

use std::time::Duration;

use crate::media::Monotonic;

const MINUTE: Duration = Duration::from_mins(1);

/// Requests of one service. Holds three numbers, whatever the traffic.
#[derive(Clone, Debug)]
pub struct Limiter {
    bucket: Option<Bucket>,
    most: u32,
    on_their_way: u32,
}

/// Whether a request may leave.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Permit {
    /// It may, and counts as on its way until [`Limiter::done`].
    Go,
    /// Ask again at this moment, or later.
    At(Monotonic),
    /// Ask again when a request that is on its way is done.
    WhenOneIsDone,
}

#[derive(Clone, Debug)]
struct Bucket {
    /// Requests that may leave at once.
    most: u32,
    /// What is left of them.
    left: u32,
    /// The time that one more takes to come.
    each: Duration,
    /// When `left` was last right.
    since: Monotonic,
}

impl Limiter {
    /// So many per minute, `None`: as many as come, and so many on their way at once. None is none at all for neither: at least one is.
    #[must_use]
    pub fn new(per_minute: Option<u32>, at_once: u32) -> Self {
        let bucket = per_minute.map(|per_minute| {
            let per_minute = per_minute.max(1);
            let most = (per_minute / 10).max(1);
            // Rounded up: never more than the bound.
            let each = match u64::from(per_minute - most) {
                0 => MINUTE,
                rest => Duration::from_nanos((MINUTE.as_nanos() as u64).div_ceil(rest)),
            };
            Bucket { most, left: most, each, since: Monotonic::ZERO }
        });
        Self { bucket, most: at_once.max(1), on_their_way: 0 }
    }

    /// Asks for one request.
    pub fn take(&mut self, now: Monotonic) -> Permit {
        if self.on_their_way >= self.most {
            return Permit::WhenOneIsDone;
        }
        if let Some(bucket) = &mut self.bucket {
            bucket.fill(now);
            if bucket.left == 0 {
                return Permit::At(bucket.since + bucket.each);
            }
            bucket.left -= 1;
        }
        self.on_their_way += 1;
        Permit::Go
    }

    /// A request that was on its way is so no more.
    pub const fn done(&mut self) {
        self.on_their_way = self.on_their_way.saturating_sub(1);
    }
}

impl Bucket {
    fn fill(&mut self, now: Monotonic) {
        let came = now.since(self.since).as_nanos() / self.each.as_nanos();
        let came = u32::try_from(came).unwrap_or(u32::MAX);
        self.left = self.left.saturating_add(came).min(self.most);
        if self.left < self.most {
            self.since += self.each.saturating_mul(came);
        } else {
            // A full bucket fills no further: the time for the next begins when one is taken.
            self.since = self.since.max(now);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(millis: u64) -> Monotonic {
        Monotonic::from_millis(millis)
    }

    #[test]
    fn hl_19_five_hundred_requests_leave_in_a_minute_and_not_one_more() {
        // Everybody asks as often as they can, and again the moment they are told to.
        for (per_minute, start) in [(500, 0), (500, 77_777), (60, 3), (7, 0), (1, 5), (0, 5)] {
            let mut limiter = Limiter::new(Some(per_minute), u32::MAX);
            let mut now = at(start);
            let mut left = Vec::new();
            while now < at(start + 240_000) {
                match limiter.take(now) {
                    Permit::Go => left.push(now),
                    Permit::At(then) => {
                        assert!(then > now, "time goes on");
                        let before = Monotonic::from_nanos(then.as_nanos() - 1);
                        assert_eq!(
                            limiter.clone().take(before),
                            Permit::At(then),
                            "exactly then, and not a nanosecond before"
                        );
                        now = then;
                    }
                    Permit::WhenOneIsDone => panic!("nothing limits how many are on their way"),
                }
            }
            for (first, from) in left.iter().enumerate() {
                let until = *from + MINUTE;
                let window = left[first..].iter().take_while(|moment| **moment < until).count();
                assert!(window <= per_minute.max(1) as usize, "{window} of {per_minute} from {from:?}");
            }
            // Nine tenths of it in the long run, which is what the bound of every minute leaves.
            assert!(left.len() as f64 >= f64::from(per_minute) * 4.0 * 0.85, "{} of {per_minute}", left.len());
        }
    }

    #[test]
    fn x_14_requests_on_their_way_are_bounded_and_counted_out_again() {
        let mut limiter = Limiter::new(None, 2);
        assert_eq!((limiter.take(at(0)), limiter.take(at(0))), (Permit::Go, Permit::Go));
        assert_eq!(limiter.take(at(1_000_000)), Permit::WhenOneIsDone);
        limiter.done();
        assert_eq!(limiter.take(at(1)), Permit::Go);
        for _ in 0..9 {
            limiter.done();
        }
        assert_eq!(
            (limiter.take(at(1)), limiter.take(at(1)), limiter.take(at(1))),
            (Permit::Go, Permit::Go, Permit::WhenOneIsDone)
        );
    }

    #[test]
    fn time_that_runs_backwards_or_to_its_end_gives_nothing_away() {
        let mut limiter = Limiter::new(Some(10), 100);
        assert_eq!(limiter.take(at(60_000)), Permit::Go);
        assert!(matches!(limiter.take(at(0)), Permit::At(_)));
        assert_eq!(limiter.take(Monotonic::from_nanos(u64::MAX)), Permit::Go);
    }
}
