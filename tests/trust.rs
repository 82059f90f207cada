//! Who is trusted, and where a key goes: real TLS handshakes, and servers that would send the client elsewhere (X-9, X-10, HO-30).
//! The certificates are made for the test; TLS is put before the reference server by a relay.
#![cfg(feature = "server")]
#![allow(clippy::unwrap_used, reason = "a test stops at what it does not expect")]

mod client_support;
mod support;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use client_support::{Fake, Keep, Manners, STUCK, Stream, prompt, until};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair, date_time_ymd};
use rustls::ServerConfig as TlsConfig;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use seaglass::client::{Auth, Category, ClientConfig, ClientError, SessionManager, Transport, Trust, WorldEvent};
use seaglass::clock::Clock;
use seaglass::net::{Credential, Events, EventsTarget, Http, NetError, Socket, Target, TlsFault};
use seaglass::sim::{Server, ServerConfig, ServerHandle};
use seaglass::wire::{PROTOCOL, WorldId};
use secrecy::SecretString;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;

const KEY: &str = "sk-of-the-trust-test";

/// What a server shows.
struct Shown {
    chain: Vec<CertificateDer<'static>>,
    key: KeyPair,
}

struct Authority {
    issuer: CertifiedIssuer<'static, KeyPair>,
}

impl Authority {
    fn new() -> Self {
        let mut params = CertificateParams::new([]).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.distinguished_name.push(DnType::CommonName, "an authority of the test");
        Self { issuer: CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap() }
    }

    fn trust(&self) -> Trust {
        Trust::web().and_pem(self.issuer.pem().as_bytes()).unwrap()
    }

    fn sign(&self, names: &[&str], change: impl FnOnce(&mut CertificateParams)) -> Shown {
        let (params, key) = leaf(names, change);
        Shown { chain: vec![params.signed_by(&key, &self.issuer).unwrap().der().clone()], key }
    }
}

fn leaf(names: &[&str], change: impl FnOnce(&mut CertificateParams)) -> (CertificateParams, KeyPair) {
    let mut params = CertificateParams::new(names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>()).unwrap();
    change(&mut params);
    (params, KeyPair::generate().unwrap())
}

fn self_signed(names: &[&str], change: impl FnOnce(&mut CertificateParams)) -> (Shown, String) {
    let (params, key) = leaf(names, change);
    let certificate = params.self_signed(&key).unwrap();
    (Shown { chain: vec![certificate.der().clone()], key }, certificate.pem())
}

/// TLS in front of a server.
async fn relay(shown: Shown, to: SocketAddr) -> SocketAddr {
    drop(rustls::crypto::ring::default_provider().install_default());
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(shown.key.serialize_der()));
    let config = TlsConfig::builder().with_no_client_auth().with_single_cert(shown.chain, key).unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((socket, _)) = listener.accept().await {
            let acceptor = acceptor.clone();
            tokio::spawn(async move {
                if let Ok(mut open) = acceptor.accept(socket).await
                    && let Ok(mut inner) = TcpStream::connect(to).await
                {
                    let _ = copy_bidirectional(&mut open, &mut inner).await;
                }
            });
        }
    });
    address
}

/// Says the same to everybody, whatever they say.
async fn saying(bytes: &'static [u8]) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((mut socket, _)) = listener.accept().await {
            tokio::spawn(async move {
                let mut heard = [0; 4096];
                let _ = socket.read(&mut heard).await;
                let _ = socket.write_all(bytes).await;
                // Open until the other side goes, so that no reset overtakes what was said.
                while socket.read(&mut heard).await.is_ok_and(|count| count > 0) {}
            });
        }
    });
    address
}

async fn server() -> ServerHandle {
    let mut config = ServerConfig::new("127.0.0.1:0".parse().unwrap());
    config.key = Some(SecretString::from(KEY));
    Server::start(config).await.unwrap()
}

fn manager(url: &str, trust: Trust, transport: Transport) -> SessionManager {
    let mut config = ClientConfig::new(url, Auth::bearer(SecretString::from(KEY)), Clock::start());
    (config.trust, config.transport, config.outage) = (trust, transport, Duration::ZERO);
    SessionManager::new(config).unwrap()
}

