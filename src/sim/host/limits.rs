//! How long a world may run (HO-21), and for how long nobody may want anything of it (HO-22): when to warn, when to end. Time is an
//! argument; the desk tells what happens and does what is decided.

use std::time::Duration;

use crate::media::Monotonic;
use crate::wire::{EndReason, LimitKind, Limits};

/// The last warning of the longest session comes so long before its end, where that is later than the first one.
const SESSION_NOTICE: Duration = Duration::from_secs(30);

/// The warning of idle time comes a fifth of it before its end, and so long before it at most.
const IDLE_NOTICE: Duration = Duration::from_secs(30);

/// What a limit asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// To say how long is left until a limit.
    Warn(LimitKind, Duration),
    /// To end the world.
    End(EndReason),
}

#[derive(Debug, Default)]
pub(super) struct Watch {
    session: Option<Duration>,
    idle: Option<Duration>,
    /// When the world first ran; no limit counts before.
    began: Option<Monotonic>,
    /// When its user last wanted something.
    wanted: Option<Monotonic>,
    /// Marks of the session that have been told of, and whether the one of this idle stretch has.
    told_session: usize,
    told_idle: bool,
}

impl Watch {
    /// Limits that `Duration` cannot hold are none: they outlast everybody.
    pub(super) fn new(limits: &Limits) -> Self {
        let of = |seconds: Option<f64>| seconds.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
        Self { session: of(limits.session_s), idle: of(limits.idle_s), ..Self::default() }
    }

    /// The world runs; the first time counts.
    pub(super) fn began(&mut self, now: Monotonic) {
        self.began.get_or_insert(now);
    }

    /// Its user wants something.
    pub(super) fn wanted(&mut self, now: Monotonic) {
        self.wanted = Some(now);
        self.told_idle = false;
    }

    /// What is to be done at `now`; ask until there is nothing. `heard`: somebody is there to be warned; otherwise a warning waits.
    pub(super) fn verdict(&mut self, now: Monotonic, heard: bool) -> Option<Verdict> {
        let since = self.began.map(|began| now.since(began))?;
        let idle_since = self.idle_since().map_or(Duration::ZERO, |moment| now.since(moment));
        if self.session.is_some_and(|session| since >= session) {
            return Some(Verdict::End(EndReason::Limit));
        }
        if self.idle.is_some_and(|idle| idle_since >= idle) {
            return Some(Verdict::End(EndReason::Idle));
        }
        if !heard {
            return None;
        }
        if let Some(session) = self.session {
            let passed = session_marks(session).filter(|mark| since >= *mark).count();
            if passed > self.told_session {
                self.told_session = passed;
                return Some(Verdict::Warn(LimitKind::Session, session - since));
            }
        }
        if let Some(idle) = self.idle.filter(|idle| !self.told_idle && idle_since >= idle_mark(*idle)) {
            self.told_idle = true;
            return Some(Verdict::Warn(LimitKind::Idle, idle - idle_since));
        }
        None
    }

    /// When to ask again at the latest; `None` where nothing will come by itself.
    pub(super) fn next(&self, heard: bool) -> Option<Monotonic> {
        let (began, idle_since) = (self.began?, self.idle_since()?);
        let ends = [self.session.map(|session| began + session), self.idle.map(|idle| idle_since + idle)];
        let marks = [
            self.session.and_then(|session| session_marks(session).nth(self.told_session)).map(|mark| began + mark),
            self.idle.filter(|_| !self.told_idle).map(|idle| idle_since + idle_mark(idle)),
        ];
        ends.into_iter().chain(marks.into_iter().filter(|_| heard)).flatten().min()
    }

    /// Time until the longest session is reached.
    pub(super) fn left(&self, now: Monotonic) -> Option<Duration> {
        let since = self.began.map_or(Duration::ZERO, |began| now.since(began));
        self.session.map(|session| session.saturating_sub(since))
    }

    /// Idle time begins when the world first runs.
    fn idle_since(&self) -> Option<Monotonic> {
        self.began.map(|began| self.wanted.map_or(began, |wanted| wanted.max(began)))
    }
}

/// When the longest session is warned of: at four fifths, and before the end where that is later.
fn session_marks(session: Duration) -> impl Iterator<Item = Duration> {
    let first = session - session / 5;
    let last = session.saturating_sub(SESSION_NOTICE);
    std::iter::once(first).chain((last > first).then_some(last))
}

fn idle_mark(idle: Duration) -> Duration {
    idle - (idle / 5).min(IDLE_NOTICE)
}

#[cfg(test)]
mod tests {
    use super::*;
    use Verdict::{End, Warn};

    fn at(millis: u64) -> Monotonic {
        Monotonic::from_millis(7_000_000 + millis)
    }

