//! Comparisons: how often they cry wolf, what they find, and what they refuse. Synthetic runs from seeds; a failure prints its seed.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod measure_support;

use measure_support::{Random, rich};
use seaglass::measure::{
    Change, CompareError, CompareOptions, Compared, Comparison, Figure, Metric, Report, Scalar, Single, Spread, Subject,
    compare,
};

/// A run of which commands take about `level` ms, with a scatter of 20 %, in 64 stretches that wander by `drift` of the level from
/// one to the next as load on a shared machine does.
fn synthetic(seed: u64, level: f64, drift: f64, each: u32) -> Subject {
    let mut random = Random(seed);
    let mut spread = Spread::default();
    let mut mood = 0.0;
    for stretch in 0..64 {
        mood = 0.7 * mood + drift * random.normal();
        for _ in 0..each {
            let value = level * (1.0 + mood) * (1.0 + 0.2 * random.normal()).max(0.05);
            spread.record(stretch, (value * 1e3) as i64);
        }
    }
    Subject { spreads: [(Metric::CmdToFrame, spread)].into(), ..Subject::default() }
}

fn quick(seed: u64) -> CompareOptions {
    CompareOptions { rounds: 400, seed, ..CompareOptions::default() }
}

fn figure<'a>(comparison: &'a Comparison, metric: &str, stat: &str) -> &'a Compared {
    comparison.figures.iter().find(|figure| figure.metric == metric && figure.stat == stat).unwrap()
}

#[test]
fn a_run_against_itself_is_never_a_regression() {
    for seed in 0..40 {
        let run = synthetic(seed, 50.0, 0.1, 100);
        let comparison = compare(&run, &run, &quick(seed)).unwrap();
        assert_ne!(comparison.outcome, Change::Worse, "seed {seed}");
        assert!(comparison.figures.iter().all(|figure| figure.difference == Some(0.0) && figure.change != Change::Better));
    }
    let recording = rich("one", 0..12, 0);
    let subject = Subject::of(&recording);
    let comparison = compare(&subject, &subject, &quick(1)).unwrap();
    assert_ne!(comparison.outcome, Change::Worse);
    assert_eq!(figure(&comparison, "cmd_to_frame", "p50").change, Change::Same);
    assert_eq!(figure(&comparison, "frames", "count").change, Change::Undecided, "a number of which a run has one");
}

/// Runs of one and the same server that wander by 3 %: a false alarm wants the whole interval beyond 5 %, so that far fewer than the
/// 2.5 % on either side that the confidence allows are told.
#[test]
fn runs_of_the_same_server_are_rarely_told_apart() {
    let (mut worse, mut told) = (0, 0);
    for seed in 0..100 {
        let (one, other) = (synthetic(seed, 50.0, 0.03, 50), synthetic(seed + 10_000, 50.0, 0.03, 50));
        for figure in compare(&one, &other, &quick(seed)).unwrap().figures {
            told += 1;
            worse += u32::from(figure.change == Change::Worse);
        }
    }
    assert_eq!(told, 500);
    assert!(worse <= 5, "{worse} of {told} figures of the same server are told as worse");
}

/// The interval itself holds what it says, without a threshold: the true difference is 0, and lies in nine of ten of the intervals of
/// 95 % at least, though neighbouring stretches resemble each other. Drawn sample by sample it would in fewer than half.
#[test]
fn intervals_cover_the_truth_about_as_often_as_they_say() {
    let covered = (0..200_u64)
        .filter(|seed| {
            let (one, other) = (synthetic(*seed, 50.0, 0.03, 50), synthetic(seed + 10_000, 50.0, 0.03, 50));
            let comparison = compare(&one, &other, &quick(*seed)).unwrap();
            let (low, high) = figure(&comparison, "cmd_to_frame", "p50").interval.unwrap();
            low <= 0.0 && high >= 0.0
        })
        .count();
    assert!((160..=199).contains(&covered), "{covered} of 200 intervals hold the true difference");
}

