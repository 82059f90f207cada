//! What an agency writes into the journal of jobs, and reads there. Its calls block; callers see to it that no task waits for them.

use std::sync::Arc;

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, Zoned};
use serde_json::{Map, Value};

use super::courier::text_of;
use super::error::ClipError;
use crate::books::{Books, BooksError, Budgets, Denied, JobCheck, JobEntry, JobIntent, JobMark, JobSettled};
use crate::clock::wall_clock;
use crate::jobs::{Accepted, Backend, Charge, Expiry, JobState, Lowered, Phase, Request, Status};

/// Longest summary of a job in the journal, in characters.
const SUMMARY: usize = 80;
/// So many of the newest jobs are looked through for those that run.
const NEWEST: u32 = 500;
/// The same request within this time is worth a word.
const SAME: SignedDuration = SignedDuration::from_hours(1);

/// The journal, and under which service and for whom this agency writes there.
#[derive(Clone, Debug)]
pub(super) struct Account {
    pub(super) books: Arc<Books>,
    pub(super) backend: Backend,
    pub(super) server: String,
    pub(super) profile: String,
    pub(super) budgets: Budgets,
    pub(super) charge: Charge,
}

/// The user's calendar and clock.
fn today() -> Zoned {
    wall_clock().to_zoned(TimeZone::system())
}

impl Account {
    /// Journals that a job is about to be submitted, and sets aside what it may cost.
    pub(super) fn open(
        &self,
        key: &str,
        summary: &str,
        hash: &str,
        body: &Map<String, Value>,
        estimate: Option<f64>,
    ) -> Result<(), ClipError> {
        let body = text_of(body);
        let intent = JobIntent { hash, body: &body, estimate, ..self.intent(key, summary) };
        Ok(self.books.reserve_job(&today(), &intent, &self.budgets)??)
    }

    /// The budget that a job of this estimate would exceed.
    pub(super) fn denied(&self, estimate: Option<f64>) -> Result<Option<Denied>, BooksError> {
        self.books.would_exceed(&today(), &self.profile, &self.budgets, estimate)
    }

    /// The newest job that asked for the same within the hour, and how many minutes ago that was.
    pub(super) fn same(&self, hash: &str) -> Result<Option<(JobEntry, i64)>, BooksError> {
        let now = today();
        let found = self.books.same_job(&now, hash, SAME)?;
        Ok(found.map(|entry| {
            let ago = now.timestamp().duration_since(entry.created).as_mins().max(0);
            (entry, ago)
        }))
    }

    /// It is sent at any moment from now on.
    pub(super) fn sending(&self, key: &str, body: &str, most: Option<u32>) -> Result<JobMark, BooksError> {
        self.books.job_sending(&today(), key, body, most)
    }

    pub(super) fn unsent(&self, key: &str) -> Result<(), BooksError> {
        self.books.job_unsent(key)
    }

    pub(super) fn accepted(&self, key: &str, accepted: &Accepted, estimate: Option<f64>) -> Result<(), BooksError> {
        self.books.job_accepted(&today(), key, &accepted.id, &accepted.word, self.charge.at_submit(estimate))
    }

    pub(super) fn refused(&self, key: &str, why: Option<&str>) -> Result<(), BooksError> {
        self.books.job_refused(&today(), key, why)
    }

    pub(super) fn unknown(&self, key: &str, why: Option<&str>) -> Result<(), BooksError> {
        self.books.job_unknown(&today(), key, why)
    }

    /// Its user found the job of this key at the service, under this id.
    pub(super) fn settle(&self, key: &str, id: &str) -> Result<JobSettled, BooksError> {
        let estimate = self.find(key)?.and_then(|entry| entry.estimate);
        self.books.settle_job(&today(), key, id, self.charge.at_submit(estimate))
    }

    pub(super) fn trouble(&self, key: &str, why: &str) -> Result<(), BooksError> {
        self.books.job_trouble(key, why)
    }

    /// Writes how the job of an id stands. One that the journal does not know is taken into it.
    pub(super) fn checked(&self, id: &str, status: &Status) -> Result<(), BooksError> {
        let now = today();
        let entry = match self.books.find_job(&now, id, Some(&self.server))? {
            Some(entry) => entry,
            None => self.books.adopt_job(&now, id, &self.intent(&new_key(), ""))?,
        };
        // A clip that was there is no failure of its job where the service no longer knows the way to it.
        let had_one = entry.state == JobState::Ready && status.phase == Phase::ResultMissing;
        let check = JobCheck {
            state: if had_one { entry.state } else { state_of(status.phase) },
            word: &status.word,
            results: &status.results,
            expires: status.expires.as_ref().and_then(moment),
            credits: status.credits,
            due: self.charge.by_now(status.phase, status.credits, entry.estimate),
            error: status.error.as_deref(),
        };
        self.books.job_checked(&now, &entry.key, &check)
    }

