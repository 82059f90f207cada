//! The world itself: its state, its beginning, and the passing of time. `scene` draws it, `hearing` listens to it, `directing`
//! changes it.

use std::collections::VecDeque;

use glam::Vec2;

use super::air::sun_at;
use super::dome::Dome;
use super::ground::GroundMap;
use super::hours::hour_of;
use super::kind::Kind;
use super::lamps::Lamps;
use super::landmark::{Rhythm, Setting};
use super::meshes::{self, Shapes, VARIANTS};
use super::mood::Look;
use super::moves::Move;
use super::noise::{Dice, smooth};
use super::prompt;
use super::stage::Stage;
use super::terrain::Terrain;
use super::theme::Theme;
use super::things::{BUCKET, Clearing, Thing, Things, push_one, thing_at};
use super::walker::Walker;
use super::weather::{Levels, Sky};
use crate::media::{MediaDelta, MediaTime};
use crate::sim::director::scene_words;
use crate::sim::sound::SoundEvent;
use crate::wire::{Control, TimeOfDay};

/// Most sound events kept for [`World::drain_events`]; more, and the oldest are dropped.
pub(super) const MOST_EVENTS: usize = 64;
/// Hours of the world in a second of media time: a day takes an hour.
const HOURS_A_SECOND: f32 = 1.0 / 150.0;
/// Longest step of the simulation, seconds; a longer frame is stepped in pieces.
const LONGEST: f32 = 0.05;
/// Seconds in which a wander prompt turns the clock to its theme's hour.
const WANDER_SECONDS: f32 = 3.0;

/// A world.
///
/// Time passes in frames: after [`World::step`] with a frame's duration, [`World::now`] is the presentation time of the frame
/// that [`World::render`] draws, and every event drained lies within `[now, now + duration)`.
#[derive(Debug)]
pub struct World {
    pub(super) now: MediaTime,
    pub(super) span: MediaDelta,
    pub(super) theme: Theme,
    pub(super) terrain: Terrain,
    pub(super) ground: GroundMap,
    pub(super) things: Things,
    pub(super) setting: Setting,
    pub(super) landmark: Thing,
    pub(super) rhythm: Rhythm,
    pub(super) flock: Option<Thing>,
    pub(super) walker: Walker,
    pub(super) motion: Option<Move>,
    pub(super) weather: Sky,
    pub(super) hour: f32,
    /// Hours a second, and seconds left, of a turn of the clock that was asked for.
    pub(super) clock_turn: Option<(f32, f32)>,
    pub(super) look: Look,
    pub(super) dome: Dome,
    pub(super) shapes: Vec<Shapes>,
    pub(super) lamps: Lamps,
    pub(super) stage: Stage,
    pub(super) events: VecDeque<SoundEvent>,
    pub(super) seed: u64,
}

impl World {
    /// Generates the world of a prompt and a seed; takes a fraction of a second, and tells how far it is: what is being done,
    /// and percents of the whole.
    #[must_use]
    pub fn generate(prompt: &str, seed: u64, progress: &mut dyn FnMut(&str, f32)) -> Self {
        progress("reading the prompt", 0.0);
        let theme = prompt::theme_of(prompt);
        let mut terrain =
            Terrain::shape(seed, &theme.shape, &mut |percent| progress("shaping the land", 5.0 + percent * 0.35));
        progress("finding a place to begin", 42.0);
        let setting = Setting::find(&mut terrain, theme.landmark, seed, theme.name == "city");
        progress("colouring the ground", 48.0);
        let ground = GroundMap::bake(&terrain, &theme, seed);
        progress("planting and building", 70.0);
        let things = Things::grow(&terrain, &theme, seed, &Clearing { start: setting.start, landmark: setting.landmark });
        progress("hanging the sky", 90.0);
        let walker = Walker::new(&terrain, setting.start, setting.yaw);
        let words = Opening::of(prompt, &theme);
        let mut world = Self {
            now: MediaTime::ZERO,
            span: MediaDelta::ZERO,
            landmark: landmark_of(&terrain, &theme, &setting),
            rhythm: Rhythm::of(seed),
            flock: flock_of(&terrain, &theme, &setting),
            motion: None,
            weather: Sky::new(words.levels, seed),
            hour: words.hour,
            clock_turn: None,
            look: Look::of(words.mood),
            dome: Dome::new(seed),
            shapes: meshes::all(),
            lamps: Lamps::default(),
            stage: Stage::default(),
            events: VecDeque::with_capacity(MOST_EVENTS),
            theme,
            terrain,
            ground,
            things,
            setting,
            walker,
            seed,
        };
        // The first picture is not the view of a moment ago.
        world.look.step(0.0);
        progress("ready", 100.0);
        world
    }

