//! The world itself: state, the passing of time, and what goes in and out.

use std::collections::VecDeque;

use glam::{Vec2, Vec3A};

use super::air::{Air, Moment};
use super::dome::Dome;
use super::ground::GroundMap;
use super::lamps::Lamps;
use super::land::{self, LandView};
use super::prompt;
use super::stage::{Backdrop, Stage, WaterParts};
use super::terrain::{HEART, Terrain};
use super::theme::Theme;
use super::walker::Walker;
use super::weather::{Levels, Sky};
use crate::media::{MediaDelta, MediaTime, Picture};
use crate::sim::raster::{Camera, Grade};
use crate::sim::sound::{SoundEvent, SoundScene};
use crate::wire::{Control, Direction};

/// Most sound events kept for [`World::drain_events`]; more, and the oldest are dropped.
const MOST_EVENTS: usize = 64;
/// Horizontal field of view, radians.
const FIELD_OF_VIEW: f32 = 1.31;
/// Game hours in a second.
const HOURS_A_SECOND: f32 = 1.0 / 150.0;

/// What became of a direction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Applied {
    /// Whether the world knew what to do.
    pub understood: bool,
    /// For the user: what was done, or what can be said instead.
    pub message: String,
    /// Whether the view jumped: the next frame carries a discontinuity.
    pub cut: bool,
}

/// A world.
///
/// Time passes in frames: after [`World::step`] with a frame's duration, [`World::now`] is the presentation time of the frame
/// that [`World::render`] draws, and every event drained lies within `[now, now + duration)`.
#[derive(Debug)]
pub struct World {
    now: MediaTime,
    span: MediaDelta,
    theme: Theme,
    terrain: Terrain,
    ground: GroundMap,
    walker: Walker,
    weather: Sky,
    hour: f32,
    dome: Dome,
    lamps: Lamps,
    stage: Stage,
    events: VecDeque<SoundEvent>,
    seed: u64,
}

impl World {
    /// Generates the world of a prompt and a seed; takes a fraction of a second, and tells how far it is: a stage's name and
    /// percents of the whole.
    #[must_use]
    pub fn generate(prompt: &str, seed: u64, progress: &mut dyn FnMut(&str, f32)) -> Self {
        progress("reading the prompt", 0.0);
        let theme = prompt::theme_of(prompt);
        let terrain = Terrain::shape(seed, &theme.shape, &mut |percent| progress("shaping the land", percent * 0.6));
        progress("colouring the ground", 65.0);
        let ground = GroundMap::bake(&terrain, &theme, seed);
        progress("hanging the sky", 85.0);
        let dome = Dome::new(seed);
        let levels = Levels::of(&theme.weather.0, theme.weather.1, theme.sky.clouds).unwrap_or_default();
        let walker = Walker::new(&terrain, HEART, 0.0);
        let hour = theme.hour;
        progress("ready", 100.0);
        Self {
            now: MediaTime::ZERO,
            span: MediaDelta::ZERO,
            weather: Sky::new(levels, seed),
            walker,
            hour,
            dome,
            ground,
            terrain,
            theme,
            lamps: Lamps::default(),
            stage: Stage::default(),
            events: VecDeque::with_capacity(MOST_EVENTS),
            seed,
        }
    }

    /// Takes the state of the user's hands; the latest wins.
    pub fn control(&mut self, control: &Control) {
        self.walker.control(control);
    }

    /// A stream was opened or closed: hands are empty, and looks count from zero again.
    pub fn let_go(&mut self) {
        self.walker.let_go();
    }

    /// Moves to the next frame, which lasts for `span`.
    pub fn step(&mut self, span: MediaDelta) {
        self.now += self.span;
        self.span = if span < MediaDelta::ZERO { MediaDelta::ZERO } else { span };
        let seconds = (self.span.as_secs_f64() as f32).min(0.25);
        self.weather.step(seconds);
        self.hour = (self.hour + seconds * HOURS_A_SECOND).rem_euclid(24.0);
        self.walker.step(self.now, seconds, &self.terrain, &mut |_, _| Vec2::ZERO);
    }

    /// Presentation time of the frame.
    #[must_use]
    pub const fn now(&self) -> MediaTime {
        self.now
    }

    /// Lets rendering use up to this many threads; the picture stays the same.
    pub fn set_workers(&mut self, workers: usize) {
        self.stage.workers(workers);
    }

    /// Applies a direction.
    pub fn apply(&mut self, direction: &Direction) -> Applied {
        let _ = direction;
        Applied { understood: false, message: "not yet understood".into(), cut: false }
    }

    /// Re-themes the world; its geography stays.
    pub fn wander(&mut self, prompt: &str) {
        self.theme = prompt::theme_of(prompt);
        self.ground = GroundMap::bake(&self.terrain, &self.theme, self.seed);
        self.hour = self.theme.hour;
        let levels = Levels::of(&self.theme.weather.0, self.theme.weather.1, self.theme.sky.clouds).unwrap_or_default();
        self.weather.turn(levels);
    }

    /// What is to be heard as long as nothing changes.
    #[must_use]
    pub fn sound_scene(&self) -> SoundScene {
        SoundScene::default()
    }

    /// Moves the sound events of the frame into `out`.
    pub fn drain_events(&mut self, out: &mut Vec<SoundEvent>) {
        out.extend(self.events.drain(..));
    }

    /// Draws the frame.
    pub fn render(&mut self, picture: &mut Picture) {
        let eye = self.walker.eye();
        let camera =
            Camera::new(Vec3A::new(eye.x, eye.y, eye.z), self.walker.yaw, self.walker.pitch, FIELD_OF_VIEW, picture.size());
        let levels = self.weather.levels;
        let air = Air::of(&Moment {
            sky: &self.theme.sky,
            hour: self.hour,
            levels: &levels,
            haze: self.theme.haze,
            ground: self.ground.mean(),
            flash: self.weather.flash(self.now, self.span),
            grade: Grade::default(),
        });
        self.stage.begin(&camera);
        let clouds = (levels.cloud, self.weather.drift);
        self.dome.prepare(&air, &camera, clouds.0, clouds.1);
        let view = LandView {
            terrain: &self.terrain,
            ground: &self.ground,
            air: &air,
            lamps: &self.lamps,
            snow: self.weather.lying,
            wet: self.weather.wet,
            eye,
        };
        land::draw(&view, &camera, &mut self.stage.triangles);
        let relief = self.theme.shape.ridges.max(25.0) * 1.4;
        self.dome.ridges(&air, &camera, relief, self.ground.mean(), &mut self.stage.triangles);
        self.dome.lights(&air, &camera, clouds.0, clouds.1, &mut self.stage.under);
        let water = WaterParts {
            look: &self.theme.water,
            air: &air,
            clouds,
            seconds: (self.now.as_secs_f64() % 3600.0) as f32,
            wind: levels.wind,
            rain: levels.rain,
        };
        self.stage.fill(&camera, &Backdrop { dome: &self.dome, water }, picture);
    }
}
