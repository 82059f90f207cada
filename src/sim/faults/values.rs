//! Values of a script as people write them: `250ms`, `1.5Mbit/s`, `2MiB`.

use std::time::Duration;

use crate::media::MediaDelta;

/// Longest time in a script: a day.
const LONGEST: f64 = 86_400.0;

/// Largest offset between tracks: a second of the largest pictures is 40 MiB.
const LONGEST_OFFSET: Duration = Duration::from_secs(1);

/// A time: a number and `us`, `ms`, `s`, `m` or `h`.
pub(super) fn duration(text: &str) -> Option<Duration> {
    let (number, unit) = split(text)?;
    let seconds = number
        * match unit {
            "us" => 1e-6,
            "ms" => 1e-3,
            "s" => 1.0,
            "m" => 60.0,
            "h" => 3600.0,
            _ => return None,
        };
    // Rounded to what a person can mean, so that 29.999s is 29.999 s and not a nanosecond less.
    (seconds <= LONGEST).then(|| Duration::from_micros((seconds * 1e6).round() as u64))
}

/// A time of up to a second, with a sign where it is below zero.
pub(super) fn offset(text: &str) -> Option<MediaDelta> {
    let (time, negative) = text.strip_prefix('-').map_or((text, false), |time| (time, true));
    let time = duration(time).filter(|time| *time <= LONGEST_OFFSET).map(MediaDelta::from_duration)?;
    Some(if negative { -time } else { time })
}

/// Bits a second: a number and `bit/s`, `kbit/s` or `Mbit/s`; at least one thousand.
pub(super) fn rate(text: &str) -> Option<u64> {
    let (number, unit) = split(text)?;
    let bits = number
        * match unit {
            "bit/s" => 1.0,
            "kbit/s" => 1e3,
            "Mbit/s" => 1e6,
            "Gbit/s" => 1e9,
            _ => return None,
        };
    (1e3..=1e11).contains(&bits).then_some(bits.round() as u64)
}

/// Bytes: a number and `B`, `KiB` or `MiB`; at most 64 MiB.
pub(super) fn size(text: &str) -> Option<usize> {
    let (number, unit) = split(text)?;
    let bytes = number
        * match unit {
            "B" => 1.0,
            "KiB" => 1024.0,
            "MiB" => 1024.0 * 1024.0,
            _ => return None,
        };
    (1.0..=64.0 * 1024.0 * 1024.0).contains(&bytes).then_some(bytes.round() as usize)
}

fn split(text: &str) -> Option<(f64, &str)> {
    let end = text.find(|c: char| !c.is_ascii_digit() && c != '.')?;
    let (number, unit) = text.split_at(end);
    let number: f64 = number.parse().ok()?;
    Some((number, unit.trim_start()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_rates_and_sizes_read_as_they_are_written() {
        assert_eq!(duration("29.999s"), Some(Duration::from_millis(29_999)));
        assert_eq!(duration("250ms"), Some(Duration::from_millis(250)));
        assert_eq!(duration("1.5 m"), Some(Duration::from_secs(90)));
        assert_eq!(rate("1.5Mbit/s"), Some(1_500_000));
        assert_eq!(size("2MiB"), Some(2 * 1024 * 1024));
        assert_eq!(offset("-80ms"), Some(MediaDelta::from_millis(-80)));
        assert_eq!((offset("1s"), offset("1.1s"), offset("--1ms")), (Some(MediaDelta::from_millis(1000)), None, None));
        for wrong in ["", "s", "5", "-1s", "1e3s", "5 parsecs", "25h", "1.2.3s", "∞s"] {
            assert_eq!(duration(wrong), None, "{wrong:?}");
        }
        assert_eq!((rate("10bit/s"), rate("1MB/s"), size("0B"), size("1GiB")), (None, None, None, None));
    }
}
