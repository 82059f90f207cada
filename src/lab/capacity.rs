//! A link's capacity over time, in the format of Mahimahi (Netravali et al., "Mahimahi: accurate record-and-replay for HTTP", 2015):
//! one line per opportunity to deliver 1,500 bytes, as its millisecond; the whole repeats when it ends.

use super::random::Random;

/// Bytes of one opportunity.
const OPPORTUNITY: u32 = 1_500;
/// Opportunities of a file at most.
const MOST: usize = 20_000_000;

/// Opportunities to deliver, and where in them the link stands.
#[derive(Clone, Debug)]
pub struct Capacity {
    millis: Vec<u32>,
    /// The next opportunity, counted over all repetitions, and the bytes left of the one before.
    next: usize,
    left: u32,
    at_us: i64,
}

impl Capacity {
    /// Reads a file's text.
    ///
    /// # Errors
    /// The line that does not hold, and why.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut millis: Vec<u32> = Vec::new();
        for (index, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
            let line_number = index + 1;
            let at: u32 =
                line.trim().parse().map_err(|_| format!("line {line_number}: `{}` is no millisecond", line.trim()))?;
            if millis.last().is_some_and(|last| *last > at) {
                return Err(format!("line {line_number}: {at} comes after a later millisecond: the lines must not fall"));
            }
            if millis.len() == MOST {
                return Err(format!("line {line_number}: a trace holds at most {MOST} lines: cut it"));
            }
            millis.push(at);
        }
        match millis.last() {
            None | Some(0) => Err("line 1: no opportunity after millisecond 0".into()),
            Some(_) => Ok(Self::new(millis)),
        }
    }

    /// A made-up cellular link: the logarithm of its rate wanders back to a median (an Ornstein–Uhlenbeck process), with hand-overs
    /// that deliver nothing. Like an LTE drive in its ups and downs, and no recording of one.
    #[must_use]
    pub fn cellular(seconds: u32, median_mbit: f64, random: &mut Random) -> Self {
        const PULL_PER_S: f64 = 0.6;
        const SIGMA: f64 = 0.55;
        let (mut level, mut credit, mut away_until) = (0.0_f64, 0.0, 0);
        let mut next_away = (random.wait(1.0 / 40.0) * 1e3) as u32;
        let mut millis = Vec::new();
        let step = 1e-3_f64;
        for at in 0..seconds * 1000 {
            level += -PULL_PER_S * level * step + SIGMA * (2.0 * PULL_PER_S * step).sqrt() * random.normal();
            if at >= next_away {
                away_until = at + random.between(80.0, 400.0) as u32;
                next_away = away_until + (random.wait(1.0 / 40.0) * 1e3) as u32;
            }
            if at < away_until {
                continue;
            }
            credit += median_mbit * level.exp() * 1e6 * step / 8.0 / f64::from(OPPORTUNITY);
            while credit >= 1.0 {
                millis.push(at + 1);
                credit -= 1.0;
            }
        }
        if millis.is_empty() {
            millis.push(1);
        }
        Self::new(millis)
    }

    /// When the last byte of a unit is through that came to the link at `at_us`. Calls must not go back in time.
    pub fn deliver(&mut self, at_us: i64, bytes: u32) -> i64 {
        if self.at_us < at_us {
            self.seek(at_us);
        }
        let mut wanted = bytes;
        while wanted > self.left {
            wanted -= self.left;
            self.at_us = self.when(self.next).max(at_us);
            self.next += 1;
            self.left = OPPORTUNITY;
        }
        self.left -= wanted;
        self.at_us.max(at_us)
    }

    fn new(millis: Vec<u32>) -> Self {
        Self { millis, next: 0, left: 0, at_us: 0 }
    }

    /// Opportunities that nobody waited for are gone.
    fn seek(&mut self, at_us: i64) {
        let period = self.period_us();
        let round = at_us / period;
        let within = ((at_us % period) / 1000) as u32;
        let place = round as usize * self.millis.len() + self.millis.partition_point(|at| *at <= within);
        if place > self.next {
            (self.next, self.left) = (place, 0);
        }
    }

    fn when(&self, number: usize) -> i64 {
        let round = (number / self.millis.len()) as i64;
        round * self.period_us() + i64::from(self.millis[number % self.millis.len()]) * 1000
    }

    fn period_us(&self) -> i64 {
        i64::from(self.millis.last().copied().unwrap_or(1).max(1)) * 1000
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_wait_for_their_opportunities_and_unused_ones_are_lost() {
        let mut link = Capacity::parse("10\n10\n20\n40\n").expect("read");
        assert_eq!(link.deliver(0, 1500), 10_000);
        assert_eq!(link.deliver(0, 3000), 20_000);
        assert_eq!(link.deliver(25_000, 100), 40_000, "what was left at 20 ms is gone");
        assert_eq!(link.deliver(25_000, 1500), 50_000, "the trace repeats");
    }

    #[test]
    fn a_bad_line_is_named() {
        assert_eq!(Capacity::parse("5\nx\n").expect_err("refused"), "line 2: `x` is no millisecond");
        assert!(Capacity::parse("5\n3\n").expect_err("refused").starts_with("line 2: 3 comes after"));
        assert!(Capacity::parse("").is_err());
    }
}
