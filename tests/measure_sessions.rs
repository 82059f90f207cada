//! What sessions, their frames and the machine bring to a report, with exact numbers in virtual time. HO-14, HO-12, HO-16.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod measure_support;

use std::time::Duration;

use measure_support::{at, collector, figures, finish, frame, run, sound, value};
use seaglass::measure::{Collector, CollectorOptions, End, Meter, Metric, Report, Scalar, SessionOutcome};
use seaglass::media::{DropCause, DropCounts, Epoch, MediaDelta, Packet, ServerStages};
use seaglass::stats::FrameTrace;

const MS: fn(u64) -> Duration = Duration::from_millis;

/// Frames every 40 ms from one moment to before another, in milliseconds; pts follow arrivals.
fn stream(meter: &Meter, from: u64, to: u64, epoch: u32) {
    for (sequence, ms) in (from..to).step_by(40).enumerate() {
        meter.packet(&Packet { epoch: Epoch(epoch), ..frame(at(ms), sequence as u64, ms as i64) });
    }
}

#[test]
fn a_session_is_measured_from_when_it_was_due() {
    let collector = collector((0, 10_000), 0);
    let meter = collector.meter(0, at(500), false);
    meter.created(at(620));
    meter.connected(at(650));
    meter.running(at(700));
    meter.tier(at(700), "standard", "");
    meter.packet(&frame(at(800), 0, 0));
    meter.packet(&sound(at(830), 0));
    meter.packet(&sound(at(850), 1));
    meter.tier(at(900), "draft", "the queue");
    meter.transport("websocket");
    meter.spent(4.5, Some(9.0));
    meter.totals(2, &{
        let mut drops = DropCounts::default();
        drops.add(DropCause::NoReference, 3);
        drops
    });
    meter.closing(at(5_000));
    meter.closed(at(5_120), SessionOutcome::Completed);
    let recording = finish(&collector, 6_000);
    for (metric, ms) in [
        (Metric::Create, 120.0),
        (Metric::Connect, 30.0),
        (Metric::Ready, 200.0),
        (Metric::Ttff, 300.0),
        (Metric::Ttfa, 330.0),
        (Metric::Close, 120.0),
    ] {
        let told = figures(&recording, metric);
        assert_eq!((told.n, told.min, told.max), (1, Some(ms), Some(ms)), "{}", metric.name());
        assert_eq!((told.p50, told.p90, told.p99), (Some(ms), None, None), "one sample has no tail");
    }
    let row = &recording.sessions[0];
    assert_eq!((row.outcome.as_str(), row.frames, row.bytes, row.switches), ("completed", 1, 1_200, 1));
    assert_eq!((row.tier.as_deref(), row.transport.as_deref()), (Some("draft"), Some("websocket")));
    assert_eq!(recording.marks[0].text, "standard → draft: the queue");
    for (scalar, wanted) in [
        (Scalar::Sessions, Some(1.0)),
        (Scalar::SessionsCompleted, Some(1.0)),
        (Scalar::QualitySwitches, Some(1.0)),
        (Scalar::Lost, Some(2.0)),
        (Scalar::Drops, Some(3.0)),
        (Scalar::WorldSeconds, Some(4.5)),
        (Scalar::Credits, Some(9.0)),
        // Of a session that was not decoded, and a machine that nobody looked at, these are unknown and not 0.
        (Scalar::FramesPresented, None),
        (Scalar::ConcealedPct, None),
        (Scalar::CpuCores, None),
        (Scalar::Memory, None),
        (Scalar::FpsLow, None),
    ] {
        assert_eq!(value(&recording, scalar), wanted, "{}", scalar.name());
    }
    assert_eq!(recording.drops["no_reference"], 3);
}

