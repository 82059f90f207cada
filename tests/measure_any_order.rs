//! Whatever is told to a meter, in whatever order and at whatever moments, nothing panics, nothing is negative or more than all, and
//! what comes out is a trace that reads back.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod cases;
mod measure_support;

use std::time::Duration;

use measure_support::{at, at_us, collector, finish, frame, sound};
use proptest::prelude::*;
use seaglass::measure::{Figure, Meter, Recording, Report, SessionOutcome};
use seaglass::media::{DropCause, DropCounts, Epoch, InputEcho, MediaDelta, MediaTime, Monotonic, Packet, ServerStages};
use seaglass::stats::FrameTrace;

#[derive(Clone, Debug)]
struct Told {
    what: u8,
    at: Monotonic,
    earlier: Monotonic,
    number: u32,
    wild: i64,
}

fn told() -> impl Strategy<Value = Told> {
    let moment = || {
        prop_oneof![
            20 => (0_u64..12_000_000).prop_map(at_us),
            1 => Just(Monotonic::ZERO),
            1 => Just(Monotonic::from_nanos(u64::MAX)),
        ]
    };
    let number = prop_oneof![10 => 0_u32..20, 1 => Just(u32::MAX)];
    let wild = prop_oneof![10 => -100_000_i64..100_000, 1 => Just(i64::MIN), 1 => Just(i64::MAX)];
    (0_u8..24, moment(), moment(), number, wild).prop_map(|(what, at, earlier, number, wild)| Told {
        what,
        at,
        earlier,
        number,
        wild,
    })
}

fn tell(meter: &Meter, told: &Told) {
    let Told { what, at, earlier, number, wild } = *told;
    let unsigned = wild.unsigned_abs();
    let id = format!("c{}", number % 5);
    let echo = InputEcho { id: number, issued_us: earlier.as_micros() };
    match what {
        0 => meter.created(at),
        1 => meter.connected(at),
        2 => meter.running(at),
        3..8 => {
            let mut packet = Packet {
                epoch: Epoch(number % 3),
                pts: MediaTime::from_micros(wild),
                duration: MediaDelta::from_micros(wild),
                input: (number % 2 == 0).then_some(echo),
                server: ServerStages {
                    generated_us: Some(unsigned),
                    sent_us: Some(unsigned / 2 + 9),
                    render: Some(Duration::MAX),
                    encode: None,
                },
                ..frame(at, u64::from(number), 0)
            };
            packet.arrival.first_byte = earlier;
            meter.packet(&packet);
        }
        8 => meter.packet(&sound(at, u64::from(number))),
        9 | 10 => meter.commanded("hands", None, Some(number), earlier, at),
        11 => meter.commanded("hands", None, None, earlier, at),
        12 => meter.commanded("direct", Some(&id), (number % 3 == 0).then_some(number), earlier, at),
        13 => meter.commanded(if number % 2 == 0 { "pause" } else { "resume" }, Some(&id), None, earlier, at),
        14 => meter.rejected("wander", earlier, at),
        15 => meter.acknowledged(
            &id,
            ["applied", "rejected", "duplicate", "?"][number as usize % 4],
            Some(earlier),
            at,
            Some(number),
        ),
        16 => meter.presented(&FrameTrace {
            epoch: Epoch(number % 3),
            input: Some(echo),
            first_byte: Some(earlier),
            last_byte: Some(at),
            chosen: Some(earlier),
            presented: Some(at),
            av_offset: Some(MediaDelta::from_micros(wild)),
            ..FrameTrace::default()
        }),
        17 => meter.pixels(number, at),
        18 => meter.link(at, Duration::from_micros(unsigned), wild, unsigned),
        19 => meter.lost(at, "cut"),
        20 => meter.resumed(at),
        21 => {
            let mut drops = DropCounts::default();
            drops.add(DropCause::Late, unsigned);
            meter.totals(unsigned, &drops);
            meter.concealed(Duration::from_micros(unsigned), Duration::MAX);
            meter.spent(wild as f64, Some(f64::NAN));
            meter.tier(at, ["draft", "high"][number as usize % 2], "why");
            meter.content_offset(at, MediaDelta::from_micros(wild));
        }
        22 => meter.closing(at),
        _ => {
            meter.closed(at, if number % 2 == 0 { SessionOutcome::Leaked } else { SessionOutcome::Completed });
        }
    }
}

proptest! {
    #![proptest_config(cases::config(400))]

    #[test]
    fn anything_may_be_told_in_any_order(
        one in prop::collection::vec(told(), 0..120),
        other in prop::collection::vec(told(), 0..60),
        decoded in any::<bool>(),
    ) {
        let collector = collector((2_000, 10_000), 1);
        for (session, all) in [(0, &one), (1, &other)] {
            let meter = collector.meter(session, at(u64::from(session)), decoded);
            all.iter().for_each(|told| tell(&meter, told));
        }
        collector.machine(at(3_000), Duration::MAX, u64::MAX);
        collector.machine(at(2_000), Duration::ZERO, 0);
        let live = collector.live(at(9_000));
        prop_assert!(live.streaming <= 2 && live.begun == 2);
        let run = measure_support::run("one");
        prop_assert_eq!(collector.report_now(at(9_000), &run, &[]).metrics.len(), 62);
        let recording = finish(&collector, 11_000);
        prop_assert!(recording.course.len() <= 600);
        for (name, figure) in &Report::of(&recording, &[]).metrics {
            match figure {
                Figure::Many(summary) => {
                    prop_assert!(summary.unanswered <= summary.n, "{}", name);
                    let rising = [summary.min, summary.p50, summary.p90, summary.p95, summary.p99, summary.p99_9, summary.max];
                    let told: Vec<f64> = rising.into_iter().flatten().collect();
                    prop_assert!(told.is_sorted(), "{}: {:?}", name, told);
                    prop_assert_eq!(summary.n == 0, told.is_empty());
                    prop_assert!(name.starts_with("av_") || told.iter().all(|value| *value >= 0.0), "{}", name);
                }
                Figure::One(single) => prop_assert!(single.value.is_none_or(|value| value >= 0.0 && value.is_finite()), "{}", name),
            }
        }
        let mut bytes = Vec::new();
        recording.write(&mut bytes).unwrap();
        let again = Recording::read(bytes.as_slice()).unwrap();
        prop_assert_eq!((&again.sessions, &again.spreads, &again.sums), (&recording.sessions, &recording.spreads, &recording.sums));
    }
}
