//! The one who walks: held keys, axes and looks become steps over the land. Slopes, deep water and things stop the body; feet
//! are heard where they fall. Knows nothing of pictures.

use glam::{Vec2, Vec3A};

use super::noise::smooth;
use super::terrain::{Terrain, wrap};
use crate::media::MediaTime;
use crate::wire::{Control, Key, Look};

/// Height of the eyes above the ground, metres, standing and crouching.
const EYES: [f32; 2] = [1.7, 0.95];
/// Metres a second.
const WALK: f32 = 3.4;
const RUN: f32 = 7.2;
const CROUCH: f32 = 1.5;
/// Metres from one footfall to the next.
const STRIDE: [f32; 2] = [0.8, 1.35];
/// Rise over run that feet hold on.
const STEEPEST: f32 = 1.05;
/// Depth of water that turns a walker back, metres.
const DEEPEST: f32 = 1.15;
/// The body's radius, metres.
const GIRTH: f32 = 0.4;
/// Take-off speed of a jump and the pull of the earth.
const LEAP: f32 = 4.6;
const GRAVITY: f32 = 11.5;
/// How far up and down one can look, radians.
const PITCH: f32 = 1.45;
/// Most pieces that one step is cut into, so that nobody tunnels through a wall.
const MOST_PIECES: usize = 32;

/// Position, view and motion.
#[derive(Clone, Debug)]
pub struct Walker {
    /// Where on the map, metres, within one span.
    pub place: Vec2,
    /// View to the right, radians from −z.
    pub yaw: f32,
    /// View upwards, radians.
    pub pitch: f32,
    /// Height of the feet.
    feet: f32,
    /// Height of the eyes, smoothed.
    eyes: f32,
    rising: f32,
    airborne: bool,
    velocity: Vec2,
    strode: f32,
    bob: f32,
    hands: Hands,
    look: Option<Look>,
}

/// What hands hold, as numbers.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Hands {
    strafe: f32,
    walk: f32,
    run: bool,
    jump: bool,
    crouch: bool,
}

/// A footfall: when, within the step, and how.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Footfall {
    /// When.
    pub at: MediaTime,
    /// Whether at a run.
    pub running: bool,
    /// Whether it ends a jump.
    pub landing: bool,
}

impl Walker {
    /// One who stands at a place and looks in a direction.
    #[must_use]
    pub fn new(terrain: &Terrain, place: Vec2, yaw: f32) -> Self {
        let feet = terrain.height(place).max(-DEEPEST);
        Self {
            place: wrap(place),
            yaw,
            pitch: 0.0,
            feet,
            eyes: feet + EYES[0],
            rising: 0.0,
            airborne: false,
            velocity: Vec2::ZERO,
            strode: 0.0,
            bob: 0.0,
            hands: Hands::default(),
            look: None,
        }
    }

    /// Takes the state of the hands: the latest wins. Looks are accumulated, so their difference turns the head; the first after
    /// [`Self::let_go`] counts from zero.
    pub fn control(&mut self, control: &Control) {
        let held = |key: &Key| f32::from(u8::from(control.keys.contains(key)));
        let axis = |value: f32| if value.is_finite() { value } else { 0.0 };
        self.hands = Hands {
            strafe: (held(&Key::Right) - held(&Key::Left) + axis(control.axes.strafe)).clamp(-1.0, 1.0),
            walk: (held(&Key::Forward) - held(&Key::Back) + axis(control.axes.walk)).clamp(-1.0, 1.0),
            run: control.keys.contains(&Key::Run),
            jump: control.keys.contains(&Key::Up),
            crouch: control.keys.contains(&Key::Down),
        };
        let last = self.look.unwrap_or_default();
        let (yaw, pitch) = (control.look.yaw - last.yaw, control.look.pitch - last.pitch);
        if yaw.is_finite() && pitch.is_finite() {
            self.turn(yaw, pitch);
            self.look = Some(control.look);
        }
    }

    /// Opens the hands and forgets what was looked at: a new stream counts its looks from zero.
    pub fn let_go(&mut self) {
        self.hands = Hands::default();
        self.look = None;
    }

