//! One TLS configuration for HTTP and WebSocket: rustls with ring and the web's root certificates, so that a machine without a
//! certificate store works too.

use std::sync::{Arc, OnceLock};

/// The configuration, made once. Also installs ring as the process's provider, unless the program has chosen one.
pub(super) fn config() -> Arc<rustls::ClientConfig> {
    static CONFIG: OnceLock<Arc<rustls::ClientConfig>> = OnceLock::new();
    let make = || {
        // An error means that the program installed a provider of its own before, which is as good.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let roots = rustls::RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
        Arc::new(rustls::ClientConfig::builder().with_root_certificates(roots).with_no_client_auth())
    };
    Arc::clone(CONFIG.get_or_init(make))
}

/// What to do about a TLS error.
pub(super) const fn hint(error: &rustls::Error) -> &'static str {
    match error {
        rustls::Error::InvalidMessage(_) => "The port seems to speak no TLS: use http:// if that is meant",
        rustls::Error::InvalidCertificate(_) => {
            "Check the host name and this machine's date; a certificate that no public authority signed is not accepted"
        }
        _ => "Check that the port is the server's https port",
    }
}
