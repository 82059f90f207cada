//! The rates that a picture can be sent at: each tier at three bit rates, from the best to the least. Pure arithmetic; neighbour:
//! `adaptation` moves on it.

use crate::media::Tier;

/// Parts in a hundred of a tier's bit rate. Below half a smaller picture looks better than a coarser one.
const SHARES: [u32; 3] = [100, 70, 50];

/// Rungs of all tiers.
const RUNGS: usize = Tier::ALL.len() * SHARES.len();

/// A place on the ladder; a higher one costs more bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Rung(usize);

impl Rung {
    /// The least of all.
    pub(super) const LOWEST: Self = Self(0);

    /// A tier at its full bit rate.
    pub(super) fn full(tier: Tier) -> Self {
        let tier = Tier::ALL.iter().position(|known| *known == tier).unwrap_or_default();
        Self((tier + 1) * SHARES.len() - 1)
    }

    pub(super) fn tier(self) -> Tier {
        Tier::ALL[self.0 / SHARES.len()]
    }

    /// Bits a second of the coded pictures.
    pub(super) fn bitrate(self) -> u32 {
        self.tier().spec().video_bitrate / 100 * SHARES[SHARES.len() - 1 - self.0 % SHARES.len()]
    }

    pub(super) fn up(self) -> Option<Self> {
        (self.0 + 1 < RUNGS).then_some(Self(self.0 + 1))
    }

    pub(super) fn down(self) -> Option<Self> {
        self.0.checked_sub(1).map(Self)
    }

    /// The highest rung below this one that `bitrate` carries; the lowest where none does.
    pub(super) fn below_carried_by(self, bitrate: f64) -> Option<Self> {
        let fits = (0..self.0).rev().map(Self).find(|rung| f64::from(rung.bitrate()) <= bitrate);
        self.down().map(|_| fits.unwrap_or(Self::LOWEST))
    }

    /// The next tier below, at its full bit rate.
    pub(super) fn tier_below(self) -> Option<Self> {
        (self.0 / SHARES.len() * SHARES.len()).checked_sub(1).map(Self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_step_up_costs_more_bits() {
        let mut rung = Rung::LOWEST;
        let mut rates = vec![rung.bitrate()];
        while let Some(next) = rung.up() {
            assert!(next.bitrate() > rung.bitrate() && next.tier() >= rung.tier(), "{next:?}");
            rung = next;
            rates.push(rung.bitrate());
        }
        assert_eq!(rung, Rung::full(Tier::High));
        assert_eq!(rates.len(), RUNGS);
        assert_eq!((rates[0], rates[2], rates[5], rates[8]), (350_000, 700_000, 2_500_000, 6_000_000));
    }

    #[test]
    fn a_measured_rate_chooses_the_rung_that_it_carries() {
        let high = Rung::full(Tier::High);
        assert_eq!(high.below_carried_by(1_300_000.0).map(Rung::bitrate), Some(1_250_000));
        assert_eq!(high.below_carried_by(9e9), high.down());
        assert_eq!(high.below_carried_by(0.0), Some(Rung::LOWEST));
        assert_eq!(Rung::LOWEST.below_carried_by(9e9), None);
        assert_eq!(high.down().and_then(Rung::tier_below), Some(Rung::full(Tier::Standard)));
        assert_eq!(Rung::full(Tier::Draft).tier_below(), None);
    }
}