    /// Takes the state of the user's hands; the latest wins. Feet end a camera move that was asked for.
    pub fn control(&mut self, control: &Control) {
        self.walker.control(control);
        if self.walker.wants_to_move() {
            self.motion = None;
        }
    }

    /// A stream was opened or closed: hands are empty, and looks count from zero again.
    pub fn let_go(&mut self) {
        self.walker.let_go();
    }

    /// Moves to the next frame, which lasts for `span`. A negative span reads as zero, one above a second as a second for the
    /// walker, who else would walk far unseen.
    pub fn step(&mut self, span: MediaDelta) {
        self.now += self.span;
        self.span = if span < MediaDelta::ZERO { MediaDelta::ZERO } else { span };
        let mut left = (self.span.as_secs_f64() as f32).min(1.0);
        let mut at = self.now;
        while left > 0.0 {
            let piece = left.min(LONGEST);
            self.live(at, piece);
            at += MediaDelta::from_secs_f64(f64::from(piece));
            left -= piece;
        }
        self.hear_frame();
    }

    fn live(&mut self, at: MediaTime, seconds: f32) {
        self.weather.step(seconds);
        self.look.step(seconds);
        let mut hours = seconds * HOURS_A_SECOND;
        if let Some((rate, left)) = &mut self.clock_turn {
            hours = *rate * seconds.min(*left);
            *left -= seconds;
            if *left <= 0.0 {
                self.clock_turn = None;
            }
        }
        self.hour = (self.hour + hours).rem_euclid(24.0);
        let (things, landmark) = (&self.things, &self.landmark);
        let mut push = |place: Vec2, radius: f32| {
            let out = push_one(landmark, place, radius);
            out + things.push_out(place + out, radius)
        };
        if let Some(motion) = &mut self.motion
            && !motion.step(seconds, &mut self.walker, &self.terrain, &mut push)
        {
            self.motion = None;
        }
        if let Some(step) = self.walker.step(at, seconds, &self.terrain, &mut push) {
            self.hear_step(step);
        }
    }

    /// Presentation time of the frame.
    #[must_use]
    pub const fn now(&self) -> MediaTime {
        self.now
    }

    /// Where the walker is: metres east and south on the map that repeats every 2048 m, and the height of the eyes above water.
    #[must_use]
    pub fn eye(&self) -> [f32; 3] {
        self.walker.eye().to_array()
    }

    /// Where the walker looks: radians to the right of north, and upwards.
    #[must_use]
    pub const fn gaze(&self) -> (f32, f32) {
        (self.walker.yaw, self.walker.pitch)
    }

    /// The hour of the world, 0 to 24.
    #[must_use]
    pub const fn hour(&self) -> f32 {
        self.hour
    }

