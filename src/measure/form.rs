//! A distribution as text: HDR histograms in base64 (their V2 format, not compressed), whole and by stretches. What comes from a file is
//! checked before memory is taken for it.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hdrhistogram::Histogram;
use hdrhistogram::serialization::{Deserializer, Serializer, V2Serializer};
use serde::{Deserialize, Serialize};

use super::bins::{Bins, LONGEST_US};
use super::spread::{MOST_STRETCHES, Spread, histogram};

/// Cookie of an HDR histogram in the V2 format that is not compressed.
const V2: u32 = 0x1c84_9313;
/// Highest range of one that is read: the next power of two that is told apart behind an hour.
const MOST_HIGH: u64 = 1 << 34;
/// Length of its header: cookie, payload's length, offset, digits, lowest, highest, ratio.
const HEADER: usize = 40;
/// Most bytes of one: each of its counts takes nine at most.
const MOST_BYTES: usize = HEADER + 9 * 26_624;

/// A distribution as it stands in files; values in microseconds.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct SpreadForm {
    /// Samples.
    pub n: u64,
    /// Their sum.
    pub sum_us: i64,
    /// The least; 0 of none.
    pub min_us: i64,
    /// The most; 0 of none.
    pub max_us: i64,
    /// Samples among them that had not ended.
    #[serde(default)]
    pub unanswered: u64,
    /// The bound of each sample's error, where an estimate is in it.
    #[serde(default)]
    pub bound_us: Option<u64>,
    /// Values from 0 up: an HDR histogram of three digits (V2, base64).
    pub above: Option<String>,
    /// Magnitudes of values below 0, likewise.
    #[serde(default)]
    pub below: Option<String>,
    /// By stretches of the window, or by sessions: histograms of two digits.
    #[serde(default)]
    pub blocks: Vec<BlockForm>,
}

/// One stretch.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct BlockForm {
    /// Values from 0 up.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub above: Option<String>,
    /// Magnitudes of values below 0.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub below: Option<String>,
}

impl From<&Spread> for SpreadForm {
    fn from(spread: &Spread) -> Self {
        let block = |bins: &Bins| {
            let side = |negative: bool| {
                let mut histogram = fine(2);
                for (value, count) in bins.signed(negative) {
                    let _ = histogram.record_n(value, u64::from(count));
                }
                (!histogram.is_empty()).then(|| print(&histogram))
            };
            BlockForm { above: side(false), below: side(true) }
        };
        Self {
            n: spread.n,
            sum_us: spread.sum_us,
            min_us: spread.min_us,
            max_us: spread.max_us,
            unanswered: spread.unanswered,
            bound_us: spread.bound_us,
            above: spread.above.as_ref().map(print),
            below: spread.below.as_ref().map(print),
            blocks: spread.stretches.iter().map(block).collect(),
        }
    }
}

impl TryFrom<&SpreadForm> for Spread {
    type Error = String;

    fn try_from(form: &SpreadForm) -> Result<Self, String> {
        if form.blocks.len() > MOST_STRETCHES {
            return Err(format!("{} blocks, and there are {MOST_STRETCHES} at most", form.blocks.len()));
        }
        let whole = |text: &Option<String>| text.as_deref().map(|text| read(text, 3)).transpose();
        let (above, below) = (whole(&form.above)?, whole(&form.below)?);
        let n = [&above, &below].into_iter().flatten().map(Histogram::len).fold(0, u64::saturating_add);
        if n != form.n {
            return Err(format!("it says {} samples, and its histograms hold {n}", form.n));
        }
        if form.unanswered > n || form.min_us > form.max_us {
            return Err("its counts contradict each other".to_owned());
        }
        let block = |block: &BlockForm| -> Result<Bins, String> {
            let mut bins = Bins::default();
            for (text, sign) in [(&block.above, 1), (&block.below, -1)] {
                let Some(text) = text else { continue };
                for step in read(text, 2)?.iter_recorded() {
                    let count = u32::try_from(step.count_at_value()).unwrap_or(u32::MAX);
                    bins.record_n(i64::try_from(step.value_iterated_to()).unwrap_or(LONGEST_US) * sign, count);
                }
            }
            Ok(bins)
        };
        Ok(Self {
            above,
            below,
            n,
            sum_us: form.sum_us,
            min_us: form.min_us.clamp(-LONGEST_US, LONGEST_US),
            max_us: form.max_us.clamp(-LONGEST_US, LONGEST_US),
            unanswered: form.unanswered,
            bound_us: form.bound_us,
            stretches: form.blocks.iter().map(block).collect::<Result<_, _>>()?,
        })
    }
}

/// A histogram in the V2 format, in base64, with the range of an hour whatever it grew to.
fn print(histogram: &Histogram<u64>) -> String {
    let mut whole =
        Histogram::new_with_bounds(1, LONGEST_US.unsigned_abs(), histogram.sigfig()).expect("an hour is a valid range");
    for step in histogram.iter_recorded() {
        whole.saturating_record_n(step.value_iterated_to(), step.count_at_value());
    }
    let mut bytes = Vec::new();
    // A vector takes everything, and the sizes are those of an hour.
    let _ = V2Serializer::new().serialize(&whole, &mut bytes);
    STANDARD.encode(bytes)
}

/// Reads one that has so many digits and reaches an hour at most.
fn read(text: &str, digits: u8) -> Result<Histogram<u64>, String> {
    let broken = |why: &str| format!("a histogram {why}");
    if text.len() > MOST_BYTES.div_ceil(3) * 4 {
        return Err(broken("is longer than any can be"));
    }
    let bytes = STANDARD.decode(text).map_err(|error| broken(&format!("is no base64: {error}")))?;
    let word = |at: usize| bytes.get(at..at + 4).map(|four| u32::from_be_bytes([four[0], four[1], four[2], four[3]]));
    let long = |at: usize| word(at).zip(word(at + 4)).map(|(high, low)| (u64::from(high) << 32) | u64::from(low));
    let header = (word(0), word(4), word(12), long(16), long(24));
    let (Some(cookie), Some(payload), Some(precision), Some(low), Some(high)) = header else {
        return Err(broken("is cut off"));
    };
    // Checked here, because the reader takes as much memory as they say.
    if cookie != V2 || precision != u32::from(digits) || low != 1 || high > MOST_HIGH {
        return Err(broken(&format!("is not in the V2 format of {digits} digits and up to an hour")));
    }
    if payload as usize != bytes.len().saturating_sub(HEADER) {
        return Err(broken("is cut off"));
    }
    let decoded: Histogram<u64> = Deserializer::new()
        .deserialize(&mut bytes.as_slice())
        .map_err(|error| broken(&format!("cannot be read: {error}")))?;
    // Counted anew, so that range and resizing are those of every other.
    let mut fresh = if digits == 3 { histogram() } else { fine(digits) };
    for step in decoded.iter_recorded() {
        let value = step.value_iterated_to().min(LONGEST_US.unsigned_abs());
        fresh.record_n(value, step.count_at_value()).map_err(|error| broken(&format!("cannot be read: {error}")))?;
    }
    Ok(fresh)
}

fn fine(digits: u8) -> Histogram<u64> {
    let mut histogram = Histogram::new_with_bounds(1, 1 << 15, digits).expect("the bounds are constant and valid");
    histogram.auto(true);
    histogram
}
