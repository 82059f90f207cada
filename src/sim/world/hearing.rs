//! What is heard in the world: the lasting scene, and what happens within a frame.

use glam::Vec2;

use super::noise::smooth;
use super::terrain::toward;
use super::walker::Footfall;
use super::weather::SPEED_OF_SOUND;
use super::world::World;
use crate::media::MediaDelta;
use crate::sim::sound::{Ambience, MoodTint, SoundEvent, SoundScene, Surface, Water, WaterKind};

/// How far water is heard, metres.
const WATER_HEARD: f32 = 90.0;

impl World {
    /// What is to be heard as long as nothing changes.
    #[must_use]
    pub fn sound_scene(&self) -> SoundScene {
        let levels = self.weather.levels;
        let daylight = smooth(-0.12, 0.12, super::air::sun_at(self.hour).y);
        let quiet = 1.0 - 0.75 * levels.rain.max(levels.storm).max(levels.snow * 0.6);
        SoundScene {
            wind: levels.wind,
            rain: levels.rain,
            snow: levels.snow,
            dust: levels.dust,
            water: self.water_near(),
            ambience: Ambience { kind: self.theme.ambience, level: 0.6 * quiet, daylight },
            space: self.theme.space,
            mood: MoodTint::from(self.look.mood()),
        }
    }

    /// The nearest water within hearing, in sixteen directions.
    fn water_near(&self) -> Water {
        let kind = self.theme.water.kind;
        let place = self.walker.place;
        if kind == WaterKind::None {
            return Water::default();
        }
        if self.terrain.height(place) < 0.0 {
            return Water { kind, nearness: 1.0, pan: 0.0 };
        }
        let mut nearest = (WATER_HEARD, Vec2::ZERO);
        for side in 0..16 {
            let direction = Vec2::from_angle(side as f32 * std::f32::consts::TAU / 16.0);
            let mut reach = 2.0;
            while reach < nearest.0 {
                if self.terrain.height(place + direction * reach) < -0.05 {
                    nearest = (reach, direction);
                    break;
                }
                reach *= 1.3;
            }
        }
        let nearness = smooth(WATER_HEARD, 1.0, nearest.0);
        Water { kind, nearness, pan: self.pan_of(nearest.1) * smooth(1.0, 12.0, nearest.0) }
    }

    /// −1 left to 1 right of a direction on the map.
    pub(super) fn pan_of(&self, way: Vec2) -> f32 {
        let right = Vec2::new(self.walker.yaw.cos(), self.walker.yaw.sin());
        way.normalize_or_zero().dot(right).clamp(-1.0, 1.0)
    }

    /// What happens within the frame: the landmark's bell, lightning and the thunder that follows it.
    pub(super) fn hear_frame(&mut self) {
        if let Some(at) = self.rhythm.stroke_in(self.now, self.span) {
            let way = toward(self.walker.place, self.setting.landmark);
            self.say(SoundEvent::Bell { at, distance_m: way.length(), pan: self.pan_of(way) });
        }
        if let Some(stroke) = self.weather.stroke_in(self.now, self.span) {
            let delay = MediaDelta::from_secs_f64(f64::from(stroke.distance / SPEED_OF_SOUND));
            let way = Vec2::new(stroke.azimuth.sin(), -stroke.azimuth.cos());
            let thunder = SoundEvent::Thunder { at: stroke.at + delay, distance_m: stroke.distance, pan: self.pan_of(way) };
            self.say(thunder);
        }
    }

    /// A foot falls.
    pub(super) fn hear_step(&mut self, step: Footfall) {
        let surface = self.surface();
        if surface == Surface::Water && (step.landing || step.running) {
            self.say(SoundEvent::Splash { at: step.at, size: if step.landing { 0.9 } else { 0.4 }, pan: 0.0 });
        }
        self.say(SoundEvent::Step { at: step.at, surface, running: step.running });
    }

    /// What the walker's feet meet.
    fn surface(&self) -> Surface {
        let place = self.walker.place;
        let (height, normal) = (self.terrain.height(place), self.terrain.normal(place));
        let look = &self.theme.ground;
        if height < -0.05 && self.theme.water.glow < 0.5 {
            Surface::Water
        } else if self.weather.lying.max(self.theme.snow) > 0.4 {
            Surface::Snow
        } else if normal.y < 0.8 || height > look.cap_from {
            Surface::Stone
        } else if height < look.shore_to * 0.7 && self.theme.surface == Surface::Grass {
            Surface::Sand
        } else {
            self.theme.surface
        }
    }

    /// Moves the sound events that are heard within this frame into `out`; thunder that is still on its way waits.
    pub fn drain_events(&mut self, out: &mut Vec<SoundEvent>) {
        let end = self.now + self.span;
        self.events.retain(|event| {
            let due = event.at() < end;
            if due {
                out.push(*event);
            }
            !due
        });
    }
}
