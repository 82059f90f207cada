//! Cleaning of text that came from a server: it may be printed to a terminal, so it must not be able to drive one.

/// Longest cleaned text, in characters.
pub(super) const LONGEST: usize = 1000;

/// Longest cleaned raw message of an unknown type, in characters.
pub(super) const LONGEST_RAW: usize = 4000;

/// The text without control characters, escape sequences and invisible direction marks, cut to `most` characters.
///
/// White space of any kind reads as one space. Removed are C0 and C1 controls (ECMA-48; among them ESC and CSI, so that what
/// remains of a sequence is harmless letters) and the bidirectional controls of Unicode (UAX #9), which can make a text read as
/// another.
#[must_use]
pub fn clean(text: &str, most: usize) -> String {
    let mut out = String::with_capacity(text.len().min(most));
    let mut room = most;
    let mut gap = false;
    for c in text.chars() {
        if c.is_whitespace() {
            gap = !out.is_empty();
            continue;
        }
        if c.is_control() || is_invisible(c) {
            continue;
        }
        if room <= usize::from(gap) {
            break;
        }
        if gap {
            out.push(' ');
            room -= 1;
            gap = false;
        }
        out.push(c);
        room -= 1;
    }
    out
}

/// [`clean`] in place, to [`LONGEST`] characters.
pub(super) fn clean_in_place(text: &mut String) {
    *text = clean(text, LONGEST);
}

const fn is_invisible(c: char) -> bool {
    matches!(c, '\u{061c}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_from_a_server_cannot_drive_a_terminal() {
        assert_eq!(clean("\u{1b}[2J\u{1b}]0;owned\u{7}hi\r\nthere\u{9b}31m", 100), "[2J]0;ownedhi there31m");
        assert_eq!(clean("abc\u{202e}fed\u{200b}", 100), "abcfed");
    }

    #[test]
    fn text_from_a_server_is_cut_at_the_bound_counted_in_characters() {
        assert_eq!(clean("äöüß", 3), "äöü");
        assert_eq!(clean("a b", 2), "a");
        assert_eq!(clean("  a  ", 9), "a");
    }
}
