//! Budgets, what is left of them, and the refusal to go beyond (HO-23). Arithmetic alone.

use std::fmt;

use super::amount::Amount;

/// What sums of binary fractions may be off by, as a share of the budget: three times 0.1 is not quite 0.3. Far below what any bill
/// counts.
const ROUNDING: f64 = 1e-9;

/// The most that may be spent in one period; `None`: no limit.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Limit {
    /// Seconds of media time.
    pub seconds: Option<f64>,
    /// Credits.
    pub credits: Option<f64>,
}

/// A budget by the day and by the month.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Budget {
    /// Per calendar day.
    pub day: Limit,
    /// Per calendar month.
    pub month: Limit,
}

/// The budgets that hold for one create, or one submit.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Budgets {
    /// Of the user, over all profiles.
    pub user: Budget,
    /// Of the profile.
    pub profile: Budget,
}

/// Whose budget.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// The user's, over all profiles.
    User,
    /// One profile's.
    Profile,
}

/// Of which time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Period {
    /// A calendar day.
    Day,
    /// A calendar month.
    Month,
}

/// Of what.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// Seconds of media time.
    Seconds,
    /// Credits.
    Credits,
}

/// One budget and how it stands.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Balance {
    /// Whose.
    pub scope: Scope,
    /// Of which time.
    pub period: Period,
    /// What may be spent.
    pub limit: Limit,
    /// What was spent.
    pub used: Amount,
    /// What open worlds and jobs may still spend.
    pub reserved: Amount,
}

/// A create or a submit would exceed a budget; nothing was sent.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Denied {
    /// Whose budget.
    pub scope: Scope,
    /// Of which time.
    pub period: Period,
    /// Of what.
    pub unit: Unit,
    /// The budget.
    pub limit: f64,
    /// What was spent of it.
    pub used: f64,
    /// What open worlds and jobs may still spend.
    pub reserved: f64,
    /// What this would reserve.
    pub asked: f64,
}

impl Limit {
    const fn of(&self, unit: Unit) -> Option<f64> {
        match unit {
            Unit::Seconds => self.seconds,
            Unit::Credits => self.credits,
        }
    }
}

impl Budgets {
    /// Each budget with its place.
    pub(super) const fn all(&self) -> [(Scope, Period, Limit); 4] {
        [
            (Scope::User, Period::Day, self.user.day),
            (Scope::User, Period::Month, self.user.month),
            (Scope::Profile, Period::Day, self.profile.day),
            (Scope::Profile, Period::Month, self.profile.month),
        ]
    }

    /// Whether anything is limited.
    #[must_use]
    pub fn any(&self) -> bool {
        self.all().iter().any(|(_, _, limit)| *limit != Limit::default())
    }
}

impl Balance {
    /// What may still be reserved; `None`: no limit. Never below 0.
    #[must_use]
    pub fn left(&self, unit: Unit) -> Option<f64> {
        let limit = self.limit.of(unit)?;
        let left = limit - unit.of(self.used) - unit.of(self.reserved);
        Some(if left > limit * ROUNDING { left } else { 0.0 })
    }

    /// Whether so much more fits.
    pub(super) fn check(&self, asked: Amount) -> Result<(), Denied> {
        self.check_of(Unit::Seconds, asked)?;
        self.check_of(Unit::Credits, asked)
    }

    /// Whether so much more of one unit fits.
    pub(super) fn check_of(&self, unit: Unit, asked: Amount) -> Result<(), Denied> {
        let (Some(limit), Some(left)) = (self.limit.of(unit), self.left(unit)) else { return Ok(()) };
        let (used, reserved, wanted) = (unit.of(self.used), unit.of(self.reserved), unit.of(asked));
        // Where the price is unknown nothing can be reserved, and the last of the budget is where it ends.
        if wanted > left + limit * ROUNDING || left <= 0.0 {
            let (scope, period) = (self.scope, self.period);
            return Err(Denied { scope, period, unit, limit, used, reserved, asked: wanted });
        }
        Ok(())
    }
}

