//! A file from the disk to where a presigned link says: exactly the bytes and the type that were announced, and no key (HC-7).

use std::path::PathBuf;

use thiserror::Error;
use url::Url;

use super::error::ClipError;
use super::progress::Progress;
use crate::jobs::{LocalFile, Presigned};
use crate::net::{Http, NetError};

/// Why a file is not where it should be.
#[derive(Clone, Debug, Error)]
pub enum UploadError {
    /// The link no longer holds: another can be asked for.
    #[error("the link for the upload no longer holds (HTTP status {status})")]
    Expired {
        /// The storage's answer.
        status: u16,
    },
    /// The storage refuses.
    #[error("the storage refuses the file with HTTP status {status}: {why}")]
    Refused {
        /// The storage's answer.
        status: u16,
        /// Its words.
        why: String,
    },
    /// The file is not the one that was announced, or cannot be read.
    #[error("{}: {why}", path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        why: String,
    },
    /// The network failed: nobody knows how much arrived, and repeating it does no harm.
    #[error(transparent)]
    Net(#[from] NetError),
}

impl From<UploadError> for ClipError {
    fn from(error: UploadError) -> Self {
        match error {
            UploadError::Net(error) => Self::Net(error),
            UploadError::File { path, why } => Self::File { path, why },
            UploadError::Expired { .. } | UploadError::Refused { .. } => Self::Upload { why: error.to_string() },
        }
    }
}

/// Puts a file where the link says. `field` is who it is for, in what is told.
pub async fn put(
    http: &Http,
    presigned: &Presigned,
    file: &LocalFile,
    field: &str,
    tell: &mut (dyn FnMut(Progress) + Send),
) -> Result<(), UploadError> {
    let unreadable = |why: String| UploadError::File { path: file.path.clone(), why };
    let url = Url::parse(&presigned.upload_url).ok().filter(|url| matches!(url.scheme(), "http" | "https"));
    // Not a word of the link itself: whoever has it may write there.
    let unusable = || NetError::Malformed { why: "the service's link for the upload is no http or https URL".to_owned() };
    let url = url.ok_or_else(unusable)?;
    let bytes = tokio::fs::File::open(&file.path).await.map_err(|error| unreadable(error.to_string()))?;
    let now = bytes.metadata().await.map_err(|error| unreadable(error.to_string()))?.len();
    if now != file.bytes {
        return Err(unreadable(format!("it has changed: {now} bytes instead of {}", file.bytes)));
    }
    let told = |sent| Progress::Uploading { field: field.to_owned(), sent, of: file.bytes };
    let answer = http.put(&url, &file.media_type, bytes, file.bytes, |sent| tell(told(sent))).await?;
    match answer.status {
        200..=299 => Ok(()),
        401 | 403 | 404 | 410 => Err(UploadError::Expired { status: answer.status }),
        status => Err(UploadError::Refused { status, why: words(&answer.body) }),
    }
}

/// The storage's words, harmless to print.
fn words(body: &[u8]) -> String {
    let text = String::from_utf8_lossy(body);
    text.chars().filter(|c| !c.is_control()).take(200).collect()
}
