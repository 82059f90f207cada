//! Figures as text: a table for people, JSON and CSV for programs. Delay and concealment stand always together.

use std::fmt::Write as _;

use serde_json::Value;

use super::course::Course;
use super::race::Row;

/// A column: what it belongs to, its own name with the unit, where it stands in the figures, and its decimals.
struct Column(&'static str, &'static str, &'static str, usize);

const COLUMNS: &[Column] = &[
    Column("audio delay, ms", "mean", "/audio/delay_ms/mean", 1),
    Column("", "p50", "/audio/delay_ms/p50", 1),
    Column("", "p95", "/audio/delay_ms/p95", 1),
    Column("", "p99", "/audio/delay_ms/p99", 1),
    Column("concealed", "%", "/audio/concealed_pct", 3),
    Column("", "/min", "/audio/events_per_min", 1),
    Column("stretched", "%", "/audio/stretched_pct", 3),
    Column("skipped", "%", "/audio/skipped_pct", 3),
    Column("first", "ms", "/audio/first_ms", 0),
    Column("video delay, ms", "p50", "/video/delay_ms/p50", 1),
    Column("", "p95", "/video/delay_ms/p95", 1),
    Column("", "p99", "/video/delay_ms/p99", 1),
    Column("shown", "%", "/video/shown_pct", 2),
    Column("freezes", "/min", "/video/freezes_per_min", 2),
    Column("first", "ms", "/video/first_ms", 0),
    Column("|A/V|, ms", "p50", "/av_offset_ms/p50_abs", 1),
    Column("", "p99", "/av_offset_ms/p99_abs", 1),
    Column("", "max", "/av_offset_ms/max_abs", 1),
    Column("BT.1359", "out %", "/av_offset_ms/outside_bt1359_pct", 2),
    Column("best fixed", "ms", "/oracle/delay_ms", 1),
    Column("regret, %", "p50", "/oracle/regret_pct", 1),
    Column("", "p95", "/oracle/regret_p95_pct", 1),
];

/// The table for people.
#[must_use]
pub fn text(courses: &[Course], rows: &[Row], seed: u64) -> String {
    let mut text = format!(
        "Layer L0: virtual clock. Seed {seed}. Delays are beyond the earliest possible arrival; a figure that was not measured is a dash.\n\
         A policy model is another program's policy written anew, not its code; an oracle knows the future.\n"
    );
    for (index, course) in courses.iter().enumerate() {
        let rows: Vec<&Value> = rows.iter().filter(|row| row.course == index).map(|row| &row.figures).collect();
        let Some(first) = rows.first() else { continue };
        let (trace, seconds, warm_up) =
            (word(first, "trace"), number(first, "/seconds", 0), number(first, "/warm_up_seconds", 0));
        let _ = writeln!(
            text,
            "\n{trace}  {}: {seconds} s measured, after {warm_up} s of warm-up that are not counted",
            course.title
        );
        text.push_str(&block(&rows, "kind"));
    }
    text
}

/// The lines of some runs. `third`: the word that stands beside algorithm and preset.
#[must_use]
pub fn block(rows: &[&Value], third: &str) -> String {
    let mut table: Vec<Vec<String>> = vec![headings(|column| column.0), headings(|column| column.1)];
    table[1][..3].clone_from_slice(&["algorithm".into(), "preset".into(), third.into()]);
    for row in rows {
        let mut cells = vec![word(row, "algorithm"), word(row, "preset"), word(row, third)];
        cells.extend(COLUMNS.iter().map(|Column(_, _, pointer, places)| number(row, pointer, *places)));
        table.push(cells);
    }
    let mut text = String::new();
    align(&table, &mut text);
    text
}

/// An array with an object per run.
#[must_use]
pub fn json(rows: &[&Value]) -> String {
    let text = serde_json::to_string_pretty(rows).unwrap_or_else(|_| unreachable!("a value is JSON"));
    text + "\n"
}

/// A line per run, with the pointers into the JSON as names of the columns.
#[must_use]
pub fn csv(rows: &[&Value]) -> String {
    let mut text = String::from("trace,algorithm,preset,kind,layer,seed,seconds,warm_up_seconds");
    for Column(_, _, pointer, _) in COLUMNS {
        let _ = write!(text, ",{}", pointer[1..].replace('/', "."));
    }
    text.push('\n');
    for figures in rows {
        let words = ["trace", "algorithm", "preset", "kind", "layer"].map(|name| quoted(&word(figures, name)));
        let _ = write!(text, "{}", words.join(","));
        let plain = ["/seed", "/seconds", "/warm_up_seconds"].into_iter().chain(COLUMNS.iter().map(|column| column.2));
        for pointer in plain {
            let value = figures.pointer(pointer).filter(|value| value.is_number());
            let _ = write!(text, ",{}", value.map_or_else(String::new, Value::to_string));
        }
        text.push('\n');
    }
    text
}

fn headings(of: impl Fn(&Column) -> &'static str) -> Vec<String> {
    [""; 3].into_iter().chain(COLUMNS.iter().map(of)).map(str::to_owned).collect()
}

/// Words to the left, numbers to the right; the first line names groups of columns and may reach over those of its group.
fn align(table: &[Vec<String>], text: &mut String) {
    let (groups, lines) = (&table[0], &table[1..]);
    let mut widths: Vec<usize> =
        (0..groups.len()).map(|column| lines.iter().map(|cells| cells[column].chars().count()).max().unwrap_or(0)).collect();
    let mut begins = 0;
    for column in 1..=groups.len() {
        // A group ends where the next begins: where its name is wider than its columns, the last of them grows.
        if column == groups.len() || !groups[column].is_empty() {
            let width: usize = widths[begins..column].iter().sum::<usize>() + 2 * (column - begins - 1);
            widths[column - 1] += groups[begins].chars().count().saturating_sub(width);
            begins = column;
        }
    }
    let mut line = String::new();
    let mut column = 0;
    while column < groups.len() {
        let end = (column + 1..groups.len()).find(|next| !groups[*next].is_empty()).unwrap_or(groups.len());
        let width: usize = widths[column..end].iter().sum::<usize>() + 2 * (end - column - 1);
        let _ = write!(line, "{:>width$}  ", groups[column]);
        column = end;
    }
    let _ = writeln!(text, "{}", line.trim_end());
    for cells in lines {
        line.clear();
        for (column, (cell, width)) in cells.iter().zip(&widths).enumerate() {
            let _ = if column < 3 { write!(line, "{cell:<width$}  ") } else { write!(line, "{cell:>width$}  ") };
        }
        let _ = writeln!(text, "{}", line.trim_end());
    }
}

fn word(figures: &Value, name: &str) -> String {
    figures[name].as_str().unwrap_or("-").to_owned()
}

/// A figure with so many decimals; a dash where it was not measured.
fn number(figures: &Value, pointer: &str, places: usize) -> String {
    figures.pointer(pointer).and_then(Value::as_f64).map_or_else(|| "-".into(), |value| format!("{value:.places$}"))
}

fn quoted(cell: &str) -> String {
    if cell.contains([',', '"', '\n']) { format!("\"{}\"", cell.replace('"', "\"\"")) } else { cell.to_owned() }
}
