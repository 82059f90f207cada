//! What something costs: time and credits.

use std::ops::{Add, AddAssign, Sub};

/// Seconds of media time and credits.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Amount {
    /// Seconds.
    pub seconds: f64,
    /// Credits; 0 where nothing is priced.
    pub credits: f64,
}

/// Most of anything that one bill can hold. Beyond it a sum would forget the small amounts in it: 2⁵³ nanoseconds of these are kept.
const MOST: f64 = 1e9;

impl Amount {
    /// Nothing.
    pub const ZERO: Self = Self { seconds: 0.0, credits: 0.0 };

    /// The greater of each. What is no number counts as nothing: amounts come from servers.
    #[must_use]
    pub const fn max(self, other: Self) -> Self {
        Self { seconds: self.seconds.max(other.seconds), credits: self.credits.max(other.credits) }
    }

    /// Without what no bill can hold: negative and endless amounts, and what is too great to be taken back exactly.
    #[must_use]
    pub fn sane(self) -> Self {
        let sane = |amount: f64| if amount.is_finite() { amount.clamp(0.0, MOST) } else { 0.0 };
        Self { seconds: sane(self.seconds), credits: sane(self.credits) }
    }
}

impl Add for Amount {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self { seconds: self.seconds + other.seconds, credits: self.credits + other.credits }
    }
}

impl AddAssign for Amount {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

impl Sub for Amount {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        Self { seconds: self.seconds - other.seconds, credits: self.credits - other.credits }
    }
}
