//! How data is printed: for people, as JSON, or as JSON line by line. Nothing that a server said reaches a terminal unclean.

use serde::Serialize;

use super::args::OutputFormat;

/// Prints a list: an array, or one line each.
pub fn list<T: Serialize>(items: &[T], output: OutputFormat, line: impl FnMut(&T)) {
    match output {
        OutputFormat::Json => println!("{}", pretty(&items)),
        OutputFormat::Jsonl => items.iter().for_each(|item| println!("{}", compact(item))),
        OutputFormat::Text => items.iter().for_each(line),
    }
}

/// Prints one thing.
pub fn one<T: Serialize>(item: &T, output: OutputFormat, line: impl FnMut(&T)) {
    match output {
        OutputFormat::Json => println!("{}", pretty(item)),
        OutputFormat::Jsonl | OutputFormat::Text => list(std::slice::from_ref(item), output, line),
    }
}

/// Text as a terminal may show it: nothing that it would obey, and no more than so many characters.
pub fn shown(text: &str, most: usize) -> String {
    crate::session::clean(text, most)
}

/// JSON as a terminal may show it. Its printer leaves DEL, the controls of ISO 6429 and those of direction as they are.
fn plain(json: String) -> String {
    let obeyed = |c: char| {
        (c.is_control() && c != '\n')
            || matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    if !json.contains(obeyed) {
        return json;
    }
    let escaped = |c: char| if obeyed(c) { format!("\\u{:04x}", u32::from(c)) } else { c.to_string() };
    json.chars().map(escaped).collect()
}

/// JSON over several lines.
pub fn pretty(value: &impl Serialize) -> String {
    plain(
        serde_json::to_string_pretty(value)
            .unwrap_or_else(|_| unreachable!("what is printed holds nothing JSON cannot say")),
    )
}

/// JSON in one line.
pub fn compact(value: &impl Serialize) -> String {
    plain(serde_json::to_string(value).unwrap_or_else(|_| unreachable!("what is printed holds nothing JSON cannot say")))
}
