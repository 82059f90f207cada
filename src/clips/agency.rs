//! One service at one address, and everything that can be asked of it.

use std::collections::VecDeque;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use serde_json::Value;
use tokio::sync::{mpsc, watch};

use super::account::{Account, age, hash_of, is_over, new_key, state_of, summary_of};
use super::cargo;
use super::config::{AgencyConfig, Waiting};
use super::courier::Courier;
use super::download::{DownloadError, download, downloader};
use super::errand::{Errand, Order, blocking};
use super::error::ClipError;
use super::progress::{Downloaded, Finished, Plan, Progress, Receipt, Uploaded};
use crate::books::JobEntry;
use crate::jobs::{
    Call, Dialect, Estimate, FieldNames, Job, JobEnd, JobOptions, JobState, LocalFile, Lowered, MediaKind, Note, NoteKind,
    Outcome, Pace, Phase, Prices, Request, Status, dialect,
};
use crate::media::Monotonic;
use crate::net::Http;

/// What is told of a submit and waits for its caller. When it is full, how far an upload is goes untold.
const TOLD: usize = 64;
/// Jobs of which the moment is remembered at which they were taken on.
const REMEMBERED: usize = 256;
/// Where another process downloads the same clip: how often it is looked whether it has, and how long between.
const OTHERS_LOOKS: u32 = 600;
const OTHERS_LOOK: Duration = Duration::from_millis(500);
/// The field of a note that is about a request as a whole.
const WHOLE: &str = "request";

/// One service at one address. Cheap to clone; clones share its rates.
#[derive(Clone, Debug)]
pub struct Agency {
    shared: Arc<Shared>,
}

/// Is told what happens, on the caller's task.
pub type Tell<'a> = &'a mut (dyn FnMut(Progress) + Send);

#[derive(Debug)]
struct Shared {
    courier: Arc<Courier>,
    files: Http,
    account: Option<Account>,
    names: FieldNames,
    prices: Prices,
    pace: Pace,
    seeds: AtomicU64,
    /// The newest jobs that were taken on here, and when.
    young: Mutex<VecDeque<(String, Monotonic)>>,
    /// Submits that are under way.
    submits: watch::Sender<usize>,
}

/// A submit under way; leaves the count when it goes.
struct Ticket(Arc<Shared>);

impl Agency {
    /// Prepares it. Opens no connection.
    ///
    /// # Errors
    /// [`ClipError::Net`] for a base URL that cannot be used, or a key that would travel unprotected.
    pub fn new(config: AgencyConfig) -> Result<Self, ClipError> {
        let words = dialect(config.backend);
        Self::with_dialect(config, words)
    }

    /// The same with other words than the backend's, which stays its name in the journal.
    ///
    /// # Errors
    /// As [`Self::new`].
    pub fn with_dialect(config: AgencyConfig, dialect: &'static dyn Dialect) -> Result<Self, ClipError> {
        let courier = Arc::new(Courier::new(&config, dialect)?);
        let files = downloader(&config.trust)?;
        let account = config.books.map(|books| Account {
            books,
            backend: config.backend,
            server: courier.base().to_owned(),
            profile: config.profile,
            budgets: config.budgets,
            charge: dialect.charge(),
        });
        let shared = Shared {
            courier,
            files,
            account,
            names: config.names,
            prices: config.prices,
            pace: config.pace.unwrap_or_else(|| dialect.pace()),
            seeds: AtomicU64::new(config.seed),
            young: Mutex::default(),
            submits: watch::Sender::new(0),
        };
        Ok(Self { shared: Arc::new(shared) })
    }

    /// The service's base URL, as the journal has it.
    #[must_use]
    pub fn base(&self) -> &str {
        self.shared.courier.base()
    }