    /// The name of the theme; `dream` for one that was made of words unknown.
    #[must_use]
    pub const fn theme(&self) -> &'static str {
        self.theme.name
    }

    /// The height of the ground at a place on the map, metres above water.
    #[must_use]
    pub fn ground_height(&self, east: f32, south: f32) -> f32 {
        self.terrain.height(Vec2::new(east, south))
    }

    /// Where the landmark stands on the map, and the height of its light.
    #[must_use]
    pub fn landmark(&self) -> [f32; 3] {
        let height = super::towers::lamp_height(self.landmark.kind).unwrap_or(0.0);
        [self.landmark.place.x, self.landmark.foot + height, self.landmark.place.y]
    }

    /// Lets rendering use up to this many threads, 1 to 8; the picture stays the same.
    pub fn set_workers(&mut self, workers: usize) {
        self.stage.workers(workers);
    }

    /// Re-themes the world: colours, sky, weather, what grows and stands. Geography stays, and so does what directors brought.
    pub fn wander(&mut self, prompt: &str) {
        self.theme = prompt::theme_of(prompt);
        self.ground = GroundMap::bake(&self.terrain, &self.theme, self.seed);
        let clearing = Clearing { start: self.walker.place, landmark: self.setting.landmark };
        let mut before = std::mem::replace(&mut self.things, Things::grow(&self.terrain, &self.theme, self.seed, &clearing));
        self.things.keep_spawned(&mut before);
        self.landmark = landmark_of(&self.terrain, &self.theme, &self.setting);
        self.flock = flock_of(&self.terrain, &self.theme, &self.setting);
        let words = Opening::of(prompt, &self.theme);
        self.weather.turn(words.levels);
        self.look.set_mood(&words.mood.unwrap_or(crate::wire::Mood::Neutral));
        self.turn_clock(words.hour, WANDER_SECONDS);
    }

    pub(super) fn bucket(&self) -> (i32, i32) {
        ((self.walker.place.x / BUCKET).floor() as i32, (self.walker.place.y / BUCKET).floor() as i32)
    }

    pub(super) fn shape_height(&self, thing: &Thing) -> f32 {
        let shapes = &self.shapes[thing.kind as usize * VARIANTS + usize::from(thing.variant).min(VARIANTS - 1)];
        shapes.near.height * thing.scale * thing.stretch
    }
}

/// How a prompt lets its world begin.
struct Opening {
    levels: Levels,
    hour: f32,
    mood: Option<crate::wire::Mood>,
}

impl Opening {
    fn of(prompt: &str, theme: &Theme) -> Self {
        let words = scene_words(prompt);
        let own = || Levels::of(&theme.weather.0, theme.weather.1, theme.sky.clouds);
        let said =
            words.weather.and_then(|(weather, strength)| Levels::of(&weather, strength.unwrap_or(0.7), theme.sky.clouds));
        let hour = words.time.and_then(|time| match time {
            TimeOfDay::Hour(hour) if (0.0..=24.0).contains(&hour) => Some(hour.rem_euclid(24.0)),
            TimeOfDay::Hour(_) => None,
            TimeOfDay::Name(name) => hour_of(&name),
        });
        Self { levels: said.or_else(own).unwrap_or_default(), hour: hour.unwrap_or(theme.hour), mood: words.mood }
    }
}

fn landmark_of(terrain: &Terrain, theme: &Theme, setting: &Setting) -> Thing {
    let mut dice = Dice::new(1, 1);
    let mut thing = thing_at(terrain, theme.landmark, setting.landmark, &mut dice, f32::MIN);
    thing.foot = thing.foot.max(-1.0);
    (thing.scale, thing.stretch, thing.tint) = (1.0, 1.0, 1.0);
    // Its front faces where the walk begins, a little turned.
    let way = super::terrain::toward(setting.landmark, setting.start);
    thing.yaw = if theme.name == "city" { 0.0 } else { (-way.x).atan2(way.y) + 0.3 };
    thing
}

fn flock_of(terrain: &Terrain, theme: &Theme, setting: &Setting) -> Option<Thing> {
    let barren = matches!(theme.name, "volcano" | "alien" | "city" | "snow");
    (!barren).then(|| {
        let way = super::terrain::toward(setting.start, setting.landmark);
        let mut thing = thing_at(terrain, Kind::Birds, setting.start + way * 0.75, &mut Dice::new(2, 2), f32::MIN);
        thing.foot = thing.foot.max(0.0) + 14.0;
        thing
    })
}

/// How much of the night there is at an hour, 0 to 1.
pub(super) fn night_at(hour: f32) -> f32 {
    smooth(0.02, -0.24, sun_at(hour).y)
}
