//! Latencies of commands, corrected and uncorrected, with exact numbers in virtual time. HO-14.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod measure_support;

use measure_support::{at, at_us, collector, echo, figures, finish, frame, value};
use seaglass::measure::{Metric, Scalar, SessionOutcome};
use seaglass::media::Monotonic;

/// A server that reflects each command 10 ms after it was due, for 60 s, and from 20 s to 22 s stands still. Every 50 ms a
/// command is due; from the stall on this side can still issue them, and one frame behind it answers all.
#[test]
fn a_stalled_server_shows_in_the_corrected_figures_and_hides_in_the_others() {
    let collector = collector((0, 60_000), 1);
    let meter = collector.meter(0, at(0), false);
    meter.packet(&frame(at(0), 0, 0));
    let stalled = |ms: u64| (20_000..22_000).contains(&ms);
    let mut sequence = 0;
    for n in 0..1_200_u64 {
        let due = n * 50;
        let input = n as u32 + 1;
        meter.commanded("hands", None, Some(input), at(due), at(due));
        let last_of_the_stall = due == 21_950;
        if last_of_the_stall || !stalled(due) {
            sequence += 1;
            let arrives = if last_of_the_stall { at(22_000) } else { at(due + 10) };
            meter.packet(&frame_with(arrives, sequence, input, at(due)));
        }
    }
    meter.closing(at(60_000));
    meter.closed(at(60_050), SessionOutcome::Completed);
    let recording = finish(&collector, 60_100);

    // 40 of 1,200 commands waited 2,000, 1,950 … 50 ms: the 1 % that waited longest begins behind the twelfth, at 1,450 ms.
    let corrected = figures(&recording, Metric::CmdToFrame);
    assert_eq!((corrected.n, corrected.unanswered), (1_200, 0));
    assert_eq!((corrected.p50, corrected.p90, corrected.p95), (Some(10.007), Some(10.007), Some(10.007)));
    assert!((corrected.p99.unwrap() - 1_400.0).abs() < 1.0, "{:?}", corrected.p99);
    assert_eq!(corrected.max, Some(2_000.0));
    let mean = (1_160.0 * 10.0 + (1..=40).map(|n| f64::from(n) * 50.0).sum::<f64>()) / 1_200.0;
    assert!((corrected.mean.unwrap() - mean).abs() < 1e-6);

    // A closed loop saw 1,161 answers, one of them after 50 ms, and knows nothing of the stall.
    let uncorrected = figures(&recording, Metric::CmdToFrameUncorrected);
    assert_eq!(uncorrected.n, 1_161);
    assert_eq!((uncorrected.p99, uncorrected.max), (Some(10.007), Some(50.0)));

    assert_eq!(value(&recording, Scalar::Commands), Some(1_200.0));
    assert_eq!(value(&recording, Scalar::CommandsUnanswered), Some(0.0));
    // The course shows the stall where the commands were due.
    assert_eq!((recording.course[19].cmd_max, recording.course[20].cmd_max), (Some(10.0), Some(2_000.0)));
    assert_eq!((recording.frames.len(), recording.commands.len()), (1_162, 1_200));
    let reflected = recording.commands.iter().find(|row| row.due_us == 20_500_000).unwrap().reflected_us;
    assert_eq!(reflected, Some(22_000_000));
}

fn frame_with(arrives: Monotonic, sequence: u64, input: u32, issued: Monotonic) -> seaglass::media::Packet {
    seaglass::media::Packet { input: echo(input, issued), ..frame(arrives, sequence, sequence as i64 * 50) }
}

#[test]
fn what_is_unanswered_at_the_end_counts_with_the_time_that_it_has_waited() {
    let collector = collector((0, 10_000), 0);
    let meter = collector.meter(0, at(0), false);
    meter.packet(&frame(at(100), 0, 0));
    meter.commanded("direct", Some("a"), Some(1), at(1_000), at(1_004));
    meter.acknowledged("a", "applied", Some(at(1_005)), at(1_025), Some(1));
    meter.commanded("direct", Some("b"), Some(2), at(4_000), at(4_000));
    meter.closing(at(9_000));
    meter.closed(at(9_100), SessionOutcome::Completed);
    let recording = finish(&collector, 10_000);
    let acks = figures(&recording, Metric::CmdToAck);
    assert_eq!((acks.n, acks.unanswered, acks.min, acks.max), (2, 1, Some(25.0), Some(5_000.0)));
    let frames = figures(&recording, Metric::CmdToFrame);
    assert_eq!((frames.n, frames.unanswered, frames.min, frames.max), (2, 2, Some(5_000.0), Some(8_000.0)));
    assert_eq!(figures(&recording, Metric::CmdToAckUncorrected).max, Some(20.0), "from sent, not from due");
    assert_eq!(figures(&recording, Metric::SendLag).max, Some(4.0));
    assert_eq!(value(&recording, Scalar::CommandsUnanswered), Some(2.0));
}

