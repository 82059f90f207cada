//! The landmark: one in every world, in view where the walk begins. Its light flashes and its bell sounds at the same media time.

use glam::{Vec2, Vec3A};

use super::kind::Kind;
use super::noise::{Dice, smooth};
use super::terrain::{HEART, Terrain, toward, wrap};
use super::towers::lamp_height;
use crate::media::{MediaDelta, MediaTime};

/// Seconds in which the light fades after its flash.
const FADE: f32 = 0.3;

/// Where the walk begins, and the landmark before it.
#[derive(Clone, Copy, Debug)]
pub struct Setting {
    /// Where the walk begins.
    pub start: Vec2,
    /// Where it looks.
    pub yaw: f32,
    /// Where the landmark stands.
    pub landmark: Vec2,
}

/// When the landmark flashes and sounds.
#[derive(Clone, Copy, Debug)]
pub struct Rhythm {
    first: i64,
    period: i64,
}

impl Rhythm {
    /// The rhythm of a seed: every four to seven seconds, the first within the first three.
    #[must_use]
    pub fn of(seed: u64) -> Self {
        let mut dice = Dice::new(seed, 0xbe11);
        let period = i64::from(dice.between(4000.0, 7000.0) as i32) * 1000;
        Self { first: i64::from(dice.between(1200.0, 2800.0) as i32) * 1000, period }
    }

    /// The stroke within `[start, start + span)`, if any.
    #[must_use]
    pub fn stroke_in(&self, start: MediaTime, span: MediaDelta) -> Option<MediaTime> {
        let (from, to) = (start.as_micros(), (start + span).as_micros());
        let beat = (from - self.first + self.period - 1).div_euclid(self.period).max(0);
        let at = self.first + beat * self.period;
        (at >= from && at < to).then(|| MediaTime::from_micros(at))
    }

    /// Brightness of the light over a frame that holds `[start, start + span)`: 1 in the frame that holds the stroke and only
    /// there, at most 0.6 and fading in those after it.
    #[must_use]
    pub fn light(&self, start: MediaTime, span: MediaDelta) -> f32 {
        if self.stroke_in(start, span).is_some() {
            return 1.0;
        }
        let since = start.as_micros() - self.first;
        if since < 0 {
            return 0.0;
        }
        let age = (since % self.period) as f32 / 1e6;
        let rest = (1.0 - age / FADE).max(0.0);
        0.6 * rest * rest
    }
}

impl Setting {
    /// Finds where the walk begins and where the landmark stands, and levels the ground under it.
    #[must_use]
    pub fn find(terrain: &mut Terrain, kind: Kind, seed: u64, town: bool) -> Self {
        let mut dice = Dice::new(seed, 0x5e77);
        let lamp = lamp_height(kind).unwrap_or(12.0);
        let start = if town { HEART + Vec2::splat(8.0) } else { find_start(terrain, &mut dice) };
        if terrain.height(start) < 1.2 || town {
            let height = terrain.height(start).max(1.6);
            terrain.level(start, height, 10.0, 34.0);
        }
        let landmark = find_landmark(terrain, start, lamp, &mut dice, town);
        let base = terrain.height(landmark).max(1.8);
        terrain.level(landmark, base, 8.0, 22.0);
        // Whatever the land: the light is seen from the start.
        let eye = |terrain: &Terrain| Vec3A::new(start.x, terrain.height(start) + 1.7, start.y);
        let mut raised = base;
        while raised < base + 40.0 {
            let way = toward(start, landmark);
            let top = Vec3A::new(start.x + way.x, raised + lamp * 0.55, start.y + way.y);
            if terrain.clear_between(eye(terrain), top) {
                break;
            }
            raised += 4.0;
            terrain.level(landmark, raised, 8.0, 26.0 + (raised - base));
        }
        let way = toward(start, landmark);
        let straight = way.x.atan2(-way.y);
        // The landmark a little off the middle, towards the side where there is less to see.
        let view = |side: f32| openness(terrain, start, straight + side * 0.55);
        let aside = if view(1.0) > view(-1.0) { 0.26 } else { -0.26 };
        Self { start: wrap(start), yaw: straight + if town { aside * 0.6 } else { aside }, landmark: wrap(landmark) }
    }
}

