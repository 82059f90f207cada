//! Jobs of which nobody knows whether their service has them, settled by hand: their user looked, and says what was found (HL-21, HC-31).
//! Asks nobody and believes the user; `clips` asks the service first. Its neighbour `jobs` has all else of the journal of jobs.

use jiff::Zoned;
use rusqlite::{Transaction, params};

use super::desk::Books;
use super::entry::State;
use super::error::BooksError;
use super::job_entry::JobSettled;
use super::jobs::{credits, find};
use super::sums;
use crate::jobs::JobState;

impl Books {
    /// Its user found out that the service has the job of which nobody knew, under this id; so much was to be booked for it when it was
    /// sent, and is booked on that day, which had it set aside. Where the same id was followed as somebody else's job meanwhile, that
    /// entry goes into this one.
    ///
    /// # Errors
    /// [`BooksError`]
    pub fn settle_job(&self, now: &Zoned, key: &str, id: &str, due: Option<f64>) -> Result<JobSettled, BooksError> {
        self.change("written", |change| {
            self.bury(change, now)?;
            let found = find(change, key, None)?.filter(|entry| entry.key == key);
            let Some(entry) = found.filter(|entry| entry.state == JobState::Unknown) else {
                return not_unknown(change, key);
            };
            if let Some(other) = find(change, id, Some(&entry.server))?.filter(|other| other.id.as_deref() == Some(id)) {
                let ours: bool = change.query_row("SELECT ours FROM job WHERE key = ?1", [&other.key], |row| row.get(0))?;
                if ours {
                    return Ok(JobSettled::Taken(other.key));
                }
                // It was never billed, and how it stands the service says again; its file nobody would.
                let file = other.file.as_ref().map(|file| file.to_string_lossy().into_owned());
                change.execute("UPDATE job SET file = ?2 WHERE key = ?1", params![key, file])?;
                change.execute("DELETE FROM job WHERE key = ?1", [&other.key])?;
                change.execute("DELETE FROM work WHERE key = ?1", [&other.key])?;
            }
            change.execute("UPDATE job SET state = 'running', accepted_at = sent_at, error = NULL WHERE key = ?1", [key])?;
            change.execute(
                "UPDATE work SET state = ?4, id = ?2, changed_at = ?3 WHERE key = ?1",
                params![key, id, now.timestamp().to_string(), State::Held.name()],
            )?;
            if let Some(due) = due {
                let day: String = change.query_row("SELECT day FROM work WHERE key = ?1", [key], |row| row.get(0))?;
                sums::book(change, key, &day, credits(Some(due)), false)?;
            }
            Ok(JobSettled::Done)
        })
    }

    /// Its user found out that the service never took on the job of which nobody knew: what was set aside for it is free.
    ///
    /// # Errors
    /// [`BooksError`]
    pub fn void_job(&self, now: &Zoned, key: &str, why: &str) -> Result<JobSettled, BooksError> {
        self.change("written", |change| {
            self.bury(change, now)?;
            let voided = change
                .execute("UPDATE job SET state = 'refused', error = ?2 WHERE key = ?1 AND state = 'unknown'", [key, why])?;
            if voided == 0 {
                return not_unknown(change, key);
            }
            change.execute(
                "UPDATE work SET state = ?2, changed_at = ?3 WHERE key = ?1",
                params![key, State::Ended.name(), now.timestamp().to_string()],
            )?;
            Ok(JobSettled::Done)
        })
    }
}

/// Why a job cannot be settled by hand.
fn not_unknown(change: &Transaction<'_>, key: &str) -> rusqlite::Result<JobSettled> {
    let entry = find(change, key, None)?.filter(|entry| entry.key == key);
    Ok(JobSettled::NotUnknown(entry.map(|entry| entry.state)))
}
