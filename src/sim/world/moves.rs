//! Camera moves that directors ask for: each runs for its time, eased in and out, and gives way to the walker's own feet.

use glam::Vec2;

use super::terrain::{Terrain, toward};
use super::walker::Walker;
use crate::wire::CameraMove;

/// A move under way.
#[derive(Clone, Debug)]
pub struct Move {
    kind: Kind,
    total: f32,
    done: f32,
}

#[derive(Clone, Debug)]
enum Kind {
    Pan(f32),
    Tilt(f32),
    Dolly(f32),
    Orbit { around: Vec2, radius: f32, from: f32, by: f32 },
}

/// Farthest dolly, metres, and widest turn, degrees.
const FARTHEST: f32 = 60.0;
const WIDEST: f32 = 720.0;

impl Move {
    /// A move of an amount over some seconds; `None` for a cut or a move that is not known. `around` is what to orbit.
    #[must_use]
    pub fn of(kind: &CameraMove, amount: Option<f32>, seconds: f32, walker: &Walker, around: Vec2) -> Option<Self> {
        let amount = amount.filter(|amount| amount.is_finite());
        let turn = |degrees: f32| amount.unwrap_or(degrees).clamp(-WIDEST, WIDEST).to_radians();
        let kind = match kind {
            CameraMove::Pan => Kind::Pan(turn(45.0)),
            CameraMove::Tilt => Kind::Tilt(turn(15.0)),
            CameraMove::Dolly => Kind::Dolly(amount.unwrap_or(8.0).clamp(-FARTHEST, FARTHEST)),
            CameraMove::Orbit => {
                let out = toward(around, walker.place);
                let radius = out.length().clamp(5.0, 140.0);
                Kind::Orbit { around, radius, from: out.y.atan2(out.x), by: turn(120.0) }
            }
            CameraMove::Cut | CameraMove::Other(_) => return None,
        };
        Some(Self { kind, total: seconds.clamp(0.05, 120.0), done: 0.0 })
    }

    /// Moves on; `false` when it has ended.
    pub fn step(
        &mut self,
        seconds: f32,
        walker: &mut Walker,
        terrain: &Terrain,
        push: &mut dyn FnMut(Vec2, f32) -> Vec2,
    ) -> bool {
        let before = ease(self.done / self.total);
        self.done = (self.done + seconds).min(self.total);
        let after = ease(self.done / self.total);
        let part = after - before;
        match &self.kind {
            Kind::Pan(angle) => walker.turn(angle * part, 0.0),
            Kind::Tilt(angle) => walker.turn(0.0, angle * part),
            Kind::Dolly(way) => {
                let ahead = Vec2::new(walker.yaw.sin(), -walker.yaw.cos());
                walker.shift(ahead * way * part, terrain, push);
            }
            Kind::Orbit { around, radius, from, by } => {
                let place = *around + Vec2::from_angle(from + by * after) * *radius;
                let inward = toward(place, *around);
                walker.carry(place, inward.x.atan2(-inward.y));
            }
        }
        self.done < self.total
    }
}

fn ease(part: f32) -> f32 {
    let t = part.clamp(0.0, 1.0);
    t * t * (3.0 - 2.0 * t)
}