    /// What a submit of this would send and cost. Reads the journal, which blocks for a moment.
    ///
    /// # Errors
    /// [`ClipError::Books`]
    pub fn plan(&self, request: &Request) -> Result<Plan, ClipError> {
        let (mut lowered, estimate) = self.read(request);
        let mut denied = None;
        if let Some(account) = &self.shared.account {
            denied = account.denied(estimate.credits)?;
            if let Some((entry, minutes)) = account.same(&hash_of(&account.server, &lowered))? {
                lowered.notes.push(Note { kind: NoteKind::Warning, field: WHOLE.to_owned(), what: again(&entry, minutes) });
            }
        }
        Ok(Plan { lowered, estimate, denied })
    }

    /// Journals, uploads what has to be there first, and submits: once. The future may be dropped; what it leaves stands in the
    /// journal. What is on its way to the service by then is heard out by a task of the runtime's; see [`Self::settled`].
    ///
    /// # Errors
    /// [`ClipError`]
    pub async fn submit(&self, request: &Request, tell: Tell<'_>) -> Result<Receipt, ClipError> {
        let account = self.shared.account.clone().ok_or(ClipError::NoBooks)?;
        let (lowered, estimate) = self.read(request);
        if !lowered.violations.is_empty() {
            return Err(ClipError::Violations(lowered.violations));
        }
        let key = new_key();
        let order = Order {
            key: key.clone(),
            summary: summary_of(request),
            hash: hash_of(&account.server, &lowered),
            body: lowered.body,
            uploads: lowered.uploads,
            estimate: estimate.credits,
        };
        let options = JobOptions { uploads: order.uploads.len(), ..self.options() };
        let errand = self.errand(Job::new(options), Some(order));
        let (teller, mut told) = mpsc::channel(TOLD);
        let task = tokio::spawn(run(errand, teller, Ticket::new(&self.shared)));
        while let Some(progress) = told.recv().await {
            tell(progress);
        }
        match task.await {
            Ok(outcome) => self.receipt(key, estimate, outcome),
            Err(error) => Err(ClipError::OutcomeUnknown { key, why: error.to_string() }),
        }
    }

    /// Waits until no submit of this agency or of its clones is under way: for whoever drops one and ends the program.
    pub async fn settled(&self) {
        // The sender lives in what this holds.
        let _ = self.shared.submits.subscribe().wait_for(|submits| *submits == 0).await;
    }

    /// Waits until a job ends, or the wait does. Works for ids of other processes and other machines, and for keys of the journal.
    ///
    /// # Errors
    /// [`ClipError`]; a job that failed is [`ClipError::Failed`], one without a clip [`ClipError::ResultMissing`].
    pub async fn wait(&self, id: &str, waiting: Waiting, tell: Tell<'_>) -> Result<Finished, ClipError> {
        let entry = self.entry(id).await?;
        let id = id_of(id, entry.as_ref())?;
        let now = self.shared.courier.clock.now();
        let job = Job::watch(now, id.clone(), self.age(&id, entry.as_ref(), now), waiting.deadline, self.options());
        let mut errand = self.errand(job, None);
        errand.run(tell, None).await;
        let error = errand.error.take();
        let Some(JobEnd::Over(outcome)) = errand.job.end().cloned() else {
            return Err(ClipError::StillRunning { id });
        };
        match outcome {
            Outcome::Ready(status) => {
                let credits = status.credits.or(entry.and_then(|entry| entry.credits));
                Ok(Finished { id, state: state_of(status.phase), status: Some(*status), credits })
            }
            Outcome::Failed(status) => Err(failed(id, &status)),
            Outcome::StillRunning | Outcome::Unknown => Err(ClipError::StillRunning { id }),
            Outcome::Refused(problem) => {
                self.trouble(entry, &problem).await;
                Err(ClipError::Refused(problem))
            }
            Outcome::Unreachable => Err(error.unwrap_or(ClipError::StillRunning { id })),
        }
    }

    /// Asks once how a job stands; a few times where no answer comes.
    ///
    /// # Errors
    /// [`ClipError`]
    pub async fn show(&self, id: &str) -> Result<Status, ClipError> {
        let entry = self.entry(id).await?;
        self.ask(&id_of(id, entry.as_ref())?).await
    }

