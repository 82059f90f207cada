//! The pictures of a clip, in decoding and in presentation order: which one stands at a time, and what must be decoded for it.
//! Numbers alone; reads no file.

use crate::codec::{ClipSample, PictureTrack};

/// A picture that lasts by the file for longer than this is given so long: ten seconds.
const LONGEST_US: i64 = 10_000_000;
/// The length of a picture of which nothing tells it: 25 a second.
const USUAL_US: i64 = 40_000;

/// The sheet.
#[derive(Clone, Debug, Default)]
pub(super) struct Sheet {
    /// By decoding order: when each is presented, in microseconds on the clip's time; `None`: never, it only helps to decode.
    presented: Vec<Option<i64>>,
    /// By decoding order: how long each is presented, in microseconds, at least 1.
    lasts: Vec<i64>,
    /// By decoding order: decodable by itself, as the file says.
    keyframe: Vec<bool>,
    /// By decoding order: the earliest time of this and all that follow.
    rest: Vec<i64>,
    /// Those that are presented, in that order: time and place in decoding order.
    order: Vec<(i64, usize)>,
    /// When the last one ends.
    ends: i64,
}

impl Sheet {
    /// The sheet of a picture track.
    pub(super) fn new(track: &PictureTrack) -> Self {
        Self::of(&track.samples, track.begins.as_micros(), track.ends.as_micros())
    }

    fn of(samples: &[ClipSample], begins: i64, ends: i64) -> Self {
        let inside = |sample: &&ClipSample| (begins..ends.max(begins + 1)).contains(&sample.pts.as_micros());
        // A list that leaves nothing to see is a mistake of whoever wrote it.
        let all = !samples.iter().any(|sample| inside(&sample));
        let mut order: Vec<(i64, usize)> = samples
            .iter()
            .enumerate()
            .filter(|(_, sample)| all || inside(sample))
            .map(|(place, sample)| (sample.pts.as_micros().max(0), place))
            .collect();
        order.sort_unstable();
        // Two of one time could not be told apart: each is presented, one behind the other.
        let mut last = -1;
        for (time, _) in &mut order {
            *time = (*time).max(last + 1);
            last = *time;
        }
        let mut presented = vec![None; samples.len()];
        let mut lasts = vec![1; samples.len()];
        for (number, (time, place)) in order.iter().enumerate() {
            presented[*place] = Some(*time);
            let own = samples[*place].duration.as_micros();
            let until = match order.get(number + 1) {
                Some((next, _)) => next - time,
                None if own > 0 => own.min(LONGEST_US),
                None => number.checked_sub(1).map_or(USUAL_US, |before| time - order[before].0),
            };
            lasts[*place] = until.max(1);
        }
        let mut earliest = i64::MAX;
        let mut rest: Vec<i64> = presented
            .iter()
            .rev()
            .map(|time| {
                earliest = earliest.min(time.unwrap_or(i64::MAX));
                earliest
            })
            .collect();
        rest.reverse();
        let ends = order.last().map_or(0, |(time, place)| time + lasts[*place]);
        let keyframe = samples.iter().map(|sample| sample.keyframe).collect();
        Self { presented, lasts, keyframe, rest, order, ends }
    }

    /// Pictures that are presented.
    pub(super) fn len(&self) -> usize {
        self.order.len()
    }

    /// When the last picture begins, and when it ends.
    pub(super) fn last(&self) -> (i64, i64) {
        (self.order.last().map_or(0, |(time, _)| *time), self.ends)
    }

    /// When a picture is presented and how long, by decoding order; `None` where it is not.
    pub(super) fn presented(&self, place: usize) -> Option<(i64, i64)> {
        Some((self.presented.get(place).copied().flatten()?, self.lasts[place]))
    }

    /// The earliest time of a picture and all that are decoded behind it; `None` where none of them is presented.
    pub(super) fn rest(&self, place: usize) -> Option<i64> {
        self.rest.get(place).copied().filter(|time| *time < i64::MAX)
    }

    /// The number, in presentation order, of the picture on the screen at a time: the last that has begun, or else the first.
    pub(super) fn number_at(&self, time: i64) -> usize {
        self.order.partition_point(|(begins, _)| *begins <= time).saturating_sub(1)
    }

    /// When a picture begins, by presentation order, and its place in decoding order.
    pub(super) fn begins(&self, number: usize) -> Option<(i64, usize)> {
        self.order.get(number).copied()
    }

    /// The last keyframe, by decoding order, at or before a place; the first picture where there is none.
    pub(super) fn keyframe_before(&self, place: usize) -> usize {
        let before = self.keyframe.get(..=place).unwrap_or(&self.keyframe);
        before.iter().rposition(|keyframe| *keyframe).unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::media::MediaDelta;

    /// Samples in decoding order by their presentation times in milliseconds; the first of each ten is a keyframe.
    fn samples(times: &[i64]) -> Vec<ClipSample> {
        let sample = |(place, ms): (usize, &i64)| ClipSample {
            pts: MediaDelta::from_millis(*ms),
            duration: MediaDelta::from_millis(40),
            keyframe: place % 10 == 0,
        };
        times.iter().enumerate().map(sample).collect()
    }

    #[test]
    fn pictures_stand_in_presentation_order_and_last_until_the_next() {
        let sheet = Sheet::of(&samples(&[0, 120, 40, 80, 300]), 0, 1_000_000);
        let order: Vec<_> = (0..5).map(|number| sheet.begins(number).unwrap()).collect();
        assert_eq!(order, [(0, 0), (40_000, 2), (80_000, 3), (120_000, 1), (300_000, 4)]);
        assert_eq!(sheet.presented(1), Some((120_000, 180_000)), "times vary");
        assert_eq!(sheet.last(), (300_000, 340_000));
        assert_eq!((0..5).map(|place| sheet.rest(place).unwrap()).collect::<Vec<_>>(), [0, 40_000, 40_000, 80_000, 300_000]);
    }

    #[test]
    fn the_picture_at_a_time_is_the_last_that_has_begun() {
        let sheet = Sheet::of(&samples(&[0, 120, 40, 80]), 0, 1_000_000);
        for (time, number) in [(-5, 0), (0, 0), (39_999, 0), (40_000, 1), (119_999, 2), (120_000, 3), (9_000_000, 3)] {
            assert_eq!(sheet.number_at(time), number, "{time}");
        }
    }

    #[test]
    fn what_an_edit_list_cuts_helps_to_decode_and_is_not_presented() {
        let sheet = Sheet::of(&samples(&[-80, -40, 0, 40, 80]), 0, 80_000);
        assert_eq!(sheet.len(), 2);
        assert_eq!(sheet.presented(1), None);
        assert_eq!(sheet.begins(0), Some((0, 2)));
        assert_eq!(sheet.keyframe_before(2), 0);
        assert_eq!(
            Sheet::of(&samples(&[0, 40]), 5_000_000, 6_000_000).len(),
            2,
            "a list that leaves nothing is not followed"
        );
    }

    #[test]
    fn pictures_of_one_time_are_presented_one_behind_the_other() {
        let sheet = Sheet::of(&samples(&[0, 0, 0, 40]), 0, 1_000_000);
        assert_eq!((0..4).map(|number| sheet.begins(number).unwrap().0).collect::<Vec<_>>(), [0, 1, 2, 40_000]);
    }
}
