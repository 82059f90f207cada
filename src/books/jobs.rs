//! The journal of jobs: what is written before a submit, between a submit and its answer, and after it, and how a job is found
//! again. Calls block as those of `desk` do. `job_settling` has what a user says of a job of which nobody knew.
//!
//! What is written later never undoes what is known for certain: an id stays, and a job with an id is never unknown.

use std::path::{Path, PathBuf};

use jiff::{SignedDuration, Timestamp, Zoned};
use rusqlite::types::Type;
use rusqlite::{Connection, OptionalExtension as _, Row, Transaction, params};

use super::amount::Amount;
use super::budget::{Budgets, Denied, Unit};
use super::desk::Books;
use super::entry::State;
use super::error::BooksError;
use super::job_entry::{JobCheck, JobEntry, JobIntent, JobMark};
use super::sums;
use crate::jobs::{Backend, JobState};

/// The kind of an entry that is a job.
const JOB: &str = "job";
/// A submit that is being sent: for everybody but its sender it may have arrived.
const SENDING: &str = "sending";
/// After so long a job that nobody asks for does not count any more among those that a service has at once.
const UNDER_WAY: SignedDuration = SignedDuration::from_mins(15);
/// Most jobs that are listed at once.
const MOST: u32 = 10_000;

const COLUMNS: &str = "job.key, work.id, backend, server, profile, summary, job.state, word, hash, body, estimate, credits, \
                       used_credits, results, expires_at, file, error, created_at, accepted_at, checked_at";

impl Books {
    /// Journals that a job is about to be submitted and sets aside what it may cost, in one transaction.
    ///
    /// # Errors
    /// [`BooksError`] outside, [`Denied`] inside; either way nothing was written.
    pub fn reserve_job(
        &self,
        now: &Zoned,
        intent: &JobIntent<'_>,
        budgets: &Budgets,
    ) -> Result<Result<(), Denied>, BooksError> {
        self.change("written", |change| {
            self.bury(change, now)?;
            let reserved = credits(intent.estimate);
            if let Some(denied) = denied(change, now, intent.profile, budgets, reserved)? {
                return Ok(Err(denied));
            }
            let work = Work { state: State::Intent, id: None, reserved };
            self.insert_work(change, now, intent, &work)?;
            change.execute(
                "INSERT INTO job (key, backend, state, hash, body, estimate, ours) VALUES (?1, ?2, 'intent', ?3, ?4, ?5, 1)",
                params![intent.key, intent.backend.name(), intent.hash, intent.body, intent.estimate],
            )?;
            Ok(Ok(()))
        })
    }

    /// The budget that a job of this estimate would exceed, if there is one. Writes nothing.
    ///
    /// # Errors
    /// [`BooksError`]
    pub fn would_exceed(
        &self,
        now: &Zoned,
        profile: &str,
        budgets: &Budgets,
        estimate: Option<f64>,
    ) -> Result<Option<Denied>, BooksError> {
        denied(&self.connection(), now, profile, budgets, credits(estimate)).map_err(BooksError::database("read"))
    }

    /// It is sent at any moment from now on, with this body, unless its service has as many jobs as it takes at once: those of this
    /// journal that were sent less than a quarter of an hour ago and have not ended, whichever process sent them.
    ///
    /// # Errors
    /// [`BooksError`]; then it must not be sent.
    pub fn job_sending(&self, now: &Zoned, key: &str, body: &str, most: Option<u32>) -> Result<JobMark, BooksError> {
        self.change("written", |change| {
            if let Some(most) = most {
                let since = (now.timestamp() - UNDER_WAY).to_string();
                let found: u32 = change.query_row(
                    "SELECT count(*) FROM job JOIN work USING (key)
                     WHERE job.state IN ('sending', 'running', 'unknown') AND sent_at > ?2
                       AND server = (SELECT server FROM work WHERE key = ?1)",
                    [key, since.as_str()],
                    |row| row.get(0),
                )?;
                if found >= most {
                    return Ok(JobMark::Full(found));
                }
            }
            let marked = change.execute(
                "UPDATE job SET state = 'sending', body = ?2, sent_at = ?3 WHERE key = ?1 AND state = 'intent'",
                params![key, body, now.timestamp().to_string()],
            )?;
            Ok(if marked > 0 { JobMark::Marked } else { JobMark::Gone })
        })
    }

