//! Objectives: what can be written, what is refused before anything is created, and the three outcomes.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod measure_support;

use std::collections::BTreeMap;

use measure_support::rich;
use seaglass::measure::{Figure, Metric, Objective, Outcome, Report, Single, Summary};

fn report(entries: &[(&str, Figure)]) -> Report {
    let metrics = entries.iter().map(|(name, figure)| ((*name).to_owned(), *figure)).collect();
    Report { metrics, ..Report::default() }
}

fn many(n: u64, value: f64) -> Figure {
    let p = |needed| (n >= needed).then_some(value);
    let told = Summary {
        n,
        min: p(1),
        mean: p(1),
        p50: p(1),
        p90: p(10),
        p95: p(20),
        p99: p(1_000),
        p99_9: p(10_000),
        max: p(1),
        ..Summary::default()
    };
    Figure::Many(told)
}

#[test]
fn objectives_read_as_people_write_them() {
    for (text, told) in [
        ("ttff:p95<2s", "ttff:p95 < 2s"),
        ("cmd_to_present:p99 < 100 ms", "cmd_to_present:p99 < 100 ms"),
        (" av_offset : abs_p95 <= 45ms ", "av_offset:abs_p95 <= 45ms"),
        ("av_offset:p50 > -20ms", "av_offset:p50 > -20ms"),
        ("frame_interval:n >= 10_000", "frame_interval:n >= 10_000"),
        ("goodput:value >= 2.5Mbit/s", "goodput:value >= 2.5Mbit/s"),
        ("fps:value>=23.5", "fps:value >= 23.5"),
        ("frozen_pct:value < 1%", "frozen_pct:value < 1%"),
        ("leaked_sessions:count == 0", "leaked_sessions:count == 0"),
        ("network:p50 < 900us", "network:p50 < 900us"),
        ("memory:value < 1GiB", "memory:value < 1GiB"),
    ] {
        assert_eq!(Objective::parse(text).unwrap().to_string(), told);
        assert_eq!(Objective::parse(told).unwrap(), Objective::parse(text).unwrap());
    }
}

#[test]
fn what_nothing_can_mean_is_refused_with_what_could_stand_there() {
    for (text, wanted) in [
        ("", "a comparison is missing"),
        ("ttff:p95 2s", "a comparison is missing"),
        ("ttff < 2s", "a statistic is missing"),
        ("tfff:p95 < 2s", "there is no metric `tfff`; there are create, connect"),
        ("ttff:p98 < 2s", "ttff has no statistic `p98`: min, mean, p50, p90, p95, p99, p99_9, max, n"),
        ("ttff:abs_p95 < 2s", "ttff has no statistic `abs_p95`"),
        ("ttff:count < 2", "no statistic `count`"),
        ("fps:p95 > 20", "fps has no statistic `p95`: value"),
        ("fps:count > 20", "fps has no statistic `count`: value"),
        ("ttff:p95 < 2", "`2` has no unit: write `2ms` or `2s`"),
        ("ttff:p95 < 2%", "`%` is no unit of ttff: it is in ms"),
        ("ttff:p95 < fast", "`fast` is no value"),
        ("ttff:p95 < nan", "`nan` is no value"),
        ("ttff:p95 < 1e999s", "is no unit"),
        ("ttff:p95 < -5ms", "ttff is never below 0"),
        ("ttff:p95 < 0ms", "nothing can keep this"),
        ("freezes:count >= 0", "this says nothing"),
        ("freezes:count < 1.5", "`1.5` is no whole number"),
        ("frozen_pct:value < 200%", "never above 100 %"),
        ("freezes:count < 5ms", "`ms` is no unit here"),
        ("av_offset:abs_p95 < -45ms", "never below 0"),
    ] {
        let told = Objective::parse(text).unwrap_err();
        assert!(told.contains(wanted), "`{text}`: `{told}` does not say `{wanted}`");
        assert!(told.contains(&format!("objective `{text}`")), "{told}");
    }
}