/// The three ways in, each with its error.
async fn refusals(address: SocketAddr, trust: Trust) -> Vec<(&'static str, NetError)> {
    let url: url::Url = format!("https://{address}/v1/worlds/w_1/stream").parse().unwrap();
    let http = Http::new(trust.clone(), STUCK, STUCK).unwrap();
    let credentials = vec![Credential::new("authorization", KEY).unwrap()];
    let target = Target {
        url: url.clone(),
        trust: trust.clone(),
        credentials: credentials.clone(),
        protocol: PROTOCOL,
        most: 1000,
        timeout: STUCK,
    };
    let events = EventsTarget { url, credentials, most: 1000, timeout: STUCK };
    let listed = manager(&format!("https://{address}"), trust, Transport::Auto).list().await.unwrap_err();
    let ClientError::Net(listed) = listed else { panic!("{listed:?}") };
    vec![
        ("http", listed),
        ("wss", Socket::connect(target).await.map(drop).unwrap_err()),
        ("events", Events::connect(&http, events).await.map(drop).unwrap_err()),
    ]
}

async fn expect(address: SocketAddr, trust: Trust, expected: TlsFault, words: &[&str]) {
    for (way, error) in refusals(address, trust).await {
        let NetError::Tls { fault, host, .. } = &error else { panic!("{way}: {error:?}") };
        assert_eq!((*fault, host.as_str()), (expected, address.to_string().as_str()), "{way}: {error}");
        for word in words {
            assert!(error.to_string().contains(word), "{way}: {word:?} is not in {error}");
        }
        let error = ClientError::Net(error);
        assert_eq!(error.category(), Category::Network);
        assert_eq!(error.advice(), expected.advice());
    }
}

/// X-10, HO-9: everything that a world needs goes over https and wss, or over https alone, to a server whose authority is trusted
/// by name. The one that is not named is not.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn worlds_go_over_https_and_wss_to_a_server_whose_authority_is_named() {
    let (server, authority) = (server().await, Authority::new());
    let address = relay(authority.sign(&["127.0.0.1"], |_| {}), server.address()).await;
    let url = format!("https://{address}");
    for transport in [Transport::WebSocket, Transport::Events] {
        let manager = manager(&url, authority.trust(), transport);
        let sink = Keep::default();
        let mut world = manager.create(prompt(), Box::new(sink.clone())).await.unwrap();
        until(&mut world, |event| matches!(event, WorldEvent::Running(_))).await;
        let id = world.handle().direct("let it rain").unwrap();
        until(&mut world, |event| matches!(event, WorldEvent::Acknowledged { id: this, .. } if *this == id)).await;
        while sink.0.lock().unwrap().is_empty() {
            tokio::time::timeout(STUCK, world.next_event()).await.unwrap();
        }
        world.close().await.unwrap();
        assert!(manager.list().await.unwrap().is_empty(), "{transport:?}");
    }
    expect(address, Trust::web(), TlsFault::UnknownIssuer, &["signed by nobody known here"]).await;
    assert!(TlsFault::UnknownIssuer.advice().contains("--ca-file"));
}

#[tokio::test]
async fn a_self_signed_certificate_is_trusted_once_it_is_named_itself() {
    let server = server().await;
    let (shown, pem) = self_signed(&["127.0.0.1"], |_| {});
    let address = relay(shown, server.address()).await;
    let url = format!("https://{address}");
    let trust = Trust::web().and_pem(pem.as_bytes()).unwrap();
    assert!(manager(&url, trust, Transport::Auto).list().await.unwrap().is_empty());
    let stranger = Authority::new().trust();
    expect(address, stranger, TlsFault::UnknownIssuer, &["certificate"]).await;
}

#[tokio::test]
async fn a_certificate_that_does_not_hold_is_refused_with_its_dates_and_its_names() {
    let (server, authority) = (server().await, Authority::new());
    let to = server.address();
    let expired = |params: &mut CertificateParams| {
        (params.not_before, params.not_after) = (date_time_ymd(2001, 2, 3), date_time_ymd(2004, 5, 6));
    };
    let address = relay(authority.sign(&["127.0.0.1"], expired), to).await;
    expect(address, authority.trust(), TlsFault::Expired, &["expired at 2004-05-06T00:00:00Z", "clock says 2"]).await;

    let early = |params: &mut CertificateParams| params.not_before = date_time_ymd(2999, 12, 31);
    let address = relay(authority.sign(&["127.0.0.1"], early), to).await;
    expect(address, authority.trust(), TlsFault::NotYetValid, &["valid from 2999-12-31T00:00:00Z on only"]).await;

    let address = relay(authority.sign(&["worlds.example", "192.0.2.7"], |_| {}), to).await;
    let words = ["not for 127.0.0.1 but for worlds.example, 192.0.2.7"];
    expect(address, authority.trust(), TlsFault::WrongName, &words).await;

    // What the usual recipe for a self-signed certificate makes.
    let ca = |params: &mut CertificateParams| params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let (shown, pem) = self_signed(&["127.0.0.1"], ca);
    let address = relay(shown, to).await;
    let trust = Trust::web().and_pem(pem.as_bytes()).unwrap();
    expect(address, trust, TlsFault::BadCertificate, &["of an authority (CA:TRUE)"]).await;
}

