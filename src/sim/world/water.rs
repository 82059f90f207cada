//! Water at height 0: waves that bend the sky's reflection, the land mirrored in it, glitter under sun and moon, a bed that shows
//! through where it is shallow, and foam where it ends. Computed for cells of two by two pixels. Lava is a water that glows.

use std::f32::consts::FRAC_PI_2;

use glam::{Vec2, Vec3A};

use super::air::{Air, albedo_of, light_of};
use super::noise::{smooth, wave};
use super::theme::WaterLook;
use crate::sim::raster::{Band, Camera, pack, unpack};

/// Pixels along one side of the cells of the mirror: a small copy of what stands above the water.
const MIRROR: usize = 4;

/// A small copy of the picture before there was water, for reflections: display colours and inverse depths.
#[derive(Debug, Default)]
pub struct Mirror {
    columns: usize,
    rows: usize,
    points: Vec<(Vec3A, f32)>,
}

impl Mirror {
    /// Takes a size.
    pub fn begin(&mut self, width: usize, height: usize) {
        (self.columns, self.rows) = (width.div_ceil(MIRROR), height.div_ceil(MIRROR));
        self.points.resize(self.columns * self.rows, (Vec3A::ZERO, 0.0));
    }

    /// The copy in pieces that go with the bands of `rows` rows.
    pub fn bands(&mut self, rows: usize) -> impl Iterator<Item = &mut [(Vec3A, f32)]> {
        self.points.chunks_mut((self.columns * rows / MIRROR).max(1))
    }

    /// Copies a band into its piece.
    pub fn copy(band: &Band<'_>, piece: &mut [(Vec3A, f32)]) {
        let columns = band.width.div_ceil(MIRROR);
        for (row, line) in piece.chunks_mut(columns).enumerate() {
            let y = (row * MIRROR + MIRROR / 2).min(band.rows - 1);
            for (column, point) in line.iter_mut().enumerate() {
                let x = (column * MIRROR + MIRROR / 2).min(band.width - 1);
                let (left, right) = (y * band.width + x, y * band.width + x.saturating_sub(1));
                *point = ((unpack(band.color[left]) + unpack(band.color[right])) * 0.5, band.depth[left]);
            }
        }
    }

    fn read(&self, x: f32, y: f32) -> Option<(Vec3A, f32)> {
        let (x, y) = (x / MIRROR as f32 - 0.5, y / MIRROR as f32 - 0.5);
        if x < 0.0 || y < 0.0 || x >= self.columns as f32 - 1.0 || y >= self.rows as f32 - 1.0 {
            return None;
        }
        let (column, row) = (x as usize, y as usize);
        let (u, v) = (x - column as f32, y - row as f32);
        let at = |dx: usize, dy: usize| self.points[(row + dy) * self.columns + column + dx];
        let top = at(0, 0).0.lerp(at(1, 0).0, u);
        let bottom = at(0, 1).0.lerp(at(1, 1).0, u);
        Some((top.lerp(bottom, v), at(0, 0).1))
    }
}

/// What the water needs to be drawn.
#[derive(Debug)]
pub struct WaterView<'a> {
    /// How it looks.
    pub look: &'a WaterLook,
    /// The light.
    pub air: &'a Air,
    /// What stands above it.
    pub mirror: &'a Mirror,
    /// Seconds of media time, for the waves.
    pub seconds: f32,
    /// Wind, 0 to 1.
    pub wind: f32,
    /// Rings of rain, 0 to 1.
    pub rain: f32,
}

/// One train of waves: direction, waves a metre times 2π, speed in radians a second, height.
const TRAINS: [(f32, f32, f32, f32, f32); 5] = [
    (0.80, 0.60, 0.45, 0.9, 0.50),
    (-0.36, 0.93, 0.83, 1.4, 0.34),
    (0.97, -0.24, 1.57, 2.1, 0.24),
    (0.42, 0.91, 2.90, 3.1, 0.16),
    (-0.88, 0.47, 5.30, 4.4, 0.10),
];

