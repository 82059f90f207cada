//! An arrival trace: which media came when. What a simulation is fed with, generated or recorded; knows no algorithm.
//!
//! As a file it is CSV with a header, one media unit per line in order of arrival:
//! `track,seq,pts_us,dur_us,bytes,key,arrival_us,gen_us`, and where a stream has them `epoch,chunk_index,chunk_len` behind.

use std::fmt::Write as _;

use super::earliest::Earliest;
use super::unit::Unit;
use crate::media::Track;

/// The columns that every file has.
const COLUMNS: [&str; 8] = ["track", "seq", "pts_us", "dur_us", "bytes", "key", "arrival_us", "gen_us"];
/// The columns that a file may have behind them.
const MORE: [&str; 3] = ["epoch", "chunk_index", "chunk_len"];
/// Lines of a file at most: three days of a usual stream.
const MOST_UNITS: usize = 20_000_000;
/// Times beyond this (a year) are no times.
const MOST_US: i64 = 31_536_000_000_000;

/// Units in order of arrival.
#[derive(Clone, Debug)]
pub struct Trace {
    /// What it is called in reports.
    pub name: String,
    /// The units, by arrival.
    pub units: Vec<Unit>,
    /// The earliest possible arrival by media time, which delays are measured from.
    pub earliest: Earliest,
}

/// What is wrong with a trace file, and where.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {reason}")]
pub struct TraceError {
    /// The line, counted from 1.
    pub line: usize,
    /// What is wrong, and what would be right.
    pub reason: String,
}

impl Trace {
    /// Reads a file's text. The earliest possible arrival is estimated from the arrivals themselves.
    ///
    /// # Errors
    /// The first line that does not hold, and why.
    pub fn parse(name: &str, text: &str) -> Result<Self, TraceError> {
        let mut lines = text.lines().enumerate().map(|(index, line)| (index + 1, line.trim_end_matches('\r')));
        let header = lines.next().map_or("", |(_, line)| line.trim_start_matches('\u{feff}'));
        let more = header_of(header).map_err(|reason| TraceError { line: 1, reason })?;
        let mut units: Vec<Unit> = Vec::new();
        for (line, text) in lines {
            if text.trim().is_empty() {
                continue;
            }
            let fault = |reason: String| TraceError { line, reason };
            if units.len() == MOST_UNITS {
                return Err(fault(format!("a trace holds at most {MOST_UNITS} units: cut it")));
            }
            let unit = unit_of(text, &more).map_err(fault)?;
            if let Some(before) = units.last().filter(|before| before.arrival_us > unit.arrival_us) {
                return Err(fault(format!(
                    "arrival_us falls from {} to {}: the lines stand in order of arrival",
                    before.arrival_us, unit.arrival_us
                )));
            }
            units.push(unit);
        }
        if units.is_empty() {
            return Err(TraceError { line: 2, reason: "no unit follows the header".into() });
        }
        let earliest = Earliest::estimate(&units);
        Ok(Self { name: name.into(), units, earliest })
    }

    /// The file's text.
    #[must_use]
    pub fn print(&self) -> String {
        let plain = self.units.iter().all(|unit| unit.epoch == 0 && unit.chunk == (0, 1));
        let mut text = String::with_capacity(64 * self.units.len());
        text.push_str(&COLUMNS.join(","));
        if !plain {
            let _ = write!(text, ",{}", MORE.join(","));
        }
        text.push('\n');
        for unit in &self.units {
            let track = if unit.track == Track::Video { 'v' } else { 'a' };
            let generated = unit.generated_us.map_or(String::new(), |at| at.to_string());
            let (key, bytes) = (u8::from(unit.keyframe), unit.bytes);
            let (seq, pts, dur, at) = (unit.sequence, unit.pts_us, unit.duration_us, unit.arrival_us);
            let _ = write!(text, "{track},{seq},{pts},{dur},{bytes},{key},{at},{generated}");
            if !plain {
                let _ = write!(text, ",{},{},{}", unit.epoch, unit.chunk.0, unit.chunk.1);
            }
            text.push('\n');
        }
        text
    }

    /// When the first unit came, and the last, in microseconds.
    #[must_use]
    pub fn bounds(&self) -> (i64, i64) {
        (self.units.first().map_or(0, |unit| unit.arrival_us), self.units.last().map_or(0, |unit| unit.arrival_us))
    }

    /// Whether any unit is of the track.
    #[must_use]
    pub fn has(&self, track: Track) -> bool {
        self.units.iter().any(|unit| unit.track == track)
    }
}