#[test]
fn failures_are_counted_by_code_and_what_never_showed_a_frame_did_not_complete() {
    let collector = collector((0, 10_000), 0);
    let failed = || SessionOutcome::Failed { code: "busy".to_owned(), why: "no capacity\u{1b}[2J".to_owned() };
    for session in 0..3 {
        collector.meter(session, at(0), false).closed(at(100), failed());
    }
    let silent = collector.meter(3, at(0), false);
    silent.closing(at(4_000));
    silent.closed(at(4_100), SessionOutcome::Completed);
    let leaked = collector.meter(4, at(0), false);
    leaked.packet(&frame(at(10), 0, 0));
    leaked.closing(at(4_000));
    leaked.closed(at(9_000), SessionOutcome::Leaked);
    let open = collector.meter(5, at(0), false);
    open.packet(&frame(at(20), 0, 0));
    assert_eq!(collector.live(at(9_000)).streaming, 1);
    let recording = finish(&collector, 9_500);
    assert_eq!(
        recording.errors.iter().map(|(code, n)| (code.as_str(), *n)).collect::<Vec<_>>(),
        [("busy", 3), ("no_frame", 1)]
    );
    assert_eq!(value(&recording, Scalar::SessionsFailed), Some(4.0));
    assert_eq!(value(&recording, Scalar::LeakedSessions), Some(1.0));
    assert_eq!(recording.sessions[5].outcome, "aborted");
    assert_eq!(recording.sessions[0].error.as_ref().unwrap().1, "no capacity[2J");
    // Who waited for a first frame until the end waited at least as long; who failed at once waited for nothing.
    let ttff = figures(&recording, Metric::Ttff);
    assert_eq!((ttff.n, ttff.unanswered, ttff.max), (3, 1, Some(4_000.0)));
    assert_eq!(figures(&recording, Metric::Close).unanswered, 1);
}

#[test]
fn rates_are_of_the_window_and_of_the_time_in_which_sessions_streamed() {
    let collector = collector((1_000, 11_000), 0);
    let (whole, half) = (collector.meter(0, at(0), false), collector.meter(1, at(0), false));
    stream(&whole, 0, 12_000, 1);
    stream(&half, 6_000, 12_000, 1);
    for meter in [&whole, &half] {
        meter.closing(at(12_000));
        meter.closed(at(12_000), SessionOutcome::Completed);
    }
    for second in 0..=12 {
        collector.machine(at(second * 1_000), MS(second * 500), (100 + second * 10) << 20);
    }
    let recording = finish(&collector, 12_000);
    assert_eq!(value(&recording, Scalar::Frames), Some(250.0 + 125.0));
    assert_eq!(value(&recording, Scalar::Fps), Some(25.0));
    assert_eq!(value(&recording, Scalar::Goodput), Some(375.0 * 1000.0 * 8.0 / 10.0 / 1e6));
    assert_eq!(value(&recording, Scalar::CpuCores), Some(0.5));
    assert!((value(&recording, Scalar::CpuPerSession).unwrap() - 500.0 / 1.5).abs() < 1e-9);
    assert_eq!(value(&recording, Scalar::Memory), Some(220.0));
    assert_eq!(value(&recording, Scalar::MemoryPerSession), Some(120.0 * 1024.0 / 2.0));
    assert_eq!(recording.course.len(), 13);
    assert_eq!((recording.course[3].sessions, recording.course[3].frames, recording.course[7].sessions), (1, 25, 2));
    assert_eq!((recording.course[7].cpu_cores, recording.course[7].memory_mib), (Some(0.5), Some(170.0)));
    let interval = figures(&recording, Metric::FrameInterval);
    assert_eq!((interval.min, interval.max, interval.mean), (Some(40.0), Some(40.0), Some(40.0)));
    assert_eq!(figures(&recording, Metric::Jitter).max, Some(0.0));
}

