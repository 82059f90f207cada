//! The driver of one job: does what its life says, by HTTP and in the journal, and tells it what came. Decides nothing.
//!
//! An errand that is dropped half way leaves in the journal what is known of its job at that moment.

use std::future::Future;
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::Arc;

use serde_json::{Map, Value};
use tokio::sync::mpsc;

use super::account::{Account, state_of};
use super::cargo;
use super::courier::{Courier, Failure, Turn, text_of};
use super::error::ClipError;
use super::progress::Progress;
use crate::books::{BooksError, JobMark};
use crate::clock::Clock;
use crate::jobs::{Job, JobAnswer, JobInput, JobOutput, JobRecord, JobRequest, Phase, Status, UploadNeed};
use crate::media::Monotonic;
use crate::net::Http;

/// Attempts to journal an id: nothing that is written is worth more.
const ID_ATTEMPTS: u32 = 3;

/// A job under way.
#[derive(Debug)]
pub(super) struct Errand {
    pub(super) job: Job,
    pub(super) courier: Arc<Courier>,
    /// For files, which go to other hosts.
    pub(super) files: Http,
    pub(super) account: Option<Account>,
    /// What is to be submitted; `None` in a job that is only waited for.
    pub(super) order: Option<Order>,
    pub(super) seed: u64,
    /// When it began.
    pub(super) began: Monotonic,
    /// What the service said last.
    pub(super) status: Option<Box<Status>>,
    /// What failed last.
    pub(super) error: Option<ClipError>,
    /// How often a job that holds a place was asked for, and did not answer.
    pub(super) unheard: usize,
    /// The right to send one request, until it is on its way.
    pub(super) turn: Option<Turn>,
}

/// What is to be submitted.
#[derive(Clone, Debug)]
pub(super) struct Order {
    /// The journal's key.
    pub(super) key: String,
    pub(super) summary: String,
    pub(super) hash: String,
    /// The body; it takes the keys of files as they are uploaded.
    pub(super) body: Map<String, Value>,
    pub(super) uploads: Vec<UploadNeed>,
    pub(super) estimate: Option<f64>,
}

/// Something that takes its time.
type Flight = Pin<Box<dyn Future<Output = Came> + Send>>;

enum Came {
    Turn(Turn),
    Answer(u32, Result<JobAnswer, Failure>),
}

impl Errand {
    /// Does what the job says until nothing is left to do. `asker`: whoever goes when nobody wants the job any more.
    pub(super) async fn run(&mut self, tell: &mut (dyn FnMut(Progress) + Send), asker: Option<&mpsc::Sender<Progress>>) {
        let mut flight: Option<Flight> = None;
        let mut stopped = false;
        loop {
            let input = match self.job.poll_output() {
                JobOutput::Write(record) => match self.write(record, tell).await {
                    JobInput::Full => {
                        let place = tokio::select! {
                            biased;
                            place = self.place() => place,
                            () = gone(asker) => false,
                        };
                        if place { self.write(JobRecord::Sending, tell).await } else { JobInput::Full }
                    }
                    input => input,
                },
                JobOutput::Upload(number) => tokio::select! {
                    biased;
                    input = self.upload(number, tell) => input,
                    () = gone(asker) => JobInput::Stop,
                },
                JobOutput::Permit => {
                    let turn = Arc::clone(&self.courier).turn();
                    flight = Some(Box::pin(async { Came::Turn(turn.await) }));
                    continue;
                }
                JobOutput::Send { attempt, request } => {
                    flight = Some(self.send(attempt, request));
                    continue;
                }
                JobOutput::Checked { status, next } => {
                    tell(self.checked(&status, next));
                    self.status = Some(status);
                    continue;
                }
                JobOutput::Retrying { after } => {
                    let why = self.error.as_ref().map_or_else(|| "no answer came in time".to_owned(), ToString::to_string);
                    tell(Progress::Retrying { why, after });
                    continue;
                }
                JobOutput::Timeout(deadline) => {
                    if self.job.end().is_some() {
                        return;
                    }
                    tokio::select! {
                        biased;
                        came = arrival(&mut flight) => {
                            flight = None;
                            self.learn(came)
                        }
                        () = gone(asker), if !stopped => {
                            stopped = true;
                            JobInput::Stop
                        }
                        () = moment(self.courier.clock, deadline) => JobInput::Deadline,
                    }
                }
            };
            self.job.handle(self.courier.clock.now(), input);
        }
    }

