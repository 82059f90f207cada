//! A session between a hostile server, a confused driver and a hasty user: whatever comes in whatever order, nothing panics, nothing
//! grows without bound, and nothing follows the end.

#![no_main]

use std::time::Duration;

use libfuzzer_sys::fuzz_target;
use seaglass::media::{Monotonic, Track};
use seaglass::session::{
    Command, Event, Hands, Input, Loss, Options, Output, OwnLimits, Refusal, RefusalCause, Session,
};
use seaglass::wire::{CloseCode, Key};

/// Outputs that may wait at once: the sum of the session's documented bounds.
const MOST: usize = 512 + 256 + 256 + 256 + 2;

/// What a server says when it keeps to the protocol, so that the fuzzer gets past the door.
const TEXTS: [&str; 8] = [
    r#"{"type":"hello","version":1,"world":"w","state":"running","stream":1,"resume":"t","limits":{"grace_s":9},
        "tier":{"name":"draft","width":64,"height":64,"fps":24,"codec":"h264"},"audio":{"enabled":true,"format":"opus","rate":48000,"channels":2}}"#,
    r#"{"type":"state","state":"running","state_version":2}"#,
    r#"{"type":"state","state":"paused","state_version":3}"#,
    r#"{"type":"ack","id":"f-1","status":"applied"}"#,
    r#"{"type":"ack","id":"f-2","status":"rejected","message":"\u001b[2J"}"#,
    r#"{"type":"ended","reason":"limit"}"#,
    r#"{"type":"pong","issued_us":0,"server_us":7}"#,
    r#"{"type":"tick","seconds_used":1,"seconds_left":2}"#,
];

struct Bytes<'a>(&'a [u8]);

impl<'a> Bytes<'a> {
    fn byte(&mut self) -> Option<u8> {
        let (first, rest) = self.0.split_first()?;
        self.0 = rest;
        Some(*first)
    }

    fn some(&mut self) -> &'a [u8] {
        let length = usize::from(self.byte().unwrap_or(0)) * 4;
        let (some, rest) = self.0.split_at(length.min(self.0.len()));
        self.0 = rest;
        some
    }
}

fuzz_target!(|data: &[u8]| {
    let mut bytes = Bytes(data);
    let mut now = Monotonic::from_millis(1);
    let second = Duration::from_secs(1);
    let mut options = Options { seed: u64::from(bytes.byte().unwrap_or(0)), ..Options::new("f") };
    if bytes.byte().unwrap_or(0) % 2 == 1 {
        options.limits = OwnLimits { session: Some(90 * second), idle: Some(20 * second) };
        options.opening = 5 * second;
    }
    let mut session = Session::new(now, options);
    let mut over = false;
    while let Some(step) = bytes.byte() {
        match step % 18 {
            0 => session.handle_input(now, Input::Opened),
            1 => {
                let causes = [RefusalCause::Unreachable, RefusalCause::Busy, RefusalCause::Server, RefusalCause::Auth];
                let cause = causes[usize::from(bytes.byte().unwrap_or(0)) % causes.len()];
                let retry_after = bytes.byte().map(|tenths| Duration::from_millis(u64::from(tenths) * 100));
                session.handle_input(now, Input::Refused(Refusal { cause, retry_after, detail: String::new() }));
            }
            2..=4 => {
                let text = TEXTS[usize::from(bytes.byte().unwrap_or(0)) % TEXTS.len()];
                session.handle_input(now, Input::Text(text));
            }
            5 => session.handle_input(now, Input::Text(&String::from_utf8_lossy(bytes.some()))),
            6 => session.handle_input(now, Input::Binary(bytes.some().to_vec().into())),
            7 => session.handle_input(now, Input::Flushed),
            8 => session.handle_input(now, Input::SinkFull(Track::Video)),
            9 => {
                let code = u16::from(bytes.byte().unwrap_or(0)) + 1000;
                session.handle_input(now, Input::Closed { code: CloseCode::from(code), reason: "\u{1b}[31m" });
            }
            10 => session.handle_input(now, Input::Lost { loss: Loss::Broken, detail: "\u{9b}" }),
            11 => session.handle_input(now, Input::Deadline),
            12 => {
                let text = Some(String::from_utf8_lossy(bytes.some()).into_owned());
                drop(session.command(now, Command::Direct { text, action: None }));
            }
            13 => drop(session.command(now, if step > 128 { Command::Pause } else { Command::Resume })),
            14 => {
                let keys = if step > 128 { vec![Key::Forward] } else { Vec::new() };
                session.control(now, Hands { keys, ..Hands::turning(f32::from(step), f32::NAN) });
            }
            15 => session.stay(now),
            16 if step > 250 => session.close(now),
            _ => now += Duration::from_millis(u64::from(bytes.byte().unwrap_or(0)) * 50),
        }
        let mut outputs = 0;
        loop {
            outputs += 1;
            assert!(outputs <= MOST, "more waits than the bounds allow");
            match session.poll_output() {
                Output::Timeout(deadline) => {
                    assert!(!session.is_ended() || deadline.is_none(), "a timer runs after the end");
                    break;
                }
                Output::Event(event) => {
                    assert!(!over, "{event:?} after the end");
                    over = matches!(event, Event::Ended { .. });
                    let words = format!("{event:?}");
                    assert!(!words.contains("\\u{1b}") && !words.contains("\\u{9b}"), "{words}");
                }
                Output::Open(_) | Output::Abandon | Output::Transmit(_) | Output::Media(_) => assert!(!over),
            }
        }
        assert_eq!(over, session.is_ended());
    }
});
