//! Between the time of a stage and that of a clip: where playing began, at which speed, and how often the clip goes round.
//! Arithmetic alone.

use crate::media::{MediaDelta, MediaTime};

/// One stretch of playing at one speed. The stage's time begins at zero with it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Timeline {
    from: i64,
    speed: f64,
    lap: i64,
    length: i64,
    /// The last lap, counted from 0; `None`: it goes round for good.
    last: Option<u64>,
}

impl Timeline {
    /// Plays a clip of a length from a place on at a speed; it goes round after `lap`, or ends with its length.
    #[must_use]
    pub fn new(from: MediaDelta, speed: f64, lap: MediaDelta, length: MediaDelta, goes_round: bool) -> Self {
        let (lap, length) = (lap.as_micros().max(1), length.as_micros().max(1));
        let latest = if goes_round { lap - 1 } else { length };
        Self { from: from.as_micros().clamp(0, latest), speed, lap, length, last: (!goes_round).then_some(0) }
    }

    /// Where it began on the clip's time.
    #[must_use]
    pub const fn from(&self) -> MediaDelta {
        MediaDelta::from_micros(self.from)
    }

    /// Clip seconds per second of the stage.
    #[must_use]
    pub const fn speed(&self) -> f64 {
        self.speed
    }

    /// The stage's time of a place in a lap, to the microsecond.
    #[must_use]
    pub fn stage(&self, lap: u64, place: MediaDelta) -> MediaTime {
        let laps = i64::try_from(lap).unwrap_or(i64::MAX).saturating_mul(self.lap);
        let since = laps.saturating_add(place.as_micros()).saturating_sub(self.from);
        // Whole numbers where nothing is scaled: an hour is exact.
        let scaled = if self.speed == 1.0 { since } else { (since as f64 / self.speed).round() as i64 };
        MediaTime::from_micros(scaled)
    }

    /// The place on the clip's time at a time of the stage, and its lap.
    #[must_use]
    pub fn place(&self, stage: MediaTime) -> (u64, MediaDelta) {
        let since = stage.as_micros().max(0);
        let moved = if self.speed == 1.0 { since } else { (since as f64 * self.speed).round() as i64 };
        let along = self.from.saturating_add(moved);
        let round = (along / self.lap) as u64;
        let lap = self.last.map_or(round, |last| round.min(last));
        let within = along - (lap as i64).saturating_mul(self.lap);
        (lap, MediaDelta::from_micros(within.min(if self.last == Some(lap) { self.length } else { self.lap })))
    }

    /// When it ends on the stage's time; `None`: never.
    #[must_use]
    pub fn end(&self) -> Option<MediaTime> {
        self.last.map(|last| self.stage(last, MediaDelta::from_micros(self.length)))
    }

    /// Whether another lap follows one.
    #[must_use]
    pub fn goes_on_after(&self, lap: u64) -> bool {
        self.last.is_none_or(|last| lap < last)
    }

    /// How far a lap is played on the clip's time: to where it begins anew, or to the end.
    #[must_use]
    pub fn lap_ends(&self, lap: u64) -> MediaDelta {
        MediaDelta::from_micros(if self.goes_on_after(lap) { self.lap } else { self.length })
    }

    /// Goes round for good from here on, or ends with a lap.
    pub fn go_round(&mut self, last: Option<u64>) {
        self.last = last;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LAP: MediaDelta = MediaDelta::from_millis(4_000);
    const LENGTH: MediaDelta = MediaDelta::from_millis(4_050);

    fn ms(value: i64) -> MediaTime {
        MediaTime::from_micros(value * 1000)
    }

    #[test]
    fn there_and_back_is_the_same_place_at_every_speed_and_in_every_lap() {
        for speed in [0.25, 0.5, 1.0, 1.5, 2.0, 4.0] {
            let timeline = Timeline::new(MediaDelta::from_millis(1_234), speed, LAP, LENGTH, true);
            for lap in 0..50 {
                for place in [1_300, 2_000, 3_999] {
                    let place = MediaDelta::from_millis(place);
                    let stage = timeline.stage(lap, place);
                    let (found_lap, found) = timeline.place(stage);
                    assert_eq!(found_lap, lap);
                    assert!((found - place).abs().as_micros() <= 2, "{speed} {lap}: {found} for {place}");
                }
            }
        }
    }

    #[test]
    fn without_going_round_it_ends_with_what_ends_last_and_stays_there() {
        let timeline = Timeline::new(MediaDelta::from_millis(50), 2.0, LAP, LENGTH, false);
        assert_eq!(timeline.end(), Some(ms(2_000)));
        assert_eq!(timeline.place(ms(60_000)), (0, LENGTH));
        assert!(!timeline.goes_on_after(0));
    }

    #[test]
    fn going_round_may_end_with_a_lap() {
        let mut timeline = Timeline::new(MediaDelta::ZERO, 1.0, LAP, LENGTH, true);
        assert_eq!(timeline.end(), None);
        assert_eq!(timeline.place(ms(9_000)), (2, MediaDelta::from_millis(1_000)));
        timeline.go_round(Some(2));
        assert_eq!(timeline.end(), Some(ms(12_050)));
        assert_eq!(timeline.place(ms(12_020)), (2, MediaDelta::from_millis(4_020)));
    }
}
