//! The books, open: one connection and one owner. Calls block for milliseconds; where another process is writing, for a few
//! seconds at most.

use std::collections::HashMap;
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};

use jiff::{Timestamp, Zoned};
use rusqlite::{Connection, OptionalExtension as _, Row, Transaction, TransactionBehavior, params};

use super::amount::Amount;
use super::budget::{Balance, Budgets, Denied, Unit};
use super::entry::{Entry, Intent, Session, State};
use super::error::BooksError;
use super::owner::{Estate, Owner};
use super::{store, sums};

/// The kind of an entry that is a world.
const WORLD: &str = "world";
/// Entries of what has ended that are kept to be looked at; the oldest go first. The ledger keeps every day.
const REMEMBERED: u32 = 4096;
/// A session shorter than this is of no use to anybody, in seconds.
const LEAST: f64 = 10.0;

const COLUMNS: &str = "key, profile, server, owner, state, id, summary, request, created_at, changed_at, reserved_seconds, \
                       reserved_credits, used_seconds, used_credits";

/// The journal, the ledger and the budgets. What concerns worlds is here, what concerns jobs in `jobs`.
#[derive(Debug)]
pub struct Books {
    connection: Mutex<Connection>,
    pub(super) owner: Owner,
}

impl Books {
    /// Opens books, or begins them: a file for its user alone.
    ///
    /// # Errors
    /// [`BooksError`]
    pub fn open(path: &Path) -> Result<Self, BooksError> {
        let connection = store::open(path)?;
        let owner = Owner::enter(&store::owners(path)?)?;
        Ok(Self { connection: Mutex::new(connection), owner })
    }