    /// Makes a job of which nobody knew whether the service has it the one of this id, which its user found there. With `ask` the
    /// service is asked for it first, so that a slip of the pen does not tie a paid job to none; what it says is journaled, too.
    ///
    /// # Errors
    /// [`ClipError`]; nothing was settled then, unless the journal fails half way.
    pub async fn settle(&self, key: &str, id: &str, ask: bool) -> Result<Option<Status>, ClipError> {
        let account = self.shared.account.clone().ok_or(ClipError::NoBooks)?;
        let status = if ask { Some(self.shared.courier.status_soon(id, self.seed()).await?) } else { None };
        let (key, id, said) = (key.to_owned(), id.to_owned(), status.clone());
        blocking(move || {
            if let Some(error) = ClipError::of_settling(account.settle(&key, &id)?, &key, &id) {
                return Err(error);
            }
            said.map_or(Ok(()), |status| Ok(account.checked(&id, &status)?))
        })
        .await?;
        Ok(status)
    }

    /// Downloads the clip of a job that is ready. A link that no longer holds is asked for again, once.
    ///
    /// # Errors
    /// [`ClipError`]
    pub async fn download(&self, id: &str, to: &Path, tell: Tell<'_>) -> Result<Downloaded, ClipError> {
        let entry = self.entry(id).await?;
        let id = id_of(id, entry.as_ref())?;
        let known = entry.filter(|entry| entry.state == JobState::Ready && !is_over(entry.expires));
        let mut link = known.and_then(|entry| entry.results.into_iter().next());
        let (mut again, mut others) = (true, OTHERS_LOOKS);
        let done = loop {
            let this = match link.take() {
                Some(link) => link,
                None => self.link(&id).await?,
            };
            match download(&self.shared.files, &this, to, self.seed(), tell).await {
                Ok(done) => break done,
                Err(DownloadError::Expired { .. }) if std::mem::take(&mut again) => {}
                // Whoever waits for the same job at the same place: one of the two downloads it, and both have it.
                Err(DownloadError::Busy { .. }) if others > 0 => {
                    others -= 1;
                    let why = "another process is downloading it".to_owned();
                    tell(Progress::Retrying { why, after: OTHERS_LOOK });
                    tokio::time::sleep(OTHERS_LOOK).await;
                    if let Some(done) = self.lies_there(&id, to).await? {
                        return Ok(done);
                    }
                    link = Some(this);
                }
                Err(error) => return Err(error.of(&id)),
            }
        };
        if let Some(account) = self.shared.account.clone() {
            let file = std::path::absolute(&done.path).unwrap_or_else(|_| done.path.clone());
            let noted = blocking(move || Ok(account.file(&id, &file)?)).await;
            if let Err(error) = noted {
                tracing::error!("the journal misses where a clip lies: {error}");
            }
        }
        Ok(done)
    }

    /// The clip of a job, where the journal says by now that it lies in this place.
    async fn lies_there(&self, id: &str, to: &Path) -> Result<Option<Downloaded>, ClipError> {
        let path = std::path::absolute(to).unwrap_or_else(|_| to.to_owned());
        let file = self.entry(id).await?.and_then(|entry| entry.file).filter(|file| *file == path);
        let found = file.and_then(|path| path.metadata().ok().filter(std::fs::Metadata::is_file).map(|found| (path, found)));
        Ok(found.map(|(path, found)| Downloaded { path, bytes: found.len(), cut_off: false }))
    }

    /// Uploads a file.
    ///
    /// # Errors
    /// [`ClipError`]
    pub async fn upload(&self, kind: MediaKind, file: &LocalFile, tell: Tell<'_>) -> Result<Uploaded, ClipError> {
        let Shared { courier, files, .. } = &*self.shared;
        let (violations, _) = courier.dialect.check_upload("file", kind, file);
        if !violations.is_empty() {
            return Err(ClipError::Violations(violations));
        }
        let (presigned, mut raw) = cargo::upload(courier, files, kind, file, "file", self.seed(), tell).await?;
        if let Some(answer) = raw.as_object_mut() {
            answer.retain(|_, value| value.as_str() != Some(&presigned.upload_url));
        }
        Ok(Uploaded { key: presigned.key, public_url: presigned.public_url, raw })
    }

