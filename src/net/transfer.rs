//! Files from and to other hosts: bodies that are larger than memory should hold. Nothing that is sent here carries a key: links to
//! files are signed themselves, and often lead to somebody else's host.

use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use bytes::Bytes;
use futures_util::stream;
use reqwest::header::{
    ACCEPT_ENCODING, CONTENT_LENGTH, CONTENT_RANGE, CONTENT_TYPE, ETAG, HeaderValue, IF_RANGE, LAST_MODIFIED, LOCATION,
    RANGE,
};
use tokio::io::{AsyncRead, AsyncReadExt as _};
use url::Url;

use super::error::NetError;
use super::http::{ENDLESS, Head, Http, Response, head_of};
use super::origin::host_of;

/// Redirects that are followed.
const MOST_REDIRECTS: u32 = 5;
/// A piece of a file on its way up, in bytes.
const PIECE: usize = 64 * 1024;
/// How often an upload looks how far it is.
const TICK: Duration = Duration::from_millis(100);
/// What is read of an answer to an upload.
const MOST_ANSWER: usize = 64 * 1024;

/// The beginning of a file that comes in pieces.
#[derive(Debug)]
pub struct Fetched {
    /// Status.
    pub status: u16,
    /// Media type, as the host says it.
    pub content_type: String,
    /// When to ask again, where the host says it.
    pub retry_after: Option<Duration>,
    /// Length of what comes now.
    pub length: Option<u64>,
    /// Where that begins in the file (RFC 9110, section 14.4); `None`: the whole file comes.
    pub from: Option<u64>,
    /// Length of the whole file.
    pub total: Option<u64>,
    /// What tells this file from another that takes its place: a strong entity tag, or a date.
    pub validator: Option<String>,
    answer: reqwest::Response,
    host: String,
    http: Http,
}

impl Http {
    /// Asks for a file from this byte on, if it is still the one of that validator. Follows a few redirects, none of which leads
    /// from https to http.
    ///
    /// # Errors
    /// [`NetError`]; an answer of any status is no error here.
    pub async fn fetch(&self, url: &Url, from: u64, validator: Option<&str>) -> Result<Fetched, NetError> {
        let mut url = url.clone();
        for _ in 0..=MOST_REDIRECTS {
            let host = host_of(&url);
            // No compression: a range is one of the file's own bytes.
            let mut request = self.client.get(url.clone()).timeout(ENDLESS).header(ACCEPT_ENCODING, "identity");
            if from > 0 {
                request = request.header(RANGE, format!("bytes={from}-"));
                if let Some(validator) = validator.and_then(|text| HeaderValue::from_str(text).ok()) {
                    request = request.header(IF_RANGE, validator);
                }
            }
            let answer =
                tokio::time::timeout(self.timeout, request.send()).await.map_err(|_| self.late("the host's answer"))?;
            let answer = answer.map_err(|error| self.explain(&error, &host))?;
            if !matches!(answer.status().as_u16(), 301 | 302 | 303 | 307 | 308) {
                return Ok(self.begun(answer, host));
            }
            url = next_hop(&url, &answer)?;
        }
        Err(NetError::Malformed { why: format!("more than {MOST_REDIRECTS} redirects") })
    }

    /// Puts `length` bytes of a file where a signed link says, with exactly this media type and no key. `sent` is told how many
    /// bytes are on their way.
    ///
    /// # Errors
    /// [`NetError`]; an answer of any status is no error here.
    pub async fn put(
        &self,
        url: &Url,
        media_type: &str,
        file: impl AsyncRead + Send + Sync + Unpin + 'static,
        length: u64,
        mut sent: impl FnMut(u64),
    ) -> Result<Response, NetError> {
        let host = host_of(url);
        let gone = Arc::new(AtomicU64::new(0));
        let counted = Arc::clone(&gone);
        let pieces = stream::try_unfold((file.take(length), counted), async |(mut file, counted)| {
            let mut piece = vec![0; PIECE];
            let read = file.read(&mut piece).await?;
            piece.truncate(read);
            counted.fetch_add(read as u64, Ordering::Relaxed);
            Ok::<_, std::io::Error>((read > 0).then(|| (Bytes::from(piece), (file, counted))))
        });
        let request = self
            .client
            .put(url.clone())
            .timeout(ENDLESS)
            .header(CONTENT_TYPE, media_type)
            // Storage refuses a body whose length is not told beforehand.
            .header(CONTENT_LENGTH, length)
            .body(reqwest::Body::wrap_stream(pieces));
        let mut sending = pin!(request.send());
        let (mut told, mut idle) = (0, Duration::ZERO);
        let answer = loop {
            if let Ok(answer) = tokio::time::timeout(TICK, &mut sending).await {
                break answer.map_err(|error| self.explain(&error, &host))?;
            }
            let now = gone.load(Ordering::Relaxed);
            // However long the file: so long without a byte, and the connection is dead.
            idle = if now > told { Duration::ZERO } else { idle + TICK };
            if idle >= self.timeout {
                return Err(self.late("the upload's next byte"));
            }
            told = now;
            sent(now);
        };
        sent(gone.load(Ordering::Relaxed));
        let mut answer = answer;
        let Head { status, content_type, retry_after } = head_of(&answer);
        let mut body = Vec::new();
        while let Ok(Some(piece)) = answer.chunk().await {
            body.extend_from_slice(&piece[..piece.len().min(MOST_ANSWER - body.len())]);
            if body.len() == MOST_ANSWER {
                break;
            }
        }
        Ok(Response { status, content_type, retry_after, body })
    }

