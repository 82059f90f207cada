//! What the figures of a whole run do not tell: how fast delay comes back after a stall, and how far it strays. From the log of a
//! run and its trace; plays nothing.

use serde_json::{Value, json};

use crate::lab::{Log, Trace};

/// Nothing arrives for so long: a stall, in microseconds.
const STALL_US: i64 = 900_000;
/// The delay before a stall is the median of so long, in microseconds …
const BEFORE_US: f64 = 5e6;
/// … and it is back when it has come to within this of it …
const BACK_US: f32 = 10_000.0;
/// … and stays there for so long.
const STAYS_US: f64 = 500e3;

/// Of each stall of the trace: how long it was, and how long after its end sound and pictures were back; `null` where they were not
/// before the next.
#[must_use]
pub fn recovery(trace: &Trace, log: &Log) -> Value {
    let mut stalls: Vec<(f64, f64)> = Vec::new();
    for pair in trace.units.windows(2) {
        if pair[1].arrival_us - pair[0].arrival_us >= STALL_US {
            stalls.push((pair[0].arrival_us as f64, pair[1].arrival_us as f64));
        }
    }
    let told = stalls.iter().enumerate().map(|(index, (from, end))| {
        let until = stalls.get(index + 1).map_or(f64::INFINITY, |next| next.0);
        let audio = back(&log.audio_path, *from, *end, until).map(|(at, _)| round((at - end) / 1e6));
        let pictures = back(&log.video_path, *from, *end, until).map(|(_, count)| count);
        json!({ "stall_s": round((end - from) / 1e6), "audio_s": audio, "pictures": pictures })
    });
    told.collect()
}

/// The most by which the sound's delay was off its median, in milliseconds.
#[must_use]
pub fn swing_ms(log: &Log) -> Option<f64> {
    let mut delays = log.audio_delays.clone();
    delays.sort_unstable_by(f32::total_cmp);
    let median = *delays.get(delays.len() / 2)?;
    Some(round(f64::from((median - delays.first()?).max(delays.last()? - median)) / 1e3))
}

/// When the delay is back, and how many entries of the path from the stall's end on it took.
fn back(path: &[(f64, f32)], from: f64, end: f64, until: f64) -> Option<(f64, usize)> {
    let place = |at: f64| path.partition_point(|(moment, _)| *moment < at);
    let mut before: Vec<f32> = path[place(from - BEFORE_US)..place(from)].iter().map(|(_, delay)| *delay).collect();
    before.sort_unstable_by(f32::total_cmp);
    let level = *before.get(before.len() / 2)? + BACK_US;
    let after = &path[place(end)..place(until)];
    let mut since: Option<usize> = None;
    for (index, (at, delay)) in after.iter().enumerate() {
        if *delay > level {
            since = None;
            continue;
        }
        let first = *since.get_or_insert(index);
        if at - after[first].0 >= STAYS_US {
            return Some((after[first].0, first + 1));
        }
    }
    None
}

fn round(value: f64) -> f64 {
    (value * 1e3).round() / 1e3
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_way_back_is_counted_from_the_end_of_the_stall_to_where_the_delay_stays() {
        // 20 ms before; after the stall 300 ms, a glimpse of 20 ms, and from 2.0 s on for good.
        let mut path: Vec<(f64, f32)> = (0..500).map(|n| (n as f64 * 10e3, 20e3)).collect();
        let end = 6e6;
        let delay = |n: usize| if n == 50 || n >= 200 { 20e3 } else { 300e3 };
        path.extend((0..400).map(|n| (end + n as f64 * 10e3, delay(n))));
        assert_eq!(back(&path, 5e6, end, f64::INFINITY), Some((end + 2e6, 201)));
        assert_eq!(back(&path, 5e6, end, end + 1.9e6), None);
    }
}
