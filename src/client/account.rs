//! What a manager writes into the books: the lines of its leases, and what its worlds use. Its calls block; callers see to it that
//! no task waits for them.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::Zoned;
use jiff::tz::TimeZone;

use super::config::Bookkeeping;
use super::error::ClientError;
use crate::books::{Amount, BooksError, Entry, Intent, Session};
use crate::clock::wall_clock;
use crate::session::{Bill, LeaseRecord, clean};
use crate::wire::{CreateWorld, Limits};

/// Between two writes of what worlds use, at least: each world says it once a second, and each write waits for the disk.
const BETWEEN: Duration = Duration::from_secs(1);
/// Longest summary of a world in the journal, in characters.
const SUMMARY: usize = 80;

/// The books, and under which server this manager writes.
#[derive(Clone, Debug)]
pub(super) struct Account {
    pub(super) keeping: Bookkeeping,
    pub(super) server: String,
    pub(super) meter: Meter,
}

/// What worlds use, written down as it comes: of each world the newest figure wins, and one write for all of them is under way at a
/// time. Bounded by the worlds that there are.
#[derive(Clone, Debug, Default)]
pub(super) struct Meter(Arc<Mutex<Readings>>);

#[derive(Debug, Default)]
struct Readings {
    /// By key and id.
    newest: HashMap<(Option<String>, String), Amount>,
    writing: bool,
}

/// Somebody writes, until this goes: also where the runtime goes down and takes the writer with it.
struct Writing(Meter);

/// The user's calendar and clock.
pub(super) fn today() -> Zoned {
    wall_clock().to_zoned(TimeZone::system())
}

impl Bookkeeping {
    /// What a create for which so many seconds are asked would set aside now: for how long, and what. Sends and writes nothing.
    ///
    /// # Errors
    /// [`ClientError::Budget`] where a budget does not allow it, [`ClientError::Books`].
    pub fn preview(&self, asked: Option<f64>) -> Result<(Option<f64>, Amount), ClientError> {
        let Self { books, profile, budgets, credits_per_second, .. } = self;
        Ok(books.preview(&today(), profile, self.session(asked), *credits_per_second, budgets)??)
    }

    /// How long a world may last for which so many seconds are asked.
    fn session(&self, asked: Option<f64>) -> Session {
        match asked {
            Some(seconds) => Session::Exactly(seconds),
            None if self.budgets.any() => Session::UpTo(self.longest.as_secs_f64()),
            None => Session::Open,
        }
    }
}

impl Account {
    /// Journals that a world is about to be created, and sets aside what it may cost. How long it may last becomes its own limit.
    pub(super) fn open(&self, key: &str, request: &mut CreateWorld) -> Result<(), ClientError> {
        let Bookkeeping { books, profile, budgets, credits_per_second, .. } = &self.keeping;
        let session = self.keeping.session(request.limits.as_ref().and_then(|limits| limits.session_s));
        let named = request.world.as_ref().filter(|_| request.prompt.is_empty());
        let summary = clean(named.unwrap_or(&request.prompt), SUMMARY);
        let intent = Intent {
            key,
            profile,
            server: &self.server,
            summary: &summary,
            session,
            credits_per_second: *credits_per_second,
        };
        let text = |granted: Option<f64>| {
            if granted.is_some() {
                request.limits.get_or_insert_with(Limits::default).session_s = granted;
            }
            serde_json::to_string(request).unwrap_or_default()
        };
        books.reserve(&today(), &intent, text, budgets)??;
        Ok(())
    }

    /// Writes a line of a lease that is not its first.
    pub(super) fn write(&self, key: Option<&str>, id: Option<&str>, record: &LeaseRecord) -> Result<(), BooksError> {
        let Some(key) = self.key(key, id)? else { return Ok(()) };
        let (books, now) = (&self.keeping.books, today());
        match record {
            LeaseRecord::Intent => Ok(()),
            LeaseRecord::Held(id) => books.held(&now, &key, id.as_str()),
            LeaseRecord::Kept => books.kept(&key),
            LeaseRecord::NotMade => books.ended(&now, &key, Some(Amount::ZERO)),
            LeaseRecord::Ended(bill) => books.ended(&now, &key, bill.map(amount)),
            LeaseRecord::Unresolved => books.unresolved(&key),
        }
    }

    /// The entries of this server that nobody sees to.
    pub(super) fn take_over(&self, kept: bool) -> Result<Vec<Entry>, BooksError> {
        self.keeping.books.take_over(&today(), &self.server, kept)
    }

    /// Every open entry of this server.
    pub(super) fn open_entries(&self) -> Result<Vec<Entry>, BooksError> {
        let mut entries = self.keeping.books.open_entries()?;
        entries.retain(|entry| entry.server == self.server);
        Ok(entries)
    }

    /// Notes what a world has used by now. It is written at once, or with what all worlds say within [`BETWEEN`], by a task that waits
    /// for a thread of the runtime's for such work. Never blocks.
    pub(super) fn tell(&self, key: Option<&str>, id: &str, used: Amount) {
        {
            let mut readings = self.meter.readings();
            readings.newest.insert((key.map(str::to_owned), id.to_owned()), used);
            if std::mem::replace(&mut readings.writing, true) {
                return;
            }
        }
        let writing = Writing(self.meter.clone());
        let Ok(runtime) = tokio::runtime::Handle::try_current() else { return };
        let account = self.clone();
        runtime.spawn(async move {
            while let Some(newest) = writing.0.take() {
                let account = account.clone();
                let _ = tokio::task::spawn_blocking(move || account.write_down(newest)).await;
                tokio::time::sleep(BETWEEN).await;
            }
        });
    }

    fn write_down(&self, newest: HashMap<(Option<String>, String), Amount>) {
        let mut all = Vec::with_capacity(newest.len());
        for ((key, id), used) in newest {
            match self.key(key.as_deref(), Some(&id)) {
                Ok(Some(key)) => all.push((key, used)),
                Ok(None) => {}
                Err(error) => tracing::warn!("what world {id} uses could not be written down: {error}"),
            }
        }
        if let Err(error) = self.keeping.books.all_used(&today(), &all) {
            tracing::warn!("what {} worlds use could not be written down: {error}", all.len());
        }
    }

    /// The key of an entry: the one that is known, else that of the world of this id.
    fn key(&self, key: Option<&str>, id: Option<&str>) -> Result<Option<String>, BooksError> {
        match (key, id) {
            (Some(key), _) => Ok(Some(key.to_owned())),
            (None, Some(id)) => Ok(self.keeping.books.find(&self.server, id)?.map(|entry| entry.key)),
            (None, None) => Ok(None),
        }
    }
}

impl Meter {
    /// What has not been written down yet. Where there is nothing, nobody writes any more.
    fn take(&self) -> Option<HashMap<(Option<String>, String), Amount>> {
        let mut readings = self.readings();
        readings.writing = !readings.newest.is_empty();
        readings.writing.then(|| std::mem::take(&mut readings.newest))
    }

    fn readings(&self) -> MutexGuard<'_, Readings> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Writing {
    fn drop(&mut self) {
        // Two writers, where another has begun meanwhile, do no harm: what is less than known is not written.
        self.0.readings().writing = false;
    }
}

fn amount(bill: Bill) -> Amount {
    Amount { seconds: bill.seconds, credits: bill.credits }
}