    fn begun(&self, answer: reqwest::Response, host: String) -> Fetched {
        let Head { status, content_type, retry_after } = head_of(&answer);
        let header = |name| answer.headers().get(name).and_then(|value: &HeaderValue| value.to_str().ok());
        let length = header(CONTENT_LENGTH).and_then(|text| text.parse().ok());
        let (from, total) = header(CONTENT_RANGE).map_or((None, None), content_range);
        // A weak entity tag says nothing about bytes (RFC 9110, section 13.1.5).
        let tag = header(ETAG).filter(|tag| !tag.starts_with("W/"));
        let validator = tag.or_else(|| header(LAST_MODIFIED)).map(str::to_owned);
        let total = if status == 200 { length } else { total };
        let from = from.filter(|_| status == 206);
        Fetched { status, content_type, retry_after, length, from, total, validator, answer, host, http: self.clone() }
    }

    const fn late(&self, what: &'static str) -> NetError {
        NetError::Timeout { what, after: self.timeout }
    }
}

impl Fetched {
    /// The next piece; `None`: that was all that comes.
    ///
    /// # Errors
    /// [`NetError`]; also where fewer bytes come than were announced, or none for too long.
    pub async fn piece(&mut self) -> Result<Option<Bytes>, NetError> {
        let piece = tokio::time::timeout(self.http.timeout, self.answer.chunk()).await;
        piece.map_err(|_| self.http.late("the next piece of the file"))?.map_err(|error| {
            // The library tells a body that was cut off from one that was never right in words alone.
            match self.http.explain(&error, &self.host) {
                NetError::Malformed { why } => NetError::Broken { why },
                other => other,
            }
        })
    }
}

fn next_hop(url: &Url, answer: &reqwest::Response) -> Result<Url, NetError> {
    let wrong = |why: &str| NetError::Malformed { why: format!("a redirect that is not followed: {why}") };
    let to =
        answer.headers().get(LOCATION).and_then(|value| value.to_str().ok()).ok_or_else(|| wrong("it leads nowhere"))?;
    let to = url.join(to).map_err(|_| wrong("it leads nowhere"))?;
    match (url.scheme(), to.scheme()) {
        (_, "https") | ("http", "http") => Ok(to),
        ("https", "http") => Err(wrong("it leads from https to http")),
        _ => Err(wrong("it leads to neither http nor https")),
    }
}

/// First byte and whole length of `bytes 0-9/100`, `bytes 0-9/*` and `bytes */100`.
fn content_range(text: &str) -> (Option<u64>, Option<u64>) {
    let Some((range, total)) = text.trim().strip_prefix("bytes ").and_then(|rest| rest.split_once('/')) else {
        return (None, None);
    };
    (range.split_once('-').and_then(|(from, _)| from.trim().parse().ok()), total.trim().parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_content_range_is_read_as_far_as_it_goes() {
        assert_eq!(content_range("bytes 100-199/200"), (Some(100), Some(200)));
        assert_eq!(content_range("bytes 100-199/*"), (Some(100), None));
        assert_eq!(content_range("bytes */200"), (None, Some(200)));
        for wrong in ["", "bytes", "lines 1-2/3", "bytes 1/", "bytes -/-", "bytes 99999999999999999999999-1/2x"] {
            assert_eq!(content_range(wrong), (None, None), "{wrong:?}");
        }
    }
}
