//! The median of the newest few values, in fixed memory.

use crate::media::MediaDelta;

const KEPT: usize = 31;

/// The newest 31 values.
#[derive(Clone, Debug, Default)]
pub struct Recent {
    values: [i64; KEPT],
    count: u64,
}

impl Recent {
    /// Adds a value; the oldest goes.
    pub fn add(&mut self, value: MediaDelta) {
        self.values[(self.count % KEPT as u64) as usize] = value.as_micros();
        self.count += 1;
    }

    /// The median; `None` of nothing.
    #[must_use]
    pub fn median(&self) -> Option<MediaDelta> {
        let n = usize::try_from(self.count).unwrap_or(KEPT).min(KEPT);
        let mut sorted = self.values;
        let sorted = &mut sorted[..n];
        sorted.sort_unstable();
        sorted.get(n / 2).map(|value| MediaDelta::from_micros(*value))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_forgets_what_is_old() {
        let mut recent = Recent::default();
        assert_eq!(recent.median(), None);
        (0..100).for_each(|value| recent.add(MediaDelta::from_millis(value)));
        assert_eq!(recent.median(), Some(MediaDelta::from_millis(84)));
    }
}
