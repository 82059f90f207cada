//! Bad input at the edge: each has a typed error that says what, why and what to do, and each time the world that was created is
//! deleted, once.
#![allow(clippy::unwrap_used, reason = "a test stops at what it does not expect")]

mod client_support;
mod session_lab;

use client_support::*;
use seaglass::client::{Auth, Category, ClientConfig, ClientError, SessionManager};
use seaglass::clock::Clock;
use seaglass::media::Track;
use seaglass::net::{NetError, TlsFault};
use seaglass::session::{Ending, Event, Failure, Loss};
use seaglass::wire::{CloseCode, Kind};
use secrecy::SecretString;
use session_lab::{bytes_of, unit, video};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio_tungstenite::tungstenite::Message;

async fn refusal(manners: Manners) -> (Fake, ClientError) {
    let fake = Fake::start(manners);
    let manager = fake.manager();
    let error = manager.create(prompt(), Box::new(Keep::default())).await.map(drop).unwrap_err();
    assert!(!error.to_string().is_empty() && !error.advice().is_empty());
    (fake, error)
}

/// The ending of a stream on which the server says this; the world is deleted once.
async fn ending_of(manners: Manners) -> Ending {
    let fake = Fake::start(manners);
    let manager = fake.manager();
    let mut world = manager.create(prompt(), Box::new(Keep::default())).await.unwrap();
    let ended = ending(&mut world).await;
    assert_eq!(world.close().await.as_ref(), Ok(&ended));
    assert_eq!(fake.deletes(), 1);
    ended
}

#[tokio::test]
async fn a_port_where_nobody_listens_is_unreachable_and_says_so() {
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let error = manager(&format!("http://127.0.0.1:{port}")).list().await.unwrap_err();
    assert!(matches!(error, ClientError::Net(NetError::Unreachable { .. })), "{error:?}");
    assert_eq!((error.category(), error.is_retryable()), (Category::Network, true));
    assert!(error.to_string().contains(&port.to_string()), "{error}");
}

#[tokio::test]
async fn a_host_without_an_address_is_told_by_name() {
    let error = manager("http://no-such-host.invalid").list().await.unwrap_err();
    assert!(matches!(error, ClientError::Net(NetError::Dns { .. })), "{error:?}");
    assert!(error.to_string().contains("no-such-host.invalid"), "{error}");
}

/// A TLS server answers plain HTTP with an alert (RFC 8446, section 6), and hangs up. X-5, HO-25: it cannot have made a world.
#[tokio::test]
async fn http_to_a_port_of_tls_says_so_and_leaves_no_doubt_about_a_create() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let _ = stream.read(&mut [0; 4096]).await;
            let _ = stream.write_all(&[0x15, 3, 3, 0, 2, 2, 50]).await;
        }
    });
    for error in [manager(&url).list().await.unwrap_err(), manager(&url).create_detached(prompt()).await.unwrap_err()] {
        assert!(matches!(error, ClientError::Net(NetError::Tls { fault: TlsFault::Unasked, .. })), "{error:?}");
        assert!(error.to_string().contains("say https://"), "{error}");
        assert_eq!(error.category(), Category::Network);
    }
}

/// What speaks neither may have understood the request.
#[tokio::test]
async fn a_create_that_is_answered_in_another_language_stays_in_doubt() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let _ = stream.read(&mut [0; 4096]).await;
            let _ = stream.write_all(b"220 ready when you are\r\n").await;
        }
    });
    let error = manager(&url).create_detached(prompt()).await.unwrap_err();
    assert!(matches!(error, ClientError::OutcomeUnknown { .. }), "{error:?}");
}

#[tokio::test]
async fn https_to_a_plain_port_is_a_tls_error_that_suggests_http() {
    let fake = Fake::start(Manners::default());
    let error = manager(&format!("https://{}", fake.address)).list().await.unwrap_err();
    assert!(matches!(error, ClientError::Net(NetError::Tls { fault: TlsFault::NoTls, .. })), "{error:?}");
    assert!(error.advice().contains("http://"), "{}", error.advice());
    assert_eq!(error.category(), Category::Network);
}

/// HO-30
#[tokio::test]
async fn a_wrong_key_is_an_authentication_error_in_the_servers_cleaned_words() {
    let body = r#"{"error":{"code":"unauthorized","message":"no \u001b[31msuch key"}}"#;
    let (fake, error) = refusal(Manners { create: json("401 Unauthorized", body), ..Manners::default() }).await;
    assert_eq!(error.category(), Category::Auth);
    assert!(error.to_string().contains("unauthorized") && error.to_string().contains("no [31msuch key"), "{error}");
    assert_eq!(fake.deletes(), 0);
}

