//! A clip from its link to the disk: into a file beside the target, resumed where it broke off, checked, made safe, and only then
//! given its name. Never carries a key, and never asks for the clip to be made again.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::{Deserialize, Serialize};
use thiserror::Error;
use url::Url;

use super::error::ClipError;
use super::film;
use super::progress::{Downloaded, Progress};
use crate::net::{Fetched, Http, NetError, Trust, shown};
use crate::retry::Backoff;

/// Attempts in a row that bring no byte.
const ATTEMPTS: u32 = 5;
/// Bounds of the waits between them.
const BACKOFF: (Duration, Duration) = (Duration::from_millis(250), Duration::from_secs(8));
/// A host that wants to be left alone for longer is left alone for so long.
const LONGEST_WISH: Duration = Duration::from_secs(60);
/// A clip is seconds long: what is larger than this is none.
const MOST_BYTES: u64 = 16 * 1024 * 1024 * 1024;
/// Progress is told each so many bytes.
const TELL_EVERY: u64 = 256 * 1024;
/// How long to connect, and to wait for the next bytes.
const PATIENCE: (Duration, Duration) = (Duration::from_secs(10), Duration::from_secs(30));

/// Why there is no clip on the disk.
#[derive(Clone, Debug, Error)]
pub enum DownloadError {
    /// The link no longer holds.
    #[error("its link no longer holds (HTTP status {status})")]
    Expired {
        /// The host's answer.
        status: u16,
    },
    /// The host answers something that repeating would not change.
    #[error("the host of the clip answers with HTTP status {status}")]
    Refused {
        /// The host's answer.
        status: u16,
    },
    /// What came is no clip.
    #[error("what came is no clip: {why}")]
    NotAClip {
        /// What it is.
        why: String,
    },
    /// Another process downloads it to the same place.
    #[error("{}: another process is downloading it", path.display())]
    Busy {
        /// Where.
        path: PathBuf,
    },
    /// The network failed, again and again.
    #[error(transparent)]
    Net(#[from] NetError),
    /// The file cannot be written.
    #[error("{}: {why}", path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        why: String,
    },
}

/// What is known of a file that is not complete: whether the next bytes belong to it.
#[derive(Debug, Default, PartialEq, Deserialize, Serialize)]
struct Origins {
    /// The link, without its signature, which another link to the same file may have.
    source: String,
    /// The host's mark of exactly this file.
    validator: Option<String>,
    /// Its whole length.
    total: Option<u64>,
}

/// A file that is not complete yet, held by a lock.
struct Part {
    target: PathBuf,
    path: PathBuf,
    notes: PathBuf,
    file: File,
    bytes: u64,
    origins: Origins,
    /// What the host calls it, where that is no film.
    called: Option<String>,
    /// Where the last attempt ended that was told no length and ended within the film.
    ended_at: Option<u64>,
}

/// What one attempt came to.
enum Step {
    Complete,
    Again(NetError, Option<Duration>),
}

impl DownloadError {
    /// The same, of the clip of this job or link.
    pub fn of(self, id: &str) -> ClipError {
        match self {
            Self::Net(error) => ClipError::Net(error),
            Self::File { path, why } => ClipError::File { path, why },
            Self::Busy { path } => ClipError::File { path, why: "another process is downloading it".to_owned() },
            Self::Expired { .. } => ClipError::Expired { id: id.to_owned(), why: self.to_string() },
            Self::Refused { .. } | Self::NotAClip { .. } => ClipError::NoClip { id: id.to_owned(), why: self.to_string() },
        }
    }
}

/// How clips are downloaded: trusting so.
///
/// # Errors
/// [`NetError`]
pub fn downloader(trust: &Trust) -> Result<Http, NetError> {
    Http::new(trust.clone(), PATIENCE.0, PATIENCE.1)
}

/// Downloads what a link leads to, without any key.
///
/// # Errors
/// [`ClipError`]
pub async fn fetch(
    trust: &Trust,
    link: &str,
    to: &Path,
    tell: &mut (dyn FnMut(Progress) + Send),
) -> Result<Downloaded, ClipError> {
    let http = downloader(trust)?;
    download(&http, link, to, 0, tell).await.map_err(|error| error.of(&shown(link)))
}

/// Downloads a clip. What an earlier attempt left is gone on with, also that of another process.
pub async fn download(
    http: &Http,
    link: &str,
    to: &Path,
    seed: u64,
    tell: &mut (dyn FnMut(Progress) + Send),
) -> Result<Downloaded, DownloadError> {
    let unusable = |why: &str| NetError::Url { url: shown(link), why: why.to_owned() };
    let url = Url::parse(link).map_err(|error| unusable(&error.to_string()))?;
    if !matches!(url.scheme(), "http" | "https") || url.host().is_none() {
        return Err(unusable("clips come over http and https").into());
    }
    // A link is followed, as by every writer: the clip takes the place of what it leads to, and not its own.
    let real = if to.is_symlink() { to.canonicalize().ok() } else { None };
    let mut part = Part::open(real.as_deref().unwrap_or(to), &shown(link).replace("?[redacted]", ""))?;
    let mut backoff = Backoff::new(BACKOFF.0, BACKOFF.1, seed);
    loop {
        let before = part.bytes;
        let (error, wish) = match part.attempt(http, &url, tell).await? {
            Step::Complete => return part.close(),
            Step::Again(error, wish) => (error, wish),
        };
        if part.bytes > before {
            backoff.reset();
        }
        let after = backoff.next(wish.map(|wish| wish.min(LONGEST_WISH)));
        if backoff.failures() >= ATTEMPTS {
            return Err(error.into());
        }
        tell(Progress::Retrying { why: error.to_string(), after });
        tokio::time::sleep(after).await;
    }
}

