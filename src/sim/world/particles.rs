//! What moves in the air: rain, snow, dust, and the motes of a theme. Each particle follows from its number and the media time,
//! in a box that wraps around the eye, so there is nothing to keep.

use glam::{Vec2, Vec3A};

use super::air::{Air, light_of};
use super::noise::{scramble, smooth, unit};
use super::weather::Levels;
use crate::sim::raster::{Camera, Sprite, SpriteShape};

/// Most particles of each kind.
const RAIN: f32 = 240.0;
const SNOW: f32 = 320.0;
const DUST: f32 = 60.0;
const MOTES: f32 = 90.0;

/// What fills the air at a moment.
#[derive(Clone, Copy, Debug)]
pub struct Filling<'a> {
    /// Weather.
    pub levels: &'a Levels,
    /// Colour and number of motes.
    pub motes: (u32, f32),
    /// Media seconds.
    pub seconds: f32,
    /// Light.
    pub air: &'a Air,
}

/// Adds the particles to be seen.
pub fn fill(filling: &Filling<'_>, camera: &Camera, out: &mut Vec<Sprite>) {
    let Filling { levels, motes, seconds, air } = *filling;
    let scale = camera.focal / 420.0;
    let grey = air.grade.display((air.horizon * 0.55 + air.from_sky * 0.4) + air.flash * 0.3);
    let slant = 1.2 + 5.0 * levels.wind;
    if levels.rain > 0.02 {
        let velocity = Vec3A::new(slant, -13.0, slant * 0.35);
        for index in 0..(RAIN * levels.rain) as u32 {
            let (at, dice) = place(index, 1, 9.0, velocity, seconds, camera);
            let Some((x, y, inverse)) = camera.project(at) else { continue };
            let Some((x1, y1, _)) = camera.project(at - velocity * 0.028) else { continue };
            let strength = (0.20 + 0.22 * dice) * smooth(0.3, 1.2, 1.0 / inverse);
            let shape = SpriteShape::Streak {
                to: Vec2::new(x1 - x, y1 - y).clamp_length_max(60.0 * scale),
                width: 0.9 * scale.max(1.0),
            };
            out.push(Sprite { shape, at: Vec2::new(x, y), inverse, color: grey + Vec3A::splat(34.0), strength });
        }
    }
    if levels.snow > 0.02 {
        let white = air.grade.display(air.from_sky * 1.5 + air.key_light * 0.3);
        for index in 0..(SNOW * levels.snow) as u32 {
            let spin = seconds * (0.8 + 0.6 * unit(scramble(u64::from(index))));
            let (mut at, dice) = place(index, 2, 11.0, Vec3A::new(slant * 0.55, -1.5, slant * 0.2), seconds, camera);
            at += Vec3A::new(spin.sin(), 0.0, (spin * 1.3).cos()) * 0.25;
            let Some((x, y, inverse)) = camera.project(at) else { continue };
            let radius = (0.026 * camera.focal * inverse * (0.6 + 0.8 * dice)).min(3.4 * scale);
            let strength = (0.85 * smooth(0.2, 0.8, radius)) * smooth(0.3, 1.0, 1.0 / inverse);
            out.push(Sprite { shape: SpriteShape::Disc { radius }, at: Vec2::new(x, y), inverse, color: white, strength });
        }
    }
    if levels.dust > 0.02 {
        let sand = air.grade.display(air.horizon * 0.95);
        for index in 0..(DUST * levels.dust) as u32 {
            let (at, dice) = place(index, 3, 16.0, Vec3A::new(9.0, 0.3, 4.0), seconds, camera);
            let Some((x, y, inverse)) = camera.project(at) else { continue };
            let Some((x1, y1, _)) = camera.project(at - Vec3A::new(1.4, 0.0, 0.6)) else { continue };
            let shape =
                SpriteShape::Streak { to: Vec2::new(x1 - x, y1 - y).clamp_length_max(120.0 * scale), width: 3.0 * scale };
            out.push(Sprite { shape, at: Vec2::new(x, y), inverse, color: sand, strength: 0.10 + 0.12 * dice });
        }
    }
    if motes.1 > 0.02 {
        let glow = air.grade.display(light_of(motes.0) * 1.2);
        let bright = 0.25 + 0.6 * air.night;
        for index in 0..(MOTES * motes.1) as u32 {
            let wander = seconds * 0.5 + index as f32;
            let (mut at, dice) = place(index, 4, 16.0, Vec3A::new(0.35 + levels.wind, 0.12, 0.2), seconds, camera);
            at += Vec3A::new(wander.sin(), 0.5 * (wander * 1.7).sin(), (wander * 0.8).cos()) * 0.5;
            let Some((x, y, inverse)) = camera.project(at) else { continue };
            let radius = (0.05 * camera.focal * inverse * (0.6 + dice)).clamp(1.2 * scale, 5.0 * scale);
            let pulse = 0.55 + 0.45 * (seconds * (0.7 + dice) + index as f32 * 2.4).sin();
            let strength = bright * pulse * smooth(0.4, 1.5, 1.0 / inverse) * smooth(16.0, 9.0, 1.0 / inverse);
            out.push(Sprite { shape: SpriteShape::Glow { radius }, at: Vec2::new(x, y), inverse, color: glow, strength });
        }
    }
}

/// Where a particle is, relative to the eye, and a number of its own.
fn place(index: u32, family: u64, size: f32, velocity: Vec3A, seconds: f32, camera: &Camera) -> (Vec3A, f32) {
    let hash = scramble(u64::from(index) << 8 ^ family);
    let start = Vec3A::new(unit(hash), unit(scramble(hash)), unit(scramble(hash ^ 7))) * (2.0 * size);
    let faster = 0.8 + 0.4 * unit(hash >> 7);
    let moved = start + velocity * (seconds * faster) - camera.eye;
    let wrap = |value: f32| value.rem_euclid(2.0 * size) - size;
    (Vec3A::new(wrap(moved.x), wrap(moved.y) * 0.7, wrap(moved.z)), unit(hash ^ 0x00ff_ff00))
}
