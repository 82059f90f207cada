//! One HTTP exchange: bounded body, no redirect followed (a key goes to its own origin only), no proxy, every failure typed.

use std::error::Error as _;
use std::fmt;
use std::io;
use std::pin::Pin;
use std::time::Duration;

use bytes::Bytes;
use futures_util::StreamExt as _;
use reqwest::header::{ACCEPT, ACCEPT_ENCODING, CONTENT_TYPE, DATE, HeaderName, HeaderValue, RETRY_AFTER};
use url::Url;

use super::error::{CONNECTING, NetError, TlsFault};
use super::origin::host_of;
use super::plain;
use super::tls::{self, Trust};

/// The library counts an answer's body into its time-out, and this one is meant to last: 100 years.
pub(super) const ENDLESS: Duration = Duration::from_secs(100 * 365 * 86_400);

/// Idle connections that are kept for the next exchange. A thousand worlds that are created at once may have as many connections; what
/// is over this is closed after its exchange, instead of standing open on both sides for the library's minute and a half.
const IDLE: usize = 8;

/// What is said of a peer that answers in another language.
const NO_HTTP: &str = "does not speak HTTP";

/// What stands in the place of a secret.
const WITHHELD: &[u8] = b"[withheld]";
/// Shorter secrets are not looked for: they would be found where they are not.
const SHORTEST_SECRET: usize = 8;

/// A header that proves who asks. `Debug` shows its name alone.
#[derive(Clone)]
pub struct Credential {
    pub(super) name: HeaderName,
    pub(super) value: HeaderValue,
}

/// What to do with a resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// Read it.
    Get,
    /// Add to it.
    Post,
    /// Remove it.
    Delete,
}

/// A request.
#[derive(Clone, Debug)]
pub struct Request {
    /// What to do.
    pub method: Method,
    /// With what.
    pub url: Url,
    /// Who asks, and further headers that no log may show.
    pub credentials: Vec<Credential>,
    /// A body.
    pub body: Option<Body>,
}

/// The body of a request.
#[derive(Clone, Debug)]
pub struct Body {
    /// Its media type.
    pub kind: &'static str,
    /// Its text.
    pub text: String,
}

/// The beginning of an answer whose body is read as it comes.
#[derive(Clone, Debug)]
pub(super) struct Head {
    pub(super) status: u16,
    pub(super) content_type: String,
    pub(super) retry_after: Option<Duration>,
}

/// The body of an answer, as it comes.
pub(super) type Stream = Pin<Box<dyn futures_util::Stream<Item = Result<Bytes, NetError>> + Send + Sync>>;

/// An answer, whatever its status.
#[derive(Clone, Debug)]
pub struct Response {
    /// Status.
    pub status: u16,
    /// Media type, as the server says it.
    pub content_type: String,
    /// When to ask again, where the server says it.
    pub retry_after: Option<Duration>,
    /// Body.
    pub body: Vec<u8>,
}

/// Makes exchanges, reusing connections. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Http {
    pub(super) client: reqwest::Client,
    trust: Trust,
    connect_timeout: Duration,
    pub(super) timeout: Duration,
}

impl Credential {
    /// Checks a header.
    ///
    /// # Errors
    /// [`NetError::Header`] for a name or a value that HTTP cannot carry. The value is not in the error.
    pub fn new(name: &str, value: &str) -> Result<Self, NetError> {
        let refuse = |why| NetError::Header { name: name.to_owned(), why };
        let mut value = HeaderValue::from_str(value).map_err(|_| refuse("its value holds characters no header may hold"))?;
        value.set_sensitive(true);
        let name = HeaderName::from_bytes(name.as_bytes()).map_err(|_| refuse("that is no header name"))?;
        Ok(Self { name, value })
    }

    /// Takes what proves who asks out of a refusal: servers like to repeat the key that they do not know, and refusals are shown.
    pub fn withhold(&self, refusal: &mut Vec<u8>) {
        let secret = self.value.as_bytes().rsplit(|&byte| byte == b' ').next().unwrap_or_default();
        if secret.len() < SHORTEST_SECRET {
            return;
        }
        let (mut clean, mut rest) = (Vec::new(), &refusal[..]);
        while let Some(at) = rest.windows(secret.len()).position(|window| window == secret) {
            clean.extend_from_slice(&rest[..at]);
            clean.extend_from_slice(WITHHELD);
            rest = &rest[at + secret.len()..];
        }
        clean.extend_from_slice(rest);
        *refusal = clean;
    }
}