impl Part {
    /// Opens it, or begins it. A file of another source is begun anew.
    fn open(target: &Path, source: &str) -> Result<Self, DownloadError> {
        let beside = |ending: &str| {
            let mut name = target.file_name().unwrap_or_default().to_owned();
            name.push(ending);
            target.with_file_name(name)
        };
        let (path, notes) = (beside(".part"), beside(".part.json"));
        let failed = |why: &dyn ToString| DownloadError::File { path: path.clone(), why: why.to_string() };
        // What bears the name gives way to the clip: a file or nothing, and never a device or a pipe.
        if target.file_name().is_none() || target.metadata().is_ok_and(|found| !found.is_file()) {
            return Err(DownloadError::File { path: target.to_owned(), why: "it is no name for a file".to_owned() });
        }
        let file = OpenOptions::new().create(true).truncate(false).read(true).write(true).open(&path);
        let file = file.map_err(|error| failed(&error))?;
        match file.try_lock() {
            Err(TryLockError::WouldBlock) => return Err(DownloadError::Busy { path: target.to_owned() }),
            // A file system without locks: two at once are then the user's affair.
            Ok(()) | Err(TryLockError::Error(_)) => {}
        }
        let known: Origins =
            std::fs::read(&notes).ok().and_then(|text| serde_json::from_slice(&text).ok()).unwrap_or_default();
        let bytes = file.metadata().map_err(|error| failed(&error))?.len();
        let mut part = Self {
            target: target.to_owned(),
            path: path.clone(),
            notes,
            file,
            bytes,
            origins: known,
            called: None,
            ended_at: None,
        };
        if part.origins.source != source {
            part.begin(Origins { source: source.to_owned(), ..Origins::default() })?;
        }
        Ok(part)
    }

    /// Throws away what there is.
    fn begin(&mut self, origins: Origins) -> Result<(), DownloadError> {
        self.bytes = 0;
        self.origins = origins;
        self.file.set_len(0).map_err(|error| self.failed(&error))
    }

    async fn attempt(
        &mut self,
        http: &Http,
        url: &Url,
        tell: &mut (dyn FnMut(Progress) + Send),
    ) -> Result<Step, DownloadError> {
        // Without a mark of the host's nobody could tell whether the next bytes belong to these.
        let from = if self.origins.validator.is_some() { self.bytes } else { 0 };
        let mut answer = match http.fetch(url, from, self.origins.validator.as_deref()).await {
            Ok(answer) => answer,
            Err(error @ (NetError::Timeout { .. } | NetError::Broken { .. })) => return Ok(Step::Again(error, None)),
            Err(error) if error.is_unsent() => return Ok(Step::Again(error, None)),
            Err(error) => return Err(error.into()),
        };
        match answer.status {
            200 => self.take_all(&answer)?,
            206 if answer.from == Some(self.bytes) && from > 0 => {}
            // It has all of it already, or what it has is not the host's any more.
            416 if from > 0 && answer.total == Some(self.bytes) => return Ok(Step::Complete),
            206 | 416 => {
                let source = std::mem::take(&mut self.origins.source);
                self.begin(Origins { source, ..Origins::default() })?;
                return Ok(Step::Again(NetError::Broken { why: "the host has another file by now".to_owned() }, None));
            }
            401 | 403 | 404 | 410 => return Err(DownloadError::Expired { status: answer.status }),
            408 | 425 | 429 | 500..=599 => {
                let why = format!("the host of the clip answers with HTTP status {}", answer.status);
                return Ok(Step::Again(NetError::Broken { why }, answer.retry_after));
            }
            status => return Err(DownloadError::Refused { status }),
        }
        if self.origins.total.is_some_and(|total| total > MOST_BYTES) {
            return Err(DownloadError::NotAClip { why: format!("it has more than {MOST_BYTES} bytes") });
        }
        self.append(&mut answer, tell).await
    }

    /// The whole file comes, from its first byte.
    fn take_all(&mut self, answer: &Fetched) -> Result<(), DownloadError> {
        let kind = answer.content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        // Some hosts call everything a page: the first bytes decide.
        let page = matches!(kind.as_str(), "text/html" | "application/json" | "application/xml" | "text/xml");
        self.called = page.then_some(kind);
        let origins = Origins {
            source: std::mem::take(&mut self.origins.source),
            validator: answer.validator.clone(),
            total: answer.total,
        };
        self.begin(origins)?;
        let notes = serde_json::to_vec(&self.origins).unwrap_or_default();
        // Without its notes it is begun anew the next time, and no worse.
        let _ = std::fs::write(&self.notes, notes);
        Ok(())
    }

