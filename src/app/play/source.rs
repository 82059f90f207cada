//! What is to be played, and where its file lies.

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use crate::app::config::Settings;
use crate::app::errors::{Exit, Failure};
use crate::app::explore::network_runtime;
use crate::app::{job, signals};
use crate::clips::{self, ClipError, Progress};
use crate::clock::Clock;
use crate::net::Trust;

/// What the user named.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Source {
    /// A file.
    File(PathBuf),
    /// The address of one.
    Url(String),
    /// The id of a job.
    Job(String),
}

impl Source {
    /// What a name means: an address by its scheme, a file where there is one or where it looks like one, else a job.
    pub(super) fn of(name: &str) -> Self {
        let path = Path::new(name);
        let begins = |scheme: &str| name.get(..scheme.len()).is_some_and(|start| start.eq_ignore_ascii_case(scheme));
        if begins("http://") || begins("https://") {
            return Self::Url(name.to_owned());
        }
        let looks_like_one = path.components().count() > 1 || path.extension().is_some() || name.is_empty();
        if looks_like_one || path.exists() { Self::File(path.to_owned()) } else { Self::Job(name.to_owned()) }
    }

    /// Brings the clip here where it is not: a job's stays where it is downloaded to, that of an address goes with what is returned.
    /// Breaks off with the exit status of a signal that comes meanwhile.
    pub(super) fn bring(self, settings: &Settings, clock: Clock) -> Result<ControlFlow<Exit, Local>, Failure> {
        match self {
            Self::File(path) => Ok(ControlFlow::Continue(Local { path, folder: None })),
            Self::Job(id) => {
                let path = job::file_of(&id, settings, clock)?;
                Ok(ControlFlow::Continue(Local { path, folder: None }))
            }
            Self::Url(url) => {
                let folder = new_folder().map_err(|error| Failure::unwritten(&std::env::temp_dir(), &error))?;
                let local = Local { path: folder.join("clip.mp4"), folder: Some(folder) };
                let mut told = false;
                let mut tell = |progress| {
                    // Once: what follows is a matter of seconds, and a bar would be gone before it is read.
                    if let (false, Progress::Downloading { of: Some(total), .. }) = (told, &progress) {
                        told = true;
                        eprintln!("seaglass: fetching {:.1} MiB", *total as f64 / f64::from(1 << 20));
                    }
                };
                let trust = Trust::web();
                let fetching = async {
                    tokio::select! {
                        fetched = clips::fetch(&trust, &url, &local.path, &mut tell) => fetched.map(|_| None),
                        signal = signals::next() => Ok(Some(signal)),
                    }
                };
                let signal = network_runtime()?.block_on(fetching).map_err(|error| not_fetched(&error))?;
                Ok(signal.map_or(ControlFlow::Continue(local), ControlFlow::Break))
            }
        }
    }
}

/// A clip on this machine.
#[derive(Debug)]
pub(super) struct Local {
    path: PathBuf,
    /// A folder of this run alone, which goes with it.
    folder: Option<PathBuf>,
}

impl Local {
    pub(super) fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for Local {
    fn drop(&mut self) {
        if let Some(folder) = self.folder.take() {
            let _ = std::fs::remove_dir_all(folder);
        }
    }
}

fn new_folder() -> std::io::Result<PathBuf> {
    let path = std::env::temp_dir().join(format!("seaglass-{}", uuid::Uuid::now_v7().simple()));
    let mut builder = std::fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(&path)?;
    Ok(path)
}

fn not_fetched(error: &ClipError) -> Failure {
    let (code, exit) = match error {
        ClipError::Net(_) => ("connect", Exit::Network),
        ClipError::Expired { .. } => ("clip", Exit::NotFound),
        ClipError::File { .. } => ("file", Exit::Unexpected),
        _ => ("clip", Exit::Unexpected),
    };
    Failure::new(code, exit, "the clip cannot be fetched", error, "check the address; links to clips expire")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_taken_for_what_they_look_like() {
        assert_eq!(Source::of("HTTPS://a.example/b.mp4"), Source::Url("HTTPS://a.example/b.mp4".into()));
        for file in ["a.mp4", "./job_1", "a/b", "films/a", ""] {
            assert_eq!(Source::of(file), Source::File(file.into()));
        }
        assert_eq!(Source::of("job_0195f0c2"), Source::Job("job_0195f0c2".into()));
    }
}