impl fmt::Debug for Credential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Credential({}: redacted)", self.name)
    }
}

impl Http {
    /// Prepares exchanges that trust so and may take so long to connect and to complete. Opens no connection.
    ///
    /// # Errors
    /// [`NetError::Malformed`] where the library refuses its configuration.
    pub fn new(trust: Trust, connect_timeout: Duration, timeout: Duration) -> Result<Self, NetError> {
        let client = reqwest::Client::builder()
            .tls_backend_preconfigured(rustls::ClientConfig::clone(&trust.config()))
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .connect_timeout(connect_timeout)
            .timeout(timeout)
            .tcp_nodelay(true)
            .pool_max_idle_per_host(IDLE)
            .user_agent(concat!("seaglass/", env!("CARGO_PKG_VERSION")))
            .build()
            .map_err(|error| NetError::Malformed { why: error.to_string() })?;
        Ok(Self { client, trust, connect_timeout, timeout })
    }

    /// Whom its connections trust: for the streams beside them.
    #[must_use]
    pub fn trust(&self) -> &Trust {
        &self.trust
    }

    /// Sends a request and reads at most `most` bytes of the answer's body.
    ///
    /// # Errors
    /// [`NetError`]; an answer of any status is no error here.
    pub async fn exchange(&self, request: Request, most: usize) -> Result<Response, NetError> {
        let Request { method, url, credentials, body } = request;
        let host = host_of(&url);
        let method = match method {
            Method::Get => reqwest::Method::GET,
            Method::Post => reqwest::Method::POST,
            Method::Delete => reqwest::Method::DELETE,
        };
        // Without the header any coding would be right (RFC 9110, section 12.5.3), and none is undone here.
        let mut builder = self.client.request(method, url).header(ACCEPT_ENCODING, "identity");
        for Credential { name, value } in &credentials {
            builder = builder.header(name, value);
        }
        if let Some(Body { kind, text }) = body {
            builder = builder.header(CONTENT_TYPE, kind).body(text);
        }
        let mut answer = match builder.send().await {
            Ok(answer) => answer,
            Err(error) => return Err(self.explain_fully(&error, &host).await),
        };
        let Head { status, content_type, retry_after } = head_of(&answer);
        let mut body = Vec::new();
        while let Some(chunk) = answer.chunk().await.map_err(|error| self.explain(&error, &host))? {
            if body.len() + chunk.len() > most {
                return Err(NetError::TooLarge { what: "an answer", most });
            }
            body.extend_from_slice(&chunk);
        }
        if status >= 400 {
            credentials.iter().for_each(|credential| credential.withhold(&mut body));
        }
        Ok(Response { status, content_type, retry_after, body })
    }

    /// Asks for a body that comes bit by bit and has no end of its own.
    pub(super) async fn stream(
        &self,
        url: Url,
        credentials: &[Credential],
        accept: &'static str,
    ) -> Result<(Head, Stream), NetError> {
        let host = host_of(&url);
        let mut builder = self.client.get(url).header(ACCEPT, accept).timeout(ENDLESS);
        for Credential { name, value } in credentials {
            builder = builder.header(name, value);
        }
        let answer = builder.send().await.map_err(|error| self.explain(&error, &host))?;
        let head = head_of(&answer);
        let this = self.clone();
        // The library tells a body that was cut off from one that was never right in words alone; both are over.
        let cut_off = move |error: reqwest::Error| match this.explain(&error, &host) {
            NetError::Malformed { why } => NetError::Broken { why },
            other => other,
        };
        let body = answer.bytes_stream().map(move |bytes| bytes.map_err(&cut_off));
        Ok((head, Box::pin(body)))
    }

    /// As [`Http::explain`]; where what came is no HTTP it is found out whether that port speaks TLS alone, so that nothing was done.
    async fn explain_fully(&self, error: &reqwest::Error, host: &str) -> NetError {
        match self.explain(error, host) {
            NetError::Broken { why }
                if why.contains(NO_HTTP) && plain::is_answered_in_tls(host, self.connect_timeout).await =>
            {
                let why = "it was asked in the clear, and speaks TLS alone: say https://".to_owned();
                NetError::Tls { host: host.to_owned(), fault: TlsFault::Unasked, why }
            }
            explained => explained,
        }
    }

