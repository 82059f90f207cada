//! Values as people write them: durations, sizes.

use std::time::Duration;

/// A duration, or none at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bound(pub Option<Duration>);

/// Reads `250ms`, `10s`, `2m`, `1.5s`; a bare number is seconds.
pub fn duration(text: &str) -> Result<Duration, String> {
    let split = text.find(|c: char| c.is_ascii_alphabetic()).unwrap_or(text.len());
    let (number, unit) = text.split_at(split);
    let scale = match unit {
        "ms" => 1e-3,
        "" | "s" => 1.0,
        "m" | "min" => 60.0,
        "h" => 3600.0,
        _ => return Err(format!("{unit:?} is no unit of time: write ms, s, m or h, as in 250ms or 10s")),
    };
    let number: f64 =
        number.trim().parse().map_err(|_| format!("{text:?} is no duration: write a number and a unit, as in 10s"))?;
    let seconds = number * scale;
    if !(0.0..=86_400.0 * 7.0).contains(&seconds) {
        return Err(format!("{text:?} is outside 0 to 7 days"));
    }
    Ok(Duration::from_secs_f64(seconds))
}

/// As [`duration`], above nothing.
pub fn positive(text: &str) -> Result<Duration, String> {
    match duration(text)? {
        Duration::ZERO => Err("must be above 0; leave it out for none".to_owned()),
        duration => Ok(duration),
    }
}

/// Reads a duration above 0, or `none`.
pub fn bound(text: &str) -> Result<Bound, String> {
    if text == "none" {
        return Ok(Bound(None));
    }
    match duration(text)? {
        Duration::ZERO => Err("a limit of nothing leaves no session: write a duration, or none".to_owned()),
        limit => Ok(Bound(Some(limit))),
    }
}

/// Reads `0/4`: the first of four.
pub fn shard(text: &str) -> Result<(u32, u32), String> {
    let wrong = || format!("{text:?} is no part of a whole: write I/N with I from 0 to N - 1, as in 0/4");
    let (index, of) = text.split_once('/').ok_or_else(wrong)?;
    let (index, of) = (index.parse().map_err(|_| wrong())?, of.parse().map_err(|_| wrong())?);
    if index < of { Ok((index, of)) } else { Err(wrong()) }
}

/// Reads `1280x720`.
pub fn size(text: &str) -> Result<crate::media::Size, String> {
    let wrong = || format!("{text:?} is no size: write WIDTHxHEIGHT, 64x64 to 7680x4320, as in 1280x720");
    let (width, height) = text.split_once('x').ok_or_else(wrong)?;
    let (width, height) = (width.parse().map_err(|_| wrong())?, height.parse().map_err(|_| wrong())?);
    if !(64..=7680).contains(&width) || !(64..=4320).contains(&height) {
        return Err(wrong());
    }
    Ok(crate::media::Size { width, height })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_take_the_usual_units() {
        assert_eq!(duration("250ms"), Ok(Duration::from_millis(250)));
        assert_eq!(duration("1.5s"), Ok(Duration::from_millis(1500)));
        assert_eq!(duration("20"), Ok(Duration::from_secs(20)));
        assert_eq!(duration("2m"), Ok(Duration::from_secs(120)));
        for wrong in ["", "s", "-1s", "10 parsecs", "1e99h", "NaNs"] {
            assert!(duration(wrong).is_err(), "{wrong:?} should not read as a duration");
        }
    }

    #[test]
    fn sizes_have_bounds() {
        assert_eq!(size("640x360"), Ok(crate::media::Size { width: 640, height: 360 }));
        for wrong in ["640", "640x", "x360", "0x0", "99999x10", "640X360x2"] {
            assert!(size(wrong).is_err(), "{wrong:?} should not read as a size");
        }
    }
}