    /// The submit left nothing at the service, and will be sent again.
    ///
    /// # Errors
    /// [`BooksError`]
    pub fn job_unsent(&self, key: &str) -> Result<(), BooksError> {
        self.change("written", |change| {
            change
                .execute("UPDATE job SET state = 'intent', sent_at = NULL WHERE key = ?1 AND state = 'sending'", [key])
                .map(drop)
        })
    }

    /// The service has it, under this id, and so much is to be booked for it at once.
    ///
    /// # Errors
    /// [`BooksError`]
    pub fn job_accepted(&self, now: &Zoned, key: &str, id: &str, word: &str, due: Option<f64>) -> Result<(), BooksError> {
        self.change("written", |change| {
            let (stamp, day) = (now.timestamp().to_string(), now.date().to_string());
            // Also of one that was given up or taken for unknown: whoever is told an id knows better.
            let known = change.execute(
                "UPDATE work SET state = 'held', id = ?2, changed_at = ?3, day = ?4 WHERE key = ?1 AND id IS NULL",
                params![key, id, stamp, day],
            )?;
            if known > 0 {
                change.execute(
                    "UPDATE job SET state = 'running', word = ?2, accepted_at = ?3, sent_at = coalesce(sent_at, ?3), error = NULL
                     WHERE key = ?1",
                    params![key, word, stamp],
                )?;
                if let Some(due) = due {
                    sums::book(change, key, &day, credits(Some(due)), false)?;
                }
            }
            Ok(())
        })
    }

    /// The service does not have it, and it is not sent again: what was set aside for it is free.
    ///
    /// # Errors
    /// [`BooksError`]
    pub fn job_refused(&self, now: &Zoned, key: &str, why: Option<&str>) -> Result<(), BooksError> {
        self.change("written", |change| settle(change, now, key, JobState::Refused, why).map(drop))
    }

    /// Nobody knows whether the service has it. What was set aside for it stays so for its day and its month.
    ///
    /// # Errors
    /// [`BooksError`]
    pub fn job_unknown(&self, now: &Zoned, key: &str, why: Option<&str>) -> Result<(), BooksError> {
        self.change("written", |change| settle(change, now, key, JobState::Unknown, why).map(drop))
    }

    /// The service said how it stands. What has ended stays so, with its first bill; links may be new.
    ///
    /// # Errors
    /// [`BooksError`]
    pub fn job_checked(&self, now: &Zoned, key: &str, check: &JobCheck<'_>) -> Result<(), BooksError> {
        self.change("written", |change| {
            let (stamp, day) = (now.timestamp().to_string(), now.date().to_string());
            let results = serde_json::Value::from(check.results).to_string();
            change.execute(
                "UPDATE job SET state = CASE WHEN state IN ('ready', 'failed') AND ?2 = 'running' THEN state ELSE ?2 END,
                                word = ?3, results = ?4, expires_at = ?5, credits = coalesce(?6, credits), error = ?7,
                                checked_at = ?8
                 WHERE key = ?1",
                params![
                    key,
                    check.state.name(),
                    check.word,
                    results,
                    check.expires.map(|at| at.to_string()),
                    check.credits.filter(|credits| credits.is_finite()),
                    check.error,
                    stamp
                ],
            )?;
            let found = change.query_row("SELECT ours, final FROM job JOIN work USING (key) WHERE key = ?1", [key], |row| {
                Ok((row.get::<_, bool>(0)?, row.get::<_, bool>(1)?))
            });
            let Some((ours, settled)) = found.optional()? else { return Ok(()) };
            if let Some(due) = check.due.filter(|_| ours && !settled) {
                sums::book(change, key, &day, credits(Some(due)), check.state.is_final())?;
            }
            change.execute(
                "UPDATE work SET state = ?2, changed_at = ?3, day = CASE WHEN state = 'ended' THEN day ELSE ?4 END
                 WHERE key = ?1 AND state <> 'ended'",
                params![key, work_state(check.state).name(), stamp, day],
            )?;
            Ok(())
        })
    }

    /// Something went wrong with it that changes nothing about how it stands.
    ///
    /// # Errors
    /// [`BooksError`]
    pub fn job_trouble(&self, key: &str, why: &str) -> Result<(), BooksError> {
        self.change("written", |change| change.execute("UPDATE job SET error = ?2 WHERE key = ?1", [key, why]).map(drop))
    }

