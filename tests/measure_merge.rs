//! Runs of many machines as one: nothing counts twice, what does not fit is refused, and the whole is what one machine would have
//! measured.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod measure_support;

use measure_support::{rich, value};
use seaglass::measure::{Metric, Recording, Report, Scalar};

/// The sessions of a plan in two halves, and all of them on one machine.
fn halves() -> (Recording, Recording, Recording) {
    (rich("left", 0..5, 0), rich("right", 5..12, 0), rich("whole", 0..12, 0))
}

#[test]
fn two_halves_have_the_distributions_of_the_whole() {
    let (left, right, whole) = halves();
    for (one, other) in [(&left, &right), (&right, &left)] {
        let merged = Recording::merge(vec![one.clone(), other.clone()]).unwrap();
        assert_eq!(merged.spreads.keys().collect::<Vec<_>>(), whole.spreads.keys().collect::<Vec<_>>());
        for (metric, spread) in &whole.spreads {
            let ours = &merged.spreads[metric];
            assert_eq!((ours.above(), ours.below()), (spread.above(), spread.below()), "{}", metric.name());
            assert_eq!((ours.min(), ours.mean(), ours.unanswered()), (spread.min(), spread.mean(), spread.unanswered()));
            assert_eq!(ours, spread, "{}", metric.name());
        }
        for scalar in [
            Scalar::Sessions,
            Scalar::SessionsCompleted,
            Scalar::SessionsFailed,
            Scalar::Frames,
            Scalar::FramesPresented,
            Scalar::Fps,
            Scalar::FpsLow,
            Scalar::Goodput,
            Scalar::Freezes,
            Scalar::FrozenPct,
            Scalar::Reconnects,
            Scalar::FramesLostPerReconnect,
            Scalar::Commands,
            Scalar::WorldSeconds,
            Scalar::Credits,
        ] {
            assert_eq!(value(&merged, scalar), value(&whole, scalar), "{}", scalar.name());
        }
        assert_eq!(merged.errors, whole.errors);
        let steps = |recording: &Recording| -> Vec<(u64, u64, u64, Option<f64>)> {
            let step = |row: &seaglass::measure::StepRow| (row.at_us, row.frames, row.cuts, row.cmd_max);
            recording.course.iter().map(step).collect()
        };
        assert_eq!(steps(&merged), steps(&whole));
    }
}

#[test]
fn machines_add_up_and_the_largest_process_stays_the_largest() {
    let (left, right, _) = halves();
    let merged = Recording::merge(vec![left.clone(), right.clone()]).unwrap();
    assert_eq!(merged.course[3].sessions, left.course[3].sessions + right.course[3].sessions);
    assert_eq!(value(&merged, Scalar::CpuCores), Some(0.6));
    assert_eq!(value(&left, Scalar::CpuCores), Some(0.3));
    assert_eq!(value(&merged, Scalar::Memory), Some(50.0));
    assert_eq!(merged.course[3].cpu_cores, Some(0.6));
}

#[test]
fn sessions_are_numbered_anew_and_what_belongs_to_them_follows() {
    let merged = Recording::merge(vec![rich("left", 0..3, 2), rich("right", 0..3, 2)]).unwrap();
    assert_eq!(merged.sessions.iter().map(|row| row.session).collect::<Vec<_>>(), [0, 1, 2, 3, 4, 5]);
    for session in [0, 1, 3, 4] {
        assert_eq!(
            merged.frames.iter().filter(|row| row.session == session).count() as u64,
            merged.sessions[session as usize].frames
        );
    }
    assert_eq!(
        merged.marks.iter().filter(|mark| mark.kind == "reconnect").filter_map(|mark| mark.session).collect::<Vec<_>>(),
        [0, 2, 3, 5]
    );
    assert_eq!(merged.marks.iter().filter(|mark| mark.kind == "fault").count(), 1, "what concerns all of them stands once");
}

#[test]
fn a_run_never_counts_twice_not_even_as_part_of_another() {
    let (left, right, _) = halves();
    let merged = Recording::merge(vec![left.clone(), right.clone()]).unwrap();
    assert_eq!(merged.run.merged, ["left", "right"]);
    assert_ne!(merged.run.id, "left");
    let other_order = Recording::merge(vec![right, left.clone()]).unwrap();
    assert_eq!(other_order.run.id, merged.run.id, "the id says what was merged and not in which order");
    for twice in [vec![left.clone(), left.clone()], vec![merged.clone(), left.clone()], vec![left, merged]] {
        let told = Recording::merge(twice).unwrap_err().to_string();
        assert!(told.contains("the run left is there twice"), "{told}");
    }
    assert!(Recording::merge(Vec::new()).unwrap_err().to_string().contains("nothing to merge"));
}