/// Two authorities may bear one name.
#[tokio::test]
async fn a_certificate_of_another_authority_of_the_same_name_is_not_trusted() {
    let (server, one, other) = (server().await, Authority::new(), Authority::new());
    let address = relay(one.sign(&["127.0.0.1"], |_| {}), server.address()).await;
    expect(address, other.trust(), TlsFault::UnknownIssuer, &["certificate"]).await;
}

#[tokio::test]
async fn a_port_that_speaks_no_tls_or_none_that_suits_is_told_as_such() {
    let address = saying(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n").await;
    expect(address, Trust::web(), TlsFault::NoTls, &["does not speak TLS"]).await;
    // A fatal alert, protocol_version (RFC 8446, section 6.2).
    let address = saying(&[21, 3, 3, 0, 2, 2, 70]).await;
    expect(address, Trust::web(), TlsFault::Mismatch, &["no version or method of TLS suits both sides"]).await;
}

/// neither the request nor the key follows a redirect, on any path.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn redirects_are_not_followed_and_the_key_stays_with_its_origin() {
    let elsewhere = Fake::start(Manners::default());
    for status in ["301 Moved Permanently", "302 Found", "303 See Other", "307 Temporary Redirect", "308 Permanent Redirect"]
    {
        let head = format!("HTTP/1.1 {status}\r\nLocation: {}/v1/worlds\r\n", elsewhere.url());
        let moved = format!("{head}Content-Length: 0\r\nConnection: close\r\n\r\n");
        let manners = Manners { create: moved.clone(), delete: moved.clone(), stream: Stream::Answer(moved) };
        let here = Fake::start(manners);
        for transport in [Transport::WebSocket, Transport::Events, Transport::Auto] {
            let manager = manager(&here.url(), Trust::web(), transport);
            let id = WorldId::new("w_1").unwrap();
            let errors = [
                manager.create(prompt(), Box::new(Keep::default())).await.map(drop).unwrap_err(),
                manager.list().await.map(drop).unwrap_err(),
                manager.show(&id).await.map(drop).unwrap_err(),
                manager.attach(&id, Box::new(Keep::default())).await.map(drop).unwrap_err(),
                manager.end(&id).await.map(drop).unwrap_err(),
            ];
            for error in errors {
                let text = error.to_string();
                assert!(text.contains("redirect") && text.contains(&status[..3]), "{status}, {transport:?}: {text}");
                assert!(!text.contains(KEY), "{text}");
            }
        }
        let requests = here.requests();
        let keys = requests.iter().filter(|head| head.contains(KEY)).count();
        assert_eq!(keys, requests.len(), "the key goes to its own origin with every request");
    }
    assert_eq!(elsewhere.requests(), Vec::<String>::new());
    // The listener does count: a request of somebody else arrives.
    let _ = client_support::manager(&elsewhere.url()).list().await;
    assert_eq!(elsewhere.requests().len(), 1);
}

/// The program's own way to say whom to trust: a flag, a variable, the settings; and the exit status where nobody did.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_program_trusts_the_certificates_of_a_named_file() {
    let (server, authority) = (server().await, Authority::new());
    let address = relay(authority.sign(&["127.0.0.1"], |_| {}), server.address()).await;
    let folder = tempfile::tempdir().unwrap();
    let (ca, settings) = (folder.path().join("ca.pem"), folder.path().join("settings.toml"));
    std::fs::write(&ca, authority.issuer.pem()).unwrap();
    std::fs::write(&settings, format!("ca_file = {:?}\n", ca.to_str().unwrap())).unwrap();
    let run = |change: &dyn Fn(&mut std::process::Command)| {
        let mut command = support::seaglass();
        command.args(["world", "list", "-o", "json", "--server", &format!("https://{address}")]);
        command.env("SEAGLASS_API_KEY", KEY);
        change(&mut command);
        let output = support::run(&mut command);
        (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
    };
    let (code, said) = run(&|_| {});
    assert!(code == Some(7) && said.contains("error[tls]") && said.contains("--ca-file"), "{code:?} {said}");
    let named: [&dyn Fn(&mut std::process::Command); 3] = [
        &|command| _ = command.arg("--ca-file").arg(&ca),
        &|command| _ = command.env("SEAGLASS_CA_FILE", &ca),
        &|command| _ = command.arg("--config").arg(&settings),
    ];
    for (number, change) in named.into_iter().enumerate() {
        assert_eq!(run(change).0, Some(0), "way {number}: {}", run(change).1);
    }
    let (code, said) = run(&|command| _ = command.arg("--ca-file").arg(&settings));
    assert!(code == Some(2) && said.contains("holds no certificate"), "{code:?} {said}");
}