    /// Its clip lies here.
    ///
    /// # Errors
    /// [`BooksError`]
    pub fn job_file(&self, key: &str, file: &Path) -> Result<(), BooksError> {
        let file = file.to_string_lossy();
        self.change("written", |change| change.execute("UPDATE job SET file = ?2 WHERE key = ?1", [key, &*file]).map(drop))
    }

    /// Journals a job that somebody else submitted, under its id. It is never billed here. Of the intent count the key, the service,
    /// the profile and the summary. Where the journal has the id already nothing is written.
    ///
    /// # Errors
    /// [`BooksError`]
    pub fn adopt_job(&self, now: &Zoned, id: &str, intent: &JobIntent<'_>) -> Result<JobEntry, BooksError> {
        self.change("written", |change| {
            if let Some(found) = find(change, id, Some(intent.server))? {
                return Ok(found);
            }
            let work = Work { state: State::Held, id: Some(id), reserved: Amount::ZERO };
            self.insert_work(change, now, intent, &work)?;
            change.execute(
                "INSERT INTO job (key, backend, state, hash, body, ours) VALUES (?1, ?2, 'running', '', '', 0)",
                params![intent.key, intent.backend.name()],
            )?;
            find(change, intent.key, None)?.ok_or(rusqlite::Error::QueryReturnedNoRows)
        })
    }

    /// The job of this id or key; of several services that know the id, the newest.
    ///
    /// # Errors
    /// [`BooksError`]
    pub fn find_job(&self, now: &Zoned, id: &str, server: Option<&str>) -> Result<Option<JobEntry>, BooksError> {
        self.change("read", |change| {
            self.bury(change, now)?;
            find(change, id, server)
        })
    }

    /// The newest jobs, newest first.
    ///
    /// # Errors
    /// [`BooksError`]
    pub fn jobs(&self, now: &Zoned, limit: u32) -> Result<Vec<JobEntry>, BooksError> {
        self.change("read", |change| {
            self.bury(change, now)?;
            select(change, "true ORDER BY created_at DESC, job.key DESC LIMIT ?1", [limit.min(MOST)])
        })
    }

    /// The newest job that asked for the same, may have cost something, and is not older than this.
    ///
    /// # Errors
    /// [`BooksError`]
    pub fn same_job(&self, now: &Zoned, hash: &str, within: SignedDuration) -> Result<Option<JobEntry>, BooksError> {
        let since = (now.timestamp() - within).to_string();
        self.change("read", |change| {
            self.bury(change, now)?;
            let which = "hash = ?1 AND created_at > ?2 AND job.state IN ('sending', 'running', 'ready', 'unknown')
                         ORDER BY created_at DESC, job.key DESC LIMIT 1";
            Ok(select(change, which, [hash, since.as_str()])?.pop())
        })
    }

    /// Settles what dead owners left half way: an intent was never sent, and of a submit that was being sent nobody knows.
    pub(super) fn bury(&self, change: &Transaction<'_>, now: &Zoned) -> rusqlite::Result<()> {
        let mut query = change.prepare_cached(
            "SELECT job.key, job.state, owner FROM job JOIN work USING (key) WHERE job.state IN ('intent', 'sending')",
        )?;
        let open: Vec<(String, String, String)> =
            query.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?.collect::<rusqlite::Result<_>>()?;
        for (key, state, owner) in open {
            if !self.owner.is_alive(&owner) {
                let sent = state == SENDING;
                let (state, why) = if sent {
                    (JobState::Unknown, "the program ended before the service answered")
                } else {
                    (JobState::Refused, "the program ended before anything was sent")
                };
                settle(change, now, &key, state, Some(why))?;
            }
        }
        Ok(())
    }

    fn insert_work(
        &self,
        change: &Transaction<'_>,
        now: &Zoned,
        intent: &JobIntent<'_>,
        work: &Work<'_>,
    ) -> rusqlite::Result<()> {
        change
            .execute(
                "INSERT INTO work (key, kind, profile, server, owner, state, id, summary, created_at, changed_at, day,
                                   reserved_seconds, reserved_credits)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?9, ?10, 0, ?11)",
                params![
                    intent.key,
                    JOB,
                    intent.profile,
                    intent.server,
                    self.owner.name,
                    work.state.name(),
                    work.id,
                    intent.summary,
                    now.timestamp().to_string(),
                    now.date().to_string(),
                    work.reserved.credits
                ],
            )
            .map(drop)
    }
}