    /// The balance, as the service says it; `None`: this service has no such path.
    ///
    /// # Errors
    /// [`ClipError`]
    pub async fn credits(&self) -> Result<Option<Value>, ClipError> {
        self.any(self.shared.courier.dialect.credits()).await
    }

    /// The models, likewise.
    ///
    /// # Errors
    /// [`ClipError`]
    pub async fn models(&self) -> Result<Option<Value>, ClipError> {
        self.any(self.shared.courier.dialect.models()).await
    }

    fn read(&self, request: &Request) -> (Lowered, Estimate) {
        let Shared { courier, names, prices, .. } = &*self.shared;
        (courier.dialect.lower(request, names), courier.dialect.estimate(request, prices))
    }

    fn receipt(&self, key: String, estimate: Estimate, errand: Box<Errand>) -> Result<Receipt, ClipError> {
        let (end, mut errand) = (errand.job.end().cloned(), errand);
        let error = errand.error.take();
        let why = || error.as_ref().map_or_else(|| "no answer came in time".to_owned(), ToString::to_string);
        match end {
            Some(JobEnd::Accepted(accepted)) => Ok(Receipt { key, id: accepted.id, estimate }),
            Some(JobEnd::Over(Outcome::Refused(problem))) => Err(ClipError::Refused(problem)),
            Some(JobEnd::Over(Outcome::Unreachable) | JobEnd::NotJournaled | JobEnd::NotUploaded | JobEnd::NoPlace) => {
                let why = why();
                Err(error.unwrap_or(ClipError::OutcomeUnknown { key, why }))
            }
            _ => Err(ClipError::OutcomeUnknown { key, why: why() }),
        }
    }

    /// Asks how a job stands, and journals it.
    async fn ask(&self, id: &str) -> Result<Status, ClipError> {
        let status = self.shared.courier.status_soon(id, self.seed()).await?;
        if let Some(account) = self.shared.account.clone() {
            let (id, status) = (id.to_owned(), status.clone());
            if let Err(error) = blocking(move || Ok(account.checked(&id, &status)?)).await {
                tracing::error!("the journal misses how a job stands: {error}");
            }
        }
        Ok(status)
    }

    /// A new link to a job's clip.
    async fn link(&self, id: &str) -> Result<String, ClipError> {
        let status = self.ask(id).await?;
        match status.phase {
            Phase::Ready => status
                .results
                .into_iter()
                .next()
                .ok_or_else(|| ClipError::NoClip { id: id.to_owned(), why: "the service names no link to it".to_owned() }),
            Phase::Failed | Phase::ResultMissing => Err(failed(id.to_owned(), &status)),
            Phase::Running => Err(ClipError::StillRunning { id: id.to_owned() }),
        }
    }

    async fn any(&self, call: Option<Call>) -> Result<Option<Value>, ClipError> {
        match call {
            Some(call) => self.shared.courier.any(&call, self.seed()).await.map(Some),
            None => Ok(None),
        }
    }

    /// What the journal has of a job at this service.
    async fn entry(&self, id: &str) -> Result<Option<JobEntry>, ClipError> {
        let Some(account) = self.shared.account.clone() else { return Ok(None) };
        let id = id.to_owned();
        blocking(move || Ok(account.find(&id)?)).await
    }

    /// For how long the service has had a job, where that matters: where it was taken on, and has not ended.
    fn age(&self, id: &str, entry: Option<&JobEntry>, now: Monotonic) -> Option<Duration> {
        let young = self.shared.young();
        let here = young.iter().find(|(known, _)| known == id).map(|(_, then)| now.since(*then));
        drop(young);
        if entry.is_some_and(|entry| entry.state.is_final()) {
            return None;
        }
        here.or_else(|| entry?.accepted.map(age))
    }