#[tokio::test]
async fn a_web_page_instead_of_a_world_is_no_world_server() {
    let page = answer("200 OK", "text/html", "<h1>Welcome</h1>");
    let (fake, error) = refusal(Manners { create: page, ..Manners::default() }).await;
    assert!(matches!(error, ClientError::NotAWorldServer { .. }), "{error:?}");
    assert_eq!(error.category(), Category::Session);
    assert!(error.to_string().contains("text/html"), "{error}");
    assert_eq!(fake.deletes(), 0);
}

/// X-10
#[tokio::test]
async fn a_redirect_is_not_followed() {
    let other = Fake::start(Manners::default());
    let redirect =
        format!("HTTP/1.1 307 Temporary Redirect\r\nLocation: {}/v1/worlds\r\nContent-Length: 0\r\n\r\n", other.url());
    let (_, error) = refusal(Manners { create: redirect, ..Manners::default() }).await;
    assert!(matches!(error, ClientError::NotAWorldServer { .. }), "{error:?}");
    assert!(error.to_string().contains("redirect"), "{error}");
    assert_eq!(other.requests(), Vec::<String>::new());
}

#[tokio::test]
async fn a_world_in_a_body_that_does_not_fit_is_deleted_all_the_same() {
    let (fake, error) =
        refusal(Manners { create: json("201 Created", r#"{"id":"w_1","state":7}"#), ..Manners::default() }).await;
    assert!(matches!(error, ClientError::NotAWorldServer { .. }), "{error:?}");
    fake.wait_for_delete();
}

#[tokio::test]
async fn a_refused_stream_brings_the_servers_reason_and_the_world_is_deleted() {
    let body = r#"{"error":{"code":"unsupported_protocol","message":"speak seaglass.v9","supported":["seaglass.v9"]}}"#;
    let stream = Stream::Answer(json("426 Upgrade Required", body));
    let (fake, error) = refusal(Manners { stream, ..Manners::default() }).await;
    assert!(matches!(error, ClientError::Refused { status: 426, .. }), "{error:?}");
    assert!(error.to_string().contains("unsupported_protocol"), "{error}");
    assert_eq!(fake.deletes(), 1);
}

#[tokio::test]
async fn a_page_where_the_stream_should_be_is_not_the_protocol_and_the_world_is_deleted() {
    let stream = Stream::Answer(answer("200 OK", "text/html", "<h1>Welcome</h1>"));
    let (fake, error) = refusal(Manners { stream, ..Manners::default() }).await;
    assert!(matches!(error, ClientError::Net(NetError::NotTheProtocol { .. })), "{error:?}");
    assert_eq!(error.category(), Category::Session);
    assert_eq!(fake.deletes(), 1);
}

#[tokio::test]
async fn a_websocket_without_the_sub_protocol_is_not_the_protocol_and_the_world_is_deleted() {
    let (fake, error) = refusal(Manners { stream: Stream::WithoutProtocol, ..Manners::default() }).await;
    assert!(matches!(error, ClientError::Net(NetError::NotTheProtocol { .. })), "{error:?}");
    assert!(error.to_string().contains("seaglass.v1"), "{error}");
    assert_eq!(fake.deletes(), 1);
}

#[tokio::test]
async fn another_protocol_version_ends_the_stream_and_the_world_is_deleted() {
    let hello = Message::text(r#"{"type":"hello","version":2}"#);
    let stream = Stream::Says(vec![hello], Then::Listen);
    let ended = ending_of(Manners { stream, ..Manners::default() }).await;
    assert_eq!(ended, Ending::Failed(Failure::Version { theirs: 2 }));
    assert_eq!(Category::of(&ended), Category::Session);
}

#[tokio::test]
async fn an_oversized_message_ends_the_stream_and_the_world_is_deleted() {
    let huge = Message::Binary(vec![0; 1024 * 1024 + 1].into());
    let ended = ending_of(Manners::saying([huge], Then::Listen)).await;
    assert!(matches!(ended, Ending::Lost { loss: Loss::TooLarge, .. }), "{ended:?}");
}

#[tokio::test]
async fn bytes_that_are_no_websocket_end_the_stream_and_the_world_is_deleted() {
    let ended = ending_of(Manners::saying([], Then::Raw(vec![0xff; 64]))).await;
    assert!(matches!(ended, Ending::Lost { loss: Loss::Malformed, .. }), "{ended:?}");
}

#[tokio::test]
async fn a_message_cut_off_by_the_end_of_the_connection_is_a_broken_stream_and_the_world_is_deleted() {
    // A binary frame that announces 200 bytes and brings 3.
    let ended = ending_of(Manners::saying([], Then::Raw(vec![0x82, 126, 0, 200, 1, 2, 3]))).await;
    assert!(matches!(ended, Ending::Lost { loss: Loss::Broken, .. }), "{ended:?}");
    assert_eq!(Category::of(&ended), Category::Network);
}

#[tokio::test]
async fn a_limit_told_by_close_code_alone_is_a_limit() {
    let ended = ending_of(Manners::saying([], Then::Close(4011))).await;
    assert!(matches!(ended, Ending::Closed { code: CloseCode::Limit, .. }), "{ended:?}");
    assert_eq!(Category::of(&ended), Category::Limit);
}

/// HO-27, HO-29, X-6
#[tokio::test]
async fn garbage_and_strangers_are_told_and_the_stream_goes_on() {
    let truncated = Message::Binary(bytes_of(&video(0, true)).slice(..100));
    let strange = Message::Binary(bytes_of(&unit(Kind::UnknownCodec { track: 1, codec: 99 }, 0, true)));
    let messages = [
        truncated,
        junk(),
        Message::text("{"),
        Message::text(r#"{"type":"aurora"}"#),
        strange,
        binary(&video(1, false)),
        binary(&video(2, true)),
        Message::text(r#"{"type":"dusk"}"#),
    ];
    let fake = Fake::start(Manners::saying(messages, Then::Listen));
    let manager = fake.manager();
    let sink = Keep::default();
    let mut world = manager.create(prompt(), Box::new(sink.clone())).await.unwrap();
    let events = until(&mut world, |event| matches!(event, Event::Unknown { kind, .. } if kind == "dusk")).await;
    assert!(events.iter().any(|event| matches!(event, Event::Malformed { .. })), "{events:?}");
    assert!(events.iter().any(|event| matches!(event, Event::Unknown { kind, .. } if kind == "aurora")), "{events:?}");
    assert!(events.contains(&Event::UnknownCodec { track: Track::Audio, codec: 99 }), "{events:?}");
    let passed: Vec<_> = sink.0.lock().unwrap().iter().map(|packet| packet.sequence).collect();
    assert_eq!(passed, [2], "what depends on a missing keyframe must not pass");
    assert_eq!((world.handle().stats().malformed, world.handle().stats().keyframe_requests), (3, 1));
    world.close().await.unwrap();
    assert!(fake.heard().iter().any(|text| text.contains(r#""keyframe""#)), "{:?}", fake.heard());
    assert_eq!(fake.deletes(), 1);
}

/// X-9, X-10, HO-30
#[tokio::test]
async fn a_key_goes_to_its_own_server_and_is_printed_nowhere() {
    let auth = || Auth::bearer(SecretString::from("hh_secret_of_mine"));
    let insecure = SessionManager::new(ClientConfig::new("http://192.0.2.1", auth(), Clock::start())).unwrap_err();
    assert_eq!(insecure.category(), Category::Auth);
    let fake = Fake::start(Manners { create: json("401 Unauthorized", "{}"), ..Manners::default() });
    let manager = SessionManager::new(ClientConfig::new(fake.url(), auth(), Clock::start())).unwrap();
    let error = manager.create(prompt(), Box::new(Keep::default())).await.map(drop).unwrap_err();
    for printed in [format!("{manager:?} {:?}", auth()), format!("{error} {error:?}"), format!("{insecure} {insecure:?}")] {
        assert!(!printed.contains("secret_of_mine"), "{printed}");
    }
    assert!(fake.requests()[0].contains("Bearer hh_secret_of_mine"));
    assert!(!fake.requests()[0].lines().next().unwrap().contains("secret"));
    let odd = Auth::header("x-key", SecretString::from("line\nbreak"));
    let refused = SessionManager::new(ClientConfig::new(fake.url(), odd, Clock::start())).unwrap_err();
    assert!(!format!("{refused:?}").contains("break"), "{refused:?}");
}

/// X-1
#[tokio::test]
async fn a_request_that_cannot_be_right_is_not_sent() {
    let fake = Fake::start(Manners::default());
    let mut request = prompt();
    request.prompt = " ".to_owned();
    let error = fake.manager().create(request, Box::new(Keep::default())).await.map(drop).unwrap_err();
    assert_eq!(error.category(), Category::Usage);
    assert_eq!(fake.requests(), Vec::<String>::new());
}
