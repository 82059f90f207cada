//! Extremes over a sliding window in fixed memory, by bins. Plain arithmetic; the session clock is built from these.

use crate::media::Monotonic;

/// One extreme per bin over the newest `N` bins; a bin without samples holds none.
#[derive(Clone, Debug)]
pub struct Bins<const N: usize> {
    width_us: u64,
    newest: u64,
    values: [Option<i64>; N],
}

impl<const N: usize> Bins<N> {
    /// Empty bins of a width in microseconds, at least 1.
    #[must_use]
    pub const fn new(width_us: u64) -> Self {
        Self { width_us: if width_us == 0 { 1 } else { width_us }, newest: 0, values: [None; N] }
    }

    /// Forgets everything.
    pub fn clear(&mut self) {
        self.values = [None; N];
    }

    /// Adds a sample to the bin of its moment; `better` says whether the first replaces the second. Samples older than the
    /// window are ignored.
    pub fn add(&mut self, at: Monotonic, value: i64, better: impl FnOnce(i64, i64) -> bool) {
        let bin = at.as_micros() / self.width_us;
        self.advance(bin);
        if self.newest - bin >= N as u64 {
            return;
        }
        let slot = &mut self.values[(bin % N as u64) as usize];
        if slot.is_none_or(|old| better(value, old)) {
            *slot = Some(value);
        }
    }

    /// Whether a sample of this moment would open a bin newer than all.
    #[must_use]
    pub const fn is_new_bin(&self, at: Monotonic) -> bool {
        at.as_micros() / self.width_us > self.newest
    }

    /// Forgets all but the newest `count` bins.
    pub fn keep(&mut self, count: u64) {
        for age in count..(N as u64).min(self.newest + 1) {
            self.values[((self.newest - age) % N as u64) as usize] = None;
        }
    }

    /// The filled bins with their age in bins, newest first.
    pub fn iter(&self) -> impl Iterator<Item = (u64, i64)> + '_ {
        let reach = self.newest.min(N as u64 - 1);
        (0..=reach).filter_map(move |age| self.values[((self.newest - age) % N as u64) as usize].map(|value| (age, value)))
    }

    /// The smallest value in the window.
    #[must_use]
    pub fn min(&self) -> Option<i64> {
        self.values.iter().copied().flatten().min()
    }

    fn advance(&mut self, bin: u64) {
        if bin <= self.newest {
            return;
        }
        let steps = (bin - self.newest).min(N as u64);
        for step in 0..steps {
            self.values[((bin - step) % N as u64) as usize] = None;
        }
        self.newest = bin;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_minimum_leaves_with_its_window() {
        let mut bins = Bins::<4>::new(1000);
        bins.add(Monotonic::from_micros(0), 5, |new, old| new < old);
        bins.add(Monotonic::from_micros(1500), 9, |new, old| new < old);
        assert_eq!(bins.min(), Some(5));
        bins.add(Monotonic::from_micros(4200), 7, |new, old| new < old);
        assert_eq!(bins.min(), Some(7));
        bins.add(Monotonic::from_micros(100), 1, |new, old| new < old);
        assert_eq!(bins.min(), Some(7), "a sample older than the window is ignored");
        assert_eq!(bins.iter().collect::<Vec<_>>(), [(0, 7), (3, 9)]);
    }
}