#[test]
fn there_are_three_outcomes() {
    for (text, figure, outcome, why) in [
        ("ttff:p95 < 100ms", many(50, 99.0), Outcome::Pass, "99.000 ms was measured"),
        ("ttff:p95 < 100ms", many(50, 100.0), Outcome::Fail, "100.000 ms was measured"),
        ("ttff:p95 <= 100ms", many(50, 100.0), Outcome::Pass, "100.000 ms was measured"),
        ("ttff:p95 < 100ms", many(19, 1.0), Outcome::Insufficient, "19 samples, and p95 wants 20: lengthen the run"),
        (
            "ttff:p99_9 < 100ms",
            many(9_999, 1.0),
            Outcome::Insufficient,
            "9999 samples, and p99_9 wants 10000: lengthen the run",
        ),
        ("ttff:max < 100ms", many(0, 0.0), Outcome::Insufficient, "there was no sample"),
        ("ttff:n >= 10", many(0, 0.0), Outcome::Insufficient, "there was no sample"),
        ("ttff:n >= 10", many(9, 1.0), Outcome::Fail, "9 was measured"),
    ] {
        let verdict = Objective::parse(text).unwrap().verdict(&report(&[("ttff", figure)]));
        assert_eq!((verdict.outcome, verdict.why.as_str()), (outcome, why), "{text}");
    }
    let single = |count: Option<u64>, value| Figure::One(Single { count, value });
    for (text, name, figure, outcome) in [
        ("freezes:count == 0", "freezes", single(Some(0), Some(0.0)), Outcome::Pass),
        ("freezes:count == 0", "freezes", single(Some(1), Some(1.0)), Outcome::Fail),
        ("freezes:count == 0", "freezes", single(None, None), Outcome::Insufficient),
        ("goodput:value >= 1 Gbit/s", "goodput", single(None, Some(1_000.0)), Outcome::Pass),
        ("goodput:value >= 1 Gbit/s", "goodput", single(None, None), Outcome::Insufficient),
        ("world_seconds:value < 1min", "world_seconds", single(None, Some(60.0)), Outcome::Fail),
    ] {
        assert_eq!(Objective::parse(text).unwrap().verdict(&report(&[(name, figure)])).outcome, outcome, "{text}");
    }
}

#[test]
fn a_miss_outweighs_a_want_of_samples_and_that_outweighs_a_pass() {
    let recording = rich("one", 0..3, 0);
    let outcome = |texts: &[&str]| {
        let objectives: Vec<Objective> = texts.iter().map(|text| Objective::parse(text).unwrap()).collect();
        Report::of(&recording, &objectives).outcome
    };
    let (pass, lack, fail) = ("cmd_to_frame:p50 < 1s", "create:p99 < 1s", "cmd_to_frame:p50 < 1ms");
    assert_eq!(outcome(&[]), Outcome::None);
    assert_eq!(outcome(&[pass]), Outcome::Pass);
    assert_eq!(outcome(&[lack, pass]), Outcome::Insufficient);
    assert_eq!(outcome(&[pass, fail, lack]), Outcome::Fail);
}

#[test]
fn below_three_times_its_own_overhead_a_harness_measures_itself() {
    let overhead: BTreeMap<Metric, f64> = [(Metric::CmdToFrame, 2.0)].into();
    let check = |text: &str| Objective::parse(text).unwrap().check_overhead(&overhead);
    let told = check("cmd_to_frame:p99 < 5.9ms").unwrap_err();
    assert!(told.contains("adds 2.000 ms") && told.contains("6.000 ms"), "{told}");
    for fine in ["cmd_to_frame:p99 < 6ms", "cmd_to_ack:p99 < 1ms", "cmd_to_frame:n > 5", "cmd_to_frame:min > 1ms"] {
        check(fine).unwrap();
    }
}

#[test]
fn a_run_is_broken_off_only_for_what_is_missed_for_good_or_with_enough_samples() {
    let early =
        |text: &str, name: &str, figure: Figure| Objective::parse(text).unwrap().fails_early(&report(&[(name, figure)]));
    assert_eq!(early("ttff:p95 < 100ms", "ttff", many(19, 500.0)), None, "too few to say");
    let told = early("ttff:p95 < 100ms", "ttff", many(20, 500.0)).unwrap();
    assert!(told.contains("`ttff:p95 < 100ms` is missed: 500.000 ms was measured by now"), "{told}");
    assert!(early("ttff:max < 100ms", "ttff", many(1, 500.0)).is_some(), "a maximum does not fall");
    assert_eq!(early("ttff:mean < 100ms", "ttff", many(99, 500.0)), None);
    assert_eq!(early("ttff:n >= 100", "ttff", many(99, 1.0)), None, "more may come");
    let count = |count: u64| Figure::One(Single { count: Some(count), value: Some(count as f64) });
    assert!(early("freezes:count <= 2", "freezes", count(3)).is_some());
    assert_eq!(early("freezes:count <= 2", "freezes", count(2)), None);
    assert_eq!(early("frames:count > 100", "frames", count(3)), None);
    let rate = Figure::One(Single { count: None, value: Some(1.0) });
    assert_eq!(early("fps:value >= 23", "fps", rate), None, "a rate is told at the end");
}
