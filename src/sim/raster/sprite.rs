//! What is laid over triangles: glows, soft discs, streaks, and shadows that lie on the ground. All test against depth.

use glam::{Vec2, Vec3A};

use super::camera::Camera;
use super::frame::{Band, pack, unpack};

/// The form of a sprite.
#[derive(Clone, Copy, Debug)]
pub enum SpriteShape {
    /// Adds light that fades from the middle outwards; radius in pixels.
    Glow {
        /// Pixels.
        radius: f32,
    },
    /// Covers, with an edge one pixel soft; radius in pixels.
    Disc {
        /// Pixels.
        radius: f32,
    },
    /// Covers along a line to a second point, fading towards both ends.
    Streak {
        /// The other end, pixels from the position.
        to: Vec2,
        /// Pixels.
        width: f32,
    },
    /// Darkens the ground within an ellipse that lies level, given in metres around a place relative to the eye.
    Shadow {
        /// Middle, relative to the eye.
        middle: Vec3A,
        /// Half axis along, as a level direction times its length.
        along: Vec2,
        /// Half axis across, metres.
        across: f32,
        /// The normal of the ground.
        normal: Vec3A,
    },
}

/// One sprite.
#[derive(Clone, Copy, Debug)]
pub struct Sprite {
    /// Form.
    pub shape: SpriteShape,
    /// Middle in pixels.
    pub at: Vec2,
    /// Inverse depth: pixels nearer than this hide it. 0 lies at infinity.
    pub inverse: f32,
    /// Display colour.
    pub color: Vec3A,
    /// 0 to 1; more for glows.
    pub strength: f32,
}

/// Draws sprites onto a band, in order.
pub fn draw_sprites(band: &mut Band<'_>, camera: &Camera, sprites: &[Sprite]) {
    for sprite in sprites {
        match sprite.shape {
            SpriteShape::Glow { radius } => glow(band, sprite, radius),
            SpriteShape::Disc { radius } => disc(band, sprite, radius),
            SpriteShape::Streak { to, width } => streak(band, sprite, to, width),
            SpriteShape::Shadow { middle, along, across, normal } => {
                shadow(band, camera, sprite, &Lying { middle, along, across, normal });
            }
        }
    }
}

/// The pixels of a band within a box: rows and columns, both half open.
fn bounds(band: &Band<'_>, low: Vec2, high: Vec2) -> Option<(std::ops::Range<usize>, std::ops::Range<usize>)> {
    let clip = |value: f32, low: usize, high: usize| value.clamp(low as f32, high as f32) as usize;
    let bottom = band.top + band.rows;
    let rows = clip(low.y.floor(), band.top, bottom)..clip(high.y.ceil(), band.top, bottom);
    let columns = clip(low.x.floor(), 0, band.width)..clip(high.x.ceil(), 0, band.width);
    (rows.start < rows.end && columns.start < columns.end).then_some((rows, columns))
}

fn glow(band: &mut Band<'_>, sprite: &Sprite, radius: f32) {
    let reach = Vec2::splat(radius);
    let Some((rows, columns)) = bounds(band, sprite.at - reach, sprite.at + reach) else { return };
    let inverse = 1.0 / (radius * radius).max(1e-3);
    for row in rows {
        let dy = row as f32 + 0.5 - sprite.at.y;
        for column in columns.clone() {
            let dx = column as f32 + 0.5 - sprite.at.x;
            let fall = 1.0 - (dx * dx + dy * dy) * inverse;
            let index = (row - band.top) * band.width + column;
            if fall > 0.0 && band.depth[index] <= sprite.inverse {
                let add = sprite.color * (fall * fall * fall * sprite.strength);
                band.color[index] = pack(unpack(band.color[index]) + add);
            }
        }
    }
}