    /// What a library error means.
    pub(super) fn explain(&self, error: &reqwest::Error, host: &str) -> NetError {
        // Encryption that fails once a connection stands has failed after something was sent: nobody may take that for a request that
        // never left.
        let of_tls = |fault: &rustls::Error| match tls::explain(fault, host) {
            fault if error.is_connect() => fault,
            fault => NetError::Broken { why: fault.to_string() },
        };
        let mut cause = error.source();
        let mut words = String::new();
        while let Some(this) = cause {
            if let Some(tls) = this.downcast_ref::<rustls::Error>() {
                return of_tls(tls);
            }
            if let Some(io) = this.downcast_ref::<io::Error>() {
                if let Some(tls) = tls::inside(io) {
                    return of_tls(tls);
                }
                if error.is_connect() && !error.is_timeout() && !is_dns(&words) {
                    return NetError::Unreachable { host: host.to_owned(), why: io.to_string() };
                }
            }
            words = this.to_string();
            if is_dns(&words) {
                return NetError::Dns { host: host.to_owned() };
            }
            cause = this.source();
        }
        match () {
            () if error.is_timeout() && error.is_connect() => {
                NetError::Timeout { what: CONNECTING, after: self.connect_timeout }
            }
            () if error.is_timeout() => NetError::Timeout { what: "the server's answer", after: self.timeout },
            () if error.is_connect() => NetError::Unreachable { host: host.to_owned(), why: words },
            // As a server of TLS answers to plain HTTP. It stays an answer that was lost: nobody knows what lies behind it.
            () if words.starts_with("invalid HTTP version") => NetError::Broken {
                why: format!("what answers on {host} {NO_HTTP} ({words}); if it is an encrypted server, say https://"),
            },
            () if error.is_request() || error.is_body() => NetError::Broken { why: words },
            () => NetError::Malformed { why: words },
        }
    }
}

pub(super) fn head_of(answer: &reqwest::Response) -> Head {
    let header = |name| answer.headers().get(name).and_then(|value: &HeaderValue| value.to_str().ok());
    Head {
        status: answer.status().as_u16(),
        content_type: header(CONTENT_TYPE).unwrap_or_default().to_owned(),
        retry_after: header(RETRY_AFTER).and_then(|value| retry_after(value, header(DATE))),
    }
}

/// Seconds or a date (RFC 9110, section 10.2.3). A date is held against the server's own, so that no clock of ours is needed, and
/// none that goes wrong does harm.
pub(super) fn retry_after(value: &str, date: Option<&str>) -> Option<Duration> {
    let value = value.trim();
    if let Ok(seconds) = value.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let (then, now) = (httpdate::parse_http_date(value).ok()?, httpdate::parse_http_date(date?.trim()).ok()?);
    Some(then.duration_since(now).unwrap_or_default())
}

fn is_dns(words: &str) -> bool {
    words.starts_with("dns error")
}

#[cfg(test)]
mod tests {
    use super::*;

    ///
    #[test]
    fn a_refusal_that_repeats_the_key_does_not_show_it() {
        let key = Credential::new("Authorization", "Bearer sk-0123456789").unwrap();
        let mut body = b"sk-0123456789 is no key; sk-01234 is none; is \"sk-0123456789\" yours?".to_vec();
        key.withhold(&mut body);
        assert_eq!(String::from_utf8(body).unwrap(), "[withheld] is no key; sk-01234 is none; is \"[withheld]\" yours?");
        let (short, said) = (Credential::new("Authorization", "Bearer a").unwrap(), b"a b a".to_vec());
        let mut body = said.clone();
        short.withhold(&mut body);
        assert_eq!(body, said);
    }

    ///
    #[test]
    fn retry_after_is_seconds_or_a_date_by_the_servers_own_clock() {
        let date = Some("Sun, 06 Nov 1994 08:49:37 GMT");
        assert_eq!(retry_after(" 120 ", None), Some(Duration::from_secs(120)));
        assert_eq!(retry_after("Sun, 06 Nov 1994 08:50:07 GMT", date), Some(Duration::from_secs(30)));
        assert_eq!(retry_after("Sun, 06 Nov 1994 08:00:00 GMT", date), Some(Duration::ZERO), "already past");
        assert_eq!(retry_after("Sun, 06 Nov 1994 08:50:07 GMT", None), None);
        for wrong in ["", "soon", "-1", "1.5", "99999999999999999999999"] {
            assert_eq!(retry_after(wrong, date), None, "{wrong:?}");
        }
    }
}