#[test]
fn hands_that_were_merged_or_could_not_be_sent_are_answered_by_the_state_that_carries_them() {
    let collector = collector((0, 10_000), 0);
    let meter = collector.meter(0, at(0), false);
    meter.packet(&frame(at(0), 0, 0));
    meter.commanded("hands", None, None, at(1_000), at(1_000));
    meter.commanded("hands", None, Some(7), at(1_010), at(1_010));
    meter.commanded("hands", None, Some(7), at(1_016), at(1_016));
    meter.packet(&frame_with(at(1_050), 1, 8, at(1_020)));
    meter.closing(at(2_000));
    let recording = finish(&collector, 3_000);
    let corrected = figures(&recording, Metric::CmdToFrame);
    assert_eq!((corrected.n, corrected.unanswered), (3, 0));
    assert_eq!((corrected.min, corrected.max), (Some(34.0), Some(50.0)));
    let uncorrected = figures(&recording, Metric::CmdToFrameUncorrected);
    assert_eq!((uncorrected.n, uncorrected.max), (1, Some(30.0)), "by the stamp of an input that only the frame knows");
}

#[test]
fn a_command_that_changed_nothing_waits_for_no_frame() {
    let collector = collector((0, 10_000), 1);
    let meter = collector.meter(0, at(0), false);
    meter.packet(&frame(at(0), 0, 0));
    meter.commanded("direct", Some("a"), Some(1), at(1_000), at(1_000));
    meter.acknowledged("a", "not_understood", None, at(1_020), Some(1));
    meter.acknowledged("a", "applied", None, at(1_500), Some(1));
    meter.rejected("wander", at(1_100), at(1_101));
    meter.closing(at(2_000));
    let recording = finish(&collector, 3_000);
    assert_eq!(figures(&recording, Metric::CmdToFrame).n, 0);
    assert_eq!(figures(&recording, Metric::CmdToAck).n, 1, "the second answer is to nobody");
    assert_eq!(value(&recording, Scalar::CommandsRejected), Some(2.0));
    assert_eq!(recording.commands[0].status.as_deref(), Some("not_understood"));
    assert_eq!(recording.commands[1].status.as_deref(), Some("rejected"));
}

#[test]
fn an_echo_that_overtakes_the_word_of_its_command_answers_it() {
    let collector = collector((0, 10_000), 0);
    let meter = collector.meter(0, at(0), false);
    meter.packet(&frame(at(0), 0, 0));
    // On the loopback a frame may come before the caller has told of the input; and an id may get its number with the answer.
    meter.packet(&frame_with(at(1_004), 1, 3, at(1_000)));
    meter.commanded("hands", None, Some(3), at(1_000), at(1_000));
    meter.commanded("direct", Some("a"), None, at(2_000), at(2_000));
    meter.packet(&frame_with(at(2_030), 2, 4, at(2_000)));
    meter.acknowledged("a", "applied", Some(at(2_000)), at(2_031), Some(4));
    meter.closing(at(3_000));
    let recording = finish(&collector, 3_000);
    let frames = figures(&recording, Metric::CmdToFrame);
    assert_eq!((frames.n, frames.unanswered, frames.min, frames.max), (2, 0, Some(4.0), Some(30.0)));
}

#[test]
fn a_count_of_inputs_that_begins_anew_still_answers() {
    let collector = collector((0, 10_000), 0);
    let meter = collector.meter(0, at(0), false);
    meter.packet(&frame_with(at(0), 0, 0, at(0)));
    meter.commanded("hands", None, Some(1), at(1_000), at(1_000));
    meter.packet(&frame_with(at(1_010), 1, 1, at(1_000)));
    meter.commanded("hands", None, Some(2), at(1_100), at(1_100));
    meter.lost(at(1_200), "cut");
    meter.resumed(at(1_300));
    meter.commanded("hands", None, Some(1), at(2_000), at(2_000));
    meter.packet(&frame_with(at(2_020), 0, 1, at(2_000)));
    meter.closing(at(3_000));
    let recording = finish(&collector, 3_000);
    let frames = figures(&recording, Metric::CmdToFrame);
    assert_eq!((frames.n, frames.unanswered, frames.max), (3, 0, Some(920.0)));
}