impl Unit {
    const fn of(self, amount: Amount) -> f64 {
        match self {
            Self::Seconds => amount.seconds,
            Self::Credits => amount.credits,
        }
    }
}

impl fmt::Display for Denied {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let whose = match self.scope {
            Scope::User => "the user's",
            Scope::Profile => "the profile's",
        };
        let when = match self.period {
            Period::Day => "today",
            Period::Month => "this month",
        };
        let unit = match self.unit {
            Unit::Seconds => "s",
            Unit::Credits => "credits",
        };
        let Self { limit, used, reserved, asked, .. } = self;
        let left = (limit - used - reserved).max(0.0);
        write!(
            f,
            "{whose} budget for {when} is {} {unit}: {} used, {} reserved by what is open, {} left, and this may use {}",
            figure(*limit),
            figure(*used),
            figure(*reserved),
            figure(left),
            figure(*asked)
        )
    }
}

/// As exact as it takes to see why something was refused: to the thousandth, without zeros behind.
fn figure(amount: f64) -> String {
    let text = format!("{amount:.3}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

impl std::error::Error for Denied {}

#[cfg(test)]
mod tests {
    use super::*;

    fn balance(limit: Limit) -> Balance {
        let (used, reserved) = (Amount { seconds: 60.0, credits: 6.0 }, Amount { seconds: 30.0, credits: 3.0 });
        Balance { scope: Scope::Profile, period: Period::Day, limit, used, reserved }
    }

    #[test]
    fn a_budget_is_used_up_to_its_last_second_and_not_beyond() {
        let day = balance(Limit { seconds: Some(100.0), credits: None });
        assert_eq!(day.left(Unit::Seconds), Some(10.0));
        assert_eq!(day.check(Amount { seconds: 10.0, credits: 1e9 }), Ok(()));
        let denied = day.check(Amount { seconds: 10.001, credits: 0.0 }).unwrap_err();
        assert_eq!(denied.unit, Unit::Seconds);
        let words = denied.to_string();
        for part in ["100 s", "60 used", "30 reserved", "10 left"] {
            assert!(words.contains(part), "{words}");
        }
    }

    /// HO-23: neither 0.3 - 0.2 nor 7 / 0.15 * 0.15 is what it is on paper.
    #[test]
    fn the_last_of_a_budget_is_granted_though_binary_fractions_are_not_exact() {
        let credits = |limit, reserved| Balance {
            scope: Scope::User,
            period: Period::Day,
            limit: Limit { seconds: None, credits: Some(limit) },
            used: Amount::ZERO,
            reserved: Amount { seconds: 0.0, credits: reserved },
        };
        let asked = |credits| Amount { seconds: 0.0, credits };
        assert!(credits(0.3, 0.1 + 0.1).check(asked(0.1)).is_ok());
        assert!(credits(7.0, 0.0).check(asked(7.0 / 0.15 * 0.15)).is_ok());
        assert_eq!(credits(0.3, 0.1 * 3.0).left(Unit::Credits), Some(0.0));
        assert!(credits(0.3, 0.1 * 3.0).check(Amount::ZERO).is_err(), "nothing is left, whatever the price");
        let denied = credits(0.3, 0.2).check(asked(0.101)).unwrap_err();
        let words = denied.to_string();
        for part in ["is 0.3 credits", "0.2 reserved", "0.1 left", "may use 0.101"] {
            assert!(words.contains(part), "{words}");
        }
    }

    #[test]
    fn a_budget_that_is_used_up_refuses_also_what_has_no_known_price() {
        let day = balance(Limit { seconds: None, credits: Some(9.0) });
        assert!(day.check(Amount { seconds: 10.0, credits: 0.0 }).is_err());
        assert!(balance(Limit { seconds: None, credits: Some(9.5) }).check(Amount::ZERO).is_ok());
    }

    #[test]
    fn a_budget_that_was_overrun_has_nothing_left_and_no_debt() {
        assert_eq!(balance(Limit { seconds: Some(50.0), credits: None }).left(Unit::Seconds), Some(0.0));
    }
}