#[test]
fn a_server_that_is_a_quarter_slower_is_found_and_so_is_a_faster_one() {
    let (mut found, mut faster) = (0, 0);
    for seed in 0..50 {
        let (one, other) = (synthetic(seed, 50.0, 0.03, 50), synthetic(seed + 10_000, 62.5, 0.03, 50));
        found +=
            u32::from(figure(&compare(&one, &other, &quick(seed)).unwrap(), "cmd_to_frame", "p50").change == Change::Worse);
        faster +=
            u32::from(figure(&compare(&other, &one, &quick(seed)).unwrap(), "cmd_to_frame", "p50").change == Change::Better);
    }
    assert!(found >= 48 && faster >= 48, "{found} and {faster} of 50");
}

#[test]
fn a_difference_below_the_noise_is_the_same() {
    let (one, other) = (synthetic(1, 50.0, 0.0, 500), synthetic(2, 50.5, 0.0, 500));
    let comparison = compare(&one, &other, &quick(3)).unwrap();
    let median = figure(&comparison, "cmd_to_frame", "p50");
    assert_eq!(median.change, Change::Same, "{median:?}");
    assert!((median.noise.unwrap() / 2.5 - 1.0).abs() < 0.02, "5 % of 50 ms: {median:?}");
    // Below a millisecond nothing is worth telling, however sure it is.
    let (one, other) = (synthetic(1, 1.0, 0.0, 500), synthetic(2, 1.8, 0.0, 500));
    assert_eq!(figure(&compare(&one, &other, &quick(3)).unwrap(), "cmd_to_frame", "p50").change, Change::Same);
    let strict = CompareOptions { floor_ms: 0.0, noise_pct_of: [(Metric::CmdToFrame, 1.0)].into(), ..quick(3) };
    assert_eq!(figure(&compare(&one, &other, &strict).unwrap(), "cmd_to_frame", "p50").change, Change::Worse);
}

#[test]
fn too_few_samples_or_stretches_decide_nothing() {
    let (few, many) = (synthetic(1, 50.0, 0.0, 2), synthetic(2, 500.0, 0.0, 50));
    let comparison = compare(&few, &many, &quick(1)).unwrap();
    let tail = figure(&comparison, "cmd_to_frame", "p99");
    assert_eq!((tail.change, tail.interval, tail.baseline), (Change::Undecided, None, None));
    assert_eq!(tail.why, "128 samples in the smaller run, and p99 wants 1000");
    assert_eq!(figure(&comparison, "cmd_to_frame", "p50").change, Change::Worse);
    let mut short = Spread::default();
    (0..2_000).for_each(|n| short.record(n % 7, 50_000));
    let short = Subject { spreads: [(Metric::CmdToFrame, short)].into(), ..Subject::default() };
    let comparison = compare(&short, &many, &quick(1)).unwrap();
    assert_eq!(comparison.outcome, Change::Undecided);
    assert!(figure(&comparison, "cmd_to_frame", "p50").why.contains("7 stretches of the window"));
}

#[test]
fn the_same_seed_tells_the_same() {
    let (one, other) = (synthetic(1, 50.0, 0.05, 50), synthetic(2, 55.0, 0.05, 50));
    let told = |seed| compare(&one, &other, &quick(seed)).unwrap();
    assert_eq!(told(5), told(5));
    assert_ne!(told(5), told(6));
}

fn with(scalars: &[(Scalar, f64)]) -> Subject {
    let entry = |(scalar, value): &(Scalar, f64)| {
        let count = scalar.is_count().then_some(*value as u64);
        (scalar.name().to_owned(), Figure::One(Single { count, value: Some(*value) }))
    };
    Subject {
        report: Report { complete: true, metrics: scalars.iter().map(entry).collect(), ..Report::default() },
        ..Subject::default()
    }
}

