//! Numbers as people read them: three significant digits, as the histograms hold them; what is unknown is N/A and never 0.

use crate::measure::Scalar;

/// What stands for a number that is not known.
pub const UNKNOWN: &str = "N/A";

/// A number with three significant digits and thousands apart: `0.034`, `4.21`, `84.2`, `412`, `1,240`.
#[must_use]
pub fn digits(value: f64) -> String {
    if !value.is_finite() {
        return UNKNOWN.to_owned();
    }
    let magnitude = value.abs();
    let places = match magnitude {
        // A rounding that gains a digit must not keep a place too many: 9.996 is 10.0.
        _ if magnitude == 0.0 => 0,
        _ if magnitude < 0.9995 => 3,
        _ if magnitude < 9.995 => 2,
        _ if magnitude < 99.95 => 1,
        _ => 0,
    };
    let text = format!("{magnitude:.places$}");
    let sign = if value < 0.0 && text.bytes().any(|byte| matches!(byte, b'1'..=b'9')) { "-" } else { "" };
    let (whole, rest) = text.split_once('.').map_or((text.as_str(), None), |(whole, rest)| (whole, Some(rest)));
    let rest = rest.map(|rest| format!(".{rest}")).unwrap_or_default();
    format!("{sign}{}{rest}", grouped(whole))
}

/// A number that may be unknown.
#[must_use]
pub fn cell(value: Option<f64>) -> String {
    value.map_or_else(|| UNKNOWN.to_owned(), digits)
}

/// A value of an axis: as few digits as it needs.
#[must_use]
pub fn tick(value: f64) -> String {
    let text = digits(value);
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
}

/// A number that may be unknown, with its sign.
#[must_use]
pub fn signed(value: Option<f64>) -> String {
    match value {
        Some(value) if value > 0.0 => format!("+{}", digits(value)),
        value => cell(value),
    }
}

/// A count with thousands apart.
#[must_use]
pub fn count(value: u64) -> String {
    grouped(&value.to_string())
}

/// A span in milliseconds with the unit that fits: `84.2 ms`, `1.24 s`.
#[must_use]
pub fn span(ms: Option<f64>) -> String {
    let (number, unit) = span_parts(ms);
    format!("{number}{}{unit}", if unit.is_empty() { "" } else { " " })
}

/// The same in its two parts, for what sets them apart.
#[must_use]
pub fn span_parts(ms: Option<f64>) -> (String, &'static str) {
    match ms {
        None => (UNKNOWN.to_owned(), ""),
        Some(ms) if ms.abs() < 999.5 => (digits(ms), "ms"),
        Some(ms) => (digits(ms / 1e3), "s"),
    }
}

/// Seconds of a moment or a duration: `5 s`, `12.5 s`, `2 min 5 s`.
#[must_use]
pub fn seconds(value: f64) -> String {
    let tenths = (value * 10.0).round() / 10.0;
    let of = |seconds: f64| {
        if seconds.fract() == 0.0 { format!("{seconds:.0} s") } else { format!("{seconds:.1} s") }
    };
    if tenths.abs() < 120.0 {
        return of(tenths);
    }
    let minutes = (value / 60.0).floor();
    let rest = (value - minutes * 60.0).round();
    if minutes >= 120.0 {
        return format!("{:.0} h {:.0} min", (minutes / 60.0).floor(), minutes % 60.0);
    }
    if rest == 0.0 { format!("{minutes:.0} min") } else { format!("{minutes:.0} min {rest:.0} s") }
}

/// A scalar with its unit.
#[must_use]
pub fn scalar(scalar: Scalar, value: Option<f64>) -> String {
    let Some(value) = value else { return UNKNOWN.to_owned() };
    let number = if scalar.is_count() { grouped(&format!("{value:.0}")) } else { digits(value) };
    match scalar.unit() {
        "" => number,
        "%" => format!("{number} %"),
        unit => format!("{number} {unit}"),
    }
}

fn grouped(whole: &str) -> String {
    let mut text = String::with_capacity(whole.len() + whole.len() / 3);
    for (index, digit) in whole.chars().enumerate() {
        if index > 0 && (whole.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_three_significant_digits() {
        for (value, text) in [
            (0.0, "0"),
            (0.034, "0.034"),
            (0.9996, "1.00"),
            (4.214, "4.21"),
            (9.996, "10.0"),
            (84.24, "84.2"),
            (99.96, "100"),
            (412.4, "412"),
            (1240.0, "1,240"),
            (1_234_567.0, "1,234,567"),
            (-37.52, "-37.5"),
            (-0.0001, "0.000"),
            (f64::NAN, "N/A"),
        ] {
            assert_eq!(digits(value), text, "{value}");
        }
    }

    #[test]
    fn what_is_unknown_is_not_zero() {
        assert_eq!(cell(None), "N/A");
        assert_eq!(span(None), "N/A");
        assert_eq!(scalar(Scalar::Freezes, None), "N/A");
        assert_eq!(scalar(Scalar::Freezes, Some(0.0)), "0");
    }

    #[test]
    fn spans_and_moments_have_the_unit_that_fits() {
        assert_eq!(span(Some(84.24)), "84.2 ms");
        assert_eq!(span(Some(1240.0)), "1.24 s");
        assert_eq!((seconds(5.0), seconds(12.54), seconds(125.0)), ("5 s".into(), "12.5 s".into(), "2 min 5 s".into()));
        assert_eq!((seconds(600.0), seconds(7_500.0)), ("10 min".into(), "2 h 5 min".into()));
        assert_eq!(signed(Some(3.0)), "+3.00");
        assert_eq!((tick(20.0), tick(0.25), tick(1200.0)), ("20".into(), "0.25".into(), "1,200".into()));
    }
}
