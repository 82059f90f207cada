//! The raw trace and the JSON report: what is written is what is read, and what is damaged or foreign is refused with the line and the
//! reason.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod cases;
mod measure_support;

use measure_support::rich;
use proptest::prelude::*;
use seaglass::measure::{Document, Metric, Recording, Report, Spread, SpreadForm, Subject};
use serde_json::Value;

fn written(recording: &Recording) -> String {
    let mut bytes = Vec::new();
    recording.write(&mut bytes).unwrap();
    String::from_utf8(bytes).unwrap()
}

fn refusal(text: &str) -> String {
    Recording::read(text.as_bytes()).unwrap_err().to_string()
}

#[test]
fn a_trace_reads_back_as_it_was_written() {
    let recording = rich("one", 0..6, 2);
    assert!(!recording.frames.is_empty() && !recording.commands.is_empty() && !recording.marks.is_empty());
    let text = written(&recording);
    let again = Recording::read(text.as_bytes()).unwrap();
    assert_eq!(again, recording);
    assert_eq!(Report::of(&again, &[]), Report::of(&recording, &[]));
    assert_eq!(written(&again), text);
    let types: std::collections::BTreeSet<String> =
        text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap()["type"].as_str().unwrap().to_owned()).collect();
    let known = [
        "command", "drops", "end", "errors", "frame", "head", "mark", "run", "scalars", "session", "spread", "step", "sums",
    ];
    assert_eq!(types.iter().map(String::as_str).collect::<Vec<_>>(), known, "docs/bench-trace.md lists them");
}

#[test]
fn a_damaged_trace_is_refused_with_its_line_and_the_reason() {
    let text = written(&rich("one", 0..2, 1));
    let lines: Vec<&str> = text.lines().collect();
    let join = |lines: &[&str]| lines.join("\n");
    for (damaged, wanted) in [
        (String::new(), "line 1: this is no raw trace"),
        ("{\"kind\":\"other\",\"schema\":1}".to_owned(), "its kind is `other`"),
        ("# a markdown report".to_owned(), "give the file of `-o trace:FILE`"),
        (text.replacen("\"schema\":1", "\"schema\":9", 1), "has format 9, and this program reads format 1"),
        (join(&lines[..lines.len() - 1]), "ends without its `end` line"),
        (join(&[&lines[..1], &lines[2..]].concat()), "line 2: the `run` line must come before all others"),
        (join(&[&lines[..3], &lines[1..]].concat()), "line 4: a second `run` line"),
        (join(&[&lines[..], &lines[2..3]].concat()), "something follows the `end` line"),
        (
            text.replacen("\"type\":\"session\"", "\"type\":\"voyage\"", 1),
            "line 3: `voyage` is no type of line that format 1 has",
        ),
        (text.replacen("\"due_us\":0", "\"due_us\":\"soon\"", 1), "line 3: invalid type"),
        (
            text.replacen("\"type\":\"frame\"", "\"type\":\"frame", 1),
            "the file is damaged or was edited: record the run again",
        ),
        (text.replacen("\"above\":\"HISTE", "\"above\":\"HISTT", 1), "a histogram"),
        (text.replacen("\"n\":", "\"n\":1", 1), "its histograms hold"),
    ] {
        assert_ne!(damaged, text, "{wanted}");
        let told = refusal(&damaged);
        assert!(told.contains(wanted), "`{told}` does not say `{wanted}`");
    }
    let mut bytes = text.into_bytes();
    bytes[200] = 0xff;
    assert!(Recording::read(bytes.as_slice()).unwrap_err().to_string().contains("line 2: it is no text in UTF-8"));
}

#[test]
fn a_line_without_an_end_takes_no_more_memory_than_the_longest_line() {
    let mut text = written(&rich("one", 0..1, 0));
    text.truncate(text.find("\"type\":\"session\"").unwrap());
    let endless = std::io::Read::chain(text.as_bytes(), std::io::repeat(b'7'));
    let told = Recording::read(std::io::BufReader::new(endless)).unwrap_err().to_string();
    assert!(told.contains("longer than any line"), "{told}");
}

/// Whether two values are the same but for the last digit of a number, which a reader may round.
fn alike(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Object(one), Value::Object(other)) => {
            one.len() == other.len()
                && one.iter().all(|(key, value)| other.get(key).is_some_and(|beside| alike(value, beside)))
        }
        (Value::Array(one), Value::Array(other)) => {
            one.len() == other.len() && one.iter().zip(other).all(|(value, beside)| alike(value, beside))
        }
        (Value::Number(one), Value::Number(other)) => {
            let (one, other) = (one.as_f64().unwrap(), other.as_f64().unwrap());
            (one - other).abs() <= one.abs() * 1e-15
        }
        (one, other) => one == other,
    }
}

