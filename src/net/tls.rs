//! Whom an encrypted connection trusts, as one value that exchanges, WebSockets and streams of events share: rustls with ring and the
//! web's root certificates, so that a machine without a certificate store works too, and whatever roots the caller adds. And what it
//! means when such a connection does not come about.
//!
//! There is no way to trust everybody. Revocation is not asked for: that needs lists which nobody has handed in.

use std::fmt;
use std::io;
use std::sync::{Arc, OnceLock};

use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, UnixTime};
use rustls::{AlertDescription, CertificateError, ClientConfig, RootCertStore};

use super::error::{NetError, TlsFault};

/// Most certificates that one text may add: the web has some 150 roots.
const MOST_ROOTS: usize = 1024;
/// Most names of a certificate that an error repeats, and most characters of each.
const NAMES: (usize, usize) = (6, 80);

/// Whom encrypted connections trust. Cheap to clone.
#[derive(Clone)]
pub struct Trust {
    roots: Arc<RootCertStore>,
    config: Arc<ClientConfig>,
}

impl Trust {
    /// The roots of the public web alone. Installs ring as the process's provider, unless the program has chosen one.
    #[must_use]
    pub fn web() -> Self {
        static WEB: OnceLock<Trust> = OnceLock::new();
        let make = || Self::of(RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() });
        WEB.get_or_init(make).clone()
    }

    /// Trusts the certificates of a PEM text too (RFC 7468): those of authorities, or a server's own self-signed one. Whatever else
    /// the text holds is passed over.
    ///
    /// # Errors
    /// [`NetError::Roots`] where it holds no certificate, one that cannot be read, or more than 1024.
    pub fn and_pem(&self, pem: &[u8]) -> Result<Self, NetError> {
        let mut roots = RootCertStore::clone(&self.roots);
        let refuse = |why: String| NetError::Roots { why };
        let mut added = 0;
        for certificate in CertificateDer::pem_slice_iter(pem) {
            added += 1;
            if added > MOST_ROOTS {
                return Err(refuse(format!("it holds more than {MOST_ROOTS} certificates")));
            }
            let certificate = certificate.map_err(|error| refuse(format!("it is no PEM text: {error}")))?;
            let bad = |error| refuse(format!("its certificate number {added} cannot be used: {error}"));
            roots.add(certificate).map_err(bad)?;
        }
        if added == 0 {
            return Err(refuse(
                "it holds no certificate: PEM has them between -----BEGIN CERTIFICATE----- and its END".to_owned(),
            ));
        }
        Ok(Self::of(roots))
    }

    fn of(roots: RootCertStore) -> Self {
        // An error means that the program installed a provider of its own before, which is as good.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let roots = Arc::new(roots);
        let config = ClientConfig::builder().with_root_certificates(Arc::clone(&roots)).with_no_client_auth();
        Self { roots, config: Arc::new(config) }
    }

    pub(super) fn config(&self) -> Arc<ClientConfig> {
        Arc::clone(&self.config)
    }
}

impl Default for Trust {
    fn default() -> Self {
        Self::web()
    }
}

impl fmt::Debug for Trust {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Trust({} roots)", self.roots.len())
    }
}

/// What a TLS error means.
pub(super) fn explain(error: &rustls::Error, host: &str) -> NetError {
    use rustls::Error as E;
    let (fault, why) = match error {
        E::InvalidCertificate(error) => certificate(error),
        E::InvalidMessage(_) => (TlsFault::NoTls, "what answers on that port does not speak TLS".to_owned()),
        E::PeerIncompatible(_) => (TlsFault::Mismatch, format!("no version or method of TLS suits both sides ({error})")),
        E::AlertReceived(AlertDescription::ProtocolVersion | AlertDescription::HandshakeFailure) => {
            (TlsFault::Mismatch, "the server says that no version or method of TLS suits both sides".to_owned())
        }
        E::AlertReceived(AlertDescription::CertificateRequired) => (
            TlsFault::Handshake,
            "the server asks for a certificate of the client's, which seaglass does not offer".to_owned(),
        ),
        E::AlertReceived(AlertDescription::UnrecognisedName) => {
            (TlsFault::Handshake, "the server says that it has no certificate for that name".to_owned())
        }
        E::NoCertificatesPresented => (TlsFault::BadCertificate, "the server shows no certificate".to_owned()),
        other => (TlsFault::Handshake, other.to_string()),
    };
    NetError::Tls { host: host.to_owned(), fault, why }
}