    pub(super) fn file(&self, id: &str, file: &std::path::Path) -> Result<(), BooksError> {
        match self.find(id)? {
            Some(entry) => self.books.job_file(&entry.key, file),
            None => Ok(()),
        }
    }

    /// The job of an id or a key, at this service.
    pub(super) fn find(&self, id: &str) -> Result<Option<JobEntry>, BooksError> {
        self.books.find_job(&today(), id, Some(&self.server))
    }

    /// The jobs that run at this service, as far as the journal knows, those first that were asked for longest ago.
    pub(super) fn running(&self) -> Result<Vec<String>, BooksError> {
        let mut entries = self.books.jobs(&today(), NEWEST)?;
        entries.retain(|entry| entry.state == JobState::Running && entry.server == self.server);
        entries.sort_by_key(|entry| entry.checked.or(entry.accepted));
        Ok(entries.into_iter().filter_map(|entry| entry.id).collect())
    }

    fn intent<'a>(&'a self, key: &'a str, summary: &'a str) -> JobIntent<'a> {
        JobIntent {
            key,
            backend: self.backend,
            server: &self.server,
            profile: &self.profile,
            summary,
            hash: "",
            body: "",
            estimate: None,
        }
    }
}

/// A key of the journal's own; in the order of their making.
pub(super) fn new_key() -> String {
    uuid::Uuid::now_v7().simple().to_string()
}

/// For people: what is to be seen, on one line.
pub(super) fn summary_of(request: &Request) -> String {
    let shots = request.shots.iter().map(|shot| shot.prompt.as_str());
    let words: Vec<&str> = request.prompt.as_deref().into_iter().chain(shots).collect();
    let line = words.join(" / ");
    let line = line.split_whitespace().collect::<Vec<_>>().join(" ");
    line.chars().filter(|c| !c.is_control()).take(SUMMARY).collect()
}

/// What tells one request from another: the service, the body, and the files that go with it, whose keys are not known yet.
pub(super) fn hash_of(server: &str, lowered: &Lowered) -> String {
    let mut context = ring::digest::Context::new(&ring::digest::SHA256);
    let mut add = |part: &str| {
        context.update(&(part.len() as u64).to_be_bytes());
        context.update(part.as_bytes());
    };
    add(server);
    add(&text_of(&lowered.body));
    for upload in &lowered.uploads {
        add(&upload.field);
        add(&upload.file.path.to_string_lossy());
        add(&upload.file.bytes.to_string());
    }
    context.finish().as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// How long ago that was by the wall clock, which is all that several processes share.
pub(super) fn age(then: Timestamp) -> std::time::Duration {
    wall_clock().duration_since(then).try_into().unwrap_or_default()
}

/// Whether a link that holds until then holds no more.
pub(super) fn is_over(expires: Option<Timestamp>) -> bool {
    expires.is_some_and(|expires| expires <= wall_clock())
}

pub(super) const fn state_of(phase: Phase) -> JobState {
    match phase {
        Phase::Running => JobState::Running,
        Phase::Ready => JobState::Ready,
        Phase::Failed | Phase::ResultMissing => JobState::Failed,
    }
}

/// When a link ends; `None` where the service's words are no time.
fn moment(expiry: &Expiry) -> Option<Timestamp> {
    match expiry {
        Expiry::At(text) => text.parse().ok(),
        Expiry::HoursAfter(hours, text) => {
            text.parse::<Timestamp>().ok()?.checked_add(SignedDuration::from_hours(i64::from(*hours))).ok()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// AM-6
    #[test]
    fn a_link_holds_until_the_moment_that_is_told_or_so_many_hours_after_another() {
        let noon: Timestamp = "2025-06-01T12:00:00Z".parse().unwrap();
        assert_eq!(moment(&Expiry::At("2025-06-01T14:00:00+02:00".to_owned())), Some(noon));
        assert_eq!(moment(&Expiry::HoursAfter(24, "2025-05-31T12:00:00Z".to_owned())), Some(noon));
        assert_eq!(moment(&Expiry::At("tomorrow".to_owned())), None);
        assert_eq!(moment(&Expiry::HoursAfter(u32::MAX, "2025-05-31T12:00:00Z".to_owned())), None);
        assert!(is_over(Some(noon)) && !is_over(None));
    }

    #[test]
    fn a_hash_is_the_same_for_the_same_request_at_the_same_service_and_no_other() {
        let lowered = |prompt: &str| {
            let body = serde_json::json!({ "prompt": prompt }).as_object().cloned().unwrap();
            Lowered { body, ..Lowered::default() }
        };
        let hash = hash_of("https://a.example/", &lowered("a horse"));
        assert_eq!(hash.len(), 64);
        assert_eq!(hash, hash_of("https://a.example/", &lowered("a horse")));
        assert_ne!(hash, hash_of("https://b.example/", &lowered("a horse")));
        assert_ne!(hash, hash_of("https://a.example/", &lowered("a house")));
    }
}