    /// Journals that something is about to be created, and sets aside what it may cost, in one transaction: of two who race for
    /// the last of a budget one comes second and is refused. Returns for how long it is set aside; `None`: nobody says. `request`
    /// is told that, too, and says what has to be sent again if this process dies before it knows an id.
    ///
    /// # Errors
    /// [`BooksError`] outside, [`Denied`] inside; either way nothing was written.
    pub fn reserve(
        &self,
        now: &Zoned,
        intent: &Intent<'_>,
        request: impl FnOnce(Option<f64>) -> String,
        budgets: &Budgets,
    ) -> Result<Result<Option<f64>, Denied>, BooksError> {
        self.change("written", |change| {
            let balances = sums::balances(change, now.date(), intent.profile, budgets)?;
            let (seconds, reserved) = match granted(intent.session, intent.credits_per_second, &balances) {
                Ok(granted) => granted,
                Err(denied) => return Ok(Err(denied)),
            };
            let stamp = now.timestamp().to_string();
            change.execute(
                "INSERT INTO work (key, kind, profile, server, owner, state, summary, request, created_at, changed_at, day,
                                   reserved_seconds, reserved_credits)
                 VALUES (?1, ?2, ?3, ?4, ?5, 'intent', ?6, ?7, ?8, ?8, ?9, ?10, ?11)",
                params![
                    intent.key,
                    WORLD,
                    intent.profile,
                    intent.server,
                    self.owner.name,
                    intent.summary,
                    request(seconds),
                    stamp,
                    now.date().to_string(),
                    reserved.seconds,
                    reserved.credits
                ],
            )?;
            change.execute(
                "DELETE FROM work WHERE kind = 'world' AND state = 'ended' AND key NOT IN
                     (SELECT key FROM work WHERE kind = 'world' AND state = 'ended' ORDER BY changed_at DESC LIMIT ?1)",
                [REMEMBERED],
            )?;
            Ok(Ok(seconds))
        })
    }

    /// What [`Books::reserve`] would set aside at this moment, and for how long. Writes nothing, so that somebody may be faster.
    ///
    /// # Errors
    /// [`BooksError`] outside, [`Denied`] inside.
    pub fn preview(
        &self,
        now: &Zoned,
        profile: &str,
        session: Session,
        credits_per_second: Option<f64>,
        budgets: &Budgets,
    ) -> Result<Result<(Option<f64>, Amount), Denied>, BooksError> {
        Ok(granted(session, credits_per_second, &self.balances(now, profile, budgets)?))
    }

    /// It exists, under this id.
    ///
    /// # Errors
    /// [`BooksError`]
    pub fn held(&self, now: &Zoned, key: &str, id: &str) -> Result<(), BooksError> {
        self.change("written", |change| {
            change.execute(
                "UPDATE work SET state = 'held', id = ?2, request = NULL, changed_at = ?3, day = ?4
                 WHERE key = ?1 AND state <> 'ended'",
                params![key, id, now.timestamp().to_string(), now.date().to_string()],
            )?;
            Ok(())
        })
    }

    /// It lives on, on purpose.
    ///
    /// # Errors
    /// [`BooksError`]
    pub fn kept(&self, key: &str) -> Result<(), BooksError> {
        self.set_state(key, State::Kept)
    }

    /// It could not be ended, or nobody knows whether it exists.
    ///
    /// # Errors
    /// [`BooksError`]
    pub fn unresolved(&self, key: &str) -> Result<(), BooksError> {
        self.set_state(key, State::Unresolved)
    }

    /// So much has it used by now. Less than was known before changes nothing.
    ///
    /// # Errors
    /// [`BooksError`]
    pub fn used(&self, now: &Zoned, key: &str, used: Amount) -> Result<(), BooksError> {
        self.all_used(now, &[(key.to_owned(), used)])
    }

    /// The same of many entries in one transaction, which costs the disk as much as one entry does.
    ///
    /// # Errors
    /// [`BooksError`]; nothing is written then.
    pub fn all_used(&self, now: &Zoned, all: &[(String, Amount)]) -> Result<(), BooksError> {
        self.change("written", |change| {
            let (day, moment) = (now.date().to_string(), now.timestamp().to_string());
            let mut touch =
                change.prepare_cached("UPDATE work SET changed_at = ?2, day = ?3 WHERE key = ?1 AND state <> 'ended'")?;
            for (key, used) in all {
                if touch.execute(params![key, moment, day])? > 0 {
                    sums::book(change, key, &day, *used, false)?;
                }
            }
            Ok(())
        })
    }

    /// It has ended, with this final bill; `None`: nobody says, and what is known of it stands. What it set aside is free again.
    ///
    /// # Errors
    /// [`BooksError`]
    pub fn ended(&self, now: &Zoned, key: &str, bill: Option<Amount>) -> Result<(), BooksError> {
        self.change("written", |change| {
            let found: Option<(String, String, bool)> = change
                .query_row("SELECT state, day, final FROM work WHERE key = ?1", [key], |row| {
                    Ok((row.get(0)?, row.get(1)?, row.get(2)?))
                })
                .optional()?;
            let Some((state, day, settled)) = found else { return Ok(()) };
            if let Some(bill) = bill.filter(|_| !settled) {
                sums::book(change, key, &day, bill, true)?;
            }
            if state != State::Ended.name() {
                change.execute(
                    "UPDATE work SET state = 'ended', request = NULL, changed_at = ?2 WHERE key = ?1",
                    params![key, now.timestamp().to_string()],
                )?;
            }
            Ok(())
        })
    }

    /// Every world that is open, oldest first.
    ///
    /// # Errors
    /// [`BooksError`]
    pub fn open_entries(&self) -> Result<Vec<Entry>, BooksError> {
        self.entries("kind = 'world' AND state <> 'ended' ORDER BY created_at, key", [])
    }

    /// The entry of a world of a server, open or ended, the newest.
    ///
    /// # Errors
    /// [`BooksError`]
    pub fn find(&self, server: &str, id: &str) -> Result<Option<Entry>, BooksError> {
        Ok(self.entries("kind = 'world' AND server = ?1 AND id = ?2 ORDER BY created_at DESC LIMIT 1", [server, id])?.pop())
    }

    /// Whether somebody who is alive sees to an entry.
    #[must_use]
    pub fn is_cared_for(&self, entry: &Entry) -> bool {
        match entry.state {
            State::Intent | State::Held => self.owner.is_alive(&entry.owner),
            State::Kept | State::Ended => true,
            State::Unresolved => false,
        }
    }

    /// Takes over the entries of one server that nobody sees to: those of dead owners and the unresolved ones; with `kept`,
    /// what was left alive on purpose too. Nobody else gets them as long as this [`Books`] is open.
    ///
    /// # Errors
    /// [`BooksError`]
    pub fn take_over(&self, now: &Zoned, server: &str, kept: bool) -> Result<Vec<Entry>, BooksError> {
        let mut taken = Vec::new();
        // Held until every entry has changed hands, so that nobody else finds the same owners dead meanwhile.
        let mut estates = HashMap::new();
        for mut entry in self.open_entries()?.into_iter().filter(|entry| entry.server == server) {
            let ours = match entry.state {
                State::Intent | State::Held => {
                    let estate = estates.entry(entry.owner.clone());
                    estate.or_insert_with_key(|owner| self.owner.estate_of(owner)).is_some()
                }
                State::Kept => kept,
                State::Unresolved => true,
                State::Ended => false,
            };
            if !ours {
                continue;
            }
            let state = if entry.id.is_some() { State::Held } else { State::Intent };
            let changed = self.change("written", |change| {
                change.execute(
                    "UPDATE work SET owner = ?3, state = ?4 WHERE key = ?1 AND owner = ?2 AND state = ?5",
                    params![entry.key, entry.owner, self.owner.name, state.name(), entry.state.name()],
                )
            })?;
            if changed > 0 {
                (entry.owner, entry.state) = (self.owner.name.clone(), state);
                taken.push(entry);
            }
        }
        // Entries of other servers may still name these owners; one without a file counts as dead just the same.
        estates.into_values().flatten().for_each(Estate::close);
        self.owner.tidy(std::time::SystemTime::from(now.timestamp()));
        Ok(taken)
    }

    /// How the budgets stand.
    ///
    /// # Errors
    /// [`BooksError`]
    pub fn balances(&self, now: &Zoned, profile: &str, budgets: &Budgets) -> Result<Vec<Balance>, BooksError> {
        sums::balances(&self.connection(), now.date(), profile, budgets).map_err(BooksError::database("read"))
    }

    /// Every profile that ever had an entry in the ledger, in order.
    ///
    /// # Errors
    /// [`BooksError`]
    pub fn profiles(&self) -> Result<Vec<String>, BooksError> {
        let connection = self.connection();
        let names = connection
            .prepare("SELECT profile FROM ledger UNION SELECT profile FROM work ORDER BY 1")
            .and_then(|mut query| query.query_map([], |row| row.get(0))?.collect());
        names.map_err(BooksError::database("read"))
    }

    fn set_state(&self, key: &str, state: State) -> Result<(), BooksError> {
        self.change("written", |change| {
            change
                .execute("UPDATE work SET state = ?2 WHERE key = ?1 AND state <> 'ended'", params![key, state.name()])
                .map(drop)
        })
    }

    fn entries(&self, which: &str, params: impl rusqlite::Params) -> Result<Vec<Entry>, BooksError> {
        let connection = self.connection();
        let found = connection
            .prepare(&format!("SELECT {COLUMNS} FROM work WHERE {which}"))
            .and_then(|mut query| query.query_map(params, entry)?.collect());
        found.map_err(BooksError::database("read"))
    }

    /// One transaction that nobody else writes beside.
    pub(super) fn change<T>(
        &self,
        doing: &'static str,
        work: impl FnOnce(&Transaction<'_>) -> rusqlite::Result<T>,
    ) -> Result<T, BooksError> {
        let mut connection = self.connection();
        let outcome = connection.transaction_with_behavior(TransactionBehavior::Immediate).and_then(|change| {
            let outcome = work(&change)?;
            change.commit()?;
            Ok(outcome)
        });
        outcome.map_err(BooksError::database(doing))
    }

    pub(super) fn connection(&self) -> MutexGuard<'_, Connection> {
        self.connection.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// For how long something is set aside, and what.
fn granted(session: Session, price: Option<f64>, balances: &[Balance]) -> Result<(Option<f64>, Amount), Denied> {
    let seconds = seconds_of(session, price, balances);
    let asked = seconds.unwrap_or_default();
    let reserved = Amount { seconds: asked, credits: asked * price.unwrap_or_default() }.sane();
    balances.iter().try_for_each(|balance| balance.check(reserved))?;
    Ok((seconds, reserved))
}

fn seconds_of(session: Session, price: Option<f64>, balances: &[Balance]) -> Option<f64> {
    match session {
        Session::Open => None,
        Session::Exactly(seconds) => Some(seconds),
        Session::UpTo(most) => {
            let price = price.filter(|price| *price > 0.0);
            let by_time = balances.iter().filter_map(|balance| balance.left(Unit::Seconds));
            let by_credits = balances.iter().filter_map(|balance| Some(balance.left(Unit::Credits)? / price?));
            // Less than the least is asked for as the least, and refused.
            Some(by_time.chain(by_credits).fold(most, f64::min).max(LEAST.min(most)))
        }
    }
}

fn entry(row: &Row<'_>) -> rusqlite::Result<Entry> {
    let state: String = row.get(4)?;
    let stamp = |column| -> rusqlite::Result<Timestamp> { Ok(row.get::<_, String>(column)?.parse().unwrap_or_default()) };
    Ok(Entry {
        key: row.get(0)?,
        profile: row.get(1)?,
        server: row.get(2)?,
        owner: row.get(3)?,
        // The schema allows no other.
        state: State::from_name(&state).unwrap_or(State::Unresolved),
        id: row.get(5)?,
        summary: row.get(6)?,
        request: row.get(7)?,
        created: stamp(8)?,
        changed: stamp(9)?,
        reserved: Amount { seconds: row.get(10)?, credits: row.get(11)? },
        used: Amount { seconds: row.get(12)?, credits: row.get(13)? },
    })
}