#[test]
fn a_json_report_reads_back_with_its_distributions() {
    let recording = rich("one", 0..6, 0);
    let report = Report::of(&recording, &[]);
    let text = Document::of(&recording, &report).print();
    let document = Document::read(&text).unwrap();
    assert_eq!(document.spreads().unwrap(), recording.spreads);
    let (told, read) = (serde_json::to_value(&report).unwrap(), serde_json::to_value(&document.report).unwrap());
    assert!(alike(&told, &read), "{told}\n{read}");
    for subject in [Subject::read(&text).unwrap(), Subject::read(&written(&recording)).unwrap()] {
        assert_eq!((subject.report.id.as_str(), subject.spreads.len()), ("one", recording.spreads.len()));
    }
    for (damaged, wanted) in [
        ("{}".to_owned(), "no JSON report"),
        (text.replace("seaglass-bench", "seaglass-check"), "this is a `seaglass-check`"),
        (text.replace("\"schema\": 1", "\"schema\": 2"), "has format 2"),
    ] {
        let told = Document::read(&damaged).unwrap_err();
        assert!(told.contains(wanted), "`{told}` does not say `{wanted}`");
    }
    let form = document.histograms[&Metric::FrameInterval].above.clone().unwrap();
    let cut = Document::read(&text.replace(&form, &form[..form.len() - 8])).unwrap();
    assert!(cut.spreads().unwrap_err().contains("the histogram of frame_interval is damaged"));
}

#[test]
fn a_histogram_that_claims_more_than_it_has_takes_no_memory() {
    use base64::Engine;
    let engine = base64::engine::general_purpose::STANDARD;
    let forged = |payload: u32, digits: u32, high: u64| {
        let mut bytes = 0x1c84_9313_u32.to_be_bytes().to_vec();
        bytes.extend(payload.to_be_bytes());
        bytes.extend(0_u32.to_be_bytes());
        bytes.extend(digits.to_be_bytes());
        bytes.extend(1_u64.to_be_bytes());
        bytes.extend(high.to_be_bytes());
        bytes.extend(1.0_f64.to_be_bytes());
        SpreadForm { above: Some(engine.encode(bytes)), ..SpreadForm::default() }
    };
    for form in [forged(u32::MAX, 3, 1 << 20), forged(0, 5, 1 << 20), forged(0, 3, u64::MAX)] {
        assert!(Spread::try_from(&form).unwrap_err().starts_with("a histogram"));
    }
    assert_eq!(Spread::try_from(&forged(0, 3, 1 << 20)).unwrap().n(), 0);
}

proptest! {
    #![proptest_config(cases::config(256))]

    /// Whatever is recorded reads back, counts, and stays within its bounds.
    #[test]
    fn distributions_keep_what_they_are_told(
        samples in prop::collection::vec((0_usize..80, -4_000_000_000_i64..4_000_000_000), 0..200),
    ) {
        let mut spread = Spread::default();
        samples.iter().for_each(|(stretch, value)| spread.record(*stretch, *value));
        let form = SpreadForm::from(&spread);
        prop_assert_eq!(&Spread::try_from(&form).unwrap(), &spread);
        prop_assert!(form.blocks.len() <= 64);
        prop_assert_eq!(spread.n(), samples.len() as u64);
        let mut values: Vec<i64> = samples.iter().map(|(_, value)| (*value).clamp(-3_600_000_000, 3_600_000_000)).collect();
        values.sort_unstable();
        prop_assert_eq!(spread.min(), values.first().map(|least| *least as f64 / 1e3));
        prop_assert_eq!(spread.max(), values.last().map(|most| *most as f64 / 1e3));
        for quantile in [0.01, 0.25, 0.5, 0.9, 0.99, 1.0] {
            let Some(told) = spread.quantile(quantile) else { continue };
            let rank = ((quantile * values.len() as f64).ceil() as usize).max(1);
            let exact = values[rank - 1] as f64 / 1e3;
            prop_assert!((told - exact).abs() <= exact.abs() * 0.001 + 0.001, "{} for {} at {}", told, exact, quantile);
        }
    }

    /// Two halves add up to the whole.
    #[test]
    fn distributions_add_up(
        samples in prop::collection::vec((0_usize..64, -90_000_i64..4_000_000_000, any::<bool>()), 0..200),
    ) {
        let (mut whole, mut left, mut right) = (Spread::default(), Spread::default(), Spread::default());
        for (stretch, value, first) in samples {
            whole.record(stretch, value);
            if first { left.record(stretch, value) } else { right.record_unanswered(stretch, value) }
        }
        left.add(&right);
        prop_assert_eq!(left.unanswered(), right.n());
        prop_assert_eq!((left.n(), left.min(), left.max(), left.mean()), (whole.n(), whole.min(), whole.max(), whole.mean()));
        let forms = (SpreadForm::from(&left), SpreadForm::from(&whole));
        prop_assert_eq!((forms.0.above, forms.0.below), (forms.1.above, forms.1.below));
        for (ours, theirs) in forms.0.blocks.iter().zip(&forms.1.blocks) {
            prop_assert_eq!(ours, theirs);
        }
    }

    /// No bytes at all make a panic.
    #[test]
    fn any_text_is_read_or_refused(text in "\\PC*", line in any::<usize>(), place in any::<usize>(), byte in any::<u8>()) {
        let _ = Recording::read(text.as_bytes());
        let _ = Subject::read(&text);
        static TRACE: std::sync::LazyLock<String> = std::sync::LazyLock::new(|| written(&rich("one", 0..1, 0)));
        let mut lines: Vec<Vec<u8>> = TRACE.lines().map(|line| line.as_bytes().to_vec()).collect();
        let line = line % lines.len();
        let place = place % lines[line].len();
        lines[line][place] = byte;
        let _ = Recording::read(lines.join(&b'\n').as_slice());
    }
}
