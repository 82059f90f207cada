//! What texts are to a service, and what its texts may do here: lengths as services count them, cleaned words, links. No policy.

use url::Url;

/// Longest text of a server that is kept for showing, in characters.
pub(super) const MOST_SHOWN: usize = 500;

/// Longest link that is taken from a server, in bytes. Signed links of the large stores have one to two thousand.
const MOST_LINK: usize = 16 * 1024;

/// Length as the documents count it: Unicode scalar values.
pub(super) fn characters(text: &str) -> usize {
    text.chars().count()
}

/// Length as a service that is written in JavaScript would count it: UTF-16 code units.
pub(super) fn utf16(text: &str) -> usize {
    text.encode_utf16().count()
}

/// A server's text, so that it can neither drive a terminal nor read as another text: white space of any kind is one space; C0 and C1
/// controls (ECMA-48), bidirectional controls (UAX #9) and other invisible marks are left out. Cut to `most` characters.
pub(super) fn clean(text: &str, most: usize) -> String {
    let mut out = String::new();
    let mut room = most;
    let mut gap = false;
    for c in text.chars() {
        if c.is_whitespace() {
            gap = !out.is_empty();
            continue;
        }
        if is_unprintable(c) {
            continue;
        }
        if room <= usize::from(gap) {
            break;
        }
        if std::mem::take(&mut gap) {
            out.push(' ');
            room -= 1;
        }
        out.push(c);
        room -= 1;
    }
    out
}

/// Whether a character acts instead of showing.
pub(super) fn is_unprintable(c: char) -> bool {
    let invisible = matches!(
        c,
        '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
            | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}'
    );
    invisible || c.is_control()
}

/// The user's own text, short enough for a message.
pub(super) fn quoted(text: &str) -> String {
    let shown: String = text.chars().take(60).collect();
    if shown.len() < text.len() { format!("{shown:?}…") } else { format!("{shown:?}") }
}

/// Whether this is a link of http or https to some host, as it stands.
pub(super) fn is_link(text: &str) -> bool {
    let plain = text.len() <= MOST_LINK && !text.chars().any(|c| c.is_whitespace() || is_unprintable(c));
    plain && Url::parse(text).is_ok_and(|url| matches!(url.scheme(), "http" | "https") && url.has_host())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_servers_text_cannot_drive_a_terminal_and_has_a_bound() {
        assert_eq!(clean("\u{1b}[2J\u{9b}31m a \r\n\t b\u{202e}c\u{0}", 99), "[2J31m a bc");
        assert_eq!(clean("äöü ß", 4), "äöü");
        assert_eq!(clean(" \u{feff} ", 4), "");
    }

    #[test]
    fn links_are_of_the_web_and_name_a_host() {
        for link in ["https://cdn.example.com/videos/a.mp4?sig=1%2F2", "http://127.0.0.1:9/x", "HTTPS://example.com"] {
            assert!(is_link(link), "{link}");
        }
        for other in [
            "",
            "ftp://example.com/a",
            "/pics/a.png",
            "a.png",
            "https://",
            "https://a b/",
            "file:///etc/passwd",
            " https://a",
        ] {
            assert!(!is_link(other), "{other}");
        }
    }

    #[test]
    fn lengths_are_counted_in_scalars() {
        assert_eq!((characters("a\u{1f434}"), utf16("a\u{1f434}")), (2, 3));
    }
}