/// What differs between the rows of jobs of one's own and of others'.
struct Work<'a> {
    state: State,
    id: Option<&'a str>,
    reserved: Amount,
}

/// Settles a job that has no id; one that has an id is left alone.
fn settle(change: &Transaction<'_>, now: &Zoned, key: &str, state: JobState, why: Option<&str>) -> rusqlite::Result<bool> {
    let settled = change.execute(
        "UPDATE job SET state = ?2, error = ?3 WHERE key = ?1 AND state IN ('intent', 'sending')",
        params![key, state.name(), why],
    )?;
    if settled > 0 {
        change.execute(
            "UPDATE work SET state = ?2, changed_at = ?3 WHERE key = ?1",
            params![key, work_state(state).name(), now.timestamp().to_string()],
        )?;
    }
    Ok(settled > 0)
}

const fn work_state(state: JobState) -> State {
    match state {
        JobState::Intent => State::Intent,
        JobState::Running => State::Held,
        JobState::Unknown => State::Unresolved,
        JobState::Ready | JobState::Failed | JobState::Refused => State::Ended,
    }
}

/// Clips are paid for in credits alone; the seconds of budgets are those of worlds.
pub(super) fn credits(credits: Option<f64>) -> Amount {
    Amount { seconds: 0.0, credits: credits.unwrap_or_default() }.sane()
}

fn denied(
    connection: &Connection,
    now: &Zoned,
    profile: &str,
    budgets: &Budgets,
    asked: Amount,
) -> rusqlite::Result<Option<Denied>> {
    let balances = sums::balances(connection, now.date(), profile, budgets)?;
    Ok(balances.iter().find_map(|balance| balance.check_of(Unit::Credits, asked).err()))
}

pub(super) fn find(connection: &Connection, id: &str, server: Option<&str>) -> rusqlite::Result<Option<JobEntry>> {
    // A key names one job; an id may be known to several services.
    let which = "(job.key = ?1 OR work.id = ?1) AND (?2 IS NULL OR server = ?2)
                 ORDER BY job.key = ?1 DESC, created_at DESC, job.key DESC LIMIT 1";
    Ok(select(connection, which, params![id, server])?.pop())
}

fn select(connection: &Connection, which: &str, params: impl rusqlite::Params) -> rusqlite::Result<Vec<JobEntry>> {
    connection
        .prepare_cached(&format!("SELECT {COLUMNS} FROM job JOIN work USING (key) WHERE {which}"))?
        .query_map(params, job_entry)?
        .collect()
}

fn job_entry(row: &Row<'_>) -> rusqlite::Result<JobEntry> {
    let stamp = |column| -> rusqlite::Result<Option<Timestamp>> {
        Ok(row.get::<_, Option<String>>(column)?.and_then(|text| text.parse().ok()))
    };
    let (backend, state): (String, String) = (row.get(2)?, row.get(6)?);
    let unreadable = |column, why: String| rusqlite::Error::FromSqlConversionFailure(column, Type::Text, why.into());
    let results: String = row.get(13)?;
    Ok(JobEntry {
        key: row.get(0)?,
        id: row.get(1)?,
        backend: backend.parse::<Backend>().map_err(|why| unreadable(2, why))?,
        server: row.get(3)?,
        profile: row.get(4)?,
        summary: row.get(5)?,
        // `sending` is this journal's own, and the schema allows no other: for everybody else it is still an intent.
        state: JobState::ALL.into_iter().find(|known| known.name() == state).unwrap_or(JobState::Intent),
        word: row.get(7)?,
        hash: row.get(8)?,
        body: row.get(9)?,
        estimate: row.get(10)?,
        credits: row.get(11)?,
        booked: row.get(12)?,
        results: serde_json::from_str(&results).unwrap_or_default(),
        expires: stamp(14)?,
        file: row.get::<_, Option<String>>(15)?.map(PathBuf::from),
        error: row.get(16)?,
        created: stamp(17)?.unwrap_or_default(),
        accepted: stamp(18)?,
        checked: stamp(19)?,
    })
}
