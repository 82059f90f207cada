//! What was spent, what may be spent, and what is still open: the journal of paid worlds and of jobs, the ledger and the budgets
//! (HO-23, HO-25, X-3), in one SQLite database that several processes share.
//!
//! Reads no clock: the wall clock is an argument. Knows no server and sends nothing; `client` writes here what its leases say, and
//! `clips` what its jobs do.
//!
//! # Schema, version 2
//!
//! | table | one row per | columns |
//! |---|---|---|
//! | `work` | thing that may cost money, by its key | `kind` (`world` or `job`), `profile`, `server` (base URL; never a key), `owner` (who is responsible, see below), `state` (`intent` `held` `kept` `unresolved` `ended`), `id` (the server's), `summary` (for people), `request` (to send it again, until the id is known), `created_at` and `changed_at` (RFC 3339, UTC), `day`, `reserved_seconds` and `_credits`, `used_seconds` and `_credits`, `final` (1: the server's last word) |
//! | `job` | job, beside its row of `work`: what only jobs have | `backend`, `state` (`intent` `sending` `running` `ready` `failed` `refused` `unknown`), `hash` (of what was asked for), `body` (as sent; no key of anybody's account), `estimate` (NULL: nobody says), `ours` (0: submitted by somebody else, and never billed here), `sent_at` `accepted_at` `checked_at`, `word` (the service's), `results` (links, as JSON; they may be secrets for a while, and the file is for its user alone), `expires_at`, `credits`, `error`, `file` |
//! | `ledger` | profile, kind and day | `seconds`, `credits` |
//!
//! A *day* is one of the user's calendar. What a world uses is booked on the day on which it became known, and what becomes known
//! only after a crash on the day on which the world was last known to live; the rest of its reservation counts to that day and its
//! month, too. So an entry that nobody can resolve any more weighs on its own day and month, and not for ever.
//!
//! A job's state in `work` follows from its own: `intent` and `sending` are `intent`, `running` is `held`, `unknown` is `unresolved`,
//! the others are `ended`. A job of a dead owner is `refused` where it was an intent, as nothing was sent, and `unknown` where it was
//! being sent. `unknown` ends when the service's answer comes after all, or when the user says what became of the job. Jobs are never
//! forgotten; somebody else's (`ours` 0) that turns out to be one's own unknown one is one row with it from then on.
//!
//! An *owner* is a process, or rather an open [`Books`]: it holds a lock on a file of its own in the folder `NAME.owners` beside
//! the database. The system gives the lock back however the process dies, so an owner whose lock can be taken is dead.

mod amount;
mod budget;
mod desk;
mod entry;
mod error;
mod job_entry;
mod job_settling;
mod jobs;
mod owner;
mod store;
mod sums;

pub use amount::Amount;
pub use budget::{Balance, Budget, Budgets, Denied, Limit, Period, Scope, Unit};
pub use desk::Books;
pub use entry::{Entry, Intent, Session, State};
pub use error::BooksError;
pub use job_entry::{JobCheck, JobEntry, JobIntent, JobMark, JobSettled};