    fn send(&mut self, attempt: u32, request: JobRequest) -> Flight {
        let (courier, turn) = (Arc::clone(&self.courier), self.turn.take());
        let body = self.order.as_ref().map(|order| text_of(&order.body)).unwrap_or_default();
        Box::pin(async move {
            let answer = match request {
                JobRequest::Submit => courier.submit(body).await.map(|accepted| JobAnswer::Accepted(Box::new(accepted))),
                JobRequest::Status(id) => courier.status(&id).await.map(|status| JobAnswer::Status(Box::new(status))),
            };
            drop(turn);
            Came::Answer(attempt, answer)
        })
    }

    fn learn(&mut self, came: Came) -> JobInput {
        match came {
            Came::Turn(turn) => {
                self.turn = Some(turn);
                JobInput::Permitted
            }
            Came::Answer(attempt, answer) => {
                let answer = answer.map_err(|failure| {
                    self.error = Some(*failure.error);
                    failure.fault
                });
                JobInput::Answer { attempt, answer }
            }
        }
    }

    fn checked(&self, status: &Status, next: Option<std::time::Duration>) -> Progress {
        Progress::Checked {
            id: self.job.id().unwrap_or_default().to_owned(),
            state: state_of(status.phase),
            word: status.word.clone(),
            progress: status.progress,
            elapsed: self.courier.clock.now().since(self.began),
            next,
        }
    }

    async fn upload(&mut self, number: usize, tell: &mut (dyn FnMut(Progress) + Send)) -> JobInput {
        let Some(order) = &mut self.order else { return JobInput::NotUploaded };
        let Some(UploadNeed { field, kind, file }) = order.uploads.get(number) else { return JobInput::NotUploaded };
        match cargo::upload(&self.courier, &self.files, *kind, file, field, self.seed, tell).await {
            Ok((presigned, _)) => {
                order.body.insert(field.clone(), Value::String(presigned.key));
                JobInput::Uploaded
            }
            Err(error) => {
                self.error = Some(error);
                JobInput::NotUploaded
            }
        }
    }

    async fn write(&mut self, record: JobRecord, tell: &mut (dyn FnMut(Progress) + Send)) -> JobInput {
        let Some(account) = self.account.clone() else { return JobInput::Written };
        let key = self.order.as_ref().map(|order| order.key.clone());
        let why = self.error.as_ref().map(ToString::to_string);
        match (record, self.order.clone()) {
            (JobRecord::Intent, Some(order)) => {
                let Order { key, summary, hash, body, estimate, .. } = order;
                let told = Progress::Journaled { key: key.clone() };
                match blocking(move || account.open(&key, &summary, &hash, &body, estimate)).await {
                    Ok(()) => {
                        tell(told);
                        JobInput::Written
                    }
                    Err(error) => {
                        self.error = Some(error);
                        JobInput::Unwritten
                    }
                }
            }
            (JobRecord::Sending, Some(order)) => {
                let (body, most) = (text_of(&order.body), self.courier.rates.jobs);
                match blocking(move || Ok(account.sending(&order.key, &body, most)?)).await {
                    Ok(JobMark::Marked) => JobInput::Written,
                    Ok(JobMark::Full(jobs)) => {
                        // Whoever waits for a place sends nothing meanwhile.
                        self.turn = None;
                        self.error = Some(ClipError::NoPlace { jobs });
                        JobInput::Full
                    }
                    Ok(JobMark::Gone) => JobInput::Unwritten,
                    Err(error) => {
                        self.error = Some(error);
                        JobInput::Unwritten
                    }
                }
            }
            (JobRecord::Accepted(accepted), Some(order)) => {
                let told = Progress::Accepted {
                    id: accepted.id.clone(),
                    notes: accepted.notes.iter().map(|note| note.what.clone()).collect(),
                };
                let write = move || {
                    let mut outcome = Ok(());
                    for _ in 0..ID_ATTEMPTS {
                        outcome = account.accepted(&order.key, &accepted, order.estimate);
                        if outcome.is_ok() {
                            break;
                        }
                    }
                    Ok(outcome?)
                };
                if let Err(error) = blocking(write).await {
                    tracing::error!("the journal misses the id of a job that was submitted: {error}");
                }
                tell(told);
                JobInput::Written
            }
            (JobRecord::Checked(status), _) => {
                let id = self.job.id().unwrap_or_default().to_owned();
                self.note(move || account.checked(&id, &status)).await
            }
            (record, _) => match key {
                Some(key) => self.note(move || write_down(&account, &key, &record, why.as_deref())).await,
                None => JobInput::Written,
            },
        }
    }