/// W3C webrtc-stats, `freezeCount`: at 40 ms a frame that stands for 190 ms froze, and one of 80 ms only stuttered.
#[test]
fn freezes_and_stutters_are_those_of_received_frames_where_nothing_is_decoded() {
    let collector = collector((0, 10_000), 0);
    let meter = collector.meter(0, at(0), false);
    let mut ms = 0;
    for sequence in 0..100 {
        meter.packet(&frame(at(ms), sequence, ms as i64));
        ms += match sequence {
            50 => 190,
            95 => 80,
            _ => 40,
        };
    }
    meter.closing(at(ms));
    meter.closed(at(ms), SessionOutcome::Completed);
    let recording = finish(&collector, 10_000);
    assert_eq!((value(&recording, Scalar::Freezes), value(&recording, Scalar::Stutters)), (Some(1.0), Some(1.0)));
    assert_eq!(figures(&recording, Metric::Freeze).max, Some(190.0));
    assert_eq!(recording.sessions[0].freezes, 1);
    assert!((value(&recording, Scalar::FrozenPct).unwrap() - 19_000.0 / ms as f64).abs() < 1e-9);
    assert_eq!(recording.course.iter().map(|step| step.freezes).sum::<u64>(), 1);
    let notes = Report::of(&recording, &[]).notes;
    assert!(notes.iter().any(|note| note.contains("of received frames")), "{notes:?}");
}

#[test]
fn a_picture_that_still_stands_at_the_end_froze_as_long_as_anybody_watched() {
    let collector = collector((0, 10_000), 0);
    let meter = collector.meter(0, at(0), false);
    stream(&meter, 0, 4_000, 1);
    meter.closing(at(9_000));
    let recording = finish(&collector, 9_100);
    let freeze = figures(&recording, Metric::Freeze);
    assert_eq!((freeze.n, freeze.unanswered, freeze.max), (1, 1, Some(5_040.0)));
}

#[test]
fn a_pause_that_was_asked_for_is_no_gap_and_no_time_in_which_frames_were_due() {
    let collector = collector((0, 20_000), 0);
    let meter = collector.meter(0, at(0), false);
    stream(&meter, 0, 4_000, 1);
    meter.commanded("pause", Some("p"), None, at(4_000), at(4_000));
    meter.acknowledged("p", "applied", Some(at(4_000)), at(4_020), None);
    meter.commanded("resume", Some("r"), None, at(9_000), at(9_000));
    meter.acknowledged("r", "applied", Some(at(9_000)), at(9_020), None);
    stream(&meter, 9_040, 13_040, 2);
    meter.closing(at(13_040));
    let recording = finish(&collector, 14_000);
    assert_eq!(figures(&recording, Metric::FrameInterval).max, Some(40.0));
    assert_eq!(value(&recording, Scalar::Freezes), Some(0.0));
    assert!((value(&recording, Scalar::Fps).unwrap() - 25.0).abs() < 0.01, "{:?}", value(&recording, Scalar::Fps));
}

#[test]
fn a_refused_pause_pauses_nothing() {
    let collector = collector((0, 20_000), 0);
    let meter = collector.meter(0, at(0), false);
    stream(&meter, 0, 4_000, 1);
    meter.commanded("pause", Some("p"), None, at(3_970), at(3_970));
    meter.acknowledged("p", "rejected", None, at(3_990), None);
    stream(&meter, 8_000, 12_000, 1);
    meter.closing(at(12_000));
    let recording = finish(&collector, 12_000);
    assert_eq!(figures(&recording, Metric::Freeze).max, Some(4_040.0));
}

