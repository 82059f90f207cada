//! Weather: levels that glide from one state to the next, and the lightning of storms. Media time and a seed decide when
//! lightning strikes, so the same world storms the same way.

use super::noise::{Dice, hash_cell, smooth, unit};
use crate::media::{MediaDelta, MediaTime};
use crate::wire::Weather;

/// How much of each ingredient there is, 0 to 1.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Levels {
    /// Cover of clouds.
    pub cloud: f32,
    /// Falling rain.
    pub rain: f32,
    /// Falling snow.
    pub snow: f32,
    /// Blowing dust.
    pub dust: f32,
    /// Fog.
    pub fog: f32,
    /// Thunderstorm.
    pub storm: f32,
    /// Wind.
    pub wind: f32,
}

impl Levels {
    /// The levels of a weather, or `None` for a name that is not known. `clear_clouds` is the theme's cloud cover in clear
    /// weather; intensity 0 to 1.
    #[must_use]
    pub fn of(weather: &Weather, intensity: f32, clear_clouds: f32) -> Option<Self> {
        let k = if intensity.is_finite() { intensity.clamp(0.0, 1.0) } else { 0.5 };
        let base = Self { cloud: clear_clouds, wind: 0.16, ..Self::default() };
        Some(match weather {
            Weather::Clear => Self { cloud: clear_clouds * (1.35 - 0.7 * k), ..base },
            Weather::Cloudy => Self { cloud: 0.62 + 0.36 * k, wind: 0.25 + 0.2 * k, ..base },
            Weather::Fog => Self { fog: 0.25 + 0.75 * k, wind: 0.06, ..base },
            Weather::Rain => Self { cloud: 0.8 + 0.2 * k, rain: 0.25 + 0.75 * k, wind: 0.25 + 0.3 * k, ..base },
            Weather::Storm => Self { cloud: 1.0, rain: 0.45 + 0.55 * k, storm: 0.5 + 0.5 * k, wind: 0.6 + 0.4 * k, ..base },
            Weather::Snow => Self { cloud: 0.7 + 0.3 * k, snow: 0.2 + 0.8 * k, wind: 0.15 + 0.3 * k, ..base },
            Weather::Dust => Self { dust: 0.3 + 0.7 * k, wind: 0.5 + 0.5 * k, ..base },
            Weather::Other(_) => return None,
        })
    }

    /// How grey the sky is, 0 to 1.
    #[must_use]
    pub fn overcast(&self) -> f32 {
        smooth(0.6, 1.0, self.cloud) * 0.85 + self.storm * 0.15
    }

    fn glide(&mut self, to: &Self, part: f32) {
        let pairs = [
            (&mut self.cloud, to.cloud),
            (&mut self.rain, to.rain),
            (&mut self.snow, to.snow),
            (&mut self.dust, to.dust),
            (&mut self.fog, to.fog),
            (&mut self.storm, to.storm),
            (&mut self.wind, to.wind),
        ];
        for (level, goal) in pairs {
            *level += (goal - *level) * part;
            if (goal - *level).abs() < 1e-4 {
                *level = goal;
            }
        }
    }
}

/// The state of the weather.
#[derive(Clone, Debug)]
pub struct Sky {
    /// What it is now.
    pub levels: Levels,
    goal: Levels,
    /// Snow that has fallen and lies, 0 to 1, beside what the theme brings.
    pub lying: f32,
    /// Wetness of the ground, 0 to 1.
    pub wet: f32,
    /// How far clouds have drifted, in metres.
    pub drift: f32,
    seed: u64,
}

/// One stroke of lightning.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Stroke {
    /// When.
    pub at: MediaTime,
    /// How far, metres.
    pub distance: f32,
    /// In which direction, radians as a yaw.
    pub azimuth: f32,
}

/// Metres that sound travels in a second (dry air at 20 °C).
pub const SPEED_OF_SOUND: f32 = 343.0;
/// Lightning is dealt one stroke to each slot of this many microseconds, some of them empty.
const SLOT: i64 = 5_200_000;
/// How long a stroke glimmers, in seconds.
const GLIMMER: f32 = 0.42;

impl Sky {
    /// Weather that has lasted.
    #[must_use]
    pub fn new(levels: Levels, seed: u64) -> Self {
        let wet = levels.rain.min(1.0);
        Self { levels, goal: levels, lying: levels.snow * 0.4, wet, drift: 0.0, seed }
    }

