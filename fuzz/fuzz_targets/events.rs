//! The text of Server-Sent Events: however the network cuts it, it says the same, and it stays within its bound.

#![no_main]

use libfuzzer_sys::fuzz_target;

#[path = "../../src/net/event_lines.rs"]
mod event_lines;

use event_lines::EventLines;

const MOST: usize = 4096;

fn read(parts: impl Iterator<Item = Vec<u8>>) -> (Vec<(String, Vec<u8>)>, bool) {
    let mut lines = EventLines::new(MOST);
    let mut events = Vec::new();
    for part in parts {
        if lines.push(&part, |event| events.push((event.name, event.data))).is_err() {
            return (events, true);
        }
    }
    (events, false)
}

fuzz_target!(|data: &[u8]| {
    let Some((size, text)) = data.split_first() else { return };
    let (whole, too_long) = read(std::iter::once(text.to_vec()));
    assert!(whole.iter().all(|(name, data)| data.len() <= MOST && name.len() <= 3 * 64));
    let (parts, _) = read(text.chunks(usize::from(*size).max(1)).map(<[u8]>::to_vec));
    if !too_long {
        assert_eq!(whole, parts);
    }
});