    /// Whether hands ask to move.
    #[must_use]
    pub fn wants_to_move(&self) -> bool {
        self.hands.walk != 0.0 || self.hands.strafe != 0.0
    }

    /// Turns the head.
    pub fn turn(&mut self, yaw: f32, pitch: f32) {
        self.yaw = (self.yaw + yaw).rem_euclid(std::f32::consts::TAU);
        self.pitch = (self.pitch + pitch).clamp(-PITCH, PITCH);
    }

    /// Puts the walker down somewhere else.
    pub fn put(&mut self, terrain: &Terrain, place: Vec2, yaw: f32, pitch: f32) {
        let (hands, look) = (self.hands, self.look);
        *self = Self { pitch: pitch.clamp(-PITCH, PITCH), hands, look, ..Self::new(terrain, place, yaw) };
    }

    /// Takes the walker along to a place and a view; the eyes follow the ground smoothly.
    pub fn carry(&mut self, place: Vec2, yaw: f32) {
        self.place = wrap(place);
        self.yaw = yaw.rem_euclid(std::f32::consts::TAU);
    }

    /// The eye: place on the map and absolute height, with the sway of the walk.
    #[must_use]
    pub fn eye(&self) -> Vec3A {
        let sway = self.bob * 0.045 * (self.strode * std::f32::consts::TAU).sin();
        Vec3A::new(self.place.x, self.eyes + sway, self.place.y)
    }

    /// Moves by a way on the map as far as the land and the things allow. `push` gives the way out of things for a body at a
    /// place with a radius.
    pub fn shift(&mut self, way: Vec2, terrain: &Terrain, push: &mut dyn FnMut(Vec2, f32) -> Vec2) -> Vec2 {
        let pieces = ((way.length() / 0.25).ceil() as usize).clamp(1, MOST_PIECES);
        let piece = way / pieces as f32;
        let start = self.place;
        for _ in 0..pieces {
            let here = self.place;
            let mut next = here + piece;
            next += push(next, GIRTH);
            if self.blocked(terrain, here, next) {
                // Along the slope or the shore rather than to a halt.
                let slide = [Vec2::new(next.x, here.y), Vec2::new(here.x, next.y)];
                match slide.into_iter().find(|&to| !self.blocked(terrain, here, to)) {
                    Some(to) => next = to,
                    None => break,
                }
            }
            self.place = next;
        }
        let moved = self.place - start;
        self.place = wrap(self.place);
        moved
    }

    fn blocked(&self, terrain: &Terrain, from: Vec2, to: Vec2) -> bool {
        let (here, there) = (terrain.height(from), terrain.height(to));
        let run = (to - from).length();
        if run < 1e-5 {
            return false;
        }
        // Measured over a stride, not over a hair: the land's facets are flat.
        let ahead = to + (to - from) / run * 0.5;
        let slope = (terrain.height(ahead) - here) / (run + 0.5);
        let deep = there < -DEEPEST && there < here;
        deep || (slope > STEEPEST && there > self.feet + 0.05)
    }