    async fn trouble(&self, entry: Option<JobEntry>, problem: &crate::jobs::Problem) {
        let (Some(account), Some(entry)) = (self.shared.account.clone(), entry) else { return };
        let why = problem.to_string();
        let _ = blocking(move || Ok(account.trouble(&entry.key, &why)?)).await;
    }

    fn options(&self) -> JobOptions {
        JobOptions::new(self.seed(), self.shared.pace)
    }

    fn errand(&self, job: Job, order: Option<Order>) -> Errand {
        let Shared { courier, files, account, .. } = &*self.shared;
        Errand {
            job,
            courier: Arc::clone(courier),
            files: files.clone(),
            account: account.clone(),
            order,
            seed: self.seed(),
            began: courier.clock.now(),
            status: None,
            error: None,
            unheard: 0,
            turn: None,
        }
    }

    /// A seed that no other wait of this agency has.
    fn seed(&self) -> u64 {
        self.shared.seeds.fetch_add(0x9e37_79b9_7f4a_7c15, Ordering::Relaxed)
    }
}

impl Shared {
    fn young(&self) -> std::sync::MutexGuard<'_, VecDeque<(String, Monotonic)>> {
        self.young.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Ticket {
    fn new(shared: &Arc<Shared>) -> Self {
        shared.submits.send_modify(|submits| *submits += 1);
        Self(Arc::clone(shared))
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        self.0.submits.send_modify(|submits| *submits -= 1);
    }
}

/// Runs a submit to its end, also where nobody waits for it any more: what is on its way is paid for.
async fn run(mut errand: Errand, teller: mpsc::Sender<Progress>, ticket: Ticket) -> Box<Errand> {
    let mut tell = |progress: Progress| {
        // Bars can miss a step; there is always room for the few other lines of a submit.
        if !matches!(progress, Progress::Uploading { .. }) || teller.capacity() > TOLD / 2 {
            let _ = teller.try_send(progress);
        }
    };
    errand.run(&mut tell, Some(&teller)).await;
    if let Some(id) = errand.job.id() {
        let mut young = ticket.0.young();
        young.push_front((id.to_owned(), ticket.0.courier.clock.now()));
        young.truncate(REMEMBERED);
    }
    Box::new(errand)
}

/// The service's id of what was asked for, by id or by key.
fn id_of(asked: &str, entry: Option<&JobEntry>) -> Result<String, ClipError> {
    let Some(entry) = entry else { return Ok(asked.to_owned()) };
    match (&entry.id, entry.state) {
        (Some(id), _) => Ok(id.clone()),
        (None, JobState::Intent | JobState::Unknown) => Err(ClipError::OutcomeUnknown {
            key: entry.key.clone(),
            why: entry.error.clone().unwrap_or_else(|| "its submit has not been answered".to_owned()),
        }),
        (None, _) => Err(ClipError::NotSubmitted {
            key: entry.key.clone(),
            why: entry.error.clone().unwrap_or_else(|| "nothing was sent".to_owned()),
        }),
    }
}

fn failed(id: String, status: &Status) -> ClipError {
    if status.phase == Phase::ResultMissing {
        return ClipError::ResultMissing { id };
    }
    ClipError::Failed { id, why: status.error.clone().unwrap_or_else(|| "the service does not say why".to_owned()) }
}

/// A warning that the same was asked for shortly before.
fn again(entry: &JobEntry, minutes: i64) -> String {
    let ago = if minutes == 0 { "less than a minute ago".to_owned() } else { format!("{minutes} min ago") };
    match &entry.id {
        Some(id) => format!("the same request was submitted {ago} as {id}, which is {}", entry.state.name()),
        None => {
            format!(
                "the same request was submitted {ago}, and nobody knows whether the service took it (seaglass job settle {})",
                entry.key
            )
        }
    }
}