/// HO-19: how long until there is a new picture, and what was missed of it.
#[test]
fn a_lost_stream_is_told_by_the_way_back_and_the_frames_that_it_cost() {
    let collector = collector((0, 20_000), 0);
    let meter = collector.meter(0, at(0), false);
    stream(&meter, 0, 4_000, 1);
    meter.lost(at(4_005), "the peer reset it");
    assert_eq!(collector.live(at(4_100)).streaming, 0);
    meter.lost(at(4_500), "refused");
    meter.resumed(at(5_900));
    // The media clock stood still while there was no stream, but for 120 ms of frames that were on their way.
    for n in 0..100_u64 {
        meter.packet(&Packet { epoch: Epoch(2), ..frame(at(6_005 + n * 40), n, 4_000 + 120 + n as i64 * 40) });
    }
    meter.closing(at(10_005));
    let recording = finish(&collector, 11_000);
    let reconnect = figures(&recording, Metric::Reconnect);
    assert_eq!((reconnect.n, reconnect.max), (1, Some(2_000.0)));
    assert_eq!(
        (value(&recording, Scalar::Reconnects), value(&recording, Scalar::FramesLostPerReconnect)),
        (Some(1.0), Some(3.0))
    );
    assert_eq!(figures(&recording, Metric::FrameInterval).max, Some(40.0), "no interval crosses a timeline");
    assert_eq!(figures(&recording, Metric::Freeze).max, Some(2_045.0), "and the viewer saw a picture that stood still");
    assert_eq!(figures(&recording, Metric::Lateness).max, Some(0.0));
    let mark = recording.marks.iter().find(|mark| mark.kind == "reconnect").unwrap();
    assert_eq!((mark.at_us, mark.until_us, mark.text.as_str()), (4_005_000, Some(6_005_000), "the peer reset it"));
    assert_eq!(recording.course.iter().map(|step| step.cuts).sum::<u64>(), 1);
    assert_eq!((recording.course[4].sessions, recording.course[5].sessions, recording.course[6].sessions), (1, 0, 1));
}

#[test]
fn a_stream_that_never_came_back_counts_with_the_time_for_which_it_was_gone() {
    let collector = collector((0, 20_000), 0);
    let meter = collector.meter(0, at(0), false);
    stream(&meter, 0, 4_000, 1);
    meter.lost(at(4_005), "cut");
    meter.closed(at(9_005), SessionOutcome::Failed { code: "lost".to_owned(), why: "the grace time is over".to_owned() });
    let recording = finish(&collector, 9_100);
    let reconnect = figures(&recording, Metric::Reconnect);
    assert_eq!((reconnect.n, reconnect.unanswered, reconnect.max), (1, 1, Some(5_000.0)));
    assert_eq!(value(&recording, Scalar::Reconnects), Some(0.0));
    let marks: Vec<&str> = recording.marks.iter().map(|mark| mark.text.as_str()).collect();
    assert_eq!(marks, ["never back: cut", "lost: the grace time is over"]);
}

#[test]
fn a_media_clock_that_began_anew_says_nothing_of_lost_frames() {
    let collector = collector((0, 20_000), 0);
    let meter = collector.meter(0, at(0), false);
    stream(&meter, 0, 4_000, 1);
    meter.lost(at(4_005), "cut");
    meter.resumed(at(5_000));
    meter.packet(&Packet { epoch: Epoch(2), ..frame(at(5_100), 0, 0) });
    meter.closing(at(6_000));
    let recording = finish(&collector, 6_000);
    assert_eq!(value(&recording, Scalar::FramesLostPerReconnect), None);
    assert_eq!(value(&recording, Scalar::Reconnects), Some(1.0));
}

