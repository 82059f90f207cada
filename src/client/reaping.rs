//! Reaping: worlds that nobody sees to any more are found in the journal and ended (HO-25). The same leases, begun from what a
//! process that died has written.

use jiff::Timestamp;

use super::account::today;
use super::errand::{Body, Errand};
use super::error::ClientError;
use super::retry;
use super::server::{Server, seed};
use super::verdicts::usage_of;
use crate::books::{Amount, BooksError, Entry, State};
use crate::session::{Bill, Lease, LeaseEnd};
use crate::wire::WorldId;

/// Most worlds that were kept on purpose and are asked after in one go.
const MOST_KEPT: usize = 64;

/// What to reap.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Reap {
    /// Also worlds that were left alive on purpose.
    pub kept: bool,
    /// Only tell what would be reaped.
    pub dry_run: bool,
}

/// One world that was found.
#[derive(Clone, Debug, PartialEq)]
pub struct Reaped {
    /// Its idempotency key.
    pub key: String,
    /// Its id, where it is known.
    pub id: Option<WorldId>,
    /// What it is, in a few words of its maker.
    pub summary: String,
    /// When it was begun.
    pub since: Timestamp,
    /// What became of it.
    pub outcome: ReapOutcome,
}

/// What became of a world that was found.
#[derive(Clone, Debug, PartialEq)]
pub enum ReapOutcome {
    /// It was only looked for.
    Found,
    /// It has ended, or was never made; with what it cost, where that is known.
    Ended(Option<Bill>),
    /// It could not be ended, and stays in the journal.
    Unresolved(String),
}

impl Server {
    /// Ends the worlds of this server that nobody sees to; and books what worlds that were kept on purpose have cost.
    pub(super) async fn reap(&self, which: Reap) -> Result<Vec<Reaped>, ClientError> {
        let Some(account) = self.courier.account.clone() else { return Ok(Vec::new()) };
        if which.dry_run {
            return blocking(move || {
                let books = &account.keeping.books;
                let mut entries = account.open_entries()?;
                entries.retain(|entry| (which.kept && entry.state == State::Kept) || !books.is_cared_for(entry));
                Ok(entries.into_iter().map(|entry| found(&entry, ReapOutcome::Found)).collect())
            })
            .await;
        }
        let entries = {
            let account = account.clone();
            blocking(move || account.take_over(which.kept)).await?
        };
        let mut reaped = Vec::with_capacity(entries.len());
        for entry in entries {
            let outcome = self.end_entry(&entry).await;
            reaped.push(found(&entry, outcome));
        }
        if let Err(error) = self.settle_kept().await {
            tracing::warn!("what worlds that were kept on purpose have cost could not be booked: {error}");
        }
        Ok(reaped)
    }

    /// Ends a world of which only the id is known.
    pub(super) async fn end(&self, id: &WorldId) -> Result<Option<Bill>, ClientError> {
        let options = self.lease_options(self.config.request_timeout);
        let mut errand = Errand::new(Lease::recover(self.config.clock.now(), Some(id.clone()), options), None, Body::None);
        errand.run(&self.courier, &self.http).await;
        match errand.lease.end() {
            Some(LeaseEnd::Ended(bill)) => Ok(*bill),
            _ => Err(errand
                .error
                .unwrap_or_else(|| ClientError::NotDeleted { id: id.clone(), why: "no answer came in time".to_owned() })),
        }
    }

    async fn end_entry(&self, entry: &Entry) -> ReapOutcome {
        // An id that this program wrote and that does not read as one any more is no id.
        let id = entry.id.as_ref().and_then(|id| WorldId::new(id.as_str()).ok());
        let lease = Lease::recover(self.config.clock.now(), id, self.lease_options(self.config.delete_timeout));
        let body = entry.request.clone().map_or(Body::None, Body::Text);
        let mut errand = Errand::new(lease, Some(entry.key.clone()), body);
        errand.run(&self.courier, &self.http).await;
        match errand.lease.end() {
            Some(LeaseEnd::Ended(bill)) => ReapOutcome::Ended(*bill),
            _ => ReapOutcome::Unresolved(
                errand.error.map_or_else(|| "no answer came in time".to_owned(), |error| error.to_string()),
            ),
        }
    }

    /// Worlds that were kept on purpose end by themselves at some time: what they have cost by now is booked.
    async fn settle_kept(&self) -> Result<(), ClientError> {
        let Some(account) = self.courier.account.clone() else { return Ok(()) };
        let kept = {
            let account = account.clone();
            blocking(move || account.open_entries()).await?
        };
        for entry in kept.into_iter().filter(|entry| entry.state == State::Kept).take(MOST_KEPT) {
            let request = self.courier.usage(None, Some(&entry.key));
            let answer = retry::exchange(&self.http, request, seed()).await?;
            let Some((bill, over)) = usage_of(&answer).filter(|_| answer.status == 200) else { continue };
            let books = account.keeping.books.clone();
            blocking(move || {
                let amount = Amount { seconds: bill.seconds, credits: bill.credits };
                if over { books.ended(&today(), &entry.key, Some(amount)) } else { books.used(&today(), &entry.key, amount) }
            })
            .await?;
        }
        Ok(())
    }
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, BooksError> + Send + 'static,
) -> Result<T, ClientError> {
    match tokio::task::spawn_blocking(work).await {
        Ok(outcome) => Ok(outcome?),
        Err(error) => std::panic::resume_unwind(error.into_panic()),
    }
}

fn found(entry: &Entry, outcome: ReapOutcome) -> Reaped {
    Reaped {
        key: entry.key.clone(),
        id: entry.id.as_ref().and_then(|id| WorldId::new(id.as_str()).ok()),
        summary: entry.summary.clone(),
        since: entry.created,
        outcome,
    }
}