/// How far and how wet the view is in a direction.
fn openness(terrain: &Terrain, from: Vec2, yaw: f32) -> f32 {
    let direction = Vec2::new(yaw.sin(), -yaw.cos());
    let eye = terrain.height(from).max(0.0) + 1.7;
    let mut sum = 0.0;
    for step in 1..=14 {
        let distance = step as f32 * 14.0;
        let height = terrain.height(from + direction * distance);
        if height > eye + distance * 0.12 {
            // A slope that closes the view is a sight of its own only when far.
            return sum + if distance > 110.0 { 3.0 } else { 0.0 };
        }
        sum += if height < -0.3 {
            1.5
        } else if height < eye {
            0.8
        } else {
            0.3
        };
    }
    sum
}

fn find_start(terrain: &Terrain, dice: &mut Dice) -> Vec2 {
    let mut best = (f32::MIN, HEART);
    for _ in 0..140 {
        let place = HEART + Vec2::from_angle(dice.between(0.0, std::f32::consts::TAU)) * dice.between(0.0, 330.0);
        let height = terrain.height(place);
        let normal = terrain.normal(place);
        if height < 1.4 {
            continue;
        }
        let views: f32 = (0..10).map(|side| openness(terrain, place, side as f32 * 0.628)).sum();
        let near_water = (0..10).any(|side| {
            let out = Vec2::from_angle(side as f32 * 0.628);
            terrain.height(place + out * 45.0) < -0.4 || terrain.height(place + out * 80.0) < -0.4
        });
        let above = smooth(1.0, 7.0, height) * 8.0 - smooth(16.0, 60.0, height) * 22.0;
        let score = views + above + if near_water { 22.0 } else { 0.0 } - (1.0 - normal.y) * 160.0;
        if score > best.0 {
            best = (score, place);
        }
    }
    best.1
}

fn find_landmark(terrain: &Terrain, start: Vec2, lamp: f32, dice: &mut Dice, town: bool) -> Vec2 {
    let eye = Vec3A::new(start.x, terrain.height(start) + 1.7, start.y);
    let mut best = (f32::MIN, start + Vec2::new(0.0, -80.0));
    for attempt in 0..96 {
        // In a town it stands at the end of a street, elsewhere wherever it stands well.
        let angle =
            if town { (attempt % 4) as f32 * std::f32::consts::FRAC_PI_2 } else { dice.between(0.0, std::f32::consts::TAU) };
        let reach = if town { [84.0, 100.0][attempt / 4 % 2] } else { dice.between(56.0, 98.0) };
        let place = start + Vec2::from_angle(angle) * reach;
        let height = terrain.height(place);
        let seen = terrain.clear_between(eye, Vec3A::new(place.x, height.max(1.8) + lamp * 0.3, place.y));
        let shore =
            (0..8).filter(|&side| terrain.height(place + Vec2::from_angle(side as f32 * 0.785) * 24.0) < 0.0).count();
        let yaw = (place - start).x.atan2(-(place - start).y);
        let score = if seen { 40.0 } else { 0.0 } - smooth(1.5, -2.0, height) * 45.0
            + (height - eye.y).clamp(-6.0, 12.0) * 1.3
            + (shore.min(4) as f32) * 4.0
            + openness(terrain, start, yaw) * 0.7
            - (1.0 - terrain.normal(place).y) * 60.0;
        if score > best.0 {
            best = (score, place);
        }
    }
    best.1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_light_is_full_in_exactly_the_frame_that_holds_the_stroke() {
        for seed in 0..20 {
            let rhythm = Rhythm::of(seed);
            for span in [16_667, 33_333, 41_667] {
                let span = MediaDelta::from_micros(span);
                let (mut start, mut strokes) = (MediaTime::ZERO, 0);
                while start.as_secs_f64() < 30.0 {
                    let stroke = rhythm.stroke_in(start, span);
                    strokes += usize::from(stroke.is_some());
                    let light = rhythm.light(start, span);
                    assert_eq!(stroke.is_some(), light >= 1.0, "seed {seed} at {start}");
                    assert!(stroke.is_none_or(|at| at >= start && at < start + span), "seed {seed} at {start}");
                    start += span;
                }
                assert!((4..=8).contains(&strokes), "seed {seed}: {strokes}");
            }
        }
    }
}