#[test]
fn one_way_spans_are_told_only_with_an_offset_and_with_its_bound() {
    let collector = collector((0, 20_000), 1);
    let meter = collector.meter(0, at(0), false);
    // The server's clock shows 5 s more than ours; it is estimated 2 ms short of that.
    let server = |ms: u64| Some(at(ms).as_micros() + 5_000_000);
    let packet = |n: u64, sent: u64, arrives: u64| Packet {
        server: ServerStages {
            generated_us: server(sent - 4),
            sent_us: server(sent),
            render: Some(MS(7)),
            encode: Some(MS(3)),
        },
        input: measure_support::echo(n as u32 + 1, at(sent - 34)),
        ..frame(at(arrives), n, sent as i64)
    };
    meter.packet(&packet(0, 100, 120));
    meter.link(at(150), MS(10), 4_998_000, 3_000);
    meter.packet(&packet(1, 140, 160));
    meter.packet(&packet(2, 181, 182));
    meter.packet(&packet(3, 225, 222));
    meter.closing(at(300));
    let recording = finish(&collector, 300);
    let network = figures(&recording, Metric::Network);
    // 18 ms; then 1 ms less 2 is 0 within the bound; 5 ms before it was sent is beyond it, and the estimate worth nothing.
    assert_eq!((network.n, network.min, network.max, network.bound), (2, Some(0.0), Some(18.0), Some(3.0)));
    assert_eq!(recording.frames.iter().map(|row| row.network_us).collect::<Vec<_>>(), [None, Some(18_000), Some(0), None]);
    let to_server = figures(&recording, Metric::ToServer);
    assert_eq!((to_server.n, to_server.max, to_server.bound), (3, Some(32.0), Some(3.0)));
    for (metric, ms) in [(Metric::ServerRender, 7.0), (Metric::ServerEncode, 3.0), (Metric::ServerQueue, 1.0)] {
        let told = figures(&recording, metric);
        assert_eq!((told.n, told.max, told.bound), (4, Some(ms), None), "{}", metric.name());
    }
    assert_eq!(figures(&recording, Metric::Rtt).max, Some(10.0));
    assert_eq!(recording.sessions[0].server_ahead_us, Some((4_998_000, 3_000)));
}

/// HO-14: what a frame spent on its way is told once, stage by stage, from the beginning of its picture to its last byte here; how long
/// the bytes of a frame took that came as one message nobody knows.
#[test]
fn the_stages_of_a_frame_add_up_to_its_way_and_none_is_made_up() {
    let collector = collector((0, 20_000), 1);
    let meter = collector.meter(0, at(0), false);
    meter.link(at(50), MS(1), 0, 1_000);
    let server = ServerStages {
        generated_us: Some(at(110).as_micros()),
        sent_us: Some(at(117).as_micros()),
        render: Some(MS(10)),
        encode: Some(MS(5)),
    };
    meter.packet(&Packet { server, ..frame(at(130), 0, 100) });
    let in_parts = seaglass::media::Arrival { first_byte: at(130), last_byte: at(134) };
    meter.packet(&Packet { server, arrival: in_parts, ..frame(at(134), 1, 140) });
    meter.closing(at(300));
    let recording = finish(&collector, 300);
    let most = |metric| figures(&recording, metric).max.unwrap_or_default();
    let stages = [Metric::ServerRender, Metric::ServerEncode, Metric::ServerQueue, Metric::Network, Metric::Transfer];
    assert_eq!(stages.map(most), [10.0, 5.0, 2.0, 13.0, 4.0], "34 ms from 100 to 134");
    assert_eq!(figures(&recording, Metric::Transfer).n, 1, "the first came whole");
    assert_eq!(recording.frames.iter().map(|row| row.queue_us).collect::<Vec<_>>(), [Some(2_000); 2]);
}

/// HO-12: the offset of sound and picture with its sign.
#[test]
fn offsets_keep_their_sign_and_have_magnitudes() {
    let collector = collector((0, 20_000), 0);
    let meter = collector.meter(0, at(0), true);
    for n in 0..100_i64 {
        let presented = Some(at(n as u64 * 40));
        let av_offset = Some(MediaDelta::from_millis(if n < 75 { -30 } else { 10 }));
        meter.presented(&FrameTrace { presented, av_offset, sequence: n as u64, ..FrameTrace::default() });
    }
    meter.content_offset(at(100), MediaDelta::from_millis(-80));
    meter.concealed(MS(30), MS(3_000));
    meter.closing(at(4_000));
    let recording = finish(&collector, 4_000);
    let offset = figures(&recording, Metric::AvOffset);
    assert_eq!((offset.n, offset.min, offset.max, offset.mean), (100, Some(-30.0), Some(10.0), Some(-20.0)));
    assert!((offset.p50.unwrap() + 30.0).abs() < 0.03 && (offset.p90.unwrap() - 10.0).abs() < 0.02, "{offset:?}");
    let magnitude = offset.magnitude.unwrap();
    assert_eq!((magnitude.max, magnitude.p99), (Some(30.0), None));
    assert_eq!(figures(&recording, Metric::AvContent).max, Some(-80.0));
    assert_eq!(value(&recording, Scalar::ConcealedPct), Some(1.0));
    assert_eq!(value(&recording, Scalar::FramesPresented), Some(100.0));
    assert_eq!((recording.course[0].av_p50.map(f64::round), recording.course[3].av_far), (Some(-30.0), Some(10.0)));
    assert_eq!(figures(&recording, Metric::PresentInterval).max, Some(40.0));
}

