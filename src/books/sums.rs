//! Sums over the ledger and over what is reserved: how the budgets stand.

use jiff::civil::Date;
use rusqlite::{Connection, Transaction, params};

use super::amount::Amount;
use super::budget::{Balance, Budgets, Period, Scope};

/// How every budget stands.
pub(super) fn balances(
    connection: &Connection,
    today: Date,
    profile: &str,
    budgets: &Budgets,
) -> rusqlite::Result<Vec<Balance>> {
    budgets
        .all()
        .into_iter()
        .map(|(scope, period, limit)| {
            let (from, to) = days(today, period);
            let profile = (scope == Scope::Profile).then_some(profile);
            let used = amount(
                connection,
                "SELECT coalesce(sum(seconds), 0.0), coalesce(sum(credits), 0.0) FROM ledger
                 WHERE day BETWEEN ?1 AND ?2 AND (?3 IS NULL OR profile = ?3)",
                (&from, &to, profile),
            )?;
            // A world that is open may use today what it was given on an earlier day, whether anybody has heard of it since or not. A
            // job is charged on the day of its submit.
            let reserved = amount(
                connection,
                "SELECT coalesce(sum(max(reserved_seconds - used_seconds, 0.0)), 0.0),
                        coalesce(sum(max(reserved_credits - used_credits, 0.0)), 0.0) FROM work
                 WHERE state <> 'ended' AND (day BETWEEN ?1 AND ?2 OR (kind = 'world' AND day < ?1))
                       AND (?3 IS NULL OR profile = ?3)",
                (&from, &to, profile),
            )?;
            Ok(Balance { scope, period, limit, used, reserved })
        })
        .collect()
}

/// Books what one entry has used by now, on a day; never below what was known unless the figure is final.
pub(super) fn book(change: &Transaction<'_>, key: &str, day: &str, used: Amount, last_word: bool) -> rusqlite::Result<()> {
    let (profile, kind, known): (String, String, Amount) = change
        .prepare_cached("SELECT profile, kind, used_seconds, used_credits FROM work WHERE key = ?1")?
        .query_row([key], |row| Ok((row.get(0)?, row.get(1)?, Amount { seconds: row.get(2)?, credits: row.get(3)? })))?;
    let used = if last_word { used.sane() } else { used.sane().max(known) };
    let more = used - known;
    change
        .prepare_cached("UPDATE work SET used_seconds = ?2, used_credits = ?3, final = max(final, ?4) WHERE key = ?1")?
        .execute(params![key, used.seconds, used.credits, last_word])?;
    if more != Amount::ZERO {
        change
            .prepare_cached(
                "INSERT INTO ledger (profile, kind, day, seconds, credits) VALUES (?1, ?2, ?3, max(?4, 0.0), max(?5, 0.0))
                 ON CONFLICT DO UPDATE SET seconds = max(seconds + ?4, 0.0), credits = max(credits + ?5, 0.0)",
            )?
            .execute(params![profile, kind, day, more.seconds, more.credits])?;
    }
    Ok(())
}

/// First and last day of a period.
fn days(today: Date, period: Period) -> (String, String) {
    match period {
        Period::Day => (today.to_string(), today.to_string()),
        Period::Month => (today.first_of_month().to_string(), today.last_of_month().to_string()),
    }
}

fn amount(connection: &Connection, sql: &str, range: (&str, &str, Option<&str>)) -> rusqlite::Result<Amount> {
    connection.prepare_cached(sql)?.query_row(range, |row| Ok(Amount { seconds: row.get(0)?, credits: row.get(1)? }))
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn a_month_is_the_calendars() {
        let days = |today| days(today, Period::Month);
        assert_eq!(days(date(2028, 2, 29)), ("2028-02-01".to_owned(), "2028-02-29".to_owned()));
        assert_eq!(days(date(2026, 12, 31)), ("2026-12-01".to_owned(), "2026-12-31".to_owned()));
    }
}