    /// Turns to other weather over some seconds.
    pub const fn turn(&mut self, to: Levels) {
        self.goal = to;
    }

    /// Lets time pass.
    pub fn step(&mut self, seconds: f32) {
        self.levels.glide(&self.goal, 1.0 - (-seconds / 1.6).exp());
        let fall = if self.levels.snow > 0.02 { self.levels.snow * 0.07 } else { -0.012 };
        self.lying = (self.lying + fall * seconds).clamp(0.0, 1.0);
        let wet = if self.levels.rain > 0.02 { 0.2 } else { -0.03 };
        self.wet = (self.wet + wet * seconds).clamp(0.0, self.levels.rain.max(self.wet));
        self.drift += seconds * (2.0 + 16.0 * self.levels.wind);
    }

    /// The stroke whose time lies in `[start, start + span)`, if any; at most one is dealt to a slot.
    #[must_use]
    pub fn stroke_in(&self, start: MediaTime, span: MediaDelta) -> Option<Stroke> {
        let end = start + span;
        let slot = start.as_micros().div_euclid(SLOT);
        [slot, slot + 1]
            .into_iter()
            .filter_map(|slot| self.stroke(slot))
            .find(|stroke| stroke.at >= start && stroke.at < end)
    }

    fn stroke(&self, slot: i64) -> Option<Stroke> {
        if self.levels.storm < 0.25 {
            return None;
        }
        let hash = hash_cell(self.seed ^ 0x7157, slot as i32, (slot >> 32) as i32);
        let mut dice = Dice::new(hash, 1);
        if unit(hash) > 0.35 + 0.6 * self.levels.storm {
            return None;
        }
        let offset = (dice.unit() * 0.8 * SLOT as f32) as i64;
        let distance = dice.between(180.0, 2400.0) * (1.4 - 0.8 * self.levels.storm);
        let azimuth = dice.between(-std::f32::consts::PI, std::f32::consts::PI);
        Some(Stroke { at: MediaTime::from_micros(slot * SLOT + offset), distance, azimuth })
    }

    /// Brightness of lightning over a frame that holds `[start, start + span)`: full in the frame that holds the stroke, then
    /// a glimmer that strikes again once.
    #[must_use]
    pub fn flash(&self, start: MediaTime, span: MediaDelta) -> f32 {
        if let Some(stroke) = self.stroke_in(start, span) {
            return 1.0 - 0.5 * smooth(300.0, 2600.0, stroke.distance);
        }
        let back = MediaDelta::from_secs_f64(f64::from(GLIMMER));
        let Some(stroke) = self.stroke_in(start - back, back) else { return 0.0 };
        let age = (start - stroke.at).as_secs_f64() as f32 / GLIMMER;
        let again = smooth(0.25, 0.32, age) * smooth(0.6, 0.36, age) * 0.55;
        let near = 1.0 - 0.5 * smooth(300.0, 2600.0, stroke.distance);
        ((1.0 - age) * (1.0 - age) * 0.35 + again) * near
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_storm_strikes_and_every_stroke_is_full_in_exactly_one_frame() {
        let levels = Levels::of(&Weather::Storm, 1.0, 0.4).expect("known");
        let sky = Sky::new(levels, 5);
        let span = MediaDelta::from_micros(33_333);
        let mut strokes = 0;
        let mut start = MediaTime::ZERO;
        let mut last = 0.0;
        while start.as_secs_f64() < 60.0 {
            let flash = sky.flash(start, span);
            if let Some(stroke) = sky.stroke_in(start, span) {
                strokes += 1;
                assert!(stroke.at >= start && stroke.at < start + span);
                assert!(flash > last && flash > sky.flash(start + span, span));
            }
            last = flash;
            start += span;
        }
        assert!(strokes >= 5, "{strokes}");
    }

    #[test]
    fn clear_weather_never_strikes_and_unknown_weather_is_none() {
        let sky = Sky::new(Levels::of(&Weather::Clear, 0.5, 0.4).expect("known"), 5);
        assert!(sky.stroke_in(MediaTime::ZERO, MediaDelta::from_millis(5000)).is_none());
        assert!(Levels::of(&Weather::Other("frogs".into()), 0.5, 0.4).is_none());
    }
}
