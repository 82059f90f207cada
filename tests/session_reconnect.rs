//! Streams that are lost and taken up again, and limits that end a session, in virtual time: every deadline to the nanosecond, and
//! whole lives as protocols on file.

mod session_lab;

use std::time::Duration;

use seaglass::media::Monotonic;
use seaglass::session::{
    Command, Ending, Event, Hands, Input, Loss, Options, OwnLimits, Refusal, RefusalCause, Refused, Session,
};
use seaglass::wire::{CloseCode, Key, LimitKind, TierName, Up};
use session_lab::{Lab, RUNNING, audio, video};

/// A hello that can be resumed.
const HELLO: &str = r#"{"type":"hello","version":1,"world":"w_7","server":"lab 1","state":"warming","state_version":1,
    "stream":1,"resume":"token-7","limits":{"grace_s":30},
    "tier":{"name":"standard","width":640,"height":360,"fps":30,"codec":"h264"},
    "audio":{"enabled":true,"format":"opus","rate":48000,"channels":2,"pre_skip":312}}"#;

/// The hello of the stream after it, as a server says it that has kept everything.
const AGAIN: &str = r#"{"type":"hello","version":1,"world":"w_7","server":"lab 1","state":"running","state_version":4,
    "epoch":2,"stream":2,"resumed":true,"resume":"token-7","limits":{"grace_s":30},
    "tier":{"name":"standard","width":640,"height":360,"fps":30,"codec":"h264"},
    "audio":{"enabled":true,"format":"opus","rate":48000,"channels":2,"pre_skip":312}}"#;

fn running(options: Options) -> Lab {
    let mut lab = Lab::with(options);
    lab.opened();
    lab.wait_until(10);
    lab.says(HELLO);
    lab.wait_until(20);
    lab.says(RUNNING);
    lab
}

fn plain() -> Options {
    Options::new("lab")
}

fn limited(session: Option<u64>, idle: Option<u64>) -> Options {
    let seconds = |limit: Option<u64>| limit.map(Duration::from_secs);
    Options { limits: OwnLimits { session: seconds(session), idle: seconds(idle) }, ..plain() }
}

fn direct(text: &str) -> Command {
    Command::Direct { text: Some(text.to_owned()), action: None }
}

fn just_before(millis: u64) -> Monotonic {
    Monotonic::from_nanos(Monotonic::from_millis(millis).as_nanos() - 1)
}

fn cut(lab: &mut Lab) {
    lab.note("socket", "breaks");
    lab.input(Input::Lost { loss: Loss::Broken, detail: "reset by peer" });
}

fn refuse(lab: &mut Lab, cause: RefusalCause, retry_after: Option<Duration>) {
    assert!(lab.opening.take().is_some(), "nobody asked for a stream");
    lab.note("socket", &format!("refused: {cause:?}"));
    lab.input(Input::Refused(Refusal { cause, retry_after, detail: "no way there".to_owned() }));
}

/// Lets time pass until the session asks for a stream, and opens it.
fn come_back(lab: &mut Lab) {
    wait_for_opening(lab);
    lab.opened();
}

fn wait_for_opening(lab: &mut Lab) {
    while lab.opening.is_none() {
        let next = lab.deadline.expect("a session that waits has a deadline");
        lab.wait_until_moment(next);
    }
}

fn ending(lab: &mut Lab) -> Option<Ending> {
    lab.take_events().into_iter().find_map(|event| match event {
        Event::Ended { ending } => Some(ending),
        _ => None,
    })
}

fn warnings(lab: &mut Lab) -> Vec<(LimitKind, f64)> {
    let warning = |event| match event {
        Event::Warning { limit, seconds_left, own: true, .. } => Some((limit, seconds_left)),
        _ => None,
    };
    lab.take_events().into_iter().filter_map(warning).collect()
}