impl WaterView<'_> {
    /// Draws the water of a band.
    pub fn draw(&self, band: &mut Band<'_>, camera: &Camera) {
        let eye_height = camera.eye.y;
        if eye_height <= 0.02 {
            return;
        }
        let shades = Shades::of(self);
        let (width, rows) = (band.width, band.rows);
        for row in (0..rows).step_by(2) {
            let y = (band.top + row) as f32 + 1.0;
            let ray = camera.ray(0.0, y);
            // No roll: every pixel of a row falls at the same rate, and the water's inverse depth is the row's.
            if ray.y >= -1e-4 {
                continue;
            }
            let inverse = [0.5, 1.5].map(|offset| -camera.ray(0.0, y - 1.0 + offset).y / eye_height);
            for column in (0..width).step_by(2) {
                let mut deepest = -1.0_f32;
                let mut bed = (0.0, 0);
                for (dy, inverse) in inverse.into_iter().enumerate().take(rows - row) {
                    for dx in 0..2.min(width - column) {
                        let index = (row + dy) * width + column + dx;
                        let behind = inverse - band.depth[index];
                        if behind > 0.0 && behind > deepest {
                            deepest = behind;
                            bed = (band.depth[index], index);
                        }
                    }
                }
                if deepest < 0.0 {
                    continue;
                }
                let ray = camera.ray(column as f32 + 1.0, y);
                let depth = eye_height / -ray.y;
                let thick = if bed.0 > 0.0 { (1.0 / bed.0 - depth).max(0.0) * ray.length() } else { 1e4 };
                let under = unpack(band.color[bed.1]);
                let color = pack(self.shade(camera, &shades, ray, depth, thick, under));
                for (dy, inverse) in inverse.into_iter().enumerate().take(rows - row) {
                    for dx in 0..2.min(width - column) {
                        let index = (row + dy) * width + column + dx;
                        if inverse > band.depth[index] {
                            band.color[index] = color;
                            band.depth[index] = inverse;
                        }
                    }
                }
            }
        }
    }

    /// The display colour of a cell.
    fn shade(&self, camera: &Camera, shades: &Shades, ray: Vec3A, depth: f32, thick: f32, under: Vec3A) -> Vec3A {
        let air = self.air;
        let relative = ray * depth;
        let distance = relative.length();
        let at = Vec2::new(camera.eye.x + relative.x, camera.eye.z + relative.z);
        let into = ray / ray.length();
        let (slope, crest) = self.slope(at, distance);
        let normal = Vec3A::new(-slope.x, 1.0, -slope.y).normalize();
        // How deep the water is below, from how far the eye looks through it.
        let below = thick * -into.y;
        if self.look.glow > 0.5 {
            return self.lava(shades, at, relative, below);
        }
        let facing = (-into.dot(normal)).clamp(0.02, 1.0);
        let fresnel = 0.03
            + 0.97 * {
                let graze = (1.0 - facing) * (1.0 - facing);
                graze * graze * (1.0 - facing)
            };
        let mut mirrored = into - normal * (2.0 * into.dot(normal));
        mirrored.y = mirrored.y.abs().max(0.01);
        let mirrored = mirrored.normalize();
        let mut reflected = air.grade.display(air.sky(mirrored));
        // Straight up the mirrored ray, bent a little by the waves: what stands there is seen upside down.
        let bent = Vec3A::new(into.x - normal.x * 0.35, -into.y, into.z - normal.z * 0.35);
        if let Some((x, y, _)) = camera.project(bent * 100.0)
            && let Some((color, inverse)) = self.mirror.read(x, y)
            && inverse * depth < 0.9
        {
            let edge = (x.min(camera.center.0 * 2.0 - x) / 60.0).clamp(0.0, 1.0) * (y / 40.0).clamp(0.0, 1.0);
            reflected = reflected.lerp(color, edge);
        }
        let clear = (-below / self.look.clear.max(0.05)).exp();
        let deep = shades.shallow.lerp(shades.deep, smooth(0.0, 1.0, 1.0 - clear)) * (1.0 + crest * 0.16);
        let body = air.grade.display(air.through(deep, relative)).lerp(under, clear * clear * 0.85);
        let mut color = body.lerp(reflected, fresnel.min(0.92));
        // Glitter: waves too small to see one by one widen the reflection of the light with distance.
        let half = (air.key - into).normalize();
        let tight = 900.0 / (1.0 + distance * 0.02) + 60.0;
        let aligned = normal.dot(half).max(0.0);
        if (1.0 - aligned) * tight < 7.0 {
            let glitter = aligned.powf(tight) * (0.55 + 0.45 * crest.clamp(-1.0, 1.0));
            color += shades.glitter * (glitter * (1.0 - air.veil(distance)));
        }
        // Foam where the water ends, moving with the waves, and on crests in strong wind.
        let surf = below - 0.13 - 0.16 * wave(self.seconds * 0.9 + at.x * 0.07 + at.y * 0.05) - crest * 0.12;
        let foam = smooth(0.16, 0.0, surf.abs()) * smooth(70.0, 20.0, distance) * 0.8 * self.look.waves.min(1.0);
        let caps = smooth(0.75, 1.15, crest * (0.35 + self.wind)) * self.look.waves.min(1.0) * smooth(260.0, 60.0, distance);
        color = color.lerp(shades.foam, (foam + caps * 0.6).min(0.85));
        // The water line itself is soft.
        color.lerp(under, smooth(0.05, 0.0, below))
    }

    /// Slope of the waves at a place, and how high on a crest it is, about −1 to 1; what is too small to see is left out.
    fn slope(&self, at: Vec2, distance: f32) -> (Vec2, f32) {
        let strength = self.look.waves * (0.35 + 1.1 * self.wind) + self.rain * 0.25;
        let (mut slope, mut crest) = (Vec2::ZERO, 0.0);
        for (index, &(dx, dz, number, speed, height)) in TRAINS.iter().enumerate() {
            let seen = smooth(900.0 / number, 180.0 / number, distance);
            if seen <= 0.0 {
                break;
            }
            let warp = (at.x * dz - at.y * dx) * number * 0.31;
            let phase = (at.x * dx + at.y * dz) * number + self.seconds * speed + wave(warp) * 1.3 + index as f32;
            let (sin, cos) = (wave(phase), wave(phase + FRAC_PI_2));
            slope += Vec2::new(dx, dz) * (cos * height * seen * 0.30);
            crest += sin * height * seen;
        }
        (slope * strength, crest * strength.min(1.4))
    }

    fn lava(&self, shades: &Shades, at: Vec2, relative: Vec3A, below: f32) -> Vec3A {
        let air = self.air;
        let flow = Vec2::new(self.seconds * 0.22, self.seconds * 0.13);
        let cell = |p: Vec2| (wave(p.x) + wave(p.y * 1.3 + wave(p.x * 0.7))) * 0.5;
        let veins = cell(at * 0.33 + flow) + 0.6 * cell(at * 0.81 - flow * 1.4 + Vec2::splat(3.0));
        let hot = smooth(0.75, 0.0, veins.abs());
        let crust = Vec3A::new(0.035, 0.016, 0.012) * (1.0 + air.from_sky * 3.0);
        let pulse = 0.85 + 0.15 * wave(self.seconds * 1.7 + veins * 3.0);
        let glow = shades.deep.lerp(shades.shallow, hot * hot) * (0.25 + 2.6 * hot * hot * pulse);
        let rim = smooth(0.5, 0.0, below) * 0.7;
        let light = crust + glow * (0.35 + 0.65 * hot) + shades.shallow * rim;
        air.grade.display(air.through(light, relative))
    }
}

/// Colours of the water in the light of the moment.
struct Shades {
    shallow: Vec3A,
    deep: Vec3A,
    glitter: Vec3A,
    foam: Vec3A,
}

impl Shades {
    fn of(view: &WaterView<'_>) -> Self {
        let (air, look) = (view.air, view.look);
        let up = Vec3A::Y;
        let own = |hex| {
            let lit = air.lit(albedo_of(hex) * 0.9, up, 1.0);
            if look.glow > 0.5 { light_of(hex) } else { lit + light_of(hex) * (look.glow * (0.35 + 0.65 * air.night)) }
        };
        let strength = air.key_light.max_element();
        let glitter = if strength > 0.0 {
            air.grade.display(air.key_light * 1.6) * (0.9 * (strength * 2.0).min(1.0))
        } else {
            Vec3A::ZERO
        };
        let foam = air.grade.display(air.lit(Vec3A::splat(0.85), up, 1.0));
        Self { shallow: own(look.shallow), deep: own(look.deep), glitter, foam }
    }
}
