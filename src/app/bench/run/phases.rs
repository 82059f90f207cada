//! What the steps of a sweep, and the slope and the top of a ramp, have to say for themselves: a line each, from the course of the run.

use std::time::Duration;

use super::plan::Plan;
use crate::app::scenario::Profile;
use crate::measure::StepRow;

/// A line for each phase; nothing where the profile has none.
#[must_use]
pub fn notes(plan: &Plan, course: &[StepRow]) -> Vec<String> {
    if !matches!(plan.shape.profile, Profile::Sweep | Profile::Ramp) {
        return Vec::new();
    }
    let micros = |time: Duration| u64::try_from(time.as_micros()).unwrap_or(u64::MAX);
    let of = |phase: &super::profile::Phase| {
        // Its sessions have yet to come: what is said of it is said of the rest.
        let from = micros(phase.at + (phase.until - phase.at) / 4);
        let until = micros(phase.until);
        let rows: Vec<&StepRow> =
            course.iter().filter(|row| row.at_us >= from && row.at_us + row.span_us <= until).collect();
        told(&phase.name, &rows)
    };
    plan.phases.iter().filter_map(of).collect()
}

fn told(name: &str, rows: &[&StepRow]) -> Option<String> {
    let seconds = rows.iter().map(|row| row.span_us).sum::<u64>() as f64 / 1e6;
    if seconds <= 0.0 {
        return None;
    }
    let session_seconds: f64 = rows.iter().map(|row| row.span_us as f64 / 1e6 * f64::from(row.sessions)).sum();
    let frames: u64 = rows.iter().map(|row| row.frames).sum();
    let bytes: u64 = rows.iter().map(|row| row.bytes).sum();
    let most = |of: fn(&StepRow) -> Option<f64>| rows.iter().filter_map(|row| of(row)).reduce(f64::max);
    let middle = |of: fn(&StepRow) -> Option<f64>| {
        let mut values: Vec<f64> = rows.iter().filter_map(|row| of(row)).collect();
        values.sort_by(f64::total_cmp);
        values.get(values.len() / 2).copied()
    };
    let ms = |value: Option<f64>| value.map_or_else(|| "N/A".to_owned(), |value| format!("{value:.1} ms"));
    let rate = if session_seconds > 0.0 { format!("{:.1}", frames as f64 / session_seconds) } else { "N/A".to_owned() };
    let cpu = middle(|row| row.cpu_cores).map_or_else(|| "N/A".to_owned(), |cores| format!("{cores:.2}"));
    Some(format!(
        "{name} (without its first quarter): {rate} frames/s each, {:.1} Mbit/s, frame interval {} (longest {}), command to frame {} \
         (longest {}), {} freezes, {cpu} cores",
        bytes as f64 * 8.0 / 1e6 / seconds,
        ms(middle(|row| row.interval_p50)),
        ms(most(|row| row.interval_max)),
        ms(middle(|row| row.cmd_p50)),
        ms(most(|row| row.cmd_max)),
        rows.iter().map(|row| row.freezes).sum::<u64>(),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_phase_is_told_by_its_own_part_of_the_course() {
        let row = |at: u64, frames| StepRow {
            at_us: at * 1_000_000,
            span_us: 1_000_000,
            sessions: 2,
            frames,
            bytes: 250_000,
            interval_p50: Some(33.0),
            ..StepRow::default()
        };
        let rows = [row(0, 60), row(1, 60)];
        let told = told("step 1 of 2: 2 sessions", &rows.iter().collect::<Vec<_>>()).unwrap();
        for words in ["step 1 of 2", "30.0 frames/s each", "2.0 Mbit/s", "33.0 ms", "command to frame N/A"] {
            assert!(told.contains(words), "{words:?} is not in {told}");
        }
        assert_eq!(super::told("none", &[]), None);
    }
}
