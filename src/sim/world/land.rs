//! Draws the terrain: rings of squares around the eye, each ring with cells twice as wide as the one inside it, whose outer
//! corners slide onto the coarser ring before they meet it. So detail comes and goes without a seam and without a jump.
//!
//! After Losasso and Hoppe, "Geometry clipmaps" (SIGGRAPH 2004), with the heightfield itself as every level.

use glam::{Vec2, Vec3A};

use super::air::Air;
use super::ground::GroundMap;
use super::lamps::Lamps;
use super::terrain::{CELL, Terrain};
use crate::sim::raster::{Camera, Corner, Triangles, pack};

/// Cells from the middle of a ring to its rim.
const HALF: i32 = 32;
/// Rings; the outermost reaches half way around the world.
const RINGS: i32 = 5;
/// Cells along one side of a block, the unit of culling.
const BLOCK: i32 = 8;
const POINTS: usize = (BLOCK + 1) as usize;

/// What the land needs to be drawn.
#[derive(Debug)]
pub struct LandView<'a> {
    /// The heightfield.
    pub terrain: &'a Terrain,
    /// Its colours.
    pub ground: &'a GroundMap,
    /// The light.
    pub air: &'a Air,
    /// Lamps that light it.
    pub lamps: &'a Lamps,
    /// White on level ground, 0 to 1.
    pub snow: f32,
    /// Dark with wet, 0 to 1.
    pub wet: f32,
    /// Where the eye is on the map; heights are absolute.
    pub eye: Vec3A,
}

#[derive(Clone, Copy)]
struct Point {
    relative: Vec3A,
    view: Vec3A,
    albedo: Vec3A,
    shade: f32,
}

/// Pushes the visible triangles of the land, nearest ring first.
pub fn draw(view: &LandView<'_>, camera: &Camera, out: &mut Triangles) {
    let mut hole = None;
    for ring in 0..RINGS {
        let cell = CELL * (1 << ring) as f32;
        let snap = |value: f32| (value / (2.0 * cell)).round() as i32 * 2;
        let center = (snap(view.eye.x), snap(view.eye.z));
        // Blocks nearest to the eye come first: what is full or hidden then is what is far.
        for bz in order(HALF / BLOCK) {
            for bx in order(HALF / BLOCK) {
                let from = (center.0 + bx * BLOCK, center.1 + bz * BLOCK);
                draw_block(view, camera, ring, from, hole, out);
            }
        }
        // In cells of the next ring; one cell of overlap closes the pinholes of T-junctions.
        let half = HALF / 2 - 1;
        hole = Some((center.0 / 2 - half, center.1 / 2 - half, center.0 / 2 + half, center.1 / 2 + half));
    }
}

/// −1, 0, −2, 1, … : block indices from the middle outwards.
fn order(half: i32) -> impl Iterator<Item = i32> {
    (0..half).flat_map(|step| [-1 - step, step])
}

