//! Small words for people: amounts, sizes, times; and links without what is secret about them.

use std::time::Duration;

use serde_json::Value;

use crate::net;

/// Text as a terminal may show it: nothing that it would obey, and no more than so many characters.
pub fn shown(text: &str, most: usize) -> String {
    crate::session::clean(text, most)
}

/// A number without a tail of zeros.
pub fn amount(number: f64) -> String {
    if number.fract() == 0.0 { format!("{number:.0}") } else { format!("{number:.2}") }
}

/// A size, by thousands, as the services count.
pub fn bytes(count: u64) -> String {
    match count {
        0..=999 => format!("{count} B"),
        1_000..=999_999 => format!("{:.0} kB", count as f64 / 1e3),
        1_000_000..=999_999_999 => format!("{:.1} MB", count as f64 / 1e6),
        _ => format!("{:.2} GB", count as f64 / 1e9),
    }
}

/// `1:05`, `1:00:00`.
pub fn clock(duration: Duration) -> String {
    let seconds = duration.as_secs();
    let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    if hours > 0 { format!("{hours}:{minutes:02}:{seconds:02}") } else { format!("{minutes}:{seconds:02}") }
}

/// An answer of a service without what is secret about its links.
pub fn redacted(value: &Value) -> Value {
    match value {
        Value::String(text) => Value::String(link(text)),
        Value::Array(items) => items.iter().map(redacted).collect(),
        Value::Object(members) => members.iter().map(|(name, value)| (name.clone(), redacted(value))).collect(),
        other => other.clone(),
    }
}

/// A link without its query; any other text as it is.
pub fn link(text: &str) -> String {
    let begins = |scheme: &str| text.get(..scheme.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(scheme));
    if begins("http://") || begins("https://") { net::shown(text) } else { text.to_owned() }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn amounts_sizes_and_times_are_short() {
        assert_eq!((amount(400.0), amount(2.5)), ("400".to_owned(), "2.50".to_owned()));
        assert_eq!((bytes(17), bytes(1_200), bytes(5_242_880)), ("17 B".to_owned(), "1 kB".to_owned(), "5.2 MB".to_owned()));
        let times = [5, 65, 3_700].map(|seconds| clock(Duration::from_secs(seconds)));
        assert_eq!(times, ["0:05", "1:05", "1:01:40"]);
    }

    ///
    #[test]
    fn x_9_links_are_shown_without_their_signatures_wherever_they_stand() {
        let raw = json!({ "a": ["https://cdn.example/x.mp4?sig=SECRET"], "b": { "c": "HTTP://me:SECRET@cdn.example/y?k=SECRET#SECRET" }, "n": 3 });
        let shown = redacted(&raw).to_string();
        assert!(!shown.contains("SECRET") && shown.contains("https://cdn.example/x.mp4"), "{shown}");
        assert_eq!(link("what? no link"), "what? no link");
    }
}
