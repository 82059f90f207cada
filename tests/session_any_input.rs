//! Whatever comes in whatever order: no panic, no unbounded growth, time only forward, one end and nothing after it.

mod cases;
mod session_lab;

use proptest::prelude::*;
use seaglass::media::{AudioCodec, Format, Monotonic, Track, VideoCodec};
use seaglass::session::{Command, Event, Hands, Input, Loss, Options, Output, OwnLimits, Refusal, RefusalCause, Session};
use seaglass::wire::{Axes, CloseCode, Envelope, Kind, Look};
use session_lab::{HELLO, RUNNING, bytes_of, unit};

/// One step of anything.
#[derive(Clone, Debug)]
enum Step {
    Refused(u8, Option<u16>),
    Stay,
    Opened,
    Text(String),
    Binary(Vec<u8>),
    Unit(Envelope),
    Flushed,
    SinkFull(Track),
    Closed(u16),
    Lost,
    Deadline,
    Direct(String),
    Wander(String),
    Hands(f32, f32, f32),
    Feedback,
    Keyframe,
    Close,
    Wait(u64),
    /// The driver forgets its duty to drain.
    Forget,
}

fn texts() -> impl Strategy<Value = String> {
    prop_oneof![
        Just(HELLO.to_owned()),
        Just(RUNNING.to_owned()),
        (0..20_u32).prop_map(|n| format!(r#"{{"type":"ack","id":"any-{n}","status":"applied"}}"#)),
        (0..9_u32, "running|paused|ended|queued|strange")
            .prop_map(|(version, state)| { format!(r#"{{"type":"state","state":"{state}","state_version":{version}}}"#) }),
        any::<(u64, u64)>()
            .prop_map(|(issued, server)| format!(r#"{{"type":"pong","issued_us":{issued},"server_us":{server}}}"#)),
        any::<bool>()
            .prop_map(|on| format!(r#"{{"type":"audio","enabled":{on},"format":"opus","rate":48000,"channels":2}}"#)),
        "deleted|idle|\u{1b}\\[2J".prop_map(|reason| format!(r#"{{"type":"ended","reason":"{reason}"}}"#)),
        ".*",
        r#"\{"type":"(hello|stage|queue|ack|quality|tick|warning|error|ended|pong|other)"(,"[a-z_]{1,9}":(-?[0-9]{1,20}|"[^"\\\\]{0,9}"|null|\[\]|\{\})){0,5}\}"#,
    ]
}

fn units() -> impl Strategy<Value = Envelope> {
    let kinds = prop_oneof![
        Just(Kind::Media(Format::Video(VideoCodec::H264))),
        Just(Kind::Media(Format::Video(VideoCodec::Mjpeg))),
        Just(Kind::Media(Format::Audio(AudioCodec::Opus))),
        (0..2_u8, 100..110_u8).prop_map(|(track, codec)| Kind::UnknownCodec { track, codec }),
    ];
    let sequences = prop_oneof![0..40_u64, any::<u64>()];
    (kinds, sequences, any::<bool>(), any::<bool>(), prop_oneof![0..4_u32, any::<u32>()], any::<i64>()).prop_map(
        |(kind, sequence, keyframe, discontinuity, epoch, pts_us)| Envelope {
            discontinuity,
            epoch,
            pts_us,
            ..unit(kind, sequence, keyframe)
        },
    )
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        6 => Just(Step::Opened),
        1 => any::<(u8, Option<u16>)>().prop_map(|(cause, after)| Step::Refused(cause, after)),
        1 => Just(Step::Stay),
        12 => texts().prop_map(Step::Text),
        3 => prop::collection::vec(any::<u8>(), 0..200).prop_map(Step::Binary),
        12 => units().prop_map(Step::Unit),
        4 => Just(Step::Flushed),
        1 => prop_oneof![Just(Track::Video), Just(Track::Audio)].prop_map(Step::SinkFull),
        1 => any::<u16>().prop_map(Step::Closed),
        1 => Just(Step::Lost),
        3 => Just(Step::Deadline),
        4 => ".{0,30}".prop_map(Step::Direct),
        2 => ".{0,30}".prop_map(Step::Wander),
        6 => any::<(f32, f32, f32)>().prop_map(|(a, b, c)| Step::Hands(a, b, c)),
        1 => Just(Step::Feedback),
        1 => Just(Step::Keyframe),
        1 => Just(Step::Close),
        6 => (0..3_000_000_u64).prop_map(Step::Wait),
        2 => Just(Step::Forget),
    ];
    prop::collection::vec(step, 0..300)
}

/// Calls to `poll_output` that may be needed before it waits, whatever was forgotten: the sum of the documented bounds.
const MOST_OUTPUTS: usize = 512 + 256 + 256 + 256 + 2;

proptest! {
    #![proptest_config(cases::config(400))]

    #[test]
    fn no_input_in_any_order_panics_grows_without_bound_or_outlives_the_end(steps in steps(), limited in any::<bool>()) {
        let mut options = Options::new("any");
        if limited {
            let second = std::time::Duration::from_secs(1);
            options.limits = OwnLimits { session: Some(40 * second), idle: Some(10 * second) };
        }
        let mut now = Monotonic::ZERO;
        let mut session = Session::new(now, options);
        let mut ended = false;
        for step in steps {
            let mut forget = false;
            match step {
                Step::Refused(cause, after) => {
                    let causes = [RefusalCause::Unreachable, RefusalCause::Busy, RefusalCause::Server, RefusalCause::NotFound];
                    let refusal = Refusal {
                        cause: causes[usize::from(cause) % causes.len()],
                        retry_after: after.map(|millis| std::time::Duration::from_millis(millis.into())),
                        detail: String::new(),
                    };
                    session.handle_input(now, Input::Refused(refusal));
                }
                Step::Stay => session.stay(now),
                Step::Opened => session.handle_input(now, Input::Opened),
                Step::Text(text) => session.handle_input(now, Input::Text(&text)),
                Step::Binary(bytes) => session.handle_input(now, Input::Binary(bytes.into())),
                Step::Unit(envelope) => session.handle_input(now, Input::Binary(bytes_of(&envelope))),
                Step::Flushed => session.handle_input(now, Input::Flushed),
                Step::SinkFull(track) => session.handle_input(now, Input::SinkFull(track)),
                Step::Closed(code) => session.handle_input(now, Input::Closed { code: CloseCode::from(code), reason: "\u{1b}[2J" }),
                Step::Lost => session.handle_input(now, Input::Lost { loss: Loss::Broken, detail: "" }),
                Step::Deadline => session.handle_input(now, Input::Deadline),
                Step::Direct(text) => drop(session.command(now, Command::Direct { text: Some(text), action: None })),
                Step::Wander(prompt) => drop(session.command(now, Command::Wander { prompt })),
                Step::Hands(walk, yaw, pitch) => {
                    let hands = Hands { axes: Axes { strafe: walk, walk }, turned: Look { yaw, pitch }, ..Hands::default() };
                    session.control(now, hands);
                }
                Step::Feedback => session.feedback(now, &Default::default()),
                Step::Keyframe => session.request_keyframe(now),
                Step::Close => session.close(now),
                Step::Wait(micros) => now += std::time::Duration::from_micros(micros),
                Step::Forget => forget = true,
            }
            if forget {
                continue;
            }
            let mut outputs = 0;
            loop {
                outputs += 1;
                prop_assert!(outputs <= MOST_OUTPUTS, "more outputs wait than the bounds allow");
                match session.poll_output() {
                    Output::Timeout(deadline) => {
                        prop_assert!(!session.is_ended() || deadline.is_none(), "a timer runs after the end");
                        break;
                    }
                    Output::Event(event) => {
                        prop_assert!(!ended, "{event:?} after the end");
                        ended = matches!(event, Event::Ended { .. });
                        let words = format!("{event:?}");
                        prop_assert!(!words.contains("\\u{1b}") && !words.contains('\u{1b}'), "{words}");
                        prop_assert!(words.len() < 64 * 1024);
                    }
                    Output::Open(_) | Output::Abandon | Output::Transmit(_) | Output::Media(_) => {}
                }
            }
            prop_assert_eq!(ended, session.is_ended());
        }
    }
}