#[test]
fn the_slowest_hundredth_of_the_frames_is_the_one_per_cent_low() {
    let collector = collector((0, 100_000), 0);
    let meter = collector.meter(0, at(0), false);
    let mut ms = 0;
    for sequence in 0..2_001 {
        meter.packet(&frame(at(ms), sequence, ms as i64));
        ms += if sequence % 100 == 0 { 100 } else { 40 };
    }
    meter.closing(at(ms));
    let recording = finish(&collector, ms);
    assert!((value(&recording, Scalar::FpsLow).unwrap() - 10.0).abs() < 0.01, "{:?}", value(&recording, Scalar::FpsLow));
}

#[test]
fn a_trace_is_bounded_and_says_what_it_left_out() {
    let options =
        CollectorOptions { start: at(0), window: (MS(0), MS(10_000)), length: MS(10_000), traced: 2, most_rows: 100 };
    let collector = Collector::new(options);
    let meters: Vec<Meter> = (0..3).map(|session| collector.meter(session, at(0), false)).collect();
    meters.iter().for_each(|meter| stream(meter, 0, 4_000, 1));
    (0..20).for_each(|n| meters[1].commanded("hands", None, Some(n + 1), at(4_000), at(4_000)));
    let recording = collector.finish(at(5_000), run("one"), End::default());
    assert_eq!((recording.frames.len(), recording.commands.len()), (100, 0));
    assert!(recording.frames.iter().all(|row| row.session == 0));
    let note = recording.end.notes.iter().find(|note| note.contains("120 more")).unwrap();
    assert!(note.contains("first 100"), "{note}");
    assert_eq!(value(&recording, Scalar::Frames), Some(300.0), "what has no row is measured all the same");
}

#[test]
fn marks_are_bounded_cleaned_and_counted_beyond_their_bound() {
    let collector = collector((0, 10_000), 0);
    for n in 0..10_003 {
        collector.mark(at(n), Some(at(n + 5)), "fault", None, "stall\u{202e}\n of the way");
    }
    let recording = finish(&collector, 10_000);
    assert_eq!((recording.marks.len(), recording.marks[7].until_us), (10_000, Some(12_000)));
    assert_eq!(recording.marks[0].text, "stall of the way");
    assert!(recording.end.notes.iter().any(|note| note.starts_with("3 marks")), "{:?}", recording.end.notes);
}

#[test]
fn a_run_that_ends_in_its_warm_up_measured_nothing_and_says_so() {
    let collector = collector((5_000, 10_000), 0);
    let meter = collector.meter(0, at(0), false);
    stream(&meter, 0, 3_000, 1);
    let recording = finish(&collector, 3_000);
    assert_eq!((figures(&recording, Metric::FrameInterval).n, value(&recording, Scalar::Fps)), (0, None));
    assert_eq!(value(&recording, Scalar::Goodput), None);
    assert!(recording.end.notes.iter().any(|note| note.contains("before the measured window")));
}