#[test]
fn runs_that_did_not_do_the_same_do_not_merge() {
    let (left, mut right, _) = halves();
    right.run.configuration.insert("tier".to_owned(), "high".into());
    right.run.configuration.insert("audio".to_owned(), true.into());
    let told = Recording::merge(vec![left.clone(), right.clone()]).unwrap_err().to_string();
    assert!(told.contains("audio is nothing in one and true in the other"), "{told}");
    assert!(told.contains("tier is standard in one and high in the other"), "{told}");
    right.run.configuration = left.run.configuration.clone();
    right.run.window_us.0 = 2_000_000;
    let told = Recording::merge(vec![left, right]).unwrap_err().to_string();
    assert!(told.contains("measured from 2 s on and the run left from 1 s on"), "{told}");
}

/// Three parts of a plan of twelve sessions.
fn parts() -> Vec<Recording> {
    let part = |(n, sessions): (usize, std::ops::Range<u32>)| {
        let mut part = rich(&format!("part {n}"), sessions, 0);
        part.run.configuration.insert("sessions".to_owned(), 12.into());
        part.run.environment.insert("shard".to_owned(), format!("{n}/3").into());
        part
    };
    [0..4, 4..8, 8..12].into_iter().enumerate().map(part).collect()
}

#[test]
fn the_parts_of_a_plan_are_the_whole_plan() {
    let merged = Recording::merge(parts()).unwrap();
    assert_eq!(merged.run.configuration["sessions"], 12, "as the plan has them");
    assert!(!merged.run.environment.contains_key("shard"));
    assert!(merged.end.complete);
    assert_eq!(merged.spreads, rich("whole", 0..12, 0).spreads);
}

#[test]
fn parts_that_are_missing_or_there_twice_are_told() {
    let (mut two, mut twice) = (parts(), parts());
    two.remove(1);
    let merged = Recording::merge(two).unwrap();
    assert!(!merged.end.complete);
    assert!(merged.end.notes.contains(&"parts of the plan are missing: 1/3".to_owned()), "{:?}", merged.end.notes);
    assert_eq!(Recording::merge(vec![merged.clone()]).unwrap().end, merged.end, "one alone stays what it is");
    let whole = Recording::merge(vec![merged, parts().remove(1)]).unwrap();
    assert_eq!(whole.sums.sessions, 12, "and can be added later");
    assert!(whole.end.complete && whole.end.notes == ["a note"], "{:?}", whole.end.notes);
    // The same part of another try.
    twice[1].run.environment.insert("shard".to_owned(), "0/3".into());
    let told = Recording::merge(twice).unwrap_err().to_string();
    assert!(told.contains("the part 0/3 of the plan is there twice"), "{told}");
    let mut mixed = parts();
    mixed[2].run.environment.insert("shard".to_owned(), "2/4".into());
    let told = Recording::merge(mixed).unwrap_err().to_string();
    assert!(told.contains("shards is 3 in one and 4 in the other"), "{told}");
    let mut mixed = parts();
    mixed[2].run.environment.remove("shard");
    assert!(Recording::merge(mixed).unwrap_err().to_string().contains("shards is 3 in one and nothing in the other"));
}

#[test]
fn runs_side_by_side_may_have_other_numbers_of_sessions_and_other_machines() {
    let (mut left, mut right, _) = halves();
    for (part, sessions, cpu) in [(&mut left, 5, "this"), (&mut right, 7, "that")] {
        part.run.configuration.insert("sessions".to_owned(), sessions.into());
        part.run.environment.insert("cpu".to_owned(), cpu.into());
        part.run.overhead_ms.insert(Metric::CmdToFrame, if sessions == 5 { 0.2 } else { 0.3 });
        part.run.objectives = vec!["ttff:p50 < 2s".to_owned()];
    }
    right.end.complete = false;
    let merged = Recording::merge(vec![left, right]).unwrap();
    assert_eq!(merged.run.configuration["sessions"], 12);
    assert_eq!(merged.run.environment["cpu"], "this · that");
    assert_eq!(merged.run.overhead_ms[&Metric::CmdToFrame], 0.3);
    assert_eq!(merged.run.objectives, ["ttff:p50 < 2s"]);
    assert!(!Report::of(&merged, &[]).complete, "a part that was broken off makes the whole incomplete");
    assert_eq!(merged.end.notes.iter().filter(|note| *note == "a note").count(), 1);
}
