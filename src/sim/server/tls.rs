//! TLS for the server: a certificate from files, or one of its own making with an authority that clients can be told to trust. The
//! latter also has certificates that are wrong on purpose. Keys stay in here and reach no log.

use std::fmt;
use std::sync::Arc;

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa, KeyPair, KeyUsagePurpose,
    date_time_ymd,
};
use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};

use crate::sim::faults::BadCertificate;

/// What a server shows of itself.
#[derive(Clone)]
pub struct Tls {
    right: Arc<ServerConfig>,
    own: Option<Own>,
}

/// What only a server with its own authority has.
#[derive(Clone)]
struct Own {
    authority: String,
    expired: Arc<ServerConfig>,
    wrong_name: Arc<ServerConfig>,
}

/// Why a certificate cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// The file of certificates.
    #[error(
        "the certificates cannot be read: {0}; a PEM file with the server's own first and its issuers after it is wanted"
    )]
    Certificates(String),
    /// The file of the key.
    #[error("the key cannot be read: {0}; a PEM file with one private key is wanted")]
    Key(String),
    /// Both can be read and cannot be used.
    #[error("certificate and key cannot be used: {0}; they must belong together")]
    Pair(#[from] rustls::Error),
    /// A certificate of its own.
    #[error("no certificate can be made: {0}; the names must be host names or addresses")]
    Making(#[from] rcgen::Error),
}

impl Tls {
    /// From PEM: the server's certificate with its issuers after it, and its private key (PKCS #8, PKCS #1 or SEC 1).
    ///
    /// # Errors
    /// Which of the two cannot be read, or that they do not belong together. No error quotes the key.
    pub fn from_pem(certificates: &[u8], key: &[u8]) -> Result<Self, TlsError> {
        let chain: Vec<_> = CertificateDer::pem_slice_iter(certificates)
            .collect::<Result<_, _>>()
            .map_err(|error| TlsError::Certificates(error.to_string()))?;
        if chain.is_empty() {
            return Err(TlsError::Certificates("there is none in it".to_owned()));
        }
        let key = PrivateKeyDer::from_pem_slice(key).map_err(|error| TlsError::Key(error.to_string()))?;
        Ok(Self { right: serve(chain, key)?, own: None })
    }

    /// A fresh certificate for these host names and addresses, signed by a fresh authority that lives as long as this.
    ///
    /// # Errors
    /// [`TlsError::Making`] if a name is none.
    pub fn self_signed(names: &[String]) -> Result<Self, TlsError> {
        let mut authority = CertificateParams::new(Vec::new())?;
        authority.distinguished_name.push(DnType::CommonName, "seaglass serve, for tests");
        authority.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        authority.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::DigitalSignature];
        let authority = CertifiedIssuer::self_signed(authority, KeyPair::generate()?)?;
        let sign = |params: CertificateParams| -> Result<Arc<ServerConfig>, TlsError> {
            let mut params = params;
            params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
            let key = KeyPair::generate()?;
            let certificate = params.signed_by(&key, &authority)?;
            let key = PrivateKeyDer::Pkcs8(key.serialize_der().into());
            serve(vec![certificate.der().clone()], key)
        };
        let mut expired = CertificateParams::new(names)?;
        (expired.not_before, expired.not_after) = (date_time_ymd(2000, 1, 1), date_time_ymd(2001, 1, 1));
        Ok(Self {
            right: sign(CertificateParams::new(names)?)?,
            own: Some(Own {
                authority: authority.pem(),
                expired: sign(expired)?,
                // RFC 2606 keeps this name from ever being anybody's.
                wrong_name: sign(CertificateParams::new(vec!["elsewhere.invalid".to_owned()])?)?,
            }),
        })
    }

    /// The authority's certificate as PEM, where the server has its own: what clients are to trust.
    #[must_use]
    pub fn authority_pem(&self) -> Option<&str> {
        self.own.as_ref().map(|own| own.authority.as_str())
    }

    /// Whether certificates that are wrong on purpose can be shown.
    pub(super) fn has_wrong_ones(&self) -> bool {
        self.own.is_some()
    }

    /// What to show to a connection; `None`: nothing that is TLS.
    pub(super) fn shown(&self, wrong: Option<BadCertificate>) -> Option<Arc<ServerConfig>> {
        let own = self.own.as_ref();
        Some(Arc::clone(match wrong {
            None => &self.right,
            Some(BadCertificate::Handshake) => return None,
            Some(BadCertificate::Expired) => own.map_or(&self.right, |own| &own.expired),
            Some(BadCertificate::WrongName) => own.map_or(&self.right, |own| &own.wrong_name),
        }))
    }
}

fn serve(chain: Vec<CertificateDer<'static>>, key: PrivateKeyDer<'static>) -> Result<Arc<ServerConfig>, TlsError> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(chain, key)?;
    // The stream is upgraded from HTTP/1.1.
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(Arc::new(config))
}

impl fmt::Debug for Tls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tls").field("own_authority", &self.own.is_some()).finish_non_exhaustive()
    }
}