    /// Lets time pass from `start`; at most one footfall is due in a step this short.
    pub fn step(
        &mut self,
        start: MediaTime,
        seconds: f32,
        terrain: &Terrain,
        push: &mut dyn FnMut(Vec2, f32) -> Vec2,
    ) -> Option<Footfall> {
        let seconds = seconds.clamp(0.0, 0.25);
        let hands = self.hands;
        let (sin, cos) = self.yaw.sin_cos();
        let wish = Vec2::new(sin, -cos) * hands.walk + Vec2::new(cos, sin) * hands.strafe;
        let wish = if wish.length_squared() > 1.0 { wish.normalize() } else { wish };
        let wading = smooth(0.2, -DEEPEST, terrain.height(self.place));
        let pace = if hands.crouch {
            CROUCH
        } else if hands.run {
            RUN
        } else {
            WALK
        } * (1.0 - 0.55 * wading);
        let grip = if self.airborne { 1.5 } else { 11.0 };
        self.velocity += (wish * pace - self.velocity) * (1.0 - (-grip * seconds).exp());
        if self.velocity.length() < 0.02 {
            self.velocity = Vec2::ZERO;
        }
        let moved = self.shift(self.velocity * seconds, terrain, push);
        if seconds > 0.0 {
            // What was stopped is no longer carried: nobody shoots off when the wall ends.
            let real = moved / seconds;
            self.velocity = real.clamp_length_max(self.velocity.length());
        }
        let landed = self.fall(terrain, seconds, hands.jump);
        let stature = if hands.crouch { EYES[1] } else { EYES[0] };
        let goal = self.feet + stature;
        self.eyes += (goal - self.eyes) * (1.0 - (-12.0 * seconds).exp());
        self.eyes = self.eyes.max(self.feet + 0.5);
        let running = hands.run && !hands.crouch;
        let pace_now = self.velocity.length();
        self.bob +=
            (smooth(0.3, 3.0, pace_now) * if running { 1.35 } else { 1.0 } - self.bob) * (1.0 - (-6.0 * seconds).exp());
        if landed {
            return Some(Footfall { at: start, running: true, landing: true });
        }
        if self.airborne {
            return None;
        }
        let stride = STRIDE[usize::from(running)];
        let before = self.strode;
        self.strode += moved.length() / stride;
        if self.strode < 1.0 {
            return None;
        }
        let part = f64::from((1.0 - before) / (self.strode - before).max(1e-6)).clamp(0.0, 0.999);
        self.strode = (self.strode - 1.0).min(0.9);
        let at = start + crate::media::MediaDelta::from_micros((part * f64::from(seconds) * 1e6) as i64);
        Some(Footfall { at, running, landing: false })
    }

    /// Falls, lands, jumps; tells whether feet just met the ground from a height.
    fn fall(&mut self, terrain: &Terrain, seconds: f32, jump: bool) -> bool {
        let ground = terrain.height(self.place).max(-DEEPEST);
        if jump && !self.airborne {
            self.rising = LEAP;
            self.airborne = true;
        }
        if self.airborne {
            self.feet += self.rising * seconds - 0.5 * GRAVITY * seconds * seconds;
            self.rising -= GRAVITY * seconds;
            if self.feet <= ground {
                let hard = self.rising < -1.5;
                (self.feet, self.rising, self.airborne) = (ground, 0.0, false);
                return hard;
            }
            return false;
        }
        if ground < self.feet - 0.9 {
            self.airborne = true;
            return false;
        }
        self.feet = ground;
        false
    }
}

#[cfg(test)]
mod tests {
    use super::super::catalogue;
    use super::*;
    use crate::wire::Axes;

    fn land() -> Terrain {
        Terrain::shape(3, &catalogue::theme("meadow").shape, &mut |_| {})
    }

    #[test]
    fn looks_are_accumulated_so_a_lost_message_loses_no_turn() {
        let terrain = land();
        let look = |yaw| Control { look: Look { yaw, pitch: 0.0 }, ..Control::default() };
        let mut all = Walker::new(&terrain, Vec2::splat(900.0), 0.0);
        [0.1, 0.3, 0.6].into_iter().for_each(|yaw| all.control(&look(yaw)));
        let mut lost = Walker::new(&terrain, Vec2::splat(900.0), 0.0);
        lost.control(&look(0.6));
        assert!((all.yaw - lost.yaw).abs() < 1e-5 && (all.yaw - 0.6).abs() < 1e-5);
        lost.let_go();
        lost.control(&look(0.1));
        assert!((lost.yaw - 0.7).abs() < 1e-5, "a new stream counts from zero");
    }

    #[test]
    fn hands_full_of_nonsense_keep_the_walker_finite() {
        let terrain = land();
        let mut walker = Walker::new(&terrain, Vec2::splat(900.0), 0.0);
        let axes = Axes { strafe: f32::NAN, walk: f32::INFINITY };
        walker.control(&Control { axes, look: Look { yaw: f32::NAN, pitch: 9e9 }, ..Control::default() });
        walker.control(&Control { axes, look: Look { yaw: 1e9, pitch: 9e9 }, ..Control::default() });
        walker.step(MediaTime::ZERO, 0.03, &terrain, &mut |_, _| Vec2::ZERO);
        assert!(walker.eye().is_finite() && walker.yaw.is_finite() && walker.pitch.abs() <= PITCH);
    }
}