/// Something is heard and shown every second.
fn live_until(lab: &mut Lab, seconds: u64) {
    let first = lab.now.as_micros() / 1_000_000 + 1;
    for second in first..=seconds {
        lab.wait_until(second * 1000);
        if !lab.session.is_ended() {
            lab.sends(&video(1000 + second, true));
            lab.sends(&audio(1000 + second));
        }
    }
}

/// HO-19, HO-28.
#[test]
fn a_cut_reads_like_this() {
    let mut lab = running(plain());
    lab.sends(&video(0, true));
    lab.wait_until(100);
    lab.user("holds the forward key and looks right", |session, now| {
        session.control(now, Hands { keys: vec![Key::Forward], ..Hands::turning(0.5, 0.0) })
    });
    lab.user("says: let it rain", |session, now| session.command(now, direct("let it rain"))).unwrap();
    lab.wait_until(130);
    cut(&mut lab);
    lab.user("says: and thunder", |session, now| session.command(now, direct("and thunder"))).unwrap();
    wait_for_opening(&mut lab);
    refuse(&mut lab, RefusalCause::Unreachable, None);
    come_back(&mut lab);
    lab.wait_until(600);
    lab.says(AGAIN);
    lab.says(r#"{"type":"ack","id":"lab-1","status":"duplicate","message":"rain","state_version":3,"input":2}"#);
    lab.says(r#"{"type":"ack","id":"lab-2","status":"applied","message":"thunder","state_version":5,"input":3}"#);
    let mut first = video(0, true);
    first.epoch = 2;
    lab.sends(&first);
    lab.wait_until(700);
    lab.user("closes the world", |session, now| session.close(now));
    lab.note_closed(1000);
    lab.compare("cut");
    assert_eq!(lab.session.stats().streams, 2);
}

/// HO-26, HO-19.
#[test]
fn a_half_open_connection_reads_like_this() {
    let mut lab = running(plain());
    lab.wait_until(1000);
    lab.sends(&video(0, true));
    come_back(&mut lab);
    lab.says(AGAIN);
    lab.compare("half_open");
}

/// HO-21, HO-22.
#[test]
fn limits_read_like_this() {
    let mut lab = running(limited(Some(40), Some(20)));
    for second in 1..=15 {
        lab.wait_until(second * 1000);
        lab.says(r#"{"type":"tick","seconds_used":1}"#);
        lab.sends(&video(second, true));
        lab.sends(&audio(second));
    }
    lab.user("looks around", |session, now| session.control(now, Hands::turning(0.1, 0.0)));
    live_until(&mut lab, 45);
    lab.compare("limits");
}

/// HO-19: what was not acknowledged goes out again in its order and under its ids, and what was acknowledged does not.
#[test]
fn after_a_loss_exactly_the_unacknowledged_commands_are_sent_again() {
    let mut lab = running(plain());
    for text in ["one", "two", "three"] {
        lab.user("speaks", |session, now| session.command(now, direct(text))).unwrap();
    }
    lab.says(r#"{"type":"ack","id":"lab-2","status":"applied"}"#);
    cut(&mut lab);
    lab.user("speaks", |session, now| session.command(now, direct("four"))).unwrap();
    come_back(&mut lab);
    lab.take_sent();
    lab.says(AGAIN);
    let ids: Vec<_> =
        lab.take_sent().iter().filter_map(|text| Up::parse(text).unwrap().id().map(ToString::to_string)).collect();
    assert_eq!(ids, ["lab-1", "lab-3", "lab-4"]);
}

/// HO-19: keys that are held are held again, on a stream whose look begins at nothing; keys that were let go meanwhile are not.
#[test]
fn held_keys_are_told_again_and_what_was_turned_is_not_turned_twice() {
    let mut lab = running(plain());
    lab.wait_until(100);
    lab.user("walks", |session, now| session.control(now, Hands { keys: vec![Key::Forward], ..Hands::turning(1.0, 0.0) }));
    cut(&mut lab);
    lab.user("turns on", |session, now| {
        session.control(now, Hands { keys: vec![Key::Forward], ..Hands::turning(0.25, 0.0) })
    });
    come_back(&mut lab);
    lab.take_sent();
    lab.says(AGAIN);
    let controls = controls(&mut lab);
    assert_eq!(controls.len(), 1);
    assert_eq!((controls[0].keys.as_slice(), controls[0].look.yaw), (&[Key::Forward][..], 0.25));
    assert_eq!(controls[0].input, 2, "inputs go on counting");

    cut(&mut lab);
    lab.user("lets go", |session, now| session.control(now, Hands::default()));
    come_back(&mut lab);
    lab.take_sent();
    lab.says(AGAIN);
    assert_eq!(self::controls(&mut lab), [], "the server has released them with the stream");
}

fn controls(lab: &mut Lab) -> Vec<seaglass::wire::Control> {
    let control = |text: &String| match Up::parse(text) {
        Ok(Up::Control(control)) => Some(control),
        _ => None,
    };
    lab.take_sent().iter().filter_map(control).collect()
}

/// HO-19: the token of the latest hello, and none where there was none.
#[test]
fn the_stream_is_taken_up_with_the_servers_token() {
    let mut lab = running(plain());
    cut(&mut lab);
    wait_for_opening(&mut lab);
    assert_eq!(lab.opening.as_ref().unwrap().resume.as_ref().unwrap().expose(), "token-7");
    let mut lab = Lab::running();
    cut(&mut lab);
    wait_for_opening(&mut lab);
    assert_eq!(lab.opening.as_ref().unwrap().resume, None);
}

/// HO-19, HO-24: a server that forgot what was asked for is asked again; one that kept it is left alone.
#[test]
fn a_pinned_tier_is_asked_for_again_where_the_new_stream_lacks_it() {
    for (kept, asked_again) in [(true, 0), (false, 1)] {
        let mut lab = running(plain());
        let pin = Command::Quality { tier: TierName::from(seaglass::media::Tier::Draft), pinned: true };
        lab.user("pins a tier", |session, now| session.command(now, pin)).unwrap();
        lab.says(r#"{"type":"ack","id":"lab-1","status":"applied"}"#);
        cut(&mut lab);
        come_back(&mut lab);
        lab.take_sent();
        let kept_hello =
            AGAIN.replace(r#""name":"standard""#, r#""name":"draft""#).replace(r#""stream""#, r#""pinned":true,"stream""#);
        lab.says(if kept { &kept_hello } else { AGAIN });
        let asked = lab.take_sent().iter().filter(|text| text.contains(r#""quality""#)).count();
        assert_eq!(asked, asked_again, "kept: {kept}");
    }
}

/// HO-19: thirty seconds without a stream, to the nanosecond, whatever the attempts do.
#[test]
fn patience_ends_after_exactly_thirty_seconds() {
    for seed in 0..50 {
        let mut lab = running(Options { seed, ..plain() });
        lab.wait_until(1000);
        cut(&mut lab);
        // The attempt hangs: nobody answers it.
        lab.wait_until_moment(just_before(31_000));
        assert_eq!(ending(&mut lab), None, "seed {seed}");
        lab.wait_until(31_000);
        let Some(Ending::GaveUp { outage, attempts: 1, .. }) = ending(&mut lab) else { panic!("seed {seed}") };
        assert_eq!(outage, Duration::from_secs(30), "seed {seed}");
        assert_eq!(lab.deadline, None);
    }
}

/// HO-19: attempts that fail are repeated, later and later, with a limit to both.
#[test]
fn attempts_are_spread_and_end_with_patience() {
    for seed in 0..50 {
        let mut lab = running(Options { seed, ..plain() });
        lab.wait_until(1000);
        cut(&mut lab);
        let mut attempts = Vec::new();
        while !lab.session.is_ended() {
            if lab.opening.is_some() {
                attempts.push(lab.now.as_micros() / 1000);
                refuse(&mut lab, RefusalCause::Unreachable, None);
            } else {
                lab.wait_until_moment(lab.deadline.unwrap());
            }
        }
        assert!((8..60).contains(&attempts.len()), "seed {seed}: {attempts:?}");
        assert!(attempts[0] <= 1100, "seed {seed}: the first attempt is made at once: {attempts:?}");
        assert!(attempts.windows(2).all(|pair| pair[1] - pair[0] <= 5000), "seed {seed}: {attempts:?}");
        let Some(Ending::GaveUp { because, .. }) = ending(&mut lab) else { panic!("seed {seed}") };
        assert_eq!(because, "no way there");
    }
}

/// X-5: a server that says when to come again is not asked before, and one that says too late is not waited for.
#[test]
fn a_server_that_asks_for_time_gets_it_if_patience_allows() {
    let mut lab = running(plain());
    lab.wait_until(1000);
    cut(&mut lab);
    wait_for_opening(&mut lab);
    let asked_at = lab.now;
    refuse(&mut lab, RefusalCause::Busy, Some(Duration::from_secs(7)));
    wait_for_opening(&mut lab);
    // A little later, as everybody else who lost this server was told the same.
    let waited = lab.now.since(asked_at);
    assert!(waited >= Duration::from_secs(7) && waited <= Duration::from_millis(7100), "{waited:?}");
    refuse(&mut lab, RefusalCause::Busy, Some(Duration::from_secs(60)));
    assert!(matches!(ending(&mut lab), Some(Ending::GaveUp { .. })));
}

/// HO-19, HO-28: what the server says about the world, or about who holds it, is final.
#[test]
fn final_reasons_are_not_tried_again() {
    let causes = [
        RefusalCause::Auth,
        RefusalCause::NotFound,
        RefusalCause::Ended,
        RefusalCause::Replaced,
        RefusalCause::Protocol,
        RefusalCause::Wrong,
    ];
    for cause in causes {
        let mut lab = running(plain());
        cut(&mut lab);
        wait_for_opening(&mut lab);
        refuse(&mut lab, cause, None);
        assert!(matches!(ending(&mut lab), Some(Ending::Refused(refusal)) if refusal.cause == cause), "{cause:?}");
    }
    for code in [1000, 1002, 1009, 4001, 4004, 4009, 4010, 4011, 4321] {
        let mut lab = running(plain());
        lab.note_closed(code);
        assert_eq!(ending(&mut lab), Some(Ending::Closed { code: code.into(), reason: String::new() }));
    }
    for code in [1001, 1005, 1006, 1008, 1011, 1012, 1013, 1014] {
        let mut lab = running(plain());
        lab.note_closed(code);
        assert_eq!(ending(&mut lab), None, "{code}");
        come_back(&mut lab);
        lab.says(AGAIN);
        assert!(lab.take_events().iter().any(|event| matches!(event, Event::Resumed { .. })), "{code}");
    }
}

/// HO-26: a world that runs and shows nothing for ten seconds is looked for on another stream, though pings are answered.
#[test]
fn a_stream_that_lives_without_pictures_is_left_after_exactly_ten_seconds() {
    let mut lab = running(plain());
    lab.sends(&video(0, true));
    for second in 1..=10 {
        lab.wait_until(second * 1000);
        lab.says(r#"{"type":"tick","seconds_used":1}"#);
        lab.sends(&audio(second));
    }
    let reconnecting =
        |lab: &mut Lab| lab.take_events().into_iter().any(|event| matches!(event, Event::Reconnecting { .. }));
    lab.wait_until_moment(just_before(10_020));
    assert!(!reconnecting(&mut lab));
    lab.wait_until(10_020);
    assert!(reconnecting(&mut lab));
    assert!(lab.protocol.contains("drop the stream"));
}

/// A server that says hello and hangs up is not asked for ever.
#[test]
fn a_stream_that_flaps_uses_up_patience_and_one_that_stands_renews_it() {
    let mut lab = running(plain());
    for round in 0.. {
        assert!(round < 100, "it is asked for ever");
        cut(&mut lab);
        if lab.session.is_ended() {
            break;
        }
        come_back(&mut lab);
        lab.says(AGAIN);
    }
    let mut lab = running(plain());
    for round in 0..100 {
        cut(&mut lab);
        assert!(!lab.session.is_ended(), "round {round}");
        come_back(&mut lab);
        lab.says(AGAIN);
        let now = lab.now.as_micros() / 1_000_000;
        live_until(&mut lab, now + 12);
    }
}

/// A server keeps a world for its grace time: waiting longer is of no use.
#[test]
fn patience_is_no_longer_than_the_servers_grace() {
    let mut lab = Lab::with(plain());
    lab.opened();
    lab.says(&HELLO.replace(r#""grace_s":30"#, r#""grace_s":4.5"#));
    cut(&mut lab);
    lab.wait_until_moment(just_before(4_500));
    assert_eq!(ending(&mut lab), None);
    lab.wait_until(4_500);
    assert!(matches!(ending(&mut lab), Some(Ending::GaveUp { .. })));
}

/// The first stream of a world that was just paid for is tried for as long as it is told; that of another is tried once.
#[test]
fn the_first_stream_is_tried_as_long_as_its_holder_wants() {
    let mut lab = Lab::with(plain());
    refuse(&mut lab, RefusalCause::Unreachable, None);
    assert!(matches!(ending(&mut lab), Some(Ending::Refused(_))));
    let mut lab = Lab::with(Options { opening: Duration::from_secs(10), ..plain() });
    refuse(&mut lab, RefusalCause::Unreachable, None);
    come_back(&mut lab);
    lab.says(HELLO);
    assert!(lab.take_events().iter().any(|event| matches!(event, Event::Connected(_))));
}

/// HO-21: 29.999 999 999 s is not thirty seconds.
#[test]
fn the_longest_session_ends_at_its_very_moment_with_warnings_at_four_fifths_and_thirty_seconds() {
    let mut lab = running(limited(Some(300), None));
    live_until(&mut lab, 239);
    lab.wait_until_moment(just_before(240_000));
    assert_eq!(warnings(&mut lab), []);
    lab.wait_until(240_000);
    assert_eq!(warnings(&mut lab), [(LimitKind::Session, 60.0)]);
    live_until(&mut lab, 269);
    lab.wait_until_moment(just_before(270_000));
    assert_eq!(warnings(&mut lab), []);
    lab.wait_until(270_000);
    assert_eq!(warnings(&mut lab), [(LimitKind::Session, 30.0)]);
    live_until(&mut lab, 299);
    lab.take_sent();
    lab.wait_until_moment(just_before(300_000));
    assert!(!lab.take_sent().iter().any(|text| text.starts_with("close")));
    lab.wait_until(300_000);
    assert_eq!(lab.take_sent().last().unwrap(), "close 1000");
    lab.note_closed(1000);
    let limit = Ending::Limit { limit: LimitKind::Session, after: Duration::from_secs(300) };
    assert_eq!(ending(&mut lab), Some(limit));
}

/// HO-21: also while there is no stream.
#[test]
fn the_longest_session_ends_a_session_that_is_without_a_stream() {
    let mut lab = running(limited(Some(30), None));
    live_until(&mut lab, 20);
    cut(&mut lab);
    lab.wait_until_moment(just_before(30_000));
    assert_eq!(ending(&mut lab), None);
    lab.wait_until(30_000);
    assert!(matches!(ending(&mut lab), Some(Ending::Limit { limit: LimitKind::Session, .. })));
    assert_eq!(lab.deadline, None);
}

/// HO-22: frames do not count, anything of the user does.
#[test]
fn an_idle_user_is_warned_and_the_session_ends_at_its_very_moment() {
    let mut lab = running(limited(None, Some(30)));
    live_until(&mut lab, 24);
    lab.wait_until_moment(Monotonic::from_nanos(24_019_999_999));
    assert_eq!(warnings(&mut lab), []);
    lab.wait_until(24_020);
    assert_eq!(warnings(&mut lab), [(LimitKind::Idle, 6.0)]);
    lab.user("is still there", Session::stay);
    live_until(&mut lab, 54);
    lab.wait_until_moment(Monotonic::from_nanos(54_019_999_999));
    assert!(!lab.session.is_ended());
    lab.wait_until(54_020);
    lab.note_closed(1000);
    assert_eq!(ending(&mut lab), Some(Ending::Limit { limit: LimitKind::Idle, after: Duration::from_secs(30) }));
}

/// HO-22: each of them.
#[test]
fn every_act_of_the_user_begins_idle_time_anew_and_nothing_else_does() {
    type Act = fn(&mut Session, Monotonic);
    let acts: [(&str, bool, Act); 6] = [
        ("speaks", true, |session, now| drop(session.command(now, direct("rain")))),
        ("presses", true, |session, now| _ = session.control(now, Hands::holding([Key::Up]))),
        ("stays", true, Session::stay),
        ("holds nothing, as before", false, |session, now| _ = session.control(now, Hands::default())),
        ("plays", false, |session, now| session.feedback(now, &seaglass::media::PlaybackHealth::default())),
        ("lost a frame", false, Session::request_keyframe),
    ];
    for (what, counts, act) in acts {
        let mut lab = running(limited(None, Some(30)));
        live_until(&mut lab, 20);
        lab.user(what, act);
        live_until(&mut lab, 31);
        assert_eq!(!lab.protocol.contains("close 1000"), counts, "{what}");
    }
}

/// HO-22: who walks straight on for minutes tells nothing new, and is there.
#[test]
fn a_key_that_is_held_keeps_idle_time_from_running_here_and_on_the_server() {
    let mut lab = running(limited(None, Some(30)));
    lab.user("walks", |session, now| session.control(now, Hands::holding([Key::Forward])));
    live_until(&mut lab, 90);
    assert_eq!(warnings(&mut lab), []);
    lab.take_sent();
    lab.says(r#"{"type":"warning","limit":"idle","seconds_left":6,"message":"nobody there?"}"#);
    assert_eq!(controls(&mut lab).len(), 1);
    lab.user("stands still", |session, now| session.control(now, Hands::default()));
    live_until(&mut lab, 125);
    assert_eq!(warnings(&mut lab), [(LimitKind::Idle, 6.0)]);
    assert!(lab.protocol.contains("close 1000"));
}

/// HO-22: the server must learn of it too.
#[test]
fn staying_tells_the_server_the_same_hands_once_more() {
    let mut lab = running(plain());
    lab.wait_until(100);
    lab.take_sent();
    lab.user("stays", Session::stay);
    assert_eq!(controls(&mut lab).len(), 1);
}

/// HO-28: what a stream that was given up still brings is nobody's.
#[test]
fn a_stream_that_was_given_up_is_not_listened_to() {
    let mut lab = running(plain());
    cut(&mut lab);
    let events = lab.take_events().len();
    assert!(events > 0);
    lab.says(r#"{"type":"ended","reason":"limit"}"#);
    lab.sends(&video(9, true));
    lab.input(Input::Closed { code: CloseCode::Limit, reason: "" });
    assert_eq!(lab.take_events(), []);
    assert!(lab.packets.is_empty());
}

#[test]
fn closing_without_a_stream_ends_at_once_and_leaves_no_attempt_behind() {
    let mut lab = running(plain());
    cut(&mut lab);
    wait_for_opening(&mut lab);
    lab.user("closes", |session, now| session.close(now));
    assert_eq!(ending(&mut lab), Some(Ending::Local));
    assert_eq!(lab.opening, None);
    assert_eq!(lab.user("speaks", |session, now| session.command(now, direct("rain"))), Err(Refused::Ended));
}