    /// The journal knows of as many jobs as the service takes at once. One of them may have ended with nobody looking: the one that was
    /// asked for longest ago is asked for, and where it has ended, there is a place.
    async fn place(&mut self) -> bool {
        let Some(account) = self.account.clone() else { return false };
        let journal = account.clone();
        let running = blocking(move || Ok(journal.running()?)).await.unwrap_or_default();
        // One that cannot be asked for does not stand before the others.
        let Some(id) = running.get(self.unheard % running.len().max(1)).cloned() else { return false };
        let turn = Arc::clone(&self.courier).turn().await;
        let asked = self.courier.status(&id).await;
        drop(turn);
        let Ok(status) = asked else {
            self.unheard += 1;
            return false;
        };
        let ended = status.phase != Phase::Running;
        self.note(move || account.checked(&id, &status)).await;
        if ended {
            self.turn = Some(Arc::clone(&self.courier).turn().await);
        }
        ended
    }

    /// Writes what stops nothing where it cannot be written.
    async fn note(&self, work: impl FnOnce() -> Result<(), BooksError> + Send + 'static) -> JobInput {
        if let Err(error) = blocking(move || Ok(work()?)).await {
            tracing::error!("the journal misses what became of a job: {error}");
        }
        JobInput::Written
    }
}

impl Drop for Errand {
    fn drop(&mut self) {
        let (Some(record), Some(account), Some(order)) = (self.job.epitaph(), &self.account, &self.order) else { return };
        if let Err(error) = write_down(account, &order.key, &record, Some("it was cut off")) {
            tracing::error!("the journal misses what became of a job: {error}");
        }
    }
}

/// Writes a line that needs nothing but the key.
fn write_down(account: &Account, key: &str, record: &JobRecord, why: Option<&str>) -> Result<(), BooksError> {
    match record {
        JobRecord::Unsent => account.unsent(key),
        JobRecord::Refused => account.refused(key, why),
        JobRecord::Unknown => account.unknown(key, why),
        JobRecord::Intent | JobRecord::Sending | JobRecord::Accepted(_) | JobRecord::Checked(_) => Ok(()),
    }
}

/// Does what blocks where no task waits for it. It is done also where the caller goes meanwhile.
pub(super) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, ClipError> + Send + 'static,
) -> Result<T, ClipError> {
    let lost = |error: tokio::task::JoinError| ClipError::File { path: PathBuf::new(), why: error.to_string() };
    tokio::task::spawn_blocking(work).await.unwrap_or_else(|error| Err(lost(error)))
}

async fn gone(asker: Option<&mpsc::Sender<Progress>>) {
    match asker {
        Some(asker) => asker.closed().await,
        None => std::future::pending().await,
    }
}

async fn arrival(flight: &mut Option<Flight>) -> Came {
    match flight {
        Some(flight) => flight.as_mut().await,
        None => std::future::pending().await,
    }
}

async fn moment(clock: Clock, deadline: Option<Monotonic>) {
    match deadline {
        Some(deadline) => tokio::time::sleep_until(clock.instant(deadline).into()).await,
        None => std::future::pending().await,
    }
}