#[test]
fn a_run_can_be_watched_while_it_goes() {
    let collector = collector((0, 10_000), 0);
    let meter = collector.meter(0, at(0), false);
    assert_eq!(collector.live(at(0)).fps, None);
    stream(&meter, 0, 4_000, 1);
    stream(&collector.meter(1, at(0), false), 0, 4_000, 1);
    let live = collector.live(at(4_000));
    assert_eq!((live.begun, live.streaming, live.frames), (2, 2, 200));
    assert_eq!((live.fps, live.frames_s), (Some(25.0), Some(50.0)), "of each, as the report says it, and of both");
    assert_eq!((live.mbit_s, live.ttff.n), (Some(0.4), 2));
    let report = collector.report_now(at(4_000), &run("one"), &[]);
    assert_eq!((report.complete, report.scalar(Scalar::Fps)), (false, Some(25.0)));
    assert_eq!(report.duration_s, 4.0);
}

/// HO-14: a life that the end of the run cut short is nobody's failure, and one that had all of its time and saw nothing is.
#[test]
fn who_saw_no_frame_failed_unless_the_run_took_the_time_away() {
    let collector = collector((0, 10_000), 0);
    let closed = |session, seen, outcome| {
        let meter = collector.meter(session, at(9_000), false);
        if seen {
            meter.packet(&frame(at(9_400), 0, 0));
        }
        meter.closing(at(9_900));
        meter.closed(at(9_910), outcome)
    };
    assert_eq!(closed(0, true, SessionOutcome::CutShort), SessionOutcome::Completed);
    assert_eq!(closed(1, false, SessionOutcome::CutShort), SessionOutcome::Aborted);
    assert_eq!(closed(2, true, SessionOutcome::Completed), SessionOutcome::Completed);
    assert!(
        matches!(closed(3, false, SessionOutcome::Completed), SessionOutcome::Failed { code, .. } if code == "no_frame")
    );
    let recording = finish(&collector, 10_000);
    let outcomes: Vec<&str> = recording.sessions.iter().map(|row| row.outcome.as_str()).collect();
    assert_eq!(outcomes, ["completed", "aborted", "completed", "failed"]);
    assert_eq!(value(&recording, Scalar::SessionsCompleted), Some(2.0));
    assert_eq!(value(&recording, Scalar::SessionsFailed), Some(1.0));
    let ttff = figures(&recording, Metric::Ttff);
    assert_eq!((ttff.n, ttff.unanswered, ttff.max), (3, 1, Some(900.0)), "of the one whose time was taken nothing is known");
}

/// HO-18: a world that is found alive after its end was confirmed is a leak, once, whatever its session had come to.
#[test]
fn a_world_that_lives_on_is_a_leak() {
    let collector = collector((0, 10_000), 0);
    let failed = SessionOutcome::Failed { code: "session".to_owned(), why: "x".to_owned() };
    for (session, outcome) in [SessionOutcome::Completed, failed, SessionOutcome::Leaked].into_iter().enumerate() {
        let meter = collector.meter(session as u32, at(0), false);
        meter.packet(&frame(at(10), 0, 0));
        meter.closing(at(4_000));
        meter.closed(at(4_010), outcome);
        meter.lives_on();
    }
    let recording = finish(&collector, 10_000);
    assert!(recording.sessions.iter().all(|row| row.outcome == "leaked"));
    assert_eq!(value(&recording, Scalar::LeakedSessions), Some(3.0));
    assert_eq!((recording.sums.completed, recording.sums.failed), (0, 0));
}

/// A system counts CPU by the hundredth of a second: of the moment in which worlds end it says nothing, and the course neither.
#[test]
fn the_course_has_no_cpu_of_a_moment() {
    let collector = collector((0, 2_000), 0);
    let meter = collector.meter(0, at(0), false);
    stream(&meter, 0, 2_000, 1);
    for (ms, cpu) in [(0, 0), (1_000, 100), (1_990, 200), (2_010, 210)] {
        collector.machine(at(ms), MS(cpu), 100 << 20);
    }
    meter.closing(at(2_000));
    meter.closed(at(2_010), SessionOutcome::Completed);
    let course = finish(&collector, 2_020).course;
    let told: Vec<Option<f64>> = course.iter().map(|step| step.cpu_cores).collect();
    assert_eq!(told, [None, Some(100.0 / 990.0), None]);
    assert!(course[2].memory_mib.is_some());
}