    fn watch(session_s: Option<f64>, idle_s: Option<f64>) -> Watch {
        let mut watch = Watch::new(&Limits { session_s, idle_s, ..Limits::default() });
        watch.began(at(0));
        watch
    }

    fn ms(millis: u64) -> Duration {
        Duration::from_millis(millis)
    }

    /// HO-21: 29.999 s is not 30 s.
    #[test]
    fn the_longest_session_ends_to_the_millisecond_and_is_warned_of_at_four_fifths() {
        let mut watch = watch(Some(30.0), None);
        assert_eq!(watch.next(true), Some(at(24_000)));
        assert_eq!(watch.verdict(at(23_999), true), None);
        assert_eq!(watch.verdict(at(24_000), true), Some(Warn(LimitKind::Session, ms(6000))));
        assert_eq!(watch.verdict(at(24_000), true), None, "once");
        assert_eq!((watch.next(true), watch.left(at(29_000))), (Some(at(30_000)), Some(ms(1000))));
        watch.wanted(at(29_998));
        assert_eq!(watch.verdict(at(29_999), true), None);
        assert_eq!(watch.verdict(at(30_000), true), Some(End(EndReason::Limit)));
    }

    /// HO-21: the second warning stands 30 s before the end, but never before the first.
    #[test]
    fn a_session_above_two_and_a_half_minutes_is_warned_of_twice() {
        let mut long = watch(Some(200.0), None);
        assert_eq!(long.verdict(at(160_000), true), Some(Warn(LimitKind::Session, ms(40_000))));
        assert_eq!((long.verdict(at(169_999), true), long.next(true)), (None, Some(at(170_000))));
        assert_eq!(long.verdict(at(170_000), true), Some(Warn(LimitKind::Session, ms(30_000))));
        assert_eq!((long.verdict(at(199_999), true), long.next(true)), (None, Some(at(200_000))));
        let mut brief = watch(Some(150.0), None);
        assert_eq!(brief.verdict(at(120_000), true), Some(Warn(LimitKind::Session, ms(30_000))));
        assert_eq!((brief.verdict(at(149_999), true), brief.next(true)), (None, Some(at(150_000))));
    }

    /// HO-22: every wish of the user begins the time anew, and the warning with it.
    #[test]
    fn idle_time_ends_to_the_millisecond_and_any_wish_stays_it() {
        let mut watch = watch(None, Some(30.0));
        assert_eq!(watch.verdict(at(24_000), true), Some(Warn(LimitKind::Idle, ms(6000))));
        assert_eq!(watch.verdict(at(25_000), true), None, "once in a stretch");
        watch.wanted(at(29_999));
        assert_eq!((watch.verdict(at(53_998), true), watch.next(true)), (None, Some(at(53_999))));
        assert_eq!(watch.verdict(at(53_999), true), Some(Warn(LimitKind::Idle, ms(6000))));
        assert_eq!(watch.verdict(at(59_998), true), None);
        assert_eq!(watch.verdict(at(59_999), true), Some(End(EndReason::Idle)));
        assert_eq!(idle_mark(ms(600_000)), ms(570_000), "30 s at most");
    }

    #[test]
    fn a_warning_waits_for_somebody_and_a_deadline_for_nobody() {
        let mut watch = watch(Some(200.0), Some(100.0));
        assert_eq!((watch.verdict(at(85_000), false), watch.next(false)), (None, Some(at(100_000))));
        assert_eq!(watch.verdict(at(90_000), true), Some(Warn(LimitKind::Idle, ms(10_000))));
        watch.wanted(at(95_000));
        assert_eq!(watch.verdict(at(180_000), true), Some(Warn(LimitKind::Session, ms(20_000))), "two marks, one word");
        assert_eq!(watch.verdict(at(180_000), true), Some(Warn(LimitKind::Idle, ms(15_000))));
        assert_eq!(watch.verdict(at(195_000), false), Some(End(EndReason::Idle)));
    }

    #[test]
    fn nothing_counts_before_the_world_runs_and_no_limit_is_none() {
        let mut early = Watch::new(&Limits { session_s: Some(1.0), idle_s: Some(1.0), ..Limits::default() });
        early.wanted(at(0));
        assert_eq!((early.verdict(at(9000), true), early.next(true), early.left(at(9000))), (None, None, Some(ms(1000))));
        early.began(at(9000));
        assert_eq!(early.verdict(at(9500), true), None);
        early.began(at(9900));
        assert_eq!(early.verdict(at(10_000), true), Some(End(EndReason::Limit)), "the first time counts");
        let mut endless = watch(Some(1e300), None);
        assert_eq!((endless.verdict(at(u64::MAX / 2_000_000), true), endless.next(true)), (None, None));
        assert_eq!(endless.left(at(0)), None);
    }
}
