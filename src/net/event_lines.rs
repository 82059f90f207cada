//! The text of Server-Sent Events, taken apart as it comes (WHATWG HTML, section 9.2.6). Bounded: an event that grows beyond its
//! bound is an error, whatever it would have become.

/// One event.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct ServerEvent {
    /// Its name; empty where it has none.
    pub(super) name: String,
    /// Its data, lines joined by line feeds.
    pub(super) data: Vec<u8>,
}

/// An event, or a line of one, is above its bound.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct TooLong;

/// Longest name; a longer one names nothing that is known here, and is cut.
const LONGEST_NAME: usize = 64;

/// What has come of the event that is not complete.
#[derive(Debug)]
pub(super) struct EventLines {
    most: usize,
    line: Vec<u8>,
    event: ServerEvent,
    has_data: bool,
    /// A carriage return ended the last line: a line feed after it belongs to it.
    after_return: bool,
    begun: bool,
}

impl EventLines {
    /// Nothing has come; an event may have so many bytes.
    pub(super) fn new(most: usize) -> Self {
        Self { most, line: Vec::new(), event: ServerEvent::default(), has_data: false, after_return: false, begun: false }
    }

    /// Takes bytes; hands on each event that they complete.
    pub(super) fn push(&mut self, mut bytes: &[u8], mut each: impl FnMut(ServerEvent)) -> Result<(), TooLong> {
        while !bytes.is_empty() {
            if std::mem::take(&mut self.after_return) && bytes[0] == b'\n' {
                bytes = &bytes[1..];
                continue;
            }
            let end = bytes.iter().position(|byte| matches!(byte, b'\n' | b'\r'));
            let part = &bytes[..end.unwrap_or(bytes.len())];
            if self.line.len() + part.len() + self.event.data.len() > self.most {
                return Err(TooLong);
            }
            self.line.extend_from_slice(part);
            let Some(end) = end else { return Ok(()) };
            self.after_return = bytes[end] == b'\r';
            bytes = &bytes[end + 1..];
            if let Some(event) = self.end_of_line() {
                each(event);
            }
        }
        Ok(())
    }

    fn end_of_line(&mut self) -> Option<ServerEvent> {
        let mut line = std::mem::take(&mut self.line);
        if !std::mem::replace(&mut self.begun, true) && line.starts_with("\u{feff}".as_bytes()) {
            line.drain(..3);
        }
        if line.is_empty() {
            let event = std::mem::take(&mut self.event);
            self.line = line;
            return std::mem::take(&mut self.has_data).then_some(event);
        }
        let colon = line.iter().position(|byte| *byte == b':');
        let (field, value) = line.split_at(colon.unwrap_or(line.len()));
        let value = value.strip_prefix(b":").unwrap_or(value);
        let value = value.strip_prefix(b" ").unwrap_or(value);
        match field {
            b"data" => {
                if std::mem::replace(&mut self.has_data, true) {
                    self.event.data.push(b'\n');
                }
                self.event.data.extend_from_slice(value);
            }
            b"event" => {
                self.event.name = String::from_utf8_lossy(&value[..value.len().min(LONGEST_NAME)]).into_owned();
            }
            // Comments begin with a colon, so their field is empty; ids and retry times are the session's own affair.
            _ => {}
        }
        line.clear();
        self.line = line;
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn events(parts: &[&[u8]], most: usize) -> Result<Vec<(String, String)>, TooLong> {
        let mut lines = EventLines::new(most);
        let mut events = Vec::new();
        for part in parts {
            lines.push(part, |event| {
                events.push((event.name, String::from_utf8_lossy(&event.data).into_owned()));
            })?;
        }
        Ok(events)
    }

    fn pair(name: &str, data: &str) -> (String, String) {
        (name.to_owned(), data.to_owned())
    }

    /// HO-9.
    #[test]
    fn events_are_found_however_the_network_cuts_them_and_whatever_ends_a_line() {
        let text = "\u{feff}: hello\r\ndata: {\"a\":1}\r\n\r\nevent: media\ndata:AAEC\nid: 7\n\nevent: x\r\rdata: two\rdata: lines\r\r";
        let expected = vec![pair("", "{\"a\":1}"), pair("media", "AAEC"), pair("", "two\nlines")];
        for size in 1..text.len() {
            let parts: Vec<&[u8]> = text.as_bytes().chunks(size).collect();
            assert_eq!(events(&parts, 1000).unwrap(), expected, "in parts of {size}");
        }
    }

    #[test]
    fn an_event_that_is_not_complete_or_has_no_data_is_none() {
        assert_eq!(events(&[b"data: cut off\n"], 1000).unwrap(), []);
        assert_eq!(events(&[b"event: name alone\n\n\n\n"], 1000).unwrap(), []);
        assert_eq!(events(&[b"data\n\n"], 1000).unwrap(), [pair("", "")]);
    }

    #[test]
    fn an_event_above_its_bound_is_an_error_before_it_is_kept() {
        let long = [b"data: ".as_slice(), &[b'x'; 2000]].concat();
        assert_eq!(events(&[&long], 1000), Err(TooLong));
        let many: Vec<&[u8]> = vec![b"data: 0123456789\n"; 200];
        assert_eq!(events(&many, 1000), Err(TooLong));
        assert_eq!(events(&[&long], 4000).unwrap(), []);
    }
}