    async fn append(
        &mut self,
        answer: &mut Fetched,
        tell: &mut (dyn FnMut(Progress) + Send),
    ) -> Result<Step, DownloadError> {
        self.file.seek(SeekFrom::Start(self.bytes)).map_err(|error| self.failed(&error))?;
        let total = self.origins.total;
        let mut told = self.bytes;
        tell(Progress::Downloading { got: self.bytes, of: total });
        let ended = loop {
            let piece = match answer.piece().await {
                Ok(Some(piece)) => piece,
                Ok(None) => break None,
                Err(error) => break Some(error),
            };
            let bytes = self.bytes + piece.len() as u64;
            if bytes > total.unwrap_or(MOST_BYTES) {
                return Err(DownloadError::NotAClip { why: "more bytes come than the host said".to_owned() });
            }
            if self.bytes == 0
                && piece.len() >= film::HEAD
                && !film::is_film(&piece)
                && let Some(kind) = &self.called
            {
                return Err(called(kind));
            }
            self.file.write_all(&piece).map_err(|error| self.failed(&error))?;
            self.bytes = bytes;
            if bytes >= told + TELL_EVERY {
                told = bytes;
                tell(Progress::Downloading { got: bytes, of: total });
            }
        };
        tell(Progress::Downloading { got: self.bytes, of: total });
        match (ended, total) {
            // Without a length the end of a connection is all that the transport tells of the end of a file.
            (None, None) => match film::is_cut_off(&mut self.file, self.bytes) {
                Ok(false) => Ok(Step::Complete),
                // Twice at the same byte is no accident: that is all that the host has, and it is paid for.
                Ok(true) if self.ended_at == Some(self.bytes) => Ok(Step::Complete),
                Ok(true) => {
                    self.ended_at = Some(self.bytes);
                    let why = format!("it ended within the clip, after {} bytes", self.bytes);
                    Ok(Step::Again(NetError::Broken { why }, None))
                }
                Err(error) => Err(self.failed(&error)),
            },
            (_, Some(total)) if self.bytes == total => Ok(Step::Complete),
            (Some(error), _) => Ok(Step::Again(error, None)),
            (None, Some(total)) => {
                let why = format!("{} of {total} bytes came", self.bytes);
                Ok(Step::Again(NetError::Broken { why }, None))
            }
        }
    }

    /// It is complete: on the disk, and under its name.
    fn close(mut self) -> Result<Downloaded, DownloadError> {
        self.look()?;
        let cut_off = film::is_cut_off(&mut self.file, self.bytes).map_err(|error| self.failed(&error))?;
        self.file.sync_all().map_err(|error| self.failed(&error))?;
        std::fs::rename(&self.path, &self.target).map_err(|error| self.failed(&error))?;
        let _ = std::fs::remove_file(&self.notes);
        // The name, too, is to survive the machine's end; not every system can promise it.
        let folder = self.target.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let _ = File::open(folder).and_then(|folder| folder.sync_all());
        Ok(Downloaded { path: std::mem::take(&mut self.target), bytes: self.bytes, cut_off })
    }

    /// Whether it can be a clip at all: hosts show their errors as pages, and call them success.
    fn look(&mut self) -> Result<(), DownloadError> {
        let mut head = Vec::new();
        let read = self.file.rewind().and_then(|()| (&mut self.file).take(64).read_to_end(&mut head));
        read.map_err(|error| self.failed(&error))?;
        let refused = |why: &str| DownloadError::NotAClip { why: why.to_owned() };
        let error = match (head.iter().find(|byte| !byte.is_ascii_whitespace()), &self.called) {
            (None, _) => refused("it is empty"),
            (Some(_), Some(kind)) if !film::is_film(&head) => called(kind),
            (Some(b'<'), _) => refused("it is a page or a document"),
            (Some(b'{'), _) => refused("it is JSON"),
            _ if film::is_packed(&head) => refused("it is compressed, and was asked for as it is"),
            _ => return Ok(()),
        };
        // Nothing of it is worth going on with.
        let _ = self.file.set_len(0);
        self.bytes = 0;
        Err(error)
    }

    fn failed(&self, error: &std::io::Error) -> DownloadError {
        DownloadError::File { path: self.path.clone(), why: error.to_string() }
    }
}

impl Drop for Part {
    /// Leaves nothing behind that is not worth going on with. Still under its lock.
    fn drop(&mut self) {
        if self.bytes == 0 {
            let _ = std::fs::remove_file(&self.path);
            let _ = std::fs::remove_file(&self.notes);
        }
    }
}

fn called(kind: &str) -> DownloadError {
    DownloadError::NotAClip { why: format!("the host says that it is {kind}") }
}
