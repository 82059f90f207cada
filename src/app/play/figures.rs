//! Figures as they are told to scripts. No policy.

use crate::media::MediaDelta;

/// A time in seconds, to the millisecond.
pub(super) fn seconds(time: MediaDelta) -> f64 {
    thousandths(time.as_secs_f64())
}

/// A number to the thousandth.
pub(super) fn thousandths(number: f64) -> f64 {
    (number * 1e3).round() / 1e3
}
