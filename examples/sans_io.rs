//! The session without IO: no tokio, no socket, no clock. A scripted server talks, virtual time is set by hand, and a minute
//! passes in no time. The same state machine, driven by `seaglass::client` with tokio, carries a live world.
//!
//! Run it with `cargo run --no-default-features --example sans_io`.

use std::time::Duration;

use seaglass::media::Monotonic;
use seaglass::session::{Command, Event, Hands, Input, Options, Output, Session, Transmit};
use seaglass::wire::{CloseCode, Down, Key, Up};

const HELLO: &str = r#"{"type":"hello","version":1,"world":"w_1","state":"running",
    "tier":{"name":"standard","width":640,"height":360,"fps":30,"codec":"h264"},
    "audio":{"enabled":false}}"#;

/// Does all that the session asks for and returns when it wants to be woken: the whole contract of a driver.
fn drain(session: &mut Session, now: Monotonic, server: &mut Vec<String>) -> Option<Monotonic> {
    loop {
        match session.poll_output() {
            Output::Open(_) => println!("{:>7.3} s  client  opens a stream", now.as_secs_f64()),
            Output::Abandon => println!("{:>7.3} s  client  drops the stream", now.as_secs_f64()),
            Output::Transmit(Transmit::Text(text)) => {
                println!("{:>7.3} s  client  {text}", now.as_secs_f64());
                server.push(text);
            }
            Output::Transmit(Transmit::Close(code)) => {
                println!("{:>7.3} s  client  close {}", now.as_secs_f64(), code.number());
            }
            Output::Event(Event::Running(hello)) => {
                println!("{:>7.3} s  event   running {}", now.as_secs_f64(), hello.world)
            }
            Output::Event(Event::Ended { ending }) => println!("{:>7.3} s  event   {ending}", now.as_secs_f64()),
            Output::Event(event) => println!("{:>7.3} s  event   {event:?}", now.as_secs_f64()),
            Output::Media(packet) => {
                println!("{:>7.3} s  media   {} {}", now.as_secs_f64(), packet.track(), packet.sequence)
            }
            Output::Timeout(deadline) => return deadline,
        }
    }
}

/// What a server says to a message: it answers pings and understands every direction.
fn answer(message: &str, now: Monotonic) -> Option<Down> {
    match Up::parse(message).ok()? {
        Up::Ping { issued_us } => Some(Down::Pong { issued_us, server_us: 1_000_000 + now.as_micros() }),
        Up::Direct { id, input, .. } => Some(Down::Ack {
            id,
            status: seaglass::wire::AckStatus::Applied,
            message: "so be it".to_owned(),
            state_version: 1,
            input: Some(input),
        }),
        _ => None,
    }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut now = Monotonic::ZERO;
    let mut server = Vec::new();
    let mut session = Session::new(now, Options::new("example"));
    session.handle_input(now, Input::Opened);
    session.handle_input(now, Input::Text(HELLO));
    drain(&mut session, now, &mut server);

    session.control(now, Hands::holding([Key::Forward, Key::Run]));
    session.command(now, Command::Direct { text: Some("a storm rolls in".to_owned()), action: None })?;
    let mut deadline = drain(&mut session, now, &mut server);

    // The network takes 20 ms to the server and back; between messages, time jumps from deadline to deadline.
    while now < Monotonic::from_millis(10_000) {
        let messages = std::mem::take(&mut server);
        if messages.is_empty() {
            now = deadline.unwrap_or(now + Duration::from_secs(1)).max(now);
            session.handle_input(now, Input::Deadline);
        } else {
            now += Duration::from_millis(20);
            session.handle_input(now, Input::Flushed);
            for reply in messages.iter().filter_map(|message| answer(message, now)) {
                session.handle_input(now, Input::Text(&reply.print()));
            }
        }
        deadline = drain(&mut session, now, &mut server);
    }

    session.close(now);
    drain(&mut session, now, &mut server);
    session.handle_input(now, Input::Closed { code: CloseCode::Done, reason: "" });
    drain(&mut session, now, &mut server);
    Ok(())
}
