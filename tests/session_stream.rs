//! The session in virtual time: every deadline to the nanosecond, and whole streams as protocols on file.

mod session_lab;

use std::time::Duration;

use seaglass::media::{DropCause, Monotonic, Track};
use seaglass::session::{Command, Ending, Event, Failure, Hands, Input, Loss, Options, Refused};
use seaglass::wire::{AckStatus, AudioRequest, CloseCode, EndReason, Key, Kind, Up, fragment};
use session_lab::{Lab, RUNNING, audio, unit, video};

fn direct(text: &str) -> Command {
    Command::Direct { text: Some(text.to_owned()), action: None }
}

fn just_before(millis: u64) -> Monotonic {
    Monotonic::from_nanos(Monotonic::from_millis(millis).as_nanos() - 1)
}

/// A session that does not come back: what ends its stream ends it.
fn once() -> Options {
    Options { outage: Duration::ZERO, ..Options::new("lab") }
}

fn ending(lab: &mut Lab) -> Option<Ending> {
    lab.take_events().into_iter().find_map(|event| match event {
        Event::Ended { ending } => Some(ending),
        _ => None,
    })
}

/// HO-8, HO-10, HO-18.
#[test]
fn a_walk_reads_like_this() {
    let mut lab = Lab::new();
    lab.opened();
    lab.wait_until(12);
    lab.says(session_lab::HELLO);
    lab.says(r#"{"type":"pong","issued_us":0,"server_us":1006000}"#);
    lab.wait_until(40);
    lab.says(r#"{"type":"stage","stage":"terrain","percent":60}"#);
    lab.wait_until(80);
    lab.says(RUNNING);
    lab.sends(&video(0, true));
    lab.sends(&audio(0));
    lab.wait_until(100);
    lab.user("holds the forward key", |session, now| session.control(now, Hands::holding([Key::Forward])));
    lab.wait_until(104);
    lab.user("turns right", |session, now| {
        session.control(now, Hands { keys: vec![Key::Forward], ..Hands::turning(0.25, 0.0) })
    });
    lab.wait_until(108);
    lab.user("turns right again", |session, now| {
        session.control(now, Hands { keys: vec![Key::Forward], ..Hands::turning(0.25, 0.0) })
    });
    lab.wait_until(133);
    lab.sends(&video(1, false));
    lab.user("says: let it rain", |session, now| session.command(now, direct("let it rain"))).unwrap();
    lab.wait_until(160);
    lab.says(r#"{"type":"ack","id":"lab-1","status":"applied","message":"rain","state_version":3,"input":3}"#);
    lab.wait_until(200);
    lab.user("closes the world", |session, now| session.close(now));
    lab.sends(&video(2, false));
    lab.wait_until(210);
    lab.note_closed(1000);
    lab.compare("walk");
}

/// HO-27.
#[test]
fn a_loss_reads_like_this() {
    let mut lab = Lab::running();
    lab.wait_until(30);
    lab.sends(&video(0, false));
    lab.wait_until(60);
    lab.sends(&video(1, true));
    lab.wait_until(90);
    lab.sends(&video(4, false));
    lab.wait_until(120);
    lab.sends(&video(5, false));
    lab.wait_until(540);
    lab.sends(&video(6, true));
    lab.sends(&video(6, true));
    lab.sends(&audio(3));
    lab.sends(&audio(6));
    lab.compare("loss");
    let stats = lab.session.stats();
    assert_eq!((stats.lost, stats.keyframe_requests), (4, 2));
    assert_eq!(stats.drops.of(DropCause::NoReference), 3);
    assert_eq!(stats.drops.of(DropCause::Duplicate), 1);
}

/// HO-29, X-6.
#[test]
fn a_strange_server_reads_like_this() {
    let mut lab = Lab::running();
    lab.says(r#"{"type":"aurora","colour":"green\u001b[31m","more":{"deep":[1,2]}}"#);
    lab.says("\u{1b}]0;no json\u{7}");
    lab.says(r#"{"type":"ack","id":"nobody-1","status":"applied"}"#);
    lab.says(r#"{"type":"state","state":"dreaming","state_version":9}"#);
    lab.says(r#"{"type":"error","code":"busy","message":"later\u001b[2J","retryable":true,"retry_after_ms":1500}"#);
    let strange = Kind::UnknownCodec { track: 0, codec: 77 };
    lab.sends(&unit(strange, 0, true));
    lab.sends(&unit(strange, 1, true));
    lab.wait_until(500);
    lab.input(Input::Binary(bytes::Bytes::from_static(b"garbage")));
    lab.wait_until(1100);
    lab.says(r#"{"type":"ended","reason":"limit"}"#);
    lab.sends(&video(2, true));
    lab.wait_until(1200);
    lab.note_closed(4011);
    lab.compare("strange");
}

/// HO-26.
#[test]
fn a_silent_server_is_given_up_after_exactly_six_seconds() {
    let mut lab = Lab::running_with(once());
    lab.wait_until_moment(just_before(6_020));
    assert_eq!(ending(&mut lab), None);
    lab.wait_until(6_020);
    let detail = "nothing was heard for 6 s".to_owned();
    assert_eq!(ending(&mut lab), Some(Ending::Lost { loss: Loss::Silent, detail }));
    assert_eq!(lab.deadline, None);
}

/// HO-26: frames are a sign of life even where pings go unanswered.
#[test]
fn a_server_that_streams_but_answers_no_ping_is_not_given_up() {
    let mut lab = Lab::running();
    for second in 1..60 {
        lab.wait_until(second * 1000);
        lab.sends(&video(second - 1, true));
    }
    assert_eq!(ending(&mut lab), None);
}

#[test]
fn a_server_that_never_introduces_itself_is_given_up_after_exactly_ten_seconds() {
    let mut lab = Lab::new();
    lab.wait_until(500);
    lab.opened();
    for second in 1..=10 {
        lab.wait_until(second * 1000);
        lab.says(r#"{"type":"aurora"}"#);
    }
    lab.wait_until_moment(just_before(10_500));
    assert_eq!(ending(&mut lab), None);
    lab.wait_until(10_500);
    assert_eq!(ending(&mut lab), Some(Ending::Failed(Failure::NoHello { after: Duration::from_secs(10) })));
}

#[test]
fn another_protocol_version_ends_the_session_with_both_numbers() {
    let mut lab = Lab::new();
    lab.opened();
    lab.says(r#"{"type":"hello","version":2,"shape":"unknown to us"}"#);
    let ending = ending(&mut lab).unwrap();
    assert_eq!(ending, Ending::Failed(Failure::Version { theirs: 2 }));
    assert!(ending.to_string().contains("version 2") && ending.to_string().contains("version 1"), "{ending}");
    assert_eq!(lab.sent.last().unwrap(), "close 1002");
}

/// HO-26: the watchdog of frames is another than that of the connection.
#[test]
fn a_running_world_without_frames_is_told_after_exactly_three_seconds_and_told_when_it_flows_again() {
    let mut lab = Lab::running();
    lab.sends(&audio(0));
    for at in [1000, 2000, 3000] {
        lab.wait_until(at);
        lab.sends(&audio(at / 1000));
    }
    lab.wait_until_moment(just_before(3020));
    assert!(!lab.take_events().iter().any(|event| matches!(event, Event::Starved { .. })));
    lab.wait_until(3020);
    assert_eq!(lab.take_events(), [Event::Starved { track: Track::Video, silent: Duration::from_secs(3) }]);
    lab.wait_until(3500);
    lab.sends(&video(0, true));
    assert_eq!(lab.take_events(), [Event::Flowing { track: Track::Video }]);
}

#[test]
fn audio_that_never_comes_is_told_once_and_the_stream_goes_on() {
    let mut lab = Lab::running();
    for frame in 0..300 {
        lab.wait_until(20 + frame * 33);
        lab.sends(&video(frame, frame == 0));
    }
    let starved: Vec<_> = lab.take_events().into_iter().filter(|event| matches!(event, Event::Starved { .. })).collect();
    assert_eq!(starved, [Event::Starved { track: Track::Audio, silent: Duration::from_secs(3) }]);
    assert!(!lab.session.is_ended());
}

/// HO-13: no sound is expected where none is sent, and a paused world owes no frames.
#[test]
fn nothing_starves_while_paused_or_with_the_sound_off() {
    let mut lab = Lab::running();
    lab.says(r#"{"type":"audio","enabled":false}"#);
    lab.wait_until(1000);
    lab.says(r#"{"type":"state","state":"paused","state_version":3}"#);
    for second in 2..30 {
        lab.wait_until(second * 1000);
        lab.says(r#"{"type":"tick","seconds_used":1}"#);
    }
    assert!(!lab.take_events().iter().any(|event| matches!(event, Event::Starved { .. })));
}

#[test]
fn the_first_control_goes_out_at_once_and_the_next_no_sooner_than_a_sixtieth_of_a_second_later() {
    let mut lab = Lab::running();
    lab.wait_until(100);
    lab.take_sent();
    lab.user("presses", |session, now| session.control(now, Hands::holding([Key::Forward])));
    assert_eq!(lab.take_sent().len(), 1);
    for _ in 0..10 {
        lab.user("turns", |session, now| {
            session.control(now, Hands { keys: vec![Key::Forward], ..Hands::turning(0.125, -0.0625) })
        });
    }
    assert_eq!(lab.deadline, Some(Monotonic::from_micros(100_000 + 16_666)));
    lab.wait_until_moment(Monotonic::from_nanos(116_665_999));
    assert_eq!(lab.take_sent(), Vec::<String>::new());
    lab.wait_until_moment(Monotonic::from_micros(116_666));
    let sent = lab.take_sent();
    assert_eq!(sent.len(), 1);
    let Ok(Up::Control(control)) = Up::parse(&sent[0]) else { panic!("{sent:?}") };
    assert_eq!((control.look.yaw, control.look.pitch), (1.25, -0.625));
    // The stamp is that of the oldest change merged, so merging flatters no latency.
    assert_eq!((control.input, control.issued_us), (2, 100_000));
}

#[test]
fn hands_that_do_not_change_send_nothing() {
    let mut lab = Lab::running();
    let hold = |session: &mut seaglass::session::Session, now| session.control(now, Hands::holding([Key::Left]));
    assert_eq!(lab.user("presses", hold), Some(1));
    lab.wait_until(100);
    lab.take_sent();
    for at in 101..200 {
        lab.wait_until(at);
        assert_eq!(lab.user("still presses", hold), None);
    }
    assert_eq!(lab.take_sent(), Vec::<String>::new());
}

#[test]
fn hands_that_are_not_numbers_read_as_still() {
    let mut lab = Lab::running();
    lab.take_sent();
    let mut hands = Hands::turning(f32::NAN, f32::INFINITY);
    hands.axes.walk = f32::NAN;
    assert_eq!(lab.user("shakes", |session, now| session.control(now, hands)), None);
    assert_eq!(lab.take_sent(), Vec::<String>::new());
}

#[test]
fn inputs_of_all_kinds_are_numbered_in_one_count_and_sent_in_its_order() {
    let mut lab = Lab::running();
    lab.wait_until(100);
    lab.take_sent();
    let press =
        |keys: Vec<Key>| move |session: &mut seaglass::session::Session, now| session.control(now, Hands::holding(keys));
    assert_eq!(lab.user("presses", press(vec![Key::Forward])), Some(1));
    assert_eq!(lab.user("presses more", press(vec![Key::Forward, Key::Run])), Some(2));
    lab.user("speaks", |session, now| session.command(now, direct("rain"))).unwrap();
    lab.user("wanders", |session, now| session.command(now, Command::Wander { prompt: "a desert".to_owned() })).unwrap();
    lab.user("pauses", |session, now| session.command(now, Command::Pause)).unwrap();
    let numbers: Vec<_> = lab
        .take_sent()
        .iter()
        .map(|text| match Up::parse(text).unwrap() {
            Up::Control(control) => control.input,
            Up::Direct { input, .. } | Up::Wander { input, .. } => input,
            _ => 0,
        })
        .collect();
    assert_eq!(numbers, [1, 2, 3, 4, 0]);
}

/// HO-28: ids are unique, and a command that came too early goes out as soon as the server has introduced itself.
#[test]
fn commands_issued_before_the_hello_go_out_after_it_in_their_order() {
    let mut lab = Lab::new();
    let first = lab.user("speaks", |session, now| session.command(now, direct("rain"))).unwrap();
    lab.user("holds a key", |session, now| session.control(now, Hands::holding([Key::Forward])));
    lab.opened();
    let second = lab.user("speaks", |session, now| session.command(now, direct("snow"))).unwrap();
    assert_ne!(first, second);
    lab.take_sent();
    lab.says(session_lab::HELLO);
    let sent = lab.take_sent();
    let kinds: Vec<_> = sent.iter().map(|text| Up::parse(text).unwrap().kind().to_owned()).collect();
    assert_eq!(kinds, ["direct", "direct", "control"]);
    assert!(sent[0].contains("rain") && sent[1].contains("snow"), "{sent:?}");
}

/// HO-2: issued, sent and acknowledged are three moments.
#[test]
fn an_acknowledgement_brings_the_moments_of_its_command() {
    let mut lab = Lab::running();
    lab.wait_until(1000);
    let id = lab.user("speaks", |session, now| session.command(now, direct("rain"))).unwrap();
    lab.wait_until(1300);
    lab.says(&format!(r#"{{"type":"ack","id":"{id}","status":"not_understood","message":"what?"}}"#));
    let at = Monotonic::from_millis;
    let told = lab.take_events().pop().unwrap();
    assert_eq!(
        told,
        Event::Acknowledged {
            id,
            status: AckStatus::NotUnderstood,
            message: "what?".to_owned(),
            input: Some(1),
            issued: at(1000),
            sent: at(1000),
            acknowledged: at(1300)
        }
    );
    assert_eq!(lab.session.stats().unacknowledged, 0);
}

#[test]
fn a_command_without_acknowledgement_is_told_after_exactly_five_seconds_and_its_late_one_still_counts() {
    let mut lab = Lab::running();
    lab.wait_until(1000);
    let id = lab.user("speaks", |session, now| session.command(now, direct("rain"))).unwrap();
    lab.wait_until(4000);
    lab.says(RUNNING);
    lab.wait_until_moment(just_before(6000));
    let overdue =
        |events: Vec<Event>| events.into_iter().filter(|event| matches!(event, Event::Unacknowledged { .. })).count();
    assert_eq!(overdue(lab.take_events()), 0);
    lab.wait_until(6000);
    assert_eq!(overdue(lab.take_events()), 1);
    lab.wait_until(9000);
    lab.says(&format!(r#"{{"type":"ack","id":"{id}","status":"applied"}}"#));
    assert!(lab.take_events().iter().any(|event| matches!(event, Event::Acknowledged { .. })));
}

#[test]
fn commands_that_break_a_bound_are_refused_before_anything_is_sent() {
    let mut lab = Lab::running();
    lab.take_sent();
    for command in [
        direct(""),
        direct(&"x".repeat(2001)),
        Command::Direct { text: None, action: None },
        Command::Wander { prompt: "  ".to_owned() },
        Command::Audio(AudioRequest { enabled: true, formats: vec![String::new()] }),
    ] {
        let refused = lab.user("errs", |session, now| session.command(now, command.clone())).unwrap_err();
        assert!(matches!(refused, Refused::Invalid(_)), "{command:?}: {refused}");
    }
    assert_eq!(lab.take_sent(), Vec::<String>::new());
    // Counted in characters, not bytes (X-12), and no input number was spent.
    let id = lab.user("speaks", |session, now| session.command(now, direct(&"ä".repeat(2000)))).unwrap();
    assert_eq!(id.as_str(), "lab-1");
}

#[test]
fn commands_without_end_are_refused_at_the_bound_and_taken_again_after_an_acknowledgement() {
    let mut lab = Lab::running();
    let ids: Vec<_> =
        (0..256).map(|_| lab.user("speaks", |session, now| session.command(now, direct("rain"))).unwrap()).collect();
    let speak = |session: &mut seaglass::session::Session, now| session.command(now, direct("rain"));
    assert_eq!(lab.user("speaks", speak), Err(Refused::Backlog { waiting: 256 }));
    lab.says(&format!(r#"{{"type":"ack","id":"{}","status":"applied"}}"#, ids[9]));
    assert!(lab.user("speaks", speak).is_ok());
}

/// HO-27: asked at once, then at most twice a second for as long as none has come.
#[test]
fn keyframes_are_asked_for_at_once_and_then_at_most_every_half_second() {
    let mut lab = Lab::running();
    lab.take_sent();
    let mut asked = Vec::new();
    for frame in 0..60_u64 {
        lab.wait_until(100 + frame * 33);
        lab.sends(&video(frame, false));
        if lab.take_sent().iter().any(|text| text.contains("keyframe")) {
            asked.push(100 + frame * 33);
        }
    }
    // Between two frames the timer may ask: what counts is how often, and that the first goes out with the first frame.
    assert_eq!(asked[0], 100);
    assert_eq!(lab.session.stats().keyframe_requests, 4);
}

/// A new loss need not wait for the patience that an unanswered request is given.
#[test]
fn a_loss_after_an_answered_request_is_asked_for_a_tenth_of_a_second_after_it_at_the_earliest() {
    let mut lab = Lab::running();
    lab.wait_until(100);
    lab.sends(&video(0, false));
    lab.wait_until(140);
    lab.sends(&video(1, true));
    lab.wait_until(150);
    lab.take_sent();
    lab.sends(&video(5, false));
    lab.wait_until_moment(just_before(200));
    assert_eq!(lab.take_sent(), Vec::<String>::new());
    lab.wait_until(200);
    assert_eq!(lab.take_sent(), [r#"{"type":"keyframe"}"#]);
}

#[test]
fn a_full_player_asks_for_a_keyframe_and_is_counted() {
    let mut lab = Lab::running();
    lab.take_sent();
    lab.input(Input::SinkFull(Track::Video));
    lab.input(Input::SinkFull(Track::Audio));
    assert_eq!(lab.take_sent(), [r#"{"type":"keyframe"}"#]);
    assert_eq!(lab.session.stats().sink_full, 2);
}

#[test]
fn a_unit_in_fragments_becomes_one_packet_with_the_moments_of_its_first_and_last() {
    let mut lab = Lab::running();
    let mut large = video(0, true);
    large.payload = vec![9; 50_000].into();
    for (index, part) in fragment(&large).unwrap().enumerate() {
        lab.wait_until(100 + index as u64);
        lab.sends(&part);
    }
    let packet = lab.packets.pop().unwrap();
    assert_eq!(packet.payload.len(), 50_000);
    assert_eq!(packet.arrival.first_byte, Monotonic::from_millis(100));
    assert_eq!(packet.arrival.last_byte, Monotonic::from_millis(103));
}

#[test]
fn garbage_is_skipped_and_told_once_a_second_and_given_up_only_when_it_floods() {
    let mut lab = Lab::running();
    for at in 0..100_u64 {
        lab.wait_until(1000 + at * 50);
        lab.says("no json");
    }
    assert!(!lab.session.is_ended());
    let told = lab.take_events().iter().filter(|event| matches!(event, Event::Malformed { .. })).count();
    assert_eq!(told, 5);
    for _ in 0..65 {
        lab.says("no json");
    }
    assert!(matches!(ending(&mut lab), Some(Ending::Failed(Failure::Garbage { .. }))));
}

#[test]
fn frames_that_the_announced_end_overtook_still_pass_and_the_end_comes_with_the_close() {
    let mut lab = Lab::running();
    lab.sends(&video(0, true));
    lab.says(r#"{"type":"ended","reason":"shutdown"}"#);
    lab.sends(&video(1, false));
    assert_eq!(lab.packets.len(), 2);
    assert_eq!(ending(&mut lab), None);
    lab.input(Input::Closed { code: CloseCode::Done, reason: "" });
    assert_eq!(ending(&mut lab), Some(Ending::World(EndReason::Shutdown)));
}

#[test]
fn an_announced_end_is_not_waited_for_longer_than_two_seconds() {
    let mut lab = Lab::running();
    lab.wait_until(1000);
    lab.says(r#"{"type":"ended","reason":"limit"}"#);
    lab.wait_until_moment(just_before(3000));
    assert_eq!(ending(&mut lab), None);
    lab.wait_until(3000);
    assert_eq!(ending(&mut lab), Some(Ending::World(EndReason::Limit)));
}

#[test]
fn after_the_end_nothing_is_taken_and_nothing_is_sent() {
    let mut lab = Lab::running_with(once());
    lab.input(Input::Lost { loss: Loss::Broken, detail: "reset" });
    lab.take_events();
    lab.take_sent();
    let packets = lab.packets.len();
    lab.says(RUNNING);
    lab.sends(&video(0, true));
    assert_eq!(lab.user("speaks", |session, now| session.command(now, direct("rain"))), Err(Refused::Ended));
    assert_eq!(lab.user("walks", |session, now| session.control(now, Hands::holding([Key::Up]))), None);
    lab.user("asks", |session, now| session.request_keyframe(now));
    lab.wait_until(60_000);
    assert_eq!((lab.take_events().len(), lab.take_sent().len(), lab.packets.len()), (0, 0, packets));
}

#[test]
fn the_shortest_round_trip_gives_the_clock_offset_and_half_of_it_the_bound() {
    let mut lab = Lab::running();
    // Pings leave every 2 s; the server's clock is 5 s ahead; the way there takes as long as the way back but once.
    for (at, rtt, way) in [(2_000_u64, 40_u64, 20_u64), (4_000, 10, 5), (6_000, 90, 80)] {
        lab.wait_until(at);
        lab.wait_until(at + rtt);
        let server_us = (at + way + 5_000) * 1000;
        lab.says(&format!(r#"{{"type":"pong","issued_us":{},"server_us":{server_us}}}"#, at * 1000));
    }
    let link = lab.session.link().unwrap();
    assert_eq!((link.rtt, link.rtt_min), (Duration::from_millis(90), Duration::from_millis(10)));
    assert_eq!((link.offset.micros, link.offset.bound), (5_000_000, Duration::from_millis(5)));
    assert_eq!(link.offset.to_local(7_000_000), Monotonic::from_millis(2000));
}

#[test]
fn a_pong_to_no_ping_of_ours_is_no_measurement() {
    let mut lab = Lab::running();
    lab.says(r#"{"type":"pong","issued_us":12345,"server_us":1}"#);
    assert_eq!(lab.session.link(), None);
}

/// The moments at which reports went out while health was told at these moments; the first packet comes at 1000 ms.
fn reports(told: impl IntoIterator<Item = u64>) -> Vec<u64> {
    let mut lab = Lab::running();
    lab.take_sent();
    let mut sent = Vec::new();
    for at in told {
        lab.wait_until(at.min(1000));
        if at >= 1000 && lab.packets.is_empty() {
            lab.sends(&video(0, true));
        }
        lab.wait_until(at);
        // A sign of life, so that the silence ends no stream.
        lab.says(r#"{"type":"tick","seconds_used":1}"#);
        lab.user("plays", |session, now| session.feedback(now, &seaglass::media::PlaybackHealth::default()));
        sent.extend(lab.take_sent().iter().filter(|text| text.contains("feedback")).map(|_| at));
    }
    sent
}

/// HO-16: also while nothing comes, which is when the server must learn it.
#[test]
fn health_is_reported_four_times_a_second_from_the_first_packet_on() {
    let sent = reports((900..11_000).step_by(10));
    assert_eq!(sent[..3], [1000, 1150, 1400]);
    assert_eq!(sent.len(), 41, "ten seconds and the first: {sent:?}");
    assert!(sent.windows(2).skip(1).all(|pair| pair[1] - pair[0] == 250), "{sent:?}");
}

#[test]
fn health_that_is_told_late_is_reported_all_the_same_and_the_next_in_time() {
    // Every 250 ms, but for a machine that is up to 90 ms late.
    let told = [1000, 1340, 1500, 1770, 2090, 2250];
    assert_eq!(reports(told), told);
    // Nobody told anything for two seconds: nothing is made up for.
    assert_eq!(reports([1000, 3000, 3010, 3020, 3150]), [1000, 3000, 3150]);
}

/// X-11, and what a driver may rely on: time that seems to go back does no harm.
#[test]
fn a_moment_before_the_last_one_reads_as_the_last_one() {
    let mut lab = Lab::running();
    lab.wait_until(5000);
    lab.says(RUNNING);
    lab.session.handle_input(Monotonic::from_millis(1), Input::Deadline);
    lab.now = Monotonic::from_millis(1);
    let id = lab.user("speaks", |session, now| session.command(now, direct("rain"))).unwrap();
    lab.says(&format!(r#"{{"type":"ack","id":"{id}","status":"applied"}}"#));
    let Some(Event::Acknowledged { issued, .. }) = lab.take_events().pop() else { panic!("no acknowledgement") };
    assert_eq!(issued, Monotonic::from_millis(5000));
}