/// Which of the further columns a header names, or what is wrong with it.
fn header_of(header: &str) -> Result<Vec<&str>, String> {
    let names: Vec<&str> = header.split(',').map(str::trim).collect();
    if names.len() < COLUMNS.len() || names[..COLUMNS.len()] != COLUMNS {
        return Err(format!("the header is not `{}`", COLUMNS.join(",")));
    }
    let more = names[COLUMNS.len()..].to_vec();
    match more.iter().find(|name| !MORE.contains(name)) {
        Some(unknown) => Err(format!("unknown column `{unknown}`: behind gen_us may stand {}", MORE.join(", "))),
        None => Ok(more),
    }
}

fn unit_of(text: &str, more: &[&str]) -> Result<Unit, String> {
    let fields: Vec<&str> = text.split(',').map(str::trim).collect();
    let wanted = COLUMNS.len() + more.len();
    if fields.len() != wanted {
        return Err(format!("{} fields where the header has {wanted}", fields.len()));
    }
    let track = match fields[0] {
        "v" => Track::Video,
        "a" => Track::Audio,
        other => return Err(format!("track is `{other}`: v or a")),
    };
    let keyframe = match fields[5] {
        "0" => false,
        "1" => true,
        other => return Err(format!("key is `{other}`: 0 or 1")),
    };
    let mut unit = Unit {
        track,
        sequence: number("seq", fields[1], 0, i64::MAX)? as u64,
        pts_us: number("pts_us", fields[2], -MOST_US, MOST_US)?,
        duration_us: number("dur_us", fields[3], 0, 60_000_000)?,
        bytes: number("bytes", fields[4], 0, i64::from(u32::MAX))? as u32,
        keyframe,
        arrival_us: number("arrival_us", fields[6], 0, MOST_US)?,
        generated_us: match fields[7] {
            "" => None,
            text => Some(number("gen_us", text, 0, MOST_US)?),
        },
        epoch: 0,
        chunk: (0, 1),
    };
    for (name, text) in more.iter().zip(&fields[COLUMNS.len()..]) {
        match *name {
            "epoch" => unit.epoch = number(name, text, 0, i64::from(u32::MAX))? as u32,
            "chunk_index" => unit.chunk.0 = number(name, text, 0, i64::from(u16::MAX))? as u16,
            _ => unit.chunk.1 = number(name, text, 1, i64::from(u16::MAX))? as u16,
        }
    }
    if unit.chunk.0 >= unit.chunk.1 {
        return Err(format!("chunk_index {} does not lie in a chunk of {}", unit.chunk.0, unit.chunk.1));
    }
    Ok(unit)
}

fn number(name: &str, text: &str, least: i64, most: i64) -> Result<i64, String> {
    let value: i64 = text.parse().map_err(|_| format!("{name} is `{text}`: a whole number"))?;
    if (least..=most).contains(&value) { Ok(value) } else { Err(format!("{name} is {value}: {least} to {most}")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEADER: &str = "track,seq,pts_us,dur_us,bytes,key,arrival_us,gen_us\n";

    fn fault(text: &str) -> String {
        Trace::parse("t", text).expect_err("refused").to_string()
    }

    #[test]
    fn a_trace_is_read_as_it_was_printed() {
        let text = format!("{HEADER}v,0,100,41667,24000,1,500,90\na,0,100,20000,160,1,501,\n");
        let trace = Trace::parse("t", &text).expect("read");
        assert_eq!(trace.print(), text);
        let text = format!("{},epoch,chunk_index,chunk_len\nv,0,100,41667,24000,1,500,90,1,3,4\n", HEADER.trim_end());
        assert_eq!(Trace::parse("t", &text).expect("read").print(), text);
    }

    #[test]
    fn a_malformed_line_is_named_with_its_number_and_a_reason() {
        let line = "v,0,100,41667,24000,1,500,\n";
        let cases = [
            ("", "line 1: the header is not"),
            ("track,seq\n", "line 1: the header is not"),
            (HEADER, "line 2: no unit follows the header"),
            (&format!("{HEADER}{line}x,1,1,1,1,1,501,\n"), "line 3: track is `x`: v or a"),
            (&format!("{HEADER}{line}\nv,1,1,1,1,2,501,\n"), "line 4: key is `2`: 0 or 1"),
            (&format!("{HEADER}{line}v,1,nan,1,1,1,501,\n"), "line 3: pts_us is `nan`: a whole number"),
            (&format!("{HEADER}{line}v,1,1,1,1,1,400,\n"), "line 3: arrival_us falls from 500 to 400"),
            (&format!("{HEADER}v,1,1\n"), "line 2: 3 fields where the header has 8"),
            (&format!("{HEADER}v,1,1,-5,1,1,400,\n"), "line 2: dur_us is -5: 0 to 60000000"),
            (&format!("{},colour\n", HEADER.trim_end()), "line 1: unknown column `colour`"),
        ];
        for (text, expected) in cases {
            assert!(fault(text).starts_with(expected), "{text:?}: {}", fault(text));
        }
    }
}
