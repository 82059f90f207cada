//! TLS of the server, and what can be wrong with it on purpose.
#![cfg(feature = "server")]
#![allow(clippy::unwrap_used, missing_docs, reason = "a test")]

mod server_support;

use std::error::Error;

use seaglass::sim::faults::Script;
use seaglass::sim::{ServeError, Server, ServerConfig, ServerHandle, Tls};
use server_support::server_with;

fn names() -> Vec<String> {
    vec!["localhost".to_owned(), "127.0.0.1".to_owned()]
}

async fn secured() -> (ServerHandle, reqwest::Client) {
    let tls = Tls::self_signed(&names()).unwrap();
    let authority = reqwest::Certificate::from_pem(tls.authority_pem().unwrap().as_bytes()).unwrap();
    let server = server_with(|config| {
        config.tls = Some(tls);
        config.faults = Some(Script::default());
    })
    .await;
    // Every request on a connection of its own: a standing one has its handshake behind it.
    let client = reqwest::Client::builder().tls_certs_only([authority]).pool_max_idle_per_host(0).build().unwrap();
    (server, client)
}

/// All that an error says, with its causes.
fn causes(error: &dyn Error) -> String {
    let mut words = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        words = format!("{words}: {cause}");
        source = cause.source();
    }
    words
}

/// a certificate of its own, trusted by whoever is given its authority and by nobody else.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_with_its_own_authority_is_trusted_by_those_who_know_it() {
    let (server, client) = secured().await;
    let url = format!("https://{}/health", server.address());
    assert_eq!(client.get(&url).send().await.unwrap().status().as_u16(), 200);
    let stranger = reqwest::Client::new().get(&url).send().await.unwrap_err();
    assert!(causes(&stranger).contains("certificate"), "{}", causes(&stranger));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_wrong_with_a_certificate_is_what_the_script_says() {
    let (server, client) = secured().await;
    let url = format!("https://{}/health", server.address());
    for (what, words) in [("expired", "expired"), ("wrong_name", "not valid for name"), ("handshake", "")] {
        let script = format!("fault = [{{ kind = \"tls\", what = \"{what}\" }}]");
        server.faults().unwrap().set(Script::from_toml(&script).unwrap());
        let error = client.get(&url).send().await.unwrap_err();
        assert!(error.is_connect() && causes(&error).contains(words), "{what}: {}", causes(&error));
    }
    server.faults().unwrap().set(Script::default());
    assert_eq!(client.get(&url).send().await.unwrap().status().as_u16(), 200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_script_that_wants_tls_needs_a_server_that_has_it() {
    let mut config = ServerConfig::new("127.0.0.1:0".parse().unwrap());
    config.faults = Some(Script::from_toml("fault = [{ kind = \"tls\" }]").unwrap());
    assert!(matches!(Server::start(config).await, Err(ServeError::Faults(_))));
}

/// nothing of a key stands in an error or in what is printed for debugging.
#[test]
fn keys_are_not_quoted() {
    let (certificate, key) = (b"-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n", b"secret-secret");
    let error = Tls::from_pem(certificate, key).unwrap_err();
    assert!(!format!("{error} {error:?}").contains("secret"));
    assert!(Tls::from_pem(b"", key).unwrap_err().to_string().contains("certificates"));
    assert!(!format!("{:?}", Tls::self_signed(&names()).unwrap()).contains("PRIVATE"));
}
