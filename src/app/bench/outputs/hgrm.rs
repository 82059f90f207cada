//! The distributions as an HdrHistogram interval log: one tag for each metric, over the measured window, in microseconds. Each histogram
//! is compressed: readers of such logs take no other. What a metric with a sign has below 0 is under a tag of its own, as magnitudes:
//! these histograms hold nothing below 0.

use std::io::{Error, ErrorKind};
use std::time::{Duration, UNIX_EPOCH};

use hdrhistogram::Histogram;
use hdrhistogram::serialization::V2DeflateSerializer;
use hdrhistogram::serialization::interval_log::{IntervalLogWriterBuilder, Tag};

use super::moments;
use crate::measure::{Metric, Recording};

/// An hour, in microseconds: longer samples count as that.
const LONGEST_US: u64 = 3_600_000_000;

/// The log.
///
/// # Errors
/// What the library says that cannot encode.
pub fn report(recording: &Recording) -> std::io::Result<String> {
    let mut log = Vec::new();
    let mut serializer = V2DeflateSerializer::new();
    let mut builder = IntervalLogWriterBuilder::new();
    builder
        .add_comment("[Histogram log format version 1.3]")
        .add_comment("[seaglass bench: microseconds; the max column is in milliseconds]")
        .with_max_value_divisor(1_000.0);
    if let Some(nanos) = moments::nanos(&recording.run.started) {
        let start = UNIX_EPOCH + Duration::from_nanos(nanos);
        builder.with_start_time(start).with_base_time(start);
    }
    let mut writer = builder.begin_log_with(&mut log, &mut serializer)?;
    let (from, to) = recording.run.window_us;
    let (from, long) = (Duration::from_micros(from), Duration::from_micros(to.saturating_sub(from)));
    let mut write = |tag: &str, histogram: Option<&Histogram<u64>>| -> std::io::Result<()> {
        let Some(histogram) = histogram.filter(|histogram| !histogram.is_empty()) else { return Ok(()) };
        let wrong = |error: &dyn std::fmt::Debug| Error::new(ErrorKind::InvalidData, format!("{error:?}"));
        let histogram = &ranged(histogram).map_err(|error| wrong(&error))?;
        writer.write_histogram(histogram, from, long, Tag::new(tag)).map_err(|error| wrong(&error))
    };
    for metric in Metric::ALL {
        let Some(spread) = recording.spreads.get(&metric) else { continue };
        write(metric.name(), spread.above())?;
        write(&format!("{}_below_0", metric.name()), spread.below())?;
    }
    String::from_utf8(log).map_err(|error| Error::new(ErrorKind::InvalidData, error))
}

/// The same samples in a histogram of always the same range, an hour: how far one has grown depends on its history.
fn ranged(histogram: &Histogram<u64>) -> Result<Histogram<u64>, hdrhistogram::CreationError> {
    let mut ranged = Histogram::new_with_bounds(1, LONGEST_US, histogram.sigfig())?;
    for step in histogram.iter_recorded() {
        ranged.saturating_record_n(step.value_iterated_to(), step.count_at_value());
    }
    Ok(ranged)
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;
    use hdrhistogram::serialization::Deserializer;
    use hdrhistogram::serialization::interval_log::{IntervalLogIterator, LogEntry};

    use super::super::recordings::Made;
    use super::*;

    #[test]
    fn the_usual_tools_read_back_what_was_measured() {
        let recording = Made::default().recording();
        let log = report(&recording).expect("written");
        let mut seen = std::collections::BTreeMap::new();
        for entry in IntervalLogIterator::new(log.as_bytes()) {
            let LogEntry::Interval(interval) = entry.expect("read") else { continue };
            let bytes = STANDARD.decode(interval.encoded_histogram()).expect("base64");
            // Readers of such logs take nothing else: V2 with DEFLATE (HdrHistogram's `decodeFromCompressedByteBuffer`).
            assert_eq!(bytes[..4], 0x1c84_9314_u32.to_be_bytes(), "{}", interval.encoded_histogram());
            let histogram: Histogram<u64> = Deserializer::new().deserialize(&mut bytes.as_slice()).expect("a histogram");
            assert_eq!(interval.start_timestamp(), Duration::from_secs(5));
            assert_eq!(interval.duration(), Duration::from_secs(65));
            assert!((interval.max() * 1e3 - histogram.max() as f64).abs() < 1.0, "the column of maxima is in milliseconds");
            seen.insert(interval.tag().expect("a tag").as_str().to_owned(), histogram);
        }
        let spread = &recording.spreads[&Metric::CmdToFrame];
        assert_eq!(seen["cmd_to_frame"].len(), spread.n());
        assert_eq!(seen["cmd_to_frame"].value_at_quantile(0.9) as f64 / 1e3, spread.quantile(0.9).expect("samples"));
        assert_eq!(seen["av_offset"].len() + seen["av_offset_below_0"].len(), recording.spreads[&Metric::AvOffset].n());
        assert_eq!(log, report(&recording).expect("written"), "the same recording gives the same bytes");
    }
}
