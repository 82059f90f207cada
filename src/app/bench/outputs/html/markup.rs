//! Text on its way into markup, and the few elements that all sections share.

use std::fmt::Write as _;

use crate::measure::Outcome;
use crate::session::clean;

/// Longest text in the page, in characters: what a server says is not to drown what was measured.
const LONGEST: usize = 400;

/// A text as it may stand between tags and in quoted attributes: nothing in it is markup, nothing invisible is in it.
#[must_use]
pub fn text(raw: &str) -> String {
    let mut out = String::with_capacity(raw.len() + 8);
    for c in clean(raw, LONGEST).chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            '`' => out.push_str("&#96;"),
            c => out.push(c),
        }
    }
    out
}

/// A JSON value of a flat object, as people read it.
#[must_use]
pub fn value(value: &serde_json::Value) -> String {
    match value {
        serde_json::Value::Null => "N/A".to_owned(),
        serde_json::Value::String(words) => text(words),
        other => text(&other.to_string()),
    }
}

/// A name as people read it: `cmd_to_frame` stays, `shared_world` is `shared world`.
#[must_use]
pub fn name(raw: &str) -> String {
    text(&raw.replace('_', " "))
}

/// The class and the mark of an outcome. The mark tells it without the colour.
#[must_use]
pub const fn mark(outcome: Outcome) -> (&'static str, &'static str) {
    match outcome {
        Outcome::None => ("none", "–"),
        Outcome::Pass => ("pass", "✓"),
        Outcome::Insufficient => ("insufficient", "?"),
        Outcome::Fail => ("fail", "✗"),
    }
}

/// What the lines of a chart are: the class of a line and its words.
#[must_use]
pub fn legend(entries: &[(&str, &str)]) -> String {
    let mut out = String::from("<ul class=\"legend\">");
    for (class, words) in entries {
        let mark = if class.starts_with("line") {
            format!("<path class=\"{class}\" d=\"M0 5H20\"/>")
        } else {
            format!("<rect class=\"{class}\" width=\"20\" height=\"10\" rx=\"2\"/>")
        };
        // Writing into a String cannot fail.
        let _ = write!(out, "<li><svg viewBox=\"0 0 20 10\" aria-hidden=\"true\">{mark}</svg>{}</li>", text(words));
    }
    out + "</ul>"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_text_is_markup() {
        assert_eq!(
            text("<script>alert('x')</script> & \"y\" `z`\u{202e}"),
            "&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt; &amp; &quot;y&quot; &#96;z&#96;"
        );
        assert_eq!(text(&"x".repeat(10_000)).len(), LONGEST);
    }
}
