//! How sure a figure is: resampling of stretches instead of samples, because neighbours in time resemble each other and would make an
//! interval far too narrow (E. Carlstein, Ann. Statist. 14, 1986; H. R. Künsch, Ann. Statist. 17, 1989; the circular form of D. N.
//! Politis and J. P. Romano, 1992, by which every stretch is drawn as often as any other).

use super::bins::Bins;

/// A statistic of a distribution.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Of {
    /// A quantile (0..=1).
    Quantile(f64),
    /// The mean.
    Mean,
    /// The mean of the largest share (0..=1).
    MeanOfMost(f64),
}

/// Stretches of one run, ready to be drawn in runs of neighbours.
#[derive(Debug)]
pub(super) struct Stretches {
    /// The values of the bins, in milliseconds, rising.
    values: Vec<f64>,
    /// For each stretch at which a run of neighbours may begin, the counts of the whole run: place in `values`, count.
    runs: Vec<Vec<(usize, u32)>>,
    /// Runs that make up as much as there is.
    drawn: usize,
}

/// Numbers from a seed: SplitMix64 (G. L. Steele, D. Lea, C. H. Flood, OOPSLA 2014).
#[derive(Clone, Debug)]
pub(super) struct Random(u64);

impl Random {
    pub(super) const fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(super) const fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// One of the first `n` numbers.
    fn below(&mut self, n: usize) -> usize {
        ((u128::from(self.next()) * n as u128) >> 64) as usize
    }
}

impl Stretches {
    /// Of stretches in the order of time, or of sessions, which are independent (`ordered` says which). Signed values count by their
    /// magnitude. Stretches without a sample are part of the order.
    pub(super) fn new(stretches: &[Bins], ordered: bool) -> Self {
        let magnitudes: Vec<Bins> = stretches.iter().map(Bins::magnitudes).collect();
        let mut all = Bins::default();
        magnitudes.iter().for_each(|bins| all.add(bins));
        let values: Vec<f64> = all.iter().map(|(micros, _)| micros / 1e3).collect();
        let n = magnitudes.len();
        // The length that makes the variance of the estimate least grows with the cube root of the number (Künsch 1989, section 3).
        let length = if ordered { (n as f64).cbrt().round() as usize } else { 1 }.clamp(1, n.max(1));
        let runs = (0..n).map(|first| {
            let mut run = Bins::default();
            (first..first + length).for_each(|place| run.add(&magnitudes[place % n]));
            let place = |micros: f64| values.partition_point(|value| *value < micros / 1e3);
            run.iter().map(|(micros, count)| (place(micros), count)).collect()
        });
        Self { runs: runs.collect(), drawn: (n / length).max(1), values }
    }

    /// The statistics of one draw, into `told`; `scratch` is kept from draw to draw. An empty draw tells nothing.
    pub(super) fn draw(&self, random: &mut Random, scratch: &mut Vec<u64>, of: &[Of], told: &mut [f64]) -> bool {
        scratch.clear();
        scratch.resize(self.values.len(), 0);
        for _ in 0..self.drawn {
            for &(place, count) in &self.runs[random.below(self.runs.len())] {
                scratch[place] += u64::from(count);
            }
        }
        let n: u64 = scratch.iter().sum();
        if n == 0 {
            return false;
        }
        for (of, told) in of.iter().zip(told) {
            *told = self.statistic(scratch, n, *of);
        }
        true
    }

    fn statistic(&self, counts: &[u64], n: u64, of: Of) -> f64 {
        match of {
            Of::Quantile(quantile) => {
                let rank = ((quantile * n as f64).ceil() as u64).clamp(1, n);
                let mut seen = 0;
                let place = counts.iter().position(|count| {
                    seen += count;
                    seen >= rank
                });
                place.map_or(0.0, |place| self.values[place])
            }
            Of::Mean => self.values.iter().zip(counts).map(|(value, count)| value * *count as f64).sum::<f64>() / n as f64,
            Of::MeanOfMost(share) => {
                let wanted = ((n as f64 * share).floor() as u64).max(1);
                let (mut left, mut sum) = (wanted, 0.0);
                for (value, count) in self.values.iter().zip(counts).rev() {
                    let taken = left.min(*count);
                    sum += value * taken as f64;
                    left -= taken;
                }
                sum / wanted as f64
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bins(values: &[i64]) -> Bins {
        let mut bins = Bins::default();
        values.iter().for_each(|value| bins.record(*value));
        bins
    }

    #[test]
    fn every_stretch_is_drawn_as_often_as_any_other() {
        // One value each, so that the mean of all draws is the mean of all stretches.
        let stretches: Vec<Bins> = (0..10).map(|n| bins(&[n * 10_000])).collect();
        let stretches = Stretches::new(&stretches, true);
        let (mut random, mut scratch, mut sum) = (Random::new(1), Vec::new(), 0.0);
        for _ in 0..20_000 {
            let mut told = [0.0];
            assert!(stretches.draw(&mut random, &mut scratch, &[Of::Mean], &mut told));
            sum += told[0];
        }
        assert!((sum / 20_000.0 - 45.0).abs() < 0.5, "{}", sum / 20_000.0);
    }

    #[test]
    fn statistics_are_those_of_the_counts() {
        let stretches = Stretches::new(&[bins(&[-3_000, 1_000, 2_000, 4_000])], false);
        let (mut told, of) = ([0.0; 3], [Of::Quantile(0.5), Of::Mean, Of::MeanOfMost(0.5)]);
        assert!(stretches.draw(&mut Random::new(7), &mut Vec::new(), &of, &mut told));
        for (found, wanted) in told.into_iter().zip([2.0, 2.5, 3.5]) {
            assert!((found / wanted - 1.0).abs() < 0.005, "{found} for {wanted}");
        }
        assert!(!Stretches::new(&[Bins::default()], true).draw(&mut Random::new(7), &mut Vec::new(), &of, &mut told));
    }
}
