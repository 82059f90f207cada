//! Small distributions: what one stretch or one step of a run saw. Keeps two significant digits in the bins of an HDR histogram of two
//! digits, and stores those alone that were hit, so that hundreds of them cost little. Its neighbour `spread` keeps three digits.

/// Longest span that is told apart, in microseconds: an hour. Longer ones count as an hour.
pub(super) const LONGEST_US: i64 = 3_600_000_000;

/// Counts by bin, in the order of their values. At most 2 × 6,656 bins whatever is recorded; usually some dozens.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Bins {
    counts: Vec<(i16, u32)>,
}

impl Bins {
    /// Counts a value, in microseconds. A bin that is full stays full.
    pub(super) fn record(&mut self, value_us: i64) {
        self.record_n(value_us, 1);
    }

    /// Counts a value `n` times.
    pub(super) fn record_n(&mut self, value_us: i64, n: u32) {
        self.bump(code(value_us), n);
    }

    /// Adds what another one counted.
    pub(super) fn add(&mut self, other: &Self) {
        for &(code, count) in &other.counts {
            self.bump(code, count);
        }
    }

    /// How many values.
    pub(super) fn len(&self) -> u64 {
        self.counts.iter().map(|(_, count)| u64::from(*count)).sum()
    }

    /// The values' bins by their middle, in microseconds, with their counts, rising.
    pub(super) fn iter(&self) -> impl Iterator<Item = (f64, u32)> + '_ {
        self.counts.iter().map(|&(code, count)| (middle(code), count))
    }

    /// The magnitudes of those below 0, or of the others, by the lowest of their bin, with their counts.
    pub(super) fn signed(&self, negative: bool) -> impl Iterator<Item = (u64, u32)> + '_ {
        let side = self.counts.iter().filter(move |(code, _)| (*code < 0) == negative);
        side.map(|&(code, count)| (lowest(code).unsigned_abs(), count))
    }

    /// The same of the values' magnitudes.
    pub(super) fn magnitudes(&self) -> Self {
        let mut magnitudes = Self::default();
        for &(code, count) in &self.counts {
            magnitudes.bump(code.abs(), count);
        }
        magnitudes
    }

    /// The value below or at which the share `quantile` (0..=1) lies, in microseconds (nearest rank); `None` of nothing.
    pub(super) fn quantile(&self, quantile: f64) -> Option<f64> {
        let n = self.len();
        let rank = ((quantile * n as f64).ceil() as u64).clamp(1, n.max(1));
        let mut seen = 0;
        self.iter()
            .find(|(_, count)| {
                seen += u64::from(*count);
                seen >= rank
            })
            .map(|(value, _)| value)
    }

    fn bump(&mut self, code: i16, n: u32) {
        match self.counts.binary_search_by_key(&code, |(code, _)| *code) {
            Ok(place) => self.counts[place].1 = self.counts[place].1.saturating_add(n),
            Err(place) => self.counts.insert(place, (code, n)),
        }
    }
}

/// The number of a value's bin: its eight leading bits and how many follow, with its sign.
fn code(value_us: i64) -> i16 {
    let magnitude = value_us.unsigned_abs().min(LONGEST_US.unsigned_abs());
    let shift = (u64::BITS - magnitude.leading_zeros()).saturating_sub(8);
    let code = (shift << 8) as i16 | (magnitude >> shift) as i16;
    if value_us < 0 { -code } else { code }
}

/// The value of a bin that is nearest to 0, in microseconds.
fn lowest(code: i16) -> i64 {
    let magnitude = i64::from(code.unsigned_abs() & 0xff) << (code.unsigned_abs() >> 8);
    if code < 0 { -magnitude } else { magnitude }
}

/// The middle of a bin, in microseconds.
fn middle(code: i16) -> f64 {
    let width = ((1_i64 << (code.unsigned_abs() >> 8)) - 1) as f64;
    let lowest = lowest(code) as f64;
    if code < 0 { lowest - width / 2.0 } else { lowest + width / 2.0 }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn quantiles_are_of_nearest_rank_and_signs_are_kept() {
        let mut bins = Bins::default();
        assert_eq!(bins.quantile(0.5), None);
        for value in [-40_000, -100, 0, 7, 90] {
            bins.record(value);
        }
        assert_eq!(bins.quantile(0.5), Some(0.0));
        assert_eq!(bins.quantile(0.4), Some(-100.0));
        assert_eq!(bins.quantile(1.0), Some(90.0));
        let far = bins.quantile(0.2).unwrap();
        assert!((far / -40_000.0 - 1.0).abs() < 0.004, "{far}");
    }

    #[test]
    fn an_absurd_value_counts_as_an_hour() {
        let mut bins = Bins::default();
        bins.record(i64::MAX);
        bins.record(i64::MIN);
        assert_eq!((bins.len(), bins.counts.len()), (2, 2));
        assert!((bins.quantile(1.0).unwrap() / LONGEST_US as f64 - 1.0).abs() < 0.004);
    }

    proptest! {
        /// Bins are ordered as their values, lie within half a per cent of them, and are those of an HDR histogram of two digits.
        #[test]
        fn a_bin_is_near_its_values(value in -LONGEST_US..=LONGEST_US, other in -LONGEST_US..=LONGEST_US) {
            let off = (middle(code(value)) - value as f64).abs();
            prop_assert!(off <= (value as f64).abs() * 0.004, "{} for {}", middle(code(value)), value);
            prop_assert_eq!(code(lowest(code(value))), code(value));
            if value <= other {
                prop_assert!(code(value) <= code(other));
            }
            let hdr = hdrhistogram::Histogram::<u64>::new_with_bounds(1, LONGEST_US as u64, 2).unwrap();
            prop_assert_eq!(hdr.lowest_equivalent(value.unsigned_abs()), lowest(code(value)).unsigned_abs());
        }
    }
}