#[test]
fn presentation_and_pixels_are_told_apart() {
    let collector = collector((0, 10_000), 1);
    let meter = collector.meter(0, at(0), true);
    meter.packet(&frame(at(0), 0, 0));
    meter.commanded("hands", None, Some(1), at(1_000), at(1_000));
    meter.packet(&frame_with(at(1_020), 1, 1, at(1_000)));
    let shown = seaglass::stats::FrameTrace {
        epoch: seaglass::media::Epoch(1),
        sequence: 1,
        input: echo(1, at(1_000)),
        last_byte: Some(at(1_020)),
        unbuffered: Some(at(1_030)),
        decoded: Some(at(1_032)),
        chosen: Some(at(1_040)),
        presented: Some(at_us(1_048_500)),
        ..Default::default()
    };
    meter.presented(&shown);
    meter.pixels(1, at_us(1_048_500));
    // Pixels that never come are told as unanswered, for there have been some.
    meter.commanded("hands", None, Some(2), at(2_000), at(2_000));
    meter.packet(&frame_with(at(2_020), 2, 2, at(2_000)));
    meter.presented(&seaglass::stats::FrameTrace {
        sequence: 2,
        input: echo(2, at(2_000)),
        presented: Some(at(2_040)),
        ..shown
    });
    meter.closing(at(3_000));
    let recording = finish(&collector, 3_000);
    let present = figures(&recording, Metric::CmdToPresent);
    assert_eq!((present.n, present.unanswered, present.min, present.max), (2, 0, Some(40.0), Some(48.5)));
    let pixels = figures(&recording, Metric::CmdToPixels);
    assert_eq!((pixels.n, pixels.unanswered, pixels.min, pixels.max), (2, 1, Some(48.5), Some(1_000.0)));
    for (metric, ms) in
        [(Metric::Buffer, 10.0), (Metric::Decode, 2.0), (Metric::Wait, 8.0), (Metric::Present, 8.5), (Metric::Client, 28.5)]
    {
        assert_eq!(figures(&recording, metric).min, Some(ms), "{}", metric.name());
    }
    assert_eq!(recording.frames[1].presented_us, Some(1_048_500));
    assert_eq!(recording.commands[0].pixels_us, Some(1_048_500));
}

#[test]
fn samples_count_where_they_began() {
    let collector = collector((1_000, 2_000), 0);
    let meter = collector.meter(0, at(0), false);
    meter.packet(&frame(at(0), 0, 0));
    for (input, due) in [(1, 999), (2, 1_000), (3, 1_999), (4, 2_000)] {
        meter.commanded("hands", None, Some(input), at(due), at(due));
        meter.packet(&frame_with(at(due + 500), u64::from(input), input, at(due)));
    }
    meter.closing(at(4_000));
    meter.closed(at(4_500), SessionOutcome::Completed);
    let recording = finish(&collector, 5_000);
    assert_eq!(figures(&recording, Metric::CmdToFrame).n, 2);
    assert_eq!(value(&recording, Scalar::Commands), Some(2.0));
    assert_eq!(figures(&recording, Metric::Ttff).n, 1, "a session begins once, and warming up is what it does then");
    assert_eq!(figures(&recording, Metric::Close).max, Some(500.0));
}

#[test]
fn a_server_that_answers_no_more_shows_while_it_does_not() {
    let collector = collector((0, 60_000), 0);
    let meter = collector.meter(0, at(0), false);
    meter.packet(&frame(at(0), 0, 0));
    for n in 0..2_000_u64 {
        meter.commanded("hands", None, Some(n as u32 + 1), at(n * 10), at(n * 10));
        if n < 1_900 {
            meter.packet(&frame_with(at(n * 10 + 5), n + 1, n as u32 + 1, at(n * 10)));
        }
    }
    let objective = seaglass::measure::Objective::parse("cmd_to_frame:p99 < 100ms").unwrap();
    let report = collector.report_now(at(19_990), &measure_support::run("one"), std::slice::from_ref(&objective));
    let so_far = report.metric(Metric::CmdToFrame).unwrap();
    assert_eq!((so_far.n, so_far.unanswered, so_far.max), (2_000, 100, Some(990.0)));
    assert!(objective.fails_early(&report).is_some());
    meter.packet(&frame_with(at(20_000), 1_901, 2_000, at(19_990)));
    let recording = finish(&collector, 20_000);
    assert_eq!(figures(&recording, Metric::CmdToFrame).unanswered, 0, "and what was answered after all counts once");
    assert_eq!(figures(&recording, Metric::CmdToFrame).n, 2_000);
}

/// HO-14: what hands wait for a stream is in their latency, and is no lag of this side: that tells whether the harness kept its schedule.
#[test]
fn waiting_for_a_stream_is_no_lag_of_this_side() {
    let collector = collector((0, 10_000), 0);
    let meter = collector.meter(0, at(0), false);
    meter.packet(&frame(at(0), 0, 0));
    meter.commanded_late(Some(1), at(1_000), at(1_001), at(1_700));
    meter.packet(&frame_with(at(1_750), 1, 1, at(1_700)));
    meter.commanded_late(None, at(2_000), at(2_002), at(4_000));
    meter.closing(at(4_000));
    let recording = finish(&collector, 5_000);
    assert_eq!(figures(&recording, Metric::SendLag).max, Some(2.0));
    let corrected = figures(&recording, Metric::CmdToFrame);
    assert_eq!((corrected.n, corrected.min, corrected.max, corrected.unanswered), (2, Some(750.0), Some(2_000.0), 1));
}