fn disc(band: &mut Band<'_>, sprite: &Sprite, radius: f32) {
    let reach = Vec2::splat(radius + 1.0);
    let Some((rows, columns)) = bounds(band, sprite.at - reach, sprite.at + reach) else { return };
    for row in rows {
        let dy = row as f32 + 0.5 - sprite.at.y;
        for column in columns.clone() {
            let dx = column as f32 + 0.5 - sprite.at.x;
            let cover = (radius + 0.5 - dx.hypot(dy)).clamp(0.0, 1.0) * sprite.strength;
            let index = (row - band.top) * band.width + column;
            if cover > 0.0 && band.depth[index] <= sprite.inverse {
                band.color[index] = pack(unpack(band.color[index]).lerp(sprite.color, cover));
            }
        }
    }
}

fn streak(band: &mut Band<'_>, sprite: &Sprite, to: Vec2, width: f32) {
    let reach = Vec2::splat(width + 1.0);
    let end = sprite.at + to;
    let Some((rows, columns)) = bounds(band, sprite.at.min(end) - reach, sprite.at.max(end) + reach) else { return };
    let inverse = 1.0 / to.length_squared().max(1e-3);
    for row in rows {
        for column in columns.clone() {
            let from = Vec2::new(column as f32 + 0.5, row as f32 + 0.5) - sprite.at;
            let part = (from.dot(to) * inverse).clamp(0.0, 1.0);
            let cover = (width * 0.5 + 0.5 - (from - to * part).length()).clamp(0.0, 1.0);
            let cover = cover * (4.0 * part * (1.0 - part)).min(1.0) * sprite.strength;
            let index = (row - band.top) * band.width + column;
            if cover > 0.0 && band.depth[index] <= sprite.inverse {
                band.color[index] = pack(unpack(band.color[index]).lerp(sprite.color, cover));
            }
        }
    }
}

/// A level way as it runs over sloping ground.
fn on_ground(level: Vec2, normal: Vec3A) -> Vec3A {
    Vec3A::new(level.x, -(level.x * normal.x + level.y * normal.z) / normal.y.max(0.2), level.y)
}

/// How a shadow lies.
struct Lying {
    middle: Vec3A,
    along: Vec2,
    across: f32,
    normal: Vec3A,
}

/// Farther from the plane of the ground than this nothing is darkened, metres: walls and trunks stay as they are.
const THICKNESS: f32 = 0.34;

fn shadow(band: &mut Band<'_>, camera: &Camera, sprite: &Sprite, lying: &Lying) {
    let &Lying { middle, along, across, normal } = lying;
    let length = along.length().max(1e-3);
    let reach = length.max(across);
    let side = Vec2::new(-along.y, along.x) / length;
    let corners = [(-1.0, -1.0), (1.0, -1.0), (-1.0, 1.0), (1.0, 1.0)].map(|(a, b): (f32, f32)| {
        let level = along * a + side * (across * b);
        camera.to_view(middle + on_ground(level, normal))
    });
    // One that reaches behind the eye lies underfoot; its middle is enough of it.
    if corners.iter().any(|view| view.z < 0.3) {
        return;
    }
    let points = corners.map(|view| camera.to_screen(view)).map(|(x, y, _)| Vec2::new(x, y));
    let low = points.into_iter().fold(Vec2::MAX, Vec2::min);
    let high = points.into_iter().fold(Vec2::MIN, Vec2::max);
    let grow = Vec2::new(1.0, 1.0 + reach * 0.25 * camera.focal * sprite.inverse);
    let Some((rows, columns)) = bounds(band, low - grow, high + grow) else { return };
    for row in rows {
        let left = camera.ray(columns.start as f32 + 0.5, row as f32 + 0.5);
        let step = camera.right / camera.focal;
        for (offset, column) in columns.clone().enumerate() {
            let index = (row - band.top) * band.width + column;
            let depth = band.depth[index];
            if depth <= 0.0 {
                continue;
            }
            let from = (left + step * offset as f32) / depth - middle;
            let level = Vec2::new(from.x, from.z);
            let (a, b) = (level.dot(along) / (length * length), level.dot(side) / across);
            let fall = 1.0 - (a * a + b * b);
            if fall > 0.0 && from.dot(normal).abs() < THICKNESS {
                let dark = 1.0 - sprite.strength * (fall * 1.9).min(1.0);
                let here = unpack(band.color[index]);
                band.color[index] = pack(here * (Vec3A::splat(dark) + sprite.color * (1.0 - dark)));
            }
        }
    }
}
