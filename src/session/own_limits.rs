//! The limits that this side keeps of itself (HO-21, HO-22): longest session, and longest time without anything from the user.
//!
//! They hold whatever the server does: a world that costs by the second must not run on because a server forgot to end it.

use std::time::Duration;

use crate::media::Monotonic;

/// Share of a session after which its end is announced (HO-21).
const FIRST_WARNING: f64 = 0.8;
/// How long before the end of a session it is announced once more (HO-21); and the end of patience with an idle user, where that
/// is not too large a part of it.
const LAST_WARNING: Duration = Duration::from_secs(30);
/// The largest part of an idle time that is its warning.
const IDLE_PART: u32 = 5;

/// Limits that a client sets itself. None: no limit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct OwnLimits {
    /// Longest session, from the first attempt to open it. At the limit the session ends, gracefully.
    pub session: Option<Duration>,
    /// Longest time without a command, a change of the hands or [`stay`](super::Session::stay). Counted while the world runs;
    /// frames do not count.
    pub idle: Option<Duration>,
}

/// Moments at which something is to be told or done about a limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Moments {
    /// When to warn first.
    pub(super) warning: Monotonic,
    /// When to warn once more.
    pub(super) last_warning: Option<Monotonic>,
    /// When the limit is reached.
    pub(super) end: Monotonic,
}

impl OwnLimits {
    /// The moments of a session that began at `start`.
    pub(super) fn session_moments(&self, start: Monotonic) -> Option<Moments> {
        let longest = self.session?;
        let (warning, end) = (start + longest.mul_f64(FIRST_WARNING), start + longest);
        let last = start + longest.saturating_sub(LAST_WARNING);
        Some(Moments { warning, last_warning: (last > warning).then_some(last), end })
    }

    /// The moments of a user who did something last at `last`.
    pub(super) fn idle_moments(&self, last: Monotonic) -> Option<Moments> {
        let longest = self.idle?;
        let notice = LAST_WARNING.min(longest / IDLE_PART);
        Some(Moments { warning: last + longest.saturating_sub(notice), last_warning: None, end: last + longest })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_is_announced_at_four_fifths_and_thirty_seconds_before_its_end_where_that_is_later() {
        let at = |seconds: u64| Monotonic::from_millis(seconds * 1000);
        let moments = |seconds| {
            let limits = OwnLimits { session: Some(Duration::from_secs(seconds)), idle: None };
            limits.session_moments(at(100)).map(|moments| (moments.warning, moments.last_warning, moments.end))
        };
        assert_eq!(moments(600), Some((at(580), Some(at(670)), at(700))));
        assert_eq!(moments(100), Some((at(180), None, at(200))));
        assert_eq!(OwnLimits::default().session_moments(at(0)), None);
    }

    #[test]
    fn an_idle_user_is_warned_thirty_seconds_before_or_a_fifth_of_a_short_time() {
        let at = Monotonic::from_millis;
        let moments = |seconds| {
            let limits = OwnLimits { idle: Some(Duration::from_secs(seconds)), session: None };
            limits.idle_moments(at(0)).map(|moments| (moments.warning, moments.end))
        };
        assert_eq!(moments(300), Some((at(270_000), at(300_000))));
        assert_eq!(moments(10), Some((at(8_000), at(10_000))));
    }
}
