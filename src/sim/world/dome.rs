//! The sky behind everything: gradient and drifting clouds on a coarse grid that is stretched over the open pixels, discs of sun
//! and moon and the stars upon it, and far ridges along the horizon.

use glam::{Vec2, Vec3A};

use super::air::Air;
use super::noise::{Dice, floor, fractal, smooth};
use crate::sim::raster::{Band, Camera, Corner, Sprite, SpriteShape, Triangles, pack};

/// Side of the tile that clouds are made of.
const TILE: usize = 256;
/// Stars on the whole sphere.
const STARS: usize = 900;
/// How far the two rows of ridges stand, metres: beyond the outermost ring of land.
const RIDGES: [f32; 2] = [1650.0, 1250.0];

/// What of the sky lasts from frame to frame.
#[derive(Debug)]
pub struct Dome {
    tile: Vec<f32>,
    stars: Vec<(Vec3A, f32)>,
    grid: Vec<Vec3A>,
    columns: usize,
    cell: usize,
    seed: u64,
}

impl Dome {
    /// The sky of a seed.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        let mut tile = Vec::with_capacity(TILE * TILE);
        for z in 0..TILE {
            for x in 0..TILE {
                tile.push(fractal(seed ^ 0x51, x as f32 / 32.0, z as f32 / 32.0, 8, 5) * 0.5 + 0.5);
            }
        }
        let mut dice = Dice::new(seed, 0x57);
        let stars = (0..STARS)
            .map(|_| {
                let (height, turn) = (dice.between(-0.05, 1.0), dice.between(0.0, std::f32::consts::TAU));
                let flat = (1.0 - height * height).max(0.0).sqrt();
                let bright = dice.unit();
                (Vec3A::new(turn.cos() * flat, height, turn.sin() * flat), 0.2 + 0.8 * bright * bright * bright)
            })
            .collect();
        Self { tile, stars, grid: Vec::new(), columns: 0, cell: 4, seed }
    }

    /// Clouds over a unit direction: how dense, 0 to 1, and how thick towards the light, for shading.
    fn clouds(&self, direction: Vec3A, cover: f32, drift: f32) -> (f32, f32) {
        if direction.y < 0.015 || cover <= 0.01 {
            return (0.0, 0.0);
        }
        let reach = 1.0 / (direction.y + 0.09);
        let at = Vec2::new(direction.x, direction.z) * reach;
        let slide = drift * 0.0011;
        let broad = self.tile_at(at * 13.0 + Vec2::new(slide * 21.0, slide * 9.0));
        let fine = self.tile_at(at * 41.0 + Vec2::new(slide * 34.0, slide * 13.0 + 71.0));
        let mass = broad * 0.72 + fine * 0.28;
        let edge = 0.78 - 0.62 * cover;
        let dense = smooth(edge, edge + 0.17, mass) * smooth(0.015, 0.11, direction.y);
        (dense, smooth(edge, edge + 0.42, mass))
    }

    #[inline]
    fn tile_at(&self, at: Vec2) -> f32 {
        let (x0, z0) = (floor(at.x), floor(at.y));
        let (u, v) = (at.x - x0 as f32, at.y - z0 as f32);
        let (x, z) = (x0 as usize, z0 as usize);
        let read = |x: usize, z: usize| self.tile[((z & (TILE - 1)) << TILE.trailing_zeros()) | (x & (TILE - 1))];
        let (x1, z1) = (x.wrapping_add(1), z.wrapping_add(1));
        let near = read(x, z) + (read(x1, z) - read(x, z)) * u;
        let far = read(x, z1) + (read(x1, z1) - read(x, z1)) * u;
        near + (far - near) * v
    }

    /// The light of the sky along a unit vector, clouds and all but without discs and stars.
    #[must_use]
    pub fn light(&self, air: &Air, direction: Vec3A, cover: f32, drift: f32) -> Vec3A {
        let open = air.sky(direction);
        let (dense, thick) = self.clouds(direction, cover, drift);
        if dense <= 0.0 {
            return open;
        }
        let toward = direction.dot(air.sun).max(0.0);
        let lining = toward * toward * toward * toward * (1.0 - thick);
        let color = air.cloud[0] + (air.cloud[1] - air.cloud[0]) * thick + air.glow * (lining * 0.9);
        open + (color - open) * (dense * 0.92)
    }

    /// Computes the coarse grid for this frame.
    pub fn prepare(&mut self, air: &Air, camera: &Camera, cover: f32, drift: f32) {
        let (width, height) = (camera.center.0 * 2.0, camera.center.1 * 2.0);
        self.cell = if width > 800.0 { 8 } else { 4 };
        let cell = self.cell as f32;
        self.columns = (width / cell).ceil() as usize + 2;
        let rows = (height / cell).ceil() as usize + 2;
        let mut grid = std::mem::take(&mut self.grid);
        grid.resize(self.columns * rows, Vec3A::ZERO);
        for (row, line) in grid.chunks_exact_mut(self.columns).enumerate() {
            for (column, point) in line.iter_mut().enumerate() {
                let ray = camera.ray(column as f32 * cell, row as f32 * cell);
                // Cells well below the horizon are never open sky.
                let direction = ray.normalize();
                *point = if direction.y < -0.12 {
                    air.grade.display(air.horizon)
                } else {
                    air.grade.display(self.light(air, direction, cover, drift))
                };
            }
        }
        self.grid = grid;
    }

    /// Paints the pixels of a band that nothing covers.
    pub fn paint(&self, band: &mut Band<'_>) {
        let cell = self.cell;
        for row in 0..band.rows {
            let y = band.top + row;
            let (grid_row, part) = (y / cell, (y % cell) as f32 + 0.5);
            let part = part / cell as f32;
            let upper = &self.grid[grid_row * self.columns..(grid_row + 1) * self.columns];
            let lower = &self.grid[(grid_row + 1) * self.columns..(grid_row + 2) * self.columns];
            let line = row * band.width..(row + 1) * band.width;
            let (colors, depths) = (&mut band.color[line.clone()], &band.depth[line]);
            let cells = colors.chunks_mut(cell).zip(depths.chunks(cell)).zip(upper.windows(2).zip(lower.windows(2)));
            for ((colors, depths), (up, low)) in cells {
                if depths.iter().all(|&depth| depth > 0.0) {
                    continue;
                }
                let left = up[0].lerp(low[0], part);
                let step = (up[1].lerp(low[1], part) - left) / cell as f32;
                for (index, (color, &depth)) in colors.iter_mut().zip(depths).enumerate() {
                    if depth <= 0.0 {
                        *color = pack(left + step * (index as f32 + 0.5));
                    }
                }
            }
        }
    }

    /// Adds sun, moon and stars.
    pub fn lights(&self, air: &Air, camera: &Camera, cover: f32, drift: f32, out: &mut Vec<Sprite>) {
        let open = |direction: Vec3A| 1.0 - self.clouds(direction, cover, drift).0;
        let unit = camera.focal / 420.0;
        let put = |direction: Vec3A, shape: SpriteShape, color: Vec3A, strength: f32, out: &mut Vec<Sprite>| {
            if let Some((x, y, _)) = camera.project(direction * 10.0) {
                out.push(Sprite { shape, at: Vec2::new(x, y), inverse: 0.0, color, strength });
            }
        };
        let clear = 1.0 - smooth(0.7, 1.0, cover);
        if air.night > 0.05 && clear > 0.05 {
            for &(direction, bright) in &self.stars {
                let seen = bright * air.night * clear * smooth(0.02, 0.2, direction.y);
                if seen > 0.06 && camera.sees(direction * 100.0, 0.5) {
                    let seen = seen * open(direction);
                    let radius = (0.35 + 0.75 * bright) * unit.max(0.8);
                    put(direction, SpriteShape::Disc { radius }, Vec3A::new(232.0, 238.0, 255.0), seen, out);
                }
            }
        }
        if air.sun.y > -0.09 {
            let through = clear * (0.35 + 0.65 * open(air.sun));
            let color = air.grade.display(air.glow * 1.5 + air.key_light * 2.0 + Vec3A::splat(0.6));
            let near = color * Vec3A::new(1.0, 0.82, 0.55);
            put(air.sun, SpriteShape::Glow { radius: 120.0 * unit }, near, 0.34 * through, out);
            put(air.sun, SpriteShape::Glow { radius: 42.0 * unit }, color, 0.6 * through, out);
            put(air.sun, SpriteShape::Disc { radius: 13.0 * unit }, color, through, out);
        }
        if air.moon.y > -0.05 && air.night > 0.02 {
            let through = air.night * clear * (0.35 + 0.65 * open(air.moon));
            let color = Vec3A::new(238.0, 240.0, 228.0);
            put(air.moon, SpriteShape::Glow { radius: 60.0 * unit }, color * 0.55, 0.42 * through, out);
            put(air.moon, SpriteShape::Disc { radius: 10.0 * unit }, color, through, out);
        }
    }

    /// Pushes the far ridges: two rows of silhouettes that close the view where the land ends.
    pub fn ridges(&self, air: &Air, camera: &Camera, relief: f32, albedo: Vec3A, out: &mut Triangles) {
        const SEGMENTS: usize = 180;
        for (row, &reach) in RIDGES.iter().enumerate() {
            let tall = relief * (1.0 - 0.3 * row as f32);
            let point = |index: usize| {
                let turn = index as f32 / SEGMENTS as f32;
                let (sin, cos) = (turn * std::f32::consts::TAU).sin_cos();
                let seed = self.seed ^ (0x61 + row as u64);
                let noise = fractal(seed, turn * 9.0, 0.5, 9, 4) * 0.6 + fractal(seed ^ 9, turn * 30.0, 0.5, 30, 2) * 0.25;
                let height = (noise * 0.9 + 0.12).max(-0.1) * tall;
                (Vec3A::new(cos * reach, height - camera.eye.y, sin * reach), height)
            };
            let mut from = point(0);
            for index in 1..=SEGMENTS {
                let to = point(index % SEGMENTS);
                if (from.1 > 0.0 || to.1 > 0.0) && camera.sees((from.0 + to.0) * 0.5, reach * 0.03 + tall) {
                    let light = air.lit(albedo, Vec3A::new(-from.0.x, reach * 0.6, -from.0.z).normalize(), 1.0);
                    let corner = |mut place: Vec3A, foot: bool| {
                        if foot {
                            place.y = -camera.eye.y - 12.0;
                        }
                        let color = air.grade.display(air.through(light, place * if foot { 1.4 } else { 0.8 }));
                        Corner { view: camera.to_view(place), color }
                    };
                    let [a, b] = [corner(from.0, false), corner(to.0, false)];
                    let [c, d] = [corner(from.0, true), corner(to.0, true)];
                    out.push(camera, [a, c, d]);
                    out.push(camera, [a, d, b]);
                }
                from = to;
            }
        }
    }
}
