//! One HTTP exchange: bounded body, no redirect followed (a key goes to its own origin only), no proxy, every failure typed.

use std::error::Error as _;
use std::fmt;
use std::io;
use std::time::Duration;

use reqwest::header::{CONTENT_TYPE, HeaderName, HeaderValue, RETRY_AFTER};
use url::Url;

use super::error::NetError;
use super::origin::host_of;
use super::tls;

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
    /// Who asks.
    pub credential: Option<Credential>,
    /// A JSON body.
    pub json: Option<String>,
}

/// An answer, whatever its status.
#[derive(Clone, Debug)]
pub struct Response {
    /// Status.
    pub status: u16,
    /// Media type, as the server says it.
    pub content_type: String,
    /// When to ask again, where the server says it in seconds.
    pub retry_after: Option<Duration>,
    /// Body.
    pub body: Vec<u8>,
}

/// Makes exchanges, reusing connections. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Http {
    client: reqwest::Client,
    connect_timeout: Duration,
    timeout: Duration,
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
}

impl fmt::Debug for Credential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Credential({}: redacted)", self.name)
    }
}

impl Http {
    /// Prepares exchanges that may take so long to connect and to complete. Opens no connection.
    ///
    /// # Errors
    /// [`NetError::Malformed`] where the library refuses its configuration.
    pub fn new(connect_timeout: Duration, timeout: Duration) -> Result<Self, NetError> {
        let client = reqwest::Client::builder()
            .tls_backend_preconfigured(rustls::ClientConfig::clone(&tls::config()))
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .connect_timeout(connect_timeout)
            .timeout(timeout)
            .tcp_nodelay(true)
            .user_agent(concat!("seaglass/", env!("CARGO_PKG_VERSION")))
            .build()
            .map_err(|error| NetError::Malformed { why: error.to_string() })?;
        Ok(Self { client, connect_timeout, timeout })
    }

    /// Sends a request and reads at most `most` bytes of the answer's body.
    ///
    /// # Errors
    /// [`NetError`]; an answer of any status is no error here.
    pub async fn exchange(&self, request: Request, most: usize) -> Result<Response, NetError> {
        let Request { method, url, credential, json } = request;
        let host = host_of(&url);
        let method = match method {
            Method::Get => reqwest::Method::GET,
            Method::Post => reqwest::Method::POST,
            Method::Delete => reqwest::Method::DELETE,
        };
        let mut builder = self.client.request(method, url);
        if let Some(Credential { name, value }) = credential {
            builder = builder.header(name, value);
        }
        if let Some(json) = json {
            builder = builder.header(CONTENT_TYPE, "application/json").body(json);
        }
        let mut answer = builder.send().await.map_err(|error| self.explain(&error, &host))?;
        let header = |name| answer.headers().get(name).and_then(|value: &HeaderValue| value.to_str().ok());
        let content_type = header(CONTENT_TYPE).unwrap_or_default().to_owned();
        let retry_after = header(RETRY_AFTER).and_then(|value| value.trim().parse().ok()).map(Duration::from_secs);
        let status = answer.status().as_u16();
        let mut body = Vec::new();
        while let Some(chunk) = answer.chunk().await.map_err(|error| self.explain(&error, &host))? {
            if body.len() + chunk.len() > most {
                return Err(NetError::TooLarge { what: "an answer", most });
            }
            body.extend_from_slice(&chunk);
        }
        Ok(Response { status, content_type, retry_after, body })
    }

    /// What a library error means.
    fn explain(&self, error: &reqwest::Error, host: &str) -> NetError {
        let mut cause = error.source();
        let mut words = String::new();
        while let Some(this) = cause {
            if let Some(tls) = this.downcast_ref::<rustls::Error>() {
                return tls_error(tls, host);
            }
            if let Some(io) = this.downcast_ref::<io::Error>() {
                if let Some(tls) = tls_inside(io) {
                    return tls_error(tls, host);
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
                NetError::Timeout { what: "connecting to the server", after: self.connect_timeout }
            }
            () if error.is_timeout() => NetError::Timeout { what: "the server's answer", after: self.timeout },
            () if error.is_connect() => NetError::Unreachable { host: host.to_owned(), why: words },
            () if error.is_request() || error.is_body() => NetError::Broken { why: words },
            () => NetError::Malformed { why: words },
        }
    }
}

fn is_dns(words: &str) -> bool {
    words.starts_with("dns error")
}

pub(super) fn tls_error(error: &rustls::Error, host: &str) -> NetError {
    NetError::Tls { host: host.to_owned(), why: error.to_string(), hint: tls::hint(error) }
}

/// The TLS error that an IO error wraps, however often it was wrapped on its way.
pub(super) fn tls_inside(error: &io::Error) -> Option<&rustls::Error> {
    let inner = error.get_ref()?;
    inner.downcast_ref().or_else(|| tls_inside(inner.downcast_ref()?))
}