fn draw_block(
    view: &LandView<'_>,
    camera: &Camera,
    ring: i32,
    from: (i32, i32),
    hole: Option<(i32, i32, i32, i32)>,
    out: &mut Triangles,
) {
    let inside = |x: i32, z: i32| hole.is_some_and(|(x0, z0, x1, z1)| x >= x0 && x < x1 && z >= z0 && z < z1);
    if inside(from.0, from.1) && inside(from.0 + BLOCK - 1, from.1 + BLOCK - 1) {
        return;
    }
    let cell = CELL * (1 << ring) as f32;
    let middle = Vec2::new((from.0 + BLOCK / 2) as f32, (from.1 + BLOCK / 2) as f32) * cell;
    let stride = 1 << ring;
    let sample = |x: i32, z: i32| view.terrain.sample(x * stride, z * stride);
    let (mut low, mut high) = (f32::MAX, f32::MIN);
    for dz in (0..=BLOCK).step_by(2) {
        for dx in (0..=BLOCK).step_by(2) {
            let height = sample(from.0 + dx, from.1 + dz);
            (low, high) = (low.min(height), high.max(height));
        }
    }
    let slack = cell * 1.5;
    let relative = Vec3A::new(middle.x - view.eye.x, (low + high) * 0.5 - view.eye.y, middle.y - view.eye.z);
    let radius = (cell * BLOCK as f32 * 0.75).hypot((high - low) * 0.5 + slack);
    if !camera.sees(relative, radius) {
        return;
    }
    let mut points = [[Point { relative: Vec3A::ZERO, view: Vec3A::ZERO, albedo: Vec3A::ZERO, shade: 0.0 }; POINTS]; POINTS];
    for (dz, row) in points.iter_mut().enumerate() {
        for (dx, point) in row.iter_mut().enumerate() {
            let (x, z) = (from.0 + dx as i32, from.1 + dz as i32);
            let (px, pz) = (x as f32 * cell, z as f32 * cell);
            let away = (px - view.eye.x).abs().max((pz - view.eye.z).abs());
            let slide = if ring + 1 == RINGS { 0.0 } else { ((away / cell - 22.0) / 6.0).clamp(0.0, 1.0) };
            let mut height = sample(x, z);
            let (mut albedo, shade) = view.ground.at(x * stride, z * stride);
            let (odd_x, odd_z) = (x & 1, z & 1);
            if slide > 0.0 && (odd_x | odd_z) != 0 {
                let (a, b) = ((x - odd_x, z - odd_z), (x + odd_x, z + odd_z));
                let coarse = (sample(a.0, a.1) + sample(b.0, b.1)) * 0.5;
                height += (coarse - height) * slide;
                let (from_a, _) = view.ground.at(a.0 * stride, a.1 * stride);
                let (from_b, _) = view.ground.at(b.0 * stride, b.1 * stride);
                albedo = albedo.lerp((from_a + from_b) * 0.5, slide);
            }
            let relative = Vec3A::new(px, height, pz) - view.eye;
            *point = Point { relative, view: camera.to_view(relative), albedo, shade };
        }
    }
    for dz in 0..BLOCK {
        for dx in 0..BLOCK {
            if inside(from.0 + dx, from.1 + dz) {
                continue;
            }
            let (x, z) = (dx as usize, dz as usize);
            let (p00, p10, p01, p11) = (&points[z][x], &points[z][x + 1], &points[z + 1][x], &points[z + 1][x + 1]);
            // The diagonal from (0, 0) to (1, 1) is also the one that `Terrain::height` walks on.
            facet(view, camera, [p00, p11, p10], out);
            facet(view, camera, [p00, p01, p11], out);
        }
    }
}

#[inline]
fn facet(view: &LandView<'_>, camera: &Camera, [a, b, c]: [&Point; 3], out: &mut Triangles) {
    let cross = (b.relative - a.relative).cross(c.relative - a.relative);
    if cross.dot(a.relative) >= 0.0 {
        return;
    }
    let normal = cross.normalize_or_zero();
    let albedo = (a.albedo + b.albedo + c.albedo) * (1.0 / 3.0);
    let level = ((normal.y - 0.62) * 4.0).clamp(0.0, 1.0) * view.snow;
    let albedo = albedo.lerp(Vec3A::new(0.82, 0.87, 0.93), level) * (1.0 - 0.38 * view.wet * (1.0 - level));
    let shade = (a.shade + b.shade + c.shade) * (1.0 / 3.0);
    let middle = (a.relative + b.relative + c.relative) * (1.0 / 3.0);
    let light = view.air.lit(albedo, normal, shade) + albedo * view.lamps.at(middle, normal);
    let near = middle.length_squared() < 120.0 * 120.0;
    let show = |point: &Point| view.air.grade.display(view.air.through(light, point.relative));
    let corners = if near {
        [a, b, c].map(|point| Corner { view: point.view, color: show(point) })
    } else {
        // Far away a facet is a few pixels: one shade will do.
        let color = view.air.grade.display(view.air.through(light, middle));
        [a, b, c].map(|point| Corner { view: point.view, color })
    };
    debug_assert!(pack(corners[0].color) <= 0x00ff_ffff);
    out.push(camera, corners);
}
