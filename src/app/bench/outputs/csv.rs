//! Every traced frame, or every traced command, as CSV (RFC 4180): a header, a row each, CRLF. Moments and spans are microseconds;
//! what is unknown is an empty field.

use std::fmt::Display;

use crate::measure::Recording;

/// Frames in the order of arrival.
#[must_use]
pub fn frames(recording: &Recording) -> String {
    let mut table = Table::new(&[
        "session",
        "epoch",
        "sequence",
        "pts_us",
        "bytes",
        "keyframe",
        "input",
        "render_us",
        "encode_us",
        "queue_us",
        "network_us",
        "first_byte_us",
        "last_byte_us",
        "unbuffered_us",
        "decoded_us",
        "chosen_us",
        "presented_us",
        "av_offset_us",
    ]);
    for row in &recording.frames {
        table.known(row.session);
        table.known(row.epoch);
        table.known(row.sequence);
        table.known(row.pts_us);
        table.known(row.bytes);
        table.known(u8::from(row.keyframe));
        table.cell(row.input);
        table.cell(row.render_us);
        table.cell(row.encode_us);
        table.cell(row.queue_us);
        table.cell(row.network_us);
        table.known(row.first_byte_us);
        table.known(row.last_byte_us);
        table.cell(row.unbuffered_us);
        table.cell(row.decoded_us);
        table.cell(row.chosen_us);
        table.cell(row.presented_us);
        table.cell(row.av_offset_us);
        table.end();
    }
    table.text
}

/// Commands in the order in which they were due.
#[must_use]
pub fn commands(recording: &Recording) -> String {
    let mut table = Table::new(&[
        "session",
        "kind",
        "input",
        "due_us",
        "issued_us",
        "sent_us",
        "acknowledged_us",
        "status",
        "reflected_us",
        "presented_us",
        "pixels_us",
    ]);
    for row in &recording.commands {
        table.known(row.session);
        table.known(&row.kind);
        table.cell(row.input);
        table.known(row.due_us);
        table.known(row.issued_us);
        table.cell(row.sent_us);
        table.cell(row.acknowledged_us);
        table.cell(row.status.as_ref());
        table.cell(row.reflected_us);
        table.cell(row.presented_us);
        table.cell(row.pixels_us);
        table.end();
    }
    table.text
}

struct Table {
    text: String,
    begun: bool,
}

impl Table {
    fn new(columns: &[&str]) -> Self {
        Self { text: columns.join(",") + "\r\n", begun: false }
    }

    fn known(&mut self, value: impl Display) {
        self.cell(Some(value));
    }

    fn cell(&mut self, value: Option<impl Display>) {
        if self.begun {
            self.text.push(',');
        }
        self.begun = true;
        let Some(value) = value else { return };
        let value = value.to_string();
        if value.contains(['"', ',', '\r', '\n']) {
            self.text.push('"');
            self.text.push_str(&value.replace('"', "\"\""));
            self.text.push('"');
        } else {
            self.text.push_str(&value);
        }
    }

    fn end(&mut self) {
        self.text.push_str("\r\n");
        self.begun = false;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::measure::{CommandRow, FrameRow};

    #[test]
    fn unknown_is_empty_and_what_would_break_a_row_is_quoted() {
        let recording = Recording {
            frames: vec![FrameRow { sequence: 7, last_byte_us: 9, av_offset_us: Some(-3), ..FrameRow::default() }],
            commands: vec![CommandRow { kind: "a,\"b\"\n".into(), status: Some("applied".into()), ..CommandRow::default() }],
            ..Recording::default()
        };
        let frames = frames(&recording);
        assert_eq!(frames.lines().nth(1), Some("0,0,7,0,0,0,,,,,,0,9,,,,,-3"), "{frames}");
        assert_eq!(frames.lines().next().map(|head| head.split(',').count()), Some(18));
        let commands = commands(&recording);
        assert_eq!(commands.split_once("\r\n").map(|(_, row)| row), Some("0,\"a,\"\"b\"\"\n\",,0,0,,,applied,,,\r\n"));
    }
}