fn certificate(error: &CertificateError) -> (TlsFault, String) {
    use CertificateError as E;
    let bad = |what: &str| (TlsFault::BadCertificate, format!("its certificate {what}"));
    match error {
        E::Expired => (TlsFault::Expired, "its certificate has expired".to_owned()),
        E::ExpiredContext { time, not_after } => {
            let why = format!("its certificate expired at {}; this machine's clock says {}", date(*not_after), date(*time));
            (TlsFault::Expired, why)
        }
        E::NotValidYet => (TlsFault::NotYetValid, "its certificate is not valid yet".to_owned()),
        E::NotValidYetContext { time, not_before } => {
            let (from, now) = (date(*not_before), date(*time));
            (TlsFault::NotYetValid, format!("its certificate is valid from {from} on only; this machine's clock says {now}"))
        }
        E::NotValidForName => (TlsFault::WrongName, "its certificate is for another name".to_owned()),
        E::NotValidForNameContext { expected, presented } => {
            let why = format!("its certificate is not for {} but for {}", expected.to_str(), names(presented));
            (TlsFault::WrongName, why)
        }
        E::UnknownIssuer => (TlsFault::UnknownIssuer, "its certificate is signed by nobody known here".to_owned()),
        // Two authorities of the same name: the one that is known has not signed it.
        E::BadSignature => {
            (TlsFault::UnknownIssuer, "its certificate does not carry the signature of the authority it names".to_owned())
        }
        E::Revoked => (TlsFault::Revoked, "its certificate has been revoked by its authority".to_owned()),
        E::BadEncoding => bad("cannot be read"),
        E::InvalidPurpose | E::InvalidPurposeContext { .. } => bad("is not one for servers"),
        // The library has no better name for it, and the usual recipe for a self-signed certificate makes this one.
        E::Other(other) if other.to_string().contains("CaUsedAsEndEntity") => {
            bad("is that of an authority (CA:TRUE), which a server must not show as its own")
        }
        other => bad(&format!("cannot be accepted ({other})")),
    }
}

/// The TLS error that an IO error wraps, however often it was wrapped on its way.
pub(super) fn inside(error: &io::Error) -> Option<&rustls::Error> {
    let inner = error.get_ref()?;
    inner.downcast_ref().or_else(|| inside(inner.downcast_ref()?))
}

fn date(time: UnixTime) -> String {
    let seconds = i64::try_from(time.as_secs()).unwrap_or(i64::MAX);
    jiff::Timestamp::from_second(seconds).map_or_else(|_| format!("second {seconds} of Unix time"), |time| time.to_string())
}

/// The names of a certificate: somebody else's text.
fn names(presented: &[String]) -> String {
    if presented.is_empty() {
        return "nobody".to_owned();
    }
    let plain = |name: &String| {
        let name = name.trim_start_matches("DnsName(").trim_start_matches("IpAddress(").trim_end_matches(')');
        let visible = name.chars().filter(|c| c.is_ascii_graphic() && *c != '"');
        visible.take(NAMES.1).collect::<String>()
    };
    let mut names = presented.iter().take(NAMES.0).map(plain).collect::<Vec<_>>().join(", ");
    if presented.len() > NAMES.0 {
        names.push_str(&format!(" and {} more", presented.len() - NAMES.0));
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    /// what a certificate says is foreign text.
    #[test]
    fn names_of_a_certificate_lose_what_a_terminal_would_obey_and_are_bounded() {
        let presented = ["DnsName(\"a.example\")", "IpAddress(192.0.2.1)", "DnsName(\"\u{1b}[31mred\")"].map(str::to_owned);
        assert_eq!(names(&presented), "a.example, 192.0.2.1, [31mred");
        let many = vec![format!("DnsName(\"{}\")", "x".repeat(5000)); 100];
        assert!(names(&many).len() < 1000 && names(&many).ends_with("and 94 more"), "{}", names(&many));
        assert_eq!(names(&[]), "nobody");
    }

    #[test]
    fn a_text_without_certificates_is_no_trust() {
        let nothing = ["", "hello", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"];
        let broken = ["-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", "-----BEGIN CERTIFICATE-----\n!\n"];
        for text in nothing.into_iter().chain(broken) {
            let refused = Trust::web().and_pem(text.as_bytes());
            assert!(matches!(refused, Err(NetError::Roots { .. })), "{text:?}: {refused:?}");
        }
    }
}
