//! A file from this machine to a service's storage: announced, then put where the answer says, again under a new link where the first
//! holds no more. Nothing of it is paid for. Neighbours: `courier` announces, `upload` puts.

use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;

use super::courier::Courier;
use super::error::ClipError;
use super::progress::Progress;
use super::upload::{UploadError, put};
use crate::jobs::{LocalFile, MediaKind, Presigned, Violation};
use crate::net::Http;
use crate::retry::Backoff;

/// Most links that are asked for.
const LINKS: u32 = 3;
/// Most attempts with one link.
const ATTEMPTS: u32 = 3;
/// Bounds of the waits between them.
const BACKOFF: (Duration, Duration) = (Duration::from_millis(500), Duration::from_secs(8));

/// Uploads a file, and returns what it is named by, with the service's whole answer.
pub(super) async fn upload(
    courier: &Arc<Courier>,
    files: &Http,
    kind: MediaKind,
    file: &LocalFile,
    field: &str,
    seed: u64,
    tell: &mut (dyn FnMut(Progress) + Send),
) -> Result<(Presigned, Value), ClipError> {
    let mut links = 0;
    loop {
        let Some((presigned, raw)) = courier.presign(kind, file, seed).await? else {
            let what = format!("{} takes no files", courier.dialect.backend());
            let fix = "give a URL that the service can reach";
            return Err(ClipError::Violations(vec![Violation::new(field, what, fix)]));
        };
        links += 1;
        match put_by(files, &presigned, file, field, seed, tell).await {
            Ok(()) => return Ok((presigned, raw)),
            Err(UploadError::Expired { .. }) if links < LINKS => {}
            Err(error) => return Err(error.into()),
        }
    }
}

/// Puts a file by one link; again where that may help, which does no harm: it is the same file at the same place.
async fn put_by(
    files: &Http,
    presigned: &Presigned,
    file: &LocalFile,
    field: &str,
    seed: u64,
    tell: &mut (dyn FnMut(Progress) + Send),
) -> Result<(), UploadError> {
    let mut backoff = Backoff::new(BACKOFF.0, BACKOFF.1, seed);
    loop {
        let error = match put(files, presigned, file, field, tell).await {
            Ok(()) => return Ok(()),
            Err(error) => error,
        };
        let passes = match &error {
            UploadError::Net(_) => true,
            UploadError::Refused { status, .. } => matches!(status, 408 | 425 | 429 | 500..=599),
            UploadError::Expired { .. } | UploadError::File { .. } => false,
        };
        let after = backoff.next(None);
        if !passes || backoff.failures() >= ATTEMPTS {
            return Err(error);
        }
        tell(Progress::Retrying { why: error.to_string(), after });
        tokio::time::sleep(after).await;
    }
}