#[test]
fn the_good_direction_of_a_rate_is_up_and_of_a_fault_down() {
    let steady = with(&[(Scalar::Frames, 24_000.0), (Scalar::Fps, 24.0), (Scalar::Goodput, 2.0), (Scalar::Freezes, 2.0)]);
    let slower = with(&[(Scalar::Frames, 20_000.0), (Scalar::Fps, 20.0), (Scalar::Goodput, 2.5), (Scalar::Freezes, 40.0)]);
    let comparison = compare(&steady, &slower, &quick(1)).unwrap();
    let change = |name: &str, stat: &str| figure(&comparison, name, stat).change;
    assert_eq!((change("fps", "value"), change("goodput", "value")), (Change::Worse, Change::Better));
    assert_eq!(change("freezes", "count"), Change::Worse);
    assert_eq!(comparison.outcome, Change::Worse);
    let few = compare(&with(&[(Scalar::Freezes, 2.0)]), &with(&[(Scalar::Freezes, 4.0)]), &quick(1)).unwrap();
    assert_eq!(few.outcome, Change::Undecided, "two and four rare events are hard to tell apart");
    let leak = compare(&with(&[(Scalar::LeakedSessions, 0.0)]), &with(&[(Scalar::LeakedSessions, 1.0)]), &quick(1)).unwrap();
    assert_eq!(leak.outcome, Change::Worse, "and one world left behind is one too many");
}

#[test]
fn runs_that_did_not_do_the_same_are_refused_with_what_differs() {
    let (mut one, mut other) = (synthetic(1, 50.0, 0.0, 10), synthetic(2, 50.0, 0.0, 10));
    one.report.configuration = [("tier", "high"), ("audio", "on")].map(|(key, value)| (key.to_owned(), value.into())).into();
    other.report.configuration =
        [("tier", "draft"), ("sessions", "5")].map(|(key, value)| (key.to_owned(), value.into())).into();
    let Err(CompareError::Unlike(differences)) = compare(&one, &other, &quick(1)) else { panic!("they were compared") };
    assert_eq!(
        differences,
        [
            "audio is on in one and nothing in the other",
            "sessions is nothing in one and 5 in the other",
            "tier is high in one and draft in the other",
        ]
    );
    other.report.configuration = one.report.configuration.clone();
    other.report.environment = [("cpu".to_owned(), "another".into())].into();
    let comparison = compare(&one, &other, &quick(1)).unwrap();
    assert!(comparison.notes.iter().any(|note| note == "cpu is nothing in one and another in the other"));
    assert!(comparison.notes.iter().any(|note| note.contains("was broken off")));
}

#[test]
fn nonsense_options_are_refused() {
    let run = synthetic(1, 50.0, 0.0, 10);
    for options in [
        CompareOptions { confidence: 1.0, ..quick(1) },
        CompareOptions { confidence: f64::NAN, ..quick(1) },
        CompareOptions { noise_pct: -1.0, ..quick(1) },
        CompareOptions { floor_ms: f64::INFINITY, ..quick(1) },
        CompareOptions { rounds: 0, ..quick(1) },
        CompareOptions { rounds: u32::MAX, ..quick(1) },
    ] {
        assert!(matches!(compare(&run, &run, &options), Err(CompareError::Options(_))), "{options:?}");
    }
}

/// Stretches keep two digits and the whole three: an interval holds what the two runs themselves say.
#[test]
fn a_difference_lies_in_its_own_interval() {
    let steady = |value_us| {
        let mut spread = Spread::default();
        (0..640).for_each(|n| spread.record(n / 10, value_us));
        Subject { spreads: [(Metric::FrameInterval, spread)].into(), ..Subject::default() }
    };
    let comparison = compare(&steady(33_343), &steady(33_375), &quick(1)).unwrap();
    let found = figure(&comparison, "frame_interval", "p50");
    let (difference, (low, high)) = (found.difference.unwrap(), found.interval.unwrap());
    assert!(difference > 0.0 && low <= difference && difference <= high, "{difference} in {low} to {high}");
    assert_eq!(found.change, Change::Same);
}
