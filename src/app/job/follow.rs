//! One job from its id to its file: waits for it, downloads its clip, and keeps the report of it.

use std::sync::{Mutex, PoisonError};

use super::desk::Desk;
use super::draft::note_words;
use super::report::Report;
use super::screen::Place;
use super::service::Service;
use super::target;
use crate::app::args::{self, Ending};
use crate::app::errors::Failure;
use crate::clips::{Agency, ClipError, Progress, Waiting};
use crate::jobs::{JobState, Note, NoteKind, Phase, Status};

/// A job that is followed.
#[derive(Debug)]
pub struct Follow<'a> {
    /// What the command works with.
    pub desk: &'a Desk<'a>,
    /// Where the job is.
    pub service: &'a Service,
    /// What can be asked there.
    pub agency: &'a Agency,
    /// The flags that say so.
    pub args: &'a args::Service,
    /// What is to happen.
    pub ending: &'a Ending,
    /// Whether it is one of several.
    pub several: bool,
    /// Its place on the screen.
    pub place: Place,
}

impl Follow<'_> {
    /// Waits until the job ends, or the wait does; then downloads its clip, unless that is not wanted.
    pub async fn to_its_file(&self, id: &str, report: &mut Report) -> Result<(), Failure> {
        let waited = self.wait(id, report).await;
        let ended = match waited {
            Ok(()) => self.clip(id, report).await,
            failed => failed,
        };
        self.desk.screen.end(self.place);
        ended
    }

    async fn wait(&self, id: &str, report: &mut Report) -> Result<(), Failure> {
        let last = Mutex::new(None);
        let mut tell = |progress: Progress| {
            if let Progress::Checked { state, word, .. } = &progress {
                *last.lock().unwrap_or_else(PoisonError::into_inner) = Some((*state, word.clone()));
            }
            self.desk.screen.tell(self.place, id, &progress);
        };
        let waited = self.agency.wait(id, Waiting { deadline: self.ending.deadline }, &mut tell).await;
        if let Some((state, word)) = last.into_inner().unwrap_or_else(PoisonError::into_inner) {
            (report.state, report.word) = (state, word);
        }
        self.of_journal(id, report);
        match waited {
            Ok(finished) => {
                report.id = Some(finished.id);
                report.state = finished.state;
                report.credits = finished.credits.or(report.credits);
                if let Some(status) = &finished.status {
                    report.take_status(finished.state, status);
                }
                Ok(())
            }
            Err(error) => {
                match &error {
                    ClipError::Failed { .. } => report.state = JobState::Failed,
                    ClipError::OutcomeUnknown { .. } => report.state = JobState::Unknown,
                    _ => {}
                }
                Err(self.desk.failure(&error, self.service.backend, self.args))
            }
        }
    }

    /// The clip of a job that is ready. A download that fails takes nothing from the job, whose link stands in the journal; what goes
    /// on with it is said.
    async fn clip(&self, id: &str, report: &mut Report) -> Result<(), Failure> {
        if self.ending.no_download || report.state != JobState::Ready {
            return Ok(());
        }
        let here = report.file.as_ref().filter(|file| file.is_file());
        if here.is_some() && self.ending.download.is_none() {
            return Ok(());
        }
        report.file = None;
        self.download(id, report).await.map_err(|mut failed| {
            let again = self.desk.command("download", id, self.args);
            failed.fix = format!("{}\nthe job is done, and is not made again; its clip: {again}", failed.fix);
            failed
        })
    }

    /// Downloads the clip to where it is wanted.
    pub async fn download(&self, id: &str, report: &mut Report) -> Result<(), Failure> {
        let name = report.id.clone().unwrap_or_else(|| id.to_owned());
        let to = target::target(self.ending.download.as_deref(), &name, self.several);
        target::prepare(&to).map_err(|error| Failure::unwritten(&to, &error))?;
        // So that the journal's word holds in another folder, too.
        let absolute = std::path::absolute(&to).unwrap_or_else(|_| to.clone());
        let mut tell = |progress: Progress| self.desk.screen.tell(self.place, &name, &progress);
        let downloaded = self.agency.download(id, &absolute, &mut tell).await;
        let downloaded = downloaded.map_err(|error| {
            let failure = self.desk.failure(&error, self.service.backend, self.args);
            match error {
                // Not the service's own host, mostly.
                ClipError::Net(_) => Failure { what: "the clip could not be fetched".to_owned(), ..failure },
                _ => failure,
            }
        })?;
        report.bytes = Some(downloaded.bytes);
        if downloaded.cut_off {
            let what = "it ends within the film, and its host has no more of it: it may not play, or not to its end";
            let note = Note { kind: NoteKind::Warning, field: "file".to_owned(), what: what.to_owned() };
            self.desk.screen.note(&note_words(&note));
            report.notes.push(note);
        }
        report.file = Some(if downloaded.path == absolute { to } else { downloaded.path });
        Ok(())
    }

    /// What the journal has learned of it meanwhile. A file that has gone is no file.
    fn of_journal(&self, id: &str, report: &mut Report) {
        if let Ok(Some(entry)) = self.desk.entry(id, self.args) {
            report.take_entry(&entry);
            report.file = report.file.take().filter(|file| file.is_file());
        }
    }
}

/// What one answer of a service says of a job.
pub const fn state(status: &Status) -> JobState {
    match status.phase {
        Phase::Running => JobState::Running,
        Phase::Ready => JobState::Ready,
        Phase::Failed | Phase::ResultMissing => JobState::Failed,
    }
}
