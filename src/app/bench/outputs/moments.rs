//! The wall clock's moments in reports.

/// Nanoseconds since the beginning of 1970 of a moment as RFC 3339 writes it; `None` of what is none, or lies before.
#[must_use]
pub fn nanos(moment: &str) -> Option<u64> {
    let moment: jiff::Timestamp = moment.parse().ok()?;
    u64::try_from(moment.as_nanosecond()).ok()
}

/// The same for people, to the second; what is no moment stays as it is.
#[must_use]
pub fn short(moment: &str) -> String {
    let read: Result<jiff::Timestamp, _> = moment.parse();
    read.map_or_else(|_| moment.to_owned(), |moment| moment.strftime("%Y-%m-%d %H:%M:%S UTC").to_string())
}

#[cfg(test)]
mod tests {
    #[test]
    fn people_read_moments_to_the_second() {
        assert_eq!(super::short("2026-11-23T02:09:24.667497353Z"), "2026-11-23 02:09:24 UTC");
        assert_eq!(super::short("yesterday"), "yesterday");
    }
}
