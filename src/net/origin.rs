//! A server's URL, checked once: scheme, host, and whether a key may travel there.

use std::net::IpAddr;

use url::{Host, Url};

use super::error::NetError;

/// A checked base URL.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    base: Url,
}

impl Origin {
    /// Checks a base URL; `ws` and `wss` read as `http` and `https`.
    ///
    /// # Errors
    /// [`NetError::Url`] for another scheme, no host, credentials, a query or a fragment.
    pub fn parse(text: &str) -> Result<Self, NetError> {
        let refuse = |why: &str| {
            // What stands before an @ may be a password, and what stands in a query or a fragment a key.
            let (before, cut) = text.find(['?', '#']).map_or((text, ""), |end| (&text[..end], "…"));
            let url = match before.rsplit_once('@') {
                Some((_, rest)) => format!("…@{rest}{cut}"),
                None if text.contains('@') => "…".to_owned(),
                None => format!("{before}{cut}"),
            };
            NetError::Url { url: url.chars().take(200).collect(), why: why.to_owned() }
        };
        let mut base = Url::parse(text.trim()).map_err(|error| match error {
            url::ParseError::RelativeUrlWithoutBase => refuse("it needs a scheme, as in http://127.0.0.1:8080"),
            other => refuse(&other.to_string()),
        })?;
        let scheme = match base.scheme() {
            "http" | "ws" => "http",
            "https" | "wss" => "https",
            _ => return Err(refuse("its scheme must be http or https")),
        };
        base.set_scheme(scheme).map_err(|()| refuse("its scheme must be http or https"))?;
        if base.host().is_none() {
            return Err(refuse("it names no host"));
        }
        if !base.username().is_empty() || base.password().is_some() {
            return Err(refuse("credentials do not belong into a URL: give the key separately"));
        }
        if base.query().is_some() || base.fragment().is_some() {
            return Err(refuse("it must have no query and no fragment"));
        }
        if !base.path().ends_with('/') {
            let path = format!("{}/", base.path());
            base.set_path(&path);
        }
        Ok(Self { base })
    }

    /// Whether what is sent there can be read by nobody on the way: encrypted, or to this machine.
    #[must_use]
    pub fn is_private(&self) -> bool {
        self.base.scheme() == "https" || self.is_here()
    }

    /// Whether it is on this machine, as far as its name or address tells (RFC 6761, section 6.3).
    #[must_use]
    pub fn is_here(&self) -> bool {
        match self.base.host() {
            Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
            Some(Host::Ipv4(address)) => IpAddr::V4(address).is_loopback(),
            Some(Host::Ipv6(address)) => address.is_loopback(),
            None => false,
        }
    }

    /// The URL of a path below the base.
    #[must_use]
    pub fn join<'a>(&self, segments: impl IntoIterator<Item = &'a str>) -> Url {
        let mut url = self.base.clone();
        if let Ok(mut path) = url.path_segments_mut() {
            path.pop_if_empty().extend(segments);
        }
        url
    }

    /// Scheme, host and port alone: what a key belongs to (RFC 6454).
    #[must_use]
    pub fn site(&self) -> String {
        self.base.origin().ascii_serialization()
    }

    /// Host and port, for messages.
    #[must_use]
    pub fn host(&self) -> String {
        host_of(&self.base)
    }

    /// The whole base URL.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.base.as_str()
    }
}

/// A link as it may be shown: without its query, which is where a signature stands, and without credentials.
#[must_use]
pub fn shown(link: &str) -> String {
    let Ok(url) = Url::parse(link) else { return "[no usable link]".to_owned() };
    let query = if url.query().is_some() { "?[redacted]" } else { "" };
    format!("{}://{}{}{query}", url.scheme(), host_and_port(&url), url.path())
}

fn host_and_port(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
}

/// Host and port of a URL.
pub(super) fn host_of(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    url.port_or_known_default().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// whoever has a signed link can read or write what it leads to.
    #[test]
    fn x_9_a_link_is_shown_without_its_signature() {
        let link = "https://user:word@cdn.example.com:8443/out/a.mp4?X-Signature=abc#part";
        assert_eq!(shown(link), "https://cdn.example.com:8443/out/a.mp4?[redacted]");
        assert_eq!(shown("https://cdn.example.com/a.mp4"), "https://cdn.example.com/a.mp4");
        assert!(!shown("no link, but a secret").contains("secret"));
    }

    #[test]
    fn a_url_keeps_its_path_prefix_and_gets_its_segments_escaped() {
        let origin = Origin::parse("https://example.org/worlds-api").unwrap();
        assert_eq!(origin.join(["v1", "worlds", "a~b"]).as_str(), "https://example.org/worlds-api/v1/worlds/a~b");
        assert_eq!(Origin::parse("ws://[::1]:8080").unwrap().join(["v1"]).as_str(), "http://[::1]:8080/v1");
    }

    #[test]
    fn a_url_that_cannot_be_used_says_why_and_shows_no_secret() {
        for (url, why) in [
            ("127.0.0.1:8080", "scheme"),
            ("ftp://example.org", "scheme"),
            ("http://", "host"),
            ("http://me:secret@example.org", "credentials"),
            ("http://me:secret@example.org/?key=secret", "credentials"),
            ("http://example.org/?key=secret", "query"),
            ("http://example.org/?key=a@secret", "query"),
            ("http://example.org/#secret", "fragment"),
            ("http://me:?secret@example.org", "query"),
        ] {
            let error = Origin::parse(url).unwrap_err().to_string();
            assert!(error.contains(why), "{error}");
            assert!(!error.contains("secret"), "{error}");
        }
    }

    #[test]
    fn only_encrypted_connections_and_this_machine_are_private() {
        for (url, private) in [
            ("http://127.0.0.1:1", true),
            ("http://127.9.9.9", true),
            ("http://[::1]", true),
            ("http://localhost", true),
            ("https://example.org", true),
            ("http://example.org", false),
            ("http://localhost.example.org", false),
            ("http://127.0.0.1.example.org", false),
            ("http://192.168.0.2", false),
        ] {
            assert_eq!(Origin::parse(url).unwrap().is_private(), private, "{url}");
        }
    }
}
