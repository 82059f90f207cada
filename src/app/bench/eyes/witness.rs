//! What the pixels and samples of the calibration world say: which input a picture reflects for the first time, and how far a flash
//! lies from its click. Clock-free: moments are arguments.

use std::collections::VecDeque;
use std::time::Duration;

use crate::media::{MediaDelta, Monotonic};

/// A click belongs to the flash that it is nearer to than this: half of what lies between two (docs/calibration.md).
const REACH: Duration = Duration::from_millis(500);

/// Flashes without a click that are remembered, and clicks without a flash: those within reach, and as many again.
const WAITING: usize = 4;

/// Sees and hears.
#[derive(Debug, Default)]
pub struct Witness {
    newest_input: u32,
    flashes: VecDeque<Monotonic>,
    clicks: VecDeque<Monotonic>,
}

impl Witness {
    /// A picture with this input number was presented; the number, if nothing as new was presented before.
    pub fn input(&mut self, number: u32) -> Option<u32> {
        (number > self.newest_input).then(|| {
            self.newest_input = number;
            number
        })
    }

    /// A flash was presented; sound minus picture, if its click is known: positive where the sound is early.
    pub fn flash(&mut self, at: Monotonic) -> Option<MediaDelta> {
        meet(at, &mut self.clicks, &mut self.flashes).map(|click| at.signed_since(click))
    }

    /// A click sounds; as [`Witness::flash`].
    pub fn click(&mut self, at: Monotonic) -> Option<MediaDelta> {
        meet(at, &mut self.flashes, &mut self.clicks).map(|flash| flash.signed_since(at))
    }
}

/// The partner of what happens at `at`, if it waits; else this one waits for its own.
fn meet(at: Monotonic, partners: &mut VecDeque<Monotonic>, own: &mut VecDeque<Monotonic>) -> Option<Monotonic> {
    let apart = |other: &Monotonic| at.signed_since(*other).abs().as_duration();
    let nearest = (0..partners.len()).min_by_key(|index| apart(&partners[*index]));
    if let Some(index) = nearest.filter(|index| apart(&partners[*index]) < REACH) {
        // Whoever waited before this one has missed its own.
        return partners.drain(..=index).next_back();
    }
    if own.len() == WAITING {
        own.pop_front();
    }
    own.push_back(at);
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(millis: u64) -> Monotonic {
        Monotonic::from_millis(millis)
    }

    /// HO-12: sound minus picture, with its sign.
    #[test]
    fn a_click_before_its_flash_is_early_and_one_behind_it_late() {
        let mut witness = Witness::default();
        assert_eq!(witness.flash(at(1000)), None);
        assert_eq!(witness.click(at(1120)), Some(MediaDelta::from_millis(-120)));
        assert_eq!(witness.click(at(1960)), None);
        assert_eq!(witness.flash(at(2000)), Some(MediaDelta::from_millis(40)));
    }

    #[test]
    fn a_flash_that_was_not_seen_leaves_the_others_their_clicks() {
        let mut witness = Witness::default();
        assert_eq!(witness.click(at(1000)), None);
        assert_eq!(witness.click(at(2000)), None);
        assert_eq!(witness.flash(at(2010)), Some(MediaDelta::from_millis(-10 + 20)));
        assert_eq!(witness.flash(at(3000)), None, "the click of a second ago is another one's");
        for second in 4..100 {
            assert_eq!(witness.flash(at(second * 1000)), None);
        }
        assert_eq!(witness.flashes.len(), WAITING);
    }

    #[test]
    fn an_input_counts_once_and_never_backwards() {
        let mut witness = Witness::default();
        let seen: Vec<_> = [0, 3, 3, 2, 4].into_iter().filter_map(|number| witness.input(number)).collect();
        assert_eq!(seen, [3, 4]);
    }
}
