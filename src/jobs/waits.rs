//! How long to wait before a job is asked for again: as its service's document says, longer where it answers "too much", and with
//! full jitter on top where it fails. Clock-free and seeded.

use std::time::Duration;

use super::dialect::Pace;
use crate::retry::Backoff;

/// What a service asks for is waited out up to here: nobody comes back only tomorrow because of one header.
const LONGEST_WISH: Duration = Duration::from_mins(5);
/// Bound of the scatter after a first failure; it doubles with each further one, up to the pace's longest wait.
const FIRST_SCATTER: Duration = Duration::from_secs(1);

/// A pace is anybody's to set; no wait is longer than this, whatever it says.
const LONGEST: Duration = Duration::from_hours(24);

/// Waits between the questions about one job.
#[derive(Clone, Debug)]
pub(super) struct Waits {
    pace: Pace,
    /// The wait after the next answer; grows with every answer.
    usual: Duration,
    /// The wait that the last 429 left behind; halves with every answer.
    limited: Duration,
    backoff: Backoff,
    scatter: Backoff,
}

impl Waits {
    pub(super) fn new(pace: Pace, seed: u64) -> Self {
        let sane = |wait: Duration| wait.min(LONGEST);
        let jitter = if pace.jitter.is_finite() { pace.jitter.clamp(0.0, 1.0) } else { 0.0 };
        let pace = Pace {
            first: (sane(pace.first.0), sane(pace.first.1)),
            interval: sane(pace.interval),
            step: sane(pace.step),
            longest: sane(pace.longest),
            longest_limited: sane(pace.longest_limited),
            jitter,
            deadline: pace.deadline,
        };
        let backoff = Backoff::new(FIRST_SCATTER, pace.longest, seed);
        let scatter = Backoff::new(FIRST_SCATTER, pace.longest, !seed);
        Self { pace, usual: pace.interval, limited: Duration::ZERO, backoff, scatter }
    }

    /// From the answer to the submit to the first question.
    pub(super) fn first(&mut self) -> Duration {
        let (least, most) = self.pace.first;
        least + self.scatter.scatter(most.saturating_sub(least))
    }

    /// After an answer that was none of the last.
    pub(super) fn answered(&mut self) -> Duration {
        self.backoff.reset();
        let wait = self.now();
        let scattered = wait + self.scatter.scatter(wait.mul_f64(self.pace.jitter));
        self.usual = (self.usual + self.pace.step).min(self.pace.longest);
        self.limited /= 2;
        scattered.min(self.pace.longest.max(wait))
    }

    /// After a 429: twice as long as before, or as the service says. The wait after it stays long, and decays with what succeeds.
    pub(super) fn limited(&mut self, asked: Option<Duration>) -> Duration {
        self.limited = (self.now() * 2).min(self.pace.longest_limited);
        match asked {
            Some(asked) => asked.min(LONGEST_WISH).max(self.usual),
            None => self.limited,
        }
    }

    /// After a failure: never sooner than without it.
    pub(super) fn failed(&mut self, asked: Option<Duration>) -> Duration {
        let wait = self.now();
        let extra = self.backoff.next(None);
        let most = self.pace.longest_limited.max(wait);
        asked.map_or(Duration::ZERO, |asked| asked.min(LONGEST_WISH)).max((wait + extra).min(most))
    }

    /// The wait without any scatter.
    fn now(&self) -> Duration {
        self.usual.max(self.limited)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn seconds(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    fn pace() -> Pace {
        Pace {
            first: (seconds(8), seconds(10)),
            interval: seconds(10),
            step: seconds(2),
            longest: seconds(20),
            longest_limited: seconds(30),
            jitter: 0.0,
            deadline: seconds(900),
        }
    }

    /// HA-19, AM-8
    #[test]
    fn ha_18_the_first_wait_is_scattered_over_all_of_its_range_and_the_others_grow_to_their_longest() {
        let (mut least, mut most) = (Duration::MAX, Duration::ZERO);
        for seed in 0..2000 {
            let first = Waits::new(pace(), seed).first();
            assert!(first >= seconds(8) && first < seconds(10), "seed {seed}: {first:?}");
            (least, most) = (least.min(first), most.max(first));
        }
        assert!(least < Duration::from_millis(8_020) && most > Duration::from_millis(9_980), "{least:?} {most:?}");
        let mut waits = Waits::new(pace(), 1);
        let grown: Vec<u64> = (0..8).map(|_| waits.answered().as_secs()).collect();
        assert_eq!(grown, [10, 12, 14, 16, 18, 20, 20, 20]);
    }

    /// AM-9
    #[test]
    fn ha_19_a_429_doubles_the_wait_up_to_its_bound_and_answers_bring_it_back() {
        let mut waits = Waits::new(pace(), 1);
        assert_eq!(waits.limited(None), seconds(20));
        assert_eq!(waits.limited(None), seconds(30));
        assert_eq!(waits.limited(None), seconds(30));
        assert_eq!(waits.answered(), seconds(30), "raised, not only once");
        assert_eq!(waits.answered(), seconds(15), "and decays");
        assert_eq!(waits.answered(), seconds(14), "to what it would have been");
    }

    #[test]
    fn scatter_makes_waits_longer_and_never_longer_than_the_longest() {
        for seed in 0..500 {
            let mut waits = Waits::new(Pace { jitter: 0.5, ..pace() }, seed);
            for least in [10, 12, 14, 16, 18, 20, 20] {
                let wait = waits.answered();
                assert!(wait >= seconds(least) && wait <= seconds(20).min(seconds(least) * 3 / 2), "seed {seed}: {wait:?}");
            }
        }
    }

    #[test]
    fn x_5_what_a_service_asks_for_is_waited_out_up_to_five_minutes() {
        let mut waits = Waits::new(pace(), 3);
        assert_eq!(waits.limited(Some(seconds(47))), seconds(47));
        assert_eq!(waits.limited(Some(seconds(1))), seconds(10), "never sooner than without it");
        assert_eq!(waits.limited(Some(Duration::MAX)), seconds(300));
        assert_eq!(waits.failed(Some(seconds(100))), seconds(100));
        assert_eq!(waits.failed(Some(Duration::MAX)), seconds(300));
    }

    #[test]
    fn x_5_failures_are_scattered_in_full_on_top_of_the_usual_wait() {
        let (mut least, mut most) = ([Duration::MAX; 8], [Duration::ZERO; 8]);
        for seed in 0..2000 {
            let mut waits = Waits::new(pace(), seed);
            for failures in 0..8 {
                let wait = waits.failed(None);
                let bound = (seconds(10) + seconds(1 << failures).min(seconds(20))).min(seconds(30));
                assert!(wait >= seconds(10) && wait <= bound, "seed {seed}: {wait:?}");
                (least[failures], most[failures]) = (least[failures].min(wait), most[failures].max(wait));
            }
        }
        assert!(least.iter().all(|least| *least < seconds(10) + Duration::from_millis(100)), "{least:?}");
        assert!(most[7] > seconds(29), "{most:?}");
    }

    #[test]
    fn a_pace_that_makes_no_sense_makes_no_panic() {
        let strange = Pace {
            first: (seconds(9), seconds(1)),
            interval: Duration::ZERO,
            step: Duration::MAX,
            longest: Duration::ZERO,
            longest_limited: Duration::ZERO,
            jitter: f64::NAN,
            deadline: Duration::ZERO,
        };
        let mut waits = Waits::new(Pace { interval: Duration::MAX, ..strange }, 1);
        for _ in 0..40 {
            waits.answered();
            waits.limited(None);
            waits.failed(None);
        }
        assert_eq!(waits.first(), seconds(9));
    }
}
